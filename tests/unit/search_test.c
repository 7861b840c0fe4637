#include "engine/search.h"

#include <stdlib.h>

#include "databases.h"

enum { ROWS = 300, SEED = 5 };

/* The vectors of field v, as the tests write them: on a grid, so that many are equally far. */
static float grid[ROWS][V_DIM];
static bool alive[ROWS];

static struct db *grid_db(void)
{
    struct arena a = {0};
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    static int64_t ids[ROWS];
    uint32_t seed = SEED;
    printf("# seed %d\n", SEED);
    for (uint32_t i = 0; i < ROWS; i++) {
        ids[i] = 1000 - i;
        alive[i] = true;
        for (uint32_t d = 0; d < V_DIM; d++)
            grid[i][d] = (float)((seed = seed * 1664525 + 1013904223) >> 24 & 15) - 8;
    }
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = V_DIM, .data = grid}};
    struct batch batch = {columns, 2, ROWS};
    struct write *w;
    CHECK_CODE(collection_prepare(c, &batch, WRITE_INSERT, &a, &w, &e), MVL_OK);
    CHECK_CODE(collection_commit(c, w, &e), MVL_OK);
    for (uint32_t i = 0; i < ROWS; i += 7) {
        alive[i] = false;
        CHECK_EQ_INT(docs_delete(c, &ids[i], 1), 1);
    }
    arena_fini(&a);
    return db;
}

/* The distance as Milvus defines it, in double precision. */
static double distance_of(enum metric m, const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0, squared = 0;
    for (uint32_t d = 0; d < V_DIM; d++) {
        double x = (double)a[d], y = (double)b[d];
        dot += x * y;
        aa += x * x;
        bb += y * y;
        squared += (x - y) * (x - y);
    }
    if (m == METRIC_L2)
        return squared;
    if (m == METRIC_IP)
        return dot;
    return aa == 0 || bb == 0 ? 0 : fmax(-1, fmin(1, dot / (sqrt(aa) * sqrt(bb))));
}

struct hit {
    double distance;
    uint32_t row;
    bool larger_is_nearer;
};

static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (fabs(x->distance - y->distance) > 1e-12)
        return (x->distance < y->distance) != x->larger_is_nearer ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* All rows alive, nearest first. */
static uint32_t all_hits(enum metric m, const float *query, struct hit out[])
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < ROWS; row++)
        if (alive[row])
            out[n++] = (struct hit){distance_of(m, query, grid[row]), row, metric_larger_is_nearer(m)};
    qsort(out, n, sizeof *out, compare_hits);
    return n;
}

static struct search_request request_of(const struct column *queries, uint32_t n, const char *metric)
{
    return (struct search_request){.queries = queries,
                                   .n_queries = n,
                                   .anns_field = STR("v"),
                                   .metric = str_of(metric),
                                   .limit = 10,
                                   .round_decimal = -1};
}

static struct column queries_of(const float *vectors)
{
    return (struct column){.kind = KIND_MATRIX_F32, .width = V_DIM, .data = vectors};
}

/* Are the hits from the from-th on these? Distances of IP and L2 are whole numbers or so on the grid, and rows that are
 * equally far come by age. Of COSINE's, which are rounded, equal ones may change places. */
static void check_hits(const struct search_result *r, uint32_t from, enum metric m, const float *query,
                       const struct hit expected[], uint32_t n)
{
    const int64_t *ids = r->hits.columns[0].data;
    const double *distances = r->hits.columns[1].data;
    bool seen[ROWS] = {false};
    if (!CHECK(from + n <= r->hits.n_rows))
        return;
    for (uint32_t i = 0; i < n; i++) {
        double tolerance = 1e-7 * fmax(1, fabs(expected[i].distance));
        int64_t row = 1000 - ids[from + i];
        if (!CHECK(row >= 0 && row < ROWS && alive[row] && !seen[row]))
            return;
        seen[row] = true;
        CHECK_NEAR(distances[from + i], expected[i].distance, tolerance);
        CHECK_NEAR(distances[from + i], distance_of(m, query, grid[row]), tolerance);
        if (m != METRIC_COSINE && !CHECK_EQ_INT(row, expected[i].row))
            return;
    }
}

TEST(every_metric_finds_what_a_full_scan_finds)
{
    static const char *const names[] = {"COSINE", "IP", "L2"};
    static const float queries[][V_DIM] = {{0.5F, 0.25F}, {-3, 2}, {0, 0}, {7, -8}};
    static struct hit expected[ROWS];
    struct db *db = grid_db();
    struct collection *c = db_lookup(db, STR("docs"));
    for (enum metric m = METRIC_COSINE; m < N_FLOAT_METRICS; m++) {
        for (int64_t limit = 1; limit <= ROWS; limit = limit * 3 + 1) {
            struct arena a = {0};
            struct error e;
            struct search_result result;
            struct column column = queries_of(queries[0]);
            struct search_request r = request_of(&column, COUNT(queries), names[m]);
            r.limit = limit;
            CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
            uint32_t from = 0;
            for (uint32_t q = 0; q < COUNT(queries); q++) {
                uint32_t n = all_hits(m, queries[q], expected);
                n = n < limit ? n : (uint32_t)limit;
                CHECK_EQ_INT(result.counts[q], n);
                check_hits(&result, from, m, queries[q], expected, n);
                from += n;
            }
            CHECK_EQ_INT(result.hits.n_rows, from);
            arena_fini(&a);
        }
    }
    db_done(db);
}

