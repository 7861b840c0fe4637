/* Memory that lives as long as one request (or one schema) and is freed as a whole. */
#pragma once
#include "base/base.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* owned, newest first */
};

/* A zeroed arena is ready for use. */
void *arena_alloc(struct arena *a, size_t bytes) MUST_USE;          /* 16-aligned, or NULL */
void *arena_array(struct arena *a, size_t n, size_t size) MUST_USE; /* uninitialised */
void *arena_zeroed(struct arena *a, size_t n, size_t size) MUST_USE;
int arena_copy(struct arena *a, struct str from,
               struct str *to) MUST_USE; /* 0 or MVL_NOMEM; NUL-terminated */

/* Frees everything but the newest block, which the next request uses again when it is small. */
void arena_reset(struct arena *a);
void arena_fini(struct arena *a);
