/* The inverted index of a column's lists: each boolean, number and text that is a member of one, and the rows whose lists
 * have it. */
#pragma once
#include "filter/sorted.h"

struct members {
    struct scalars *values; /* owned, ascending, each once */
    struct sorted order;    /* of them */
    uint32_t *starts;       /* owned [values + 1]: where the rows of each begin */
    uint32_t *rows;         /* owned, ascending for each */
    uint32_t n_rows;        /* those below are known */
};

/* Reads the lists of the rows below n_rows, all of which the column has; it is of SCALAR_MIXED. Returns 0 or MVL_NOMEM, and
 * then changes nothing. */
int members_make(struct members *m, const struct scalars *lists, uint32_t n_rows) MUST_USE;
void members_fini(struct members *m);
size_t members_bytes(const struct members *m); /* of memory */

/* The rows whose lists have that boolean, number or text. Borrowed. */
struct members_rows {
    const uint32_t *rows; /* [n] */
    uint32_t n;
};
struct members_rows members_find(const struct members *m, const struct cell *c);
