#include "index/scorer.h"

#include <float.h>

#include "base/error.h"
#include "disk_vectors.h"
#include "kernel/kernel.h"
#include "random.h"
#include "unit.h"

enum { N_ROWS = 50 };

/* n vectors of random numbers up to size. */
static struct vectors *random_vectors(struct random *r, uint32_t dim, float size)
{
    struct vectors *v = NULL;
    if (!CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, dim, 4), MVL_OK) ||
        !CHECK_EQ_INT(vectors_reserve(v, N_ROWS), MVL_OK))
        return v;
    for (uint32_t row = 0; row < N_ROWS; row++) {
        random_floats(r, vectors_slot(v, row), dim);
        for (uint32_t i = 0; i < dim; i++)
            ((float *)vectors_slot(v, row))[i] *= size;
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
        for (int m = 0; m < N_FLOAT_METRICS; m++)
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
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct scorer s;
        float orders[4];
        scorer_init(&s, v, (enum metric)m, vectors_row(v, 9));
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_OK);
        for (int i = 0; i < 4; i++)
            CHECK(!isnan(orders[i]));
    }
    vectors_destroy(v);
}

TEST(orders_are_the_same_wherever_rows_are)
{
    struct random r = random_from(22);
    struct vectors *all = random_vectors(&r, 33, 1);
    for (uint32_t budget = 0; budget < 4; budget++) {
        struct disk d;
        struct vectors *v = NULL;
        if (!CHECK_EQ_INT(disk_vectors(&d, all, budget, &v), MVL_OK))
            continue;
        for (int i = 0; i < 500; i++) {
            uint32_t rows[4];
            float query[33], expected[4], orders[4];
            struct scorer here, there;
            enum metric m = (enum metric)random_below(&r, N_FLOAT_METRICS);
            random_floats(&r, query, 33);
            for (int k = 0; k < 4; k++) /* often of one chunk, which is then read whole, twice the same too */
                rows[k] = i % 2 ? random_below(&r, N_ROWS) : (uint32_t)i % 32 + random_below(&r, 4);
            scorer_init(&here, all, m, query);
            scorer_init(&there, v, m, query);
            CHECK_EQ_INT(scorer_four(&here, rows, expected), MVL_OK);
            CHECK_EQ_INT(scorer_four(&there, rows, orders), MVL_OK);
            CHECK(floats_are(orders, expected, 4));
        }
        CHECK(d.n_rows_read > 0 && d.n_chunks_read > 0);
        vectors_destroy(v);
    }
    vectors_destroy(all);
}

TEST(a_row_that_cannot_be_read_is_an_error)
{
    struct random r = random_from(23);
    struct vectors *all = random_vectors(&r, 8, 1), *v = NULL;
    struct disk d;
    struct scorer s;
    const uint32_t rows[4] = {1, 20, 3, 40};
    float orders[4];
    if (CHECK_EQ_INT(disk_vectors(&d, all, 9, &v), MVL_OK) && CHECK_EQ_INT(vectors_bring(v, 0), MVL_OK)) {
        scorer_init(&s, v, METRIC_IP, vectors_row(all, 9));
        d.row_fails = MVL_IO;
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_IO);
        d.row_fails = MVL_OK;
        CHECK_EQ_INT(scorer_four(&s, rows, orders), MVL_OK);
    }
    vectors_destroy(v);
    vectors_destroy(all);
}
