/* Operations on collections. */
#include "api/describe.h"
#include "api/index_request.h"
#include "api/quick_schema.h"
#include "api/request.h"
#include "engine/alterations.h"
#include "engine/partitions.h"
#include "schema/schema_json.h"

struct create_params {
    struct str collection_name, metric_type;
    const struct json *schema, *index_params, *properties;
    int64_t num_partitions;
    struct quick_params quick;
};

#define QUICK(kind, member) .name = #member, PARAM_##kind, offsetof(struct create_params, quick.member)

static const struct param create_table[] = {
    {PARAM(STR, create_params, collection_name), .required = true},
    {PARAM(STR, create_params, metric_type)},
    {PARAM(OBJECT, create_params, schema)},
    {PARAM(ANY, create_params, index_params)},
    {QUICK(INT, dimension), .min = 1, .max = LIMIT_MAX_DIM},
    {QUICK(STR, primary_field_name)},
    {QUICK(STR, vector_field_name)},
    {QUICK(ANY, id_type)},
    {QUICK(INT, max_length), .min = 1, .max = LIMIT_MAX_VARCHAR_BYTES},
    {QUICK(BOOL, auto_id)},
    {QUICK(BOOL, enable_dynamic_field)},
    {QUICK(STR, description)},
    {.name = "num_shards", PARAM_IGNORED},
    {.name = "shards_num", PARAM_IGNORED},
    {PARAM(INT, create_params, num_partitions), .min = 1, .max = LIMIT_MAX_PARTITIONS},
    {PARAM(OBJECT, create_params, properties)},
};

static int create_quick(struct request *r, const struct create_params *p)
{
    struct schema *schema;
    if (p->quick.dimension == 0)
        return error_set(r->e, MVL_PARAM_MISSING, "missing required argument: [dimension]");
    TRY(quick_schema(&p->quick, r->arena, &schema, r->e));
    (void)property_of_dynamic_field(p->properties, &schema->enable_dynamic_field);
    struct index_request index = {.field = p->quick.vector_field_name, .metric = p->metric_type};
    struct collection_request new = {p->collection_name,         schema, &index, 1, p->properties,
                                     (uint32_t)p->num_partitions};
    return db_create_collection(*r->db, &new, r->e);
}

static int create_from_schema(struct request *r, const struct create_params *p)
{
    struct schema *schema;
    const struct schema *whole;
    struct index_request *indexes = NULL;
    uint32_t n_indexes = 0;
    TRY(schema_from_json(p->schema, r->arena, &schema, r->e));
    if (p->quick.auto_id)
        schema->fields[schema->primary].auto_id = true;
    if (json_get(r->params, STR("enable_dynamic_field")))
        schema->enable_dynamic_field = p->quick.enable_dynamic_field;
    (void)property_of_dynamic_field(p->properties, &schema->enable_dynamic_field);
    if (p->index_params)
        TRY(index_requests_read(p->index_params, r->arena, &indexes, &n_indexes, r->e));
    TRY(schema_of_index_requests(schema, indexes, n_indexes, r->arena, &whole, r->e));
    struct collection_request new = {p->collection_name, whole,         indexes,
                                     n_indexes,          p->properties, (uint32_t)p->num_partitions};
    return db_create_collection(*r->db, &new, r->e);
}

int op_create_collection(struct request *r)
{
    struct create_params p = {
        .metric_type = STR("COSINE"),
        .quick = {.primary_field_name = STR("id"),
                  .vector_field_name = STR("vector"),
                  .enable_dynamic_field = true},
    };
    TRY(PARAMS_READ(r, create_table, &p));
    TRY(p.schema ? create_from_schema(r, &p) : create_quick(r, &p));
    reply_null(r);
    return MVL_OK;
}

struct name_params {
    struct str collection_name, partition_name;
};

static const struct param name_table[] = {
    {PARAM(STR, name_params, collection_name), .required = true},
};

/* Most operations name just a collection. */
static int read_collection(struct request *r, struct collection **out)
{
    struct name_params p = {0};
    TRY(PARAMS_READ(r, name_table, &p));
    return request_collection(r, p.collection_name, out);
}

int op_has_collection(struct request *r)
{
    struct name_params p = {0};
    TRY(PARAMS_READ(r, name_table, &p));
    reply_bool(r, db_lookup(*r->db, p.collection_name) != NULL);
    return MVL_OK;
}

