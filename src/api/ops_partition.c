/* Operations on partitions. */
#include "api/request.h"
#include "engine/partitions.h"

struct partition_params {
    struct str collection_name, partition_name;
    struct param_strs partition_names;
};

static const struct param one_table[] = {
    {PARAM(STR, partition_params, collection_name), .required = true},
    {PARAM(STR, partition_params, partition_name), .required = true},
};

static const struct param several_table[] = {
    {PARAM(STR, partition_params, collection_name), .required = true},
    {PARAM(STRS, partition_params, partition_names), .required = true},
    {.name = "replica_number", PARAM_IGNORED},
    {.name = "refresh", PARAM_IGNORED},
};

static const struct param list_table[] = {
    {PARAM(STR, partition_params, collection_name), .required = true},
};

static int read_one(struct request *r, struct partition_params *p, struct collection **out)
{
    TRY(PARAMS_READ(r, one_table, p));
    return request_collection(r, p->collection_name, out);
}

int op_create_partition(struct request *r)
{
    struct partition_params p = {0};
    struct collection *c;
    TRY(read_one(r, &p, &c));
    TRY(partition_create(c, p.partition_name, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_drop_partition(struct request *r)
{
    struct partition_params p = {0};
    struct collection *c;
    TRY(read_one(r, &p, &c));
    TRY(partition_drop(c, p.partition_name, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_has_partition(struct request *r)
{
    struct partition_params p = {0};
    struct collection *c;
    const struct partition *found;
    struct error ignored = ERROR_NONE;
    TRY(read_one(r, &p, &c));
    reply_bool(r, partition_find(c, p.partition_name, &found, &ignored) == MVL_OK);
    return MVL_OK;
}

int op_list_partitions(struct request *r)
{
    struct partition_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, list_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    reply_value_begin(r);
    json_open(r->json, '[');
    for (uint32_t i = 0; i < c->partitions.n; i++)
        json_put_str(r->json, c->partitions.list[i].name);
    json_close(r->json, ']');
    reply_value_end(r);
    return MVL_OK;
}

int op_get_partition_stats(struct request *r)
{
    struct partition_params p = {0};
    struct collection *c;
    const struct partition *found;
    int64_t n;
    TRY(read_one(r, &p, &c));
    TRY(partition_find(c, p.partition_name, &found, r->e));
    TRY(partition_count(c, found, &n, r->e));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("row_count"));
    json_put_int(r->json, n);
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

static int set_state(struct request *r, enum load_state state)
{
    struct partition_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, several_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    if (state == LOAD_STATE_Loaded)
        TRY(collection_load(c, r->e));
    TRY(partitions_set_state(c, p.partition_names.p, p.partition_names.n, state, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_load_partitions(struct request *r)
{
    return set_state(r, LOAD_STATE_Loaded);
}

int op_release_partitions(struct request *r)
{
    return set_state(r, LOAD_STATE_NotLoad);
}
