#include <inttypes.h>
#include <stdio.h>

#include "filter/binder.h"
#include "filter/parse.h"
#include "filter/value_set.h"

enum {
    MOST_VALUES = 64, /* value registers: of arithmetic nested to the right */
};

static const char *const type_names[] = {
    [TYPE_BOOL] = "bool",           [TYPE_INT] = "int",
    [TYPE_REAL] = "float",          [TYPE_TEXT] = "string",
    [TYPE_MIXED] = "a JSON value",  [TYPE_LIST] = "a list",
    [TYPE_TIME] = "a time",         [TYPE_INTERVAL] = "an interval",
    [TYPE_GEOMETRY] = "a geometry",
};

static struct span whole(const struct operand *a, const struct operand *b)
{
    return (struct span){a->span.at, b->span.at + b->span.n - a->span.at};
}

static int add_step(struct binder *b, struct step step)
{
    struct filter *f = b->filter;
    if (f->n_steps == b->step_capacity) {
        uint32_t capacity = b->step_capacity ? 2 * b->step_capacity : 8;
        struct step *steps = arena_array(b->arena, capacity, sizeof *steps);
        if (!steps)
            return MVL_NOMEM;
        if (f->n_steps)
            memcpy(steps, f->steps, f->n_steps * sizeof *steps);
        f->steps = steps;
        b->step_capacity = capacity;
    }
    f->steps[f->n_steps++] = step;
    return MVL_OK;
}

static uint32_t new_predicate(struct binder *b)
{
    if (++b->n_predicates > b->filter->n_predicates)
        b->filter->n_predicates = b->n_predicates;
    return b->n_predicates - 1;
}

/* ---- constants ---- */

static int push_value(struct binder *b, const struct node *node, const struct json *value)
{
    static const enum value_type types[] = {
        [JSON_NULL] = TYPE_MIXED,   [JSON_BOOL] = TYPE_BOOL,   [JSON_INT] = TYPE_INT,
        [JSON_REAL] = TYPE_REAL,    [JSON_STRING] = TYPE_TEXT, [JSON_ARRAY] = TYPE_LIST,
        [JSON_OBJECT] = TYPE_MIXED,
    };
    enum value_type type = types[value->kind];
    if (node->literal != PLAIN)
        type = node->literal == TIME ? TYPE_TIME : TYPE_INTERVAL;
    struct operand o = {.type = type, .json = value, .months = node->months, .span = node->span};
    o.source.constant = cell_from_json(value);
    b->stack[b->n++] = o;
    return MVL_OK;
}

static int bind_template(struct binder *b, const struct node *node)
{
    const struct json *value = json_get(b->params, node->name);
    if (!value)
        return FAIL(b, node->span, STR_NONE, "filter_params has no '%.*s'", STR_ARGS(short_name(node->name)));
    if (value->kind == JSON_NULL || value->kind == JSON_OBJECT)
        return FAIL(b, node->span, STR_NONE, "'%.*s' of filter_params must be a value or a list, got %s",
                    STR_ARGS(short_name(node->name)), json_kind_name(value->kind));
    return push_value(b, node, value);
}

static bool is_constant(const struct operand *o)
{
    return o->source.from == FROM_CONSTANT;
}

static int push_constant(struct binder *b, struct cell cell, struct span span)
{
    struct json *j = arena_zeroed(b->arena, 1, sizeof *j);
    struct node node = {.span = span};
    if (!j)
        return MVL_NOMEM;
    j->kind = cell.kind;
    j->boolean = cell.integer != 0;
    j->integer = cell.integer;
    j->real = cell.kind == JSON_INT ? (double)cell.integer : cell.real;
    return push_value(b, &node, j);
}

/* ---- predicates ---- */

static int push_predicate(struct binder *b, uint32_t at, struct span span)
{
    b->stack[b->n++] = (struct operand){
        .type = TYPE_BOOL, .source = {.from = FROM_REGISTER, .index = at}, .span = span};
    return MVL_OK;
}

static void free_value(struct binder *b, const struct operand *o)
{
    if (o->source.from == FROM_REGISTER && o->type != TYPE_BOOL)
        b->n_values--;
}

