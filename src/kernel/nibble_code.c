#include "kernel/nibble_code.h"

#include <math.h>

/* The levels of the high nibbles are multiplied where they stand, as 16 * level; so the query's values for low nibbles
 * are 16 times as large instead. Sixteen bytes are read as eight numbers, of which one byte is multiplied at a time:
 *
 *   values of 32 dimensions   16 * (0, 2, .. 14), (16, 18, .. 30), 16 * (1, 3, .. 15), (17, 19, .. 31) */
enum {
    GROUP_DIMS = 32,
    GROUP_BYTES = 16,
    GROUP_UNIT = 16,       /* of products */
    TWICE_THE_MIDDLE = 15, /* of the levels */
    FITS = 2,              /* more gain little */
};

/* Components beyond so many deviations are clipped, lest all others be coded coarsely; to begin with. */
static const float FIRST_CLIP = 3;

_Static_assert((int64_t)GROUP_UNIT *(NIBBLE_LEVELS - 1) * NIBBLE_QUERY_LARGEST * ROW_CODE_LARGEST_N <=
                   INT32_MAX,
               "dot products fit");
_Static_assert(GROUP_UNIT *NIBBLE_QUERY_LARGEST <= INT16_MAX, "values fit");

static size_t code_bytes(uint32_t n)
{
    return n / 2;
}

/* ---- coding ---- */

/* steps: how many from zero. */
static int32_t level_of(float steps)
{
    int32_t level = row_code_rounded(steps + TWICE_THE_MIDDLE / 2.0f);
    level = level < 0 ? 0 : level;
    return level < NIBBLE_LEVELS ? level : NIBBLE_LEVELS - 1;
}

/* The step with which the levels that `step` gives come nearest to x * unit. */
static float fitted(const float *x, float unit, uint32_t n, float step)
{
    float inverse = 1 / step, products = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        float component = x[i] * unit, coded = (float)level_of(component * inverse) - TWICE_THE_MIDDLE / 2.0f;
        products += component * coded;
        squares += coded * coded;
    }
    return products / squares;
}

/* Of x * unit, whose largest component is 1. */
static float step_for(const float *x, float unit, uint32_t n)
{
    float squares = 0;
    for (uint32_t i = 0; i < n; i++)
        squares += x[i] * unit * (x[i] * unit);
    float clip = FIRST_CLIP * sqrtf(squares / (float)n);
    float step = (clip < 1 ? clip : 1) / (TWICE_THE_MIDDLE / 2.0f);
    for (int i = 0; i < FITS; i++)
        step = fitted(x, unit, n, step);
    return step;
}

static float put(void *code, const float *x, uint32_t n)
{
    uint8_t *to = code;
    float unit = row_code_steps_per_unit(row_code_largest(x, n), 1);
    if (!(unit > 0)) {
        memset(code, 0, code_bytes(n));
        return 0;
    }
    float step = step_for(x, unit, n), inverse = 1 / step;
    for (uint32_t i = 0; i < n; i += GROUP_DIMS, to += GROUP_BYTES)
        for (uint32_t j = 0; j < GROUP_BYTES; j++)
            to[j] = (uint8_t)(level_of(x[i + j] * unit * inverse) |
                              level_of(x[i + GROUP_BYTES + j] * unit * inverse) << 4);
    return fitted(x, unit, n, step) / unit;
}

/* ---- queries ---- */

/* Where the value of dimension j < 16 of a group stands; that of 16 + j is 8 behind it. */
static uint32_t place_of(uint32_t j)
{
    return j % 2 * GROUP_BYTES + j / 2;
}

static void put_values(int16_t *group, uint32_t j, int32_t low, int32_t high)
{
    group[place_of(j)] = (int16_t)(GROUP_UNIT * low);
    group[place_of(j) + 8] = (int16_t)high;
}

static struct row_query query_of(const int16_t *values, float scale, int32_t sum)
{
    return (struct row_query){values, scale / GROUP_UNIT, sum * (GROUP_UNIT / 2 * TWICE_THE_MIDDLE)};
}

static struct row_query query_put(int16_t *values, const float *x, uint32_t n)
{
    float inverse = row_code_steps_per_unit(row_code_largest(x, n), NIBBLE_QUERY_LARGEST);
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i += GROUP_DIMS) {
        for (uint32_t j = 0; j < GROUP_BYTES; j++) {
            int32_t low = row_code_rounded(x[i + j] * inverse);
            int32_t high = row_code_rounded(x[i + GROUP_BYTES + j] * inverse);
            put_values(values + i, j, low, high);
            sum += low + high;
        }
    }
    return query_of(values, inverse > 0 ? 1 / inverse : 0, sum);
}

#ifdef __wasm_simd128__

/* A code says odd multiples of half its scale: twice (level - 7.5), here of eight nibbles: 16 times that for the low ones. */
static inline v128_t values_of_low(v128_t bytes)
{
    v128_t twice = wasm_v128_and(wasm_i16x8_shl(bytes, 5), wasm_i16x8_splat(0x1e0));
    return wasm_i16x8_sub(twice, wasm_i16x8_splat(GROUP_UNIT * TWICE_THE_MIDDLE));
}

