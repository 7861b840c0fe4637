/* Sparse vectors in memory: an index of them, made of the file's rows in idle slices if a definition asks for one or somebody
 * has searched; a search reads the rest. The rows themselves stay in the file. */
#pragma once
#include "engine/collection.h"

/* Brings the index of a sparse field up to date. Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
int sparse_field_load(struct collection *c, uint32_t field, struct error *e) MUST_USE;

/* How much there is to read, and some of it: 0, MVL_IO or MVL_DAMAGED. Without memory it is left to the searches. */
uint64_t sparse_field_work(const struct collection *c);
int sparse_field_maintain(struct collection *c, uint32_t effort, struct error *e) MUST_USE;

void sparse_field_forget(struct collection *c, uint32_t row); /* a row has gone */

uint64_t sparse_field_bytes(const struct collection *c); /* of memory */
