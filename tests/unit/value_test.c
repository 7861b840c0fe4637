#include "schema/value.h"

#include <float.h>

#include "columns.h"
#include "errors.h"
#include "faults.h"
#include "schemas.h"
#include "unit.h"

static const struct error_place place = {{"x", 1}, 4};

static struct item integer(int64_t v)
{
    return (struct item){.kind = ITEM_INT, .integer = v, .real = (double)v};
}

static struct item real(double v)
{
    return (struct item){.kind = ITEM_REAL, .real = v};
}

static struct item text(const char *v)
{
    return (struct item){.kind = ITEM_TEXT, .text = str_of(v)};
}

static void check_integer(struct item item, enum data_type type, int64_t expected)
{
    struct error e = ERROR_NONE;
    struct value v = {0};
    if (CHECK_EQ_INT(value_coerce(&item, type, 0, place, &v, &e), MVL_OK))
        CHECK_EQ_INT(v.integer, expected);
}

static void check_real(struct item item, enum data_type type, double expected)
{
    struct error e = ERROR_NONE;
    struct value v = {0};
    if (CHECK_EQ_INT(value_coerce(&item, type, 0, place, &v, &e), MVL_OK))
        CHECK_NEAR(v.real, expected, 0);
}

static void check_refused(struct item item, enum data_type type, const char *reason)
{
    struct error e = ERROR_NONE;
    struct value v = {0};
    CHECK_ERROR(value_coerce(&item, type, 5, place, &v, &e), e, MVL_DATA_NOT_MATCH, reason, "x", 4);
}

TEST(integers_keep_their_range)
{
    check_integer(integer(127), DATA_TYPE_INT8, 127);
    check_integer(integer(-128), DATA_TYPE_INT8, -128);
    check_refused(integer(128), DATA_TYPE_INT8, "field 'x' must be an INT8 (-128 to 127), got 128");
    check_refused(integer(-129), DATA_TYPE_INT8, "field 'x' must be an INT8 (-128 to 127), got -129");
    check_integer(integer(32767), DATA_TYPE_INT16, 32767);
    check_refused(integer(-32769), DATA_TYPE_INT16,
                  "field 'x' must be an INT16 (-32768 to 32767), got -32769");
    check_integer(integer(INT32_MIN), DATA_TYPE_INT32, INT32_MIN);
    check_refused(integer(INT64_C(2147483648)), DATA_TYPE_INT32,
                  "field 'x' must be an INT32 (-2147483648 to 2147483647), got 2147483648");
    check_integer(integer(INT64_MIN), DATA_TYPE_INT64, INT64_MIN);
    check_integer(integer(INT64_MAX), DATA_TYPE_INT64, INT64_MAX);
}

#define INT64_RULE "field 'x' must be an INT64 (-9223372036854775808 to 9223372036854775807), got "

TEST(integers_are_taken_from_numbers_without_fraction_up_to_2_53)
{
    check_integer(real(3), DATA_TYPE_INT64, 3);
    check_integer(real(-0.0), DATA_TYPE_INT64, 0);
    check_integer(real(9007199254740992.0), DATA_TYPE_INT64, INT64_C(9007199254740992));
    check_integer(real(-9007199254740992.0), DATA_TYPE_INT64, -INT64_C(9007199254740992));
    check_refused(real(9007199254740994.0), DATA_TYPE_INT64, INT64_RULE "9007199254740994");
    check_refused(real(0.5), DATA_TYPE_INT64, INT64_RULE "0.5");
    check_refused(real(NAN), DATA_TYPE_INT64, INT64_RULE "nan");
    check_refused(real(INFINITY), DATA_TYPE_INT64, INT64_RULE "inf");
}

TEST(integers_are_taken_from_decimal_text)
{
    static const char *const wrong[] = {
        "", "-", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808", "-9223372036854775809"};
    check_integer(text("0"), DATA_TYPE_INT64, 0);
    check_integer(text("-12"), DATA_TYPE_INT8, -12);
    check_integer(text("007"), DATA_TYPE_INT8, 7);
    check_integer(text("9223372036854775807"), DATA_TYPE_INT64, INT64_MAX);
    check_integer(text("-9223372036854775808"), DATA_TYPE_INT64, INT64_MIN);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char reason[200];
        snprintf(reason, sizeof reason, INT64_RULE "the string '%s'", wrong[i]);
        check_refused(text(wrong[i]), DATA_TYPE_INT64, reason);
    }
    check_refused(text("128"), DATA_TYPE_INT8,
                  "field 'x' must be an INT8 (-128 to 127), got the string '128'");
}

