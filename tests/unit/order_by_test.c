#include "engine/order_by.h"

#include "databases.h"
#include "engine/columns.h"
#include "errors.h"
#include "faults.h"

#define TYPES_SCHEMA                                                                                         \
    "{'fields':[{'name':'id','type':21,'max_length':9,'is_primary':true},{'name':'flag','type':1},"          \
    "{'name':'in','type':4},{'name':'real','type':10},{'name':'at','type':26},{'name':'where','type':24},"   \
    "{'name':'j','type':23},{'name':'tags','type':22,'element_type':5,'max_capacity':3},"                    \
    "{'name':'v','type':101,'dim':2},{'name':'words','type':104}]}"

enum { N = 300, MANY = 33000 };

static int resolve(const struct schema *s, const char *field, struct arena *a, struct order_by *out,
                   struct error *e)
{
    const struct order_term term = {str_of(field), false, false};
    *e = ERROR_NONE;
    return order_by_resolve(s, (struct order_terms){&term, 1}, a, out, e);
}

static void check_kind(const struct schema *s, const char *field, enum scalar_kind kind, uint32_t n_path)
{
    struct arena a = {0};
    struct error e;
    struct order_by o = {0};
    CHECK_CODE(resolve(s, field, &a, &o, &e), MVL_OK);
    CHECK(o.n == 1 && o.columns[0].kind == kind && o.columns[0].n_path == n_path);
    arena_fini(&a);
}

static void check_refused(const struct schema *s, const char *field, const char *reason, const char *of)
{
    struct arena a = {0};
    struct error e;
    struct order_by o;
    int rc = resolve(s, field, &a, &o, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, reason, of, -1);
    CHECK_EQ_INT(e.at, -1);
    arena_fini(&a);
}

TEST(fields_that_have_an_order_are_taken_also_words_of_filters)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, TYPES_SCHEMA);
    check_kind(s, "id", SCALAR_TEXT, 0);
    check_kind(s, "flag", SCALAR_INT, 0);
    check_kind(s, "in", SCALAR_INT, 0);
    check_kind(s, "real", SCALAR_REAL, 0);
    check_kind(s, "at", SCALAR_INT, 0);
    check_kind(s, "j[\"in\"][0]", SCALAR_MIXED, 2);
    check_kind(s, "tags[1]", SCALAR_MIXED, 1);
    check_kind(schema_of(&a, DOCS_SCHEMA), "anything", SCALAR_MIXED, 1);
    check_kind(schema_of(&a, DOCS_SCHEMA), "$meta[\"my key\"]", SCALAR_MIXED, 1);
    arena_fini(&a);
}

TEST(fields_without_an_order_are_named_with_their_type)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, TYPES_SCHEMA);
    check_refused(s, "v",
                  "order_by_fields must name fields that have an order, got field 'v' of type FLOAT_VECTOR",
                  "v");
    check_refused(
        s, "words",
        "order_by_fields must name fields that have an order, got field 'words' of type SPARSE_FLOAT_VECTOR",
        "words");
    check_refused(s, "where",
                  "order_by_fields must name fields that have an order, got field 'where' of type GEOMETRY",
                  "where");
    check_refused(s, "tags",
                  "order_by_fields must name fields that have an order, got field 'tags' of type ARRAY",
                  "tags");
    check_refused(
        s, "j",
        "order_by_fields must name fields that have an order, got field 'j' of type JSON, without a "
        "path into it, as [\"key\"]",
        "j");
    check_refused(s, "reel",
                  "order_by_fields: unknown field 'reel' at column 1\n  reel\n  ^^^^\ndid you mean 'real'?",
                  "reel");
    check_refused(s, "real[0]",
                  "order_by_fields: field 'real' is no JSON field: it is of type FLOAT at column 1\n"
                  "  real[0]\n  ^^^^^^^",
                  "");
    check_refused(schema_of(&a, DOCS_SCHEMA), "id desc",
                  "order_by_fields: expected an operator, got 'desc' at column 4\n  id desc\n     ^^^^", "");
    arena_fini(&a);
}

