/* schema/coerce on whole batches: keys that are missing or unknown, vectors, primary keys, memory. */
#include "columns.h"
#include "errors.h"
#include "faults.h"
#include "schema/coerce.h"
#include "schemas.h"
#include "unit.h"

#define ID "{'name':'id','type':'INT64','is_primary':true}"
#define AUTO_ID "{'name':'id','type':'INT64','is_primary':true,'auto_id':true}"
#define DYNAMIC "{'enable_dynamic_field':true,'fields':[" ID "]}"

static const int64_t ids[] = {1, 2, 3};
static const struct column id_column = {.name = {"id", 2}, .kind = KIND_I64, .data = ids};

/* Coerces three rows. */
static int coerce(const char *schema, const struct column columns[], uint32_t n_columns, bool keys_given,
                  struct arena *a, struct rows *out, struct error *e)
{
    static struct column copy[100]; /* a batch's columns are not const */
    for (uint32_t i = 0; i < n_columns; i++)
        copy[i] = columns[i];
    const struct batch batch = {copy, n_columns, 3};
    *e = ERROR_NONE;
    return coerce_rows(schema_of(a, schema), &batch, keys_given, a, out, e);
}

static void check_refused(const char *schema, const struct column columns[], uint32_t n_columns,
                          bool keys_given, const char *reason, const char *field, int64_t row)
{
    struct arena a = {0};
    struct error e;
    struct rows rows;
    int rc = coerce(schema, columns, n_columns, keys_given, &a, &rows, &e);
    CHECK_ERROR(rc, e, MVL_DATA_NOT_MATCH, reason, field, row);
    arena_fini(&a);
}

TEST(columns_come_in_any_order_and_leave_in_that_of_the_schema)
{
    static const int64_t years[] = {1999, 2000, 2001};
    const struct column columns[] = {{.name = STR("year"), .kind = KIND_I64, .data = years}, id_column};
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(
        coerce("{'fields':[" ID ",{'name':'year','type':'INT16'}]}", columns, 2, false, &a, &rows, &e),
        MVL_OK);
    CHECK(rows.n == 3 && rows.fields[0].data == ids && rows.fields[1].data == years && !rows.needs_ids);
    CHECK(str_eq(rows.fields[1].name, STR("year")));
    arena_fini(&a);
}

TEST(a_missing_field_needs_a_default_or_null)
{
    static const char missed[] =
        "Insert missed an field `x` to collection without set nullable==true or set default_value";
    static const uint8_t given[] = {0x03};
    check_refused("{'fields':[" ID ",{'name':'x','type':'INT8'}]}", &id_column, 1, false, missed, "x", 0);
    check_refused("{'fields':[" ID ",{'name':'x','type':'FLOAT_VECTOR','dim':2}]}", &id_column, 1, false,
                  missed, "x", 0);
    const struct column columns[] = {
        id_column, {.name = STR("x"), .kind = KIND_I64, .data = ids, .valid = given, .given = given}};
    check_refused("{'fields':[" ID ",{'name':'x','type':'INT8'}]}", columns, 2, false, missed, "x", 2);
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(coerce("{'fields':[" ID ",{'name':'x','type':'INT8','default_value':7}]}", &id_column, 1,
                        false, &a, &rows, &e),
                 MVL_OK);
    for (int i = 0; i < 3; i++)
        CHECK_EQ_INT(((const int64_t *)rows.fields[1].data)[i], 7);
    CHECK_EQ_INT(coerce("{'fields':[" ID ",{'name':'x','type':'INT8','nullable':true}]}", columns, 2, false,
                        &a, &rows, &e),
                 MVL_OK);
    CHECK(!column_is_null(&rows.fields[1], 1) && column_is_null(&rows.fields[1], 2));
    arena_fini(&a);
}

