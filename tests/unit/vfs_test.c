#include "vfs.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "platform.h"
#include "platform_memory.h"
#include "random.h"
#include "unit.h"

#define PATH "/data/file"

static sqlite3_vfs *fresh(void)
{
    CHECK_EQ_INT(vfs_register(), SQLITE_OK);
    platform_memory_reset();
    return sqlite3_vfs_find(NULL);
}

static int open_as(sqlite3_vfs *vfs, const char *name, int flags, sqlite3_file **out, int *out_flags)
{
    sqlite3_file *f = calloc(1, (size_t)vfs->szOsFile);
    if (!f)
        abort();
    int rc = vfs->xOpen(vfs, name, f, flags, out_flags);
    if (rc != SQLITE_OK) {
        CHECK(f->pMethods == NULL); /* SQLite must not close it */
        free(f);
        f = NULL;
    }
    *out = f;
    return rc;
}

static sqlite3_file *open_new_as(sqlite3_vfs *vfs, int kind)
{
    sqlite3_file *f;
    CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | kind, &f, NULL), SQLITE_OK);
    if (!f)
        abort();
    return f;
}

static sqlite3_file *open_new(sqlite3_vfs *vfs)
{
    return open_new_as(vfs, SQLITE_OPEN_MAIN_DB);
}

static void done(sqlite3_file *f)
{
    CHECK_EQ_INT(f->pMethods->xClose(f), SQLITE_OK);
    free(f);
}

TEST(it_is_the_default_and_registers_twice)
{
    sqlite3_vfs *vfs = fresh();
    CHECK_EQ_INT(vfs_register(), SQLITE_OK);
    CHECK_STR(vfs->zName, "platform");
    CHECK_EQ_INT(vfs->mxPathname, 4096);
}

TEST(bytes_are_written_and_read_back)
{
    sqlite3_file *f = open_new(fresh());
    char got[12];
    sqlite3_int64 size = -1;
    CHECK_EQ_INT(f->pMethods->xWrite(f, "hello world", 11, 5), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xFileSize(f, &size), SQLITE_OK);
    CHECK_EQ_INT(size, 16);
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 5, 11), SQLITE_OK);
    CHECK(memcmp(got, "world", 5) == 0);
    CHECK_EQ_INT(f->pMethods->xTruncate(f, 10), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xFileSize(f, &size), SQLITE_OK);
    CHECK_EQ_INT(size, 10);
    CHECK_EQ_INT(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK);
    done(f);
}

TEST(a_read_past_the_end_is_short_and_zeroed)
{
    sqlite3_file *f = open_new(fresh());
    char got[8] = "xxxxxxx";
    CHECK_EQ_INT(f->pMethods->xWrite(f, "abc", 3, 0), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 8, 1), SQLITE_IOERR_SHORT_READ);
    CHECK(memcmp(got, "bc\0\0\0\0\0\0", 8) == 0);
    memset(got, 'x', sizeof got);
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 8, 1000), SQLITE_IOERR_SHORT_READ);
    CHECK(memcmp(got, "\0\0\0\0\0\0\0\0", 8) == 0);
    done(f);
}

TEST(offsets_past_four_gigabytes_keep_their_value)
{
    sqlite3_file *f = open_new(fresh());
    char got[4];
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 4, INT64_C(1) << 40), SQLITE_IOERR_SHORT_READ);
    CHECK(memcmp(got, "\0\0\0\0", 4) == 0);
    done(f);
}

TEST(every_failure_of_the_platform_becomes_sqlites)
{
    static const struct {
        int platform, write, truncate, sync;
    } cases[] = {{PLATFORM_IO, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_FSYNC},
                 {PLATFORM_FULL, SQLITE_FULL, SQLITE_FULL, SQLITE_FULL},
                 {PLATFORM_DENIED, SQLITE_READONLY, SQLITE_READONLY, SQLITE_READONLY},
                 {PLATFORM_NOT_FOUND, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_FSYNC}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sqlite3_vfs *vfs = fresh();
        sqlite3_file *f = open_new_as(vfs, SQLITE_OPEN_MAIN_JOURNAL);
        platform_memory_fail(1, cases[i].platform, CRASH_NONE);
        CHECK_EQ_INT(f->pMethods->xWrite(f, "a", 1, 0), cases[i].write);
        CHECK_EQ_INT(f->pMethods->xWrite(f, "a", 1, 0), SQLITE_OK);
        platform_memory_fail(1, cases[i].platform, CRASH_NONE);
        CHECK_EQ_INT(f->pMethods->xTruncate(f, 0), cases[i].truncate);
        platform_memory_fail(1, cases[i].platform, CRASH_NONE);
        CHECK_EQ_INT(f->pMethods->xSync(f, SQLITE_SYNC_FULL), cases[i].sync);
        done(f);
    }
}

