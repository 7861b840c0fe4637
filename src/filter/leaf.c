#include "filter/parser.h"
#include "schema/timestamp.h"

static int push_leaf(struct parser *ps, struct node node)
{
    uint32_t first = ps->ast->n;
    TRY(parser_add_node(ps, node));
    parser_push(ps, (struct operand){first, first + 1, node.span, 0, 0, 0});
    return MVL_OK;
}

static struct json *new_value(struct parser *ps, enum json_kind kind)
{
    struct json *j = arena_zeroed(ps->lexer.arena, 1, sizeof *j);
    if (j)
        j->kind = kind;
    return j;
}

/* A literal that is no list. NULL: no memory. */
static struct json *literal(struct parser *ps, const struct token *t, bool minus)
{
    struct json *j;
    switch ((int)t->kind) {
    case TOKEN_INT:
        if ((j = new_value(ps, JSON_INT))) {
            j->integer = t->integer > INT64_MAX ? INT64_MIN
                         : minus                ? -(int64_t)t->integer
                                                : (int64_t)t->integer;
            j->real = (double)j->integer;
        }
        return j;
    case TOKEN_REAL:
        if ((j = new_value(ps, JSON_REAL)))
            j->real = minus ? -t->real : t->real;
        return j;
    case TOKEN_STRING:
        if ((j = new_value(ps, JSON_STRING)))
            j->string = t->text;
        return j;
    default:
        if ((j = new_value(ps, JSON_BOOL)))
            j->boolean = t->kind == TOKEN_TRUE;
        return j;
    }
}

static bool is_literal(enum token_kind kind)
{
    return kind == TOKEN_INT || kind == TOKEN_REAL || kind == TOKEN_STRING || kind == TOKEN_TRUE ||
           kind == TOKEN_FALSE;
}

static int list_element(struct parser *ps, struct json **out)
{
    bool minus = false;
    if (ps->token.kind == TOKEN_ADD) {
        minus = ps->token.op == '-';
        TRY(parser_advance(ps));
        if (ps->token.kind != TOKEN_INT && ps->token.kind != TOKEN_REAL)
            return parser_expected(ps, "a number");
    }
    if (ps->token.kind == TOKEN_NULL)
        return parser_fail(ps, ps->token.span, "a list must hold values, got null");
    if (!is_literal(ps->token.kind))
        return parser_expected(ps, "a value of the list");
    if (ps->token.kind == TOKEN_INT && ps->token.integer > INT64_MAX && !minus)
        return parser_fail(ps, ps->token.span, "an integer must fit in INT64");
    *out = literal(ps, &ps->token, minus);
    return *out ? parser_advance(ps) : MVL_NOMEM;
}

/* From its bracket to its end. Lists may hold lists. */
static int list(struct parser *ps, struct node *out)
{
    struct span start = ps->token.span;
    struct json *open = NULL, *last = NULL, *root = NULL;
    for (;;) { /* at the start of an element */
        struct json *j;
        if (ps->token.kind == TOKEN_OPEN_LIST) {
            if (!(j = new_value(ps, JSON_ARRAY)))
                return MVL_NOMEM;
            TRY(parser_advance(ps));
        } else {
            TRY(list_element(ps, &j));
        }
        j->parent = open;
        if (open) {
            *(last ? &last->next : &open->first) = j;
            open->count++;
        }
        root = root ? root : j;
        last = j;
        if (j->kind == JSON_ARRAY) {
            open = j;
            last = NULL;
            if (ps->token.kind != TOKEN_CLOSE_LIST)
                continue;
        }
        while (open) {
            bool has_comma = ps->token.kind == TOKEN_COMMA && last;
            if (has_comma)
                TRY(parser_advance(ps));
            if (ps->token.kind != TOKEN_CLOSE_LIST && has_comma)
                break;
            if (ps->token.kind != TOKEN_CLOSE_LIST)
                return parser_expected(ps, "',' or ']'");
            last = open;
            open = open->parent;
            if (!open) {
                *out = (struct node){
                    .kind = NODE_VALUE, .value = root, .span = span_join(start, ps->token.span)};
                return parser_advance(ps);
            }
            TRY(parser_advance(ps));
        }
    }
}

