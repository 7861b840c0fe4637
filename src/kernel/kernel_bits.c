#include "kernel/kernel_bits.h"

#include "kernel/simd.h"

uint32_t kernel_bits_hamming(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    uint32_t sum = 0, i = 0;
    for (; i + BITS_BYTES <= n; i += BITS_BYTES)
        sum += bits_count(bits_xor(bits_load(a + i), bits_load(b + i)));
    for (; i < n; i++)
        sum += (uint32_t)__builtin_popcount(a[i] ^ b[i]);
    return sum;
}

double kernel_bits_jaccard(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    uint32_t n_both = 0, n_either = 0, i = 0;
    for (; i + BITS_BYTES <= n; i += BITS_BYTES) {
        bitset x = bits_load(a + i), y = bits_load(b + i);
        n_both += bits_count(bits_and(x, y));
        n_either += bits_count(bits_or(x, y));
    }
    for (; i < n; i++) {
        n_both += (uint32_t)__builtin_popcount(a[i] & b[i]);
        n_either += (uint32_t)__builtin_popcount(a[i] | b[i]);
    }
    return n_both ? 1 - (double)n_both / n_either : 1;
}
