#include "filter/parse.h"

#include <assert.h>

#include "filter/parser.h"

/* How tightly operators bind. not binds less tightly than comparisons, as in Python. */
enum {
    BIND_OPEN,
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_EQUAL,
    BIND_COMPARE, /* < <= > >= in like is */
    BIND_ADD,
    BIND_MULTIPLY,
    BIND_SIGN,
    BIND_POWER,
};

int parser_fail(struct parser *ps, struct span where, const char *message)
{
    return filter_fail(ps->lexer.filter, where, ps->lexer.e, STR_NONE, "%s", message);
}

static struct str text_of(const struct parser *ps, struct span span)
{
    return (struct str){ps->lexer.filter.p + span.at, span.n};
}

int parser_expected(struct parser *ps, const char *what)
{
    struct str got = text_of(ps, ps->token.span);
    if (ps->token.kind == TOKEN_END)
        return filter_fail(ps->lexer.filter, ps->token.span, ps->lexer.e, STR_NONE,
                           "expected %s, got the end of the filter", what);
    got.n = got.n <= 40 ? got.n : 40;
    return filter_fail(ps->lexer.filter, ps->token.span, ps->lexer.e, STR_NONE, "expected %s, got '%.*s'",
                       what, STR_ARGS(got));
}

int parser_advance(struct parser *ps)
{
    return lexer_next(&ps->lexer, &ps->token);
}

/* ---- nodes ---- */

int parser_add_node(struct parser *ps, struct node node)
{
    struct ast *ast = ps->ast;
    if (ast->n == MAX_FILTER_NODES)
        return parser_fail(ps, node.span, "a filter must have at most 16384 terms: there are more");
    if (ast->n == ps->capacity) {
        uint32_t capacity = ps->capacity ? 2 * ps->capacity : 32;
        struct node *nodes = arena_array(ps->lexer.arena, capacity, sizeof *nodes);
        if (!nodes)
            return MVL_NOMEM;
        if (ast->n)
            memcpy(nodes, ast->nodes, ast->n * sizeof *nodes);
        ast->nodes = nodes;
        ps->capacity = capacity;
    }
    ast->nodes[ast->n++] = node;
    return MVL_OK;
}

void parser_push(struct parser *ps, struct operand operand)
{
    assert(ps->n_operands < MAX_FILTER_DEPTH + 2);
    ps->operands[ps->n_operands++] = operand;
}

static int push_waiting(struct parser *ps, struct pending p)
{
    if (ps->n_waiting == MAX_FILTER_DEPTH)
        return parser_fail(ps, p.node.span, "a filter must be nested at most 1024 deep: it is deeper");
    ps->waiting[ps->n_waiting++] = p;
    return MVL_OK;
}

/* A minus before a number is part of it; *folded: there was one. */
static int fold_minus(struct parser *ps, const struct operand *o, struct span minus, bool *folded)
{
    struct node *node = &ps->ast->nodes[o->first];
    *folded = false;
    if (o->end - o->first != 1 || node->kind != NODE_VALUE || node->literal != PLAIN)
        return MVL_OK;
    struct json *copy = arena_zeroed(ps->lexer.arena, 1, sizeof *copy);
    if (!copy)
        return MVL_NOMEM;
    *copy = *node->value;
    if (copy->kind == JSON_INT && !node->needs_minus && copy->integer == INT64_MIN)
        return MVL_OK;
    if (copy->kind == JSON_INT && !node->needs_minus)
        copy->integer = -copy->integer;
    else if (copy->kind == JSON_REAL)
        copy->real = -copy->real;
    else if (copy->kind != JSON_INT)
        return MVL_OK;
    if (copy->kind == JSON_INT)
        copy->real = (double)copy->integer;
    node->needs_minus = false;
    node->value = copy;
    node->span = span_join(minus, node->span);
    *folded = true;
    return MVL_OK;
}

