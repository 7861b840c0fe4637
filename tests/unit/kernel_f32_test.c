#include "kernel/kernel_f32.h"

#include <float.h>

#include "base/mem.h"
#include "random.h"
#include "unit.h"

static const uint32_t large_dims[] = {128, 384, 768, 1000, 1536};

/* What a sum of products is, slowly, and how far off float arithmetic may be. */
struct expected {
    double value, tolerance;
};

static struct expected dot_slowly(const float *a, const float *b, uint32_t dim)
{
    double sum = 0, size = 0;
    for (uint32_t i = 0; i < dim; i++) {
        sum += (double)a[i] * (double)b[i];
        size += fabs((double)a[i] * (double)b[i]);
    }
    return (struct expected){sum, (dim / 4.0 + 8) * (double)FLT_EPSILON * size};
}

static struct expected l2_slowly(const float *a, const float *b, uint32_t dim)
{
    double sum = 0;
    for (uint32_t i = 0; i < dim; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return (struct expected){sum, (dim / 4.0 + 8) * (double)FLT_EPSILON * sum};
}

static void check_near(double got, struct expected e, uint32_t dim)
{
    if (!CHECK_NEAR(got, e.value, e.tolerance))
        printf("# dim %u\n", (unsigned)dim);
}

/* Compares every kernel with the slow way; each vector has just the memory it needs, shift floats into its block. */
static void check_kernels(struct random *r, uint32_t dim, uint32_t shift)
{
    float *blocks[5], *v[5], out[4];
    for (int i = 0; i < 5; i++) {
        blocks[i] = mem_aligned(shift + dim + 16, sizeof(float));
        v[i] = blocks[i] + shift;
        random_floats(r, v[i], dim);
    }
    const float *q = v[4], *rows[4] = {v[0], v[1], v[2], v[3]};
    kernel_f32_dot_four(q, rows, dim, out);
    for (int i = 0; i < 4; i++)
        check_near((double)out[i], dot_slowly(q, rows[i], dim), dim);
    kernel_f32_l2_four(q, rows, dim, out);
    for (int i = 0; i < 4; i++)
        check_near((double)out[i], l2_slowly(q, rows[i], dim), dim);
    check_near((double)kernel_f32_dot(q, v[0], dim), dot_slowly(q, v[0], dim), dim);
    struct expected dot = dot_slowly(q, v[0], dim), l2 = l2_slowly(q, v[0], dim);
    CHECK_NEAR(kernel_f32_dot_exact(q, v[0], dim), dot.value, dot.tolerance * 1e-8);
    CHECK_NEAR(kernel_f32_l2_exact(q, v[0], dim), l2.value, l2.tolerance * 1e-8);
    for (int i = 0; i < 5; i++)
        mem_free(blocks[i]);
}

TEST(agrees_with_double_precision_for_small_dims)
{
    struct random r = random_from(10);
    for (uint32_t dim = 1; dim <= 70; dim++)
        check_kernels(&r, dim, 0);
}

TEST(agrees_with_double_precision_for_large_dims)
{
    struct random r = random_from(11);
    for (size_t i = 0; i < COUNT(large_dims); i++)
        check_kernels(&r, large_dims[i], 0);
}

TEST(vectors_may_stand_anywhere)
{
    struct random r = random_from(12);
    for (uint32_t shift = 1; shift < 16; shift++)
        for (uint32_t dim = 1; dim <= 40; dim += 3)
            check_kernels(&r, dim, shift);
}

TEST(nothing_is_read_past_the_end)
{
    for (uint32_t dim = 1; dim <= 40; dim++) {
        float *q = mem_array(dim, sizeof *q), *row = mem_array(dim, sizeof *row), out[4];
        if (CHECK(q && row)) {
            for (uint32_t i = 0; i < dim; i++)
                q[i] = row[i] = 2;
            const float *rows[4] = {row, row, row, row};
            kernel_f32_dot_four(q, rows, dim, out);
            CHECK_NEAR(out[3], 4 * dim, 0);
            kernel_f32_l2_four(q, rows, dim, out);
            CHECK_NEAR(out[3], 0, 0);
            CHECK_NEAR(kernel_f32_dot(q, row, dim), 4 * dim, 0);
            CHECK_NEAR(kernel_f32_dot_exact(q, row, dim), 4 * dim, 0);
            CHECK_NEAR(kernel_f32_l2_exact(q, row, dim), 0, 0);
        }
        mem_free(q);
        mem_free(row);
    }
}

TEST(each_answer_belongs_to_its_row)
{
    const float q[9] = {1, 0, 0, 0, 0, 0, 0, 0, 2}, a[9] = {1}, b[9] = {2}, c[9] = {0},
                d[9] = {0, 0, 0, 0, 0, 0, 0, 0, 3};
    const float *rows[4] = {a, b, c, d};
    static const float dots[4] = {1, 2, 0, 6}, l2s[4] = {4, 5, 5, 2};
    float out[4];
    kernel_f32_dot_four(q, rows, 9, out);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(out[i], dots[i], 0);
    kernel_f32_l2_four(q, rows, 9, out);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(out[i], l2s[i], 0);
}

TEST(a_row_may_be_the_query_and_stand_twice)
{
    const float q[3] = {1, 2, 3}, other[3] = {1, 2, 5};
    const float *rows[4] = {q, other, other, q};
    float out[4];
    kernel_f32_l2_four(q, rows, 3, out);
    CHECK(out[0] == 0 && out[1] == 4 && out[2] == 4 && out[3] == 0);
}

TEST(a_row_gets_the_same_answer_in_every_place)
{
    struct random r = random_from(13);
    float q[77], v[77], first[4], out[4];
    random_floats(&r, q, 77);
    random_floats(&r, v, 77);
    const float *rows[4] = {v, v, v, v};
    kernel_f32_dot_four(q, rows, 77, first);
    for (int i = 1; i < 4; i++)
        CHECK(first[i] == first[0]);
    kernel_f32_l2_four(q, rows, 77, out);
    for (int i = 1; i < 4; i++)
        CHECK(out[i] == out[0]);
}

TEST(exact_sums_do_not_overflow)
{
    const float a[2] = {3e38f, 3e38f}, b[2] = {-3e38f, 3e38f};
    CHECK_NEAR(kernel_f32_dot_exact(a, a, 2) / 1.8e77, 1, 1e-6);
    CHECK_NEAR(kernel_f32_dot_exact(a, b, 2), 0, 0);
    CHECK_NEAR(kernel_f32_l2_exact(a, b, 2) / 3.6e77, 1, 1e-6);
}

TEST(no_numbers_sum_to_zero)
{
    const float *rows[4] = {0};
    float out[4] = {1, 1, 1, 1};
    kernel_f32_dot_four(NULL, rows, 0, out);
    CHECK(out[0] == 0 && out[3] == 0);
    CHECK(kernel_f32_dot(NULL, NULL, 0) == 0);
    CHECK(kernel_f32_dot_exact(NULL, NULL, 0) == 0);
}
