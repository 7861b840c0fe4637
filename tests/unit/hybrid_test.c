#include "engine/hybrid.h"

#include "databases.h"

enum { ROWS = 120, QUERIES = 2, REQUESTS = 3 };

/* Of docs: v is (id, 1), w is (id, 1, 1) or null for multiples of 3, so that rows and ids are the same here. */
static struct db *filled_db(void)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, ROWS, 1), MVL_OK);
    return db;
}

static const float v_queries[QUERIES][V_DIM] = {{17.25F, 1}, {90.5F, 2}},
                   w_queries[QUERIES][W_DIM] = {{20, 1, 1}, {3, 1, 9}};

static const struct column v_column = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = v_queries},
                           w_column = {.kind = KIND_MATRIX_F32, .width = W_DIM, .data = w_queries};

static void requests_of(struct search_request r[REQUESTS], const char *const metrics[REQUESTS])
{
    static const int64_t limits[REQUESTS] = {30, 7, 100};
    for (uint32_t i = 0; i < REQUESTS; i++)
        r[i] = (struct search_request){.queries = i == 1 ? &w_column : &v_column,
                                       .n_queries = QUERIES,
                                       .anns_field = i == 1 ? STR("w") : STR("v"),
                                       .metric = str_of(metrics[i]),
                                       .limit = limits[i],
                                       .round_decimal = -1};
    r[2].filter = STR("id % 2 == 0");
}

static double squashed(const char *metric, double d)
{
    double pi = acos(-1);
    if (!strcmp(metric, "COSINE"))
        return (1 + d) / 2;
    return !strcmp(metric, "IP") ? 0.5 + atan(d) / pi : 1 - 2 * atan(d) / pi;
}

/* Adds what the answers of the requests, each a search of its own, say of every id. */
static void expect(struct collection *c, const struct hybrid_request *r, const char *const metrics[REQUESTS],
                   double sums[QUERIES][ROWS], bool found[QUERIES][ROWS])
{
    for (uint32_t i = 0; i < REQUESTS; i++) {
        struct arena a = {0};
        struct error e;
        struct search_result one;
        uint32_t hit = 0;
        CHECK_CODE(collection_search(c, &r->requests[i], &a, &one, &e), MVL_OK);
        const int64_t *ids = one.hits.columns[0].data;
        const double *distances = one.hits.columns[1].data;
        for (uint32_t q = 0; q < QUERIES; q++) {
            for (uint32_t rank = 1; rank <= one.counts[q]; rank++, hit++) {
                bool raw = !r->ranker.norm_score && strcmp(metrics[i], "L2") != 0;
                double score = raw ? distances[hit] : squashed(metrics[i], distances[hit]);
                found[q][ids[hit]] = true;
                sums[q][ids[hit]] += r->ranker.kind == RANKER_RRF ? 1 / (r->ranker.k + rank)
                                                                  : r->ranker.weights[i] * score;
            }
        }
        arena_fini(&a);
    }
}

static void check_fused(struct collection *c, const struct hybrid_request *r,
                        const char *const metrics[REQUESTS])
{
    static double sums[QUERIES][ROWS];
    static bool found[QUERIES][ROWS];
    struct arena a = {0};
    struct error e;
    struct search_result result;
    uint32_t hit = 0;
    memset(sums, 0, sizeof sums);
    memset(found, 0, sizeof found);
    expect(c, r, metrics, sums, found);
    CHECK_CODE(collection_hybrid_search(c, r, &a, &result, &e), MVL_OK);
    const int64_t *ids = result.hits.columns[0].data;
    const double *distances = result.hits.columns[1].data;
    for (uint32_t q = 0; q < QUERIES; q++) {
        uint32_t n = 0, before = 0;
        for (uint32_t id = 0; id < ROWS; id++)
            n += found[q][id];
        uint32_t offset = (uint32_t)r->whole.offset, limit = (uint32_t)r->whole.limit;
        CHECK_EQ_INT(result.counts[q], offset >= n ? 0 : n - offset < limit ? n - offset : limit);
        for (uint32_t i = 0; i < result.counts[q]; i++, hit++) {
            CHECK(found[q][ids[hit]]);
            CHECK_NEAR(distances[hit], sums[q][ids[hit]], 1e-7 * fmax(1, sums[q][ids[hit]]));
            if (i)
                CHECK(distances[hit - 1] > distances[hit] ||
                      (distances[hit - 1] == distances[hit] && ids[hit - 1] < ids[hit]));
        }
        for (uint32_t id = 0; id < ROWS && result.counts[q]; id++)
            before += found[q][id] && (float)sums[q][id] > (float)distances[hit - result.counts[q]];
        CHECK(before <= offset);
    }
    CHECK_EQ_INT(result.hits.n_rows, hit);
    arena_fini(&a);
}