TEST(a_page_is_a_part_of_the_whole_list)
{
    static struct hit expected[ROWS];
    const float query[V_DIM] = {1, 1};
    struct db *db = grid_db();
    struct column column = queries_of(query);
    uint32_t n = all_hits(METRIC_L2, query, expected);
    for (uint32_t offset = 0; offset <= n + 5; offset += 13) {
        struct arena a = {0};
        struct error e;
        struct search_result result;
        struct search_request r = request_of(&column, 1, "L2");
        r.limit = 13;
        r.offset = offset;
        CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_OK);
        uint32_t left = offset >= n ? 0 : n - offset < 13 ? n - offset : 13;
        CHECK_EQ_INT(result.hits.n_rows, left);
        check_hits(&result, 0, METRIC_L2, query, expected + offset, left);
        arena_fini(&a);
    }
    db_done(db);
}

TEST(a_range_keeps_what_lies_in_it_and_no_more)
{
    static const char *const names[] = {"COSINE", "IP", "L2"};
    static const double bounds[] = {-40, -1, -0.5, 0,  0.25,
                                    1,   4,  5,    20, 200}; /* distances that rows have, too */
    static struct hit all[ROWS], expected[ROWS];
    const float query[V_DIM] = {3, -2};
    struct db *db = grid_db();
    struct column column = queries_of(query);
    for (enum metric m = METRIC_COSINE; m < N_FLOAT_METRICS; m++) {
        bool larger = metric_larger_is_nearer(m);
        uint32_t n = all_hits(m, query, all);
        for (size_t i = 0; i < COUNT(bounds); i++) {
            for (size_t k = 0; k <= COUNT(bounds); k++) {
                struct arena a = {0};
                struct error e;
                struct search_result result;
                struct search_request r = request_of(&column, 1, names[m]);
                uint32_t n_expected = 0;
                bool has_near = k < COUNT(bounds);
                r.limit = 40;
                r.radius = &bounds[i];
                r.range_filter = has_near ? &bounds[k] : NULL;
                if (has_near && (larger ? bounds[i] >= bounds[k] : bounds[i] <= bounds[k])) {
                    CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r, &a, &result, &e),
                               MVL_PARAM_INVALID);
                    arena_fini(&a);
                    continue;
                }
                for (uint32_t h = 0; h < n && n_expected < 40; h++) {
                    double d = all[h].distance;
                    bool inside = larger ? d > bounds[i] && (!has_near || d <= bounds[k])
                                         : d < bounds[i] && (!has_near || d >= bounds[k]);
                    if (inside)
                        expected[n_expected++] = all[h];
                }
                CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_OK);
                if (CHECK_EQ_INT(result.hits.n_rows, n_expected))
                    check_hits(&result, 0, m, query, expected, n_expected);
                else
                    printf("# %s radius %g range_filter %g\n", names[m], bounds[i],
                           has_near ? bounds[k] : NAN);
                arena_fini(&a);
            }
        }
    }
    db_done(db);
}

TEST(distances_are_rounded_on_request)
{
    const float query[V_DIM] = {0.3F, 0.7F};
    struct db *db = grid_db();
    struct column column = queries_of(query);
    for (int64_t decimals = 0; decimals <= 6; decimals++) {
        struct arena a = {0};
        struct error e;
        struct search_result result;
        struct search_request r = request_of(&column, 1, "COSINE");
        r.round_decimal = decimals;
        CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), MVL_OK);
        for (uint32_t i = 0; i < result.hits.n_rows; i++) {
            char text[32];
            double got = ((const double *)result.hits.columns[1].data)[i];
            snprintf(text, sizeof text, "%.*f", (int)decimals, got);
            CHECK(strtod(text, NULL) == got);
        }
        arena_fini(&a);
    }
    db_done(db);
}

