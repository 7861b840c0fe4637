/* The binder's state. Between bind.c, bind_field.c and bind_time.c. */
#pragma once
#include "filter/plan.h"

enum value_type {
    TYPE_BOOL,
    TYPE_INT,
    TYPE_REAL,
    TYPE_TIME, /* microseconds since 1970, and between times */
    TYPE_INTERVAL,
    TYPE_TEXT,
    TYPE_GEOMETRY, /* which is null or not */
    TYPE_MIXED,
    TYPE_LIST
};

/* A value that is known by now, where it is and what it was written as. */
struct operand {
    enum value_type type;
    bool is_float, is_field, is_whole; /* of a FLOAT field; a column; a field without a path */
    struct source source;
    const struct json *json; /* of constants */
    int32_t months;          /* of an INTERVAL, beside its microseconds */
    struct span span;
};

struct binder {
    const struct ast *ast;
    const struct schema *schema;
    const struct json *params;
    struct arena *arena;
    struct error *e;
    struct filter *filter;
    struct operand *stack; /* [n nodes] */
    uint32_t n;
    uint32_t n_predicates, n_values; /* registers in use */
    uint32_t step_capacity, column_capacity;
};

#define FAIL(b, span, hint, ...) filter_fail((b)->ast->filter, span, (b)->e, hint, __VA_ARGS__)

/* At most so much of a name is told. */
static inline struct str short_name(struct str name)
{
    return (struct str){name.p, name.n < 64 ? name.n : 64};
}

/* Pushes the column that a field's name and path mean. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int bind_field(struct binder *b, const struct node *node) MUST_USE;

/* A text constant that stands beside a time becomes one. Returns 0 or MVL_PARAM_INVALID. */
int time_of_text(struct binder *b, struct operand *o, const struct operand *beside) MUST_USE;

/* An interval as its length, for comparing: months count as 30 days. */
void interval_as_length(struct operand *o);

/* How many months later an operator makes a time, as the integer that MONTHS_LATER takes; and without them. */
struct operand months_of_interval(uint8_t op, const struct operand *interval);

/* Is one of these a time, or an interval? */
bool times_stand(const struct operand *x, const struct operand *y);

/* Does the operator make a time of them? time + interval, interval + time, time - interval */
bool times_compute(uint8_t op, const struct operand *x, const struct operand *y);
