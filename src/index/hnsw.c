#include "index/hnsw.h"

#include <math.h>

#include "base/mem.h"
#include "index/flat.h"
#include "index/hnsw_build.h"
#include "index/hnsw_landmarks.h"
#include "index/hnsw_packed.h"
#include "index/rerank.h"
#include "index/scan.h"
#include "kernel/byte_code.h"
#include "kernel/nibble_code.h"

enum {
    DEFAULT_EF = 100,
    RERANK_LEAST = 32,      /* exact orders are computed for at most this many candidates ... */
    RERANK_PER_HIT = 3,     /* ... or this many a hit */
    LEAST_BLOCK_DIMS = 128, /* one bit tells too little of fewer dimensions: codes are as quick */
    LEAST_EXPANDED = 12,    /* with blocks, an easy query expands this many nodes, */
    LEAST_SHARE = 2,        /* or half of ef; */
    MOST_SHARE = 4,         /* a hard one up to four times ef */
    MOST_TAIL_ROWS = 2048,  /* rows behind the graph that a search adds by scanning */
    MOST_OUTSIDERS = 50,    /* rows without a useful code, computed exactly by every search */
    DEAD_SHARE = 64,        /* repaired when more nodes than 1 / 64 are dead, */
    REBUILD_SHARE = 2,      /* built anew when more than half are */
    PREPARE_EFFORT = 6,     /* microseconds: a node's codes and blocks */
    VISIT_EFFORT = 1,       /* looking at a node in a round of repairs */
    REPAIR_EFFORT = 100,
    SHRINK_EFFORT = 60, /* a chunk of nodes that gave up their blocks */
};

static const size_t MOST_BLOCK_BYTES = 640u << 20;

struct index {
    struct index *scan; /* owned; scan.c's */
    const struct vectors *vectors;
    struct coder *coder; /* the scan's */
    struct index_settings settings;
    struct hnsw_graph graph;
    struct hnsw_builder builder;
    struct hnsw_workspace *work; /* the builder's: searches use it too, and change nothing else */
    struct hnsw_landmarks landmarks;
    struct hnsw_packed packed;                       /* what the graph will have */
    uint32_t generation;                             /* how often the graph was begun anew */
    uint32_t n_built;                                /* rows below this are nodes, outsiders, or gone */
    uint32_t n_ready;                                /* nodes below this have their codes and blocks */
    uint32_t centre_rows;                            /* of the coder when they were made */
    uint32_t outsiders[MOST_OUTSIDERS], n_outsiders; /* more than fit: the scan answers */
    struct bitmap dead;  /* of a round of repairs: nodes that get no links any more */
    uint32_t n_repaired; /* rows below this have none; UINT32_MAX: there is no round */
};

/* ---- creating ---- */

static void hnsw_destroy(struct index *ix)
{
    if (!ix)
        return;
    hnsw_builder_fini(&ix->builder);
    hnsw_packed_fini(&ix->packed);
    hnsw_landmarks_fini(&ix->landmarks);
    hnsw_graph_fini(&ix->graph);
    bitmap_fini(&ix->dead);
    scan_ops.destroy(ix->scan);
    mem_free(ix);
}

static void start_graph(struct index *ix)
{
    uint32_t n = ix->coder->n;
    const struct hnsw_shape shape = {
        .code = ix->settings.code_bits == 4 ? &nibble_code : &byte_code,
        .n = n,
        .M = ix->settings.M,
        .is_dot = ix->coder->is_dot,
        .has_blocks = n >= LEAST_BLOCK_DIMS,
    };
    hnsw_graph_init(&ix->graph, shape);
    hnsw_landmarks_clear(&ix->landmarks);
    ix->n_built = ix->n_ready = ix->n_outsiders = 0;
    ix->n_repaired = UINT32_MAX;
}

static int hnsw_create(struct index **out, const struct vectors *v, enum metric m,
                       const struct index_settings *settings)
{
    struct index *ix = mem_alloc(sizeof *ix);
    if (!ix)
        return MVL_NOMEM;
    *ix = (struct index){.vectors = v, .settings = *settings};
    int rc = scan_ops.create(&ix->scan, v, m, settings);
    if (rc == MVL_OK) {
        ix->coder = scan_coder(ix->scan);
        start_graph(ix);
        ix->work = &ix->builder.work;
        rc = hnsw_builder_init(&ix->builder, &ix->graph, ix->scan, settings->ef_construction);
    }
    if (rc != MVL_OK) {
        hnsw_destroy(ix);
        return rc;
    }
    *out = ix;
    return MVL_OK;
}

