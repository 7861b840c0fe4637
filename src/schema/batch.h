/* Rows as columns: what a request brings, what SQLite is given, what a reply takes away. */
#pragma once
#include "base/arena.h"
#include "base/bitmap.h"
#include "base/error.h"

/* The numbers stand in messages. */
enum column_kind {
    KIND_BOOL = 1, /* uint8_t 0 or 1 */
    KIND_I64 = 2,
    KIND_F64 = 3,
    KIND_STR = 4,  /* UTF-8 with offsets */
    KIND_JSON = 5, /* a JSON text a row, with offsets */
    KIND_MATRIX_U8 = 6,
    KIND_MATRIX_I8 = 7,
    KIND_MATRIX_U16 = 8,
    KIND_MATRIX_F32 = 9,
    KIND_MATRIX_F64 = 10,
    KIND_MATRIX_F16 = 11, /* bits of IEEE's binary16; in requests MATRIX_U16 may be, too */
    KIND_MATRIX_BF16 = 12,
    KIND_SPARSE = 13, /* packed as in base/sparse.h, with offsets of bytes; in replies only */
    KIND_TIME = 14,   /* int64_t, microseconds since 1970; in replies only */
};

enum column_role { ROLE_FIELD, ROLE_ID, ROLE_DISTANCE, ROLE_SPREAD };

/* One column; everything it points to is borrowed. Null rows keep a slot (fixed width) or an empty slice. */
struct column {
    struct str name;
    enum column_kind kind;
    enum column_role role;
    uint32_t width;       /* elements per row of a matrix; 0 when rows differ: then offsets count elements */
    const uint8_t *valid; /* bit clear: null; NULL: no nulls */
    const uint8_t *given; /* bit clear: the key does not stand in that row; NULL: it stands in all */
    const uint32_t *offsets; /* [n_rows + 1] of STR, JSON, SPARSE and ragged matrices */
    const void *data;
};

struct batch {
    struct column *columns;
    uint32_t n_columns, n_rows;
};

static inline bool column_is_null(const struct column *c, uint32_t row)
{
    return c->valid && !bits_test(c->valid, row);
}

static inline bool column_is_given(const struct column *c, uint32_t row)
{
    return !c->given || bits_test(c->given, row);
}

static inline bool kind_is_matrix(enum column_kind k)
{
    return k >= KIND_MATRIX_U8 && k <= KIND_MATRIX_BF16;
}

static inline bool kind_is_text(enum column_kind k)
{
    return k == KIND_STR || k == KIND_JSON || k == KIND_SPARSE;
}

/* Bytes of an element of a matrix, or of a value of a scalar column; 1 for texts. */
uint32_t kind_element_bytes(enum column_kind k);

struct str column_text(const struct column *c, uint32_t row); /* of STR and JSON */

/* A matrix row's first element and length. */
struct matrix_row {
    const void *p;
    uint32_t n;
};
struct matrix_row column_matrix_row(const struct column *c, uint32_t row);

/* An element of a matrix as a number. */
double matrix_element(enum column_kind k, const void *p, uint32_t i);
