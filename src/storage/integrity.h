/* Whether a database file is whole, as SQLite sees it, and giving unused pages back. */
#pragma once
#include "storage/store.h"

/* Called for each thing that is wrong; what is borrowed. */
typedef void damage_fn(void *context, struct str what);

/* Has SQLite check all pages, rows and unique indexes, and tells of the first hundred things that are wrong. */
int integrity_check(struct store *s, damage_fn *tell, void *context, struct error *e) MUST_USE;

/* How many rows a collection's table of entities has. */
int integrity_count(struct store *s, int64_t collection, int64_t *n, struct error *e) MUST_USE;

/* Gives pages that nothing uses back to the file system, some at a time so that the log stays small. */
int integrity_compact(struct store *s, struct error *e) MUST_USE;
