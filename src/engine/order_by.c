#include "engine/order_by.h"

#include "engine/columns.h"

/* ---- which columns ---- */

static int has_no_order(const struct field *f, struct error *e)
{
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                        "order_by_fields must name fields that have an order, got field '%.*s' of type %s%s",
                        STR_ARGS(f->name), data_type_name(f->type),
                        f->type == DATA_TYPE_JSON ? ", without a path into it, as [\"key\"]" : "");
}

static int resolve_column(const struct schema *s, struct str name, struct arena *a, struct filter_column *out,
                          struct error *e)
{
    TRY(columns_named(s, name, "order_by_fields", a, out, e));
    const struct field *f = out->field == FILTER_META ? NULL : &s->fields[out->field];
    switch (f ? data_type_class(f->type) : CLASS_NONE) {
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_TIME:
    case CLASS_REAL:
    case CLASS_TEXT:
    case CLASS_NONE: return MVL_OK; /* a dynamic field */
    case CLASS_JSON: return out->n_path ? MVL_OK : has_no_order(f, e);
    case CLASS_GEOMETRY:
    case CLASS_SPARSE:
    case CLASS_VECTOR: break;
    }
    return has_no_order(f, e);
}

int order_by_resolve(const struct schema *s, struct order_terms terms, struct arena *a, struct order_by *out,
                     struct error *e)
{
    *out = (struct order_by){
        .columns = arena_array(a, terms.n, sizeof *out->columns),
        .terms = arena_array(a, terms.n, sizeof *out->terms),
        .n = terms.n,
    };
    if (!out->columns || !out->terms)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < terms.n; i++) {
        out->terms[i] = (struct sort_term){NULL, terms.p[i].is_descending, terms.p[i].nulls_first};
        TRY(resolve_column(s, terms.p[i].field, a, &out->columns[i], e));
    }
    return MVL_OK;
}

/* ---- rows of a query ---- */

/* Fills terms [o->n]. */
static int load_terms(struct collection *c, const struct order_by *o, struct arena *a,
                      struct sort_term terms[], struct error *e)
{
    const struct scalars **values = arena_array(a, o->n, sizeof *values);
    if (!values)
        return MVL_NOMEM;
    TRY(columns_load(c, o->columns, o->n, values, e));
    for (uint32_t i = 0; i < o->n; i++) {
        terms[i] = o->terms[i];
        terms[i].values = values[i];
    }
    return MVL_OK;
}

/* The order that rows are found by with less work than by looking at all of them: as long as the rows of the set stand
 * evenly in it, the first k are among k / n of the column's. */
static const struct sorted *order_to_walk(struct collection *c, const struct order_by *o, uint64_t k,
                                          uint64_t n)
{
    bool is_worth_it = k * (uint64_t)c->next_row < n * n;
    return is_worth_it ? columns_sorted(c, &o->columns[0]) : NULL;
}

int order_by_rows(struct collection *c, const struct order_by *o, const struct bitmap *rows, uint32_t wanted,
                  struct arena *a, uint32_t **out, uint32_t *n, struct error *e)
{
    uint32_t n_rows = bitmap_count(rows), k = wanted < n_rows ? wanted : n_rows;
    struct sort_term *terms = arena_array(a, o->n, sizeof *terms);
    struct top_rows top = {.terms = terms, .n_terms = o->n};
    if (!terms)
        return MVL_NOMEM;
    TRY(load_terms(c, o, a, terms, e));
    TRY(columns_load_keys(c, &top.keys, e));
    TRY(top_rows_init(&top, k, a));
    const struct sorted *sorted = order_to_walk(c, o, k, n_rows);
    if (sorted)
        top_rows_walk(&top, sorted, rows);
    else
        top_rows_scan(&top, rows);
    *out = arena_array(a, k, sizeof **out);
    if (!*out)
        return MVL_NOMEM;
    *n = top.n;
    top_rows_finish(&top, *out);
    return MVL_OK;
}

/* ---- hits of a search ---- */

static int put_json(struct scalars *s, uint32_t i, struct str text, const struct filter_column *what,
                    struct arena *a, struct error *e)
{
    struct json *j;
    int rc = json_parse(text, a, &j, "stored value", e);
    if (rc == MVL_PARAM_INVALID)
        return error_set(e, MVL_DAMAGED, "the database file is damaged: a row holds no JSON");
    TRY(rc);
    const struct json *value = json_at(j, what->path, what->n_path);
    return value ? scalars_set_json(s, i, value) : MVL_OK;
}

/* The values of rows [n], by their places. */
static int put_values(const struct column *column, const struct filter_column *what, uint32_t n,
                      struct scalars **out, struct error *e)
{
    struct arena json = {0};
    TRY(scalars_create(out, what->kind));
    int rc = scalars_extend(*out, n);
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        if (column_is_null(column, i))
            continue;
        if (column->kind == KIND_JSON)
            rc = put_json(*out, i, column_text(column, i), what, &json, e);
        else
            rc = scalars_set_column(*out, i, column, i);
        arena_reset(&json);
    }
    arena_fini(&json);
    return rc;
}

/* Reads what the terms need. The values are the caller's, also of a failure. */
static int read_values(struct collection *c, const struct order_by *o, const uint32_t rows[], uint32_t n,
                       struct arena *a, struct scalars *values[], struct error *e)
{
    struct entity_table t = collection_entities(c);
    struct column meta, *columns = arena_array(a, o->n, sizeof *columns);
    uint32_t *fields = arena_array(a, o->n, sizeof *fields), n_fields = 0;
    bool needs_meta = false;
    if (!columns || !fields)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < o->n; i++) {
        if (o->columns[i].field == FILTER_META)
            needs_meta = true;
        else
            fields[n_fields++] = o->columns[i].field;
    }
    struct entity_selection selection = {fields, n_fields, rows, n};
    TRY(entities_read(c->store, &t, &selection, a, columns, needs_meta ? &meta : NULL, e));
    for (uint32_t i = 0, field = 0; i < o->n; i++) {
        bool is_meta = o->columns[i].field == FILTER_META;
        TRY(put_values(is_meta ? &meta : &columns[field++], &o->columns[i], n, &values[i], e));
    }
    return MVL_OK;
}

static int put_in_order(const struct order_by *o, struct scalars *const values[], uint32_t n, struct arena *a,
                        uint32_t places[])
{
    struct sort_term *terms = arena_array(a, o->n, sizeof *terms);
    struct top_rows top = {.terms = terms, .n_terms = o->n};
    if (!terms)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < o->n; i++) {
        terms[i] = o->terms[i];
        terms[i].values = values[i];
    }
    TRY(top_rows_init(&top, n, a));
    for (uint32_t i = 0; i < n; i++)
        top_rows_push(&top, i);
    top_rows_finish(&top, places);
    return MVL_OK;
}

int order_by_places(struct collection *c, const struct order_by *o, const uint32_t rows[], uint32_t n,
                    struct arena *a, uint32_t places[], struct error *e)
{
    struct scalars **values = arena_zeroed(a, o->n, sizeof *values);
    if (!values)
        return MVL_NOMEM;
    int rc = read_values(c, o, rows, n, a, values, e);
    if (rc == MVL_OK)
        rc = put_in_order(o, values, n, a, places);
    for (uint32_t i = 0; i < o->n; i++)
        scalars_destroy(values[i]);
    return rc;
}
