#include "index/flat.h"

#include "base/mem.h"
#include "index/scorer.h"

struct index {
    const struct vectors *vectors; /* borrowed */
};

static int flat_create(struct index **out, const struct vectors *v)
{
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

static int flat_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    const struct bitmap *present = &ix->vectors->present;
    struct scan s = {.q = q, .out = out};
    scorer_init(&s.scorer, ix->vectors, q->metric, q->vector);
    for (uint32_t from = 0; from < present->n; from += 64) {
        uint64_t wanted = present->words[from / 64];
        if (q->allow)
            wanted &= from < q->allow->n ? q->allow->words[from / 64] : 0;
        for (; wanted; wanted &= wanted - 1) {
            s.rows[s.n++] = from + (uint32_t)__builtin_ctzll(wanted);
            if (s.n == 4)
                score_waiting(&s);
        }
    }
    if (s.n)
        score_waiting(&s);
    return MVL_OK;
}

const struct index_ops flat_ops = {.create = flat_create, .destroy = flat_destroy, .search = flat_search};
