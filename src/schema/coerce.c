#include "schema/coerce.h"

#include <math.h>

#include "schema/coerce_sparse.h"
#include "schema/coerce_vectors.h"
#include "schema/column_builder.h"
#include "schema/value.h"

static struct error_place place_at(const struct field *f, uint32_t row)
{
    return (struct error_place){f->name, row};
}

static int missing(const struct field *f, uint32_t row, bool is_null, struct error *e)
{
    if (is_null)
        return error_set_at(e, MVL_DATA_NOT_MATCH, place_at(f, row), "field '%.*s' is not nullable, got null",
                            STR_ARGS(f->name));
    return error_set_at(
        e, MVL_DATA_NOT_MATCH, place_at(f, row),
        "Insert missed an field `%.*s` to collection without set nullable==true or set default_value",
        STR_ARGS(f->name));
}

/* What a row without a value gets: the default, or null, or an error. */
static int check_absent(const struct field *f, const struct column *c, uint32_t row, struct error *e)
{
    if (f->nullable || f->default_value)
        return MVL_OK;
    return missing(f, row, c && column_is_given(c, row), e);
}

/* The field as rows of before have it; column NULL: nothing is kept. */
struct kept_field {
    const struct column *column;
    const uint32_t *at;
};

/* Does the row leave the field as it is? */
static bool is_kept(struct kept_field kept, const struct column *c, uint32_t row)
{
    return kept.column && kept.at[row] != KEPT_NONE && (!c || !column_is_given(c, row));
}

/* Can the column be stored as it came? Then only ranges and lengths are left to check. */
static bool has_stored_form(const struct field *f, const struct column *c)
{
    switch (data_type_class(f->type)) {
    case CLASS_INT: return c->kind == KIND_I64;
    case CLASS_REAL: return c->kind == KIND_F64 && f->type == DATA_TYPE_DOUBLE;
    case CLASS_TEXT: return c->kind == KIND_STR;
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_GEOMETRY:
    case CLASS_JSON:
    case CLASS_SPARSE:
    case CLASS_VECTOR:
    case CLASS_NONE: return false;
    }
    return false;
}

static bool row_fits(const struct field *f, const struct column *c, uint32_t row)
{
    if (f->type == DATA_TYPE_DOUBLE)
        return isfinite(((const double *)c->data)[row]);
    if (f->type == DATA_TYPE_VARCHAR)
        return c->offsets[row + 1] - c->offsets[row] <= f->max_length;
    struct int_range range = data_type_int_range(f->type);
    int64_t v = ((const int64_t *)c->data)[row];
    return v >= range.min && v <= range.max;
}

/* True when the column is stored as it is; false when some value needs the slow path (or is wrong: it will say). */
static bool borrow_column(const struct field *f, const struct column *c, struct kept_field kept,
                          uint32_t n_rows, struct column *out)
{
    if (kept.column && c->given)
        return false;
    if (!has_stored_form(f, c) || (c->valid && (f->default_value || !f->nullable)))
        return false;
    for (uint32_t row = 0; row < n_rows; row++)
        if (!column_is_null(c, row) && !row_fits(f, c, row))
            return false;
    out->kind = c->kind;
    out->valid = c->valid;
    out->offsets = c->offsets;
    out->data = c->data;
    return true;
}

/* The item of a row: its value, else the default; null when there is neither. */
static int stored_item(const struct field *f, const struct column *c, struct kept_field kept, uint32_t row,
                       struct arena *a, struct item *out, struct error *e)
{
    if (is_kept(kept, c, row))
        return item_from_column(kept.column, kept.at[row], a, out, e);
    *out = (struct item){.kind = ITEM_NULL};
    if (c)
        TRY(item_from_column(c, row, a, out, e));
    if (out->kind != ITEM_NULL)
        return MVL_OK;
    TRY(check_absent(f, c, row, e));
    if (f->default_value)
        *out = item_from_json(f->default_value);
    return MVL_OK;
}

/* What a row keeps was judged when it came: limits that have been lowered since are not for it. */
static struct field without_limits(const struct field *f)
{
    struct field out = *f;
    out.max_length = out.max_capacity = UINT32_MAX;
    return out;
}