TEST(after_a_crash_nothing_succeeds)
{
    sqlite3_vfs *vfs = fresh();
    sqlite3_file *f = open_new_as(vfs, SQLITE_OPEN_MAIN_JOURNAL), *other;
    char got[1];
    sqlite3_int64 size;
    int found;
    platform_memory_fail(1, PLATFORM_IO, CRASH_PROCESS);
    CHECK_EQ_INT(f->pMethods->xWrite(f, "a", 1, 0), SQLITE_IOERR_WRITE);
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 1, 0), SQLITE_IOERR_READ);
    CHECK_EQ_INT(f->pMethods->xFileSize(f, &size), SQLITE_IOERR_FSTAT);
    CHECK_EQ_INT(vfs->xAccess(vfs, PATH, SQLITE_ACCESS_EXISTS, &found), SQLITE_IOERR_ACCESS);
    CHECK_EQ_INT(vfs->xDelete(vfs, PATH, 0), SQLITE_IOERR_DELETE);
    CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READWRITE, &other, NULL), SQLITE_CANTOPEN);
    done(f);
}

static uint64_t size_on_disk(void)
{
    uint64_t n;
    return platform_memory_file(PATH, &n) ? n : 0;
}

TEST(writes_that_follow_on_each_other_become_one)
{
    static char page[16384];
    sqlite3_file *f = open_new(fresh());
    platform_memory_fail(0, 0, CRASH_NONE);
    for (int i = 0; i < 8; i++)
        CHECK_EQ_INT(f->pMethods->xWrite(f, page, sizeof page, i * (int)sizeof page), SQLITE_OK);
    CHECK_EQ_INT(platform_memory_changes(), 0);
    CHECK_EQ_INT(f->pMethods->xFileControl(f, SQLITE_FCNTL_SYNC, NULL), SQLITE_NOTFOUND);
    CHECK_EQ_INT(platform_memory_changes(), 1);
    CHECK_EQ_INT(size_on_disk(), 8 * sizeof page);
    done(f);
}

/* Each of them, at once: SQLite may find the file as it believes it to be. */
TEST(what_was_gathered_is_written_before_anything_else)
{
    enum { READ, SIZE, TRUNCATE, SYNC, ELSEWHERE, CLOSE, N_OPERATIONS };
    for (int operation = 0; operation < N_OPERATIONS; operation++) {
        sqlite3_file *f = open_new(fresh());
        const sqlite3_io_methods *does = f->pMethods;
        char got[4] = "";
        sqlite3_int64 size = 0;
        CHECK_EQ_INT(does->xWrite(f, "abcd", 4, 0), SQLITE_OK);
        CHECK_EQ_INT(does->xWrite(f, "efgh", 4, 4), SQLITE_OK);
        CHECK_EQ_INT(size_on_disk(), 0);
        switch (operation) {
        case READ: CHECK(does->xRead(f, got, 4, 2) == SQLITE_OK && memcmp(got, "cdef", 4) == 0); break;
        case SIZE: CHECK(does->xFileSize(f, &size) == SQLITE_OK && size == 8); break;
        case TRUNCATE: CHECK_EQ_INT(does->xTruncate(f, 8), SQLITE_OK); break;
        case SYNC: CHECK_EQ_INT(does->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK); break;
        case ELSEWHERE: CHECK_EQ_INT(does->xWrite(f, "AB", 2, 0), SQLITE_OK); break;
        default: break;
        }
        CHECK(operation == CLOSE || size_on_disk() == 8);
        done(f);
        uint64_t n;
        const uint8_t *bytes = platform_memory_file(PATH, &n);
        CHECK(bytes && n == 8 && memcmp(bytes, operation == ELSEWHERE ? "ABcdefgh" : "abcdefgh", 8) == 0);
    }
}

