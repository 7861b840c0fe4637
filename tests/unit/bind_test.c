/* What filters mean for a schema: src/filter/bind.c. */
#include "base/mem.h"
#include "filter/ast.h"
#include "filter/filter.h"
#include "filter/parse.h"
#include "schemas.h"

/* Rows of numbers n, of FLOATs f, of booleans b, of dynamic fields d. */
#define SCHEMA                                                                                               \
    "{'enable_dynamic_field':true,'fields':[{'name':'n','type':5,'is_primary':true},"                        \
    "{'name':'f','type':10,'nullable':true},{'name':'b','type':1,'nullable':true},"                          \
    "{'name':'t','type':21,'max_length':9},{'name':'v','type':101,'dim':2}]}"

enum { N = 6, FIELD_N = 0, FIELD_F, FIELD_B };

static const int64_t n_rows[N] = {0, 1, 2, 3, 4, 5};
static const double f_rows[N] = {0, (double)0.1f, 0.5, 0, -1, 16777216};
static const int64_t b_rows[N] = {1, 0, 0, 1, 0, 1};
static const bool has_f[N] = {true, true, true, false, true, true};
static const bool has_b[N] = {true, true, false, true, true, false};
static const char *const d_rows[N] = {"true", "false", "null", "7", "'x'", "[1]"};

static struct arena arena;

static struct scalars *column(const struct filter_column *c)
{
    const struct column numbers = {.kind = KIND_I64, .data = n_rows},
                        truths = {.kind = KIND_I64, .data = b_rows},
                        floats = {.kind = KIND_F64, .data = f_rows};
    struct scalars *s = NULL;
    if (!CHECK_EQ_INT(scalars_create(&s, c->kind), MVL_OK) || !CHECK_EQ_INT(scalars_extend(s, N), MVL_OK))
        return s;
    for (uint32_t i = 0; i < N; i++) {
        int rc = MVL_OK;
        if (c->field == FIELD_N)
            rc = scalars_set_column(s, i, &numbers, i);
        else if (c->field == FIELD_F && has_f[i])
            rc = scalars_set_column(s, i, &floats, i);
        else if (c->field == FIELD_B && has_b[i])
            rc = scalars_set_column(s, i, &truths, i);
        else if (c->field == FILTER_META)
            rc = scalars_set_json(s, i, json_of(&arena, d_rows[i]));
        CHECK_EQ_INT(rc, MVL_OK);
    }
    return s;
}

/* The rows that a filter is true of, a bit each. */
static uint64_t found(const char *text, const char *params)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct scalars *columns[4] = {NULL};
    uint64_t word = 0;
    struct bitmap out = {.words = &word, .n = N, .n_words = 1};
    uint32_t n;
    if (!CHECK_EQ_INT(filter_compile(str_of(text), schema_of(&arena, SCHEMA),
                                     params ? json_of(&arena, params) : NULL, &arena, &f, &e),
                      MVL_OK)) {
        printf("# %s\n", e.reason);
        return 0;
    }
    const struct filter_column *c = filter_columns(f, &n);
    for (uint32_t i = 0; i < n; i++)
        columns[i] = column(&c[i]);
    CHECK_EQ_INT(filter_run(f, (const struct scalars *const *)columns, 0, N, 0, &out), MVL_OK);
    for (uint32_t i = 0; i < n; i++)
        scalars_destroy(columns[i]);
    return word;
}

/* Of each row: 1 true, 0 false, ? unknown. */
static void check_filter(const char *text, const char *params, const char *expected)
{
    char turned[200], got[N + 1] = "";
    snprintf(turned, sizeof turned, "not (%s)", text);
    uint64_t yes = found(text, params), no = found(turned, params);
    CHECK(!(yes & no));
    for (uint32_t i = 0; i < N; i++)
        got[i] = yes >> i & 1 ? '1' : no >> i & 1 ? '0' : '?';
    if (!CHECK_STR(got, expected))
        printf("# %s\n", text);
    arena_fini(&arena);
}

