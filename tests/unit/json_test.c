#include "base/json.h"

#include "errors.h"
#include "faults.h"
#include "unit.h"

/* Parses a text that must be valid. */
static const struct json *parsed(struct arena *a, struct str text)
{
    static const struct json none;
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    if (json_parse(text, a, &j, "text", &e) != MVL_OK) {
        printf("# %.*s: %s\n", STR_ARGS(text), e.reason);
        CHECK(!"must be valid");
        return &none;
    }
    return j;
}

/* Gives the text exactly the memory it needs, so that a read past its end shows. */
static int parse_tight(struct str text, struct arena *a, struct json **out, struct error *e)
{
    char *copy = mem_alloc(text.n);
    if (!copy)
        return MVL_NOMEM;
    if (text.n)
        memcpy(copy, text.p, text.n);
    int rc = json_parse((struct str){copy, text.n}, a, out, "field 'attrs'", e);
    mem_free(copy);
    return rc;
}

static void check_invalid(struct str text, size_t at, const char *why)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    char reason[200];
    snprintf(reason, sizeof reason, "field 'attrs': invalid JSON at byte %zu: %s", at, why);
    CHECK_ERROR(parse_tight(text, &a, &j, &e), e, MVL_PARAM_INVALID, reason, "", -1);
    CHECK(j == NULL);
    arena_fini(&a);
}

#define INVALID(text, at, why) check_invalid(STR(text), at, why)

TEST(scalars_are_read)
{
    struct arena a = {0};
    CHECK_EQ_INT(parsed(&a, STR("null"))->kind, JSON_NULL);
    const struct json *j = parsed(&a, STR("true"));
    CHECK(j->kind == JSON_BOOL && j->boolean);
    j = parsed(&a, STR("false"));
    CHECK(j->kind == JSON_BOOL && !j->boolean);
    j = parsed(&a, STR(" \t\r\n-12 \n"));
    CHECK(j->kind == JSON_INT && j->integer == -12);
    CHECK(str_eq(j->text, STR("-12")));
    j = parsed(&a, STR("\"text\""));
    CHECK(j->kind == JSON_STRING && str_eq(j->string, STR("text")));
    CHECK(str_eq(j->text, STR("\"text\"")));
    arena_fini(&a);
}

TEST(lists_keep_their_order_and_their_text)
{
    struct arena a = {0};
    const struct json *j = parsed(&a, STR(" { \"a\" : [ 1 , [ ] , { } ] , \"b\\u0063\" : null } "));
    CHECK(j->kind == JSON_OBJECT && j->count == 2);
    CHECK(str_eq(j->text, STR("{ \"a\" : [ 1 , [ ] , { } ] , \"b\\u0063\" : null }")));
    const struct json *list = j->first;
    CHECK(str_eq(list->key, STR("a")) && list->kind == JSON_ARRAY && list->count == 3 && list->parent == j);
    CHECK(str_eq(list->text, STR("[ 1 , [ ] , { } ]")));
    CHECK(list->first->integer == 1 && list->first->next->kind == JSON_ARRAY && !list->first->next->first);
    CHECK(list->first->next->next->kind == JSON_OBJECT && !list->first->next->next->next);
    CHECK(str_eq(list->next->key, STR("bc")) && list->next->kind == JSON_NULL && !list->next->next);
    arena_fini(&a);
}

TEST(a_member_is_found_by_its_key)
{
    struct arena a = {0};
    const struct json *j = parsed(&a, STR("{\"a\":1,\"b\":2,\"a\":3,\"\":4}"));
    CHECK_EQ_INT(json_get(j, STR("a"))->integer, 3); /* the last of twins */
    CHECK_EQ_INT(json_get(j, STR("b"))->integer, 2);
    CHECK_EQ_INT(json_get(j, STR(""))->integer, 4);
    CHECK(json_get(j, STR("c")) == NULL);
    CHECK(json_get(NULL, STR("a")) == NULL);
    CHECK(json_get(json_get(j, STR("a")), STR("a")) == NULL);
    CHECK(json_get(parsed(&a, STR("[1]")), STR("")) == NULL);
    arena_fini(&a);
}

