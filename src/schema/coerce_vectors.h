/* Judges vectors and brings them into the form they are stored in. */
#pragma once
#include "schema/batch.h"
#include "schema/schema.h"

/* The form of a vector field's values: the kind of their matrix, and its width. */
enum column_kind vector_kind(const struct field *f);
uint32_t vector_width(const struct field *f);

/* Coerces a column of vectors for field f to a matrix of that form; null rows are zeros. Numbers are rounded to the
 * nearest that the type has; integer types take integers only. Uint16s are the bits of FLOAT16 and BFLOAT16. No NaN, no
 * infinity, nothing that becomes one. A column that has this form is borrowed, not copied.
 * Returns 0, MVL_NOMEM, MVL_DATA_NOT_MATCH or MVL_PARAM_INVALID with the field and row. */
int coerce_vectors(const struct field *f, const struct column *c, uint32_t n_rows, struct arena *a,
                   struct column *out, struct error *e) MUST_USE;

/* The column of rows that have no vector. Returns 0 or MVL_NOMEM. */
int coerce_no_vectors(const struct field *f, uint32_t n_rows, struct arena *a, struct column *out) MUST_USE;
