#include "filter/value_set.h"

#include "schemas.h"

static int has(const struct value_set *s, struct cell c)
{
    return value_set_has(s, &c);
}

TEST(numbers_are_found_by_value)
{
    enum { N = 40 };
    struct arena a = {0};
    struct value_set s;
    char text[N * 8] = "[0.5,7.25";
    for (int i = N; i-- > 0;) /* 117, 114.0, ..., 3, 0.0 */
        snprintf(text + strlen(text), 16, i % 2 ? ",%d" : ",%d.0", 3 * i);
    text[strlen(text)] = ']';
    if (CHECK_EQ_INT(value_set_make(json_of(&a, text), false, &a, &s), MVL_OK)) {
        int n_wrong = 0;
        for (int v = -5; v < 3 * N + 5; v++) {
            int expected = v >= 0 && v < 3 * N && v % 3 == 0;
            n_wrong += value_set_has_integer(&s, v) != expected;
            n_wrong += has(&s, (struct cell){.kind = JSON_INT, .integer = v}) != expected;
            n_wrong += has(&s, (struct cell){.kind = JSON_REAL, .real = v}) != expected;
        }
        CHECK_EQ_INT(n_wrong, 0);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_REAL, .real = 7.25}), 1);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_REAL, .real = 7.5}), 0);
    }
    arena_fini(&a);
}

TEST(integers_are_not_rounded_to_doubles)
{
    struct arena a = {0};
    struct value_set s;
    if (CHECK_EQ_INT(value_set_make(json_of(&a, "[9007199254740993]"), false, &a, &s), MVL_OK)) {
        CHECK(value_set_has_integer(&s, INT64_C(9007199254740993)));
        CHECK(!value_set_has_integer(&s, INT64_C(9007199254740992)));
    }
    arena_fini(&a);
}

TEST(of_floats_members_are_rounded)
{
    struct arena a = {0};
    struct value_set s;
    struct cell rounded = {.kind = JSON_REAL, .real = (double)0.1f}, exact = {.kind = JSON_REAL, .real = 0.1};
    if (CHECK_EQ_INT(value_set_make(json_of(&a, "[0.1, 16777217]"), true, &a, &s), MVL_OK)) {
        CHECK_EQ_INT(value_set_has(&s, &rounded), 1);
        CHECK_EQ_INT(value_set_has(&s, &exact), 0);
        CHECK(value_set_has_integer(&s, 16777216));
        CHECK(!value_set_has_integer(&s, 16777217));
    }
    CHECK(as_float(0.1) == (double)0.1f);
    CHECK(as_float(1e300) == 1e300);
    arena_fini(&a);
}

TEST(few_and_many_texts_are_found)
{
    struct arena a = {0};
    struct value_set s;
    for (int n = 1; n <= 30; n += 29) {
        char text[400] = "";
        int n_wrong = 0;
        for (int i = 0; i < n; i++)
            snprintf(text + strlen(text), 16, "%c't%d'", i ? ',' : '[', i * 7 % 30);
        text[strlen(text)] = ']';
        if (!CHECK_EQ_INT(value_set_make(json_of(&a, text), false, &a, &s), MVL_OK))
            break;
        for (int i = 0; i < 40; i++) {
            char name[16];
            snprintf(name, sizeof name, "t%d", i);
            n_wrong += value_set_has_text(&s, str_of(name)) != (i < n);
        }
        CHECK_EQ_INT(n_wrong, 0);
        CHECK(!value_set_has_text(&s, STR("")));
    }
    arena_fini(&a);
}

TEST(null_and_values_of_another_type_are_unknown)
{
    static const struct {
        const char *list;
        int null, yes, one, text, array;
    } cases[] = {
        {"[]", -1, 0, 0, 0, 0},        {"[1]", -1, -1, 1, -1, -1},     {"['x']", -1, -1, -1, 1, -1},
        {"[true]", -1, 1, -1, -1, -1}, {"[false]", -1, 0, -1, -1, -1}, {"[1,'x',true]", -1, 1, 1, 1, -1},
    };
    struct arena a = {0};
    struct value_set s;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!CHECK_EQ_INT(value_set_make(json_of(&a, cases[i].list), false, &a, &s), MVL_OK))
            break;
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_NULL}), cases[i].null);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_BOOL, .integer = 1}), cases[i].yes);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_INT, .integer = 1}), cases[i].one);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_STRING, .text = STR("x")}), cases[i].text);
        CHECK_EQ_INT(has(&s, (struct cell){.kind = JSON_ARRAY, .text = STR("[1]")}), cases[i].array);
    }
    arena_fini(&a);
}
