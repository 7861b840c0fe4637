#include "index/hnsw_search.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "index/pool.h"

/* More nodes are expanded than stay in the pool; this many times as many are enough. */
enum { FOUND_PER_CANDIDATE = 4, LEAST_FOUND = 64 };

int hnsw_workspace_reserve(struct hnsw_workspace *w, uint32_t ef, uint32_t n_rows)
{
    if (ef > w->ef) {
        uint32_t most_found = FOUND_PER_CANDIDATE * ef + LEAST_FOUND;
        struct topk_entry *pool = mem_grow(w->pool, ef, sizeof *pool);
        if (!pool)
            return MVL_NOMEM;
        w->pool = pool;
        struct topk_entry *found = mem_grow(w->found, most_found, sizeof *found);
        if (!found)
            return MVL_NOMEM;
        w->found = found;
        struct topk_entry *hits = mem_grow(w->hits, ef, sizeof *hits);
        if (!hits)
            return MVL_NOMEM;
        w->hits = hits;
        w->most_found = most_found;
        w->ef = ef;
    }
    if (n_rows > w->n_visited) {
        uint32_t n = n_rows + n_rows / 4;
        uint8_t *visited = mem_grow(w->visited, n, 1);
        if (!visited)
            return MVL_NOMEM;
        w->visited = visited;
        memset(visited + w->n_visited, 0, n - w->n_visited);
        w->n_visited = n;
    }
    return MVL_OK;
}

void hnsw_workspace_fini(struct hnsw_workspace *w)
{
    mem_free(w->pool);
    mem_free(w->found);
    mem_free(w->hits);
    mem_free(w->visited);
    *w = (struct hnsw_workspace){0};
}

void hnsw_forget_visited(struct hnsw_workspace *w)
{
    if (++w->epoch == 0) {
        memset(w->visited, 0, w->n_visited);
        w->epoch = 1;
    }
}

/* ---- descending ---- */

static bool step_nearer(const struct hnsw_graph *g, const struct hnsw_query *q, uint32_t level,
                        struct topk_entry *at)
{
    enum { BATCH = 64 };
    const uint32_t *list = hnsw_upper(g, at->row, level);
    bool nearer = false;
    for (uint32_t i = 0; i < list[0]; i += BATCH) {
        float orders[BATCH];
        uint32_t n = list[0] - i < BATCH ? list[0] - i : BATCH;
        hnsw_score(g, q, list + 1 + i, n, orders);
        for (uint32_t k = 0; k < n; k++) {
            if (orders[k] < at->order) {
                *at = (struct topk_entry){orders[k], list[1 + i + k]};
                nearer = true;
            }
        }
    }
    return nearer;
}

struct topk_entry hnsw_descend(const struct hnsw_graph *g, const struct hnsw_query *q, uint32_t level)
{
    struct topk_entry at = {.row = g->entry_point};
    hnsw_score(g, q, &at.row, 1, &at.order);
    for (uint32_t l = g->top_level; l > level; l--)
        while (step_nearer(g, q, l, &at))
            ;
    return at;
}

/* ---- one level ---- */

struct search {
    const struct hnsw_graph *g;
    const struct hnsw_layer_search *s;
    struct pool pool;
    struct topk found; /* of a long way, the best */
    struct topk hits;  /* the k best of them */
    uint32_t n_estimated, n_expanded;
    double squared_errors; /* of the expanded nodes' estimates */
    float limit;           /* no candidates are beyond it */
    uint8_t *visited, epoch;
    uint32_t next; /* entries before it have been expanded */
};

static bool may_be_found(const struct hnsw_layer_search *s, uint32_t row)
{
    return (!s->wanted || bitmap_test(s->wanted, row)) && (!s->allow || bitmap_test(s->allow, row));
}

static inline void find(struct search *s, float order, uint32_t row)
{
    if (may_be_found(s->s, row))
        topk_push(&s->found, order, row);
}

/* Candidates not below this are not wanted. */
static inline float bound(const struct search *s)
{
    const struct pool *p = &s->pool;
    if (s->limit < INFINITY)
        return pool_bound(p) < s->limit ? pool_bound(p) : s->limit;
    return p->n < s->s->ef ? INFINITY : p->entries[s->s->ef - 1].order;
}

static inline void offer(struct search *s, float order, uint32_t row)
{
    uint32_t at = pool_insert(&s->pool, order, row);
    s->next = at < s->next ? at : s->next;
}

/* What is known of an expanded node: its order by its code, and what the estimate had been. */
static void learn(struct search *s, float order, float estimate, uint32_t row)
{
    bool is_hit = may_be_found(s->s, row);
    double error = (double)order - (double)estimate;
    if (is_hit)
        topk_push(&s->found, order, row);
    if (s->s->k == 0)
        return;
    if (is_hit)
        topk_push(&s->hits, order, row);
    s->squared_errors += isfinite(error) ? error * error : 0;
    if (++s->n_expanded >= s->s->least && s->hits.n == s->s->k)
        s->limit = topk_bound(&s->hits) +
                   s->s->clearance * (float)sqrt(s->squared_errors / (double)s->n_expanded);
}

