#include "engine/aggregate.h"

#include "databases.h"
#include "engine/columns.h"
#include "errors.h"
#include "faults.h"

#define TYPES_SCHEMA                                                                                         \
    "{'fields':[{'name':'id','type':21,'max_length':9,'is_primary':true},{'name':'flag','type':1},"          \
    "{'name':'in','type':4},{'name':'real','type':10},{'name':'at','type':26},{'name':'where','type':24},"   \
    "{'name':'j','type':23},{'name':'maybe','type':23,'nullable':true},"                                     \
    "{'name':'tags','type':22,'element_type':5,'max_capacity':3},"                                           \
    "{'name':'v','type':101,'dim':2},{'name':'w','type':101,'dim':2,'nullable':true}]}"

enum { N = 300, MOST = 6 };

/* Lists of names that end with a NULL. */
struct names {
    const char *group_by[MOST], *output_fields[MOST], *order[MOST];
};

struct prepared {
    struct str group_by[MOST], output_fields[MOST];
    struct order_term order[MOST];
    struct aggregate_request request;
};

static uint32_t list(const char *const names[], struct str out[])
{
    uint32_t n = 0;
    for (; n < MOST && names[n]; n++)
        out[n] = str_of(names[n]);
    return n;
}

/* A name in the order with a '-' before it is descending. */
static const struct aggregate_request *prepare(const struct names *names, struct prepared *p)
{
    *p = (struct prepared){.request = {.limit = UINT32_MAX}};
    p->request.group_by = p->group_by;
    p->request.n_group_by = list(names->group_by, p->group_by);
    p->request.output_fields = p->output_fields;
    p->request.n_output_fields = list(names->output_fields, p->output_fields);
    p->request.order.p = p->order;
    for (; names->order[p->request.order.n]; p->request.order.n++) {
        const char *name = names->order[p->request.order.n];
        bool is_descending = name[0] == '-';
        p->order[p->request.order.n] = (struct order_term){str_of(name + is_descending), is_descending,
                                                           false};
    }
    return &p->request;
}

static int resolve(const char *schema, const struct names *names, struct error *e)
{
    struct arena a = {0};
    struct prepared p;
    struct aggregation *out;
    *e = ERROR_NONE;
    int rc = aggregate_resolve(schema_of(&a, schema), prepare(names, &p), &a, &out, e);
    arena_fini(&a);
    return rc;
}

TEST(functions_are_told_from_fields)
{
    static const char *const functions[] = {"count(*)",          "COUNT(x)", " Sum ( x ) ",
                                            "avg(j[\"a (b)\"])", "min()",    "max(x)"},
                             *const fields[] = {"",          "count",    "count(", "(x)",
                                                "median(x)", "sum(x) y", "x",      "sum x)"};
    for (size_t i = 0; i < COUNT(functions); i++)
        CHECK(aggregate_is_function(str_of(functions[i])));
    for (size_t i = 0; i < COUNT(fields); i++)
        CHECK(!aggregate_is_function(str_of(fields[i])));
}

TEST(what_has_groups_and_functions_is_taken)
{
    static const struct names good[] = {
        {{"id", "flag", "in", "at"}, {"at", "count(*)", "in"}, {"-count(*)", "in"}},
        {{"j[\"a\"]", "tags[0]"}, {"tags[0]", "max(j[\"a\"])", "sum(tags[0])", "avg(maybe[\"b\"])"}, {0}},
        {{0}, {"count(v)", "count(j)", "count(maybe)", "count(where)", "count(flag)"}, {0}},
        {{0}, {"sum(in)", "avg(real)", "min(at)", "max(id)", "min(real)"}, {"max(id)"}},
        {{"in", "in"}, {"in", "in"}, {"in"}},
    };
    struct error e;
    for (size_t i = 0; i < COUNT(good); i++)
        CHECK_CODE(resolve(TYPES_SCHEMA, &good[i], &e), MVL_OK);
    CHECK_CODE(resolve(DOCS_SCHEMA, &(struct names){{"any"}, {"any", "sum(other)"}, {0}}, &e), MVL_OK);
}

