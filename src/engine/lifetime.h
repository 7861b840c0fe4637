/* The time to live of a collection's rows, its property collection.ttl.seconds. Rows that are older are deleted before
 * anybody sees them, and never earlier: up to a sixty-fourth of that time later. Where nothing can be written they are
 * passed over. */
#pragma once
#include "engine/collection.h"

/* Inside the transaction that changes it, from what the collection has: what is there counts from now when there was
 * none before. */
int lifetime_store(struct collection *c, int64_t ttl_seconds, struct error *e) MUST_USE;

/* Inside the transaction that writes rows: notes when. */
int lifetime_note(struct collection *c, struct error *e) MUST_USE;

/* Inside the transaction that deletes all rows or the collection. */
int lifetime_forget(struct collection *c, struct error *e) MUST_USE;

/* Whether rows are to be deleted, as far as it is known without reading the file; and deletes them, or hides them from
 * whoever reads. */
bool lifetime_is_over(const struct collection *c);
int lifetime_expire(struct collection *c, struct error *e) MUST_USE;
