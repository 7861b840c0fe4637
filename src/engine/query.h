/* Reading without vectors: rows by filter or by key. */
#pragma once
#include "engine/order_by.h"
#include "engine/partitions.h"

struct query_request {
    struct str filter;         /* empty: none */
    const struct json *params; /* see filter_compile; NULL: none */
    const struct column *keys; /* NULL: none; as they came */
    uint32_t n_keys;
    const int64_t *limit; /* NULL: none */
    int64_t offset;
    const struct column *after;        /* one key, as it came: only rows behind it; NULL: all */
    struct partition_names partitions; /* none named: all that are loaded */
    bool as_given;                     /* rows of keys in the order of the keys */
    struct order_terms order;   /* of the rows, instead of by their keys; of groups, by output fields */
    const struct str *group_by; /* fields of groups, which then are the rows; none: see aggregate.h */
    uint32_t n_group_by;
    const struct str *output_fields; /* none: all */
    uint32_t n_output_fields;
};

/* The rows in the order of their keys or of other fields, or how many there are: "count(*)", or what functions tell of
 * them. One of filter, keys and limit must be given, but for functions. The batch is the arena's. */
int collection_query(struct collection *c, const struct query_request *r, struct arena *a, struct batch *out,
                     struct error *e) MUST_USE;

/* Finds the rows of keys as a user gives them: rows [n], in the order of the keys, ENTITY_NONE for those that are not
 * there; coerced: the keys as the file has them. Both are the arena's. */
int collection_rows_of_keys(struct collection *c, const struct column *keys, uint32_t n, struct arena *a,
                            struct column *coerced, uint32_t **rows, struct error *e) MUST_USE;

/* The rows that are there and that the filter is true of (empty: all), ascending. */
int collection_rows_where(struct collection *c, struct str filter, const struct json *params, struct arena *a,
                          uint32_t **rows, uint32_t *n, struct error *e) MUST_USE;

/* The rows with these keys, in the order of the keys, each once; keys that do not exist are passed over.
 * No output_fields: all. */
int collection_get(struct collection *c, const struct column *keys, uint32_t n,
                   const struct str output_fields[], uint32_t n_output_fields, struct arena *a,
                   struct batch *out, struct error *e) MUST_USE;
