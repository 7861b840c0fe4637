#include "filter/eval.h"

#include <assert.h>

#include "base/hash.h"
#include "base/mem.h"
#include "filter/eval_json.h"
#include "filter/like.h"
#include "filter/value_set.h"

enum { FEW_TEXTS = 4 }; /* of a list, which are looked for one by one */

struct run {
    const struct filter *filter;
    const struct scalars *const *columns;
    struct predicate *predicates;
    struct value_register *values;
    struct arena arena;
    uint32_t first, n;         /* the block's rows: n from first on, or those that are listed */
    const uint32_t *rows;      /* NULL: they are not */
    struct gathered *gathered; /* [n_columns] the values of listed rows */
    uint64_t seed;
};

/* A column's values of rows from anywhere. */
struct gathered {
    uint64_t values[BLOCK_ROWS], valid[BLOCK_WORDS];
    uint8_t kinds[BLOCK_ROWS];
};

/* ---- values ---- */

static double real_of(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

struct cell view_cell(const struct view *v, uint32_t i)
{
    if (!v->values)
        return v->constant;
    if (!view_is_valid(v, i))
        return (struct cell){.kind = JSON_NULL};
    switch (v->kind) {
    case SCALAR_INT: return (struct cell){.kind = JSON_INT, .integer = (int64_t)v->values[i]};
    case SCALAR_REAL: return (struct cell){.kind = JSON_REAL, .real = real_of(v->values[i])};
    case SCALAR_TEXT: return (struct cell){.kind = JSON_STRING, .text = scalar_text(v->texts, v->values[i])};
    case SCALAR_MIXED: break;
    }
    return scalar_cell((enum json_kind)v->kinds[i], v->values[i], v->texts);
}

void register_put(struct value_register *r, uint32_t i, const struct cell *c)
{
    uint64_t bit = UINT64_C(1) << (i % 64);
    r->valid[i / 64] = c->kind == JSON_NULL ? r->valid[i / 64] & ~bit : r->valid[i / 64] | bit;
    r->kinds[i] = (uint8_t)c->kind;
    r->values[i] = (uint64_t)c->integer;
    if (c->kind == JSON_REAL)
        memcpy(&r->values[i], &c->real, sizeof c->real);
}

static struct view view_of(const struct run *r, const struct source *s)
{
    if (s->from == FROM_CONSTANT)
        return (struct view){.constant = s->constant};
    if (s->from == FROM_REGISTER) {
        const struct value_register *v = &r->values[s->index];
        return (struct view){.kind = s->kind, .values = v->values, .valid = v->valid, .kinds = v->kinds};
    }
    const struct scalars *c = r->columns[s->index];
    if (r->rows) {
        const struct gathered *g = &r->gathered[s->index];
        return (struct view){
            .kind = c->kind, .values = g->values, .valid = g->valid, .kinds = g->kinds, .texts = c->texts.p};
    }
    return (struct view){
        .kind = c->kind,
        .values = c->values + r->first,
        .valid = c->valid + r->first / 64,
        .kinds = c->kinds ? c->kinds + r->first : NULL,
        .texts = c->texts.p,
    };
}

/* ---- comparing ---- */

/* A bit for each row that the expression, of row i, holds for. */
#define MARK(bits, expression)                                                                               \
    for (uint32_t word_ = 0; word_ < BLOCK_WORDS; word_++) {                                                 \
        uint64_t marked_ = 0;                                                                                \
        for (uint32_t i = word_ * 64, k_ = 0; k_ < 64; i++, k_++)                                            \
            marked_ |= (uint64_t)(expression) << k_;                                                         \
        (bits)[word_] = marked_;                                                                             \
    }

#define MARK_ORDER(bits, order, a, b)                                                                        \
    if ((order) == LESS)                                                                                     \
        MARK(bits, (a) < (b))                                                                                \
    else if ((order) == EQUAL)                                                                               \
        MARK(bits, (a) == (b))                                                                               \
    else                                                                                                     \
        MARK(bits, (a) > (b))

/* What was marked is true, or false if turned; where both are known. */
static void take_marks(struct predicate *to, const uint64_t bits[], bool turned, const uint64_t *valid,
                       const uint64_t *other_valid)
{
    uint64_t turn = turned ? UINT64_MAX : 0;
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        uint64_t known = valid[w] & (other_valid ? other_valid[w] : UINT64_MAX);
        uint64_t marked = bits[w] ^ turn;
        to->is_true[w] = known & marked;
        to->is_false[w] = known & ~marked;
    }
}

