/* HNSW graphs of real vectors, and what must hold of every graph. */
#ifndef GRAPHS_H
#define GRAPHS_H

#include "base/mem.h"
#include "index/hnsw_build.h"
#include "index/hnsw_store.h"
#include "index/scan.h"
#include "kernel/byte_code.h"
#include "vectors_data.h"

/* A graph with what it is built from; searches know it by this. */
struct graph_scene {
    struct vectors *v;
    struct index *scan;
    struct hnsw_graph g;
    struct hnsw_builder b;
};

static inline void graph_scene_fini(struct graph_scene *s)
{
    hnsw_builder_fini(&s->b);
    hnsw_graph_fini(&s->g);
    scan_ops.destroy(s->scan);
    vectors_destroy(s->v);
}

/* Takes the vectors, of which there are enough to be coded, a multiple of 32. The graph is empty. */
static inline bool graph_scene_init_coded(struct graph_scene *s, const struct row_code *code,
                                          struct vectors *v, enum metric m, bool has_blocks, uint32_t M,
                                          uint32_t ef_construction)
{
    *s = (struct graph_scene){.v = v};
    if (!CHECK_EQ_INT(scan_ops.create(&s->scan, v, m, NULL), MVL_OK))
        return false;
    while (scan_ops.pending(s->scan))
        if (!CHECK_EQ_INT(scan_ops.maintain(s->scan, UINT32_MAX), MVL_OK))
            return false;
    const struct coder *c = scan_coder(s->scan);
    hnsw_graph_init(&s->g, (struct hnsw_shape){code, c->n, M, c->is_dot, has_blocks});
    return CHECK_EQ_INT(hnsw_builder_init(&s->b, &s->g, s->scan, ef_construction), MVL_OK);
}

static inline bool graph_scene_init(struct graph_scene *s, struct vectors *v, enum metric m, bool has_blocks,
                                    uint32_t M, uint32_t ef_construction)
{
    return graph_scene_init_coded(s, &byte_code, v, m, has_blocks, M, ef_construction);
}

static inline void graph_scene_insert(struct graph_scene *s, uint32_t first, uint32_t n)
{
    for (uint32_t row = first; row < first + n; row++)
        if (bitmap_test(&s->v->present, row))
            CHECK_EQ_INT(hnsw_insert(&s->b, row), MVL_OK);
}

/* Rows found by the graph alone, nearest by codes first. out [ef + ...]: the workspace's. */
static inline struct hnsw_found graph_scene_search(struct graph_scene *s, const float *query, uint32_t ef)
{
    struct hnsw_found found = {0};
    struct coded_query coded;
    int16_t *values = mem_array(s->g.n, sizeof *values);
    if (CHECK(values) && CHECK_EQ_INT(coded_query_init(&coded, s->b.coder, query), MVL_OK) &&
        CHECK_EQ_INT(hnsw_workspace_reserve(&s->b.work, ef, s->g.nodes.n), MVL_OK)) {
        struct row_query row = s->g.code->query_put(values, coded.rotated, s->g.n);
        struct hnsw_query q = hnsw_query_of(&s->g, row, coded.length * coded.length);
        struct hnsw_layer_search a = {
            .q = &q,
            .bits = s->g.has_blocks ? &coded.bits : NULL,
            .ef = ef,
            .wanted = &s->v->present,
        };
        struct topk_entry entry = hnsw_descend(&s->g, &q, 0);
        found = hnsw_search_layer(&s->g, &s->b.work, &a, &entry, 1);
        coded_query_fini(&coded);
    }
    mem_free(values);
    return found;
}

/* All of its links as bytes, to be compared. Returns owned. */
static inline struct writer graph_bytes(const struct hnsw_graph *g)
{
    struct writer w = {0};
    hnsw_store_write_head(g, g->nodes.n, &w);
    for (uint32_t part = 0; part < hnsw_store_n_parts(g->nodes.n); part++)
        hnsw_store_write(g, g->nodes.n, part, &w);
    CHECK(!w.failed);
    return w;
}