/* Makes a truth of a boolean or of mixed values, in a register. */
static int to_predicate(struct binder *b, const struct operand *o, uint32_t *at)
{
    if (o->type == TYPE_BOOL && o->source.from == FROM_REGISTER) {
        *at = o->source.index;
        return MVL_OK;
    }
    struct step step = {.kind = STEP_TRUTH, .a = o->source};
    if (is_constant(o)) {
        step.kind = STEP_FILL;
        step.op = o->source.constant.integer != 0;
    }
    free_value(b, o);
    step.to = *at = new_predicate(b);
    return add_step(b, step);
}

static bool can_be_true(const struct operand *o)
{
    return o->type == TYPE_BOOL || o->type == TYPE_MIXED;
}

static int check_truth(struct binder *b, const struct operand *o, const char *who)
{
    if (can_be_true(o))
        return MVL_OK;
    return FAIL(b, o->span, STR_NONE, "%s must be a condition, got %s", who, type_names[o->type]);
}

static int join(struct binder *b, enum step_kind kind, const struct operand *x, const struct operand *y)
{
    uint32_t first, second;
    TRY(to_predicate(b, x, &first));
    TRY(to_predicate(b, y, &second));
    uint32_t to = first < second ? first : second;
    TRY(add_step(b, (struct step){.kind = kind, .to = to, .other = first < second ? second : first}));
    b->n_predicates--;
    return push_predicate(b, to, whole(x, y));
}

static int bind_and_or(struct binder *b, const struct node *node)
{
    struct operand y = b->stack[--b->n], x = b->stack[--b->n];
    const char *who = node->kind == NODE_AND ? "each side of 'and'" : "each side of 'or'";
    TRY(check_truth(b, &x, who));
    TRY(check_truth(b, &y, who));
    return join(b, node->kind == NODE_AND ? STEP_AND : STEP_OR, &x, &y);
}

static int negate(struct binder *b, struct operand x)
{
    uint32_t at;
    TRY(to_predicate(b, &x, &at));
    TRY(add_step(b, (struct step){.kind = STEP_NOT, .to = at}));
    return push_predicate(b, at, x.span);
}

static int bind_not(struct binder *b, const struct node *node)
{
    struct operand x = b->stack[--b->n];
    TRY(check_truth(b, &x, "what 'not' turns round"));
    (void)node;
    return negate(b, x);
}

/* ---- comparisons ---- */

static bool is_number(const struct operand *o)
{
    return o->type == TYPE_INT || o->type == TYPE_REAL;
}

static const char *op_text(uint8_t op)
{
    static const char *const texts[] = {
        [LESS] = "<",    [LESS | EQUAL] = "<=",    [EQUAL] = "==",
        [GREATER] = ">", [GREATER | EQUAL] = ">=", [LESS | GREATER] = "!=",
    };
    return texts[op];
}

/* Who an operand is: "int (field 'age')". */
static struct str describe(const struct binder *b, const struct operand *o, char text[120])
{
    struct str written = {b->ast->filter.p + o->span.at, o->span.n < 60 ? o->span.n : 60};
    int n = snprintf(text, 120, o->is_field ? "%s (field '%.*s')" : "%s", type_names[o->type],
                     STR_ARGS(written));
    return (struct str){text, (uint32_t)n};
}

static int incompatible(struct binder *b, const struct node *node, const struct operand *x,
                        const struct operand *y, const char *what)
{
    char left[120], right[120], hint[300];
    struct str l = describe(b, x, left), r = describe(b, y, right);
    int n = snprintf(hint, sizeof hint, "left side is %.*s, right side is %.*s", STR_ARGS(l), STR_ARGS(r));
    return FAIL(b, node->span, ((struct str){hint, (uint32_t)n}), "%s '%s' between incompatible types", what,
                node->kind == NODE_COMPARE ? op_text(node->op) : (char[]){(char)node->op, 0});
}

/* A constant in the form the other side is kept in, as far as it is the same value there. */
static void adapt_constant(struct operand *constant, const struct operand *to)
{
    struct cell *c = &constant->source.constant;
    if (!is_number(constant) || to->type != TYPE_REAL)
        return;
    double v = c->kind == JSON_INT ? (double)c->integer : c->real;
    int64_t back;
    if (to->is_float)
        v = as_float(v);
    else if (c->kind == JSON_INT && !(real_as_integer(v, &back) && back == c->integer))
        return;
    *c = (struct cell){.kind = JSON_REAL, .real = v};
}