/* ---- rows ---- */

/* All rows that are there, as a set. */
static void all_rows(struct collection *c, struct arena *a, struct bitmap *out)
{
    const struct scalars *keys = NULL;
    struct error e;
    CHECK_CODE(columns_load_keys(c, &keys, &e), MVL_OK);
    *out = (struct bitmap){arena_zeroed(a, keys->n_rows / 64 + 1, 8), keys->n_rows, keys->n_rows / 64 + 1};
    for (uint32_t row = 0; row < keys->n_rows; row++)
        if (scalars_has(keys, row))
            bitmap_set(out, row);
}

static int order(struct collection *c, const struct order_term terms[], uint32_t n_terms, uint32_t wanted,
                 struct arena *a, uint32_t **rows, uint32_t *n, struct error *e)
{
    struct order_by o;
    struct bitmap all;
    all_rows(c, a, &all);
    *e = ERROR_NONE;
    TRY(order_by_resolve(c->schema, (struct order_terms){terms, n_terms}, a, &o, e));
    return order_by_rows(c, &o, &all, wanted, a, rows, n, e);
}

static int64_t id_of(struct collection *c, uint32_t row)
{
    const struct scalars *keys = NULL;
    struct error e;
    CHECK_CODE(columns_load_keys(c, &keys, &e), MVL_OK);
    return scalars_cell(keys, row).integer;
}

static void check_order(struct collection *c, const struct order_term terms[], uint32_t n_terms,
                        const int64_t ids[], uint32_t n_ids)
{
    struct arena a = {0};
    struct error e;
    uint32_t *rows = NULL, n = 0;
    CHECK_CODE(order(c, terms, n_terms, n_ids, &a, &rows, &n, &e), MVL_OK);
    CHECK_EQ_INT(n, n_ids);
    for (uint32_t i = 0; i < n; i++)
        CHECK_EQ_INT(id_of(c, rows[i]), ids[i]);
    arena_fini(&a);
}

TEST(rows_come_by_the_fields_then_by_their_keys)
{
    static int64_t ids[N];
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    for (uint32_t i = 0; i < N; i++)
        ids[i] = 7 * i % N;
    CHECK_CODE(docs_write(c, ids, N, 1, &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 90, 10, 2), MVL_OK);
    CHECK_EQ_INT(docs_delete(c, (const int64_t[]){91, 98, 1}, 3), 3);
    const struct order_term text = {STR("text"), false, false}, text_down = {STR("text"), true, true},
                            d_down = {STR("d"), true, true}, twice[] = {text, text, {STR("id"), true, false}};
    check_order(c, &text, 1, (const int64_t[]){10, 101, 102, 103, 105}, 5);
    check_order(c, &text_down, 1, (const int64_t[]){0, 4, 8, 12, 16}, 5);
    check_order(c, (const struct order_term[]){d_down, text}, 2,
                (const int64_t[]){90, 93, 94, 95, 97, 99, 92, 96, 10}, 9);
    check_order(c, (const struct order_term[]){d_down, {STR("text"), true, false}}, 2,
                (const int64_t[]){99, 97, 95, 94, 93, 90, 92, 96}, 8);
    check_order(c, twice, 3, (const int64_t[]){10, 101, 102}, 3);
    db_done(db);
}

