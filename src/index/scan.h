/* AUTOINDEX without a graph: a scan of one-bit codes, 32 rows at a time, and exact orders for the best of them.
 *
 * Codes are made in slices after the rows are there; rows behind them are scanned exactly. */
#pragma once
#include "index/coder.h"
#include "index/index.h"

extern const struct index_ops scan_ops;

/* The scan's own parts, for an index that is built on them: its coder, how many rows have a code, and the block in which
 * row stands in slot row % BIT_BLOCK_ROWS, NULL for a row that went long ago. */
struct coder *scan_coder(struct index *scan);
uint32_t scan_n_coded(const struct index *scan);
const uint8_t *scan_block_of(const struct index *scan, uint32_t row);

/* Below this many rows an exact scan is as fast. */
enum { SCAN_LEAST_ROWS = 2048 };
