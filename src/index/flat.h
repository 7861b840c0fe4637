/* The exact scan: recall 1, nothing to build. */
#pragma once
#include "index/index.h"

extern const struct index_ops flat_ops;

/* The scan itself, of the rows from `from` on: pushes the nearest present ones into out. Returns 0 or
 * what reading vectors returns. */
int flat_scan(const struct vectors *v, const struct index_query *q, uint32_t from, struct topk *out) MUST_USE;