static int compare_names(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Names are listed in order; there are few, so each is found as the least above the one before. */
static const struct collection *next_by_name(const struct db *db, const struct collection *after)
{
    const struct collection *next = NULL, *c;
    for (uint32_t i = 0; (c = db_collection_at(db, i)); i++)
        if ((!after || compare_names(c->name, after->name) > 0) &&
            (!next || compare_names(c->name, next->name) < 0))
            next = c;
    return next;
}

int op_list_collections(struct request *r)
{
    TRY(params_read(r->params, NULL, 0, NULL, r->arena, r->e));
    reply_value_begin(r);
    json_open(r->json, '[');
    for (const struct collection *c = next_by_name(*r->db, NULL); c; c = next_by_name(*r->db, c))
        json_put_str(r->json, c->name);
    json_close(r->json, ']');
    reply_value_end(r);
    return MVL_OK;
}

int op_describe_collection(struct request *r)
{
    struct collection *c;
    TRY(read_collection(r, &c));
    reply_value_begin(r);
    describe_collection(c, r->json);
    reply_value_end(r);
    return MVL_OK;
}

int op_drop_collection(struct request *r)
{
    struct name_params p = {0};
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(db_drop_collection(*r->db, p.collection_name, r->e));
    reply_null(r);
    return MVL_OK;
}

struct rename_params {
    struct str old_name, new_name, target_db;
};

static const struct param rename_table[] = {
    {PARAM(STR, rename_params, old_name), .required = true},
    {PARAM(STR, rename_params, new_name), .required = true},
    {PARAM(STR, rename_params, target_db)},
};

int op_rename_collection(struct request *r)
{
    struct rename_params p = {0};
    TRY(PARAMS_READ(r, rename_table, &p));
    TRY(db_rename_collection(*r->db, p.old_name, p.new_name, p.target_db, r->e));
    reply_null(r);
    return MVL_OK;
}

struct alter_params {
    struct str collection_name;
    const struct json *properties;
    struct param_strs property_keys;
};

static const struct param alter_table[] = {
    {PARAM(STR, alter_params, collection_name), .required = true},
    {PARAM(OBJECT, alter_params, properties), .required = true},
};

static const struct param drop_properties_table[] = {
    {PARAM(STR, alter_params, collection_name), .required = true},
    {PARAM(STRS, alter_params, property_keys), .required = true},
};

static int alter(struct request *r, const struct alter_params *p)
{
    struct collection *c;
    struct property_change change = {p->properties, p->property_keys.p, p->property_keys.n};
    TRY(request_collection(r, p->collection_name, &c));
    TRY(collection_alter(c, &change, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_alter_collection_properties(struct request *r)
{
    struct alter_params p = {0};
    TRY(PARAMS_READ(r, alter_table, &p));
    return alter(r, &p);
}

int op_drop_collection_properties(struct request *r)
{
    struct alter_params p = {0};
    TRY(PARAMS_READ(r, drop_properties_table, &p));
    return alter(r, &p);
}

int op_get_collection_stats(struct request *r)
{
    struct collection *c;
    TRY(read_collection(r, &c));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("row_count"));
    json_put_int(r->json, collection_count(c));
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

int op_load_collection(struct request *r)
{
    struct collection *c;
    TRY(read_collection(r, &c));
    TRY(collection_load(c, r->e));
    TRY(collection_set_state(c, LOAD_STATE_Loaded, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_release_collection(struct request *r)
{
    struct collection *c;
    TRY(read_collection(r, &c));
    TRY(collection_set_state(c, LOAD_STATE_NotLoad, r->e));
    reply_null(r);
    return MVL_OK;
}

static const struct param load_state_table[] = {
    {PARAM(STR, name_params, collection_name), .required = true},
    {PARAM(STR, name_params, partition_name)},
};

int op_get_load_state(struct request *r)
{
    struct name_params p = {0};
    TRY(PARAMS_READ(r, load_state_table, &p));
    const struct collection *c = db_lookup(*r->db, p.collection_name);
    const struct partition *partition = NULL;
    if (c && p.partition_name.n)
        TRY(partition_find(c, p.partition_name, &partition, r->e));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("state"));
    json_put_int(r->json, partition ? partition_state(c, partition) : c ? c->state : LOAD_STATE_NotExist);
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

/* Every write is durable when it returns: there is nothing to flush but a wrong name. */
int op_flush(struct request *r)
{
    struct collection *c;
    TRY(read_collection(r, &c));
    reply_null(r);
    return MVL_OK;
}
