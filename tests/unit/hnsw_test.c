#include "index/hnsw.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "faults.h"
#include "vectors_data.h"

enum { DIM = 32, N = 4600, K = 10, FEW = 20 }; /* FEW candidates: then the graph is cheaper than the scan */

static const struct index_settings settings = {8, 40, HNSW_GRAPH_ROWS},
                                   in_four_bits = {8, 40, HNSW_GRAPH_ROWS, 4};

/* ---- indexes ---- */

static struct index *index_with(const struct vectors *v, enum metric m, struct index_settings with)
{
    struct index *ix = NULL;
    CHECK_EQ_INT(hnsw_ops.create(&ix, v, m, &with), MVL_OK);
    return ix;
}

static struct index *index_of(const struct vectors *v, enum metric m)
{
    return index_with(v, m, settings);
}

/* In slices of some effort, to the end: there is one. */
static void maintain_by(struct index *ix, uint32_t effort)
{
    for (uint32_t slices = 0; hnsw_ops.work(ix) && CHECK(slices < 100000); slices++)
        if (!CHECK_EQ_INT(hnsw_ops.maintain(ix, effort), MVL_OK))
            return;
    CHECK_EQ_INT(hnsw_ops.pending(ix), 0);
}

static void maintain_all(struct index *ix)
{
    maintain_by(ix, 1000000);
}

static double no_time(void)
{
    return 0;
}

/* The links, as they are written; every second part is the scan's. Returns owned. */
static struct writer links_of(const struct index *ix)
{
    struct writer w = {0};
    for (uint32_t part = 1; hnsw_ops.part_version(ix, part); part += 2)
        hnsw_ops.part_write(ix, part, &w);
    CHECK(!w.failed);
    return w;
}

static void check_same_links(struct index *a, struct index *b)
{
    struct writer x = links_of(a), y = links_of(b);
    CHECK(x.n > 0 && x.n == y.n && memcmp(x.p, y.p, x.n) == 0);
    writer_fini(&x);
    writer_fini(&y);
}

/* ---- searching ---- */

static struct topk search(const struct index *ix, const struct index_query *q, uint32_t k)
{
    struct topk found = {0};
    if (CHECK_EQ_INT(topk_init(&found, k), MVL_OK))
        CHECK_EQ_INT(hnsw_ops.search(ix, q, &found), MVL_OK);
    topk_sort(&found);
    return found;
}

/* As many rows as an exact search finds, each once, present, allowed and with its exact order. Returns how many of the
 * exact one's rows are among them, those of equal order too. */
static uint32_t check_found(const struct index *ix, const struct vectors *v, const struct index_query *q,
                            uint32_t k)
{
    struct index_query exactly = *q;
    exactly.report = NULL;
    struct topk found = search(ix, q, k), expected = search_exactly(v, &exactly, k), all = {0};
    struct bitmap rows = {0};
    uint32_t n_common = 0;
    CHECK_EQ_INT(found.n, expected.n);
    if (CHECK_EQ_INT(bitmap_reserve(&rows, v->n_rows), MVL_OK))
        bitmap_extend(&rows, v->n_rows);
    for (uint32_t i = 0; i < found.n; i++) {
        struct topk_entry e = found.entries[i];
        CHECK(bitmap_test(&v->present, e.row) && (!q->allow || bitmap_test(q->allow, e.row)));
        CHECK(i == 0 || found.entries[i - 1].order <= e.order);
        CHECK(!bitmap_test(&rows, e.row));
        bitmap_set(&rows, e.row);
        n_common += e.order <= expected.entries[expected.n - 1].order;
    }
    exactly.allow = &rows; /* the rows found, with their orders by the exact scan */
    all = search_exactly(v, &exactly, k);
    CHECK_EQ_INT(all.n, found.n);
    for (uint32_t i = 0; i < all.n && i < found.n; i++)
        CHECK(all.entries[i].order == found.entries[i].order);
    topk_fini(&all);
    bitmap_fini(&rows);
    topk_fini(&found);
    topk_fini(&expected);
    return n_common;
}