/* Of the three orders, the one that decides: op is it alone, or the two others. */
static uint8_t deciding_order(uint8_t op)
{
    return op == LESS || op == EQUAL || op == GREATER ? op : (uint8_t)~op & (LESS | EQUAL | GREATER);
}

static void compare_integers(uint64_t bits[], uint8_t order, const struct view *a, const struct view *b)
{
    const int64_t *x = (const int64_t *)a->values, *y = (const int64_t *)b->values;
    int64_t constant = b->constant.integer;
    if (y)
        MARK_ORDER(bits, order, x[i], y[i])
    else
        MARK_ORDER(bits, order, x[i], constant)
}

static void compare_reals(uint64_t bits[], uint8_t order, const struct view *a, const struct view *b)
{
    const double *x = (const double *)(const void *)a->values, *y = (const double *)(const void *)b->values;
    double constant = b->constant.real;
    if (y)
        MARK_ORDER(bits, order, x[i], y[i])
    else
        MARK_ORDER(bits, order, x[i], constant)
}

static uint64_t first_bytes(const void *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* Among some rows, whose values are texts. Most are told apart by their length and first bytes, without branches. */
static void find_text(uint64_t bits[], const struct view *a, const uint64_t among[], struct str wanted)
{
    char start[SCALARS_SLACK] = {0};
    uint32_t n_start = wanted.n < SCALARS_SLACK ? wanted.n : SCALARS_SLACK;
    if (n_start)
        memcpy(start, wanted.p, n_start);
    uint64_t mask = n_start < SCALARS_SLACK ? (UINT64_C(1) << (8 * n_start)) - 1 : UINT64_MAX;
    uint64_t head = first_bytes(start);
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        uint64_t marked = 0;
        for (uint32_t k = 0; k < 64 && among[w]; k++) {
            uint64_t is = among[w] >> k & 1, value = a->values[w * 64 + k] & (0 - is);
            uint64_t differs = (first_bytes(a->texts + (uint32_t)value) ^ head) & mask;
            marked |= (is & (value >> 32 == wanted.n) & (differs == 0)) << k;
        }
        for (uint64_t left = wanted.n > SCALARS_SLACK ? marked : 0; left; left &= left - 1) {
            uint32_t k = (uint32_t)__builtin_ctzll(left);
            if (!str_eq(scalar_text(a->texts, a->values[w * 64 + k]), wanted))
                marked &= ~(UINT64_C(1) << k);
        }
        bits[w] = marked;
    }
}

/* Of the rows that are not done, done NULL: of all. */
static void compare_cells(const struct run *r, uint8_t op, const struct view *a, const struct view *b,
                          const uint64_t *done, struct predicate *to)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (done && (done[i / 64] >> (i % 64) & 1 || !view_is_valid(a, i)))
            continue;
        struct cell x = view_cell(a, i), y = view_cell(b, i);
        uint8_t order = cell_compare(&x, &y);
        /* booleans are GREATER when they differ, and have no order */
        bool unordered = x.kind == JSON_BOOL && op != EQUAL && op != (LESS | GREATER);
        if (order && !unordered)
            predicate_put(to, i, (order & op) != 0);
    }
}

