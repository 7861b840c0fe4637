#include "index/pool.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"

static int compare_entries(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

TEST(a_pool_keeps_the_best_in_order)
{
    struct random r = random_from(120);
    for (uint32_t k = 1; k < 70; k = k * 3 / 2 + 1) {
        struct topk_entry entries[70], all[200];
        struct pool p = {entries, 0, k};
        for (uint32_t n = 0; n < COUNT(all); n++) {
            float order = random_float(&r);
            bool enters = order < pool_bound(&p);
            CHECK(enters || p.n == k);
            uint32_t at = pool_insert(&p, order, n);
            CHECK((at < k) == enters);
            CHECK(!enters || (entries[at].row == n && entries[at].order == order));
            all[n] = (struct topk_entry){order, n};
            qsort(all, n + 1, sizeof *all, compare_entries);
            CHECK_EQ_INT(p.n, n + 1 < k ? n + 1 : k);
            for (uint32_t i = 0; i < p.n; i++)
                CHECK(entries[i].row == all[i].row && entries[i].order == all[i].order);
            CHECK(pool_bound(&p) == (p.n == k ? all[k - 1].order : INFINITY));
        }
    }
}

TEST(equal_orders_do_not_push_others_out_of_a_full_pool)
{
    struct topk_entry entries[8]; /* more than k: a compiler cannot see that no more is touched */
    struct pool p = {entries, 0, 3};
    for (uint32_t row = 0; row < 3; row++)
        CHECK(pool_insert(&p, 1, row) < 3);
    CHECK_EQ_INT(pool_insert(&p, 1, 3), 3);
    CHECK_EQ_INT(pool_insert(&p, INFINITY, 4), 3);
    CHECK_EQ_INT(pool_insert(&p, NAN, 5), 3);
    CHECK_EQ_INT(pool_insert(&p, 0, 6), 0);
    CHECK(p.n == 3 && entries[1].row < 3 && entries[2].row < 3);
}
