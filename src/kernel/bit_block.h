/* Thirty-two rows in one bit a dimension, laid out so that one pass over the block estimates all their orders.
 *
 * The estimate is RaBitQ's (Gao & Long, arXiv:2405.12497): a rotated row minus a centre, r, is kept as its signs s and
 * two factors; <q, r> is estimated as |r|^2 / |r|_1 * <q, s>. The scan is FastScan's (Andre, Kermarrec & Le Scouarnec,
 * arXiv:1704.07355): four dimensions make a nibble, and a byte shuffle looks up the sums of sixteen rows at once. */
#pragma once
#include "base/base.h"

enum { BIT_BLOCK_ROWS = 32 };

/* Bytes of a block of vectors of n dimensions, a multiple of 32. */
size_t bit_block_bytes(uint32_t n);

/* A row as the block keeps it. */
struct bit_row {
    const float *rotated; /* [n] */
    const float *centre;  /* [n], rotated too */
    float constant;       /* added to its order: 0 for products, |row|^2 for L2 */
    float factor;         /* of the product in its order: -1 for products, -2 for L2 */
};

/* Writes a row into its slot, 0..31, of a block. Returns false for a row that floats cannot estimate, very large or
 * very small: its order is estimated at -INFINITY, so that it is always among the nearest. */
bool bit_block_put(uint8_t *block, uint32_t n, uint32_t slot, const struct bit_row *row);

/* Copies a row from a slot of one block into a slot of another, of n dimensions both. */
void bit_block_copy(uint8_t *to, uint32_t to_slot, const uint8_t *from, uint32_t from_slot, uint32_t n);

/* Whether a slot's row can be estimated: what bit_block_put returned. */
bool bit_block_can_estimate(const uint8_t *block, uint32_t n, uint32_t slot);

/* A query, bound once. */
struct bit_query {
    uint32_t n;
    const uint8_t *table; /* [4 * n], the caller's */
    float base;           /* of every order */
    float step, offset;   /* <q, s> = step * sum + offset */
    uint8_t low_nibbles[16],
        low_bytes[16]; /* masks: V8 rebuilds constants in every round of a loop, memory it loads once */
};

/* q and centre: [n], rotated, |q| from 1e-15 to 1e15 or 0; table: [4 * n], kept as long as the query; factor as in bit_row; constant: added to
 * every order (0 for products, |q|^2 for L2). */
void bit_query_init(struct bit_query *out, const float *q, const float *centre, uint32_t n, float factor,
                    float constant, uint8_t *table);

/* Estimates the orders of all 32 rows. Returns the set of those below bound, a bit a slot. Slots that were never
 * written hold anything. */
uint32_t bit_block_scan(const uint8_t *block, const struct bit_query *q, float bound,
                        float orders[BIT_BLOCK_ROWS]);
