#include "engine/group.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/mem.h"
#include "index/scorer.h"

enum {
    ROUNDS = 3,          /* the index is asked for more candidates so often, */
    WIDER = 4,           /* each time for so many times as many, */
    MOST_SHARE = 8,      /* but not for more than 1 / 8 of the rows; */
    READ_SHARE = 16,     /* values are read one by one for up to 1 / 16 of the rows of the collection */
    READ_LEAST = 1000,   /* and this many, before the whole column is */
    ROWS_AT_ONCE = 4096, /* of the column */
};

#define NONE UINT32_MAX

int group_resolve(const struct schema *s, const struct search_request *r, struct plan *p, struct error *e)
{
    struct str name = r->group_by_field;
    int64_t most = LIMIT_MAX_TOPK / (r->limit + r->offset);
    if (!name.n && r->group_size > 1)
        return error_set(e, MVL_PARAM_INVALID, "group_size needs a group_by_field, got %lld and none",
                         (long long)r->group_size);
    if (!name.n)
        return MVL_OK;
    int i = schema_find(s, name);
    if (i < 0)
        return error_set_at(
            e, MVL_FIELD_NOT_FOUND, (struct error_place){name, -1},
            "group_by_field must be a scalar field of the collection: field '%.*s' not found in schema",
            STR_ARGS(name));
    enum type_class class = data_type_class(s->fields[i].type);
    if (class != CLASS_BOOL && class != CLASS_INT && class != CLASS_TEXT)
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                            "group_by_field must be of type BOOL, INT8, INT16, INT32, INT64 or VARCHAR, got "
                            "field '%.*s' of type %s",
                            STR_ARGS(name), data_type_name(s->fields[i].type));
    if (r->group_size < 1 || r->group_size > most)
        return error_set(
            e, MVL_PARAM_INVALID,
            "group_size must be at least 1 and (offset + limit) * group_size at most %d, got %lld",
            LIMIT_MAX_TOPK, (long long)r->group_size);
    p->is_grouped = true;
    p->group_field = (uint32_t)i;
    p->group_size = (uint32_t)r->group_size;
    return MVL_OK;
}

/* ---- values as numbers ---- */

struct value {
    int64_t integer;
    struct str text;
};

/* Numbers of values, in the order in which they are met: a hash table. */
struct values {
    struct arena *arena;
    bool owns_texts;
    uint32_t *slots; /* [capacity]: a number, or NONE */
    uint32_t capacity;
    struct value *list; /* [capacity / 2] */
    uint32_t n, null;   /* null: the number of null, which is in no slot; NONE: not met yet */
};

static uint64_t hash_of(const struct value *v)
{
    return v->text.p ? hash64(v->text.p, v->text.n, 0) : hash64(&v->integer, sizeof v->integer, 0);
}

static bool value_equal(const struct value *a, const struct value *b)
{
    return a->integer == b->integer && str_eq(a->text, b->text);
}

/* The slot of a value, or where it goes. */
static uint32_t slot_of(const struct values *s, const struct value *v)
{
    uint32_t i = (uint32_t)hash_of(v) & (s->capacity - 1);
    while (s->slots[i] != NONE && !value_equal(&s->list[s->slots[i]], v))
        i = (i + 1) & (s->capacity - 1);
    return i;
}

static int values_init(struct values *s, uint32_t capacity, bool owns_texts, struct arena *a)
{
    *s = (struct values){.arena = a, .owns_texts = owns_texts, .capacity = capacity, .null = NONE};
    s->slots = arena_array(a, capacity, sizeof *s->slots);
    s->list = arena_array(a, capacity / 2, sizeof *s->list);
    if (!s->slots || !s->list)
        return MVL_NOMEM;
    memset(s->slots, 0xff, capacity * sizeof *s->slots);
    return MVL_OK;
}

static int grow(struct values *s)
{
    struct values larger;
    TRY(values_init(&larger, 2 * s->capacity, s->owns_texts, s->arena));
    memcpy(larger.list, s->list, s->n * sizeof *s->list);
    for (uint32_t i = 0; i < s->n; i++)
        if (i != s->null)
            larger.slots[slot_of(&larger, &larger.list[i])] = i;
    larger.n = s->n;
    larger.null = s->null;
    *s = larger;
    return MVL_OK;
}

static struct value value_at(const struct column *c, uint32_t i)
{
    if (c->kind == KIND_I64)
        return (struct value){.integer = ((const int64_t *)c->data)[i]};
    struct str text = column_text(c, i);
    return (struct value){.text = text.n ? text : STR("")};
}

