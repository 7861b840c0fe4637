#include "index/hnsw_graph.h"

#include <float.h>

#include "base/mem.h"
#include "faults.h"
#include "kernel/byte_code.h"
#include "kernel/nibble_code.h"
#include "random.h"

enum { DIM = 32, CHUNK = HNSW_CHUNK_NODES };

/* ---- levels ---- */

TEST(levels_are_exponentially_fewer)
{
    static const uint32_t Ms[] = {2, 3, 16, 100, 2048};
    enum { ROWS = 1 << 20 };
    for (size_t i = 0; i < COUNT(Ms); i++) {
        uint32_t n_at_least[HNSW_MOST_LEVELS + 1] = {0};
        for (uint32_t row = 0; row < ROWS; row++) {
            uint32_t level = hnsw_level(row, Ms[i]);
            if (CHECK(level <= HNSW_MOST_LEVELS))
                n_at_least[level]++;
        }
        for (uint32_t level = HNSW_MOST_LEVELS; level > 0; level--)
            n_at_least[level - 1] += n_at_least[level];
        double expected = ROWS;
        for (uint32_t level = 0; level <= HNSW_MOST_LEVELS; level++, expected /= Ms[i])
            CHECK_NEAR(n_at_least[level], expected, 5 * sqrt(expected) + 1e-4 * expected);
    }
}

TEST(levels_of_rows_that_follow_each_other_are_unrelated)
{
    enum { ROWS = 1 << 18, M = 4 };
    const double expected = (double)ROWS / (M * M);
    for (uint32_t distance = 1; distance <= 4096; distance *= 4) {
        uint32_t n_both = 0;
        for (uint32_t row = 0; row < ROWS; row++)
            n_both += hnsw_level(row, M) > 0 && hnsw_level(row + distance, M) > 0;
        CHECK_NEAR(n_both, expected, 6 * sqrt(expected));
    }
    CHECK(hnsw_level(UINT32_MAX - 1, 2) <= HNSW_MOST_LEVELS);
}

/* Files rely on it. */
TEST(levels_never_change)
{
    static const struct {
        uint32_t row, M, level;
    } known[] = {{0, 2, 0}, {1, 2, 1}, {2, 2, 5}, {65536, 2, 0}, {366, 16, 2}, {2875, 16, 2}};
    for (size_t i = 0; i < COUNT(known); i++)
        CHECK_EQ_INT(hnsw_level(known[i].row, known[i].M), known[i].level);
}

/* ---- nodes ---- */

static struct hnsw_graph graph_of(uint32_t n, bool has_blocks, uint32_t M)
{
    struct hnsw_graph g;
    hnsw_graph_init(&g, (struct hnsw_shape){&byte_code, n, M, false, has_blocks});
    return g;
}

static void add(struct hnsw_graph *g, uint32_t row)
{
    if (CHECK_EQ_INT(hnsw_graph_reserve(g, row), MVL_OK))
        hnsw_graph_add(g, row);
}

/* Whether n bytes are all `fill`. */
static bool all_are(const void *p, int fill, size_t n)
{
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != (uint8_t)fill)
            return false;
    return true;
}

/* The parts of a node, all of them. */
static void fill_node(struct hnsw_graph *g, uint32_t row, int fill)
{
    uint8_t *record = hnsw_record(g, row);
    memset(hnsw_code(record), fill, g->code_bytes);
    memset(hnsw_node(g, record), fill, sizeof(struct hnsw_node));
    memset(hnsw_neighbors(g, record), fill, g->n_slots * sizeof(uint32_t));
    memset(hnsw_link_bits(g, record), fill, g->n_blocks * sizeof(uint32_t));
    if (g->has_blocks)
        memset(hnsw_block(g, record, 0), fill, g->n_blocks * bit_block_bytes(g->n));
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--)
        memset(hnsw_upper(g, row, level), fill, (g->M + 1) * sizeof(uint32_t));
}

