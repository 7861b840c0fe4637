#include "index/scorer.h"

#include <math.h>

#include "base/error.h"
#include "kernel/kernel.h"

void scorer_init(struct scorer *s, const struct vectors *v, enum metric m, const void *query)
{
    const struct kernel *k = kernel_of(m);
    *s = (struct scorer){
        .vectors = v,
        .query = query,
        .metric = m,
        .four = k->four,
        .is_dot = k->is_dot,
        .by_row_norm = k->by_row_norm,
        .scale = k->by_row_norm ? -kernel_inverse_norm(query, v->dim) : -1,
    };
}

int scorer_four(const struct scorer *s, const uint32_t rows[4], float orders[4])
{
    struct vector_view views[4];
    const void *p[4];
    for (int i = 0; i < 4; i++) {
        if (i && rows[i] == rows[0])
            views[i] = views[0];
        else
            TRY(vectors_fetch(s->vectors, rows[i], s->vectors->buffers[i], &views[i]));
        p[i] = views[i].row;
    }
    s->four(s->query, p, s->vectors->dim, orders);
    if (!s->is_dot)
        return MVL_OK;
    for (int i = 0; i < 4; i++)
        orders[i] *= s->by_row_norm ? s->scale * views[i].inverse_norm : s->scale;
    for (int i = 0; i < 4; i++) /* very large or small components leave the range of floats on the way */
        if (!isfinite(orders[i]))
            orders[i] = (float)kernel_order_of_distance(
                s->metric, kernel_distance(s->metric, s->query, p[i], s->vectors->dim));
    return MVL_OK;
}
