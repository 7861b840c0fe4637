#include "filter/row_groups.h"

#include <math.h>

#include "faults.h"
#include "random_scalars.h"

enum { N = 1500, KEYS = 3 };

static struct bitmap all_rows(uint32_t n)
{
    struct random r = {0};
    return random_rows(&r, n, 100);
}

/* ---- the slow twins ---- */

static bool are_equal(struct scalars *const keys[], uint32_t n_keys, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < n_keys; i++)
        if (compare_cells(scalars_cell(keys[i], a), scalars_cell(keys[i], b)) != 0)
            return false;
    return true;
}

/* Each row against the first of every group. */
static void check_groups(struct scalars *const keys[], uint32_t n_keys, const struct bitmap *rows,
                         const struct row_groups *g)
{
    uint32_t n = 0, n_groups = 0;
    for (uint32_t row = 0; row < rows->n; row++) {
        uint32_t group = 0;
        if (!bitmap_test(rows, row))
            continue;
        while (group < n_groups && !are_equal(keys, n_keys, g->firsts[group], row))
            group++;
        if (group == n_groups && CHECK(n_groups < g->n))
            CHECK_EQ_INT(g->firsts[n_groups++], row);
        if (!CHECK(n < g->n_rows && g->rows[n] == row && g->groups[n] == group))
            return;
        n++;
    }
    CHECK_EQ_INT(g->n_rows, n);
    CHECK_EQ_INT(g->n, n_groups);
}

/* Of one group, its values one by one. */
static struct cell expect(const struct row_groups *g, enum fold fold, const struct scalars *values,
                          uint32_t group)
{
    struct cell best = {.kind = JSON_NULL};
    int64_t n = 0, integers = 0;
    uint32_t n_numbers = 0, n_reals = 0;
    double reals = 0;
    for (uint32_t i = 0; i < g->n_rows; i++) {
        struct cell c = scalars_cell(values, g->rows[i]);
        if (g->groups[i] != group || c.kind == JSON_NULL)
            continue;
        n++;
        bool is_better = best.kind == JSON_NULL ||
                         (fold == FOLD_MIN ? compare_cells(c, best) < 0 : compare_cells(c, best) > 0);
        if (is_better)
            best = c;
        n_numbers += c.kind == JSON_INT || c.kind == JSON_REAL;
        n_reals += c.kind == JSON_REAL;
        integers += c.kind == JSON_INT ? c.integer : 0;
        reals += c.kind == JSON_REAL ? c.real : 0;
    }
    if (fold == FOLD_FIRST)
        return scalars_cell(values, g->firsts[group]);
    if (fold == FOLD_COUNT)
        return (struct cell){.kind = JSON_INT, .integer = n};
    if (fold == FOLD_MIN || fold == FOLD_MAX)
        return best;
    if (n_numbers == 0)
        return (struct cell){.kind = JSON_NULL};
    if (fold == FOLD_SUM && n_reals == 0)
        return (struct cell){.kind = JSON_INT, .integer = integers};
    double sum = (double)integers + reals;
    return (struct cell){.kind = JSON_REAL, .real = fold == FOLD_SUM ? sum : sum / n_numbers};
}

static void check_fold(const struct row_groups *g, enum fold fold, const struct scalars *values)
{
    struct scalars *out = NULL;
    if (!CHECK_EQ_INT(row_groups_fold(g, fold, values, &out), MVL_OK))
        return;
    CHECK_EQ_INT(out->n_rows, g->n);
    for (uint32_t group = 0; group < g->n; group++) {
        struct cell got = scalars_cell(out, group), expected = expect(g, fold, values, group);
        CHECK(got.kind == expected.kind && compare_cells(got, expected) == 0);
    }
    scalars_destroy(out);
}

static void check_all(struct scalars *const keys[], uint32_t n_keys, const struct bitmap *rows,
                      struct scalars *const values[], uint32_t n_values)
{
    struct row_groups g;
    if (!CHECK_EQ_INT(row_groups_make((const struct scalars *const *)keys, n_keys, rows, &g), MVL_OK))
        return;
    check_groups(keys, n_keys, rows, &g);
    for (uint32_t i = 0; i < n_values; i++)
        for (int fold = FOLD_FIRST; fold <= FOLD_MAX; fold++)
            check_fold(&g, (enum fold)fold, values[i]);
    row_groups_fini(&g);
}

