/* The unit tests' frame. A test program is one C file:
 *
 *     #include "unit.h"
 *     TEST(keeps_k_nearest) { CHECK_EQ_INT(topk_count(&t), 3); }
 *
 * Each check is a value: true when it held, so `if (!CHECK(p != NULL)) return;` leaves a test early.
 * The program takes the names of the tests to run (none: all) and -q (only failures and the sum). */
#ifndef UNIT_H
#define UNIT_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct unit_test {
    const char *name;
    void (*run)(void);
    struct unit_test *next;
};

static struct unit_test *unit_first, **unit_end = &unit_first;
static int unit_failures;  /* of the running test */
static uint64_t unit_seed; /* of its random data, see random.h; named when it fails */

#define TEST(test_name)                                                                                      \
    static void test_##test_name(void);                                                                      \
    __attribute__((constructor)) static void unit_add_##test_name(void)                                      \
    {                                                                                                        \
        static struct unit_test test = {#test_name, test_##test_name, NULL};                                 \
        *unit_end = &test;                                                                                   \
        unit_end = &test.next;                                                                               \
    }                                                                                                        \
    static void test_##test_name(void)

#define CHECK(condition) unit_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ_INT(got, expected)                                                                          \
    unit_check_int((int64_t)(got), (int64_t)(expected), __FILE__, __LINE__, #got)
#define CHECK_NEAR(got, expected, tolerance)                                                                 \
    unit_check_near((double)(got), (double)(expected), (double)(tolerance), __FILE__, __LINE__, #got)
#define CHECK_STR(got, expected) unit_check_str((got), (expected), __FILE__, __LINE__, #got)

/* A loop that goes wrong is told of ten times. */
enum { UNIT_FAILURES_SHOWN = 10 };

static inline bool unit_check(bool held, const char *file, int line, const char *text)
{
    if (!held && ++unit_failures <= UNIT_FAILURES_SHOWN)
        printf("# %s:%d: %s\n", file, line, text);
    return held;
}

static inline bool unit_check_int(int64_t got, int64_t expected, const char *file, int line, const char *text)
{
    if (got != expected && unit_failures < UNIT_FAILURES_SHOWN)
        printf("# got %" PRId64 ", expected %" PRId64 "\n", got, expected);
    return unit_check(got == expected, file, line, text);
}

static inline bool unit_check_near(double got, double expected, double tolerance, const char *file, int line,
                                   const char *text)
{
    bool held = got == expected || fabs(got - expected) <= tolerance;
    if (!held && unit_failures < UNIT_FAILURES_SHOWN)
        printf("# got %.17g, expected %.17g within %g\n", got, expected, tolerance);
    return unit_check(held, file, line, text);
}

static inline bool unit_check_str(const char *got, const char *expected, const char *file, int line,
                                  const char *text)
{
    bool held = got == expected || (got && expected && strcmp(got, expected) == 0);
    if (!held && unit_failures < UNIT_FAILURES_SHOWN)
        printf("# got \"%s\", expected \"%s\"\n", got ? got : "(null)", expected ? expected : "(null)");
    return unit_check(held, file, line, text);
}

static inline bool unit_chosen(const char *name, int argc, char **argv)
{
    int n_names = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
        n_names += argv[i][0] != '-';
    }
    return n_names == 0;
}

int main(int argc, char **argv)
{
    bool quiet = argc > 1 && strcmp(argv[1], "-q") == 0;
    int n_passed = 0, n_failed = 0;
    for (const struct unit_test *t = unit_first; t; t = t->next) {
        if (!unit_chosen(t->name, argc, argv))
            continue;
        unit_failures = 0;
        unit_seed = 0;
        t->run();
        if (unit_failures && unit_seed)
            printf("# seed %" PRIu64 "\n", unit_seed);
        *(unit_failures ? &n_failed : &n_passed) += 1;
        if (unit_failures || !quiet)
            printf("%s %d - %s\n", unit_failures ? "not ok" : "ok", n_passed + n_failed, t->name);
        fflush(stdout);
    }
    const char *slash = strrchr(argv[0], '/');
    printf("%s: %d passed, %d failed\n", slash ? slash + 1 : argv[0], n_passed, n_failed);
    return n_failed || !n_passed ? 1 : 0;
}

#endif
