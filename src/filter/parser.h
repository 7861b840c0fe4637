/* The parser's state. Between parse.c, which joins operands by their operators, and leaf.c, which reads operands. */
#pragma once
#include "filter/parse.h"

/* An operator that waits for its right side, or an open bracket. */
struct pending {
    struct node node;
    uint8_t binds;
    bool is_prefix, is_negated;
    bool joins_chain; /* the AND between two comparisons of a chain */
};

/* An operand that is complete: the nodes [first, end), and if it is a comparison that a chain may go on from, its right
 * side. */
struct operand {
    uint32_t first, end;
    struct span span;
    uint8_t chain; /* LESS or GREATER: the way it goes; 0: no chain goes on from here */
    uint32_t right_first, right_end;
};

struct parser {
    struct lexer lexer;
    struct token token; /* the next */
    struct ast *ast;
    uint32_t capacity;
    struct pending *waiting; /* [MAX_FILTER_DEPTH] */
    uint32_t n_waiting;
    struct operand *operands; /* [MAX_FILTER_DEPTH + 2] */
    uint32_t n_operands;
};

/* The next token. */
int parser_advance(struct parser *ps) MUST_USE;

/* Return MVL_PARAM_INVALID. expected: what should stand where the next token does. */
int parser_fail(struct parser *ps, struct span where, const char *message);
int parser_expected(struct parser *ps, const char *what);

static inline struct span span_join(struct span a, struct span b)
{
    return (struct span){a.at, b.at + b.n - a.at};
}

int parser_add_node(struct parser *ps, struct node node) MUST_USE;
void parser_push(struct parser *ps, struct operand operand);

/* An operand without operators, from its first token on: a literal, a list, a template, a field with its path, or a
 * function's call. */
int parser_leaf(struct parser *ps) MUST_USE;
