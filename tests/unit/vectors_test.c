#include "table/vectors.h"

#include "base/error.h"
#include "faults.h"
#include "kernel/kernel.h"
#include "random.h"
#include "unit.h"

enum { DIM = 5, CHUNK_SHIFT = 3, CHUNK_ROWS = 1 << CHUNK_SHIFT };

static struct vectors *created(void)
{
    struct vectors *v = NULL;
    CHECK_EQ_INT(vectors_create(&v, DIM, CHUNK_SHIFT), MVL_OK);
    return v;
}

/* What row's vector is filled with. */
static void fill_slot(float *slot, uint32_t row)
{
    for (uint32_t i = 0; i < DIM; i++)
        slot[i] = (float)(row * 10 + i);
}

/* Adds the rows [first, first + n). */
static int add_rows(struct vectors *v, uint32_t first, uint32_t n, const uint8_t *present)
{
    TRY(vectors_reserve(v, first + n));
    for (uint32_t i = 0; i < n; i++)
        if (!present || bits_test(present, i))
            fill_slot(vectors_slot(v, first + i), first + i);
    vectors_publish(v, first, n, present);
    return MVL_OK;
}

/* Is row present with the vector it was filled with? */
static bool holds(const struct vectors *v, uint32_t row)
{
    float expected[DIM];
    fill_slot(expected, row);
    if (!bitmap_test(&v->present, row) || vectors_inverse_norm(v, row) != kernel_inverse_norm(expected, DIM))
        return false;
    for (uint32_t i = 0; i < DIM; i++)
        if (vectors_row(v, row)[i] != expected[i])
            return false;
    return true;
}

TEST(published_rows_are_there_and_no_others)
{
    struct vectors *v = created();
    CHECK_EQ_INT(v->n_present, 0);
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    CHECK_EQ_INT(add_rows(v, 1, 3 * CHUNK_ROWS, NULL), MVL_OK);
    CHECK_EQ_INT(v->n_present, 3 * CHUNK_ROWS + 1);
    CHECK_EQ_INT(v->n_rows, 3 * CHUNK_ROWS + 1);
    for (uint32_t row = 0; row <= 3 * CHUNK_ROWS; row++)
        CHECK(holds(v, row));
    CHECK(!bitmap_test(&v->present, 3 * CHUNK_ROWS + 1));
    vectors_destroy(v);
}

TEST(reserved_rows_do_not_show)
{
    struct vectors *v = created();
    CHECK_EQ_INT(vectors_reserve(v, 100), MVL_OK);
    CHECK(v->n_rows == 0 && v->n_present == 0 && bitmap_count(&v->present) == 0);
    vectors_destroy(v);
}

TEST(memory_is_taken_chunk_by_chunk)
{
    enum { CHUNK_BYTES = CHUNK_ROWS * (DIM + 1) * sizeof(float) };
    struct vectors *v = created();
    CHECK_EQ_INT(vectors_bytes(v), 0);
    CHECK_EQ_INT(vectors_reserve(v, 1), MVL_OK);
    size_t one = vectors_bytes(v);
    CHECK(one > CHUNK_BYTES);
    CHECK_EQ_INT(vectors_reserve(v, CHUNK_ROWS), MVL_OK);
    CHECK_EQ_INT(vectors_bytes(v), one);
    CHECK_EQ_INT(vectors_reserve(v, CHUNK_ROWS + 1), MVL_OK);
    CHECK_EQ_INT(vectors_bytes(v), one + CHUNK_BYTES);
    vectors_destroy(v);
}

TEST(rows_without_a_vector_are_not_present)
{
    static const uint8_t present[] = {0xa5, 0x01};
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 10, present), MVL_OK);
    CHECK_EQ_INT(v->n_rows, 10);
    CHECK_EQ_INT(v->n_present, 5);
    for (uint32_t row = 0; row < 10; row++)
        CHECK(holds(v, row) == bits_test(present, row));
    vectors_destroy(v);
}

TEST(row_numbers_may_be_skipped)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 2, NULL), MVL_OK);
    CHECK_EQ_INT(add_rows(v, 5 * CHUNK_ROWS, 2, NULL), MVL_OK);
    CHECK_EQ_INT(v->n_present, 4);
    CHECK(holds(v, 1) && holds(v, 5 * CHUNK_ROWS + 1));
    CHECK(!bitmap_test(&v->present, 2) && !bitmap_test(&v->present, 5 * CHUNK_ROWS - 1));
    vectors_destroy(v);
}

TEST(growing_moves_nothing)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    const float *first = vectors_row(v, 0);
    CHECK_EQ_INT(add_rows(v, 1, 100 * CHUNK_ROWS, NULL), MVL_OK);
    CHECK(vectors_row(v, 0) == first && holds(v, 0));
    vectors_destroy(v);
}