TEST(an_error_of_what_was_gathered_is_told_once)
{
    sqlite3_file *f = open_new(fresh());
    char got[1];
    CHECK_EQ_INT(f->pMethods->xWrite(f, "a", 1, 0), SQLITE_OK);
    platform_memory_fail(1, PLATFORM_FULL, CRASH_NONE);
    CHECK_EQ_INT(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_FULL);
    CHECK_EQ_INT(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 0);
    CHECK_EQ_INT(f->pMethods->xWrite(f, "a", 1, 0), SQLITE_OK);
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_EQ_INT(f->pMethods->xRead(f, got, 1, 0), SQLITE_IOERR_WRITE);
    done(f);
}

TEST(the_log_has_all_of_a_commit_with_its_last_frame)
{
    static char page[16384];
    const char frame[24] = {0, 0, 0, 1}, last[24] = {0, 0, 0, 2, 0, 0, 0, 2};
    const int frame_bytes = (int)(sizeof frame + sizeof page);
    sqlite3_file *f = open_new_as(fresh(), SQLITE_OPEN_WAL);
    CHECK_EQ_INT(f->pMethods->xWrite(f, frame, sizeof frame, 32), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xWrite(f, page, sizeof page, 32 + sizeof frame), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xWrite(f, last, sizeof last, 32 + frame_bytes), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 0);
    CHECK_EQ_INT(f->pMethods->xWrite(f, page, sizeof page, 32 + frame_bytes + (int)sizeof last), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 32 + 2 * frame_bytes);
    memset(page, 1, sizeof page);
    CHECK_EQ_INT(f->pMethods->xWrite(f, last, sizeof last, 32),
                 SQLITE_OK); /* written anew, without its page */
    uint64_t n;
    const uint8_t *bytes = platform_memory_file(PATH, &n);
    CHECK(bytes && memcmp(bytes + 32, last, sizeof last) == 0);
    done(f);
}

/* Writes so many bytes at an offset, in pieces, and syncs them. */
static int commit(sqlite3_file *f, int n, sqlite3_int64 offset)
{
    static const char piece[4096];
    for (int at = 0; at < n; at += (int)sizeof piece)
        CHECK_EQ_INT(f->pMethods->xWrite(f, piece, sizeof piece, offset + at), SQLITE_OK);
    return f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
}

TEST(a_log_grows_ahead_of_small_commits)
{
    enum { SMALL = 8192, GROWTH = 512 * 1024, LARGE = 1024 * 1024 };
    sqlite3_file *f = open_new_as(fresh(), SQLITE_OPEN_WAL);
    CHECK_EQ_INT(commit(f, SMALL, 0), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), SMALL + GROWTH);
    CHECK_EQ_INT(commit(f, SMALL, SMALL), SQLITE_OK); /* within */
    CHECK_EQ_INT(size_on_disk(), SMALL + GROWTH);
    CHECK_EQ_INT(commit(f, SMALL, GROWTH), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), SMALL + GROWTH);
    CHECK_EQ_INT(commit(f, SMALL, GROWTH + SMALL), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 2 * (SMALL + GROWTH));
    CHECK_EQ_INT(commit(f, LARGE, 2 * SMALL + GROWTH), SQLITE_OK); /* what is large needs no help */
    CHECK_EQ_INT(size_on_disk(), 2 * SMALL + GROWTH + LARGE);
    CHECK_EQ_INT(f->pMethods->xTruncate(f, 0), SQLITE_OK);
    CHECK_EQ_INT(commit(f, SMALL, 0), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), SMALL + GROWTH);
    done(f);

    f = open_new_as(sqlite3_vfs_find(NULL), SQLITE_OPEN_WAL); /* after a crash */
    CHECK_EQ_INT(commit(f, SMALL, SMALL), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), SMALL + GROWTH);
    done(f);
}

