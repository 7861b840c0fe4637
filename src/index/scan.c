#include "index/scan.h"

#include <math.h>

#include "base/mem.h"
#include "index/flat.h"
#include "index/scorer.h"
#include "kernel/bit_block.h"
#include "kernel/kernel.h"
#include "kernel/rotation.h"

enum {
    CENTRE_ROWS = 4096,     /* the centre is the mean of about so many */
    RECENTRE_GROWTH = 4,    /* coded anew when there are so many times as many rows */
    CHUNK_BLOCKS = 64,      /* blocks allocated at a time */
    RERANK_LEAST = 100,     /* exact orders are computed for this many candidates ... */
    RERANK_PER_HIT = 10,    /* ... or this many a hit */
    MOST_HITS = 1000,       /* more are cheaper to find exactly */
    FEW_ALLOWED_SHARE = 16, /* fewer allowed rows than 1 / 16: exact */
};

struct index {
    const struct vectors *vectors; /* borrowed */
    enum metric metric;
    uint32_t n;           /* rotated dimensions */
    float *centre;        /* owned [n]; NULL while nothing is coded */
    float *rotated;       /* owned [n]: scratch of coding */
    uint32_t n_coded;     /* rows below this stand in blocks; a multiple of 32 */
    uint32_t centre_rows; /* rows there were when the centre was taken */
    uint8_t **chunks;     /* owned [n_chunks], each CHUNK_BLOCKS blocks, owned */
    uint32_t n_chunks;
};

static int scan_create(struct index **out, const struct vectors *v, enum metric m)
{
    struct index *ix = mem_alloc(sizeof *ix);
    if (!ix)
        return MVL_NOMEM;
    *ix = (struct index){.vectors = v, .metric = m, .n = rotation_dim(v->dim)};
    *out = ix;
    return MVL_OK;
}

static void drop_codes(struct index *ix)
{
    for (uint32_t i = 0; i < ix->n_chunks; i++)
        mem_free(ix->chunks[i]);
    mem_free(ix->chunks);
    mem_free(ix->centre);
    mem_free(ix->rotated);
    *ix = (struct index){.vectors = ix->vectors, .metric = ix->metric, .n = ix->n};
}

static void scan_destroy(struct index *ix)
{
    drop_codes(ix);
    mem_free(ix);
}

/* ---- coding ---- */

/* COSINE codes unit vectors, so that all metrics but L2 are products. */
static float row_scale(const struct index *ix, uint32_t row)
{
    return kernel_of(ix->metric)->by_row_norm ? vectors_inverse_norm(ix->vectors, row) : 1;
}

static void rotate_row(const struct index *ix, uint32_t row, float *out)
{
    rotation_apply(vectors_row(ix->vectors, row), ix->vectors->dim, row_scale(ix, row), out);
}

static int take_centre(struct index *ix)
{
    const struct vectors *v = ix->vectors;
    ix->centre = mem_array(ix->n, sizeof *ix->centre);
    ix->rotated = mem_array(ix->n, sizeof *ix->rotated);
    if (!ix->centre || !ix->rotated)
        return MVL_NOMEM;
    memset(ix->centre, 0, ix->n * sizeof *ix->centre);
    uint32_t step = v->n_rows / CENTRE_ROWS + 1, n = 0;
    for (uint32_t row = 0; row < v->n_rows; row += step) {
        if (!bitmap_test(&v->present, row))
            continue;
        rotate_row(ix, row, ix->rotated);
        for (uint32_t i = 0; i < ix->n; i++)
            ix->centre[i] += ix->rotated[i];
        n++;
    }
    for (uint32_t i = 0; i < ix->n; i++)
        ix->centre[i] /= (float)(n ? n : 1);
    ix->centre_rows = v->n_rows;
    return MVL_OK;
}

static uint8_t *block_of(const struct index *ix, uint32_t row)
{
    uint32_t block = row / BIT_BLOCK_ROWS;
    return ix->chunks[block / CHUNK_BLOCKS] + block % CHUNK_BLOCKS * bit_block_bytes(ix->n);
}

