/* The best candidates of a graph search in order, each marked once it has been expanded. */
#pragma once
#include "base/topk.h"

enum { POOL_EXPANDED = (int)(1u << 31) }; /* in an entry's row; rows are below it */

struct pool {
    struct topk_entry *entries; /* [k], nearest first; owned by whoever made it */
    uint32_t n, k;
};

/* Orders not below this do not enter. */
static inline float pool_bound(const struct pool *p)
{
    return p->n < p->k ? __builtin_inff() : p->entries[p->n - 1].order;
}

/* Moves entries to the next places, from the last on: memmove is a call in wasm. */
static inline void pool_shift(struct topk_entry *e, uint32_t n)
{
    enum { AT_ONCE = 4 };
    struct topk_entry some[AT_ONCE];
    for (; n >= AT_ONCE; n -= AT_ONCE) {
        memcpy(some, e + n - AT_ONCE, sizeof some);
        memcpy(e + n - AT_ONCE + 1, some, sizeof some);
    }
    for (; n > 0; n--)
        e[n] = e[n - 1];
}

/* Puts a row in its place, the worst falls out. Returns the place, or k when there is none. */
static inline uint32_t pool_insert(struct pool *p, float order, uint32_t row)
{
    struct topk_entry *e = p->entries;
    uint32_t low = 0, high = p->n;
    if (p->n == p->k) {
        if (!(order < e[p->n - 1].order))
            return p->k;
    } else {
        p->n++;
    }
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (e[middle].order < order)
            low = middle + 1;
        else
            high = middle;
    }
    pool_shift(e + low, p->n - 1 - low);
    e[low] = (struct topk_entry){order, row};
    return low;
}
