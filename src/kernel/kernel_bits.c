#include "kernel/kernel_bits.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

enum { STEP_BYTES = 16 };

typedef v128_t bits;

static inline bits load(const uint8_t *p)
{
    return wasm_v128_load(p);
}

static inline bits both(bits a, bits b)
{
    return wasm_v128_and(a, b);
}

static inline bits either(bits a, bits b)
{
    return wasm_v128_or(a, b);
}

static inline bits differing(bits a, bits b)
{
    return wasm_v128_xor(a, b);
}

static inline uint32_t count(bits a)
{
    v128_t pairs = wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(a));
    v128_t fours = wasm_u32x4_extadd_pairwise_u16x8(pairs);
    v128_t eights = wasm_i32x4_add(fours, wasm_i32x4_shuffle(fours, fours, 2, 3, 0, 1));
    return wasm_u32x4_extract_lane(eights, 0) + wasm_u32x4_extract_lane(eights, 1);
}

#else

enum { STEP_BYTES = 8 };

typedef uint64_t bits;

static inline bits load(const uint8_t *p)
{
    bits a;
    memcpy(&a, p, sizeof a);
    return a;
}

static inline bits both(bits a, bits b)
{
    return a & b;
}

static inline bits either(bits a, bits b)
{
    return a | b;
}

static inline bits differing(bits a, bits b)
{
    return a ^ b;
}

static inline uint32_t count(bits a)
{
    return (uint32_t)__builtin_popcountll(a);
}

#endif

uint32_t kernel_bits_hamming(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    uint32_t sum = 0, i = 0;
    for (; i + STEP_BYTES <= n; i += STEP_BYTES)
        sum += count(differing(load(a + i), load(b + i)));
    for (; i < n; i++)
        sum += (uint32_t)__builtin_popcount(a[i] ^ b[i]);
    return sum;
}

double kernel_bits_jaccard(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    uint32_t n_both = 0, n_either = 0, i = 0;
    for (; i + STEP_BYTES <= n; i += STEP_BYTES) {
        bits x = load(a + i), y = load(b + i);
        n_both += count(both(x, y));
        n_either += count(either(x, y));
    }
    for (; i < n; i++) {
        n_both += (uint32_t)__builtin_popcount(a[i] & b[i]);
        n_either += (uint32_t)__builtin_popcount(a[i] | b[i]);
    }
    return n_both ? 1 - (double)n_both / n_either : 1;
}
