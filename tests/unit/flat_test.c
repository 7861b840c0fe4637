#include "index/flat.h"

#include <stdlib.h>

#include "disk_vectors.h"
#include "faults.h"
#include "kernel/kernel.h"
#include "vectors_data.h"

enum { DIM = 6, MOST = 1000 };

/* Rows of small whole numbers: their float orders are exact for IP and L2, and many are equal. */
static struct vectors *random_vectors(struct random *r, uint32_t n)
{
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 5), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, n), MVL_OK))
        return v;
    for (uint32_t row = 0; row < n; row++)
        for (uint32_t i = 0; i < DIM; i++)
            ((float *)vectors_slot(v, row))[i] = (float)random_below(r, 9) - 4;
    vectors_publish(v, 0, n, NULL);
    return v;
}

static void random_query(struct random *r, float query[DIM])
{
    for (uint32_t i = 0; i < DIM; i++)
        query[i] = (float)random_below(r, 9) - 4;
}

static int compare_entries(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All rows that the query may find, sorted: one at a time, in double precision. */
static uint32_t search_slowly(const struct vectors *v, const struct index_query *q,
                              struct topk_entry out[MOST])
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < v->n_rows; row++) {
        if (!bitmap_test(&v->present, row) || (q->allow && !bitmap_test(q->allow, row)))
            continue;
        double distance = kernel_distance(q->metric, q->vector, vectors_row(v, row), DIM);
        double order = kernel_order_of_distance(q->metric, distance);
        if (order >= q->nearest && order <= q->farthest)
            out[n++] = (struct topk_entry){(float)order, row};
    }
    qsort(out, n, sizeof *out, compare_entries);
    return n;
}

/* Searches for k rows and compares with the slow way: the same rows where orders are exact, else the same orders. */
static void check_search(const struct vectors *v, const struct index_query *q, uint32_t k)
{
    static struct topk_entry expected[MOST];
    uint32_t n = search_slowly(v, q, expected);
    struct index *ix = NULL;
    struct topk found;
    if (!CHECK_EQ_INT(flat_ops.create(&ix, v, METRIC_L2, NULL), MVL_OK) ||
        !CHECK_EQ_INT(topk_init(&found, k), MVL_OK))
        return;
    CHECK_EQ_INT(flat_ops.search(ix, q, &found), MVL_OK);
    topk_sort(&found);
    CHECK_EQ_INT(found.n, n < k ? n : k);
    for (uint32_t i = 0; i < found.n && i < n; i++) {
        CHECK_NEAR(found.entries[i].order, expected[i].order, q->metric == METRIC_COSINE ? 1e-6 : 0);
        CHECK(q->metric == METRIC_COSINE || found.entries[i].row == expected[i].row);
        CHECK(bitmap_test(&v->present, found.entries[i].row));
        CHECK(!q->allow || bitmap_test(q->allow, found.entries[i].row));
    }
    topk_fini(&found);
    flat_ops.destroy(ix);
}

TEST(finds_the_nearest_of_any_number_of_rows)
{
    struct random r = random_from(22);
    for (uint32_t n = 0; n <= 70; n++) {
        struct vectors *v = random_vectors(&r, n);
        float query[DIM];
        random_query(&r, query);
        for (int m = 0; m < N_FLOAT_METRICS; m++) {
            struct index_query q = query_of(query, (enum metric)m);
            check_search(v, &q, 1);
            check_search(v, &q, 10);
            check_search(v, &q, 100);
        }
        vectors_destroy(v);
    }
}

TEST(removed_rows_are_not_found)
{
    struct random r = random_from(23);
    struct vectors *v = random_vectors(&r, MOST);
    while (v->n_present > 0) {
        float query[DIM];
        random_query(&r, query);
        for (int m = 0; m < N_FLOAT_METRICS; m++) {
            struct index_query q = query_of(query, (enum metric)m);
            check_search(v, &q, 20);
        }
        for (int i = 0; i < 100; i++)
            vectors_remove(v, random_below(&r, MOST));
        if (v->n_present < 100)
            for (uint32_t row = 0; row < MOST; row++)
                vectors_remove(v, row);
    }
    float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    check_search(v, &q, 20);
    vectors_destroy(v);
}

