#include "index/hnsw_landmarks.h"

#include <assert.h>

#include "base/mem.h"
#include "index/pool.h"

enum { LEAST_LEVEL = 1, MOST_BLOCKS = MOST_LANDMARKS / BIT_BLOCK_ROWS };

void hnsw_landmarks_fini(struct hnsw_landmarks *l)
{
    mem_free(l->blocks);
    mem_free(l->rows);
    *l = (struct hnsw_landmarks){0};
}

void hnsw_landmarks_clear(struct hnsw_landmarks *l)
{
    l->n = 0;
    l->level = LEAST_LEVEL;
}

static uint8_t *block_of(const struct hnsw_landmarks *l, const struct hnsw_graph *g, uint32_t at)
{
    return l->blocks + at / BIT_BLOCK_ROWS * bit_block_bytes(g->n);
}

/* Keeps nodes of the level and above. */
static void thin_out(struct hnsw_landmarks *l, const struct hnsw_graph *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        if (!bitmap_test(&g->nodes, l->rows[i]) || hnsw_level(l->rows[i], g->M) < l->level)
            continue;
        if (n < i)
            bit_block_copy(block_of(l, g, n), n % BIT_BLOCK_ROWS, block_of(l, g, i), i % BIT_BLOCK_ROWS,
                           g->n);
        l->rows[n++] = l->rows[i];
    }
    l->n = n;
}

int hnsw_landmarks_reserve(struct hnsw_landmarks *l, const struct hnsw_graph *g)
{
    if (!g->has_blocks)
        return MVL_OK;
    if (!l->blocks) {
        uint8_t *blocks = mem_aligned(MOST_BLOCKS, bit_block_bytes(g->n));
        uint32_t *rows = mem_array(MOST_LANDMARKS, sizeof *rows);
        if (!blocks || !rows) {
            mem_free(blocks);
            mem_free(rows);
            return MVL_NOMEM;
        }
        memset(blocks, 0, MOST_BLOCKS * bit_block_bytes(g->n));
        *l = (struct hnsw_landmarks){blocks, rows, 0, LEAST_LEVEL};
    }
    while (l->n == MOST_LANDMARKS) {
        l->level++;
        thin_out(l, g);
    }
    return MVL_OK;
}

void hnsw_landmarks_add(struct hnsw_landmarks *l, const struct hnsw_graph *g, uint32_t row,
                        const uint8_t *block, uint32_t slot)
{
    if (!g->has_blocks || hnsw_level(row, g->M) < l->level)
        return;
    assert(l->n < MOST_LANDMARKS);
    bit_block_copy(block_of(l, g, l->n), l->n % BIT_BLOCK_ROWS, block, slot, g->n);
    l->rows[l->n++] = row;
}

void hnsw_landmarks_remove(struct hnsw_landmarks *l, const struct hnsw_graph *g)
{
    thin_out(l, g);
}

uint32_t hnsw_landmarks_nearest(const struct hnsw_landmarks *l, const struct bit_query *bits,
                                struct topk_entry out[LANDMARK_ENTRIES])
{
    struct pool nearest = {out, 0, LANDMARK_ENTRIES};
    const uint8_t *block = l->blocks;
    for (uint32_t first = 0; first < l->n; first += BIT_BLOCK_ROWS, block += bit_block_bytes(bits->n)) {
        float orders[BIT_BLOCK_ROWS];
        uint32_t below = bit_block_scan(block, bits, pool_bound(&nearest), orders);
        below &= l->n - first < BIT_BLOCK_ROWS ? (1u << (l->n - first)) - 1 : UINT32_MAX;
        for (; below; below &= below - 1) {
            uint32_t slot = (uint32_t)__builtin_ctz(below);
            pool_insert(&nearest, orders[slot], l->rows[first + slot]);
        }
    }
    return nearest.n;
}

size_t hnsw_landmarks_bytes(const struct hnsw_landmarks *l, const struct hnsw_graph *g)
{
    return l->blocks ? MOST_BLOCKS * bit_block_bytes(g->n) + MOST_LANDMARKS * sizeof *l->rows : 0;
}