TEST(a_missing_nullable_vector_is_null_in_every_row)
{
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(coerce("{'fields':[" ID ",{'name':'v','type':'FLOAT_VECTOR','dim':2,'nullable':true}]}",
                        &id_column, 1, false, &a, &rows, &e),
                 MVL_OK);
    const struct column *v = &rows.fields[1];
    CHECK(v->kind == KIND_MATRIX_F32 && v->width == 2);
    for (uint32_t row = 0; row < 3; row++)
        CHECK(column_is_null(v, row) && ((const float *)v->data)[2 * row] == 0);
    arena_fini(&a);
}

TEST(the_primary_key_must_be_given)
{
    static const uint8_t valid[] = {0x05};
    check_refused("{'fields':[" ID "]}", NULL, 0, false,
                  "Insert missed an field `id` to collection without set nullable==true or set default_value",
                  "id", 0);
    struct column c = id_column;
    c.valid = valid;
    check_refused("{'fields':[" ID "]}", &c, 1, false, "field 'id' is not nullable, got null", "id", 1);
}

TEST(auto_id_makes_keys_for_inserts_and_takes_them_for_upserts)
{
    static const uint8_t given[] = {0x04};
    struct column c = id_column;
    struct arena a = {0};
    struct error e;
    struct rows rows;
    c.given = given;
    check_refused("{'fields':[" AUTO_ID "]}", &c, 1, false,
                  "field 'id' must not be given: its values are made by auto_id", "id", 2);
    CHECK_EQ_INT(coerce("{'fields':[" AUTO_ID "]}", NULL, 0, false, &a, &rows, &e), MVL_OK);
    CHECK(rows.needs_ids && rows.fields[0].data == NULL);
    CHECK_EQ_INT(coerce("{'fields':[" AUTO_ID "]}", &id_column, 1, true, &a, &rows, &e), MVL_OK);
    CHECK(!rows.needs_ids && rows.fields[0].data == ids);
    check_refused("{'fields':[" AUTO_ID "]}", NULL, 0, true,
                  "Insert missed an field `id` to collection without set nullable==true or set default_value",
                  "id", 0);
    arena_fini(&a);
}

TEST(an_unknown_key_needs_dynamic_fields)
{
    static const uint8_t given[] = {0x06}, none[] = {0x00};
    struct column columns[] = {id_column,
                               {.name = STR("extra"), .kind = KIND_I64, .data = ids, .given = given}};
    check_refused(
        "{'fields':[" ID "]}", columns, 2, false,
        "Attempt to insert an unexpected field `extra` to collection without enabling dynamic field", "extra",
        1);
    columns[1].given = none; /* it stands in no row */
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(coerce("{'fields':[" ID "]}", columns, 2, false, &a, &rows, &e), MVL_OK);
    CHECK(rows.meta.data == NULL);
    arena_fini(&a);
}

TEST(dynamic_fields_are_gathered_row_by_row)
{
    static const uint8_t valid[] = {0x03}, given[] = {0x05}, first[] = {0x01}, bools[] = {1, 0, 0};
    static const double reals[] = {0.5, 2, 0};
    static const float matrix[] = {1, 2.5f, 3, 4, 5, 6};
    static const char *const texts[] = {"a\"b", "", "z"}, *const jsons[] = {"{\"k\": [1]}", "null", "1.10"};
    struct arena a = {0};
    struct error e;
    struct rows rows;
    struct column columns[] = {
        id_column,
        {.name = STR("i"), .kind = KIND_I64, .data = ids, .valid = valid},
        {.name = STR("b"), .kind = KIND_BOOL, .data = bools, .given = first},
        {.name = STR("r"), .kind = KIND_F64, .data = reals, .given = first},
        {.name = STR("m"), .kind = KIND_MATRIX_F32, .width = 2, .data = matrix, .given = first},
        text_column(&a, "t\xc3\xa9\"", KIND_STR, texts, 3),
        text_column(&a, "j", KIND_JSON, jsons, 3),
    };
    columns[5].given = given;
    columns[6].given = given;
    CHECK_EQ_INT(coerce(DYNAMIC, columns, COUNT(columns), false, &a, &rows, &e), MVL_OK);
    CHECK(str_eq(rows.meta.name, STR("$meta")) && rows.meta.kind == KIND_JSON && rows.meta.data);
    static const char *const expected[] = {
        "{\"i\":1,\"b\":true,\"r\":0.5,\"m\":[1,2.5],\"t\xc3\xa9\\\"\":\"a\\\"b\",\"j\":{\"k\": [1]}}",
        "{\"i\":2}", "{\"i\":null,\"t\xc3\xa9\\\"\":\"z\",\"j\":1.10}"};
    for (uint32_t row = 0; row < 3; row++) {
        struct str copy;
        CHECK_EQ_INT(arena_copy(&a, column_text(&rows.meta, row), &copy), MVL_OK);
        CHECK_STR(copy.p, expected[row]);
    }
    arena_fini(&a);
}

