#include "base/hash.h"

#include "base/bytes.h"

/* Four lanes of multiply and rotate, the structure of xxHash64, so that the multiplications overlap. */
#define K1 UINT64_C(0x9e3779b185ebca87)
#define K2 UINT64_C(0xc2b2ae3d27d4eb4f)

static inline uint64_t rotate(uint64_t v, int by)
{
    return v << by | v >> (64 - by);
}

static inline uint64_t load(const uint8_t *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
#else
    return bytes_u64(p);
#endif
}

static inline uint64_t step(uint64_t lane, uint64_t word)
{
    return rotate(lane ^ word, 29) * K1;
}

static inline uint64_t finish(uint64_t h)
{
    h ^= h >> 32;
    h *= K2;
    h ^= h >> 29;
    h *= K1;
    return h ^ h >> 32;
}

uint64_t hash64(const void *bytes, size_t n, uint64_t seed)
{
    const uint8_t *p = bytes;
    uint64_t a = seed + K1, b = seed ^ K2, c = seed - K1, d = ~seed;
    size_t left = n;
    for (; left >= 32; left -= 32, p += 32) {
        a = step(a, load(p));
        b = step(b, load(p + 8));
        c = step(c, load(p + 16));
        d = step(d, load(p + 24));
    }
    for (; left >= 8; left -= 8, p += 8)
        a = step(a, load(p));
    if (left) {
        uint8_t tail[8] = {0};
        memcpy(tail, p, left);
        b = step(b, load(tail));
    }
    return finish(rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) + n * K2);
}
