#include "index/hnsw_build.h"

#include "faults.h"
#include "graphs.h"
#include "kernel/nibble_code.h"

enum { DIM = 64, N = 2048, K = 10 };

static void build_coded(struct graph_scene *s, const struct row_code *code, uint64_t seed, enum metric m,
                        bool has_blocks, uint32_t M, uint32_t ef_construction, uint32_t n)
{
    struct data d = data_from(seed, DIM, m == METRIC_IP ? 1 : 0.2f);
    if (graph_scene_init_coded(s, code, vectors_of(&d, N), m, has_blocks, M, ef_construction))
        graph_scene_insert(s, 0, n);
}

static void build(struct graph_scene *s, uint64_t seed, enum metric m, bool has_blocks, uint32_t M,
                  uint32_t ef_construction, uint32_t n)
{
    build_coded(s, &byte_code, seed, m, has_blocks, M, ef_construction, n);
}

/* The share of an exact search's K nearest that are among the nearest 3 * K the graph finds. */
static double recall(struct graph_scene *s, enum metric m, struct data *d, uint32_t ef, uint32_t n_queries)
{
    uint32_t n_common = 0;
    for (uint32_t i = 0; i < n_queries; i++) {
        float query[DIM];
        data_next(d, query);
        struct index_query q = query_of(query, m);
        q.allow = &s->g.nodes;
        struct topk expected = search_exactly(s->v, &q, K), nearest = {0};
        struct hnsw_found found = graph_scene_search(s, query, ef);
        if (CHECK_EQ_INT(topk_init(&nearest, 3 * K), MVL_OK))
            for (uint32_t k = 0; k < found.n; k++)
                topk_push(&nearest, found.entries[k].order, found.entries[k].row);
        for (uint32_t k = 0; k < nearest.n; k++)
            for (uint32_t j = 0; j < expected.n; j++)
                n_common += nearest.entries[k].row == expected.entries[j].row;
        topk_fini(&nearest);
        topk_fini(&expected);
    }
    return (double)n_common / (n_queries * K);
}

/* Each row is looked for by its own vector. */
static uint32_t count_found(struct graph_scene *s, uint32_t ef)
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < s->g.nodes.n; row++) {
        if (!bitmap_test(&s->g.nodes, row) || !bitmap_test(&s->v->present, row))
            continue;
        struct hnsw_found found = graph_scene_search(s, vectors_row(s->v, row), ef);
        for (uint32_t i = 0; i < found.n; i++)
            n += found.entries[i].row == row;
    }
    return n;
}

static void check_built(const struct hnsw_graph *g)
{
    check_graph(g, NULL);
    check_no_neighbor_twice(g);
}

/* ---- building ---- */

TEST(graphs_find_the_nearest_by_every_metric)
{
    for (int kind = 0; kind < 2 * N_FLOAT_METRICS; kind++) {
        enum metric m = (enum metric)(kind / 2);
        struct graph_scene s;
        build(&s, 130, m, kind % 2, 16, 64, 1200);
        struct data d = data_from(130, DIM, 0.5f);
        check_built(&s.g);
        CHECK_EQ_INT(s.g.n_nodes, 1200);
        double share = recall(&s, m, &d, 64, 20);
        if (!CHECK(share >= 0.95))
            printf("# recall %.3f by %s\n", share, metric_name(m));
        /* few of the shortest rows are nearest to anything by products */
        CHECK(count_reachable(&s.g) >= (m == METRIC_IP ? 1200 * 0.98 : 1200));
        graph_scene_fini(&s);
    }
}

TEST(graphs_may_have_few_or_many_links)
{
    static const uint32_t Ms[] = {2, 3, 5, 16, 40};
    static const double least[] = {0.4, 0.9, 0.95, 0.99, 0.99}, least_reachable[] = {0.75, 0.95, 1, 1, 1};
    for (size_t i = 0; i < COUNT(Ms); i++) {
        for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
            struct graph_scene s;
            build(&s, 131, METRIC_L2, has_blocks, Ms[i], 40, 500);
            struct data d = data_from(131, DIM, 0.2f);
            check_built(&s.g);
            uint32_t n_reachable = count_reachable(&s.g);
            double share = recall(&s, METRIC_L2, &d, 64, 20);
            if (!CHECK(share >= least[i]) || !CHECK(n_reachable >= 500 * least_reachable[i]))
                printf("# M %u: recall %.3f, %u rows are reachable\n", (unsigned)Ms[i], share,
                       (unsigned)n_reachable);
            graph_scene_fini(&s);
        }
    }
}