TEST(a_row_without_dynamic_keys_has_no_meta)
{
    static const uint8_t given[] = {0x02};
    const struct column columns[] = {id_column,
                                     {.name = STR("i"), .kind = KIND_I64, .data = ids, .given = given}};
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(coerce(DYNAMIC, columns, 2, false, &a, &rows, &e), MVL_OK);
    CHECK(column_is_null(&rows.meta, 0) && !column_is_null(&rows.meta, 1) && column_is_null(&rows.meta, 2));
    CHECK_EQ_INT(coerce(DYNAMIC, columns, 1, false, &a, &rows, &e), MVL_OK);
    CHECK(rows.meta.data == NULL);
    arena_fini(&a);
}

TEST(a_dynamic_key_must_not_look_like_ours)
{
    struct column columns[] = {id_column, {.name = STR("$meta"), .kind = KIND_I64, .data = ids}};
    check_refused(DYNAMIC, columns, 2, false,
                  "a dynamic field's name must not be empty or start with '$', got '$meta'", "$meta", 0);
    columns[1].name = STR("");
    check_refused(DYNAMIC, columns, 2, false,
                  "a dynamic field's name must not be empty or start with '$', got ''", "", 0);
}

TEST(a_dynamic_value_must_be_json)
{
    static const double reals[] = {1, 2, INFINITY};
    static const char *const texts[] = {"1", "[}", "2"};
    struct arena a = {0};
    struct error e;
    struct rows rows;
    struct column columns[] = {id_column, {.name = STR("x"), .kind = KIND_F64, .data = reals}};
    check_refused(DYNAMIC, columns, 2, false,
                  "dynamic field 'x' must be a finite number, got NaN or infinity", "x", 2);
    columns[1] = text_column(&a, "x", KIND_JSON, texts, 3);
    CHECK_ERROR(coerce(DYNAMIC, columns, 2, false, &a, &rows, &e), e, MVL_PARAM_INVALID,
                "field 'x': invalid JSON at byte 1: expected a value", "x", 1);
    arena_fini(&a);
}

static const char vector_schema[] = "{'fields':[{'name':'v','type':'FLOAT_VECTOR','dim':2}]}";

static void check_vectors_refused(struct column c, const char *reason, int64_t row)
{
    c.name = STR("v");
    check_refused(vector_schema, &c, 1, false, reason, "v", row);
}

TEST(vectors_of_another_dim_are_refused)
{
    static const float matrix[9];
    static const double doubles[9];
    static const uint32_t offsets[] = {0, 2, 4, 7}, empty[] = {0, 2, 2, 4};
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F32, .width = 3, .data = matrix},
                          "vector field 'v' expected dim 2, got 3", 0);
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F64, .width = 1, .data = doubles},
                          "vector field 'v' expected dim 2, got 1", 0);
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F32, .offsets = offsets, .data = matrix},
                          "vector field 'v' expected dim 2, got 3", 2);
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F64, .offsets = empty, .data = doubles},
                          "vector field 'v' expected dim 2, got 0", 1);
}

