#include "engine/query_vectors.h"

#include <inttypes.h>

#include "engine/query.h"
#include "schema/coerce_sparse.h"
#include "schema/coerce_vectors.h"

static int put_matrix(const struct column *coerced, struct plan *p, struct arena *a)
{
    p->queries = coerced->data;
    p->query_bytes = (size_t)coerced->width * kind_element_bytes(coerced->kind);
    if (coerced->kind == KIND_MATRIX_F32 || coerced->kind == KIND_MATRIX_U8)
        return MVL_OK;
    size_t n = (size_t)p->n_queries * coerced->width;
    float *floats = arena_array(a, n, sizeof *floats);
    if (!floats)
        return MVL_NOMEM;
    for (size_t i = 0; i < n; i++)
        floats[i] = (float)matrix_element(coerced->kind, coerced->data, (uint32_t)i);
    p->queries = floats;
    p->query_bytes = coerced->width * sizeof *floats;
    return MVL_OK;
}

static void put_sparse(struct sparse_vector *queries, struct plan *p)
{
    p->queries = queries;
    p->query_bytes = sizeof *queries;
}

static int check_count(const char *what, uint32_t n, struct error *e)
{
    if (n >= 1 && n <= LIMIT_MAX_QUERIES)
        return MVL_OK;
    return error_set(e, MVL_PARAM_INVALID, "%s 1..%d query vectors, got %u", what, LIMIT_MAX_QUERIES, n);
}

/* ---- as they were given ---- */

static int resolve_given(const struct field *f, const struct search_request *r, struct plan *p,
                         struct arena *a, struct error *e)
{
    struct column coerced;
    struct sparse_vector *sparse;
    TRY(check_count("data must hold", r->n_queries, e));
    for (uint32_t i = 0; i < r->n_queries; i++)
        if (column_is_null(r->queries, i))
            return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, i},
                                "data must hold query vectors, got null");
    p->n_queries = r->n_queries;
    if (p->is_sparse) {
        TRY(coerce_sparse_queries(f, r->queries, r->n_queries, a, &sparse, e));
        put_sparse(sparse, p);
        return MVL_OK;
    }
    TRY(coerce_vectors(f, r->queries, r->n_queries, a, &coerced, e));
    return put_matrix(&coerced, p, a);
}

/* ---- those of entities ---- */

/* What is wrong with the i-th key. */
static int refuse_key(const struct field *f, const struct column *keys, uint32_t i, const char *why,
                      struct error *e)
{
    struct error_place place = {STR("ids"), i};
    if (keys->kind == KIND_I64)
        return error_set_at(e, MVL_PARAM_INVALID, place,
                            "ids must name entities with a vector in field '%.*s', got %" PRId64 ": %s",
                            STR_ARGS(f->name), ((const int64_t *)keys->data)[i], why);
    return error_set_at(e, MVL_PARAM_INVALID, place,
                        "ids must name entities with a vector in field '%.*s', got '%.*s': %s",
                        STR_ARGS(f->name), STR_ARGS(column_text(keys, i)), why);
}

static int put_stored_sparse(const struct field *f, const struct column *stored, struct plan *p,
                             struct arena *a, struct error *e)
{
    struct sparse_vector *queries = arena_array(a, p->n_queries, sizeof *queries);
    if (!queries)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < p->n_queries; i++) {
        struct str bytes = column_text(stored, i);
        if (!sparse_read(bytes.p, bytes.n, &queries[i]))
            return error_set(e, MVL_DAMAGED, "a vector in field '%.*s' is damaged", STR_ARGS(f->name));
    }
    put_sparse(queries, p);
    return MVL_OK;
}

static int resolve_stored(struct collection *c, const struct field *f, const struct search_request *r,
                          struct plan *p, struct arena *a, struct error *e)
{
    struct column keys;
    struct output output;
    struct batch stored;
    uint32_t *rows;
    TRY(check_count("ids must name", r->n_keys, e));
    TRY(collection_rows_of_keys(c, r->keys, r->n_keys, a, &keys, &rows, e));
    for (uint32_t i = 0; i < r->n_keys; i++)
        if (rows[i] == ENTITY_NONE)
            return refuse_key(f, &keys, i, "there is none", e);
    TRY(output_resolve(c->schema, &f->name, 1, a, &output, e));
    TRY(output_fetch(c, &output, rows, r->n_keys, a, &stored, e));
    for (uint32_t i = 0; i < r->n_keys; i++)
        if (column_is_null(&stored.columns[0], i))
            return refuse_key(f, &keys, i, "its vector is null", e);
    p->n_queries = r->n_keys;
    return p->is_sparse ? put_stored_sparse(f, &stored.columns[0], p, a, e)
                        : put_matrix(&stored.columns[0], p, a);
}

int query_vectors_resolve(struct collection *c, const struct search_request *r, struct plan *p,
                          struct arena *a, struct error *e)
{
    const struct field *f = &c->schema->fields[p->field];
    return r->keys ? resolve_stored(c, f, r, p, a, e) : resolve_given(f, r, p, a, e);
}