TEST(only_allowed_rows_are_found)
{
    struct random r = random_from(24);
    static const uint32_t sizes[] = {0, 1, 63, 64, 65, 500, MOST, MOST + 1, 2 * MOST};
    struct vectors *v = random_vectors(&r, MOST);
    for (int i = 0; i < 300; i++)
        vectors_remove(v, random_below(&r, MOST));
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (uint32_t one_in = 1; one_in < 600; one_in = one_in * 5 + 1) {
            struct bitmap allow = random_allow(&r, sizes[i], one_in);
            float query[DIM];
            random_query(&r, query);
            for (int m = 0; m < N_FLOAT_METRICS; m++) {
                struct index_query q = query_of(query, (enum metric)m);
                q.allow = &allow;
                check_search(v, &q, 15);
            }
            bitmap_fini(&allow);
        }
    }
    vectors_destroy(v);
}

TEST(only_orders_within_the_bounds_are_found)
{
    struct random r = random_from(25);
    struct vectors *v = random_vectors(&r, MOST);
    for (int i = 0; i < 100; i++) {
        float query[DIM];
        random_query(&r, query);
        struct index_query q = query_of(query, random_below(&r, 2) ? METRIC_L2 : METRIC_IP);
        double a = (double)random_below(&r, 200) - 50, b = (double)random_below(&r, 200) - 50;
        q.nearest = random_below(&r, 4) ? a : -INFINITY;
        q.farthest = random_below(&r, 4) ? b : INFINITY; /* sometimes below nearest: then there are none */
        check_search(v, &q, 30);
    }
    vectors_destroy(v);
}

TEST(bounds_are_found_themselves)
{
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, 1, 5), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, 5), MVL_OK))
        return;
    for (uint32_t row = 0; row < 5; row++)
        ((float *)vectors_slot(v, row))[0] = (float)row;
    vectors_publish(v, 0, 5, NULL);
    const float query[] = {0};
    struct index_query q = {query, METRIC_L2, NULL, 1, 9};
    struct index *ix = NULL;
    struct topk found;
    if (CHECK_EQ_INT(flat_ops.create(&ix, v, METRIC_L2, NULL), MVL_OK) &&
        CHECK_EQ_INT(topk_init(&found, 10), MVL_OK)) {
        CHECK_EQ_INT(flat_ops.search(ix, &q, &found), MVL_OK);
        topk_sort(&found);
        CHECK(found.n == 3 && found.entries[0].row == 1 && found.entries[2].row == 3);
        topk_fini(&found);
    }
    flat_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(ties_go_to_lower_row)
{
    struct random r = random_from(26);
    struct vectors *v = random_vectors(&r, 200);
    const float query[DIM] = {0};
    struct index_query q = query_of(query, METRIC_IP); /* all orders are equal */
    struct index *ix = NULL;
    struct topk found;
    vectors_remove(v, 0);
    vectors_remove(v, 2);
    if (CHECK_EQ_INT(flat_ops.create(&ix, v, METRIC_L2, NULL), MVL_OK) &&
        CHECK_EQ_INT(topk_init(&found, 3), MVL_OK)) {
        CHECK_EQ_INT(flat_ops.search(ix, &q, &found), MVL_OK);
        topk_sort(&found);
        CHECK(found.n == 3 && found.entries[0].row == 1 && found.entries[1].row == 3 &&
              found.entries[2].row == 4);
        topk_fini(&found);
    }
    flat_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(k_zero_finds_nothing)
{
    struct random r = random_from(27);
    struct vectors *v = random_vectors(&r, 10);
    const float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    check_search(v, &q, 0);
    vectors_destroy(v);
}

TEST(no_row_is_lost_however_large_or_small_its_numbers)
{
    static const float sizes[] = {3e38f, 1e20f, 1, 1e-20f, 1e-40f, 0, -1e-40f, -1e20f, -3e38f};
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, 2, 5), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, COUNT(sizes) * COUNT(sizes)), MVL_OK))
        return;
    for (uint32_t row = 0; row < COUNT(sizes) * COUNT(sizes); row++) {
        ((float *)vectors_slot(v, row))[0] = sizes[row % COUNT(sizes)];
        ((float *)vectors_slot(v, row))[1] = sizes[row / COUNT(sizes)];
    }
    vectors_publish(v, 0, COUNT(sizes) * COUNT(sizes), NULL);
    struct index *ix = NULL;
    if (!CHECK_EQ_INT(flat_ops.create(&ix, v, METRIC_L2, NULL), MVL_OK))
        return;
    for (uint32_t row = 0; row < v->n_rows; row++) {
        for (int m = 0; m < N_FLOAT_METRICS; m++) {
            struct index_query q = query_of(vectors_row(v, row), (enum metric)m);
            struct topk found;
            if (!CHECK_EQ_INT(topk_init(&found, 100), MVL_OK))
                continue;
            CHECK_EQ_INT(flat_ops.search(ix, &q, &found), MVL_OK);
            CHECK_EQ_INT(found.n, v->n_rows);
            topk_fini(&found);
        }
    }
    flat_ops.destroy(ix);
    vectors_destroy(v);
}