/* Applies the innermost operator to its operands, which are complete. */
static int apply(struct parser *ps)
{
    struct pending *p = &ps->waiting[--ps->n_waiting];
    struct operand *right = &ps->operands[ps->n_operands - 1];
    if (p->is_prefix) {
        struct span minus = p->node.span;
        right->span = span_join(minus, right->span);
        right->chain = 0;
        bool is_done = p->node.kind == NODE_NEGATE && p->node.op == '+';
        if (p->node.kind == NODE_NEGATE && !is_done)
            TRY(fold_minus(ps, right, minus, &is_done));
        if (is_done)
            return MVL_OK;
        TRY(parser_add_node(ps, p->node));
        right->end = ps->ast->n;
        return MVL_OK;
    }
    struct operand *left = right - 1;
    TRY(parser_add_node(ps, p->node));
    if (p->is_negated)
        TRY(parser_add_node(ps, (struct node){.kind = NODE_NOT, .span = p->node.span}));
    if (p->joins_chain) {
        left->chain = right->chain;
        left->right_first = right->right_first;
        left->right_end = right->right_end;
    } else {
        left->chain = p->node.kind == NODE_COMPARE && p->binds == BIND_COMPARE ? p->node.op & (uint8_t)~EQUAL
                                                                               : 0;
        left->right_first = right->first;
        left->right_end = right->end;
    }
    left->end = ps->ast->n;
    left->span = span_join(left->span, right->span);
    ps->n_operands--;
    return MVL_OK;
}

static int apply_tighter(struct parser *ps, uint8_t binds)
{
    while (ps->n_waiting && ps->waiting[ps->n_waiting - 1].binds >= binds)
        TRY(apply(ps));
    return MVL_OK;
}

/* ---- operands ---- */

static int prefix(struct parser *ps, enum node_kind kind, uint8_t binds)
{
    struct pending p = {{.kind = kind, .op = ps->token.op, .span = ps->token.span}, binds, .is_prefix = true};
    TRY(push_waiting(ps, p));
    return parser_advance(ps);
}

/* Everything up to a complete operand. */
static int operand(struct parser *ps)
{
    for (;;) {
        switch ((int)ps->token.kind) {
        case TOKEN_NOT: TRY(prefix(ps, NODE_NOT, BIND_NOT)); continue;
        case TOKEN_ADD: TRY(prefix(ps, NODE_NEGATE, BIND_SIGN)); continue;
        case TOKEN_EXISTS: TRY(prefix(ps, NODE_EXISTS, BIND_SIGN)); continue;
        case TOKEN_OPEN:
            TRY(push_waiting(ps, (struct pending){{.span = ps->token.span}, BIND_OPEN, .is_prefix = true}));
            TRY(parser_advance(ps));
            continue;
        case TOKEN_NAME:
        case TOKEN_INT:
        case TOKEN_REAL:
        case TOKEN_STRING:
        case TOKEN_TRUE:
        case TOKEN_FALSE:
        case TOKEN_TEMPLATE:
        case TOKEN_OPEN_LIST: return parser_leaf(ps);
        case TOKEN_NULL:
            return filter_fail(ps->lexer.filter, ps->token.span, ps->lexer.e,
                               STR("whether a field is null is asked with 'is null'"), "unexpected null");
        default: return parser_expected(ps, "a field, a value or '('");
        }
    }
}

/* ---- operators ---- */

/* The right side of the comparison before is the left side of this one, too. */
static int go_on_with_chain(struct parser *ps, struct pending *p)
{
    struct operand *before = &ps->operands[ps->n_operands - 1];
    uint8_t way = p->node.op & (uint8_t)~EQUAL;
    if (before->chain != way)
        return filter_fail(ps->lexer.filter, p->node.span, ps->lexer.e,
                           STR("join two comparisons with 'and'"), "a chain of comparisons must go one way");
    uint32_t first = ps->ast->n, from = before->right_first, n = before->right_end - from;
    struct span span = ps->ast->nodes[from + n - 1].span;
    for (uint32_t i = 0; i < n; i++)
        TRY(parser_add_node(ps, ps->ast->nodes[from + i]));
    struct pending both = {{.kind = NODE_AND, .span = p->node.span}, BIND_COMPARE, .joins_chain = true};
    TRY(push_waiting(ps, both));
    parser_push(ps, (struct operand){first, ps->ast->n, span, 0, 0, 0});
    return MVL_OK;
}

static int binary(struct parser *ps, enum node_kind kind, uint8_t binds)
{
    struct pending p = {{.kind = kind, .op = ps->token.op, .span = ps->token.span}, binds};
    TRY(apply_tighter(ps, kind == NODE_ARITHMETIC && p.node.op == '^' ? binds + 1 : binds));
    if (kind == NODE_COMPARE && binds == BIND_COMPARE && ps->operands[ps->n_operands - 1].chain)
        TRY(go_on_with_chain(ps, &p));
    TRY(push_waiting(ps, p));
    return parser_advance(ps);
}

