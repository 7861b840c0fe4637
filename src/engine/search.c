#include "engine/search.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "engine/indexes.h"
#include "engine/output.h"
#include "index/index.h"
#include "kernel/kernel.h"
#include "schema/coerce.h"
#include "table/vectors.h"

/* What a request comes to on this collection. */
struct plan {
    uint32_t field;
    enum metric metric;
    uint32_t limit, offset;
    double nearest, farthest; /* orders: nearest <= order < farthest */
    double decimals;          /* 10^round_decimal, or 0 */
    struct output output;
    const float *queries; /* [n_queries][dim] */
    uint32_t n_queries;
};

static int resolve_field(const struct collection *c, struct str name, uint32_t *out, struct error *e)
{
    const struct schema *s = c->schema;
    if (name.n) {
        int i = schema_find(s, name);
        if (i < 0)
            return error_set_at(
                e, MVL_FIELD_NOT_FOUND, (struct error_place){name, -1},
                "anns_field must be a vector field of the collection: field '%.*s' not found in schema",
                STR_ARGS(name));
        if (!field_is_vector(&s->fields[i]))
            return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                                "anns_field must be a vector field, got field '%.*s' of type %s",
                                STR_ARGS(name), data_type_name(s->fields[i].type));
        *out = (uint32_t)i;
        return MVL_OK;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_fields; i++)
        if (field_is_vector(&s->fields[i]) && n++ == 0)
            *out = i;
    if (n == 1)
        return MVL_OK;
    return error_set(e, MVL_PARAM_MISSING, "anns_field must be given: collection '%.*s' has %u vector fields",
                     STR_ARGS(c->name), n);
}

static int resolve_metric(const struct collection *c, struct str field, struct str name, enum metric *out,
                          struct error *e)
{
    const struct index_definition *d = collection_index_on(c, field);
    *out = d ? d->metric : METRIC_COSINE;
    if (!name.n)
        return MVL_OK;
    enum metric wanted;
    if (!metric_parse(name, &wanted))
        return error_set(e, MVL_PARAM_INVALID, "metric_type must be COSINE, IP or L2, got '%.*s'",
                         STR_ARGS(name));
    if (d && wanted != d->metric)
        return error_set(e, MVL_PARAM_INVALID,
                         "metric_type must be that of the index: metric type not match: invalid parameter"
                         "[expected=%s][actual=%s]",
                         metric_name(d->metric), metric_name(wanted));
    *out = wanted;
    return MVL_OK;
}

static int resolve_page(const struct search_request *r, struct plan *p, struct error *e)
{
    if (r->limit < 1 || r->limit > LIMIT_MAX_TOPK)
        return error_set(e, MVL_PARAM_INVALID, "limit must be 1..%d, got %lld", LIMIT_MAX_TOPK,
                         (long long)r->limit);
    if (r->offset < 0 || r->offset > LIMIT_MAX_TOPK - r->limit)
        return error_set(e, MVL_PARAM_INVALID,
                         "offset must be at least 0 and offset + limit at most %d, got %lld and %lld",
                         LIMIT_MAX_TOPK, (long long)r->offset, (long long)r->limit);
    if (r->round_decimal < -1 || r->round_decimal > 6)
        return error_set(e, MVL_PARAM_INVALID, "round_decimal must be -1..6, got %lld",
                         (long long)r->round_decimal);
    p->limit = (uint32_t)r->limit;
    p->offset = (uint32_t)r->offset;
    p->decimals = r->round_decimal >= 0 ? pow(10, (double)r->round_decimal) : 0;
    return MVL_OK;
}

/* Similarities: radius < d <= range_filter. Distances: range_filter <= d < radius. */
static int resolve_range(const struct search_request *r, struct plan *p, struct error *e)
{
    p->nearest = r->range_filter ? kernel_order_of_distance(p->metric, *r->range_filter) : -INFINITY;
    p->farthest = r->radius ? kernel_order_of_distance(p->metric, *r->radius) : INFINITY;
    if (!r->radius || !r->range_filter || p->nearest < p->farthest)
        return MVL_OK;
    return error_set(e, MVL_PARAM_INVALID,
                     "radius must be %s range_filter for metric %s, got radius %g and range_filter %g",
                     metric_larger_is_nearer(p->metric) ? "less than" : "greater than",
                     metric_name(p->metric), *r->radius, *r->range_filter);
}

