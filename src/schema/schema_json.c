#include "schema/schema_json.h"

#include <stdio.h>

/* Where a member may stand: in the field itself or in its params. */
static const struct json *member(const struct json *field, struct str key)
{
    const struct json *found = json_get(field, key);
    if (!found)
        found = json_get(json_get(field, STR("params")), key);
    if (!found) /* REST's spelling */
        found = json_get(json_get(field, STR("element_type_params")), key);
    return found && found->kind != JSON_NULL ? found : NULL;
}

static const struct json *first_of(const struct json *field, const struct str keys[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct json *found = member(field, keys[i]);
        if (found)
            return found;
    }
    return NULL;
}

/* field is STR_NONE for a parameter of the schema itself. */
static int wrong_kind(struct error *e, struct str field, const char *what, const char *rule,
                      const struct json *got)
{
    if (!field.p)
        return error_set(e, MVL_PARAM_INVALID, "%s of the schema must be %s, got %s", what, rule,
                         json_kind_name(got->kind));
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){field, -1},
                        "%s of field '%.*s' must be %s, got %s", what, STR_ARGS(field), rule,
                        json_kind_name(got->kind));
}

static int read_bool(const struct json *field, struct str name, const char *key, bool *out, struct error *e)
{
    const struct json *j = member(field, str_of(key));
    if (!j)
        return MVL_OK;
    if (j->kind != JSON_BOOL)
        return wrong_kind(e, name, key, "a boolean", j);
    *out = j->boolean;
    return MVL_OK;
}

/* A count, also as text. What is too large for its field is for schema_check to say. */
static int read_count(const struct json *field, struct str name, const char *key, uint32_t *out,
                      struct error *e)
{
    const struct json *j = member(field, str_of(key));
    if (!j)
        return MVL_OK;
    int64_t value;
    if (!json_to_integer(j, &value))
        return wrong_kind(e, name, key, "an integer", j);
    if (value < 1 || value > UINT32_MAX)
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                            "%s of field '%.*s' must be 1..%u, got %lld", key, STR_ARGS(name), UINT32_MAX,
                            (long long)value);
    *out = (uint32_t)value;
    return MVL_OK;
}

static int read_text(const struct json *field, struct str name, const char *key, struct str *out,
                     struct error *e)
{
    const struct json *j = member(field, str_of(key));
    if (!j)
        return MVL_OK;
    if (j->kind != JSON_STRING)
        return wrong_kind(e, name, key, "a string", j);
    *out = j->string;
    return MVL_OK;
}

static int read_type(const struct json *j, struct str name, const char *what, enum data_type *out,
                     struct error *e)
{
    *out = j->kind == JSON_INT      ? data_type_from_number(j->integer)
           : j->kind == JSON_STRING ? data_type_from_name(j->string)
                                    : DATA_TYPE_NONE;
    if (*out != DATA_TYPE_NONE)
        return MVL_OK;
    return error_set_at(e, MVL_SCHEMA_ILLEGAL, (struct error_place){name, -1},
                        "%s of field '%.*s' must be of DataType, got %.*s", what, STR_ARGS(name),
                        STR_ARGS(j->text));
}

static int read_field(const struct json *j, uint32_t position, struct field *f, struct error *e)
{
    static const struct str name_keys[] = {{"name", 4}, {"field_name", 10}, {"fieldName", 9}};
    static const struct str type_keys[] = {
        {"type", 4}, {"datatype", 8}, {"data_type", 9}, {"dtype", 5}, {"dataType", 8}};
    if (j->kind != JSON_OBJECT)
        return error_set(e, MVL_PARAM_INVALID, "fields[%u] must be an object, got %s", position,
                         json_kind_name(j->kind));
    const struct json *name = first_of(j, name_keys, COUNT(name_keys));
    if (!name || name->kind != JSON_STRING)
        return error_set(e, MVL_PARAM_INVALID, "fields[%u] must have a name", position);
    f->name = name->string;
    const struct json *type = first_of(j, type_keys, COUNT(type_keys));
    if (!type)
        return error_set_at(e, MVL_PARAM_MISSING, (struct error_place){f->name, -1},
                            "datatype of field '%.*s' is missing", STR_ARGS(f->name));
    TRY(read_type(type, f->name, "datatype", &f->type, e));
    const struct json *element = member(j, STR("element_type"));
    if (element)
        TRY(read_type(element, f->name, "element_type", &f->element_type, e));
    TRY(read_count(j, f->name, "dim", &f->dim, e));
    TRY(read_count(j, f->name, "max_length", &f->max_length, e));
    TRY(read_count(j, f->name, "max_capacity", &f->max_capacity, e));
    TRY(read_bool(j, f->name, "is_primary", &f->is_primary, e));
    TRY(read_bool(j, f->name, "auto_id", &f->auto_id, e));
    TRY(read_bool(j, f->name, "nullable", &f->nullable, e));
    TRY(read_bool(j, f->name, "is_partition_key", &f->is_partition_key, e));
    TRY(read_text(j, f->name, "description", &f->description, e));
    f->default_value = member(j, STR("default_value"));
    f->params = json_get(j, STR("params"));
    return MVL_OK;
}

