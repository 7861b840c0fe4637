/* Filters over columns of more than one block: src/filter/eval.c. */
#include "filter/eval.h"

#include "faults.h"
#include "filter/filter.h"
#include "schemas.h"

#define SCHEMA                                                                                               \
    "{'enable_dynamic_field':true,'fields':[{'name':'id','type':5,'is_primary':true},"                       \
    "{'name':'x','type':5,'nullable':true},{'name':'y','type':11,'nullable':true},"                          \
    "{'name':'t','type':21,'max_length':9,'nullable':true},{'name':'v','type':101,'dim':2}]}"

enum { SEED = 5, N = 2 * BLOCK_ROWS + 77, FIELD_X = 1, FIELD_Y, FIELD_T };

static struct arena arena;

/* Row i: what it holds, unless it is null. */
static bool has_x(uint32_t i)
{
    return i % 3 != 0;
}
static bool has_y(uint32_t i)
{
    return i % 4 != 1;
}
static bool has_t(uint32_t i)
{
    return i % 5 != 2;
}
static int64_t x_of(uint32_t i)
{
    return (int64_t)(i % 11) - 5;
}
static double y_of(uint32_t i)
{
    return (double)(i % 7) / 2;
}
static int t_of(uint32_t i)
{
    return (int)(i % 13);
}

static struct scalars *column(const struct filter_column *c)
{
    static int64_t x[N];
    static double y[N];
    static uint32_t ends[N + 1];
    static char texts[4 * N];
    struct scalars *s = NULL;
    for (uint32_t i = 0; i < N; i++) {
        x[i] = x_of(i);
        y[i] = y_of(i);
        ends[i + 1] = ends[i] + (uint32_t)snprintf(texts + ends[i], 4, "t%d", t_of(i));
    }
    struct column of[] = {
        [FIELD_X] = {.kind = KIND_I64, .data = x},
        [FIELD_Y] = {.kind = KIND_F64, .data = y},
        [FIELD_T] = {.kind = KIND_STR, .offsets = ends, .data = texts},
    };
    static bool (*const has[])(uint32_t) = {[FIELD_X] = has_x, [FIELD_Y] = has_y, [FIELD_T] = has_t};
    if (!CHECK_EQ_INT(scalars_create(&s, c->kind), MVL_OK) || !CHECK_EQ_INT(scalars_extend(s, N), MVL_OK))
        return s;
    for (uint32_t i = 0; i < N; i++)
        if (has[c->field](i))
            CHECK_EQ_INT(scalars_set_column(s, i, &of[c->field], i), MVL_OK);
    return s;
}

/* 1 true, 0 false, -1 unknown. */
typedef int truth_of_row(uint32_t row);

/* Runs a filter from a row on, over columns that are made for it. */
static int run(const char *text, uint32_t first, struct bitmap *out)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct scalars *columns[4] = {NULL};
    uint32_t n;
    if (!CHECK_EQ_INT(filter_compile(str_of(text), schema_of(&arena, SCHEMA), NULL, &arena, &f, &e),
                      MVL_OK)) {
        printf("# %s\n", e.reason);
        return e.code;
    }
    const struct filter_column *c = filter_columns(f, &n);
    for (uint32_t i = 0; i < n; i++)
        columns[i] = column(&c[i]);
    int rc = filter_run(f, (const struct scalars *const *)columns, first, N, SEED, out);
    for (uint32_t i = 0; i < n; i++)
        scalars_destroy(columns[i]);
    return rc;
}

/* The filter, and what it is not, find what they should: a row that is unknown is found by neither. */
static void check_filter(const char *text, truth_of_row *truth)
{
    char turned[200];
    struct bitmap yes = {0}, no = {0};
    uint32_t n_wrong = 0;
    snprintf(turned, sizeof turned, "not (%s)", text);
    if (CHECK_EQ_INT(bitmap_reserve(&yes, N), MVL_OK) && CHECK_EQ_INT(bitmap_reserve(&no, N), MVL_OK)) {
        bitmap_extend(&yes, N);
        bitmap_extend(&no, N);
        CHECK_EQ_INT(run(text, 0, &yes), MVL_OK);
        CHECK_EQ_INT(run(turned, 0, &no), MVL_OK);
        for (uint32_t i = 0; i < N; i++) {
            int expected = truth(i);
            n_wrong += bitmap_test(&yes, i) != (expected == 1) || bitmap_test(&no, i) != (expected == 0);
        }
        if (!CHECK_EQ_INT(n_wrong, 0))
            printf("# %s\n", text);
    }
    bitmap_fini(&yes);
    bitmap_fini(&no);
    arena_fini(&arena);
}

