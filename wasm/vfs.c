/* A SQLite VFS on the platform's files.
 *
 * The client owns the database for its whole life (the platform holds the lock), so SQLite's own locks are always
 * granted, and a journal or log that is there is always ours to recover. There are no temporary files
 * (SQLITE_TEMP_STORE=3) and no shared memory: the log is used with locking_mode=EXCLUSIVE.
 *
 * A browser takes long for a write, whatever its size, and SQLite writes pages one by one. So writes to the database
 * and its log that follow on each other are gathered, and become one. They go out before anything else happens to the
 * file, when SQLite syncs it or says that it would (SQLITE_FCNTL_SYNC), and with the last frame of a commit, which a
 * relaxed one does not sync. And a file that is read in order is read ahead: as much again as was read so far.
 *
 * To sync a write that makes a file longer takes twice the time of one within it. So a log that small commits make longer
 * grows ahead of them, by zeros: they are no frame, and end the log for whoever reads it. */
#include "vfs.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "platform.h"

enum {
    MAX_PATH_BYTES = 4096,
    SECTOR_BYTES = 4096,
    GATHER_BYTES = 128 * 1024,
    AHEAD_BYTES = 128 * 1024, /* at most */
    GROWTH_BYTES = 512 * 1024,
};

/* Of the log (sqlite.org/fileformat.html, section 4.1): a frame's header has at 4 the size of the database, if the
 * frame ends a commit, else 0. */
enum { FRAME_HEADER_BYTES = 24, FRAME_SIZE_AT = 4, FRAME_SIZE_BYTES = 4 };

struct file {
    sqlite3_file base;
    int handle;
    bool gathers, is_log;
    bool ends_commit; /* the last frame's header said so, its page is to come */
    char *gathered;   /* owned; NULL until it is needed */
    int n_gathered;
    sqlite3_int64 gathered_at;
    char *ahead; /* owned, AHEAD_BYTES; NULL until it is needed */
    int n_ahead;
    sqlite3_int64 ahead_at;
    sqlite3_int64 read_end;   /* of the last read */
    int n_in_order;           /* bytes read in order until there, no more than AHEAD_BYTES */
    sqlite3_int64 size;       /* of a log, when it was synced last */
    sqlite3_int64 end;        /* of what was written to it since */
    sqlite3_int64 n_unsynced; /* bytes */
};

static struct file *file_of(sqlite3_file *f)
{
    return (struct file *)(void *)f;
}

static int result_of(int platform, int otherwise)
{
    switch (platform) {
    case PLATFORM_FULL: return SQLITE_FULL;
    case PLATFORM_DENIED: return SQLITE_READONLY;
    default: return platform < 0 ? otherwise : SQLITE_OK;
    }
}

/* Before the file changes. */
static void forget_ahead(struct file *f)
{
    sqlite3_free(f->ahead);
    f->ahead = NULL;
    f->n_ahead = f->n_in_order = 0;
}

static int put(struct file *f, const void *from, int n, sqlite3_int64 offset)
{
    forget_ahead(f);
    int done = platform_write(f->handle, from, (uint32_t)n, (double)offset);
    if (offset + n > f->end)
        f->end = offset + n;
    f->n_unsynced += n;
    return done == n ? SQLITE_OK : done >= 0 ? SQLITE_FULL : result_of(done, SQLITE_IOERR_WRITE);
}

/* Writes what was gathered; after an error it is forgotten, as what a failed write was given always is. */
static int put_gathered(struct file *f)
{
    int n = f->n_gathered;
    f->n_gathered = 0;
    return n == 0 ? SQLITE_OK : put(f, f->gathered, n, f->gathered_at);
}

/* The same when no more is to come for a while: memory is not kept for what may be. */
static int put_last(struct file *f)
{
    int rc = put_gathered(f);
    sqlite3_free(f->gathered);
    f->gathered = NULL;
    return rc;
}

static int file_close(sqlite3_file *file)
{
    struct file *f = file_of(file);
    int rc = put_last(f);
    forget_ahead(f);
    int closed = result_of(platform_close(f->handle), SQLITE_IOERR_CLOSE);
    return rc ? rc : closed;
}