static int bind_same(struct binder *b, const struct node *node, struct operand x, struct operand y)
{
    if (!can_be_true(&x) || !can_be_true(&y) || (node->op != EQUAL && node->op != (LESS | GREATER)))
        return incompatible(b, node, &x, &y, "comparison");
    TRY(join(b, STEP_SAME, &x, &y));
    if (node->op == EQUAL)
        return MVL_OK;
    return negate(b, b->stack[--b->n]);
}

/* A column, or what is computed, with a list. */
static int bind_equal_lists(struct binder *b, const struct node *node, const struct operand *x,
                            const struct operand *y)
{
    const struct operand *list = x->type == TYPE_LIST ? x : y, *other = list == x ? y : x;
    if (other->type != TYPE_MIXED || (node->op != EQUAL && node->op != (LESS | GREATER)))
        return incompatible(b, node, x, y, "comparison");
    struct step step = {.kind = STEP_CONTAINS, .a = other->source, .function = EQUALS, .wanted = list->json};
    free_value(b, other);
    step.to = new_predicate(b);
    TRY(add_step(b, step));
    TRY(push_predicate(b, step.to, whole(x, y)));
    return node->op == EQUAL ? MVL_OK : negate(b, b->stack[--b->n]);
}

/* Can these be compared? */
static bool fit(const struct operand *x, const struct operand *y)
{
    if (x->type == TYPE_GEOMETRY || y->type == TYPE_GEOMETRY)
        return false;
    if (times_stand(x, y))
        return x->type == y->type;
    return (is_number(x) && is_number(y)) || (x->type == TYPE_TEXT && y->type == TYPE_TEXT) ||
           x->type == TYPE_MIXED || y->type == TYPE_MIXED;
}

static int bind_compare(struct binder *b, const struct node *node)
{
    struct operand y = b->stack[--b->n], x = b->stack[--b->n];
    struct step step = {.kind = STEP_COMPARE, .op = node->op};
    TRY(time_of_text(b, &x, &y));
    TRY(time_of_text(b, &y, &x));
    if (x.type == TYPE_LIST || y.type == TYPE_LIST)
        return bind_equal_lists(b, node, &x, &y);
    if (x.type == TYPE_BOOL || y.type == TYPE_BOOL)
        return bind_same(b, node, x, y);
    if (!fit(&x, &y))
        return incompatible(b, node, &x, &y, "comparison");
    interval_as_length(&x);
    interval_as_length(&y);
    if (is_constant(&x) && is_constant(&y)) {
        bool is = cell_compare(&x.source.constant, &y.source.constant) & node->op;
        return push_constant(b, (struct cell){.kind = JSON_BOOL, .integer = is}, whole(&x, &y));
    }
    if (is_constant(&x))
        adapt_constant(&x, &y);
    if (is_constant(&y))
        adapt_constant(&y, &x);
    step.a = x.source;
    step.b = y.source;
    if (is_constant(&x)) {
        step.a = y.source;
        step.b = x.source;
        step.op = (uint8_t)((node->op & EQUAL) | (node->op & LESS ? GREATER : 0) |
                            (node->op & GREATER ? LESS : 0));
    }
    free_value(b, &x);
    free_value(b, &y);
    step.to = new_predicate(b);
    TRY(add_step(b, step));
    return push_predicate(b, step.to, whole(&x, &y));
}

/* ---- in, like, is null, functions ---- */

static int check_member(struct binder *b, const struct operand *x, const struct operand *list,
                        const struct json *member)
{
    bool number = member->kind == JSON_INT || member->kind == JSON_REAL;
    bool scalar = number || member->kind == JSON_STRING || member->kind == JSON_BOOL;
    bool fits = x->type == TYPE_MIXED
                    ? scalar
                    : (is_number(x) && number) || (x->type == TYPE_TEXT && member->kind == JSON_STRING) ||
                          (x->type == TYPE_BOOL && member->kind == JSON_BOOL);
    if (fits)
        return MVL_OK;
    return FAIL(b, list->span, STR_NONE, "the list behind 'in' must hold values of type %s, got %s",
                x->type == TYPE_MIXED ? "int, float, string or bool" : type_names[x->type],
                json_kind_name(member->kind));
}