TEST(numbers_of_json_are_quoted_as_they_were_written)
{
    struct arena a = {0};
    check_refused(item_from_json(json_of(&a, "9223372036854775808")), DATA_TYPE_INT64,
                  INT64_RULE "9223372036854775808");
    check_refused(item_from_json(json_of(&a, "1.10")), DATA_TYPE_INT64, INT64_RULE "1.10");
    check_refused(item_from_json(json_of(&a, "0.1234567890123456789012345678901234567890123456789")),
                  DATA_TYPE_INT64, INT64_RULE "0.12345678901234567890123456789012345678");
    arena_fini(&a);
}

TEST(a_float_is_rounded_once_and_must_be_finite)
{
    check_real(real(0.1), DATA_TYPE_FLOAT, (double)0.1f);
    check_real(integer(16777217), DATA_TYPE_FLOAT, 16777216);
    check_real(real((double)FLT_MAX), DATA_TYPE_FLOAT, (double)FLT_MAX);
    check_real(real(1e-50), DATA_TYPE_FLOAT, 0);
    check_refused(real(1e39), DATA_TYPE_FLOAT, "field 'x' must be a finite FLOAT, got 1e+39");
    check_refused(real(-INFINITY), DATA_TYPE_FLOAT, "field 'x' must be a finite FLOAT, got -inf");
    check_refused(real(NAN), DATA_TYPE_FLOAT, "field 'x' must be a finite FLOAT, got nan");
    check_refused(text("1.5"), DATA_TYPE_FLOAT, "field 'x' must be a finite FLOAT, got the string '1.5'");
}

TEST(a_double_must_be_finite)
{
    check_real(real(0.1), DATA_TYPE_DOUBLE, 0.1);
    check_real(integer(3), DATA_TYPE_DOUBLE, 3);
    check_real(real(DBL_MAX), DATA_TYPE_DOUBLE, DBL_MAX);
    check_refused(real(INFINITY), DATA_TYPE_DOUBLE, "field 'x' must be a finite DOUBLE, got inf");
    check_refused(real(NAN), DATA_TYPE_DOUBLE, "field 'x' must be a finite DOUBLE, got nan");
}

TEST(a_text_is_limited_in_bytes)
{
    check_refused((struct item){.kind = ITEM_BOOL, .integer = 0}, DATA_TYPE_VARCHAR,
                  "field 'x' must be a string, got false");
    check_refused((struct item){.kind = ITEM_BOOL, .integer = 1}, DATA_TYPE_VARCHAR,
                  "field 'x' must be a string, got true");
    struct error e = ERROR_NONE;
    struct value v = {0};
    struct item item = text("caf\xc3\xa9");
    CHECK_EQ_INT(value_coerce(&item, DATA_TYPE_VARCHAR, 5, place, &v, &e), MVL_OK);
    CHECK(str_eq(v.text, item.text));
    CHECK_ERROR(value_coerce(&item, DATA_TYPE_VARCHAR, 4, place, &v, &e), e, MVL_DATA_NOT_MATCH,
                "field 'x' must be at most max_length=4 bytes long, got 5 bytes", "x", 4);
    item.text = STR_NONE;
    CHECK_EQ_INT(value_coerce(&item, DATA_TYPE_VARCHAR, 4, place, &v, &e), MVL_OK);
}

