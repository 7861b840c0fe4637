/* HNSW: a graph over one-bit and row codes, built in slices; until it knows enough rows, and where it costs less,
 * the scan of codes answers. Orders are exact in any case: the best candidates are computed from their vectors. */
#pragma once
#include "index/index.h"

extern const struct index_ops hnsw_ops;

/* With fewer rows there is no graph: a scan is as fast for HNSW, and for AUTOINDEX so fast that building one does not
 * pay. */
enum { HNSW_GRAPH_ROWS = 4096, AUTO_GRAPH_ROWS = 250000 };
