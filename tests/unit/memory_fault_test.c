/* Every allocation of a script of operations fails once, SQLite's too. FULL=1 takes each of them, the fast suite some.
 * One failure at a time: the call is refused, nothing has changed, and the same call succeeds. */
#include <stdlib.h>

#include "base/mem.h"
#include "platform_memory.h"
#include "scenario.h"
#include "sqlite_memory.h"
#include "unit.h"
#include "vfs.h"

enum { NOMEM = 3, FAST_STRIDE = 29 };

static void start(void)
{
    static bool started;
    if (!started) {
        sqlite_memory_use();
        CHECK_EQ_INT(vfs_register(), 0);
    }
    started = true;
    platform_memory_reset();
}

/* Runs the script while the nth allocation fails. Returns whether there was an nth. */
static bool run(uint64_t nth, uint32_t *n_refused)
{
    struct caller c = {0};
    struct model m = {0};
    bool wrong = false;
    uint64_t seen = 0;
    start();
    mem_fail_nth(nth);
    for (uint32_t step = 0; step < scenario_steps(); step++) {
        int code = scenario_send(&c, step, &m, &wrong);
        if (code == NOMEM || code == CALLER_NO_REPLY) {
            seen = mem_fail_nth(0);
            ++*n_refused;
            CHECK(code == NOMEM || (!c.api && step == 0)); /* an engine always has room for its reply */
            CHECK_EQ_INT(seen >= nth, 1);
            struct model after = m;
            if (scenario_step_is_close(step)) /* a failed close has closed */
                after.is_open = false;
            wrong |= !scenario_check(&c, &after);
            code = scenario_send(&c, step, &m, &wrong);
        }
        if (!CHECK_EQ_INT(code, 0) || !CHECK(!wrong)) {
            printf("# allocation %" PRIu64 " failed, step '%s': %s\n", nth, scenario_step_name(step),
                   c.params ? c.params : "");
            break;
        }
        scenario_apply(&m, step);
    }
    if (seen == 0)
        seen = mem_fail_nth(0);
    if (!CHECK(scenario_check_reopened(&c, &m)))
        printf("# allocation %" PRIu64 "\n", nth);
    caller_fini(&c);
    return nth && seen >= nth;
}

TEST(the_script_runs_when_nothing_fails)
{
    uint32_t n_refused = 0;
    CHECK(!run(0, &n_refused));
    CHECK_EQ_INT(n_refused, 0);
}

TEST(an_allocation_that_fails_leaves_everything_as_it_was)
{
    uint32_t n_refused = 0, stride = getenv("FULL") ? 1 : FAST_STRIDE;
    uint64_t nth = 1, n_runs = 0;
    for (; run(nth, &n_refused) && unit_failures < 5; nth += stride)
        n_runs++;
    printf("# %" PRIu64 " of about %" PRIu64 " allocations failed; %u calls were refused\n", n_runs, nth,
           n_refused);
    CHECK(n_runs > 20 && n_refused > 10);
}
