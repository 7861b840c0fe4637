#include "schema/coerce.h"

#include "columns.h"
#include "errors.h"
#include "schemas.h"
#include "unit.h"

/* Row 0 of a stored column as text, to be compared. */
static void show(const struct column *c, uint32_t row, char *to, size_t n)
{
    if (column_is_null(c, row)) {
        snprintf(to, n, "null");
        return;
    }
    switch (c->kind) {
    case KIND_I64: snprintf(to, n, "%" PRId64, ((const int64_t *)c->data)[row]); return;
    case KIND_F64: snprintf(to, n, "%.17g", ((const double *)c->data)[row]); return;
    case KIND_STR:
    case KIND_JSON: snprintf(to, n, "%.*s", STR_ARGS(column_text(c, row))); return;
    case KIND_MATRIX_F32: {
        const float *v = (const float *)c->data + (size_t)row * c->width;
        size_t at = (size_t)snprintf(to, n, "[");
        for (uint32_t i = 0; i < c->width && at < n; i++)
            at += (size_t)snprintf(to + at, n - at, i ? ",%g" : "%g", (double)v[i]);
        if (at < n)
            snprintf(to + at, n - at, "]");
        return;
    }
    case KIND_BOOL:
    case KIND_MATRIX_U8:
    case KIND_MATRIX_I8:
    case KIND_MATRIX_U16:
    case KIND_SPARSE:
    case KIND_TIME:
    case KIND_MATRIX_F16:
    case KIND_MATRIX_BF16:
    case KIND_MATRIX_F64: snprintf(to, n, "not a stored form"); return;
    }
}

/* Coerces one column of n rows to the only field, named f, and shows it row by row: "1 null 3". */
static int coerce_one(const char *field, struct column c, uint32_t n, struct arena *a, char shown[200],
                      struct error *e)
{
    char text[300];
    struct rows rows;
    c.name = STR("f");
    const struct batch batch = {&c, 1, n};
    *e = ERROR_NONE;
    snprintf(text, sizeof text, "{'fields':[{'name':'f',%s}]}", field);
    TRY(coerce_rows(schema_of(a, text), &batch, false, a, &rows, e));
    CHECK(str_eq(rows.fields[0].name, STR("f")));
    CHECK(rows.n == n && !rows.needs_ids && rows.meta.data == NULL);
    size_t at = 0;
    shown[0] = 0;
    for (uint32_t row = 0; row < n && at < 180; row++) {
        at += (size_t)snprintf(shown + at, 200 - at, row ? " " : "");
        show(&rows.fields[0], row, shown + at, 200 - at);
        at += strlen(shown + at);
    }
    return MVL_OK;
}

static void check_rows(const char *field, struct column c, uint32_t n, const char *expected)
{
    struct arena a = {0};
    struct error e;
    char shown[200];
    if (CHECK_EQ_INT(coerce_one(field, c, n, &a, shown, &e), MVL_OK))
        CHECK_STR(shown, expected);
    else
        printf("# %s\n", e.reason);
    arena_fini(&a);
}

static void check_refused(const char *field, struct column c, uint32_t n, const char *reason, int64_t row)
{
    struct arena a = {0};
    struct error e;
    char shown[200];
    int rc = coerce_one(field, c, n, &a, shown, &e);
    CHECK_ERROR(rc, e, MVL_DATA_NOT_MATCH, reason, "f", row);
    arena_fini(&a);
}

/* One row of every kind of column, and of every kind of JSON. */
enum sample {
    BOOLEAN,
    INT,
    WHOLE,
    FRACTION,
    STRING,
    DIGITS,
    J_BOOLEAN,
    J_INT,
    J_FRACTION,
    J_STRING,
    J_LIST,
    J_OBJECT,
    M_U8,
    M_I8,
    M_U16,
    M_F32,
    M_F64,
    N_SAMPLES
};

