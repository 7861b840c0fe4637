/* The one path by which rows go without others taking their place. */
#pragma once
#include "engine/collection.h"

/* Deletes the rows with these keys; keys that do not exist are passed over. keys: as coerce_keys takes them. */
int collection_delete(struct collection *c, const struct column *keys, uint32_t n, struct arena *a,
                      uint32_t *n_deleted, struct error *e) MUST_USE;

/* Deletes the rows that the filter, which is not empty, is true of. params: see filter_compile. */
int collection_delete_where(struct collection *c, struct str filter, const struct json *params,
                            struct arena *a, uint32_t *n_deleted, struct error *e) MUST_USE;