/* Of a truth: is it one of these? */
static int bind_truth_in(struct binder *b, struct operand x, const struct value_set *set)
{
    struct cell all = {.kind = JSON_BOOL, .integer = 1};
    if (set->has_true && !set->has_false)
        return to_predicate(b, &x, &x.source.index) == MVL_OK ? push_predicate(b, x.source.index, x.span)
                                                              : MVL_NOMEM;
    if (set->has_false && !set->has_true)
        return negate(b, x);
    /* x or not x: known or not */
    uint32_t at, known = 0;
    TRY(to_predicate(b, &x, &at));
    known = new_predicate(b);
    TRY(add_step(b, (struct step){.kind = STEP_FILL, .to = known, .op = 1}));
    TRY(add_step(b, (struct step){.kind = STEP_SAME, .to = known, .other = at}));
    TRY(add_step(b, (struct step){.kind = STEP_NOT, .to = known}));
    TRY(add_step(b, (struct step){.kind = STEP_OR, .to = at, .other = known}));
    b->n_predicates--;
    TRY(push_predicate(b, at, x.span));
    (void)all;
    return set->has_true ? MVL_OK : negate(b, b->stack[--b->n]);
}

static int bind_in(struct binder *b, const struct node *node)
{
    struct operand list = b->stack[--b->n], x = b->stack[--b->n];
    struct value_set *set = arena_zeroed(b->arena, 1, sizeof *set);
    if (!set)
        return MVL_NOMEM;
    if (list.type != TYPE_LIST)
        return FAIL(b, list.span, STR_NONE, "'in' needs a list on its right side, got %s",
                    type_names[list.type]);
    if (x.type == TYPE_LIST)
        return FAIL(b, x.span, STR_NONE, "'in' needs a value on its left side, got a list");
    for (const struct json *j = list.json->first; j; j = j->next)
        TRY(check_member(b, &x, &list, j));
    TRY(value_set_make(list.json, x.is_float, b->arena, set));
    (void)node;
    if (x.type == TYPE_BOOL)
        return bind_truth_in(b, x, set);
    if (is_constant(&x)) {
        bool is = value_set_has(set, &x.source.constant) == 1;
        return push_constant(b, (struct cell){.kind = JSON_BOOL, .integer = is}, whole(&x, &list));
    }
    struct step step = {.kind = STEP_IN, .a = x.source, .set = set};
    free_value(b, &x);
    step.to = new_predicate(b);
    TRY(add_step(b, step));
    return push_predicate(b, step.to, whole(&x, &list));
}

static int bind_like(struct binder *b, const struct node *node)
{
    struct operand y = b->stack[--b->n], x = b->stack[--b->n];
    (void)node;
    if (!is_constant(&y) || y.type != TYPE_TEXT)
        return FAIL(b, y.span, STR_NONE, "'like' needs a pattern in quotes on its right side, got %s",
                    type_names[y.type]);
    if (x.type != TYPE_TEXT && x.type != TYPE_MIXED)
        return FAIL(b, x.span, STR_NONE, "'like' needs a string on its left side, got %s",
                    type_names[x.type]);
    struct step step = {.kind = STEP_LIKE, .a = x.source, .pattern = y.source.constant.text};
    free_value(b, &x);
    step.to = new_predicate(b);
    TRY(add_step(b, step));
    return push_predicate(b, step.to, whole(&x, &y));
}

static int bind_is_null(struct binder *b, const struct node *node)
{
    struct operand x = b->stack[--b->n];
    if (!x.is_field)
        return FAIL(b, x.span, STR_NONE, "%s needs a field, got %s",
                    node->kind == NODE_EXISTS ? "'exists'" : "'is null'", type_names[x.type]);
    if (node->kind == NODE_EXISTS && (x.type != TYPE_MIXED || x.is_whole))
        return FAIL(b, x.span, STR("whether a field is null is asked with 'is not null'"),
                    "'exists' needs a path into JSON or a dynamic field");
    struct step step = {.kind = STEP_IS_NULL, .a = x.source, .to = new_predicate(b)};
    TRY(add_step(b, step));
    TRY(push_predicate(b, step.to, x.span));
    return node->kind == NODE_EXISTS ? negate(b, b->stack[--b->n]) : MVL_OK;
}