TEST(a_graph_is_whole_after_every_row)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct graph_scene s;
        build(&s, 132, (enum metric)m, true, 3, 10, 0);
        check_built(&s.g);
        for (uint32_t row = 0; row < 150; row++) {
            graph_scene_insert(&s, row, 1);
            check_built(&s.g);
            CHECK_EQ_INT(s.g.n_nodes, row + 1);
            CHECK(m == METRIC_IP || count_reachable(&s.g) == row + 1);
        }
        graph_scene_fini(&s);
    }
}

TEST(rows_that_are_not_there_are_no_nodes)
{
    struct graph_scene s;
    build(&s, 133, METRIC_COSINE, false, 5, 20, 100);
    for (uint32_t row = 100; row < 600; row += 1 + row % 3)
        vectors_remove(s.v, row);
    vectors_remove(s.v, 640);
    graph_scene_insert(&s, 100, 500);
    graph_scene_insert(&s, 1500, 300); /* whole chunks are left out */
    for (uint32_t row = 0; row < N; row++)
        CHECK(bitmap_test(&s.g.nodes, row) ==
              (bitmap_test(&s.v->present, row) && (row < 600 || (row >= 1500 && row < 1800))));
    check_built(&s.g);
    CHECK_EQ_INT(count_reachable(&s.g), s.g.n_nodes);
    graph_scene_fini(&s);
}

TEST(two_builds_are_equal)
{
    for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
        struct graph_scene a;
        build(&a, 134, METRIC_COSINE, has_blocks, 8, 30, 1000);
        struct graph_scene b;
        build(&b, 134, METRIC_COSINE, has_blocks, 8, 30, 500);
        struct data d = data_from(7, DIM, 1);
        recall(&b, METRIC_COSINE, &d, 50, 3); /* searches in between change nothing */
        graph_scene_insert(&b, 500, 500);
        struct writer x = graph_bytes(&a.g), y = graph_bytes(&b.g);
        check_same_bytes(&x, &y);
        graph_scene_fini(&a);
        graph_scene_fini(&b);
    }
}

/* ---- codes ---- */

/* The codes that stand beside a node are those of the rows in its slots, its own that of its vector. */
static void check_codes(struct graph_scene *s, uint32_t row)
{
    struct hnsw_graph *g = &s->g;
    static uint8_t slot_of_graph[8192], slot_of_scan[8192];
    uint8_t *record = hnsw_record(g, row);
    const struct hnsw_node *node = hnsw_node(g, record);
    struct bit_row coded;
    int8_t code[DIM];
    if (!CHECK(bit_block_bytes(g->n) <= sizeof slot_of_scan) ||
        !CHECK_EQ_INT(coder_row(s->b.coder, row, &coded), MVL_OK))
        return;
    CHECK(g->code->put(code, coded.rotated, g->n) == node->scale);
    CHECK(memcmp(code, hnsw_code(record), g->code_bytes) == 0);
    CHECK(coded.constant == node->constant);
    for (uint32_t slot = 0; slot < node->n_used && g->has_blocks; slot++) {
        uint32_t neighbor = hnsw_neighbors(g, record)[slot];
        const uint8_t *block = hnsw_block(g, record, slot / BIT_BLOCK_ROWS);
        bit_block_copy(slot_of_graph, 3, block, slot % BIT_BLOCK_ROWS, g->n);
        bit_block_copy(slot_of_scan, 3, scan_block_of(s->scan, neighbor), neighbor % BIT_BLOCK_ROWS, g->n);
        CHECK(memcmp(slot_of_graph, slot_of_scan, bit_block_bytes(g->n)) == 0);
    }
}

static void check_all_codes(struct graph_scene *s)
{
    for (uint32_t row = 0; row < s->g.nodes.n; row++)
        if (bitmap_test(&s->g.nodes, row))
            check_codes(s, row);
}

TEST(codes_are_those_of_the_neighbors)
{
    static const uint32_t Ms[] = {3, 16, 40};
    for (size_t i = 0; i < COUNT(Ms); i++) {
        struct graph_scene s;
        build(&s, 135, (enum metric)(i % N_FLOAT_METRICS), true, Ms[i], 40, 500);
        check_all_codes(&s);
        graph_scene_fini(&s);
    }
}

