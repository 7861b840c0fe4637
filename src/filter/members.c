#include "filter/members.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"
#include "filter/cell.h"
#include "filter/lex.h"

/* Members as they come, and whose they are. */
struct listing {
    struct scalars *values; /* owned */
    uint32_t *rows;         /* owned [capacity] */
    uint32_t capacity;
    struct sorted order;
};

static void listing_fini(struct listing *l)
{
    scalars_destroy(l->values);
    mem_free(l->rows);
    sorted_fini(&l->order);
}

static int add_member(struct listing *l, uint32_t row, const struct json *value)
{
    uint32_t n = l->values->n_rows;
    if (n == l->capacity) {
        uint32_t capacity = n + n / 2 + SCALARS_BLOCK;
        uint32_t *rows = capacity > n ? mem_grow(l->rows, capacity, sizeof *rows) : NULL;
        if (!rows)
            return MVL_NOMEM;
        l->rows = rows;
        l->capacity = capacity;
    }
    TRY(scalars_extend(l->values, n + 1));
    l->rows[n] = row;
    return scalars_set_json(l->values, n, value);
}

static int list_members(struct listing *l, const struct scalars *lists, uint32_t n_rows, struct arena *a)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        struct error ignored = ERROR_NONE;
        struct cell c = scalars_cell(lists, row);
        struct json *list = NULL;
        if (c.kind != JSON_ARRAY)
            continue;
        arena_reset(a);
        if (json_parse(c.text, a, &list, "stored value", &ignored) == MVL_NOMEM)
            return MVL_NOMEM;
        for (const struct json *j = list ? list->first : NULL; j; j = j->next)
            if (j->kind != JSON_ARRAY && j->kind != JSON_OBJECT)
                TRY(add_member(l, row, j));
    }
    return sorted_make(&l->order, l->values, l->values->n_rows);
}

static bool is_same(const struct cell *a, const struct cell *b)
{
    return (a->kind == JSON_BOOL) == (b->kind == JSON_BOOL) &&
           (a->kind == JSON_BOOL ? a->integer == b->integer : cell_compare(a, b) == EQUAL);
}

static int add_value(struct members *m, const struct cell *c)
{
    uint32_t n = m->values->n_rows;
    struct json value = {.kind = c->kind, .boolean = c->integer != 0, .real = c->real, .string = c->text};
    if (c->kind == JSON_INT)
        value.integer = c->integer;
    TRY(scalars_extend(m->values, n + 1));
    return scalars_set_json(m->values, n, &value);
}

/* Each value once, and its rows one behind the other. A list may have it more than once. */
static int gather(struct members *m, const struct listing *l)
{
    struct cell last = {.kind = JSON_NULL};
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->order.n; i++) {
        uint32_t at = l->order.rows[i];
        struct cell c = scalars_cell(l->values, at);
        bool is_new = i == 0 || !is_same(&c, &last);
        if (is_new) {
            m->starts[m->values->n_rows] = n;
            TRY(add_value(m, &c));
        }
        if (is_new || m->rows[n - 1] != l->rows[at])
            m->rows[n++] = l->rows[at];
        last = c;
    }
    m->starts[m->values->n_rows] = n;
    return sorted_make(&m->order, m->values, m->values->n_rows);
}

static int make(struct members *m, const struct listing *l)
{
    m->starts = mem_array((size_t)l->order.n + 1, sizeof *m->starts);
    m->rows = mem_array((size_t)l->order.n + 1, sizeof *m->rows);
    if (!m->starts || !m->rows)
        return MVL_NOMEM;
    TRY(scalars_create(&m->values, SCALAR_MIXED));
    TRY(gather(m, l));
    uint32_t *starts = mem_grow(m->starts, m->values->n_rows + 1,
                                sizeof *starts); /* values are few, mostly */
    if (!starts)
        return MVL_NOMEM;
    m->starts = starts;
    return MVL_OK;
}

int members_make(struct members *m, const struct scalars *lists, uint32_t n_rows)
{
    assert(lists->kind == SCALAR_MIXED && n_rows <= lists->n_rows);
    struct listing l = {0};
    struct members made = {.n_rows = n_rows};
    struct arena a = {0};
    int rc = scalars_create(&l.values, SCALAR_MIXED);
    if (rc == MVL_OK)
        rc = list_members(&l, lists, n_rows, &a);
    arena_fini(&a);
    if (rc == MVL_OK)
        rc = make(&made, &l);
    listing_fini(&l);
    members_fini(rc == MVL_OK ? m : &made);
    if (rc == MVL_OK)
        *m = made;
    return rc;
}

void members_fini(struct members *m)
{
    scalars_destroy(m->values);
    sorted_fini(&m->order);
    mem_free(m->starts);
    mem_free(m->rows);
    *m = (struct members){0};
}

size_t members_bytes(const struct members *m)
{
    if (!m->values)
        return 0;
    uint32_t n = m->values->n_rows;
    return scalars_bytes(m->values) + (m->order.n + n + 1 + m->starts[n]) * sizeof(uint32_t);
}

struct members_rows members_find(const struct members *m, const struct cell *c)
{
    struct sorted_range found = sorted_find(&m->order, m->values, EQUAL, c);
    assert(found.to - found.from <= 1);
    if (found.from == found.to)
        return (struct members_rows){NULL, 0};
    uint32_t value = m->order.rows[found.from], from = m->starts[value];
    return (struct members_rows){m->rows + from, m->starts[value + 1] - from};
}