static inline v128_t values_of_high(v128_t bytes)
{
    v128_t twice = wasm_v128_and(wasm_u16x8_shr(bytes, 3), wasm_i16x8_splat(0x1e));
    return wasm_i16x8_sub(twice, wasm_i16x8_splat(TWICE_THE_MIDDLE));
}

static struct row_query query_of_code(int16_t *values, const void *code, float scale, uint32_t n)
{
    const uint8_t *from = code;
    const v128_t one = wasm_i16x8_splat(1), unit = wasm_i16x8_splat(GROUP_UNIT);
    v128_t sum = wasm_i32x4_splat(0);
    for (uint32_t i = 0; i < n; i += GROUP_DIMS, from += GROUP_BYTES) {
        v128_t even = wasm_v128_load(from), odd = wasm_u16x8_shr(even, 8);
        v128_t low[2] = {values_of_low(even), values_of_low(odd)};
        v128_t high[2] = {values_of_high(even), values_of_high(odd)};
        for (int k = 0; k < 2; k++) {
            wasm_v128_store(values + i + GROUP_BYTES * k, low[k]);
            wasm_v128_store(values + i + GROUP_BYTES * k + 8, high[k]);
            sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(low[k], one));
            sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(high[k], unit));
        }
    }
    return query_of(values, scale / 2, row_code_sum(sum) / GROUP_UNIT);
}

#else

static struct row_query query_of_code(int16_t *values, const void *code, float scale, uint32_t n)
{
    const uint8_t *from = code;
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i += GROUP_DIMS, from += GROUP_BYTES) {
        for (uint32_t j = 0; j < GROUP_BYTES; j++) {
            int32_t low = 2 * (from[j] & 15) - TWICE_THE_MIDDLE, high = 2 * (from[j] >> 4) - TWICE_THE_MIDDLE;
            put_values(values + i, j, low, high);
            sum += low + high;
        }
    }
    return query_of(values, scale / 2, sum);
}

#endif

/* ---- products ---- */

#ifdef __wasm_simd128__

/* With the values of a group, of which each has eight. */
static inline v128_t add_products(v128_t sum, const uint8_t *code, v128_t q0, v128_t q1, v128_t q2, v128_t q3)
{
    const v128_t low = wasm_u16x8_splat(0x000f), high = wasm_u16x8_splat(0x00f0);
    v128_t even = wasm_v128_load(code), odd = wasm_u16x8_shr(even, 8);
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(q0, wasm_v128_and(even, low)));
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(q1, wasm_v128_and(even, high)));
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(q2, wasm_v128_and(odd, low)));
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(q3, wasm_v128_and(odd, high)));
}

static int32_t dot(const int16_t *values, const void *code, uint32_t n)
{
    const uint8_t *a = code;
    v128_t sum = wasm_i32x4_splat(0);
    for (uint32_t i = 0; i < n; i += GROUP_DIMS, a += GROUP_BYTES, values += GROUP_DIMS)
        sum = add_products(sum, a, wasm_v128_load(values), wasm_v128_load(values + 8),
                           wasm_v128_load(values + 16), wasm_v128_load(values + 24));
    return row_code_sum(sum);
}

static void dot_four(const int16_t *values, const void *const codes[4], uint32_t n, int32_t dots[4])
{
    const uint8_t *a = codes[0], *b = codes[1], *c = codes[2], *d = codes[3];
    v128_t sa = wasm_i32x4_splat(0), sb = sa, sc = sa, sd = sa;
    for (uint32_t i = 0; i < n / 2; i += GROUP_BYTES, values += GROUP_DIMS) {
        v128_t q0 = wasm_v128_load(values), q1 = wasm_v128_load(values + 8);
        v128_t q2 = wasm_v128_load(values + 16), q3 = wasm_v128_load(values + 24);
        sa = add_products(sa, a + i, q0, q1, q2, q3);
        sb = add_products(sb, b + i, q0, q1, q2, q3);
        sc = add_products(sc, c + i, q0, q1, q2, q3);
        sd = add_products(sd, d + i, q0, q1, q2, q3);
    }
    wasm_v128_store(dots, row_code_sums_of(sa, sb, sc, sd));
}

#else

static int32_t dot(const int16_t *values, const void *code, uint32_t n)
{
    const uint8_t *a = code;
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i += GROUP_DIMS, a += GROUP_BYTES, values += GROUP_DIMS)
        for (uint32_t j = 0; j < GROUP_BYTES; j++)
            sum += values[place_of(j)] * (a[j] & 15) + values[place_of(j) + 8] * (a[j] & 0xf0);
    return sum;
}

static void dot_four(const int16_t *values, const void *const codes[4], uint32_t n, int32_t dots[4])
{
    for (int i = 0; i < 4; i++)
        dots[i] = dot(values, codes[i], n);
}

#endif

const struct row_code nibble_code = {
    .bytes = code_bytes,
    .put = put,
    .query_put = query_put,
    .query_of_code = query_of_code,
    .dot = dot,
    .dot_four = dot_four,
};
