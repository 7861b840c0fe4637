#include "api/quick_schema.h"

#include "schema/schema_json.h"

static int key_type(const struct json *id_type, enum data_type *out, struct error *e)
{
    *out = DATA_TYPE_INT64;
    if (!id_type)
        return MVL_OK;
    if (id_type->kind == JSON_INT)
        *out = data_type_from_number(id_type->integer);
    else if (id_type->kind == JSON_STRING && str_eq(id_type->string, STR("int")))
        *out = DATA_TYPE_INT64;
    else if (id_type->kind == JSON_STRING &&
             (str_eq(id_type->string, STR("string")) || str_eq(id_type->string, STR("str"))))
        *out = DATA_TYPE_VARCHAR;
    else if (id_type->kind == JSON_STRING)
        *out = data_type_from_name(id_type->string);
    else
        *out = DATA_TYPE_NONE;
    if (*out == DATA_TYPE_INT64 || *out == DATA_TYPE_VARCHAR)
        return MVL_OK;
    return error_set(e, MVL_PRIMARY_KEY, "id_type must be 'int' or 'string', got %.*s",
                     STR_ARGS(id_type->text));
}

static void open_field(struct writer *w, struct str name, enum data_type type)
{
    json_open(w, '{');
    json_key(w, STR("name"));
    json_put_str(w, name);
    json_key(w, STR("type"));
    json_put_int(w, type);
}

static void put_schema(const struct quick_params *p, enum data_type type, struct writer *w)
{
    json_open(w, '{');
    json_key(w, STR("description"));
    json_put_str(w, p->description);
    json_key(w, STR("enable_dynamic_field"));
    json_put_bool(w, p->enable_dynamic_field);
    json_key(w, STR("fields"));
    json_open(w, '[');
    open_field(w, p->primary_field_name, type);
    json_key(w, STR("is_primary"));
    json_put_bool(w, true);
    json_key(w, STR("auto_id"));
    json_put_bool(w, p->auto_id);
    if (type == DATA_TYPE_VARCHAR) {
        json_key(w, STR("max_length"));
        json_put_int(w, p->max_length ? p->max_length : LIMIT_MAX_VARCHAR_BYTES);
    }
    json_close(w, '}');
    open_field(w, p->vector_field_name, DATA_TYPE_FLOAT_VECTOR);
    json_key(w, STR("dim"));
    json_put_int(w, p->dimension);
    json_close(w, '}');
    json_close(w, ']');
    json_close(w, '}');
}

int quick_schema(const struct quick_params *p, struct arena *a, struct schema **out, struct error *e)
{
    enum data_type type;
    TRY(key_type(p->id_type, &type, e));
    struct writer w = {0};
    put_schema(p, type, &w);
    struct str text;
    int rc = w.failed ? MVL_NOMEM : arena_copy(a, (struct str){(const char *)w.p, (uint32_t)w.n}, &text);
    writer_fini(&w);
    TRY(rc);
    struct json *j;
    TRY(json_parse(text, a, &j, "schema", e));
    return schema_from_json(j, a, out, e);
}