/* Searches by few candidates; n_by_graph: how many of them the graph served. */
static double recall(const struct index *ix, const struct vectors *v, enum metric m, struct data *d,
                     uint32_t n, uint32_t *n_by_graph)
{
    uint32_t n_common = 0;
    *n_by_graph = 0;
    for (uint32_t i = 0; i < n; i++) {
        float query[MOST_DIM];
        struct index_report report = {.now = no_time};
        data_next(d, query);
        struct index_query q = query_of(query, m);
        q.ef = FEW;
        q.report = &report;
        n_common += check_found(ix, v, &q, K);
        *n_by_graph += strcmp(report.plan, "graph") == 0;
    }
    return (double)n_common / (n * K);
}

static void check_recall(const struct index *ix, const struct vectors *v, enum metric m, struct data *d,
                         bool by_graph, double least)
{
    uint32_t n_by_graph, n = 6;
    double share = recall(ix, v, m, d, n, &n_by_graph);
    if (!CHECK(share >= least) || !CHECK(!by_graph || n_by_graph == n))
        printf("# recall %.3f of %u rows by %s, %u of %u by the graph\n", share, (unsigned)v->n_present,
               metric_name(m), (unsigned)n_by_graph, (unsigned)n);
}

/* An index with a graph that is made once, of rows that no test changes. */
static struct {
    struct vectors *v;
    struct index *ix;
    struct data d;
} made[N_FLOAT_METRICS];

static void make(enum metric m)
{
    if (made[m].ix)
        return;
    made[m].d = data_from(160 + (uint64_t)m, DIM, m == METRIC_IP ? 1 : 0.2f);
    made[m].v = vectors_of(&made[m].d, N);
    made[m].ix = index_of(made[m].v, m);
    maintain_all(made[m].ix);
}

TEST(finds_the_nearest_by_every_metric)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        make((enum metric)m);
        for (int i = 0; i < 3; i++)
            check_recall(made[m].ix, made[m].v, (enum metric)m, &made[m].d, true, 0.8);
    }
}

TEST(finds_them_by_blocks)
{
    struct data d = data_from(164, 128, 0.2f);
    struct vectors *v = vectors_of(&d, HNSW_GRAPH_ROWS);
    struct index *ix = index_of(v, METRIC_COSINE);
    maintain_all(ix);
    check_recall(ix, v, METRIC_COSINE, &d, false, 0.6);
    hnsw_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- never fewer than there are ---- */

TEST(finds_as_many_as_there_are)
{
    static const uint32_t ks[] = {0, 1, 2, 10, 100, 1000, 1001, N - 1, N, N + 1};
    static const uint32_t efs[] = {0, 1, FEW, N, INT32_MAX};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        make((enum metric)m);
        for (size_t i = 0; i < COUNT(ks) * COUNT(efs); i++) {
            float query[DIM];
            data_next(&made[m].d, query);
            struct index_query q = query_of(query, (enum metric)m);
            q.ef = efs[i % COUNT(efs)];
            if (i % 3 == 0 || ks[i / COUNT(efs)] <= 10)
                check_found(made[m].ix, made[m].v, &q, ks[i / COUNT(efs)]);
        }
    }
}

TEST(only_allowed_rows_are_found)
{
    static const uint32_t one_in[] = {1, 2, 5, 20, 100, 1000, 1000000}, ks[] = {1, 10, 60};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        make((enum metric)m);
        struct data *d = &made[m].d;
        for (size_t i = 0; i < 2 * COUNT(one_in); i++) {
            uint32_t n = N / one_in[i / 2];
            struct bitmap allow = i % 2 ? random_allow(&d->r, i % 3 ? N : N / 2, one_in[i / 2])
                                        : allow_range(random_below(&d->r, N - n + 1), n);
            for (size_t k = 0; k < COUNT(ks); k++) {
                float query[DIM];
                data_next(d, query);
                struct index_query q = query_of(query, (enum metric)m);
                q.allow = &allow;
                q.ef = k == 1 ? 0 : 12;
                uint32_t n_found = check_found(made[m].ix, made[m].v, &q, ks[k]),
                         n_allowed = bitmap_count(&allow);
                uint32_t n_there = n_allowed < ks[k] ? n_allowed : ks[k];
                if (!CHECK(2 * n_found >= n_there || n_there < K))
                    printf("# %u of %u, one in %u allowed\n", (unsigned)n_found, (unsigned)n_there,
                           (unsigned)one_in[i / 2]);
            }
            bitmap_fini(&allow);
        }
    }
}

