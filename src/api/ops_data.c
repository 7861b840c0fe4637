/* Operations on rows. */
#include "api/cursor.h"
#include "api/order_terms.h"
#include "engine/aggregate.h"
#include "engine/delete.h"
#include "engine/query.h"

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
    const struct json *filter_params, *iterator, *order_by, *order_by_fields;
    struct param_strs output_fields, partition_names, group_by_fields;
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
    {PARAM(ANY, query_params, order_by)},
    {PARAM(ANY, query_params, order_by_fields)},
    {PARAM(STRS, query_params, group_by_fields)},
};

static int read_order(const struct request *r, const struct query_params *p, struct order_terms *out)
{
    if (p->order_by && p->order_by_fields)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "order_by and order_by_fields are two names of one parameter: got both");
    TRY(order_terms_read(p->order_by ? p->order_by : p->order_by_fields,
                         p->order_by ? "order_by" : "order_by_fields", r->arena, out, r->e));
    return MVL_OK;
}

/* Pages follow each other by the key of the last row. */
static int check_iterator(const struct request *r, const struct query_params *p,
                          const struct order_terms *order)
{
    if (order->n)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "order_by_fields must not be given to an iterator, got '%.*s'",
                         STR_ARGS(order->p[0].field));
    if (p->group_by_fields.n)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "group_by_fields must not be given to an iterator, got '%.*s'",
                         STR_ARGS(p->group_by_fields.p[0]));
    for (uint32_t i = 0; i < p->output_fields.n; i++)
        if (aggregate_is_function(p->output_fields.p[i]))
            return error_set(r->e, MVL_PARAM_INVALID,
                             "output_fields of an iterator must be fields, got '%.*s'",
                             STR_ARGS(p->output_fields.p[i]));
    return MVL_OK;
}

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
        .group_by = p.group_by_fields.p,
        .n_group_by = p.group_by_fields.n,
    };
    TRY(read_order(r, &p, &request.order));
    if (p.iterator) {
        TRY(check_iterator(r, &p, &request.order));
        TRY(cursor_of_query(p.iterator, r->arena, &request.after));
    }
    TRY(collection_query(c, &request, r->arena, &r->columns, r->e));
    reply_rows_open(r);
    if (p.iterator) {
        json_key(r->json, STR("cursor"));
        cursor_put_query(c->schema, &r->columns, r->json);
    }
    json_close(r->json, '}');
    return MVL_OK;
}
