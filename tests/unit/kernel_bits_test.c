#include "kernel/kernel_bits.h"

#include "random.h"
#include "unit.h"

enum { MOST_BYTES = 300 };

static bool bit_of(const uint8_t *v, uint32_t i)
{
    return v[i / 8] >> i % 8 & 1;
}

TEST(distances_are_those_of_counting_bit_by_bit)
{
    struct random r = random_from(3);
    for (uint32_t n = 1; n <= MOST_BYTES; n++) {
        uint8_t a[MOST_BYTES + 3], b[MOST_BYTES];
        uint32_t at = n % 4, n_differ = 0, n_both = 0, n_either = 0; /* unaligned, too */
        for (uint32_t i = 0; i < n; i++) {
            a[at + i] = (uint8_t)random_u64(&r);
            uint64_t sparser = random_u64(&r);
            b[i] = (uint8_t)(sparser & sparser >> 8);
        }
        for (uint32_t i = 0; i < 8 * n; i++) {
            n_differ += bit_of(a + at, i) != bit_of(b, i);
            n_both += bit_of(a + at, i) && bit_of(b, i);
            n_either += bit_of(a + at, i) || bit_of(b, i);
        }
        CHECK_EQ_INT(kernel_bits_hamming(a + at, b, n), n_differ);
        CHECK_NEAR(kernel_bits_jaccard(a + at, b, n), n_both ? 1 - (double)n_both / n_either : 1, 1e-15);
        CHECK_EQ_INT(kernel_bits_hamming(b, b, n), 0);
    }
}

TEST(the_longest_vectors_are_counted)
{
    enum { LONG = 32768 };
    static uint8_t ones[LONG], zeros[LONG];
    memset(ones, 0xff, sizeof ones);
    CHECK_EQ_INT(kernel_bits_hamming(ones, zeros, LONG), 8 * LONG);
    CHECK_NEAR(kernel_bits_jaccard(ones, ones, LONG), 0, 0);
}

TEST(vectors_without_a_common_bit_are_as_far_as_can_be)
{
    const uint8_t zero[2] = {0, 0}, a[2] = {1, 0}, b[2] = {2, 0x80};
    CHECK_NEAR(kernel_bits_jaccard(a, b, 2), 1, 0);
    CHECK_NEAR(kernel_bits_jaccard(zero, a, 2), 1, 0);
    CHECK_NEAR(kernel_bits_jaccard(zero, zero, 2), 1, 0);
}
