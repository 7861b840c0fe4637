#include "schema/coerce_vectors.h"

#include <math.h>

#include "base/half.h"
#include "schema/value.h"

static const struct {
    enum data_type type;
    enum column_kind kind;
    const char *elements; /* in errors */
} forms[] = {
    {DATA_TYPE_FLOAT_VECTOR, KIND_MATRIX_F32, "numbers"},
    {DATA_TYPE_FLOAT16_VECTOR, KIND_MATRIX_F16, "numbers from -65504 to 65504"},
    {DATA_TYPE_BFLOAT16_VECTOR, KIND_MATRIX_BF16, "numbers"},
    {DATA_TYPE_INT8_VECTOR, KIND_MATRIX_I8, "integers from -128 to 127"},
    {DATA_TYPE_BINARY_VECTOR, KIND_MATRIX_U8, "bytes, integers from 0 to 255"},
};

static size_t form_of(const struct field *f)
{
    size_t i = 0;
    while (forms[i].type != f->type)
        i++;
    return i;
}

enum column_kind vector_kind(const struct field *f)
{
    return forms[form_of(f)].kind;
}

uint32_t vector_width(const struct field *f)
{
    return f->type == DATA_TYPE_BINARY_VECTOR ? f->dim / 8 : f->dim;
}

static int vector_error(const struct field *f, uint32_t row, struct error *e, const char *got)
{
    return error_set_at(e, MVL_DATA_NOT_MATCH, (struct error_place){f->name, row},
                        "field '%.*s' must be a vector of %u %s, got %s", STR_ARGS(f->name), vector_width(f),
                        forms[form_of(f)].elements, got);
}

static int element_error(const struct field *f, uint32_t row, double x, struct error *e)
{
    enum column_kind kind = vector_kind(f);
    if (!isfinite(x) || kind == KIND_MATRIX_F32 || kind == KIND_MATRIX_BF16)
        return vector_error(f, row, e, "NaN or infinity"); /* or what becomes one */
    return error_set_at(e, MVL_DATA_NOT_MATCH, (struct error_place){f->name, row},
                        "field '%.*s' must be a vector of %u %s, got %.9g", STR_ARGS(f->name),
                        vector_width(f), forms[form_of(f)].elements, x);
}

/* Says what is wrong with values that are no matrix. */
static int explain_no_vector(const struct field *f, const struct column *c, uint32_t n_rows, struct arena *a,
                             struct error *e)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        struct item item;
        TRY(item_from_column(c, row, a, &item, e));
        switch (item.kind) {
        case ITEM_NULL: continue;
        case ITEM_BOOL: return vector_error(f, row, e, "a boolean");
        case ITEM_INT:
        case ITEM_TIME:
        case ITEM_REAL: return vector_error(f, row, e, "a number");
        case ITEM_TEXT: return vector_error(f, row, e, "a string");
        case ITEM_OBJECT: return vector_error(f, row, e, "an object");
        case ITEM_LIST: break;
        }
        for (const struct json *m = item.json ? item.json->first : NULL; m; m = m->next)
            if (m->kind != JSON_INT && m->kind != JSON_REAL)
                return vector_error(f, row, e, json_kind_name(m->kind));
    }
    return MVL_OK;
}

/* Writes an element. False when the type has no such value. */
static bool put_element(enum column_kind kind, double x, void *to, uint32_t i)
{
    switch ((int)kind) {
    case KIND_MATRIX_F16: ((uint16_t *)to)[i] = float16_of(x); return float16_is_finite(((uint16_t *)to)[i]);
    case KIND_MATRIX_BF16:
        ((uint16_t *)to)[i] = bfloat16_of(x);
        return bfloat16_is_finite(((uint16_t *)to)[i]);
    case KIND_MATRIX_I8:
        if (!(x >= INT8_MIN && x <= INT8_MAX) || x != trunc(x))
            return false;
        ((int8_t *)to)[i] = (int8_t)x;
        return true;
    case KIND_MATRIX_U8:
        if (!(x >= 0 && x <= UINT8_MAX) || x != trunc(x))
            return false;
        ((uint8_t *)to)[i] = (uint8_t)x;
        return true;
    default: ((float *)to)[i] = (float)x; return isfinite(((float *)to)[i]);
    }
}

/* The elements of uint16s for a float16 or bfloat16 are its bits already. */
static bool has_elements_of(const struct column *c, enum column_kind kind)
{
    return c->kind == kind ||
           (c->kind == KIND_MATRIX_U16 && (kind == KIND_MATRIX_F16 || kind == KIND_MATRIX_BF16));
}

static int dim_error(const struct field *f, uint32_t row, uint32_t n, struct error *e)
{
    uint32_t bits = f->type == DATA_TYPE_BINARY_VECTOR ? 8 : 1;
    return error_set_at(e, MVL_DATA_NOT_MATCH, (struct error_place){f->name, row},
                        "vector field '%.*s' expected dim %u, got %u", STR_ARGS(f->name), f->dim, n * bits);
}

