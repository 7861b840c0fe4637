#include "kernel/rotation.h"

#include <math.h>

#include "kernel/simd.h"

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

static void flip_signs(const float v[ROTATION_UNIT], uint32_t bits, float scale, float *out)
{
    static const float signs[16][4] = {
        {+0.f, +0.f, +0.f, +0.f}, {-0.f, +0.f, +0.f, +0.f}, {+0.f, -0.f, +0.f, +0.f},
        {-0.f, -0.f, +0.f, +0.f}, {+0.f, +0.f, -0.f, +0.f}, {-0.f, +0.f, -0.f, +0.f},
        {+0.f, -0.f, -0.f, +0.f}, {-0.f, -0.f, -0.f, +0.f}, {+0.f, +0.f, +0.f, -0.f},
        {-0.f, +0.f, +0.f, -0.f}, {+0.f, -0.f, +0.f, -0.f}, {-0.f, -0.f, +0.f, -0.f},
        {+0.f, +0.f, -0.f, -0.f}, {-0.f, +0.f, -0.f, -0.f}, {+0.f, -0.f, -0.f, -0.f},
        {-0.f, -0.f, -0.f, -0.f},
    };
    const f32x4 scales = f32x4_splat(scale);
    for (uint32_t i = 0; i < ROTATION_UNIT; i += 4, bits >>= 4)
        f32x4_store(out + i, f32x4_flip(f32x4_mul(scales, f32x4_load(v + i)), f32x4_load(signs[bits & 15])));
}

/* Two stages of a transform at once: pairs that are 2 * step apart, then step. */
static void two_stages(float *x, uint32_t n, uint32_t step)
{
    for (uint32_t from = 0; from < n; from += 4 * step) {
        for (float *p = x + from; p < x + from + step; p += 4) {
            f32x4 a = f32x4_load(p), b = f32x4_load(p + step);
            f32x4 c = f32x4_load(p + 2 * step), d = f32x4_load(p + 3 * step);
            f32x4 ac = f32x4_add(a, c), bd = f32x4_add(b, d);
            f32x4_store(p, f32x4_add(ac, bd));
            f32x4_store(p + step, f32x4_sub(ac, bd));
            ac = f32x4_sub(a, c);
            bd = f32x4_sub(b, d);
            f32x4_store(p + 2 * step, f32x4_add(ac, bd));
            f32x4_store(p + 3 * step, f32x4_sub(ac, bd));
        }
    }
}

static void one_stage(float *x, uint32_t n, uint32_t step)
{
    for (uint32_t from = 0; from < n; from += 2 * step) {
        for (float *p = x + from; p < x + from + step; p += 4) {
            f32x4 a = f32x4_load(p), b = f32x4_load(p + step);
            f32x4_store(p, f32x4_add(a, b));
            f32x4_store(p + step, f32x4_sub(a, b));
        }
    }
}

/* The Walsh-Hadamard transform of n values, a power of two from 4, scaled to keep lengths. The two stages within
 * four neighbours come last, together with the scale. */
static void transform(float *x, uint32_t n)
{
    uint32_t half = n / 2;
    for (; half >= 8; half /= 4)
        two_stages(x, n, half / 2);
    if (half == 4)
        one_stage(x, n, half);
    float scale = 1 / sqrtf((float)n);
    for (uint32_t i = 0; i < n; i += 4)
        f32x4_store(x + i, f32x4_mul(f32x4_splat(scale), f32x4_hadamard(f32x4_load(x + i))));
}

void rotation_apply(const float *v, uint32_t dim, float scale, float *out)
{
    uint32_t n = rotation_dim(dim);
    for (uint32_t unit = 0; unit < n; unit += ROTATION_UNIT) {
        float padded[ROTATION_UNIT] = {0};
        if (dim - unit < ROTATION_UNIT)
            memcpy(padded, v + unit, (dim - unit) * sizeof *v);
        flip_signs(dim - unit < ROTATION_UNIT ? padded : v + unit, sign_bits(unit / ROTATION_UNIT), scale,
                   out + unit);
    }
    for (uint32_t done = 0, block = LARGEST_BLOCK; done < n; done += block) {
        while (block > n - done)
            block /= 2;
        transform(out + done, block);
    }
}
