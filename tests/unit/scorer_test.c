#include "index/scorer.h"

#include <float.h>

#include "base/error.h"
#include "kernel/kernel.h"
#include "random.h"
#include "unit.h"

enum { N_ROWS = 50 };

/* n vectors of random numbers up to size. */
static struct vectors *random_vectors(struct random *r, uint32_t dim, float size)
{
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, dim, 4), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, N_ROWS), MVL_OK))
        return v;
    for (uint32_t row = 0; row < N_ROWS; row++) {
        random_floats(r, vectors_slot(v, row), dim);
        for (uint32_t i = 0; i < dim; i++)
            vectors_slot(v, row)[i] *= size;
    }
    vectors_publish(v, 0, N_ROWS, NULL);
    return v;
}

/* Compares the orders of all rows with those of exact distances. */
static void check_orders(const struct vectors *v, enum metric m, const float *query, double tolerance)
{
    struct scorer s;
    scorer_init(&s, v, m, query);
    for (uint32_t row = 0; row < v->n_rows; row++) {
        const uint32_t rows[4] = {row, (row + 7) % v->n_rows, row, (row + 1) % v->n_rows};
        float orders[4];
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_OK);
        for (int i = 0; i < 4; i++) {
            double distance = kernel_distance(m, query, vectors_row(v, rows[i]), v->dim);
            double expected = kernel_order_of_distance(m, distance);
            if (!CHECK_NEAR(orders[i], expected, tolerance))
                printf("# %s, row %u\n", metric_name(m), (unsigned)rows[i]);
        }
    }
}

TEST(orders_agree_with_exact_distances)
{
    struct random r = random_from(18);
    static const uint32_t dims[] = {1, 3, 4, 8, 33, 384};
    for (size_t i = 0; i < COUNT(dims); i++) {
        float query[384];
        struct vectors *v = random_vectors(&r, dims[i], 1);
        random_floats(&r, query, dims[i]);
        for (int m = 0; m < N_METRICS; m++)
            check_orders(v, (enum metric)m, query, 1e-5 * dims[i]);
        vectors_destroy(v);
    }
}

TEST(cosine_does_not_depend_on_lengths)
{
    struct random r = random_from(19);
    static const float sizes[] = {1e38f, 1e25f, 1, 1e-15f, 1e-25f, 1e-38f};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct vectors *v = random_vectors(&r, 20, sizes[i]);
        for (size_t k = 0; k < COUNT(sizes); k++) {
            float query[20];
            random_floats(&r, query, 20);
            for (int n = 0; n < 20; n++)
                query[n] *= sizes[k];
            check_orders(v, METRIC_COSINE, query, 1e-4);
        }
        vectors_destroy(v);
    }
}

TEST(cosine_with_a_zero_vector_is_zero)
{
    struct random r = random_from(20);
    const float zero[8] = {0};
    struct vectors *v = random_vectors(&r, 8, 1);
    check_orders(v, METRIC_COSINE, zero, 0);
    vectors_destroy(v);
    v = random_vectors(&r, 8, 0); /* now the rows are zero */
    const float query[8] = {1, 2, 3};
    check_orders(v, METRIC_COSINE, query, 0);
    check_orders(v, METRIC_COSINE, zero, 0);
    vectors_destroy(v);
}

TEST(every_order_is_a_number)
{
    struct random r = random_from(21);
    struct vectors *v = random_vectors(&r, 20, FLT_MAX);
    const uint32_t rows[4] = {0, 1, 2, 3};
    for (int m = 0; m < N_METRICS; m++) {
        struct scorer s;
        float orders[4];
        scorer_init(&s, v, (enum metric)m, vectors_row(v, 9));
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_OK);
        for (int i = 0; i < 4; i++)
            CHECK(!isnan(orders[i]));
    }
    vectors_destroy(v);
}
