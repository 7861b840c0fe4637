#include "filter/row_groups.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/mem.h"
#include "filter/sort_key.h"

enum { FIRST_SLOTS = 64, FULL = 2 /* one slot in so many is taken, at most */ };

#define NONE UINT32_MAX

/* ---- grouping ---- */

/* Groups by the hash of their keys. */
struct group_table {
    const struct scalars *const *keys;
    uint32_t n_keys;
    uint32_t *slots; /* owned [n_slots]: a group, or NONE */
    uint32_t n_slots;
    struct row_groups *groups;
    uint32_t firsts_capacity;
};

static uint64_t mixed(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* Equal values have equal hashes, also an integer and a double. */
static uint64_t hash_cell(const struct cell *c)
{
    switch (sort_key_rank(c->kind)) {
    case SORT_TEXT:
    case SORT_LIST:
    case SORT_OBJECT: return hash64(c->text.p, c->text.n, 0);
    case SORT_BOOL: return (uint64_t)c->integer;
    case SORT_NULL: return NONE;
    case SORT_NUMBER: break;
    }
    union {
        double real;
        uint64_t bits;
    } number = {.real = c->kind == JSON_INT ? (double)c->integer : c->real + 0.0}; /* no -0 */
    return number.bits;
}

static uint64_t hash_row(const struct group_table *t, uint32_t row)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < t->n_keys; i++) {
        struct cell c = scalars_cell(t->keys[i], row);
        h = mixed(h, hash_cell(&c));
    }
    return h;
}

static int compare(const struct scalars *values, uint32_t a, uint32_t b)
{
    struct cell x = scalars_cell(values, a), y = scalars_cell(values, b);
    return sort_key_compare_any(&x, &y);
}

static bool are_equal(const struct group_table *t, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < t->n_keys; i++)
        if (compare(t->keys[i], a, b) != 0)
            return false;
    return true;
}

/* The slot of the row's group, or the empty one where it belongs. */
static uint32_t slot_of(const struct group_table *t, uint32_t row)
{
    uint32_t mask = t->n_slots - 1, slot = (uint32_t)hash_row(t, row) & mask;
    while (t->slots[slot] != NONE && !are_equal(t, t->groups->firsts[t->slots[slot]], row))
        slot = (slot + 1) & mask;
    return slot;
}

static int grow_slots(struct group_table *t)
{
    uint32_t n = t->n_slots ? t->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots = mem_array(n, sizeof *slots);
    if (!slots)
        return MVL_NOMEM;
    memset(slots, 0xff, n * sizeof *slots);
    mem_free(t->slots);
    t->slots = slots;
    t->n_slots = n;
    for (uint32_t i = 0; i < t->groups->n; i++)
        slots[slot_of(t, t->groups->firsts[i])] = i;
    return MVL_OK;
}

static int add_group(struct row_groups *g, uint32_t first, uint32_t *capacity)
{
    if (g->n == *capacity) {
        uint32_t wanted = *capacity ? *capacity * 2 : FIRST_SLOTS;
        uint32_t *firsts = mem_grow(g->firsts, wanted, sizeof *firsts);
        if (!firsts)
            return MVL_NOMEM;
        g->firsts = firsts;
        *capacity = wanted;
    }
    g->firsts[g->n++] = first;
    return MVL_OK;
}

static int find_group(struct group_table *t, uint32_t row, uint32_t *group)
{
    if (t->groups->n >= t->n_slots / FULL)
        TRY(grow_slots(t));
    uint32_t slot = slot_of(t, row);
    if (t->slots[slot] == NONE) {
        TRY(add_group(t->groups, row, &t->firsts_capacity));
        t->slots[slot] = t->groups->n - 1;
    }
    *group = t->slots[slot];
    return MVL_OK;
}

static int list_rows(const struct bitmap *set, struct row_groups *g)
{
    uint32_t n = bitmap_count(set);
    g->rows = mem_array(n, sizeof *g->rows);
    g->groups = mem_array(n, sizeof *g->groups);
    if (!g->rows || !g->groups)
        return MVL_NOMEM;
    g->n_rows = bitmap_list(set, g->rows);
    return MVL_OK;
}

static int group_rows(struct group_table *t, struct row_groups *g)
{
    for (uint32_t i = 0; i < g->n_rows; i++)
        TRY(find_group(t, g->rows[i], &g->groups[i]));
    return MVL_OK;
}

/* All rows in one group. */
static int group_all(struct group_table *t, struct row_groups *g)
{
    memset(g->groups, 0, g->n_rows * sizeof *g->groups);
    return add_group(g, g->n_rows ? g->rows[0] : NONE, &t->firsts_capacity);
}

int row_groups_make(const struct scalars *const keys[], uint32_t n_keys, const struct bitmap *rows,
                    struct row_groups *out)
{
    *out = (struct row_groups){0};
    struct group_table t = {.keys = keys, .n_keys = n_keys, .groups = out};
    int rc = list_rows(rows, out);
    if (rc == MVL_OK)
        rc = n_keys ? group_rows(&t, out) : group_all(&t, out);
    mem_free(t.slots);
    if (rc != MVL_OK)
        row_groups_fini(out);
    return rc;
}

void row_groups_fini(struct row_groups *g)
{
    mem_free(g->rows);
    mem_free(g->groups);
    mem_free(g->firsts);
    *g = (struct row_groups){0};
}

/* ---- folding ---- */

