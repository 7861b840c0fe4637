/* Partial updates: what the rows of before have, for those that a batch leaves incomplete. */
#pragma once
#include "engine/collection.h"
#include "schema/coerce.h"

/* Finds the rows that have the batch's keys and reads of them what the batch does not bring for every row. A key may stand
 * in the batch only once. The result is the arena's. Returns 0, MVL_NOMEM, MVL_DATA_NOT_MATCH, MVL_PARAM_INVALID or what
 * reading rows returns. */
int merge_kept_rows(struct collection *c, const struct batch *in, struct arena *a,
                    const struct kept_rows **out, struct error *e) MUST_USE;
