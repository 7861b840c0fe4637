/* A filter as it was written, in postfix order: operands stand before what is done with them, so that nothing that
 * follows needs to recurse. */
#pragma once
#include "base/json.h"
#include "filter/lex.h"

enum node_kind {
    NODE_VALUE,
    NODE_TEMPLATE, /* {name} */
    NODE_FIELD,    /* name, and perhaps a path into it */
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_COMPARE,
    NODE_IN, /* the right operand is a list */
    NODE_LIKE,
    NODE_IS_NULL,
    NODE_EXISTS,
    NODE_ARITHMETIC,
    NODE_NEGATE,
    NODE_CALL,
};

enum filter_function {
    CONTAINS,     /* json_contains, array_contains */
    CONTAINS_ALL, /* ..._all */
    CONTAINS_ANY,
    ARRAY_LENGTH,
    EQUALS, /* a list with == */
    RANDOM_SAMPLE,
};

/* ["key"] or [0] */
struct path_step {
    bool is_index;
    uint32_t index;
    struct str key;
};

struct node {
    enum node_kind kind;
    uint8_t op; /* of COMPARE: what it is true of; of ARITHMETIC: + - * / % or ^ */
    enum { PLAIN, TIME, INTERVAL } literal; /* of VALUE; the others are INTs, microseconds ... */
    int32_t months;                         /* ... beside these */
    bool needs_minus;                       /* of VALUE: 2^63, which is no INT64 without one */
    enum filter_function function;
    struct span span;
    const struct json *value;
    struct str name; /* of FIELD, TEMPLATE and CALL */
    struct path_step *path;
    uint32_t n_path;
};

struct ast {
    struct str filter;
    struct node *nodes;
    uint32_t n;
};
