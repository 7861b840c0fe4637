#include "base/mem.h"

#include <stdlib.h>

enum { CACHE_LINE = 64 };

#ifdef MEM_FAULTS
static struct {
    uint64_t seen, fail;
} faults;

uint64_t mem_fail_nth(uint64_t nth)
{
    uint64_t seen = faults.seen;
    faults.seen = 0;
    faults.fail = nth;
    return seen;
}

static bool refused(void)
{
    return ++faults.seen == faults.fail;
}
#else
static bool refused(void)
{
    return false;
}
#endif

size_t mem_size(size_t n, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(n, size, &bytes) ? SIZE_MAX : bytes;
}

void *mem_alloc(size_t bytes)
{
    return bytes > PTRDIFF_MAX || refused() ? NULL : malloc(bytes ? bytes : 1);
}

void *mem_array(size_t n, size_t size)
{
    return mem_alloc(mem_size(n, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
    size_t bytes = mem_size(n, size);
    return bytes > PTRDIFF_MAX || refused() ? NULL : realloc(p, bytes ? bytes : 1);
}

void *mem_aligned(size_t n, size_t size)
{
    size_t bytes = mem_size(n, size);
    if (bytes > PTRDIFF_MAX - CACHE_LINE || refused())
        return NULL;
    return aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE) / CACHE_LINE * CACHE_LINE);
}

void mem_free(void *p)
{
    free(p);
}
