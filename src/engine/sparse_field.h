/* Sparse vectors in memory: an index of them, made of the file's rows when somebody searches, and read on when rows have
 * come. The rows themselves stay in the file. */
#pragma once
#include "engine/collection.h"

/* Brings the index of a sparse field up to date. Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
int sparse_field_load(struct collection *c, uint32_t field, struct error *e) MUST_USE;

void sparse_field_forget(struct collection *c, uint32_t row); /* a row has gone */

uint64_t sparse_field_bytes(const struct collection *c); /* of memory */
