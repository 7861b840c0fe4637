#include "engine/scalar_index.h"

#include "faults.h"
#include "schemas.h"

#define SCHEMA                                                                                               \
    "{'enable_dynamic_field':true,'fields':[{'name':'id','type':5,'is_primary':true},"                       \
    "{'name':'b','type':1},{'name':'i','type':2},{'name':'f','type':10},{'name':'t','type':21,'max_length':" \
    "9},"                                                                                                    \
    "{'name':'j','type':23},{'name':'ai','type':22,'element_type':5,'max_capacity':9},"                      \
    "{'name':'af','type':22,'element_type':11,'max_capacity':9},{'name':'v','type':101,'dim':2}]}"
#define CAST "{'json_cast_type':'double'}"

static struct arena arena;

/* Defines an index and returns the code. */
static int define(const char *field, const char *type, const char *params, struct index_definition **out,
                  struct error *e)
{
    *e = ERROR_NONE;
    *out = NULL;
    struct index_request r = {.field = str_of(field), .type = str_of(type)};
    r.params = params ? json_of(&arena, params) : NULL;
    return index_definition_create(schema_of(&arena, SCHEMA), &r, out, e);
}

/* For each field whether it takes the type: 1 or 0, in the order of the schema but the vector. */
static void check_type(const char *type, const char *expected)
{
    static const char *const fields[] = {"id", "b", "i", "f", "t", "j", "ai", "af"};
    char got[COUNT(fields) + 1] = "";
    for (size_t i = 0; i < COUNT(fields); i++) {
        struct index_definition *d;
        struct error e;
        int rc = define(fields[i], type, fields[i][0] == 'j' ? CAST : NULL, &d, &e);
        CHECK(rc == MVL_OK || (rc == MVL_INDEX_NOT_SUPPORTED && strstr(e.reason, fields[i])));
        CHECK(rc != MVL_OK || d->is_scalar);
        got[i] = rc == MVL_OK ? '1' : '0';
        index_definition_destroy(d);
    }
    if (!CHECK_STR(got, expected))
        printf("# %s\n", type);
    arena_fini(&arena);
}

TEST(each_type_takes_its_fields)
{
    check_type("AUTOINDEX", "11111111");
    check_type("", "11111111");
    check_type("inverted", "11111111");
    check_type("BITMAP", "01101010");
    check_type("STL_SORT", "10111000");
    check_type("Trie", "00001000");
    check_type("HNSW", "00000000");
    check_type("HASH", "00000000");
}

static void check_defined(const char *field, const char *params, uint32_t in_field, uint32_t n_path,
                          const char *params_json)
{
    struct index_definition *d;
    struct error e;
    if (!CHECK_EQ_INT(define(field, "INVERTED", params, &d, &e), MVL_OK)) {
        printf("# %s\n", e.reason);
        return;
    }
    arena_fini(&arena); /* the definition owns what it needs */
    CHECK_EQ_INT(d->column.field, in_field);
    CHECK_EQ_INT(d->column.n_path, n_path);
    CHECK(str_eq(d->params_json, str_of(params_json)));
    CHECK(str_eq(d->name, str_of(field)));
    CHECK(!n_path || str_eq(d->column.path[n_path - 1].key, STR("k")));
    index_definition_destroy(d);
}

TEST(paths_lead_into_json_and_dynamic_fields)
{
    check_defined("t", NULL, 4, 0, "{}");
    check_defined("j", CAST, 5, 0, "{\"json_cast_type\":\"double\"}");
    check_defined("j", "{'json_cast_type':'BOOL','json_path':'j[\\'a\\'][0][\\'k\\']'}", 5, 3,
                  "{\"json_path\":\"j[\\\"a\\\"][0][\\\"k\\\"]\",\"json_cast_type\":\"BOOL\"}");
    check_defined("k", CAST, FILTER_META, 1,
                  "{\"json_path\":\"$meta[\\\"k\\\"]\",\"json_cast_type\":\"double\"}");
    check_defined("any", "{'json_cast_type':'bool','json_path':'k[2][\\'k\\']'}", FILTER_META, 3,
                  "{\"json_path\":\"$meta[\\\"k\\\"][2][\\\"k\\\"]\",\"json_cast_type\":\"bool\"}");
    check_defined("any", "{'json_cast_type':'varchar','json_path':'$meta[\\'k\\']'}", FILTER_META, 1,
                  "{\"json_path\":\"$meta[\\\"k\\\"]\",\"json_cast_type\":\"varchar\"}");
}

