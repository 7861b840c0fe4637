#include "engine/search.h"

#include <math.h>
#include <stdlib.h>

#include "engine/columns.h"
#include "engine/group.h"
#include "engine/hit_order.h"
#include "engine/indexes.h"
#include "engine/query_vectors.h"
#include "engine/sparse_field.h"
#include "index/index.h"
#include "kernel/kernel.h"
#include "table/vectors.h"

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
        if (!field_is_searched(&s->fields[i]))
            return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                                "anns_field must be a vector field, got field '%.*s' of type %s",
                                STR_ARGS(name), data_type_name(s->fields[i].type));
        *out = (uint32_t)i;
        return MVL_OK;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_fields; i++)
        if (field_is_searched(&s->fields[i]) && n++ == 0)
            *out = i;
    if (n == 1)
        return MVL_OK;
    return error_set(e, MVL_PARAM_MISSING, "anns_field must be given: collection '%.*s' has %u vector fields",
                     STR_ARGS(c->name), n);
}

static int resolve_metric(const struct collection *c, const struct field *f, struct str name,
                          enum metric *out, struct error *e)
{
    const struct index_definition *d = collection_index_on(c, f->name);
    enum vector_family family = vector_family_of(f);
    *out = d ? d->metric : metric_usual(family);
    if (!name.n)
        return MVL_OK;
    enum metric wanted;
    if (!metric_parse(name, &wanted) || !metric_fits(wanted, family))
        return error_set(e, MVL_PARAM_INVALID, "metric_type must be %s, got '%.*s'", metric_list(family),
                         STR_ARGS(name));
    if (d && wanted != d->metric)
        return error_set(e, MVL_PARAM_INVALID,
                         "metric_type must be that of the index: metric type not match: invalid parameter"
                         "[expected=%s][actual=%s]",
                         metric_name(d->metric), metric_name(wanted));
    *out = wanted;
    return MVL_OK;
}

int plan_page(const struct search_request *r, struct plan *p, struct error *e)
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

/* Of an index that is no graph, ef means nothing. */
static int resolve_ef(const struct collection *c, const struct search_request *r, struct plan *p,
                      struct error *e)
{
    const struct index_definition *d = collection_index_on(c, c->schema->fields[p->field].name);
    if (!r->ef || !d || !index_definition_is_graph(d))
        return MVL_OK;
    if (*r->ef < 1 || *r->ef > LIMIT_MAX_EF)
        return error_set(
            e, MVL_PARAM_INVALID,
            "ef must be 1..%d: Out of range in json: param 'ef' (%lld) should be in range [1, %d]",
            LIMIT_MAX_EF, (long long)*r->ef, LIMIT_MAX_EF);
    int64_t k = r->limit + r->offset;
    if (*r->ef < k)
        return error_set(e, MVL_PARAM_INVALID,
                         "ef must be at least offset + limit: ef(%lld) should be larger than k(%lld)",
                         (long long)*r->ef, (long long)k);
    p->ef = (uint32_t)*r->ef;
    return MVL_OK;
}

struct search_cursor search_cursor_begin(const struct collection *c)
{
    return (struct search_cursor){.collection = c->id, .end = (uint32_t)c->next_row};
}

static int resolve_cursor(const struct collection *c, const struct search_request *r, struct plan *p,
                          struct error *e)
{
    p->cursor = r->cursor;
    if (!r->cursor)
        return MVL_OK;
    if (r->n_queries != 1)
        return error_set(e, MVL_PARAM_INVALID, "data of an iterator must be one vector, got %u",
                         r->n_queries);
    if (r->group_by_field.n)
        return error_set(e, MVL_PARAM_INVALID, "group_by_field must not be given to an iterator, got '%.*s'",
                         STR_ARGS(r->group_by_field));
    if (r->offset)
        return error_set(e, MVL_PARAM_INVALID,
                         "offset must not be given to an iterator of a search, got %lld",
                         (long long)r->offset);
    if (r->cursor->collection != c->id || r->cursor->end > c->next_row)
        return error_set(e, MVL_PARAM_INVALID,
                         "an iterator must go on in the collection it began with: '%.*s' is another now",
                         STR_ARGS(c->name));
    return MVL_OK;
}