TEST(vectors_must_be_finite)
{
    static const float nan_last[] = {1, 2, 3, 4, 5, NAN}, infinite[] = {1, 2, -INFINITY, 4, 5, 6};
    static const double too_large[] = {1, 2, 3, 1e39, 5, 6}, fine[] = {1, 2, 3, 1e38, 5, 6};
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F32, .width = 2, .data = nan_last},
                          "field 'v' must be a vector of 2 numbers, got NaN or infinity", 2);
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F32, .width = 2, .data = infinite},
                          "field 'v' must be a vector of 2 numbers, got NaN or infinity", 1);
    check_vectors_refused((struct column){.kind = KIND_MATRIX_F64, .width = 2, .data = too_large},
                          "field 'v' must be a vector of 2 numbers, got NaN or infinity", 1);
    const struct column c = {.name = STR("v"), .kind = KIND_MATRIX_F64, .width = 2, .data = fine};
    struct arena a = {0};
    struct error e;
    struct rows rows;
    CHECK_EQ_INT(coerce(vector_schema, &c, 1, false, &a, &rows, &e), MVL_OK);
    for (int i = 0; i < 6; i++)
        CHECK(((const float *)rows.fields[0].data)[i] == (float)fine[i]);
    arena_fini(&a);
}

TEST(vectors_that_came_as_json_are_judged_alike)
{
    static const struct {
        const char *texts[3], *reason;
        int64_t row;
    } cases[] = {
        {{"[1,2]", "[1]", "[1,2]"}, "vector field 'v' expected dim 2, got 1", 1},
        {{"[1,2]", "[1,2]", "[1,2,3]"}, "vector field 'v' expected dim 2, got 3", 2},
        {{"[1,2]", "[1,\"2\"]", "[1]"}, "field 'v' must be a vector of 2 numbers, got a string", 1},
        {{"[1,2]", "[1,null]", "[1]"}, "field 'v' must be a vector of 2 numbers, got null", 1},
        {{"[1,2]", "[1,2]", "[[1],2]"}, "field 'v' must be a vector of 2 numbers, got an array", 2},
        {{"[1,2]", "\"s\"", "[1,2]"}, "field 'v' must be a vector of 2 numbers, got a string", 1},
        {{"[1,2]", "[1e39,2]", "[1,2]"}, "field 'v' must be a vector of 2 numbers, got NaN or infinity", 1},
        {{"[1,2]", NULL, "[1,2]"}, "field 'v' is not nullable, got null", 1},
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(cases); i++)
        check_vectors_refused(text_column(&a, "v", KIND_JSON, cases[i].texts, 3), cases[i].reason,
                              cases[i].row);
    arena_fini(&a);
}

TEST(null_vectors_are_zero_and_not_valid)
{
    static const char *const texts[] = {"[1,2]", NULL, "[3,4.5]"};
    static const double doubles[] = {1, 2, NAN, NAN, 3, 4.5};
    static const uint8_t valid[] = {0x05};
    static const float expected[] = {1, 2, 0, 0, 3, 4.5f};
    struct arena a = {0};
    const struct column columns[] = {
        text_column(&a, "v", KIND_JSON, texts, 3),
        {.name = STR("v"), .kind = KIND_MATRIX_F64, .width = 2, .data = doubles, .valid = valid}};
    for (size_t i = 0; i < COUNT(columns); i++) {
        struct error e;
        struct rows rows;
        CHECK_EQ_INT(coerce("{'fields':[{'name':'v','type':'FLOAT_VECTOR','dim':2,'nullable':true}]}",
                            &columns[i], 1, false, &a, &rows, &e),
                     MVL_OK);
        const struct column *v = &rows.fields[0];
        CHECK(!column_is_null(v, 0) && column_is_null(v, 1) && !column_is_null(v, 2));
        for (int k = 0; k < 6; k++)
            CHECK(((const float *)v->data)[k] == expected[k]);
    }
    arena_fini(&a);
}

