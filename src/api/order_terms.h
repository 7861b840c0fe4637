/* order_by_fields of queries and searches: 'price:desc, name:asc:nulls_first', a list of such texts and of
 * { field, order }, as pymilvus has them. */
#pragma once
#include "api/params.h"
#include "engine/order_by.h"

/* Reads the parameter of that name; NULL, and what is empty, is no order. Without an order a field is ascending; nulls are
 * last in an ascending one, first in a descending one, as in PostgreSQL. The terms are the arena's and borrow from j.
 * Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int order_terms_read(const struct json *j, const char *name, struct arena *a, struct order_terms *out,
                     struct error *e) MUST_USE;
