/* Vectors shaped like embeddings, in clusters, and sets of rows: what indexes are tested with. */
#ifndef VECTORS_DATA_H
#define VECTORS_DATA_H

#include "index/flat.h"
#include "random.h"

enum { TOPICS = 20, MOST_DIM = 128 };

/* Lengths differ by up to spread. */
struct data {
    struct random r;
    uint32_t dim;
    float topics[TOPICS][MOST_DIM];
    float spread;
};

static inline struct data data_from(uint64_t seed, uint32_t dim, float spread)
{
    struct data d = {random_from(seed), .dim = dim, .spread = spread};
    for (uint32_t i = 0; i < TOPICS; i++)
        random_floats(&d.r, d.topics[i], dim);
    return d;
}

static inline void data_next(struct data *d, float out[])
{
    const float *topic = d->topics[random_below(&d->r, TOPICS)];
    float size = 1 + d->spread * (random_float(&d->r) + 1) / 2;
    for (uint32_t i = 0; i < d->dim; i++)
        out[i] = size * (topic[i] + random_float(&d->r));
}

static inline void append(struct vectors *v, struct data *d, uint32_t n)
{
    uint32_t first = v->n_rows;
    if (!CHECK_EQ_INT(vectors_reserve(v, first + n), MVL_OK))
        return;
    for (uint32_t row = first; row < first + n; row++)
        data_next(d, vectors_slot(v, row));
    vectors_publish(v, first, n, NULL);
}

static inline struct vectors *vectors_of(struct data *d, uint32_t n)
{
    struct vectors *v = NULL;
    if (CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, d->dim, 7), MVL_OK))
        append(v, d, n);
    return v;
}

/* Each of n rows with a chance of 1 / one_in. */
static inline struct bitmap random_allow(struct random *r, uint32_t n, uint32_t one_in)
{
    struct bitmap b = {0};
    if (!CHECK_EQ_INT(bitmap_reserve(&b, n), MVL_OK))
        return b;
    bitmap_extend(&b, n);
    for (uint32_t i = 0; i < n; i++)
        if (random_below(r, one_in) == 0)
            bitmap_set(&b, i);
    return b;
}

/* Rows [first, first + n). */
static inline struct bitmap allow_range(uint32_t first, uint32_t n)
{
    struct bitmap b = {0};
    if (!CHECK_EQ_INT(bitmap_reserve(&b, first + n), MVL_OK))
        return b;
    bitmap_extend(&b, first + n);
    for (uint32_t row = first; row < first + n; row++)
        bitmap_set(&b, row);
    return b;
}

static inline struct index_query query_of(const float *vector, enum metric m)
{
    return (struct index_query){vector, m, NULL, -INFINITY, INFINITY};
}

static inline struct topk search_exactly(const struct vectors *v, const struct index_query *q, uint32_t k)
{
    struct topk found = {0};
    if (CHECK_EQ_INT(topk_init(&found, k), MVL_OK))
        CHECK_EQ_INT(flat_scan(v, q, 0, &found), MVL_OK);
    topk_sort(&found);
    return found;
}

#endif
