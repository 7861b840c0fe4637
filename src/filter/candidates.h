/* Which rows may satisfy a filter, as far as sorted columns and the members of lists tell. */
#pragma once
#include "filter/filter.h"
#include "filter/members.h"

/* What tells rows by a column's values. Either may be NULL. */
struct column_order {
    const struct sorted *sorted;
    const struct members *members;
};

/* Which of them a filter goes by, if they are there. */
bool filter_wants_sorted(const struct filter *f, uint32_t column);
bool filter_wants_members(const struct filter *f, uint32_t column);

/* Sets the bits of all rows below n_rows that the filter may be true of, and returns 0; *found: there are few enough to be worth it,
 * else no bit is set.
 *
 *   orders  [filter_columns] those that are given have the same n_rows
 *   out     zero bits, at least n_rows
 *
 * Returns 0 or MVL_NOMEM. */
int filter_candidates(const struct filter *f, const struct scalars *const columns[],
                      const struct column_order orders[], uint32_t n_rows, struct bitmap *out,
                      bool *found) MUST_USE;