/* ---- maintaining ---- */

static bool wants_graph(const struct index *ix)
{
    return ix->vectors->n_present >= ix->settings.graph_rows || ix->n_built > 0;
}

/* Codes and blocks were made about another centre, or are still to be made. */
static bool is_prepared(const struct index *ix)
{
    return !hnsw_is_packed(&ix->packed) && ix->n_ready >= ix->n_built &&
           ix->centre_rows == ix->coder->centre_rows;
}

static uint32_t count_present(const struct index *ix, uint32_t from)
{
    const struct bitmap *present = &ix->vectors->present;
    uint32_t n = 0;
    for (uint32_t i = from / 64; i < (present->n + 63) / 64; i++)
        n += (uint32_t)__builtin_popcountll(present->words[i] &
                                            (i == from / 64 ? UINT64_MAX << from % 64 : UINT64_MAX));
    return n;
}

/* Every present row below n_built is a node or an outsider; other nodes are dead. */
static uint32_t n_dead(const struct index *ix)
{
    uint32_t n_alive = ix->vectors->n_present - count_present(ix, ix->n_built);
    if (ix->n_outsiders > MOST_OUTSIDERS)
        return 0; /* nobody searches the graph */
    for (uint32_t i = 0; i < ix->n_outsiders; i++)
        n_alive -= bitmap_test(&ix->vectors->present, ix->outsiders[i]);
    return ix->graph.n_nodes - n_alive;
}

static bool needs_repair(const struct index *ix)
{
    if (hnsw_is_packed(&ix->packed))
        return false;
    return ix->n_repaired != UINT32_MAX || n_dead(ix) > ix->graph.n_nodes / DEAD_SHARE;
}

/* Microseconds to insert a row: most of it is a search with ef_construction candidates. */
static uint32_t insert_effort(const struct index *ix)
{
    return ix->builder.ef_construction + ix->builder.ef_construction * ix->graph.n / 512;
}

static uint32_t to_insert(const struct index *ix)
{
    uint32_t n_coded = scan_n_coded(ix->scan);
    return wants_graph(ix) && n_coded > ix->n_built ? n_coded - ix->n_built : 0;
}

/* Rows without a code, and rows that have one but are no nodes yet. */
static uint32_t hnsw_pending(const struct index *ix)
{
    return scan_ops.pending(ix->scan) + to_insert(ix);
}

static uint64_t hnsw_work(const struct index *ix)
{
    uint64_t work = scan_ops.work(ix->scan);
    work += hnsw_packed_work(&ix->packed, &ix->graph);
    work += (uint64_t)to_insert(ix) * insert_effort(ix);
    work += (uint64_t)ix->graph.n_wide * SHRINK_EFFORT;
    if (!is_prepared(ix))
        work += (uint64_t)ix->n_built * PREPARE_EFFORT;
    if (needs_repair(ix))
        work += (uint64_t)ix->n_built * VISIT_EFFORT + 1;
    return work;
}

static void spend(uint32_t *effort, uint32_t some)
{
    *effort -= *effort > some ? some : *effort;
}

static void begin_repairs(struct index *ix)
{
    const struct bitmap *nodes = &ix->graph.nodes;
    if (bitmap_reserve(&ix->dead, nodes->n) != MVL_OK)
        return;
    bitmap_extend(&ix->dead, nodes->n);
    for (uint32_t i = 0; i < (nodes->n + 63) / 64; i++)
        ix->dead.words[i] = nodes->words[i] & ~ix->vectors->present.words[i];
    ix->n_repaired = 0;
}

/* The node of the highest level is the new entry point. */
static void replace_entry_point(struct index *ix)
{
    struct hnsw_graph *g = &ix->graph;
    g->entry_point = HNSW_NONE;
    for (uint32_t row = 0; row < g->nodes.n; row++) {
        if (!bitmap_test(&g->nodes, row) || bitmap_test(&ix->dead, row))
            continue;
        uint32_t level = hnsw_level(row, g->M);
        if (g->entry_point != HNSW_NONE && level <= g->top_level)
            continue;
        g->entry_point = row;
        g->top_level = level;
    }
}