static int x_below(uint32_t i)
{
    return has_x(i) ? x_of(i) < 2 : -1;
}
static int x_is_not(uint32_t i)
{
    return has_x(i) ? x_of(i) != -3 : -1;
}
static int y_at_least(uint32_t i)
{
    return has_y(i) ? y_of(i) >= 1.5 : -1;
}
static int y_above_x(uint32_t i)
{
    return has_x(i) && has_y(i) ? y_of(i) > (double)x_of(i) : -1;
}
static int t_is(uint32_t i)
{
    return has_t(i) ? t_of(i) == 12 : -1;
}
static int t_in(uint32_t i)
{
    return has_t(i) ? t_of(i) == 1 || t_of(i) == 5 : -1;
}
static int t_begins(uint32_t i)
{
    return has_t(i) ? t_of(i) == 1 || t_of(i) >= 10 : -1;
}
static int x_in(uint32_t i)
{
    return has_x(i) ? x_of(i) == -5 || x_of(i) == 4 : -1;
}
static int y_is_null(uint32_t i)
{
    return !has_y(i);
}
static int sum_is(uint32_t i)
{
    return has_x(i) && has_y(i) ? (double)x_of(i) + y_of(i) == 1 : -1;
}

static int both(uint32_t i)
{
    int p = x_below(i), q = y_at_least(i);
    return p == 0 || q == 0 ? 0 : p == 1 && q == 1 ? 1 : -1;
}

static int either(uint32_t i)
{
    int p = x_below(i), q = y_at_least(i);
    return p == 1 || q == 1 ? 1 : p == 0 && q == 0 ? 0 : -1;
}

TEST(comparisons_are_unknown_of_null)
{
    check_filter("x < 2", x_below);
    check_filter("x != -3", x_is_not);
    check_filter("y >= 1.5", y_at_least);
    check_filter("y > x", y_above_x);
    check_filter("x < y", y_above_x);
    check_filter("t == 't12'", t_is);
    check_filter("x + y == 1", sum_is);
}

/* Texts of up to, and of more than, the bytes that are compared at once; the last ends where the column's texts do. */
TEST(texts_are_found_whatever_their_length)
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyz";
    enum { LONGEST = 20 };
    for (uint32_t length = 0; length <= LONGEST; length++) {
        struct scalars *s = NULL;
        struct error e = ERROR_NONE;
        struct filter *f = NULL;
        char text[64];
        uint64_t word = 0;
        struct bitmap out = {&word, LONGEST + 2, 1};
        CHECK_EQ_INT(scalars_create(&s, SCALAR_TEXT), MVL_OK);
        CHECK_EQ_INT(scalars_extend(s, LONGEST + 2), MVL_OK);
        for (uint32_t i = 0; i <= LONGEST; i++) { /* the last row is null */
            struct column c = {.kind = KIND_STR, .offsets = (uint32_t[]){0, i}, .data = all};
            CHECK_EQ_INT(scalars_set_column(s, i, &c, 0), MVL_OK);
        }
        snprintf(text, sizeof text, "t == '%.*s'", (int)length, all);
        CHECK_EQ_INT(filter_compile(str_of(text), schema_of(&arena, SCHEMA), NULL, &arena, &f, &e), MVL_OK);
        CHECK_EQ_INT(filter_run(f, (const struct scalars *const[]){s}, 0, LONGEST + 2, SEED, &out), MVL_OK);
        CHECK_EQ_INT(word, UINT64_C(1) << length);
        scalars_destroy(s);
        arena_fini(&arena);
    }
}

