/* What a search comes to, and the nearest rows of one query. Between search.c, group.c and hybrid.c. */
#pragma once
#include "engine/output.h"
#include "engine/search.h"

struct page {
    uint32_t first, n; /* of hits, or of groups */
};

struct plan {
    uint32_t field;
    enum metric metric;
    uint32_t limit, offset;             /* of rows, or of groups */
    double nearest, farthest;           /* orders: nearest <= order < farthest */
    double decimals;                    /* 10^round_decimal, or 0 */
    const struct search_cursor *cursor; /* NULL: all of it is one page */
    uint32_t ef;                        /* 0: the index's own choice */
    bool is_grouped;
    uint32_t group_field, group_size;
    struct order_by order; /* of the hits; n is 0: nearest first */
    struct page page;      /* of the hits in that order: limit and offset are for all that are put in it */
    struct output output;
    bool is_sparse;      /* orders of the index are exact */
    const void *queries; /* [n_queries], each as it is compared: floats, bits or a struct sparse_vector */
    size_t query_bytes;
    uint32_t n_queries;
    const struct bitmap *allow; /* rows that may be found; NULL: all that have a vector */
    uint32_t n_allowed;
    float *row; /* [dim]: for a vector that is not in memory */
};

/* A hit on its way out. order: exact, in double precision. */
struct candidate {
    double order;
    uint32_t row;
};

/* Room for candidates, which all queries of a request use in turn. */
struct candidates {
    struct candidate *p; /* [capacity], nearest first */
    uint32_t n, capacity;
};

void candidates_sort(struct candidate candidates[], uint32_t n); /* equal orders, as floats: by age */

/* The hits of all queries, one after another. */
struct hits {
    uint32_t *rows;
    double *distances; /* as they are shown */
    uint32_t n;
};

int candidates_reserve(struct candidates *c, uint32_t n, struct arena *a) MUST_USE; /* 0 or MVL_NOMEM */

/* The query-th query as an index takes it: bounds are widened by more than a float32 order can be off. */
struct index_query plan_query(const struct plan *p, uint32_t query, struct index_report *report);

/* The float32 orders of an index have rounding errors; candidates get their exact distances here, and are judged by
 * those. Writes those that lie in the range to out [found->n], nearest first, and how many they are to n. */
int plan_judge(const struct plan *p, const struct vectors *v, const void *query, const struct topk *found,
               struct candidate *out, uint32_t *n) MUST_USE;

/* How far an index was asked. */
struct reach {
    bool has_all;  /* there are no more in the range */
    double beyond; /* else: none of the others has an order below this */
};

/* Asks the index for the k nearest rows and judges them. */
int plan_nearest(const struct plan *p, const struct loaded_field *f, const struct index_query *q, uint32_t k,
                 struct arena *a, struct candidates *out, struct reach *reach) MUST_USE;

/* Judges limit, offset and round_decimal, and puts them into the plan. */
int plan_page(const struct search_request *r, struct plan *p, struct error *e) MUST_USE;

/* A distance as a user sees it: a float, or rounded. */
double plan_shown(const struct plan *p, double distance);

/* A search as far as its rows: out has everything but hits. The plan is what it came to. */
int search_rows(struct collection *c, const struct search_request *r, struct arena *a, struct plan *p,
                struct hits *hits, struct search_result *out, struct error *e) MUST_USE;

/* Fetches what is shown of hits: key, distance, output fields. */
int plan_show(struct collection *c, const struct plan *p, const struct hits *hits, struct arena *a,
              struct batch *out, struct error *e) MUST_USE;