TEST(a_log_that_has_no_room_to_grow_ahead_is_synced_all_the_same)
{
    sqlite3_file *f = open_new_as(fresh(), SQLITE_OPEN_WAL);
    platform_memory_fail(2, PLATFORM_FULL, CRASH_NONE);
    CHECK_EQ_INT(commit(f, 4096, 0), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 4096);
    platform_memory_fail(2, PLATFORM_IO, CRASH_NONE);
    CHECK_EQ_INT(commit(f, 4096, 4096), SQLITE_IOERR_WRITE);
    CHECK_EQ_INT(commit(f, 4096, 4096), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 8192);
    CHECK_EQ_INT(commit(f, 4096, 8192), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 12288 + 512 * 1024);
    done(f);
}

TEST(the_database_does_not_grow_ahead)
{
    sqlite3_file *f = open_new(fresh());
    CHECK_EQ_INT(commit(f, 4096, 0), SQLITE_OK);
    CHECK_EQ_INT(size_on_disk(), 4096);
    done(f);
}

enum { PAGE = 4096, N_PAGES = 256 };

/* A file of random bytes that are in `bytes` as well. */
static sqlite3_file *open_filled(char bytes[], int n, struct random *r)
{
    sqlite3_vfs *vfs = fresh();
    for (int i = 0; i < n; i++)
        bytes[i] = (char)random_u64(r);
    platform_memory_put(PATH, bytes, (uint64_t)n);
    return open_new(vfs);
}

TEST(what_is_read_in_order_is_read_ahead_in_ever_larger_pieces)
{
    static char bytes[N_PAGES * PAGE], got[PAGE];
    struct random r = random_from(1);
    sqlite3_file *f = open_filled(bytes, sizeof bytes, &r);
    for (int i = 0; i < N_PAGES; i++) {
        CHECK_EQ_INT(f->pMethods->xRead(f, got, PAGE, i * PAGE), SQLITE_OK);
        CHECK(memcmp(got, bytes + i * PAGE, PAGE) == 0);
    }
    CHECK_EQ_INT(platform_memory_reads(), 13); /* 1, 2, 4, 8, 16 and then 32 pages */
    done(f);
}

TEST(the_pages_of_a_blob_are_in_order_without_their_headers)
{
    enum { HEADER = 4 };
    static char bytes[N_PAGES * PAGE], got[PAGE];
    struct random r = random_from(2);
    sqlite3_file *f = open_filled(bytes, sizeof bytes, &r);
    for (int i = 0; i < N_PAGES; i++) {
        CHECK_EQ_INT(f->pMethods->xRead(f, got, PAGE - HEADER, i * PAGE + HEADER), SQLITE_OK);
        CHECK(memcmp(got, bytes + i * PAGE + HEADER, PAGE - HEADER) == 0);
    }
    CHECK(platform_memory_reads() < N_PAGES / 8);
    done(f);
}

TEST(nothing_is_read_ahead_of_single_reads)
{
    static char bytes[N_PAGES * PAGE], got[PAGE];
    struct random r = random_from(3);
    sqlite3_file *f = open_filled(bytes, sizeof bytes, &r);
    for (int i = 0; i < 100; i++) {
        int page = (i * 37) % (N_PAGES - 1); /* a row that lies in two pages */
        CHECK_EQ_INT(f->pMethods->xRead(f, got, PAGE, page * PAGE), SQLITE_OK);
        CHECK_EQ_INT(f->pMethods->xRead(f, got, PAGE, (page + 1) * PAGE), SQLITE_OK);
    }
    CHECK_EQ_INT(platform_memory_reads(), 200);
    done(f);
}

TEST(where_reading_ahead_fails_what_was_asked_for_is_read)
{
    static char bytes[8 * PAGE], got[PAGE];
    struct random r = random_from(4);
    sqlite3_file *f = open_filled(bytes, sizeof bytes, &r);
    platform_memory_fail_reads(2, 1); /* the first one ahead */
    for (int i = 0; i < 8; i++) {
        CHECK_EQ_INT(f->pMethods->xRead(f, got, PAGE, i * PAGE), SQLITE_OK);
        CHECK(memcmp(got, bytes + i * PAGE, PAGE) == 0);
    }
    done(f);
}