static struct column sample_column(enum sample s, struct arena *a)
{
    static const uint8_t boolean[] = {1}, u8[] = {200, 2};
    static const int64_t integer[] = {5};
    static const double whole[] = {6}, fraction[] = {1.5}, f64[] = {0.5, 2};
    static const int8_t i8[] = {-3, 2};
    static const uint16_t u16[] = {1000, 2};
    static const float f32[] = {0.25f, 2};
    static const char *const texts[N_SAMPLES] = {
        [STRING] = "ab",      [DIGITS] = "12",      [J_BOOLEAN] = "true", [J_INT] = "7",
        [J_FRACTION] = "2.5", [J_STRING] = "\"s\"", [J_LIST] = "[3, 4]",  [J_OBJECT] = "{\"k\": 1}"};
    switch (s) {
    case BOOLEAN: return (struct column){.kind = KIND_BOOL, .data = boolean};
    case INT: return (struct column){.kind = KIND_I64, .data = integer};
    case WHOLE: return (struct column){.kind = KIND_F64, .data = whole};
    case FRACTION: return (struct column){.kind = KIND_F64, .data = fraction};
    case STRING:
    case DIGITS: return text_column(a, "", KIND_STR, &texts[s], 1);
    case J_BOOLEAN:
    case J_INT:
    case J_FRACTION:
    case J_STRING:
    case J_LIST:
    case J_OBJECT: return text_column(a, "", KIND_JSON, &texts[s], 1);
    case M_U8: return (struct column){.kind = KIND_MATRIX_U8, .width = 2, .data = u8};
    case M_I8: return (struct column){.kind = KIND_MATRIX_I8, .width = 2, .data = i8};
    case M_U16: return (struct column){.kind = KIND_MATRIX_U16, .width = 2, .data = u16};
    case M_F32: return (struct column){.kind = KIND_MATRIX_F32, .width = 2, .data = f32};
    case M_F64: return (struct column){.kind = KIND_MATRIX_F64, .width = 2, .data = f64};
    case N_SAMPLES: break;
    }
    return (struct column){0};
}

/* How errors quote the samples. */
static const char *const quotes[N_SAMPLES] = {"true",
                                              "5",
                                              "6",
                                              "1.5",
                                              "the string 'ab'",
                                              "the string '12'",
                                              "true",
                                              "7",
                                              "2.5",
                                              "the string 's'",
                                              "an array",
                                              "an object",
                                              "an array",
                                              "an array",
                                              "an array",
                                              "an array",
                                              "an array"};

/* What becomes of each sample in each type; NULL: refused. */
static const struct {
    const char *field, *rule;
    const char *stored[N_SAMPLES];
} pairs[] = {
    {"'type':'BOOL'", "a boolean", {[BOOLEAN] = "1", [J_BOOLEAN] = "1"}},
    {"'type':'INT8'", "an INT8 (-128 to 127)", {[INT] = "5", [WHOLE] = "6", [DIGITS] = "12", [J_INT] = "7"}},
    {"'type':'INT16'",
     "an INT16 (-32768 to 32767)",
     {[INT] = "5", [WHOLE] = "6", [DIGITS] = "12", [J_INT] = "7"}},
    {"'type':'INT32'",
     "an INT32 (-2147483648 to 2147483647)",
     {[INT] = "5", [WHOLE] = "6", [DIGITS] = "12", [J_INT] = "7"}},
    {"'type':'INT64'",
     "an INT64 (-9223372036854775808 to 9223372036854775807)",
     {[INT] = "5", [WHOLE] = "6", [DIGITS] = "12", [J_INT] = "7"}},
    {"'type':'FLOAT'",
     "a finite FLOAT",
     {[INT] = "5", [WHOLE] = "6", [FRACTION] = "1.5", [J_INT] = "7", [J_FRACTION] = "2.5"}},
    {"'type':'DOUBLE'",
     "a finite DOUBLE",
     {[INT] = "5", [WHOLE] = "6", [FRACTION] = "1.5", [J_INT] = "7", [J_FRACTION] = "2.5"}},
    {"'type':'VARCHAR','max_length':9", "a string", {[STRING] = "ab", [DIGITS] = "12", [J_STRING] = "s"}},
    {"'type':'ARRAY','element_type':'DOUBLE','max_capacity':2",
     "an array",
     {[J_LIST] = "[3,4]",
      [M_U8] = "[200,2]",
      [M_I8] = "[-3,2]",
      [M_U16] = "[1000,2]",
      [M_F32] = "[0.25,2]",
      [M_F64] = "[0.5,2]"}},
    {"'type':'JSON'",
     "",
     {"true", "5", "6", "1.5", "\"ab\"", "\"12\"", "true", "7", "2.5", "\"s\"", "[3, 4]", "{\"k\": 1}",
      "[200,2]", "[-3,2]", "[1000,2]", "[0.25,2]", "[0.5,2]"}},
};

