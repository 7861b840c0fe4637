#include "index/hnsw_build.h"

#include <assert.h>

#include "base/mem.h"
#include "index/scan.h"

/* The base layer is entered at so many of the nodes found above it. */
enum { MOST_ENTRIES = 8 };

int hnsw_builder_init(struct hnsw_builder *b, struct hnsw_graph *g, struct index *scan,
                      uint32_t ef_construction)
{
    *b = (struct hnsw_builder){
        .graph = g,
        .scan = scan,
        .coder = scan_coder(scan),
        .ef_construction = ef_construction > g->M ? ef_construction : g->M,
        .values = mem_array(g->n, sizeof *b->values),
        .node_values = mem_array(g->n, sizeof *b->node_values),
        .table = mem_array(g->n, 4),
        .chosen = mem_array(g->n_slots + 1, sizeof *b->chosen),
    };
    return b->values && b->node_values && b->table && b->chosen ? MVL_OK : MVL_NOMEM;
}

void hnsw_builder_fini(struct hnsw_builder *b)
{
    hnsw_workspace_fini(&b->work);
    mem_free(b->values);
    mem_free(b->node_values);
    mem_free(b->table);
    mem_free(b->chosen);
    mem_free(b->links);
    *b = (struct hnsw_builder){0};
}

static int reserve_links(struct hnsw_builder *b, uint32_t n)
{
    if (n <= b->links_capacity)
        return MVL_OK;
    struct topk_entry *links = mem_grow(b->links, 2 * (size_t)n, sizeof *links); /* half to sort in */
    if (!links)
        return MVL_NOMEM;
    b->links = links;
    b->links_capacity = n;
    return MVL_OK;
}

static void sort_run(struct topk_entry *e, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct topk_entry x = e[i];
        uint32_t at = i;
        for (; at > 0 && e[at - 1].order > x.order; at--)
            e[at] = e[at - 1];
        e[at] = x;
    }
}

static void merge_runs(const struct topk_entry *a, uint32_t n, uint32_t middle, struct topk_entry *to)
{
    uint32_t i = 0, k = middle;
    while (i < middle || k < n)
        *to++ = k == n || (i < middle && a[i].order <= a[k].order) ? a[i++] : a[k++];
}

/* Nearest first. scratch [n]. */
static void sort_entries(struct topk_entry *e, uint32_t n, struct topk_entry *scratch)
{
    enum { RUN = 16 };
    for (uint32_t i = 0; i < n; i += RUN)
        sort_run(e + i, n - i < RUN ? n - i : RUN);
    for (uint32_t run = RUN; run < n; run *= 2) {
        for (uint32_t i = 0; i < n; i += 2 * run) {
            uint32_t most = n - i < 2 * run ? n - i : 2 * run;
            merge_runs(e + i, most, run < most ? run : most, scratch + i);
        }
        memcpy(e, scratch, n * sizeof *e);
    }
}

/* A node as a query, in b->node_values. */
static struct hnsw_query query_of_node(struct hnsw_builder *b, uint32_t row)
{
    uint8_t *record = hnsw_record(b->graph, row);
    const struct hnsw_node *node = hnsw_node(b->graph, record);
    struct row_query coded = b->graph->code->query_of_code(b->node_values, hnsw_code(record), node->scale,
                                                           b->graph->n);
    return hnsw_query_of(b->graph, coded, node->constant);
}

static bool are_equal(const struct hnsw_graph *g, uint32_t a, uint32_t b)
{
    return memcmp(hnsw_code(hnsw_record(g, a)), hnsw_code(hnsw_record(g, b)), g->code_bytes) == 0;
}

/* Whether a candidate is nearer to one of the rows chosen than to whom it would be linked; or all three are equal, and
 * so are `most_equal` of the rows chosen. */
static bool is_covered(struct hnsw_builder *b, const struct topk_entry *candidate, const uint32_t chosen[],
                       uint32_t n_chosen, uint32_t most_equal)
{
    struct hnsw_query q = query_of_node(b, candidate->row);
    uint32_t n_equal = 0;
    for (uint32_t i = 0; i < n_chosen; i += 4) {
        float orders[4];
        uint32_t n = n_chosen - i < 4 ? n_chosen - i : 4;
        hnsw_score(b->graph, &q, chosen + i, n, orders);
        for (uint32_t k = 0; k < n; k++) {
            if (orders[k] < candidate->order)
                return true;
            if (orders[k] == candidate->order && are_equal(b->graph, candidate->row, chosen[i + k]))
                n_equal++;
        }
    }
    return n_equal >= most_equal;
}

