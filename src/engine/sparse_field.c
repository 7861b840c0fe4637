#include "engine/sparse_field.h"

#include "engine/indexes.h"
#include "index/postings.h"

enum { ROWS_AT_ONCE = 1024, EFFORT_OF_ROW = 8 };

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

/* Reads on, so many rows at most. */
static int read_some(struct collection *c, struct loaded_field *f, uint32_t most, struct arena *a,
                     struct error *e)
{
    struct vectors *v = f->vectors;
    uint32_t n_rows = (uint32_t)c->next_row;
    struct entity_table entities = collection_entities(c);
    struct entity_scan scan = {.field = (uint32_t)(f - c->fields), .most = most, .next = v->n_rows};
    TRY(bitmap_reserve(&v->present, n_rows));
    bitmap_extend(&v->present, n_rows);
    TRY(entities_scan(c->store, &entities, &scan, a, e));
    if (scan.n && scan.rows[scan.n - 1] >= n_rows)
        return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u",
                         scan.rows[scan.n - 1]);
    TRY(add_rows(f, &scan, e));
    if (scan.n < scan.most)
        v->n_rows = n_rows;
    return MVL_OK;
}

int sparse_field_load(struct collection *c, uint32_t field, struct error *e)
{
    struct loaded_field *f = &c->fields[field];
    struct arena a = {0};
    int rc = f->index ? MVL_OK : create(c, field);
    while (rc == MVL_OK && f->vectors->n_rows < c->next_row) {
        arena_reset(&a);
        rc = read_some(c, f, ROWS_AT_ONCE, &a, e);
    }
    arena_fini(&a);
    return rc;
}

/* Rows to read in idle time. */
static uint32_t n_unread(const struct collection *c, uint32_t field)
{
    const struct field *f = &c->schema->fields[field];
    const struct loaded_field *loaded = &c->fields[field];
    if (!c->is_loaded || !field_is_sparse(f) || loaded->has_given_up ||
        (!loaded->index && !collection_index_on(c, f->name)))
        return 0;
    return (uint32_t)c->next_row - (loaded->index ? loaded->vectors->n_rows : 0);
}

uint64_t sparse_field_work(const struct collection *c)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < c->schema->n_fields; i++)
        n += n_unread(c, i);
    return n * EFFORT_OF_ROW;
}

int sparse_field_maintain(struct collection *c, uint32_t effort, struct error *e)
{
    uint32_t field = 0, most = effort / EFFORT_OF_ROW + 1;
    while (field < c->schema->n_fields && !n_unread(c, field))
        field++;
    if (field == c->schema->n_fields)
        return MVL_OK;
    struct loaded_field *f = &c->fields[field];
    struct arena a = {0};
    int rc = f->index ? MVL_OK : create(c, field);
    if (rc == MVL_OK)
        rc = read_some(c, f, most < ROWS_AT_ONCE ? most : ROWS_AT_ONCE, &a, e);
    arena_fini(&a);
    f->has_given_up = rc == MVL_NOMEM;
    return rc == MVL_NOMEM ? MVL_OK : rc;
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
