/* The links of a graph as bytes, in parts of some thousand nodes. Private to hnsw*.c.
 *
 *   head   u32 format, n (rotated dimensions), M, rows the graph has seen, nodes, entry point, top level
 *   part   for each of its rows that the graph has seen: u32 slots used + 1, 0 for no node; u32 link bits [blocks];
 *          u32 neighbours [slots used]; and for each level above the base: u32 count, u32 rows [count] */
#pragma once
#include "base/bytes.h"
#include "index/hnsw_graph.h"

enum { HNSW_PART_NODES = 8 * HNSW_CHUNK_NODES };

/* Parts of nodes there are for rows below n_rows. */
uint32_t hnsw_store_n_parts(uint32_t n_rows);

/* Changes whenever the links of the part's nodes do, and not by reading them; never 0. */
uint64_t hnsw_store_version(const struct hnsw_graph *g, uint32_t part);

void hnsw_store_write_head(const struct hnsw_graph *g, uint32_t n_rows, struct writer *w);
void hnsw_store_write(const struct hnsw_graph *g, uint32_t n_rows, uint32_t part, struct writer *w);

/* Into an empty graph: the head, the parts in order, then the checks, of the whole and of every node. n_rows: at most so
 * many on the way in, what the head says on the way out. Return 0, MVL_NOMEM or MVL_DAMAGED; of a graph that has not been
 * checked nothing may be searched. */
int hnsw_store_read_head(struct hnsw_graph *g, uint32_t *n_rows, const uint8_t *bytes, size_t n) MUST_USE;
int hnsw_store_read(struct hnsw_graph *g, uint32_t n_rows, uint32_t part, const uint8_t *bytes,
                    size_t n) MUST_USE;
int hnsw_store_check(const struct hnsw_graph *g) MUST_USE;
int hnsw_store_check_node(const struct hnsw_graph *g, uint32_t row) MUST_USE;