/* Gaps are passed over that the headers of frames, of blobs' pages and pages of the page map leave. */
static void note_read(struct file *f, int n, sqlite3_int64 offset)
{
    sqlite3_int64 gap = offset - f->read_end;
    bool in_order = gap >= 0 && gap <= SECTOR_BYTES;
    f->n_in_order = !in_order ? 0 : f->n_in_order < AHEAD_BYTES - n ? f->n_in_order + n : AHEAD_BYTES;
    f->read_end = offset + n;
}

/* Where those bytes stand in memory, or NULL. */
static const char *bytes_ahead(const struct file *f, int n, sqlite3_int64 offset)
{
    bool has_all = offset >= f->ahead_at && offset + n <= f->ahead_at + f->n_ahead;
    return f->ahead && has_all ? f->ahead + (offset - f->ahead_at) : NULL;
}

static void read_ahead(struct file *f, sqlite3_int64 offset)
{
    if (!f->ahead)
        f->ahead = sqlite3_malloc(AHEAD_BYTES);
    int got = f->ahead ? platform_read(f->handle, f->ahead, (uint32_t)f->n_in_order, (double)offset) : 0;
    f->n_ahead = got > 0 ? got : 0;
    f->ahead_at = offset;
}

/* As platform_read. */
static int get(struct file *f, void *to, int n, sqlite3_int64 offset)
{
    note_read(f, n, offset);
    const char *bytes = bytes_ahead(f, n, offset);
    if (!bytes && f->n_in_order > n) {
        read_ahead(f, offset);
        bytes = bytes_ahead(f, n, offset);
    }
    if (!bytes)
        return platform_read(f->handle, to, (uint32_t)n, (double)offset);
    memcpy(to, bytes, (size_t)n);
    return n;
}

static int file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset)
{
    struct file *f = file_of(file);
    int rc = put_gathered(f);
    if (rc)
        return rc;
    int got = get(f, to, n, offset);
    if (got == n)
        return SQLITE_OK;
    if (got < 0)
        return SQLITE_IOERR_READ;
    memset((char *)to + got, 0, (size_t)(n - got)); /* SQLite asks for zeros past the end */
    return SQLITE_IOERR_SHORT_READ;
}

static bool has_room(struct file *f, int n)
{
    if (!f->gathers || n > GATHER_BYTES)
        return false;
    if (!f->gathered)
        f->gathered = sqlite3_malloc(GATHER_BYTES);
    return f->gathered;
}

/* Is the write just gathered the end of a commit? A header of one that nothing is gathered before is written at once: it
 * may be one that SQLite writes anew, with another checksum and without its page. */
static bool completes_commit(struct file *f, const void *from, int n)
{
    static const char goes_on[FRAME_SIZE_BYTES];
    bool was_header = f->ends_commit;
    f->ends_commit = f->is_log && n == FRAME_HEADER_BYTES &&
                     memcmp((const char *)from + FRAME_SIZE_AT, goes_on, FRAME_SIZE_BYTES) != 0;
    return f->ends_commit ? f->n_gathered == n : was_header;
}

static int file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 offset)
{
    struct file *f = file_of(file);
    if (offset != f->gathered_at + f->n_gathered || n > GATHER_BYTES - f->n_gathered) {
        int rc = put_gathered(f);
        if (rc)
            return rc;
    }
    if (!has_room(f, n))
        return put(f, from, n, offset);
    if (f->n_gathered == 0)
        f->gathered_at = offset;
    memcpy(f->gathered + f->n_gathered, from, (size_t)n);
    f->n_gathered += n;
    return completes_commit(f, from, n) ? put_gathered(f) : SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct file *f = file_of(file);
    int rc = put_gathered(f);
    forget_ahead(f);
    f->size = f->end = size;
    return rc ? rc : result_of(platform_truncate(f->handle, (double)size), SQLITE_IOERR_TRUNCATE);
}

/* Where there is no room, or no memory, the log grows with the next commit. */
static int grow_ahead(struct file *f)
{
    void *zeros = sqlite3_malloc(GROWTH_BYTES);
    if (!zeros)
        return SQLITE_OK;
    memset(zeros, 0, GROWTH_BYTES);
    int rc = put(f, zeros, GROWTH_BYTES, f->size);
    sqlite3_free(zeros);
    if (rc == SQLITE_OK)
        f->size += GROWTH_BYTES;
    return rc == SQLITE_FULL ? SQLITE_OK : rc;
}