static int put_matrix_row(const struct field *f, const struct column *c, uint32_t row, void *to,
                          struct error *e)
{
    enum column_kind kind = vector_kind(f);
    struct matrix_row from = column_matrix_row(c, row);
    if (from.n != vector_width(f))
        return dim_error(f, row, from.n, e);
    if (has_elements_of(c, kind)) {
        memcpy(to, from.p, from.n * (size_t)kind_element_bytes(kind));
        return MVL_OK;
    }
    for (uint32_t i = 0; i < from.n; i++) {
        double x = matrix_element(c->kind, from.p, i);
        if (!put_element(kind, x, to, i))
            return element_error(f, row, x, e);
    }
    return MVL_OK;
}

/* Reads rows that came as JSON, as they do when a batch mixes vectors with something else. */
static int put_json_row(const struct field *f, const struct column *c, uint32_t row, struct arena *a,
                        void *to, struct error *e)
{
    enum column_kind kind = vector_kind(f);
    struct item item;
    TRY(item_from_column(c, row, a, &item, e));
    uint32_t i = 0, n = item.json ? item.json->count : 0;
    if (n != vector_width(f))
        return dim_error(f, row, n, e);
    if (kind_element_bytes(kind) == 2) /* bits or numbers? nothing tells any more */
        return vector_error(f, row, e, "a batch of several kinds of typed arrays");
    for (const struct json *m = item.json ? item.json->first : NULL; m; m = m->next, i++)
        if (!put_element(kind, m->real, to, i))
            return element_error(f, row, m->real, e);
    return MVL_OK;
}

static int convert(const struct field *f, const struct column *c, uint32_t n_rows, struct arena *a,
                   const void **out, struct error *e)
{
    size_t row_bytes = (size_t)vector_width(f) * kind_element_bytes(vector_kind(f));
    uint8_t *fresh = arena_array(a, n_rows, row_bytes);
    if (!fresh)
        return MVL_NOMEM;
    for (uint32_t row = 0; row < n_rows; row++) {
        void *to = fresh + row * row_bytes;
        if (column_is_null(c, row))
            memset(to, 0, row_bytes);
        else if (kind_is_matrix(c->kind))
            TRY(put_matrix_row(f, c, row, to, e));
        else
            TRY(put_json_row(f, c, row, a, to, e));
    }
    *out = fresh;
    return MVL_OK;
}

/* No NaN, no infinity: their exponent has all bits set. */
static bool floats_are_finite(const float *v, size_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

static bool halves_are_finite(const uint16_t *v, size_t n, uint16_t exponent)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= (v[i] & exponent) == exponent;
    return !bad;
}

static bool all_finite(enum column_kind kind, const void *v, size_t n)
{
    switch ((int)kind) {
    case KIND_MATRIX_F32: return floats_are_finite(v, n);
    case KIND_MATRIX_F16: return halves_are_finite(v, n, 0x7c00);
    case KIND_MATRIX_BF16: return halves_are_finite(v, n, 0x7f80);
    default: return true;
    }
}

int coerce_vectors(const struct field *f, const struct column *c, uint32_t n_rows, struct arena *a,
                   struct column *out, struct error *e)
{
    enum column_kind kind = vector_kind(f);
    uint32_t width = vector_width(f);
    const void *rows = c->data;
    if (!kind_is_matrix(c->kind))
        TRY(explain_no_vector(f, c, n_rows, a, e));
    if (!has_elements_of(c, kind) || c->offsets || c->width != width)
        TRY(convert(f, c, n_rows, a, &rows, e));
    if (!all_finite(kind, rows, (size_t)n_rows * width)) {
        size_t row_bytes = (size_t)width * kind_element_bytes(kind);
        for (uint32_t row = 0; row < n_rows; row++)
            if (!all_finite(kind, (const uint8_t *)rows + row * row_bytes, width))
                return vector_error(f, row, e, "NaN or infinity");
    }
    *out = (struct column){.name = f->name, .kind = kind, .width = width, .valid = c->valid, .data = rows};
    return MVL_OK;
}

int coerce_no_vectors(const struct field *f, uint32_t n_rows, struct arena *a, struct column *out)
{
    enum column_kind kind = vector_kind(f);
    uint32_t width = vector_width(f);
    void *zeros = arena_zeroed(a, n_rows, (size_t)width * kind_element_bytes(kind));
    uint8_t *valid = arena_zeroed(a, n_rows / 8 + 1, 1);
    if (!zeros || !valid)
        return MVL_NOMEM;
    *out = (struct column){.name = f->name, .kind = kind, .width = width, .valid = valid, .data = zeros};
    return MVL_OK;
}