/* Behind a name: ["key"][0] */
static int path(struct parser *ps, struct node *field)
{
    struct path_step steps[MAX_PATH_STEPS];
    while (ps->token.kind == TOKEN_OPEN_LIST) {
        TRY(parser_advance(ps));
        if (field->n_path == MAX_PATH_STEPS)
            return parser_fail(ps, ps->token.span, "a path must have at most 64 steps: it has more");
        struct path_step *step = &steps[field->n_path++];
        if (ps->token.kind == TOKEN_STRING)
            *step = (struct path_step){.key = ps->token.text};
        else if (ps->token.kind == TOKEN_INT && ps->token.integer < UINT32_MAX)
            *step = (struct path_step){.is_index = true, .index = (uint32_t)ps->token.integer};
        else
            return parser_expected(ps, "a key in quotes or an index");
        TRY(parser_advance(ps));
        if (ps->token.kind != TOKEN_CLOSE_LIST)
            return parser_expected(ps, "']'");
        field->span = span_join(field->span, ps->token.span);
        TRY(parser_advance(ps));
    }
    if (!field->n_path)
        return MVL_OK;
    field->path = arena_array(ps->lexer.arena, field->n_path, sizeof *field->path);
    if (!field->path)
        return MVL_NOMEM;
    memcpy(field->path, steps, field->n_path * sizeof *steps);
    return MVL_OK;
}

/* What stands for itself: a literal, a list, a template, a field. name: the token before, a field's, when it has been
 * passed already. */
static int leaf(struct parser *ps, const struct token *name)
{
    struct node node = {.span = ps->token.span};
    if (!name && ps->token.kind == TOKEN_OPEN_LIST) {
        TRY(list(ps, &node));
    } else if (!name && is_literal(ps->token.kind)) {
        node.kind = NODE_VALUE;
        node.needs_minus = ps->token.kind == TOKEN_INT && ps->token.integer > INT64_MAX;
        node.value = literal(ps, &ps->token, false);
        if (!node.value)
            return MVL_NOMEM;
        TRY(parser_advance(ps));
    } else if (!name && ps->token.kind == TOKEN_TEMPLATE) {
        node.kind = NODE_TEMPLATE;
        node.name = ps->token.text;
        TRY(parser_advance(ps));
    } else {
        struct token own = ps->token;
        if (!name)
            TRY(parser_advance(ps));
        node = (struct node){.kind = NODE_FIELD, .name = (name ? name : &own)->text};
        node.span = (name ? name : &own)->span;
        TRY(path(ps, &node));
    }
    return push_leaf(ps, node);
}

static const struct {
    const char *name;
    uint8_t n_args;
    enum filter_function function;
    const char *expects; /* behind the field, or in its place */
} functions[] = {
    {"json_contains", 2, CONTAINS, "a value"},         {"json_contains_all", 2, CONTAINS_ALL, "a list"},
    {"json_contains_any", 2, CONTAINS_ANY, "a list"},  {"array_contains", 2, CONTAINS, "a value"},
    {"array_contains_all", 2, CONTAINS_ALL, "a list"}, {"array_contains_any", 2, CONTAINS_ANY, "a list"},
    {"array_length", 1, ARRAY_LENGTH, NULL},           {"random_sample", 1, RANDOM_SAMPLE, "a number"},
};

/* A server's; not here. */
static const char *const reserved[] = {
    "text_match",  "phrase_match", "element_filter",    "match_all",       "match_any",
    "match_least", "match_most",   "match_exact",       "st_equals",       "st_touches",
    "st_overlaps", "st_crosses",   "st_contains",       "st_intersects",   "st_within",
    "st_dwithin",  "st_isvalid",   "geometry_contains", "geometry_within", "geometry_intersects",
};

static int unknown_function(struct parser *ps, const struct token *name)
{
    char hint[80];
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (str_eq_nocase(name->text, str_of(reserved[i])))
            return filter_fail(ps->lexer.filter, name->span, ps->lexer.e, STR_NONE,
                               "%s is not supported by this version", reserved[i]);
    uint32_t best = 3;
    struct str found = STR_NONE;
    for (size_t i = 0; i < COUNT(functions); i++) {
        uint32_t distance = name_distance(name->text, str_of(functions[i].name), 2);
        if (distance < best) {
            best = distance;
            size_t n = strlen(functions[i].name);
            memcpy(hint, "did you mean ", 13);
            memcpy(hint + 13, functions[i].name, n);
            hint[13 + n] = '?';
            found = (struct str){hint, (uint32_t)n + 14};
        }
    }
    struct str shown = {name->text.p, name->text.n < 64 ? name->text.n : 64};
    return filter_fail(ps->lexer.filter, name->span, ps->lexer.e, found, "unknown function '%.*s'",
                       STR_ARGS(shown));
}

