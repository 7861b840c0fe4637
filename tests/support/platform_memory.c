#include "platform_memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

enum { MAX_FILES = 64, MAX_HANDLES = 64 };

static struct file {
    char *path;              /* NULL: unused */
    uint8_t *bytes, *synced; /* synced: what a power cut leaves */
    uint64_t n, capacity, n_synced, synced_capacity;
} files[MAX_FILES];

static struct {
    bool open, read_only;
    int file;
} handles[MAX_HANDLES];

static struct {
    uint64_t seen, at;
    int error;
    enum platform_memory_crash crash;
    bool crashed;
} fault;

static uint64_t n_reads;
static uint64_t first_failing_read, n_failing_reads; /* 1: the first since the reset */

/* The engine asks for what no platform must have to do. */
static void stop(const char *why)
{
    fprintf(stderr, "platform_memory: %s\n", why);
    abort();
}

void platform_memory_reset(void)
{
    for (int i = 0; i < MAX_FILES; i++) {
        free(files[i].path);
        free(files[i].bytes);
        free(files[i].synced);
    }
    memset(files, 0, sizeof files);
    memset(handles, 0, sizeof handles);
    memset(&fault, 0, sizeof fault);
    n_reads = n_failing_reads = 0;
}

uint64_t platform_memory_changes(void)
{
    return fault.seen;
}

uint64_t platform_memory_reads(void)
{
    return n_reads;
}

static void resize(struct file *f, uint64_t n)
{
    if (n > f->capacity || !f->bytes) {
        f->capacity = n * 2 + 1;
        f->bytes = realloc(f->bytes, f->capacity);
    }
    if (n > f->n)
        memset(f->bytes + f->n, 0, n - f->n);
    f->n = n;
}

static void sync_file(struct file *f)
{
    if (fault.crash != CRASH_POWER)
        return;
    if (f->n > f->synced_capacity) {
        f->synced_capacity = f->capacity;
        f->synced = realloc(f->synced, f->synced_capacity);
    }
    if (f->n)
        memcpy(f->synced, f->bytes, f->n);
    f->n_synced = f->n;
}

void platform_memory_fail_reads(uint64_t nth, uint64_t n)
{
    first_failing_read = n_reads + nth;
    n_failing_reads = nth == 0 ? 0 : n;
}

void platform_memory_fail(uint64_t n, int error, enum platform_memory_crash crash)
{
    memset(&fault, 0, sizeof fault);
    fault.at = n;
    fault.error = error;
    fault.crash = crash;
    for (int i = 0; i < MAX_FILES; i++)
        sync_file(&files[i]);
}

static void lose_unsynced(void)
{
    for (int i = 0; i < MAX_FILES; i++) {
        if (!files[i].path)
            continue;
        resize(&files[i], files[i].n_synced);
        if (files[i].n_synced)
            memcpy(files[i].bytes, files[i].synced, files[i].n_synced);
    }
}

/* 0, or the error that this change meets. */
static int change(void)
{
    if (fault.crashed)
        return PLATFORM_IO;
    if (++fault.seen != fault.at)
        return 0;
    fault.crashed = fault.crash != CRASH_NONE;
    if (fault.crash == CRASH_POWER)
        lose_unsynced();
    return fault.error;
}

static int find(const char *path, size_t n)
{
    for (int i = 0; i < MAX_FILES; i++)
        if (files[i].path && strlen(files[i].path) == n && memcmp(files[i].path, path, n) == 0)
            return i;
    return -1;
}

static int create(const char *path, size_t n)
{
    for (int i = 0; i < MAX_FILES; i++) {
        if (files[i].path)
            continue;
        files[i] = (struct file){.path = malloc(n + 1)};
        memcpy(files[i].path, path, n);
        files[i].path[n] = 0;
        return i;
    }
    abort();
}

uint8_t *platform_memory_file(const char *path, uint64_t *n)
{
    int i = find(path, strlen(path));
    *n = i < 0 ? 0 : files[i].n;
    if (i >= 0 && !files[i].bytes)
        resize(&files[i], 0);
    return i < 0 ? NULL : files[i].bytes;
}

void platform_memory_put(const char *path, const void *bytes, uint64_t n)
{
    int i = find(path, strlen(path));
    if (i < 0)
        i = create(path, strlen(path));
    resize(&files[i], 0);
    resize(&files[i], n);
    if (n)
        memcpy(files[i].bytes, bytes, n);
    sync_file(&files[i]);
}

int platform_open(const char *path, uint32_t path_bytes, uint32_t flags)
{
    int file = find(path, path_bytes), handle = 0;
    if (fault.crashed)
        return PLATFORM_IO;
    if (file < 0 && !(flags & PLATFORM_CREATE))
        return PLATFORM_NOT_FOUND;
    if (file < 0) {
        int error = change();
        if (error)
            return error;
        file = create(path, path_bytes);
    }
    while (handles[handle].open)
        if (++handle == MAX_HANDLES)
            abort();
    handles[handle].open = true;
    handles[handle].read_only = flags & PLATFORM_READ_ONLY;
    handles[handle].file = file;
    return handle;
}

int platform_close(int handle)
{
    handles[handle].open = false;
    return 0;
}

static struct file *file_of(int handle)
{
    return &files[handles[handle].file];
}

int platform_read(int handle, void *to, uint32_t n, double offset)
{
    struct file *f = file_of(handle);
    uint64_t from = (uint64_t)offset, left = from < f->n ? f->n - from : 0;
    bool fails = ++n_reads >= first_failing_read && n_reads - first_failing_read < n_failing_reads;
    if (fault.crashed || fails)
        return PLATFORM_IO;
    if (left < n)
        n = (uint32_t)left;
    if (n)
        memcpy(to, f->bytes + from, n);
    return (int)n;
}

int platform_write(int handle, const void *from, uint32_t n, double offset)
{
    struct file *f = file_of(handle);
    int error = handles[handle].read_only ? PLATFORM_DENIED : change();
    uint64_t end = (uint64_t)offset + n;
    if (error)
        return error;
    if (end > f->n)
        resize(f, end);
    memcpy(f->bytes + (uint64_t)offset, from, n);
    return (int)n;
}

int platform_truncate(int handle, double size)
{
    int error = change();
    if (!error)
        resize(file_of(handle), (uint64_t)size);
    return error;
}

int platform_sync(int handle)
{
    int error = change();
    if (!error)
        sync_file(file_of(handle));
    return error;
}

double platform_size(int handle)
{
    return fault.crashed ? PLATFORM_IO : (double)file_of(handle)->n;
}

int platform_unlink(const char *path, uint32_t path_bytes)
{
    int error = change(), i = find(path, path_bytes);
    if (error || i < 0)
        return error;
    for (int h = 0; h < MAX_HANDLES; h++)
        if (handles[h].open && handles[h].file == i)
            stop(
                "an open file is removed"); /* not every platform can remove an open file, and what is written to it then is lost */
    free(files[i].path);
    free(files[i].bytes);
    free(files[i].synced);
    files[i] = (struct file){0};
    return 0;
}

int platform_exists(const char *path, uint32_t path_bytes)
{
    if (fault.crashed)
        return PLATFORM_IO;
    return find(path, path_bytes) < 0 ? PLATFORM_MISSING : PLATFORM_WRITABLE;
}

static double now = 1.7e12;

double platform_now(void)
{
    return now;
}

void platform_memory_pass(double milliseconds)
{
    now += milliseconds;
}

int platform_random(void *to, uint32_t n)
{
    static uint32_t state = 1;
    for (uint32_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        ((uint8_t *)to)[i] = (uint8_t)(state >> 24);
    }
    return 0;
}