/* The number of row i's value. */
static int values_number(struct values *s, const struct column *c, uint32_t i, uint32_t *number)
{
    bool is_null = column_is_null(c, i);
    if (s->n == s->capacity / 2)
        TRY(grow(s));
    struct value v = is_null ? (struct value){0} : value_at(c, i);
    uint32_t *at = is_null ? &s->null : &s->slots[slot_of(s, &v)];
    if (*at == NONE) {
        if (s->owns_texts && v.text.n)
            TRY(arena_copy(s->arena, v.text, &v.text));
        s->list[s->n] = v;
        *at = s->n++;
    }
    *number = *at;
    return MVL_OK;
}

struct groups {
    uint32_t field, n_rows, n_groups;
    uint32_t *numbers; /* owned [n_rows]; NONE: there was no such row */
};

void groups_destroy(struct groups *g)
{
    if (!g)
        return;
    mem_free(g->numbers);
    mem_free(g);
}

static const struct groups *fresh_groups(const struct collection *c, uint32_t field)
{
    const struct groups *g = c->groups;
    return g && g->field == field && g->n_rows == (uint32_t)c->next_row ? g : NULL;
}

static int read_column(struct collection *c, struct groups *g, struct values *values, struct arena *batch,
                       struct error *e)
{
    struct entity_table t = collection_entities(c);
    struct entity_scan scan = {.field = g->field, .most = ROWS_AT_ONCE};
    do {
        arena_reset(batch);
        TRY(entities_scan(c->store, &t, &scan, batch, e));
        for (uint32_t i = 0; i < scan.n; i++) {
            if (scan.rows[i] >= g->n_rows)
                return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u",
                                 scan.rows[i]);
            TRY(values_number(values, &scan.column, i, &g->numbers[scan.rows[i]]));
        }
    } while (scan.n == scan.most);
    g->n_groups = values->n;
    return MVL_OK;
}

/* Reads the field's column, unless the cache has it. */
static int load_groups(struct collection *c, uint32_t field, struct error *e)
{
    struct arena texts = {0}, batch = {0};
    struct values values;
    if (fresh_groups(c, field))
        return MVL_OK;
    groups_destroy(c->groups);
    c->groups = NULL;
    struct groups *g = mem_alloc(sizeof *g);
    if (!g)
        return MVL_NOMEM;
    *g = (struct groups){.field = field, .n_rows = (uint32_t)c->next_row};
    g->numbers = mem_array(g->n_rows + 1, sizeof *g->numbers);
    int rc = g->numbers ? values_init(&values, 1024, true, &texts) : MVL_NOMEM;
    if (rc == MVL_OK) {
        memset(g->numbers, 0xff, g->n_rows * sizeof *g->numbers);
        rc = read_column(c, g, &values, &batch, e);
    }
    arena_fini(&texts);
    arena_fini(&batch);
    if (rc == MVL_OK)
        c->groups = g;
    else
        groups_destroy(g);
    return rc;
}

/* ---- of candidates ---- */

static int reserve(struct grouping *w, uint32_t n)
{
    if (n <= w->capacity)
        return MVL_OK;
    w->capacity = 0;
    w->numbers = arena_array(w->arena, n, sizeof *w->numbers);
    w->places = arena_array(w->arena, n, sizeof *w->places);
    if (!w->numbers || !w->places)
        return MVL_NOMEM;
    w->capacity = n;
    return MVL_OK;
}

static int reserve_groups(struct grouping *w, uint32_t n)
{
    if (n <= w->n_place_of)
        return MVL_OK;
    w->place_of = arena_array(w->arena, n, sizeof *w->place_of);
    w->n_place_of = w->place_of ? n : 0;
    if (!w->place_of)
        return MVL_NOMEM;
    memset(w->place_of, 0xff, n * sizeof *w->place_of);
    return MVL_OK;
}

/* Numbers for values that are read for these rows only. */
static int read_numbers(struct grouping *w, struct collection *c, const struct plan *p,
                        const struct candidates *in, struct error *e)
{
    struct entity_table t = collection_entities(c);
    struct column column;
    struct values values;
    uint32_t *rows = arena_array(w->arena, in->n, sizeof *rows);
    if (!rows)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < in->n; i++)
        rows[i] = in->p[i].row;
    struct entity_selection selection = {&p->group_field, 1, rows, in->n};
    TRY(entities_read(c->store, &t, &selection, w->arena, &column, NULL, e));
    TRY(values_init(&values, 64, false, w->arena));
    for (uint32_t i = 0; i < in->n; i++)
        TRY(values_number(&values, &column, i, &w->numbers[i]));
    w->n_read += in->n;
    return reserve_groups(w, values.n);
}

