#include "filter/sorted.h"

#include "faults.h"
#include "filter/cell.h"
#include "filter/lex.h"
#include "random.h"
#include "schemas.h"

enum { N = 3000 };

static struct arena arena;

/* Values of which many are equal, near, or equal in their first eight bytes. */
static const char *random_value(struct random *r, char text[64])
{
    static const char *const some[] = {"null",
                                       "true",
                                       "false",
                                       "[1]",
                                       "{}",
                                       "''",
                                       "'same first'",
                                       "-0.0",
                                       "9007199254740992.0",
                                       "9007199254740993",
                                       "9007199254740992",
                                       "9223372036854775807",
                                       "9223372036854775808.0",
                                       "-1e300",
                                       "'\xc3\xa9'"};
    uint32_t n = random_below(r, 40);
    switch (random_below(r, 4)) {
    case 0: return some[random_below(r, COUNT(some))];
    case 1: snprintf(text, 64, "%d", (int)n - 20); break;
    case 2: snprintf(text, 64, "%d.5", (int)n - 20); break;
    default: snprintf(text, 64, "'same first %u'", n); break;
    }
    return text;
}

static struct scalars *mixed_values(struct random *r)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, SCALAR_MIXED), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, N), MVL_OK);
    for (uint32_t i = 0; i < N; i++) {
        char text[64];
        CHECK_EQ_INT(scalars_set_json(s, i, json_of(&arena, random_value(r, text))), MVL_OK);
    }
    return s;
}

/* Whether the value stands so to the other, which is of the same sort. */
static bool stands(const struct cell *x, uint8_t op, const struct cell *c)
{
    if (x->kind == JSON_BOOL && c->kind == JSON_BOOL)
        return op & (x->integer < c->integer ? LESS : x->integer > c->integer ? GREATER : EQUAL);
    return x->kind != JSON_BOOL && c->kind != JSON_BOOL && (cell_compare(x, c) & op);
}

static void check_range(const struct sorted *s, const struct scalars *values, uint8_t op,
                        const struct cell *c)
{
    struct sorted_range r = sorted_find(s, values, op, c);
    uint32_t expected = 0, n_wrong = 0;
    for (uint32_t row = 0; row < s->n_rows; row++) {
        struct cell x = scalars_cell(values, row);
        expected += stands(&x, op, c);
    }
    for (uint32_t i = r.from; i < r.to; i++) {
        struct cell x = scalars_cell(values, s->rows[i]);
        n_wrong += !stands(&x, op, c);
    }
    CHECK_EQ_INT(n_wrong, 0);
    CHECK_EQ_INT(r.to - r.from, expected);
}

TEST(ranges_hold_the_rows_that_comparing_each_finds)
{
    static const uint8_t ops[] = {LESS, LESS | EQUAL, EQUAL, GREATER | EQUAL, GREATER};
    struct random r = random_from(6);
    struct scalars *values = mixed_values(&r);
    struct sorted s = {0};
    CHECK_EQ_INT(sorted_make(&s, values, N - 10), MVL_OK);
    CHECK_EQ_INT(s.n_rows, N - 10);
    for (uint32_t i = 0; i < N; i += 7) {
        struct cell c = scalars_cell(values, i);
        if (c.kind != JSON_NULL && c.kind != JSON_ARRAY && c.kind != JSON_OBJECT)
            for (size_t k = 0; k < COUNT(ops); k++)
                check_range(&s, values, ops[k], &c);
    }
    for (uint32_t i = 1; i < s.n; i++) { /* equal values stay in the order of rows */
        struct cell a = scalars_cell(values, s.rows[i - 1]), b = scalars_cell(values, s.rows[i]);
        CHECK(cell_compare(&a, &b) != EQUAL || s.rows[i - 1] < s.rows[i]);
    }
    sorted_fini(&s);
    scalars_destroy(values);
    arena_fini(&arena);
}

TEST(prefixes_hold_the_texts_that_begin_so)
{
    static const char *const prefixes[] = {"s", "same first ", "same first 1", "same first 39",
                                           "x", "\xc3\xa9",    "\xc3\xa8"};
    struct random r = random_from(7);
    struct scalars *values = mixed_values(&r);
    struct sorted s = {0};
    CHECK_EQ_INT(sorted_make(&s, values, N), MVL_OK);
    for (size_t k = 0; k < COUNT(prefixes); k++) {
        struct str prefix = str_of(prefixes[k]);
        struct sorted_range range = sorted_find_prefix(&s, values, prefix);
        uint32_t expected = 0, got = 0;
        for (uint32_t i = 0; i < N; i++) {
            struct cell x = scalars_cell(values, i), y = i < s.n ? scalars_cell(values, s.rows[i]) : x;
            expected += x.kind == JSON_STRING && x.text.n >= prefix.n &&
                        memcmp(x.text.p, prefix.p, prefix.n) == 0;
            got += i >= range.from && i < range.to && y.text.n >= prefix.n &&
                   memcmp(y.text.p, prefix.p, prefix.n) == 0;
        }
        CHECK_EQ_INT(got, expected);
        CHECK_EQ_INT(range.to - range.from, expected);
    }
    sorted_fini(&s);
    scalars_destroy(values);
    arena_fini(&arena);
}

