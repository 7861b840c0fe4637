#include "base/places.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    placed_row x = *(const placed_row *)a, y = *(const placed_row *)b;
    return (x > y) - (x < y);
}

void places_sort(const uint32_t rows[], uint32_t n, placed_row sorted[])
{
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = (placed_row)rows[i] << 32 | i;
    if (n)
        qsort(sorted, n, sizeof *sorted, compare);
}