static void check_refused(struct names names, const char *reason, const char *field)
{
    struct error e;
    int rc = resolve(TYPES_SCHEMA, &names, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, reason, field, -1);
}

TEST(what_has_none_is_refused_by_name)
{
    check_refused(
        (struct names){{"real"}, {"real"}, {0}},
        "group_by_fields must name fields of whole numbers, texts, booleans and times, or paths into JSON: "
        "group by field real has unsupported data type FLOAT",
        "real");
    check_refused(
        (struct names){{"v"}, {"v"}, {0}},
        "group_by_fields must name fields of whole numbers, texts, booleans and times, or paths into JSON: "
        "group by field v has unsupported data type FLOAT_VECTOR",
        "v");
    check_refused(
        (struct names){{"j"}, {"j"}, {0}},
        "group_by_fields must name fields of whole numbers, texts, booleans and times, or paths into JSON: "
        "group by field j has unsupported data type JSON",
        "j");
    check_refused((struct names){{"reel"}, {"count(*)"}, {0}},
                  "group_by_fields: unknown field 'reel' at column 1\n  reel\n  ^^^^\ndid you mean 'real'?",
                  "reel");
    check_refused(
        (struct names){{0}, {"sum(id)"}, {0}},
        "output_fields: sum(id) cannot be told of field 'id', aggregation does not support its data type "
        "VARCHAR",
        "id");
    check_refused(
        (struct names){{0}, {"max(flag)"}, {0}},
        "output_fields: max(flag) cannot be told of field 'flag', aggregation does not support its data "
        "type BOOL",
        "flag");
    check_refused(
        (struct names){{0}, {"count(w)"}, {0}},
        "output_fields: count(w) cannot be told of field 'w', aggregation does not support its data type "
        "FLOAT_VECTOR",
        "w");
    check_refused((struct names){{0}, {"sum(reel)"}, {0}},
                  "output_fields: unknown field 'reel' at column 1\n  reel\n  ^^^^\ndid you mean 'real'?",
                  "reel");
    check_refused((struct names){{0}, {"avg( * )"}, {0}},
                  "output_fields: 'avg( * )' must name a field, only count(*) is of none", "");
    check_refused((struct names){{0}, {"count()"}, {0}},
                  "output_fields: 'count()' must name a field, only count(*) is of none", "");
    check_refused(
        (struct names){{"in"}, {"in", "id"}, {0}},
        "output_fields must name group_by_fields and count, sum, avg, min or max of fields, got 'id'", "id");
    check_refused((struct names){{"in"}, {0}, {0}},
                  "output_fields must be given with group_by_fields, such as ['in', 'count(*)']", "");
    check_refused((struct names){{"in"}, {"in"}, {"count(*)"}},
                  "order_by_fields must name group_by_fields or functions of output_fields, got 'count(*)'",
                  "count(*)");
}

/* ---- rows ---- */

static int aggregate(struct collection *c, const struct aggregate_request *r, struct arena *a,
                     struct batch *out, struct error *e)
{
    const struct scalars *keys;
    struct aggregation *g;
    struct bitmap all;
    *e = ERROR_NONE;
    TRY(aggregate_resolve(c->schema, r, a, &g, e));
    TRY(columns_load_keys(c, &keys, e));
    all = (struct bitmap){arena_zeroed(a, keys->n_rows / 64 + 1, 8), keys->n_rows, keys->n_rows / 64 + 1};
    if (!all.words)
        return MVL_NOMEM;
    for (uint32_t row = 0; row < keys->n_rows; row++)
        if (scalars_has(keys, row))
            bitmap_set(&all, row);
    return aggregate_rows(c, g, &all, a, out, e);
}