/* The neighbours of a node among candidates, nearest first (Algorithm 4): those to which no other chosen one leads.
 * Of rows equal to the node there may be many: half of the places are not theirs. Returns how many, at most `most`. */
static uint32_t select_neighbors(struct hnsw_builder *b, const struct topk_entry candidates[], uint32_t n,
                                 uint32_t most, uint32_t chosen[])
{
    uint32_t n_chosen = 0;
    for (uint32_t i = 0; i < n && n_chosen < most; i++)
        if (!is_covered(b, &candidates[i], chosen, n_chosen, most / 2))
            chosen[n_chosen++] = candidates[i].row;
    return n_chosen;
}

static bool contains(const uint32_t rows[], uint32_t n, uint32_t row)
{
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] == row)
            return true;
    return false;
}

/* ---- slots of the base layer ---- */

static void put_in_block(struct hnsw_builder *b, uint32_t row, uint32_t slot, uint32_t neighbor)
{
    const struct hnsw_graph *g = b->graph;
    const uint8_t *from = scan_block_of(b->scan, neighbor);
    if (g->has_blocks && from)
        bit_block_copy(hnsw_block(g, hnsw_record(g, row), slot / BIT_BLOCK_ROWS), slot % BIT_BLOCK_ROWS, from,
                       neighbor % BIT_BLOCK_ROWS, g->n);
}

static void set_slot(struct hnsw_builder *b, uint32_t row, uint32_t slot, uint32_t neighbor)
{
    hnsw_neighbors(b->graph, hnsw_record(b->graph, row))[slot] = neighbor;
    put_in_block(b, row, slot, neighbor);
}

static void set_link(struct hnsw_node *node, uint32_t *bits, uint32_t slot, bool is_link)
{
    node->n_links += (uint32_t)is_link - (uint32_t)hnsw_is_link(bits, slot);
    bits[slot / 32] = (bits[slot / 32] & ~(1u << slot % 32)) | (uint32_t)is_link << slot % 32;
}

/* Links first, then the nearest of the candidates that are no links, as far as there are slots. */
static void fill_slots(struct hnsw_builder *b, uint32_t row, uint32_t n_links,
                       const struct topk_entry candidates[], uint32_t n)
{
    struct hnsw_graph *g = b->graph;
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    uint32_t *bits = hnsw_link_bits(g, record);
    memset(bits, 0, g->n_blocks * sizeof *bits);
    node->n_links = 0;
    node->n_used = n_links;
    for (uint32_t i = 0; i < n_links; i++) {
        set_slot(b, row, i, b->chosen[i]);
        set_link(node, bits, i, true);
    }
    for (uint32_t i = 0; i < n && node->n_used < g->n_slots; i++)
        if (!contains(b->chosen, n_links, candidates[i].row))
            set_slot(b, row, node->n_used++, candidates[i].row);
    hnsw_chunk_of(g, row)->version++;
}

/* A slot that is no link; there is one. Not always the same, so that what fills blocks changes with time. */
static uint32_t slot_to_spare(const struct hnsw_graph *g, const uint32_t *bits, const struct hnsw_node *node,
                              uint32_t seed)
{
    if (node->n_used < g->n_slots)
        return node->n_used;
    uint32_t slot = seed % g->n_slots;
    while (hnsw_is_link(bits, slot))
        slot = slot + 1 == g->n_slots ? 0 : slot + 1;
    return slot;
}

static void take_slot(struct hnsw_builder *b, uint32_t row, uint32_t neighbor, bool is_link)
{
    struct hnsw_graph *g = b->graph;
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    uint32_t *bits = hnsw_link_bits(g, record), slot = slot_to_spare(g, bits, node, neighbor);
    node->n_used += slot == node->n_used;
    set_slot(b, row, slot, neighbor);
    set_link(node, bits, slot, is_link);
}

