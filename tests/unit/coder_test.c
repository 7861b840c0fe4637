#include "index/coder.h"

#include <math.h>

#include "base/error.h"
#include "faults.h"
#include "kernel/kernel.h"
#include "random.h"
#include "unit.h"

enum { DIM = 70, N = 300 };

static struct vectors *vectors_about(float mean, uint32_t n)
{
    struct random r = random_from(7);
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 5), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, n), MVL_OK))
        return v;
    for (uint32_t row = 0; row < n; row++) {
        random_floats(&r, vectors_slot(v, row), DIM);
        for (uint32_t i = 0; i < DIM; i++)
            ((float *)vectors_slot(v, row))[i] += mean;
    }
    vectors_publish(v, 0, n, NULL);
    return v;
}

static double product(const float *a, const float *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

TEST(rotated_rows_and_queries_keep_their_products)
{
    struct vectors *v = vectors_about(0.5f, N);
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct coder c;
        struct coded_query q = {0};
        struct bit_row row;
        const float *query = vectors_row(v, 11);
        if (CHECK_EQ_INT(coder_init(&c, v, (enum metric)m), MVL_OK) &&
            CHECK_EQ_INT(coder_take_centre(&c), MVL_OK) &&
            CHECK_EQ_INT(coded_query_init(&q, &c, query), MVL_OK) &&
            CHECK_EQ_INT(coder_row(&c, 5, &row), MVL_OK)) {
            double expected = kernel_order_of_distance(
                (enum metric)m, kernel_distance((enum metric)m, query, vectors_row(v, 5), DIM));
            double order = (double)row.constant + (double)row.factor * product(q.rotated, row.rotated, c.n);
            order += c.is_dot ? 0 : (double)(q.length * q.length);
            CHECK_NEAR(order, expected, 1e-3);
        }
        coded_query_fini(&q);
        coder_fini(&c);
    }
    vectors_destroy(v);
}

TEST(centre_is_the_mean)
{
    struct vectors *v = vectors_about(3, N);
    struct coder c;
    if (CHECK_EQ_INT(coder_init(&c, v, METRIC_L2), MVL_OK) && CHECK_EQ_INT(coder_take_centre(&c), MVL_OK))
        CHECK_NEAR(sqrt(product(c.centre, c.centre, c.n) / DIM), 3, 0.1);
    coder_fini(&c);
    vectors_destroy(v);
}

TEST(a_centre_is_outgrown_by_four_times_the_rows)
{
    struct vectors *v = vectors_about(0, N);
    struct coder c;
    if (CHECK_EQ_INT(coder_init(&c, v, METRIC_IP), MVL_OK)) {
        CHECK(!coder_is_outgrown(&c));
        CHECK_EQ_INT(coder_take_centre(&c), MVL_OK);
        CHECK(!coder_is_outgrown(&c));
        if (CHECK_EQ_INT(vectors_reserve(v, 4 * N), MVL_OK)) {
            memset(vectors_slot(v, N), 0, sizeof(float) * DIM);
            static const uint8_t none[4 * N / 8 + 1];
            vectors_publish(v, N, 3 * N, none);
            CHECK(coder_is_outgrown(&c));
        }
    }
    coder_fini(&c);
    vectors_destroy(v);
}

TEST(queries_that_floats_cannot_multiply_are_told)
{
    CHECK(coder_can_estimate(1));
    CHECK(!coder_can_estimate(0));
    CHECK(!coder_can_estimate(1e20f));
    CHECK(!coder_can_estimate(INFINITY));
    CHECK(!coder_can_estimate(NAN));
}

static int init_one(void *context)
{
    struct coder c;
    struct coded_query q = {0};
    int rc = coder_init(&c, context, METRIC_COSINE);
    if (rc == MVL_OK)
        rc = coder_take_centre(&c);
    if (rc == MVL_OK)
        rc = coded_query_init(&q, &c, vectors_row(context, 0));
    coded_query_fini(&q);
    coder_fini(&c);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct vectors *v = vectors_about(0, 10);
    CHECK(each_allocation_fails(init_one, v) >= 5);
    vectors_destroy(v);
}
