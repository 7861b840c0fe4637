#include "index/scan.h"

#include <math.h>

#include "base/mem.h"
#include "index/flat.h"
#include "index/scorer.h"
#include "kernel/bit_block.h"
#include "kernel/kernel.h"
#include "kernel/rotation.h"

enum {
    CENTRE_ROWS = 4096,  /* the centre is the mean of about so many */
    RECENTRE_GROWTH = 4, /* coded anew when there are so many times as many rows */
    CHUNK_BLOCKS = 64,   /* blocks allocated at a time */
    CHUNK_ROWS = CHUNK_BLOCKS * BIT_BLOCK_ROWS,
    RERANK_LEAST = 100,       /* exact orders are computed for this many candidates ... */
    RERANK_PER_HIT = 10,      /* ... or this many a hit, */
    RERANK_DIMS = 256,        /* from so many dimensions on */
    MORE_CANDIDATES = 4,      /* times as many when estimates are too far off to tell */
    FEW_CANDIDATES_SHARE = 8, /* more candidates than 1 / 8: exact */
    MOST_HITS = 1000,         /* more are cheaper to find exactly */
    FEW_ALLOWED_SHARE = 16,   /* fewer allowed rows than 1 / 16: exact */
    MOST_BEYOND = 50,         /* more rows that codes cannot estimate: exact */
    LONGEST_IN_CENTRE = 4,    /* times the usual length: longer rows are shortened in the mean */
};

/* Rows that were no candidates are estimated so many errors (root mean square) behind the last hit, or there must be
 * more candidates: recall 0.98 where a fixed number finds 0.85. */
static const double CLEAR_OF_ERRORS = 1.5;
static const float SHORTEST_QUERY = 1e-15f, LONGEST_QUERY = 1e15f;

