#include "sqlite_memory.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* SQLite asks how large a block is: the size stands before it. */
enum { HEADER = 16 };

static char *start_of(void *p)
{
    return (char *)p - HEADER;
}

static int block_size(void *p)
{
    int n = 0;
    if (p)
        memcpy(&n, start_of(p), sizeof n);
    return n;
}

static void *finish(char *start, int n)
{
    if (!start)
        return NULL;
    memcpy(start, &n, sizeof n);
    return start + HEADER;
}

static void *block_alloc(int n)
{
    return finish(mem_alloc((size_t)n + HEADER), n);
}

static void *block_grow(void *p, int n)
{
    return finish(mem_grow(start_of(p), (size_t)n + HEADER, 1), n);
}

static void block_free(void *p)
{
    mem_free(start_of(p));
}

static int round_up(int n)
{
    return (n + 7) / 8 * 8;
}

static int start(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void stop(void *unused)
{
    (void)unused;
}

void sqlite_memory_use(void)
{
    static const sqlite3_mem_methods methods = {block_alloc, block_free, block_grow, block_size,
                                                round_up,    start,      stop,       NULL};
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK) /* no pool that would hide small blocks */
        abort();
}
