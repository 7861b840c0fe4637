#include "base/hash.h"

#include "random.h"
#include "unit.h"

/* The bytes 7, 38, 69, ...: what the fixed values are of. */
static void fill(uint8_t bytes[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 31 + 7);
}

/* Files hold these values: a change here makes every file look damaged. */
TEST(values_never_change)
{
    static const struct {
        size_t n;
        uint64_t seed, hash;
    } fixed[] = {
        {0, 0, UINT64_C(0x7848813139f0f698)},    {0, 12345, UINT64_C(0x555141bb0d732a16)},
        {1, 0, UINT64_C(0x07923f08a0312987)},    {1, 12345, UINT64_C(0xfc6e94f0647b02bb)},
        {7, 0, UINT64_C(0x730f20e7f60cb3ce)},    {7, 12345, UINT64_C(0x4b4d1db077eeb797)},
        {8, 0, UINT64_C(0xe92f527b48e9f55e)},    {8, 12345, UINT64_C(0xf0c4006be976e579)},
        {9, 0, UINT64_C(0x12b7d21fc8860d66)},    {9, 12345, UINT64_C(0x08efd839b3fd3549)},
        {31, 0, UINT64_C(0x10d9aff44f365719)},   {31, 12345, UINT64_C(0x2f6c1b55463192ed)},
        {32, 0, UINT64_C(0xf25de3bfb90df61c)},   {32, 12345, UINT64_C(0x6d791afc7af57ef8)},
        {33, 0, UINT64_C(0x92956c241ef7fa5f)},   {33, 12345, UINT64_C(0x257a09af3f6fdd9d)},
        {64, 0, UINT64_C(0xbc5e57cd6085e16a)},   {64, 12345, UINT64_C(0x0c2f450d6336893d)},
        {1000, 0, UINT64_C(0x541ff27874550145)}, {1000, 12345, UINT64_C(0x18fb68fe51f25fd8)},
    };
    uint8_t bytes[1000];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < COUNT(fixed); i++)
        CHECK(hash64(bytes, fixed[i].n, fixed[i].seed) == fixed[i].hash);
}

TEST(no_bytes_need_no_memory)
{
    CHECK(hash64(NULL, 0, 0) == hash64("", 0, 0));
}

TEST(does_not_depend_on_where_the_bytes_are)
{
    uint8_t bytes[300], moved[308];
    fill(bytes, sizeof bytes);
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(moved + shift, bytes, sizeof bytes);
        CHECK(hash64(moved + shift, sizeof bytes, 9) == hash64(bytes, sizeof bytes, 9));
    }
}

TEST(every_bit_counts)
{
    uint8_t bytes[100];
    fill(bytes, sizeof bytes);
    for (size_t n = 1; n <= sizeof bytes; n++) {
        uint64_t hash = hash64(bytes, n, 0);
        for (size_t bit = 0; bit < n * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(hash64(bytes, n, 0) != hash);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

TEST(the_length_counts_also_of_zeros)
{
    static const uint8_t zeros[200];
    for (size_t n = 0; n < sizeof zeros; n++)
        for (size_t m = 0; m < n; m++)
            CHECK(hash64(zeros, n, 0) != hash64(zeros, m, 0));
}

TEST(the_seed_counts)
{
    for (uint64_t seed = 1; seed < 1000; seed++)
        CHECK(hash64("text", 4, seed) != hash64("text", 4, seed - 1));
}

TEST(swapped_words_are_seen)
{
    struct random r = random_from(4);
    uint64_t words[16];
    for (size_t i = 0; i < COUNT(words); i++)
        words[i] = random_u64(&r);
    uint64_t hash = hash64(words, sizeof words, 0);
    for (size_t i = 0; i < COUNT(words); i++) {
        for (size_t k = 0; k < i; k++) {
            uint64_t swapped[16];
            memcpy(swapped, words, sizeof words);
            swapped[i] = words[k];
            swapped[k] = words[i];
            CHECK(hash64(swapped, sizeof swapped, 0) != hash);
        }
    }
}
