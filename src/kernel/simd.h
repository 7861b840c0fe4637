/* Four floats at a time, or many bits: wasm's SIMD128 intrinsics, and a portable twin for native builds. */
#pragma once
#include "base/base.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

typedef v128_t f32x4;

static inline f32x4 f32x4_zero(void)
{
    return wasm_f32x4_splat(0);
}

static inline f32x4 f32x4_load(const float *p)
{
    return wasm_v128_load(p);
}

static inline f32x4 f32x4_splat(float x)
{
    return wasm_f32x4_splat(x);
}

static inline void f32x4_store(float *p, f32x4 a)
{
    wasm_v128_store(p, a);
}

static inline f32x4 f32x4_add(f32x4 a, f32x4 b)
{
    return wasm_f32x4_add(a, b);
}

static inline f32x4 f32x4_sub(f32x4 a, f32x4 b)
{
    return wasm_f32x4_sub(a, b);
}

static inline f32x4 f32x4_mul(f32x4 a, f32x4 b)
{
    return wasm_f32x4_mul(a, b);
}

static inline f32x4 f32x4_abs(f32x4 a)
{
    return wasm_f32x4_abs(a);
}

/* Bit i: lane i has its sign bit set. */
static inline uint32_t f32x4_signs(f32x4 a)
{
    return (uint32_t)wasm_i32x4_bitmask(a);
}

/* a, negated in the lanes where b has its sign bit set. */
static inline f32x4 f32x4_flip(f32x4 a, f32x4 b)
{
    return wasm_v128_xor(a, wasm_v128_and(b, wasm_i32x4_splat(INT32_MIN)));
}

static inline float f32x4_sum(f32x4 a)
{
    return (wasm_f32x4_extract_lane(a, 0) + wasm_f32x4_extract_lane(a, 2)) +
           (wasm_f32x4_extract_lane(a, 1) + wasm_f32x4_extract_lane(a, 3));
}

/* a+b+c+d, a-b+c-d, a+b-c-d, a-b-c+d: the Walsh-Hadamard transform of four. */
static inline f32x4 f32x4_hadamard(f32x4 v)
{
    const v128_t odd = wasm_f32x4_make(0.f, -0.f, 0.f, -0.f), high = wasm_f32x4_make(0.f, 0.f, -0.f, -0.f);
    v128_t pairs = wasm_f32x4_add(wasm_i32x4_shuffle(v, v, 0, 0, 2, 2),
                                  wasm_v128_xor(wasm_i32x4_shuffle(v, v, 1, 1, 3, 3), odd));
    return wasm_f32x4_add(wasm_i32x4_shuffle(pairs, pairs, 0, 1, 0, 1),
                          wasm_v128_xor(wasm_i32x4_shuffle(pairs, pairs, 2, 3, 2, 3), high));
}

typedef v128_t f64x2;

static inline f64x2 f64x2_zero(void)
{
    return wasm_f64x2_splat(0);
}

/* Two floats as doubles. */
static inline f64x2 f64x2_load(const float *p)
{
    return wasm_f64x2_promote_low_f32x4(wasm_v128_load64_zero(p));
}

static inline f64x2 f64x2_add(f64x2 a, f64x2 b)
{
    return wasm_f64x2_add(a, b);
}

static inline f64x2 f64x2_sub(f64x2 a, f64x2 b)
{
    return wasm_f64x2_sub(a, b);
}

static inline f64x2 f64x2_mul(f64x2 a, f64x2 b)
{
    return wasm_f64x2_mul(a, b);
}

static inline double f64x2_sum(f64x2 a)
{
    return wasm_f64x2_extract_lane(a, 0) + wasm_f64x2_extract_lane(a, 1);
}

enum { BITS_BYTES = 16 };

typedef v128_t bitset;

static inline bitset bits_load(const uint8_t *p)
{
    return wasm_v128_load(p);
}

static inline bitset bits_and(bitset a, bitset b)
{
    return wasm_v128_and(a, b);
}

static inline bitset bits_or(bitset a, bitset b)
{
    return wasm_v128_or(a, b);
}

static inline bitset bits_xor(bitset a, bitset b)
{
    return wasm_v128_xor(a, b);
}