static void check_node(const struct hnsw_graph *g, uint32_t row, int fill)
{
    uint8_t *record = hnsw_record(g, row);
    CHECK(all_are(hnsw_code(record), fill, g->code_bytes));
    CHECK(all_are(hnsw_node(g, record), fill, sizeof(struct hnsw_node)));
    CHECK(all_are(hnsw_neighbors(g, record), fill, g->n_slots * sizeof(uint32_t)));
    CHECK(all_are(hnsw_link_bits(g, record), fill, g->n_blocks * sizeof(uint32_t)));
    if (g->has_blocks)
        CHECK(all_are(hnsw_block(g, record, 0), fill, g->n_blocks * bit_block_bytes(g->n)));
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--)
        CHECK(all_are(hnsw_upper(g, row, level), fill, (g->M + 1) * sizeof(uint32_t)));
}

TEST(nodes_come_empty_and_their_parts_do_not_overlap)
{
    static const uint32_t Ms[] = {2, 3, 16, 17, 40};
    for (size_t i = 0; i < COUNT(Ms) * 2; i++) {
        struct hnsw_graph g = graph_of(i % 3 ? 64 : 96, i % 2, Ms[i / 2]);
        CHECK_EQ_INT(g.most_links, 2 * Ms[i / 2]);
        CHECK(g.n_slots >= g.most_links && g.n_slots == g.n_blocks * BIT_BLOCK_ROWS);
        for (uint32_t row = 0; row < 2 * CHUNK; row++) {
            add(&g, row);
            check_node(&g, row, 0);
            fill_node(&g, row, (int)row % 251);
        }
        for (uint32_t row = 0; row < 2 * CHUNK; row++) {
            CHECK((uintptr_t)hnsw_record(&g, row) % 64 == 0);
            check_node(&g, row, (int)row % 251);
        }
        hnsw_graph_fini(&g);
    }
}

TEST(rows_between_need_not_be_nodes)
{
    struct random r = random_from(110);
    struct hnsw_graph g = graph_of(DIM, true, 4);
    static bool is_node[20 * CHUNK];
    uint32_t n_nodes = 0;
    for (uint32_t row = 0; row < COUNT(is_node); row += 1 + random_below(&r, 200)) {
        add(&g, row);
        is_node[row] = true;
        n_nodes++;
    }
    CHECK_EQ_INT(g.n_nodes, n_nodes);
    for (uint32_t row = 0; row < COUNT(is_node); row++)
        CHECK(bitmap_test(&g.nodes, row) == is_node[row]);
    for (uint32_t row = 0; row < COUNT(is_node); row++)
        if (is_node[row])
            hnsw_graph_remove(&g, row);
    CHECK_EQ_INT(g.n_nodes, 0);
    CHECK_EQ_INT(bitmap_count(&g.nodes), 0);
    hnsw_graph_fini(&g);
}

TEST(reserving_again_keeps_what_is_there)
{
    struct hnsw_graph g = graph_of(DIM, true, 2);
    for (uint32_t row = 0; row < CHUNK; row++) {
        add(&g, row);
        fill_node(&g, row, 7);
        CHECK_EQ_INT(hnsw_graph_reserve(&g, row), MVL_OK);
        CHECK_EQ_INT(hnsw_graph_reserve(&g, 5000), MVL_OK);
        check_node(&g, row, 7);
    }
    CHECK_EQ_INT(g.n_nodes, CHUNK);
    CHECK(!bitmap_test(&g.nodes, 5000));
    hnsw_graph_fini(&g);
}

/* ---- chunks ---- */

static uint32_t n_chunks_in_memory(const struct hnsw_graph *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_chunks; i++)
        n += g->chunks[i].records != NULL;
    return n;
}

TEST(chunks_are_freed_with_their_last_node)
{
    struct hnsw_graph g = graph_of(DIM, true, 3);
    for (uint32_t row = 0; row < 4 * CHUNK + 1; row++)
        add(&g, row);
    CHECK_EQ_INT(n_chunks_in_memory(&g), 5);
    size_t full = hnsw_graph_bytes(&g);
    for (uint32_t row = CHUNK; row < 2 * CHUNK; row++) {
        CHECK_EQ_INT(n_chunks_in_memory(&g), 5);
        hnsw_graph_remove(&g, row);
    }
    CHECK_EQ_INT(n_chunks_in_memory(&g), 4);
    CHECK(hnsw_graph_bytes(&g) <= full - CHUNK * g.record_bytes);
    hnsw_graph_remove(&g, 4 * CHUNK); /* the newest may get more nodes */
    CHECK_EQ_INT(n_chunks_in_memory(&g), 4);
    add(&g, 4 * CHUNK + 1);
    hnsw_graph_fini(&g);
}