/* SQLite folds the case of column names, Milvus does not: a later twin gets its number behind it. */
static int name_column(const struct schema *s, struct field *f, struct arena *a)
{
    enum { MOST_DIGITS = 12 };
    const struct field *twin = s->fields;
    f->column = f->name;
    while (twin < f && !str_eq_nocase(twin->name, f->name))
        twin++;
    if (twin == f)
        return MVL_OK;
    char *text = arena_alloc(a, (size_t)f->name.n + MOST_DIGITS);
    if (!text)
        return MVL_NOMEM;
    memcpy(text, f->name.p, f->name.n);
    int n = snprintf(text + f->name.n, MOST_DIGITS, "$%02u", f->id - FIRST_FIELD_ID); /* $ is in no name */
    f->column = (struct str){text, f->name.n + (uint32_t)n};
    return MVL_OK;
}

int schema_from_json(const struct json *j, struct arena *a, struct schema **out, struct error *e)
{
    if (!j || j->kind != JSON_OBJECT)
        return error_set(e, MVL_PARAM_INVALID, "schema must be an object, got %s",
                         json_kind_name(j ? j->kind : JSON_NULL));
    const struct json *fields = json_get(j, STR("fields"));
    if (!fields || fields->kind != JSON_ARRAY || fields->count == 0)
        return error_set(e, MVL_SCHEMA_ILLEGAL, "schema must have at least one field");
    if (fields->count > LIMIT_MAX_FIELDS)
        return error_set(e, MVL_PARAM_TOO_LARGE, "schema must have at most %d fields, got %u",
                         LIMIT_MAX_FIELDS, fields->count);
    struct schema *s = arena_zeroed(a, 1, sizeof *s);
    if (!s)
        return MVL_NOMEM;
    s->fields = arena_zeroed(a, fields->count, sizeof *s->fields);
    if (!s->fields)
        return MVL_NOMEM;
    bool auto_id = false;
    TRY(read_bool(j, STR_NONE, "auto_id", &auto_id, e));
    TRY(read_bool(j, STR_NONE, "enable_dynamic_field", &s->enable_dynamic_field, e));
    TRY(read_text(j, STR_NONE, "description", &s->description, e));
    for (const struct json *m = fields->first; m; m = m->next) {
        struct field *f = &s->fields[s->n_fields];
        TRY(read_field(m, s->n_fields, f, e));
        f->id = FIRST_FIELD_ID + s->n_fields++;
        if (f->is_primary)
            f->auto_id |= auto_id;
    }
    /* pymilvus also names the key from outside: create_schema(primary_field='id') */
    const struct json *primary = member(j, STR("primary_field"));
    for (uint32_t i = 0; i < s->n_fields; i++) {
        if (primary && primary->kind == JSON_STRING && str_eq(s->fields[i].name, primary->string)) {
            s->fields[i].is_primary = true;
            s->fields[i].auto_id |= auto_id;
        }
        if (s->fields[i].is_primary)
            s->primary = i;
    }
    s->next_field_id = FIRST_FIELD_ID + s->n_fields;
    for (uint32_t i = 0; i < s->n_fields; i++)
        TRY(name_column(s, &s->fields[i], a));
    *out = s;
    return MVL_OK;
}

/* A field's id and column, where they are not what its place says. */
static int read_stored_field(const struct json *j, struct field *f, int64_t least, int64_t next,
                             struct error *e)
{
    const struct json *id = json_get(j, STR("id")), *column = json_get(j, STR("column"));
    if (!id || id->kind != JSON_INT || id->integer < least || id->integer >= next)
        return error_set(e, MVL_PARAM_INVALID, "id of field '%.*s' must be %lld..%lld", STR_ARGS(f->name),
                         (long long)least, (long long)next - 1);
    f->id = (uint32_t)id->integer;
    f->column = column && column->kind == JSON_STRING ? column->string : f->name;
    return MVL_OK;
}

