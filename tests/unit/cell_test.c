#include "filter/cell.h"

#include "filter/lex.h"
#include "unit.h"

static struct cell integer(int64_t v)
{
    return (struct cell){.kind = JSON_INT, .integer = v};
}

static struct cell real(double v)
{
    return (struct cell){.kind = JSON_REAL, .real = v};
}

/* Numbers from small to large; the same rank is the same number. */
static const struct {
    int rank;
    struct cell cell;
} ladder[] = {
    {0, {.kind = JSON_REAL, .real = -1e300}},
    {1, {.kind = JSON_INT, .integer = INT64_MIN}},
    {1, {.kind = JSON_REAL, .real = -0x1p63}},
    {2, {.kind = JSON_INT, .integer = INT64_MIN + 1}},
    {3, {.kind = JSON_REAL, .real = -0.5}},
    {4, {.kind = JSON_INT, .integer = 0}},
    {4, {.kind = JSON_REAL, .real = -0.0}},
    {5, {.kind = JSON_REAL, .real = 0x1p-1074}},
    {6, {.kind = JSON_INT, .integer = 1}},
    {7, {.kind = JSON_REAL, .real = 0x1p53}},
    {7, {.kind = JSON_INT, .integer = INT64_C(1) << 53}},
    {8, {.kind = JSON_INT, .integer = (INT64_C(1) << 53) + 1}},
    {9, {.kind = JSON_REAL, .real = 0x1p53 + 2}},
    {10, {.kind = JSON_INT, .integer = INT64_MAX}},
    {11, {.kind = JSON_REAL, .real = 0x1p63}},
    {12, {.kind = JSON_REAL, .real = 1e300}},
};

TEST(numbers_compare_without_rounding)
{
    for (size_t i = 0; i < COUNT(ladder); i++)
        for (size_t k = 0; k < COUNT(ladder); k++) {
            int a = ladder[i].rank, b = ladder[k].rank;
            CHECK_EQ_INT(cell_compare(&ladder[i].cell, &ladder[k].cell), a < b   ? LESS
                                                                         : a > b ? GREATER
                                                                                 : EQUAL);
        }
}

TEST(values_of_different_types_do_not_compare)
{
    struct cell cells[] = {
        {.kind = JSON_NULL},
        {.kind = JSON_BOOL, .integer = 1},
        integer(1),
        {.kind = JSON_STRING, .text = STR("1")},
        {.kind = JSON_ARRAY, .text = STR("[1]")},
    };
    for (size_t i = 0; i < COUNT(cells); i++)
        for (size_t k = 0; k < COUNT(cells); k++)
            if (i != k)
                CHECK_EQ_INT(cell_compare(&cells[i], &cells[k]), 0);
    CHECK_EQ_INT(cell_compare(&cells[0], &cells[0]), 0);
    CHECK_EQ_INT(cell_compare(&cells[4], &cells[4]), 0);
    struct cell nan = real((double)NAN), one = integer(1);
    CHECK_EQ_INT(cell_compare(&nan, &one), 0);
}

TEST(small_integers_compute_as_c_does)
{
    for (int64_t a = -9; a <= 9; a++)
        for (int64_t b = -9; b <= 9; b++) {
            struct cell x = integer(a), y = integer(b);
            CHECK_EQ_INT(cell_compute('+', &x, &y).integer, a + b);
            CHECK_EQ_INT(cell_compute('-', &x, &y).integer, a - b);
            CHECK_EQ_INT(cell_compute('*', &x, &y).integer, a * b);
            struct cell quotient = cell_compute('/', &x, &y), rest = cell_compute('%', &x, &y);
            CHECK_EQ_INT(quotient.kind, b ? JSON_REAL : JSON_NULL);
            CHECK_EQ_INT(rest.kind, b ? JSON_INT : JSON_NULL);
            if (b) {
                CHECK(quotient.real == (double)a / (double)b);
                CHECK_EQ_INT(rest.integer, a % b);
            }
            int64_t power = 1;
            for (int64_t i = 0; i < b; i++)
                power *= a;
            if (b >= 0)
                CHECK_EQ_INT(cell_compute('^', &x, &y).integer, power);
        }
}

TEST(what_does_not_fit_has_no_value)
{
    struct cell max = integer(INT64_MAX), min = integer(INT64_MIN), one = integer(1), minus = integer(-1);
    struct cell two = integer(2), n63 = integer(63), n62 = integer(62), huge = real(1e300), zero = real(0);
    struct cell text = {.kind = JSON_STRING, .text = STR("1")};
    CHECK_EQ_INT(cell_compute('+', &max, &one).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('-', &min, &one).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('*', &min, &minus).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('^', &two, &n63).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('^', &two, &n62).integer, INT64_C(1) << 62);
    CHECK_EQ_INT(cell_compute('%', &min, &minus).integer, 0);
    CHECK_EQ_INT(cell_compute('*', &huge, &huge).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('/', &huge, &zero).kind, JSON_NULL);
    CHECK_EQ_INT(cell_compute('+', &text, &one).kind, JSON_NULL);
}

TEST(json_is_equal_by_value_and_in_depth)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"{\"a\":1,\"b\":[1,{\"c\":null}]}", "{\"b\":[1.0,{\"c\":null}],\"a\":1}", true},
        {"[1,2]", "[2,1]", false},
        {"[[],[1]]", "[[1],[]]", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"[1]", "[1,1]", false},
        {"9007199254740993", "9007199254740992.0", false},
        {"null", "null", true},
        {"[]", "{}", false},
        {"\"\\u0041\"", "\"A\"", true},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error e = ERROR_NONE;
        struct json *a, *b;
        if (!CHECK_EQ_INT(json_parse(str_of(cases[i].a), &arena, &a, "a", &e), MVL_OK) ||
            !CHECK_EQ_INT(json_parse(str_of(cases[i].b), &arena, &b, "b", &e), MVL_OK))
            continue;
        if (!CHECK(json_equal(a, b) == cases[i].equal) || !CHECK(json_equal(b, a) == cases[i].equal))
            printf("# %s and %s\n", cases[i].a, cases[i].b);
    }
    arena_fini(&arena);
}
