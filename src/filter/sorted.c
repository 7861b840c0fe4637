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

enum { KEY_TEXT_BYTES = 7 };

#define EXACT_REALS 9007199254740992.0 /* integers below are doubles, too */

/* Doubles as integers of the same order; -0 is 0. */
static uint64_t key_of_real(double v)
{
    uint64_t bits;
    v = v == 0 ? 0 : v;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Of what stands behind the bytes that all texts begin with: the next seven, then whether they are less, and how many. */
static uint64_t key_of_text(struct str text, uint32_t shared)
{
    uint64_t key = 0;
    uint32_t n = text.n - shared;
    for (uint32_t i = 0; i < KEY_TEXT_BYTES; i++)
        key = key << 8 | (i < n ? (unsigned char)text.p[shared + i] : 0);
    return key << 8 | (n <= KEY_TEXT_BYTES ? n : KEY_TEXT_BYTES + 1);
}

/* Keys of one rank stand as their values do, or are equal. */
static uint64_t key_of(const struct cell *c, enum scalar_kind kind, uint32_t shared)
{
    if (c->kind == JSON_STRING)
        return key_of_text(c->text, shared);
    if (kind == SCALAR_INT || c->kind == JSON_BOOL)
        return (uint64_t)c->integer ^ UINT64_C(1) << 63;
    return key_of_real(c->kind == JSON_INT ? (double)c->integer : c->real);
}

/* Whether another value with the same key is an equal one. */
static bool is_decided(const struct entry *e, enum scalar_kind kind)
{
    if (e->rank == RANK_TEXT)
        return (e->key & 0xff) <= KEY_TEXT_BYTES;
    return e->rank != RANK_NUMBER || kind != SCALAR_MIXED ||
           (e->key > key_of_real(-EXACT_REALS) && e->key < key_of_real(EXACT_REALS));
}

static bool stands_before(const struct scalars *values, const struct entry *a, const struct entry *b)
{
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
        if (to > from + 1 && !is_decided(first, values->kind))
            sort_by_values(values, sorted + from, other, to - from);
    }
    return sorted;
}

static uint32_t shared_bytes(struct str a, struct str b)
{
    uint32_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

/* How many bytes all texts begin with. */
static uint32_t shared_by_texts(const struct scalars *values, uint32_t n_rows)
{
    struct str first = STR_NONE;
    bool any = false;
    for (uint32_t row = 0; row < n_rows && !(any && first.n == 0); row++) {
        struct cell c = scalars_cell(values, row);
        if (c.kind != JSON_STRING)
            continue;
        first.n = any ? shared_bytes(first, c.text) : c.text.n;
        first.p = c.text.p;
        any = true;
    }
    return first.n;
}

static uint32_t list_entries(const struct scalars *values, uint32_t n_rows, struct entry *list)
{
    uint32_t n = 0, shared = shared_by_texts(values, n_rows);
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell c = scalars_cell(values, row);
        enum rank rank = rank_of(c.kind);
        if (rank != RANK_NONE)
            list[n++] = (struct entry){key_of(&c, values->kind, shared), row, rank};
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
