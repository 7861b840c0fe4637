/* What a filter comes to: columns, and steps over registers. Between bind.c and eval.c. */
#pragma once
#include "filter/ast.h"
#include "filter/cell.h"
#include "filter/filter.h"

/* Where an operand's value comes from. */
struct source {
    enum { FROM_CONSTANT, FROM_COLUMN, FROM_REGISTER } from;
    enum scalar_kind kind; /* of CONSTANT: unused */
    uint32_t index;        /* of the column or register */
    struct cell constant;
};

/* The values of a list, by type, for looking up. Integers are what is one in value: 2.0 is among them. */
struct value_set {
    int64_t *integers; /* ascending */
    double *reals;     /* ascending */
    struct str *texts; /* ascending by length, then by bytes */
    uint32_t n_integers, n_reals, n_texts;
    bool has_true, has_false;
};

enum step_kind {
    STEP_FILL,    /* a constant truth */
    STEP_TRUTH,   /* of a: a column of booleans, or booleans among mixed values */
    STEP_COMPARE, /* a op b */
    STEP_IN,      /* a in set */
    STEP_LIKE,
    STEP_IS_NULL,
    STEP_CONTAINS,
    STEP_SAMPLE, /* of a share a of the rows, whatever they hold */
    STEP_AND,    /* predicate to with predicate other */
    STEP_OR,
    STEP_SAME, /* both true or both false */
    STEP_NOT,
    STEP_COMPUTE, /* value to = a op b */
    STEP_LENGTH,  /* value to = how many elements a has */
};

struct step {
    enum step_kind kind;
    uint8_t op; /* of FILL: 1 is true */
    uint32_t to, other;
    struct source a, b;
    enum filter_function function;
    struct str pattern;
    const struct value_set *set;
    const struct json *wanted; /* of CONTAINS: the value, or the list */
};

struct filter {
    struct filter_column *columns;
    uint32_t n_columns;
    struct step *steps;
    uint32_t n_steps;
    uint32_t n_predicates, n_values; /* registers */
    bool is_random;
};
