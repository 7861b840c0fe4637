#include "engine/delete.h"

#include <stdlib.h>

#include "engine/columns.h"
#include "engine/query.h"
#include "schema/coerce.h"
#include "storage/catalog.h"

static int compare_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t drop_missing_and_twins(uint32_t rows[], uint32_t n)
{
    uint32_t kept = 0;
    qsort(rows, n, sizeof *rows, compare_rows);
    for (uint32_t i = 0; i < n && rows[i] != ENTITY_NONE; i++)
        if (kept == 0 || rows[i] != rows[kept - 1])
            rows[kept++] = rows[i];
    return kept;
}

static int store_delete(struct collection *c, const uint32_t rows[], uint32_t n, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(entities_delete(c->store, &entities, rows, n, e));
    for (uint32_t i = 0; i < c->schema->n_fields; i++)
        if (field_is_vector(&c->schema->fields[i])) {
            struct chunk_table t = collection_chunks(c, i);
            TRY(chunks_remove(c->store, &t, rows, n, e));
        }
    return catalog_set_counters(c->store, c->id, c->next_row, c->next_auto_id, c->n_rows - n, e);
}

/* rows: there, ascending, each once. */
static int delete_rows(struct collection *c, const uint32_t rows[], uint32_t n, struct error *e)
{
    if (n == 0)
        return MVL_OK;
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_delete(c, rows, n, e), e));
    c->n_rows -= n;
    collection_rows_gone(c, rows, n);
    return MVL_OK;
}

int collection_delete(struct collection *c, const struct column *keys, uint32_t n, struct arena *a,
                      uint32_t *n_deleted, struct error *e)
{
    struct column coerced;
    struct entity_table entities = collection_entities(c);
    TRY(coerce_keys(schema_primary(c->schema), keys, n, a, &coerced, e));
    uint32_t *rows = arena_array(a, n, sizeof *rows);
    if (!rows)
        return MVL_NOMEM;
    TRY(entities_find(c->store, &entities, &coerced, n, rows, e));
    *n_deleted = drop_missing_and_twins(rows, n);
    return delete_rows(c, rows, *n_deleted, e);
}

int collection_delete_where(struct collection *c, struct str filter, const struct json *params,
                            struct arena *a, uint32_t *n_deleted, struct error *e)
{
    uint32_t *rows;
    TRY(collection_rows_where(c, filter, params, a, &rows, n_deleted, e));
    TRY(delete_rows(c, rows, *n_deleted, e));
    if (c->state != LOAD_STATE_Loaded) /* a released collection takes no memory */
        collection_drop_caches(c);
    return MVL_OK;
}