static int resolve(struct collection *c, const struct search_request *r, struct plan *p, struct arena *a,
                   struct error *e)
{
    *p = (struct plan){0};
    TRY(plan_page(r, p, e));
    TRY(resolve_field(c, r->anns_field, &p->field, e));
    p->is_sparse = field_is_sparse(&c->schema->fields[p->field]);
    TRY(resolve_metric(c, &c->schema->fields[p->field], r->metric, &p->metric, e));
    TRY(resolve_range(r, p, e));
    TRY(resolve_ef(c, r, p, e));
    TRY(resolve_cursor(c, r, p, e));
    TRY(group_resolve(c->schema, r, p, e));
    TRY(hit_order_resolve(c->schema, r, a, p, e));
    TRY(query_vectors_resolve(c, r, p, a, e));
    p->row = arena_array(a, c->schema->fields[p->field].dim, sizeof *p->row);
    if (!p->row)
        return MVL_NOMEM;
    return output_resolve(c->schema, r->output_fields, r->n_output_fields, a, &p->output, e);
}

/* By the distance that is shown, a float; equal ones by age. */
static int compare_orders(float x_order, uint32_t x_row, float y_order, uint32_t y_row)
{
    if (x_order != y_order)
        return x_order < y_order ? -1 : 1;
    return (x_row > y_row) - (x_row < y_row);
}

static int compare_shown(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return compare_orders((float)x->order, x->row, (float)y->order, y->row);
}

static bool is_behind(const struct search_cursor *c, double order, uint32_t row)
{
    return !c || !c->has_last || compare_orders((float)order, row, c->last_order, c->last_row) > 0;
}

int plan_judge(const struct plan *p, const struct vectors *v, const void *query, const struct topk *found,
               struct candidate *out, uint32_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < found->n; i++) {
        uint32_t row = found->entries[i].row;
        double order = (double)found->entries[i].order;
        if (!p->is_sparse) {
            struct vector_view view;
            TRY(vectors_fetch(v, row, p->row, &view));
            order = kernel_order_of_distance(p->metric, kernel_distance(p->metric, query, view.row, v->dim));
        }
        if (order >= p->nearest && order < p->farthest && is_behind(p->cursor, order, row))
            out[(*n)++] = (struct candidate){order, row};
    }
    candidates_sort(out, *n);
    return MVL_OK;
}

void candidates_sort(struct candidate candidates[], uint32_t n)
{
    qsort(candidates, n, sizeof *candidates, compare_shown);
}

double plan_shown(const struct plan *p, double distance)
{
    if (p->decimals > 0)
        return round(distance * p->decimals) / p->decimals + 0.0; /* no -0 */
    return (double)(float)distance;
}

/* Adds candidates to the hits. */
static void take(const struct plan *p, const struct candidate candidates[], uint32_t n, struct hits *hits)
{
    for (uint32_t i = 0; i < n; i++) {
        hits->rows[hits->n] = candidates[i].row;
        hits->distances[hits->n++] = plan_shown(p, kernel_distance_of_order(p->metric, candidates[i].order));
    }
}

/* A bound widened by more than a float32 order can be off, so that the exact check decides. */
static double widened(double order, double direction)
{
    return isinf(order) ? order : order + direction * (1e-5 * fabs(order) + 1e-6);
}

struct index_query plan_query(const struct plan *p, uint32_t query, struct index_report *report)
{
    bool goes_on = p->cursor && p->cursor->has_last;
    double nearest = goes_on ? fmax(p->nearest, (double)p->cursor->last_order) : p->nearest;
    return (struct index_query){
        .vector = (const uint8_t *)p->queries + query * p->query_bytes,
        .metric = p->metric,
        .allow = p->allow,
        .nearest = widened(nearest, -1),
        .farthest = widened(p->farthest, 1),
        .exact = p->cursor != NULL, /* what one page misses would be before the next */
        .ef = p->ef,
        .report = report,
    };
}

int candidates_reserve(struct candidates *c, uint32_t n, struct arena *a)
{
    if (c->p && n <= c->capacity)
        return MVL_OK;
    *c = (struct candidates){arena_array(a, n, sizeof *c->p), 0, n};
    return c->p ? MVL_OK : MVL_NOMEM;
}

/* The order that no row which was not found can be below: those of the index round a little. */
static double order_beyond(const struct topk *found)
{
    double farthest = -INFINITY;
    for (uint32_t i = 0; i < found->n; i++)
        farthest = fmax(farthest, (double)found->entries[i].order);
    return widened(farthest, -1);
}

int plan_nearest(const struct plan *p, const struct loaded_field *f, const struct index_query *q, uint32_t k,
                 struct arena *a, struct candidates *out, struct reach *reach)
{
    struct topk found;
    TRY(candidates_reserve(out, k, a));
    TRY(topk_init(&found, k));
    out->n = 0;
    int rc = f->ops->search(f->index, q, &found);
    double start = report_time(q->report);
    if (rc == MVL_OK)
        rc = plan_judge(p, f->vectors, q->vector, &found, out->p, &out->n);
    report_exact(q->report, 0, start); /* these rows are among those that the index has counted */
    *reach = (struct reach){found.n < k || k >= p->n_allowed, order_beyond(&found)};
    topk_fini(&found);
    return rc;
}