static inline void check_same_bytes(struct writer *a, struct writer *b)
{
    CHECK(a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
    writer_fini(a);
    writer_fini(b);
}

/* ---- what holds of every graph ---- */

/* n different nodes of that level, not `row`, none of them dead. */
static inline void check_rows(const struct hnsw_graph *g, const uint32_t rows[], uint32_t n, uint32_t row,
                              uint32_t level, const struct bitmap *dead)
{
    for (uint32_t i = 0; i < n; i++) {
        CHECK(rows[i] != row);
        CHECK(bitmap_test(&g->nodes, rows[i]));
        CHECK(!dead || !bitmap_test(dead, rows[i]));
        CHECK(level == 0 || hnsw_level(rows[i], g->M) >= level);
    }
}

static inline void check_different(const uint32_t rows[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++)
            CHECK(rows[i] != rows[k]);
}

static inline void check_node(const struct hnsw_graph *g, uint32_t row, const struct bitmap *dead)
{
    uint8_t *record = hnsw_record(g, row);
    const struct hnsw_node *node = hnsw_node(g, record);
    uint32_t n_links = 0;
    CHECK(node->n_used <= g->n_slots && node->n_links <= g->most_links);
    for (uint32_t slot = 0; slot < g->n_slots; slot++) {
        bool is_link = hnsw_is_link(hnsw_link_bits(g, record), slot);
        CHECK(!is_link || slot < node->n_used);
        n_links += is_link;
    }
    CHECK_EQ_INT(node->n_links, n_links);
    check_rows(g, hnsw_neighbors(g, record), node->n_used, row, 0, dead);
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--) {
        const uint32_t *list = hnsw_upper(g, row, level);
        if (CHECK(list[0] <= g->M))
            check_rows(g, list + 1, list[0], row, level, dead);
    }
}

/* dead: nodes to which none of the others leads; NULL: none. */
static inline void check_graph(const struct hnsw_graph *g, const struct bitmap *dead)
{
    uint32_t top_level = 0;
    CHECK_EQ_INT(g->n_nodes, bitmap_count(&g->nodes));
    CHECK((g->entry_point == HNSW_NONE) == (g->n_nodes == 0));
    for (uint32_t row = 0; row < g->nodes.n; row++) {
        if (!bitmap_test(&g->nodes, row))
            continue;
        uint32_t level = hnsw_level(row, g->M);
        top_level = level > top_level ? level : top_level;
        if (!dead || !bitmap_test(dead, row))
            check_node(g, row, dead);
    }
    if (g->n_nodes) {
        CHECK(bitmap_test(&g->nodes, g->entry_point));
        CHECK_EQ_INT(g->top_level, top_level);
        CHECK_EQ_INT(hnsw_level(g->entry_point, g->M), top_level);
    }
}

/* No node has a neighbour twice: of graphs that were built, not of those that were read. */
static inline void check_no_neighbor_twice(const struct hnsw_graph *g)
{
    for (uint32_t row = 0; row < g->nodes.n; row++) {
        if (!bitmap_test(&g->nodes, row))
            continue;
        uint8_t *record = hnsw_record(g, row);
        check_different(hnsw_neighbors(g, record), hnsw_node(g, record)->n_used);
        for (uint32_t level = hnsw_level(row, g->M); level > 0; level--)
            check_different(hnsw_upper(g, row, level) + 1, hnsw_upper(g, row, level)[0]);
    }
}

/* How many nodes a search with room for all of them meets: links lead to them, or with blocks any slot. */
static inline uint32_t count_reachable(const struct hnsw_graph *g)
{
    uint32_t n = 0, n_open = 0;
    uint32_t *open = mem_array(g->n_nodes + 1, sizeof *open);
    bool *seen = mem_array(g->nodes.n + 1, sizeof *seen);
    if (CHECK(open && seen) && g->n_nodes) {
        memset(seen, 0, g->nodes.n + 1);
        seen[g->entry_point] = true;
        open[n_open++] = g->entry_point;
    }
    for (; n < n_open; n++) {
        uint8_t *record = hnsw_record(g, open[n]);
        for (uint32_t slot = 0; slot < hnsw_node(g, record)->n_used; slot++) {
            uint32_t to = hnsw_neighbors(g, record)[slot];
            if (seen[to] || !(g->has_blocks || hnsw_is_link(hnsw_link_bits(g, record), slot)))
                continue;
            seen[to] = true;
            open[n_open++] = to;
        }
    }
    mem_free(open);
    mem_free(seen);
    return n;
}

#endif