TEST(codes_can_be_made_anew)
{
    for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
        struct graph_scene s;
        build(&s, 136, METRIC_L2, has_blocks, 16, 40, 500);
        struct hnsw_graph *g = &s.g;
        for (uint32_t row = 0; row < 500; row++) {
            uint8_t *record = hnsw_record(g, row);
            memset(hnsw_code(record), 1, g->code_bytes);
            hnsw_node(g, record)->scale = hnsw_node(g, record)->constant = 9;
            if (has_blocks)
                memset(hnsw_block(g, record, 0), 1, g->n_blocks * bit_block_bytes(g->n));
        }
        for (uint32_t row = 0; row < 500; row++)
            CHECK_EQ_INT(hnsw_prepare(&s.b, row), MVL_OK);
        check_all_codes(&s);
        struct graph_scene same;
        build(&same, 136, METRIC_L2, has_blocks, 16, 40, 500);
        struct writer x = graph_bytes(g), y = graph_bytes(&same.g);
        check_same_bytes(&x, &y);
        graph_scene_fini(&s);
        graph_scene_fini(&same);
    }
}

TEST(without_blocks_a_graph_goes_on)
{
    struct graph_scene s;
    build(&s, 137, METRIC_COSINE, true, 8, 40, 500);
    struct data d = data_from(137, DIM, 0.2f);
    hnsw_graph_drop_blocks(&s.g);
    graph_scene_insert(&s, 500, 250);
    hnsw_graph_shrink(&s.g, 2);
    graph_scene_insert(&s, 750, 250);
    check_built(&s.g);
    CHECK(recall(&s, METRIC_COSINE, &d, 64, 20) >= 0.95);
    graph_scene_fini(&s);
}

/* ---- equal rows ---- */

static void check_duplicates(const struct row_code *code, enum metric m, bool has_blocks, uint32_t one_in,
                             float value)
{
    enum { ROWS = 900 };
    struct data d = data_from(138, DIM, 0.2f);
    struct vectors *v = vectors_of(&d, 1);
    struct graph_scene s;
    uint32_t n_others = 0;
    if (CHECK_EQ_INT(vectors_reserve(v, N), MVL_OK)) {
        for (uint32_t row = 1; row < N; row++) {
            data_next(&d, vectors_slot(v, row));
            if (random_below(&d.r, one_in) == 0)
                for (uint32_t i = 0; i < DIM; i++)
                    ((float *)vectors_slot(v, row))[i] = i % 3 ? value : -value;
        }
        vectors_publish(v, 1, N - 1, NULL);
    }
    if (graph_scene_init_coded(&s, code, v, m, has_blocks, 8, 40))
        graph_scene_insert(&s, 0, ROWS);
    check_built(&s.g);
    uint32_t n_found = 0;
    for (uint32_t row = 0; row < ROWS; row++) { /* the others are found among them */
        const float *x = vectors_row(v, row);
        if (x[1] == value && x[2] == value)
            continue;
        n_others++;
        struct hnsw_found found = graph_scene_search(&s, x, 40);
        for (uint32_t i = 0; i < found.n; i++)
            n_found += found.entries[i].row == row;
    }
    float query[DIM]; /* and they among the others */
    for (uint32_t i = 0; i < DIM; i++)
        query[i] = i % 3 ? value + 0.001f : -value - 0.001f;
    uint32_t n_equal = 0;
    struct hnsw_found found = graph_scene_search(&s, query, 40);
    for (uint32_t i = 0; i < found.n; i++) {
        const float *x = vectors_row(v, found.entries[i].row);
        n_equal += x[1] == value && x[2] == value;
    }
    /* the zero vector is near to all others by L2: they are the only ones between many of them */
    bool held = CHECK(n_found >= n_others * (value == 0 && m == METRIC_L2 ? 0.6 : 0.95));
    held &= CHECK(n_equal >= 30);
    if (!held)
        printf("# %s, blocks %d, one in %u of %g: %u of %u others are found, %u equal ones\n", metric_name(m),
               has_blocks, (unsigned)one_in, (double)value, (unsigned)n_found, (unsigned)n_others,
               (unsigned)n_equal);
    graph_scene_fini(&s);
}

TEST(equal_rows_hide_no_others)
{
    static const float values[] = {1, 0};
    for (int kind = 0; kind < 4; kind++) {
        const struct row_code *code = kind / 2 ? &nibble_code : &byte_code;
        for (size_t i = 0; i < COUNT(values); i++)
            check_duplicates(code, METRIC_L2, kind % 2, 5, values[i]);
        check_duplicates(code, METRIC_COSINE, kind % 2, 5, 1);
    }
}

