#include <stdio.h>

#include "filter/binder.h"

bool filter_column_equal(const struct filter_column *a, const struct filter_column *b)
{
    if (a->field != b->field || a->n_path != b->n_path)
        return false;
    for (uint32_t i = 0; i < a->n_path; i++) {
        const struct path_step *p = &a->path[i], *q = &b->path[i];
        if (p->is_index != q->is_index || (p->is_index ? p->index != q->index : !str_eq(p->key, q->key)))
            return false;
    }
    return true;
}

int filter_column_copy(const struct filter_column *from, struct arena *a, struct filter_column *to)
{
    struct path_step *path = arena_array(a, from->n_path, sizeof *path);
    if (!path)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < from->n_path; i++) {
        path[i] = from->path[i];
        TRY(arena_copy(a, from->path[i].key, &path[i].key));
    }
    *to = *from;
    to->path = path;
    return MVL_OK;
}

static int column_index(struct binder *b, struct filter_column column, uint32_t *out)
{
    struct filter *f = b->filter;
    for (uint32_t i = 0; i < f->n_columns; i++)
        if (filter_column_equal(&f->columns[i], &column)) {
            *out = i;
            return MVL_OK;
        }
    if (f->n_columns == b->column_capacity) {
        uint32_t capacity = b->column_capacity ? 2 * b->column_capacity : 4;
        struct filter_column *columns = arena_array(b->arena, capacity, sizeof *columns);
        if (!columns)
            return MVL_NOMEM;
        if (f->n_columns)
            memcpy(columns, f->columns, f->n_columns * sizeof *columns);
        f->columns = columns;
        b->column_capacity = capacity;
    }
    *out = f->n_columns;
    f->columns[f->n_columns++] = column;
    return MVL_OK;
}

static int unknown_field(struct binder *b, const struct node *node)
{
    char hint[300];
    int n = 0;
    struct str nearest = STR_NONE;
    uint32_t best = 3;
    for (uint32_t i = 0; i < b->schema->n_fields; i++) {
        struct str name = b->schema->fields[i].name;
        uint32_t distance = name_distance(node->name, name, 2);
        if (distance < best && distance < name.n) {
            best = distance;
            nearest = name;
        }
    }
    if (nearest.n)
        n = snprintf(hint, sizeof hint, "did you mean '%.*s'?", STR_ARGS(short_name(nearest)));
    else
        n = snprintf(hint, sizeof hint, "available fields:");
    for (uint32_t i = 0; i < b->schema->n_fields && !nearest.n; i++) {
        struct str name = short_name(b->schema->fields[i].name);
        if (field_is_searched(&b->schema->fields[i]) || n + (int)name.n + 8 > (int)sizeof hint)
            continue;
        n += snprintf(hint + n, sizeof hint - (size_t)n, " '%.*s'", STR_ARGS(name));
    }
    int rc = FAIL(b, node->span, ((struct str){hint, (uint32_t)n}), "unknown field '%.*s'",
                  STR_ARGS(short_name(node->name)));
    snprintf(b->e->field, sizeof b->e->field, "%.*s", STR_ARGS(node->name));
    return rc;
}

static int push_field(struct binder *b, const struct node *node, struct filter_column column,
                      enum value_type type, bool is_float)
{
    struct operand o = {.type = type, .is_float = is_float, .is_field = true, .span = node->span};
    o.is_whole = node->n_path == 0 && column.field != FILTER_META;
    o.source.from = FROM_COLUMN;
    o.source.kind = column.kind;
    TRY(column_index(b, column, &o.source.index));
    b->stack[b->n++] = o;
    return MVL_OK;
}

static int bind_dynamic(struct binder *b, const struct node *node)
{
    bool is_meta = str_eq(node->name, STR("$meta"));
    struct path_step *path = node->path;
    uint32_t n = node->n_path;
    if (!b->schema->enable_dynamic_field || (node->name.p[0] == '$' && !is_meta))
        return unknown_field(b, node);
    if (is_meta && (n == 0 || path[0].is_index))
        return FAIL(b, node->span, STR_NONE, "$meta needs a key, as in $meta[\"key\"]");
    if (!is_meta) {
        path = arena_array(b->arena, (size_t)n + 1, sizeof *path);
        if (!path)
            return MVL_NOMEM;
        path[0] = (struct path_step){.key = node->name};
        if (n)
            memcpy(path + 1, node->path, n * sizeof *path);
        n++;
    }
    return push_field(b, node, (struct filter_column){FILTER_META, SCALAR_MIXED, path, n}, TYPE_MIXED, false);
}

int bind_field(struct binder *b, const struct node *node)
{
    int i = schema_find(b->schema, node->name);
    if (i < 0)
        return bind_dynamic(b, node);
    const struct field *f = &b->schema->fields[i];
    struct filter_column column = {(uint32_t)i, SCALAR_INT, node->path, node->n_path};
    enum type_class class = data_type_class(f->type);
    if (node->n_path && class != CLASS_JSON)
        return FAIL(b, node->span, STR_NONE, "field '%.*s' is no JSON field: it is of type %s",
                    STR_ARGS(short_name(f->name)), data_type_name(f->type));
    if (f->type == DATA_TYPE_ARRAY && node->n_path && (node->n_path > 1 || !node->path[0].is_index))
        return FAIL(b, node->span, STR_NONE, "an element of the array '%.*s' is written as %.*s[0]",
                    STR_ARGS(short_name(f->name)), STR_ARGS(short_name(f->name)));
    switch (class) {
    case CLASS_BOOL: return push_field(b, node, column, TYPE_BOOL, false);
    case CLASS_INT: return push_field(b, node, column, TYPE_INT, false);
    case CLASS_REAL:
        column.kind = SCALAR_REAL;
        return push_field(b, node, column, TYPE_REAL, f->type == DATA_TYPE_FLOAT);
    case CLASS_TIME: return push_field(b, node, column, TYPE_TIME, false);
    case CLASS_GEOMETRY: column.kind = SCALAR_TEXT; return push_field(b, node, column, TYPE_GEOMETRY, false);
    case CLASS_TEXT: column.kind = SCALAR_TEXT; return push_field(b, node, column, TYPE_TEXT, false);
    case CLASS_JSON: column.kind = SCALAR_MIXED; return push_field(b, node, column, TYPE_MIXED, false);
    case CLASS_VECTOR:
    case CLASS_SPARSE:
    case CLASS_NONE: break;
    }
    return FAIL(b, node->span, STR_NONE, "field '%.*s' of type %s cannot be part of a filter",
                STR_ARGS(short_name(f->name)), data_type_name(f->type));
}
