/* Operations that change a collection as a whole. */
#include "api/request.h"
#include "engine/alterations.h"

struct alteration_params {
    struct str collection_name, field_name, index_name;
    const struct json *field, *field_params, *properties;
    struct param_strs property_keys;
    int64_t field_id; /* 0: by name */
};

static const struct param name_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
};

static const struct param add_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(OBJECT, alteration_params, field), .required = true},
};

static const struct param drop_field_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(STR, alteration_params, field_name)},
    {PARAM(INT, alteration_params, field_id), .min = 0, .max = UINT32_MAX},
};

static const struct param alter_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(STR, alteration_params, field_name), .required = true},
    {PARAM(OBJECT, alteration_params, field_params), .required = true},
};

static const struct param alter_index_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(STR, alteration_params, index_name), .required = true},
    {PARAM(OBJECT, alteration_params, properties), .required = true},
};

static const struct param drop_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(STR, alteration_params, index_name), .required = true},
    {PARAM(STRS, alteration_params, property_keys), .required = true},
};

int op_truncate_collection(struct request *r)
{
    struct alteration_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    TRY(collection_truncate(c, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_add_collection_field(struct request *r)
{
    struct alteration_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, add_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    TRY(collection_add_field(c, p.field, r->arena, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_drop_collection_field(struct request *r)
{
    struct alteration_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, drop_field_table, &p));
    if ((p.field_name.n > 0) == (p.field_id > 0))
        return error_set(r->e, MVL_PARAM_INVALID,
                         "field_name or field_id must say which field is dropped, got %s",
                         p.field_id ? "both" : "neither");
    TRY(request_collection(r, p.collection_name, &c));
    TRY(collection_drop_field(c, p.field_name, p.field_id, r->arena, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_alter_collection_field(struct request *r)
{
    struct alteration_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, alter_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    TRY(collection_alter_field(c, p.field_name, p.field_params, r->arena, r->e));
    reply_null(r);
    return MVL_OK;
}

/* Rows are found as soon as they are written: there is nothing to load anew. */
int op_refresh_load(struct request *r)
{
    struct alteration_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(request_collection(r, p.collection_name, &c));
    TRY(collection_check_loaded(c, r->e));
    reply_null(r);
    return MVL_OK;
}

static int alter_index(struct request *r, const struct alteration_params *p)
{
    struct property_change change = {p->properties, p->property_keys.p, p->property_keys.n};
    struct collection *c;
    TRY(request_collection(r, p->collection_name, &c));
    TRY(collection_alter_index(c, p->index_name, &change, r->arena, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_alter_index_properties(struct request *r)
{
    struct alteration_params p = {0};
    TRY(PARAMS_READ(r, alter_index_table, &p));
    return alter_index(r, &p);
}

int op_drop_index_properties(struct request *r)
{
    struct alteration_params p = {0};
    TRY(PARAMS_READ(r, drop_table, &p));
    return alter_index(r, &p);
}
