/* Rows of small elements beside their twins in floats: searches and codes cannot tell them apart. */
#include "base/half.h"
#include "base/mem.h"
#include "disk_vectors.h"
#include "faults.h"
#include "index/flat.h"
#include "index/scan.h"
#include "random.h"

enum { DIM = 37, N = 2300, SHIFT = 8 };

static const enum vector_format formats[] = {VECTOR_F16, VECTOR_BF16, VECTOR_I8};

/* An element at random, and what it stands for. */
static float put_random(struct random *r, enum vector_format format, void *row, uint32_t i)
{
    float x = random_float(r);
    switch (format) {
    case VECTOR_F16: return float16_value(((uint16_t *)row)[i] = float16_of((double)x));
    case VECTOR_BF16: return bfloat16_value(((uint16_t *)row)[i] = bfloat16_of((double)x));
    case VECTOR_I8: return ((int8_t *)row)[i] = (int8_t)(x * 127);
    case VECTOR_F32:
    case VECTOR_BITS: break;
    }
    return ((float *)row)[i] = x;
}

struct twins {
    struct vectors *small, *wide;
};

static int twins_create(struct twins *t, enum vector_format format)
{
    struct random r = random_from(format + 1);
    *t = (struct twins){0};
    TRY(vectors_create(&t->small, format, DIM, SHIFT));
    TRY(vectors_create(&t->wide, VECTOR_F32, DIM, SHIFT));
    TRY(vectors_reserve(t->small, N));
    TRY(vectors_reserve(t->wide, N));
    for (uint32_t row = 0; row < N; row++)
        for (uint32_t i = 0; i < DIM; i++)
            ((float *)vectors_slot(t->wide, row))[i] = put_random(&r, format, vectors_slot(t->small, row), i);
    vectors_publish(t->small, 0, N, NULL);
    vectors_publish(t->wide, 0, N, NULL);
    return MVL_OK;
}

static void twins_destroy(struct twins *t)
{
    vectors_destroy(t->small);
    vectors_destroy(t->wide);
}

static void search(const struct index_ops *ops, const struct index *ix, const struct vectors *wide,
                   enum metric m, struct topk *out)
{
    struct index_query q = {
        .vector = vectors_row(wide, 17), .metric = m, .nearest = -INFINITY, .farthest = INFINITY};
    CHECK_EQ_INT(topk_init(out, 30), MVL_OK);
    CHECK_EQ_INT(ops->search(ix, &q, out), MVL_OK);
    topk_sort(out);
}

/* The same rows with the same orders, by this index, from the small ones and from their twins. */
static void check_same(const struct index_ops *ops, const struct vectors *small, const struct vectors *wide)
{
    for (unsigned m = METRIC_COSINE; m <= METRIC_L2; m++) {
        struct index *a = NULL, *b = NULL;
        struct topk x, y;
        CHECK_EQ_INT(ops->create(&a, small, (enum metric)m, &(struct index_settings){0}), MVL_OK);
        CHECK_EQ_INT(ops->create(&b, wide, (enum metric)m, &(struct index_settings){0}), MVL_OK);
        if (ops->maintain) {
            CHECK_EQ_INT(ops->maintain(a, UINT32_MAX / 2), MVL_OK);
            CHECK_EQ_INT(ops->maintain(b, UINT32_MAX / 2), MVL_OK);
        }
        search(ops, a, wide, (enum metric)m, &x);
        search(ops, b, wide, (enum metric)m, &y);
        CHECK_EQ_INT(x.n, y.n);
        for (uint32_t i = 0; i < x.n; i++)
            CHECK(x.entries[i].row == y.entries[i].row && x.entries[i].order == y.entries[i].order);
        topk_fini(&x);
        topk_fini(&y);
        ops->destroy(a);
        ops->destroy(b);
    }
}

TEST(searches_find_what_they_find_in_floats)
{
    for (size_t f = 0; f < COUNT(formats); f++) {
        struct twins t;
        CHECK_EQ_INT(twins_create(&t, formats[f]), MVL_OK);
        check_same(&flat_ops, t.small, t.wide);
        check_same(&scan_ops, t.small, t.wide);
        twins_destroy(&t);
    }
}

TEST(rows_on_disk_are_the_same)
{
    for (size_t f = 0; f < COUNT(formats); f++) {
        for (uint32_t n_chunks = 0; n_chunks < 4; n_chunks += 3) {
            struct twins t;
            struct disk d;
            struct vectors *v = NULL;
            CHECK_EQ_INT(twins_create(&t, formats[f]), MVL_OK);
            CHECK_EQ_INT(disk_vectors(&d, t.small, n_chunks, &v), MVL_OK);
            check_same(&flat_ops, v, t.wide);
            check_same(&scan_ops, v, t.wide);
            CHECK(d.budget.used <= d.budget.limit);
            uint8_t row[DIM * 2];
            CHECK_EQ_INT(vectors_copy(v, 99, row), MVL_OK);
            CHECK(memcmp(row, vectors_slot(t.small, 99), v->row_bytes) == 0);
            d.row_fails = MVL_IO;
            d.chunk_fails = MVL_IO;
            CHECK_EQ_INT(vectors_copy(v, 1200, row), MVL_IO);
            vectors_destroy(v);
            twins_destroy(&t);
        }
    }
}

TEST(memory_is_what_the_format_takes)
{
    static const uint32_t bytes[] = {2, 2, 1};
    for (size_t f = 0; f < COUNT(formats); f++) {
        struct twins t;
        CHECK_EQ_INT(twins_create(&t, formats[f]), MVL_OK);
        CHECK_EQ_INT(t.small->row_bytes, bytes[f] * DIM);
        CHECK_EQ_INT(vectors_bytes(t.wide) - vectors_bytes(t.small),
                     (uint64_t)(4 - bytes[f]) * DIM * (t.small->n_chunks << SHIFT) -
                         COUNT(t.small->buffers) * DIM * sizeof(float));
        twins_destroy(&t);
    }
}

static int create_twins(void *context)
{
    struct twins t;
    int rc = twins_create(&t, *(const enum vector_format *)context);
    twins_destroy(&t);
    return rc;
}

TEST(each_allocation_may_fail)
{
    enum vector_format format = VECTOR_BF16;
    CHECK(each_allocation_fails(create_twins, &format) > 0);
}
