/* Every change of the files (write, truncate, sync, unlink, creation) of a script of operations fails once: with an
 * I/O error, with a full disk, and as a crash after which nothing more reaches the files. FULL=1 takes each of them,
 * the fast suite some. */
#include <stdlib.h>

#include "platform.h"
#include "platform_memory.h"
#include "scenario.h"
#include "unit.h"
#include "vfs.h"

enum { CODE_CONNECTION = 1, CODE_DISK_FULL = 7, CODE_IO = 1001 };
enum { FAST_STRIDE = 5 };

static void start(void)
{
    CHECK_EQ_INT(vfs_register(), 0);
    platform_memory_reset();
}

/* A failure as the caller sees it. When the database itself cannot be made, there is no connection. */
static bool code_fits(int code, int error)
{
    return error == PLATFORM_FULL ? code == CODE_DISK_FULL : code == CODE_IO || code == CODE_CONNECTION;
}

static void explain(uint64_t nth, uint32_t step, const struct caller *c)
{
    printf("# change %" PRIu64 " failed, step '%s': %s\n", nth, scenario_step_name(step),
           c->params ? c->params : "");
}

/* The process dies at its next change, if it has not: what the engine holds is lost. */
static void drop_crashed(struct caller *c)
{
    caller_drop_engine(c);
    platform_memory_fail(0, 0, CRASH_NONE);
}

/* Is the surviving database that of before the step, or whole that of after it? must_be_after: the step was
 * acknowledged. Which one it is goes to m. */
static bool check_survivor(struct caller *c, struct model *m, uint32_t step, bool must_be_after)
{
    struct model after = *m;
    scenario_apply(&after, step);
    after.is_open = m->is_open = true;
    c->quiet = !must_be_after;
    bool is_after = scenario_check_reopened(c, &after);
    c->quiet = false;
    if (is_after)
        *m = after;
    return is_after || (!must_be_after && scenario_check(c, m));
}

/* Runs the script while the nth change fails once. die: power goes right after the failed call. Returns whether there
 * was an nth. */
static bool run_with_error(uint64_t nth, int error, bool die, uint32_t *n_refused)
{
    struct caller c = {0};
    struct model m = {0};
    bool wrong = false, failed = false;
    start();
    platform_memory_fail(nth, error, CRASH_NONE);
    for (uint32_t step = 0; step < scenario_steps() && !failed; step++) {
        int code = scenario_send(&c, step, &m, &wrong);
        if (code != 0) {
            ++*n_refused;
            failed |= !CHECK(code_fits(code, error)) || !CHECK(platform_memory_changes() >= nth);
            struct model now = m;
            if (scenario_step_is_close(step)) /* a failed close has closed */
                now.is_open = false;
            if (!failed && die) {
                platform_memory_fail(1, PLATFORM_IO, CRASH_PROCESS);
                drop_crashed(&c);
                failed = !CHECK(check_survivor(&c, &now, step, false)); /* whole, there or not */
                if (failed)
                    explain(nth, step, &c);
                caller_fini(&c);
                return true;
            }
            failed |= !CHECK(scenario_check(&c, &now));
            code = failed ? code : scenario_send(&c, step, &m, &wrong);
        }
        failed |= !CHECK_EQ_INT(code, 0) || !CHECK(!wrong);
        if (failed)
            explain(nth, step, &c);
        scenario_apply(&m, step);
    }
    bool fired = platform_memory_changes() >= nth;
    if (!failed && !CHECK(scenario_check_reopened(&c, &m)))
        explain(nth, scenario_steps() - 1, &c);
    caller_fini(&c);
    return nth && fired && !failed;
}

/* Opens and closes the file and dies again at an early change of that: recovery must stand it. */
static void crash_while_recovering(struct caller *c, uint64_t nth, enum platform_memory_crash how)
{
    platform_memory_fail(1 + nth % 7, PLATFORM_IO, how);
    if (caller_do(c, CALL_open, "{'path':'" SCENARIO_PATH "'}") == 0)
        caller_do(c, CALL_close, "{}");
    drop_crashed(c);
}

/* Runs the script until the nth change, from which on nothing reaches the files. */
static bool run_to_crash(uint64_t nth, enum platform_memory_crash how, uint32_t *n_lost)
{
    struct caller c = {0};
    struct model m = {0};
    bool wrong = false;
    uint32_t step = 0;
    int code = 0;
    start();
    platform_memory_fail(nth, PLATFORM_IO, how);
    for (; step < scenario_steps(); step++) {
        code = scenario_send(&c, step, &m, &wrong);
        if (code != 0 || platform_memory_changes() >= nth)
            break;
        scenario_apply(&m, step);
    }
    if (step == scenario_steps()) {
        caller_fini(&c);
        return false;
    }
    *n_lost += code != 0;
    drop_crashed(&c);
    crash_while_recovering(&c, nth, how);
    bool held = CHECK(check_survivor(&c, &m, step, code == 0)) && CHECK(!wrong);
    if (held) { /* and it lives on: a clean close and another opening */
        uint64_t n;
        held = CHECK_EQ_INT(caller_do(&c, CALL_close, "{}"), 0);
        held = CHECK(!platform_memory_file(SCENARIO_PATH "-wal", &n)) && held;
        held = CHECK(!platform_memory_file(SCENARIO_PATH "-journal", &n)) && held;
        held = held && CHECK(scenario_check_reopened(&c, &m));
    }
    if (!held)
        explain(nth, step, &c);
    caller_fini(&c);
    return held;
}

static uint64_t first_of(uint64_t shift)
{
    return getenv("FULL") ? 1 : 1 + shift % FAST_STRIDE;
}

static uint64_t next_after(uint64_t nth)
{
    return nth + (getenv("FULL") ? 1 : FAST_STRIDE);
}

static void run_all_with_error(int error, bool die)
{
    uint32_t n_refused = 0, n_runs = 0;
    uint64_t nth = first_of(0);
    for (; run_with_error(nth, error, die, &n_refused) && unit_failures == 0; nth = next_after(nth))
        n_runs++;
    printf("# %u of %" PRIu64 " changes failed; %u calls were refused\n", n_runs, nth, n_refused);
    CHECK(n_runs > 20 && n_refused > 20);
}

TEST(the_script_runs_when_nothing_fails)
{
    uint32_t n_refused = 0;
    CHECK(!run_with_error(0, PLATFORM_IO, false, &n_refused));
    CHECK_EQ_INT(n_refused, 0);
}

TEST(an_io_error_leaves_everything_as_it_was)
{
    run_all_with_error(PLATFORM_IO, false);
}

TEST(a_full_disk_leaves_everything_as_it_was)
{
    run_all_with_error(PLATFORM_FULL, false);
}

TEST(after_an_io_error_and_a_crash_the_failed_call_is_there_whole_or_not_at_all)
{
    run_all_with_error(PLATFORM_IO, true);
}

static void crash_everywhere(enum platform_memory_crash how)
{
    uint32_t n_runs = 0, n_lost = 0;
    uint64_t nth = first_of(1);
    for (; run_to_crash(nth, how, &n_lost) && unit_failures == 0; nth = next_after(nth))
        n_runs++;
    printf("# %u crashes at %" PRIu64 " changes; %u calls were cut off\n", n_runs, nth, n_lost);
    CHECK(n_runs > 20 && n_lost > 20);
}

TEST(after_a_crash_every_acknowledged_write_is_there_and_no_half_of_another)
{
    crash_everywhere(CRASH_PROCESS);
}

TEST(after_a_power_cut_every_acknowledged_write_is_there_and_no_half_of_another)
{
    crash_everywhere(CRASH_POWER);
}