TEST(another_metric_and_ranges_are_searched_exactly)
{
    make(METRIC_L2);
    for (int i = 0; i < 4; i++) {
        float query[DIM];
        data_next(&made[METRIC_L2].d, query);
        struct index_query q = query_of(query, METRIC_IP);
        q.ef = FEW;
        CHECK_EQ_INT(check_found(made[METRIC_L2].ix, made[METRIC_L2].v, &q, K), K);
        q.metric = METRIC_L2;
        struct topk some = search_exactly(made[METRIC_L2].v, &q, 30);
        q.nearest = (double)some.entries[10].order;
        CHECK_EQ_INT(check_found(made[METRIC_L2].ix, made[METRIC_L2].v, &q, K), K);
        q.farthest = (double)some.entries[15].order;
        CHECK_EQ_INT(check_found(made[METRIC_L2].ix, made[METRIC_L2].v, &q, K), 6);
        q.nearest = -INFINITY;
        CHECK_EQ_INT(check_found(made[METRIC_L2].ix, made[METRIC_L2].v, &q, 20), 16);
        topk_fini(&some);
    }
}

TEST(queries_of_any_size_are_answered)
{
    static const float sizes[] = {0, 1e-40f, 1e-30f, 1e-16f, 1e16f, 1e30f, 3e36f};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        make((enum metric)m);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            float query[DIM];
            data_next(&made[m].d, query);
            for (uint32_t k = 0; k < DIM; k++)
                query[k] *= sizes[i];
            struct index_query q = query_of(query, (enum metric)m);
            q.ef = FEW;
            check_found(made[m].ix, made[m].v, &q, K);
        }
    }
}

/* ---- reports ---- */

static double clock_of_report(void)
{
    static double now;
    return now += 1;
}

TEST(reports_say_how_a_search_went)
{
    make(METRIC_COSINE);
    float query[DIM];
    data_next(&made[METRIC_COSINE].d, query);
    struct index_report report = {.now = clock_of_report};
    struct index_query q = query_of(query, METRIC_COSINE);
    q.ef = FEW;
    q.report = &report;
    struct topk found = search(made[METRIC_COSINE].ix, &q, K);
    topk_fini(&found);
    CHECK_STR(report.plan, "graph");
    CHECK(report.n_estimated >= FEW && report.n_estimated < N / 2);
    CHECK(report.n_exact >= K && report.n_exact < 200);
    CHECK(report.estimate_ms > 0 && report.exact_ms > 0);
    report = (struct index_report){.now = clock_of_report};
    q.ef = N; /* as good as all: the scan does it sooner */
    found = search(made[METRIC_COSINE].ix, &q, K);
    topk_fini(&found);
    CHECK_STR(report.plan, "codes");
    report = (struct index_report){.now = clock_of_report};
    q.farthest = 0;
    found = search(made[METRIC_COSINE].ix, &q, K);
    topk_fini(&found);
    CHECK_STR(report.plan, "exact");
}

/* ---- maintaining ---- */

TEST(few_rows_have_no_graph)
{
    struct data d = data_from(165, DIM, 1);
    struct vectors *v = vectors_of(&d, HNSW_GRAPH_ROWS - 1);
    struct index *ix = index_of(v, METRIC_L2);
    maintain_all(ix);
    CHECK_EQ_INT(hnsw_ops.part_version(ix, 1), 0);
    check_recall(ix, v, METRIC_L2, &d, false, 0.9);
    append(v, &d, 1);
    CHECK(hnsw_ops.work(ix) > 0 && hnsw_ops.pending(ix) == HNSW_GRAPH_ROWS);
    CHECK_EQ_INT(hnsw_ops.maintain(ix, 0), MVL_OK);
    check_recall(ix, v, METRIC_L2, &d, false, 0.9);
    hnsw_ops.destroy(ix);
    vectors_destroy(v);
}