static int row_missing(uint32_t row, struct error *e)
{
    return error_set(e, MVL_DAMAGED, "the database file is damaged: row %u is missing", row);
}

/* The numbers of the candidates' groups: from the column if it has been read, which it is after many single rows. */
static int number_candidates(struct grouping *w, struct collection *c, const struct plan *p,
                             const struct candidates *in, struct error *e)
{
    TRY(reserve(w, in->n));
    if (!fresh_groups(c, p->group_field)) {
        if (w->n_read + in->n <= (uint64_t)c->next_row / READ_SHARE + READ_LEAST)
            return read_numbers(w, c, p, in, e);
        TRY(load_groups(c, p->group_field, e));
    }
    const struct groups *g = c->groups;
    for (uint32_t i = 0; i < in->n; i++) {
        w->numbers[i] = g->numbers[in->p[i].row];
        if (w->numbers[i] == NONE)
            return row_missing(in->p[i].row, e);
    }
    return reserve_groups(w, g->n_groups);
}

/* Which candidates are shown: the first group_size of each of the first groups. */
static int place_candidates(struct grouping *w, const struct plan *p, const struct candidates *in)
{
    uint32_t wanted = p->offset + p->limit, n_rows = 0;
    if (!w->counts)
        w->counts = arena_array(w->arena, wanted, sizeof *w->counts);
    if (!w->counts)
        return MVL_NOMEM;
    w->n_found = 0;
    for (uint32_t i = 0; i < in->n; i++) {
        uint32_t *place = &w->place_of[w->numbers[i]];
        if (*place == NONE && w->n_found < wanted) {
            *place = w->n_found++;
            w->counts[*place] = 0;
        }
        bool is_shown = *place != NONE && w->counts[*place] < p->group_size;
        w->places[i] = is_shown ? *place : NONE;
        if (is_shown) {
            w->counts[*place]++;
            n_rows++;
        }
    }
    w->is_full = n_rows == w->n_found * p->group_size;
    for (uint32_t i = 0; i < in->n; i++)
        w->place_of[w->numbers[i]] = NONE;
    return MVL_OK;
}

/* The rows of the page's groups, group by group. */
static int take_page(struct grouping *w, const struct plan *p, struct candidates *out)
{
    uint32_t n = 0;
    for (uint32_t place = 0; place < w->n_found; place++) {
        uint32_t count = place < p->offset ? 0 : w->counts[place];
        w->counts[place] = n; /* from here on: where its next row goes */
        n += count;
    }
    struct candidate *page = arena_array(w->arena, n, sizeof *page);
    if (!page)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < out->n; i++)
        if (w->places[i] != NONE && w->places[i] >= p->offset)
            page[w->counts[w->places[i]]++] = out->p[i];
    memcpy(out->p, page, n * sizeof *page);
    out->n = n;
    return MVL_OK;
}

int grouping_page(struct grouping *w, struct collection *c, const struct plan *p, struct candidates *out,
                  struct error *e)
{
    TRY(number_candidates(w, c, p, out, e));
    TRY(place_candidates(w, p, out));
    return take_page(w, p, out);
}

/* ---- every row ---- */

/* Orders of all rows that may be found, four at a time: the best of each group, or the members of chosen groups. */
struct pass {
    struct grouping *w;
    const struct plan *p;
    const struct vectors *vectors;
    const struct index_query *q;
    const struct groups *groups;
    bool has_chosen;
    double surely_from, surely_to; /* orders that lie in the range whatever their rounding */
    struct scorer scorer;
    uint32_t chunk; /* the one that the rows are in */
    uint32_t rows[4], n;
    uint32_t n_scored;
};

static void pass_init(struct pass *s, struct grouping *w, const struct collection *c, const struct plan *p,
                      const struct index_query *q, bool has_chosen)
{
    *s = (struct pass){.w = w,
                       .p = p,
                       .vectors = c->fields[p->field].vectors,
                       .q = q,
                       .groups = c->groups,
                       .has_chosen = has_chosen,
                       .chunk = NONE,
                       .surely_from = isinf(p->nearest) ? p->nearest : 2 * p->nearest - q->nearest,
                       .surely_to = isinf(p->farthest) ? p->farthest : 2 * p->farthest - q->farthest};
    scorer_init(&s->scorer, s->vectors, p->metric, q->vector);
}