/* Are these rows the nearest ones? A page of an iterator must have whatever is before its last row, for the next page
 * begins behind that; to other searches rows whose distances are the same but for rounding are as good. */
static bool is_complete(const struct plan *p, const struct candidates *found, uint32_t wanted,
                        struct reach reach)
{
    if (reach.has_all)
        return true;
    if (found->n < wanted)
        return false;
    bool is_exact = p->is_sparse ||
                    p->metric == METRIC_HAMMING; /* the index's orders are those that are shown */
    return !p->cursor || is_exact || (float)found->p[wanted - 1].order < (float)reach.beyond;
}

/* The nearest rows of one query in the range, in order. Rows that only the widened bounds let in may have taken places
 * of others: then it looks again, further. */
static int find_rows(const struct loaded_field *f, const struct plan *p, const struct index_query *q,
                     struct arena *a, struct candidates *out)
{
    enum { CLOSE_ROWS = 16 }; /* so many more mostly show that a page is complete */
    uint32_t most = p->n_allowed;
    uint32_t wanted = p->limit + p->offset < most ? p->limit + p->offset : most;
    uint32_t k = p->cursor && wanted + CLOSE_ROWS < most ? wanted + CLOSE_ROWS : wanted;
    for (;; k = 2 * k < most ? 2 * k : most) {
        struct reach reach;
        TRY(plan_nearest(p, f, q, k, a, out, &reach));
        if (is_complete(p, out, wanted, reach))
            return MVL_OK;
    }
}

static uint32_t most_hits(const struct plan *p)
{
    uint32_t most = p->limit * (p->is_grouped ? p->group_size : 1);
    return most < p->n_allowed ? most : p->n_allowed;
}

static void advance(const struct search_cursor *from, const struct candidate shown[], uint32_t n,
                    struct search_cursor *out)
{
    *out = *from;
    if (n == 0)
        return;
    out->has_last = true;
    out->last_order = (float)shown[n - 1].order;
    out->last_row = shown[n - 1].row;
}

static int run(struct collection *c, const struct plan *p, struct arena *a, struct search_result *result,
               struct hits *hits, struct error *e)
{
    const struct loaded_field *f = &c->fields[p->field];
    uint32_t most = most_hits(p);
    hits->rows = arena_array(a, (size_t)most * p->n_queries, sizeof *hits->rows);
    hits->distances = arena_array(a, (size_t)most * p->n_queries, sizeof *hits->distances);
    if (!hits->rows || !hits->distances)
        return MVL_NOMEM;
    struct candidates candidates = {0};
    struct grouping grouping = {.arena = a};
    for (uint32_t i = 0; i < p->n_queries && p->n_allowed; i++) {
        uint32_t before = hits->n;
        struct query_report *report = result->explanation ? &result->explanation->queries[i] : NULL;
        struct index_query q = plan_query(p, i, report ? &report->index : NULL);
        if (p->is_grouped) {
            int rc = grouping_search(&grouping, c, p, &q, &candidates, report, e);
            TRY(collection_read_error(c, p->field, rc, e));
            take(p, candidates.p, candidates.n, hits);
        } else {
            TRY(collection_read_error(c, p->field, find_rows(f, p, &q, a, &candidates), e));
            uint32_t first = p->offset < candidates.n ? p->offset : candidates.n;
            uint32_t n = candidates.n - first < p->limit ? candidates.n - first : p->limit;
            take(p, candidates.p + first, n, hits);
            if (p->cursor)
                advance(p->cursor, candidates.p + first, n, &result->next);
        }
        if (p->order.n)
            TRY(hit_order_apply(c, p, grouping.counts, grouping.n_found, before, a, hits, e));
        result->counts[i] = hits->n - before;
    }
    return MVL_OK;
}

