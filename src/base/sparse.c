#include "base/sparse.h"

#include <math.h>

bool sparse_read(const void *bytes, size_t n, struct sparse_vector *out)
{
    if (n % SPARSE_PAIR_BYTES != 0 || n / SPARSE_PAIR_BYTES > UINT32_MAX)
        return false;
    *out = (struct sparse_vector){bytes, (uint32_t)(n / SPARSE_PAIR_BYTES)};
    for (uint32_t i = 0; i < out->n; i++) {
        uint32_t index = sparse_index(out, i);
        if (index > SPARSE_MOST_INDEX || (i > 0 && index <= sparse_index(out, i - 1)) ||
            !isfinite(sparse_value(out, i)))
            return false;
    }
    return true;
}
