/* Operations on aliases. */
#include "api/request.h"
#include "engine/aliases.h"
#include "engine/databases.h"

struct alias_params {
    struct str collection_name, alias;
};

static const struct param set_table[] = {
    {PARAM(STR, alias_params, collection_name), .required = true},
    {PARAM(STR, alias_params, alias), .required = true},
};

static const struct param name_table[] = {
    {PARAM(STR, alias_params, alias), .required = true},
};

static const struct param list_table[] = {
    {PARAM(STR, alias_params, collection_name)},
};

static void put_text(struct request *r, struct str key, struct str value)
{
    json_key(r->json, key);
    json_put_str(r->json, value);
}

int op_create_alias(struct request *r)
{
    struct alias_params p = {0};
    TRY(PARAMS_READ(r, set_table, &p));
    TRY(db_create_alias(*r->db, p.collection_name, p.alias, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_alter_alias(struct request *r)
{
    struct alias_params p = {0};
    TRY(PARAMS_READ(r, set_table, &p));
    TRY(db_alter_alias(*r->db, p.collection_name, p.alias, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_drop_alias(struct request *r)
{
    struct alias_params p = {0};
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(db_drop_alias(*r->db, p.alias, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_describe_alias(struct request *r)
{
    struct alias_params p = {0};
    const struct collection *c;
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(db_find_alias(*r->db, p.alias, &c, r->e));
    reply_value_begin(r);
    json_open(r->json, '{');
    put_text(r, STR("alias"), p.alias);
    put_text(r, STR("collection_name"), c->name);
    put_text(r, STR("db_name"), db_database_name(*r->db));
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

static void put_aliases(struct request *r, const struct collection *c)
{
    for (uint32_t i = 0; i < c->n_aliases; i++)
        json_put_str(r->json, c->aliases[i].name);
}

/* Of one collection, or of all. */
int op_list_aliases(struct request *r)
{
    struct alias_params p = {0};
    struct collection *one = NULL;
    const struct collection *c;
    TRY(PARAMS_READ(r, list_table, &p));
    if (p.collection_name.n)
        TRY(request_collection(r, p.collection_name, &one));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("aliases"));
    json_open(r->json, '[');
    for (uint32_t i = 0; !one && (c = db_collection_at(*r->db, i)); i++)
        put_aliases(r, c);
    if (one)
        put_aliases(r, one);
    json_close(r->json, ']');
    put_text(r, STR("collection_name"), one ? one->name : STR(""));
    put_text(r, STR("db_name"), db_database_name(*r->db));
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}
