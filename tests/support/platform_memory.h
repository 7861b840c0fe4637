/* The platform for native tests: files in memory, and faults on demand. */
#pragma once
#include <stdint.h>

/* Forgets all files and faults. */
void platform_memory_reset(void);

/* Makes the nth change from now on (write, truncate, sync, unlink, creation; 1 is the next) fail with this error of
 * platform.h. 0 for n: none. crash: everything after it fails too, until the next call. */
enum platform_memory_crash {
    CRASH_NONE,
    CRASH_PROCESS, /* what was written stays */
    CRASH_POWER, /* what was written since platform_memory_fail and not synced is gone; names of files stay */
};
void platform_memory_fail(uint64_t n, int error, enum platform_memory_crash crash);

/* Makes so many reads fail, from the nth from now on. 0 for nth: none. */
void platform_memory_fail_reads(uint64_t nth, uint64_t n);

/* Changes since the last platform_memory_fail. */
uint64_t platform_memory_changes(void);

/* Reads since the last platform_memory_reset. */
uint64_t platform_memory_reads(void);

/* Sets the clock forward, or back. */
void platform_memory_pass(double milliseconds);

/* A file's bytes, to look at or damage; NULL when there is none. Borrowed until it changes. */
uint8_t *platform_memory_file(const char *path, uint64_t *n);

/* Makes a file with these bytes. */
void platform_memory_put(const char *path, const void *bytes, uint64_t n);
