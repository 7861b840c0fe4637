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
    return sort_key_compare_any(&a, &b);
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

static void check_pair(const struct scalars *s, uint32_t a, uint32_t b, int expected)
{
    struct sort_key x = sort_key_of(s, a, 0), y = sort_key_of(s, b, 0);
    struct cell c = scalars_cell(s, a), d = scalars_cell(s, b);
    CHECK_EQ_INT(compare(c, d), expected);
    CHECK(x.rank == sort_key_rank(c.kind) && y.rank == sort_key_rank(d.kind));
    if (x.rank != y.rank)
        return;
    CHECK(expected < 0 ? x.key <= y.key : expected > 0 ? x.key >= y.key : x.key == y.key);
    if (x.key == y.key && sort_key_decides(x, SCALAR_MIXED))
        CHECK_EQ_INT(expected, 0);
}

TEST(values_of_all_types_have_one_order_and_keys_have_the_same)
{
    struct arena a = {0};
    const char *texts[3 * LINES];
    for (uint32_t i = 0; i < 3 * LINES; i++)
        texts[i] = ascending[i / 3][ascending[i / 3][i % 3] ? i % 3 : 0];
    struct scalars *s = mixed_of(texts, COUNT(texts), &a);
    for (uint32_t i = 0; i < 3 * LINES; i++)
        for (uint32_t k = 0; k < 3 * LINES; k++)
            check_pair(s, i, k, i / 3 < k / 3 ? -1 : i / 3 > k / 3);
    scalars_destroy(s);
    arena_fini(&a);
}

TEST(nulls_have_a_rank_and_are_equal)
{
    static const char *const texts[] = {"null", "{}", "null"};
    struct arena a = {0};
    struct scalars *s = mixed_of(texts, COUNT(texts), &a);
    check_pair(s, 0, 1, 1);
    check_pair(s, 0, 2, 0);
    check_pair(s, 0, UINT32_MAX, 0); /* a row that is not there */
    scalars_destroy(s);
    arena_fini(&a);
}

static struct scalars *typed_of(enum scalar_kind kind, const struct column *column, uint32_t n)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, kind), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, n), MVL_OK);
    for (uint32_t i = 0; i < n; i++)
        CHECK_EQ_INT(scalars_set_column(s, i, column, i), MVL_OK);
    return s;
}

TEST(numbers_of_a_column_are_told_exactly_by_their_keys)
{
    static const int64_t integers[] = {INT64_MIN, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    static const double reals[] = {-1e300, -0x1p-1074, -0.0, 0x1p-1074, 1, 1e300};
    const struct column columns[] = {{.kind = KIND_I64, .data = integers}, {.kind = KIND_F64, .data = reals}};
    for (int kind = SCALAR_INT; kind <= SCALAR_REAL; kind++) {
        struct scalars *s = typed_of((enum scalar_kind)kind, &columns[kind], COUNT(integers));
        for (uint32_t i = 0; i < COUNT(integers); i++) {
            struct sort_key k = sort_key_of(s, i, 0);
            CHECK(k.rank == SORT_NUMBER && sort_key_decides(k, (enum scalar_kind)kind));
            CHECK(i == 0 || sort_key_of(s, i - 1, 0).key < k.key);
        }
        scalars_destroy(s);
    }
    struct scalars *zeros = typed_of(SCALAR_REAL, &(struct column){.kind = KIND_F64, .data = &reals[2]}, 1);
    CHECK(sort_key_of(zeros, 0, 0).key == UINT64_C(1) << 63); /* as that of 0 */
    scalars_destroy(zeros);
}

TEST(keys_of_texts_begin_behind_what_all_begin_with)
{
    static const char *const texts[] = {"'product-1'", "null", "'product-22'", "3", "'product-'"};
    struct arena a = {0};
    struct scalars *s = mixed_of(texts, COUNT(texts), &a);
    CHECK_EQ_INT(sort_key_shared(s, COUNT(texts)), 8);
    CHECK_EQ_INT(sort_key_shared(s, 2), 9);
    CHECK_EQ_INT(sort_key_shared(s, 0), 0);
    CHECK(sort_key_of(s, 0, 8).key < sort_key_of(s, 2, 8).key);
    CHECK(sort_key_of(s, 4, 8).key < sort_key_of(s, 0, 8).key);
    CHECK(sort_key_decides(sort_key_of(s, 2, 8), SCALAR_MIXED));
    CHECK(!sort_key_decides(sort_key_of(s, 2, 0), SCALAR_MIXED));
    scalars_destroy(s);
    arena_fini(&a);
}