static int create_one(void *context)
{
    struct index *ix = NULL;
    int rc = flat_ops.create(&ix, context, METRIC_L2, NULL);
    CHECK((ix != NULL) == (rc == MVL_OK));
    flat_ops.destroy(ix);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct random r = random_from(28);
    struct vectors *v = random_vectors(&r, 3);
    CHECK_EQ_INT(each_allocation_fails(create_one, v), 1);
    vectors_destroy(v);
}

/* ---- rows on disk ---- */

static bool found_are(const struct topk *a, const struct topk *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->entries[i].row != b->entries[i].row ||
            !floats_are(&a->entries[i].order, &b->entries[i].order, 1))
            return false;
    return true;
}

/* The k nearest rows from `from` on, sorted. */
static int scan_into(const struct vectors *v, const struct index_query *q, uint32_t from, uint32_t k,
                     struct topk *out)
{
    TRY(topk_init(out, k));
    int rc = flat_scan(v, q, from, out);
    topk_sort(out);
    return rc;
}

TEST(results_are_the_same_wherever_rows_are)
{
    struct random r = random_from(29);
    static const uint32_t shifts[] = {1, 3, 5, 7, 9};
    static const uint32_t budgets[] = {0, 3, 1000};
    for (size_t i = 0; i < COUNT(shifts) * COUNT(budgets); i++) {
        enum { N = 900, WIDE = 21 };
        struct vectors *all = NULL, *v = NULL;
        struct disk d;
        if (!CHECK_EQ_INT(vectors_create(&all, VECTOR_F32, WIDE, shifts[i / COUNT(budgets)]), MVL_OK) ||
            !CHECK_EQ_INT(vectors_reserve(all, N), MVL_OK))
            return;
        for (uint32_t row = 0; row < N; row++)
            random_floats(&r, vectors_slot(all, row), WIDE);
        vectors_publish(all, 0, N, NULL);
        for (uint32_t row = 0; row < N; row += 1 + random_below(&r, 4))
            vectors_remove(all, row);
        if (!CHECK_EQ_INT(disk_vectors(&d, all, budgets[i % COUNT(budgets)], &v), MVL_OK))
            return;
        for (int k = 0; k < 12; k++) {
            float query[WIDE];
            struct topk expected, found;
            struct bitmap allow = random_allow(&r, N, k % 3 ? 3 : 40);
            random_floats(&r, query, WIDE);
            struct index_query q = query_of(query, (enum metric)(k % N_FLOAT_METRICS));
            q.allow = k % 2 ? &allow : NULL;
            uint32_t from = k % 4 ? 0 : random_below(&r, N);
            uint32_t chunk = random_below(&r, v->n_chunks);
            if (all->chunks[chunk].rows)
                CHECK_EQ_INT(vectors_bring(v, chunk), MVL_OK);
            CHECK_EQ_INT(scan_into(all, &q, from, 20, &expected), MVL_OK);
            CHECK_EQ_INT(scan_into(v, &q, from, 20, &found), MVL_OK);
            CHECK(found_are(&found, &expected));
            topk_fini(&expected);
            topk_fini(&found);
            bitmap_fini(&allow);
        }
        vectors_destroy(v);
        vectors_destroy(all);
        CHECK_EQ_INT(d.budget.used, 0);
    }
}