/* Mixed values of which most are what the constant is: integers, or texts that are looked for. Others are left. */
static bool compare_most(const struct view *a, const struct view *b, uint8_t order, uint64_t bits[],
                         uint64_t done[])
{
    const enum json_kind kind = b->constant.kind;
    if (a->kind != SCALAR_MIXED || b->values || (kind != JSON_INT && (kind != JSON_STRING || order != EQUAL)))
        return false;
    MARK(done, a->kinds[i] == kind)
    for (uint32_t w = 0; w < BLOCK_WORDS; w++)
        done[w] &= a->valid[w];
    if (kind == JSON_INT)
        compare_integers(bits, order, a, b);
    else
        find_text(bits, a, done, b->constant.text);
    return true;
}

static void compare(const struct run *r, const struct step *s, struct predicate *to)
{
    struct view a = view_of(r, &s->a), b = view_of(r, &s->b);
    uint64_t bits[BLOCK_WORDS], done[BLOCK_WORDS];
    uint8_t order = deciding_order(s->op);
    enum scalar_kind other = b.kind;
    if (!b.values)
        other = b.constant.kind == JSON_INT    ? SCALAR_INT
                : b.constant.kind == JSON_REAL ? SCALAR_REAL
                                               : SCALAR_TEXT;
    if (a.kind == SCALAR_INT && other == SCALAR_INT)
        compare_integers(bits, order, &a, &b);
    else if (a.kind == SCALAR_REAL && other == SCALAR_REAL)
        compare_reals(bits, order, &a, &b);
    else if (a.kind == SCALAR_TEXT && !b.values && order == EQUAL && b.constant.kind == JSON_STRING)
        find_text(bits, &a, a.valid, b.constant.text);
    else if (compare_most(&a, &b, order, bits, done)) {
        take_marks(to, bits, order != s->op, done, NULL);
        compare_cells(r, s->op, &a, &b, done, to);
        return;
    } else {
        *to = (struct predicate){0};
        compare_cells(r, s->op, &a, &b, NULL, to);
        return;
    }
    take_marks(to, bits, order != s->op, a.valid, b.values ? b.valid : NULL);
}

/* ---- other steps ---- */

static void truth(const struct run *r, const struct step *s, struct predicate *to)
{
    struct view a = view_of(r, &s->a);
    *to = (struct predicate){0};
    if (a.kind == SCALAR_INT) {
        uint64_t bits[BLOCK_WORDS];
        MARK(bits, a.values[i] != 0)
        take_marks(to, bits, false, a.valid, NULL);
        return;
    }
    for (uint32_t i = 0; i < r->n; i++)
        if (view_is_valid(&a, i) && a.kinds[i] == JSON_BOOL)
            predicate_put(to, i, a.values[i] != 0);
}

static void find_in(const struct run *r, const struct step *s, struct predicate *to)
{
    struct view a = view_of(r, &s->a);
    const struct value_set *set = s->set;
    *to = (struct predicate){0};
    if (a.kind == SCALAR_TEXT && set->n_texts && set->n_texts <= FEW_TEXTS) {
        uint64_t bits[BLOCK_WORDS], all[BLOCK_WORDS] = {0};
        for (uint32_t i = 0; i < set->n_texts; i++) {
            find_text(bits, &a, a.valid, set->texts[i]);
            for (uint32_t w = 0; w < BLOCK_WORDS; w++)
                all[w] |= bits[w];
        }
        take_marks(to, all, false, a.valid, NULL);
        return;
    }
    for (uint32_t i = 0; i < r->n; i++) {
        if (!view_is_valid(&a, i))
            continue;
        int is = a.kind == SCALAR_INT    ? value_set_has_integer(set, (int64_t)a.values[i])
                 : a.kind == SCALAR_TEXT ? value_set_has_text(set, scalar_text(a.texts, a.values[i]))
                                         : -2;
        struct cell c;
        if (is == -2) {
            c = view_cell(&a, i);
            is = value_set_has(set, &c);
        }
        predicate_put(to, i, is);
    }
}