TEST(escapes_are_undone)
{
    static const struct {
        struct str source, meaning;
    } cases[] = {
        {{"\"\"", 2}, {"", 0}},
        {{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 18}, {"\"\\/\b\f\n\r\t", 8}},
        {{"\"a\\u0041z\"", 10}, {"aAz", 3}},
        {{"\"\\u0000\"", 8}, {"\0", 1}},
        {{"\"\\u00e9\\u20AC\"", 14}, {"\xc3\xa9\xe2\x82\xac", 5}},
        {{"\"\\ud83d\\ude00\"", 14}, {"\xf0\x9f\x98\x80", 4}}, /* a pair of surrogates */
        {{"\"\\ud800\\udc00\"", 14}, {"\xf0\x90\x80\x80", 4}}, /* the first of them */
        {{"\"\\ud83d\\ue000\"", 14}, {"\xef\xbf\xbd\xee\x80\x80", 6}},
        {{"\"\\uaAfF\"", 8}, {"\xea\xab\xbf", 3}},
        {{"\"\\udbff\\udfff\"", 14}, {"\xf4\x8f\xbf\xbf", 4}}, /* the last character */
        {{"\"\\ud800\"", 8}, {"\xef\xbf\xbd", 3}},             /* a lone one */
        {{"\"\\udc00\"", 8}, {"\xef\xbf\xbd", 3}},             /* */
        {{"\"\\ud800x\"", 9}, {"\xef\xbf\xbdx", 4}},           /* */
        {{"\"\\ud800\\n\"", 10}, {"\xef\xbf\xbd\n", 4}},       /* */
        {{"\"\\ud800\\u0041\"", 14},
         {"\xef\xbf\xbd"
          "A",
          4}},                                                                    /* */
        {{"\"\\ude00\\ud83d\"", 14}, {"\xef\xbf\xbd\xef\xbf\xbd", 6}},            /* the wrong way round */
        {{"\"\\ud800\\ud83d\\ude00\"", 20}, {"\xef\xbf\xbd\xf0\x9f\x98\x80", 7}}, /* one before a pair */
        {{"\"\xc3\xa9\x7f\"", 5}, {"\xc3\xa9\x7f", 3}},
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!CHECK(str_eq(parsed(&a, cases[i].source)->string, cases[i].meaning)))
            printf("# %.*s\n", STR_ARGS(cases[i].source));
    arena_fini(&a);
}

TEST(numbers_are_integers_when_they_fit)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        int64_t integer;
        double real;
    } cases[] = {
        {"0", JSON_INT, 0, 0},
        {"-0", JSON_INT, 0, 0},
        {"42", JSON_INT, 42, 42},
        {"9223372036854775807", JSON_INT, INT64_MAX, 9223372036854775807.0},
        {"-9223372036854775808", JSON_INT, INT64_MIN, -9223372036854775808.0},
        {"9223372036854775808", JSON_REAL, 0, 9223372036854775808.0},
        {"-9223372036854775809", JSON_REAL, 0, -9223372036854775809.0},
        {"99999999999999999999", JSON_REAL, 0, 99999999999999999999.0},
        {"1.0", JSON_REAL, 0, 1},
        {"1e3", JSON_REAL, 0, 1000},
        {"-1.5E-2", JSON_REAL, 0, -0.015},
        {"0e+5", JSON_REAL, 0, 0},
        {"0.1", JSON_REAL, 0, 0.1},
        {"1.7976931348623157e308", JSON_REAL, 0, 1.7976931348623157e308},
        {"5e-324", JSON_REAL, 0, 5e-324},
        {"1e-400", JSON_REAL, 0, 0},
        {"0.1000000000000000000000000000000000000000000000000000000000000000000000001", JSON_REAL, 0, 0.1},
        {"100000000000000000000000000000000000000000000000000000000000000000", JSON_REAL, 0, 1e65},
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct json *j = parsed(&a, str_of(cases[i].text));
        bool held = CHECK_EQ_INT(j->kind, cases[i].kind);
        held &= CHECK_EQ_INT(j->integer, cases[i].integer);
        held &= CHECK_NEAR(j->real, cases[i].real, 0);
        if (!held)
            printf("# %s\n", cases[i].text);
    }
    arena_fini(&a);
}

TEST(a_number_beyond_doubles_is_refused)
{
    INVALID("1e309", 5, "a number is too large");
    INVALID("[-1e400]", 7, "a number is too large");
}

