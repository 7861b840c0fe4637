/* Indexes on scalar fields, JSON paths and dynamic fields: what a user may define. Filters use them in engine/columns,
 * which keeps their columns sorted. */
#pragma once
#include "engine/indexes.h"

/* Below so many rows a filter scans them. */
enum { SORTED_LEAST_ROWS = 32768 };

/* Whether a request is for one of these: the field is no vector, or is none of the schema's but a dynamic one. */
bool scalar_index_is_meant(const struct schema *s, const struct index_request *request);

/* Judges the type for the field, and its parameters. Fills d, whose arena owns what it needs. Returns 0, MVL_NOMEM,
 * MVL_PARAM_INVALID, MVL_PARAM_MISSING or MVL_INDEX_NOT_SUPPORTED. */
int scalar_index_define(const struct schema *s, const struct index_request *request,
                        struct index_definition *d, struct error *e) MUST_USE;

/* "sorted" or "scan", where that is something else than the type says; else NULL. */
const char *scalar_index_served_by(const struct schema *s, const struct index_definition *d, int64_t n_rows);
