#include "index/scan.h"

#include "faults.h"
#include "vectors_data.h"

enum { DIM = 64, N = 5000, K = 10 };

/* ---- data ---- */

static void put_row(struct vectors *v, uint32_t row, float value)
{
    for (uint32_t i = 0; i < DIM; i++)
        ((float *)vectors_slot(v, row))[i] = i % 3 ? value : -value;
}

/* ---- searching ---- */

static struct index *index_of(const struct vectors *v, enum metric m)
{
    struct index *ix = NULL;
    CHECK_EQ_INT(scan_ops.create(&ix, v, m, NULL), MVL_OK);
    return ix;
}

static void maintain_all(struct index *ix)
{
    for (int slices = 0; scan_ops.pending(ix) && CHECK(slices < 1000); slices++)
        CHECK_EQ_INT(scan_ops.maintain(ix, 1024), MVL_OK);
}

static struct topk search(const struct index *ix, const struct index_query *q, uint32_t k)
{
    struct topk found = {0};
    if (CHECK_EQ_INT(topk_init(&found, k), MVL_OK))
        CHECK_EQ_INT(scan_ops.search(ix, q, &found), MVL_OK);
    topk_sort(&found);
    return found;
}

static void check_equal(const struct index *ix, const struct vectors *v, const struct index_query *q,
                        uint32_t k)
{
    struct topk found = search(ix, q, k), expected = search_exactly(v, q, k);
    if (CHECK_EQ_INT(found.n, expected.n))
        for (uint32_t i = 0; i < found.n; i++)
            CHECK(found.entries[i].order == expected.entries[i].order &&
                  found.entries[i].row == expected.entries[i].row);
    topk_fini(&found);
    topk_fini(&expected);
}

static void check_exact(const struct index *ix, const struct vectors *v, enum metric m, struct data *d)
{
    for (int i = 0; i < 20; i++) {
        float query[DIM];
        data_next(d, query);
        struct index_query q = query_of(query, m);
        check_equal(ix, v, &q, K);
    }
}

/* Checks one search: as many rows as an exact one finds, each once, present, allowed and with its exact order.
 * Returns how many of the exact one's rows it finds. */
static uint32_t check_found(const struct index *ix, const struct vectors *v, const struct index_query *q,
                            uint32_t k)
{
    struct topk found = search(ix, q, k), expected = search_exactly(v, q, k);
    uint32_t n_common = 0;
    CHECK_EQ_INT(found.n, expected.n);
    for (uint32_t i = 0; i < found.n; i++) {
        struct topk_entry e = found.entries[i];
        CHECK(bitmap_test(&v->present, e.row) && (!q->allow || bitmap_test(q->allow, e.row)));
        CHECK(i == 0 || found.entries[i - 1].order <= e.order);
        for (uint32_t j = 0; j < i; j++)
            CHECK(found.entries[j].row != e.row);
        for (uint32_t j = 0; j < expected.n; j++) {
            n_common += expected.entries[j].row == e.row;
            CHECK(expected.entries[j].row != e.row || expected.entries[j].order == e.order);
        }
    }
    topk_fini(&found);
    topk_fini(&expected);
    return n_common;
}

static double recall(const struct index *ix, const struct vectors *v, enum metric m, struct data *d,
                     uint32_t n_queries)
{
    uint32_t n_common = 0;
    for (uint32_t i = 0; i < n_queries; i++) {
        float query[DIM];
        data_next(d, query);
        struct index_query q = query_of(query, m);
        n_common += check_found(ix, v, &q, K);
    }
    return (double)n_common / (n_queries * K);
}

static void check_recall(const struct index *ix, const struct vectors *v, enum metric m, struct data *d)
{
    double share = recall(ix, v, m, d, 30);
    if (!CHECK(share >= 0.95))
        printf("# recall %.3f by %s\n", share, metric_name(m));
}