static void match(const struct run *r, const struct step *s, struct predicate *to)
{
    struct view a = view_of(r, &s->a);
    *to = (struct predicate){0};
    for (uint32_t i = 0; i < r->n; i++) {
        struct cell c = view_cell(&a, i);
        if (c.kind == JSON_STRING)
            predicate_put(to, i, like_matches(s->pattern, c.text));
    }
}

static void find_null(const struct run *r, const struct step *s, struct predicate *to)
{
    struct view a = view_of(r, &s->a);
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        to->is_true[w] = ~a.valid[w];
        to->is_false[w] = a.valid[w];
    }
}

static void compute(const struct run *r, const struct step *s, struct value_register *to)
{
    struct view a = view_of(r, &s->a), b = view_of(r, &s->b);
    for (uint32_t i = 0; i < r->n; i++) {
        struct cell x = view_cell(&a, i), y = view_cell(&b, i), z = cell_compute(s->op, &x, &y);
        register_put(to, i, &z);
    }
}

static void sample(const struct run *r, const struct step *s, struct predicate *to)
{
    *to = (struct predicate){0};
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t row = r->rows ? r->rows[i] : r->first + i;
        uint64_t chance = hash64(&row, sizeof row, r->seed) >> 11; /* of 2^53 */
        predicate_put(to, i, (double)chance < s->a.constant.real * 0x1p53);
    }
}

static void and_with(struct predicate *to, const struct predicate *other)
{
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        to->is_true[w] &= other->is_true[w];
        to->is_false[w] |= other->is_false[w];
    }
}

static void or_with(struct predicate *to, const struct predicate *other)
{
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        to->is_true[w] |= other->is_true[w];
        to->is_false[w] &= other->is_false[w];
    }
}

static void same_as(struct predicate *to, const struct predicate *other)
{
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        uint64_t t = to->is_true[w], f = to->is_false[w];
        to->is_true[w] = (t & other->is_true[w]) | (f & other->is_false[w]);
        to->is_false[w] = (t & other->is_false[w]) | (f & other->is_true[w]);
    }
}

static void turn(struct predicate *p)
{
    for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
        uint64_t t = p->is_true[w];
        p->is_true[w] = p->is_false[w];
        p->is_false[w] = t;
    }
}

static int run_step(struct run *r, const struct step *s)
{
    struct predicate *to = &r->predicates[s->to];
    struct view a;
    switch (s->kind) {
    case STEP_SAMPLE: sample(r, s, to); return MVL_OK;
    case STEP_FILL:
        memset(to->is_true, s->op ? 0xff : 0, sizeof to->is_true);
        memset(to->is_false, s->op ? 0 : 0xff, sizeof to->is_false);
        return MVL_OK;
    case STEP_TRUTH: truth(r, s, to); return MVL_OK;
    case STEP_COMPARE: compare(r, s, to); return MVL_OK;
    case STEP_IN: find_in(r, s, to); return MVL_OK;
    case STEP_LIKE: match(r, s, to); return MVL_OK;
    case STEP_IS_NULL: find_null(r, s, to); return MVL_OK;
    case STEP_AND: and_with(to, &r->predicates[s->other]); return MVL_OK;
    case STEP_OR: or_with(to, &r->predicates[s->other]); return MVL_OK;
    case STEP_SAME: same_as(to, &r->predicates[s->other]); return MVL_OK;
    case STEP_NOT: turn(to); return MVL_OK;
    case STEP_COMPUTE: compute(r, s, &r->values[s->to]); return MVL_OK;
    case STEP_CONTAINS:
        *to = (struct predicate){0};
        a = view_of(r, &s->a);
        return eval_contains(s, &a, r->n, &r->arena, to);
    case STEP_LENGTH: a = view_of(r, &s->a); return eval_length(&a, r->n, &r->arena, &r->values[s->to]);
    }
    return MVL_OK;
}

static int run_steps(struct run *r)
{
    for (uint32_t i = 0; i < r->filter->n_steps; i++)
        TRY(run_step(r, &r->filter->steps[i]));
    return MVL_OK;
}

