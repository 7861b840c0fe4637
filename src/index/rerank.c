#include "index/rerank.h"

#include <math.h>

#include "index/pool.h"
#include "index/scorer.h"

static const double CLEAR_OF_ERRORS = 4; /* times their root mean square */

uint32_t rerank_sort(struct topk_entry e[], uint32_t n, uint32_t wanted)
{
    struct pool nearest = {e, 0, wanted};
    for (uint32_t i = 0; i < n; i++) {
        struct topk_entry next = e[i]; /* its place is taken by now, or the next to be */
        if (next.order < pool_bound(&nearest))
            pool_insert(&nearest, next.order, next.row);
    }
    return nearest.n;
}

/* Of exact orders and those by codes. */
struct errors {
    double squares;
    uint32_t n;
};

static void add_error(struct errors *t, float exact, float coded)
{
    double error = (double)exact - (double)coded;
    t->squares += isfinite(error) ? error * error : 0;
    t->n++;
}

/* Whether candidates of this order and worse ones are no hits. */
static bool is_clear(const struct errors *t, float coded, const struct topk *out)
{
    return out->n == out->k &&
           (double)coded - (double)topk_bound(out) > CLEAR_OF_ERRORS * sqrt(t->squares / t->n);
}

static int push(const struct vectors *v, const struct index_query *q, const struct topk_entry e[], uint32_t n,
                bool is_sorted, struct topk *out)
{
    struct scorer scorer;
    struct errors errors = {0};
    uint32_t i = 0;
    double start = report_time(q->report);
    scorer_init(&scorer, v, q->metric, q->vector);
    for (; i < n && !(is_sorted && i > 0 && is_clear(&errors, e[i].order, out)); i += 4) {
        uint32_t rows[4];
        float orders[4];
        for (uint32_t k = 0; k < 4; k++)
            rows[k] = e[i + k < n ? i + k : i].row;
        TRY(scorer_four(&scorer, rows, orders));
        for (uint32_t k = 0; k < 4 && i + k < n; k++) {
            topk_push(out, orders[k], rows[k]);
            if (is_sorted)
                add_error(&errors, orders[k], e[i + k].order);
        }
    }
    report_exact(q->report, i < n ? i : n, start);
    return MVL_OK;
}

int rerank_all(const struct vectors *v, const struct index_query *q, const struct topk_entry e[], uint32_t n,
               struct topk *out)
{
    return push(v, q, e, n, false, out);
}

int rerank_nearest(const struct vectors *v, const struct index_query *q, const struct topk_entry e[],
                   uint32_t n, struct topk *out)
{
    return push(v, q, e, n, true, out);
}
