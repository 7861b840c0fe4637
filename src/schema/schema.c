#include "schema/schema.h"

int schema_find(const struct schema *s, struct str name)
{
    for (uint32_t i = 0; i < s->n_fields; i++)
        if (str_eq(s->fields[i].name, name))
            return (int)i;
    return -1;
}

const struct field *schema_partition_key(const struct schema *s)
{
    for (uint32_t i = 0; i < s->n_fields; i++)
        if (s->fields[i].is_partition_key)
            return &s->fields[i];
    return NULL;
}

static bool same_default(const struct json *a, const struct json *b)
{
    return a == b || (a && b && str_eq(a->text, b->text));
}

static bool field_equal(const struct field *a, const struct field *b)
{
    return str_eq(a->name, b->name) && a->type == b->type && a->element_type == b->element_type &&
           a->dim == b->dim && a->max_length == b->max_length && a->max_capacity == b->max_capacity &&
           a->is_primary == b->is_primary && a->auto_id == b->auto_id && a->nullable == b->nullable &&
           a->is_partition_key == b->is_partition_key && same_default(a->default_value, b->default_value);
}

bool schema_equal(const struct schema *a, const struct schema *b)
{
    if (a->n_fields != b->n_fields || a->enable_dynamic_field != b->enable_dynamic_field)
        return false;
    for (uint32_t i = 0; i < a->n_fields; i++)
        if (!field_equal(&a->fields[i], &b->fields[i]))
            return false;
    return true;
}
