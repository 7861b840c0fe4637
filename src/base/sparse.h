/* Sparse vectors, packed: eight bytes for each element, its index (u32) and its value (float), little-endian, by
 * ascending index. */
#pragma once
#include "base/bytes.h"

enum { SPARSE_PAIR_BYTES = 8 };
#define SPARSE_MOST_INDEX (UINT32_MAX - 1)

struct sparse_vector {
    const uint8_t *pairs; /* [n * SPARSE_PAIR_BYTES]; not aligned */
    uint32_t n;
};

static inline uint32_t sparse_index(const struct sparse_vector *v, uint32_t i)
{
    return bytes_u32(v->pairs + (size_t)i * SPARSE_PAIR_BYTES);
}

static inline float sparse_value(const struct sparse_vector *v, uint32_t i)
{
    uint32_t bits = bytes_u32(v->pairs + (size_t)i * SPARSE_PAIR_BYTES + 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Takes bytes for a vector, which borrows them. False when they are none: indices must ascend and be at most
 * SPARSE_MOST_INDEX, values must be finite. */
bool sparse_read(const void *bytes, size_t n, struct sparse_vector *out);
