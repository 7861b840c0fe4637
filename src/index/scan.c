#include "index/scan.h"

#include <math.h>

#include "base/mem.h"
#include "index/coder.h"
#include "index/flat.h"
#include "index/scorer.h"
#include "kernel/kernel.h"

enum {
    CHUNK_BLOCKS = 64, /* blocks allocated at a time */
    CHUNK_ROWS = CHUNK_BLOCKS * BIT_BLOCK_ROWS,
    RERANK_LEAST = 100,       /* exact orders are computed for this many candidates ... */
    RERANK_PER_HIT = 10,      /* ... or this many a hit, */
    RERANK_DIMS = 256,        /* from so many dimensions on */
    MORE_CANDIDATES = 4,      /* times as many when estimates are too far off to tell */
    FEW_CANDIDATES_SHARE = 8, /* more candidates than 1 / 8: exact */
    MOST_HITS = 1000,         /* more are cheaper to find exactly */
    FEW_ALLOWED = 256,        /* when hardly more rows than blocks are allowed: exact */
    MOST_BEYOND = 50,         /* more rows that codes cannot estimate: exact */
};

/* Rows that were no candidates are estimated so many errors (root mean square) behind the last hit, or there must be
 * more candidates: recall 0.98 where a fixed number finds 0.85. */
static const double CLEAR_OF_ERRORS = 1.5;

struct index {
    struct coder coder;
    uint32_t n_coded;  /* rows below this stand in blocks */
    uint32_t n_beyond; /* rows that codes cannot estimate: candidates of every search */
    uint8_t **chunks;  /* owned [n_chunks], each CHUNK_BLOCKS blocks, owned; NULL: no row in it is left */
    uint32_t n_chunks;
    uint32_t generation; /* how often codes were begun anew */
};

static void drop_codes(struct index *ix)
{
    for (uint32_t i = 0; i < ix->n_chunks; i++)
        mem_free(ix->chunks[i]);
    mem_free(ix->chunks);
    coder_drop_centre(&ix->coder);
    *ix = (struct index){.coder = ix->coder, .generation = ix->generation + 1};
}

static void scan_destroy(struct index *ix)
{
    if (!ix)
        return;
    drop_codes(ix);
    coder_fini(&ix->coder);
    mem_free(ix);
}

static int scan_create(struct index **out, const struct vectors *v, enum metric m,
                       const struct index_settings *settings)
{
    (void)settings;
    struct index *ix = mem_alloc(sizeof *ix);
    if (!ix)
        return MVL_NOMEM;
    *ix = (struct index){.generation = 1};
    if (coder_init(&ix->coder, v, m) != MVL_OK) {
        scan_destroy(ix);
        return MVL_NOMEM;
    }
    *out = ix;
    return MVL_OK;
}

/* ---- coding ---- */

static uint8_t *block_of(const struct index *ix, uint32_t row)
{
    uint32_t block = row / BIT_BLOCK_ROWS;
    return ix->chunks[block / CHUNK_BLOCKS] + block % CHUNK_BLOCKS * bit_block_bytes(ix->coder.n);
}

struct coder *scan_coder(struct index *scan)
{
    return &scan->coder;
}

uint32_t scan_n_coded(const struct index *scan)
{
    return scan->n_coded;
}

const uint8_t *scan_block_of(const struct index *scan, uint32_t row)
{
    return scan->chunks[row / CHUNK_ROWS] ? block_of(scan, row) : NULL;
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
    size_t bytes = CHUNK_BLOCKS * bit_block_bytes(ix->coder.n);
    ix->chunks[at] = mem_aligned(bytes, 1);
    if (!ix->chunks[at])
        return MVL_NOMEM;
    memset(ix->chunks[at], 0, bytes);
    return MVL_OK;
}

