#include "index/flat.h"

#include "base/mem.h"
#include "index/scorer.h"

struct index {
    const struct vectors *vectors; /* borrowed */
};

static int flat_create(struct index **out, const struct vectors *v, enum metric m)
{
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
};

static void score_waiting(struct scan *s)
{
    float orders[4];
    for (uint32_t i = s->n; i < 4; i++)
        s->rows[i] = s->rows[0];
    scorer_four(&s->scorer, s->rows, orders);
    for (uint32_t i = 0; i < s->n; i++)
        if (orders[i] <= topk_bound(s->out) && (double)orders[i] >= s->q->nearest &&
            (double)orders[i] <= s->q->farthest)
            topk_push(s->out, orders[i], s->rows[i]);
    s->n = 0;
}

void flat_scan(const struct vectors *v, const struct index_query *q, uint32_t from, struct topk *out)
{
    const struct bitmap *present = &v->present;
    struct scan s = {.q = q, .out = out};
    scorer_init(&s.scorer, v, q->metric, q->vector);
    for (uint32_t first = from / 64 * 64; first < present->n; first += 64) {
        uint64_t wanted = present->words[first / 64];
        if (q->allow)
            wanted &= first < q->allow->n ? q->allow->words[first / 64] : 0;
        if (first < from)
            wanted &= UINT64_MAX << (from - first);
        for (; wanted; wanted &= wanted - 1) {
            s.rows[s.n++] = first + (uint32_t)__builtin_ctzll(wanted);
            if (s.n == 4)
                score_waiting(&s);
        }
    }
    if (s.n)
        score_waiting(&s);
}

static int flat_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    flat_scan(ix->vectors, q, 0, out);
    return MVL_OK;
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