TEST(finds_the_nearest_by_every_metric)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(80, DIM, m == METRIC_IP ? 3 : 0.2f);
        struct vectors *v = vectors_of(&d, N);
        struct index *ix = index_of(v, (enum metric)m);
        maintain_all(ix);
        check_recall(ix, v, (enum metric)m, &d);
        scan_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(finds_them_while_rows_are_coded_and_behind_the_codes)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(81, DIM, 1);
        struct vectors *v = vectors_of(&d, N);
        struct index *ix = index_of(v, (enum metric)m);
        for (int slice = 0; scan_ops.pending(ix); slice++) {
            CHECK_EQ_INT(scan_ops.maintain(ix, 800), MVL_OK);
            check_recall(ix, v, (enum metric)m, &d);
        }
        append(v, &d, 777);
        check_recall(ix, v, (enum metric)m, &d);
        scan_ops.destroy(ix);
        vectors_destroy(v);
    }
}

/* ---- where the plan is exact ---- */

TEST(few_rows_are_searched_exactly)
{
    struct data d = data_from(82, DIM, 1);
    struct vectors *v = vectors_of(&d, SCAN_LEAST_ROWS - 1);
    struct index *ix = index_of(v, METRIC_COSINE);
    CHECK_EQ_INT(scan_ops.pending(ix), 0);
    CHECK_EQ_INT(scan_ops.maintain(ix, 1000), MVL_OK);
    check_exact(ix, v, METRIC_COSINE, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(few_rows_that_are_left_are_searched_exactly)
{
    struct data d = data_from(83, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_of(v, METRIC_L2);
    maintain_all(ix);
    for (uint32_t row = 0; v->n_present >= SCAN_LEAST_ROWS; row += 1 + random_below(&d.r, 2))
        vectors_remove(v, row % N);
    CHECK_EQ_INT(scan_ops.pending(ix), 0);
    check_exact(ix, v, METRIC_L2, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(another_metric_a_range_and_many_hits_are_searched_exactly)
{
    struct data d = data_from(84, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct index *ix = index_of(v, (enum metric)m);
        maintain_all(ix);
        for (int i = 0; i < 5; i++) {
            float query[DIM];
            data_next(&d, query);
            struct index_query q = query_of(query, (enum metric)((m + 1) % N_FLOAT_METRICS));
            check_equal(ix, v, &q, K);
            q.metric = (enum metric)m;
            check_equal(ix, v, &q, 1001);
            check_equal(ix, v, &q, N + 5);
            struct topk some = search_exactly(v, &q, 30);
            if (CHECK_EQ_INT(some.n, 30)) {
                q.nearest = (double)some.entries[10].order;
                check_equal(ix, v, &q, K);
                q.farthest = (double)some.entries[15].order;
                check_equal(ix, v, &q, K);
                q.nearest = -INFINITY;
                check_equal(ix, v, &q, K);
            }
            topk_fini(&some);
        }
        scan_ops.destroy(ix);
    }
    vectors_destroy(v);
}

TEST(few_allowed_rows_are_searched_exactly)
{
    struct data d = data_from(85, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_of(v, METRIC_IP);
    maintain_all(ix);
    for (uint32_t one_in = 20; one_in < 20000; one_in *= 4) {
        struct bitmap allow = random_allow(&d.r, N, one_in);
        float query[DIM];
        data_next(&d, query);
        struct index_query q = query_of(query, METRIC_IP);
        q.allow = &allow;
        check_equal(ix, v, &q, K);
        bitmap_fini(&allow);
    }
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(a_zero_query_is_searched_exactly)
{
    struct data d = data_from(86, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    const float query[DIM] = {0};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct index *ix = index_of(v, (enum metric)m);
        maintain_all(ix);
        struct index_query q = query_of(query, (enum metric)m);
        check_equal(ix, v, &q, K);
        scan_ops.destroy(ix);
    }
    vectors_destroy(v);
}

/* ---- never fewer than there are ---- */

TEST(finds_as_many_as_there_are)
{
    static const uint32_t ks[] = {0, 1, 10, 100, 999, 1000, 1001, N};
    for (uint64_t seed = 90; seed < 96; seed++) {
        struct data d = data_from(seed, DIM, 1);
        struct vectors *v = vectors_of(&d, N);
        struct index *ix = index_of(v, (enum metric)(seed % N_FLOAT_METRICS));
        uint32_t n_slices = random_below(&d.r, 6), n_removals = random_below(&d.r, 3000);
        for (uint32_t i = 0; i < n_slices; i++)
            CHECK_EQ_INT(scan_ops.maintain(ix, 1000), MVL_OK);
        for (uint32_t i = 0; i < n_removals; i++)
            vectors_remove(v, random_below(&d.r, N));
        append(v, &d, random_below(&d.r, 100));
        for (uint32_t one_in = 1; one_in < 40; one_in = one_in * 2 + 1) {
            static const uint32_t sizes[] = {1000, N, 2 * N};
            struct bitmap allow = random_allow(&d.r, sizes[random_below(&d.r, COUNT(sizes))], one_in);
            float query[DIM];
            data_next(&d, query);
            struct index_query q = query_of(query, (enum metric)(seed % N_FLOAT_METRICS));
            for (size_t i = 0; i < COUNT(ks); i++) {
                q.allow = one_in == 1 ? NULL : &allow;
                struct topk found = search(ix, &q, ks[i]), expected = search_exactly(v, &q, ks[i]);
                CHECK_EQ_INT(found.n, expected.n);
                topk_fini(&found);
                topk_fini(&expected);
            }
            check_found(ix, v, &q, K);
            bitmap_fini(&allow);
        }
        scan_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(removed_rows_are_not_found)
{
    struct data d = data_from(97, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_of(v, METRIC_COSINE);
    maintain_all(ix);
    float query[DIM];
    data_next(&d, query);
    struct index_query q = query_of(query, METRIC_COSINE);
    while (v->n_present > 100) { /* the nearest go each time */
        struct topk found = search(ix, &q, 50);
        CHECK_EQ_INT(found.n, 50);
        for (uint32_t i = 0; i < found.n; i++) {
            CHECK(bitmap_test(&v->present, found.entries[i].row));
            vectors_remove(v, found.entries[i].row);
        }
        topk_fini(&found);
    }
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(rows_without_a_vector_are_not_found)
{
    struct data d = data_from(98, DIM, 1);
    struct vectors *v = vectors_of(&d, N);
    uint8_t present[N / 8] = {0};
    for (uint32_t i = 0; i < N / 8; i++)
        present[i] = (uint8_t)random_below(&d.r, 256);
    if (CHECK_EQ_INT(vectors_reserve(v, 2 * N), MVL_OK)) {
        for (uint32_t row = N; row < 2 * N; row++)
            data_next(&d, vectors_slot(v, row));
        vectors_publish(v, N, N, present);
    }
    struct index *ix = index_of(v, METRIC_L2);
    maintain_all(ix);
    check_recall(ix, v, METRIC_L2, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- pending and maintain ---- */

TEST(rows_are_coded_in_slices_of_whole_blocks)
{
    struct data d = data_from(99, DIM, 1);
    struct vectors *v = vectors_of(&d, SCAN_LEAST_ROWS - 1);
    struct index *ix = index_of(v, METRIC_COSINE);
    CHECK_EQ_INT(scan_ops.pending(ix), 0);
    append(v, &d, 1);
    CHECK_EQ_INT(scan_ops.pending(ix), SCAN_LEAST_ROWS);
    CHECK_EQ_INT(scan_ops.maintain(ix, 0), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(ix), SCAN_LEAST_ROWS);
    CHECK_EQ_INT(scan_ops.maintain(ix, 1), MVL_OK); /* a block at least */
    CHECK_EQ_INT(scan_ops.pending(ix), SCAN_LEAST_ROWS - 32);
    CHECK_EQ_INT(scan_ops.maintain(ix, 256), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(ix), SCAN_LEAST_ROWS - 32 - 256);
    CHECK_EQ_INT(scan_ops.maintain(ix, UINT32_MAX), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(ix), 0);
    for (uint32_t more = 1; more < 40; more += 7) { /* a block is filled by and by */
        append(v, &d, more);
        CHECK_EQ_INT(scan_ops.pending(ix), more);
        maintain_all(ix);
        CHECK_EQ_INT(scan_n_coded(ix), v->n_rows);
    }
    check_recall(ix, v, METRIC_COSINE, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(codes_are_made_anew_when_there_are_four_times_as_many_rows)
{
    struct data d = data_from(100, DIM, 0.5f);
    struct vectors *v = vectors_of(&d, 2500);
    struct index *ix = index_of(v, METRIC_L2);
    maintain_all(ix);
    struct data others = data_from(101, DIM, 0.5f); /* elsewhere: the old centre is not theirs */
    for (uint32_t i = 0; i < TOPICS; i++)
        for (uint32_t k = 0; k < DIM; k++)
            others.topics[i][k] += 10;
    append(v, &others, 7499);
    CHECK_EQ_INT(scan_ops.pending(ix), 7499);
    maintain_all(ix);
    append(v, &others, 1);
    CHECK_EQ_INT(scan_ops.pending(ix), 10000); /* all of them */
    check_recall(ix, v, METRIC_L2, &others);
    CHECK_EQ_INT(scan_ops.maintain(ix, 3200), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(ix), 6800);
    maintain_all(ix);
    check_recall(ix, v, METRIC_L2, &others);
    check_recall(ix, v, METRIC_L2, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(bytes_are_those_of_the_codes)
{
    struct data d = data_from(102, DIM, 1);
    struct vectors *v = vectors_of(&d, 4 * SCAN_LEAST_ROWS);
    struct index *ix = index_of(v, METRIC_COSINE);
    size_t empty = scan_ops.bytes(ix), row_bytes = DIM / 8 + 2 * sizeof(float);
    CHECK(empty > 0 && empty < 1000);
    maintain_all(ix);
    size_t full = scan_ops.bytes(ix);
    CHECK(full >= v->n_rows * row_bytes && full < v->n_rows * row_bytes + 2000);
    for (uint32_t row = 0; row < 2 * SCAN_LEAST_ROWS; row++) /* rows that went take their codes along */
        vectors_remove(v, row);
    append(v, &d, 32);
    maintain_all(ix);
    CHECK(scan_ops.bytes(ix) <= full - SCAN_LEAST_ROWS * row_bytes + 100);
    check_recall(ix, v, METRIC_COSINE, &d);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- unusual numbers ---- */

TEST(zero_vectors_are_rows_too)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(103, DIM, 1);
        struct vectors *v = vectors_of(&d, 1);
        if (CHECK_EQ_INT(vectors_reserve(v, N), MVL_OK)) {
            for (uint32_t row = 1; row < N; row++) {
                data_next(&d, vectors_slot(v, row));
                if (row % 3)
                    put_row(v, row, 0);
            }
            vectors_publish(v, 1, N - 1, NULL);
        }
        struct index *ix = index_of(v, (enum metric)m);
        maintain_all(ix);
        check_recall(ix, v, (enum metric)m, &d);
        scan_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(all_vectors_may_be_zero_or_equal)
{
    static const float values[] = {0, 1, 1e-30f, 1e30f};
    for (size_t i = 0; i < COUNT(values); i++) {
        for (int m = 0; m < N_FLOAT_METRICS; m++) {
            struct data d = data_from(104, DIM, 1);
            struct vectors *v = NULL;
            if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 7), MVL_OK) ||
                !CHECK_EQ_INT(vectors_reserve(v, N), MVL_OK))
                return;
            for (uint32_t row = 0; row < N; row++)
                put_row(v, row, values[i]);
            vectors_publish(v, 0, N, NULL);
            struct index *ix = index_of(v, (enum metric)m);
            maintain_all(ix);
            float query[DIM];
            data_next(&d, query);
            struct index_query q = query_of(query, (enum metric)m);
            struct topk found = search(ix, &q, K);
            CHECK_EQ_INT(found.n, K);
            topk_fini(&found);
            scan_ops.destroy(ix);
            vectors_destroy(v);
        }
    }
}

/* Some rows, or all, are of another size; every query finds what the exact scan does. */
static void check_sizes(uint32_t one_in, const float sizes[], uint32_t n_sizes)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(105, DIM, 0.5f);
        struct vectors *v = vectors_of(&d, 1);
        if (CHECK_EQ_INT(vectors_reserve(v, N), MVL_OK)) {
            for (uint32_t row = 1; row < N; row++) {
                data_next(&d, vectors_slot(v, row));
                float size = random_below(&d.r, one_in) ? 1 : sizes[random_below(&d.r, n_sizes)];
                for (uint32_t i = 0; i < DIM; i++)
                    ((float *)vectors_slot(v, row))[i] *= size;
            }
            vectors_publish(v, 1, N - 1, NULL);
        }
        struct index *ix = index_of(v, (enum metric)m);
        maintain_all(ix);
        check_recall(ix, v, (enum metric)m, &d);
        for (uint32_t i = 0; i < n_sizes; i++) {
            float query[DIM];
            data_next(&d, query);
            for (uint32_t k = 0; k < DIM; k++)
                query[k] *= sizes[i];
            struct index_query q = query_of(query, (enum metric)m);
            if (!CHECK(check_found(ix, v, &q, K) >= K / 2))
                printf("# query of size %g by %s\n", (double)sizes[i], metric_name((enum metric)m));
        }
        scan_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(few_huge_or_tiny_rows_disturb_no_others)
{
    static const float huge[] = {1e30f}, tiny[] = {1e-30f}, both[] = {1e37f, 1e30f, 1e3f, 1e-30f, 1e-40f};
    check_sizes(500, huge, COUNT(huge));
    check_sizes(500, tiny, COUNT(tiny));
    check_sizes(1000, both, COUNT(both));
}

TEST(many_huge_or_tiny_rows_are_searched_exactly)
{
    static const float huge[] = {1e30f}, tiny[] = {1e-30f}, both[] = {1e37f, 1e30f, 1e-30f, 1e-40f};
    for (uint32_t one_in = 1; one_in <= 20; one_in += 19) {
        check_sizes(one_in, huge, COUNT(huge));
        check_sizes(one_in, tiny, COUNT(tiny));
        check_sizes(one_in, both, COUNT(both));
    }
}

/* ---- memory ---- */

struct story {
    const struct vectors *v;
    const float *query;
};

static int create_maintain_search(void *context)
{
    const struct story *s = context;
    struct index *ix = NULL;
    struct topk found = {0};
    int rc = scan_ops.create(&ix, s->v, METRIC_L2, NULL);
    if (rc != MVL_OK)
        return rc;
    for (int slice = 0; rc == MVL_OK && slice < 10 && scan_ops.pending(ix); slice++)
        rc = scan_ops.maintain(ix, 1000);
    int rc_found = topk_init(&found, K);
    if (rc_found == MVL_OK) {
        struct index_query q = query_of(s->query, METRIC_L2);
        rc_found = scan_ops.search(ix, &q, &found);
    }
    rc = rc == MVL_OK ? rc_found : rc;
    topk_fini(&found);
    if (rc != MVL_OK) { /* the one failure is over: everything goes on */
        mem_fail_nth(0);
        maintain_all(ix);
        struct index_query q = query_of(s->query, METRIC_L2);
        CHECK(check_found(ix, s->v, &q, K) >= K - 2);
    }
    scan_ops.destroy(ix);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct data d = data_from(106, DIM, 0.5f);
    struct vectors *v = vectors_of(&d, N);
    float query[DIM];
    data_next(&d, query);
    struct story s = {v, query};
    uint64_t nth = 1; /* as each_allocation_fails, but here work allocates after its failure */
    for (int rc = MVL_NOMEM; rc != MVL_OK; nth++) {
        mem_fail_nth(nth);
        rc = create_maintain_search(&s);
        mem_fail_nth(0);
        CHECK(rc == MVL_OK || rc == MVL_NOMEM);
    }
    CHECK(nth > 10);
    vectors_destroy(v);
}
