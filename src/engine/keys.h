/* INT64 primary keys in memory, so that hits are named without asking SQLite: a column by row, read in slices while
 * nobody waits. Rows it does not know yet are looked up. */
#pragma once
#include "engine/collection.h"

void keys_fini(struct keys *k);

/* The effort, in about microseconds, of reading what is not known; and spending about so much on it. Memory that is not
 * there is no error: keys are looked up then. Returns 0, or what reading the file returns. */
uint64_t keys_work(const struct collection *c);
int keys_read(struct collection *c, uint32_t effort, struct error *e) MUST_USE;

/* The keys of rows as a column of the arena's; *known: all of them are. Returns 0 or MVL_NOMEM. */
int keys_of(const struct collection *c, const uint32_t rows[], uint32_t n, struct arena *a,
            struct column *out, bool *known) MUST_USE;
