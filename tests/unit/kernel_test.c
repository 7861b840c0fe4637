#include "kernel/kernel.h"

#include <float.h>

#include "random.h"
#include "unit.h"

enum { DIM = 100 };

static double cosine_slowly(const float *a, const float *b, uint32_t dim)
{
    double ab = 0, aa = 0, bb = 0;
    for (uint32_t i = 0; i < dim; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

TEST(distances_are_those_of_milvus)
{
    const float a[2] = {3, 4}, b[2] = {4, 3};
    CHECK_NEAR(kernel_distance(METRIC_L2, a, b, 2), 2, 0); /* squared */
    CHECK_NEAR(kernel_distance(METRIC_IP, a, b, 2), 24, 0);
    CHECK_NEAR(kernel_distance(METRIC_COSINE, a, b, 2), 0.96, 1e-15);
}

TEST(cosine_agrees_with_the_definition)
{
    struct random r = random_from(14);
    for (uint32_t dim = 1; dim <= DIM; dim++) {
        float a[DIM], b[DIM];
        random_floats(&r, a, dim);
        random_floats(&r, b, dim);
        CHECK_NEAR(kernel_distance(METRIC_COSINE, a, b, dim), cosine_slowly(a, b, dim), 1e-12);
    }
}

TEST(cosine_stays_within_its_range)
{
    struct random r = random_from(15);
    for (int i = 0; i < 2000; i++) {
        float a[7], b[7], c[7];
        random_floats(&r, a, 7);
        float factor = random_float(&r) * 100;
        for (int k = 0; k < 7; k++) {
            b[k] = a[k] * factor;
            c[k] = -b[k];
        }
        double same = kernel_distance(METRIC_COSINE, a, b, 7),
               opposite = kernel_distance(METRIC_COSINE, a, c, 7);
        CHECK(same <= 1 && same >= -1 && fabs(same) > 0.999999);
        CHECK(opposite <= 1 && opposite >= -1 && opposite == -same);
    }
}

TEST(cosine_of_a_zero_vector_is_zero)
{
    const float zero[3] = {0, -0.0f, 0}, v[3] = {1, 2, 3};
    CHECK_NEAR(kernel_distance(METRIC_COSINE, zero, v, 3), 0, 0);
    CHECK_NEAR(kernel_distance(METRIC_COSINE, v, zero, 3), 0, 0);
    CHECK_NEAR(kernel_distance(METRIC_COSINE, zero, zero, 3), 0, 0);
    CHECK_NEAR(kernel_inverse_norm(zero, 3), 0, 0);
}

TEST(cosine_holds_for_the_largest_and_smallest_floats)
{
    static const float sizes[] = {FLT_MAX, 1e20f, 1e-20f, FLT_MIN, 1e-42f};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        const float a[2] = {sizes[i], 0}, b[2] = {sizes[i], sizes[i]}, unit[2] = {1, 0};
        CHECK_NEAR(kernel_distance(METRIC_COSINE, a, b, 2), sqrt(0.5), 1e-12);
        CHECK_NEAR(kernel_distance(METRIC_COSINE, a, unit, 2), 1, 1e-12);
        CHECK_NEAR(kernel_distance(METRIC_COSINE, unit, b, 2), sqrt(0.5), 1e-12);
    }
}

TEST(inverse_norm_is_one_over_the_length)
{
    struct random r = random_from(16);
    static const float sizes[] = {1, 1e30f, 1e19f, 1e-19f, 1e-30f};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (uint32_t dim = 1; dim <= DIM; dim++) {
            float v[DIM];
            double sum = 0;
            random_floats(&r, v, dim);
            for (uint32_t k = 0; k < dim; k++) {
                v[k] *= sizes[i];
                sum += (double)v[k] * (double)v[k];
            }
            CHECK_NEAR((double)kernel_inverse_norm(v, dim) * sqrt(sum), 1, 1e-5);
        }
    }
}

TEST(a_nearer_vector_has_a_smaller_order)
{
    const float q[2] = {1, 0}, near[2] = {0.9f, 0.1f}, far[2] = {-1, 0.5f};
    for (int i = 0; i < N_FLOAT_METRICS; i++) {
        enum metric m = (enum metric)i;
        CHECK(kernel_order_of_distance(m, kernel_distance(m, q, near, 2)) <
              kernel_order_of_distance(m, kernel_distance(m, q, far, 2)));
    }
}

TEST(orders_and_distances_are_each_others_inverse)
{
    static const double values[] = {0, 1, -1, 0.1, -123.456, 1e300, INFINITY, -INFINITY};
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        for (size_t i = 0; i < COUNT(values); i++) {
            double order = kernel_order_of_distance((enum metric)m, values[i]);
            CHECK_NEAR(kernel_distance_of_order((enum metric)m, order), values[i], 0);
        }
    }
    CHECK_NEAR(kernel_order_of_distance(METRIC_L2, 3), 3, 0);
    CHECK_NEAR(kernel_order_of_distance(METRIC_IP, 3), -3, 0);
    CHECK_NEAR(kernel_order_of_distance(METRIC_COSINE, 0.5), -0.5, 0);
}

TEST(each_metric_has_the_kernel_it_is_computed_from)
{
    const float q[2] = {1, 2}, v[2] = {3, 6};
    const void *const rows[4] = {v, v, v, v};
    float out[4];
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        const struct kernel *k = kernel_of((enum metric)m);
        k->four(q, rows, 2, out);
        CHECK_NEAR(out[2], m == METRIC_L2 ? 20 : 15, 0);
        CHECK(k->is_dot == (m != METRIC_L2));
        CHECK(k->by_row_norm == (m == METRIC_COSINE));
    }
}
