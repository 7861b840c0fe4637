#include "engine/group.h"

#include <stdlib.h>

#include "databases.h"
#include "random.h"

#define GROUPED_SCHEMA                                                                                       \
    "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'n','type':2,'nullable':true},"             \
    "{'name':'text','type':21,'max_length':20,'nullable':true},{'name':'flag','type':1},"                    \
    "{'name':'real','type':11},{'name':'j','type':23},{'name':'v','type':101,'dim':2}]}"

enum { MOST = 4000, FIELDS = 3, N, TEXT = N + 1, FLAG };

static const char *const field_names[FIELDS] = {"n", "text", "flag"};

/* What was written: a row's groups by each of the fields (-1: null), its vector, and whether it is still there. */
static struct {
    int64_t groups[FIELDS];
    float v[V_DIM];
    bool alive;
} rows[MOST];
static uint32_t n_rows;

/* Group g of n stands about as often as all larger ones together. */
static int64_t skewed(uint32_t bits, int64_t n)
{
    int64_t g = 0;
    for (; g < n - 1 && bits & 1; bits >>= 1)
        g++;
    return g;
}

static void write_rows(struct collection *c, uint32_t n, struct random *random)
{
    static int64_t ids[MOST], numbers[MOST];
    static float vectors[MOST][V_DIM];
    static uint8_t flags[MOST], has_number[MOST / 8 + 1], has_text[MOST / 8 + 1];
    static double reals[MOST];
    static char text[MOST * 8], json[MOST];
    static uint32_t ends[MOST + 1], json_ends[MOST + 1];
    struct arena a = {0};
    struct error e;
    struct write *w;
    memset(has_number, 0, sizeof has_number);
    memset(has_text, 0, sizeof has_text);
    for (uint32_t i = 0; i < n; i++, n_rows++) {
        ids[i] = n_rows;
        for (uint32_t d = 0; d < V_DIM; d++)
            rows[n_rows].v[d] = vectors[i][d] = (float)random_below(random, 64);
        int64_t number = skewed((uint32_t)random_u64(random), 12) - 1,
                word = (int64_t)random_below(random, 300) - 1;
        numbers[i] = number < 0 ? 0 : number; /* null is not 0 */
        if (number >= 0)
            bits_set(has_number, i);
        ends[i + 1] = ends[i];
        if (word >= 0) {
            bits_set(has_text, i);
            ends[i + 1] += word == 0 ? 0 : (uint32_t)snprintf(text + ends[i], 8, "w%d", (int)word);
        }
        flags[i] = (uint8_t)random_below(random, 2);
        json[i] = '1';
        json_ends[i + 1] = i + 1;
        memcpy(rows[n_rows].groups, (int64_t[]){number, word, flags[i]}, sizeof rows[n_rows].groups);
        rows[n_rows].alive = true;
    }
    struct column columns[] = {
        {.name = STR("id"), .kind = KIND_I64, .data = ids},
        {.name = STR("n"), .kind = KIND_I64, .valid = has_number, .data = numbers},
        {.name = STR("text"), .kind = KIND_STR, .valid = has_text, .offsets = ends, .data = text},
        {.name = STR("flag"), .kind = KIND_BOOL, .data = flags},
        {.name = STR("real"), .kind = KIND_F64, .data = reals},
        {.name = STR("j"), .kind = KIND_JSON, .offsets = json_ends, .data = json},
        {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = V_DIM, .data = vectors},
    };
    struct batch batch = {columns, COUNT(columns), n};
    CHECK_CODE(collection_prepare(c, &batch, WRITE_INSERT, &a, &w, &e), MVL_OK);
    CHECK_CODE(collection_commit(c, w, &e), MVL_OK);
    arena_fini(&a);
}

static struct db *grouped_db(uint32_t n, struct random *random)
{
    struct db *db = db_empty();
    CHECK_EQ_INT(db_create(db, "docs", GROUPED_SCHEMA), MVL_OK);
    n_rows = 0;
    write_rows(db_lookup(db, STR("docs")), n, random);
    return db;
}

struct near_row {
    float squared; /* exact: the vectors are small whole numbers */
    uint32_t row;
};