TEST(what_is_no_value_is_refused)
{
    INVALID("", 0, "expected a value");
    INVALID("  ", 2, "expected a value");
    INVALID("nul", 0, "expected a value");
    INVALID("True", 0, "expected a value");
    INVALID("fals", 0, "expected a value");
    INVALID("NaN", 0, "expected a value");
    INVALID("Infinity", 0, "expected a value");
    INVALID("-", 1, "expected a value");
    INVALID("-Infinity", 1, "expected a value");
    INVALID("+1", 0, "expected a value");
    INVALID(".5", 0, "expected a value");
    INVALID("'a'", 0, "expected a value");
    INVALID("\xef\xbb\xbf[]", 0, "expected a value"); /* a byte order mark */
    INVALID("\0", 0, "expected a value");
    INVALID("[1,]", 3, "expected a value");
    INVALID("[,1]", 1, "expected a value");
    INVALID("[", 1, "expected a value");
    INVALID("[\f1]", 1, "expected a value");
    INVALID("// note\n1", 0, "expected a value");
}

TEST(what_is_no_number_is_refused)
{
    INVALID("01", 2, "a number starts with 0");
    INVALID("-00", 3, "a number starts with 0");
    INVALID("1.", 2, "expected a digit");
    INVALID("1.e5", 2, "expected a digit");
    INVALID("1e", 2, "expected a digit");
    INVALID("1e+", 3, "expected a digit");
    INVALID("[1e-]", 4, "expected a digit");
    INVALID("0x10", 1, "text after the value");
    INVALID("1_000", 1, "text after the value");
}

TEST(what_is_no_list_is_refused)
{
    INVALID("{\"a\":1,}", 7, "expected a key");
    INVALID("{,}", 1, "expected a key");
    INVALID("{a:1}", 1, "expected a key");
    INVALID("{1:1}", 1, "expected a key");
    INVALID("{", 1, "expected a key");
    INVALID("{\"a\"}", 4, "expected ':'");
    INVALID("{\"a\"", 4, "expected ':'");
    INVALID("{\"a\":}", 5, "expected a value");
    INVALID("[1", 2, "expected ',' or the end of a list");
    INVALID("[1 2]", 3, "expected ',' or the end of a list");
    INVALID("[1}", 2, "expected ',' or the end of a list");
    INVALID("{\"a\":1]", 6, "expected ',' or the end of a list");
    INVALID("[\"a\":1]", 4, "expected ',' or the end of a list");
    INVALID("[]]", 2, "text after the value");
    INVALID("1 2", 2, "text after the value");
    INVALID("null\0", 4, "text after the value");
}

TEST(what_is_no_string_is_refused)
{
    INVALID("\"", 1, "a string has no end");
    INVALID("\"abc", 4, "a string has no end");
    INVALID("\"abc\\\"", 6, "a string has no end");
    INVALID("\"\\u1234", 7, "a string has no end");
    INVALID("\"\\", 2, "an unknown escape");
    INVALID("\"\\x41\"", 2, "an unknown escape");
    INVALID("\"\\\0\"", 2, "an unknown escape");
    INVALID("\"\\u\"", 3, "an escape ends too early");
    INVALID("\"\\u12\"", 3, "an escape ends too early");
    INVALID("\"\\u12g4\"", 3, "not a hexadecimal digit");
    INVALID("\"\\u-123\"", 3, "not a hexadecimal digit");
    INVALID("\"\\ud83d\\uzzzz\"", 9, "not a hexadecimal digit");
    INVALID("\"a\nb\"", 3, "a control character in a string");
    INVALID("\"\x1f\"", 2, "a control character in a string");
    INVALID("\"a\0b\"", 3, "a control character in a string");
    INVALID("\"\xff\"", 3, "text is not UTF-8");
    INVALID("\"\\n\xc3\"", 5, "text is not UTF-8");
    INVALID("\"\xed\xa0\x80\"", 5, "text is not UTF-8"); /* a surrogate */
    INVALID("{\"\xc0\x80\":1}", 5, "text is not UTF-8");
}

