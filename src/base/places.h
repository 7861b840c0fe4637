/* Rows in the order of their numbers that still know their places in a list. */
#pragma once
#include "base/base.h"

/* A row above its place: they stand by rows, equal ones by places. */
typedef uint64_t placed_row;

static inline uint32_t placed_row_number(placed_row p)
{
    return (uint32_t)(p >> 32);
}

static inline uint32_t placed_row_place(placed_row p)
{
    return (uint32_t)p;
}

/* Fills sorted [n] with rows [n]. */
void places_sort(const uint32_t rows[], uint32_t n, placed_row sorted[]);
