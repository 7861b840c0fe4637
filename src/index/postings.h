/* The inverted index of sparse vectors: of each index that occurs, the rows that have it with their values. Exact: rows
 * are compared in double precision. A row whose product with the query is 0 is not found, as in Milvus. */
#pragma once
#include "base/sparse.h"
#include "index/index.h"

extern const struct index_ops postings_ops; /* its queries' vectors are struct sparse_vector */

/* Adds a row, after all that were added before. Returns 0, or MVL_NOMEM, and then nothing has changed that shows. */
int postings_add(struct index *ix, uint32_t row, const struct sparse_vector *v) MUST_USE;
