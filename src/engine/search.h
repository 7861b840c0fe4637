/* Reading: searches by vector, and rows by key. */
#pragma once
#include "engine/collection.h"

struct search_request {
    const struct column *queries; /* as they came */
    uint32_t n_queries;
    struct str anns_field; /* empty: the only vector field */
    struct str metric;     /* empty: the index's, else COSINE */
    int64_t limit, offset;
    const double *radius, *range_filter; /* NULL: none */
    int64_t round_decimal;               /* -1: as it is */
    const struct str *output_fields;
    uint32_t n_output_fields;
};

/* All queries' hits in one batch: key, distance, output fields; the arena's. */
struct search_result {
    struct batch hits;
    uint32_t *counts; /* [n_queries]: how many of them belong to each */
};

/* Finds the nearest rows, best first; equal distances by age. Exact. Loads the collection when needed. */
int collection_search(struct collection *c, const struct search_request *r, struct arena *a,
                      struct search_result *out, struct error *e) MUST_USE;

/* The rows with these keys, in the order of the keys, each once; keys that do not exist are passed over.
 * No output_fields: all. */
int collection_get(struct collection *c, const struct column *keys, uint32_t n,
                   const struct str output_fields[], uint32_t n_output_fields, struct arena *a,
                   struct batch *out, struct error *e) MUST_USE;