/* in, like, not in, not like */
static int membership(struct parser *ps)
{
    struct pending p = {{.span = ps->token.span}, BIND_COMPARE};
    TRY(apply_tighter(ps, BIND_COMPARE));
    if (ps->token.kind == TOKEN_NOT) {
        p.is_negated = true;
        TRY(parser_advance(ps));
        if (ps->token.kind != TOKEN_IN && ps->token.kind != TOKEN_LIKE)
            return parser_expected(ps, "'in' or 'like'");
    }
    p.node.span = span_join(p.node.span, ps->token.span);
    p.node.kind = ps->token.kind == TOKEN_IN ? NODE_IN : NODE_LIKE;
    TRY(push_waiting(ps, p));
    return parser_advance(ps);
}

static int is_null(struct parser *ps)
{
    struct span span = ps->token.span;
    bool negated = false;
    TRY(apply_tighter(ps, BIND_COMPARE));
    TRY(parser_advance(ps));
    if (ps->token.kind == TOKEN_NOT) {
        negated = true;
        TRY(parser_advance(ps));
    }
    if (ps->token.kind != TOKEN_NULL)
        return parser_expected(ps, "'null'");
    struct operand *o = &ps->operands[ps->n_operands - 1];
    span = span_join(span, ps->token.span);
    TRY(parser_add_node(ps, (struct node){.kind = NODE_IS_NULL, .span = span}));
    if (negated)
        TRY(parser_add_node(ps, (struct node){.kind = NODE_NOT, .span = span}));
    o->end = ps->ast->n;
    o->chain = 0;
    o->span = span_join(o->span, span);
    return parser_advance(ps);
}

static int close(struct parser *ps)
{
    TRY(apply_tighter(ps, BIND_OR));
    if (!ps->n_waiting)
        return parser_fail(ps, ps->token.span, "unexpected ')' that nothing opens");
    struct operand *o = &ps->operands[ps->n_operands - 1];
    o->chain = 0;
    o->span = span_join(ps->waiting[--ps->n_waiting].node.span, ps->token.span);
    return parser_advance(ps);
}

/* Everything between two operands. *ended: there is no other. */
static int operators(struct parser *ps, bool *ended)
{
    *ended = false;
    for (;;) {
        switch ((int)ps->token.kind) {
        case TOKEN_OR: return binary(ps, NODE_OR, BIND_OR);
        case TOKEN_AND: return binary(ps, NODE_AND, BIND_AND);
        case TOKEN_COMPARE:
            return binary(ps, NODE_COMPARE,
                          ps->token.op == EQUAL || ps->token.op == (LESS | GREATER) ? BIND_EQUAL
                                                                                    : BIND_COMPARE);
        case TOKEN_ADD: return binary(ps, NODE_ARITHMETIC, BIND_ADD);
        case TOKEN_MULTIPLY: return binary(ps, NODE_ARITHMETIC, BIND_MULTIPLY);
        case TOKEN_POWER: return binary(ps, NODE_ARITHMETIC, BIND_POWER);
        case TOKEN_NOT:
        case TOKEN_IN:
        case TOKEN_LIKE: return membership(ps);
        case TOKEN_IS: TRY(is_null(ps)); continue;
        case TOKEN_CLOSE: TRY(close(ps)); continue;
        case TOKEN_END: break;
        default: return parser_expected(ps, "an operator");
        }
        break;
    }
    TRY(apply_tighter(ps, BIND_OR));
    if (ps->n_waiting)
        return parser_fail(ps, ps->waiting[ps->n_waiting - 1].node.span, "a '(' is not closed");
    *ended = true;
    return MVL_OK;
}

static int check_integers(struct parser *ps)
{
    for (uint32_t i = 0; i < ps->ast->n; i++)
        if (ps->ast->nodes[i].needs_minus)
            return parser_fail(ps, ps->ast->nodes[i].span, "an integer must fit in INT64");
    return MVL_OK;
}

int filter_parse(struct str filter, struct arena *a, struct ast *out, struct error *e)
{
    *out = (struct ast){.filter = filter};
    if (filter.n > MAX_FILTER_BYTES)
        return error_set(e, MVL_PARAM_INVALID, "filter must be at most %d bytes long, got %u",
                         MAX_FILTER_BYTES, filter.n);
    struct parser parser = {.lexer = {filter, 0, a, e}, .ast = out}, *ps = &parser;
    ps->waiting = arena_array(a, MAX_FILTER_DEPTH, sizeof *ps->waiting);
    ps->operands = arena_array(a, MAX_FILTER_DEPTH + 2, sizeof *ps->operands);
    if (!ps->waiting || !ps->operands)
        return MVL_NOMEM;
    TRY(parser_advance(ps));
    for (bool ended = false; !ended;) {
        TRY(operand(ps));
        TRY(operators(ps, &ended));
    }
    return check_integers(ps);
}