static int add_chunk(struct index *ix)
{
    uint8_t **chunks = mem_grow(ix->chunks, ix->n_chunks + 1, sizeof *chunks);
    if (!chunks)
        return MVL_NOMEM;
    ix->chunks = chunks;
    uint8_t *chunk = mem_aligned(CHUNK_BLOCKS, bit_block_bytes(ix->n));
    if (!chunk)
        return MVL_NOMEM;
    memset(chunk, 0, CHUNK_BLOCKS * bit_block_bytes(ix->n));
    ix->chunks[ix->n_chunks++] = chunk;
    return MVL_OK;
}

static int code_block(struct index *ix)
{
    const struct vectors *v = ix->vectors;
    uint32_t first = ix->n_coded;
    if (first / BIT_BLOCK_ROWS == ix->n_chunks * CHUNK_BLOCKS)
        TRY(add_chunk(ix));
    bool is_dot = kernel_of(ix->metric)->is_dot;
    for (uint32_t row = first; row < first + BIT_BLOCK_ROWS; row++) {
        if (!bitmap_test(&v->present, row))
            continue;
        rotate_row(ix, row, ix->rotated);
        float norm = vectors_inverse_norm(v, row);
        struct bit_row coded = {
            .rotated = ix->rotated,
            .centre = ix->centre,
            .constant = is_dot || norm <= 0 ? 0 : 1 / (norm * norm),
            .factor = is_dot ? -1 : -2,
        };
        bit_block_put(block_of(ix, row), ix->n, row - first, &coded);
    }
    ix->n_coded += BIT_BLOCK_ROWS;
    return MVL_OK;
}

/* Rows that still want a code. */
static uint32_t scan_pending(const struct index *ix)
{
    uint32_t n_rows = ix->vectors->n_rows;
    if (ix->vectors->n_present < SCAN_LEAST_ROWS)
        return 0;
    if (ix->centre && n_rows / RECENTRE_GROWTH >= ix->centre_rows)
        return n_rows;
    return (n_rows - ix->n_coded) / BIT_BLOCK_ROWS * BIT_BLOCK_ROWS;
}

static int scan_maintain(struct index *ix, uint32_t n_rows)
{
    if (ix->centre && ix->vectors->n_rows / RECENTRE_GROWTH >= ix->centre_rows)
        drop_codes(ix);
    if (!ix->centre && scan_pending(ix)) {
        int rc = take_centre(ix);
        if (rc != MVL_OK) {
            drop_codes(ix);
            return rc;
        }
    }
    for (uint32_t done = 0; done < n_rows && scan_pending(ix); done += BIT_BLOCK_ROWS)
        TRY(code_block(ix));
    return MVL_OK;
}

/* ---- searching ---- */

/* Candidates with the lowest estimates: kept to twice as many as wanted, then cut to the best. */
struct candidates {
    struct topk_entry *entries; /* owned [2 * wanted + 32] */
    uint32_t n, wanted;
    float bound; /* estimates above it are not among the best any more */
};

static void keep_best(struct candidates *c)
{
    struct topk_entry *e = c->entries;
    uint32_t low = 0, high = c->n - 1;
    while (low < high) { /* Hoare's quickselect */
        float pivot = e[low + (high - low) / 2].order;
        uint32_t i = low, j = high;
        for (;;) {
            while (e[i].order < pivot)
                i++;
            while (e[j].order > pivot)
                j--;
            if (i >= j)
                break;
            struct topk_entry swap = e[i];
            e[i++] = e[j];
            e[j--] = swap;
        }
        if (c->wanted - 1 <= j)
            high = j;
        else
            low = j + 1;
    }
    c->n = c->wanted;
    c->bound = e[0].order;
    for (uint32_t i = 1; i < c->n; i++)
        c->bound = e[i].order > c->bound ? e[i].order : c->bound;
}

