#include "engine/delete.h"

#include <stdlib.h>

#include "engine/columns.h"
#include "engine/query.h"
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

int delete_store(struct collection *c, const uint32_t rows[], uint32_t n, struct error *e)
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

void delete_publish(struct collection *c, const uint32_t rows[], uint32_t n)
{
    c->n_rows -= n;
    collection_rows_gone(c, rows, n);
}

static int delete_rows(struct collection *c, const uint32_t rows[], uint32_t n, struct error *e)
{
    if (n == 0)
        return MVL_OK;
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, delete_store(c, rows, n, e), e));
    delete_publish(c, rows, n);
    return MVL_OK;
}

static int rows_of_keys(struct collection *c, const struct delete_request *r, struct arena *a,
                        uint32_t **rows, uint32_t *n, struct error *e)
{
    struct column coerced;
    TRY(collection_rows_of_keys(c, r->keys, r->n_keys, a, &coerced, rows, e));
    *n = drop_missing_and_twins(*rows, r->n_keys);
    return MVL_OK;
}

static int find_and_delete(struct collection *c, const struct delete_request *r, struct arena *a,
                           uint32_t *n_deleted, struct error *e)
{
    const struct bitmap *among;
    uint32_t *rows, n, kept = 0;
    TRY(partitions_rows(c, r->partitions, false, &among, e));
    if (r->keys)
        TRY(rows_of_keys(c, r, a, &rows, &n, e));
    else
        TRY(collection_rows_where(c, r->filter, r->params, a, &rows, &n, e));
    for (uint32_t i = 0; i < n; i++)
        if (!among || bitmap_test(among, rows[i]))
            rows[kept++] = rows[i];
    *n_deleted = kept; /* before the commit, which keeps the answer */
    return delete_rows(c, rows, kept, e);
}

int collection_delete(struct collection *c, const struct delete_request *r, struct arena *a,
                      uint32_t *n_deleted, struct error *e)
{
    int rc = find_and_delete(c, r, a, n_deleted, e);
    if (c->state != LOAD_STATE_Loaded) /* a released collection takes no memory */
        collection_drop_caches(c);
    return rc;
}
