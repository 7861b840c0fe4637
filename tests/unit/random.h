/* Random data that is the same in every run. A test that fails prints the seed it began with. */
#ifndef RANDOM_H
#define RANDOM_H

#include "unit.h"

struct random {
    uint64_t state;
};

static inline struct random random_from(uint64_t seed)
{
    unit_seed = seed;
    return (struct random){seed};
}

/* SplitMix64. */
static inline uint64_t random_u64(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)(random_u64(r) % n);
}

/* In [-1, 1). */
static inline float random_float(struct random *r)
{
    return (float)(random_u64(r) >> 40) / (float)(1 << 23) - 1;
}

static inline void random_floats(struct random *r, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = random_float(r);
}

#endif
