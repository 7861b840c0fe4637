#include "kernel/byte_code.h"

_Static_assert((int64_t)BYTE_CODE_LARGEST *BYTE_QUERY_LARGEST *ROW_CODE_LARGEST_N <= INT32_MAX,
               "dot products fit");

static size_t code_bytes(uint32_t n)
{
    return n;
}

static float put(void *code, const float *x, uint32_t n)
{
    int8_t *to = code;
    float inverse = row_code_steps_per_unit(row_code_largest(x, n), BYTE_CODE_LARGEST);
    for (uint32_t i = 0; i < n; i++)
        to[i] = (int8_t)row_code_rounded(x[i] * inverse);
    return inverse > 0 ? 1 / inverse : 0;
}

static struct row_query query_put(int16_t *values, const float *x, uint32_t n)
{
    float inverse = row_code_steps_per_unit(row_code_largest(x, n), BYTE_QUERY_LARGEST);
    for (uint32_t i = 0; i < n; i++)
        values[i] = (int16_t)row_code_rounded(x[i] * inverse);
    return (struct row_query){values, inverse > 0 ? 1 / inverse : 0, 0};
}

static struct row_query query_of_code(int16_t *values, const void *code, float scale, uint32_t n)
{
    const int8_t *from = code;
    for (uint32_t i = 0; i < n; i++)
        values[i] = from[i];
    return (struct row_query){values, scale, 0};
}

#ifdef __wasm_simd128__

static inline v128_t add_products(v128_t sum, v128_t query, const int8_t *code)
{
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(query, wasm_i16x8_load8x8(code)));
}

static int32_t dot(const int16_t *values, const void *code, uint32_t n)
{
    const int8_t *a = code;
    v128_t s = wasm_i32x4_splat(0), t = s, u = s, v = s;
    for (uint32_t i = 0; i < n; i += 32) {
        s = add_products(s, wasm_v128_load(values + i), a + i);
        t = add_products(t, wasm_v128_load(values + i + 8), a + i + 8);
        u = add_products(u, wasm_v128_load(values + i + 16), a + i + 16);
        v = add_products(v, wasm_v128_load(values + i + 24), a + i + 24);
    }
    return row_code_sum(wasm_i32x4_add(wasm_i32x4_add(s, t), wasm_i32x4_add(u, v)));
}

static void dot_four(const int16_t *values, const void *const codes[4], uint32_t n, int32_t dots[4])
{
    const int8_t *a = codes[0], *b = codes[1], *c = codes[2], *d = codes[3];
    v128_t sa = wasm_i32x4_splat(0), sb = sa, sc = sa, sd = sa;
    for (uint32_t i = 0; i < n; i += 16) {
        v128_t x = wasm_v128_load(values + i), y = wasm_v128_load(values + i + 8);
        sa = add_products(sa, x, a + i);
        sb = add_products(sb, x, b + i);
        sc = add_products(sc, x, c + i);
        sd = add_products(sd, x, d + i);
        sa = add_products(sa, y, a + i + 8);
        sb = add_products(sb, y, b + i + 8);
        sc = add_products(sc, y, c + i + 8);
        sd = add_products(sd, y, d + i + 8);
    }
    wasm_v128_store(dots, row_code_sums_of(sa, sb, sc, sd));
}

#else

static int32_t dot(const int16_t *values, const void *code, uint32_t n)
{
    const int8_t *a = code;
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += values[i] * a[i];
    return sum;
}

static void dot_four(const int16_t *values, const void *const codes[4], uint32_t n, int32_t dots[4])
{
    for (int i = 0; i < 4; i++)
        dots[i] = dot(values, codes[i], n);
}

#endif

const struct row_code byte_code = {
    .bytes = code_bytes,
    .put = put,
    .query_put = query_put,
    .query_of_code = query_of_code,
    .dot = dot,
    .dot_four = dot_four,
};
