/* Operations that search by vector. */
#include "api/cursor.h"
#include "api/order_terms.h"
#include "engine/hybrid.h"

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
    const struct json *filter_params, *iterator, *ids, *order_by_fields;
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
    {PARAM(ANY, search_params, order_by_fields)},
    {PARAM(BOOL, search_params, explain)},
    {PARAM(OBJECT, search_params, filter_params)},
    {PARAM(OBJECT, search_params, iterator)}, /* see api/cursor.h */
    {PARAM(ANY, search_params, ids)},         /* beside data: else they come as a column */
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
    {PARAM(ANY, search_params, order_by_fields)},
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

static int read_inner_params(const struct request *r, struct search_params *p)
{
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
    for (uint32_t i = 0; i < result->n_queries; i++)
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

static const struct search_params defaults = {.limit = 10, .round_decimal = -1, .ef = NO_EF, .group_size = 1};

/* p outlives the request. */
static struct search_request request_of(const struct search_params *p)
{
    return (struct search_request){
        .anns_field = p->anns_field,
        .metric = p->metric_type,
        .filter = p->filter,
        .filter_params = p->filter_params,
        .partitions = {p->partition_names.p, p->partition_names.n},
        .limit = p->limit,
        .offset = p->offset,
        .radius = p->radius.given ? &p->radius.value : NULL,
        .range_filter = p->range_filter.given ? &p->range_filter.value : NULL,
        .ef = p->ef == NO_EF ? NULL : &p->ef,
        .round_decimal = p->round_decimal,
        .group_by_field = p->group_by_field,
        .group_size = p->group_size,
        .output_fields = p->output_fields.p,
        .n_output_fields = p->output_fields.n,
    };
}

/* The one column has query vectors, or keys of entities whose vectors are meant. */
static int take_queries(const struct request *r, const struct search_params *p, struct search_request *out)
{
    if (!r->batch->n_columns)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [data] or [ids]");
    if (p->ids)
        return error_set(r->e, MVL_PARAM_INVALID, "data and ids exclude each other: got both");
    if (str_eq(r->batch->columns[0].name, STR("ids"))) {
        out->keys = &r->batch->columns[0];
        out->n_keys = r->batch->n_rows;
    } else {
        out->queries = &r->batch->columns[0];
        out->n_queries = r->batch->n_rows;
    }
    return MVL_OK;
}

int op_search(struct request *r)
{
    struct search_params p = defaults;
    struct collection *c;
    struct search_result result;
    struct search_cursor cursor;
    TRY(PARAMS_READ(r, search_table, &p));
    TRY(read_inner_params(r, &p));
    TRY(request_collection(r, p.collection_name, &c));
    struct search_request request = request_of(&p);
    TRY(take_queries(r, &p, &request));
    TRY(order_terms_read(p.order_by_fields, "order_by_fields", r->arena, &request.order, r->e));
    request.now = p.explain ? r->now : NULL;
    if (p.iterator) {
        TRY(cursor_of_search(p.iterator, c, &cursor, r->e));
        request.cursor = &cursor;
    }
    TRY(collection_search(c, &request, r->arena, &result, r->e));
    reply_hits(r, c, &result, p.group_by_field.n != 0, p.iterator != NULL);
    return MVL_OK;
}

/* ---- several requests ---- */

struct hybrid_params {
    const struct json *reqs, *ranker;
    struct search_params whole;
};

#define WHOLE(kind, member) .name = #member, PARAM_##kind, offsetof(struct hybrid_params, whole.member)

static const struct param hybrid_table[] = {
    {WHOLE(STR, collection_name), .required = true},
    {PARAM(ANY, hybrid_params, reqs), .required = true},
    {PARAM(OBJECT, hybrid_params, ranker), .required = true},
    {WHOLE(INT, limit), .min = INT64_MIN, .max = INT64_MAX},
    {WHOLE(INT, offset), .min = INT64_MIN, .max = INT64_MAX},
    {WHOLE(INT, round_decimal), .min = INT64_MIN, .max = INT64_MAX},
    {WHOLE(STRS, output_fields)},
    {WHOLE(STRS, partition_names)},
    {WHOLE(STR, group_by_field)},
    {WHOLE(INT, group_size), .min = INT64_MIN, .max = INT64_MAX},
    {WHOLE(BOOL, strict_group_size)},
    {WHOLE(ANY, order_by_fields)},
};

/* A request, under pymilvus' names. */
struct part_params {
    struct search_params search;
    struct str expr;
    const struct json *expr_params;
};

#define PART(kind, name_, member) .name = name_, PARAM_##kind, offsetof(struct part_params, member)

static const struct param part_table[] = {
    {PART(STR, "anns_field", search.anns_field)},
    {PART(OBJECT, "param", search.search_params)},
    {PART(INT, "limit", search.limit), .min = INT64_MIN, .max = INT64_MAX},
    {PART(STR, "expr", expr)},
    {PART(STR, "filter", search.filter)},
    {PART(OBJECT, "expr_params", expr_params)},
    {PART(OBJECT, "filter_params", search.filter_params)},
};

static int read_part(const struct request *r, const struct json *given, struct part_params *p)
{
    struct search_params *s = &p->search;
    if (given->kind != JSON_OBJECT)
        return error_set(r->e, MVL_PARAM_INVALID, "must be an object, got %s", json_kind_name(given->kind));
    TRY(params_read(given, part_table, COUNT(part_table), p, r->arena, r->e));
    if ((s->filter.n && p->expr.n) || (s->filter_params && p->expr_params))
        return error_set(r->e, MVL_PARAM_INVALID, "expr and filter are two names of one parameter: got both");
    s->filter = p->expr.n ? p->expr : s->filter;
    s->filter_params = p->expr_params ? p->expr_params : s->filter_params;
    TRY(read_inner_params(r, s));
    if (s->group_by_field.n || s->group_size != 1 || s->round_decimal != -1 || s->order_by_fields)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "group_by_field, group_size, round_decimal and order_by_fields must be given beside "
                         "reqs, not in param");
    return MVL_OK;
}