static void end_repairs(struct index *ix)
{
    if (bitmap_test(&ix->dead, ix->graph.entry_point))
        replace_entry_point(ix);
    for (uint32_t row = 0; row < ix->dead.n; row++)
        if (bitmap_test(&ix->dead, row))
            hnsw_graph_remove(&ix->graph, row);
    hnsw_landmarks_remove(&ix->landmarks, &ix->graph);
    bitmap_fini(&ix->dead);
    ix->dead = (struct bitmap){0};
    ix->n_repaired = UINT32_MAX;
}

/* Builds anew when hardly anything would be left of the graph. */
static void drop_graph(struct index *ix)
{
    hnsw_packed_fini(&ix->packed);
    hnsw_graph_fini(&ix->graph);
    ix->generation++;
    start_graph(ix);
}

static int repair_some(struct index *ix, uint32_t *effort)
{
    if (ix->n_repaired == UINT32_MAX) {
        if (n_dead(ix) > ix->graph.n_nodes / REBUILD_SHARE) {
            drop_graph(ix);
            return MVL_OK;
        }
        begin_repairs(ix);
        if (ix->n_repaired == UINT32_MAX)
            return MVL_NOMEM;
    }
    for (; *effort > 0 && ix->n_repaired < ix->dead.n; ix->n_repaired++) {
        uint32_t row = ix->n_repaired;
        if (!bitmap_test(&ix->graph.nodes, row) || bitmap_test(&ix->dead, row))
            continue;
        uint64_t version = hnsw_chunk_of(&ix->graph, row)->version;
        TRY(hnsw_repair(&ix->builder, row, &ix->dead));
        spend(effort, hnsw_chunk_of(&ix->graph, row)->version == version ? VISIT_EFFORT : REPAIR_EFFORT);
    }
    if (ix->n_repaired >= ix->dead.n)
        end_repairs(ix);
    return MVL_OK;
}

static void add_landmark(struct index *ix, uint32_t row)
{
    hnsw_landmarks_add(&ix->landmarks, &ix->graph, row, scan_block_of(ix->scan, row), row % BIT_BLOCK_ROWS);
}

static int prepare_some(struct index *ix, uint32_t *effort)
{
    if (ix->centre_rows != ix->coder->centre_rows) {
        ix->centre_rows = ix->coder->centre_rows;
        ix->n_ready = 0;
        hnsw_landmarks_clear(&ix->landmarks);
    }
    for (; *effort > 0 && ix->n_ready < ix->n_built; ix->n_ready++) {
        uint32_t row = ix->n_ready;
        if (!bitmap_test(&ix->graph.nodes, row) || !bitmap_test(&ix->vectors->present, row))
            continue;
        TRY(hnsw_landmarks_reserve(&ix->landmarks, &ix->graph));
        TRY(hnsw_prepare(&ix->builder, row));
        add_landmark(ix, row);
        spend(effort, PREPARE_EFFORT);
    }
    return MVL_OK;
}

/* A row of which codes say nothing is no node. */
static bool is_outsider(const struct index *ix, uint32_t row)
{
    const uint8_t *block = scan_block_of(ix->scan, row);
    return !bit_block_can_estimate(block, ix->coder->n, row % BIT_BLOCK_ROWS);
}

static void add_outsider(struct index *ix, uint32_t row)
{
    if (ix->n_outsiders < MOST_OUTSIDERS)
        ix->outsiders[ix->n_outsiders] = row;
    ix->n_outsiders += ix->n_outsiders <= MOST_OUTSIDERS; /* one too many says so */
}

static int insert_some(struct index *ix, uint32_t *effort)
{
    uint32_t each = insert_effort(ix);
    for (; to_insert(ix) && *effort > 0; ix->n_built++) {
        uint32_t row = ix->n_built;
        if (!bitmap_test(&ix->vectors->present, row))
            continue;
        if (is_outsider(ix, row)) {
            add_outsider(ix, row);
            continue;
        }
        TRY(hnsw_landmarks_reserve(&ix->landmarks, &ix->graph));
        TRY(hnsw_insert(&ix->builder, row));
        add_landmark(ix, row);
        spend(effort, each);
    }
    ix->n_ready = ix->n_built;
    return MVL_OK;
}