static int new_value(struct binder *b, struct span span, uint32_t *out)
{
    if (b->n_values == MOST_VALUES)
        return FAIL(b, span, STR_NONE, "arithmetic must be nested at most %d deep: it is deeper",
                    MOST_VALUES);
    *out = b->n_values++;
    if (b->n_values > b->filter->n_values)
        b->filter->n_values = b->n_values;
    return MVL_OK;
}

static int push_register(struct binder *b, enum value_type type, uint32_t at, struct span span)
{
    static const enum scalar_kind kinds[] = {[TYPE_INT] = SCALAR_INT,
                                             [TYPE_REAL] = SCALAR_REAL,
                                             [TYPE_TIME] = SCALAR_INT,
                                             [TYPE_MIXED] = SCALAR_MIXED};
    b->stack[b->n++] = (struct operand){
        .type = type, .source = {FROM_REGISTER, kinds[type], at}, .span = span};
    return MVL_OK;
}

static int bind_sample(struct binder *b, const struct node *node)
{
    struct operand x = b->stack[--b->n];
    struct cell *share = &x.source.constant;
    if (!is_number(&x))
        return FAIL(b, x.span, STR_NONE, "random_sample needs a number, got %s", type_names[x.type]);
    if (share->kind == JSON_INT)
        *share = (struct cell){.kind = JSON_REAL, .real = (double)share->integer};
    if (!(share->real > 0 && share->real < 1))
        return FAIL(b, x.span, STR_NONE, "the share that random_sample takes must be above 0 and below 1");
    b->filter->is_random = true;
    struct step step = {.kind = STEP_SAMPLE, .a = x.source, .to = new_predicate(b)};
    TRY(add_step(b, step));
    return push_predicate(b, step.to, node->span);
}

static int bind_call(struct binder *b, const struct node *node)
{
    if (node->function == RANDOM_SAMPLE)
        return bind_sample(b, node);
    struct operand value = {0};
    if (node->function != ARRAY_LENGTH)
        value = b->stack[--b->n];
    struct operand x = b->stack[--b->n];
    if (x.type != TYPE_MIXED)
        return FAIL(b, x.span, STR_NONE, "%.*s needs an array or a path into JSON, got %s",
                    STR_ARGS(node->name), type_names[x.type]);
    struct step step = {.a = x.source, .function = node->function, .wanted = value.json};
    if (node->function == ARRAY_LENGTH) {
        step.kind = STEP_LENGTH;
        TRY(new_value(b, node->span, &step.to));
        TRY(add_step(b, step));
        return push_register(b, TYPE_INT, step.to, node->span);
    }
    if (node->function != CONTAINS && value.type != TYPE_LIST)
        return FAIL(b, value.span, STR_NONE, "%.*s needs a list, got %s", STR_ARGS(node->name),
                    type_names[value.type]);
    step.kind = STEP_CONTAINS;
    step.to = new_predicate(b);
    TRY(add_step(b, step));
    return push_predicate(b, step.to, node->span);
}

/* ---- arithmetic ---- */

/* Pushes what x op y is, known by now or computed by a step. */
static int bind_computed(struct binder *b, uint8_t op, const struct operand *x, const struct operand *y,
                         enum value_type type)
{
    struct span span = whole(x, y);
    if (is_constant(x) && is_constant(y)) {
        struct cell c = cell_compute(op, &x->source.constant, &y->source.constant);
        if (c.kind == JSON_NULL)
            return FAIL(b, span, STR_NONE, "this has no value");
        TRY(push_constant(b, c, span));
        if (type == TYPE_TIME)
            b->stack[b->n - 1].type = TYPE_TIME;
        return MVL_OK;
    }
    struct step step = {.kind = STEP_COMPUTE, .op = op, .a = x->source, .b = y->source};
    free_value(b, x);
    free_value(b, y);
    TRY(new_value(b, span, &step.to));
    TRY(add_step(b, step));
    return push_register(b, type, step.to, span);
}

/* First the months, then what has a length. */
static int bind_moved_time(struct binder *b, uint8_t op, const struct operand *x, const struct operand *y)
{
    const struct operand *time = x->type == TYPE_TIME ? x : y, *interval = time == x ? y : x;
    struct operand moved = *time, months = months_of_interval(op, interval);
    if (interval->months) {
        TRY(bind_computed(b, MONTHS_LATER, time, &months, TYPE_TIME));
        moved = b->stack[--b->n];
    }
    return bind_computed(b, op, &moved, interval, TYPE_TIME);
}

