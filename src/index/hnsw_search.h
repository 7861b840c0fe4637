/* Searching the graph. Private to hnsw*.c. */
#pragma once
#include "index/hnsw_graph.h"

/* What searches work in, reused by the next one. */
struct hnsw_workspace {
    struct topk_entry *pool;  /* owned [ef] */
    struct topk_entry *found; /* owned [most_found] */
    struct topk_entry *hits;  /* owned [ef] */
    uint32_t ef, most_found;
    uint8_t *visited; /* owned [n_visited]: the epoch in which a row was last seen */
    uint32_t n_visited;
    uint8_t epoch;
};

/* Room for searches that keep ef candidates in a graph of rows below n_rows. Returns 0 or MVL_NOMEM. */
int hnsw_workspace_reserve(struct hnsw_workspace *w, uint32_t ef, uint32_t n_rows) MUST_USE;
void hnsw_workspace_fini(struct hnsw_workspace *w);

/* No row counts as visited any more: its epoch passes. */
void hnsw_forget_visited(struct hnsw_workspace *w);

/* A search of one level (Algorithm 2).
 *
 * One of a base layer with blocks for k hits need not end when ef candidates are expanded: it ends where the next
 * candidate is behind the k-th hit by `clearance` times the errors of the estimates so far, so that easy queries take
 * less time and hard ones find more. */
struct hnsw_layer_search {
    const struct hnsw_query *q;
    const struct bit_query *bits; /* base layer with blocks; else NULL */
    uint32_t ef, level;
    uint32_t k;           /* 0: it ends when all candidates are expanded, as do those without bits */
    uint32_t least, most; /* with k: nodes expanded at least, candidates kept at most; k <= ef <= most */
    float clearance;
    const struct bitmap *wanted, *allow; /* rows that may be found; NULL: all. Others are walked through */
};

/* What a search found: in no order, with orders by codes, valid until the next. */
struct hnsw_found {
    struct topk_entry *entries;
    uint32_t n;
    uint32_t n_estimated; /* rows looked at */
};

/* From the entry point down to the node nearest to q on `level` + 1; then the level itself is searched from there.
 * The graph is not empty. */
struct topk_entry hnsw_descend(const struct hnsw_graph *g, const struct hnsw_query *q, uint32_t level);

/* Searches a level from the entries given; at least one, nodes of that level. */
struct hnsw_found hnsw_search_layer(const struct hnsw_graph *g, struct hnsw_workspace *w,
                                    const struct hnsw_layer_search *s, const struct topk_entry from[],
                                    uint32_t n_from);