static int resolve_queries(const struct collection *c, const struct search_request *r, struct plan *p,
                           struct arena *a, struct error *e)
{
    const struct field *f = &c->schema->fields[p->field];
    struct column coerced;
    if (r->n_queries < 1 || r->n_queries > LIMIT_MAX_QUERIES)
        return error_set(e, MVL_PARAM_INVALID, "data must hold 1..%d query vectors, got %u",
                         LIMIT_MAX_QUERIES, r->n_queries);
    for (uint32_t i = 0; i < r->n_queries; i++)
        if (column_is_null(r->queries, i))
            return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, i},
                                "data must hold query vectors, got null");
    TRY(coerce_vectors(f, r->queries, r->n_queries, a, &coerced, e));
    p->queries = coerced.data;
    p->n_queries = r->n_queries;
    return MVL_OK;
}

static int resolve(const struct collection *c, const struct search_request *r, struct plan *p,
                   struct arena *a, struct error *e)
{
    *p = (struct plan){0};
    TRY(resolve_page(r, p, e));
    TRY(resolve_field(c, r->anns_field, &p->field, e));
    TRY(resolve_metric(c, c->schema->fields[p->field].name, r->metric, &p->metric, e));
    TRY(resolve_range(r, p, e));
    TRY(resolve_queries(c, r, p, a, e));
    return output_resolve(c->schema, r->output_fields, r->n_output_fields, a, &p->output, e);
}

