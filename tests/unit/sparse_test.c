#include "base/sparse.h"

#include "unit.h"

static uint8_t *put(uint8_t *to, uint32_t index, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_set_u32(to, index);
    bytes_set_u32(to + 4, bits);
    return to + SPARSE_PAIR_BYTES;
}

TEST(pairs_are_read)
{
    uint8_t bytes[1 + 3 * SPARSE_PAIR_BYTES];
    put(put(put(bytes + 1, 0, 0.5f), 7, -2), SPARSE_MOST_INDEX, 1e30f);
    struct sparse_vector v;
    CHECK(sparse_read(bytes + 1, sizeof bytes - 1, &v) && v.n == 3);
    CHECK(sparse_index(&v, 0) == 0 && sparse_index(&v, 2) == SPARSE_MOST_INDEX);
    CHECK(sparse_value(&v, 1) == -2 && sparse_value(&v, 2) == 1e30f);
    CHECK(sparse_read(bytes, 0, &v) && v.n == 0);
}

static bool is_read(uint32_t a, float x, uint32_t b, float y)
{
    uint8_t bytes[2 * SPARSE_PAIR_BYTES];
    struct sparse_vector v;
    put(put(bytes, a, x), b, y);
    return sparse_read(bytes, sizeof bytes, &v);
}

TEST(what_is_no_vector_is_refused)
{
    uint8_t bytes[SPARSE_PAIR_BYTES];
    struct sparse_vector v;
    put(bytes, 1, 1);
    for (size_t n = 1; n < SPARSE_PAIR_BYTES; n++)
        CHECK(!sparse_read(bytes, n, &v));
    CHECK(is_read(1, 1, 2, 1));
    CHECK(!is_read(2, 1, 1, 1) && !is_read(1, 1, 1, 1));
    CHECK(!is_read(1, 1, UINT32_MAX, 1));
    CHECK(!is_read(1, NAN, 2, 1) && !is_read(1, 1, 2, INFINITY));
}