TEST(slices_of_any_size_make_the_same_graph)
{
    static const uint32_t efforts[] = {1, 12345};
    make(METRIC_L2);
    for (size_t i = 0; i < COUNT(efforts); i++) {
        struct index *ix = index_of(made[METRIC_L2].v, METRIC_L2);
        maintain_by(ix, efforts[i]);
        check_same_links(ix, made[METRIC_L2].ix);
        hnsw_ops.destroy(ix);
    }
}

TEST(finds_them_while_the_graph_grows)
{
    struct data d = data_from(166, DIM, 0.5f);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_of(v, METRIC_COSINE);
    uint64_t last = UINT64_MAX;
    for (uint32_t slice = 0; hnsw_ops.work(ix); slice++) {
        if (slice > 2)
            CHECK(hnsw_ops.work(ix) < last);
        last = hnsw_ops.work(ix);
        CHECK_EQ_INT(hnsw_ops.maintain(ix, 60000), MVL_OK);
        check_recall(ix, v, METRIC_COSINE, &d, false, 0.9);
    }
    append(v, &d, 20); /* behind the graph, and less than a block */
    check_recall(ix, v, METRIC_COSINE, &d, true, 0.9);
    float query[DIM];
    memcpy(query, vectors_row(v, N + 7), sizeof query);
    struct index_query q = query_of(query, METRIC_COSINE);
    q.ef = FEW;
    struct topk found = search(ix, &q, 1);
    CHECK(found.n == 1 && found.entries[0].row == N + 7);
    topk_fini(&found);
    hnsw_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- rows come and go ---- */

TEST(rows_come_and_go)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(167 + (uint64_t)m, DIM, 0.3f);
        struct vectors *v = vectors_of(&d, N);
        struct index *ix = index_with(v, (enum metric)m, m % 2 ? settings : in_four_bits);
        for (int round = 0; round < 15; round++) {
            switch (random_below(&d.r, 6)) {
            case 0: append(v, &d, random_below(&d.r, 150)); break;
            case 1:
                for (uint32_t i = random_below(&d.r, 250); i > 0; i--)
                    vectors_remove(v, random_below(&d.r, v->n_rows));
                break;
            case 2:
                if (round % 2)
                    maintain_all(ix);
                break;
            default: CHECK_EQ_INT(hnsw_ops.maintain(ix, random_below(&d.r, 40000)), MVL_OK); break;
            }
            check_recall(ix, v, (enum metric)m, &d, false, 0.6);
        }
        maintain_all(ix);
        check_recall(ix, v, (enum metric)m, &d, v->n_present > N * 2 / 3, 0.7);
        hnsw_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(removed_rows_are_not_found)
{
    struct data d = data_from(170, DIM, 0.2f);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_of(v, METRIC_L2);
    maintain_all(ix);
    float query[DIM];
    data_next(&d, query);
    struct index_query q = query_of(query, METRIC_L2);
    q.ef = FEW;
    for (uint32_t round = 0; v->n_present > 20; round++) { /* the nearest go each time */
        struct topk found = search(ix, &q, 50);
        CHECK(found.n == 50 || found.n == v->n_present);
        for (uint32_t i = 0; i < found.n; i++) {
            CHECK(bitmap_test(&v->present, found.entries[i].row));
            vectors_remove(v, found.entries[i].row);
        }
        topk_fini(&found);
        if (round % 10 == 0)
            maintain_all(ix);
    }
    maintain_all(ix);
    for (uint32_t row = 0; row < N; row++)
        vectors_remove(v, row);
    maintain_all(ix);
    struct topk found = search(ix, &q, 20);
    CHECK_EQ_INT(found.n, 0);
    topk_fini(&found);
    append(v, &d, 50);
    maintain_all(ix);
    CHECK_EQ_INT(check_found(ix, v, &q, 20), 20);
    hnsw_ops.destroy(ix);
    vectors_destroy(v);
}

/* The codes are begun anew with so many more rows; then too few are left to go on with it. */
TEST(rows_may_go_while_codes_are_made_anew)
{
    static const uint32_t n_left[] = {1500, 0};
    for (size_t i = 0; i < COUNT(n_left); i++) {
        enum { MORE = 4 * HNSW_GRAPH_ROWS };
        static const uint8_t none[MORE / 8];
        struct data d = data_from(171, DIM, 0.2f);
        struct vectors *v = vectors_of(&d, HNSW_GRAPH_ROWS);
        struct index *ix = index_of(v, METRIC_L2);
        maintain_all(ix);
        if (CHECK_EQ_INT(vectors_reserve(v, HNSW_GRAPH_ROWS + MORE), MVL_OK))
            vectors_publish(v, HNSW_GRAPH_ROWS, MORE, none);
        CHECK_EQ_INT(hnsw_ops.maintain(ix, 32), MVL_OK);
        check_recall(ix, v, METRIC_L2, &d, false, 0.8);
        for (uint32_t row = 0; v->n_present > n_left[i]; row++)
            vectors_remove(v, row);
        check_recall(ix, v, METRIC_L2, &d, false, n_left[i] ? 0.8 : 0);
        maintain_by(ix, 5000);
        check_recall(ix, v, METRIC_L2, &d, false, n_left[i] ? 0.8 : 0);
        append(v, &d, 3000);
        maintain_by(ix, 5000);
        check_recall(ix, v, METRIC_L2, &d, false, 0.8);
        hnsw_ops.destroy(ix);
        vectors_destroy(v);
    }
}

/* ---- unusual rows ---- */

static void check_sizes(uint32_t one_in, const float sizes[], uint32_t n_sizes)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct data d = data_from(172, DIM, 0.5f);
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
        struct index *ix = index_with(v, (enum metric)m, one_in < 10 ? settings : in_four_bits);
        maintain_all(ix);
        check_recall(ix, v, (enum metric)m, &d, false, 0.8);
        for (uint32_t i = 0; i < n_sizes; i++) {
            float query[DIM];
            data_next(&d, query);
            for (uint32_t k = 0; k < DIM; k++)
                query[k] *= sizes[i];
            struct index_query q = query_of(query, (enum metric)m);
            q.ef = FEW;
            if (!CHECK(check_found(ix, v, &q, K) >= K / 2))
                printf("# query of size %g by %s\n", (double)sizes[i], metric_name((enum metric)m));
        }
        hnsw_ops.destroy(ix);
        vectors_destroy(v);
    }
}