TEST(requests_that_make_no_sense_are_refused)
{
    static const float vectors[][V_DIM] = {{1, 2}, {3, NAN}};
    static const uint8_t second_is_null[] = {1};
    struct db *db = grid_db();
    struct column good = queries_of(vectors[0]), null = good, wide = good;
    null.valid = second_is_null;
    wide.width = 1;
    struct search_request r[12];
    for (size_t i = 0; i < COUNT(r); i++)
        r[i] = request_of(&good, 1, "L2");
    static const enum mvl_error codes[COUNT(r)] = {
        MVL_PARAM_INVALID, MVL_PARAM_INVALID,  MVL_PARAM_INVALID, MVL_PARAM_INVALID,
        MVL_PARAM_INVALID, MVL_PARAM_INVALID,  MVL_PARAM_MISSING, MVL_FIELD_NOT_FOUND,
        MVL_PARAM_INVALID, MVL_DATA_NOT_MATCH, MVL_PARAM_INVALID, MVL_DATA_NOT_MATCH};
    r[0].limit = 0;
    r[1].limit = INT64_MAX;
    r[2].offset = INT64_MAX;
    r[3].offset = -1;
    r[4].round_decimal = 7;
    r[5].n_queries = 0;
    r[6].anns_field = STR_NONE;
    r[7].anns_field = STR("none");
    r[8].anns_field = STR("text");
    r[9].n_queries = 2; /* NaN */
    r[10].queries = &null;
    r[10].n_queries = 2;
    r[11].queries = &wide;
    for (size_t i = 0; i < COUNT(r); i++) {
        struct arena a = {0};
        struct error e;
        struct search_result result;
        CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r[i], &a, &result, &e), codes[i]);
        CHECK(e.reason[0] != 0);
        arena_fini(&a);
    }
    db_done(db);
}

TEST(the_metric_is_the_indexes_or_what_was_asked_for)
{
    struct error e;
    struct arena a = {0};
    struct db *db = grid_db();
    struct collection *c = db_lookup(db, STR("docs"));
    struct index_request index = {.field = STR("v"), .metric = STR("L2")};
    struct index_definition *d;
    struct search_result result;
    const float query[V_DIM] = {4, 4};
    static struct hit expected[ROWS];
    struct column column = queries_of(query);
    struct search_request r = request_of(&column, 1, "");
    all_hits(METRIC_COSINE, query, expected);
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    check_hits(&result, 0, METRIC_COSINE, query, expected, 10);
    CHECK_CODE(index_definition_create(c->schema, &index, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, &d, 1, &e), MVL_OK);
    all_hits(METRIC_L2, query, expected);
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    check_hits(&result, 0, METRIC_L2, query, expected, 10);
    r.metric = STR("l2");
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    r.metric = STR("IP");
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_PARAM_INVALID);
    arena_fini(&a);
    db_done(db);
}

TEST(rows_without_a_vector_are_not_found)
{
    struct arena a = {0};
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct search_result result;
    const float query[W_DIM] = {5, 1, 1};
    struct column column = {.kind = KIND_MATRIX_F32, .width = W_DIM, .data = query};
    struct search_request r = request_of(&column, 1, "L2");
    r.anns_field = STR("w");
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    CHECK_EQ_INT(result.hits.n_rows, 0);
    CHECK_EQ_INT(docs_write_range(c, 0, 9, 1), MVL_OK); /* of which 0, 3 and 6 have none */
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    static const int64_t expected[] = {5, 4, 7, 2, 8, 1};
    CHECK_EQ_INT(result.hits.n_rows, COUNT(expected));
    for (uint32_t i = 0; i < COUNT(expected) && i < result.hits.n_rows; i++)
        CHECK_EQ_INT(((const int64_t *)result.hits.columns[0].data)[i], expected[i]);
    arena_fini(&a);
    db_done(db);
}

TEST(get_answers_each_row_once_in_the_order_of_the_keys)
{
    struct arena a = {0};
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct batch b;
    CHECK_EQ_INT(docs_write_range(c, 0, 9, 1), MVL_OK);
    const int64_t ids[] = {8, 77, 1, 8, 5, 1, -1};
    struct column keys = {.kind = KIND_I64, .data = ids};
    CHECK_CODE(collection_get(c, &keys, COUNT(ids), &STR("text"), 1, &a, &b, &e), MVL_OK);
    const struct column *id = batch_column(&b, "id");
    CHECK_EQ_INT(b.n_rows, 3);
    CHECK_EQ_INT(b.n_columns, 2);
    if (CHECK(id != NULL && b.n_rows == 3)) {
        CHECK_EQ_INT(((const int64_t *)id->data)[0], 8);
        CHECK_EQ_INT(((const int64_t *)id->data)[1], 1);
        CHECK_EQ_INT(((const int64_t *)id->data)[2], 5);
    }
    CHECK_CODE(collection_get(c, &keys, 0, NULL, 0, &a, &b, &e), MVL_OK);
    CHECK_EQ_INT(b.n_rows, 0);
    keys.kind = KIND_F64;
    keys.data = (const double[]){1.5};
    CHECK_CODE(collection_get(c, &keys, 1, NULL, 0, &a, &b, &e), MVL_DATA_NOT_MATCH);
    CHECK_CODE(collection_set_state(c, LOAD_STATE_NotLoad, &e), MVL_OK);
    CHECK_CODE(collection_get(c, &keys, 1, NULL, 0, &a, &b, &e), MVL_COLLECTION_NOT_LOADED);
    arena_fini(&a);
    db_done(db);
}
