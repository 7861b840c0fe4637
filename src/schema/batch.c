#include "schema/batch.h"

#include <assert.h>

#include "base/half.h"

uint32_t kind_element_bytes(enum column_kind k)
{
    switch (k) {
    case KIND_BOOL:
    case KIND_STR:
    case KIND_JSON:
    case KIND_SPARSE:
    case KIND_MATRIX_U8:
    case KIND_MATRIX_I8: return 1;
    case KIND_MATRIX_U16:
    case KIND_MATRIX_F16:
    case KIND_MATRIX_BF16: return 2;
    case KIND_MATRIX_F32: return 4;
    case KIND_I64:
    case KIND_F64:
    case KIND_TIME:
    case KIND_MATRIX_F64: return 8;
    }
    return 0;
}

struct str column_text(const struct column *c, uint32_t row)
{
    assert(kind_is_text(c->kind));
    return (struct str){(const char *)c->data + c->offsets[row], c->offsets[row + 1] - c->offsets[row]};
}

struct matrix_row column_matrix_row(const struct column *c, uint32_t row)
{
    assert(kind_is_matrix(c->kind));
    size_t first = c->offsets ? c->offsets[row] : (size_t)row * c->width;
    uint32_t n = c->offsets ? c->offsets[row + 1] - c->offsets[row] : c->width;
    return (struct matrix_row){(const char *)c->data + first * kind_element_bytes(c->kind), n};
}

double matrix_element(enum column_kind k, const void *p, uint32_t i)
{
    switch (k) {
    case KIND_MATRIX_U8: return ((const uint8_t *)p)[i];
    case KIND_MATRIX_I8: return ((const int8_t *)p)[i];
    case KIND_MATRIX_U16: return ((const uint16_t *)p)[i];
    case KIND_MATRIX_F32: return (double)((const float *)p)[i];
    case KIND_MATRIX_F64: return ((const double *)p)[i];
    case KIND_MATRIX_F16: return (double)float16_value(((const uint16_t *)p)[i]);
    case KIND_MATRIX_BF16: return (double)bfloat16_value(((const uint16_t *)p)[i]);
    case KIND_BOOL:
    case KIND_I64:
    case KIND_F64:
    case KIND_STR:
    case KIND_JSON:
    case KIND_TIME:
    case KIND_SPARSE: break;
    }
    assert(!"a matrix");
    return 0;
}