TEST(bytes_are_what_was_allocated)
{
    for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
        struct hnsw_graph g = graph_of(DIM, has_blocks, 16);
        CHECK_EQ_INT(hnsw_graph_bytes(&g), 0);
        for (uint32_t row = 0; row < 10 * CHUNK; row++)
            add(&g, row);
        size_t least = 10 * CHUNK * g.record_bytes, bytes = hnsw_graph_bytes(&g);
        CHECK(bytes >= least && bytes < least + 10 * CHUNK * 3 * sizeof(void *) + 2000);
        hnsw_graph_fini(&g);
    }
}

TEST(four_bits_a_dimension_save_half_the_code)
{
    for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
        struct hnsw_graph eight, four;
        hnsw_graph_init(&eight, (struct hnsw_shape){&byte_code, 384, 16, false, has_blocks});
        hnsw_graph_init(&four, (struct hnsw_shape){&nibble_code, 384, 16, false, has_blocks});
        CHECK(eight.code_bytes == 384 && four.code_bytes == 192);
        CHECK_EQ_INT(eight.record_bytes - four.record_bytes, 192);
        CHECK_EQ_INT(eight.blocks_at - four.blocks_at, 192);
        for (uint32_t row = 0; row < CHUNK; row++) {
            add(&four, row);
            fill_node(&four, row, (int)row % 251);
        }
        for (uint32_t row = 0; row < CHUNK; row++)
            check_node(&four, row, (int)row % 251);
        hnsw_graph_fini(&four);
    }
}

/* ---- giving up the blocks ---- */

TEST(blocks_are_given_up_chunk_by_chunk)
{
    enum { ROWS = 10 * CHUNK - 5 };
    struct hnsw_graph g = graph_of(DIM, true, 5);
    for (uint32_t row = 0; row < ROWS; row++) {
        add(&g, row);
        fill_node(&g, row, (int)row % 251);
    }
    for (uint32_t row = 3 * CHUNK; row < 4 * CHUNK; row++) /* one has nothing to give */
        hnsw_graph_remove(&g, row);
    size_t wide = g.record_bytes, full = hnsw_graph_bytes(&g);
    hnsw_graph_drop_blocks(&g);
    CHECK(!g.has_blocks && g.record_bytes < wide);
    CHECK_EQ_INT(hnsw_graph_bytes(&g), full);
    for (uint32_t row = ROWS; row < ROWS + CHUNK; row++) { /* of these some stand in a wide chunk */
        add(&g, row);
        fill_node(&g, row, (int)row % 251);
    }
    for (uint32_t i = 0; i < 30 && g.n_wide > 0; i++) {
        size_t before = hnsw_graph_bytes(&g);
        uint32_t n_wide = g.n_wide;
        if (i % 3 == 0) { /* no memory is no harm */
            mem_fail_nth(1);
            hnsw_graph_shrink(&g, 1);
            mem_fail_nth(0);
        } else {
            hnsw_graph_shrink(&g, 1);
        }
        CHECK(hnsw_graph_bytes(&g) == before || g.n_wide + 1 == n_wide);
        for (uint32_t row = 0; row < ROWS + CHUNK; row++)
            if (bitmap_test(&g.nodes, row))
                check_node(&g, row, (int)row % 251);
    }
    CHECK_EQ_INT(g.n_wide, 0);
    for (uint32_t i = 0; i < g.n_chunks; i++)
        CHECK(!g.chunks[i].records || g.chunks[i].record_bytes == g.record_bytes);
    hnsw_graph_fini(&g);
}

