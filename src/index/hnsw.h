/* HNSW: a graph over one-bit and eight-bit codes, built in slices; until it knows enough rows, and where it costs less,
 * the scan of codes answers. Orders are exact in any case: the best candidates are computed from their vectors. */
#pragma once
#include "index/index.h"

extern const struct index_ops hnsw_ops;

/* Below this many rows a scan is as fast, and there is no graph. */
enum { HNSW_LEAST_ROWS = 4096 };
