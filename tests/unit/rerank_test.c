#include "index/rerank.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "index/scorer.h"
#include "random.h"
#include "unit.h"

enum { N_ROWS = 400, DIM = 24 };

static struct vectors *random_vectors(struct random *r)
{
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 4), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, N_ROWS), MVL_OK))
        return v;
    for (uint32_t row = 0; row < N_ROWS; row++)
        random_floats(r, vectors_slot(v, row), DIM);
    vectors_publish(v, 0, N_ROWS, NULL);
    return v;
}

static int compare_entries(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All rows with orders that are off by up to error, in any order. */
static void estimate(struct random *r, const struct vectors *v, const float query[DIM], float error,
                     struct topk_entry out[N_ROWS])
{
    struct scorer s;
    scorer_init(&s, v, METRIC_L2, query);
    for (uint32_t row = 0; row < N_ROWS; row++) {
        const uint32_t rows[4] = {row, row, row, row};
        float orders[4];
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_OK);
        out[row] = (struct topk_entry){orders[0] + error * (2 * random_float(r) - 1), row};
    }
    for (uint32_t i = N_ROWS; i-- > 1;) {
        uint32_t k = random_below(r, i + 1);
        struct topk_entry swap = out[i];
        out[i] = out[k];
        out[k] = swap;
    }
}

TEST(the_best_are_sorted_to_the_front)
{
    struct random r = random_from(141);
    for (uint32_t n = 1; n < 100; n++) {
        struct topk_entry e[100], all[100];
        for (uint32_t i = 0; i < n; i++)
            all[i] = e[i] = (struct topk_entry){random_float(&r), i};
        qsort(all, n, sizeof *all, compare_entries);
        uint32_t wanted = 1 + random_below(&r, 40), found = rerank_sort(e, n, wanted);
        CHECK_EQ_INT(found, n < wanted ? n : wanted);
        for (uint32_t i = 0; i < found; i++)
            CHECK(e[i].row == all[i].row && e[i].order == all[i].order);
    }
    CHECK_EQ_INT(rerank_sort(NULL, 0, 3), 0);
}

static double no_time(void)
{
    return 0;
}

/* Compares the hits with those among all candidates; returns how many exact orders were enough. */
static uint32_t check_nearest(struct vectors *v, const float query[DIM], struct topk_entry e[N_ROWS],
                              uint32_t k)
{
    struct index_report report = {.now = no_time};
    struct index_query q = {.vector = query, .metric = METRIC_L2}, reported = q;
    struct topk all, some;
    if (!CHECK_EQ_INT(topk_init(&all, k), MVL_OK) || !CHECK_EQ_INT(topk_init(&some, k), MVL_OK))
        return 0;
    reported.report = &report;
    uint32_t n = rerank_sort(e, N_ROWS, N_ROWS);
    CHECK_EQ_INT(rerank_all(v, &q, e, n, &all), MVL_OK);
    CHECK_EQ_INT(rerank_nearest(v, &reported, e, n, &some), MVL_OK);
    topk_sort(&all);
    topk_sort(&some);
    CHECK_EQ_INT(some.n, all.n);
    for (uint32_t i = 0; i < some.n; i++)
        CHECK(some.entries[i].row == all.entries[i].row && some.entries[i].order == all.entries[i].order);
    topk_fini(&all);
    topk_fini(&some);
    return report.n_exact;
}

TEST(so_many_are_exact_that_none_of_the_nearest_is_missed)
{
    struct random r = random_from(142);
    struct vectors *v = random_vectors(&r);
    static const float errors[] = {0, 0.01f, 0.1f, 1, 100};
    uint32_t before = 0;
    for (size_t i = 0; i < COUNT(errors); i++) {
        uint32_t n_exact = 0;
        for (uint32_t round = 0; round < 40; round++) {
            struct topk_entry e[N_ROWS];
            float query[DIM];
            random_floats(&r, query, DIM);
            estimate(&r, v, query, errors[i], e);
            n_exact += check_nearest(v, query, e, 1 + round % 20);
        }
        CHECK(n_exact >= before); /* worse codes, more exact orders */
        before = n_exact;
    }
    CHECK_EQ_INT(before, 40 * N_ROWS); /* these say nothing */
    vectors_destroy(v);
}

TEST(exact_codes_need_few_exact_orders)
{
    struct random r = random_from(143);
    struct vectors *v = random_vectors(&r);
    struct topk_entry e[N_ROWS];
    float query[DIM];
    random_floats(&r, query, DIM);
    estimate(&r, v, query, 0, e);
    CHECK(check_nearest(v, query, e, 10) <= 16);
    CHECK_EQ_INT(check_nearest(v, query, e, N_ROWS), N_ROWS);
    vectors_destroy(v);
}

TEST(all_are_pushed_whatever_their_order_by_codes)
{
    struct random r = random_from(144);
    struct vectors *v = random_vectors(&r);
    float query[DIM];
    struct index_query q = {.vector = query, .metric = METRIC_L2};
    struct topk_entry e[] = {{INFINITY, 5}, {-INFINITY, 9}, {NAN, 300}, {0, 17}, {3, 2}};
    struct topk out;
    random_floats(&r, query, DIM);
    if (!CHECK_EQ_INT(topk_init(&out, 10), MVL_OK))
        return;
    CHECK_EQ_INT(rerank_all(v, &q, e, COUNT(e), &out), MVL_OK);
    CHECK_EQ_INT(out.n, COUNT(e));
    CHECK_EQ_INT(rerank_all(v, &q, NULL, 0, &out), MVL_OK);
    CHECK_EQ_INT(out.n, COUNT(e));
    topk_fini(&out);
    vectors_destroy(v);
}
