#include "base/arena.h"

#include "base/error.h"
#include "base/mem.h"

enum {
    ALIGN = 16,
    FIRST_BYTES = 1024, /* most arenas hold a name or two */
    BLOCK_BYTES = 64 * 1024,
};

struct arena_block {
    struct arena_block *older;
    size_t bytes, used; /* of data, without this header */
};

#define HEADER_BYTES ((sizeof(struct arena_block) + ALIGN - 1) / ALIGN * ALIGN)

static char *block_data(struct arena_block *b)
{
    return (char *)b + HEADER_BYTES;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    if (bytes > PTRDIFF_MAX - HEADER_BYTES - ALIGN)
        return NULL;
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_block *b = a->blocks;
    if (!b || b->bytes - b->used < bytes) {
        size_t usual = b ? BLOCK_BYTES : FIRST_BYTES, room = bytes > usual ? bytes : usual;
        struct arena_block *fresh = mem_aligned(HEADER_BYTES + room, 1); /* malloc aligns to 8 in wasm */
        if (!fresh)
            return NULL;
        *fresh = (struct arena_block){.bytes = room};
        if (b && room > BLOCK_BYTES && b->used < b->bytes) { /* keep filling the block that has room */
            fresh->older = b->older;
            b->older = fresh;
        } else {
            fresh->older = b;
            a->blocks = fresh;
        }
        b = fresh;
    }
    void *p = block_data(b) + b->used;
    b->used += bytes;
    return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    return arena_alloc(a, mem_size(n, size));
}

void *arena_zeroed(struct arena *a, size_t n, size_t size)
{
    size_t bytes = mem_size(n, size);
    void *p = arena_alloc(a, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

int arena_copy(struct arena *a, struct str from, struct str *to)
{
    char *p = arena_alloc(a, (size_t)from.n + 1);
    if (!p)
        return MVL_NOMEM;
    if (from.n)
        memcpy(p, from.p, from.n);
    p[from.n] = 0;
    *to = (struct str){p, from.n};
    return MVL_OK;
}

static void free_blocks(struct arena_block *b)
{
    while (b) {
        struct arena_block *older = b->older;
        mem_free(b);
        b = older;
    }
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->blocks;
    if (!keep)
        return;
    if (keep->bytes > BLOCK_BYTES) {
        arena_fini(a);
        return;
    }
    free_blocks(keep->older);
    keep->older = NULL;
    keep->used = 0;
}

void arena_fini(struct arena *a)
{
    free_blocks(a->blocks);
    a->blocks = NULL;
}
