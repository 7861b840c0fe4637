/* The graph of an HNSW index (Malkov & Yashunin, arXiv:1603.09320) in memory. Private to hnsw*.c.
 *
 * A node is a row. Its record holds the row in eight or four bits a dimension, its neighbours on the base layer and, in blocks,
 * those neighbours' one-bit codes, so that one sequential read scores a whole hop. A slot of a record is a link of the
 * graph, chosen by the heuristic, or only a near row that fills the block: searches look at both. */
#pragma once
#include "index/index.h"
#include "kernel/bit_block.h"
#include "kernel/row_code.h"

enum {
    HNSW_CHUNK_SHIFT = 7,
    HNSW_CHUNK_NODES = 1 << HNSW_CHUNK_SHIFT,
    HNSW_MOST_LEVELS = 24,
    HNSW_FIRST_VERSION = 1,
};

#define HNSW_NONE UINT32_MAX /* no node */

struct hnsw_node {
    float scale;    /* of the code */
    float constant; /* of the row's order: 0 for products, |row|^2 for L2 */
    uint32_t n_used;
    uint32_t n_links;
};

struct hnsw_chunk {
    uint8_t *records;    /* owned; NULL: no node in it */
    size_t record_bytes; /* of each */
    uint32_t **upper;    /* owned [HNSW_CHUNK_NODES], each owned: lists of the levels above 0; NULL: none */
    uint32_t n_nodes;
    uint64_t version; /* of links */
};

/* What a graph is made as. */
struct hnsw_shape {
    const struct row_code *code; /* of nodes */
    uint32_t n;                  /* rotated dimensions */
    uint32_t M;
    bool is_dot, has_blocks;
};

struct hnsw_graph {
    const struct row_code *code;
    uint32_t n; /* rotated dimensions */
    uint32_t M, most_links, n_slots, n_blocks;
    bool is_dot, has_blocks;
    size_t code_bytes, blocks_at,
        record_bytes;          /* of a node: its code, what stands before its blocks, all of it */
    struct hnsw_chunk *chunks; /* owned [n_chunks] */
    uint32_t n_chunks, n_wide; /* n_wide: the first so many may still have room for blocks given up */
    struct bitmap nodes;       /* rows that are nodes */
    uint32_t n_nodes;
    uint32_t n_stored;    /* while it is read from the file: how many nodes there will be; else 0 */
    uint32_t entry_point; /* HNSW_NONE: the graph is empty */
    uint32_t top_level;
};

void hnsw_graph_init(struct hnsw_graph *g, struct hnsw_shape shape);
void hnsw_graph_fini(struct hnsw_graph *g);

/* How many levels a row's node has above the base, a function of the row: exponentially fewer, by the paper's
 * mL = 1 / ln M. */
uint32_t hnsw_level(uint32_t row, uint32_t M);

/* Makes room for a row's record and lists, all empty. Returns 0 or MVL_NOMEM. */
int hnsw_graph_reserve(struct hnsw_graph *g, uint32_t row) MUST_USE;

/* The row is a node from now on; after reserve. */
void hnsw_graph_add(struct hnsw_graph *g, uint32_t row);

/* The row is no node any more: nothing may link to it. */
void hnsw_graph_remove(struct hnsw_graph *g, uint32_t row);

/* Gives up the blocks: searches then score neighbours by their codes. Their memory comes back chunk by chunk: shrink
 * moves the records of at most n chunks together, as far as there is memory for that, and n_wide is how many are left. */
void hnsw_graph_drop_blocks(struct hnsw_graph *g);
void hnsw_graph_shrink(struct hnsw_graph *g, uint32_t n);

size_t hnsw_graph_bytes(const struct hnsw_graph *g);

/* ---- a node's parts ---- */

static inline struct hnsw_chunk *hnsw_chunk_of(const struct hnsw_graph *g, uint32_t row)
{
    return &g->chunks[row >> HNSW_CHUNK_SHIFT];
}

static inline uint8_t *hnsw_record(const struct hnsw_graph *g, uint32_t row)
{
    const struct hnsw_chunk *c = hnsw_chunk_of(g, row);
    return c->records + (row & (HNSW_CHUNK_NODES - 1)) * c->record_bytes;
}

/* The block of the slots from 32 * i on. Only of graphs that have blocks. */
static inline uint8_t *hnsw_block(const struct hnsw_graph *g, uint8_t *record, uint32_t i)
{
    return record + g->blocks_at + i * bit_block_bytes(g->n);
}

/* [code_bytes] */
static inline void *hnsw_code(uint8_t *record)
{
    return record;
}

static inline struct hnsw_node *hnsw_node(const struct hnsw_graph *g, uint8_t *record)
{
    return (struct hnsw_node *)(void *)(record + g->code_bytes);
}

/* [n_used] of at most n_slots. */
static inline uint32_t *hnsw_neighbors(const struct hnsw_graph *g, uint8_t *record)
{
    return (uint32_t *)(void *)(record + g->code_bytes + sizeof(struct hnsw_node));
}

/* Which slots are links: a bit a slot, 32 to a word. */
static inline uint32_t *hnsw_link_bits(const struct hnsw_graph *g, uint8_t *record)
{
    return hnsw_neighbors(g, record) + g->n_slots;
}

static inline bool hnsw_is_link(const uint32_t *link_bits, uint32_t slot)
{
    return link_bits[slot / 32] >> (slot % 32) & 1;
}

/* The list of a level above 0: how many, then up to M rows. */
static inline uint32_t *hnsw_upper(const struct hnsw_graph *g, uint32_t row, uint32_t level)
{
    return hnsw_chunk_of(g, row)->upper[row & (HNSW_CHUNK_NODES - 1)] + (level - 1) * (g->M + 1);
}

/* ---- scoring by codes ---- */

/* Something whose orders to nodes are wanted: a query, or a node. */
struct hnsw_query {
    struct row_query coded; /* its scale with the order's sign and factor */
    float base;             /* added to every order */
};

/* What the graph's code gave, as a query. constant: the row's own, or |q|^2 for L2 and 0 else. */
static inline struct hnsw_query hnsw_query_of(const struct hnsw_graph *g, struct row_query coded,
                                              float constant)
{
    coded.scale *= g->is_dot ? -1 : -2;
    return (struct hnsw_query){coded, g->is_dot ? 0 : constant};
}

/* The order of a node whose code's product with the query's values is dot. */
static inline float hnsw_order(const struct hnsw_query *q, const struct hnsw_node *node, int32_t dot)
{
    return q->base + node->constant + q->coded.scale * node->scale * (float)(dot - q->coded.shift);
}

/* The orders of n nodes. */
void hnsw_score(const struct hnsw_graph *g, const struct hnsw_query *q, const uint32_t rows[], uint32_t n,
                float orders[]);