TEST(each_pair_of_type_and_kind_is_stored_or_refused)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        for (int s = 0; s < N_SAMPLES; s++) {
            struct arena a = {0};
            char reason[200];
            int failures = unit_failures;
            snprintf(reason, sizeof reason, "field 'f' must be %s, got %s", pairs[i].rule, quotes[s]);
            if (pairs[i].stored[s])
                check_rows(pairs[i].field, sample_column((enum sample)s, &a), 1, pairs[i].stored[s]);
            else
                check_refused(pairs[i].field, sample_column((enum sample)s, &a), 1, reason, 0);
            if (unit_failures > failures)
                printf("# %s, sample %d\n", pairs[i].field, s);
            arena_fini(&a);
        }
    }
}

TEST(a_vector_is_taken_from_each_kind_of_numbers)
{
    static const char *const stored[N_SAMPLES] = {
        [J_LIST] = "[3,4]",   [M_U8] = "[200,2]",   [M_I8] = "[-3,2]",
        [M_U16] = "[1000,2]", [M_F32] = "[0.25,2]", [M_F64] = "[0.5,2]"};
    static const char *const got[N_SAMPLES] = {"a boolean", "a number", "a number",  "a number",
                                               "a string",  "a string", "a boolean", "a number",
                                               "a number",  "a string", NULL,        "an object"};
    for (int s = 0; s < N_SAMPLES; s++) {
        struct arena a = {0};
        char reason[200];
        snprintf(reason, sizeof reason, "field 'f' must be a vector of 2 numbers, got %s",
                 got[s] ? got[s] : "");
        if (stored[s])
            check_rows("'type':'FLOAT_VECTOR','dim':2", sample_column((enum sample)s, &a), 1, stored[s]);
        else
            check_refused("'type':'FLOAT_VECTOR','dim':2", sample_column((enum sample)s, &a), 1, reason, 0);
        arena_fini(&a);
    }
}

static const int64_t ints[] = {100, 200, 300};
static const uint8_t second_null[] = {0x05};

TEST(a_value_out_of_range_is_named_with_its_row)
{
    const struct column c = {.kind = KIND_I64, .data = ints};
    check_rows("'type':'INT16'", c, 3, "100 200 300");
    check_refused("'type':'INT8'", c, 3, "field 'f' must be an INT8 (-128 to 127), got 200", 1);
}

TEST(a_text_too_long_is_named_with_its_row)
{
    static const char *const texts[] = {"ab", "caf\xc3\xa9", "x"};
    struct arena a = {0};
    struct column c = text_column(&a, "f", KIND_STR, texts, 3);
    check_rows("'type':'VARCHAR','max_length':5", c, 3, "ab caf\xc3\xa9 x");
    check_refused("'type':'VARCHAR','max_length':4", c, 3,
                  "field 'f' must be at most max_length=4 bytes long, got 5 bytes", 1);
    arena_fini(&a);
}

TEST(a_null_needs_a_nullable_field_or_a_default)
{
    const struct column c = {.kind = KIND_I64, .data = ints, .valid = second_null};
    check_refused("'type':'INT64'", c, 3, "field 'f' is not nullable, got null", 1);
    check_rows("'type':'INT64','nullable':true", c, 3, "100 null 300");
    check_rows("'type':'INT64','default_value':9", c, 3, "100 9 300");
    check_rows("'type':'INT64','nullable':true,'default_value':9", c, 3, "100 9 300");
    check_rows("'type':'DOUBLE','nullable':true", c, 3, "100 null 300");
}