int schema_from_stored_json(const struct json *j, struct arena *a, struct schema **out, struct error *e)
{
    TRY(schema_from_json(j, a, out, e));
    struct schema *s = *out;
    const struct json *next = json_get(j, STR("next_field_id"));
    if (!next)
        return MVL_OK;
    if (next->kind != JSON_INT || next->integer > UINT32_MAX)
        return error_set(e, MVL_PARAM_INVALID, "next_field_id must be an integer, got %.*s",
                         STR_ARGS(next->text));
    const struct json *field = json_get(j, STR("fields"))->first;
    int64_t least = FIRST_FIELD_ID;
    for (uint32_t i = 0; i < s->n_fields; i++, field = field->next) {
        TRY(read_stored_field(field, &s->fields[i], least, next->integer, e));
        least = (int64_t)s->fields[i].id + 1;
    }
    s->next_field_id = (uint32_t)next->integer;
    return MVL_OK;
}

int schema_with_field(const struct schema *s, const struct json *field, struct arena *a, struct schema **out,
                      struct error *e)
{
    struct schema *with = arena_zeroed(a, 1, sizeof *with);
    struct field *fields = arena_zeroed(a, (size_t)s->n_fields + 1, sizeof *fields);
    if (!with || !fields)
        return MVL_NOMEM;
    *with = *s;
    with->fields = fields;
    memcpy(fields, s->fields, s->n_fields * sizeof *fields);
    TRY(read_field(field, s->n_fields, &fields[s->n_fields], e));
    struct field *added = &fields[with->n_fields++];
    added->id = with->next_field_id++;
    TRY(name_column(with, added, a));
    *out = with;
    return MVL_OK;
}

int schema_without_field(const struct schema *s, uint32_t field, struct arena *a, struct schema **out)
{
    struct schema *without = arena_zeroed(a, 1, sizeof *without);
    struct field *fields = arena_zeroed(a, s->n_fields, sizeof *fields);
    if (!without || !fields)
        return MVL_NOMEM;
    *without = *s;
    without->fields = fields;
    without->n_fields--;
    memcpy(fields, s->fields, field * sizeof *fields);
    memcpy(fields + field, s->fields + field + 1, (without->n_fields - field) * sizeof *fields);
    without->primary -= s->primary > field;
    *out = without;
    return MVL_OK;
}

void field_params_to_json(const struct field *f, struct writer *w)
{
    json_open(w, '{');
    if (f->dim) {
        json_key(w, STR("dim"));
        json_put_int(w, f->dim);
    }
    if (f->max_length) {
        json_key(w, STR("max_length"));
        json_put_int(w, f->max_length);
    }
    if (f->max_capacity) {
        json_key(w, STR("max_capacity"));
        json_put_int(w, f->max_capacity);
    }
    for (const struct json *m = f->params && f->params->kind == JSON_OBJECT ? f->params->first : NULL; m;
         m = m->next) {
        if (str_eq(m->key, STR("dim")) || str_eq(m->key, STR("max_length")) ||
            str_eq(m->key, STR("max_capacity")))
            continue;
        json_key(w, m->key);
        json_put_text(w, m->text);
    }
    json_close(w, '}');
}

static void put_flag(struct writer *w, struct str key, bool value)
{
    if (!value)
        return;
    json_key(w, key);
    json_put_bool(w, true);
}

/* Whether the ids of fields are what their places say: until one is dropped. */
static bool has_plain_ids(const struct schema *s)
{
    return s->next_field_id == FIRST_FIELD_ID + s->n_fields;
}

static void put_stored_field(const struct field *f, struct writer *w)
{
    json_key(w, STR("id"));
    json_put_int(w, f->id);
    if (str_eq(f->column, f->name))
        return;
    json_key(w, STR("column"));
    json_put_str(w, f->column);
}

void schema_to_json(const struct schema *s, struct writer *w)
{
    json_open(w, '{');
    if (!has_plain_ids(s)) {
        json_key(w, STR("next_field_id"));
        json_put_int(w, s->next_field_id);
    }
    json_key(w, STR("enable_dynamic_field"));
    json_put_bool(w, s->enable_dynamic_field);
    json_key(w, STR("description"));
    json_put_str(w, s->description);
    json_key(w, STR("fields"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const struct field *f = &s->fields[i];
        json_open(w, '{');
        json_key(w, STR("name"));
        json_put_str(w, f->name);
        json_key(w, STR("type"));
        json_put_int(w, f->type);
        json_key(w, STR("description"));
        json_put_str(w, f->description);
        put_flag(w, STR("is_primary"), f->is_primary);
        put_flag(w, STR("auto_id"), f->auto_id);
        put_flag(w, STR("nullable"), f->nullable);
        put_flag(w, STR("is_partition_key"), f->is_partition_key);
        if (f->element_type) {
            json_key(w, STR("element_type"));
            json_put_int(w, f->element_type);
        }
        if (f->default_value) {
            json_key(w, STR("default_value"));
            json_put_text(w, f->default_value->text);
        }
        if (!has_plain_ids(s))
            put_stored_field(f, w);
        json_key(w, STR("params"));
        field_params_to_json(f, w);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}
