#include "index/hnsw_search.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "faults.h"
#include "kernel/byte_code.h"
#include "random.h"

enum { DIM = 32, MOST = 600 };

static int compare_entries(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* ---- graphs by hand ---- */

struct scene {
    struct hnsw_graph g;
    struct hnsw_workspace w;
    float vectors[MOST][DIM];
    uint32_t n;
    int16_t values[DIM];
    uint8_t table[4 * DIM];
    struct hnsw_query q;
    struct bit_query bits;
};

static void put_node(struct hnsw_graph *g, uint32_t row, const float x[])
{
    if (!CHECK_EQ_INT(hnsw_graph_reserve(g, row), MVL_OK))
        return;
    hnsw_graph_add(g, row);
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    *node = (struct hnsw_node){.scale = g->code->put(hnsw_code(record), x, g->n)};
    for (uint32_t i = 0; i < g->n && !g->is_dot; i++)
        node->constant += x[i] * x[i];
}

/* A slot for a neighbour; with blocks its code goes there too. */
static void put_neighbor(struct scene *s, uint32_t row, uint32_t neighbor, bool is_link)
{
    static const float centre[DIM];
    struct hnsw_graph *g = &s->g;
    uint8_t *record = hnsw_record(g, row);
    struct hnsw_node *node = hnsw_node(g, record);
    uint32_t slot = node->n_used;
    if (!CHECK(slot < g->n_slots))
        return;
    hnsw_neighbors(g, record)[slot] = neighbor;
    hnsw_link_bits(g, record)[slot / 32] |= (uint32_t)is_link << slot % 32;
    node->n_links += is_link;
    node->n_used++;
    struct bit_row coded = {s->vectors[neighbor], centre, hnsw_node(g, hnsw_record(g, neighbor))->constant,
                            g->is_dot ? -1 : -2};
    if (g->has_blocks)
        bit_block_put(hnsw_block(g, record, slot / BIT_BLOCK_ROWS), g->n, slot % BIT_BLOCK_ROWS, &coded);
}

static void bind(struct scene *s, const float x[DIM])
{
    static const float centre[DIM];
    float squared = 0;
    for (uint32_t i = 0; i < DIM; i++)
        squared += x[i] * x[i];
    s->q = hnsw_query_of(&s->g, s->g.code->query_put(s->values, x, DIM), squared);
    bit_query_init(&s->bits, x, centre, DIM, s->g.is_dot ? -1 : -2, s->g.is_dot ? 0 : squared, s->table);
}

static void fini(struct scene *s)
{
    hnsw_graph_fini(&s->g);
    hnsw_workspace_fini(&s->w);
}

/* Up to 128 rows on a line, each linked to the next and the one before. Codes are exact. */
static struct scene *line(uint32_t n, uint32_t M, bool has_blocks)
{
    static struct scene s;
    s = (struct scene){.n = n};
    hnsw_graph_init(&s.g, (struct hnsw_shape){&byte_code, DIM, M, false, has_blocks});
    for (uint32_t row = 0; row < n; row++) {
        s.vectors[row][0] = BYTE_CODE_LARGEST;
        s.vectors[row][1] = (float)row;
        put_node(&s.g, row, s.vectors[row]);
    }
    for (uint32_t row = 0; row < n; row++) {
        if (row + 1 < n)
            put_neighbor(&s, row, row + 1, true);
        if (row > 0)
            put_neighbor(&s, row, row - 1, true);
    }
    s.g.entry_point = 0;
    return &s;
}

/* Random vectors; every row is linked to the next, and to some others at random. Every third neighbour only fills. */
static struct scene *tangle(struct random *r, uint32_t n, bool is_dot, bool has_blocks, uint32_t M)
{
    static struct scene s;
    s = (struct scene){.n = n};
    hnsw_graph_init(&s.g, (struct hnsw_shape){&byte_code, DIM, M, is_dot, has_blocks});
    for (uint32_t row = 0; row < n; row++) {
        random_floats(r, s.vectors[row], DIM);
        put_node(&s.g, row, s.vectors[row]);
    }
    for (uint32_t row = 0; row < n; row++) {
        put_neighbor(&s, row, (row + 1) % n, true);
        for (uint32_t i = random_below(r, 2 * M); i > 1; i--) {
            uint32_t other = random_below(r, n);
            const uint32_t *there = hnsw_neighbors(&s.g, hnsw_record(&s.g, row));
            bool is_new = other != row;
            for (uint32_t k = 0; k < hnsw_node(&s.g, hnsw_record(&s.g, row))->n_used; k++)
                is_new &= there[k] != other;
            if (is_new)
                put_neighbor(&s, row, other, i % 3 != 0);
        }
    }
    s.g.entry_point = 0;
    return &s;
}

static float order_of(const struct scene *s, uint32_t row)
{
    float order;
    hnsw_score(&s->g, &s->q, &row, 1, &order);
    return order;
}

static struct hnsw_layer_search search_of(struct scene *s, uint32_t ef)
{
    CHECK_EQ_INT(hnsw_workspace_reserve(&s->w, ef, s->g.nodes.n), MVL_OK);
    return (struct hnsw_layer_search){.q = &s->q, .bits = s->g.has_blocks ? &s->bits : NULL, .ef = ef};
}

static struct hnsw_found search_from(struct scene *s, const struct hnsw_layer_search *search, uint32_t row)
{
    struct topk_entry from = {order_of(s, row), row};
    return hnsw_search_layer(&s->g, &s->w, search, &from, 1);
}

static void sort(struct hnsw_found *f)
{
    qsort(f->entries, f->n, sizeof *f->entries, compare_entries);
}

/* ---- Algorithm 2, slowly ---- */

struct slow {
    struct topk_entry pool[MOST], found[MOST];
    bool expanded[MOST], visited[MOST];
    uint32_t n, n_found;
};

/* What a search sees of a neighbour: its order by its code, or, in blocks, its estimate. */
static float neighbor_order(const struct scene *s, uint32_t row, uint32_t slot)
{
    float orders[BIT_BLOCK_ROWS];
    if (!s->g.has_blocks)
        return order_of(s, hnsw_neighbors(&s->g, hnsw_record(&s->g, row))[slot]);
    bit_block_scan(hnsw_block(&s->g, hnsw_record(&s->g, row), slot / BIT_BLOCK_ROWS), &s->bits, 0, orders);
    return orders[slot % 32];
}

static void slow_offer(struct slow *t, uint32_t ef, float order, uint32_t row)
{
    if (t->visited[row])
        return;
    t->visited[row] = true;
    if (t->n == ef && !(order < t->pool[ef - 1].order))
        return;
    uint32_t at = t->n == ef ? ef - 1 : t->n++;
    for (; at > 0 && t->pool[at - 1].order >= order; at--) /* before equal ones */
        t->pool[at] = t->pool[at - 1];
    t->pool[at] = (struct topk_entry){order, row};
}

static void search_slowly(const struct scene *s, const struct hnsw_layer_search *a,
                          const struct topk_entry from[], uint32_t n_from, struct slow *t)
{
    *t = (struct slow){.n = 0};
    for (uint32_t i = 0; i < n_from; i++)
        slow_offer(t, a->ef, from[i].order, from[i].row);
    for (uint32_t i = 0; i < t->n;) {
        uint32_t row = t->pool[i].row;
        if (t->expanded[row]) {
            i++;
            continue;
        }
        t->expanded[row] = true;
        if ((!a->wanted || bitmap_test(a->wanted, row)) && (!a->allow || bitmap_test(a->allow, row)))
            t->found[t->n_found++] = (struct topk_entry){order_of(s, row), row};
        uint8_t *record = hnsw_record(&s->g, row);
        for (uint32_t slot = 0; slot < hnsw_node(&s->g, record)->n_used; slot++)
            if (s->g.has_blocks || hnsw_is_link(hnsw_link_bits(&s->g, record), slot))
                slow_offer(t, a->ef, neighbor_order(s, row, slot), hnsw_neighbors(&s->g, record)[slot]);
        i = 0;
    }
    qsort(t->found, t->n_found, sizeof *t->found, compare_entries);
}

static void check_search(struct scene *s, const struct hnsw_layer_search *a, const struct topk_entry from[],
                         uint32_t n_from)
{
    static struct slow slow;
    struct hnsw_found found = hnsw_search_layer(&s->g, &s->w, a, from, n_from);
    search_slowly(s, a, from, n_from, &slow);
    sort(&found);
    CHECK_EQ_INT(found.n, slow.n_found);
    for (uint32_t i = 0; i < found.n && i < slow.n_found; i++)
        CHECK(found.entries[i].row == slow.found[i].row && found.entries[i].order == slow.found[i].order);
}

/* What a search for k hits knows of its estimates, and where that makes it end. */
struct slow_limit {
    struct topk_entry hits[MOST];
    double squares;
    uint32_t n_hits, n;
    float order;
};

static void slow_learn(struct slow_limit *t, const struct hnsw_layer_search *a, struct topk_entry own,
                       float estimate)
{
    double error = (double)own.order - (double)estimate;
    if (!a->allow || bitmap_test(a->allow, own.row))
        t->hits[t->n_hits++] = own;
    qsort(t->hits, t->n_hits, sizeof *t->hits, compare_entries);
    t->squares += error * error;
    if (++t->n >= a->least && t->n_hits >= a->k)
        t->order = t->hits[a->k - 1].order + a->clearance * (float)sqrt(t->squares / t->n);
}

static float slow_bound(const struct slow *t, const struct slow_limit *limit,
                        const struct hnsw_layer_search *a)
{
    if (limit->order == INFINITY)
        return t->n < a->ef ? INFINITY : t->pool[a->ef - 1].order;
    return t->n == a->most ? fminf(limit->order, t->pool[a->most - 1].order) : limit->order;
}

/* For k hits, in blocks. Only what was a candidate counts as visited: what is too far now may not be later. */
static void search_hits_slowly(const struct scene *s, const struct hnsw_layer_search *a,
                               struct topk_entry from, struct slow *t)
{
    static struct slow_limit limit;
    limit = (struct slow_limit){.order = INFINITY};
    *t = (struct slow){.n = 0};
    slow_offer(t, a->most, from.order, from.row);
    for (uint32_t i = 0; i < t->n && t->pool[i].order <= limit.order;) {
        struct topk_entry e = t->pool[i], own = {order_of(s, e.row), e.row};
        float limits[2];
        if (t->expanded[e.row]) {
            i++;
            continue;
        }
        t->expanded[e.row] = true;
        if (!a->allow || bitmap_test(a->allow, e.row))
            t->found[t->n_found++] = own;
        slow_learn(&limit, a, own, e.order);
        uint8_t *record = hnsw_record(&s->g, e.row);
        for (uint32_t slot = 0; slot < hnsw_node(&s->g, record)->n_used; slot++) {
            if (slot % BIT_BLOCK_ROWS == 0)
                limits[slot / BIT_BLOCK_ROWS] = slow_bound(t, &limit, a);
            float order = neighbor_order(s, e.row, slot);
            if (order < limits[slot / BIT_BLOCK_ROWS])
                slow_offer(t, a->most, order, hnsw_neighbors(&s->g, record)[slot]);
        }
        i = 0;
    }
    qsort(t->found, t->n_found, sizeof *t->found, compare_entries);
}

TEST(a_search_for_hits_ends_where_the_next_is_clear_of_them)
{
    struct random r = random_from(126);
    uint32_t n_early = 0, n_late = 0;
    for (int kind = 0; kind < 4; kind++) {
        struct scene *s = tangle(&r, 300, kind % 2, true, kind / 2 ? 20 : 5);
        for (uint32_t i = 0; i < 60; i++) {
            static struct slow slow;
            struct bitmap allow = {0};
            float x[DIM];
            random_floats(&r, x, DIM);
            bind(s, x);
            uint32_t k = 1 + random_below(&r, 12), ef = k + random_below(&r, 40);
            struct hnsw_layer_search a = search_of(s, 4 * ef);
            a = (struct hnsw_layer_search){.q = a.q, .bits = a.bits, .ef = ef, .k = k, .most = 4 * ef};
            a.least = random_below(&r, ef);
            a.clearance = (float)random_below(&r, 30) / 10;
            if (!CHECK_EQ_INT(bitmap_reserve(&allow, s->n), MVL_OK))
                return;
            bitmap_extend(&allow, s->n);
            for (uint32_t row = 0; row < s->n; row += 3)
                bitmap_set(&allow, row);
            a.allow = i % 3 ? NULL : &allow;
            struct topk_entry from = {order_of(s, i), i};
            struct hnsw_found found = hnsw_search_layer(&s->g, &s->w, &a, &from, 1);
            search_hits_slowly(s, &a, from, &slow);
            sort(&found);
            CHECK_EQ_INT(found.n, slow.n_found);
            for (uint32_t n = 0; n < found.n && n < slow.n_found; n++)
                CHECK(found.entries[n].row == slow.found[n].row &&
                      found.entries[n].order == slow.found[n].order);
            n_early += found.n < ef;
            n_late += found.n > 2 * ef;
            bitmap_fini(&allow);
        }
        fini(s);
    }
    CHECK(n_early > 10 && n_late > 10);
}

TEST(a_search_is_algorithm_2)
{
    struct random r = random_from(121);
    static const uint32_t efs[] = {1, 2, 5, 20, 100, MOST};
    for (int kind = 0; kind < 8; kind++) {
        struct scene *s = tangle(&r, 30 + random_below(&r, 300), kind % 2, kind / 2 % 2, kind / 4 ? 20 : 5);
        for (uint32_t i = 0; i < 4 * COUNT(efs); i++) {
            float x[DIM];
            random_floats(&r, x, DIM);
            bind(s, x);
            struct hnsw_layer_search a = search_of(s, efs[i % COUNT(efs)]);
            uint32_t row = random_below(&r, s->n);
            struct topk_entry from = {order_of(s, row), row};
            check_search(s, &a, &from, 1);
        }
        fini(s);
    }
}

TEST(with_room_for_all_rows_all_are_found)
{
    struct random r = random_from(122);
    for (int kind = 0; kind < 4; kind++) {
        struct scene *s = tangle(&r, 200, kind % 2, kind / 2, 6);
        bind(s, s->vectors[77]);
        struct hnsw_layer_search a = search_of(s, s->n);
        struct hnsw_found found = search_from(s, &a, 5);
        sort(&found);
        CHECK_EQ_INT(found.n, s->n);
        CHECK(kind % 2 || found.entries[0].row == 77);
        for (uint32_t i = 0; i < found.n; i++)
            CHECK(found.entries[i].order == order_of(s, found.entries[i].row));
        fini(s);
    }
}

TEST(unwanted_rows_are_walked_through_and_not_found)
{
    struct random r = random_from(123);
    for (int kind = 0; kind < 4; kind++) {
        struct scene *s = tangle(&r, 300, kind % 2, kind / 2, 6);
        for (uint32_t i = 0; i < 20; i++) {
            struct bitmap sets[2] = {{0}};
            float x[DIM];
            random_floats(&r, x, DIM);
            bind(s, x);
            struct hnsw_layer_search a = search_of(s, i % 2 ? 20 : s->n);
            for (uint32_t k = 0; k < 2; k++) {
                uint32_t n = random_below(&r, 400); /* rows past the end are in neither */
                if (!CHECK_EQ_INT(bitmap_reserve(&sets[k], n), MVL_OK))
                    return;
                bitmap_extend(&sets[k], n);
                for (uint32_t row = 0; row < n; row++)
                    if (random_below(&r, 3))
                        bitmap_set(&sets[k], row);
            }
            a.wanted = i % 3 ? &sets[0] : NULL;
            a.allow = i % 5 ? &sets[1] : NULL;
            struct topk_entry from = {order_of(s, 9), 9};
            check_search(s, &a, &from, 1);
            struct bitmap none = {0};
            a.allow = &none;
            CHECK_EQ_INT(search_from(s, &a, 9).n, 0);
            bitmap_fini(&sets[0]);
            bitmap_fini(&sets[1]);
        }
        fini(s);
    }
}

TEST(a_search_may_begin_at_many_rows)
{
    struct random r = random_from(124);
    struct scene *s = tangle(&r, 300, false, false, 4);
    for (uint32_t n_from = 1; n_from < 20; n_from++) {
        for (uint32_t ef = 1; ef < 50; ef = ef * 2 + 1) { /* there may be more of them than room */
            struct topk_entry from[20];
            float x[DIM];
            random_floats(&r, x, DIM);
            bind(s, x);
            for (uint32_t i = 0; i < n_from; i++) {
                uint32_t row = i * 15 + random_below(&r, 15);
                from[i] = (struct topk_entry){order_of(s, row), row};
            }
            struct hnsw_layer_search a = search_of(s, ef);
            check_search(s, &a, from, n_from);
        }
    }
    fini(s);
}

TEST(rows_that_only_fill_are_seen_in_blocks_alone)
{
    for (int has_blocks = 0; has_blocks < 2; has_blocks++) {
        struct scene *s = line(10, 4, has_blocks);
        for (uint32_t i = 0; i < DIM; i++)
            s->vectors[10][i] = 9;
        put_node(&s->g, 10, s->vectors[10]);
        put_neighbor(s, 3, 10, false);
        bind(s, s->vectors[10]);
        struct hnsw_layer_search a = search_of(s, 20);
        CHECK_EQ_INT(search_from(s, &a, 0).n, has_blocks ? 11 : 10);
        fini(s);
    }
}

TEST(the_number_of_rows_looked_at_is_told)
{
    struct scene *s = line(10, 4, false);
    bind(s, s->vectors[9]);
    struct hnsw_layer_search a = search_of(s, 20);
    CHECK_EQ_INT(search_from(s, &a, 0).n_estimated, 9); /* the entry had its order */
    fini(s);
    s = line(10, 4, true);
    bind(s, s->vectors[9]);
    a = search_of(s, 20);
    CHECK_EQ_INT(search_from(s, &a, 0).n_estimated, 2 * 8 + 2); /* blocks have no choice */
    fini(s);
}

/* However long the way is: what was found on it gives way to what is found at its end. */
TEST(a_long_way_is_gone_to_its_end)
{
    enum { LENGTH = 128 };
    struct scene *s = line(LENGTH, 2, false);
    bind(s, s->vectors[LENGTH - 1]);
    for (uint32_t ef = 1; ef < 12; ef += 5) {
        struct hnsw_layer_search a = search_of(s, ef);
        CHECK(s->w.most_found < LENGTH);
        struct hnsw_found found = search_from(s, &a, 0);
        sort(&found);
        CHECK_EQ_INT(found.n, s->w.most_found);
        for (uint32_t i = 0; i < found.n; i++)
            CHECK_EQ_INT(found.entries[i].row, LENGTH - 1 - i);
    }
    fini(s);
}

/* ---- what a workspace keeps ---- */

TEST(a_workspace_serves_any_number_of_searches)
{
    struct random r = random_from(125);
    struct scene *s = tangle(&r, 300, false, false, 4);
    bind(s, s->vectors[3]);
    struct hnsw_layer_search a = search_of(s, 30);
    struct hnsw_found found = search_from(s, &a, 250);
    struct topk_entry first[MOST];
    uint32_t n = found.n;
    memcpy(first, found.entries, n * sizeof *first);
    for (int i = 0; i < 600; i++) { /* 255 searches are told apart */
        found = search_from(s, &a, 250);
        CHECK_EQ_INT(found.n, n);
        CHECK(memcmp(found.entries, first, n * sizeof *first) == 0);
        if (i % 100 == 99) { /* a larger one keeps what was visited */
            CHECK_EQ_INT(hnsw_workspace_reserve(&s->w, 30 + (uint32_t)i, 400 + (uint32_t)i), MVL_OK);
        }
    }
    fini(s);
}

TEST(rows_are_forgotten_when_the_epochs_begin_again)
{
    struct hnsw_workspace w = {0};
    CHECK_EQ_INT(hnsw_workspace_reserve(&w, 1, 1000), MVL_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        hnsw_forget_visited(&w);
        CHECK(w.epoch > 0);
        for (uint32_t row = 0; row < 1000; row++)
            CHECK(w.visited[row] != w.epoch);
        w.visited[i] = w.epoch;
    }
    hnsw_workspace_fini(&w);
    CHECK(w.pool == NULL && w.ef == 0);
}

static int reserve_some(void *context)
{
    struct hnsw_workspace *w = context;
    *w = (struct hnsw_workspace){0};
    int rc = hnsw_workspace_reserve(w, 10, 100);
    if (rc == MVL_OK)
        rc = hnsw_workspace_reserve(w, 5, 50); /* there is room */
    if (rc == MVL_OK)
        rc = hnsw_workspace_reserve(w, 20, 200);
    hnsw_workspace_fini(w);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct hnsw_workspace w;
    CHECK_EQ_INT(each_allocation_fails(reserve_some, &w), 8);
}

/* ---- descending ---- */

/* The rows of each level are linked, all with all or in a ring. */
static struct scene *tower(struct random *r, uint32_t n, uint32_t M, bool in_rings)
{
    static struct scene s;
    s = (struct scene){.n = n};
    hnsw_graph_init(&s.g, (struct hnsw_shape){&byte_code, DIM, M, false, false});
    for (uint32_t row = 0; row < n; row++) {
        random_floats(r, s.vectors[row], DIM);
        put_node(&s.g, row, s.vectors[row]);
        uint32_t level = hnsw_level(row, M);
        if (row == 0 || level > s.g.top_level) {
            s.g.entry_point = row;
            s.g.top_level = level;
        }
    }
    for (uint32_t level = 1; level <= s.g.top_level; level++) {
        for (uint32_t row = 0; row < n; row++) {
            if (hnsw_level(row, M) < level)
                continue;
            uint32_t *list = hnsw_upper(&s.g, row, level), most = in_rings ? 1 : M;
            for (uint32_t i = 1; i < n && list[0] < most; i++)
                if (hnsw_level((row + i) % n, M) >= level)
                    list[++list[0]] = (row + i) % n;
        }
    }
    return &s;
}

TEST(descending_ends_at_the_nearest_of_the_level_above)
{
    struct random r = random_from(126);
    static const uint32_t Ms[] = {2, 5, 100}, rows[] = {7, 100, 550};
    for (size_t m = 0; m < COUNT(Ms); m++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct scene *s = tower(&r, rows[i], Ms[m], false);
            for (uint32_t level = 0; level <= s->g.top_level; level++) {
                uint32_t n_above = 0, nearest = s->g.entry_point;
                bind(s, s->vectors[random_below(&r, s->n)]);
                for (uint32_t row = 0; row < s->n && level < s->g.top_level; row++) {
                    bool is_above = hnsw_level(row, Ms[m]) > level;
                    n_above += is_above;
                    nearest = is_above && order_of(s, row) < order_of(s, nearest) ? row : nearest;
                }
                struct topk_entry at = hnsw_descend(&s->g, &s->q, level);
                CHECK(at.order == order_of(s, at.row));
                CHECK(at.order <= order_of(s, s->g.entry_point));
                CHECK(level == s->g.top_level || hnsw_level(at.row, Ms[m]) > level);
                if (n_above <= Ms[m] + 1) /* all were linked with all */
                    CHECK_EQ_INT(at.row, nearest);
            }
            fini(s);
        }
    }
}

TEST(upper_levels_are_searched_by_their_lists)
{
    struct random r = random_from(127);
    for (uint32_t M = 2; M < 50; M += 40) {
        struct scene *s = tower(&r, 550, M, true);
        for (uint32_t level = 1; level <= s->g.top_level; level++) {
            uint32_t n = 0;
            for (uint32_t row = 0; row < s->n; row++)
                n += hnsw_level(row, M) >= level;
            bind(s, s->vectors[random_below(&r, 550)]);
            struct hnsw_layer_search a = search_of(s, MOST);
            a.level = level;
            CHECK_EQ_INT(search_from(s, &a, s->g.entry_point).n, n);
        }
        fini(s);
    }
}

TEST(a_graph_of_one_node_has_a_way_down)
{
    struct scene *s = line(1, 16, true);
    bind(s, s->vectors[0]);
    struct topk_entry at = hnsw_descend(&s->g, &s->q, 0);
    struct hnsw_layer_search a = search_of(s, 1);
    struct hnsw_found found = hnsw_search_layer(&s->g, &s->w, &a, &at, 1);
    CHECK(at.row == 0 && found.n == 1 && found.entries[0].row == 0);
    fini(s);
}
