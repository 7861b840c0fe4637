#include "schema/value.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "schema/timestamp.h"
#include "schema/wkt.h"

struct item item_from_json(const struct json *j)
{
    switch (j->kind) {
    case JSON_NULL: return (struct item){.kind = ITEM_NULL};
    case JSON_BOOL: return (struct item){.kind = ITEM_BOOL, .integer = j->boolean};
    case JSON_INT: return (struct item){.kind = ITEM_INT, .integer = j->integer, .real = j->real};
    case JSON_REAL: return (struct item){.kind = ITEM_REAL, .real = j->real, .json = j};
    case JSON_STRING: return (struct item){.kind = ITEM_TEXT, .text = j->string};
    case JSON_ARRAY: return (struct item){.kind = ITEM_LIST, .json = j};
    case JSON_OBJECT: return (struct item){.kind = ITEM_OBJECT, .json = j};
    }
    return (struct item){.kind = ITEM_NULL};
}

int column_json(const struct column *c, uint32_t row, struct arena *a, struct json **out, struct error *e)
{
    static const char what[] = "value";
    int rc = json_parse(column_text(c, row), a, out, what, e);
    if (rc != MVL_PARAM_INVALID)
        return rc;
    struct error cause = *e;
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){c->name, row}, "field '%.*s'%s",
                        STR_ARGS(c->name), cause.reason + sizeof what - 1);
}

int item_from_column(const struct column *c, uint32_t row, struct arena *a, struct item *out, struct error *e)
{
    if (column_is_null(c, row)) {
        *out = (struct item){.kind = ITEM_NULL};
        return MVL_OK;
    }
    switch (c->kind) {
    case KIND_BOOL:
        *out = (struct item){.kind = ITEM_BOOL, .integer = ((const uint8_t *)c->data)[row]};
        return MVL_OK;
    case KIND_I64: {
        int64_t v = ((const int64_t *)c->data)[row];
        *out = (struct item){.kind = ITEM_INT, .integer = v, .real = (double)v};
        return MVL_OK;
    }
    case KIND_F64:
        *out = (struct item){.kind = ITEM_REAL, .real = ((const double *)c->data)[row]};
        return MVL_OK;
    case KIND_STR: *out = (struct item){.kind = ITEM_TEXT, .text = column_text(c, row)}; return MVL_OK;
    case KIND_JSON: {
        struct json *j;
        TRY(column_json(c, row, a, &j, e));
        *out = item_from_json(j);
        return MVL_OK;
    }
    case KIND_TIME: /* of rows that are there */
        *out = (struct item){.kind = ITEM_TIME, .integer = ((const int64_t *)c->data)[row]};
        return MVL_OK;
    case KIND_SPARSE: break; /* comes in no request */
    case KIND_MATRIX_U8:
    case KIND_MATRIX_I8:
    case KIND_MATRIX_U16:
    case KIND_MATRIX_F32:
    case KIND_MATRIX_F64:
    case KIND_MATRIX_F16:
    case KIND_MATRIX_BF16:
        *out = (struct item){.kind = ITEM_LIST, .matrix = column_matrix_row(c, row), .matrix_kind = c->kind};
        return MVL_OK;
    }
    return MVL_OK;
}

/* The value as errors quote it, cut to a readable length. */
static struct str item_quote(const struct item *item, char text[64])
{
    int n = 0;
    switch (item->kind) {
    case ITEM_NULL: return STR("null");
    case ITEM_BOOL: return item->integer ? STR("true") : STR("false");
    case ITEM_TIME:
    case ITEM_INT: n = snprintf(text, 64, "%" PRId64, item->integer); break;
    case ITEM_REAL:
        if (item->json)
            return (struct str){item->json->text.p, item->json->text.n < 40 ? item->json->text.n : 40};
        n = snprintf(text, 64, "%.15g", item->real);
        if (strtod(text, NULL) != item->real)
            n = snprintf(text, 64, "%.17g", item->real);
        break;
    case ITEM_TEXT:
        n = snprintf(text, 64, "the string '%.*s'",
                     item->text.n <= 40 ? (int)item->text.n : (int)utf8_floor(item->text.p, 40),
                     item->text.p);
        break;
    case ITEM_LIST: return STR("an array");
    case ITEM_OBJECT: return STR("an object");
    }
    return (struct str){text, (uint32_t)n};
}