/* The node has as many links as it may: the best of them and the new one stay, others only fill. */
static void choose_links_anew(struct hnsw_builder *b, uint32_t row, uint32_t fresh)
{
    struct hnsw_graph *g = b->graph;
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    uint32_t *bits = hnsw_link_bits(g, record), *neighbors = hnsw_neighbors(g, record), n = 0;
    uint32_t *rows = b->chosen;
    for (uint32_t slot = 0; slot < node->n_used; slot++)
        if (hnsw_is_link(bits, slot))
            rows[n++] = neighbors[slot];
    rows[n++] = fresh;
    float orders[BIT_BLOCK_ROWS];
    struct hnsw_query q = query_of_node(b, row);
    for (uint32_t i = 0; i < n; i += BIT_BLOCK_ROWS) {
        uint32_t most = n - i < BIT_BLOCK_ROWS ? n - i : BIT_BLOCK_ROWS;
        hnsw_score(g, &q, rows + i, most, orders);
        for (uint32_t k = 0; k < most; k++)
            b->links[i + k] = (struct topk_entry){orders[k], rows[i + k]};
    }
    sort_entries(b->links, n, b->links + b->links_capacity);
    uint32_t n_chosen = select_neighbors(b, b->links, n, g->most_links, b->chosen);
    for (uint32_t slot = 0; slot < node->n_used; slot++)
        set_link(node, bits, slot,
                 hnsw_is_link(bits, slot) && contains(b->chosen, n_chosen, neighbors[slot]));
    if (contains(b->chosen, n_chosen, fresh))
        take_slot(b, row, fresh, true);
}

static void link_back(struct hnsw_builder *b, uint32_t row, uint32_t fresh)
{
    struct hnsw_graph *g = b->graph;
    const struct hnsw_node *node = hnsw_node(g, hnsw_record(g, row));
    if (node->n_links < g->most_links)
        take_slot(b, row, fresh, true);
    else
        choose_links_anew(b, row, fresh);
    hnsw_chunk_of(g, row)->version++;
}

/* ---- lists of the levels above ---- */

static void link_back_above(struct hnsw_builder *b, uint32_t row, uint32_t level, uint32_t fresh)
{
    struct hnsw_graph *g = b->graph;
    uint32_t *list = hnsw_upper(g, row, level), n = list[0];
    hnsw_chunk_of(g, row)->version++;
    if (n < g->M) {
        list[++list[0]] = fresh;
        return;
    }
    uint32_t *rows = b->chosen;
    memcpy(rows, list + 1, n * sizeof *rows);
    rows[n++] = fresh;
    struct hnsw_query q = query_of_node(b, row);
    for (uint32_t i = 0; i < n; i++) {
        hnsw_score(g, &q, &rows[i], 1, &b->links[i].order);
        b->links[i].row = rows[i];
    }
    sort_entries(b->links, n, b->links + b->links_capacity);
    list[0] = select_neighbors(b, b->links, n, g->M, list + 1);
}

/* ---- inserting ---- */

/* The row's code in its record, and as a query in b->values and, where blocks are, in *bits. */
static int code_row(struct hnsw_builder *b, uint32_t row, struct hnsw_query *q, struct bit_query *bits)
{
    struct hnsw_graph *g = b->graph;
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    struct bit_row coded;
    TRY(coder_row(b->coder, row, &coded));
    node->scale = g->code->put(hnsw_code(record), coded.rotated, g->n);
    node->constant = coded.constant;
    if (!q)
        return MVL_OK;
    *q = hnsw_query_of(g, g->code->query_put(b->values, coded.rotated, g->n), coded.constant);
    if (g->has_blocks)
        bit_query_init(bits, coded.rotated, coded.centre, g->n, coded.factor, coded.constant, b->table);
    return MVL_OK;
}

