/* Operations that change a collection as a whole. */
#include "api/request.h"
#include "engine/alterations.h"

struct alteration_params {
    struct str collection_name, field_name;
    const struct json *field, *field_params;
};

static const struct param name_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
};

static const struct param add_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(OBJECT, alteration_params, field), .required = true},
};

static const struct param alter_table[] = {
    {PARAM(STR, alteration_params, collection_name), .required = true},
    {PARAM(STR, alteration_params, field_name), .required = true},
    {PARAM(OBJECT, alteration_params, field_params), .required = true},
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