struct index {
    const struct vectors *vectors; /* borrowed */
    enum metric metric;
    uint32_t n;           /* rotated dimensions */
    float *centre;        /* owned [n]; NULL while nothing is coded */
    float *rotated;       /* owned [n]: scratch of coding */
    uint32_t n_coded;     /* rows below this stand in blocks; a multiple of 32 */
    uint32_t centre_rows; /* rows there were when the centre was taken */
    uint32_t n_beyond;    /* rows that codes cannot estimate: candidates of every search */
    uint8_t **chunks;     /* owned [n_chunks], each CHUNK_BLOCKS blocks, owned; NULL: no row in it is left */
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

static void rotate_row(const struct index *ix, uint32_t row, float scale, float *out)
{
    rotation_apply(vectors_row(ix->vectors, row), ix->vectors->dim, scale, out);
}

/* The centre is the mean of these. */
static uint32_t next_sample(const struct vectors *v, uint32_t row)
{
    uint32_t step = v->n_rows / CENTRE_ROWS + 1;
    while (row < v->n_rows && !bitmap_test(&v->present, row))
        row += step;
    return row;
}

#define FOR_EACH_SAMPLE(row, v)                                                                              \
    for (uint32_t row = next_sample(v, 0); row < (v)->n_rows;                                                \
         row = next_sample(v, row + (v)->n_rows / CENTRE_ROWS + 1))

/* The geometric mean of the rows' lengths: a few very long or short ones hardly move it. */
static float usual_length(const struct vectors *v)
{
    double logs = 0;
    uint32_t n = 0;
    FOR_EACH_SAMPLE(row, v)
    {
        float inverse = vectors_inverse_norm(v, row);
        if (inverse <= 0 || !isfinite(inverse))
            continue;
        logs -= log((double)inverse);
        n++;
    }
    return n ? (float)exp(logs / n) : 0;
}

static float sample_scale(const struct index *ix, uint32_t row, float longest)
{
    float inverse = vectors_inverse_norm(ix->vectors, row);
    if (!isfinite(inverse)) /* as good as zero */
        return 0;
    if (kernel_of(ix->metric)->by_row_norm)
        return inverse;
    return longest * inverse < 1 ? longest * inverse : 1;
}

static int take_centre(struct index *ix)
{
    const struct vectors *v = ix->vectors;
    ix->centre = mem_array(ix->n, sizeof *ix->centre);
    ix->rotated = mem_array(ix->n, sizeof *ix->rotated);
    if (!ix->centre || !ix->rotated)
        return MVL_NOMEM;
    memset(ix->centre, 0, ix->n * sizeof *ix->centre);
    float longest = LONGEST_IN_CENTRE * usual_length(v);
    uint32_t n = 0;
    FOR_EACH_SAMPLE(row, v)
    {
        rotate_row(ix, row, sample_scale(ix, row, longest), ix->rotated);
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

/* Room for the next block. A chunk of which no row is left gets no memory. */
static int reserve_block(struct index *ix, bool has_rows)
{
    uint32_t at = ix->n_coded / BIT_BLOCK_ROWS / CHUNK_BLOCKS;
    if (at == ix->n_chunks) {
        uint8_t **chunks = mem_grow(ix->chunks, ix->n_chunks + 1, sizeof *chunks);
        if (!chunks)
            return MVL_NOMEM;
        ix->chunks = chunks;
        ix->chunks[ix->n_chunks++] = NULL;
    }
    if (ix->chunks[at] || !has_rows)
        return MVL_OK;
    size_t bytes = CHUNK_BLOCKS * bit_block_bytes(ix->n);
    ix->chunks[at] = mem_aligned(bytes, 1);
    if (!ix->chunks[at])
        return MVL_NOMEM;
    memset(ix->chunks[at], 0, bytes);
    return MVL_OK;
}

/* Chunks whose rows have all gone since. */
static void free_dead_chunks(struct index *ix)
{
    const struct bitmap *present = &ix->vectors->present;
    for (uint32_t i = 0; i < ix->n_coded / CHUNK_ROWS; i++) {
        uint64_t any = 0;
        for (uint32_t word = i * (CHUNK_ROWS / 64); word < (i + 1) * (CHUNK_ROWS / 64); word++)
            any |= present->words[word];
        if (!any) {
            mem_free(ix->chunks[i]);
            ix->chunks[i] = NULL;
        }
    }
}

/* The bits of a block's rows. */
static uint32_t rows_of_block(const struct bitmap *b, uint32_t first)
{
    return first < b->n ? (uint32_t)(b->words[first / 64] >> first % 64) : 0;
}

static int code_block(struct index *ix)
{
    const struct vectors *v = ix->vectors;
    uint32_t first = ix->n_coded, rows = rows_of_block(&v->present, first);
    bool is_dot = kernel_of(ix->metric)->is_dot;
    TRY(reserve_block(ix, rows != 0));
    for (; rows; rows &= rows - 1) {
        uint32_t slot = (uint32_t)__builtin_ctz(rows);
        float inverse = vectors_inverse_norm(v, first + slot);
        rotate_row(ix, first + slot, row_scale(ix, first + slot), ix->rotated);
        struct bit_row coded = {
            .rotated = ix->rotated,
            .centre = ix->centre,
            .constant = is_dot || inverse <= 0 ? 0 : 1 / (inverse * inverse),
            .factor = is_dot ? -1 : -2,
        };
        if (!bit_block_put(block_of(ix, first), ix->n, slot, &coded))
            ix->n_beyond++;
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
    free_dead_chunks(ix);
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
        uint32_t wanted = rows_of_block(present, first);
        if (q->allow)
            wanted &= rows_of_block(q->allow, first);
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

/* Pushes the candidates with their exact orders. Returns how far off the estimates are (root mean square). */
static double rerank(const struct index *ix, const struct index_query *q, const struct candidates *c,
                     struct topk *out)
{
    struct scorer scorer;
    double squares = 0;
    scorer_init(&scorer, ix->vectors, q->metric, q->vector);
    for (uint32_t i = 0; i < c->n; i += 4) {
        uint32_t rows[4];
        float orders[4];
        for (uint32_t k = 0; k < 4; k++)
            rows[k] = c->entries[i + k < c->n ? i + k : i].row;
        scorer_four(&scorer, rows, orders);
        for (uint32_t k = 0; k < 4 && i + k < c->n; k++) {
            double error = (double)orders[k] - (double)c->entries[i + k].order;
            squares += isfinite(error) ? error * error : 0;
            topk_push(out, orders[k], rows[k]);
        }
    }
    return sqrt(squares / c->n);
}

/* Codes of few dimensions estimate worse, and exact orders cost less. */
static uint32_t first_candidates(const struct index *ix, uint32_t k)
{
    uint32_t n = k * RERANK_PER_HIT > RERANK_LEAST ? k * RERANK_PER_HIT : RERANK_LEAST;
    return ix->n_beyond + (ix->n < RERANK_DIMS ? n * RERANK_DIMS / ix->n : n);
}

static bool is_exact_better(const struct index *ix, const struct index_query *q, float query_length,
                            const struct topk *out)
{
    const struct vectors *v = ix->vectors;
    return ix->n_coded == 0 || v->n_present < SCAN_LEAST_ROWS || q->metric != ix->metric ||
           isfinite(q->nearest) || isfinite(q->farthest) || out->k > MOST_HITS ||
           first_candidates(ix, out->k) > ix->n_coded / 2 || ix->n_beyond > MOST_BEYOND ||
           !(query_length >= SHORTEST_QUERY && query_length <= LONGEST_QUERY) ||
           (q->allow && bitmap_count(q->allow) < v->n_rows / FEW_ALLOWED_SHARE);
}

static void bind_query(const struct index *ix, const float *query, float length, float *rotated,
                       uint8_t *table, struct bit_query *out)
{
    const struct kernel *k = kernel_of(ix->metric);
    rotation_apply(query, ix->vectors->dim, k->by_row_norm ? 1 / length : 1, rotated);
    bit_query_init(out, rotated, ix->centre, ix->n, k->is_dot ? -1 : -2, k->is_dot ? 0 : length * length,
                   table);
}

/* Searches with so many candidates. False: there must be more, or there are fewer than hits wanted. */
static bool search_codes(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                         struct candidates *c, struct topk *out)
{
    c->n = 0;
    c->bound = INFINITY;
    out->n = 0;
    scan_blocks(ix, q, bits, c);
    if (c->n < out->k)
        return false;
    double error = rerank(ix, q, c, out);
    return (double)c->bound - (double)topk_bound(out) >= CLEAR_OF_ERRORS * error;
}

/* Searches with more and more candidates until estimates tell hits from others; *done: they did. */
static int search_widening(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                           struct topk *out, bool *done)
{
    uint32_t most = ix->n_coded / FEW_CANDIDATES_SHARE, wanted = first_candidates(ix, out->k);
    *done = false;
    do {
        struct candidates c = {mem_array(2 * wanted + BIT_BLOCK_ROWS, sizeof *c.entries), .wanted = wanted};
        if (!c.entries)
            return MVL_NOMEM;
        *done = search_codes(ix, q, bits, &c, out);
        mem_free(c.entries);
        wanted *= MORE_CANDIDATES;
    } while (!*done && wanted <= most);
    return MVL_OK;
}

static int scan_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    const struct vectors *v = ix->vectors;
    float length = 1 / kernel_inverse_norm(q->vector, v->dim); /* infinite: zero */
    if (is_exact_better(ix, q, length, out)) {
        flat_scan(v, q, 0, out);
        return MVL_OK;
    }
    float *rotated = mem_array(ix->n, sizeof *rotated);
    uint8_t *table = mem_array(ix->n, 4);
    bool done = false;
    int rc = rotated && table ? MVL_OK : MVL_NOMEM;
    if (rc == MVL_OK) {
        struct bit_query bits;
        bind_query(ix, q->vector, length, rotated, table, &bits);
        rc = search_widening(ix, q, &bits, out, &done);
    }
    mem_free(table);
    mem_free(rotated);
    if (rc == MVL_OK && !done)
        out->n = 0;
    if (rc == MVL_OK)
        flat_scan(v, q, done ? ix->n_coded : 0, out);
    return rc;
}

static size_t scan_bytes(const struct index *ix)
{
    size_t chunk_bytes = CHUNK_BLOCKS * bit_block_bytes(ix->n), bytes = sizeof *ix;
    for (uint32_t i = 0; i < ix->n_chunks; i++)
        bytes += ix->chunks[i] ? chunk_bytes : 0;
    return bytes + ix->n_chunks * sizeof *ix->chunks + (ix->centre ? 2 * ix->n * sizeof(float) : 0);
}

const struct index_ops scan_ops = {
    .create = scan_create,
    .destroy = scan_destroy,
    .pending = scan_pending,
    .maintain = scan_maintain,
    .search = scan_search,
    .bytes = scan_bytes,
};
