#include "index/hnsw_landmarks.h"

#include "faults.h"
#include "kernel/byte_code.h"
#include "random.h"

enum { DIM = 32, ROWS = 60000 };

/* A graph of nodes without links, of which only their levels matter, and their rows in one bit a dimension. */
struct scene {
    struct hnsw_graph g;
    struct hnsw_landmarks l;
    float vectors[ROWS][DIM];
    uint8_t block[1024];
};

static struct scene *scene(uint32_t M)
{
    static struct scene s;
    s.l = (struct hnsw_landmarks){0};
    hnsw_graph_init(&s.g, (struct hnsw_shape){&byte_code, DIM, M, true, true});
    CHECK_EQ_INT(bitmap_reserve(&s.g.nodes, ROWS), MVL_OK);
    bitmap_extend(&s.g.nodes, ROWS);
    return &s;
}

static void fini(struct scene *s)
{
    hnsw_landmarks_fini(&s->l);
    hnsw_graph_fini(&s->g);
}

static void add(struct scene *s, uint32_t row, struct random *r)
{
    static const float centre[DIM];
    random_floats(r, s->vectors[row], DIM);
    struct bit_row coded = {s->vectors[row], centre, 0, -1};
    uint32_t slot = row % BIT_BLOCK_ROWS;
    CHECK(sizeof s->block >= bit_block_bytes(DIM));
    CHECK(bit_block_put(s->block, DIM, slot, &coded));
    bitmap_set(&s->g.nodes, row);
    CHECK_EQ_INT(hnsw_landmarks_reserve(&s->l, &s->g), MVL_OK);
    hnsw_landmarks_add(&s->l, &s->g, row, s->block, slot);
}

/* How many of the first rows are nodes of that level or a higher one. */
static uint32_t n_of_level(const struct scene *s, uint32_t n_rows, uint32_t level)
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < n_rows; row++)
        n += bitmap_test(&s->g.nodes, row) && hnsw_level(row, s->g.M) >= level;
    return n;
}

static void check_rows(const struct scene *s, uint32_t n_rows)
{
    CHECK_EQ_INT(s->l.n, n_of_level(s, n_rows, s->l.level));
    for (uint32_t i = 0; i < s->l.n; i++) {
        CHECK(bitmap_test(&s->g.nodes, s->l.rows[i]) && hnsw_level(s->l.rows[i], s->g.M) >= s->l.level);
        CHECK(i == 0 || s->l.rows[i] > s->l.rows[i - 1]);
    }
}

/* Nearest by one estimate after another, from codes made anew. */
static void check_nearest(struct scene *s, const float query[DIM])
{
    static const float centre[DIM];
    uint8_t table[4 * DIM];
    struct bit_query bits;
    struct topk_entry nearest[LANDMARK_ENTRIES], best = {INFINITY, 0};
    bit_query_init(&bits, query, centre, DIM, -1, 0, table);
    uint32_t n = hnsw_landmarks_nearest(&s->l, &bits, nearest);
    CHECK_EQ_INT(n, s->l.n < LANDMARK_ENTRIES ? s->l.n : LANDMARK_ENTRIES);
    for (uint32_t i = 0; i < s->l.n; i++) {
        float orders[BIT_BLOCK_ROWS];
        struct bit_row coded = {s->vectors[s->l.rows[i]], centre, 0, -1};
        CHECK(bit_block_put(s->block, DIM, 7, &coded));
        bit_block_scan(s->block, &bits, INFINITY, orders);
        if (orders[7] < best.order)
            best = (struct topk_entry){orders[7], s->l.rows[i]};
        bool is_there = false;
        for (uint32_t k = 0; k < n; k++)
            is_there |= nearest[k].row == s->l.rows[i] && nearest[k].order == orders[7];
        CHECK(is_there || !(orders[7] < nearest[n - 1].order));
    }
    CHECK(n == 0 || nearest[0].order == best.order);
    for (uint32_t i = 1; i < n; i++)
        CHECK(nearest[i - 1].order <= nearest[i].order);
}

TEST(landmarks_are_all_nodes_of_a_level_that_rises_with_their_number)
{
    struct random r = random_from(131);
    struct scene *s = scene(4);
    float query[DIM];
    uint32_t level = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        add(s, row, &r);
        CHECK(s->l.n <= MOST_LANDMARKS && s->l.level >= level);
        level = s->l.level;
        if (row % 7919 == 0)
            check_rows(s, row + 1);
    }
    check_rows(s, ROWS);
    CHECK(level > 1 && s->l.n > MOST_LANDMARKS / 8);
    CHECK(hnsw_landmarks_bytes(&s->l, &s->g) > 0);
    for (int i = 0; i < 5; i++) {
        random_floats(&r, query, DIM);
        check_nearest(s, query);
    }
    fini(s);
}

TEST(what_is_no_node_any_more_is_forgotten)
{
    struct random r = random_from(132);
    struct scene *s = scene(4);
    float query[DIM];
    for (uint32_t row = 0; row < 2000; row++)
        add(s, row, &r);
    for (uint32_t row = 0; row < 2000; row++)
        if (row % 3 == 0)
            bitmap_clear(&s->g.nodes, row);
    hnsw_landmarks_remove(&s->l, &s->g);
    check_rows(s, 2000);
    random_floats(&r, query, DIM);
    check_nearest(s, query);
    for (uint32_t row = 0; row < 2000; row++)
        bitmap_clear(&s->g.nodes, row);
    hnsw_landmarks_remove(&s->l, &s->g);
    check_nearest(s, query);
    add(s, 2001, &r); /* and there may be others */
    check_rows(s, 2002);
    fini(s);
}

TEST(without_landmarks_there_is_nothing_near)
{
    struct random r = random_from(133);
    struct scene *s = scene(4);
    float query[DIM];
    random_floats(&r, query, DIM);
    check_nearest(s, query);
    CHECK_EQ_INT(hnsw_landmarks_bytes(&s->l, &s->g), 0);
    for (uint32_t row = 0; row < 100; row++)
        add(s, row, &r);
    check_nearest(s, query);
    hnsw_landmarks_clear(&s->l);
    check_nearest(s, query);
    fini(s);
}

static int reserve(void *context)
{
    struct scene *s = context;
    return hnsw_landmarks_reserve(&s->l, &s->g);
}

TEST(without_memory_there_are_none)
{
    struct scene *s = scene(4);
    CHECK_EQ_INT(each_allocation_fails(reserve, s), 2);
    CHECK(s->l.blocks && s->l.n == 0);
    fini(s);
}

TEST(a_graph_without_blocks_gets_none)
{
    struct scene *s = scene(4);
    hnsw_graph_drop_blocks(&s->g);
    CHECK_EQ_INT(hnsw_landmarks_reserve(&s->l, &s->g), MVL_OK);
    for (uint32_t row = 0; row < 100; row++)
        hnsw_landmarks_add(&s->l, &s->g, row, s->block, 0);
    CHECK(s->l.n == 0 && hnsw_landmarks_bytes(&s->l, &s->g) == 0);
    fini(s);
}