TEST(each_type_may_be_null_or_have_its_default)
{
    static const struct {
        const char *field, *expected;
    } cases[] = {
        {"'type':'BOOL','nullable':true", "null"},
        {"'type':'BOOL','default_value':true", "1"},
        {"'type':'INT8','default_value':-5", "-5"},
        {"'type':'FLOAT','default_value':0.5", "0.5"},
        {"'type':'DOUBLE','default_value':3", "3"},
        {"'type':'VARCHAR','max_length':9,'default_value':'none'", "none"},
        {"'type':'VARCHAR','max_length':9,'nullable':true", "null"},
        {"'type':'JSON','nullable':true", "null"},
        {"'type':'ARRAY','element_type':'BOOL','max_capacity':1,'nullable':true", "null"},
        {"'type':'FLOAT_VECTOR','dim':3,'nullable':true", "null"},
    };
    static const char *const json_null[] = {"null"}, *const none[] = {NULL};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        check_rows(cases[i].field, text_column(&a, "f", KIND_STR, none, 1), 1, cases[i].expected);
        check_rows(cases[i].field, text_column(&a, "f", KIND_JSON, none, 1), 1, cases[i].expected);
        if (!strstr(cases[i].field, "VECTOR"))
            check_rows(cases[i].field, text_column(&a, "f", KIND_JSON, json_null, 1), 1, cases[i].expected);
        arena_fini(&a);
    }
}

TEST(numbers_must_be_finite)
{
    static const double reals[] = {1, NAN, 2}, infinite[] = {-INFINITY}, large[] = {1e300};
    struct column c = {.kind = KIND_F64, .data = reals};
    check_refused("'type':'DOUBLE'", c, 3, "field 'f' must be a finite DOUBLE, got nan", 1);
    check_refused("'type':'JSON'", c, 3, "field 'f' must be JSON, got nan", 1);
    c.valid = second_null; /* what stands under a null is nothing */
    check_rows("'type':'DOUBLE','nullable':true", c, 3, "1 null 2");
    c = (struct column){.kind = KIND_F64, .data = infinite};
    check_refused("'type':'FLOAT'", c, 1, "field 'f' must be a finite FLOAT, got -inf", 0);
    c.data = large;
    check_refused("'type':'FLOAT'", c, 1, "field 'f' must be a finite FLOAT, got 1e+300", 0);
    check_rows("'type':'DOUBLE'", c, 1, "1.0000000000000001e+300");
}

TEST(a_row_that_is_not_json_is_named)
{
    static const char *const texts[] = {"1", "{]"};
    struct arena a = {0};
    struct error e;
    char shown[200];
    int rc = coerce_one("'type':'JSON'", text_column(&a, "f", KIND_JSON, texts, 2), 2, &a, shown, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "field 'f': invalid JSON at byte 1: expected a key", "f", 1);
    arena_fini(&a);
}

TEST(a_column_in_its_stored_form_is_borrowed)
{
    static const double reals[] = {1, 2, 3};
    static const float floats[] = {1, 2, 3};
    static const int64_t bounds[] = {INT8_MIN, 0, INT8_MAX};
    static const char *const texts[] = {"ab", NULL, "abc"};
    struct arena of_texts = {0};
    const struct {
        const char *field;
        struct column c;
    } cases[] = {
        {"'type':'INT64'", {.kind = KIND_I64, .data = ints}},
        {"'type':'INT8'", {.kind = KIND_I64, .data = bounds}},
        {"'type':'VARCHAR','max_length':3,'nullable':true", text_column(&of_texts, "f", KIND_STR, texts, 3)},
        {"'type':'INT16','nullable':true", {.kind = KIND_I64, .data = ints, .valid = second_null}},
        {"'type':'DOUBLE'", {.kind = KIND_F64, .data = reals}},
        {"'type':'FLOAT_VECTOR','dim':1", {.kind = KIND_MATRIX_F32, .width = 1, .data = floats}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct rows rows;
        char text[200];
        struct column c = cases[i].c;
        c.name = STR("f");
        const struct batch batch = {&c, 1, 3};
        snprintf(text, sizeof text, "{'fields':[{'name':'f',%s}]}", cases[i].field);
        CHECK_EQ_INT(coerce_rows(schema_of(&a, text), &batch, false, &a, &rows, &e), MVL_OK);
        CHECK(rows.fields[0].data == c.data && rows.fields[0].valid == c.valid);
        arena_fini(&a);
    }
    arena_fini(&of_texts);
}

TEST(no_rows_are_fine)
{
    check_rows("'type':'INT8'", (struct column){.kind = KIND_I64, .data = ints}, 0, "");
    check_rows("'type':'INT8'", (struct column){.kind = KIND_BOOL, .data = ints}, 0, "");
    check_rows("'type':'FLOAT_VECTOR','dim':2",
               (struct column){.kind = KIND_MATRIX_F64, .width = 2, .data = ints}, 0, "");
}
