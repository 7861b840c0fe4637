#include "base/mem.h"

#include <stdlib.h>

enum { CACHE_LINE = 64 };

#ifdef __wasm__
void *sbrk(intptr_t more); /* unistd.h has it only beyond C11 */

enum { WASM_PAGE_BYTES = 65536, LARGE_BYTES = 64 * 1024, SMALLEST_STEP_BYTES = 4 * 1024 * 1024 };

/* WebAssembly memory grows at about a quarter of a millisecond a time, whatever the size, and the allocator asks for
 * just what it needs: a chunk of vectors. So before a large allocation memory grows by an eighth. If it may not, the
 * allocator still tries its own way. */
static void grow_ahead(size_t bytes)
{
    uint64_t size = (uint64_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES;
    if (bytes < LARGE_BYTES || (uintptr_t)sbrk(0) + (uint64_t)bytes + WASM_PAGE_BYTES <= size)
        return;
    uint64_t step = size / 8 > SMALLEST_STEP_BYTES ? size / 8 : SMALLEST_STEP_BYTES;
    __builtin_wasm_memory_grow(0, (size_t)((step + bytes) / WASM_PAGE_BYTES));
}
#else
static void grow_ahead(size_t bytes)
{
    (void)bytes;
}
#endif

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
    if (bytes > PTRDIFF_MAX || refused())
        return NULL;
    grow_ahead(bytes);
    return malloc(bytes ? bytes : 1);
}

void *mem_array(size_t n, size_t size)
{
    return mem_alloc(mem_size(n, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
    size_t bytes = mem_size(n, size);
    if (bytes > PTRDIFF_MAX || refused())
        return NULL;
    grow_ahead(bytes);
    return realloc(p, bytes ? bytes : 1);
}

void *mem_aligned(size_t n, size_t size)
{
    size_t bytes = mem_size(n, size);
    if (bytes > PTRDIFF_MAX - CACHE_LINE || refused())
        return NULL;
    grow_ahead(bytes);
    return aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE) / CACHE_LINE * CACHE_LINE);
}

void mem_free(void *p)
{
    free(p);
}