/* Before a log is synced. */
static int note_size(struct file *f)
{
    bool is_longer = f->end > f->size, is_small = f->n_unsynced < GROWTH_BYTES;
    if (is_longer)
        f->size = f->end;
    int rc = is_longer && is_small ? grow_ahead(f) : SQLITE_OK;
    f->end = f->n_unsynced = 0;
    return rc;
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    struct file *f = file_of(file);
    int rc = put_last(f);
    if (rc == SQLITE_OK && f->is_log)
        rc = note_size(f);
    return rc ? rc : result_of(platform_sync(f->handle), SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct file *f = file_of(file);
    int rc = put_gathered(f);
    if (rc)
        return rc;
    double bytes = platform_size(f->handle);
    *size = (sqlite3_int64)bytes;
    return bytes < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
    (void)f, (void)level;
    return SQLITE_OK;
}

/* Reports another owner only, and there is none: so a hot journal is rolled back. */
static int file_check_reserved_lock(sqlite3_file *f, int *reserved)
{
    (void)f;
    *reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    (void)arg;
    int rc = op == SQLITE_FCNTL_SYNC ? put_last(file_of(f)) : SQLITE_OK;
    return rc ? rc : SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *f)
{
    (void)f;
    return SECTOR_BYTES;
}

static int file_device_characteristics(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN |
           SQLITE_IOCAP_SUBPAGE_READ; /* blobs are read straight to where they go, past the page cache */
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)vfs;
    f->pMethods = NULL;
    if (!name)
        return SQLITE_CANTOPEN;
    uint32_t how = (flags & SQLITE_OPEN_CREATE ? PLATFORM_CREATE : 0u) |
                   (flags & SQLITE_OPEN_READONLY ? PLATFORM_READ_ONLY : 0u);
    int handle = platform_open(name, (uint32_t)strlen(name), how);
    if (handle == PLATFORM_DENIED && !(flags & SQLITE_OPEN_READONLY)) {
        /* As SQLite's own file systems do: what cannot be written may still be read. */
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        handle = platform_open(name, (uint32_t)strlen(name), PLATFORM_READ_ONLY);
    }
    if (handle < 0)
        return handle == PLATFORM_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
    bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
    *file_of(f) = (struct file){
        .base = {&file_methods},
        .handle = handle,
        .gathers = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) && !(flags & SQLITE_OPEN_READONLY),
        .is_log = is_log,
        .size = is_log ? (sqlite3_int64)platform_size(handle) : 0,
    };
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    (void)vfs, (void)sync_directory; /* the platform syncs it */
    return result_of(platform_unlink(name, (uint32_t)strlen(name)), SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    (void)vfs;
    int found = platform_exists(name, (uint32_t)strlen(name));
    *result = flags == SQLITE_ACCESS_READWRITE ? found == PLATFORM_WRITABLE : found > PLATFORM_MISSING;
    return found < 0 ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    (void)vfs;
    size_t length = strlen(name);
    if (length >= (size_t)n)
        return SQLITE_CANTOPEN;
    memcpy(out, name, length + 1);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    return platform_random(out, (uint32_t)n) == 0 ? n : 0;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_now_ms(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    (void)vfs;
    const sqlite3_int64 unix_epoch = INT64_C(24405875) * 8640000; /* Julian day 2440587.5 in milliseconds */
    *now = unix_epoch + (sqlite3_int64)platform_now();
    return SQLITE_OK;
}

static int vfs_now(sqlite3_vfs *vfs, double *now)
{
    sqlite3_int64 ms;
    vfs_now_ms(vfs, &ms);
    *now = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static sqlite3_vfs vfs = {
    .iVersion = 2,
    .szOsFile = sizeof(struct file),
    .mxPathname = MAX_PATH_BYTES,
    .zName = "platform",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_now,
    .xCurrentTimeInt64 = vfs_now_ms,
};

/* SQLite calls these when it is built without a file system of its own (SQLITE_OS_OTHER). */
int sqlite3_os_init(void)
{
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void)
{
    return SQLITE_OK;
}

int vfs_register(void)
{
    return sqlite3_initialize();
}
