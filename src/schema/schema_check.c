#include "schema/schema_check.h"

#include "schema/value.h"

static struct error_place place_of(const struct field *f)
{
    return (struct error_place){f->name, -1};
}

static int check_name(const struct schema *s, uint32_t i, struct error *e)
{
    const struct field *f = &s->fields[i];
    if (!name_valid(f->name))
        return error_set_at(
            e, MVL_FIELD_NAME_INVALID, place_of(f),
            "field name must be a letter or _ and then letters, digits and _, at most %d bytes, got '%.*s'",
            LIMIT_MAX_NAME_BYTES, STR_ARGS(f->name));
    if (schema_find(s, f->name) != (int)i)
        return error_set_at(e, MVL_SCHEMA_ILLEGAL, place_of(f), "duplicate field name: '%.*s'",
                            STR_ARGS(f->name));
    return MVL_OK;
}

/* A parameter that must be given and be 1..max. */
static int check_count(const struct field *f, const char *what, uint32_t value, uint32_t max, struct error *e)
{
    if (value == 0)
        return error_set_at(e, MVL_PARAM_MISSING, place_of(f),
                            "%s of field '%.*s' is missing: type %s needs it", what, STR_ARGS(f->name),
                            data_type_name(f->type));
    if (value > max)
        return error_set_at(e, MVL_PARAM_TOO_LARGE, place_of(f), "%s of field '%.*s' must be 1..%u, got %u",
                            what, STR_ARGS(f->name), max, value);
    return MVL_OK;
}

/* A binary vector's are bits: there may be eight times as many. */
static int check_dim(const struct field *f, struct error *e)
{
    if (f->type != DATA_TYPE_BINARY_VECTOR)
        return check_count(f, "dim", f->dim, LIMIT_MAX_DIM, e);
    TRY(check_count(f, "dim", f->dim, LIMIT_MAX_DIM * 8, e));
    if (f->dim % 8 == 0)
        return MVL_OK;
    return error_set_at(e, MVL_PARAM_INVALID, place_of(f),
                        "dim of field '%.*s' must be a multiple of 8 for type %s, got %u", STR_ARGS(f->name),
                        data_type_name(f->type), f->dim);
}

static int check_type(const struct field *f, struct error *e)
{
    switch (data_type_class(f->type)) {
    case CLASS_VECTOR: return check_dim(f, e);
    case CLASS_SPARSE:
        if (f->dim)
            return error_set_at(e, MVL_PARAM_INVALID, place_of(f),
                                "dim of field '%.*s' must not be given: type %s has none, got %u",
                                STR_ARGS(f->name), data_type_name(f->type), f->dim);
        return MVL_OK;
    case CLASS_TEXT: return check_count(f, "max_length", f->max_length, LIMIT_MAX_VARCHAR_BYTES, e);
    case CLASS_JSON:
        if (f->type != DATA_TYPE_ARRAY)
            return MVL_OK;
        TRY(check_count(f, "max_capacity", f->max_capacity, LIMIT_MAX_ARRAY_CAPACITY, e));
        if (f->element_type == DATA_TYPE_VARCHAR)
            return check_count(f, "max_length", f->max_length, LIMIT_MAX_VARCHAR_BYTES, e);
        if (f->element_type == DATA_TYPE_NONE || data_type_class(f->element_type) > CLASS_REAL ||
            data_type_class(f->element_type) == CLASS_NONE)
            return error_set_at(
                e, MVL_SCHEMA_ILLEGAL, place_of(f),
                "element_type of field '%.*s' must be BOOL, INT8..INT64, FLOAT, DOUBLE or VARCHAR, got %s",
                STR_ARGS(f->name), f->element_type ? data_type_name(f->element_type) : "none");
        return MVL_OK;
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_REAL:
    case CLASS_TIME:
    case CLASS_GEOMETRY:
    case CLASS_NONE: return MVL_OK;
    }
    return MVL_OK;
}

static int check_default(const struct field *f, struct error *e)
{
    if (!f->default_value)
        return MVL_OK;
    if (f->is_primary || data_type_class(f->type) > CLASS_TEXT)
        return error_set_at(e, MVL_SCHEMA_ILLEGAL, place_of(f),
                            "default_value of field '%.*s' is not possible: it is %s", STR_ARGS(f->name),
                            f->is_primary ? "the primary key" : data_type_name(f->type));
    struct item item = item_from_json(f->default_value);
    struct value value;
    return value_coerce(&item, f->type, f->max_length, place_of(f), &value, e);
}

static int check_primary(const struct schema *s, struct error *e)
{
    const struct field *primary = NULL;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const struct field *f = &s->fields[i];
        if (f->auto_id && !f->is_primary)
            return error_set_at(e, MVL_PRIMARY_KEY, place_of(f),
                                "auto_id can only be specified on the primary key field, got field '%.*s'",
                                STR_ARGS(f->name));
        if (!f->is_primary)
            continue;
        if (primary)
            return error_set_at(e, MVL_PRIMARY_KEY, place_of(f),
                                "schema must have only one primary key field, got '%.*s' and '%.*s'",
                                STR_ARGS(primary->name), STR_ARGS(f->name));
        primary = f;
    }
    if (!primary)
        return error_set(e, MVL_PRIMARY_KEY, "schema must have a primary key field");
    if (primary->type != DATA_TYPE_INT64 && primary->type != DATA_TYPE_VARCHAR)
        return error_set_at(e, MVL_PRIMARY_KEY, place_of(primary),
                            "primary key '%.*s' must be INT64 or VARCHAR, got %s", STR_ARGS(primary->name),
                            data_type_name(primary->type));
    if (primary->nullable)
        return error_set_at(e, MVL_PRIMARY_KEY, place_of(primary), "primary key '%.*s' must not be nullable",
                            STR_ARGS(primary->name));
    return MVL_OK;
}

static int check_partition_key(const struct schema *s, struct error *e)
{
    const struct field *key = NULL;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const struct field *f = &s->fields[i];
        if (!f->is_partition_key)
            continue;
        if (key || f->is_primary || (f->type != DATA_TYPE_INT64 && f->type != DATA_TYPE_VARCHAR))
            return error_set_at(
                e, MVL_SCHEMA_ILLEGAL, place_of(f),
                "partition key must be one INT64 or VARCHAR field besides the primary key, got '%.*s'",
                STR_ARGS(f->name));
        key = f;
    }
    return MVL_OK;
}

int schema_check(const struct schema *s, struct error *e)
{
    uint32_t n_vectors = 0;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        TRY(check_name(s, i, e));
        TRY(check_type(&s->fields[i], e));
        n_vectors += data_type_is_vector(s->fields[i].type);
    }
    TRY(check_primary(s, e));
    for (uint32_t i = 0; i < s->n_fields; i++)
        TRY(check_default(&s->fields[i], e));
    TRY(check_partition_key(s, e));
    if (n_vectors == 0)
        return error_set(e, MVL_SCHEMA_ILLEGAL, "schema must have a vector field, got none");
    if (n_vectors > LIMIT_MAX_VECTOR_FIELDS)
        return error_set(e, MVL_PARAM_TOO_LARGE, "schema must have at most %d vector fields, got %u",
                         LIMIT_MAX_VECTOR_FIELDS, n_vectors);
    return MVL_OK;
}
