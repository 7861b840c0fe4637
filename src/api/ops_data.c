/* Operations on rows. */
#include "api/cursor.h"
#include "engine/delete.h"
#include "engine/query.h"
#include "engine/search.h"

static int reply_ids(struct request *r, struct str count_key, const struct column *ids)
{
    struct column *column = arena_alloc(r->arena, sizeof *column);
    if (!column)
        return MVL_NOMEM;
    *column = *ids;
    column->role = ROLE_ID;
    r->columns = (struct batch){column, 1, r->batch->n_rows};
    json_open(r->json, '{');
    json_key(r->json, STR("shape"));
    json_put_str(r->json, STR("ids"));
    json_key(r->json, STR("value"));
    json_open(r->json, '{');
    json_key(r->json, count_key);
    json_put_int(r->json, r->batch->n_rows);
    json_key(r->json, STR("cost"));
    json_put_int(r->json, 0);
    json_close(r->json, '}');
    json_close(r->json, '}');
    return reply_reserve(r);
}

struct write_params {
    struct str collection_name, partition_name;
    bool partial_update;
};

/* partial_update is of upsert alone: it stands last. */
static const struct param write_table[] = {
    {PARAM(STR, write_params, collection_name), .required = true},
    {PARAM(STR, write_params, partition_name)},
    {PARAM(BOOL, write_params, partial_update)},
};

static int write_rows(struct request *r, bool upsert, struct str count_key)
{
    struct write_params p = {0};
    struct collection *c;
    struct write *w;
    size_t n_params = COUNT(write_table) - (upsert ? 0 : 1);
    TRY(params_read(r->params, write_table, n_params, &p, r->arena, r->e));
    TRY(request_collection(r, p.collection_name, &c));
    enum write_kind kind = p.partial_update ? WRITE_PARTIAL_UPDATE : upsert ? WRITE_UPSERT : WRITE_INSERT;
    TRY(collection_prepare(c, r->batch, kind, r->arena, &w, r->e));
    TRY(write_set_partition(c, w, p.partition_name, r->arena, r->e));
    TRY(reply_ids(r, count_key, write_ids(c, w)));
    return collection_commit(c, w, r->e);
}

int op_insert(struct request *r)
{
    return write_rows(r, false, STR("insert_count"));
}

int op_upsert(struct request *r)
{
    return write_rows(r, true, STR("upsert_count"));
}

struct key_params {
    struct str collection_name, partition_name, filter;
    struct param_strs output_fields, partition_names;
    const struct json *filter_params;
};

static const struct param delete_table[] = {
    {PARAM(STR, key_params, collection_name), .required = true},
    {PARAM(STR, key_params, partition_name)},
    {PARAM(STR, key_params, filter)},
    {PARAM(OBJECT, key_params, filter_params)},
};

static void write_delete_count(struct request *r)
{
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("delete_count"));
    json_put_int(r->json, r->n_deleted);
    json_key(r->json, STR("cost"));
    json_put_int(r->json, 0);
    json_close(r->json, '}');
    reply_value_end(r);
}

int op_delete(struct request *r)
{
    struct key_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, delete_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    if (r->batch->n_columns && p.filter.n)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "Ambiguous filter parameter, only one deletion condition can be specified.");
    if (!r->batch->n_columns && !p.filter.n)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [ids] or [filter]");
    r->write_json = write_delete_count;
    struct delete_request request = {
        .partitions = {&p.partition_name, p.partition_name.n > 0},
        .keys = r->batch->n_columns ? &r->batch->columns[0] : NULL,
        .n_keys = r->batch->n_rows,
        .filter = p.filter,
        .params = p.filter_params,
    };
    return collection_delete(c, &request, r->arena, &r->n_deleted, r->e);
}

static const struct param get_table[] = {
    {PARAM(STR, key_params, collection_name), .required = true},
    {PARAM(STRS, key_params, output_fields)},
    {PARAM(STRS, key_params, partition_names)},
};

static void reply_rows_open(struct request *r)
{
    json_open(r->json, '{');
    json_key(r->json, STR("shape"));
    json_put_str(r->json, STR("rows"));
}

int op_get(struct request *r)
{
    struct key_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, get_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    if (!r->batch->n_columns)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [ids]");
    struct query_request request = {
        .keys = &r->batch->columns[0],
        .n_keys = r->batch->n_rows,
        .as_given = true,
        .partitions = {p.partition_names.p, p.partition_names.n},
        .output_fields = p.output_fields.p,
        .n_output_fields = p.output_fields.n,
    };
    TRY(collection_query(c, &request, r->arena, &r->columns, r->e));
    reply_rows_open(r);
    json_close(r->json, '}');
    return MVL_OK;
}

struct query_params {
    struct str collection_name, filter;
    const struct json *filter_params, *iterator;
    struct param_strs output_fields, partition_names;
    int64_t limit, offset;
};

#define NO_LIMIT INT64_MIN

