/* AUTOINDEX without a graph: a scan of one-bit codes, 32 rows at a time, and exact orders for the best of them.
 *
 * Codes are made in slices after the rows are there; rows behind them are scanned exactly. */
#pragma once
#include "index/index.h"

extern const struct index_ops scan_ops;

/* Below this many rows an exact scan is as fast. */
enum { SCAN_LEAST_ROWS = 2048 };
