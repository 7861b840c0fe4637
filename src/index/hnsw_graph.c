#include "index/hnsw_graph.h"

#include <assert.h>

#include "base/mem.h"

enum { CACHE_LINE = 64 };

static size_t record_bytes(const struct hnsw_graph *g)
{
    size_t bytes = g->blocks_at + (g->has_blocks ? g->n_blocks * bit_block_bytes(g->n) : 0);
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

void hnsw_graph_init(struct hnsw_graph *g, struct hnsw_shape shape)
{
    uint32_t most_links = 2 * shape.M, n_blocks = (most_links + BIT_BLOCK_ROWS - 1) / BIT_BLOCK_ROWS;
    uint32_t n_slots = n_blocks * BIT_BLOCK_ROWS;
    size_t code_bytes = shape.code->bytes(shape.n);
    size_t bytes = code_bytes + sizeof(struct hnsw_node) + (n_slots + n_blocks) * sizeof(uint32_t);
    *g = (struct hnsw_graph){
        .code = shape.code,
        .n = shape.n,
        .M = shape.M,
        .most_links = most_links,
        .n_slots = n_slots,
        .n_blocks = n_blocks,
        .is_dot = shape.is_dot,
        .has_blocks = shape.has_blocks,
        .code_bytes = code_bytes,
        .blocks_at = (bytes + 15) / 16 * 16,
        .entry_point = HNSW_NONE,
    };
    g->record_bytes = record_bytes(g);
}

static void free_chunk(struct hnsw_chunk *c)
{
    for (uint32_t i = 0; c->upper && i < HNSW_CHUNK_NODES; i++)
        mem_free(c->upper[i]);
    mem_free(c->upper);
    mem_free(c->records);
    *c = (struct hnsw_chunk){.version = c->version};
}

void hnsw_graph_fini(struct hnsw_graph *g)
{
    for (uint32_t i = 0; i < g->n_chunks; i++)
        free_chunk(&g->chunks[i]);
    mem_free(g->chunks);
    bitmap_fini(&g->nodes);
    g->chunks = NULL;
    g->n_chunks = 0;
}

/* The finalizer of splitmix64: rows that follow each other get unrelated levels. */
static uint64_t scrambled(uint32_t row)
{
    uint64_t z = (row + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t hnsw_level(uint32_t row, uint32_t M)
{
    uint64_t random = scrambled(row);
    uint32_t level = 0;
    for (uint64_t below = UINT64_MAX / M; random < below && level < HNSW_MOST_LEVELS; below /= M)
        level++;
    return level;
}

static int reserve_chunks(struct hnsw_graph *g, uint32_t n)
{
    if (n <= g->n_chunks)
        return MVL_OK;
    struct hnsw_chunk *chunks = mem_grow(g->chunks, n, sizeof *chunks);
    if (!chunks)
        return MVL_NOMEM;
    g->chunks = chunks;
    while (g->n_chunks < n)
        g->chunks[g->n_chunks++] = (struct hnsw_chunk){.version = HNSW_FIRST_VERSION};
    return MVL_OK;
}

static int reserve_upper(struct hnsw_graph *g, struct hnsw_chunk *c, uint32_t row)
{
    uint32_t n_levels = hnsw_level(row, g->M), at = row & (HNSW_CHUNK_NODES - 1);
    if (n_levels == 0 || (c->upper && c->upper[at]))
        return MVL_OK;
    if (!c->upper) {
        c->upper = mem_array(HNSW_CHUNK_NODES, sizeof *c->upper);
        if (!c->upper)
            return MVL_NOMEM;
        memset(c->upper, 0, HNSW_CHUNK_NODES * sizeof *c->upper);
    }
    size_t n = (size_t)n_levels * (g->M + 1);
    c->upper[at] = mem_array(n, sizeof **c->upper);
    if (!c->upper[at])
        return MVL_NOMEM;
    memset(c->upper[at], 0, n * sizeof **c->upper);
    return MVL_OK;
}

int hnsw_graph_reserve(struct hnsw_graph *g, uint32_t row)
{
    TRY(bitmap_reserve(&g->nodes, row + 1));
    TRY(reserve_chunks(g, (row >> HNSW_CHUNK_SHIFT) + 1));
    struct hnsw_chunk *c = hnsw_chunk_of(g, row);
    if (!c->records) {
        c->records = mem_aligned(HNSW_CHUNK_NODES, g->record_bytes);
        if (!c->records)
            return MVL_NOMEM;
        memset(c->records, 0, HNSW_CHUNK_NODES * g->record_bytes);
        c->record_bytes = g->record_bytes;
    }
    return reserve_upper(g, c, row);
}

void hnsw_graph_add(struct hnsw_graph *g, uint32_t row)
{
    struct hnsw_chunk *c = hnsw_chunk_of(g, row);
    if (row >= g->nodes.n)
        bitmap_extend(&g->nodes, row + 1);
    bitmap_set(&g->nodes, row);
    c->n_nodes++;
    c->version++;
    g->n_nodes++;
}

void hnsw_graph_remove(struct hnsw_graph *g, uint32_t row)
{
    struct hnsw_chunk *c = hnsw_chunk_of(g, row);
    uint32_t at = row & (HNSW_CHUNK_NODES - 1);
    assert(bitmap_test(&g->nodes, row) && row != g->entry_point);
    bitmap_clear(&g->nodes, row);
    if (c->upper) {
        mem_free(c->upper[at]);
        c->upper[at] = NULL;
    }
    c->version++;
    g->n_nodes--;
    if (--c->n_nodes == 0 && (row >> HNSW_CHUNK_SHIFT) + 1 < g->n_chunks) /* rows do not come back */
        free_chunk(c);
}

void hnsw_graph_drop_blocks(struct hnsw_graph *g)
{
    g->has_blocks = false;
    g->record_bytes = record_bytes(g);
    g->n_wide = g->n_chunks;
}

static bool shrink_chunk(const struct hnsw_graph *g, struct hnsw_chunk *c)
{
    if (!c->records || c->record_bytes == g->record_bytes)
        return true;
    uint8_t *records = mem_aligned(HNSW_CHUNK_NODES, g->record_bytes);
    if (!records)
        return false;
    for (size_t i = 0; i < HNSW_CHUNK_NODES; i++)
        memcpy(records + i * g->record_bytes, c->records + i * c->record_bytes, g->record_bytes);
    mem_free(c->records);
    c->records = records;
    c->record_bytes = g->record_bytes;
    return true;
}

void hnsw_graph_shrink(struct hnsw_graph *g, uint32_t n)
{
    for (; n > 0 && g->n_wide > 0 && shrink_chunk(g, &g->chunks[g->n_wide - 1]); n--)
        g->n_wide--;
}

size_t hnsw_graph_bytes(const struct hnsw_graph *g)
{
    size_t bytes = g->n_chunks * sizeof *g->chunks + g->nodes.n_words * sizeof *g->nodes.words;
    for (uint32_t i = 0; i < g->n_chunks; i++) {
        const struct hnsw_chunk *c = &g->chunks[i];
        bytes += c->records ? HNSW_CHUNK_NODES * c->record_bytes : 0;
        bytes += c->upper ? HNSW_CHUNK_NODES * (sizeof *c->upper + 2 * sizeof **c->upper) : 0;
    }
    return bytes;
}

void hnsw_score(const struct hnsw_graph *g, const struct hnsw_query *q, const uint32_t rows[], uint32_t n,
                float orders[])
{
    for (uint32_t i = 0; i < n; i += 4) {
        uint8_t *records[4];
        const void *codes[4];
        int32_t dots[4];
        for (uint32_t k = 0; k < 4; k++) {
            records[k] = hnsw_record(g, rows[i + k < n ? i + k : i]);
            codes[k] = hnsw_code(records[k]);
        }
        g->code->dot_four(q->coded.values, codes, g->n, dots);
        for (uint32_t k = 0; k < 4 && i + k < n; k++)
            orders[i + k] = hnsw_order(q, hnsw_node(g, records[k]), dots[k]);
    }
}