static int mismatch(const struct item *item, const char *rule, struct error_place place, struct error *e)
{
    char text[64];
    struct str quote = item_quote(item, text);
    return error_set_at(e, MVL_DATA_NOT_MATCH, place, "field '%.*s' must be %s, got %.*s",
                        STR_ARGS(place.field), rule, STR_ARGS(quote));
}

static bool item_integer(const struct item *item, int64_t *out)
{
    switch (item->kind) {
    case ITEM_INT: *out = item->integer; return true;
    case ITEM_TEXT: return json_text_to_integer(item->text, out);
    case ITEM_REAL: /* 2^53: above it a double no longer tells integers apart */
        if (item->real != trunc(item->real) || fabs(item->real) > 9007199254740992.0)
            return false;
        *out = (int64_t)item->real;
        return true;
    case ITEM_NULL:
    case ITEM_BOOL:
    case ITEM_TIME:
    case ITEM_LIST:
    case ITEM_OBJECT: return false;
    }
    return false;
}

static int coerce_integer(const struct item *item, enum data_type type, struct error_place place,
                          struct value *out, struct error *e)
{
    struct int_range range = data_type_int_range(type);
    if (item_integer(item, &out->integer) && out->integer >= range.min && out->integer <= range.max)
        return MVL_OK;
    char rule[96];
    snprintf(rule, sizeof rule, "an %s (%" PRId64 " to %" PRId64 ")", data_type_name(type), range.min,
             range.max);
    return mismatch(item, rule, place, e);
}

static int coerce_real(const struct item *item, enum data_type type, struct error_place place,
                       struct value *out, struct error *e)
{
    if (item->kind == ITEM_INT || item->kind == ITEM_REAL) {
        double v = type == DATA_TYPE_FLOAT && fabs(item->real) <= (double)FLT_MAX ? (double)(float)item->real
                                                                                  : item->real;
        if (isfinite(v) && (type != DATA_TYPE_FLOAT || fabs(v) <= (double)FLT_MAX)) {
            out->real = v;
            return MVL_OK;
        }
    }
    return mismatch(item, type == DATA_TYPE_FLOAT ? "a finite FLOAT" : "a finite DOUBLE", place, e);
}

static int coerce_text(const struct item *item, uint32_t max_length, struct error_place place,
                       struct value *out, struct error *e)
{
    if (item->kind != ITEM_TEXT)
        return mismatch(item, "a string", place, e);
    if (item->text.n > max_length)
        return error_set_at(e, MVL_DATA_NOT_MATCH, place,
                            "field '%.*s' must be at most max_length=%u bytes long, got %u bytes",
                            STR_ARGS(place.field), max_length, item->text.n);
    out->text = item->text;
    return MVL_OK;
}

static int coerce_time(const struct item *item, struct error_place place, struct value *out, struct error *e)
{
    if (item->kind == ITEM_TIME)
        out->integer = item->integer;
    else if (item->kind != ITEM_TEXT || !timestamp_parse(item->text, &out->integer))
        return mismatch(item, "a time in ISO 8601, as '2025-01-31T12:00:00Z'", place, e);
    return MVL_OK;
}

static int coerce_geometry(const struct item *item, struct error_place place, struct value *out,
                           struct error *e)
{
    uint32_t at;
    if (item->kind != ITEM_TEXT)
        return mismatch(item, "a geometry in WKT, as 'POINT (1 2)'", place, e);
    if (item->text.n > LIMIT_MAX_VARCHAR_BYTES)
        return error_set_at(e, MVL_DATA_NOT_MATCH, place,
                            "field '%.*s' must be at most %d bytes long, got %u bytes", STR_ARGS(place.field),
                            LIMIT_MAX_VARCHAR_BYTES, item->text.n);
    if (!wkt_valid(item->text, &at)) {
        char text[64];
        struct str quote = item_quote(item, text);
        return error_set_at(
            e, MVL_DATA_NOT_MATCH, place,
            "field '%.*s' must be a geometry in WKT, as 'POINT (1 2)', got %.*s, which is none at byte %u",
            STR_ARGS(place.field), STR_ARGS(quote), at);
    }
    out->text = item->text;
    return MVL_OK;
}