static void scan_blocks(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                        struct candidates *c)
{
    const struct bitmap *present = &ix->vectors->present;
    float orders[BIT_BLOCK_ROWS];
    for (uint32_t first = 0; first < ix->n_coded; first += BIT_BLOCK_ROWS) {
        uint32_t wanted = (uint32_t)(present->words[first / 64] >> first % 64);
        if (q->allow)
            wanted &= first < q->allow->n ? (uint32_t)(q->allow->words[first / 64] >> first % 64) : 0;
        if (!wanted)
            continue;
        wanted &= bit_block_scan(block_of(ix, first), bits, c->bound, orders);
        for (; wanted; wanted &= wanted - 1) {
            uint32_t slot = (uint32_t)__builtin_ctz(wanted);
            c->entries[c->n++] = (struct topk_entry){orders[slot], first + slot};
        }
        if (c->n > 2 * c->wanted)
            keep_best(c);
    }
    if (c->n > c->wanted)
        keep_best(c);
}

static void rerank(const struct index *ix, const struct index_query *q, const struct candidates *c,
                   struct topk *out)
{
    struct scorer scorer;
    scorer_init(&scorer, ix->vectors, q->metric, q->vector);
    for (uint32_t i = 0; i < c->n; i += 4) {
        uint32_t rows[4];
        float orders[4];
        for (uint32_t k = 0; k < 4; k++)
            rows[k] = c->entries[i + k < c->n ? i + k : i].row;
        scorer_four(&scorer, rows, orders);
        for (uint32_t k = 0; k < 4 && i + k < c->n; k++)
            topk_push(out, orders[k], rows[k]);
    }
}

static bool is_exact_better(const struct index *ix, const struct index_query *q, const struct topk *out)
{
    return ix->n_coded == 0 || q->metric != ix->metric || isfinite(q->nearest) || isfinite(q->farthest) ||
           out->k > MOST_HITS ||
           (q->allow && bitmap_count(q->allow) < ix->vectors->n_rows / FEW_ALLOWED_SHARE);
}

static int scan_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    const struct vectors *v = ix->vectors;
    if (is_exact_better(ix, q, out)) {
        flat_scan(v, q, 0, out);
        return MVL_OK;
    }
    uint32_t wanted = out->k * RERANK_PER_HIT > RERANK_LEAST ? out->k * RERANK_PER_HIT : RERANK_LEAST;
    struct candidates c = {
        .entries = mem_array(2 * wanted + BIT_BLOCK_ROWS, sizeof *c.entries),
        .wanted = wanted,
        .bound = INFINITY,
    };
    float *rotated = mem_array(ix->n, sizeof *rotated);
    uint8_t *table = mem_array(ix->n, 4);
    int rc = c.entries && rotated && table ? MVL_OK : MVL_NOMEM;
    if (rc == MVL_OK) {
        const struct kernel *k = kernel_of(ix->metric);
        float norm = kernel_inverse_norm(q->vector, v->dim);
        struct bit_query bits;
        rotation_apply(q->vector, v->dim, k->by_row_norm ? norm : 1, rotated);
        bit_query_init(&bits, rotated, ix->centre, ix->n, k->is_dot ? -1 : -2,
                       k->is_dot || norm <= 0 ? 0 : 1 / (norm * norm), table);
        scan_blocks(ix, q, &bits, &c);
        if (c.n < out->k) { /* few rows, or orders beyond the range of floats */
            flat_scan(v, q, 0, out);
        } else {
            rerank(ix, q, &c, out);
            flat_scan(v, q, ix->n_coded, out);
        }
    }
    mem_free(table);
    mem_free(rotated);
    mem_free(c.entries);
    return rc;
}

static size_t scan_bytes(const struct index *ix)
{
    return ix->n_chunks * CHUNK_BLOCKS * bit_block_bytes(ix->n) +
           (ix->centre ? 2 * ix->n * sizeof(float) : 0);
}

const struct index_ops scan_ops = {
    .create = scan_create,
    .destroy = scan_destroy,
    .pending = scan_pending,
    .maintain = scan_maintain,
    .search = scan_search,
    .bytes = scan_bytes,
};
