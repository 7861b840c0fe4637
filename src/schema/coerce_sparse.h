/* Judges sparse vectors and packs them. */
#pragma once
#include "base/sparse.h"
#include "schema/value.h"

/* Appends a sparse vector of field f, { index: value }, [[index, value], ...] or { indices, values }, to w, packed as in
 * base/sparse.h. Indices are integers from 0 to 4294967294, each once and in any order; values are finite and rounded to
 * float; it may be empty. a: for what is needed meanwhile. Returns 0, MVL_NOMEM or MVL_DATA_NOT_MATCH with the field and
 * row; out of memory shows in w, too. */
int sparse_pack(const struct field *f, uint32_t row, const struct item *item, struct arena *a,
                struct writer *w, struct error *e) MUST_USE;

/* The same for all rows of a column of queries: out [n], the arena's. */
int coerce_sparse_queries(const struct field *f, const struct column *c, uint32_t n, struct arena *a,
                          struct sparse_vector **out, struct error *e) MUST_USE;
