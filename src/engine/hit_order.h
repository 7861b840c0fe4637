/* Searches whose hits come in the order of scalar fields: as many of the nearest as the page ends behind are found and
 * put in order, then the page is taken, as in Milvus. Of groups, which stay whole, the nearest row decides. */
#pragma once
#include "engine/search_plan.h"

/* Judges the fields of an order, if one is asked for; then the plan is for the hits of all pages up to this one. After
 * plan_page. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int hit_order_resolve(const struct schema *s, const struct search_request *r, struct arena *a, struct plan *p,
                      struct error *e) MUST_USE;

/* Puts the hits of one query, which are those from first on, in the order that the plan asks for, and leaves the page's.
 * ends [n_groups]: where each of its groups ends, counted from first; n_groups is unused without groups. */
int hit_order_apply(struct collection *c, const struct plan *p, const uint32_t ends[], uint32_t n_groups,
                    uint32_t first, struct arena *a, struct hits *hits, struct error *e) MUST_USE;