/* A row of each group: the first, or that of the least or greatest value. */
static void pick_rows(const struct row_groups *g, enum fold fold, const struct scalars *values,
                      uint32_t picked[])
{
    for (uint32_t i = 0; i < g->n; i++)
        picked[i] = fold == FOLD_FIRST ? g->firsts[i] : NONE;
    for (uint32_t i = 0; i < g->n_rows && fold != FOLD_FIRST; i++) {
        uint32_t row = g->rows[i], *best = &picked[g->groups[i]];
        if (!scalars_has(values, row))
            continue;
        int order = *best == NONE ? 0 : compare(values, row, *best);
        if (*best == NONE || (fold == FOLD_MIN ? order < 0 : order > 0))
            *best = row;
    }
}

static int fold_rows(const struct row_groups *g, enum fold fold, const struct scalars *values,
                     struct scalars *out)
{
    uint32_t *picked = mem_array(g->n, sizeof *picked);
    if (!picked)
        return MVL_NOMEM;
    pick_rows(g, fold, values, picked);
    int rc = MVL_OK;
    for (uint32_t i = 0; i < g->n && rc == MVL_OK; i++) {
        struct cell c = scalars_cell(values, picked[i]);
        rc = scalars_set_cell(out, i, &c);
    }
    mem_free(picked);
    return rc;
}

/* Integers are added in 128 bits, doubles with what each addition loses (Neumaier, 1974). */
struct total {
    uint64_t low;
    int64_t high;
    double real, lost;
    uint32_t n, n_reals;
};

static void add_integer(struct total *t, int64_t v)
{
    uint64_t low = t->low + (uint64_t)v;
    t->high += (low < t->low) - (v < 0);
    t->low = low;
}

static void add_real(struct total *t, double v)
{
    double sum = t->real + v;
    t->lost += fabs(t->real) >= fabs(v) ? t->real - sum + v : v - sum + t->real;
    t->real = sum;
    t->n_reals++;
}

static void add_totals(const struct row_groups *g, const struct scalars *values, struct total totals[])
{
    for (uint32_t i = 0; i < g->n_rows; i++) {
        struct cell c = scalars_cell(values, g->rows[i]);
        struct total *t = &totals[g->groups[i]];
        if (c.kind == JSON_INT)
            add_integer(t, c.integer);
        else if (c.kind == JSON_REAL)
            add_real(t, c.real);
        else
            continue;
        t->n++;
    }
}

static bool is_within_int64(const struct total *t)
{
    return t->high == ((int64_t)t->low < 0 ? -1 : 0);
}

static double real_of_total(const struct total *t)
{
    double integers = is_within_int64(t) ? (double)(int64_t)t->low
                                         : ldexp((double)t->high, 64) + (double)t->low;
    return isfinite(t->real) ? integers + t->real + t->lost : t->real;
}

static int cell_of_total(const struct total *t, enum fold fold, struct cell *out)
{
    *out = (struct cell){.kind = JSON_NULL};
    if (t->n == 0)
        return MVL_OK;
    if (fold == FOLD_SUM && !t->n_reals) {
        *out = (struct cell){.kind = JSON_INT, .integer = (int64_t)t->low};
        return is_within_int64(t) ? MVL_OK : MVL_PARAM_INVALID;
    }
    double sum = real_of_total(t);
    *out = (struct cell){.kind = JSON_REAL, .real = fold == FOLD_AVG ? sum / t->n : sum};
    return MVL_OK;
}

static int fold_totals(const struct row_groups *g, enum fold fold, const struct scalars *values,
                       struct scalars *out)
{
    struct total *totals = mem_array(g->n, sizeof *totals);
    if (!totals)
        return MVL_NOMEM;
    memset(totals, 0, g->n * sizeof *totals);
    add_totals(g, values, totals);
    int rc = MVL_OK;
    for (uint32_t i = 0; i < g->n && rc == MVL_OK; i++) {
        struct cell c;
        rc = cell_of_total(&totals[i], fold, &c);
        if (rc == MVL_OK)
            rc = scalars_set_cell(out, i, &c);
    }
    mem_free(totals);
    return rc;
}

static int fold_counts(const struct row_groups *g, const struct scalars *values, struct scalars *out)
{
    for (uint32_t i = 0; i < g->n; i++)
        TRY(scalars_set_cell(out, i, &(struct cell){.kind = JSON_INT}));
    for (uint32_t i = 0; i < g->n_rows; i++)
        out->values[g->groups[i]] += !values || scalars_has(values, g->rows[i]);
    return MVL_OK;
}

static enum scalar_kind kind_of_fold(enum fold fold, const struct scalars *values)
{
    switch (fold) {
    case FOLD_COUNT: return SCALAR_INT;
    case FOLD_AVG: return SCALAR_REAL;
    case FOLD_FIRST:
    case FOLD_SUM:
    case FOLD_MIN:
    case FOLD_MAX: break;
    }
    return values->kind;
}

int row_groups_fold(const struct row_groups *g, enum fold fold, const struct scalars *values,
                    struct scalars **out)
{
    assert(values || fold == FOLD_COUNT);
    struct scalars *made;
    TRY(scalars_create(&made, kind_of_fold(fold, values)));
    int rc = scalars_extend(made, g->n);
    if (rc == MVL_OK && fold == FOLD_COUNT)
        rc = fold_counts(g, values, made);
    else if (rc == MVL_OK && (fold == FOLD_SUM || fold == FOLD_AVG))
        rc = fold_totals(g, fold, values, made);
    else if (rc == MVL_OK)
        rc = fold_rows(g, fold, values, made);
    if (rc != MVL_OK) {
        scalars_destroy(made);
        return rc;
    }
    *out = made;
    return MVL_OK;
}
