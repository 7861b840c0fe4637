/* Ways to code single rows in few bits a dimension, for scoring them one by one: byte_code.h, nibble_code.h.
 *
 * Lengths n are multiples of 32, up to 32,768. Vectors must be finite. */
#pragma once
#include "kernel/simd.h"

enum { ROW_CODE_LARGEST_N = 32768 };

/* A vector as a query: its product with what a code says is scale * (the code's scale) * (dot - shift). */
struct row_query {
    const int16_t *values; /* [n], in an order of the code's own */
    float scale;
    int32_t shift;
};

struct row_code {
    /* Of a code, a multiple of 16. */
    size_t (*bytes)(uint32_t n);

    /* Codes a row. Returns the code's scale, 0 for a zero row. */
    float (*put)(void *code, const float *x, uint32_t n);

    /* A vector as a query, a little finer than a code; and what a code of that scale says. values [n] is filled. */
    struct row_query (*query_put)(int16_t *values, const float *x, uint32_t n);
    struct row_query (*query_of_code)(int16_t *values, const void *code, float scale, uint32_t n);

    /* Of a query's values with one code, with four. */
    int32_t (*dot)(const int16_t *values, const void *code, uint32_t n);
    void (*dot_four)(const int16_t *values, const void *const codes[4], uint32_t n, int32_t dots[4]);
};

/* ---- for codes ---- */

static inline float row_code_largest(const float *x, uint32_t n)
{
    float largest = 0;
    for (uint32_t i = 0; i < n; i++) {
        float size = __builtin_fabsf(x[i]);
        largest = size > largest ? size : largest;
    }
    return largest;
}

/* steps / largest overflows for the smallest floats: those rows are as good as zero. */
static inline float row_code_steps_per_unit(float largest, int steps)
{
    float inverse = (float)steps / largest;
    return largest > 0 && __builtin_isfinite(inverse) ? inverse : 0;
}

/* Rounding by adding 1.5 * 2^23, to even as the processor does: lrintf is a call in wasm. */
static inline int32_t row_code_rounded(float x)
{
    const float magic = 12582912.0f;
    float sum = x + magic;
    int32_t bits, magic_bits;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&magic_bits, &magic, sizeof magic_bits);
    return bits - magic_bits;
}

#ifdef __wasm_simd128__

/* The sums of four vectors of i32, one a lane. */
static inline v128_t row_code_sums_of(v128_t a, v128_t b, v128_t c, v128_t d)
{
    v128_t ab = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
    v128_t cd = wasm_i32x4_add(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
    return wasm_i32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

static inline int32_t row_code_sum(v128_t a)
{
    return wasm_i32x4_extract_lane(a, 0) + wasm_i32x4_extract_lane(a, 1) + wasm_i32x4_extract_lane(a, 2) +
           wasm_i32x4_extract_lane(a, 3);
}

#endif