/* Present rows that are no nodes are outsiders. */
static void find_outsiders(struct index *ix)
{
    for (uint32_t row = 0; row < ix->n_built; row++)
        if (bitmap_test(&ix->vectors->present, row) && !bitmap_test(&ix->graph.nodes, row))
            add_outsider(ix, row);
}

/* Of a damaged graph nothing is kept. */
static int unpack_some(struct index *ix, uint32_t effort)
{
    int rc = hnsw_unpack(&ix->packed, &ix->graph, ix->n_built, effort);
    if (rc == MVL_DAMAGED)
        drop_graph(ix);
    else if (rc == MVL_OK && !hnsw_is_packed(&ix->packed))
        find_outsiders(ix);
    return rc == MVL_DAMAGED ? MVL_OK : rc;
}

static int maintain_graph(struct index *ix, uint32_t effort)
{
    bool has_codes = scan_n_coded(ix->scan) >= ix->n_built;
    if (!has_codes) /* they were begun anew, and too few rows are left to end that */
        drop_graph(ix);
    if (!wants_graph(ix) || !ix->coder->centre)
        return MVL_OK;
    if (hnsw_is_packed(&ix->packed))
        return unpack_some(ix, effort);
    if (!is_prepared(ix))
        return prepare_some(ix, &effort);
    if (needs_repair(ix))
        return repair_some(ix, &effort);
    return insert_some(ix, &effort);
}

static int hnsw_maintain(struct index *ix, uint32_t effort)
{
    if (scan_ops.work(ix->scan))
        return scan_ops.maintain(ix->scan, effort);
    if (ix->graph.has_blocks && hnsw_graph_bytes(&ix->graph) > MOST_BLOCK_BYTES)
        hnsw_graph_drop_blocks(&ix->graph);
    hnsw_graph_shrink(&ix->graph, effort / SHRINK_EFFORT + 1);
    int rc = maintain_graph(ix, effort);
    if (rc == MVL_NOMEM && ix->graph.has_blocks) {
        hnsw_graph_drop_blocks(&ix->graph);
        rc = maintain_graph(ix, effort);
    }
    return rc;
}

/* ---- searching ---- */

/* The shape of a search that the graph may answer. */
struct graph_search {
    uint32_t ef, k;
    struct coded_query coded;
    int16_t *values; /* owned [n]; NULL: codes cannot tell its distances */
    struct hnsw_query q;
};

static uint32_t rerank_count(uint32_t k)
{
    return RERANK_PER_HIT * k > RERANK_LEAST ? RERANK_PER_HIT * k : RERANK_LEAST;
}

static uint32_t wanted_ef(const struct index_query *q, uint32_t k)
{
    uint32_t ef = q->ef ? q->ef : DEFAULT_EF;
    return ef > k ? ef : k;
}

/* How many candidates there must be so that ef of them may be found. Estimates want some more. */
static double widened_ef(const struct index *ix, const struct index_query *q, const struct topk *out)
{
    double wanted = wanted_ef(q, out->k);
    wanted *= ix->graph.has_blocks ? 1.25 : 1;
    if (!q->allow)
        return wanted;
    double allowed = bitmap_count(q->allow);
    return allowed > 0 ? wanted * ix->vectors->n_present / allowed : INFINITY;
}

/* Microseconds that a search by the graph and one by the scan take. */
static bool is_graph_cheaper(const struct index *ix, const struct index_query *q, double ef)
{
    double words = ix->graph.n / 384.0, tail = ix->vectors->n_rows - ix->n_built;
    double by_graph = 10 + ef * (0.4 + 0.6 * words) + tail * 0.05 * words;
    double share = q->allow ? 32.0 * bitmap_count(q->allow) / ix->vectors->n_rows : 1;
    double by_scan = 20 + scan_n_coded(ix->scan) * 0.0045 * words * (share < 1 ? share : 1);
    return by_graph < by_scan;
}

static bool can_graph_serve(const struct index *ix, const struct index_query *q, const struct topk *out,
                            double ef)
{
    return ix->graph.n_nodes > 0 && is_prepared(ix) && ix->n_outsiders <= MOST_OUTSIDERS &&
           q->metric == ix->coder->metric && !q->exact && !isfinite(q->nearest) && !isfinite(q->farthest) &&
           ix->vectors->n_rows - ix->n_built <= MOST_TAIL_ROWS && ef < ix->graph.n_nodes &&
           out->k < ix->graph.n_nodes && is_graph_cheaper(ix, q, ef);
}

