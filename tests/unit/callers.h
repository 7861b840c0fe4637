/* A caller with an open database in memory, and checks of what it is told. */
#ifndef CALLERS_H
#define CALLERS_H

#include "caller.h"
#include "platform_memory.h"
#include "unit.h"
#include "vfs.h"

#define CALLER_PATH "/data/test.db"

static inline struct caller caller_fresh(void)
{
    struct caller c = {0};
    CHECK_EQ_INT(vfs_register(), 0);
    platform_memory_reset();
    CHECK_EQ_INT(caller_do(&c, CALL_open, "{'path':'" CALLER_PATH "'}"), 0);
    return c;
}

/* The reply, an error, has this code, class and reason. */
static inline void caller_refused(const struct caller *c, int code, const char *class, const char *reason)
{
    char type[80];
    snprintf(type, sizeof type, "{\"type\":\"%s\",", class);
    CHECK_EQ_INT(c->code, code);
    bool held = c->params && strstr(c->params, type) == c->params && strstr(c->params, reason);
    if (!CHECK(held))
        printf("# the reply is %s\n", c->params ? c->params : "(none)");
    CHECK_EQ_INT(c->reply.n_columns, 0);
}

#define CALL_OK(c, op, ...)                                                                                  \
    do {                                                                                                     \
        if (!CHECK_EQ_INT(caller_do(c, op, __VA_ARGS__), 0))                                                 \
            printf("# the reply is %s\n", (c)->params);                                                      \
    } while (0)

#define CALL_REFUSED(c, code, class, reason, op, ...)                                                        \
    do {                                                                                                     \
        caller_do(c, op, __VA_ARGS__);                                                                       \
        caller_refused(c, code, class, reason);                                                              \
    } while (0)

#endif