TEST(a_removed_row_is_gone_and_others_stay)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, CHUNK_ROWS, NULL), MVL_OK);
    vectors_remove(v, 3);
    CHECK(!bitmap_test(&v->present, 3));
    CHECK_EQ_INT(v->n_present, CHUNK_ROWS - 1);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++)
        CHECK(holds(v, row) == (row != 3));
    vectors_destroy(v);
}

TEST(removing_what_is_not_present_changes_nothing)
{
    static const uint8_t present[] = {0xfe};
    struct vectors *v = created();
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 0, 4, present), MVL_OK);
    vectors_remove(v, 0);
    vectors_remove(v, 4);
    vectors_remove(v, UINT32_MAX);
    CHECK_EQ_INT(v->n_present, 3);
    vectors_remove(v, 1);
    vectors_remove(v, 1);
    CHECK_EQ_INT(v->n_present, 2);
    vectors_destroy(v);
}

TEST(a_chunk_without_rows_gives_its_memory_back)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 2 * CHUNK_ROWS, NULL), MVL_OK);
    size_t full = vectors_bytes(v);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        CHECK_EQ_INT(vectors_bytes(v), full);
        vectors_remove(v, row);
    }
    CHECK_EQ_INT(full - vectors_bytes(v), CHUNK_ROWS * (DIM + 1) * sizeof(float));
    CHECK_EQ_INT(add_rows(v, 2 * CHUNK_ROWS, CHUNK_ROWS, NULL), MVL_OK);
    for (uint32_t row = CHUNK_ROWS; row < 3 * CHUNK_ROWS; row++)
        CHECK(holds(v, row));
    vectors_destroy(v);
}

TEST(a_chunk_that_is_empty_when_it_fills_up_goes_too)
{
    static const uint8_t none[2 * CHUNK_ROWS] = {0};
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 1, CHUNK_ROWS, none), MVL_OK);
    CHECK(v->chunks[0].rows == NULL && v->chunks[1].rows != NULL);
    vectors_destroy(v);
}

TEST(chunks_of_skipped_rows_go_too)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 3 * CHUNK_ROWS, 1, NULL), MVL_OK);
    CHECK(!v->chunks[0].rows && !v->chunks[1].rows && !v->chunks[2].rows);
    CHECK(holds(v, 3 * CHUNK_ROWS));
    vectors_destroy(v);
}

TEST(the_newest_chunk_stays_for_the_rows_to_come)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 3, NULL), MVL_OK);
    size_t bytes = vectors_bytes(v);
    for (uint32_t row = 0; row < 3; row++)
        vectors_remove(v, row);
    CHECK_EQ_INT(vectors_bytes(v), bytes);
    CHECK_EQ_INT(add_rows(v, 3, 2, NULL), MVL_OK);
    CHECK(holds(v, 3) && holds(v, 4));
    CHECK_EQ_INT(v->n_present, 2);
    vectors_destroy(v);
}

TEST(random_writes_agree_with_a_model)
{
    enum { MOST = 2000 };
    struct random r = random_from(17);
    struct vectors *v = created();
    static bool model[MOST];
    uint32_t n = 0, count = 0;
    while (n + 40 < MOST) {
        uint8_t present[5];
        uint32_t more = random_below(&r, 40), removed = random_below(&r, 40);
        for (size_t i = 0; i < sizeof present; i++)
            present[i] = (uint8_t)random_u64(&r);
        bool some_absent = random_below(&r, 2);
        CHECK_EQ_INT(add_rows(v, n, more, some_absent ? present : NULL), MVL_OK);
        for (uint32_t i = 0; i < more; i++)
            count += model[n + i] = !some_absent || bits_test(present, i);
        n += more;
        for (uint32_t i = 0; i < removed && n > 0; i++) {
            uint32_t row = random_below(&r, n);
            vectors_remove(v, row);
            count -= model[row];
            model[row] = false;
        }
    }
    CHECK_EQ_INT(v->n_present, count);
    for (uint32_t row = 0; row < n; row++)
        CHECK(holds(v, row) == model[row]);
    vectors_destroy(v);
}

TEST(destroying_nothing_is_fine)
{
    vectors_destroy(NULL);
}

static int grow(void *context)
{
    struct vectors *v = NULL;
    (void)context;
    TRY(vectors_create(&v, DIM, CHUNK_SHIFT));
    int rc = MVL_OK;
    for (uint32_t n = 1; n <= 300 && rc == MVL_OK; n = 2 * n + 1)
        rc = add_rows(v, v->n_rows, n, NULL);
    for (uint32_t row = 0; row < v->n_rows; row++)
        CHECK(holds(v, row));
    CHECK_EQ_INT(v->n_present, v->n_rows);
    CHECK_EQ_INT(bitmap_count(&v->present), v->n_rows);
    if (rc == MVL_NOMEM) { /* what failed may be tried again */
        uint32_t first = v->n_rows;
        CHECK_EQ_INT(add_rows(v, first, 10, NULL), MVL_OK);
        CHECK(holds(v, first) && holds(v, first + 9));
    }
    vectors_destroy(v);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(grow, NULL) > 100);
}
