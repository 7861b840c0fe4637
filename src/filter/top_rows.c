#include "filter/top_rows.h"

#include <assert.h>

int top_rows_init(struct top_rows *t, uint32_t k, struct arena *a)
{
    assert(t->n_terms > 0);
    t->heap = arena_array(a, k, sizeof *t->heap);
    t->n = 0;
    t->k = k;
    return t->heap ? MVL_OK : MVL_NOMEM;
}

/* ---- comparing ---- */

/* Ranks ascending as they shall stand: nulls outside of all others. */
static uint32_t placed_rank(const struct sort_term *term, enum sort_rank rank)
{
    if (rank == SORT_NULL)
        return term->nulls_first ? 0 : SORT_NULL + 1;
    return term->is_descending ? (uint32_t)(SORT_NULL - rank) : (uint32_t)rank + 1;
}

static enum sort_rank rank_of_placed(const struct sort_term *term, uint32_t rank)
{
    if (rank == 0 || rank == SORT_NULL + 1)
        return SORT_NULL;
    return (enum sort_rank)(term->is_descending ? SORT_NULL - rank : rank - 1);
}

static struct top_row placed(const struct sort_term *term, uint32_t row)
{
    struct sort_key k = sort_key_of(term->values, row, 0);
    return (struct top_row){term->is_descending ? ~k.key : k.key, row, placed_rank(term, k.rank)};
}

/* Of two rows whose ranks are equal. */
static int compare_values(const struct sort_term *term, uint32_t a, uint32_t b)
{
    struct cell x = scalars_cell(term->values, a), y = scalars_cell(term->values, b);
    int order = sort_key_compare(&x, &y);
    return term->is_descending ? -order : order;
}

static int compare_first(const struct sort_term *term, const struct top_row *a, const struct top_row *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    struct sort_key k = {term->is_descending ? ~a->key : a->key, rank_of_placed(term, a->rank)};
    return sort_key_decides(k, term->values->kind) ? 0 : compare_values(term, a->row, b->row);
}

static enum sort_rank rank_of_row(const struct scalars *values, uint32_t row)
{
    struct cell c = scalars_cell(values, row);
    return sort_key_rank(c.kind);
}

static int compare_next(const struct sort_term *term, uint32_t a, uint32_t b)
{
    uint32_t x = placed_rank(term, rank_of_row(term->values, a)),
             y = placed_rank(term, rank_of_row(term->values, b));
    return x != y ? (x < y ? -1 : 1) : compare_values(term, a, b);
}

static int compare_keys(const struct top_rows *t, uint32_t a, uint32_t b)
{
    if (!t->keys)
        return (a > b) - (a < b);
    struct cell x = scalars_cell(t->keys, a), y = scalars_cell(t->keys, b);
    return sort_key_compare(&x, &y);
}

/* Of rows that the first term leaves open. */
static int compare_rest(const struct top_rows *t, uint32_t a, uint32_t b)
{
    int order = 0;
    for (uint32_t i = 1; i < t->n_terms && order == 0; i++)
        order = compare_next(&t->terms[i], a, b);
    return order ? order : compare_keys(t, a, b);
}

static bool is_before(const struct top_rows *t, const struct top_row *a, const struct top_row *b)
{
    int order = compare_first(&t->terms[0], a, b);
    return (order ? order : compare_rest(t, a->row, b->row)) < 0;
}

/* ---- the heap ---- */

/* Puts e into the hole at the top of the first n. */
static void sift_down(struct top_rows *t, uint32_t n, struct top_row e)
{
    struct top_row *heap = t->heap;
    uint32_t hole = 0;
    for (;;) {
        uint32_t child = 2 * hole + 1;
        if (child >= n)
            break;
        if (child + 1 < n && is_before(t, &heap[child], &heap[child + 1]))
            child++;
        if (!is_before(t, &e, &heap[child]))
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = e;
}

static void push(struct top_rows *t, struct top_row e)
{
    if (t->n < t->k) {
        uint32_t hole = t->n++;
        while (hole > 0 && is_before(t, &t->heap[(hole - 1) / 2], &e)) {
            t->heap[hole] = t->heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }
        t->heap[hole] = e;
    } else if (t->k > 0 && is_before(t, &e, &t->heap[0])) {
        sift_down(t, t->n, e);
    }
}

void top_rows_push(struct top_rows *t, uint32_t row)
{
    push(t, placed(&t->terms[0], row));
}

/* Those of a word, whose first row is first. */
static void push_word(struct top_rows *t, uint64_t word, uint32_t first)
{
    for (; word; word &= word - 1)
        top_rows_push(t, first + (uint32_t)__builtin_ctzll(word));
}

void top_rows_scan(struct top_rows *t, const struct bitmap *rows)
{
    for (uint32_t first = 0; first < rows->n; first += 64)
        push_word(t, rows->words[first / 64], first);
}

/* ---- by an order ---- */

/* Of a word of rows that were there when the column was sorted, those that are not in its order: nulls, lists, objects. */
static uint64_t unsorted(const struct scalars *values, uint64_t word, uint32_t first)
{
    uint64_t sorted = values->valid[first / 64];
    for (uint64_t left = values->kind == SCALAR_MIXED ? word & sorted : 0; left; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);
        if (!sorted_has(sort_key_rank((enum json_kind)values->kinds[first + i])))
            sorted &= ~(UINT64_C(1) << i);
    }
    return word & ~sorted;
}

/* Those in the order, up to the first that stands behind k others. */
static void push_sorted(struct top_rows *t, const struct sorted *sorted, const struct bitmap *rows)
{
    const struct sort_term *term = &t->terms[0];
    for (uint32_t i = 0; i < sorted->n; i++) {
        uint32_t row = sorted->rows[term->is_descending ? sorted->n - 1 - i : i];
        if (!bitmap_test(rows, row))
            continue;
        struct top_row e = placed(term, row);
        if (t->n == t->k && (t->k == 0 || compare_first(term, &t->heap[0], &e) < 0))
            return;
        push(t, e);
    }
}

void top_rows_walk(struct top_rows *t, const struct sorted *sorted, const struct bitmap *rows)
{
    push_sorted(t, sorted, rows);
    for (uint32_t first = 0; first < rows->n; first += 64) {
        uint64_t word = rows->words[first / 64];
        if (word && first < sorted->n_rows) /* a multiple of 64 */
            word = unsorted(t->terms[0].values, word, first);
        push_word(t, word, first);
    }
}

void top_rows_finish(struct top_rows *t, uint32_t out[])
{
    for (uint32_t n = t->n; n > 0; n--) {
        out[n - 1] = t->heap[0].row;
        if (n > 1)
            sift_down(t, n - 1, t->heap[n - 1]);
    }
}
