#include "index/postings.h"

#include <stdlib.h>

#include "faults.h"
#include "random.h"

enum { N = 20000, MOST = 12, INDICES = 300 }; /* several blocks */

struct scene {
    struct vectors *vectors;
    struct index *ix;
    float (*dense)[INDICES]; /* owned [N]: the twin */
};

static uint8_t *put(uint8_t *to, uint32_t index, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_set_u32(to, index);
    bytes_set_u32(to + 4, bits);
    return to + SPARSE_PAIR_BYTES;
}

/* A vector at random, and its twin. */
static struct sparse_vector make(struct random *r, uint8_t *bytes, float dense[INDICES])
{
    uint8_t *to = bytes;
    uint32_t n = random_below(r, MOST);
    for (uint32_t i = random_below(r, 20); i < INDICES && n > 0; i += 1 + random_below(r, 60), n--) {
        dense[i] = random_float(r);
        to = put(to, i * 7919, dense[i]);
    }
    struct sparse_vector v;
    CHECK(sparse_read(bytes, (size_t)(to - bytes), &v));
    return v;
}

static int scene_create(struct scene *s, uint32_t n)
{
    struct random r = random_from(31);
    *s = (struct scene){.dense = calloc(n, sizeof *s->dense)};
    TRY(vectors_create(&s->vectors, VECTOR_F32, 0, 0));
    TRY(postings_ops.create(&s->ix, s->vectors, METRIC_IP, NULL));
    TRY(bitmap_reserve(&s->vectors->present, n));
    bitmap_extend(&s->vectors->present, n);
    for (uint32_t row = 0; row < n; row++) {
        uint8_t bytes[MOST * SPARSE_PAIR_BYTES];
        struct sparse_vector v = make(&r, bytes, s->dense[row]);
        TRY(postings_add(s->ix, row, &v));
        if (row % 10 != 3)
            bitmap_set(&s->vectors->present, row);
    }
    return MVL_OK;
}

static void scene_destroy(struct scene *s)
{
    postings_ops.destroy(s->ix);
    vectors_destroy(s->vectors);
    free(s->dense);
}

static double product(const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < INDICES; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

TEST(products_are_those_of_all_rows)
{
    struct scene s;
    struct random r = random_from(5);
    CHECK_EQ_INT(scene_create(&s, N), MVL_OK);
    for (int round = 0; round < 10; round++) {
        uint8_t bytes[MOST * SPARSE_PAIR_BYTES];
        float dense[INDICES] = {0};
        struct sparse_vector v = make(&r, bytes, dense);
        struct topk found;
        CHECK_EQ_INT(topk_init(&found, N), MVL_OK);
        struct index_query q = {.vector = &v,
                                .metric = METRIC_IP,
                                .allow = round % 2 ? &s.vectors->present : NULL,
                                .nearest = -INFINITY,
                                .farthest = INFINITY};
        CHECK_EQ_INT(postings_ops.search(s.ix, &q, &found), MVL_OK);
        uint32_t n_expected = 0;
        for (uint32_t row = 0; row < N; row++)
            n_expected += row % 10 != 3 && product(dense, s.dense[row]) != 0;
        CHECK_EQ_INT(found.n, n_expected);
        for (uint32_t i = 0; i < found.n; i++)
            CHECK(-found.entries[i].order == (float)product(dense, s.dense[found.entries[i].row]));
        topk_fini(&found);
    }
    CHECK(postings_ops.bytes(s.ix) > 8 * N);
    scene_destroy(&s);
}

TEST(ranges_and_limits_hold)
{
    struct scene s;
    struct random r = random_from(6);
    uint8_t bytes[MOST * SPARSE_PAIR_BYTES];
    float dense[INDICES] = {0};
    struct topk found;
    CHECK_EQ_INT(scene_create(&s, N), MVL_OK);
    struct sparse_vector v = make(&r, bytes, dense);
    struct index_query q = {.vector = &v, .metric = METRIC_IP, .nearest = -0.5, .farthest = -0.1};
    CHECK_EQ_INT(topk_init(&found, 7), MVL_OK);
    CHECK_EQ_INT(postings_ops.search(s.ix, &q, &found), MVL_OK);
    CHECK_EQ_INT(found.n, 7);
    for (uint32_t i = 0; i < found.n; i++)
        CHECK((double)found.entries[i].order >= -0.5 && (double)found.entries[i].order <= -0.1);
    topk_fini(&found);
    scene_destroy(&s);
}

static int create_and_search(void *context)
{
    struct scene s;
    uint8_t bytes[SPARSE_PAIR_BYTES];
    struct topk found = {0};
    (void)context;
    int rc = scene_create(&s, 40);
    put(bytes, 7919, 1);
    struct sparse_vector v = {bytes, 1};
    struct index_query q = {.vector = &v, .metric = METRIC_IP, .nearest = -INFINITY, .farthest = INFINITY};
    if (rc == MVL_OK)
        rc = topk_init(&found, 5);
    if (rc == MVL_OK)
        rc = postings_ops.search(s.ix, &q, &found);
    topk_fini(&found);
    scene_destroy(&s);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(create_and_search, NULL) > 0);
}