TEST(huge_or_tiny_rows_disturb_no_others)
{
    static const float sizes[] = {1e37f, 1e30f, 1e-30f, 1e-40f, 0};
    check_sizes(200, sizes, COUNT(sizes));
    check_sizes(4, sizes, COUNT(sizes)); /* so many are searched by the scan */
}

/* A query that codes cannot say, and enough rows that the graph does not know. */
TEST(rows_behind_the_graph_do_not_hide_it)
{
    static const float sizes[] = {0, 1e-30f, 1, 1e30f};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        make((enum metric)m);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            float query[DIM];
            data_next(&made[m].d, query);
            for (uint32_t k = 0; k < DIM; k++)
                query[k] *= sizes[i];
            struct index_query q = query_of(query, (enum metric)m);
            q.ef = FEW;
            for (uint32_t k = 1; k <= N - 4576; k += 11) /* so many are no nodes */
                CHECK(check_found(made[m].ix, made[m].v, &q, k) >= k * 3 / 4);
        }
    }
}

TEST(all_vectors_may_be_equal)
{
    static const float values[] = {0, 1, 1e-30f, 1e30f};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct data d = data_from(173, DIM, 0.5f);
        struct vectors *v = NULL;
        if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 7), MVL_OK) ||
            !CHECK_EQ_INT(vectors_reserve(v, HNSW_GRAPH_ROWS), MVL_OK))
            return;
        for (uint32_t row = 0; row < HNSW_GRAPH_ROWS; row++)
            for (uint32_t k = 0; k < DIM; k++)
                ((float *)vectors_slot(v, row))[k] = values[i];
        vectors_publish(v, 0, HNSW_GRAPH_ROWS, NULL);
        enum metric m = (enum metric)(i % N_FLOAT_METRICS);
        struct index *ix = index_with(v, m, (struct index_settings){4, 10, HNSW_GRAPH_ROWS, i % 2 ? 8 : 4});
        maintain_all(ix);
        check_recall(ix, v, m, &d, false, 1);
        hnsw_ops.destroy(ix);
        vectors_destroy(v);
    }
}