/* A hit on its way out. order: exact, in double precision. */
struct candidate {
    double order;
    uint32_t row;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The hits of all queries so far. */
struct hits {
    uint32_t *rows;
    double *distances;
    uint32_t n;
};

/* By the distance that is shown, a float; equal ones by age. */
static int compare_shown(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    float first = (float)x->order, second = (float)y->order;
    if (first != second)
        return first < second ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The float32 orders of an index have rounding errors; candidates get their exact distances here, and range and page
 * are judged by those. Returns how many lie in the range. */
static uint32_t judge(const struct plan *p, const struct vectors *v, const float *query,
                      const struct topk *found, struct candidate *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < found->n; i++) {
        uint32_t row = found->entries[i].row;
        double distance = kernel_distance(p->metric, query, vectors_row(v, row), v->dim);
        double order = kernel_order_of_distance(p->metric, distance);
        if (order >= p->nearest && order < p->farthest)
            out[n++] = (struct candidate){order, row};
    }
    qsort(out, n, sizeof *out, compare_shown);
    return n;
}

static void take_page(const struct plan *p, const struct candidate candidates[], uint32_t n,
                      struct hits *hits)
{
    for (uint32_t i = p->offset; i < n && i - p->offset < p->limit; i++) {
        double distance = kernel_distance_of_order(p->metric, candidates[i].order);
        hits->rows[hits->n] = candidates[i].row;
        hits->distances[hits->n++] = p->decimals > 0
                                         ? round(distance * p->decimals) / p->decimals + 0.0 /* no -0 */
                                         : (double)(float)distance;
    }
}

/* A bound widened by more than a float32 order can be off, so that the exact check decides. */
static double widened(double order, double direction)
{
    return isinf(order) ? order : order + direction * (1e-5 * fabs(order) + 1e-6);
}

/* Room for candidates, which all queries of a request use in turn. */
struct candidates {
    struct candidate *p; /* [capacity] */
    uint32_t n, capacity;
};

static int reserve_candidates(struct candidates *c, uint32_t n, struct arena *a)
{
    if (c->p && n <= c->capacity)
        return MVL_OK;
    *c = (struct candidates){arena_array(a, n, sizeof *c->p), 0, n};
    return c->p ? MVL_OK : MVL_NOMEM;
}

/* The nearest rows of one query in the range, in order. Rows that only the widened bounds let in may have taken places
 * of others: then it looks again, further. */
static int find_candidates(const struct loaded_field *f, const struct plan *p, const float *query,
                           struct arena *a, struct candidates *out)
{
    const struct vectors *v = f->vectors;
    struct index_query q = {query, p->metric, NULL, widened(p->nearest, -1), widened(p->farthest, 1)};
    uint32_t wanted = p->limit + p->offset < v->n_present ? p->limit + p->offset : v->n_present;
    for (uint32_t k = wanted;; k = 2 * k < v->n_present ? 2 * k : v->n_present) {
        struct topk found;
        TRY(reserve_candidates(out, k, a));
        TRY(topk_init(&found, k));
        int rc = f->ops->search(f->index, &q, &found);
        out->n = rc == MVL_OK ? judge(p, v, query, &found, out->p) : 0;
        bool has_all = found.n < k || k == v->n_present;
        topk_fini(&found);
        if (rc != MVL_OK || out->n >= wanted || has_all)
            return rc;
    }
}

static int run(const struct collection *c, const struct plan *p, struct arena *a, uint32_t counts[],
               struct hits *hits)
{
    const struct loaded_field *f = &c->fields[p->field];
    const struct vectors *v = f->vectors;
    uint32_t most = p->limit < v->n_present ? p->limit : v->n_present;
    hits->rows = arena_array(a, (size_t)most * p->n_queries, sizeof *hits->rows);
    hits->distances = arena_array(a, (size_t)most * p->n_queries, sizeof *hits->distances);
    if (!hits->rows || !hits->distances)
        return MVL_NOMEM;
    struct candidates candidates = {0};
    for (uint32_t i = 0; i < p->n_queries; i++) {
        uint32_t before = hits->n;
        TRY(find_candidates(f, p, p->queries + (size_t)i * v->dim, a, &candidates));
        take_page(p, candidates.p, candidates.n, hits);
        counts[i] = hits->n - before;
    }
    return MVL_OK;
}

/* Key and distance before the output fields. */
static int show(struct collection *c, const struct plan *p, const struct hits *hits, struct arena *a,
                struct batch *out, struct error *e)
{
    struct batch fields;
    TRY(output_fetch(c, &p->output, hits->rows, hits->n, a, &fields, e));
    struct column *columns = arena_array(a, (size_t)fields.n_columns + 2, sizeof *columns);
    if (!columns)
        return MVL_NOMEM;
    TRY(output_fetch_keys(c, hits->rows, hits->n, a, &columns[0], e));
    columns[1] = (struct column){
        .name = STR("distance"), .kind = KIND_F64, .role = ROLE_DISTANCE, .data = hits->distances};
    memcpy(columns + 2, fields.columns, fields.n_columns * sizeof *columns);
    *out = (struct batch){columns, fields.n_columns + 2, hits->n};
    return MVL_OK;
}

int collection_search(struct collection *c, const struct search_request *r, struct arena *a,
                      struct search_result *out, struct error *e)
{
    struct plan p;
    struct hits hits = {0};
    TRY(collection_check_loaded(c, e));
    TRY(resolve(c, r, &p, a, e));
    TRY(collection_load(c, e));
    out->counts = arena_zeroed(a, p.n_queries, sizeof *out->counts);
    if (!out->counts)
        return MVL_NOMEM;
    TRY(run(c, &p, a, out->counts, &hits));
    return show(c, &p, &hits, a, &out->hits, e);
}

/* Keeps the first of equal rows, in order, and drops what was not found. */
static uint32_t distinct_rows(uint32_t rows[], uint32_t n, struct arena *a)
{
    uint32_t kept = 0;
    struct candidate *by_row = arena_array(a, n, sizeof *by_row);
    if (!by_row)
        return UINT32_MAX;
    for (uint32_t i = 0; i < n; i++)
        by_row[i] = (struct candidate){rows[i], i};
    qsort(by_row, n, sizeof *by_row, compare_candidates); /* by row, then by place */
    for (uint32_t i = 0; i + 1 < n; i++)
        if (by_row[i].order == by_row[i + 1].order)
            rows[by_row[i + 1].row] = ENTITY_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] != ENTITY_NONE)
            rows[kept++] = rows[i];
    return kept;
}

int collection_get(struct collection *c, const struct column *keys, uint32_t n,
                   const struct str output_fields[], uint32_t n_output_fields, struct arena *a,
                   struct batch *out, struct error *e)
{
    struct output output;
    struct column coerced;
    const struct str all = STR("*");
    struct entity_table entities = collection_entities(c);
    TRY(collection_check_loaded(c, e));
    TRY(output_resolve(c->schema, n_output_fields ? output_fields : &all,
                       n_output_fields ? n_output_fields : 1, a, &output, e));
    output_add_primary(c->schema, &output);
    TRY(coerce_keys(schema_primary(c->schema), keys, n, a, &coerced, e));
    uint32_t *rows = arena_array(a, n, sizeof *rows);
    if (!rows)
        return MVL_NOMEM;
    TRY(entities_find(c->store, &entities, &coerced, n, rows, e));
    uint32_t n_rows = distinct_rows(rows, n, a);
    if (n_rows == UINT32_MAX)
        return MVL_NOMEM;
    return output_fetch(c, &output, rows, n_rows, a, out, e);
}
