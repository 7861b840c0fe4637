#include "filter/sort_key.h"

#include "schemas.h"

/* In their order; those of a line are equal. Mixed, so that numbers are of both kinds. */
static const char *const ascending[][3] = {
    {"''"},
    {"'\\u0000'"},
    {"'A'"},
    {"'a'", "'a'"},
    {"'a\\u0000'"},
    {"'aaaaaaa'"},
    {"'aaaaaaaa'"},
    {"'aaaaaaab'"},
    {"'b'"},
    {"'\xc3\xa9'"},         /* bytes, which is code points */
    {"'\xef\xbf\xbd'"},     /* U+FFFD: JavaScript has it behind ... */
    {"'\xf0\x9f\x94\x8e'"}, /* ... U+1F50E */
    {"-1e300"},
    {"-9223372036854775808"},
    {"-9007199254740993"},
    {"-9007199254740992", "-9007199254740992.0"},
    {"-1.5"},
    {"-0.0", "0", "0.0"},
    {"5e-324"},
    {"1", "1.0"},
    {"9007199254740992", "9007199254740992.0"},
    {"9007199254740993"},
    {"9223372036854775807"},
    {"9223372036854775808.0"},
    {"1e300"},
    {"['a']"},
    {"[1,2]"},
    {"[1]"},
    {"false"},
    {"true", "true"},
    {"{'a':1}"},
    {"{}"},
};

enum { LINES = COUNT(ascending) };

static int compare(struct cell a, struct cell b)
{
    enum sort_rank x = sort_key_rank(a.kind), y = sort_key_rank(b.kind);
    return x == y ? sort_key_compare(&a, &b) : x < y ? -1 : 1;
}

static struct scalars *mixed_of(const char *const texts[], uint32_t n, struct arena *a)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, SCALAR_MIXED), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, n), MVL_OK);
    for (uint32_t i = 0; i < n; i++)
        CHECK_EQ_INT(scalars_set_json(s, i, json_of(a, texts[i])), MVL_OK);
    return s;
}

static void check_pair(struct cell a, struct cell b, int expected)
{
    enum sort_rank rank = sort_key_rank(a.kind);
    uint64_t x = sort_key_of(&a, SCALAR_MIXED, 0), y = sort_key_of(&b, SCALAR_MIXED, 0);
    CHECK_EQ_INT(compare(a, b), expected);
    if (rank != sort_key_rank(b.kind))
        return;
    CHECK(expected < 0 ? x <= y : expected > 0 ? x >= y : x == y);
    if (x == y && sort_key_decides(x, rank, SCALAR_MIXED))
        CHECK_EQ_INT(expected, 0);
}

TEST(values_of_all_types_have_one_order_and_keys_have_the_same)
{
    struct arena a = {0};
    struct cell cells[LINES][3];
    for (uint32_t i = 0; i < LINES; i++)
        for (uint32_t k = 0; k < 3; k++) {
            struct scalars *s = mixed_of(&ascending[i][ascending[i][k] ? k : 0], 1, &a);
            cells[i][k] = scalars_cell(s, 0);
            CHECK_EQ_INT(arena_copy(&a, cells[i][k].text, &cells[i][k].text), MVL_OK);
            scalars_destroy(s);
        }
    for (uint32_t i = 0; i < LINES; i++)
        for (uint32_t j = 0; j < LINES; j++)
            for (uint32_t k = 0; k < 9; k++)
                check_pair(cells[i][k / 3], cells[j][k % 3], i < j ? -1 : i > j);
    arena_fini(&a);
}

TEST(nulls_have_a_rank_and_are_equal)
{
    const struct cell null = {.kind = JSON_NULL}, object = {.kind = JSON_OBJECT, .text = STR("{}")};
    CHECK_EQ_INT(compare(null, null), 0);
    CHECK_EQ_INT(compare(object, null), -1);
    CHECK(sort_key_decides(sort_key_of(&null, SCALAR_INT, 0), SORT_NULL, SCALAR_INT));
}

TEST(integers_of_a_column_are_told_exactly_by_their_keys)
{
    const struct cell most = {.kind = JSON_INT, .integer = INT64_MAX},
                      next = {.kind = JSON_INT, .integer = INT64_MAX - 1},
                      least = {.kind = JSON_INT, .integer = INT64_MIN};
    uint64_t key = sort_key_of(&most, SCALAR_INT, 0);
    CHECK(key > sort_key_of(&next, SCALAR_INT, 0) && sort_key_of(&least, SCALAR_INT, 0) == 0);
    CHECK(sort_key_decides(key, SORT_NUMBER, SCALAR_INT));
    CHECK(!sort_key_decides(sort_key_of(&most, SCALAR_MIXED, 0), SORT_NUMBER, SCALAR_MIXED));
}

TEST(keys_of_texts_begin_behind_what_all_begin_with)
{
    static const char *const texts[] = {"'product-1'", "null", "'product-22'", "3", "'product-'"};
    struct arena a = {0};
    struct scalars *s = mixed_of(texts, COUNT(texts), &a);
    CHECK_EQ_INT(sort_key_shared(s, COUNT(texts)), 8);
    CHECK_EQ_INT(sort_key_shared(s, 2), 9);
    CHECK_EQ_INT(sort_key_shared(s, 0), 0);
    struct cell first = scalars_cell(s, 0), second = scalars_cell(s, 2);
    CHECK(sort_key_of(&first, SCALAR_MIXED, 8) < sort_key_of(&second, SCALAR_MIXED, 8));
    CHECK(sort_key_decides(sort_key_of(&second, SCALAR_MIXED, 8), SORT_TEXT, SCALAR_MIXED));
    CHECK(!sort_key_decides(sort_key_of(&second, SCALAR_MIXED, 0), SORT_TEXT, SCALAR_MIXED));
    scalars_destroy(s);
    arena_fini(&a);
}
