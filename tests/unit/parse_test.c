#include "filter/parse.h"

#include <stdarg.h>

#include "random.h"
#include "unit.h"

struct text {
    char p[4096];
    size_t n;
};

PRINTF_LIKE(2, 3) static void append(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->p + t->n, sizeof t->p - t->n, format, args);
    va_end(args);
    t->n += (size_t)n;
    CHECK(t->n < sizeof t->p);
}

/* The nodes in a line: fields, integers and the signs of operators. */
static void write_node(const struct node *n, struct text *to)
{
    static const char *const compare[] = {"", "<", "==", "<=", ">", "!=", ">="};
    switch ((int)n->kind) {
    case NODE_FIELD: append(to, "%.*s ", STR_ARGS(n->name)); break;
    case NODE_VALUE: append(to, "%" PRId64 " ", n->value->integer); break;
    case NODE_AND: append(to, "and "); break;
    case NODE_OR: append(to, "or "); break;
    case NODE_NOT: append(to, "not "); break;
    case NODE_COMPARE: append(to, "%s ", compare[n->op]); break;
    case NODE_ARITHMETIC: append(to, "%c ", n->op); break;
    case NODE_NEGATE: append(to, "neg "); break;
    case NODE_LIKE: append(to, "like "); break;
    case NODE_IS_NULL: append(to, "null "); break;
    default: append(to, "? "); break;
    }
}

static int postfix(const char *filter, struct text *to, struct error *e)
{
    struct arena a = {0};
    struct ast ast;
    int rc = filter_parse(str_of(filter), &a, &ast, e);
    to->n = 0;
    to->p[0] = 0;
    for (uint32_t i = 0; rc == MVL_OK && i < ast.n; i++)
        write_node(&ast.nodes[i], to);
    arena_fini(&a);
    return rc;
}

static void check_postfix(const char *filter, const char *expected)
{
    static struct text got;
    struct error e = ERROR_NONE;
    if (!CHECK_EQ_INT(postfix(filter, &got, &e), MVL_OK) || !CHECK_STR(got.p, expected))
        printf("# %s\n%s\n", filter, e.reason);
}

/* Operators, and how tightly each binds. */
static const struct {
    const char *text, *sign;
    int binds;
} binary[] = {
    {"or", "or", 1}, {"||", "or", 1}, {"and", "and", 2}, {"&&", "and", 2}, {"==", "==", 3},
    {"!=", "!=", 3}, {"<", "<", 4},   {">=", ">=", 4},   {"+", "+", 5},    {"-", "-", 5},
    {"*", "*", 6},   {"/", "/", 6},   {"%", "%", 6},     {"**", "^", 7},
};

TEST(of_two_operators_the_tighter_takes_the_middle)
{
    for (size_t i = 0; i < COUNT(binary); i++)
        for (size_t k = 0; k < COUNT(binary); k++) {
            char filter[64], expected[64];
            if (binary[i].binds == 4 && binary[k].binds == 4)
                continue; /* a chain */
            bool left = binary[i].binds != binary[k].binds ? binary[i].binds > binary[k].binds
                                                           : binary[i].binds != 7;
            snprintf(filter, sizeof filter, "a %s b %s c", binary[i].text, binary[k].text);
            if (left)
                snprintf(expected, sizeof expected, "a b %s c %s ", binary[i].sign, binary[k].sign);
            else
                snprintf(expected, sizeof expected, "a b c %s %s ", binary[k].sign, binary[i].sign);
            check_postfix(filter, expected);
        }
}

/* A random tree in brackets, and the same in postfix order. */
static void random_tree(struct random *r, uint32_t depth, struct text *filter, struct text *expected)
{
    uint32_t way = depth ? random_below(r, 8) : 0;
    if (way == 0) {
        char name = "abcxyz"[random_below(r, 6)];
        append(filter, "%c", name);
        append(expected, "%c ", name);
    } else if (way == 1) {
        append(filter, "(not ");
        random_tree(r, depth - 1, filter, expected);
        append(filter, ")");
        append(expected, "not ");
    } else if (way == 2) {
        append(filter, "(-");
        random_tree(r, depth - 1, filter, expected);
        append(filter, ")");
        append(expected, "neg ");
    } else {
        uint32_t o = random_below(r, COUNT(binary));
        append(filter, "(");
        random_tree(r, depth - 1, filter, expected);
        append(filter, " %s ", binary[o].text);
        random_tree(r, depth - 1, filter, expected);
        append(filter, ")");
        append(expected, "%s ", binary[o].sign);
    }
}

TEST(brackets_make_any_tree)
{
    static struct text filter, expected;
    struct random r = random_from(5);
    for (int i = 0; i < 2000; i++) {
        filter.n = expected.n = 0;
        random_tree(&r, 6, &filter, &expected);
        check_postfix(filter.p, expected.p);
    }
}

TEST(words_signs_and_chains)
{
    check_postfix("not a == 1 and b", "a 1 == not b and ");
    check_postfix("1 < a <= 9", "1 a < a 9 <= and ");
    check_postfix("a is not null or b is null", "a null not b null or ");
    check_postfix("a not like b", "a b like not ");
    check_postfix("-a ** 2", "a 2 ^ neg ");
    check_postfix("a - -9223372036854775808", "a -9223372036854775808 - ");
}

TEST(errors_are_where_the_filter_goes_wrong)
{
    static const struct {
        const char *filter;
        int at;
    } cases[] = {
        {"a ==", 4},      {"(a == 1", 0}, {"a == 1)", 6},   {"a b", 2},    {"== 1", 0},
        {"1 < a > 2", 6}, {"a not b", 6}, {"a == null", 5}, {"a is 3", 5}, {"a == 9223372036854775808", 5},
    };
    static struct text got;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error e = ERROR_NONE;
        CHECK_EQ_INT(postfix(cases[i].filter, &got, &e), MVL_PARAM_INVALID);
        if (!CHECK_EQ_INT(e.at, cases[i].at))
            printf("# %s: %s\n", cases[i].filter, e.reason);
    }
}

TEST(filters_nest_to_their_limit)
{
    static char filter[2 * MAX_FILTER_DEPTH + 4];
    static struct text got;
    for (int depth = MAX_FILTER_DEPTH; depth <= MAX_FILTER_DEPTH + 1; depth++) {
        struct error e = ERROR_NONE;
        memset(filter, '(', (size_t)depth);
        filter[depth] = 'a';
        memset(filter + depth + 1, ')', (size_t)depth);
        filter[2 * depth + 1] = 0;
        CHECK_EQ_INT(postfix(filter, &got, &e), depth <= MAX_FILTER_DEPTH ? MVL_OK : MVL_PARAM_INVALID);
    }
}
