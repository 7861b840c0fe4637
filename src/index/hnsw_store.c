#include "index/hnsw_store.h"

enum { FORMAT = 1 };

uint32_t hnsw_store_n_parts(uint32_t n_rows)
{
    return (n_rows + HNSW_PART_NODES - 1) / HNSW_PART_NODES;
}

uint64_t hnsw_store_version(const struct hnsw_graph *g, uint32_t part)
{
    uint64_t version = 1;
    for (uint32_t i = 0; i < HNSW_PART_NODES / HNSW_CHUNK_NODES; i++) {
        uint32_t chunk = part * (HNSW_PART_NODES / HNSW_CHUNK_NODES) + i;
        version += chunk < g->n_chunks ? g->chunks[chunk].version : HNSW_FIRST_VERSION;
    }
    return version;
}

/* ---- writing ---- */

void hnsw_store_write_head(const struct hnsw_graph *g, uint32_t n_rows, struct writer *w)
{
    writer_u32(w, FORMAT);
    writer_u32(w, g->n);
    writer_u32(w, g->M);
    writer_u32(w, n_rows);
    writer_u32(w, g->n_stored ? g->n_stored : g->n_nodes);
    writer_u32(w, g->entry_point);
    writer_u32(w, g->top_level);
}

static void write_rows(struct writer *w, const uint32_t rows[], uint32_t n)
{
    uint8_t *to = n ? writer_space(w, n * sizeof *rows) : NULL;
    for (uint32_t i = 0; to && i < n; i++)
        bytes_set_u32(to + i * sizeof *rows, rows[i]);
}

static void write_node(const struct hnsw_graph *g, uint32_t row, struct writer *w)
{
    uint8_t *record = hnsw_record(g, row);
    uint32_t n_used = hnsw_node(g, record)->n_used;
    writer_u32(w, n_used + 1);
    write_rows(w, hnsw_link_bits(g, record), g->n_blocks);
    write_rows(w, hnsw_neighbors(g, record), n_used);
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--) {
        const uint32_t *list = hnsw_upper(g, row, level);
        writer_u32(w, list[0]);
        write_rows(w, list + 1, list[0]);
    }
}

void hnsw_store_write(const struct hnsw_graph *g, uint32_t n_rows, uint32_t part, struct writer *w)
{
    uint32_t first = part * HNSW_PART_NODES;
    for (uint32_t row = first; row < n_rows && row < first + HNSW_PART_NODES; row++) {
        if (bitmap_test(&g->nodes, row))
            write_node(g, row, w);
        else
            writer_u32(w, 0);
    }
}

/* ---- reading ---- */

int hnsw_store_read_head(struct hnsw_graph *g, uint32_t *n_rows, const uint8_t *bytes, size_t n)
{
    struct reader r = {bytes, n, 0, false};
    uint32_t format = reader_u32(&r), dims = reader_u32(&r), M = reader_u32(&r), rows = reader_u32(&r);
    uint32_t n_nodes = reader_u32(&r), entry_point = reader_u32(&r), top_level = reader_u32(&r);
    if (r.bad || r.at != n || format != FORMAT || dims != g->n || M != g->M || rows > *n_rows ||
        n_nodes > rows || top_level > HNSW_MOST_LEVELS || (entry_point >= rows && n_nodes > 0) ||
        (entry_point != HNSW_NONE && n_nodes == 0))
        return MVL_DAMAGED;
    *n_rows = rows;
    g->entry_point = entry_point;
    g->top_level = top_level;
    g->n_stored = n_nodes;
    return MVL_OK;
}

/* Rows that are none of the graph's, or `row` itself, are damage. */
static bool read_rows(struct reader *r, uint32_t rows[], uint32_t n, uint32_t n_rows, uint32_t row)
{
    const uint8_t *from = reader_bytes(r, n * sizeof *rows);
    if (!from)
        return n == 0;
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = bytes_u32(from + i * sizeof *rows);
        if (rows[i] >= n_rows || rows[i] == row)
            return false;
    }
    return true;
}