TEST(groups_and_what_is_told_of_them_are_those_of_comparing_each_row_with_all)
{
    struct random r = random_from(43);
    static const uint32_t shares[] = {100, 30, 1, 0}, nulls[] = {0, 20, 100};
    for (size_t i = 0; i < COUNT(nulls); i++) {
        struct scalars *columns[SCALAR_MIXED + 1];
        for (int kind = SCALAR_INT; kind <= SCALAR_MIXED; kind++)
            columns[kind] = random_scalars(&r, (enum scalar_kind)kind, N, nulls[i]);
        for (size_t s = 0; s < COUNT(shares); s++) {
            struct bitmap rows = random_rows(&r, N, shares[s]);
            for (int kind = SCALAR_INT; kind <= SCALAR_MIXED; kind++)
                check_all(&columns[kind], 1, &rows, columns, COUNT(columns));
            check_all(columns + 1, KEYS, &rows, columns, COUNT(columns));
            bitmap_fini(&rows);
        }
        for (int kind = SCALAR_INT; kind <= SCALAR_MIXED; kind++)
            scalars_destroy(columns[kind]);
    }
}

static struct scalars *integers_of(const int64_t list[], uint32_t n)
{
    const struct column column = {.kind = KIND_I64, .data = list};
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, SCALAR_INT), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, n), MVL_OK);
    for (uint32_t row = 0; row < n; row++)
        CHECK_EQ_INT(scalars_set_column(s, row, &column, row), MVL_OK);
    return s;
}

/* Folds all values in one group. */
static int fold_all(enum fold fold, const struct scalars *values, struct cell *out)
{
    struct bitmap rows = all_rows(values->n_rows);
    struct row_groups g;
    struct scalars *told = NULL;
    CHECK_EQ_INT(row_groups_make(NULL, 0, &rows, &g), MVL_OK);
    CHECK_EQ_INT(g.n, 1);
    int rc = row_groups_fold(&g, fold, values, &told);
    if (rc == MVL_OK)
        *out = scalars_cell(told, 0);
    scalars_destroy(told);
    row_groups_fini(&g);
    bitmap_fini(&rows);
    return rc;
}

TEST(sums_of_integers_are_exact_and_may_pass_beyond_int64_on_their_way)
{
    static const int64_t numbers[] = {INT64_MAX, INT64_MAX, 5, INT64_MIN, INT64_MIN};
    struct scalars *values = integers_of(numbers, COUNT(numbers));
    struct cell c = {0};
    CHECK_EQ_INT(fold_all(FOLD_SUM, values, &c), MVL_OK);
    CHECK(c.kind == JSON_INT && c.integer == 3);
    scalars_destroy(values);

    values = integers_of(numbers, 3);
    CHECK_EQ_INT(fold_all(FOLD_SUM, values, &c), MVL_PARAM_INVALID);
    CHECK_EQ_INT(fold_all(FOLD_AVG, values, &c), MVL_OK);
    CHECK(c.kind == JSON_REAL && fabs(c.real / 6148914691236517205.0 - 1) < 1e-15);
    scalars_destroy(values);

    values = integers_of(numbers + 3, 2);
    CHECK_EQ_INT(fold_all(FOLD_SUM, values, &c), MVL_PARAM_INVALID);
    CHECK_EQ_INT(fold_all(FOLD_AVG, values, &c), MVL_OK);
    CHECK(c.real == (double)INT64_MIN);
    scalars_destroy(values);
}

TEST(sums_of_doubles_keep_what_an_addition_loses)
{
    static const double numbers[] = {1e100, 1, -1e100, 1e-20}, infinite[] = {1e308, 1e308, -1};
    const struct column columns[] = {{.kind = KIND_F64, .data = numbers},
                                     {.kind = KIND_F64, .data = infinite}};
    const uint32_t n[] = {COUNT(numbers), COUNT(infinite)};
    const double expected[] = {1, INFINITY};
    for (size_t i = 0; i < COUNT(columns); i++) {
        struct scalars *values = NULL;
        struct cell c = {0};
        CHECK_EQ_INT(scalars_create(&values, SCALAR_REAL), MVL_OK);
        CHECK_EQ_INT(scalars_extend(values, n[i]), MVL_OK);
        for (uint32_t row = 0; row < n[i]; row++)
            CHECK_EQ_INT(scalars_set_column(values, row, &columns[i], row), MVL_OK);
        CHECK_EQ_INT(fold_all(FOLD_SUM, values, &c), MVL_OK);
        CHECK(c.kind == JSON_REAL && c.real == expected[i]);
        scalars_destroy(values);
    }
}