static int in_range(const struct pass *s, float order, uint32_t row, bool *is_in)
{
    struct topk_entry entry = {order, row};
    struct candidate judged;
    uint32_t n = (double)order >= s->surely_from && (double)order <= s->surely_to;
    bool is_out = (double)order < s->q->nearest || (double)order > s->q->farthest;
    if (!n && !is_out)
        TRY(plan_judge(s->p, s->vectors, s->q->vector, &(struct topk){&entry, 1, 1}, &judged, &n));
    *is_in = n && !is_out;
    return MVL_OK;
}

static int offer(struct pass *s, float order, uint32_t row)
{
    uint32_t group = s->groups->numbers[row];
    struct topk *members = s->has_chosen ? &s->w->members[s->w->place_of[group]] : NULL;
    float *best = &s->w->best[group];
    bool is_in;
    if (members ? order > topk_bound(members) : s->w->best_rows[group] != NONE && order >= *best)
        return MVL_OK;
    TRY(in_range(s, order, row, &is_in));
    if (!is_in)
        return MVL_OK;
    if (members) {
        topk_push(members, order, row);
    } else {
        *best = order;
        s->w->best_rows[group] = row;
    }
    return MVL_OK;
}

static int score_waiting(struct pass *s)
{
    float orders[4];
    uint32_t n = s->n;
    for (uint32_t i = n; i < 4; i++)
        s->rows[i] = s->rows[0];
    TRY(scorer_four(&s->scorer, s->rows, orders));
    for (uint32_t i = 0; i < n; i++)
        TRY(offer(s, orders[i], s->rows[i]));
    s->n_scored += n;
    s->n = 0;
    return MVL_OK;
}

/* A chunk that is on disk is read whole when all its rows are wanted; what waits has been read from another one. */
static int next_chunk(struct pass *s, uint32_t chunk)
{
    s->chunk = chunk;
    if (s->has_chosen || s->vectors->chunks[chunk].rows)
        return MVL_OK;
    if (s->n)
        TRY(score_waiting(s));
    return vectors_bring(s->vectors, chunk);
}

static int pass_row(struct pass *s, uint32_t row, struct error *e)
{
    uint32_t group = row < s->groups->n_rows ? s->groups->numbers[row] : NONE;
    if (group == NONE)
        return row_missing(row, e);
    if (s->has_chosen && s->w->place_of[group] == NONE)
        return MVL_OK;
    if (row >> s->vectors->chunk_shift != s->chunk)
        TRY(next_chunk(s, row >> s->vectors->chunk_shift));
    s->rows[s->n++] = row;
    return s->n == 4 ? score_waiting(s) : MVL_OK;
}

static int pass_run(struct pass *s, struct error *e)
{
    const struct bitmap *present = &s->vectors->present, *allow = s->q->allow;
    double start = report_time(s->q->report);
    for (uint32_t first = 0; first < present->n; first += 64) {
        uint64_t wanted = present->words[first / 64];
        if (allow)
            wanted &= first < allow->n ? allow->words[first / 64] : 0;
        for (; wanted; wanted &= wanted - 1)
            TRY(pass_row(s, first + (uint32_t)__builtin_ctzll(wanted), e));
    }
    if (s->n)
        TRY(score_waiting(s));
    report_exact(s->q->report, s->n_scored, start);
    report_plan(s->q->report, "exact");
    return MVL_OK;
}

static int reserve_found(struct grouping *w, uint32_t n)
{
    if (n > w->found_capacity) {
        w->found.entries = arena_array(w->arena, n, sizeof *w->found.entries);
        w->found_capacity = w->found.entries ? n : 0;
    }
    return n <= w->found_capacity ? MVL_OK : MVL_NOMEM;
}

/* The nearest row of each of the nearest groups, of all there are. */
static int find_leaders(struct grouping *w, struct collection *c, const struct plan *p,
                        const struct index_query *q, struct error *e)
{
    uint32_t n_groups = c->groups->n_groups, wanted = p->offset + p->limit;
    struct pass s;
    if (!w->best) {
        w->best = arena_array(w->arena, n_groups, sizeof *w->best);
        w->best_rows = arena_array(w->arena, n_groups, sizeof *w->best_rows);
    }
    if (!w->best || !w->best_rows)
        return MVL_NOMEM;
    memset(w->best_rows, 0xff, n_groups * sizeof *w->best_rows);
    pass_init(&s, w, c, p, q, false);
    TRY(pass_run(&s, e));
    TRY(reserve_found(w, wanted));
    w->found.n = 0;
    w->found.k = wanted;
    for (uint32_t i = 0; i < n_groups; i++)
        if (w->best_rows[i] != NONE)
            topk_push(&w->found, w->best[i], w->best_rows[i]);
    return MVL_OK;
}