/* Whatever is read, written and cut off, in order or not, the file is as one that is changed at once. */
TEST(a_file_reads_as_one_without_buffers)
{
    enum { MOST_BYTES = 96 * PAGE, MOST_STEP = 3 * PAGE };
    static char twin[MOST_BYTES], got[MOST_STEP];
    struct random r = random_from(5);
    int n = 64 * PAGE, at = 0;
    sqlite3_file *f = open_filled(twin, n, &r);
    for (int step = 0; step < 20000; step++) {
        int length = 1 + (int)random_below(&r, MOST_STEP), offset = at;
        if (random_below(&r, 8) == 0)
            offset = (int)random_below(&r, MOST_BYTES);
        if (length > MOST_BYTES - offset)
            length = MOST_BYTES - offset;
        at = offset + length < MOST_BYTES ? offset + length : 0;
        uint32_t what = random_below(&r, 40);
        if (what == 0) {
            CHECK_EQ_INT(f->pMethods->xTruncate(f, offset), SQLITE_OK);
            if (offset < n)
                memset(twin + offset, 0, (size_t)(n - offset));
            n = offset;
        } else if (what < 4) {
            memset(got, step, (size_t)length);
            CHECK_EQ_INT(f->pMethods->xWrite(f, got, length, offset), SQLITE_OK);
            memcpy(twin + offset, got, (size_t)length);
            if (offset + length > n)
                n = offset + length;
        } else {
            int rc = f->pMethods->xRead(f, got, length, offset);
            CHECK_EQ_INT(rc, offset + length <= n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ);
            CHECK(memcmp(got, twin + offset, (size_t)length) == 0);
        }
    }
    done(f);
}

TEST(a_file_is_made_only_when_asked)
{
    sqlite3_vfs *vfs = fresh();
    sqlite3_file *f;
    uint64_t n;
    CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READWRITE, &f, NULL), SQLITE_CANTOPEN);
    CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READONLY, &f, NULL), SQLITE_CANTOPEN);
    CHECK_EQ_INT(open_as(vfs, NULL, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &f, NULL), SQLITE_CANTOPEN);
    CHECK(platform_memory_file(PATH, &n) == NULL);
    platform_memory_fail(1, PLATFORM_FULL, CRASH_NONE);
    CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &f, NULL), SQLITE_FULL);
    CHECK(platform_memory_file(PATH, &n) == NULL);
    done(open_new(vfs));
    CHECK(platform_memory_file(PATH, &n) != NULL);
}

TEST(what_may_not_be_written_is_opened_for_reading)
{
    sqlite3_vfs *vfs = fresh();
    sqlite3_file *f;
    int flags = 0;
    platform_memory_put(PATH, "abc", 3);
    if (!CHECK_EQ_INT(open_as(vfs, PATH, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, &f, &flags),
                      SQLITE_OK) ||
        !f)
        return;
    CHECK_EQ_INT(flags, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB);
    CHECK_EQ_INT(f->pMethods->xWrite(f, "x", 1, 0), SQLITE_READONLY);
    done(f);
}

TEST(existence_is_told_and_a_deleted_file_is_gone)
{
    sqlite3_vfs *vfs = fresh();
    int found = -1;
    CHECK_EQ_INT(vfs->xAccess(vfs, PATH, SQLITE_ACCESS_EXISTS, &found), SQLITE_OK);
    CHECK_EQ_INT(found, 0);
    platform_memory_put(PATH, "", 0);
    CHECK_EQ_INT(vfs->xAccess(vfs, PATH, SQLITE_ACCESS_EXISTS, &found), SQLITE_OK);
    CHECK_EQ_INT(found, 1);
    CHECK_EQ_INT(vfs->xAccess(vfs, PATH, SQLITE_ACCESS_READWRITE, &found), SQLITE_OK);
    CHECK_EQ_INT(found, 1);
    CHECK_EQ_INT(vfs->xDelete(vfs, PATH, 1), SQLITE_OK);
    CHECK_EQ_INT(vfs->xAccess(vfs, PATH, SQLITE_ACCESS_EXISTS, &found), SQLITE_OK);
    CHECK_EQ_INT(found, 0);
    CHECK_EQ_INT(vfs->xDelete(vfs, PATH, 1), SQLITE_OK); /* a missing file is no error */
}