TEST(lists_and_patterns_are_unknown_of_null)
{
    check_filter("t in ['t1', 't5', 'no']", t_in);
    check_filter("t in ['t1', 't5', 'a', 'b', 'c', 'd']", t_in);
    check_filter("t like 't1%'", t_begins);
    check_filter("x in [4, -5.0, 0.5]", x_in);
    check_filter("y is null", y_is_null);
}

TEST(and_and_or_have_three_values)
{
    check_filter("x < 2 and y >= 1.5", both);
    check_filter("x < 2 or y >= 1.5", either);
    check_filter("not (not (x < 2) or not (y >= 1.5))", both);
}

TEST(a_sample_has_about_its_share_of_rows_everywhere)
{
    struct bitmap out = {0}, rest = {0};
    if (CHECK_EQ_INT(bitmap_reserve(&out, N), MVL_OK) && CHECK_EQ_INT(bitmap_reserve(&rest, N), MVL_OK)) {
        bitmap_extend(&out, N);
        bitmap_extend(&rest, N);
        CHECK_EQ_INT(run("random_sample(0.25)", 0, &out), MVL_OK);
        CHECK_EQ_INT(run("not random_sample(0.25)", 0, &rest), MVL_OK);
        CHECK(bitmap_count(&out) > N / 5 && bitmap_count(&out) < N * 3 / 10);
        CHECK_EQ_INT(bitmap_count(&rest), N - bitmap_count(&out));
        struct bitmap end = {out.words + 2 * BLOCK_WORDS, N - 2 * BLOCK_ROWS, 2};
        CHECK(bitmap_count(&end) > 5 && bitmap_count(&end) < 40);
    }
    bitmap_fini(&out);
    bitmap_fini(&rest);
    arena_fini(&arena);
}

TEST(rows_before_the_first_are_not_touched)
{
    struct bitmap out = {0};
    uint32_t n_wrong = 0;
    if (CHECK_EQ_INT(bitmap_reserve(&out, N + 30), MVL_OK)) {
        bitmap_extend(&out, N + 30);
        for (uint32_t i = 0; i < N + 30; i++)
            bitmap_set(&out, i);
        CHECK_EQ_INT(run("x < 2", BLOCK_ROWS, &out), MVL_OK);
        for (uint32_t i = 0; i < N + 30; i++)
            n_wrong += bitmap_test(&out, i) != (i < BLOCK_ROWS || i >= N || x_below(i) == 1);
        CHECK_EQ_INT(n_wrong, 0);
    }
    bitmap_fini(&out);
    arena_fini(&arena);
}

/* A filter over lists, whose rows are parsed, and computed values. */
struct job {
    const struct filter *f;
    const struct scalars *columns[2];
    struct bitmap out;
};

static int run_job(void *job)
{
    struct job *j = job;
    return filter_run(j->f, j->columns, 0, j->out.n, SEED, &j->out);
}

TEST(running_survives_every_allocation_that_fails)
{
    enum { ROWS = 3 };
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct scalars *lists = NULL, *x = NULL;
    uint64_t word = 0;
    struct column numbers = {.kind = KIND_I64, .data = (int64_t[ROWS]){1, 2, 3}};
    CHECK_EQ_INT(filter_compile(STR("array_contains(list, 1) and array_length(list) + x > 2"),
                                schema_of(&arena, SCHEMA), NULL, &arena, &f, &e),
                 MVL_OK);
    CHECK_EQ_INT(scalars_create(&lists, SCALAR_MIXED) | scalars_create(&x, SCALAR_INT), MVL_OK);
    CHECK_EQ_INT(scalars_extend(lists, ROWS) | scalars_extend(x, ROWS), MVL_OK);
    for (uint32_t i = 0; i < ROWS; i++) {
        const char *list = i == 1 ? "[1, 'a', [2]]" : "[1]";
        CHECK_EQ_INT(scalars_set_json(lists, i, json_of(&arena, list)), MVL_OK);
        CHECK_EQ_INT(scalars_set_column(x, i, &numbers, i), MVL_OK);
    }
    struct job job = {f, {lists, x}, {.words = &word, .n = ROWS, .n_words = 1}};
    CHECK(each_allocation_fails(run_job, &job) >= 3);
    CHECK_EQ_INT(word, 6);
    scalars_destroy(lists);
    scalars_destroy(x);
    arena_fini(&arena);
}
