/* Grouping searches: limit and offset count groups of rows with one value of a field, null among them, and of each
 * group its nearest rows are shown. */
#pragma once
#include "engine/search_plan.h"

/* The values of a field as small numbers, by row: a cache of a collection. Rows that come make it stale, rows that go
 * do not. */
struct groups;
void groups_destroy(struct groups *g); /* NULL is fine */

/* Judges group_by_field and group_size, and puts them into the plan. Returns 0, MVL_FIELD_NOT_FOUND or
 * MVL_PARAM_INVALID. */
int group_resolve(const struct schema *s, const struct search_request *r, struct plan *p,
                  struct error *e) MUST_USE;

/* What the queries of a request use in turn; zeroed but for the arena. */
struct grouping {
    struct arena *arena; /* the request's */
    uint64_t n_read;     /* rows whose value was read one by one */
    uint32_t *numbers;   /* [capacity]: the groups of candidates */
    uint32_t *places;    /* [capacity]: and their places among the groups found, or none */
    uint32_t capacity;
    uint32_t *place_of; /* [n_place_of]: by a group's number */
    uint32_t n_place_of;
    uint32_t *counts;     /* [offset + limit]: rows of each group found, at most group_size; in the end, where
                           * in the page those of each end */
    uint32_t n_found;     /* groups */
    bool is_full;         /* all of them have group_size rows */
    float *best;          /* [n_groups] */
    uint32_t *best_rows;  /* [n_groups] */
    struct topk *members; /* [offset + limit] */
    struct topk found;    /* rows to be judged; memory is the arena's */
    uint32_t found_capacity;
};

/* The page's groups of one query, nearest first, each with its rows: complete, whatever the index finds at first. */
int grouping_search(struct grouping *w, struct collection *c, const struct plan *p,
                    const struct index_query *q, struct candidates *out, struct query_report *report,
                    struct error *e) MUST_USE;

/* Of candidates that came from elsewhere, sorted: leaves the page's groups, each with its rows. */
int grouping_page(struct grouping *w, struct collection *c, const struct plan *p, struct candidates *out,
                  struct error *e) MUST_USE;