TEST(lists_are_fused_by_rank_and_by_weight)
{
    static const char *const metrics[][REQUESTS] = {
        {"COSINE", "COSINE", "COSINE"}, {"L2", "IP", "COSINE"}, {"IP", "L2", "IP"}, {"L2", "L2", "L2"}};
    static const double weights[REQUESTS] = {0.7, 1, 0};
    struct db *db = filled_db();
    struct collection *c = db_lookup(db, STR("docs"));
    for (size_t m = 0; m < COUNT(metrics); m++) {
        for (int i = 0; i < 16; i++) {
            struct search_request requests[REQUESTS];
            struct ranker ranker = {i % 2 ? RANKER_WEIGHTED : RANKER_RRF, i % 4 ? 60 : 0.5, weights, REQUESTS,
                                    true};
            struct hybrid_request r = {requests, REQUESTS, ranker, {.round_decimal = -1}};
            r.whole.limit = i % 3 ? 10 : 200;
            r.whole.offset = i % 5 * 11;
            r.ranker.norm_score = i < 8 || m == 3; /* sums of distances are another test */
            requests_of(requests, metrics[m]);
            check_fused(c, &r, metrics[m]);
        }
    }
    db_done(db);
}

TEST(sums_of_distances_are_distances)
{
    static const double weights[] = {1, 0.5};
    struct arena a = {0};
    struct error e;
    struct search_result result;
    struct db *db = filled_db();
    struct search_request requests[REQUESTS];
    requests_of(requests, (const char *const[]){"L2", "L2", "L2"});
    requests[0].limit = requests[1].limit = 200;
    struct hybrid_request r = {
        requests, 2, {RANKER_WEIGHTED, 0, weights, 2, false}, {.limit = 10, .round_decimal = -1}};
    CHECK_CODE(collection_hybrid_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_OK);
    const int64_t *ids = result.hits.columns[0].data;
    const double *distances = result.hits.columns[1].data;
    for (uint32_t i = 0; i < 10; i++) {
        double x = (double)ids[i] - 17.25, y = (double)ids[i] - 20;
        CHECK_NEAR(distances[i], x * x + (ids[i] % 3 ? 0.5 * y * y : 0), 1e-4);
        CHECK(i == 0 || distances[i] >= distances[i - 1]);
    }
    arena_fini(&a);
    db_done(db);
}

TEST(groups_come_with_their_best_row_first)
{
    struct arena a = {0};
    struct error e;
    struct search_result result;
    struct db *db = filled_db();
    struct search_request requests[REQUESTS];
    requests_of(requests, (const char *const[]){"L2", "L2", "L2"});
    for (uint32_t i = 0; i < REQUESTS; i++)
        requests[i].limit = 200;
    struct hybrid_request r = {requests, 2, {.kind = RANKER_RRF, .k = 60}, {.limit = 5, .round_decimal = -1}};
    r.whole.group_by_field = STR("text"); /* "<id>", null for multiples of 4 */
    r.whole.group_size = 3;
    struct str shown[] = {STR("text")};
    r.whole.output_fields = shown;
    r.whole.n_output_fields = 1;
    CHECK_CODE(collection_hybrid_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_OK);
    const struct column *text = batch_column(&result.hits, "text");
    uint32_t n_null = 0;
    for (uint32_t i = 0; i < result.counts[0]; i++)
        n_null += column_is_null(text, i);
    CHECK_EQ_INT(n_null, 3);           /* the group of null is full */
    CHECK_EQ_INT(result.counts[0], 7); /* the others have one row each */
    CHECK_EQ_INT(result.counts[1] <= 15, true);
    r.whole.group_by_field = STR("v");
    CHECK_CODE(collection_hybrid_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_PARAM_INVALID);
    arena_fini(&a);
    db_done(db);
}

TEST(what_cannot_be_fused_is_refused)
{
    static const double weights[] = {1, 2};
    struct arena a = {0};
    struct error e;
    struct search_result result;
    struct db *db = filled_db();
    struct collection *c = db_lookup(db, STR("docs"));
    struct search_request requests[REQUESTS];
    requests_of(requests, (const char *const[]){"L2", "L2", "L2"});
    const struct search_request whole = {.limit = 5, .round_decimal = -1};
    struct hybrid_request r = {requests, 0, {.kind = RANKER_RRF, .k = 60}, whole};
    CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    r.n_requests = 1025;
    CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    r.n_requests = 2;
    static const double ks[] = {0, -1, 16384, NAN};
    for (size_t i = 0; i < COUNT(ks); i++) {
        r.ranker.k = ks[i];
        CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    }
    r.ranker = (struct ranker){RANKER_WEIGHTED, 0, weights, 2, true};
    CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    r.ranker = (struct ranker){.kind = RANKER_RRF, .k = 60};
    requests[1].n_queries = 1;
    CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    requests[1].n_queries = QUERIES;
    requests[1].anns_field = STR("none");
    CHECK_CODE(collection_hybrid_search(c, &r, &a, &result, &e), MVL_FIELD_NOT_FOUND);
    CHECK(strncmp(e.reason, "reqs[1]: ", 9) == 0);
    CHECK_STR(e.field, "none");
    arena_fini(&a);
    db_done(db);
}