/* Chunks whose rows have all gone since. */
static void free_dead_chunks(struct index *ix)
{
    const struct bitmap *present = &ix->coder.vectors->present;
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

/* The bits of a block's rows from `from` on and below `to`, of which one at least is in the block. */
static uint32_t rows_between(uint32_t first, uint32_t from, uint32_t to)
{
    uint32_t low = from > first ? from - first : 0;
    uint32_t rows = to - first < BIT_BLOCK_ROWS ? (1u << (to - first)) - 1 : UINT32_MAX;
    return rows >> low << low;
}

/* Codes the rows of the next block, or of the rest of the last. */
static int code_block(struct index *ix)
{
    const struct vectors *v = ix->coder.vectors;
    uint32_t first = ix->n_coded / BIT_BLOCK_ROWS * BIT_BLOCK_ROWS;
    uint32_t end = v->n_rows - first < BIT_BLOCK_ROWS ? v->n_rows : first + BIT_BLOCK_ROWS;
    uint32_t rows = rows_of_block(&v->present, first) & rows_between(first, ix->n_coded, end);
    TRY(reserve_block(ix, rows != 0));
    for (; rows; rows &= rows - 1) {
        uint32_t slot = (uint32_t)__builtin_ctz(rows);
        struct bit_row coded;
        TRY(coder_row(&ix->coder, first + slot, &coded));
        if (!bit_block_put(block_of(ix, first), ix->coder.n, slot, &coded))
            ix->n_beyond++;
    }
    ix->n_coded = end;
    return MVL_OK;
}

/* Rows that still want a code. */
static uint32_t scan_pending(const struct index *ix)
{
    const struct vectors *v = ix->coder.vectors;
    if (v->n_present < SCAN_LEAST_ROWS)
        return 0;
    if (coder_is_outgrown(&ix->coder))
        return v->n_rows;
    return v->n_rows - ix->n_coded;
}

/* Coding a row takes about a microsecond. */
static uint64_t scan_work(const struct index *ix)
{
    return scan_pending(ix);
}

static int scan_maintain(struct index *ix, uint32_t effort)
{
    if (coder_is_outgrown(&ix->coder))
        drop_codes(ix);
    if (!ix->coder.centre && scan_pending(ix))
        TRY(coder_take_centre(&ix->coder));
    free_dead_chunks(ix);
    for (uint32_t done = 0; done < effort && scan_pending(ix); done += BIT_BLOCK_ROWS)
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

/* Returns how many rows it estimated. */
static uint32_t scan_blocks(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                            struct candidates *c)
{
    uint32_t n_estimated = 0;
    const struct bitmap *present = &ix->coder.vectors->present;
    float orders[BIT_BLOCK_ROWS];
    for (uint32_t first = 0; first < ix->n_coded; first += BIT_BLOCK_ROWS) {
        uint32_t wanted = rows_of_block(present, first) & rows_between(first, first, ix->n_coded);
        if (q->allow)
            wanted &= rows_of_block(q->allow, first);
        if (!wanted)
            continue;
        n_estimated += (uint32_t)__builtin_popcount(wanted);
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
    return n_estimated;
}

/* Pushes the candidates with their exact orders, and says how far off the estimates are (root mean square). */
static int rerank(const struct index *ix, const struct index_query *q, const struct candidates *c,
                  struct topk *out, double *error_out)
{
    struct scorer scorer;
    double squares = 0;
    scorer_init(&scorer, ix->coder.vectors, q->metric, q->vector);
    for (uint32_t i = 0; i < c->n; i += 4) {
        uint32_t rows[4];
        float orders[4];
        for (uint32_t k = 0; k < 4; k++)
            rows[k] = c->entries[i + k < c->n ? i + k : i].row;
        TRY(scorer_four(&scorer, rows, orders));
        for (uint32_t k = 0; k < 4 && i + k < c->n; k++) {
            double error = (double)orders[k] - (double)c->entries[i + k].order;
            squares += isfinite(error) ? error * error : 0;
            topk_push(out, orders[k], rows[k]);
        }
    }
    *error_out = sqrt(squares / c->n);
    return MVL_OK;
}

/* Codes of few dimensions estimate worse, and exact orders cost less. */
static uint32_t first_candidates(const struct index *ix, uint32_t k)
{
    uint32_t n = k * RERANK_PER_HIT > RERANK_LEAST ? k * RERANK_PER_HIT : RERANK_LEAST;
    return ix->n_beyond + (ix->coder.n < RERANK_DIMS ? n * RERANK_DIMS / ix->coder.n : n);
}

static bool is_exact_better(const struct index *ix, const struct index_query *q, const struct topk *out)
{
    const struct vectors *v = ix->coder.vectors;
    return ix->n_coded == 0 || v->n_present < SCAN_LEAST_ROWS || q->metric != ix->coder.metric || q->exact ||
           isfinite(q->nearest) || isfinite(q->farthest) || out->k > MOST_HITS ||
           first_candidates(ix, out->k) > ix->n_coded / 2 || ix->n_beyond > MOST_BEYOND ||
           (q->allow && bitmap_count(q->allow) < v->n_rows / BIT_BLOCK_ROWS + FEW_ALLOWED);
}

/* Searches with so many candidates. *done: they were enough to tell, and no fewer than the hits wanted. */
static int search_codes(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                        struct candidates *c, struct topk *out, bool *done)
{
    double error;
    c->n = 0;
    c->bound = INFINITY;
    out->n = 0;
    *done = false;
    double start = report_time(q->report);
    uint32_t n_estimated = scan_blocks(ix, q, bits, c);
    report_estimates(q->report, n_estimated, start);
    if (c->n < out->k)
        return MVL_OK;
    start = report_time(q->report);
    TRY(rerank(ix, q, c, out, &error));
    report_exact(q->report, c->n, start);
    *done = (double)c->bound - (double)topk_bound(out) >= CLEAR_OF_ERRORS * error;
    return MVL_OK;
}

/* Searches with more and more candidates until estimates tell hits from others; *done: they did. */
static int search_widening(const struct index *ix, const struct index_query *q, const struct bit_query *bits,
                           struct topk *out, bool *done)
{
    uint32_t most = ix->n_coded / FEW_CANDIDATES_SHARE, wanted = first_candidates(ix, out->k);
    int rc;
    do {
        struct candidates c = {mem_array(2 * wanted + BIT_BLOCK_ROWS, sizeof *c.entries), .wanted = wanted};
        if (!c.entries)
            return MVL_NOMEM;
        rc = search_codes(ix, q, bits, &c, out, done);
        mem_free(c.entries);
        wanted *= MORE_CANDIDATES;
    } while (rc == MVL_OK && !*done && wanted <= most);
    return rc;
}

static int scan_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    const struct vectors *v = ix->coder.vectors;
    struct coded_query coded;
    bool done = false;
    if (is_exact_better(ix, q, out))
        return flat_scan(v, q, 0, out);
    int rc = coded_query_init(&coded, &ix->coder, q->vector);
    if (rc == MVL_OK && coder_can_estimate(coded.length))
        rc = search_widening(ix, q, &coded.bits, out, &done);
    coded_query_fini(&coded);
    TRY(rc);
    if (!done)
        out->n = 0;
    TRY(flat_scan(v, q, done ? ix->n_coded : 0, out));
    report_plan(q->report, done ? "codes" : "exact");
    return MVL_OK;
}

static size_t scan_bytes(const struct index *ix)
{
    size_t chunk_bytes = CHUNK_BLOCKS * bit_block_bytes(ix->coder.n), bytes = sizeof *ix;
    for (uint32_t i = 0; i < ix->n_chunks; i++)
        bytes += ix->chunks[i] ? chunk_bytes : 0;
    return bytes + ix->n_chunks * sizeof *ix->chunks + 3 * ix->coder.n * sizeof(float);
}

/* ---- in the file: a part for the centre and the numbers, one for each chunk ---- */

enum {
    PART_MAGIC = 0x314e4353, /* "SCN1" */
    NO_ROW_LEFT = INT32_MAX,
};

static uint32_t chunks_of(uint32_t n_coded)
{
    return n_coded / CHUNK_ROWS + (n_coded % CHUNK_ROWS > 0);
}

/* The rows of a chunk that have a code. */
static uint32_t rows_in(uint32_t n_coded, uint32_t chunk)
{
    uint32_t rows = n_coded - chunk * CHUNK_ROWS;
    return rows < CHUNK_ROWS ? rows : CHUNK_ROWS;
}

static size_t bytes_in(const struct index *ix, uint32_t chunk)
{
    uint32_t blocks = (rows_in(ix->n_coded, chunk) + BIT_BLOCK_ROWS - 1) / BIT_BLOCK_ROWS;
    return blocks * bit_block_bytes(ix->coder.n);
}

static uint32_t scan_n_parts(const struct index *ix)
{
    return ix->n_coded ? 1 + chunks_of(ix->n_coded) : 0;
}

/* Rows that have a code do not change. */
static uint64_t scan_part_version(const struct index *ix, uint32_t part)
{
    uint32_t version = ix->n_coded;
    if (part >= scan_n_parts(ix))
        return 0;
    if (part > 0)
        version = ix->chunks[part - 1] ? rows_in(ix->n_coded, part - 1) : NO_ROW_LEFT;
    return (uint64_t)ix->generation << 32 | version;
}

static void write_head(const struct index *ix, struct writer *w)
{
    writer_u32(w, PART_MAGIC);
    writer_u32(w, ix->n_coded);
    writer_u32(w, ix->n_beyond);
    coder_write(&ix->coder, w);
}

static void scan_part_write(const struct index *ix, uint32_t part, struct writer *w)
{
    if (part == 0)
        write_head(ix, w);
    else if (ix->chunks[part - 1])
        writer_bytes(w, ix->chunks[part - 1], bytes_in(ix, part - 1));
}

static int read_head(struct index *ix, struct reader *r)
{
    if (reader_u32(r) != PART_MAGIC)
        return MVL_DAMAGED;
    ix->n_coded = reader_u32(r);
    ix->n_beyond = reader_u32(r);
    TRY(coder_read(&ix->coder, r));
    bool fits = ix->n_coded > 0 && ix->n_coded <= ix->coder.vectors->n_rows && ix->n_beyond <= ix->n_coded;
    if (!fits || r->at != r->n)
        return MVL_DAMAGED;
    ix->chunks = mem_array(chunks_of(ix->n_coded), sizeof *ix->chunks);
    return ix->chunks ? MVL_OK : MVL_NOMEM;
}

/* No bytes are a chunk of which no row is left. */
static int scan_part_read(struct index *ix, uint32_t part, const uint8_t *bytes, size_t n)
{
    size_t chunk_bytes = CHUNK_BLOCKS * bit_block_bytes(ix->coder.n);
    if (part == 0 && ix->n_coded == 0)
        return read_head(ix, &(struct reader){.p = bytes, .n = n});
    if (part != ix->n_chunks + 1 || part > chunks_of(ix->n_coded) || (n > 0 && n != bytes_in(ix, part - 1)))
        return MVL_DAMAGED;
    uint8_t *chunk = n ? mem_aligned(chunk_bytes, 1) : NULL;
    if (n && !chunk)
        return MVL_NOMEM;
    if (chunk) {
        memcpy(chunk, bytes, n);
        memset(chunk + n, 0, chunk_bytes - n);
    }
    ix->chunks[ix->n_chunks++] = chunk;
    return MVL_OK;
}

/* Every row that is there has its code. */
static int scan_part_read_end(struct index *ix)
{
    if (ix->n_coded == 0 || ix->n_chunks != chunks_of(ix->n_coded))
        return MVL_DAMAGED;
    for (uint32_t first = 0; first < ix->n_coded; first += BIT_BLOCK_ROWS)
        if (!ix->chunks[first / CHUNK_ROWS] &&
            (rows_of_block(&ix->coder.vectors->present, first) & rows_between(first, first, ix->n_coded)))
            return MVL_DAMAGED;
    return MVL_OK;
}

const struct index_ops scan_ops = {
    .create = scan_create,
    .destroy = scan_destroy,
    .pending = scan_pending,
    .work = scan_work,
    .maintain = scan_maintain,
    .search = scan_search,
    .bytes = scan_bytes,
    .n_parts = scan_n_parts,
    .part_version = scan_part_version,
    .part_write = scan_part_write,
    .part_read = scan_part_read,
    .part_read_end = scan_part_read_end,
};
