/* Which rows may satisfy a filter, as far as sorted columns tell. */
#pragma once
#include "filter/filter.h"
#include "filter/sorted.h"

/* Sets the bits of all rows below n_rows that the filter may be true of, and returns 0; *found: there are few enough to be worth it,
 * else no bit is set.
 *
 *   sorted  [filter_columns] NULL where there is none; those that are given have the same n_rows
 *   out     zero bits, at least n_rows
 *
 * Returns 0 or MVL_NOMEM. */
int filter_candidates(const struct filter *f, const struct scalars *const columns[],
                      const struct sorted *const sorted[], uint32_t n_rows, struct bitmap *out,
                      bool *found) MUST_USE;