TEST(keys_are_coerced_by_themselves)
{
    static const double reals[] = {1, 2, 2.5};
    static const char *const digits[] = {"10", "-20", "30"}, *const names[] = {"a", "bcd", ""};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct column out;
    const struct field *id = schema_primary(schema_of(&a, "{'fields':[" ID "]}"));
    const struct field *name = schema_primary(
        schema_of(&a, "{'fields':[{'name':'name','type':'VARCHAR','max_length':2,'is_primary':true}]}"));
    CHECK_EQ_INT(coerce_keys(id, &id_column, 3, &a, &out, &e), MVL_OK);
    CHECK(out.data == ids);
    struct column c = text_column(&a, "ids", KIND_STR, digits, 3);
    CHECK_EQ_INT(coerce_keys(id, &c, 3, &a, &out, &e), MVL_OK);
    CHECK(out.kind == KIND_I64 && ((const int64_t *)out.data)[1] == -20);
    c = (struct column){.name = STR("ids"), .kind = KIND_F64, .data = reals};
    CHECK_EQ_INT(coerce_keys(id, &c, 2, &a, &out, &e), MVL_OK);
    CHECK_ERROR(coerce_keys(id, &c, 3, &a, &out, &e), e, MVL_DATA_NOT_MATCH,
                "field 'id' must be an INT64 (-9223372036854775808 to 9223372036854775807), got 2.5", "id",
                2);
    c = text_column(&a, "ids", KIND_STR, names, 3);
    CHECK_EQ_INT(coerce_keys(name, &c, 1, &a, &out, &e), MVL_OK);
    CHECK_ERROR(coerce_keys(name, &c, 3, &a, &out, &e), e, MVL_DATA_NOT_MATCH,
                "field 'name' must be at most max_length=2 bytes long, got 3 bytes", "name", 1);
    CHECK_ERROR(coerce_keys(name, &id_column, 3, &a, &out, &e), e, MVL_DATA_NOT_MATCH,
                "field 'name' must be a string, got 1", "name", 0);
    arena_fini(&a);
}

enum { N_ROWS = 10000 };

struct large {
    const struct schema *schema;
    struct batch batch;
};

static int coerce_large(void *context)
{
    const struct large *large = context;
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct rows rows;
    int rc = coerce_rows(large->schema, &large->batch, false, &a, &rows, &e);
    CHECK_EQ_INT(e.code, MVL_OK); /* no memory is not the rows' fault */
    arena_fini(&a);
    return rc;
}

/* Every path that takes memory, with parts that are larger than a block of the arena. */
TEST(each_allocation_may_fail)
{
    static const char *texts[N_ROWS];
    static uint8_t bools[N_ROWS], given[N_ROWS / 8 + 1];
    static double doubles[N_ROWS * 2];
    struct arena a = {0};
    for (size_t i = 0; i < N_ROWS; i++)
        texts[i] = i % 5 == 4 ? NULL : "[0.5,1]";
    memset(given, 0x55, sizeof given);
    struct column columns[] = {
        {.name = STR("b"), .kind = KIND_BOOL, .data = bools},
        text_column(&a, "t", KIND_STR, texts, N_ROWS),
        text_column(&a, "list", KIND_JSON, texts, N_ROWS),
        {.name = STR("v"), .kind = KIND_MATRIX_F64, .width = 2, .data = doubles},
        text_column(&a, "w", KIND_JSON, texts, N_ROWS),
        {.name = STR("d1"), .kind = KIND_MATRIX_F64, .width = 2, .data = doubles, .given = given},
        text_column(&a, "d2", KIND_JSON, texts, N_ROWS),
    };
    struct large large = {schema_of(&a,
                                    "{'enable_dynamic_field':true,'fields':["
                                    "{'name':'b','type':'BOOL'},"
                                    "{'name':'t','type':'VARCHAR','max_length':9,'default_value':'none'},"
                                    "{'name':'list','type':'ARRAY','element_type':'FLOAT','max_capacity':2,"
                                    "'nullable':true},"
                                    "{'name':'v','type':'FLOAT_VECTOR','dim':2},"
                                    "{'name':'w','type':'FLOAT_VECTOR','dim':2,'nullable':true},"
                                    "{'name':'n','type':'FLOAT_VECTOR','dim':2,'nullable':true}]}"),
                          {columns, COUNT(columns), N_ROWS}};
    CHECK(each_allocation_fails(coerce_large, &large) >= 30);
    arena_fini(&a);
}
