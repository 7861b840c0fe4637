#include "engine/sparse_field.h"

#include "engine/indexes.h"
#include "index/postings.h"

enum { ROWS_AT_ONCE = 1024 };

/* Its vectors say which rows have one, and hold no row. */
static int create(struct collection *c, uint32_t field)
{
    struct loaded_field *loaded = &c->fields[field];
    struct served_index served = collection_served_index(c, &c->schema->fields[field]);
    if (!loaded->vectors)
        TRY(vectors_create(&loaded->vectors, VECTOR_F32, 0, 0));
    loaded->ops = served.ops;
    return served.ops->create(&loaded->index, loaded->vectors, served.metric, &served.settings);
}

static int add_row(struct loaded_field *f, uint32_t row, struct str bytes, bool *is_vector)
{
    struct sparse_vector v;
    struct bitmap *present = &f->vectors->present;
    *is_vector = sparse_read(bytes.p, bytes.n, &v);
    if (!*is_vector)
        return MVL_OK;
    TRY(postings_add(f->index, row, &v));
    bitmap_set(present, row);
    f->vectors->n_present++;
    return MVL_OK;
}

static int add_rows(struct loaded_field *f, const struct entity_scan *scan, struct error *e)
{
    for (uint32_t i = 0; i < scan->n; i++) {
        bool is_vector = true;
        if (!column_is_null(&scan->column, i))
            TRY(add_row(f, scan->rows[i], column_text(&scan->column, i), &is_vector));
        if (!is_vector)
            return error_set(e, MVL_DAMAGED, "the vector of row %u in field '%.*s' is damaged", scan->rows[i],
                             STR_ARGS(scan->column.name));
        f->vectors->n_rows = scan->rows[i] + 1;
    }
    return MVL_OK;
}

int sparse_field_load(struct collection *c, uint32_t field, struct error *e)
{
    struct loaded_field *f = &c->fields[field];
    struct entity_table entities = collection_entities(c);
    if (!f->index)
        TRY(create(c, field));
    struct vectors *v = f->vectors;
    uint32_t n_rows = (uint32_t)c->next_row;
    if (v->n_rows >= n_rows)
        return MVL_OK;
    TRY(bitmap_reserve(&v->present, n_rows));
    bitmap_extend(&v->present, n_rows);
    struct arena scratch = {0};
    struct entity_scan scan = {.field = field, .most = ROWS_AT_ONCE, .next = v->n_rows};
    int rc = MVL_OK;
    do {
        arena_reset(&scratch);
        rc = entities_scan(c->store, &entities, &scan, &scratch, e);
        if (rc == MVL_OK && scan.n && scan.rows[scan.n - 1] >= n_rows)
            rc = error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u",
                           scan.rows[scan.n - 1]);
        if (rc == MVL_OK)
            rc = add_rows(f, &scan, e);
    } while (rc == MVL_OK && scan.n == scan.most);
    if (rc == MVL_OK)
        v->n_rows = n_rows;
    arena_fini(&scratch);
    return rc;
}

void sparse_field_forget(struct collection *c, uint32_t row)
{
    for (uint32_t i = 0; i < c->schema->n_fields; i++) {
        struct vectors *v = field_is_sparse(&c->schema->fields[i]) ? c->fields[i].vectors : NULL;
        if (!v || !bitmap_test(&v->present, row))
            continue;
        bitmap_clear(&v->present, row);
        v->n_present--;
    }
}

uint64_t sparse_field_bytes(const struct collection *c)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < c->schema->n_fields; i++)
        if (field_is_sparse(&c->schema->fields[i]) && c->fields[i].index)
            bytes += c->fields[i].ops->bytes(c->fields[i].index);
    return bytes;
}
