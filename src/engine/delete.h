/* The one path by which rows go without others taking their place. */
#pragma once
#include "engine/partitions.h"

/* What is deleted: of these partitions (none named: of all) the rows with these keys, or those that the filter is true
 * of. Keys that do not exist are passed over. */
struct delete_request {
    struct partition_names partitions;
    const struct column *keys; /* as coerce_keys takes them; NULL: by filter */
    uint32_t n_keys;
    struct str filter;         /* not empty */
    const struct json *params; /* see filter_compile */
};
int collection_delete(struct collection *c, const struct delete_request *r, struct arena *a,
                      uint32_t *n_deleted, struct error *e) MUST_USE;

/* Its two halves. rows: [n], there, ascending, each once. store: inside the caller's transaction; publish: after it. */
int delete_store(struct collection *c, const uint32_t rows[], uint32_t n, struct error *e) MUST_USE;
void delete_publish(struct collection *c, const uint32_t rows[], uint32_t n);
