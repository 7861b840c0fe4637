#include "index/hnsw_store.h"

#include "faults.h"
#include "graphs.h"

enum { DIM = 32, N = 2048, MOST_PARTS = 4 };

/* A graph of some rows, and its head and parts. */
struct scene {
    struct graph_scene s;
    uint32_t n_rows, n_parts;
    struct writer head, parts[MOST_PARTS];
};

static void write_all(const struct hnsw_graph *g, uint32_t n_rows, struct writer *head, struct writer parts[])
{
    *head = (struct writer){0};
    hnsw_store_write_head(g, n_rows, head);
    CHECK(!head->failed);
    for (uint32_t i = 0; i < hnsw_store_n_parts(n_rows); i++) {
        parts[i] = (struct writer){0};
        hnsw_store_write(g, n_rows, i, &parts[i]);
        CHECK(!parts[i].failed);
    }
}

/* Every tenth row is no node. */
static bool scene_init(struct scene *t, uint32_t M, uint32_t n_rows)
{
    struct data d = data_from(150, DIM, 0.2f);
    *t = (struct scene){.n_rows = n_rows, .n_parts = hnsw_store_n_parts(n_rows)};
    if (!graph_scene_init(&t->s, vectors_of(&d, N), METRIC_L2, false, M, 20))
        return false;
    for (uint32_t row = 5; row < n_rows; row += 10)
        vectors_remove(t->s.v, row);
    graph_scene_insert(&t->s, 0, n_rows);
    write_all(&t->s.g, n_rows, &t->head, t->parts);
    return CHECK(t->n_parts <= MOST_PARTS);
}

static void scene_fini(struct scene *t)
{
    graph_scene_fini(&t->s);
    writer_fini(&t->head);
    for (uint32_t i = 0; i < t->n_parts; i++)
        writer_fini(&t->parts[i]);
}

static int check_all(const struct hnsw_graph *g)
{
    TRY(hnsw_store_check(g));
    for (uint32_t row = 0; row < g->nodes.n; row++)
        if (bitmap_test(&g->nodes, row))
            TRY(hnsw_store_check_node(g, row));
    return MVL_OK;
}

/* Reads all of it into *g, which is to be finished in any case. */
static int read_all(const struct scene *t, struct hnsw_graph *g)
{
    uint32_t n_rows = t->n_rows;
    hnsw_graph_init(g, (struct hnsw_shape){&byte_code, t->s.g.n, t->s.g.M, t->s.g.is_dot, false});
    TRY(hnsw_store_read_head(g, &n_rows, t->head.p, t->head.n));
    for (uint32_t i = 0; i < t->n_parts; i++)
        TRY(hnsw_store_read(g, n_rows, i, t->parts[i].p, t->parts[i].n));
    return check_all(g);
}

/* What was damaged is refused, or is a whole graph that can be searched. */
static bool check_refused_or_whole(const struct scene *t)
{
    struct hnsw_graph g;
    int rc = read_all(t, &g);
    CHECK(rc == MVL_OK || rc == MVL_DAMAGED);
    if (rc == MVL_OK) {
        check_graph(&g, NULL);
        CHECK(count_reachable(&g) <= g.n_nodes);
    }
    hnsw_graph_fini(&g);
    return rc == MVL_OK;
}

/* ---- there and back ---- */

TEST(a_graph_is_read_as_it_was_written)
{
    static const struct {
        uint32_t M, n_rows;
    } cases[] = {{2, 100}, {3, 1}, {5, 1024}, {16, 1025}, {40, 300}, {4, 1500}, {2, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene t;
        struct hnsw_graph g;
        struct writer head, parts[MOST_PARTS];
        if (!scene_init(&t, cases[i].M, cases[i].n_rows))
            return;
        CHECK_EQ_INT(read_all(&t, &g), MVL_OK);
        check_graph(&g, NULL);
        CHECK_EQ_INT(g.n_nodes, t.s.g.n_nodes);
        CHECK_EQ_INT(count_reachable(&g), count_reachable(&t.s.g));
        write_all(&g, t.n_rows, &head, parts);
        check_same_bytes(&head, &t.head);
        for (uint32_t k = 0; k < t.n_parts; k++)
            check_same_bytes(&parts[k], &t.parts[k]);
        hnsw_graph_fini(&g);
        scene_fini(&t);
    }
}

TEST(parts_are_of_a_thousand_rows)
{
    CHECK_EQ_INT(hnsw_store_n_parts(0), 0);
    CHECK_EQ_INT(hnsw_store_n_parts(1), 1);
    CHECK_EQ_INT(hnsw_store_n_parts(1024), 1);
    CHECK_EQ_INT(hnsw_store_n_parts(1025), 2);
    CHECK_EQ_INT(hnsw_store_n_parts(UINT32_MAX - 1023), (UINT32_MAX - 1023) / 1024);
}

TEST(the_head_is_never_of_more_rows_than_there_are)
{
    struct scene t;
    struct hnsw_graph g;
    if (!scene_init(&t, 4, 300))
        return;
    for (uint32_t there_are = 299; there_are < 302; there_are++) {
        uint32_t n_rows = there_are;
        hnsw_graph_init(&g, (struct hnsw_shape){&byte_code, t.s.g.n, 4, false, false});
        CHECK_EQ_INT(hnsw_store_read_head(&g, &n_rows, t.head.p, t.head.n),
                     there_are < 300 ? MVL_DAMAGED : MVL_OK);
        CHECK_EQ_INT(n_rows, there_are < 300 ? 299 : 300);
        hnsw_graph_fini(&g);
    }
    scene_fini(&t);
}

TEST(another_graph_is_not_taken)
{
    struct scene t;
    if (!scene_init(&t, 4, 300))
        return;
    static const uint32_t dims[] = {DIM, 64, DIM}, Ms[] = {4, 4, 5};
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct hnsw_graph g;
        uint32_t n_rows = 300;
        hnsw_graph_init(&g, (struct hnsw_shape){&byte_code, dims[i], Ms[i], false, false});
        CHECK_EQ_INT(hnsw_store_read_head(&g, &n_rows, t.head.p, t.head.n), i ? MVL_DAMAGED : MVL_OK);
        hnsw_graph_fini(&g);
    }
    scene_fini(&t);
}

