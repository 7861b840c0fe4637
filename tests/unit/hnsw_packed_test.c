#include "index/hnsw_packed.h"

#include "faults.h"
#include "graphs.h"

enum { DIM = 32, N = 2500 };

static struct graph_scene scene_of(void)
{
    struct data d = data_from(170, DIM, 0.2f);
    struct graph_scene s;
    if (CHECK(graph_scene_init(&s, vectors_of(&d, N), METRIC_L2, false, 4, 20)))
        graph_scene_insert(&s, 0, N);
    return s;
}

/* Everything of a graph but its parts, which are packed. change: a byte of the first one is another. */
static int pack(const struct hnsw_graph *from, bool change, struct hnsw_packed *p, struct hnsw_graph *to)
{
    struct writer w = {0};
    uint32_t n_rows = N;
    *p = (struct hnsw_packed){0};
    hnsw_graph_init(to, (struct hnsw_shape){&byte_code, from->n, from->M, from->is_dot, false});
    hnsw_store_write_head(from, N, &w);
    int rc = w.failed ? MVL_NOMEM : hnsw_store_read_head(to, &n_rows, w.p, w.n);
    for (uint32_t part = 0; part < hnsw_store_n_parts(N) && rc == MVL_OK; part++) {
        w.n = 0;
        hnsw_store_write(from, N, part, &w);
        if (change && part == 0 && !w.failed)
            w.p[11] = 255; /* of a neighbour */
        rc = w.failed ? MVL_NOMEM : hnsw_packed_add(p, w.p, w.n);
    }
    writer_fini(&w);
    return rc;
}

static void check_equal(const struct hnsw_graph *a, const struct hnsw_graph *b)
{
    struct writer first = {0}, second = {0};
    for (uint32_t part = 0; part < hnsw_store_n_parts(N); part++) {
        hnsw_store_write(a, N, part, &first);
        hnsw_store_write(b, N, part, &second);
    }
    if (CHECK(first.p && second.p && first.n == second.n))
        CHECK(memcmp(first.p, second.p, first.n) == 0);
    writer_fini(&first);
    writer_fini(&second);
}

TEST(is_unpacked_in_slices)
{
    static const uint32_t efforts[] = {1, 100, 4000, UINT32_MAX};
    struct graph_scene s = scene_of();
    for (size_t i = 0; i < COUNT(efforts); i++) {
        struct hnsw_packed p;
        struct hnsw_graph g;
        CHECK_EQ_INT(pack(&s.g, false, &p, &g), MVL_OK);
        CHECK(hnsw_is_packed(&p) && hnsw_packed_bytes(&p) > (size_t)N * 4);
        uint64_t work = hnsw_packed_work(&p, &g), slices = 0;
        for (; hnsw_is_packed(&p) && CHECK(slices < 5000); slices++) {
            CHECK_EQ_INT(hnsw_unpack(&p, &g, N, efforts[i]), MVL_OK);
            uint64_t left = hnsw_packed_work(&p, &g);
            CHECK(left < work + N); /* nodes are known when they are unpacked */
            work = left;
        }
        CHECK(slices >= (efforts[i] < 4000 ? 4 : 1));
        CHECK(hnsw_packed_work(&p, &g) == 0 && hnsw_packed_bytes(&p) == 0);
        check_equal(&g, &s.g);
        hnsw_packed_fini(&p);
        hnsw_graph_fini(&g);
    }
    graph_scene_fini(&s);
}

TEST(versions_are_the_same_before_and_after)
{
    struct graph_scene s = scene_of();
    struct hnsw_packed p;
    struct hnsw_graph g;
    CHECK_EQ_INT(pack(&s.g, false, &p, &g), MVL_OK);
    uint64_t first = hnsw_store_version(&g, 0), last = hnsw_store_version(&g, 2);
    while (hnsw_is_packed(&p) && CHECK_EQ_INT(hnsw_unpack(&p, &g, N, 3000), MVL_OK))
        CHECK(hnsw_store_version(&g, 0) == first && hnsw_store_version(&g, 2) == last);
    hnsw_graph_fini(&g);
    graph_scene_fini(&s);
}

TEST(damage_is_found_when_it_is_unpacked)
{
    struct graph_scene s = scene_of();
    struct hnsw_packed p;
    struct hnsw_graph g;
    CHECK_EQ_INT(pack(&s.g, true, &p, &g), MVL_OK);
    int rc = MVL_OK;
    while (hnsw_is_packed(&p) && rc == MVL_OK)
        rc = hnsw_unpack(&p, &g, N, 1000);
    CHECK_EQ_INT(rc, MVL_DAMAGED);
    hnsw_packed_fini(&p);
    hnsw_graph_fini(&g);
    graph_scene_fini(&s);
}

static int pack_and_unpack(void *context)
{
    struct hnsw_packed p;
    struct hnsw_graph g;
    int rc = pack(context, false, &p, &g);
    if (rc == MVL_OK)
        rc = hnsw_unpack(&p, &g, N, UINT32_MAX);
    hnsw_packed_fini(&p);
    hnsw_graph_fini(&g);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct graph_scene s = scene_of();
    CHECK(each_allocation_fails(pack_and_unpack, &s.g) > 20);
    graph_scene_fini(&s);
}
