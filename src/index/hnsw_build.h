/* Building the graph: inserting rows, making codes anew, closing the gaps that deleted rows leave. Private to hnsw*.c. */
#pragma once
#include "index/coder.h"
#include "index/hnsw_search.h"

struct hnsw_builder {
    struct hnsw_graph *graph; /* borrowed */
    const struct index *scan; /* borrowed: has one-bit codes of all rows that become nodes */
    struct coder *coder;      /* the scan's */
    struct hnsw_workspace work;
    uint32_t ef_construction;
    int16_t *values, *node_values; /* owned [n] */
    uint8_t *table;                /* owned [4 * n] */
    uint32_t *chosen;              /* owned [n_slots + 1] */
    struct topk_entry *links;      /* owned [n_links_capacity] */
    uint32_t links_capacity;
};

/* Returns 0 or MVL_NOMEM; in any case there is something to finish. The graph and the scan outlive the builder. */
int hnsw_builder_init(struct hnsw_builder *b, struct hnsw_graph *g, struct index *scan,
                      uint32_t ef_construction) MUST_USE;
void hnsw_builder_fini(struct hnsw_builder *b);

/* Makes a present row, higher than all nodes, a node (Algorithm 1). Returns 0, MVL_NOMEM, or what reading vectors
 * returns; then the graph is as before. */
int hnsw_insert(struct hnsw_builder *b, uint32_t row) MUST_USE;

/* Makes a node's code and blocks anew, from vectors and the scan. Returns 0 or what reading vectors returns. */
int hnsw_prepare(struct hnsw_builder *b, uint32_t row) MUST_USE;

/* Gives a node other links in the place of those to dead nodes: the best among its own and the dead ones'. The node
 * itself is not dead. Returns 0 or MVL_NOMEM. */
int hnsw_repair(struct hnsw_builder *b, uint32_t row, const struct bitmap *dead) MUST_USE;
