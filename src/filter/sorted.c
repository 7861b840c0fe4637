#include "filter/sorted.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"
#include "filter/lex.h"

/* A row, and what decides most comparisons of its value. */
struct entry {
    uint64_t key;
    uint32_t row;
    enum sort_rank rank;
};

bool sorted_has(enum sort_rank rank)
{
    return rank == SORT_TEXT || rank == SORT_NUMBER || rank == SORT_BOOL;
}

/* ---- sorting ---- */

static bool stands_before(const struct scalars *values, const struct entry *a, const struct entry *b)
{
    struct cell x = scalars_cell(values, a->row), y = scalars_cell(values, b->row);
    return sort_key_compare(&x, &y) < 0;
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

/* Of entries with one key. Stable, as all sorting here: equal values stay in the order of rows. */
static void sort_by_values(const struct scalars *values, struct entry *list, struct entry *other, uint32_t n)
{
    struct entry *const to = list;
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
    if (list != to)
        memcpy(to, list, n * sizeof *to);
}

enum { KEY_BYTES = 8, DIGITS = KEY_BYTES + 1 }; /* the last digit is the rank */

static uint8_t digit_of(const struct entry *e, uint32_t digit)
{
    return digit < KEY_BYTES ? (uint8_t)(e->key >> digit * 8) : (uint8_t)e->rank;
}

/* Digit by digit, from the last one. Returns where the result is: either of the two. */
static struct entry *sort_by_keys(struct entry *list, struct entry *other, uint32_t n)
{
    uint32_t places[DIGITS][256] = {0};
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t digit = 0; digit < DIGITS; digit++)
            places[digit][digit_of(&list[i], digit)]++;
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        uint32_t *place = places[digit];
        if (n == 0 || place[digit_of(&list[0], digit)] == n)
            continue;
        for (uint32_t i = 0, before = 0; i < 256; i++) {
            uint32_t count = place[i];
            place[i] = before;
            before += count;
        }
        for (uint32_t i = 0; i < n; i++)
            other[place[digit_of(&list[i], digit)]++] = list[i];
        struct entry *sorted = other;
        other = list;
        list = sorted;
    }
    return list;
}

static struct entry *sort(const struct scalars *values, struct entry *list, struct entry *other, uint32_t n)
{
    struct entry *sorted = sort_by_keys(list, other, n);
    other = sorted == list ? other : list;
    for (uint32_t from = 0, to; from < n; from = to) {
        const struct entry *first = &sorted[from];
        for (to = from + 1; to < n && sorted[to].key == first->key && sorted[to].rank == first->rank; to++)
            ;
        if (to > from + 1 && !sort_key_decides((struct sort_key){first->key, first->rank}, values->kind))
            sort_by_values(values, sorted + from, other, to - from);
    }
    return sorted;
}

static uint32_t list_entries(const struct scalars *values, uint32_t n_rows, struct entry *list)
{
    uint32_t n = 0, shared = sort_key_shared(values, n_rows);
    for (uint32_t row = 0; row < n_rows; row++) {
        struct sort_key k = sort_key_of(values, row, shared);
        if (sorted_has(k.rank))
            list[n++] = (struct entry){k.key, row, k.rank};
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
    int order = sort_key_compare_any(x, c);
    return or_equal ? order <= 0 : order < 0;
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
static uint32_t count_ranks(const struct sorted *s, const struct scalars *values, enum sort_rank rank)
{
    uint32_t from = 0, to = s->n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (sort_key_rank(cell_at(values, s->rows[middle]).kind) < rank)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct sorted_range sorted_find(const struct sorted *s, const struct scalars *values, uint8_t op,
                                const struct cell *c)
{
    enum sort_rank rank = sort_key_rank(c->kind);
    assert(sorted_has(rank) && op && op != (LESS | GREATER));
    struct sorted_range r;
    r.from = op & LESS ? count_ranks(s, values, rank) : count_below(s, values, c, !(op & EQUAL));
    r.to = op & GREATER ? count_ranks(s, values, (enum sort_rank)(rank + 1))
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
