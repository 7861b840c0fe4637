/* Searches by vector. */
#pragma once
#include "engine/order_by.h"
#include "engine/partitions.h"

/* Where the next page of an iterated search begins: behind a hit, among the rows that were there at the first page. */
struct search_cursor {
    int64_t collection;
    uint32_t end; /* the first row that came later */
    bool has_last;
    float last_order; /* of the last hit given, as distances are shown; and its row */
    uint32_t last_row;
};

struct search_request {
    const struct column *queries; /* as they came */
    uint32_t n_queries;
    const struct column *keys; /* instead of queries: of entities whose vectors they are; NULL: none */
    uint32_t n_keys;
    struct str anns_field;             /* empty: the only vector field */
    struct str metric;                 /* empty: the index's, else COSINE */
    struct str filter;                 /* empty: none */
    const struct json *filter_params;  /* see filter_compile; NULL: none */
    struct partition_names partitions; /* none named: all that are loaded */
    int64_t limit, offset;
    const double *radius, *range_filter; /* NULL: none */
    const int64_t *ef;                   /* NULL: the index's choice */
    int64_t round_decimal;               /* -1: as it is */
    struct str group_by_field;           /* empty: limit and offset count rows, else groups */
    int64_t group_size;                  /* rows of a group */
    struct order_terms order; /* of the hits, or of groups by their nearest row; none: nearest first */
    double (*now)(void);      /* milliseconds, for an explanation; NULL: nothing is measured */
    const struct search_cursor *cursor; /* of one query, without offset and groups; NULL: no iteration */
    const struct str *output_fields;
    uint32_t n_output_fields;
};

/* How one query went. */
struct query_report {
    struct index_report index;
    double group_ms; /* of grouping, without asking the index */
};

/* How a search went. */
struct search_explanation {
    const char *index;   /* the type as the user named it; NULL: there is none */
    const char *storage; /* where the full vectors are by now: "memory", or for some of them "disk" */
    uint32_t rows;       /* that have a vector */
    uint32_t allowed;    /* of these, rows that may be found */
    uint32_t ef;         /* 0: the index's own choice */
    double plan_ms, filter_ms, fetch_ms, total_ms;
    struct query_report *queries; /* [n_queries] */
};

/* All queries' hits in one batch: key, distance, output fields; the arena's. */
struct search_result {
    struct batch hits;
    struct search_cursor next; /* behind these hits */
    uint32_t n_queries;
    uint32_t *counts;                       /* [n_queries]: how many of them belong to each */
    struct search_explanation *explanation; /* NULL: nobody asked */
};

/* The cursor of an iteration's first page. */
struct search_cursor search_cursor_begin(const struct collection *c);

/* Finds the nearest rows, best first; equal distances by age. Of groups, the one with the nearest row comes first,
 * with all its rows. An order puts those up to the page's end in order before the page is taken. Loads the collection
 * when needed. */
int collection_search(struct collection *c, const struct search_request *r, struct arena *a,
                      struct search_result *out, struct error *e) MUST_USE;