static void check_refused(const char *text, const char *params, const char *part)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    CHECK_EQ_INT(filter_compile(str_of(text), schema_of(&arena, SCHEMA),
                                params ? json_of(&arena, params) : NULL, &arena, &f, &e),
                 MVL_PARAM_INVALID);
    if (!CHECK(strstr(e.reason, part) != NULL))
        printf("# %s\n", e.reason);
    arena_fini(&arena);
}

TEST(truths_are_compared_and_listed)
{
    check_filter("b", NULL, "10?10?");
    check_filter("b == true", NULL, "10?10?");
    check_filter("b != true", NULL, "01?01?");
    check_filter("b in [false]", NULL, "01?01?");
    check_filter("b in [true, false]", NULL, "11?11?");
    check_filter("b in []", NULL, "00?00?");
    check_filter("b == (n < 2)", NULL, "10?01?");
    check_filter("b is null", NULL, "001001");
}

TEST(dynamic_fields_are_true_or_false_when_they_are_booleans)
{
    check_filter("d", NULL, "10????");
    check_filter("d == 7", NULL, "???1??");
    check_filter("d in [7, 'x']", NULL, "???11?");
    check_filter("exists d", NULL, "110111");
    check_filter("array_length(d) == 1", NULL, "?????1");
    check_filter("array_contains(d, 2)", NULL, "?????0");
    check_filter("d == [1]", NULL, "?????1");
    check_filter("[1, 2] != d", NULL, "?????1");
}

TEST(constants_are_rounded_as_floats_are)
{
    check_filter("f == 0.1", NULL, "010?00");
    check_filter("0.1 >= f", NULL, "110?10");
    check_filter("f in [0.1, 16777217]", NULL, "010?01");
    check_filter("f == 16777217", NULL, "000?01");
    check_filter("1 < n", NULL, "001111");
    check_filter("2 * 3 - 5 == n", NULL, "010000");
    check_filter("-n < -3", NULL, "000011");
    check_filter("1 < 2", NULL, "111111");
    check_filter("8 in [7, 8.0]", NULL, "111111");
    check_filter("2 * 4 not in [8]", NULL, "000000");
    check_filter("8 in []", NULL, "000000");
}

TEST(templates_stand_for_values)
{
    check_filter("n > {low} and n in {some}", "{'low':1,'some':[1,2,5]}", "001001");
    check_refused("n > {low}", "{'high':1}", "filter_params has no 'low'");
    check_refused("n > {low}", NULL, "filter_params has no 'low'");
    check_refused("n > {low}", "{'low':null}", "must be a value or a list, got null");
}

TEST(what_cannot_be_is_refused)
{
    check_refused("n", NULL, "the filter must be a condition, got int");
    check_refused("n > 1 and t", NULL, "each side of 'and' must be a condition, got string");
    check_refused("n == 'a'", NULL, "left side is int (field 'n'), right side is string");
    check_refused("n in ['a']", NULL, "the list behind 'in' must hold values of type int, got a string");
    check_refused("n like 'a%'", NULL, "'like' needs a string on its left side, got int");
    check_refused("n + t == 1", NULL, "arithmetic '+' between incompatible types");
    check_refused("1 / 0 == n", NULL, "this has no value");
    check_refused("exists n", NULL, "'exists' needs a path");
    check_refused("d < [1]", NULL, "left side is a JSON value (field 'd'), right side is a list");
    check_refused("n == [1]", NULL, "incompatible types");
    check_refused("[1] == [1]", NULL, "incompatible types");
    check_refused("random_sample(1)", NULL, "must be above 0 and below 1");
    check_refused("random_sample({p})", "{'p':-0.5}", "must be above 0 and below 1");
    check_refused("random_sample({p})", "{'p':[1]}", "needs a number, got a list");
}

