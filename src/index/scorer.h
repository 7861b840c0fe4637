/* A query bound to the vectors it is compared with: orders of rows, whatever the metric. */
#pragma once
#include "base/metric.h"
#include "table/vectors.h"

struct scorer {
    const struct vectors *vectors;
    const void *query; /* borrowed */
    enum metric metric;
    void (*four)(const void *q, const void *const rows[4], uint32_t dim, float out[4]);
    bool is_dot, by_row_norm;
    float scale; /* of a dot product: -1, or -1 / |query| */
};

void scorer_init(struct scorer *s, const struct vectors *v, enum metric m, const void *query);

/* The orders of four present rows (smaller is nearer), never NaN; a row may stand twice. Returns 0 or what reading
 * vectors returns. */
int scorer_four(const struct scorer *s, const uint32_t rows[4], float orders[4]) MUST_USE;