/* The rows found become those of their groups: groups that are full have them among the candidates, of the others all
 * rows are compared. */
static int find_members(struct grouping *w, struct collection *c, const struct plan *p,
                        const struct index_query *q, const struct candidates *full, struct error *e)
{
    uint32_t n = w->found.n, size = p->group_size;
    const uint32_t *numbers = c->groups->numbers;
    struct pass s;
    struct topk_entry *entries = arena_array(w->arena, (size_t)n * size, sizeof *entries);
    if (!w->members)
        w->members = arena_array(w->arena, p->offset + p->limit, sizeof *w->members);
    TRY(reserve_groups(w, c->groups->n_groups));
    if (!entries || !w->members)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        w->members[i] = (struct topk){entries + (size_t)i * size, 0, size};
        if (w->counts[i] < size)
            w->place_of[numbers[w->found.entries[i].row]] = i;
    }
    pass_init(&s, w, c, p, q, true);
    int rc = pass_run(&s, e);
    for (uint32_t i = 0; i < n; i++)
        w->place_of[numbers[w->found.entries[i].row]] = NONE;
    TRY(rc);
    TRY(reserve_found(w, n * size));
    w->found.n = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < w->members[i].n; k++)
            w->found.entries[w->found.n++] = w->members[i].entries[k];
    for (uint32_t i = 0; i < full->n; i++)
        if (w->places[i] != NONE && w->counts[w->places[i]] == size)
            w->found.entries[w->found.n++] = (struct topk_entry){0, full->p[i].row};
    return MVL_OK;
}

/* How many groups there can be on the pages up to this one. */
static uint32_t most_groups(const struct collection *c, const struct plan *p)
{
    const struct groups *g = fresh_groups(c, p->group_field);
    uint32_t wanted = p->offset + p->limit;
    return g && g->n_groups < wanted ? g->n_groups : wanted;
}

/* When candidates do not suffice. If they have enough groups, only members of these groups are looked for. */
static int find_exactly(struct grouping *w, struct collection *c, const struct plan *p,
                        const struct index_query *q, struct candidates *out, struct error *e)
{
    uint32_t n = 0;
    TRY(load_groups(c, p->group_field, e));
    bool has_groups = w->n_found == most_groups(c, p);
    TRY(reserve_found(w, w->n_found));
    for (uint32_t i = 0; has_groups && i < out->n; i++)
        if (w->places[i] == n) /* places are given out in the order of candidates */
            w->found.entries[n++] = (struct topk_entry){0, out->p[i].row};
    w->found.n = n;
    if (!has_groups) {
        TRY(find_leaders(w, c, p, q, e));
        memset(w->counts, 0, w->found.n * sizeof *w->counts);
        out->n = 0;
    }
    if (p->group_size > 1 || has_groups)
        TRY(find_members(w, c, p, q, out, e));
    TRY(candidates_reserve(out, w->found.n, w->arena));
    TRY(plan_judge(p, c->fields[p->field].vectors, q->vector, &w->found, out->p, &out->n));
    TRY(number_candidates(w, c, p, out, e));
    return place_candidates(w, p, out);
}

/* Sparse vectors are asked for until there are no more: one at a time they cannot be compared. */
static uint32_t wider(uint32_t k, uint32_t most)
{
    return k < most / WIDER ? k * WIDER : most;
}

int grouping_search(struct grouping *w, struct collection *c, const struct plan *p,
                    const struct index_query *q, struct candidates *out, struct query_report *report,
                    struct error *e)
{
    const struct loaded_field *f = &c->fields[p->field];
    uint32_t n_allowed = p->n_allowed, k = 2 * (p->offset + p->limit) * p->group_size;
    struct reach reach;
    bool suffices = false;
    for (uint32_t round = 0; (round < ROUNDS || p->is_sparse) && !suffices;
         round++, k = wider(k, n_allowed)) {
        if (!p->is_sparse && round > 0 && k > n_allowed / MOST_SHARE)
            break;
        TRY(plan_nearest(p, f, q, k < n_allowed ? k : n_allowed, w->arena, out, &reach));
        double start = report_time(q->report);
        TRY(number_candidates(w, c, p, out, e));
        TRY(place_candidates(w, p, out));
        if (report)
            report->group_ms += report_time(q->report) - start;
        bool has_groups = w->n_found == most_groups(c, p);
        suffices = reach.has_all || (has_groups && w->is_full);
        if (!p->is_sparse && has_groups && fresh_groups(c, p->group_field))
            break; /* members are faster found in their groups */
    }
    if (!suffices)
        TRY(find_exactly(w, c, p, q, out, e));
    return take_page(w, p, out);
}
