/* The platform, as the engine sees it: a synchronous Files object and a clock. In WebAssembly these are the module's
 * only functions from outside; native tests bring their own.
 *
 * Functions that return int give 0 or a count, or one of the errors. Paths are UTF-8. */
#pragma once
#include <stdint.h>

#ifdef __wasm__
#define PLATFORM(name) __attribute__((import_module("platform"), import_name(#name)))
#else
#define PLATFORM(name)
#endif

enum platform_error {
    PLATFORM_IO = -1,
    PLATFORM_FULL = -2,   /* no space, no quota */
    PLATFORM_DENIED = -3, /* not permitted, read-only */
    PLATFORM_NOT_FOUND = -4,
};

enum platform_open_flags { PLATFORM_CREATE = 1, PLATFORM_READ_ONLY = 2 };
enum platform_existence { PLATFORM_MISSING = 0, PLATFORM_WRITABLE = 1, PLATFORM_READABLE = 2 };

PLATFORM(open) int platform_open(const char *path, uint32_t path_bytes, uint32_t flags); /* a handle */
PLATFORM(close) int platform_close(int handle);
PLATFORM(read)
int platform_read(int handle, void *to, uint32_t n, double offset); /* bytes read, fewer at the end */
PLATFORM(write)
int platform_write(int handle, const void *from, uint32_t n, double offset); /* bytes written */
PLATFORM(truncate) int platform_truncate(int handle, double size);
PLATFORM(sync)
int platform_sync(int handle); /* of the metadata what reading back needs, the size above all */
PLATFORM(size) double platform_size(int handle);
PLATFORM(unlink) int platform_unlink(const char *path, uint32_t path_bytes); /* a missing file is no error */
PLATFORM(exists) int platform_exists(const char *path, uint32_t path_bytes);
PLATFORM(now) double platform_now(void); /* milliseconds since 1970 */
PLATFORM(random) int platform_random(void *to, uint32_t n);
