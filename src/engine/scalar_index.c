#include "engine/scalar_index.h"

#include <stdio.h>

enum { OF_BOOL = 1, OF_INT = 2, OF_REAL = 4, OF_TEXT = 8, OF_ARRAY = 16, OF_JSON = 32 };

static const struct scalar_type {
    const char *name;
    unsigned fields, elements; /* which fields may have it, and arrays of which */
    const char *takes;         /* the same in words */
} types[] = {
    {"AUTOINDEX", OF_BOOL | OF_INT | OF_REAL | OF_TEXT | OF_ARRAY | OF_JSON,
     OF_BOOL | OF_INT | OF_REAL | OF_TEXT, "any scalar field"},
    {"INVERTED", OF_BOOL | OF_INT | OF_REAL | OF_TEXT | OF_ARRAY | OF_JSON,
     OF_BOOL | OF_INT | OF_REAL | OF_TEXT, "any scalar field"},
    {"BITMAP", OF_BOOL | OF_INT | OF_TEXT | OF_ARRAY, OF_BOOL | OF_INT | OF_TEXT,
     "BOOL, integers, VARCHAR, or an ARRAY of them, but no primary key"},
    {"STL_SORT", OF_INT | OF_REAL | OF_TEXT, 0, "integers, FLOAT, DOUBLE, TIMESTAMPTZ or VARCHAR"},
    {"TRIE", OF_TEXT, 0, "VARCHAR"},
};

static const char cast_types[] = "bool double varchar array_bool array_double array_varchar json";

static const struct scalar_type *find_type(struct str name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_eq_nocase(name.n ? name : STR("AUTOINDEX"), str_of(types[i].name)))
            return &types[i];
    return NULL;
}

