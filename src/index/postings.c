#include "index/postings.h"

#include <math.h>

#include "base/mem.h"

enum { BLOCK_ROWS = 8192, FIRST_SLOTS = 64, FIRST_POSTINGS = 4, DOUBLED = 64 };

struct posting {
    uint32_t row;
    float value;
};

/* The rows that have an index, ascending. */
struct list {
    uint32_t index, n, capacity;
    struct posting *postings; /* owned [capacity] */
};

struct index {
    const struct vectors *vectors; /* borrowed: which rows are present */
    struct list *lists;            /* owned [capacity] */
    uint32_t n_lists, capacity;
    uint32_t *slots; /* owned [n_slots], a power of two, half full at most: a list's number + 1 */
    uint32_t n_slots;
    uint64_t n_postings; /* there is room for */
    uint32_t *places;    /* owned [n_places]: the lists of the vector that is added */
    uint32_t n_places;
};

static int postings_create(struct index **out, const struct vectors *v, enum metric m,
                           const struct index_settings *settings)
{
    (void)settings;
    (void)m; /* there is one only */
    struct index *ix = mem_alloc(sizeof *ix);
    if (!ix)
        return MVL_NOMEM;
    *ix = (struct index){.vectors = v};
    *out = ix;
    return MVL_OK;
}

static void postings_destroy(struct index *ix)
{
    if (!ix)
        return;
    for (uint32_t i = 0; i < ix->n_lists; i++)
        mem_free(ix->lists[i].postings);
    mem_free(ix->lists);
    mem_free(ix->slots);
    mem_free(ix->places);
    mem_free(ix);
}

/* The slot of an index, or the free one where it belongs. */
static uint32_t *slot_of(const struct index *ix, uint32_t index)
{
    uint32_t at = index * UINT32_C(2654435769) ^ index >> 15;
    for (;; at++) {
        uint32_t *slot = &ix->slots[at & (ix->n_slots - 1)];
        if (!*slot || ix->lists[*slot - 1].index == index)
            return slot;
    }
}

static struct list *find_list(const struct index *ix, uint32_t index)
{
    uint32_t *slot = ix->n_slots ? slot_of(ix, index) : NULL;
    return slot && *slot ? &ix->lists[*slot - 1] : NULL;
}

static int grow_slots(struct index *ix)
{
    uint32_t n = ix->n_slots ? ix->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots = mem_array(n, sizeof *slots);
    if (!slots)
        return MVL_NOMEM;
    memset(slots, 0, n * sizeof *slots);
    mem_free(ix->slots);
    ix->slots = slots;
    ix->n_slots = n;
    for (uint32_t i = 0; i < ix->n_lists; i++)
        *slot_of(ix, ix->lists[i].index) = i + 1;
    return MVL_OK;
}

static int add_list(struct index *ix, uint32_t index, struct list **out)
{
    if (ix->n_lists >= ix->n_slots / 2)
        TRY(grow_slots(ix));
    if (ix->n_lists == ix->capacity) {
        uint32_t capacity = ix->capacity ? ix->capacity * 2 : FIRST_SLOTS;
        struct list *lists = mem_grow(ix->lists, capacity, sizeof *lists);
        if (!lists)
            return MVL_NOMEM;
        ix->lists = lists;
        ix->capacity = capacity;
    }
    *slot_of(ix, index) = ix->n_lists + 1;
    *out = &ix->lists[ix->n_lists++];
    **out = (struct list){.index = index};
    return MVL_OK;
}

static int grow_list(struct index *ix, struct list *list)
{
    uint32_t n = list->capacity;
    uint32_t capacity = n < FIRST_POSTINGS ? FIRST_POSTINGS : n < DOUBLED ? 2 * n : n + n / 2;
    struct posting *postings = mem_grow(list->postings, capacity, sizeof *postings);
    if (!postings)
        return MVL_NOMEM;
    list->postings = postings;
    ix->n_postings += capacity - n;
    list->capacity = capacity;
    return MVL_OK;
}