TEST(a_long_text_is_quoted_in_part)
{
    enum { SHOWN = 40 };
    for (uint32_t n = SHOWN - 2; n <= SHOWN + 2; n++) {
        char reason[200], *p = mem_alloc(n); /* just that: the quote must not look past it */
        if (!CHECK(p != NULL))
            return;
        memset(p, 'a', n);
        struct item item = {.kind = ITEM_TEXT, .text = {p, n}};
        snprintf(reason, sizeof reason, "field 'x' must be a boolean, got the string '%.*s'",
                 (int)(n < SHOWN ? n : SHOWN), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        check_refused(item, DATA_TYPE_BOOL, reason);
        mem_free(p);
    }
    check_refused(text("123456789012345678901234567890123456789\xc3\xa9"), DATA_TYPE_BOOL,
                  "field 'x' must be a boolean, got the string '123456789012345678901234567890123456789'");
}

TEST(items_of_json_keep_its_kind)
{
    struct arena a = {0};
    CHECK_EQ_INT(item_from_json(json_of(&a, "null")).kind, ITEM_NULL);
    struct item item = item_from_json(json_of(&a, "true"));
    CHECK(item.kind == ITEM_BOOL && item.integer == 1);
    item = item_from_json(json_of(&a, "-7"));
    CHECK(item.kind == ITEM_INT && item.integer == -7 && item.real == -7);
    item = item_from_json(json_of(&a, "1.5"));
    CHECK(item.kind == ITEM_REAL && item.real == 1.5);
    item = item_from_json(json_of(&a, "'s'"));
    CHECK(item.kind == ITEM_TEXT && str_eq(item.text, STR("s")));
    CHECK_EQ_INT(item_from_json(json_of(&a, "[]")).kind, ITEM_LIST);
    CHECK_EQ_INT(item_from_json(json_of(&a, "{}")).kind, ITEM_OBJECT);
    arena_fini(&a);
}

TEST(items_of_a_column_keep_its_kind)
{
    static const uint8_t bools[] = {1}, valid[] = {1};
    static const int64_t ints[] = {INT64_MIN, 0};
    static const double reals[] = {0.25};
    static const float matrix[] = {1, 2};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct item item;
    struct column c = {.kind = KIND_BOOL, .data = bools};
    CHECK_EQ_INT(item_from_column(&c, 0, &a, &item, &e), MVL_OK);
    CHECK(item.kind == ITEM_BOOL && item.integer == 1);
    c = (struct column){.kind = KIND_I64, .data = ints, .valid = valid};
    CHECK_EQ_INT(item_from_column(&c, 0, &a, &item, &e), MVL_OK);
    CHECK(item.kind == ITEM_INT && item.integer == INT64_MIN && item.real == -9223372036854775808.0);
    CHECK_EQ_INT(item_from_column(&c, 1, &a, &item, &e), MVL_OK);
    CHECK_EQ_INT(item.kind, ITEM_NULL);
    c = (struct column){.kind = KIND_F64, .data = reals};
    CHECK_EQ_INT(item_from_column(&c, 0, &a, &item, &e), MVL_OK);
    CHECK(item.kind == ITEM_REAL && item.real == 0.25);
    c = (struct column){.kind = KIND_MATRIX_F32, .width = 2, .data = matrix};
    CHECK_EQ_INT(item_from_column(&c, 0, &a, &item, &e), MVL_OK);
    CHECK(item.kind == ITEM_LIST && item.matrix.n == 2 && item.matrix_kind == KIND_MATRIX_F32 && !item.json);
    arena_fini(&a);
}

TEST(a_row_that_is_not_json_is_named)
{
    static const char *const texts[] = {"[1]", "null", "[1"};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct item item;
    struct column c = text_column(&a, "attrs", KIND_JSON, texts, 3);
    CHECK_EQ_INT(item_from_column(&c, 0, &a, &item, &e), MVL_OK);
    CHECK(item.kind == ITEM_LIST && item.json->count == 1);
    CHECK_EQ_INT(item_from_column(&c, 1, &a, &item, &e), MVL_OK);
    CHECK_EQ_INT(item.kind, ITEM_NULL);
    CHECK_ERROR(item_from_column(&c, 2, &a, &item, &e), e, MVL_PARAM_INVALID,
                "field 'attrs': invalid JSON at byte 2: expected ',' or the end of a list", "attrs", 2);
    arena_fini(&a);
}

static void check_json(const struct item *item, const char *expected)
{
    struct writer w = {0};
    item_to_json(item, &w);
    writer_u8(&w, 0);
    CHECK_STR((const char *)w.p, expected);
    writer_fini(&w);
}

TEST(any_item_is_written_as_json)
{
    static const char *const texts[] = {"null", "true",      "-7",         "123456789012345678901234567890.5",
                                        "'a'",  "[1, [2] ]", "{'a' : 'b'}"};
    static const float f32[] = {1, -0.5f, 1e20f, NAN};
    static const uint8_t u8[] = {0, 255};
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct item item = item_from_json(json_of(&a, texts[i]));
        struct str as_written = json_of(&a, texts[i])->text;
        struct str copy;
        CHECK_EQ_INT(arena_copy(&a, as_written, &copy), MVL_OK);
        check_json(&item, copy.p);
    }
    struct item item = real(0.1);
    check_json(&item, "0.1");
    item = (struct item){.kind = ITEM_LIST, .matrix = {f32, 4}, .matrix_kind = KIND_MATRIX_F32};
    check_json(&item, "[1,-0.5,1.0000000200408773e+20,null]");
    item = (struct item){.kind = ITEM_LIST, .matrix = {u8, 2}, .matrix_kind = KIND_MATRIX_U8};
    check_json(&item, "[0,255]");
    arena_fini(&a);
}

