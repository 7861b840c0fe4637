/* Floats of two bytes, as bits: IEEE's binary16 (float16) and the upper half of a float (bfloat16). */
#pragma once
#include "base/base.h"

/* Rounded to the nearest, to even when there are two. What is too large becomes an infinity; a NaN stays one. */
uint16_t float16_of(double x);
uint16_t bfloat16_of(double x);

/* Exact. */
float float16_value(uint16_t bits);
float bfloat16_value(uint16_t bits);

bool float16_is_finite(uint16_t bits);
bool bfloat16_is_finite(uint16_t bits);

/* Rows of them, and of bytes, as floats. from and to do not overlap. The float16s are finite. */
void float16_decode(const uint16_t *from, uint32_t n, float *restrict to);
void bfloat16_decode(const uint16_t *from, uint32_t n, float *restrict to);
void int8_decode(const int8_t *from, uint32_t n, float *restrict to);