/* How many query vectors a request has: columns are as long as the longest. */
static uint32_t count_given(const struct column *c, uint32_t n_rows)
{
    uint32_t n = 0;
    while (n < n_rows && column_is_given(c, n))
        n++;
    return n;
}

static int read_parts(struct request *r, const struct hybrid_params *p, struct hybrid_request *out)
{
    if (p->reqs->kind != JSON_ARRAY)
        return error_set(r->e, MVL_PARAM_INVALID, "reqs must be a list of requests, got %s",
                         json_kind_name(p->reqs->kind));
    uint32_t n = p->reqs->count, i = 0;
    if (r->batch->n_columns != n)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [data]");
    struct search_request *requests = arena_zeroed(r->arena, n, sizeof *requests);
    struct part_params *parts = arena_array(r->arena, n, sizeof *parts);
    if (!requests || !parts)
        return MVL_NOMEM;
    for (const struct json *m = p->reqs->first; m; m = m->next, i++) {
        parts[i] = (struct part_params){.search = defaults};
        parts[i].search.limit = p->whole.limit; /* or what is needed to pass over others */
        if (p->whole.offset > 0 && p->whole.offset < LIMIT_MAX_TOPK && p->whole.limit < LIMIT_MAX_TOPK)
            parts[i].search.limit += p->whole.offset;
        TRY(hybrid_of_request(i, read_part(r, m, &parts[i]), r->e));
        requests[i] = request_of(&parts[i].search);
        requests[i].partitions = out->whole.partitions;
        requests[i].group_by_field = out->whole.group_by_field;
        requests[i].group_size = out->whole.group_size;
        requests[i].queries = &r->batch->columns[i];
        requests[i].n_queries = count_given(&r->batch->columns[i], r->batch->n_rows);
    }
    out->requests = requests;
    out->n_requests = n;
    return MVL_OK;
}