static int push_outsiders(const struct index *ix, const struct index_query *q, struct topk *out)
{
    struct topk_entry e[MOST_OUTSIDERS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < ix->n_outsiders; i++)
        if (bitmap_test(&ix->vectors->present, ix->outsiders[i]) &&
            (!q->allow || bitmap_test(q->allow, ix->outsiders[i])))
            e[n++].row = ix->outsiders[i];
    return rerank_all(ix->vectors, q, e, n, out);
}

/* Where a search begins: at landmarks, or down the levels. */
static uint32_t find_entries(const struct index *ix, const struct graph_search *t,
                             struct topk_entry out[LANDMARK_ENTRIES])
{
    uint32_t n = ix->graph.has_blocks ? hnsw_landmarks_nearest(&ix->landmarks, &t->coded.bits, out) : 0;
    if (n == 0)
        out[n++] = hnsw_descend(&ix->graph, &t->q, 0);
    return n;
}

/* Finds candidates by the graph and pushes the best of them with their exact orders. */
static int search_graph(const struct index *ix, const struct index_query *q, struct graph_search *t,
                        struct topk *out)
{
    const struct hnsw_graph *g = &ix->graph;
    struct hnsw_workspace *w = ix->work;
    double start = report_time(q->report);
    uint32_t most = g->has_blocks ? MOST_SHARE * t->ef : t->ef;
    TRY(hnsw_workspace_reserve(w, most, g->nodes.n));
    struct hnsw_layer_search s = {
        .q = &t->q,
        .bits = g->has_blocks ? &t->coded.bits : NULL,
        .ef = t->ef,
        .most = most,
        .k = g->has_blocks ? t->k : 0,
        .least = t->ef / LEAST_SHARE > LEAST_EXPANDED ? t->ef / LEAST_SHARE : LEAST_EXPANDED,
        .clearance = logf((float)wanted_ef(q, t->k) / (float)t->k),
        .wanted = &ix->vectors->present,
        .allow = q->allow,
    };
    struct topk_entry entries[LANDMARK_ENTRIES];
    uint32_t n_entries = find_entries(ix, t, entries);
    struct hnsw_found found = hnsw_search_layer(g, w, &s, entries, n_entries < t->ef ? n_entries : t->ef);
    uint32_t n = rerank_sort(found.entries, found.n, rerank_count(t->k));
    report_estimates(q->report, found.n_estimated, start);
    return rerank_nearest(ix->vectors, q, found.entries, n, out);
}

static int bind_query(const struct index *ix, const struct index_query *q, struct graph_search *t)
{
    TRY(coded_query_init(&t->coded, ix->coder, q->vector));
    if (!coder_can_estimate(t->coded.length))
        return MVL_OK;
    t->values = mem_array(ix->graph.n, sizeof *t->values);
    if (!t->values)
        return MVL_NOMEM;
    struct row_query coded = ix->graph.code->query_put(t->values, t->coded.rotated, ix->graph.n);
    t->q = hnsw_query_of(&ix->graph, coded, t->coded.length * t->coded.length);
    return MVL_OK;
}

/* The graph, and what it does not know. Fewer hits than wanted: the scan has to answer. */
static int search_by_graph(const struct index *ix, const struct index_query *q, double ef, struct topk *out)
{
    struct graph_search t = {.ef = (uint32_t)ef, .k = out->k};
    int rc = bind_query(ix, q, &t);
    if (rc == MVL_OK && t.values)
        rc = search_graph(ix, q, &t, out);
    mem_free(t.values);
    coded_query_fini(&t.coded);
    TRY(rc);
    if (out->n < out->k) /* what the graph does not know must not pass for it */
        return MVL_OK;
    TRY(push_outsiders(ix, q, out));
    TRY(flat_scan(ix->vectors, q, ix->n_built, out));
    report_plan(q->report, "graph");
    return MVL_OK;
}