TEST(versions_change_with_nodes_and_are_never_zero)
{
    struct hnsw_graph g = graph_of(DIM, false, 3);
    add(&g, 3 * CHUNK);
    for (uint32_t i = 0; i < g.n_chunks; i++)
        CHECK(g.chunks[i].version > 0);
    uint64_t last = 0;
    for (uint32_t row = 0; row < 5; row++) {
        add(&g, row);
        CHECK(g.chunks[0].version > last);
        last = g.chunks[0].version;
    }
    for (uint32_t row = 0; row < 5; row++) { /* also when the chunk goes */
        hnsw_graph_remove(&g, row);
        CHECK(g.chunks[0].version > last);
        last = g.chunks[0].version;
    }
    CHECK(g.chunks[0].records == NULL);
    hnsw_graph_fini(&g);
}

/* ---- scoring ---- */

/* Orders are what the codes say of vectors, in double precision: each is its own code's scale times its numbers. */
static void check_scores(const struct row_code *code, bool is_dot, struct random *r)
{
    struct hnsw_graph g;
    float rows[20][64];
    hnsw_graph_init(&g, (struct hnsw_shape){code, 64, 5, is_dot, false});
    for (uint32_t row = 0; row < 20; row++) {
        add(&g, row);
        random_floats(r, rows[row], 64);
        struct hnsw_node *node = hnsw_node(&g, hnsw_record(&g, row));
        node->scale = code->put(hnsw_code(hnsw_record(&g, row)), rows[row], 64);
        node->constant = is_dot ? 0 : 10 + random_float(r);
    }
    for (uint32_t n = 0; n < 20; n++) {
        uint32_t wanted[20];
        float x[64], orders[21];
        int16_t values[64];
        random_floats(r, x, 64);
        struct row_query coded = code->query_put(values, x, 64);
        float own = random_float(r);
        struct hnsw_query q = hnsw_query_of(&g, coded, own);
        for (uint32_t i = 0; i < n; i++)
            wanted[i] = random_below(r, 20);
        orders[n] = 123;
        hnsw_score(&g, &q, wanted, n, orders);
        CHECK(orders[n] == 123);
        for (uint32_t i = 0; i < n; i++) {
            uint8_t *record = hnsw_record(&g, wanted[i]);
            const struct hnsw_node *node = hnsw_node(&g, record);
            double constant = is_dot ? 0 : (double)own + (double)node->constant;
            double dot = (double)code->dot(values, hnsw_code(record), 64) - coded.shift;
            dot *= (double)coded.scale * (double)node->scale * (is_dot ? 1 : 2);
            CHECK_NEAR(orders[i], constant - dot, 8 * (double)FLT_EPSILON * (fabs(constant) + fabs(dot)));
        }
    }
    hnsw_graph_fini(&g);
}

TEST(scores_are_orders_by_codes)
{
    struct random r = random_from(111);
    for (int is_dot = 0; is_dot < 2; is_dot++) {
        check_scores(&byte_code, is_dot, &r);
        check_scores(&nibble_code, is_dot, &r);
    }
}

/* ---- memory ---- */

static int reserve_some(void *context)
{
    struct hnsw_graph *g = context;
    *g = graph_of(DIM, true, 2);
    int rc = MVL_OK;
    for (uint32_t row = 0; rc == MVL_OK && row < 300; row += 20) {
        rc = hnsw_graph_reserve(g, row);
        if (rc == MVL_OK)
            hnsw_graph_add(g, row);
    }
    CHECK_EQ_INT(g->n_nodes, bitmap_count(&g->nodes));
    CHECK(rc == MVL_OK || g->n_nodes < 15);
    hnsw_graph_fini(g);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct hnsw_graph g;
    CHECK(each_allocation_fails(reserve_some, &g) >= 10);
}

TEST(reserving_goes_on_after_a_failure)
{
    struct hnsw_graph g = graph_of(DIM, true, 2);
    for (uint32_t row = 0; row < 300; row++) {
        for (uint64_t nth = 1;; nth++) {
            mem_fail_nth(nth);
            int rc = hnsw_graph_reserve(&g, row);
            mem_fail_nth(0);
            if (rc == MVL_OK)
                break;
            CHECK_EQ_INT(rc, MVL_NOMEM);
        }
        hnsw_graph_add(&g, row);
        check_node(&g, row, 0);
        fill_node(&g, row, 9);
    }
    CHECK_EQ_INT(g.n_nodes, 300);
    hnsw_graph_fini(&g);
}