struct ranker_params {
    struct str strategy, reranker;
    const struct json *params;
    struct param_real k;
    const struct json *weights;
    bool norm_score;
};

/* { strategy, params }, or a Function of type RERANK. */
static const struct param ranker_table[] = {
    {PARAM(STR, ranker_params, strategy)},
    {PARAM(OBJECT, ranker_params, params)},
    {.name = "name", PARAM_IGNORED},
    {.name = "type", PARAM_IGNORED},
    {.name = "function_type", PARAM_IGNORED},
    {.name = "description", PARAM_IGNORED},
    {.name = "input_field_names", PARAM_IGNORED},
    {.name = "output_field_names", PARAM_IGNORED},
};

static const struct param ranker_inner_table[] = {
    {PARAM(STR, ranker_params, reranker)},
    {PARAM(REAL, ranker_params, k)},
    {PARAM(ANY, ranker_params, weights)},
    {PARAM(BOOL, ranker_params, norm_score)},
};

static int read_weights(const struct request *r, const struct json *given, struct ranker *out)
{
    if (!given || given->kind != JSON_ARRAY)
        return error_set(r->e, given ? MVL_PARAM_INVALID : MVL_PARAM_MISSING,
                         "weights of the ranker must be a list of numbers, got %s",
                         given ? json_kind_name(given->kind) : "none");
    double *weights = arena_array(r->arena, given->count, sizeof *weights);
    if (!weights)
        return MVL_NOMEM;
    for (const struct json *m = given->first; m; m = m->next) {
        if (m->kind != JSON_INT && m->kind != JSON_REAL)
            return error_set(r->e, MVL_PARAM_INVALID,
                             "weights of the ranker must be a list of numbers, got %s",
                             json_kind_name(m->kind));
        weights[out->n_weights++] = m->real;
    }
    out->weights = weights;
    return MVL_OK;
}

static int read_ranker(const struct request *r, const struct json *given, struct ranker *out)
{
    struct ranker_params p = {.k = {.value = 60}, .norm_score = true};
    TRY(params_read(given, ranker_table, COUNT(ranker_table), &p, r->arena, r->e));
    if (p.params)
        TRY(params_read(p.params, ranker_inner_table, COUNT(ranker_inner_table), &p, r->arena, r->e));
    struct str strategy = p.strategy.n ? p.strategy : p.reranker;
    *out = (struct ranker){.kind = RANKER_RRF, .k = p.k.value, .norm_score = p.norm_score};
    if (str_eq_nocase(strategy, STR("rrf")))
        return MVL_OK;
    if (!str_eq_nocase(strategy, STR("weighted")))
        return error_set(
            r->e, MVL_PARAM_INVALID,
            "strategy of the ranker must be 'rrf' or 'weighted', got '%.*s': unsupported rank type %.*s",
            STR_ARGS(strategy), STR_ARGS(strategy));
    out->kind = RANKER_WEIGHTED;
    return read_weights(r, p.weights, out);
}

int op_hybrid_search(struct request *r)
{
    struct hybrid_params p = {.whole = defaults};
    struct hybrid_request request;
    struct collection *c;
    struct search_result result;
    TRY(PARAMS_READ(r, hybrid_table, &p));
    request = (struct hybrid_request){.whole = request_of(&p.whole)};
    TRY(request_collection(r, p.whole.collection_name, &c));
    TRY(order_terms_read(p.whole.order_by_fields, "order_by_fields", r->arena, &request.whole.order, r->e));
    TRY(read_parts(r, &p, &request));
    TRY(read_ranker(r, p.ranker, &request.ranker));
    TRY(collection_hybrid_search(c, &request, r->arena, &result, r->e));
    reply_hits(r, c, &result, false, false);
    return MVL_OK;
}
