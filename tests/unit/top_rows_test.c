#include "filter/top_rows.h"

#include "base/mem.h"
#include "faults.h"
#include "random_scalars.h"

enum { N = 4200, COLUMNS = 3 };

/* Different numbers, of which lesser ones do not come first. */
static struct scalars *random_keys(bool is_text)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, is_text ? SCALAR_TEXT : SCALAR_INT), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, N), MVL_OK);
    for (uint32_t row = 0; row < N; row++) {
        char text[16];
        struct cell c = {.kind = is_text ? JSON_STRING : JSON_INT, .integer = row * 1009 % N};
        snprintf(text, sizeof text, "%u", row * 1009 % N);
        c.text = str_of(text);
        CHECK_EQ_INT(scalars_set_cell(s, row, &c), MVL_OK);
    }
    return s;
}

/* ---- the slow twin ---- */

static bool comes_before(const struct top_rows *t, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < t->n_terms; i++) {
        const struct sort_term *term = &t->terms[i];
        struct cell x = scalars_cell(term->values, a), y = scalars_cell(term->values, b);
        bool x_is_null = x.kind == JSON_NULL, y_is_null = y.kind == JSON_NULL;
        if (x_is_null != y_is_null)
            return x_is_null == term->nulls_first;
        int order = x_is_null ? 0 : compare_cells(x, y);
        if (order)
            return (order < 0) != term->is_descending;
    }
    if (!t->keys)
        return a < b;
    return compare_cells(scalars_cell(t->keys, a), scalars_cell(t->keys, b)) < 0;
}

/* Sorts all rows of the set by insertion in a list of k. */
static uint32_t expect(const struct top_rows *t, const struct bitmap *rows, uint32_t out[])
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < rows->n; row++) {
        if (!bitmap_test(rows, row))
            continue;
        uint32_t from = 0, to = n;
        while (from < to) {
            uint32_t middle = (from + to) / 2;
            if (comes_before(t, out[middle], row))
                from = middle + 1;
            else
                to = middle;
        }
        if (from == t->k)
            continue;
        n += n < t->k;
        memmove(out + from + 1, out + from, (n - from - 1) * sizeof *out);
        out[from] = row;
    }
    return n;
}

static void check(struct top_rows *t, const struct bitmap *rows, const struct sorted *sorted, uint32_t k)
{
    static uint32_t expected[N + 1], got[N + 1];
    struct arena a = {0};
    CHECK_EQ_INT(top_rows_init(t, k, &a), MVL_OK);
    uint32_t n = expect(t, rows, expected);
    if (sorted)
        top_rows_walk(t, sorted, rows);
    else
        top_rows_scan(t, rows);
    CHECK_EQ_INT(t->n, n);
    top_rows_finish(t, got);
    CHECK(memcmp(got, expected, n * sizeof *got) == 0);
    arena_fini(&a);
}

static void check_sets(struct top_rows *t, struct random *r, const struct sorted *sorted)
{
    static const uint32_t shares[] = {100, 40, 1, 0}, ks[] = {0, 1, 10, 300, N};
    for (size_t s = 0; s < COUNT(shares); s++) {
        struct bitmap rows = random_rows(r, N, shares[s]);
        for (size_t k = 0; k < COUNT(ks); k++) {
            check(t, &rows, NULL, ks[k]);
            check(t, &rows, sorted, ks[k]);
        }
        bitmap_fini(&rows);
    }
}

static void check_orders(enum scalar_kind kind, uint32_t null_share, struct random *r)
{
    static const uint32_t sorted_rows[] = {N / 64 * 64, 1024};
    struct scalars *values[COLUMNS] = {random_scalars(r, kind, N, null_share),
                                       random_scalars(r, SCALAR_MIXED, N, 10),
                                       random_scalars(r, SCALAR_INT, N, 10)};
    for (uint32_t way = 0; way < 8; way++) {
        struct scalars *keys = way % 3 ? random_keys(way % 3 == 1) : NULL;
        struct sort_term terms[COLUMNS];
        struct sorted sorted = {0};
        for (uint32_t i = 0; i < COLUMNS; i++)
            terms[i] = (struct sort_term){values[i], random_below(r, 2), random_below(r, 2)};
        terms[0].is_descending = way & 1;
        terms[0].nulls_first = way >> 1 & 1;
        struct top_rows t = {.terms = terms, .n_terms = 1 + way % COLUMNS, .keys = keys};
        CHECK_EQ_INT(sorted_make(&sorted, values[0], sorted_rows[way / 4]), MVL_OK);
        check_sets(&t, r, &sorted);
        sorted_fini(&sorted);
        scalars_destroy(keys);
    }
    for (uint32_t i = 0; i < COLUMNS; i++)
        scalars_destroy(values[i]);
}

TEST(the_first_rows_are_those_of_sorting_all_whether_scanned_or_by_an_order)
{
    struct random r = random_from(41);
    for (int kind = SCALAR_INT; kind <= SCALAR_MIXED; kind++) {
        check_orders((enum scalar_kind)kind, 10, &r);
        check_orders((enum scalar_kind)kind, 95, &r);
    }
}

TEST(rows_that_are_all_null_come_by_their_numbers)
{
    struct random r = random_from(42);
    struct scalars *nulls = random_scalars(&r, SCALAR_REAL, N, 100);
    struct sort_term term = {nulls, false, false};
    struct top_rows t = {.terms = &term, .n_terms = 1};
    struct sorted sorted = {0};
    CHECK_EQ_INT(sorted_make(&sorted, nulls, 1024), MVL_OK);
    check_sets(&t, &r, &sorted);
    sorted_fini(&sorted);
    scalars_destroy(nulls);
}

static int init_again(void *context)
{
    struct arena a = {0};
    int rc = top_rows_init(context, 100000, &a);
    arena_fini(&a);
    return rc;
}

TEST(without_memory_there_is_no_heap)
{
    struct sort_term term = {0};
    struct top_rows t = {.terms = &term, .n_terms = 1};
    CHECK_EQ_INT(each_allocation_fails(init_again, &t), 1);
}
