/* What is told of groups of a query's rows instead of the rows: { category, count(*), avg(price) }. */
#pragma once
#include "engine/order_by.h"

/* As a request says it. */
struct aggregate_request {
    const struct str *group_by; /* fields, or paths into JSON; none: all rows are one group */
    uint32_t n_group_by;
    const struct str
        *output_fields; /* some of group_by, and count(*), count, sum, avg, min and max of fields */
    uint32_t n_output_fields;
    struct order_terms order; /* by output_fields, before the groups' own */
    uint32_t offset, limit;   /* of groups */
};

/* Whether an output field is a function of many rows, as sum(price). */
bool aggregate_is_function(struct str output_field);

struct aggregation; /* of a schema; the arena's */

/* Judges a request, which the result borrows from. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID: a field that is unknown, or
 * whose type has no groups, sum, average or order; a name that is neither in group_by nor a function. */
int aggregate_resolve(const struct schema *s, const struct aggregate_request *r, struct arena *a,
                      struct aggregation **out, struct error *e) MUST_USE;

/* Groups a set of rows that are there: a row of the batch for each group, in the order that was asked for and then by
 * the fields of group_by, ascending, nulls last. The batch is the arena's. Returns also MVL_PARAM_INVALID: a sum of
 * integers is beyond INT64. */
int aggregate_rows(struct collection *c, const struct aggregation *g, const struct bitmap *rows,
                   struct arena *a, struct batch *out, struct error *e) MUST_USE;