static void check_refused(const char *field, const char *params, int code, const char *part)
{
    struct index_definition *d;
    struct error e;
    if (!CHECK_EQ_INT(define(field, "INVERTED", params, &d, &e), code) || !CHECK(strstr(e.reason, part)))
        printf("# %s\n", e.reason);
    index_definition_destroy(d);
    arena_fini(&arena);
}

TEST(parameters_that_are_none_are_refused)
{
    check_refused("t", CAST, MVL_PARAM_INVALID, "has no parameter 'json_cast_type' but for JSON fields");
    check_refused("j", "{'json_cast_type':'date'}", MVL_PARAM_INVALID, "must be one of bool double");
    check_refused("j", "{'json_cast_type':1}", MVL_PARAM_INVALID, "json_cast_type must be a string");
    check_refused("j", "{'json_cast_type':'bool','cast':1}", MVL_PARAM_INVALID, "has no parameter 'cast'");
    check_refused("j", "{'json_path':'j[0]'}", MVL_PARAM_MISSING, "json_cast_type must be given");
    check_refused("j", "{'json_cast_type':'bool','json_path':'t'}", MVL_PARAM_INVALID,
                  "as j[\"key\"], got 't'");
    check_refused("j", "{'json_cast_type':'bool','json_path':'1 + 1'}", MVL_PARAM_INVALID,
                  "json_path must be");
    check_refused("k", "{'json_cast_type':'bool','json_path':'j[0]'}", MVL_PARAM_INVALID,
                  "as $meta[\"key\"]");
    check_refused("nope", NULL, MVL_FIELD_NOT_FOUND, "nope");
}

TEST(what_serves_them_depends_on_rows_and_type)
{
    struct index_definition *d;
    struct error e;
    const struct schema *s = schema_of(&arena, SCHEMA);
    CHECK_EQ_INT(define("i", "STL_SORT", NULL, &d, &e), MVL_OK);
    CHECK_STR(scalar_index_served_by(s, d, SORTED_LEAST_ROWS - 1), "scan");
    CHECK(scalar_index_served_by(s, d, SORTED_LEAST_ROWS) == NULL);
    index_definition_destroy(d);
    CHECK_EQ_INT(define("k", "AUTOINDEX", CAST, &d, &e), MVL_OK);
    CHECK_STR(index_definition_served_by(s, d, SORTED_LEAST_ROWS), "sorted");
    index_definition_destroy(d);
    CHECK_EQ_INT(define("ai", "BITMAP", NULL, &d, &e), MVL_OK);
    CHECK_STR(scalar_index_served_by(s, d, SORTED_LEAST_ROWS - 1), "scan");
    CHECK_STR(index_definition_served_by(s, d, SORTED_LEAST_ROWS), "inverted");
    index_definition_destroy(d);
    CHECK_EQ_INT(define("af", "INVERTED", NULL, &d, &e), MVL_OK);
    CHECK(scalar_index_served_by(s, d, SORTED_LEAST_ROWS) == NULL);
    index_definition_destroy(d);
    CHECK_EQ_INT(define("k", "AUTOINDEX", "{'json_cast_type':'Array_double'}", &d, &e), MVL_OK);
    CHECK_STR(scalar_index_served_by(s, d, SORTED_LEAST_ROWS), "inverted");
    index_definition_destroy(d);
    CHECK_EQ_INT(define("j", "INVERTED", CAST, &d, &e), MVL_OK); /* the whole object */
    CHECK_STR(scalar_index_served_by(s, d, SORTED_LEAST_ROWS), "scan");
    index_definition_destroy(d);
    arena_fini(&arena);
}

static int define_with_schema(void *schema)
{
    struct error e = ERROR_NONE;
    struct arena a = {0};
    struct index_definition *d = NULL;
    struct json params = {.kind = JSON_OBJECT, .count = 1},
                cast = {.kind = JSON_STRING, .key = STR("json_cast_type"), .string = STR("bool")};
    struct index_request r = {.field = STR("k"), .params = &params};
    params.first = &cast;
    int rc = index_definition_create(schema, &r, &d, &e);
    index_definition_destroy(d);
    arena_fini(&a);
    return rc;
}

TEST(defining_survives_every_allocation_that_fails)
{
    CHECK(each_allocation_fails(define_with_schema, schema_of(&arena, SCHEMA)) > 3);
    arena_fini(&arena);
}