static void connect(struct hnsw_builder *b, uint32_t row, uint32_t level, struct hnsw_found *found)
{
    struct hnsw_graph *g = b->graph;
    uint32_t n = found->n < b->ef_construction ? found->n : b->ef_construction;
    uint32_t n_chosen = select_neighbors(b, found->entries, n, g->M, b->chosen), chosen[2048];
    memcpy(chosen, b->chosen, n_chosen * sizeof *chosen);
    if (level == 0) {
        fill_slots(b, row, n_chosen, found->entries, n);
        for (uint32_t i = 0; i < n_chosen; i++)
            link_back(b, chosen[i], row);
        return;
    }
    uint32_t *list = hnsw_upper(g, row, level);
    list[0] = n_chosen;
    memcpy(list + 1, chosen, n_chosen * sizeof *list);
    for (uint32_t i = 0; i < n_chosen; i++)
        link_back_above(b, chosen[i], level, row);
}

static int reserve(struct hnsw_builder *b, uint32_t row)
{
    struct hnsw_graph *g = b->graph;
    uint32_t most_links = g->n_slots > g->M ? g->n_slots : g->M;
    TRY(hnsw_workspace_reserve(&b->work, b->ef_construction, row + 1));
    TRY(reserve_links(b, b->work.most_found > most_links ? b->work.most_found : most_links + 1));
    return hnsw_graph_reserve(g, row);
}

int hnsw_insert(struct hnsw_builder *b, uint32_t row)
{
    struct hnsw_graph *g = b->graph;
    struct hnsw_query q;
    struct bit_query bits;
    uint32_t level = hnsw_level(row, g->M);
    TRY(reserve(b, row));
    TRY(code_row(b, row, &q, &bits));
    bool is_first = g->entry_point == HNSW_NONE;
    if (!is_first) {
        uint32_t top = level < g->top_level ? level : g->top_level;
        struct topk_entry entries[MOST_ENTRIES] = {hnsw_descend(g, &q, top)};
        uint32_t n_entries = 1;
        hnsw_graph_add(g, row);
        for (uint32_t l = top + 1; l-- > 0;) {
            struct hnsw_layer_search s = {
                .q = &q,
                .bits = l == 0 && g->has_blocks ? &bits : NULL,
                .ef = b->ef_construction,
                .level = l,
            };
            struct hnsw_found found = hnsw_search_layer(g, &b->work, &s, entries, n_entries);
            sort_entries(found.entries, found.n, b->links);
            if (found.n) {
                n_entries = found.n < MOST_ENTRIES ? found.n : MOST_ENTRIES;
                memcpy(entries, found.entries, n_entries * sizeof *entries);
            }
            connect(b, row, l, &found);
        }
    } else {
        hnsw_graph_add(g, row);
    }
    if (is_first || level > g->top_level) {
        g->entry_point = row;
        g->top_level = level;
    }
    return MVL_OK;
}

int hnsw_prepare(struct hnsw_builder *b, uint32_t row)
{
    struct hnsw_graph *g = b->graph;
    TRY(hnsw_graph_reserve(g, row));
    TRY(code_row(b, row, NULL, NULL));
    uint8_t *record = hnsw_record(g, row);
    const uint32_t *neighbors = hnsw_neighbors(g, record);
    for (uint32_t slot = 0; slot < hnsw_node(g, record)->n_used; slot++)
        put_in_block(b, row, slot, neighbors[slot]);
    return MVL_OK;
}

/* ---- repairing ---- */

/* Rows gathered once each, as candidates for links. */
struct gathering {
    struct hnsw_builder *b;
    const struct bitmap *dead;
    uint32_t n;
    bool met_dead;
};

static void gather(struct gathering *t, uint32_t row)
{
    struct hnsw_workspace *w = &t->b->work;
    if (w->visited[row] == w->epoch || t->n == t->b->links_capacity)
        return;
    w->visited[row] = w->epoch;
    if (!bitmap_test(t->dead, row))
        t->b->links[t->n++].row = row;
}

static void begin_gathering(struct gathering *t, uint32_t row)
{
    hnsw_forget_visited(&t->b->work);
    t->b->work.visited[row] = t->b->work.epoch;
    t->n = 0;
    t->met_dead = false;
}

/* Scores what was gathered and sorts it. */
static void rank(struct gathering *t, uint32_t row)
{
    struct hnsw_query q = query_of_node(t->b, row);
    for (uint32_t i = 0; i < t->n; i++)
        hnsw_score(t->b->graph, &q, &t->b->links[i].row, 1, &t->b->links[i].order);
    sort_entries(t->b->links, t->n, t->b->links + t->b->links_capacity);
}