/* value_to_json of an array field with at most three elements of the type. */
static void check_array(const char *value, const char *element_type, const char *expected, const char *reason)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct writer w = {0};
    struct item item = item_from_json(json_of(&a, value));
    const struct field f = {.type = DATA_TYPE_ARRAY,
                            .element_type = data_type_from_name(str_of(element_type)),
                            .max_capacity = 3,
                            .max_length = 2};
    int rc = value_to_json(&item, &f, place, &w, &e);
    if (expected && CHECK_EQ_INT(rc, MVL_OK)) {
        writer_u8(&w, 0);
        CHECK_STR((const char *)w.p, expected);
    } else if (!expected) {
        CHECK_ERROR(rc, e, MVL_DATA_NOT_MATCH, reason, "x", 4);
    }
    writer_fini(&w);
    arena_fini(&a);
}

TEST(each_element_of_an_array_must_fit)
{
    check_array("[]", "INT8", "[]", NULL);
    check_array("[1, 2.0, '3']", "INT8", "[1,2,3]", NULL);
    check_array("[true,false]", "BOOL", "[true,false]", NULL);
    check_array("[1,0.5]", "DOUBLE", "[1,0.5]", NULL);
    check_array("[0.1]", "FLOAT", "[0.10000000149011612]", NULL);
    check_array("['ab','']", "VARCHAR", "[\"ab\",\"\"]", NULL);
    check_array("[1,300]", "INT8", NULL, "field 'x' must be an INT8 (-128 to 127), got 300");
    check_array("[true,1]", "BOOL", NULL, "field 'x' must be a boolean, got 1");
    check_array("[1,null]", "INT8", NULL, "field 'x' must be an INT8 (-128 to 127), got null");
    check_array("[[1]]", "DOUBLE", NULL, "field 'x' must be a finite DOUBLE, got an array");
    check_array("[{}]", "FLOAT", NULL, "field 'x' must be a finite FLOAT, got an object");
    check_array("['abc']", "VARCHAR", NULL, "field 'x' must be at most max_length=2 bytes long, got 3 bytes");
    check_array("[1,2,3,4]", "INT8", NULL, "field 'x' must have at most max_capacity=3 elements, got 4");
    check_array("{}", "INT8", NULL, "field 'x' must be an array, got an object");
    check_array("7", "INT8", NULL, "field 'x' must be an array, got 7");
}

static int write_array(void *context)
{
    struct error e = ERROR_NONE;
    struct writer w = {0};
    const struct field f = {.type = DATA_TYPE_ARRAY, .element_type = DATA_TYPE_INT64, .max_capacity = 1000};
    int rc = value_to_json(context, &f, place, &w, &e);
    if (rc == MVL_OK && w.failed) /* out of memory shows in the writer */
        rc = MVL_NOMEM;
    writer_fini(&w);
    return rc;
}

TEST(each_allocation_may_fail)
{
    static const float matrix[1000];
    struct item item = {.kind = ITEM_LIST, .matrix = {matrix, COUNT(matrix)}, .matrix_kind = KIND_MATRIX_F32};
    CHECK(each_allocation_fails(write_array, &item) >= 5);
}