/* Makes room in the list of an index. */
static int reserve(struct index *ix, uint32_t index, uint32_t *place)
{
    struct list *list = find_list(ix, index);
    if (!list)
        TRY(add_list(ix, index, &list));
    *place = (uint32_t)(list - ix->lists);
    return list->n < list->capacity ? MVL_OK : grow_list(ix, list);
}

static int reserve_places(struct index *ix, uint32_t n)
{
    if (n <= ix->n_places)
        return MVL_OK;
    uint32_t *places = mem_grow(ix->places, n, sizeof *places);
    if (!places)
        return MVL_NOMEM;
    ix->places = places;
    ix->n_places = n;
    return MVL_OK;
}

int postings_add(struct index *ix, uint32_t row, const struct sparse_vector *v)
{
    TRY(reserve_places(ix, v->n));
    for (uint32_t i = 0; i < v->n; i++)
        TRY(reserve(ix, sparse_index(v, i), &ix->places[i]));
    for (uint32_t i = 0; i < v->n; i++) {
        struct list *list = &ix->lists[ix->places[i]];
        list->postings[list->n++] = (struct posting){row, sparse_value(v, i)};
    }
    return MVL_OK;
}

/* A list that the query has, and how far it is read. */
struct term {
    const struct list *list;
    uint32_t at;
    double value;
};

/* Sums the products of the rows in [first, first + BLOCK_ROWS). False when there are none. */
static bool sum_block(struct term terms[], uint32_t n, uint32_t first, double sums[BLOCK_ROWS])
{
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        struct term *t = &terms[i];
        const struct posting *p = t->list->postings + t->at, *end = t->list->postings + t->list->n;
        if (p == end || p->row - first >= BLOCK_ROWS)
            continue;
        if (!any)
            memset(sums, 0, BLOCK_ROWS * sizeof *sums);
        any = true;
        for (; p < end && p->row - first < BLOCK_ROWS; p++)
            sums[p->row - first] += t->value * (double)p->value;
        t->at = (uint32_t)(p - t->list->postings);
    }
    return any;
}

static void offer_block(const struct index *ix, const struct index_query *q, uint32_t first,
                        const double sums[BLOCK_ROWS], struct topk *out, uint32_t *n_found)
{
    for (uint32_t i = 0; i < BLOCK_ROWS; i++) {
        uint32_t row = first + i;
        float order = -(float)sums[i];
        if (sums[i] == 0 || !bitmap_test(&ix->vectors->present, row) ||
            (q->allow && !bitmap_test(q->allow, row)))
            continue;
        ++*n_found;
        if (order <= topk_bound(out) && (double)order >= q->nearest && (double)order <= q->farthest)
            topk_push(out, order, row);
    }
}

static int postings_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    const struct sparse_vector *v = q->vector;
    struct term *terms = mem_array((size_t)v->n + 1, sizeof *terms);
    double *sums = mem_array(BLOCK_ROWS, sizeof *sums), start = report_time(q->report);
    bool has_memory = terms && sums;
    uint32_t n = 0, n_found = 0;
    if (has_memory) {
        for (uint32_t i = 0; i < v->n; i++) {
            const struct list *list = find_list(ix, sparse_index(v, i));
            if (list)
                terms[n++] = (struct term){list, 0, (double)sparse_value(v, i)};
        }
        for (uint32_t first = 0; first < ix->vectors->present.n; first += BLOCK_ROWS)
            if (sum_block(terms, n, first, sums))
                offer_block(ix, q, first, sums, out, &n_found);
    }
    mem_free(terms);
    mem_free(sums);
    report_exact(q->report, n_found, start);
    report_plan(q->report, "postings");
    return has_memory ? MVL_OK : MVL_NOMEM;
}

static size_t postings_bytes(const struct index *ix)
{
    return sizeof *ix + ix->capacity * sizeof *ix->lists + ix->n_slots * sizeof *ix->slots +
           (size_t)ix->n_postings * sizeof(struct posting) + ix->n_places * sizeof *ix->places;
}

const struct index_ops postings_ops = {
    .create = postings_create,
    .destroy = postings_destroy,
    .search = postings_search,
    .bytes = postings_bytes,
};
