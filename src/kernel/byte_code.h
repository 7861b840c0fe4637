/* Rows in eight bits a dimension, each scaled by its own largest component: for scoring single rows.
 *
 * Lengths n are multiples of 32, up to 32,768. */
#pragma once
#include "base/base.h"

enum { BYTE_CODE_LARGEST = 127, BYTE_QUERY_LARGEST = 511 };

/* Codes a row: x is about scale * code. Returns scale, 0 for a zero row. x must be finite. */
float byte_code_put(int8_t *code, const float *x, uint32_t n);

/* The same for a query, a little finer. Returns its scale. */
float byte_query_put(int16_t *query, const float *x, uint32_t n);

/* A code as a query, of the code's scale. */
void byte_query_of_code(int16_t *query, const int8_t *code, uint32_t n);

/* Dot products of a query with codes: times both scales, the products of what they code. */
int32_t byte_code_dot(const int16_t *query, const int8_t *code, uint32_t n);
void byte_code_dot_four(const int16_t *query, const int8_t *const codes[4], uint32_t n, int32_t dots[4]);
