#include "engine/query.h"

#include <inttypes.h>

#include "base/places.h"
#include "engine/aggregate.h"
#include "engine/columns.h"
#include "engine/order.h"
#include "engine/output.h"
#include "schema/coerce.h"

#define COUNT_ALL STR("count(*)")

static int set_of_rows(uint32_t n, struct arena *a, struct bitmap *out)
{
    *out = (struct bitmap){.n = n, .n_words = n / 64 + (n % 64 != 0)};
    out->words = arena_zeroed(a, out->n_words, sizeof *out->words);
    return out->words ? MVL_OK : MVL_NOMEM;
}

/* The same as a set, which is the arena's. */
static int set_where(struct collection *c, struct str filter, const struct json *params, struct arena *a,
                     struct bitmap *rows, struct error *e)
{
    const struct scalars *keys;
    const struct bitmap *found = NULL;
    if (filter.n)
        TRY(columns_filter(c, filter, params, a, &found, e));
    TRY(columns_load_keys(c, &keys, e));
    TRY(set_of_rows(keys->n_rows, a, rows));
    for (uint32_t w = 0; w < rows->n_words; w++)
        rows->words[w] = keys->valid[w] & (found ? found->words[w] : UINT64_MAX);
    return MVL_OK;
}

int collection_rows_where(struct collection *c, struct str filter, const struct json *params, struct arena *a,
                          uint32_t **rows, uint32_t *n, struct error *e)
{
    struct bitmap set;
    TRY(set_where(c, filter, params, a, &set, e));
    uint32_t *list = arena_array(a, bitmap_count(&set), sizeof *list);
    if (!list)
        return MVL_NOMEM;
    *n = bitmap_list(&set, list);
    *rows = list;
    return MVL_OK;
}

/* ---- rows by key ---- */

/* Keeps the first of equal rows, in order, and drops what was not found. */
static int distinct_rows(uint32_t rows[], uint32_t *n, struct arena *a)
{
    uint32_t kept = 0;
    placed_row *by_row = arena_array(a, *n, sizeof *by_row);
    if (!by_row)
        return MVL_NOMEM;
    places_sort(rows, *n, by_row);
    for (uint32_t i = 0; i + 1 < *n; i++)
        if (placed_row_number(by_row[i]) == placed_row_number(by_row[i + 1]))
            rows[placed_row_place(by_row[i + 1])] = ENTITY_NONE;
    for (uint32_t i = 0; i < *n; i++)
        if (rows[i] != ENTITY_NONE)
            rows[kept++] = rows[i];
    *n = kept;
    return MVL_OK;
}

int collection_rows_of_keys(struct collection *c, const struct column *keys, uint32_t n, struct arena *a,
                            struct column *coerced, uint32_t **rows, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(coerce_keys(schema_primary(c->schema), keys, n, a, coerced, e));
    *rows = arena_array(a, n, sizeof **rows);
    if (!*rows)
        return MVL_NOMEM;
    TRY(entities_find(c->store, &entities, coerced, n, *rows, e));
    for (uint32_t i = 0; i < n; i++)
        if ((*rows)[i] < c->lifetime.first_row)
            (*rows)[i] = ENTITY_NONE;
    return MVL_OK;
}

static int rows_of_keys(struct collection *c, const struct column *keys, uint32_t n_keys, struct arena *a,
                        uint32_t **rows, uint32_t *n, struct error *e)
{
    struct column coerced;
    TRY(collection_rows_of_keys(c, keys, n_keys, a, &coerced, rows, e));
    *n = n_keys;
    return distinct_rows(*rows, n, a);
}

static int resolve_output(const struct collection *c, const struct str names[], uint32_t n, struct arena *a,
                          struct output *out, struct error *e)
{
    static const struct str all = {"*", 1};
    TRY(output_resolve(c->schema, n ? names : &all, n ? n : 1, a, out, e));
    output_add_primary(c->schema, out);
    return MVL_OK;
}

int collection_get(struct collection *c, const struct column *keys, uint32_t n,
                   const struct str output_fields[], uint32_t n_output_fields, struct arena *a,
                   struct batch *out, struct error *e)
{
    const struct query_request r = {
        .keys = keys,
        .n_keys = n,
        .as_given = true,
        .output_fields = output_fields,
        .n_output_fields = n_output_fields,
    };
    return collection_query(c, &r, a, out, e);
}

/* ---- queries ---- */

static bool counts(const struct query_request *r)
{
    return !r->as_given && !r->n_group_by && r->n_output_fields == 1 &&
           str_eq_nocase(r->output_fields[0], COUNT_ALL);
}

/* Of groups of rows, but for the plain number of all. */
static bool aggregates(const struct query_request *r)
{
    bool has_function = false;
    for (uint32_t i = 0; i < r->n_output_fields; i++)
        has_function |= aggregate_is_function(r->output_fields[i]);
    return r->n_group_by || (has_function && !r->as_given && !counts(r));
}

