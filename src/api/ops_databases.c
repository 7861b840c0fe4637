/* Operations on databases: the name spaces in the file. */
#include "api/request.h"
#include "engine/databases.h"

struct database_params {
    struct str db_name;
    const struct json *properties;
    struct param_strs property_keys;
};

static const struct param create_table[] = {
    {PARAM(STR, database_params, db_name), .required = true},
    {PARAM(OBJECT, database_params, properties)},
};

static const struct param name_table[] = {
    {PARAM(STR, database_params, db_name), .required = true},
};

static const struct param alter_table[] = {
    {PARAM(STR, database_params, db_name), .required = true},
    {PARAM(OBJECT, database_params, properties), .required = true},
};

static const struct param drop_properties_table[] = {
    {PARAM(STR, database_params, db_name), .required = true},
    {PARAM(STRS, database_params, property_keys), .required = true},
};

int op_create_database(struct request *r)
{
    struct database_params p = {0};
    TRY(PARAMS_READ(r, create_table, &p));
    TRY(db_create_database(*r->db, p.db_name, p.properties, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_drop_database(struct request *r)
{
    struct database_params p = {0};
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(db_drop_database(*r->db, p.db_name, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_list_databases(struct request *r)
{
    const struct database *d;
    TRY(params_read(r->params, NULL, 0, NULL, r->arena, r->e));
    reply_value_begin(r);
    json_open(r->json, '[');
    for (uint32_t i = 0; (d = db_database_at(*r->db, i)); i++)
        json_put_str(r->json, database_name(d));
    json_close(r->json, ']');
    reply_value_end(r);
    return MVL_OK;
}

/* Its name, and its properties beside it. */
int op_describe_database(struct request *r)
{
    struct database_params p = {0};
    const struct database *d;
    struct json *properties = NULL;
    TRY(PARAMS_READ(r, name_table, &p));
    TRY(db_find_database(*r->db, p.db_name, &d, r->e));
    if (database_properties(d).n)
        TRY(json_parse(database_properties(d), r->arena, &properties, "properties", r->e));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("name"));
    json_put_str(r->json, p.db_name);
    for (const struct json *m = properties ? properties->first : NULL; m; m = m->next) {
        if (str_eq(m->key, STR("name")))
            continue;
        json_key(r->json, m->key);
        json_put_text(r->json, m->text);
    }
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

static int alter(struct request *r, const struct database_params *p)
{
    struct property_change change = {p->properties, p->property_keys.p, p->property_keys.n};
    TRY(db_alter_database(*r->db, p->db_name, &change, r->e));
    reply_null(r);
    return MVL_OK;
}

int op_alter_database_properties(struct request *r)
{
    struct database_params p = {0};
    TRY(PARAMS_READ(r, alter_table, &p));
    return alter(r, &p);
}

int op_drop_database_properties(struct request *r)
{
    struct database_params p = {0};
    TRY(PARAMS_READ(r, drop_properties_table, &p));
    return alter(r, &p);
}