TEST(a_chunk_is_read_once_a_scan_and_stays_if_it_may)
{
    struct random r = random_from(30);
    struct vectors *all = random_vectors(&r, 320), *v = NULL; /* ten chunks */
    const float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    for (uint32_t budget = 0; budget <= 10; budget += 5) {
        struct disk d;
        struct topk found;
        if (!CHECK_EQ_INT(disk_vectors(&d, all, budget, &v), MVL_OK))
            return;
        for (uint32_t n = 1; n <= 3; n++) {
            CHECK_EQ_INT(scan_into(v, &q, 0, 5, &found), MVL_OK);
            CHECK_EQ_INT(d.n_chunks_read, n * (10 - budget) + budget);
            topk_fini(&found);
        }
        CHECK_EQ_INT(d.n_rows_read, 0);
        vectors_destroy(v);
    }
    vectors_destroy(all);
}

TEST(of_chunks_with_few_rows_wanted_these_are_read)
{
    struct random r = random_from(31);
    struct vectors *all = random_vectors(&r, 320), *v = NULL;
    const float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    struct bitmap allow = {0};
    struct disk d;
    struct topk found;
    if (!CHECK_EQ_INT(bitmap_reserve(&allow, 320), MVL_OK) ||
        !CHECK_EQ_INT(disk_vectors(&d, all, 100, &v), MVL_OK))
        return;
    bitmap_extend(&allow, 320);
    for (uint32_t row = 0; row < 320; row += 64)
        bitmap_set(&allow, row);
    q.allow = &allow;
    CHECK_EQ_INT(scan_into(v, &q, 0, 10, &found), MVL_OK);
    CHECK_EQ_INT(found.n, 5);
    CHECK_EQ_INT(d.n_chunks_read, 0);
    topk_fini(&found);
    bitmap_fini(&allow);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(a_scan_that_cannot_read_says_so)
{
    struct random r = random_from(32);
    struct vectors *all = random_vectors(&r, 320), *v = NULL;
    const float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    struct disk d;
    struct topk found;
    if (!CHECK_EQ_INT(disk_vectors(&d, all, 100, &v), MVL_OK))
        return;
    d.chunk_fails = MVL_DAMAGED;
    CHECK_EQ_INT(scan_into(v, &q, 0, 10, &found), MVL_DAMAGED);
    topk_fini(&found);
    d.chunk_fails = MVL_OK;
    CHECK_EQ_INT(scan_into(v, &q, 0, 10, &found), MVL_OK);
    CHECK_EQ_INT(found.n, 10);
    topk_fini(&found);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(a_scan_without_memory_for_chunks_reads_rows)
{
    struct random r = random_from(33);
    struct vectors *all = random_vectors(&r, 320), *v = NULL;
    const float query[DIM] = {1};
    struct index_query q = query_of(query, METRIC_L2);
    for (uint64_t nth = 1; nth < 4; nth++) {
        struct disk d;
        struct topk expected, found;
        if (!CHECK_EQ_INT(disk_vectors(&d, all, 2, &v), MVL_OK) ||
            !CHECK_EQ_INT(scan_into(all, &q, 0, 10, &expected), MVL_OK) ||
            !CHECK_EQ_INT(topk_init(&found, 10), MVL_OK))
            return;
        mem_fail_nth(nth);
        CHECK_EQ_INT(flat_scan(v, &q, 0, &found), MVL_OK);
        mem_fail_nth(0);
        topk_sort(&found);
        CHECK(found.n == 10 && found_are(&found, &expected));
        topk_fini(&expected);
        topk_fini(&found);
        vectors_destroy(v);
    }
    vectors_destroy(all);
}
