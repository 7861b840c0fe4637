#include "kernel/byte_code.h"

#include <math.h>

#include "kernel/simd.h"

enum { LARGEST_N = 32768 };

_Static_assert((int64_t)BYTE_CODE_LARGEST *BYTE_QUERY_LARGEST *LARGEST_N <= INT32_MAX, "dot products fit");

static float largest_of(const float *x, uint32_t n)
{
    float largest = 0;
    for (uint32_t i = 0; i < n; i++) {
        float size = fabsf(x[i]);
        largest = size > largest ? size : largest;
    }
    return largest;
}

/* steps / largest overflows for the smallest floats: those rows are as good as zero. */
static float steps_per_unit(float largest, int steps)
{
    float inverse = (float)steps / largest;
    return largest > 0 && isfinite(inverse) ? inverse : 0;
}

/* Rounding by adding 1.5 * 2^23, to even as the processor does: lrintf is a call in wasm. */
static int32_t rounded(float x)
{
    const float magic = 12582912.0f;
    float sum = x + magic;
    int32_t bits, magic_bits;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&magic_bits, &magic, sizeof magic_bits);
    return bits - magic_bits;
}

float byte_code_put(int8_t *code, const float *x, uint32_t n)
{
    float inverse = steps_per_unit(largest_of(x, n), BYTE_CODE_LARGEST);
    for (uint32_t i = 0; i < n; i++)
        code[i] = (int8_t)rounded(x[i] * inverse);
    return inverse > 0 ? 1 / inverse : 0;
}

float byte_query_put(int16_t *query, const float *x, uint32_t n)
{
    float inverse = steps_per_unit(largest_of(x, n), BYTE_QUERY_LARGEST);
    for (uint32_t i = 0; i < n; i++)
        query[i] = (int16_t)rounded(x[i] * inverse);
    return inverse > 0 ? 1 / inverse : 0;
}

void byte_query_of_code(int16_t *query, const int8_t *code, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        query[i] = code[i];
}

#ifdef __wasm_simd128__

static inline v128_t add_products(v128_t sum, v128_t query, const int8_t *code)
{
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(query, wasm_i16x8_load8x8(code)));
}

/* The sums of four vectors, one a lane. */
static inline v128_t sums_of(v128_t a, v128_t b, v128_t c, v128_t d)
{
    v128_t ab = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
    v128_t cd = wasm_i32x4_add(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
    return wasm_i32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

int32_t byte_code_dot(const int16_t *query, const int8_t *code, uint32_t n)
{
    v128_t s = wasm_i32x4_splat(0), t = s, u = s, v = s;
    for (uint32_t i = 0; i < n; i += 32) {
        s = add_products(s, wasm_v128_load(query + i), code + i);
        t = add_products(t, wasm_v128_load(query + i + 8), code + i + 8);
        u = add_products(u, wasm_v128_load(query + i + 16), code + i + 16);
        v = add_products(v, wasm_v128_load(query + i + 24), code + i + 24);
    }
    s = wasm_i32x4_add(wasm_i32x4_add(s, t), wasm_i32x4_add(u, v));
    return wasm_i32x4_extract_lane(s, 0) + wasm_i32x4_extract_lane(s, 1) + wasm_i32x4_extract_lane(s, 2) +
           wasm_i32x4_extract_lane(s, 3);
}

void byte_code_dot_four(const int16_t *query, const int8_t *const codes[4], uint32_t n, int32_t dots[4])
{
    const int8_t *a = codes[0], *b = codes[1], *c = codes[2], *d = codes[3];
    v128_t sa = wasm_i32x4_splat(0), sb = sa, sc = sa, sd = sa;
    for (uint32_t i = 0; i < n; i += 16) {
        v128_t x = wasm_v128_load(query + i), y = wasm_v128_load(query + i + 8);
        sa = add_products(sa, x, a + i);
        sb = add_products(sb, x, b + i);
        sc = add_products(sc, x, c + i);
        sd = add_products(sd, x, d + i);
        sa = add_products(sa, y, a + i + 8);
        sb = add_products(sb, y, b + i + 8);
        sc = add_products(sc, y, c + i + 8);
        sd = add_products(sd, y, d + i + 8);
    }
    wasm_v128_store(dots, sums_of(sa, sb, sc, sd));
}

#else

int32_t byte_code_dot(const int16_t *query, const int8_t *code, uint32_t n)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += query[i] * code[i];
    return sum;
}

void byte_code_dot_four(const int16_t *query, const int8_t *const codes[4], uint32_t n, int32_t dots[4])
{
    for (int i = 0; i < 4; i++)
        dots[i] = byte_code_dot(query, codes[i], n);
}

#endif