static int run_block(struct run *r, uint32_t n, struct bitmap *out)
{
    TRY(run_steps(r));
    const uint64_t *found = r->predicates[0].is_true;
    for (uint32_t row = r->first; row < n && row < r->first + BLOCK_ROWS; row += 64) {
        uint64_t mask = n - row < 64 ? (UINT64_C(1) << (n - row)) - 1 : UINT64_MAX;
        uint64_t *word = &out->words[row / 64];
        *word = (*word & ~mask) | (found[(row - r->first) / 64] & mask);
    }
    return MVL_OK;
}

static int run_init(struct run *r)
{
    const struct filter *f = r->filter;
    r->predicates = mem_array(f->n_predicates, sizeof *r->predicates);
    r->values = f->n_values ? mem_array(f->n_values, sizeof *r->values) : NULL;
    if (r->values) /* rows behind the last one are computed with, too */
        memset(r->values, 0, f->n_values * sizeof *r->values);
    return r->predicates && (r->values || !f->n_values) ? MVL_OK : MVL_NOMEM;
}

static void run_fini(struct run *r)
{
    arena_fini(&r->arena);
    mem_free(r->predicates);
    mem_free(r->values);
    mem_free(r->gathered);
}

int filter_run(const struct filter *f, const struct scalars *const columns[], uint32_t first, uint32_t n,
               uint64_t seed, struct bitmap *out)
{
    assert(first % BLOCK_ROWS == 0 && n <= out->n);
    struct run r = {.filter = f, .columns = columns, .seed = seed};
    int rc = run_init(&r);
    for (r.first = first; r.first < n && rc == MVL_OK; r.first += BLOCK_ROWS) {
        r.n = n - r.first < BLOCK_ROWS ? n - r.first : BLOCK_ROWS;
        rc = run_block(&r, n, out);
    }
    run_fini(&r);
    return rc;
}

/* ---- some rows ---- */

static void gather(const struct scalars *c, const uint32_t rows[], uint32_t n, struct gathered *to)
{
    *to = (struct gathered){0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = rows[i];
        to->values[i] = c->values[row];
        to->valid[i / 64] |= (uint64_t)scalars_has(c, row) << (i % 64);
        if (c->kinds)
            to->kinds[i] = c->kinds[row];
    }
}

static int keep_block(struct run *r, struct bitmap *rows)
{
    for (uint32_t i = 0; i < r->filter->n_columns; i++)
        gather(r->columns[i], r->rows, r->n, &r->gathered[i]);
    TRY(run_steps(r));
    for (uint32_t i = 0; i < r->n; i++)
        if (!(r->predicates[0].is_true[i / 64] >> (i % 64) & 1))
            bitmap_clear(rows, r->rows[i]);
    r->n = 0;
    return MVL_OK;
}

int filter_keep(const struct filter *f, const struct scalars *const columns[], uint32_t n, uint64_t seed,
                struct bitmap *rows)
{
    uint32_t list[BLOCK_ROWS];
    struct run r = {.filter = f, .columns = columns, .seed = seed, .rows = list};
    int rc = run_init(&r);
    r.gathered = mem_array((size_t)f->n_columns + 1, sizeof *r.gathered);
    rc = r.gathered ? rc : MVL_NOMEM;
    for (uint32_t first = 0; first < n && rc == MVL_OK; first += 64) {
        uint64_t mask = n - first < 64 ? (UINT64_C(1) << (n - first)) - 1 : UINT64_MAX;
        for (uint64_t word = rows->words[first / 64] & mask; word; word &= word - 1)
            list[r.n++] = first + (uint32_t)__builtin_ctzll(word);
        if (r.n > BLOCK_ROWS - 64)
            rc = keep_block(&r, rows);
    }
    if (r.n && rc == MVL_OK)
        rc = keep_block(&r, rows);
    run_fini(&r);
    return rc;
}