TEST(parts_come_in_order_and_once)
{
    struct scene t;
    if (!scene_init(&t, 4, 1500))
        return;
    for (int kind = 0; kind < 5; kind++) {
        struct hnsw_graph g;
        uint32_t n_rows = t.n_rows;
        hnsw_graph_init(&g, (struct hnsw_shape){&byte_code, t.s.g.n, 4, false, false});
        CHECK_EQ_INT(hnsw_store_read_head(&g, &n_rows, t.head.p, t.head.n), MVL_OK);
        const struct writer *a = &t.parts[0], *b = &t.parts[1];
        switch (kind) {
        case 0:
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 0, a->p, a->n), MVL_OK);
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 0, a->p, a->n), MVL_DAMAGED);
            break;
        case 1:
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 1, b->p, b->n), MVL_OK);
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 0, a->p, a->n), MVL_DAMAGED);
            break;
        case 2:
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 1, b->p, b->n), MVL_OK);
            CHECK_EQ_INT(check_all(&g), MVL_DAMAGED);
            break;
        case 3:
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, 2, a->p, a->n), MVL_DAMAGED);
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, UINT32_MAX, a->p, a->n), MVL_DAMAGED);
            CHECK_EQ_INT(hnsw_store_read(&g, n_rows, UINT32_MAX / HNSW_PART_NODES + 1, a->p, a->n),
                         MVL_DAMAGED);
            break;
        default: /* none at all */ CHECK_EQ_INT(check_all(&g), MVL_DAMAGED); break;
        }
        hnsw_graph_fini(&g);
    }
    scene_fini(&t);
}

/* ---- damage ---- */

TEST(every_flipped_byte_is_refused_or_harmless)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    struct scene t;
    struct random r = random_from(151);
    if (!scene_init(&t, 3, 70))
        return;
    uint32_t n_refused = 0, n = 0;
    for (size_t at = 0; at < t.head.n + t.parts[0].n; at++) {
        uint8_t *byte = at < t.head.n ? t.head.p + at : t.parts[0].p + (at - t.head.n);
        uint8_t was = *byte;
        for (size_t i = 0; i <= COUNT(flips); i++, n++) {
            *byte = i < COUNT(flips) ? was ^ flips[i] : (uint8_t)random_below(&r, 256);
            n_refused += !check_refused_or_whole(&t);
        }
        *byte = was;
    }
    CHECK(n_refused > n / 2);
    CHECK(check_refused_or_whole(&t));
    scene_fini(&t);
}

TEST(every_truncation_is_refused)
{
    struct scene t;
    if (!scene_init(&t, 3, 70))
        return;
    struct writer *writers[] = {&t.head, &t.parts[0]};
    for (size_t i = 0; i < COUNT(writers); i++) {
        struct writer whole = *writers[i];
        for (size_t n = 0; n < whole.n; n++) {
            uint8_t *exact = mem_alloc(n); /* a read past its end shows */
            if (!CHECK(exact))
                break;
            memcpy(exact, whole.p, n);
            *writers[i] = (struct writer){.p = exact, .n = n};
            CHECK(!check_refused_or_whole(&t));
            mem_free(exact);
        }
        uint8_t *longer = mem_alloc(whole.n + 4);
        if (CHECK(longer)) {
            memcpy(longer, whole.p, whole.n);
            memset(longer + whole.n, 0, 4);
            *writers[i] = (struct writer){.p = longer, .n = whole.n + 4};
            CHECK(!check_refused_or_whole(&t));
        }
        mem_free(longer);
        *writers[i] = whole;
    }
    scene_fini(&t);
}