/* A text of some letters behind others that all have, or about, NULs among them. */
static const char *random_text(struct random *r, char text[128])
{
    int at = snprintf(text, 128, "'https://example.org/");
    for (uint32_t n = random_below(r, 11); n > 0; n--)
        at += snprintf(text + at, 128 - (size_t)at, "%s", random_below(r, 4) ? "a" : "\\u0000");
    snprintf(text + at, 128 - (size_t)at, "'");
    return text;
}

TEST(texts_are_in_order_whatever_they_begin_with)
{
    struct random r = random_from(10);
    for (uint32_t round = 0; round < 3; round++) {
        struct scalars *values = NULL;
        struct sorted s = {0};
        CHECK_EQ_INT(scalars_create(&values, SCALAR_MIXED), MVL_OK);
        CHECK_EQ_INT(scalars_extend(values, N), MVL_OK);
        for (uint32_t i = 0; i < N; i++) {
            char text[128];
            const char *value = round == 0 || i % 100 ? random_text(&r, text) : round == 1 ? "7" : "'https'";
            CHECK_EQ_INT(scalars_set_json(values, i, json_of(&arena, value)), MVL_OK);
        }
        CHECK_EQ_INT(sorted_make(&s, values, N), MVL_OK);
        CHECK_EQ_INT(s.n, N);
        for (uint32_t i = 1; i < s.n; i++) {
            struct cell a = scalars_cell(values, s.rows[i - 1]), b = scalars_cell(values, s.rows[i]);
            uint8_t order = a.kind == b.kind ? cell_compare(&a, &b) : LESS;
            CHECK(order == LESS || (order == EQUAL && s.rows[i - 1] < s.rows[i]));
        }
        for (uint32_t i = 0; i < N; i += 70) {
            struct cell c = scalars_cell(values, i);
            check_range(&s, values, EQUAL, &c);
        }
        sorted_fini(&s);
        scalars_destroy(values);
        arena_fini(&arena);
    }
}

TEST(integers_and_reals_are_in_order_and_rows_that_go_do_not_disturb)
{
    enum { ROWS = 1000 };
    struct random r = random_from(8);
    static int64_t integers[ROWS];
    static double reals[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        integers[i] = (int64_t)random_u64(&r) >> random_below(&r, 64);
        reals[i] = ldexp((double)integers[i], (int)random_below(&r, 200) - 100);
    }
    const struct column columns[] = {{.kind = KIND_I64, .data = integers}, {.kind = KIND_F64, .data = reals}};
    for (int which = 0; which < 2; which++) {
        struct scalars *values = NULL;
        struct sorted s = {0};
        CHECK_EQ_INT(scalars_create(&values, which ? SCALAR_REAL : SCALAR_INT), MVL_OK);
        CHECK_EQ_INT(scalars_extend(values, ROWS), MVL_OK);
        for (uint32_t i = 0; i < ROWS; i++)
            CHECK_EQ_INT(scalars_set_column(values, i, &columns[which], i), MVL_OK);
        CHECK_EQ_INT(sorted_make(&s, values, ROWS), MVL_OK);
        CHECK_EQ_INT(s.n, ROWS);
        for (uint32_t i = 0; i < ROWS; i += 3)
            scalars_clear(values, i);
        for (uint32_t i = 1; i < ROWS; i += 3) { /* each is found where it stands */
            struct cell c = scalars_cell(values, i);
            struct sorted_range range = sorted_find(&s, values, EQUAL, &c);
            bool found = false;
            for (uint32_t k = range.from; k < range.to; k++)
                found |= s.rows[k] == i;
            CHECK(found && range.to - range.from < ROWS / 2);
        }
        sorted_fini(&s);
        scalars_destroy(values);
    }
}

struct job {
    const struct scalars *values;
    struct sorted sorted;
};

static int sort_again(void *context)
{
    struct job *job = context;
    return sorted_make(&job->sorted, job->values, N);
}

TEST(without_memory_the_order_stays)
{
    struct random r = random_from(9);
    struct scalars *values = mixed_values(&r);
    struct job job = {.values = values};
    CHECK_EQ_INT(sorted_make(&job.sorted, job.values, 5), MVL_OK);
    mem_fail_nth(1);
    CHECK_EQ_INT(sort_again(&job), MVL_NOMEM);
    mem_fail_nth(0);
    CHECK_EQ_INT(job.sorted.n_rows, 5);
    CHECK_EQ_INT(each_allocation_fails(sort_again, &job), 2);
    CHECK_EQ_INT(job.sorted.n_rows, N);
    sorted_fini(&job.sorted);
    scalars_destroy(values);
    arena_fini(&arena);
}

TEST(nothing_is_sorted_of_nothing)
{
    struct scalars *values = NULL;
    struct sorted s = {0};
    struct cell one = {.kind = JSON_INT, .integer = 1};
    CHECK_EQ_INT(scalars_create(&values, SCALAR_INT), MVL_OK);
    CHECK_EQ_INT(scalars_extend(values, 5), MVL_OK);
    CHECK_EQ_INT(sorted_make(&s, values, 5), MVL_OK);
    struct sorted_range r = sorted_find(&s, values, LESS | EQUAL, &one);
    CHECK(s.n == 0 && r.from == 0 && r.to == 0);
    sorted_fini(&s);
    scalars_destroy(values);
}
