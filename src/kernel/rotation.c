#include "kernel/rotation.h"

#include <math.h>

enum { LARGEST_BLOCK = 128 };

uint32_t rotation_dim(uint32_t dim)
{
    return (dim + ROTATION_UNIT - 1) / ROTATION_UNIT * ROTATION_UNIT;
}

/* 32 random bits for dimensions 32 * i and up (the finalizer of splitmix64). */
static uint32_t sign_bits(uint32_t i)
{
    uint64_t z = (i + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

static void flip_signs(const float *v, uint32_t dim, float scale, float *out, uint32_t n)
{
    for (uint32_t unit = 0; unit < n; unit += ROTATION_UNIT) {
        uint32_t bits = sign_bits(unit / ROTATION_UNIT);
        for (uint32_t i = unit; i < unit + ROTATION_UNIT; i++, bits >>= 1)
            out[i] = i < dim ? (bits & 1 ? -scale : scale) * v[i] : 0;
    }
}

/* The Walsh-Hadamard transform of n values, a power of two from 4, scaled to keep lengths. The two stages within
 * four neighbours come last, together with the scale. */
static void transform(float *x, uint32_t n)
{
    for (uint32_t half = n / 2; half >= 4; half /= 2) {
        for (uint32_t from = 0; from < n; from += 2 * half) {
            for (uint32_t i = from; i < from + half; i++) {
                float a = x[i], b = x[i + half];
                x[i] = a + b;
                x[i + half] = a - b;
            }
        }
    }
    float scale = 1 / sqrtf((float)n);
    for (uint32_t i = 0; i < n; i += 4) {
        float a = x[i] + x[i + 1], b = x[i] - x[i + 1], c = x[i + 2] + x[i + 3], d = x[i + 2] - x[i + 3];
        x[i] = scale * (a + c);
        x[i + 1] = scale * (b + d);
        x[i + 2] = scale * (a - c);
        x[i + 3] = scale * (b - d);
    }
}

void rotation_apply(const float *v, uint32_t dim, float scale, float *out)
{
    uint32_t n = rotation_dim(dim);
    flip_signs(v, dim, scale, out, n);
    for (uint32_t done = 0, block = LARGEST_BLOCK; done < n; done += block) {
        while (block > n - done)
            block /= 2;
        transform(out + done, block);
    }
}