TEST(larger_graphs_with_some_damage_do_no_harm)
{
    struct scene t;
    struct random r = random_from(152);
    if (!scene_init(&t, 2, 1200))
        return;
    for (int i = 0; i < 150; i++) {
        struct writer *w = &t.parts[random_below(&r, 2)];
        size_t at = random_below(&r, (uint32_t)w->n) / 4 * 4;
        uint8_t was[4];
        memcpy(was, w->p + at, 4);
        bytes_set_u32(w->p + at, i % 3 ? random_below(&r, 1200) : (uint32_t)random_u64(&r));
        check_refused_or_whole(&t);
        memcpy(w->p + at, was, 4);
    }
    scene_fini(&t);
}

/* The head's numbers are, in order: format, dimensions, M, rows, nodes, entry point, top level. */
TEST(a_head_that_lies_is_refused)
{
    static const uint32_t values[] = {0, 1, 2, 69, 70, 71, 1000, 1u << 31, UINT32_MAX - 1, UINT32_MAX};
    struct scene t;
    if (!scene_init(&t, 3, 70))
        return;
    for (size_t field = 0; field < 7; field++) {
        uint32_t was = bytes_u32(t.head.p + 4 * field);
        for (size_t i = 0; i < COUNT(values); i++) {
            bytes_set_u32(t.head.p + 4 * field, values[i]);
            bool taken = check_refused_or_whole(&t);
            CHECK(values[i] == was ? taken : field == 5 || !taken); /* there may be other nodes as high */
        }
        bytes_set_u32(t.head.p + 4 * field, was);
    }
    scene_fini(&t);
}

TEST(an_empty_graph_has_no_entry_point)
{
    struct hnsw_graph g;
    struct writer w = {0};
    hnsw_graph_init(&g, (struct hnsw_shape){&byte_code, DIM, 4, false, false});
    hnsw_store_write_head(&g, 50, &w);
    for (uint32_t entry_point = HNSW_NONE - 1; entry_point != 1; entry_point++) {
        uint32_t n_rows = 50;
        bytes_set_u32(w.p + 20, entry_point);
        CHECK_EQ_INT(hnsw_store_read_head(&g, &n_rows, w.p, w.n),
                     entry_point == HNSW_NONE ? MVL_OK : MVL_DAMAGED);
    }
    writer_fini(&w);
    hnsw_graph_fini(&g);
}

/* ---- versions ---- */

TEST(versions_change_with_the_links_of_their_part)
{
    struct scene t;
    if (!scene_init(&t, 4, 1100))
        return;
    struct hnsw_graph *g = &t.s.g;
    for (uint32_t row = 1100; row < 1400; row++) {
        uint64_t versions[2] = {hnsw_store_version(g, 0), hnsw_store_version(g, 1)};
        CHECK(versions[0] > 0 && versions[1] > 0 && hnsw_store_version(g, 2) > 0);
        graph_scene_insert(&t.s, row, 1);
        for (uint32_t part = 0; part < 2; part++) {
            struct writer w = {0};
            hnsw_store_write(g, 1100, part, &w);
            bool same = w.n == t.parts[part].n && memcmp(w.p, t.parts[part].p, w.n) == 0;
            CHECK(same || hnsw_store_version(g, part) > versions[part]);
            writer_fini(&t.parts[part]);
            t.parts[part] = w;
        }
    }
    scene_fini(&t);
}

TEST(versions_change_with_removals)
{
    struct scene t;
    if (!scene_init(&t, 4, 1100))
        return;
    for (uint32_t row = 1; row < 10; row++) {
        uint64_t version = hnsw_store_version(&t.s.g, 0), other = hnsw_store_version(&t.s.g, 1);
        if (bitmap_test(&t.s.g.nodes, row) && row != t.s.g.entry_point) {
            hnsw_graph_remove(&t.s.g, row);
            CHECK(hnsw_store_version(&t.s.g, 0) > version);
            CHECK(hnsw_store_version(&t.s.g, 1) == other);
        }
    }
    scene_fini(&t);
}

/* ---- memory ---- */

static int read_one(void *context)
{
    struct hnsw_graph g;
    int rc = read_all(context, &g);
    hnsw_graph_fini(&g);
    return rc;
}

static int write_one(void *context)
{
    const struct scene *t = context;
    struct writer w = {0};
    hnsw_store_write_head(&t->s.g, t->n_rows, &w);
    hnsw_store_write(&t->s.g, t->n_rows, 0, &w);
    int rc = w.failed ? MVL_NOMEM : MVL_OK;
    writer_fini(&w);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct scene t;
    if (!scene_init(&t, 3, 300))
        return;
    CHECK(each_allocation_fails(read_one, &t) > 50);
    CHECK(each_allocation_fails(write_one, &t) > 3);
    scene_fini(&t);
}