TEST(equal_numbers_are_one_group_whatever_their_type_and_true_is_no_number)
{
    static const struct cell cells[] = {
        {.kind = JSON_INT, .integer = 1},  {.kind = JSON_REAL, .real = 1},
        {.kind = JSON_BOOL, .integer = 1}, {.kind = JSON_REAL, .real = -0.0},
        {.kind = JSON_INT, .integer = 0},  {.kind = JSON_STRING, .text = {"1", 1}},
    };
    static const uint32_t groups[] = {0, 0, 1, 2, 2, 3};
    struct scalars *key = NULL;
    struct row_groups g;
    CHECK_EQ_INT(scalars_create(&key, SCALAR_MIXED), MVL_OK);
    CHECK_EQ_INT(scalars_extend(key, COUNT(cells)), MVL_OK);
    for (uint32_t row = 0; row < COUNT(cells); row++)
        CHECK_EQ_INT(scalars_set_cell(key, row, &cells[row]), MVL_OK);
    struct bitmap rows = all_rows(COUNT(cells));
    CHECK_EQ_INT(row_groups_make((const struct scalars *const[]){key}, 1, &rows, &g), MVL_OK);
    CHECK(g.n == 4 && memcmp(g.groups, groups, sizeof groups) == 0);
    row_groups_fini(&g);
    bitmap_fini(&rows);
    scalars_destroy(key);
}

TEST(no_rows_are_one_group_only_where_all_rows_are)
{
    static const int64_t numbers[] = {1, 2, 3};
    struct scalars *values = integers_of(numbers, COUNT(numbers)), *told = NULL;
    struct random r = {0};
    struct bitmap none = random_rows(&r, COUNT(numbers), 0);
    struct row_groups g;
    CHECK_EQ_INT(row_groups_make((const struct scalars *const[]){values}, 1, &none, &g), MVL_OK);
    CHECK_EQ_INT(g.n, 0);
    row_groups_fini(&g);
    CHECK_EQ_INT(row_groups_make(NULL, 0, &none, &g), MVL_OK);
    CHECK_EQ_INT(g.n, 1);
    for (int fold = FOLD_COUNT; fold <= FOLD_MAX; fold++) {
        CHECK_EQ_INT(row_groups_fold(&g, (enum fold)fold, values, &told), MVL_OK);
        CHECK_EQ_INT(scalars_has(told, 0), fold == FOLD_COUNT);
        scalars_destroy(told);
    }
    row_groups_fini(&g);
    bitmap_fini(&none);
    scalars_destroy(values);
}

struct job {
    struct scalars *key, *values;
    struct bitmap rows;
};

static int group_again(void *context)
{
    struct job *job = context;
    struct row_groups g;
    int rc = row_groups_make((const struct scalars *const[]){job->key}, 1, &job->rows, &g);
    if (rc != MVL_OK)
        return rc;
    for (int fold = FOLD_FIRST; fold <= FOLD_MAX && rc == MVL_OK; fold++) {
        struct scalars *out = NULL;
        rc = row_groups_fold(&g, (enum fold)fold, job->values, &out);
        scalars_destroy(out);
    }
    row_groups_fini(&g);
    return rc;
}

TEST(without_memory_nothing_is_lost)
{
    struct random r = random_from(44);
    struct job job = {random_scalars(&r, SCALAR_TEXT, N, 10), random_scalars(&r, SCALAR_MIXED, N, 10),
                      all_rows(N)};
    CHECK(each_allocation_fails(group_again, &job) > 10);
    bitmap_fini(&job.rows);
    scalars_destroy(job.key);
    scalars_destroy(job.values);
}