static const struct param query_table[] = {
    {PARAM(STR, query_params, collection_name), .required = true},
    {PARAM(STR, query_params, filter)},
    {PARAM(OBJECT, query_params, filter_params)},
    {PARAM(STRS, query_params, output_fields)},
    {PARAM(STRS, query_params, partition_names)},
    {PARAM(INT, query_params, limit), .min = INT64_MIN + 1, .max = INT64_MAX},
    {PARAM(INT, query_params, offset), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(OBJECT, query_params, iterator)}, /* see api/cursor.h */
};

int op_query(struct request *r)
{
    struct query_params p = {.limit = NO_LIMIT};
    struct collection *c;
    TRY(PARAMS_READ(r, query_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    struct query_request request = {
        .filter = p.filter,
        .params = p.filter_params,
        .keys = r->batch->n_columns ? &r->batch->columns[0] : NULL,
        .n_keys = r->batch->n_rows,
        .limit = p.limit == NO_LIMIT ? NULL : &p.limit,
        .offset = p.offset,
        .partitions = {p.partition_names.p, p.partition_names.n},
        .output_fields = p.output_fields.p,
        .n_output_fields = p.output_fields.n,
    };
    if (p.iterator)
        TRY(cursor_of_query(p.iterator, r->arena, &request.after));
    TRY(collection_query(c, &request, r->arena, &r->columns, r->e));
    reply_rows_open(r);
    if (p.iterator) {
        json_key(r->json, STR("cursor"));
        cursor_put_query(c->schema, &r->columns, r->json);
    }
    json_close(r->json, '}');
    return MVL_OK;
}

struct search_params {
    struct str collection_name, anns_field, filter;
    int64_t limit, round_decimal;
    struct param_strs output_fields, partition_names;
    const struct json *search_params;
    /* Also inside search_params, flat or in its params. */
    struct str metric_type, group_by_field;
    int64_t offset, ef, group_size;
    bool strict_group_size; /* groups are filled without it */
    struct param_real radius, range_filter;
    bool explain;
    const struct json *filter_params, *iterator;
};

static const struct param search_table[] = {
    {PARAM(STR, search_params, collection_name), .required = true},
    {PARAM(STR, search_params, anns_field)},
    {PARAM(STR, search_params, filter)},
    {PARAM(INT, search_params, limit), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(INT, search_params, round_decimal), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(STRS, search_params, output_fields)},
    {PARAM(STRS, search_params, partition_names)},
    {PARAM(OBJECT, search_params, search_params)},
    {PARAM(INT, search_params, offset), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(STR, search_params, metric_type)},
    {PARAM(STR, search_params, group_by_field)},
    {PARAM(INT, search_params, group_size), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(BOOL, search_params, strict_group_size)},
    {PARAM(BOOL, search_params, explain)},
    {PARAM(OBJECT, search_params, filter_params)},
    {PARAM(OBJECT, search_params, iterator)}, /* see api/cursor.h */
};

static const struct param search_inner_table[] = {
    {PARAM(STR, search_params, metric_type)},
    {PARAM(INT, search_params, offset), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(REAL, search_params, radius)},
    {PARAM(REAL, search_params, range_filter)},
    {PARAM(INT, search_params, round_decimal), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(STR, search_params, group_by_field)},
    {PARAM(INT, search_params, group_size), .min = INT64_MIN, .max = INT64_MAX},
    {PARAM(BOOL, search_params, strict_group_size)},
    {PARAM(INT, search_params, ef), .min = INT64_MIN, .max = INT64_MAX},
    {.name = "params", PARAM_IGNORED},
    /* Of index types that something else serves here. */
    {.name = "nprobe", PARAM_IGNORED},
    {.name = "drop_ratio_search", PARAM_IGNORED},
    {.name = "level", PARAM_IGNORED},
    {.name = "refine_k", PARAM_IGNORED},
};

/* What stands both flat and in params must be the same. */
static int check_twice(const struct json *flat, const struct json *params, struct error *e)
{
    for (const struct json *m = params->first; m; m = m->next) {
        const struct json *other = json_get(flat, m->key);
        if (other && other->kind != JSON_NULL && m->kind != JSON_NULL && !str_eq(other->text, m->text))
            return error_set(
                e, MVL_PARAM_INVALID,
                "ambiguous parameter: %.*s, in search_params: %.*s, in search_params.params: %.*s",
                STR_ARGS(m->key), STR_ARGS(other->text), STR_ARGS(m->text));
    }
    return MVL_OK;
}

static int read_search_params(struct request *r, struct search_params *p)
{
    TRY(PARAMS_READ(r, search_table, p));
    if (!p->search_params)
        return MVL_OK;
    const struct json *params = json_get(p->search_params, STR("params"));
    TRY(params_read(p->search_params, search_inner_table, COUNT(search_inner_table), p, r->arena, r->e));
    if (params && params->kind != JSON_OBJECT && params->kind != JSON_NULL)
        return error_set(r->e, MVL_PARAM_INVALID, "params of search_params must be an object, got %s",
                         json_kind_name(params->kind));
    if (params && params->kind == JSON_OBJECT)
        TRY(check_twice(p->search_params, params, r->e));
    if (params && params->kind == JSON_OBJECT)
        TRY(params_read(params, search_inner_table, COUNT(search_inner_table), p, r->arena, r->e));
    return MVL_OK;
}

static void put_ms(struct writer *w, struct str phase, double ms)
{
    json_key(w, phase);
    json_put_real(w, ms > 0 ? ms : 0); /* clocks may be set back */
}

static void put_count(struct writer *w, struct str key, uint32_t n)
{
    json_key(w, key);
    json_put_int(w, n);
}

static void put_text(struct writer *w, struct str key, const char *text)
{
    json_key(w, key);
    if (text)
        json_put_str(w, str_of(text));
    else
        json_put_null(w);
}

/* js/results.js names the type of this. */
static void put_explanation(struct writer *w, const struct search_explanation *x,
                            const struct query_report *q, bool is_grouped)
{
    json_open(w, '{');
    put_text(w, STR("index"), x->index);
    put_text(w, STR("plan"), q->index.plan);
    put_text(w, STR("storage"), x->storage);
    put_count(w, STR("rows"), x->rows);
    put_count(w, STR("allowed"), x->allowed);
    json_key(w, STR("ef"));
    if (x->ef)
        json_put_int(w, x->ef);
    else
        json_put_null(w);
    put_count(w, STR("estimated"), q->index.n_estimated);
    put_count(w, STR("exact"), q->index.n_exact);
    json_key(w, STR("ms"));
    json_open(w, '{');
    put_ms(w, STR("plan"), x->plan_ms);
    put_ms(w, STR("filter"), x->filter_ms);
    put_ms(w, STR("estimate"), q->index.estimate_ms);
    put_ms(w, STR("exact"), q->index.exact_ms);
    if (is_grouped)
        put_ms(w, STR("group"), q->group_ms);
    put_ms(w, STR("fetch"), x->fetch_ms);
    put_ms(w, STR("total"), x->total_ms);
    json_close(w, '}');
    json_close(w, '}');
}

static void put_explanations(struct request *r, const struct search_explanation *x, bool is_grouped)
{
    json_key(r->json, STR("explain"));
    json_open(r->json, '[');
    for (uint32_t i = 0; i < r->batch->n_rows; i++)
        put_explanation(r->json, x, &x->queries[i], is_grouped);
    json_close(r->json, ']');
}

static void reply_hits(struct request *r, const struct collection *c, const struct search_result *result,
                       bool is_grouped, bool is_iterated)
{
    json_open(r->json, '{');
    json_key(r->json, STR("shape"));
    json_put_str(r->json, STR("hits"));
    json_key(r->json, STR("pk"));
    json_put_str(r->json, schema_primary(c->schema)->name);
    json_key(r->json, STR("counts"));
    json_open(r->json, '[');
    for (uint32_t i = 0; i < r->batch->n_rows; i++)
        json_put_int(r->json, result->counts[i]);
    json_close(r->json, ']');
    if (result->explanation)
        put_explanations(r, result->explanation, is_grouped);
    if (is_iterated) {
        json_key(r->json, STR("cursor"));
        cursor_put_search(&result->next, r->json);
    }
    json_close(r->json, '}');
    r->columns = result->hits;
}

#define NO_EF INT64_MIN

int op_search(struct request *r)
{
    struct search_params p = {.limit = 10, .round_decimal = -1, .ef = NO_EF, .group_size = 1};
    struct collection *c;
    struct search_result result;
    TRY(read_search_params(r, &p));
    TRY(request_collection(r, p.collection_name, &c));
    if (!r->batch->n_columns)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [data]");
    struct search_request request = {
        .queries = &r->batch->columns[0],
        .n_queries = r->batch->n_rows,
        .anns_field = p.anns_field,
        .metric = p.metric_type,
        .filter = p.filter,
        .filter_params = p.filter_params,
        .partitions = {p.partition_names.p, p.partition_names.n},
        .limit = p.limit,
        .offset = p.offset,
        .radius = p.radius.given ? &p.radius.value : NULL,
        .range_filter = p.range_filter.given ? &p.range_filter.value : NULL,
        .ef = p.ef == NO_EF ? NULL : &p.ef,
        .round_decimal = p.round_decimal,
        .group_by_field = p.group_by_field,
        .group_size = p.group_size,
        .now = p.explain ? r->now : NULL,
        .output_fields = p.output_fields.p,
        .n_output_fields = p.output_fields.n,
    };
    struct search_cursor cursor;
    if (p.iterator) {
        TRY(cursor_of_search(p.iterator, c, &cursor, r->e));
        request.cursor = &cursor;
    }
    TRY(collection_search(c, &request, r->arena, &result, r->e));
    reply_hits(r, c, &result, p.group_by_field.n != 0, p.iterator != NULL);
    return MVL_OK;
}
