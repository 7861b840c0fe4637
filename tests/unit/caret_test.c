#include "filter/caret.h"

#include <stdlib.h>

#include "errors.h"
#include "random.h"
#include "unit.h"

static const char short_filter[] = "\xc3\xa9t\xc3\xa9 == 1 and b < 2";

static uint32_t characters(const char *p, uint32_t n)
{
    uint32_t sum = 0;
    while (n-- > 0)
        sum += ((unsigned char)*p++ & 0xc0) != 0x80;
    return sum;
}

TEST(carets_stand_under_any_place_of_a_short_filter)
{
    uint32_t length = sizeof short_filter - 1;
    for (uint32_t at = 0; at < length; at++)
        for (uint32_t n = 1; at + n <= length; n++) {
            if ((short_filter[at] & 0xc0) == 0x80 || (short_filter[at + n] & 0xc0) == 0x80)
                continue; /* places are whole characters */
            struct error e = ERROR_NONE;
            char expected[256];
            int column = (int)characters(short_filter, at), carets = (int)characters(short_filter + at, n);
            snprintf(expected, sizeof expected, "filter: no 7 at column %d\n  %s\n  %*s%.*s", column + 1,
                     short_filter, column, "", carets, "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^");
            int rc = filter_fail(str_of(short_filter), (struct span){at, n}, &e, STR_NONE, "no %d", 7);
            CHECK_ERROR(rc, e, MVL_PARAM_INVALID, expected, "", -1);
            CHECK_EQ_INT(e.at, at);
        }
}

TEST(only_the_line_is_shown_and_the_hint_below)
{
    struct error e = ERROR_NONE;
    int rc = filter_fail(STR("a == 1 and\nb = 2\nor c"), (struct span){13, 1}, &e, STR("use '=='"), "wrong");
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "filter: wrong at column 14\n  b = 2\n    ^\nuse '=='", "", -1);
}

TEST(a_place_at_or_behind_the_end_is_the_end)
{
    char *exact = malloc(3); /* nothing may be read behind it */
    if (!CHECK(exact != NULL))
        return;
    memcpy(exact, "a =", 3);
    for (uint32_t at = 3; at < 6; at++) {
        struct error e = ERROR_NONE;
        int rc = filter_fail((struct str){exact, 3}, (struct span){at, 0}, &e, STR_NONE, "ended");
        CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "filter: ended at column 4\n  a =\n     ^", "", -1);
        CHECK_EQ_INT(e.at, 3);
    }
    free(exact);
}

static uint32_t distance_slowly(const char *a, const char *b)
{
    if (!*a || !*b)
        return (uint32_t)(strlen(a) + strlen(b));
    uint32_t change = distance_slowly(a + 1, b + 1) + ((*a | 0x20) != (*b | 0x20));
    uint32_t drop = distance_slowly(a + 1, b) + 1, insert = distance_slowly(a, b + 1) + 1;
    uint32_t least = change < drop ? change : drop;
    return least < insert ? least : insert;
}

TEST(distances_of_names_are_those_of_trying_every_way)
{
    struct random r = random_from(4);
    for (int i = 0; i < 3000; i++) {
        char names[2][8] = {"", ""};
        for (int k = 0; k < 2; k++)
            for (uint32_t n = random_below(&r, 7), j = 0; j < n; j++)
                names[k][j] = "abcABC"[random_below(&r, 6)];
        uint32_t expected = distance_slowly(names[0], names[1]);
        for (uint32_t most = 0; most < 4; most++)
            CHECK_EQ_INT(name_distance(str_of(names[0]), str_of(names[1]), most),
                         expected <= most ? expected : most + 1);
    }
}