static void gather_neighbors(struct gathering *t, uint32_t row)
{
    struct hnsw_graph *g = t->b->graph;
    uint8_t *record = hnsw_record(g, row);
    const uint32_t *neighbors = hnsw_neighbors(g, record), n = hnsw_node(g, record)->n_used;
    for (uint32_t i = 0; i < n; i++) {
        gather(t, neighbors[i]);
        t->met_dead |= bitmap_test(t->dead, neighbors[i]);
    }
}

/* Two hops did not find enough: the graph is searched as for a new row. */
static void gather_by_search(struct gathering *t, uint32_t row)
{
    struct hnsw_builder *b = t->b;
    struct hnsw_query q = query_of_node(b, row);
    memcpy(b->values, b->node_values, b->graph->n * sizeof *b->values);
    q.coded.values = b->values;
    struct hnsw_layer_search s = {.q = &q, .ef = b->ef_construction, .wanted = &b->coder->vectors->present};
    struct topk_entry entry = hnsw_descend(b->graph, &q, 0);
    struct hnsw_found found = hnsw_search_layer(b->graph, &b->work, &s, &entry, 1);
    begin_gathering(t, row);
    for (uint32_t i = 0; i < found.n; i++)
        gather(t, found.entries[i].row);
}

static void link_back_if_room(struct hnsw_builder *b, uint32_t row, uint32_t other)
{
    struct hnsw_graph *g = b->graph;
    uint8_t *record = hnsw_record(g, row);
    const struct hnsw_node *node = hnsw_node(g, record);
    if (node->n_links == g->most_links || contains(hnsw_neighbors(g, record), node->n_used, other))
        return;
    take_slot(b, row, other, true);
    hnsw_chunk_of(g, row)->version++;
}

static void repair_base(struct hnsw_builder *b, uint32_t row, const struct bitmap *dead)
{
    struct hnsw_graph *g = b->graph;
    struct gathering t = {.b = b, .dead = dead};
    uint8_t *record = hnsw_record(g, row);
    const uint32_t *neighbors = hnsw_neighbors(g, record), n_used = hnsw_node(g, record)->n_used;
    begin_gathering(&t, row);
    gather_neighbors(&t, row);
    if (!t.met_dead)
        return;
    for (uint32_t i = 0; i < n_used; i++)
        if (bitmap_test(dead, neighbors[i]))
            gather_neighbors(&t, neighbors[i]);
    if (t.n < g->M)
        gather_by_search(&t, row);
    rank(&t, row);
    uint32_t n_chosen = select_neighbors(b, b->links, t.n, g->most_links, b->chosen);
    fill_slots(b, row, n_chosen, b->links, t.n);
    for (uint32_t i = 0; i < n_chosen; i++)
        link_back_if_room(b, b->chosen[i], row);
}

static void repair_above(struct hnsw_builder *b, uint32_t row, uint32_t level, const struct bitmap *dead)
{
    struct hnsw_graph *g = b->graph;
    struct gathering t = {.b = b, .dead = dead};
    uint32_t *list = hnsw_upper(g, row, level);
    begin_gathering(&t, row);
    for (uint32_t i = 1; i <= list[0]; i++) {
        gather(&t, list[i]);
        t.met_dead |= bitmap_test(dead, list[i]);
    }
    if (!t.met_dead)
        return;
    for (uint32_t i = 1; i <= list[0]; i++) {
        if (!bitmap_test(dead, list[i]))
            continue;
        const uint32_t *others = hnsw_upper(g, list[i], level);
        for (uint32_t k = 1; k <= others[0]; k++)
            gather(&t, others[k]);
    }
    rank(&t, row);
    list[0] = select_neighbors(b, b->links, t.n, g->M, list + 1);
    hnsw_chunk_of(g, row)->version++;
}

int hnsw_repair(struct hnsw_builder *b, uint32_t row, const struct bitmap *dead)
{
    TRY(reserve(b, row));
    TRY(hnsw_workspace_reserve(&b->work, b->ef_construction, b->graph->nodes.n));
    repair_base(b, row, dead);
    for (uint32_t level = hnsw_level(row, b->graph->M); level > 0; level--)
        repair_above(b, row, level, dead);
    return MVL_OK;
}
