#include "base/bitmap.h"

#include "base/error.h"
#include "faults.h"
#include "random.h"
#include "unit.h"

static struct bitmap made_of(uint32_t n)
{
    struct bitmap b = {0};
    if (CHECK_EQ_INT(bitmap_reserve(&b, n), MVL_OK))
        bitmap_extend(&b, n);
    return b;
}

TEST(agrees_with_an_array_of_booleans)
{
    struct random r = random_from(2);
    static bool model[3000];
    struct bitmap b = {0};
    uint32_t n = 0;
    for (int step = 0; step < 20000; step++) {
        if (n < COUNT(model) && random_below(&r, 10) == 0) {
            n++;
            if (CHECK_EQ_INT(bitmap_reserve(&b, n), MVL_OK))
                bitmap_extend(&b, n);
        } else if (n > 0) {
            uint32_t i = random_below(&r, n);
            model[i] = random_below(&r, 3) != 0;
            (model[i] ? bitmap_set : bitmap_clear)(&b, i);
        }
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        CHECK(bitmap_test(&b, i) == model[i]);
        count += model[i];
    }
    CHECK_EQ_INT(bitmap_count(&b), count);
    bitmap_fini(&b);
}

TEST(an_empty_set_counts_none)
{
    struct bitmap b = {0};
    CHECK_EQ_INT(bitmap_count(&b), 0);
    CHECK(!bitmap_test(&b, 0));
    CHECK_EQ_INT(bitmap_reserve(&b, 0), MVL_OK);
    bitmap_extend(&b, 0);
    CHECK_EQ_INT(bitmap_count(&b), 0);
    bitmap_fini(&b);
}

TEST(new_bits_are_zero)
{
    struct bitmap b = made_of(1);
    bitmap_set(&b, 0);
    for (uint32_t n = 1; n < 1000; n += 31) {
        if (!CHECK_EQ_INT(bitmap_reserve(&b, n), MVL_OK))
            break;
        bitmap_extend(&b, n);
        CHECK_EQ_INT(bitmap_count(&b), 1);
    }
    bitmap_fini(&b);
}

TEST(bits_past_the_end_are_not_in_the_set)
{
    struct bitmap b = made_of(65);
    for (uint32_t i = 0; i < 65; i++)
        bitmap_set(&b, i);
    CHECK(bitmap_test(&b, 64));
    CHECK(!bitmap_test(&b, 65));
    CHECK(!bitmap_test(&b, 128));
    CHECK(!bitmap_test(&b, UINT32_MAX));
    CHECK_EQ_INT(bitmap_count(&b), 65);
    bitmap_fini(&b);
}

TEST(a_list_has_what_is_set_in_order)
{
    static const uint32_t expected[] = {0, 63, 64, 128, 199};
    uint32_t list[COUNT(expected)];
    struct bitmap b = made_of(200);
    CHECK_EQ_INT(bitmap_list(&b, list), 0);
    for (size_t i = COUNT(expected); i > 0; i--)
        bitmap_set(&b, expected[i - 1]);
    CHECK_EQ_INT(bitmap_list(&b, list), COUNT(expected));
    CHECK(memcmp(list, expected, sizeof expected) == 0);
    bitmap_fini(&b);
}

TEST(reserving_shows_nothing)
{
    struct bitmap b = made_of(10);
    bitmap_set(&b, 9);
    CHECK_EQ_INT(bitmap_reserve(&b, 1000), MVL_OK);
    CHECK_EQ_INT(b.n, 10);
    CHECK(!bitmap_test(&b, 10));
    CHECK_EQ_INT(bitmap_count(&b), 1);
    bitmap_fini(&b);
}

TEST(bits_in_bytes_begin_with_the_lowest)
{
    uint8_t bits[2] = {0};
    bits_set(bits, 0);
    bits_set(bits, 9);
    CHECK_EQ_INT(bits[0], 1);
    CHECK_EQ_INT(bits[1], 2);
    CHECK(bits_test(bits, 9) && !bits_test(bits, 8));
    memset(bits, 0xff, sizeof bits);
    bits_clear(bits, 7);
    bits_clear(bits, 8);
    CHECK_EQ_INT(bits[0], 0x7f);
    CHECK_EQ_INT(bits[1], 0xfe);
}

static int grow(void *context)
{
    struct bitmap b = {0};
    int rc = MVL_OK;
    (void)context;
    for (uint32_t n = 100; n <= 100000 && rc == MVL_OK; n *= 10) {
        rc = bitmap_reserve(&b, n);
        if (rc == MVL_OK) {
            bitmap_extend(&b, n);
            bitmap_set(&b, n - 1);
        }
    }
    /* what there was still stands */
    uint32_t expected = b.n == 0 ? 0 : b.n == 100 ? 1 : b.n == 1000 ? 2 : b.n == 10000 ? 3 : 4;
    CHECK_EQ_INT(bitmap_count(&b), expected);
    CHECK(b.n == 0 || bitmap_test(&b, b.n - 1));
    bitmap_fini(&b);
    bitmap_fini(&b); /* harmless */
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK_EQ_INT(each_allocation_fails(grow, NULL), 4);
}
