#include "index/hnsw_packed.h"

#include "base/mem.h"

enum {
    PART_EFFORT = 3000, /* microseconds: most of it is memory that is touched for the first time */
    NODES_PER_EFFORT = 4,
};

int hnsw_packed_add(struct hnsw_packed *p, const uint8_t *bytes, size_t n)
{
    struct hnsw_packed_part *parts = mem_grow(p->parts, p->n + 1, sizeof *parts);
    if (!parts)
        return MVL_NOMEM;
    p->parts = parts;
    uint8_t *copy = mem_alloc(n);
    if (!copy)
        return MVL_NOMEM;
    memcpy(copy, bytes, n);
    parts[p->n++] = (struct hnsw_packed_part){copy, n};
    return MVL_OK;
}

void hnsw_packed_fini(struct hnsw_packed *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        mem_free(p->parts[i].bytes);
    mem_free(p->parts);
    *p = (struct hnsw_packed){0};
}

size_t hnsw_packed_bytes(const struct hnsw_packed *p)
{
    size_t bytes = p->n * sizeof *p->parts;
    for (uint32_t i = p->next; i < p->n; i++)
        bytes += p->parts[i].n;
    return bytes;
}

uint64_t hnsw_packed_work(const struct hnsw_packed *p, const struct hnsw_graph *g)
{
    if (!hnsw_is_packed(p))
        return 0;
    return (uint64_t)(p->n - p->next) * PART_EFFORT + (g->nodes.n - p->n_checked) / NODES_PER_EFFORT + 1;
}

static int unpack_next(struct hnsw_packed *p, struct hnsw_graph *g, uint32_t n_rows)
{
    struct hnsw_packed_part *part = &p->parts[p->next];
    TRY(hnsw_store_read(g, n_rows, p->next, part->bytes, part->n));
    mem_free(part->bytes);
    part->bytes = NULL;
    p->next++;
    return MVL_OK;
}

int hnsw_unpack(struct hnsw_packed *p, struct hnsw_graph *g, uint32_t n_rows, uint32_t effort)
{
    for (uint32_t spent = 0; p->next < p->n && spent < effort; spent += PART_EFFORT)
        TRY(unpack_next(p, g, n_rows));
    if (p->next < p->n)
        return MVL_OK;
    TRY(hnsw_store_check(g));
    uint32_t left = g->nodes.n - p->n_checked, most = effort < left ? effort * NODES_PER_EFFORT : left;
    for (uint32_t end = p->n_checked + (most < left ? most : left); p->n_checked < end; p->n_checked++)
        if (bitmap_test(&g->nodes, p->n_checked))
            TRY(hnsw_store_check_node(g, p->n_checked));
    if (p->n_checked == g->nodes.n) {
        hnsw_packed_fini(p);
        g->n_stored = 0;
    }
    return MVL_OK;
}