static int hnsw_search(const struct index *ix, const struct index_query *q, struct topk *out)
{
    double ef = widened_ef(ix, q, out);
    if (can_graph_serve(ix, q, out, ef)) {
        TRY(search_by_graph(ix, q, ef, out));
        if (out->n == out->k)
            return MVL_OK;
        out->n = 0;
    }
    return scan_ops.search(ix->scan, q, out);
}

/* ---- in the file: even parts are the scan's, odd ones the graph's, of which the first is the head ---- */

static uint32_t n_graph_parts(const struct index *ix)
{
    bool has_graph = ix->graph.n_nodes || hnsw_is_packed(&ix->packed);
    return has_graph ? 1 + hnsw_store_n_parts(ix->n_built) : 0;
}

static uint32_t hnsw_n_parts(const struct index *ix)
{
    uint32_t of_scan = scan_ops.n_parts(ix->scan), of_graph = n_graph_parts(ix);
    return 2 * (of_scan > of_graph ? of_scan : of_graph);
}

/* The sum of all versions, as any change of links shows in the head's numbers or may. */
static uint64_t head_version(const struct index *ix)
{
    uint64_t version = ix->n_built;
    for (uint32_t i = 0; i < hnsw_store_n_parts(ix->n_built); i++)
        version += hnsw_store_version(&ix->graph, i);
    return version;
}

static uint64_t hnsw_part_version(const struct index *ix, uint32_t part)
{
    if (part % 2 == 0)
        return part / 2 < scan_ops.n_parts(ix->scan) ? scan_ops.part_version(ix->scan, part / 2) : 0;
    if (part / 2 >= n_graph_parts(ix))
        return 0;
    uint32_t end = part / 2 * HNSW_PART_NODES, n_rows = ix->n_built < end ? ix->n_built : end;
    uint64_t version = part == 1 ? head_version(ix) : hnsw_store_version(&ix->graph, part / 2 - 1);
    return ((uint64_t)ix->generation << 48) + n_rows + version; /* a part has rows without a node, too */
}

static void hnsw_part_write(const struct index *ix, uint32_t part, struct writer *w)
{
    if (part % 2 == 0)
        scan_ops.part_write(ix->scan, part / 2, w);
    else if (part == 1)
        hnsw_store_write_head(&ix->graph, ix->n_built, w);
    else if (part / 2 - 1 >= ix->packed.next && hnsw_is_packed(&ix->packed))
        writer_bytes(w, ix->packed.parts[part / 2 - 1].bytes, ix->packed.parts[part / 2 - 1].n);
    else
        hnsw_store_write(&ix->graph, ix->n_built, part / 2 - 1, w);
}

static int hnsw_part_read(struct index *ix, uint32_t part, const uint8_t *bytes, size_t n)
{
    if (part % 2 == 0)
        return scan_ops.part_read(ix->scan, part / 2, bytes, n);
    if (part > 1)
        return part / 2 - 1 == ix->packed.n ? hnsw_packed_add(&ix->packed, bytes, n) : MVL_DAMAGED;
    ix->n_built = ix->vectors->n_rows;
    return hnsw_store_read_head(&ix->graph, &ix->n_built, bytes, n);
}

/* The graph's parts are kept as they are until there is time; then they are checked. */
static int hnsw_part_read_end(struct index *ix)
{
    TRY(scan_ops.part_read_end(ix->scan));
    if (scan_n_coded(ix->scan) < ix->n_built || ix->packed.n != hnsw_store_n_parts(ix->n_built))
        return MVL_DAMAGED;
    return MVL_OK;
}

static size_t hnsw_bytes(const struct index *ix)
{
    return sizeof *ix + scan_ops.bytes(ix->scan) + hnsw_graph_bytes(&ix->graph) +
           hnsw_packed_bytes(&ix->packed) + hnsw_landmarks_bytes(&ix->landmarks, &ix->graph) +
           ix->builder.work.n_visited;
}

const struct index_ops hnsw_ops = {
    .create = hnsw_create,
    .destroy = hnsw_destroy,
    .pending = hnsw_pending,
    .work = hnsw_work,
    .maintain = hnsw_maintain,
    .search = hnsw_search,
    .bytes = hnsw_bytes,
    .n_parts = hnsw_n_parts,
    .part_version = hnsw_part_version,
    .part_write = hnsw_part_write,
    .part_read = hnsw_part_read,
    .part_read_end = hnsw_part_read_end,
};
