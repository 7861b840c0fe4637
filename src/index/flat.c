#include "index/flat.h"

#include "base/mem.h"
#include "index/scorer.h"

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

/* The rows of a word of the bitmap that are to be scanned. */
static uint64_t wanted_rows(const struct vectors *v, const struct index_query *q, uint32_t first,
                            uint32_t from)
{
    if (first >= v->present.n || first + 64 <= from)
        return 0;
    uint64_t wanted = v->present.words[first / 64];
    if (q->allow)
        wanted &= first < q->allow->n ? q->allow->words[first / 64] : 0;
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
int flat_scan(const struct vectors *v, const struct index_query *q, uint32_t from, struct topk *out)
{
    struct scan s = {.q = q, .out = out};
    double start = report_time(q->report);
    scorer_init(&s.scorer, v, q->metric, q->vector);
    for (uint32_t first = from / 64 * 64; first < v->present.n; first += 4 * 64) {
        uint64_t wanted[4];
        for (uint32_t i = 0; i < 4; i++)
            wanted[i] = wanted_rows(v, q, first + 64 * i, from);
        while (wanted[0] | wanted[1] | wanted[2] | wanted[3])
            for (uint32_t i = 0; i < 4; i++)
                if (wanted[i])
                    TRY(add_row(&s, first + 64 * i, &wanted[i]));
    }
    if (s.n)
        TRY(score_waiting(&s));
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
