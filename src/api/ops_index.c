/* Operations on indexes. */
#include "api/describe.h"
#include "api/index_request.h"
#include "api/request.h"
#include "engine/alterations.h"

struct create_index_params {
    struct str collection_name;
    const struct json *index_params;
};

static const struct param create_index_table[] = {
    {PARAM(STR, create_index_params, collection_name), .required = true},
    {PARAM(ANY, create_index_params, index_params), .required = true},
};

/* The names of the definitions in the order of their fields, so that a client can wait for them. Before they are added:
 * that takes them. */
static void reply_names(struct request *r, const struct schema *s,
                        struct index_definition *const definitions[], uint32_t n)
{
    reply_value_begin(r);
    json_open(r->json, '[');
    for (int field = -1; field < (int)s->n_fields; field++)
        for (uint32_t i = 0; i < n; i++)
            if (schema_find(s, definitions[i]->field) == field)
                json_put_str(r->json, definitions[i]->name);
    json_close(r->json, ']');
    reply_value_end(r);
}

int op_create_index(struct request *r)
{
    struct create_index_params p = {0};
    struct collection *c;
    const struct schema *schema;
    struct index_request *requests;
    uint32_t n;
    TRY(PARAMS_READ(r, create_index_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    TRY(index_requests_read(p.index_params, r->arena, &requests, &n, r->e));
    if (n == 0)
        return error_set(r->e, MVL_PARAM_INVALID,
                         "index_params must name at least one index, got an empty list");
    struct index_definition *definitions[LIMIT_MAX_FIELDS];
    TRY(schema_of_index_requests(c->schema, requests, n, r->arena, &schema, r->e));
    TRY(index_definitions_create(c->schema, requests, n, definitions, r->e));
    reply_names(r, c->schema, definitions, n);
    return collection_add_indexes(c, schema, definitions, n, r->e);
}

struct index_params {
    struct str collection_name, index_name, field_name;
};

static const struct param list_table[] = {
    {PARAM(STR, index_params, collection_name), .required = true},
    {PARAM(STR, index_params, field_name)},
};

int op_list_indexes(struct request *r)
{
    struct index_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, list_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    reply_value_begin(r);
    json_open(r->json, '[');
    for (uint32_t i = 0; i < c->n_indexes; i++)
        if (!p.field_name.n || str_eq(p.field_name, c->indexes[i]->field))
            json_put_str(r->json, c->indexes[i]->name);
    json_close(r->json, ']');
    reply_value_end(r);
    return MVL_OK;
}

static const struct param named_table[] = {
    {PARAM(STR, index_params, collection_name), .required = true},
    {PARAM(STR, index_params, index_name)},
};

/* The index of that name; an empty name is the only one. NULL when there is none. */
static int find_index(struct request *r, struct collection **c, const struct index_definition **out,
                      struct index_params *p)
{
    TRY(PARAMS_READ(r, named_table, p));
    TRY(request_collection(r, p->collection_name, c));
    if (p->index_name.n == 0 && (*c)->n_indexes > 1)
        return error_set(r->e, MVL_INDEX_AMBIGUOUS,
                         "There are multiple indexes, please specify the index_name.");
    *out = p->index_name.n   ? collection_find_index(*c, p->index_name)
           : (*c)->n_indexes ? (*c)->indexes[0]
                             : NULL;
    return MVL_OK;
}

int op_describe_index(struct request *r)
{
    struct index_params p = {0};
    struct collection *c;
    const struct index_definition *d;
    TRY(find_index(r, &c, &d, &p));
    reply_value_begin(r);
    if (d)
        describe_index(c, d, r->json);
    else
        json_put_null(r->json);
    reply_value_end(r);
    return MVL_OK;
}

int op_drop_index(struct request *r)
{
    struct index_params p = {0};
    struct collection *c;
    const struct index_definition *d;
    TRY(find_index(r, &c, &d, &p));
    TRY(collection_drop_index(c, d ? d->name : p.index_name, r->e));
    reply_null(r);
    return MVL_OK;
}

struct maintain_params {
    struct str collection_name, index_name;
    int64_t effort;
};

static const struct param maintain_table[] = {
    {PARAM(INT, maintain_params, effort), .required = true, .min = 1, .max = INT32_MAX},
    {PARAM(STR, maintain_params, collection_name)},
    {PARAM(STR, maintain_params, index_name)},
};

/* A slice for one index that somebody waits for; the reply tells how far it is. */
static int build_index(struct request *r, const struct maintain_params *p)
{
    struct collection *c;
    TRY(request_collection(r, p->collection_name, &c));
    const struct index_definition *d = collection_find_index(c, p->index_name);
    if (!d)
        return error_set(r->e, MVL_INDEX_NOT_FOUND, "index not found[collection=%.*s][indexName=%.*s]",
                         STR_ARGS(c->name), STR_ARGS(p->index_name));
    int rc = collection_build_index(c, d, (uint32_t)p->effort, r->e);
    if (rc == MVL_NOMEM)
        return error_set(
            r->e, MVL_NOMEM,
            "out of memory while index '%.*s' of collection '%.*s' is built: searches do without "
            "it until there is more",
            STR_ARGS(d->name), STR_ARGS(c->name));
    TRY(rc);
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("index"));
    describe_index(c, d, r->json);
    json_key(r->json, STR("has_work"));
    json_put_bool(r->json, collection_work(c) != 0);
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

/* A slice of index maintenance. Not a method of clients: their transports call it between requests. */
int op_maintain(struct request *r)
{
    struct maintain_params p = {0};
    TRY(PARAMS_READ(r, maintain_table, &p));
    if (p.index_name.n)
        return build_index(r, &p);
    TRY(db_maintain(*r->db, (uint32_t)p.effort, r->e));
    reply_null(r);
    return MVL_OK;
}
