#include "base/topk.h"

#include <stdlib.h>

#include "base/error.h"
#include "faults.h"
#include "random.h"
#include "unit.h"

static int compare_entries(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Pushes the entries into a fresh heap and compares what is kept with the first of all, sorted. */
static void check_kept(const struct topk_entry entries[], uint32_t n, uint32_t k)
{
    struct topk t;
    if (!CHECK_EQ_INT(topk_init(&t, k), MVL_OK))
        return;
    for (uint32_t i = 0; i < n; i++)
        topk_push(&t, entries[i].order, entries[i].row);
    topk_sort(&t);
    struct topk_entry sorted[512];
    memcpy(sorted, entries, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_entries);
    CHECK_EQ_INT(t.n, n < k ? n : k);
    for (uint32_t i = 0; i < t.n; i++)
        CHECK(t.entries[i].order == sorted[i].order && t.entries[i].row == sorted[i].row);
    topk_fini(&t);
}

TEST(keeps_the_k_nearest_nearest_first)
{
    struct random r = random_from(5);
    static const uint32_t ks[] = {1, 2, 3, 7, 10, 64, 511, 512, 600};
    for (uint32_t n = 0; n <= 512; n += n < 20 ? 1 : 41) {
        struct topk_entry entries[512];
        for (uint32_t i = 0; i < n; i++)
            entries[i] = (struct topk_entry){random_float(&r), i};
        for (size_t i = 0; i < COUNT(ks); i++)
            check_kept(entries, n, ks[i]);
    }
}

TEST(ties_go_to_lower_row)
{
    struct random r = random_from(6);
    for (uint32_t k = 1; k < 40; k++) {
        struct topk_entry entries[100];
        for (uint32_t i = 0; i < COUNT(entries); i++)
            entries[i] = (struct topk_entry){(float)random_below(&r, 4), i * 37 % 100};
        check_kept(entries, COUNT(entries), k);
    }
}

TEST(sorted_and_reversed_input_is_kept_right)
{
    struct topk_entry up[200], down[200];
    for (uint32_t i = 0; i < COUNT(up); i++) {
        up[i] = (struct topk_entry){(float)i, i};
        down[i] = (struct topk_entry){-(float)i, i};
    }
    for (uint32_t k = 1; k <= 201; k += 20) {
        check_kept(up, COUNT(up), k);
        check_kept(down, COUNT(down), k);
    }
}

TEST(infinite_orders_are_kept_last)
{
    const struct topk_entry entries[] = {{INFINITY, 0}, {1, 1}, {-INFINITY, 2}, {INFINITY, 3}, {0, 4}};
    for (uint32_t k = 1; k <= 6; k++)
        check_kept(entries, COUNT(entries), k);
}

TEST(k_zero_keeps_nothing)
{
    struct topk t;
    if (!CHECK_EQ_INT(topk_init(&t, 0), MVL_OK))
        return;
    CHECK(topk_bound(&t) == -INFINITY);
    topk_push(&t, 1, 1);
    topk_sort(&t);
    CHECK_EQ_INT(t.n, 0);
    topk_fini(&t);
}

TEST(bound_is_the_worst_order_once_full)
{
    struct topk t;
    if (!CHECK_EQ_INT(topk_init(&t, 3), MVL_OK))
        return;
    topk_push(&t, 5, 0);
    topk_push(&t, 7, 1);
    CHECK(topk_bound(&t) == INFINITY);
    topk_push(&t, 6, 2);
    CHECK_NEAR(topk_bound(&t), 7, 0);
    topk_push(&t, 1, 3);
    CHECK_NEAR(topk_bound(&t), 6, 0);
    topk_push(&t, 6.5f, 4); /* too far */
    CHECK_NEAR(topk_bound(&t), 6, 0);
    topk_fini(&t);
}

static int make_one(void *context)
{
    struct topk t;
    (void)context;
    int rc = topk_init(&t, 100);
    CHECK_EQ_INT(t.n, 0);
    topk_fini(&t); /* also after a failure */
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK_EQ_INT(each_allocation_fails(make_one, NULL), 1);
}