/* ---- repairing ---- */

/* As the index does it: dead rows are replaced one node after another, then they go. */
static void repair_all(struct graph_scene *s)
{
    struct hnsw_graph *g = &s->g;
    struct bitmap dead = {0};
    if (!CHECK_EQ_INT(bitmap_reserve(&dead, g->nodes.n), MVL_OK))
        return;
    bitmap_extend(&dead, g->nodes.n);
    for (uint32_t row = 0; row < g->nodes.n; row++)
        if (bitmap_test(&g->nodes, row) && !bitmap_test(&s->v->present, row))
            bitmap_set(&dead, row);
    for (uint32_t row = 0; row < g->nodes.n; row++)
        if (bitmap_test(&g->nodes, row) && !bitmap_test(&dead, row))
            CHECK_EQ_INT(hnsw_repair(&s->b, row, &dead), MVL_OK);
    check_graph(g, &dead);
    g->entry_point = HNSW_NONE;
    for (uint32_t row = 0; row < g->nodes.n; row++) {
        if (!bitmap_test(&g->nodes, row) || bitmap_test(&dead, row))
            continue;
        uint32_t level = hnsw_level(row, g->M);
        if (g->entry_point == HNSW_NONE || level > g->top_level) {
            g->entry_point = row;
            g->top_level = level;
        }
    }
    for (uint32_t row = 0; row < g->nodes.n; row++)
        if (bitmap_test(&dead, row))
            hnsw_graph_remove(g, row);
    bitmap_fini(&dead);
    check_built(g);
}

static void check_repaired(struct graph_scene *s)
{
    repair_all(s);
    check_all_codes(s);
    uint32_t n = s->g.n_nodes, n_reachable = count_reachable(&s->g), n_found = count_found(s, 40);
    if (!CHECK(n_found >= 0.99 * n) || !CHECK(n_reachable >= 0.99 * n))
        printf("# of %u rows %u can be reached, %u are found\n", (unsigned)n, (unsigned)n_reachable,
               (unsigned)n_found);
}

TEST(deleted_rows_leave_no_gaps)
{
    static const uint32_t percents[] = {10, 50, 90};
    for (size_t i = 0; i < COUNT(percents); i++) {
        for (int kind = 0; kind < 2; kind++) {
            struct graph_scene s;
            build(&s, 139, kind ? METRIC_L2 : METRIC_COSINE, kind, 8, 30, 600);
            struct random r = random_from(140);
            for (uint32_t row = 0; row < 600; row++)
                if (random_below(&r, 100) < percents[i])
                    vectors_remove(s.v, row);
            check_repaired(&s);
            graph_scene_fini(&s);
        }
    }
}

TEST(neither_do_deleted_neighborhoods_or_early_rows)
{
    for (int kind = 0; kind < 4; kind++) {
        struct graph_scene s;
        build(&s, 141, METRIC_L2, kind % 2, 8, 30, 600);
        if (kind < 2) {
            const float *x = vectors_row(s.v, 5);
            float centre[DIM];
            memcpy(centre, x, sizeof centre);
            struct index_query q = query_of(centre, METRIC_L2);
            struct topk nearest = search_exactly(s.v, &q, 400);
            for (uint32_t i = 0; i < nearest.n; i++)
                vectors_remove(s.v, nearest.entries[i].row);
            topk_fini(&nearest);
        } else {
            for (uint32_t row = 0; row < 300; row++)
                vectors_remove(s.v, row);
        }
        check_repaired(&s);
        graph_scene_fini(&s);
    }
}

TEST(all_rows_may_go_but_one)
{
    struct graph_scene s;
    build(&s, 142, METRIC_L2, true, 8, 20, 300);
    for (uint32_t row = 0; row < 300; row++)
        if (row != 17)
            vectors_remove(s.v, row);
    check_repaired(&s);
    CHECK(s.g.n_nodes == 1 && s.g.entry_point == 17);
    CHECK_EQ_INT(hnsw_node(&s.g, hnsw_record(&s.g, 17))->n_used, 0);
    graph_scene_insert(&s, 300, 100);
    check_built(&s.g);
    CHECK_EQ_INT(count_reachable(&s.g), 101);
    graph_scene_fini(&s);
}