/* Appends a row's value in its stored form. */
static int put_row(const struct field *f, const struct column *c, struct kept_field kept, uint32_t row,
                   struct arena *a, struct column_builder *b, struct error *e)
{
    struct item item;
    struct field lenient;
    TRY(stored_item(f, c, kept, row, a, &item, e));
    if (is_kept(kept, c, row)) {
        lenient = without_limits(f);
        f = &lenient;
    }
    if (item.kind == ITEM_NULL)
        return column_builder_null(b);
    if (b->kind == KIND_JSON) {
        TRY(value_to_json(&item, f, place_at(f, row), &b->text, e));
        column_builder_end_text(b);
        return MVL_OK;
    }
    struct value v;
    TRY(value_coerce(&item, f->type, f->max_length, place_at(f, row), &v, e));
    if (b->kind == KIND_STR)
        column_builder_text(b, v.text);
    else if (b->kind == KIND_F64)
        column_builder_f64(b, v.real);
    else
        column_builder_i64(b, v.integer);
    return MVL_OK;
}

static enum column_kind stored_kind(const struct field *f)
{
    switch (data_type_class(f->type)) {
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_INT: return KIND_I64;
    case CLASS_REAL: return KIND_F64;
    case CLASS_GEOMETRY:
    case CLASS_TEXT: return KIND_STR;
    case CLASS_JSON: return KIND_JSON;
    case CLASS_SPARSE: return KIND_SPARSE;
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return KIND_MATRIX_F32;
}

static int coerce_scalars(const struct field *f, const struct column *c, struct kept_field kept,
                          uint32_t n_rows, struct arena *a, struct column *out, struct error *e)
{
    struct column_builder b;
    TRY(column_builder_init(&b, stored_kind(f), n_rows, a));
    for (uint32_t row = 0; row < n_rows; row++) {
        int rc = put_row(f, c, kept, row, a, &b, e);
        if (rc != MVL_OK) {
            column_builder_drop(&b);
            return rc;
        }
    }
    TRY(column_builder_finish(&b, out));
    out->name = f->name;
    return MVL_OK;
}

static int put_sparse_row(const struct field *f, const struct column *c, struct kept_field kept, uint32_t row,
                          struct arena *scratch, struct column_builder *b, struct error *e)
{
    struct item item;
    if (is_kept(kept, c, row)) {
        if (column_is_null(kept.column, kept.at[row]))
            return column_builder_null(b);
        column_builder_text(b, column_text(kept.column, kept.at[row]));
        return MVL_OK;
    }
    TRY(stored_item(f, c, kept, row, scratch, &item, e));
    if (item.kind == ITEM_NULL)
        return column_builder_null(b);
    TRY(sparse_pack(f, row, &item, scratch, &b->text, e));
    column_builder_end_text(b);
    return MVL_OK;
}

static int coerce_sparse(const struct field *f, const struct column *c, struct kept_field kept,
                         uint32_t n_rows, struct arena *a, struct column *out, struct error *e)
{
    struct column_builder b;
    struct arena scratch = {0};
    int rc = MVL_OK;
    TRY(column_builder_init(&b, KIND_SPARSE, n_rows, a));
    for (uint32_t row = 0; row < n_rows && rc == MVL_OK; row++) {
        rc = put_sparse_row(f, c, kept, row, &scratch, &b, e);
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    if (rc == MVL_OK)
        rc = column_builder_finish(&b, out);
    else
        column_builder_drop(&b);
    out->name = f->name;
    return rc;
}

/* Puts kept vectors in the places of those that the rows left out. */
static int keep_vectors(const struct column *c, struct kept_field kept, uint32_t n_rows, struct arena *a,
                        struct column *out)
{
    size_t row_bytes = (size_t)out->width * kind_element_bytes(out->kind);
    uint8_t *data = arena_array(a, n_rows, row_bytes);
    uint8_t *valid = arena_zeroed(a, n_rows / 8 + 1, 1);
    if (!data || !valid)
        return MVL_NOMEM;
    for (uint32_t row = 0; row < n_rows; row++) {
        bool keeps = is_kept(kept, c, row);
        const struct column *from = keeps ? kept.column : out;
        uint32_t at = keeps ? kept.at[row] : row;
        memcpy(data + row * row_bytes, (const uint8_t *)from->data + at * row_bytes, row_bytes);
        if (!column_is_null(from, at))
            bits_set(valid, row);
    }
    out->data = data;
    out->valid = valid;
    return MVL_OK;
}

static int coerce_vector_field(const struct field *f, const struct column *c, struct kept_field kept,
                               uint32_t n_rows, struct arena *a, struct column *out, struct error *e)
{
    for (uint32_t row = 0; row < n_rows; row++)
        if ((!c || column_is_null(c, row)) && !is_kept(kept, c, row))
            TRY(check_absent(f, c, row, e));
    TRY(c ? coerce_vectors(f, c, n_rows, a, out, e) : coerce_no_vectors(f, n_rows, a, out));
    return kept.column ? keep_vectors(c, kept, n_rows, a, out) : MVL_OK;
}

static int coerce_field(const struct field *f, const struct column *c, struct kept_field kept,
                        uint32_t n_rows, struct arena *a, struct column *out, struct error *e)
{
    *out = (struct column){.name = f->name};
    if (field_is_vector(f))
        return coerce_vector_field(f, c, kept, n_rows, a, out, e);
    if (field_is_sparse(f))
        return coerce_sparse(f, c, kept, n_rows, a, out, e);
    if (c && borrow_column(f, c, kept, n_rows, out))
        return MVL_OK;
    return coerce_scalars(f, c, kept, n_rows, a, out, e);
}

int coerce_keys(const struct field *primary, const struct column *c, uint32_t n_rows, struct arena *a,
                struct column *out, struct error *e)
{
    return coerce_field(primary, c, (struct kept_field){0}, n_rows, a, out, e);
}

static uint32_t first_given(const struct column *c, uint32_t n_rows)
{
    for (uint32_t row = 0; row < n_rows; row++)
        if (column_is_given(c, row))
            return row;
    return n_rows;
}

/* Columns that are no field: dynamic keys, when the schema has them. */
static int find_dynamic(const struct schema *s, const struct batch *in, const struct column **dynamic,
                        uint32_t *n, struct error *e)
{
    *n = 0;
    for (uint32_t i = 0; i < in->n_columns; i++) {
        const struct column *c = &in->columns[i];
        uint32_t row = first_given(c, in->n_rows);
        if (schema_find(s, c->name) >= 0 || row == in->n_rows)
            continue;
        struct error_place place = {c->name, row};
        if (!s->enable_dynamic_field)
            return error_set_at(
                e, MVL_DATA_NOT_MATCH, place,
                "Attempt to insert an unexpected field `%.*s` to collection without enabling dynamic field",
                STR_ARGS(c->name));
        if (c->name.n == 0 || c->name.p[0] == '$')
            return error_set_at(e, MVL_DATA_NOT_MATCH, place,
                                "a dynamic field's name must not be empty or start with '$', got '%.*s'",
                                STR_ARGS(c->name));
        dynamic[(*n)++] = c;
    }
    return MVL_OK;
}

/* The kept keys that the row does not have itself. */
static int put_kept_meta(const struct column *const *dynamic, uint32_t n, struct kept_field kept,
                         uint32_t row, struct arena *a, struct writer *w, struct error *e)
{
    struct json *object;
    size_t from = w->json_from;
    if (!kept.column || kept.at[row] == KEPT_NONE || column_is_null(kept.column, kept.at[row]))
        return MVL_OK;
    TRY(column_json(kept.column, kept.at[row], a, &object, e));
    for (const struct json *m = object->first; m; m = m->next) {
        uint32_t i = 0;
        while (i < n && !(str_eq(dynamic[i]->name, m->key) && column_is_given(dynamic[i], row)))
            i++;
        if (i < n)
            continue;
        if (w->n == from)
            json_open(w, '{');
        json_key(w, m->key);
        json_put_text(w, m->text);
    }
    return MVL_OK;
}

static int put_meta_row(const struct column *const *dynamic, uint32_t n, struct kept_field kept, uint32_t row,
                        struct arena *a, struct column_builder *b, struct error *e)
{
    struct writer *w = &b->text;
    size_t from = w->n;
    for (uint32_t i = 0; i < n; i++) {
        const struct column *c = dynamic[i];
        if (!column_is_given(c, row))
            continue;
        struct item item = {.kind = ITEM_NULL};
        if (c->kind != KIND_JSON)
            TRY(item_from_column(c, row, a, &item, e));
        if (item.kind == ITEM_REAL && !isfinite(item.real))
            return error_set_at(e, MVL_DATA_NOT_MATCH, (struct error_place){c->name, row},
                                "dynamic field '%.*s' must be a finite number, got NaN or infinity",
                                STR_ARGS(c->name));
        if (w->n == from)
            json_open(w, '{');
        json_key(w, c->name);
        if (c->kind == KIND_JSON && !column_is_null(c, row))
            json_put_text(w, column_text(c, row));
        else
            item_to_json(&item, w);
    }
    TRY(put_kept_meta(dynamic, n, kept, row, a, w, e));
    if (w->n == from)
        return column_builder_null(b);
    json_close(w, '}');
    column_builder_end_text(b);
    return MVL_OK;
}

/* A JSON column is passed through as text: it must be JSON. */
static int check_json_column(const struct column *c, uint32_t n_rows, struct error *e)
{
    struct arena scratch = {0};
    int rc = MVL_OK;
    for (uint32_t row = 0; row < n_rows && rc == MVL_OK; row++) {
        struct json *j;
        if (!column_is_null(c, row))
            rc = column_json(c, row, &scratch, &j, e);
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    return rc;
}

static int coerce_meta(const struct schema *s, const struct batch *in, struct kept_field kept,
                       struct arena *a, struct column *out, struct error *e)
{
    *out = (struct column){.name = STR("$meta"), .kind = KIND_JSON};
    const struct column **dynamic = arena_array(a, in->n_columns, sizeof *dynamic);
    if (!dynamic)
        return MVL_NOMEM;
    uint32_t n;
    TRY(find_dynamic(s, in, dynamic, &n, e));
    if (n == 0 && !kept.column)
        return MVL_OK;
    for (uint32_t i = 0; i < n; i++)
        if (dynamic[i]->kind == KIND_JSON)
            TRY(check_json_column(dynamic[i], in->n_rows, e));
    struct column_builder b;
    TRY(column_builder_init(&b, KIND_JSON, in->n_rows, a));
    for (uint32_t row = 0; row < in->n_rows; row++) {
        int rc = put_meta_row(dynamic, n, kept, row, a, &b, e);
        if (rc != MVL_OK) {
            column_builder_drop(&b);
            return rc;
        }
    }
    TRY(column_builder_finish(&b, out));
    out->name = STR("$meta");
    return MVL_OK;
}

const struct column *batch_find(const struct batch *in, struct str name)
{
    for (uint32_t i = 0; i < in->n_columns; i++)
        if (str_eq(in->columns[i].name, name))
            return &in->columns[i];
    return NULL;
}

static int coerce_all(const struct schema *s, const struct batch *in, bool keys_given,
                      const struct kept_rows *kept, struct arena *a, struct rows *out, struct error *e)
{
    *out = (struct rows){.n = in->n_rows, .fields = arena_zeroed(a, s->n_fields, sizeof *out->fields)};
    if (!out->fields)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const struct field *f = &s->fields[i];
        const struct column *c = batch_find(in, f->name);
        struct kept_field kept_field = {0};
        if (f->auto_id && !keys_given) {
            uint32_t row = c ? first_given(c, in->n_rows) : in->n_rows;
            if (row < in->n_rows)
                return error_set_at(e, MVL_DATA_NOT_MATCH, place_at(f, row),
                                    "field '%.*s' must not be given: its values are made by auto_id",
                                    STR_ARGS(f->name));
            out->needs_ids = true;
            out->fields[i] = (struct column){.name = f->name};
            continue;
        }
        if (kept && kept->fields[i].kind)
            kept_field = (struct kept_field){&kept->fields[i], kept->at};
        TRY(coerce_field(f, c, kept_field, in->n_rows, a, &out->fields[i], e));
    }
    struct kept_field kept_meta = {kept ? kept->meta : NULL, kept ? kept->at : NULL};
    return coerce_meta(s, in, kept_meta, a, &out->meta, e);
}

int coerce_rows(const struct schema *s, const struct batch *in, bool keys_given, struct arena *a,
                struct rows *out, struct error *e)
{
    return coerce_all(s, in, keys_given, NULL, a, out, e);
}

int coerce_rows_onto(const struct schema *s, const struct batch *in, const struct kept_rows *kept,
                     struct arena *a, struct rows *out, struct error *e)
{
    return coerce_all(s, in, true, kept, a, out, e);
}
