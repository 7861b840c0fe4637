/* The vectors a search asks with: as they were given, or those of entities that are there. */
#pragma once
#include "engine/search_plan.h"

/* Judges a request's queries, or finds those of its keys, and puts them into the plan, whose field is known, in the form
 * in which they are compared. An error names the query, or the key, by its place. */
int query_vectors_resolve(struct collection *c, const struct search_request *r, struct plan *p,
                          struct arena *a, struct error *e) MUST_USE;