/* Compiles one that needs every kind of memory: columns, paths, steps, sets, constants, texts with escapes; with so many
 * bytes of the arena's first block in use. The nth allocation fails. */
static int compile_at(const struct schema *schema, size_t used, uint64_t nth)
{
    static const char text[] =
        "(n in [1, 2, 3] or -n * 2 + f < 1 + 1) and t like 'a\\n%' and d[\"k\"][0] == [1, [2]] and "
        "exists $meta[\"x\"] and array_length(d) > 1 and b in [true, false] and not (1 < n < 5) and n == "
        "0x1.8p1 "
        "and -n > -9223372036854775808";
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct filter *f;
    if (!CHECK(arena_alloc(&a, used) != NULL))
        return MVL_OK;
    mem_fail_nth(nth);
    int rc = filter_compile(STR(text), schema, NULL, &a, &f, &e);
    bool has_failed = mem_fail_nth(0) >= nth;
    if (!CHECK_EQ_INT(rc, has_failed ? MVL_NOMEM : MVL_OK))
        printf("# allocation %d behind %zu bytes: %s\n", (int)nth, used, e.reason);
    arena_fini(&a);
    return rc;
}

/* What is allocated first when the block is full, is each of the allocations in turn. */
TEST(compiling_survives_every_allocation_that_fails)
{
    enum { BLOCK_BYTES = 64 * 1024, STEP = 32 };
    const struct schema *schema = schema_of(&arena, SCHEMA);
    uint32_t n_failed = 0;
    for (size_t used = STEP; used <= BLOCK_BYTES; used += STEP)
        for (uint64_t nth = 1; compile_at(schema, used, nth) == MVL_NOMEM; nth++)
            n_failed++;
    CHECK(n_failed > BLOCK_BYTES / STEP);
    arena_fini(&arena);
}

/* The text n times, between two others. */
static int compile_repeated(const char *before, const char *text, uint32_t n, const char *after,
                            struct error *e)
{
    struct writer w = {0};
    struct filter *f;
    writer_str(&w, str_of(before));
    for (uint32_t i = 0; i < n; i++)
        writer_str(&w, str_of(text));
    writer_str(&w, str_of(after));
    *e = ERROR_NONE;
    int rc = filter_compile((struct str){(const char *)w.p, (uint32_t)w.n}, schema_of(&arena, SCHEMA), NULL,
                            &arena, &f, e);
    writer_fini(&w);
    arena_fini(&arena);
    return rc;
}

/* As many as may be are taken, and one more is refused. */
static void check_limit(const char *before, const char *text, uint32_t most, const char *after,
                        const char *part)
{
    struct error e;
    if (!CHECK_EQ_INT(compile_repeated(before, text, most, after, &e), MVL_OK))
        printf("# %s\n", e.reason);
    CHECK_EQ_INT(compile_repeated(before, text, most + 1, after, &e), MVL_PARAM_INVALID);
    if (!CHECK(strstr(e.reason, part) != NULL))
        printf("# %s\n", e.reason);
}

TEST(depth_length_and_number_have_limits)
{
    check_limit("", "not ", MAX_FILTER_DEPTH, "b", "nested at most 1024 deep");
    check_limit("b", " and b", MAX_FILTER_NODES / 2 - 1, "", "at most 16384 terms");
    check_limit("d", "[0]", MAX_PATH_STEPS - 1, "[0] == 1", "at most 64 steps");
    check_limit("b", " ", MAX_FILTER_BYTES - 1, "", "at most 4194304 bytes");
    struct error e;
    CHECK_EQ_INT(compile_repeated("n in [1", ", 1", 1000000, "]", &e), MVL_OK);
    CHECK_EQ_INT(compile_repeated("d in ", "[", 1000000, "", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(compile_repeated("", "(", 1000000, "", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(compile_repeated("", "-", 1000000, "", &e), MVL_PARAM_INVALID);
}