/* The neighbours in the blocks are estimated, 32 at a time; the node itself is scored by its code. */
static void expand_by_blocks(struct search *s, const struct topk_entry *e)
{
    uint32_t row = e->row & ~(uint32_t)POOL_EXPANDED;
    const struct hnsw_graph *g = s->g;
    const struct hnsw_query *q = s->s->q;
    uint8_t *record = hnsw_record(g, row);
    const uint8_t *block = hnsw_block(g, record, 0);
    const struct hnsw_node *node = hnsw_node(g, record);
    const uint32_t *neighbors = hnsw_neighbors(g, record);
    learn(s, hnsw_order(q, node, g->code->dot(q->coded.values, hnsw_code(record), g->n)), e->order, row);
    for (uint32_t first = 0; first < node->n_used;
         first += BIT_BLOCK_ROWS, block += bit_block_bytes(g->n), neighbors += BIT_BLOCK_ROWS) {
        float orders[BIT_BLOCK_ROWS];
        uint32_t n = node->n_used - first;
        uint32_t below = bit_block_scan(block, s->s->bits, bound(s), orders);
        below &= n < BIT_BLOCK_ROWS ? (1u << n) - 1 : UINT32_MAX;
        s->n_estimated += n < BIT_BLOCK_ROWS ? n : BIT_BLOCK_ROWS;
        for (; below; below &= below - 1) {
            uint32_t slot = (uint32_t)__builtin_ctz(below), neighbor = neighbors[slot];
            if (s->visited[neighbor] == s->epoch)
                continue;
            s->visited[neighbor] = s->epoch;
            offer(s, orders[slot], neighbor);
        }
    }
}

/* Links that have not been visited, which they are then, into out. Returns how many. */
static uint32_t unvisited_links(struct search *s, const uint32_t rows[], uint32_t bits, uint32_t out[])
{
    uint32_t n = 0;
    for (; bits; bits &= bits - 1) {
        uint32_t row = rows[__builtin_ctz(bits)];
        out[n] = row;
        n += s->visited[row] != s->epoch;
        s->visited[row] = s->epoch;
    }
    return n;
}

static void offer_by_codes(struct search *s, const uint32_t rows[], uint32_t bits)
{
    uint32_t fresh[BIT_BLOCK_ROWS];
    float orders[BIT_BLOCK_ROWS];
    uint32_t n = unvisited_links(s, rows, bits, fresh);
    if (n == 0)
        return;
    hnsw_score(s->g, s->s->q, fresh, n, orders);
    s->n_estimated += n;
    for (uint32_t i = 0; i < n; i++)
        if (orders[i] < pool_bound(&s->pool))
            offer(s, orders[i], fresh[i]);
}

static void expand_by_codes(struct search *s, const struct topk_entry *e)
{
    const struct hnsw_graph *g = s->g;
    uint32_t row = e->row & ~(uint32_t)POOL_EXPANDED;
    find(s, e->order, row);
    if (s->s->level > 0) {
        const uint32_t *list = hnsw_upper(g, row, s->s->level);
        for (uint32_t i = 0; i < list[0]; i += 32)
            offer_by_codes(s, list + 1 + i, list[0] - i < 32 ? (1u << (list[0] - i)) - 1 : UINT32_MAX);
        return;
    }
    uint8_t *record = hnsw_record(g, row);
    const uint32_t *neighbors = hnsw_neighbors(g, record), *bits = hnsw_link_bits(g, record);
    for (uint32_t i = 0; i < g->n_blocks; i++)
        offer_by_codes(s, neighbors + i * 32, bits[i]);
}

struct hnsw_found hnsw_search_layer(const struct hnsw_graph *g, struct hnsw_workspace *w,
                                    const struct hnsw_layer_search *s, const struct topk_entry from[],
                                    uint32_t n_from)
{
    assert(s->ef <= w->ef && s->most <= w->ef && n_from > 0);
    hnsw_forget_visited(w);
    struct search search = {
        .g = g,
        .s = s,
        .pool = {w->pool, 0, s->k ? s->most : s->ef},
        .found = {w->found, 0, w->most_found},
        .hits = {w->hits, 0, s->k},
        .limit = INFINITY,
        .visited = w->visited,
        .epoch = w->epoch,
    };
    for (uint32_t i = 0; i < n_from; i++) {
        w->visited[from[i].row] = w->epoch;
        pool_insert(&search.pool, from[i].order, from[i].row);
    }
    while (search.next < search.pool.n) {
        struct topk_entry *e = &search.pool.entries[search.next++];
        if (e->row & (uint32_t)POOL_EXPANDED)
            continue;
        if (e->order > search.limit)
            break;
        struct topk_entry expanded = *e;
        e->row |= (uint32_t)POOL_EXPANDED;
        if (s->bits)
            expand_by_blocks(&search, &expanded);
        else
            expand_by_codes(&search, &expanded);
    }
    return (struct hnsw_found){w->found, search.found.n, search.n_estimated};
}
