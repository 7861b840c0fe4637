/* Metrics as numbers: which kernel serves them, and how orders become the distances users see.
 *
 * Inside the engine an order is a float and smaller is nearer: the negated similarity of COSINE and IP, the
 * squared distance of L2, the distance of HAMMING and JACCARD.
 *
 * A vector is what its metric compares: dim floats, or dim bits, of HAMMING and JACCARD. */
#pragma once
#include "base/metric.h"

typedef void kernel_four(const void *q, const void *const rows[4], uint32_t dim, float out[4]);

/* What a metric is computed from. */
struct kernel {
    kernel_four *four; /* dot products (COSINE, IP) or distances, squared ones of L2 */
    bool is_dot;
    bool by_row_norm; /* COSINE: the product is divided by both norms */
};

const struct kernel *kernel_of(enum metric m);

/* Milvus' distance of two vectors, rounded once: the similarity of COSINE (0 for a zero vector, within [-1, 1])
 * and IP, the squared distance of L2, how many bits differ, or 1 - how many both have / either has (1 if none). */
double kernel_distance(enum metric m, const void *a, const void *b, uint32_t dim);

/* Between orders and Milvus' distances; each is the other's inverse. */
double kernel_order_of_distance(enum metric m, double distance);
double kernel_distance_of_order(enum metric m, double order);

/* 1 / |v|, or 0 for a zero vector, so that its similarity to anything is 0. */
float kernel_inverse_norm(const float *v, uint32_t dim);
