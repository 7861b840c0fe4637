/* A database file in memory, and transactions on it. */
#ifndef STORES_H
#define STORES_H

#include "platform_memory.h"
#include "storage/store.h"
#include "unit.h"
#include "vfs.h"

#define STORE_PATH "/data/test.db"

static inline struct store *store_reopen(struct store_options options)
{
    struct error e = ERROR_NONE;
    struct store *s = NULL;
    if (!CHECK_EQ_INT(store_open(STR(STORE_PATH), options, &s, &e), MVL_OK))
        printf("# %s\n", e.reason);
    return s;
}

/* A new file; the ones before are forgotten. */
static inline struct store *store_fresh(void)
{
    CHECK_EQ_INT(vfs_register(), 0);
    platform_memory_reset();
    return store_reopen((struct store_options){0});
}

static inline void store_done(struct store *s)
{
    struct error e = ERROR_NONE;
    if (!CHECK_EQ_INT(store_close(s, &e), MVL_OK))
        printf("# %s\n", e.reason);
}

/* The value of a call inside a transaction of its own; it uses the variable e. */
#define COMMITTED(s, call) (store_begin(s, &e) == MVL_OK ? store_end(s, call, &e) : -1)

#endif
