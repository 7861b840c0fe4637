/* The heap. Sizes are checked: we run on a 32-bit machine. */
#pragma once
#include "base/base.h"

/* All of these return NULL when there is no memory or n * size overflows. */
void *mem_alloc(size_t bytes) MUST_USE;
void *mem_array(size_t n, size_t size) MUST_USE;
void *mem_grow(void *p, size_t n, size_t size) MUST_USE; /* realloc; p stays valid on failure */
void *mem_aligned(size_t n, size_t size) MUST_USE;       /* on a cache line, for vectors */
void mem_free(void *p);

/* n * size, or SIZE_MAX (which no allocation can satisfy) when that overflows. */
size_t mem_size(size_t n, size_t size);

#ifdef MEM_FAULTS
/* Test hook: makes the nth allocation from now on fail (1 is the next; 0 none). Returns how many there were since
 * the last call. */
uint64_t mem_fail_nth(uint64_t nth);
#endif
