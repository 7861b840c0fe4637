/* Rows in groups of equal values, and what is told of a group: how many values it has, their sum and average, the
 * least and the greatest. Nulls are equal to each other, and no values. */
#pragma once
#include "base/bitmap.h"
#include "table/scalars.h"

struct row_groups {
    uint32_t *rows;   /* owned [n_rows], ascending */
    uint32_t *groups; /* owned [n_rows]: the group of each */
    uint32_t *firsts; /* owned [n]: the first row of each group; groups are numbered as these come */
    uint32_t n_rows, n;
};

/* Groups a set of rows by the values of all keys [n_keys], columns that have all of these rows. Without keys there is
 * one group, also of no rows. Returns 0 or MVL_NOMEM, and then nothing is owned. */
int row_groups_make(const struct scalars *const keys[], uint32_t n_keys, const struct bitmap *rows,
                    struct row_groups *out) MUST_USE;
void row_groups_fini(struct row_groups *g);

enum fold {
    FOLD_FIRST, /* the value of the group's first row: of a key, that of all */
    FOLD_COUNT,
    FOLD_SUM, /* of numbers, other values are passed over; null where there are none. Exact for integers */
    FOLD_AVG, /* likewise, a double */
    FOLD_MIN, /* in the order of filter/sort_key */
    FOLD_MAX,
};

/* Tells it of each group, from a column that has all of the rows, in a column with a row for each group.
 *
 *   values  NULL: of FOLD_COUNT, the rows themselves
 *   out     the caller's, to be destroyed
 *
 * Returns 0, MVL_NOMEM or MVL_PARAM_INVALID: a sum of integers is beyond INT64. */
int row_groups_fold(const struct row_groups *g, enum fold fold, const struct scalars *values,
                    struct scalars **out) MUST_USE;
