#include "filter/sorted.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"
#include "filter/cell.h"
#include "filter/lex.h"

enum rank { RANK_BOOL, RANK_NUMBER, RANK_TEXT, RANK_NONE };

/* A row, and what decides most comparisons of its value. */
struct entry {
    uint64_t key;
    uint32_t row;
    enum rank rank;
};

static enum rank rank_of(enum json_kind kind)
{
    switch (kind) {
    case JSON_BOOL: return RANK_BOOL;
    case JSON_INT:
    case JSON_REAL: return RANK_NUMBER;
    case JSON_STRING: return RANK_TEXT;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return RANK_NONE;
}

/* ---- sorting ---- */

/* Doubles as integers of the same order; -0 is 0. */
static uint64_t key_of_real(double v)
{
    uint64_t bits;
    v = v == 0 ? 0 : v;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Keys of one rank stand as their values do, or are equal. */
static uint64_t key_of(const struct cell *c, enum scalar_kind kind)
{
    uint64_t key = 0;
    if (c->kind == JSON_STRING) {
        for (uint32_t i = 0; i < 8; i++)
            key = key << 8 | (i < c->text.n ? (unsigned char)c->text.p[i] : 0);
        return key;
    }
    if (kind == SCALAR_INT || c->kind == JSON_BOOL)
        return (uint64_t)c->integer ^ UINT64_C(1) << 63;
    return key_of_real(c->kind == JSON_INT ? (double)c->integer : c->real);
}

static bool stands_before(const struct scalars *values, const struct entry *a, const struct entry *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->key != b->key || values->kind == SCALAR_INT || values->kind == SCALAR_REAL || a->rank == RANK_BOOL)
        return a->key < b->key;
    struct cell x = scalars_cell(values, a->row), y = scalars_cell(values, b->row);
    return cell_compare(&x, &y) == LESS;
}

static void merge(const struct scalars *values, const struct entry *a, uint32_t n_a, const struct entry *b,
                  uint32_t n_b, struct entry *to)
{
    while (n_a && n_b) {
        bool takes_b = stands_before(values, b, a);
        *to++ = takes_b ? *b++ : *a++;
        n_a -= !takes_b;
        n_b -= takes_b;
    }
    memcpy(to, n_a ? a : b, (n_a + n_b) * sizeof *to);
}

/* Stable, so that equal values stay in the order of rows. Returns where the result is: either of the two. */
static struct entry *sort(const struct scalars *values, struct entry *list, struct entry *other, uint32_t n)
{
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t at = 0; at < n; at += 2 * width) {
            uint32_t n_a = (uint32_t)(n - at < width ? n - at : width);
            uint32_t left = (uint32_t)(n - at) - n_a, n_b = left < width ? left : (uint32_t)width;
            merge(values, list + at, n_a, list + at + n_a, n_b, other + at);
        }
        struct entry *sorted = other;
        other = list;
        list = sorted;
    }
    return list;
}

static uint32_t list_entries(const struct scalars *values, uint32_t n_rows, struct entry *list)
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell c = scalars_cell(values, row);
        enum rank rank = rank_of(c.kind);
        if (rank != RANK_NONE)
            list[n++] = (struct entry){key_of(&c, values->kind), row, rank};
    }
    return n;
}

int sorted_make(struct sorted *s, const struct scalars *values, uint32_t n_rows)
{
    assert(n_rows <= values->n_rows);
    struct entry *lists = mem_array(n_rows, 2 * sizeof *lists);
    uint32_t n = lists ? list_entries(values, n_rows, lists) : 0;
    uint32_t *rows = lists ? mem_array((size_t)n + 1, sizeof *rows) : NULL;
    if (rows) {
        const struct entry *result = sort(values, lists, lists + n_rows, n);
        for (uint32_t i = 0; i < n; i++)
            rows[i] = result[i].row;
        mem_free(s->rows);
        *s = (struct sorted){rows, n, n_rows};
    }
    mem_free(lists);
    return rows ? MVL_OK : MVL_NOMEM;
}

void sorted_fini(struct sorted *s)
{
    mem_free(s->rows);
    *s = (struct sorted){0};
}

/* ---- finding ---- */

/* The value of a row as it was sorted: it may have been cleared since. */
static struct cell cell_at(const struct scalars *values, uint32_t row)
{
    static const enum json_kind kinds[] = {
        [SCALAR_INT] = JSON_INT, [SCALAR_REAL] = JSON_REAL, [SCALAR_TEXT] = JSON_STRING};
    enum json_kind kind = values->kind == SCALAR_MIXED ? (enum json_kind)values->kinds[row]
                                                       : kinds[values->kind];
    return scalar_cell(kind, values->values[row], values->texts.p);
}

static bool is_below(const struct cell *x, const struct cell *c, bool or_equal)
{
    enum rank a = rank_of(x->kind), b = rank_of(c->kind);
    if (a != b)
        return a < b;
    if (a == RANK_BOOL)
        return or_equal ? x->integer <= c->integer : x->integer < c->integer;
    return cell_compare(x, c) & (or_equal ? LESS | EQUAL : LESS);
}

/* How many stand before the value; or_equal: before the first that is greater. */
static uint32_t count_below(const struct sorted *s, const struct scalars *values, const struct cell *c,
                            bool or_equal)
{
    uint32_t from = 0, to = s->n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        struct cell x = cell_at(values, s->rows[middle]);
        if (is_below(&x, c, or_equal))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* How many are of a lesser rank. */
static uint32_t count_ranks(const struct sorted *s, const struct scalars *values, enum rank rank)
{
    uint32_t from = 0, to = s->n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (rank_of(cell_at(values, s->rows[middle]).kind) < rank)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct sorted_range sorted_find(const struct sorted *s, const struct scalars *values, uint8_t op,
                                const struct cell *c)
{
    enum rank rank = rank_of(c->kind);
    assert(rank != RANK_NONE && op && op != (LESS | GREATER));
    struct sorted_range r;
    r.from = op & LESS ? count_ranks(s, values, rank) : count_below(s, values, c, !(op & EQUAL));
    r.to = op & GREATER ? count_ranks(s, values, (enum rank)(rank + 1))
                        : count_below(s, values, c, op & EQUAL);
    r.to = r.to < r.from ? r.from : r.to;
    return r;
}

struct sorted_range sorted_find_prefix(const struct sorted *s, const struct scalars *values,
                                       struct str prefix)
{
    uint32_t from = 0, ends[2];
    assert(prefix.n);
    for (int end = 0; end < 2; end++) { /* the first that begins so, then the first behind those */
        for (uint32_t to = s->n; from < to;) {
            uint32_t middle = from + (to - from) / 2;
            struct cell x = cell_at(values, s->rows[middle]);
            x.text.n = x.text.n < prefix.n ? x.text.n : prefix.n;
            struct cell wanted = {.kind = JSON_STRING, .text = prefix};
            if (is_below(&x, &wanted, end == 1))
                from = middle + 1;
            else
                to = middle;
        }
        ends[end] = from;
    }
    return (struct sorted_range){ends[0], ends[1]};
}