TEST(every_prefix_of_a_text_is_refused)
{
    const struct str text = STR("{\"k\\u00e9y\":[1,-2.5e+3,true,null,\"\\ud83d\\ude00\",{}]}");
    struct arena a = {0};
    struct json *j;
    for (uint32_t n = 0; n <= text.n; n++) {
        struct error e = ERROR_NONE;
        int rc = parse_tight((struct str){text.p, n}, &a, &j, &e);
        CHECK_EQ_INT(rc, n == text.n ? MVL_OK : MVL_PARAM_INVALID);
    }
    arena_fini(&a);
}

/* depth times open, then inside, then depth times close. */
static struct str nested(struct arena *a, uint32_t depth, struct str open, struct str inside,
                         struct str close)
{
    struct str text;
    struct writer w = {0};
    for (uint32_t i = 0; i < depth; i++)
        writer_str(&w, open);
    writer_str(&w, inside);
    for (uint32_t i = 0; i < depth; i++)
        writer_str(&w, close);
    CHECK_EQ_INT(arena_copy(a, (struct str){(const char *)w.p, (uint32_t)w.n}, &text), MVL_OK);
    writer_fini(&w);
    return text;
}

TEST(depth_costs_no_stack)
{
    enum { DEPTH = 100000 };
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *out;
    uint32_t depth = 0;
    for (const struct json *j = parsed(&a, nested(&a, DEPTH, STR("["), STR(""), STR("]"))); j; j = j->first)
        depth++;
    CHECK_EQ_INT(depth, DEPTH);
    depth = 0;
    for (const struct json *j = parsed(&a, nested(&a, DEPTH, STR("{\"a\":"), STR("7"), STR("}"))); j;
         j = j->first)
        depth += j->kind == JSON_OBJECT;
    CHECK_EQ_INT(depth, DEPTH);
    CHECK_EQ_INT(json_parse(nested(&a, DEPTH, STR("["), STR(""), STR("")), &a, &out, "text", &e),
                 MVL_PARAM_INVALID);
    CHECK_EQ_INT(json_parse(nested(&a, DEPTH, STR("[{\"a\":"), STR("]"), STR("}]")), &a, &out, "text", &e),
                 MVL_PARAM_INVALID);
    arena_fini(&a);
}

TEST(kinds_have_words)
{
    static const char *const words[] = {"null",     "a boolean", "an integer", "a number",
                                        "a string", "an array",  "an object"};
    for (size_t i = 0; i < COUNT(words); i++)
        CHECK_STR(json_kind_name((enum json_kind)i), words[i]);
}

/* A tree, an escaped string and a number that each take blocks of their own. */
static int parse_large(void *context)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    int rc = json_parse(*(struct str *)context, &a, &j, "text", &e);
    CHECK(rc != MVL_OK || (j && j->count == 3));
    CHECK_EQ_INT(e.code, MVL_OK); /* no memory is no word about the text */
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_of_the_parser_may_fail)
{
    struct arena a = {0};
    struct str list = nested(&a, 2000, STR("["), STR("1"), STR("]"));
    struct str string = nested(&a, 1, STR("\"\\n"), nested(&a, 70000, STR("x"), STR(""), STR("")), STR("\""));
    struct str number = nested(&a, 70000, STR("0"), STR("7"), STR(""));
    struct writer w = {0};
    json_open(&w, '[');
    json_put_text(&w, list);
    json_put_text(&w, string);
    json_put_text(&w, STR("0."));
    writer_str(&w, number);
    json_close(&w, ']');
    struct str text = {(const char *)w.p, (uint32_t)w.n};
    CHECK(each_allocation_fails(parse_large, &text) >= 5);
    writer_fini(&w);
    arena_fini(&a);
}

TEST(integers_are_read_from_text_whole_and_exactly)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"007", 7},
                {"-12", -12},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {
        "", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "--1", "9223372036854775808", "-9223372036854775809"};
    struct json number = {.kind = JSON_INT, .integer = 5}, real = {.kind = JSON_REAL, .real = 5};
    int64_t value;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct json text = {.kind = JSON_STRING, .string = str_of(good[i].text)};
        CHECK(json_text_to_integer(text.string, &value) && value == good[i].value);
        CHECK(json_to_integer(&text, &value) && value == good[i].value);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK(!json_text_to_integer(str_of(bad[i]), &value));
    CHECK(json_to_integer(&number, &value) && value == 5);
    CHECK(!json_to_integer(&real, &value));
}