static int compare_rows(const void *a, const void *b)
{
    const struct near_row *x = a, *y = b;
    if (x->squared != y->squared)
        return x->squared < y->squared ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The slow way: all rows sorted, and then for each group another walk over them. */
static uint32_t expect(const struct search_request *r, uint32_t field, const float *query, uint32_t out[])
{
    static struct near_row near[MOST];
    static bool is_taken[MOST];
    uint32_t n = 0, n_out = 0, n_groups = 0;
    for (uint32_t i = 0; i < n_rows; i++) {
        float x = rows[i].v[0] - query[0], y = rows[i].v[1] - query[1], squared = x * x + y * y;
        bool wanted = rows[i].alive && (!r->radius || (double)squared < *r->radius) &&
                      (!r->range_filter || (double)squared >= *r->range_filter);
        if (wanted)
            near[n++] = (struct near_row){squared, i};
    }
    qsort(near, n, sizeof *near, compare_rows);
    memset(is_taken, 0, sizeof is_taken);
    for (uint32_t i = 0; i < n && n_groups < r->offset + r->limit; i++) {
        uint32_t members = 0;
        if (is_taken[i])
            continue;
        for (uint32_t k = i; k < n; k++) {
            if (rows[near[k].row].groups[field] != rows[near[i].row].groups[field])
                continue;
            is_taken[k] = true;
            if (n_groups >= r->offset && members++ < r->group_size)
                out[n_out++] = near[k].row;
        }
        n_groups++;
    }
    return n_out;
}

static struct search_request request_of(const struct column *query, uint32_t field)
{
    return (struct search_request){.queries = query,
                                   .n_queries = 1,
                                   .metric = STR("L2"),
                                   .limit = 10,
                                   .round_decimal = -1,
                                   .group_by_field = str_of(field_names[field]),
                                   .group_size = 1};
}

static void check_search(struct collection *c, const struct search_request *r, uint32_t field,
                         const float *query)
{
    static uint32_t expected[MOST];
    struct arena a = {0};
    struct error e;
    struct search_result result;
    uint32_t n = expect(r, field, query, expected);
    CHECK_CODE(collection_search(c, r, &a, &result, &e), MVL_OK);
    if (CHECK_EQ_INT(result.hits.n_rows, n))
        for (uint32_t i = 0; i < n; i++)
            if (!CHECK_EQ_INT(((const int64_t *)result.hits.columns[0].data)[i], expected[i]))
                break;
    CHECK_EQ_INT(result.counts[0], n);
    arena_fini(&a);
}

/* Searches of all shapes. */
static void check_all(struct collection *c, struct random *random)
{
    static const uint32_t limits[] = {1, 3, 10, 40, 400}, sizes[] = {1, 2, 7}, offsets[] = {0, 2, 11};
    float query[V_DIM];
    struct column column = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = query};
    for (uint32_t i = 0; i < FIELDS * COUNT(limits) * COUNT(sizes) * COUNT(offsets); i++) {
        uint32_t field = i % FIELDS;
        double radius = 40 + random_below(random, 2000), near = random_below(random, 40);
        struct search_request r = request_of(&column, field);
        r.limit = limits[i / FIELDS % COUNT(limits)];
        r.group_size = sizes[i / FIELDS / COUNT(limits) % COUNT(sizes)];
        r.offset = offsets[i / FIELDS / COUNT(limits) / COUNT(sizes)];
        r.radius = random_below(random, 2) ? &radius : NULL;
        r.range_filter = random_below(random, 2) ? &near : NULL;
        for (uint32_t d = 0; d < V_DIM; d++)
            query[d] = (float)random_below(random, 64);
        check_search(c, &r, field, query);
    }
}

TEST(groups_are_what_a_slow_search_finds)
{
    struct random random = random_from(7);
    for (uint32_t n = 1; n <= 3000; n = n * 7 + 2) {
        struct db *db = grouped_db(n, &random);
        check_all(db_lookup(db, STR("docs")), &random);
        db_done(db);
    }
}

TEST(rows_that_come_and_go_are_seen_at_once)
{
    struct random random = random_from(8);
    struct db *db = grouped_db(1500, &random);
    struct collection *c = db_lookup(db, STR("docs"));
    for (int round = 0; round < 3; round++) {
        int64_t gone[200];
        check_all(c, &random);
        for (uint32_t i = 0; i < COUNT(gone); i++) {
            gone[i] = random_below(&random, n_rows);
            rows[gone[i]].alive = false;
        }
        docs_delete(c, gone, COUNT(gone));
        check_all(c, &random);
        write_rows(c, 300, &random);
    }
    check_all(c, &random);
    db_done(db);
}