static int check_page(const struct query_request *r, struct error *e)
{
    if (counts(r) && r->order.n)
        return error_set(e, MVL_PARAM_INVALID, "order_by_fields must not be given with count(*), got '%.*s'",
                         STR_ARGS(r->order.p[0].field));
    if (counts(r) && (r->limit || r->offset))
        return error_set(
            e, MVL_PARAM_INVALID,
            "limit and offset must not be given with count(*): count entities with pagination is not "
            "allowed");
    if (r->limit && (*r->limit < 1 || *r->limit > LIMIT_MAX_TOPK))
        return error_set(e, MVL_PARAM_INVALID, "limit must be 1..%d, got %" PRId64, LIMIT_MAX_TOPK,
                         *r->limit);
    if (r->offset < 0 || r->offset > LIMIT_MAX_TOPK - (r->limit ? *r->limit : 0))
        return error_set(e, MVL_PARAM_INVALID,
                         "offset must be at least 0 and offset + limit at most %d, got %" PRId64
                         " and %" PRId64,
                         LIMIT_MAX_TOPK, r->offset, r->limit ? *r->limit : 0);
    if (r->keys && r->filter.n)
        return error_set(
            e, MVL_PARAM_INVALID,
            "Ambiguous parameter, either ids or filter should be specified, cannot support both.");
    if (!r->keys && !r->filter.n && !r->limit && !counts(r) && !aggregates(r))
        return error_set(e, MVL_PARAM_INVALID,
                         "filter or limit must be given: empty expression should be used with limit");
    return MVL_OK;
}

static int show_count(uint32_t n, struct arena *a, struct batch *out)
{
    struct column *column = arena_zeroed(a, 1, sizeof *column);
    int64_t *count = arena_array(a, 1, sizeof *count);
    if (!column || !count)
        return MVL_NOMEM;
    *count = n;
    *column = (struct column){.name = COUNT_ALL, .kind = KIND_I64, .data = count};
    *out = (struct batch){column, 1, 1};
    return MVL_OK;
}

/* Of the rows, those of the partitions that are asked for. */
static int keep_partitions(struct collection *c, const struct query_request *r, uint32_t rows[], uint32_t *n,
                           struct error *e)
{
    const struct bitmap *among;
    uint32_t kept = 0;
    TRY(partitions_rows(c, r->partitions, true, &among, e));
    for (uint32_t i = 0; i < *n; i++)
        if (!among || bitmap_test(among, rows[i]))
            rows[kept++] = rows[i];
    *n = kept;
    return MVL_OK;
}

/* All rows that are asked for, as a set, which is the arena's. */
static int set_of_query(struct collection *c, const struct query_request *r, struct arena *a,
                        struct bitmap *set, struct error *e)
{
    const struct bitmap *among;
    uint32_t *rows, n;
    if (r->keys) {
        TRY(rows_of_keys(c, r->keys, r->n_keys, a, &rows, &n, e));
        TRY(set_of_rows((uint32_t)c->next_row, a, set));
        for (uint32_t i = 0; i < n; i++)
            bitmap_set(set, rows[i]);
    } else {
        TRY(set_where(c, r->filter, r->params, a, set, e));
    }
    TRY(partitions_rows(c, r->partitions, true, &among, e));
    for (uint32_t w = 0; among && w < set->n_words; w++)
        set->words[w] &= w * 64 < among->n ? among->words[w] : 0;
    return MVL_OK;
}

/* The rows up to the end of the page, in the order of fields. */
static int rows_in_order(struct collection *c, const struct query_request *r, struct arena *a,
                         uint32_t **rows, uint32_t *n, struct error *e)
{
    struct order_by order;
    struct bitmap set;
    TRY(order_by_resolve(c->schema, r->order, a, &order, e));
    TRY(set_of_query(c, r, a, &set, e));
    uint32_t wanted = r->limit ? (uint32_t)(r->offset + *r->limit) : set.n;
    return order_by_rows(c, &order, &set, wanted, a, rows, n, e);
}

static int query_groups(struct collection *c, const struct query_request *r, struct arena *a,
                        struct batch *out, struct error *e)
{
    const struct aggregate_request request = {
        .group_by = r->group_by,
        .n_group_by = r->n_group_by,
        .output_fields = r->output_fields,
        .n_output_fields = r->n_output_fields,
        .order = r->order,
        .offset = (uint32_t)r->offset,
        .limit = r->limit ? (uint32_t)*r->limit : UINT32_MAX,
    };
    struct aggregation *aggregation;
    struct bitmap set;
    TRY(aggregate_resolve(c->schema, &request, a, &aggregation, e));
    TRY(set_of_query(c, r, a, &set, e));
    return aggregate_rows(c, aggregation, &set, a, out, e);
}

/* The rows up to the end of the page, by their keys or as given; all that are to be counted. */
static int rows_by_key(struct collection *c, const struct query_request *r, struct arena *a, uint32_t **rows,
                       uint32_t *n, struct error *e)
{
    if (r->keys)
        TRY(rows_of_keys(c, r->keys, r->n_keys, a, rows, n, e));
    else
        TRY(collection_rows_where(c, r->filter, r->params, a, rows, n, e));
    TRY(keep_partitions(c, r, *rows, n, e));
    if (counts(r) || r->as_given)
        return MVL_OK;
    uint32_t wanted = r->limit ? (uint32_t)(r->offset + *r->limit) : *n;
    return order_by_key(c, r->after, wanted, *rows, n, a, e);
}

int collection_query(struct collection *c, const struct query_request *r, struct arena *a, struct batch *out,
                     struct error *e)
{
    struct output output;
    uint32_t *rows, n;
    TRY(collection_check_loaded(c, e));
    TRY(check_page(r, e));
    if (aggregates(r))
        return query_groups(c, r, a, out, e);
    if (!counts(r))
        TRY(resolve_output(c, r->output_fields, r->n_output_fields, a, &output, e));
    if (r->order.n)
        TRY(rows_in_order(c, r, a, &rows, &n, e));
    else
        TRY(rows_by_key(c, r, a, &rows, &n, e));
    if (counts(r))
        return show_count(n, a, out);
    uint32_t first = r->offset < n ? (uint32_t)r->offset : n;
    return output_fetch(c, &output, rows + first, n - first, a, out, e);
}
