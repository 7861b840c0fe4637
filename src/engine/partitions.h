/* The partitions of a collection: which there are, which of them are loaded, and which rows are whose. Rows go into
 * the one that is named, else into "_default"; with a partition key each goes where the hash of its value says, and
 * nobody names one. A row stays where it is as long as it lives. */
#pragma once
#include "engine/collection.h"
#include "schema/coerce.h"

struct catalog_partition;

void partitions_fini(struct partitions *p);
void partitions_forget_rows(struct partitions *p);     /* they are read again when they are wanted */
uint64_t partitions_bytes(const struct collection *c); /* of memory */

/* Adds one that is in the file. 0 or MVL_NOMEM. */
int partitions_take(struct collection *c, const struct catalog_partition *from) MUST_USE;

/* The first ones of a new collection, inside the caller's transaction: n for a partition key (0: as many as a server
 * makes), else "_default". */
int partitions_make(struct collection *c, uint32_t n, struct error *e) MUST_USE;

/* The partition of that name, or MVL_PARTITION_NOT_FOUND. */
int partition_find(const struct collection *c, struct str name, const struct partition **out,
                   struct error *e) MUST_USE;

/* One that is there already, or is not, is no error. A new one is loaded if all others are. Dropping one deletes its
 * rows with it, in one transaction; the last one that is loaded releases the collection. */
int partition_create(struct collection *c, struct str name, struct error *e) MUST_USE;
int partition_drop(struct collection *c, struct str name, struct error *e) MUST_USE;

/* Loading the first ones loads the collection, with just them; releasing the last ones releases it. */
int partitions_set_state(struct collection *c, const struct str names[], uint32_t n, enum load_state state,
                         struct error *e) MUST_USE;
int partitions_set_all(struct collection *c, enum load_state state, struct error *e) MUST_USE;
enum load_state partition_state(const struct collection *c, const struct partition *p);

int partition_count(struct collection *c, const struct partition *p, int64_t *n, struct error *e) MUST_USE;

/* Which rows these partitions have, among all that there ever were; NULL: there is no other. Without names, all
 * partitions, or, to_read, those that are loaded; to_read, also without rows that are over (engine/lifetime.h). Borrowed until it is called again. Returns 0, MVL_NOMEM,
 * MVL_PARTITION_NOT_FOUND, MVL_PARTITION_NOT_LOADED, MVL_PARAM_INVALID (there is a partition key) or what reading the
 * file returns. */
struct partition_names {
    const struct str *names; /* [n] */
    uint32_t n;
};
int partitions_rows(struct collection *c, struct partition_names names, bool to_read,
                    const struct bitmap **out, struct error *e) MUST_USE;

/* Where new rows go: into the named partition (empty: "_default"), or by their partition key. */
int partitions_place(const struct collection *c, struct str name, struct arena *a, struct rows *rows,
                     struct error *e) MUST_USE;