static void check_integers(const struct batch *b, const char *name, const int64_t expected[], uint32_t n)
{
    const struct column *column = batch_column(b, name);
    CHECK_EQ_INT(b->n_rows, n);
    if (CHECK(column && column->kind == KIND_I64) && b->n_rows == n)
        CHECK(memcmp(column->data, expected, n * sizeof *expected) == 0);
}

TEST(groups_come_by_the_order_then_by_their_keys_with_nulls_last)
{
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct arena a = {0};
    struct error e;
    struct prepared p;
    struct batch out = {0};
    CHECK_EQ_INT(docs_write_range(c, 0, 20, 7), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 20, 30, 5), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 50, 30, 6), MVL_OK);
    CHECK_EQ_INT(docs_delete(c, (const int64_t[]){0, 21}, 2), 2);
    const struct names by_d = {{"d"}, {"d", "count(*)", "count(text)", "sum(id)", "min(id)"}, {0}};
    CHECK_CODE(aggregate(c, prepare(&by_d, &p), &a, &out, &e), MVL_OK);
    check_integers(&out, "count(*)", (const int64_t[]){29, 30, 19}, 3);
    check_integers(&out, "count(text)", (const int64_t[]){21, 23, 15}, 3);
    check_integers(&out, "sum(id)", (const int64_t[]){1035 - 21, 1935, 190}, 3);
    check_integers(&out, "min(id)", (const int64_t[]){20, 50, 1}, 3);
    const struct column *d = batch_column(&out, "d");
    if (CHECK(d && d->kind == KIND_JSON))
        CHECK(str_eq(column_text(d, 0), STR("5")) && str_eq(column_text(d, 2), STR("7")));

    const struct names by_count = {{"d"}, {"count(*)"}, {"-count(*)"}};
    prepare(&by_count, &p);
    p.request.offset = 1;
    p.request.limit = 1;
    CHECK_CODE(aggregate(c, &p.request, &a, &out, &e), MVL_OK);
    check_integers(&out, "count(*)", (const int64_t[]){29}, 1);
    p.request.offset = 9;
    CHECK_CODE(aggregate(c, &p.request, &a, &out, &e), MVL_OK);
    CHECK_EQ_INT(out.n_rows, 0);

    const struct names by_text = {{"text"}, {"text", "count(*)"}, {0}};
    prepare(&by_text, &p);
    p.request.offset = 59;
    CHECK_CODE(aggregate(c, &p.request, &a, &out, &e), MVL_OK);
    const struct column *text = batch_column(&out, "text");
    if (CHECK(text && out.n_rows == 1))
        CHECK(column_is_null(text, 0));
    check_integers(&out, "count(*)", (const int64_t[]){19}, 1);
    arena_fini(&a);
    db_done(db);
}

TEST(a_sum_beyond_int64_is_refused_and_told_by_name)
{
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct arena a = {0};
    struct error e;
    struct prepared p;
    struct batch out;
    CHECK_CODE(docs_write(c, (const int64_t[]){INT64_MAX, INT64_MAX - 1}, 2, 1, &e), MVL_OK);
    const struct names sum = {{0}, {"Sum(id)"}, {0}};
    int rc = aggregate(c, prepare(&sum, &p), &a, &out, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "output_fields: Sum(id) is beyond the range of INT64", "", -1);
    arena_fini(&a);
    db_done(db);
}

static int aggregate_again(void *context)
{
    const struct names names = {{"d", "text"}, {"text", "avg(d)", "count(*)", "max(text)"}, {"-avg(d)"}};
    struct collection *c = context;
    struct arena a = {0};
    struct error e;
    struct prepared p;
    struct batch out;
    collection_drop_caches(c);
    int rc = aggregate(c, prepare(&names, &p), &a, &out, &e);
    arena_fini(&a);
    return rc;
}

TEST(without_memory_nothing_is_lost)
{
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, N, 1), MVL_OK);
    CHECK(each_allocation_fails(aggregate_again, c) > 20);
    db_done(db);
}