static unsigned kind_of(enum data_type type)
{
    switch (data_type_class(type)) {
    case CLASS_BOOL: return OF_BOOL;
    case CLASS_INT: return OF_INT;
    case CLASS_TIME:
    case CLASS_REAL: return OF_REAL;
    case CLASS_TEXT: return OF_TEXT;
    case CLASS_JSON: return type == DATA_TYPE_ARRAY ? OF_ARRAY : OF_JSON;
    case CLASS_GEOMETRY:
    case CLASS_SPARSE:
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return 0;
}

/* NULL: a dynamic field. */
static const struct field *field_of(const struct schema *s, struct str name)
{
    int i = schema_find(s, name);
    return i < 0 ? NULL : &s->fields[i];
}

bool scalar_index_is_meant(const struct schema *s, const struct index_request *request)
{
    const struct field *f = field_of(s, request->field);
    if (!request->field.n || f)
        return f && !field_is_searched(f);
    return s->enable_dynamic_field && json_get(request->params, STR("json_cast_type"));
}

static int check_type(const struct index_request *request, const struct field *f, const char **out,
                      struct error *e)
{
    const struct scalar_type *type = find_type(request->type);
    struct error_place place = {request->field, -1};
    const char *of = f ? data_type_name(f->type) : "JSON";
    unsigned kind = f ? kind_of(f->type) : OF_JSON;
    if (!type && index_type_of_vectors(request->type))
        return error_set_at(e, MVL_INDEX_NOT_SUPPORTED, place,
                            "index_type %s needs a vector field, got field '%.*s' of type %s",
                            index_type_of_vectors(request->type)->name, STR_ARGS(request->field), of);
    if (!type)
        return error_set_at(
            e, MVL_INDEX_NOT_SUPPORTED, place,
            "index_type of field '%.*s' must be one of AUTOINDEX, INVERTED, BITMAP, STL_SORT, "
            "TRIE, got '%.*s'",
            STR_ARGS(request->field), STR_ARGS(request->type));
    bool fits = (type->fields & kind) && (kind != OF_ARRAY || (type->elements & kind_of(f->element_type))) &&
                !(f && f->is_primary && strcmp(type->name, "BITMAP") == 0);
    if (!fits)
        return error_set_at(e, MVL_INDEX_NOT_SUPPORTED, place,
                            "index_type %s takes %s, got field '%.*s' of type %s%s", type->name, type->takes,
                            STR_ARGS(request->field), of, f && f->is_primary ? ", the primary key" : "");
    *out = type->name;
    return MVL_OK;
}

static int check_params(const char *type, bool is_json, const struct json *params, struct error *e)
{
    static const struct index_param cast = {.name = "json_cast_type", .words = cast_types};
    for (const struct json *m = params ? params->first : NULL; m; m = m->next) {
        bool is_path = str_eq(m->key, STR("json_path")), is_cast = str_eq(m->key, STR("json_cast_type"));
        if (!is_json || (!is_path && !is_cast))
            return error_set(e, MVL_PARAM_INVALID, "params of index_type %s has no parameter '%.*s'%s", type,
                             STR_ARGS(m->key), is_path || is_cast ? " but for JSON fields" : "");
        if (m->kind != JSON_STRING)
            return error_set(e, MVL_PARAM_INVALID, "%.*s must be a string, got %s", STR_ARGS(m->key),
                             json_kind_name(m->kind));
        if (is_cast && !index_param_word(&cast, m->string).n)
            return error_set(e, MVL_PARAM_INVALID, "json_cast_type must be one of %s, got '%.*s'", cast_types,
                             STR_ARGS(m->string));
    }
    if (is_json && !json_get(params, STR("json_cast_type")))
        return error_set(e, MVL_PARAM_MISSING, "json_cast_type must be given for an index on JSON: one of %s",
                         cast_types);
    return MVL_OK;
}

static bool is_cast_to_array(const struct json *params)
{
    static const struct str begin = {"array_", 6};
    const struct json *cast = json_get(params, STR("json_cast_type"));
    return cast && cast->string.n > begin.n && str_eq_nocase((struct str){cast->string.p, begin.n}, begin);
}

/* $meta["key"][0]: what it means stays the same when the schema gets a field of that name. */
static int write_dynamic_path(const struct filter_column *column, struct writer *w)
{
    struct writer path = {0};
    writer_str(&path, STR("$meta"));
    for (uint32_t i = 0; i < column->n_path; i++) {
        json_begin(&path);
        json_open(&path, '[');
        if (column->path[i].is_index)
            json_put_int(&path, column->path[i].index);
        else
            json_put_str(&path, column->path[i].key);
        json_close(&path, ']');
    }
    json_put_str(w, (struct str){(const char *)path.p, (uint32_t)path.n});
    bool failed = path.failed;
    writer_fini(&path);
    return failed ? MVL_NOMEM : MVL_OK;
}

/* As given, in one order. */
static int write_params(const struct json *params, const struct filter_column *column, struct writer *w)
{
    const struct json *path = json_get(params, STR("json_path")),
                      *cast = json_get(params, STR("json_cast_type"));
    json_open(w, '{');
    if (path || column->field == FILTER_META)
        json_key(w, STR("json_path"));
    if (column->field == FILTER_META)
        TRY(write_dynamic_path(column, w));
    else if (path)
        json_put_str(w, path->string);
    if (cast) {
        json_key(w, STR("json_cast_type"));
        json_put_str(w, cast->string);
    }
    json_close(w, '}');
    return w->failed ? MVL_NOMEM : MVL_OK;
}

/* The field, or what json_path leads to in it. */
static int resolve_column(const struct schema *s, const struct index_request *request, const struct field *f,
                          struct index_definition *d, struct error *e)
{
    const struct json *path = json_get(request->params, STR("json_path"));
    struct arena a = {0};
    struct error ignored = ERROR_NONE;
    struct filter_column column;
    int rc = filter_column_of(path && path->string.n ? path->string : request->field, s, &a, &column,
                              &ignored);
    bool is_in_field = f ? column.field == (uint32_t)(f - s->fields) : column.field == FILTER_META;
    if (rc == MVL_PARAM_INVALID || (rc == MVL_OK && !is_in_field))
        rc = error_set_at(e, MVL_PARAM_INVALID, (struct error_place){request->field, -1},
                          "json_path must be a path into field '%.*s', as %.*s[\"key\"], got '%.*s'",
                          STR_ARGS(request->field), STR_ARGS(f ? request->field : STR("$meta")),
                          STR_ARGS(path ? path->string : request->field));
    if (rc == MVL_OK)
        rc = filter_column_copy(&column, &d->arena, &d->column);
    arena_fini(&a);
    return rc;
}

int scalar_index_define(const struct schema *s, const struct index_request *request,
                        struct index_definition *d, struct error *e)
{
    const struct field *f = field_of(s, request->field);
    struct writer w = {0};
    d->is_scalar = true;
    TRY(check_type(request, f, &d->type, e));
    TRY(check_params(d->type, !f || f->type == DATA_TYPE_JSON, request->params, e));
    d->is_of_lists = (f && f->type == DATA_TYPE_ARRAY) || is_cast_to_array(request->params);
    TRY(resolve_column(s, request, f, d, e));
    TRY(arena_copy(&d->arena, f ? f->name : STR("$meta"), &d->field));
    int rc = write_params(request->params, &d->column, &w);
    if (rc == MVL_OK)
        rc = arena_copy(&d->arena, (struct str){(const char *)w.p, (uint32_t)w.n}, &d->params_json);
    writer_fini(&w);
    return rc;
}

const char *scalar_index_served_by(const struct schema *s, const struct index_definition *d, int64_t n_rows)
{
    const struct field *f = d->column.field == FILTER_META ? NULL : &s->fields[d->column.field];
    bool has_order = d->is_of_lists || d->column.n_path || (f && data_type_class(f->type) != CLASS_JSON);
    if (!has_order || n_rows < SORTED_LEAST_ROWS)
        return "scan";
    const char *served_by = d->is_of_lists ? "inverted" : "sorted";
    bool is_named_so = strcmp(d->type, d->is_of_lists ? "INVERTED" : "STL_SORT") == 0;
    return is_named_so ? NULL : served_by;
}