int value_coerce(const struct item *item, enum data_type type, uint32_t max_length, struct error_place place,
                 struct value *out, struct error *e)
{
    switch (data_type_class(type)) {
    case CLASS_BOOL:
        if (item->kind != ITEM_BOOL)
            return mismatch(item, "a boolean", place, e);
        out->integer = item->integer;
        return MVL_OK;
    case CLASS_INT: return coerce_integer(item, type, place, out, e);
    case CLASS_REAL: return coerce_real(item, type, place, out, e);
    case CLASS_TEXT: return coerce_text(item, max_length, place, out, e);
    case CLASS_TIME: return coerce_time(item, place, out, e);
    case CLASS_GEOMETRY: return coerce_geometry(item, place, out, e);
    case CLASS_JSON:
    case CLASS_VECTOR:
    case CLASS_SPARSE:
    case CLASS_NONE: break;
    }
    assert(!"a scalar type");
    return MVL_INTERNAL;
}

void item_to_json(const struct item *item, struct writer *w)
{
    switch (item->kind) {
    case ITEM_NULL: json_put_null(w); return;
    case ITEM_BOOL: json_put_bool(w, item->integer != 0); return;
    case ITEM_TIME: /* stands in no JSON */
    case ITEM_INT: json_put_int(w, item->integer); return;
    case ITEM_REAL:
        if (item->json)
            json_put_text(w, item->json->text); /* more digits than a double holds stay as written */
        else
            json_put_real(w, item->real);
        return;
    case ITEM_TEXT: json_put_str(w, item->text); return;
    case ITEM_OBJECT: json_put_text(w, item->json->text); return;
    case ITEM_LIST:
        if (item->json) {
            json_put_text(w, item->json->text);
            return;
        }
        json_open(w, '[');
        for (uint32_t i = 0; i < item->matrix.n; i++) {
            double v = matrix_element(item->matrix_kind, item->matrix.p, i);
            if (v == trunc(v) && fabs(v) <= 9007199254740992.0)
                json_put_int(w, (int64_t)v);
            else
                json_put_real(w, v);
        }
        json_close(w, ']');
        return;
    }
}

static int put_element(const struct item *item, const struct field *f, struct error_place place,
                       struct writer *w, struct error *e)
{
    struct value v;
    TRY(value_coerce(item, f->element_type, f->max_length, place, &v, e));
    switch (data_type_class(f->element_type)) {
    case CLASS_BOOL: json_put_bool(w, v.integer != 0); break;
    case CLASS_INT: json_put_int(w, v.integer); break;
    case CLASS_REAL: json_put_real(w, v.real); break;
    case CLASS_TEXT: json_put_str(w, v.text); break;
    case CLASS_TIME:
    case CLASS_GEOMETRY:
    case CLASS_JSON:
    case CLASS_VECTOR:
    case CLASS_SPARSE:
    case CLASS_NONE: break;
    }
    return MVL_OK;
}

static int array_to_json(const struct item *item, const struct field *f, struct error_place place,
                         struct writer *w, struct error *e)
{
    if (item->kind != ITEM_LIST)
        return mismatch(item, "an array", place, e);
    uint32_t n = item->json ? item->json->count : item->matrix.n;
    if (n > f->max_capacity)
        return error_set_at(e, MVL_DATA_NOT_MATCH, place,
                            "field '%.*s' must have at most max_capacity=%u elements, got %u",
                            STR_ARGS(place.field), f->max_capacity, n);
    json_open(w, '[');
    if (item->json) {
        for (const struct json *m = item->json->first; m; m = m->next) {
            struct item element = item_from_json(m);
            TRY(put_element(&element, f, place, w, e));
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            struct item element = {.kind = ITEM_REAL,
                                   .real = matrix_element(item->matrix_kind, item->matrix.p, i)};
            TRY(put_element(&element, f, place, w, e));
        }
    }
    json_close(w, ']');
    return MVL_OK;
}

int value_to_json(const struct item *item, const struct field *f, struct error_place place, struct writer *w,
                  struct error *e)
{
    if (f->type == DATA_TYPE_ARRAY)
        return array_to_json(item, f, place, w, e);
    if (item->kind == ITEM_REAL && !isfinite(item->real))
        return mismatch(item, "JSON", place, e);
    item_to_json(item, w);
    return MVL_OK;
}
