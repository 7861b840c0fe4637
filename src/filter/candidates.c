#include "filter/candidates.h"

#include "base/arena.h"
#include "filter/plan.h"

enum {
    WORTH_IT = 8, /* one in so many rows are looked at faster than all */
    WORTH_IT_OF_LISTS = 2,
};

/* Some rows of those that a column's order has, or of those that have a member. */
struct reach_part {
    struct reach_part *next;
    const uint32_t *rows; /* borrowed */
    struct sorted_range range;
};

/* The rows that a predicate may be true of: those of its parts; not known: any. */
struct reach {
    bool is_known;
    uint64_t n; /* at most */
    struct reach_part *first, *last;
};

struct search {
    const struct filter *filter;
    const struct scalars *const *columns;
    const struct column_order *orders;
    struct reach *reaches; /* [n_predicates] */
    bool reads_lists;      /* to look at a row takes long */
    struct arena arena;
};

static int add_part(struct search *s, struct reach *r, const uint32_t rows[], struct sorted_range range)
{
    if (range.from == range.to)
        return MVL_OK;
    struct reach_part *part = arena_alloc(&s->arena, sizeof *part);
    if (!part)
        return MVL_NOMEM;
    *part = (struct reach_part){NULL, rows, range};
    *(r->last ? &r->last->next : &r->first) = part;
    r->last = part;
    r->n += range.to - range.from;
    return MVL_OK;
}

static int reach_value(struct search *s, struct reach *r, uint32_t column, uint8_t op, const struct cell *c)
{
    const struct sorted *sorted = s->orders[column].sorted;
    return add_part(s, r, sorted->rows, sorted_find(sorted, s->columns[column], op, c));
}

static int reach_compare(struct search *s, const struct step *step, struct reach *r)
{
    r->is_known = step->b.from == FROM_CONSTANT && step->op != (LESS | GREATER);
    return r->is_known ? reach_value(s, r, step->a.index, step->op, &step->b.constant) : MVL_OK;
}

static int reach_members(struct search *s, const struct step *step, struct reach *r)
{
    const struct value_set *set = step->set;
    uint32_t column = step->a.index;
    r->is_known = true;
    for (uint32_t i = 0; i < 2; i++) {
        struct cell c = {.kind = JSON_BOOL, .integer = i};
        if (i ? set->has_true : set->has_false)
            TRY(reach_value(s, r, column, EQUAL, &c));
    }
    for (uint32_t i = 0; i < set->n_integers; i++) {
        struct cell c = {.kind = JSON_INT, .integer = set->integers[i]};
        TRY(reach_value(s, r, column, EQUAL, &c));
    }
    for (uint32_t i = 0; i < set->n_reals; i++) {
        struct cell c = {.kind = JSON_REAL, .real = set->reals[i]};
        TRY(reach_value(s, r, column, EQUAL, &c));
    }
    for (uint32_t i = 0; i < set->n_texts; i++) {
        struct cell c = {.kind = JSON_STRING, .text = set->texts[i]};
        TRY(reach_value(s, r, column, EQUAL, &c));
    }
    return MVL_OK;
}

/* What every text that matches begins with. */
static int reach_prefix(struct search *s, const struct step *step, struct reach *r)
{
    struct str pattern = step->pattern, prefix;
    char *text = arena_alloc(&s->arena, (size_t)pattern.n + 1);
    uint32_t n = 0;
    if (!text)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < pattern.n && pattern.p[i] != '%' && pattern.p[i] != '_'; i++) {
        i += pattern.p[i] == '\\' && i + 1 < pattern.n;
        text[n++] = pattern.p[i];
    }
    prefix = (struct str){text, n};
    r->is_known = n > 0;
    if (!n)
        return MVL_OK;
    const struct sorted *sorted = s->orders[step->a.index].sorted;
    return add_part(s, r, sorted->rows, sorted_find_prefix(sorted, s->columns[step->a.index], prefix));
}

/* Of both: of two ranges of one column what they share, else the lesser. */
static void reach_both(struct reach *a, const struct reach *b)
{
    bool are_single = a->is_known && b->is_known && a->first && a->first == a->last && b->first &&
                      b->first == b->last && a->first->rows == b->first->rows;
    if (!are_single) {
        *a = !a->is_known || (b->is_known && b->n < a->n) ? *b : *a;
        return;
    }
    struct sorted_range *x = &a->first->range, y = b->first->range;
    x->from = x->from > y.from ? x->from : y.from;
    x->to = x->to < y.to ? x->to : y.to;
    x->to = x->to > x->from ? x->to : x->from;
    a->n = x->to - x->from;
}