TEST(the_column_is_kept_until_memory_is_wanted)
{
    struct random random = random_from(9);
    struct db *db = grouped_db(3000, &random);
    struct collection *c = db_lookup(db, STR("docs"));
    float query[V_DIM] = {30, 30};
    struct column column = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = query};
    struct search_request r = request_of(&column, 1);
    r.limit = 2;
    check_search(c, &r, 1, query);
    CHECK(c->groups == NULL); /* a few rows were enough */
    r.limit = 300;
    check_search(c, &r, 1, query);
    CHECK(c->groups != NULL);
    db_release_memory(db);
    CHECK(c->groups == NULL);
    check_search(c, &r, 1, query);
    CHECK(c->groups != NULL);
    collection_unload(c);
    CHECK(c->groups == NULL);
    check_search(c, &r, 1, query);
    groups_destroy(NULL);
    db_done(db);
}

TEST(several_queries_are_answered_each_for_itself)
{
    struct random random = random_from(10);
    struct db *db = grouped_db(800, &random);
    struct collection *c = db_lookup(db, STR("docs"));
    static float queries[40][V_DIM];
    static uint32_t expected[MOST];
    struct arena a = {0};
    struct error e;
    struct search_result result;
    struct column column = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = queries};
    for (uint32_t i = 0; i < COUNT(queries); i++)
        queries[i][0] = queries[i][1] = (float)i;
    struct search_request r = request_of(&column, 0);
    r.n_queries = COUNT(queries);
    r.group_size = 3;
    CHECK_CODE(collection_search(c, &r, &a, &result, &e), MVL_OK);
    uint32_t from = 0, n_wrong = 0;
    for (uint32_t i = 0; i < COUNT(queries); i++) {
        uint32_t n = expect(&r, 0, queries[i], expected);
        if (!CHECK_EQ_INT(result.counts[i], n))
            break;
        for (uint32_t k = 0; k < n; k++)
            n_wrong += ((const int64_t *)result.hits.columns[0].data)[from + k] != expected[k];
        from += n;
    }
    CHECK_EQ_INT(n_wrong, 0);
    arena_fini(&a);
    db_done(db);
}

TEST(what_cannot_be_grouped_by_is_refused)
{
    static const struct {
        const char *field;
        int64_t size, limit, offset;
        int code;
        const char *reason;
    } cases[] = {
        {"none", 1, 10, 0, MVL_FIELD_NOT_FOUND, "field 'none' not found in schema"},
        {"v", 1, 10, 0, MVL_PARAM_INVALID, "got field 'v' of type FLOAT_VECTOR"},
        {"j", 1, 10, 0, MVL_PARAM_INVALID, "got field 'j' of type JSON"},
        {"real", 1, 10, 0, MVL_PARAM_INVALID, "got field 'real' of type DOUBLE"},
        {"n", 0, 10, 0, MVL_PARAM_INVALID, "at most 16384, got 0"},
        {"n", -1, 10, 0, MVL_PARAM_INVALID, "group_size must be at least 1"},
        {"n", 1639, 10, 0, MVL_PARAM_INVALID, "got 1639"},
        {"n", 1638, 10, 0, MVL_OK, ""},
        {"n", 1638, 8, 3, MVL_PARAM_INVALID, "got 1638"},
        {"", 2, 10, 0, MVL_PARAM_INVALID, "group_size needs a group_by_field, got 2"},
        {"", 1, 10, 0, MVL_OK, ""},
    };
    struct random random = random_from(11);
    struct db *db = grouped_db(10, &random);
    float query[V_DIM] = {1, 2};
    struct column column = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = query};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct error e;
        struct search_result result;
        struct search_request r = request_of(&column, 0);
        r.group_by_field = str_of(cases[i].field);
        r.group_size = cases[i].size;
        r.limit = cases[i].limit;
        r.offset = cases[i].offset;
        CHECK_CODE(collection_search(db_lookup(db, STR("docs")), &r, &a, &result, &e), cases[i].code);
        if (!CHECK(strstr(e.reason, cases[i].reason) != NULL))
            printf("# %s\n", e.reason);
        arena_fini(&a);
    }
    db_done(db);
}