TEST(an_index_finds_the_same_rows_also_those_that_came_and_went_since)
{
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    const struct order_term up = {STR("id"), false, false}, down = {STR("id"), true, true};
    struct filter_column key = {.field = DOCS_ID, .kind = SCALAR_INT};
    const struct scalars *keys;
    struct error e;
    for (int64_t first = 0; first < MANY; first += 3000)
        CHECK_EQ_INT(docs_write_range(c, first, 3000, 1), MVL_OK);
    check_order(c, &down, 1, (const int64_t[]){MANY - 1, MANY - 2, MANY - 3}, 3);
    CHECK_CODE(columns_load_keys(c, &keys, &e), MVL_OK);
    CHECK(columns_sorted(c, &key) != NULL);
    CHECK(columns_sorted(c, &(struct filter_column){.field = DOCS_TEXT, .kind = SCALAR_TEXT}) == NULL);
    CHECK_EQ_INT(docs_delete(c, (const int64_t[]){0, 2, MANY - 2}, 3), 3);
    CHECK_EQ_INT(docs_write(c, (const int64_t[]){-5, MANY + 9, 3}, 3, 2, &e), MVL_OK);
    check_order(c, &down, 1, (const int64_t[]){MANY + 9, MANY - 1, MANY - 3}, 3);
    check_order(c, &up, 1, (const int64_t[]){-5, 1, 3, 4}, 4);
    db_done(db);
}

struct job {
    struct collection *c;
};

static int order_again(void *context)
{
    const struct order_term terms[] = {{STR("d"), false, false}, {STR("text"), true, false}};
    struct arena a = {0};
    struct error e;
    struct job *job = context;
    struct order_by o;
    static uint64_t words[N / 64 + 1];
    const struct bitmap none = {words, N, N / 64 + 1};
    uint32_t *rows, n, places[3], some[] = {0, 2, 1};
    collection_drop_caches(job->c);
    int rc = order_by_resolve(job->c->schema, (struct order_terms){terms, 2}, &a, &o, &e);
    if (rc == MVL_OK)
        rc = order_by_rows(job->c, &o, &none, 10, &a, &rows, &n, &e);
    if (rc == MVL_OK)
        rc = order_by_places(job->c, &o, some, 3, &a, places, &e);
    arena_fini(&a);
    return rc;
}

TEST(without_memory_nothing_is_lost)
{
    struct db *db = db_with_docs();
    struct job job = {db_lookup(db, STR("docs"))};
    CHECK_EQ_INT(docs_write_range(job.c, 0, N, 1), MVL_OK);
    CHECK(each_allocation_fails(order_again, &job) > 10);
    db_done(db);
}

/* ---- hits ---- */

TEST(places_say_where_each_row_stands_and_equal_ones_stay)
{
    struct arena a = {0};
    struct error e;
    struct order_by o;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 20, 1), MVL_OK);  /* rows are ids */
    CHECK_EQ_INT(docs_write_range(c, 20, 20, 2), MVL_OK); /* a greater version */
    const uint32_t rows[] = {30, 8, 11, 4, 29, 2, 2, 30};
    const struct order_term terms[] = {{STR("d"), true, false}, {STR("text"), false, false}};
    uint32_t places[COUNT(rows)];
    static const uint32_t expected[] = {4, 0, 7, 2, 5, 6, 1, 3}, by_version[] = {0, 4, 7, 1, 2, 3, 5, 6};
    CHECK_CODE(order_by_resolve(c->schema, (struct order_terms){terms, 2}, &a, &o, &e), MVL_OK);
    CHECK_CODE(order_by_places(c, &o, rows, COUNT(rows), &a, places, &e), MVL_OK);
    CHECK(memcmp(places, expected, sizeof places) == 0);
    CHECK_CODE(order_by_resolve(c->schema, (struct order_terms){terms, 1}, &a, &o, &e), MVL_OK);
    CHECK_CODE(order_by_places(c, &o, rows, COUNT(rows), &a, places, &e), MVL_OK);
    CHECK(memcmp(places, by_version, sizeof places) == 0);
    CHECK_CODE(order_by_places(c, &o, rows, 0, &a, places, &e), MVL_OK);
    CHECK_CODE(order_by_places(c, &o, (const uint32_t[]){3, 999}, 2, &a, places, &e), MVL_DAMAGED);
    arena_fini(&a);
    db_done(db);
}