TEST(paths_are_taken_as_they_are_up_to_their_length)
{
    sqlite3_vfs *vfs = fresh();
    char out[8];
    CHECK_EQ_INT(vfs->xFullPathname(vfs, "../a/b", sizeof out, out), SQLITE_OK);
    CHECK_STR(out, "../a/b");
    CHECK_EQ_INT(vfs->xFullPathname(vfs, "1234567", sizeof out, out), SQLITE_OK);
    CHECK_EQ_INT(vfs->xFullPathname(vfs, "12345678", sizeof out, out), SQLITE_CANTOPEN);
}

TEST(locks_are_always_granted)
{
    sqlite3_file *f = open_new(fresh());
    int reserved = -1;
    for (int level = SQLITE_LOCK_SHARED; level <= SQLITE_LOCK_EXCLUSIVE; level++)
        CHECK_EQ_INT(f->pMethods->xLock(f, level), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xCheckReservedLock(f, &reserved), SQLITE_OK);
    CHECK_EQ_INT(reserved, 0); /* a journal that is there is ours to roll back */
    CHECK_EQ_INT(f->pMethods->xUnlock(f, SQLITE_LOCK_NONE), SQLITE_OK);
    CHECK_EQ_INT(f->pMethods->xFileControl(f, SQLITE_FCNTL_PERSIST_WAL, NULL), SQLITE_NOTFOUND);
    CHECK_EQ_INT(f->pMethods->xSectorSize(f), 4096);
    CHECK(f->pMethods->xDeviceCharacteristics(f) & SQLITE_IOCAP_POWERSAFE_OVERWRITE);
    done(f);
}

TEST(time_is_julian_and_randomness_fills_the_buffer)
{
    sqlite3_vfs *vfs = fresh();
    sqlite3_int64 ms = 0;
    double days = 0;
    char bytes[64] = {0};
    int n_zero = 0;
    CHECK_EQ_INT(vfs->xCurrentTimeInt64(vfs, &ms), SQLITE_OK);
    CHECK_EQ_INT(ms, INT64_C(210866760000000) + (int64_t)platform_now());
    CHECK_EQ_INT(vfs->xCurrentTime(vfs, &days), SQLITE_OK);
    CHECK_NEAR(days, 2440587.5 + platform_now() / 86400000.0, 1e-6);
    CHECK_EQ_INT(vfs->xRandomness(vfs, sizeof bytes, bytes), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        n_zero += bytes[i] == 0;
    CHECK(n_zero < 10);
    CHECK_EQ_INT(vfs->xSleep(vfs, 5), 5);
}

TEST(a_journal_left_by_a_crash_is_rolled_back)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    fresh();
    CHECK_EQ_INT(sqlite3_open(PATH, &db), SQLITE_OK);
    CHECK_EQ_INT(
        sqlite3_exec(db, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(25000))", NULL, NULL, NULL),
        SQLITE_OK);
    platform_memory_fail(27, PLATFORM_IO, CRASH_PROCESS); /* pages have been overwritten */
    CHECK(sqlite3_exec(db, "UPDATE t SET x = randomblob(25000)", NULL, NULL, NULL) != SQLITE_OK);
    sqlite3_close(db);
    platform_memory_fail(0, 0, CRASH_NONE);
    uint64_t n;
    const uint8_t *journal = platform_memory_file(PATH "-journal", &n);
    CHECK(journal && n > 512 && journal[0] != 0);
    CHECK_EQ_INT(sqlite3_open(PATH, &db), SQLITE_OK);
    CHECK_EQ_INT(sqlite3_prepare_v2(db, "SELECT count(*) FROM t WHERE x = zeroblob(25000)", -1, &s, NULL),
                 SQLITE_OK);
    CHECK_EQ_INT(sqlite3_step(s), SQLITE_ROW);
    CHECK_EQ_INT(sqlite3_column_int(s, 0), 1);
    sqlite3_finalize(s);
    sqlite3_close(db);
    journal = platform_memory_file(PATH "-journal", &n);
    CHECK(!journal || n == 0 || journal[0] == 0); /* no longer a journal */
}
