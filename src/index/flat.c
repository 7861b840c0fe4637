#include "index/flat.h"

#include "base/mem.h"
#include "index/scorer.h"

enum { WHOLE_CHUNK_SHARE = 8 }; /* a chunk is read whole for more than 1 / 8 of its rows */

struct index {
    const struct vectors *vectors; /* borrowed */
};

static int flat_create(struct index **out, const struct vectors *v, enum metric m,
                       const struct index_settings *settings)
{
    (void)settings;
    (void)m; /* it is every query's own */
    struct index *ix = mem_alloc(sizeof *ix);
    if (!ix)
        return MVL_NOMEM;
    ix->vectors = v;
    *out = ix;
    return MVL_OK;
}

static void flat_destroy(struct index *ix)
{
    mem_free(ix);
}

/* Up to four rows that wait to be scored together. */
struct scan {
    struct scorer scorer;
    const struct index_query *q;
    struct topk *out;
    uint32_t rows[4], n;
    uint32_t n_scored;
};

static int score_waiting(struct scan *s)
{
    float orders[4];
    for (uint32_t i = s->n; i < 4; i++)
        s->rows[i] = s->rows[0];
    TRY(scorer_four(&s->scorer, s->rows, orders));
    for (uint32_t i = 0; i < s->n; i++)
        if (orders[i] <= topk_bound(s->out) && (double)orders[i] >= s->q->nearest &&
            (double)orders[i] <= s->q->farthest)
            topk_push(s->out, orders[i], s->rows[i]);
    s->n_scored += s->n;
    s->n = 0;
    return MVL_OK;
}

/* The rows of a word of the bitmap that are to be scanned: those in [from, to). */
static uint64_t wanted_rows(const struct vectors *v, const struct index_query *q, uint32_t first,
                            uint32_t from, uint32_t to)
{
    if (first >= to || first + 64 <= from)
        return 0;
    uint64_t wanted = v->present.words[first / 64];
    if (q->allow)
        wanted &= first < q->allow->n ? q->allow->words[first / 64] : 0;
    if (first + 64 > to)
        wanted &= UINT64_MAX >> (first + 64 - to);
    return first < from ? wanted & UINT64_MAX << (from - first) : wanted;
}

static int add_row(struct scan *s, uint32_t first, uint64_t *wanted)
{
    s->rows[s->n++] = first + (uint32_t)__builtin_ctzll(*wanted);
    *wanted &= *wanted - 1;
    return s->n == 4 ? score_waiting(s) : MVL_OK;
}

/* Four rows are scored at once, and they are taken 64 apart: four streams that each go straight on are what the
 * processor reads ahead, up to three times as fast from memory as four neighbours. */
static int scan_rows(struct scan *s, uint32_t from, uint32_t to)
{
    const struct vectors *v = s->scorer.vectors;
    for (uint32_t first = from / 64 * 64; first < to; first += 4 * 64) {
        uint64_t wanted[4];
        for (uint32_t i = 0; i < 4; i++)
            wanted[i] = wanted_rows(v, s->q, first + 64 * i, from, to);
        while (wanted[0] | wanted[1] | wanted[2] | wanted[3])
            for (uint32_t i = 0; i < 4; i++)
                if (wanted[i])
                    TRY(add_row(s, first + 64 * i, &wanted[i]));
    }
    return s->n ? score_waiting(s) : MVL_OK;
}

static uint32_t chunk_end(const struct vectors *v, uint32_t chunk)
{
    uint32_t end = (chunk + 1) << v->chunk_shift;
    return end < v->present.n ? end : v->present.n;
}

/* A chunk that is on disk only is read whole when a good part of it is wanted. */
static int bring_chunk(const struct scan *s, uint32_t chunk, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t first = from / 64 * 64; first < to; first += 64)
        n += (uint32_t)__builtin_popcountll(wanted_rows(s->scorer.vectors, s->q, first, from, to));
    return n > (to - from) / WHOLE_CHUNK_SHARE ? vectors_bring(s->scorer.vectors, chunk) : MVL_OK;
}

/* Rows in memory are scanned in one go, chunks on disk one by one. */
int flat_scan(const struct vectors *v, const struct index_query *q, uint32_t from, struct topk *out)
{
    struct scan s = {.q = q, .out = out};
    double start = report_time(q->report);
    scorer_init(&s.scorer, v, q->metric, q->vector);
    for (uint32_t to; from < v->present.n; from = to) {
        uint32_t chunk = from >> v->chunk_shift;
        to = chunk_end(v, chunk);
        if (!v->chunks[chunk].rows)
            TRY(bring_chunk(&s, chunk, from, to));
        if (v->chunks[chunk].rows)
            while (to < v->present.n && v->chunks[++chunk].rows)
                to = chunk_end(v, chunk);
        TRY(scan_rows(&s, from, to));
    }
    report_exact(q->report, s.n_scored, start);
    report_plan(q->report, "exact");
    return MVL_OK;
}

static int flat_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    return flat_scan(ix->vectors, q, 0, out);
}

static size_t flat_bytes(const struct index *ix)
{
    return sizeof *ix;
}

const struct index_ops flat_ops = {
    .create = flat_create,
    .destroy = flat_destroy,
    .search = flat_search,
    .bytes = flat_bytes,
};
