#include "api/params.h"

#include "schemas.h"

struct target {
    bool flag;
    int64_t small, any;
    struct param_real real;
    struct str text;
    struct param_strs list;
    const struct json *object, *value;
};

static const struct param table[] = {
    {PARAM(BOOL, target, flag)},
    {PARAM(INT, target, small), .min = -5, .max = 10},
    {PARAM(INT, target, any), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(REAL, target, real)},
    {PARAM(STR, target, text), .required = true},
    {PARAM(STRS, target, list)},
    {PARAM(OBJECT, target, object)},
    {PARAM(ANY, target, value)},
    {.name = "old", PARAM_IGNORED},
};

static int read(struct arena *a, const char *text, struct target *out, struct error *e)
{
    *out = (struct target){.flag = true, .small = 7, .any = 8, .text = STR("default")};
    *e = ERROR_NONE;
    return params_read(json_of(a, text), table, COUNT(table), out, a, e);
}

static void check_refused(const char *text, enum mvl_error code, const char *reason)
{
    struct arena a = {0};
    struct target t;
    struct error e;
    CHECK_EQ_INT(read(&a, text, &t, &e), code);
    CHECK_STR(e.reason, reason);
    arena_fini(&a);
}

TEST(every_kind_is_read)
{
    struct arena a = {0};
    struct target t;
    struct error e;
    CHECK_EQ_INT(
        read(&a,
             "{'flag':false,'small':-5,'any':-9223372036854775808,'real':1.25,'text':'t','list':['a','b'],"
             "'object':{'x':1},'value':[2],'old':{}}",
             &t, &e),
        MVL_OK);
    CHECK(!t.flag && t.small == -5 && t.any == INT64_MIN);
    CHECK(t.real.given && t.real.value == 1.25);
    CHECK(str_eq(t.text, STR("t")));
    CHECK(t.list.n == 2 && str_eq(t.list.p[1], STR("b")));
    CHECK(t.object && t.object->count == 1);
    CHECK(t.value && t.value->kind == JSON_ARRAY);
    arena_fini(&a);
}

TEST(what_is_not_given_or_null_keeps_its_default)
{
    static const char *const texts[] = {
        "{'text':'t'}",
        "{'text':'t','flag':null,'small':null,'any':null,'real':null,'list':null,'object':null}"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct arena a = {0};
        struct target t;
        struct error e;
        CHECK_EQ_INT(read(&a, texts[i], &t, &e), MVL_OK);
        CHECK(t.flag && t.small == 7 && t.any == 8 && !t.real.given && t.list.n == 0 && !t.object &&
              !t.value);
        arena_fini(&a);
    }
}

TEST(one_string_is_a_list_of_one_and_an_integer_is_a_number)
{
    struct arena a = {0};
    struct target t;
    struct error e;
    CHECK_EQ_INT(read(&a, "{'text':'t','list':'only','real':3}", &t, &e), MVL_OK);
    CHECK(t.list.n == 1 && str_eq(t.list.p[0], STR("only")));
    CHECK(t.real.given && t.real.value == 3);
    CHECK_EQ_INT(read(&a, "{'text':'t','list':[]}", &t, &e), MVL_OK);
    CHECK_EQ_INT(t.list.n, 0);
    arena_fini(&a);
}

TEST(a_wrong_kind_is_named_with_its_rule)
{
    check_refused("{'text':1}", MVL_PARAM_INVALID, "text must be a string, got 1");
    check_refused("{'text':'t','flag':1}", MVL_PARAM_INVALID, "flag must be a boolean, got 1");
    check_refused("{'text':'t','any':1.5}", MVL_PARAM_INVALID, "any must be an integer, got 1.5");
    check_refused("{'text':'t','real':'1'}", MVL_PARAM_INVALID, "real must be a number, got \"1\"");
    check_refused("{'text':'t','list':{}}", MVL_PARAM_INVALID,
                  "list must be a list of strings, got an object");
    check_refused("{'text':'t','list':['a',2]}", MVL_PARAM_INVALID, "list must be a list of strings, got 2");
    check_refused("{'text':'t','object':[]}", MVL_PARAM_INVALID, "object must be an object, got an array");
}

TEST(a_long_value_is_named_by_its_kind)
{
    check_refused("{'text':'t','flag':'0123456789012345678901234567890123456789'}", MVL_PARAM_INVALID,
                  "flag must be a boolean, got a string");
}

TEST(integers_stay_in_their_range)
{
    static const int64_t inside[] = {-5, 0, 10}, outside[] = {-6, 11, INT64_MAX, INT64_MIN};
    struct arena a = {0};
    struct target t;
    struct error e;
    char text[80], reason[80];
    for (size_t i = 0; i < COUNT(inside); i++) {
        snprintf(text, sizeof text, "{'text':'','small':%lld}", (long long)inside[i]);
        CHECK_EQ_INT(read(&a, text, &t, &e), MVL_OK);
        CHECK_EQ_INT(t.small, inside[i]);
    }
    for (size_t i = 0; i < COUNT(outside); i++) {
        snprintf(text, sizeof text, "{'text':'','small':%lld}", (long long)outside[i]);
        snprintf(reason, sizeof reason, "small must be an integer, -5..10, got %lld", (long long)outside[i]);
        check_refused(text, MVL_PARAM_INVALID, reason);
    }
    check_refused("{'text':'','any':9223372036854775808}", MVL_PARAM_INVALID,
                  "any must be an integer, got 9223372036854775808");
    arena_fini(&a);
}

TEST(a_required_parameter_must_be_there)
{
    check_refused("{}", MVL_PARAM_MISSING, "missing required argument: [text]");
    check_refused("{'text':null}", MVL_PARAM_MISSING, "missing required argument: [text]");
}

TEST(an_unknown_parameter_is_refused_and_common_ones_are_not)
{
    struct arena a = {0};
    struct target t;
    struct error e;
    check_refused("{'text':'t','limt':3}", MVL_PARAM_INVALID, "unknown parameter 'limt'");
    CHECK_EQ_INT(
        read(&a, "{'text':'t','timeout':3,'consistency_level':'Strong','db_name':'default','old':1}", &t, &e),
        MVL_OK);
    arena_fini(&a);
}

TEST(the_last_of_twins_counts)
{
    struct arena a = {0};
    struct target t;
    struct error e;
    CHECK_EQ_INT(read(&a, "{'text':'a','text':'b'}", &t, &e), MVL_OK);
    CHECK(str_eq(t.text, STR("b")));
    arena_fini(&a);
}
