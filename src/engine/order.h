/* The order in which queries give their rows. */
#pragma once
#include "engine/collection.h"

/* Puts rows in the order of their keys and keeps the first `wanted` of those behind a key; n says how many there are,
 * and then are left. after: one key, as it came; NULL: from the first on. The rows are there. Returns 0, MVL_NOMEM, what
 * reading keys returns, or MVL_DATA_NOT_MATCH for a key of another type. */
int order_by_key(struct collection *c, const struct column *after, uint32_t wanted, uint32_t rows[],
                 uint32_t *n, struct arena *a, struct error *e) MUST_USE;
