/* The rows of a column in the order of their values (filter/sort_key.h). Nulls, lists and objects are not among them.
 * Serves equality, ranges, lists and prefixes by binary search. */
#pragma once
#include "filter/sort_key.h"

struct sorted {
    uint32_t *rows;     /* owned [n] */
    uint32_t n, n_rows; /* n_rows: those below are sorted */
};

bool sorted_has(enum sort_rank rank); /* whether values of this rank are in an order */

/* Sorts the rows below n_rows, all of which the column has. Returns 0 or MVL_NOMEM, and then changes nothing. */
int sorted_make(struct sorted *s, const struct scalars *values, uint32_t n_rows) MUST_USE;
void sorted_fini(struct sorted *s);

/* Places in rows: [from, to). */
struct sorted_range {
    uint32_t from, to;
};

/* The rows whose value stands to a boolean, number or text as op says (LESS, EQUAL, GREATER of filter/lex.h, or of the
 * first two, or of the last two). A row whose value was cleared since may be among them. */
struct sorted_range sorted_find(const struct sorted *s, const struct scalars *values, uint8_t op,
                                const struct cell *c);

/* The rows whose text begins so; the prefix is not empty. */
struct sorted_range sorted_find_prefix(const struct sorted *s, const struct scalars *values,
                                       struct str prefix);
