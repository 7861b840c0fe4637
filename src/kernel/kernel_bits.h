/* Distances of vectors of bits. */
#pragma once
#include "base/base.h"

/* How many bits differ, in n bytes. No alignment is asked for. */
uint32_t kernel_bits_hamming(const uint8_t *a, const uint8_t *b, uint32_t n);

/* 1 - the bits that both have / those that either has; 1 when both have none, as in Milvus. */
double kernel_bits_jaccard(const uint8_t *a, const uint8_t *b, uint32_t n);