/* How many are set. */
static inline uint32_t bits_count(bitset a)
{
    v128_t pairs = wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(a));
    v128_t fours = wasm_u32x4_extadd_pairwise_u16x8(pairs);
    v128_t eights = wasm_i32x4_add(fours, wasm_i32x4_shuffle(fours, fours, 2, 3, 0, 1));
    return (uint32_t)(wasm_i32x4_extract_lane(eights, 0) + wasm_i32x4_extract_lane(eights, 1));
}

#else

typedef struct {
    float lane[4];
} f32x4;

static inline f32x4 f32x4_zero(void)
{
    return (f32x4){{0, 0, 0, 0}};
}

static inline f32x4 f32x4_load(const float *p)
{
    return (f32x4){{p[0], p[1], p[2], p[3]}};
}

static inline f32x4 f32x4_splat(float x)
{
    return (f32x4){{x, x, x, x}};
}

static inline void f32x4_store(float *p, f32x4 a)
{
    for (int i = 0; i < 4; i++)
        p[i] = a.lane[i];
}

static inline f32x4 f32x4_add(f32x4 a, f32x4 b)
{
    for (int i = 0; i < 4; i++)
        a.lane[i] += b.lane[i];
    return a;
}

static inline f32x4 f32x4_sub(f32x4 a, f32x4 b)
{
    for (int i = 0; i < 4; i++)
        a.lane[i] -= b.lane[i];
    return a;
}

static inline f32x4 f32x4_mul(f32x4 a, f32x4 b)
{
    for (int i = 0; i < 4; i++)
        a.lane[i] *= b.lane[i];
    return a;
}

static inline f32x4 f32x4_abs(f32x4 a)
{
    for (int i = 0; i < 4; i++)
        a.lane[i] = __builtin_fabsf(a.lane[i]);
    return a;
}

/* Bit i: lane i has its sign bit set. */
static inline uint32_t f32x4_signs(f32x4 a)
{
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint32_t) !!__builtin_signbit(a.lane[i]) << i;
    return bits;
}

/* a, negated in the lanes where b has its sign bit set. */
static inline f32x4 f32x4_flip(f32x4 a, f32x4 b)
{
    for (int i = 0; i < 4; i++)
        a.lane[i] = __builtin_signbit(b.lane[i]) ? -a.lane[i] : a.lane[i];
    return a;
}

static inline float f32x4_sum(f32x4 a)
{
    return (a.lane[0] + a.lane[2]) + (a.lane[1] + a.lane[3]);
}

static inline f32x4 f32x4_hadamard(f32x4 v)
{
    float a = v.lane[0] + v.lane[1], b = v.lane[0] - v.lane[1];
    float c = v.lane[2] + v.lane[3], d = v.lane[2] - v.lane[3];
    return (f32x4){{a + c, b + d, a - c, b - d}};
}

typedef struct {
    double lane[2];
} f64x2;

static inline f64x2 f64x2_zero(void)
{
    return (f64x2){{0, 0}};
}

static inline f64x2 f64x2_load(const float *p)
{
    return (f64x2){{p[0], p[1]}};
}

static inline f64x2 f64x2_add(f64x2 a, f64x2 b)
{
    return (f64x2){{a.lane[0] + b.lane[0], a.lane[1] + b.lane[1]}};
}

static inline f64x2 f64x2_sub(f64x2 a, f64x2 b)
{
    return (f64x2){{a.lane[0] - b.lane[0], a.lane[1] - b.lane[1]}};
}

static inline f64x2 f64x2_mul(f64x2 a, f64x2 b)
{
    return (f64x2){{a.lane[0] * b.lane[0], a.lane[1] * b.lane[1]}};
}

static inline double f64x2_sum(f64x2 a)
{
    return a.lane[0] + a.lane[1];
}

enum { BITS_BYTES = 8 };

typedef uint64_t bitset;

static inline bitset bits_load(const uint8_t *p)
{
    bitset a;
    memcpy(&a, p, sizeof a);
    return a;
}

static inline bitset bits_and(bitset a, bitset b)
{
    return a & b;
}

static inline bitset bits_or(bitset a, bitset b)
{
    return a | b;
}

static inline bitset bits_xor(bitset a, bitset b)
{
    return a ^ b;
}

static inline uint32_t bits_count(bitset a)
{
    return (uint32_t)__builtin_popcountll(a);
}

#endif