TEST(rows_come_and_go_for_long)
{
    struct graph_scene s;
    build(&s, 143, METRIC_COSINE, false, 6, 30, 300);
    struct random r = random_from(144);
    for (uint32_t row = 300; row < 1200; row += 100) {
        for (uint32_t i = 0; i < 150; i++)
            vectors_remove(s.v, random_below(&r, row));
        if (random_below(&r, 2))
            repair_all(&s);
        graph_scene_insert(&s, row, 100);
        check_graph(&s.g, NULL);
    }
    check_repaired(&s);
    graph_scene_fini(&s);
}

TEST(nothing_dead_is_nothing_to_repair)
{
    struct graph_scene s;
    build(&s, 145, METRIC_L2, true, 8, 40, 300);
    struct writer before = graph_bytes(&s.g);
    uint64_t version = hnsw_store_version(&s.g, 0);
    repair_all(&s);
    struct writer after = graph_bytes(&s.g);
    check_same_bytes(&before, &after);
    CHECK(hnsw_store_version(&s.g, 0) == version);
    graph_scene_fini(&s);
}

/* ---- memory ---- */

TEST(an_insert_that_fails_changes_nothing)
{
    struct graph_scene s;
    build(&s, 146, METRIC_L2, true, 2, 20, 0);
    uint32_t n_failures = 0;
    for (uint32_t row = 0; row < 300; row++) {
        for (uint64_t nth = 1;; nth++) {
            struct writer before = graph_bytes(&s.g);
            mem_fail_nth(nth);
            int rc = hnsw_insert(&s.b, row);
            mem_fail_nth(0);
            if (rc == MVL_OK) {
                writer_fini(&before);
                break;
            }
            n_failures++;
            CHECK_EQ_INT(rc, MVL_NOMEM);
            struct writer after = graph_bytes(&s.g);
            check_same_bytes(&before, &after);
        }
    }
    CHECK(n_failures > 100);
    check_built(&s.g);
    check_all_codes(&s);
    struct graph_scene same;
    build(&same, 146, METRIC_L2, true, 2, 20, 300);
    struct writer x = graph_bytes(&s.g), y = graph_bytes(&same.g);
    check_same_bytes(&x, &y);
    graph_scene_fini(&s);
    graph_scene_fini(&same);
}

static int init_one(void *context)
{
    struct graph_scene *s = context;
    struct hnsw_builder b;
    int rc = hnsw_builder_init(&b, &s->g, s->scan, 20);
    hnsw_builder_fini(&b);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct graph_scene s;
    build(&s, 147, METRIC_L2, true, 8, 20, 0);
    CHECK(each_allocation_fails(init_one, &s) >= 4);
    graph_scene_fini(&s);
}

/* ---- codes in four bits ---- */

TEST(four_bits_a_dimension_find_nearly_as_many)
{
    for (int kind = 0; kind < 2 * N_FLOAT_METRICS; kind++) {
        enum metric m = (enum metric)(kind / 2);
        double shares[2] = {0, 0};
        for (int is_nibble = 0; is_nibble < 2; is_nibble++) {
            struct graph_scene s;
            build_coded(&s, is_nibble ? &nibble_code : &byte_code, 146, m, kind % 2, 16, 64, 1200);
            struct data d = data_from(146, DIM, 0.5f);
            check_built(&s.g);
            CHECK(count_reachable(&s.g) >= (m == METRIC_IP ? 1200 * 0.98 : 1200));
            shares[is_nibble] = recall(&s, m, &d, 64, 20);
            graph_scene_fini(&s);
        }
        if (!CHECK(shares[1] >= 0.95) || !CHECK(shares[1] >= shares[0] - 0.02))
            printf("# recall %.3f in four bits, %.3f in eight by %s\n", shares[1], shares[0], metric_name(m));
    }
}

TEST(four_bits_a_dimension_can_be_made_anew_and_repaired)
{
    struct graph_scene s;
    build_coded(&s, &nibble_code, 147, METRIC_L2, true, 8, 30, 600);
    check_all_codes(&s);
    for (uint32_t row = 0; row < 600; row++) {
        memset(hnsw_code(hnsw_record(&s.g, row)), 1, s.g.code_bytes);
        CHECK_EQ_INT(hnsw_prepare(&s.b, row), MVL_OK);
    }
    check_all_codes(&s);
    struct random r = random_from(148);
    for (uint32_t row = 0; row < 600; row++)
        if (random_below(&r, 2))
            vectors_remove(s.v, row);
    check_repaired(&s);
    graph_scene_fini(&s);
}
