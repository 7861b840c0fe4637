/* Nodes from all over a graph with blocks, in blocks of their own: a search begins at those nearest to its query. One pass
 * over some memory that caches know tells which, where going down the levels fetches rows from everywhere. Private to
 * hnsw*.c. */
#pragma once
#include "index/hnsw_graph.h"

enum { MOST_LANDMARKS = 1024, LANDMARK_ENTRIES = 8 };

struct hnsw_landmarks {
    uint8_t *blocks; /* owned; NULL until there are any */
    uint32_t *rows;  /* owned [MOST_LANDMARKS] */
    uint32_t n;
    uint32_t level; /* all nodes of this level or a higher one are */
};

void hnsw_landmarks_fini(struct hnsw_landmarks *l);

/* Makes room for the next one, which may mean fewer. Returns 0 or MVL_NOMEM. A graph without blocks gets none. */
int hnsw_landmarks_reserve(struct hnsw_landmarks *l, const struct hnsw_graph *g) MUST_USE;

/* A node whose code stands in that slot of a block; after reserve. Not all of them become landmarks. */
void hnsw_landmarks_add(struct hnsw_landmarks *l, const struct hnsw_graph *g, uint32_t row,
                        const uint8_t *block, uint32_t slot);

void hnsw_landmarks_clear(struct hnsw_landmarks *l);

/* Forgets those that are no nodes any more. */
void hnsw_landmarks_remove(struct hnsw_landmarks *l, const struct hnsw_graph *g);

/* Those nearest to a query, by estimates, nearest first. Returns how many, 0 when there are no landmarks. */
uint32_t hnsw_landmarks_nearest(const struct hnsw_landmarks *l, const struct bit_query *bits,
                                struct topk_entry out[LANDMARK_ENTRIES]);

size_t hnsw_landmarks_bytes(const struct hnsw_landmarks *l, const struct hnsw_graph *g);