static bool read_link_bits(struct reader *r, const struct hnsw_graph *g, uint32_t n_used, uint32_t bits[],
                           uint32_t *n_links)
{
    *n_links = 0;
    for (uint32_t i = 0; i < g->n_blocks; i++) {
        uint32_t n = n_used > i * 32 ? n_used - i * 32 : 0;
        bits[i] = reader_u32(r);
        *n_links += (uint32_t)__builtin_popcount(bits[i]);
        if (n < 32 && bits[i] >> n)
            return false;
    }
    return *n_links <= g->most_links;
}

static int read_node(struct hnsw_graph *g, uint32_t n_rows, uint32_t row, uint32_t n_used, struct reader *r)
{
    if (n_used > g->n_slots || n_used > r->n / sizeof(uint32_t))
        return MVL_DAMAGED;
    TRY(hnsw_graph_reserve(g, row));
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    node->n_used = n_used;
    if (!read_link_bits(r, g, n_used, hnsw_link_bits(g, record), &node->n_links) ||
        !read_rows(r, hnsw_neighbors(g, record), n_used, n_rows, row))
        return MVL_DAMAGED;
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--) {
        uint32_t *list = hnsw_upper(g, row, level), n = reader_u32(r);
        if (n > g->M || !read_rows(r, list + 1, n, n_rows, row))
            return MVL_DAMAGED;
        list[0] = n;
    }
    if (r->bad)
        return MVL_DAMAGED;
    hnsw_graph_add(g, row);
    return MVL_OK;
}

int hnsw_store_read(struct hnsw_graph *g, uint32_t n_rows, uint32_t part, const uint8_t *bytes, size_t n)
{
    struct reader r = {bytes, n, 0, false};
    uint32_t first = part * HNSW_PART_NODES;
    if (part >= hnsw_store_n_parts(n_rows) || first < g->nodes.n)
        return MVL_DAMAGED;
    for (uint32_t row = first; row < n_rows && row < first + HNSW_PART_NODES && !r.bad; row++) {
        uint32_t used = reader_u32(&r);
        if (used > 0)
            TRY(read_node(g, n_rows, row, used - 1, &r));
    }
    for (uint32_t chunk = first / HNSW_CHUNK_NODES; chunk < g->n_chunks; chunk++)
        g->chunks[chunk].version = HNSW_FIRST_VERSION;
    return r.bad || r.at != n ? MVL_DAMAGED : MVL_OK;
}

/* Every link leads to a node that stands on that level. */
static bool links_lead_to_nodes(const struct hnsw_graph *g, const uint32_t rows[], uint32_t n, uint32_t level)
{
    for (uint32_t i = 0; i < n; i++)
        if (!bitmap_test(&g->nodes, rows[i]) || (level > 0 && hnsw_level(rows[i], g->M) < level))
            return false;
    return true;
}

int hnsw_store_check_node(const struct hnsw_graph *g, uint32_t row)
{
    uint8_t *record = hnsw_record(g, row);
    if (!links_lead_to_nodes(g, hnsw_neighbors(g, record), hnsw_node(g, record)->n_used, 0))
        return MVL_DAMAGED;
    for (uint32_t level = hnsw_level(row, g->M); level > 0; level--) {
        const uint32_t *list = hnsw_upper(g, row, level);
        if (!links_lead_to_nodes(g, list + 1, list[0], level))
            return MVL_DAMAGED;
    }
    return MVL_OK;
}

int hnsw_store_check(const struct hnsw_graph *g)
{
    if (g->n_nodes != g->n_stored)
        return MVL_DAMAGED;
    if (g->n_nodes == 0)
        return MVL_OK;
    bool is_entry = bitmap_test(&g->nodes, g->entry_point) &&
                    hnsw_level(g->entry_point, g->M) == g->top_level;
    return is_entry ? MVL_OK : MVL_DAMAGED;
}