/* Behind the name, at the bracket. */
static int call(struct parser *ps, const struct token *name)
{
    size_t which = 0;
    while (which < COUNT(functions) && !str_eq_nocase(name->text, str_of(functions[which].name)))
        which++;
    if (which == COUNT(functions))
        return unknown_function(ps, name);
    uint32_t first = ps->ast->n;
    TRY(parser_advance(ps));
    bool wants_field = functions[which].function != RANDOM_SAMPLE;
    for (uint8_t i = 0; i < functions[which].n_args; i++) {
        if (i > 0 && ps->token.kind != TOKEN_COMMA)
            return parser_expected(ps, "','");
        if (i > 0)
            TRY(parser_advance(ps));
        bool is_field = i == 0 && wants_field;
        if (is_field && ps->token.kind != TOKEN_NAME)
            return parser_expected(ps, "a field");
        if (!is_field && !is_literal(ps->token.kind) && ps->token.kind != TOKEN_OPEN_LIST &&
            ps->token.kind != TOKEN_TEMPLATE && ps->token.kind != TOKEN_ADD)
            return parser_expected(ps, functions[which].expects);
        if (ps->token.kind == TOKEN_ADD) {
            struct node node = {.kind = NODE_VALUE, .span = ps->token.span};
            struct json *value;
            TRY(list_element(ps, &value));
            node.value = value;
            TRY(parser_add_node(ps, node));
            continue;
        }
        TRY(leaf(ps, NULL));
        ps->n_operands--;
    }
    if (ps->token.kind != TOKEN_CLOSE)
        return parser_expected(ps, "')'");
    struct span span = span_join(name->span, ps->token.span);
    TRY(parser_add_node(ps, (struct node){.kind = NODE_CALL,
                                          .function = functions[which].function,
                                          .name = str_of(functions[which].name),
                                          .span = span}));
    parser_push(ps, (struct operand){first, ps->ast->n, span, 0, 0, 0});
    return parser_advance(ps);
}

/* ISO '2025-01-31T12:00:00Z' or INTERVAL 'P1D', at the string. */
static int time_literal(struct parser *ps, const struct token *name, bool is_time)
{
    struct node node = {.kind = NODE_VALUE,
                        .literal = is_time ? TIME : INTERVAL,
                        .span = span_join(name->span, ps->token.span)};
    struct json *value = new_value(ps, JSON_INT);
    struct str text = ps->token.text;
    if (!value)
        return MVL_NOMEM;
    if (is_time && !timestamp_parse(text, &value->integer))
        return parser_fail(ps, ps->token.span, "expected a time as '2025-01-31T12:00:00Z'");
    struct interval interval = {0};
    if (!is_time && !interval_parse(text, &interval))
        return parser_fail(ps, ps->token.span, "expected an interval as 'P1DT12H30M' or 'P1Y2M'");
    if (!is_time)
        value->integer = interval.micros;
    node.months = interval.months;
    value->real = (double)value->integer;
    node.value = value;
    TRY(parser_advance(ps));
    return push_leaf(ps, node);
}

static int name_or_call(struct parser *ps)
{
    struct token name = ps->token;
    TRY(parser_advance(ps));
    if (ps->token.kind == TOKEN_OPEN)
        return call(ps, &name);
    if (ps->token.kind == TOKEN_STRING && str_eq_nocase(name.text, STR("iso")))
        return time_literal(ps, &name, true);
    if (ps->token.kind == TOKEN_STRING && str_eq_nocase(name.text, STR("interval")))
        return time_literal(ps, &name, false);
    return leaf(ps, &name);
}

int parser_leaf(struct parser *ps)
{
    return ps->token.kind == TOKEN_NAME ? name_or_call(ps) : leaf(ps, NULL);
}