static int bind_arithmetic(struct binder *b, const struct node *node)
{
    struct operand y = b->stack[--b->n], x = b->stack[--b->n];
    bool mixed = x.type == TYPE_MIXED || y.type == TYPE_MIXED;
    bool fits = (is_number(&x) || x.type == TYPE_MIXED) && (is_number(&y) || y.type == TYPE_MIXED) &&
                (node->op != '%' || (x.type != TYPE_REAL && y.type != TYPE_REAL));
    if (times_compute(node->op, &x, &y))
        return bind_moved_time(b, node->op, &x, &y);
    if (!fits)
        return incompatible(b, node, &x, &y, "arithmetic");
    enum value_type type = mixed || node->op == '^'                                      ? TYPE_MIXED
                           : x.type == TYPE_INT && y.type == TYPE_INT && node->op != '/' ? TYPE_INT
                                                                                         : TYPE_REAL;
    return bind_computed(b, node->op, &x, &y, type);
}

static int bind_negate(struct binder *b, const struct node *node)
{
    struct operand x = b->stack[--b->n];
    struct cell zero = {.kind = JSON_INT};
    if (!is_number(&x) && x.type != TYPE_MIXED)
        return FAIL(b, x.span, STR_NONE, "'-' needs a number, got %s", type_names[x.type]);
    TRY(push_constant(b, zero, node->span));
    b->stack[b->n++] = x;
    return bind_arithmetic(b, &(struct node){.kind = NODE_ARITHMETIC, .op = '-', .span = node->span});
}

static int bind_node(struct binder *b, const struct node *node)
{
    switch (node->kind) {
    case NODE_VALUE: return push_value(b, node, node->value);
    case NODE_TEMPLATE: return bind_template(b, node);
    case NODE_FIELD: return bind_field(b, node);
    case NODE_AND:
    case NODE_OR: return bind_and_or(b, node);
    case NODE_NOT: return bind_not(b, node);
    case NODE_COMPARE: return bind_compare(b, node);
    case NODE_IN: return bind_in(b, node);
    case NODE_LIKE: return bind_like(b, node);
    case NODE_IS_NULL:
    case NODE_EXISTS: return bind_is_null(b, node);
    case NODE_ARITHMETIC: return bind_arithmetic(b, node);
    case NODE_NEGATE: return bind_negate(b, node);
    case NODE_CALL: return bind_call(b, node);
    }
    return MVL_OK;
}

static int binder_init(struct binder *b)
{
    b->filter = arena_zeroed(b->arena, 1, sizeof *b->filter);
    b->stack = arena_array(b->arena, (size_t)b->ast->n + 2, sizeof *b->stack);
    return b->filter && b->stack ? MVL_OK : MVL_NOMEM;
}

int filter_column_of(struct str text, const struct schema *s, struct arena *a, struct filter_column *out,
                     struct error *e)
{
    struct ast ast;
    struct binder binder = {.ast = &ast, .schema = s, .arena = a, .e = e}, *b = &binder;
    TRY(filter_parse(text, a, &ast, e));
    TRY(binder_init(b));
    if (ast.n != 1 || ast.nodes[0].kind != NODE_FIELD)
        return FAIL(b, ast.nodes[0].span, STR_NONE, "expected a field and perhaps a path into it");
    TRY(bind_field(b, &ast.nodes[0]));
    *out = b->filter->columns[0];
    return MVL_OK;
}

int filter_compile(struct str text, const struct schema *s, const struct json *params, struct arena *a,
                   struct filter **out, struct error *e)
{
    struct ast ast;
    TRY(filter_parse(text, a, &ast, e));
    struct binder binder = {.ast = &ast, .schema = s, .params = params, .arena = a, .e = e}, *b = &binder;
    TRY(binder_init(b));
    for (uint32_t i = 0; i < ast.n; i++)
        TRY(bind_node(b, &ast.nodes[i]));
    struct operand result = b->stack[0];
    uint32_t at;
    TRY(check_truth(b, &result, "the filter"));
    TRY(to_predicate(b, &result, &at));
    *out = b->filter;
    return MVL_OK;
}

bool filter_is_random(const struct filter *f)
{
    return f->is_random;
}

const struct filter_column *filter_columns(const struct filter *f, uint32_t *n)
{
    *n = f->n_columns;
    return f->columns;
}
