#include "engine/keys.h"

#include "base/mem.h"

enum {
    ROWS_PER_EFFORT = 2,
    MOST_ROWS = 4096, /* read at a time */
};

void keys_fini(struct keys *k)
{
    mem_free(k->values);
    *k = (struct keys){0};
}

static uint32_t n_unknown(const struct collection *c)
{
    bool wanted = c->is_loaded && !c->keys.has_given_up && schema_primary(c->schema)->type == DATA_TYPE_INT64;
    return wanted ? (uint32_t)c->next_row - c->keys.n_known : 0;
}

uint64_t keys_work(const struct collection *c)
{
    uint32_t n = n_unknown(c);
    return n / ROWS_PER_EFFORT + (n > 0);
}

static int reserve(struct keys *k, uint32_t n)
{
    if (n <= k->capacity)
        return MVL_OK;
    uint32_t capacity = n < k->capacity + k->capacity / 4 ? k->capacity + k->capacity / 4 : n;
    int64_t *values = mem_grow(k->values, capacity, sizeof *values);
    if (!values)
        return MVL_NOMEM;
    k->values = values;
    k->capacity = capacity;
    return MVL_OK;
}

/* The next rows. Those that are gone have no key, and nobody asks for it. */
static int read_some(struct collection *c, uint32_t most, struct arena *a, struct error *e)
{
    struct keys *k = &c->keys;
    uint32_t end = (uint32_t)c->next_row;
    struct entity_table t = collection_entities(c);
    struct entity_scan scan = {.field = c->schema->primary, .most = most, .next = k->n_known};
    TRY(reserve(k, end));
    TRY(entities_scan(c->store, &t, &scan, a, e));
    for (uint32_t i = 0; i < scan.n; i++) {
        if (scan.rows[i] >= end)
            return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u", scan.rows[i]);
        k->values[scan.rows[i]] = ((const int64_t *)scan.column.data)[i];
    }
    k->n_known = scan.n < most ? end : scan.next;
    return MVL_OK;
}

int keys_read(struct collection *c, uint32_t effort, struct error *e)
{
    struct arena a = {0};
    uint32_t n = effort < MOST_ROWS / ROWS_PER_EFFORT ? effort * ROWS_PER_EFFORT : MOST_ROWS;
    int rc = n_unknown(c) ? read_some(c, n ? n : 1, &a, e) : MVL_OK;
    arena_fini(&a);
    if (rc == MVL_NOMEM) {
        keys_fini(&c->keys);
        c->keys.has_given_up = true;
        return MVL_OK;
    }
    return rc;
}

int keys_of(const struct collection *c, const uint32_t rows[], uint32_t n, struct arena *a,
            struct column *out, bool *known)
{
    const struct field *f = schema_primary(c->schema);
    *known = false;
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] >= c->keys.n_known)
            return MVL_OK;
    if (n == 0)
        return MVL_OK;
    int64_t *values = arena_array(a, n, sizeof *values);
    if (!values)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        values[i] = c->keys.values[rows[i]];
    *out = (struct column){.name = f->name, .kind = KIND_I64, .data = values};
    *known = true;
    return MVL_OK;
}