/* ---- memory ---- */

TEST(bytes_grow_with_the_graph_and_go_with_its_rows)
{
    struct data d = data_from(174, DIM, 0.5f);
    struct vectors *v = vectors_of(&d, N);
    struct index *ix = index_with(v, METRIC_COSINE, (struct index_settings){4, 10, HNSW_GRAPH_ROWS});
    size_t empty = hnsw_ops.bytes(ix), each = DIM + 2 * 4 * sizeof(uint32_t);
    CHECK(empty < 10000);
    maintain_all(ix);
    size_t full = hnsw_ops.bytes(ix);
    CHECK(full >= empty + N * each && full < empty + 6 * N * each);
    for (uint32_t row = 0; row < N / 2 - 100; row++)
        vectors_remove(v, row);
    maintain_all(ix);
    CHECK(hnsw_ops.bytes(ix) < full * 2 / 3);
    hnsw_ops.destroy(ix);
    vectors_destroy(v);
}

struct story {
    struct vectors *v;
    const float *query;
};

static int create_maintain_search(void *context)
{
    const struct story *s = context;
    struct index *ix = NULL;
    struct topk found = {0};
    struct index_settings with = {4, 10};
    int rc = hnsw_ops.create(&ix, s->v, METRIC_L2, &with);
    if (rc != MVL_OK)
        return rc;
    for (int slice = 0; rc == MVL_OK && slice < 100 && hnsw_ops.work(ix); slice++)
        rc = hnsw_ops.maintain(ix, 20000);
    int rc_found = topk_init(&found, K);
    if (rc_found == MVL_OK) {
        struct index_query q = query_of(s->query, METRIC_L2);
        q.ef = FEW;
        rc_found = hnsw_ops.search(ix, &q, &found);
    }
    rc = rc == MVL_OK ? rc_found : rc;
    topk_fini(&found);
    if (rc != MVL_OK) { /* the one failure is over: everything goes on */
        mem_fail_nth(0);
        struct index_query q = query_of(s->query, METRIC_L2);
        q.ef = FEW;
        CHECK(check_found(ix, s->v, &q, K) >= K - 4);
        maintain_all(ix);
        CHECK(check_found(ix, s->v, &q, K) >= K - 4);
    }
    hnsw_ops.destroy(ix);
    return rc;
}

/* There are thousands of allocations; the first and last, and some between. */
TEST(allocations_may_fail)
{
    struct data d = data_from(175, 32, 0.5f);
    struct vectors *v = vectors_of(&d, HNSW_GRAPH_ROWS);
    float query[MOST_DIM];
    data_next(&d, query);
    struct story s = {v, query};
    mem_fail_nth(0);
    CHECK_EQ_INT(create_maintain_search(&s), MVL_OK);
    uint64_t n = mem_fail_nth(0);
    CHECK(n > 100);
    for (uint64_t nth = 1; nth <= n; nth += nth < 12 || nth + 6 > n ? 1 : n / 5) {
        mem_fail_nth(nth);
        int rc = create_maintain_search(&s);
        mem_fail_nth(0);
        CHECK_EQ_INT(rc, MVL_NOMEM);
    }
    vectors_destroy(v);
}