int plan_show(struct collection *c, const struct plan *p, const struct hits *hits, struct arena *a,
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

static double time_of(const struct search_request *r)
{
    return r->now ? r->now() : 0;
}

static bool is_on_disk(const struct vectors *v)
{
    if (v->dim == 0) /* sparse: all that searches want is in memory */
        return false;
    for (uint32_t row = 0; row < v->n_rows; row++) {
        bool has_chunk = v->chunks[row >> v->chunk_shift].rows != NULL;
        if (!has_chunk && bitmap_test(&v->present, row))
            return true;
        if (has_chunk)
            row |= (1u << v->chunk_shift) - 1; /* on to the next chunk */
    }
    return false;
}

/* What is known before the search, and places for what it finds out. */
static int explain(const struct collection *c, const struct search_request *r, const struct plan *p,
                   struct arena *a, struct search_explanation **out)
{
    const struct field *f = &c->schema->fields[p->field];
    const struct index_definition *d = collection_index_on(c, f->name);
    struct search_explanation *x = arena_zeroed(a, 1, sizeof *x);
    struct query_report *queries = arena_zeroed(a, p->n_queries, sizeof *queries);
    if (!x || !queries)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < p->n_queries; i++)
        queries[i].index = (struct index_report){.now = r->now, .plan = "exact"};
    *x = (struct search_explanation){
        .index = d ? d->type : NULL,
        .rows = c->fields[p->field].vectors->n_present,
        .ef = p->ef,
        .queries = queries,
    };
    x->allowed = p->n_allowed;
    *out = x;
    return MVL_OK;
}

/* NULL has all rows. */
static uint64_t word_of(const struct bitmap *b, uint32_t word)
{
    return !b ? UINT64_MAX : word * 64 < b->n ? b->words[word] : 0;
}

/* The rows with a vector, in the partitions that are asked for, that the filter is true of, and that are not too new for an
 * iterator. */
static int resolve_allowed(struct collection *c, const struct search_request *r, struct plan *p,
                           struct arena *a, struct error *e)
{
    const struct bitmap *present = &c->fields[p->field].vectors->present, *found = NULL, *among;
    uint32_t end = p->cursor && p->cursor->end < present->n ? p->cursor->end : present->n;
    p->n_allowed = c->fields[p->field].vectors->n_present;
    TRY(partitions_rows(c, r->partitions, true, &among, e));
    if (r->filter.n)
        TRY(columns_filter(c, r->filter, r->filter_params, a, &found, e));
    if (!found && !among && end == present->n)
        return MVL_OK;
    uint32_t n_words = present->n / 64 + (present->n % 64 != 0);
    struct bitmap *allow = arena_alloc(a, sizeof *allow);
    uint64_t *words = arena_zeroed(a, n_words, sizeof *words);
    if (!allow || !words)
        return MVL_NOMEM;
    for (uint32_t i = 0; i * 64 < end; i++) {
        uint64_t old_enough = end - i * 64 < 64 ? (UINT64_C(1) << (end - i * 64)) - 1 : UINT64_MAX;
        words[i] = present->words[i] & word_of(found, i) & word_of(among, i) & old_enough;
    }
    *allow = (struct bitmap){words, present->n, n_words};
    p->allow = allow;
    p->n_allowed = bitmap_count(allow);
    return MVL_OK;
}

int search_rows(struct collection *c, const struct search_request *r, struct arena *a, struct plan *p,
                struct hits *hits, struct search_result *out, struct error *e)
{
    double start = time_of(r);
    *out = (struct search_result){0};
    *hits = (struct hits){0};
    if (r->cursor)
        out->next = *r->cursor;
    TRY(collection_check_loaded(c, e));
    TRY(resolve(c, r, p, a, e));
    TRY(collection_load(c, e));
    if (p->is_sparse)
        TRY(sparse_field_load(c, p->field, e));
    double loaded = time_of(r);
    TRY(resolve_allowed(c, r, p, a, e));
    out->n_queries = p->n_queries;
    out->counts = arena_zeroed(a, p->n_queries, sizeof *out->counts);
    if (!out->counts)
        return MVL_NOMEM;
    if (r->now)
        TRY(explain(c, r, p, a, &out->explanation));
    double planned = time_of(r);
    TRY(run(c, p, a, out, hits, e));
    if (out->explanation) {
        out->explanation->plan_ms = loaded - start;
        out->explanation->filter_ms = planned - loaded;
    }
    return MVL_OK;
}

int collection_search(struct collection *c, const struct search_request *r, struct arena *a,
                      struct search_result *out, struct error *e)
{
    struct plan p;
    struct hits hits;
    double start = time_of(r);
    TRY(search_rows(c, r, a, &p, &hits, out, e));
    double found = time_of(r);
    TRY(plan_show(c, &p, &hits, a, &out->hits, e));
    if (out->explanation) {
        double end = time_of(r);
        out->explanation->storage = is_on_disk(c->fields[p.field].vectors) ? "disk" : "memory";
        out->explanation->fetch_ms = end - found;
        out->explanation->total_ms = end - start;
    }
    return MVL_OK;
}