static void reach_either(struct reach *a, const struct reach *b)
{
    a->is_known = a->is_known && b->is_known;
    a->n += b->n;
    *(a->last ? &a->last->next : &a->first) = b->first;
    a->last = b->last ? b->last : a->last;
}

/* Lists that have the value. Nulls, lists and objects are not known. */
static int reach_member(struct search *s, const struct members *m, const struct json *value, struct reach *r)
{
    *r = (struct reach){.is_known = value->kind != JSON_NULL && value->kind != JSON_ARRAY &&
                                    value->kind != JSON_OBJECT};
    if (!r->is_known)
        return MVL_OK;
    struct cell c = cell_from_json(value);
    struct members_rows found = members_find(m, &c);
    return add_part(s, r, found.rows, (struct sorted_range){0, found.n});
}

/* Lists that have one of the values, or all of them: equal ones have, too. */
static int reach_lists(struct search *s, const struct step *step, struct reach *r)
{
    const struct members *m = s->orders[step->a.index].members;
    bool is_any = step->function == CONTAINS_ANY;
    s->reads_lists = true;
    if (step->function == CONTAINS)
        return reach_member(s, m, step->wanted, r);
    *r = (struct reach){.is_known = is_any};
    for (const struct json *j = step->wanted->first; j; j = j->next) {
        struct reach one;
        TRY(reach_member(s, m, j, &one));
        if (is_any)
            reach_either(r, &one);
        else
            reach_both(r, &one);
    }
    return MVL_OK;
}

static int follow(struct search *s, const struct step *step)
{
    static const struct column_order none = {NULL, NULL};
    struct reach *r = &s->reaches[step->to];
    const struct column_order *order = step->a.from == FROM_COLUMN ? &s->orders[step->a.index] : &none;
    bool is_sorted = order->sorted != NULL;
    switch (step->kind) {
    case STEP_COMPUTE:
    case STEP_LENGTH: return MVL_OK;
    case STEP_AND: reach_both(r, &s->reaches[step->other]); return MVL_OK;
    case STEP_OR: reach_either(r, &s->reaches[step->other]); return MVL_OK;
    case STEP_COMPARE: *r = (struct reach){0}; return is_sorted ? reach_compare(s, step, r) : MVL_OK;
    case STEP_IN: *r = (struct reach){0}; return is_sorted ? reach_members(s, step, r) : MVL_OK;
    case STEP_LIKE: *r = (struct reach){0}; return is_sorted ? reach_prefix(s, step, r) : MVL_OK;
    case STEP_CONTAINS: *r = (struct reach){0}; return order->members ? reach_lists(s, step, r) : MVL_OK;
    case STEP_FILL: *r = (struct reach){.is_known = !step->op}; return MVL_OK;
    case STEP_TRUTH:
    case STEP_IS_NULL:
    case STEP_SAMPLE:
    case STEP_SAME:
    case STEP_NOT: *r = (struct reach){0}; return MVL_OK;
    }
    return MVL_OK;
}

static int search(struct search *s, uint32_t n_rows, struct bitmap *out, bool *found)
{
    s->reaches = arena_zeroed(&s->arena, s->filter->n_predicates, sizeof *s->reaches);
    if (!s->reaches)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < s->filter->n_steps; i++)
        TRY(follow(s, &s->filter->steps[i]));
    const struct reach *all = &s->reaches[0];
    *found = all->is_known && all->n <= n_rows / (s->reads_lists ? WORTH_IT_OF_LISTS : WORTH_IT);
    for (const struct reach_part *part = *found ? all->first : NULL; part; part = part->next)
        for (uint32_t i = part->range.from; i < part->range.to; i++)
            bitmap_set(out, part->rows[i]);
    return MVL_OK;
}

int filter_candidates(const struct filter *f, const struct scalars *const columns[],
                      const struct column_order orders[], uint32_t n_rows, struct bitmap *out, bool *found)
{
    struct search s = {.filter = f, .columns = columns, .orders = orders};
    int rc = search(&s, n_rows, out, found);
    arena_fini(&s.arena);
    return rc;
}

static bool wants(const struct filter *f, uint32_t column, bool of_members)
{
    for (uint32_t i = 0; i < f->n_steps; i++) {
        const struct step *step = &f->steps[i];
        bool is_compared = step->kind == STEP_COMPARE || step->kind == STEP_IN || step->kind == STEP_LIKE;
        if (step->a.from == FROM_COLUMN && step->a.index == column &&
            (of_members ? step->kind == STEP_CONTAINS : is_compared))
            return true;
    }
    return false;
}

bool filter_wants_sorted(const struct filter *f, uint32_t column)
{
    return wants(f, column, false);
}

bool filter_wants_members(const struct filter *f, uint32_t column)
{
    return wants(f, column, true);
}
