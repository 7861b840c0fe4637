/* A fixed random rotation, applied before vectors are coded to a few bits.
 *
 * Random signs, then a Hadamard transform over blocks of at most 128 dimensions: lengths and products stay as they
 * are, and a dimension with outliers is spread over its block. On ordinary embeddings it changes nothing; on a model
 * with outlier dimensions codes find 1.0 instead of 0.5 of the neighbours. */
#pragma once
#include "base/base.h"

/* Rotated vectors are padded with zeros to a multiple of 32 dimensions. */
enum { ROTATION_UNIT = 32 };
uint32_t rotation_dim(uint32_t dim);

/* out [rotation_dim(dim)] = the rotation of scale * v [dim]. The same for every vector of that dim, for ever. */
void rotation_apply(const float *v, uint32_t dim, float scale, float *out);
