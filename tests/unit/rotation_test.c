#include "kernel/rotation.h"

#include "base/mem.h"
#include "random.h"
#include "unit.h"

enum { MOST = 1536 };

static const uint32_t large_dims[] = {384, 768, 1000, 1536};

static double dot(const float *a, const float *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Lengths and products of two random vectors, before and after. */
static void check_rotation(struct random *r, uint32_t dim)
{
    uint32_t n = rotation_dim(dim);
    float *a = mem_array(dim, sizeof *a), *b = mem_array(dim, sizeof *b); /* just what it may read */
    float *ra = mem_array(n, sizeof *ra), *rb = mem_array(n, sizeof *rb); /* and write */
    if (CHECK(a && b && ra && rb)) {
        random_floats(r, a, dim);
        random_floats(r, b, dim);
        rotation_apply(a, dim, 1, ra);
        rotation_apply(b, dim, 1, rb);
        double aa = dot(a, a, dim), bb = dot(b, b, dim);
        bool held = CHECK_NEAR(dot(ra, ra, n), aa, 1e-6 * aa);
        held &= CHECK_NEAR(dot(rb, rb, n), bb, 1e-6 * bb);
        held &= CHECK_NEAR(dot(ra, rb, n), dot(a, b, dim), 1e-6 * sqrt(aa * bb));
        if (!held)
            printf("# dim %u\n", (unsigned)dim);
    }
    mem_free(a);
    mem_free(b);
    mem_free(ra);
    mem_free(rb);
}

TEST(keeps_lengths_and_products_of_small_dims)
{
    struct random r = random_from(60);
    for (uint32_t dim = 1; dim <= 200; dim++)
        check_rotation(&r, dim);
}

TEST(keeps_lengths_and_products_of_large_dims)
{
    struct random r = random_from(61);
    for (size_t i = 0; i < COUNT(large_dims); i++)
        check_rotation(&r, large_dims[i]);
}

TEST(pads_to_whole_units)
{
    static const uint32_t expected[][2] = {{1, 32},    {31, 32},   {32, 32},     {33, 64},
                                           {200, 224}, {384, 384}, {1000, 1024}, {32768, 32768}};
    for (size_t i = 0; i < COUNT(expected); i++)
        CHECK_EQ_INT(rotation_dim(expected[i][0]), expected[i][1]);
}

TEST(padding_counts_as_zeros)
{
    struct random r = random_from(62);
    float v[MOST] = {0}, padded[MOST], shorter[MOST];
    for (uint32_t dim = 33; dim < 64; dim++) {
        memset(v, 0, sizeof v);
        random_floats(&r, v, dim);
        rotation_apply(v, 64, 1, padded);
        rotation_apply(v, dim, 1, shorter);
        for (uint32_t i = 0; i < 64; i++)
            CHECK(padded[i] == shorter[i]);
    }
}

TEST(scales)
{
    struct random r = random_from(63);
    float v[MOST], once[MOST], twice[MOST];
    random_floats(&r, v, MOST);
    rotation_apply(v, MOST, 1, once);
    rotation_apply(v, MOST, -2, twice);
    for (uint32_t i = 0; i < MOST; i++)
        CHECK_NEAR(twice[i], -2 * once[i], 0);
}

/* What a rotation of 0, 1, 2, ... 7, 0, 1, ... comes to: sums of whole numbers, scaled once, thus exact everywhere. */
static uint64_t fingerprint(uint32_t dim)
{
    float v[MOST], out[MOST];
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (uint32_t i = 0; i < dim; i++)
        v[i] = (float)(i % 8);
    rotation_apply(v, dim, 1, out);
    for (uint32_t i = 0; i < rotation_dim(dim); i++) {
        uint32_t bits;
        float value = out[i] + 0.0f; /* no -0 */
        memcpy(&bits, &value, sizeof bits);
        h = (h ^ bits) * UINT64_C(0x100000001b3);
    }
    return h;
}

/* Codes that were kept somewhere could not be read any more. */
TEST(stays_the_same_for_ever)
{
    static const struct {
        uint32_t dim;
        uint64_t expected;
    } known[] = {
        {3, UINT64_C(0xde587f5f36744f95)},    {64, UINT64_C(0x4b718ccfbe150825)},
        {128, UINT64_C(0x209a678141695bf8)},  {1000, UINT64_C(0x4590ad5e1619325d)},
        {1536, UINT64_C(0x456f6a6fff166023)},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (!CHECK(fingerprint(known[i].dim) == known[i].expected))
            printf("# dim %u: got 0x%016" PRIx64 "\n", (unsigned)known[i].dim, fingerprint(known[i].dim));
    const float v[4] = {1, 2, 3, 4};
    float out[ROTATION_UNIT];
    rotation_apply(v, 4, sqrtf(ROTATION_UNIT), out);
    static const float expected[4] = {2, 6, 4, -8};
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(out[i], expected[i], 1e-5);
}

TEST(spreads_a_spike_over_its_block)
{
    enum { DIM = 200 };
    static const uint32_t blocks[][2] = {{0, 128}, {128, 192}, {192, 224}};
    for (uint32_t spike = 0; spike < DIM; spike++) {
        float v[DIM] = {0}, out[224];
        v[spike] = 3;
        rotation_apply(v, DIM, 1, out);
        for (size_t b = 0; b < COUNT(blocks); b++) {
            uint32_t from = blocks[b][0], end = blocks[b][1];
            double size = spike >= from && spike < end ? 3 / sqrt((double)(end - from)) : 0;
            for (uint32_t i = from; i < end; i++)
                CHECK_NEAR(fabs((double)out[i]), size, 1e-6);
        }
    }
}

TEST(zero_stays_zero)
{
    const float v[70] = {0};
    float out[96];
    rotation_apply(v, 70, 1, out);
    for (uint32_t i = 0; i < 96; i++)
        CHECK(out[i] == 0);
}
