#include "storage/store.h"

#include <stdlib.h>

#include "platform.h"
#include "storage/sql.h"
#include "stores.h"

static int64_t query(struct store *s, const char *sql)
{
    struct error e = ERROR_NONE;
    int64_t v = -1;
    if (!CHECK_EQ_INT(sql_integer(s->db, -2, &v, &e, "%s", sql), MVL_OK))
        printf("# %s\n", e.reason);
    return v;
}

/* Tries to open the file and returns the error, of which the reason goes to e. */
static int open_code(struct store_options options, struct error *e)
{
    struct store *s = NULL;
    *e = ERROR_NONE;
    int rc = store_open(STR(STORE_PATH), options, &s, e);
    if (rc == MVL_OK)
        store_done(s);
    return rc;
}

static void run_raw(const char *sql)
{
    sqlite3 *db = NULL;
    CHECK_EQ_INT(sqlite3_open(STORE_PATH, &db), SQLITE_OK);
    CHECK_EQ_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A copy of the file; the caller frees it. */
static uint8_t *copy_file(uint64_t *n)
{
    const uint8_t *file = platform_memory_file(STORE_PATH, n);
    uint8_t *copy = malloc(*n + 1);
    if (CHECK(file && copy))
        memcpy(copy, file, *n);
    return copy;
}

TEST(a_new_file_has_the_format_and_the_default_database)
{
    struct store *s = store_fresh();
    CHECK_EQ_INT(query(s, "PRAGMA user_version"), STORE_FORMAT_FIRST);
    CHECK_EQ_INT(query(s, "PRAGMA application_id"), 0x4d564c54);
    CHECK_EQ_INT(query(s, "SELECT value FROM meta WHERE key = 'format'"), STORE_FORMAT_FIRST);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM database WHERE id = 1 AND name = 'default'"), 1);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM collection"), 0);
    CHECK_EQ_INT(query(s, "PRAGMA page_size"), 4096);
    store_done(s);
}

TEST(closing_leaves_one_plain_file)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    uint64_t n;
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x)")), MVL_OK);
    CHECK(platform_memory_file(STORE_PATH "-wal", &n) != NULL);
    store_done(s);
    CHECK(platform_memory_file(STORE_PATH "-wal", &n) == NULL);
    CHECK(platform_memory_file(STORE_PATH "-journal", &n) == NULL);
    const uint8_t *file = platform_memory_file(STORE_PATH, &n);
    CHECK(file && n % 4096 == 0 && memcmp(file, "SQLite format 3", 16) == 0);
    CHECK(file && file[18] == 1 && file[19] == 1); /* no log is needed to read it */
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 1);
    store_done(s);
}

TEST(a_checkpoint_leaves_one_plain_file_and_writing_goes_on)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    uint64_t n;
    for (int round = 0; round < 2; round++) {
        CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t%d (x)", round)), MVL_OK);
        CHECK(platform_memory_file(STORE_PATH "-wal", &n) != NULL);
        CHECK_EQ_INT(store_checkpoint(s, &e), MVL_OK);
        CHECK(platform_memory_file(STORE_PATH "-wal", &n) == NULL);
        const uint8_t *file = platform_memory_file(STORE_PATH, &n);
        CHECK(file && file[18] == 1 && file[19] == 1);
    }
    store_done(s);
}

TEST(where_writes_are_atomic_there_is_no_second_file_and_no_sync)
{
    struct error e = ERROR_NONE;
    store_done(store_fresh());
    struct store *s = store_reopen((struct store_options){.atomic = true});
    uint64_t n;
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")), MVL_OK);
    CHECK(!platform_memory_file(STORE_PATH "-wal", &n) && !platform_memory_file(STORE_PATH "-journal", &n));
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(sql_exec(s->db, &e, "INSERT INTO t VALUES (2)"), MVL_OK);
    CHECK_EQ_INT(store_end(s, MVL_DATA_NOT_MATCH, &e), MVL_DATA_NOT_MATCH);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
    CHECK_EQ_INT(query(s, "PRAGMA synchronous"), 0);
    store_done(s);
}

TEST(opening_and_reading_change_no_byte)
{
    store_done(store_fresh());
    uint64_t before_n, n;
    uint8_t *before = copy_file(&before_n);
    for (int read_only = 0; read_only < 2; read_only++) {
        platform_memory_fail(0, 0, CRASH_NONE);
        struct store *s = store_reopen((struct store_options){.read_only = read_only});
        CHECK_EQ_INT(query(s, "SELECT count(*) FROM database"), 1);
        CHECK_EQ_INT(platform_memory_changes(), 0);
        store_done(s);
        const uint8_t *after = platform_memory_file(STORE_PATH, &n);
        CHECK(after && n == before_n && memcmp(after, before, n) == 0);
    }
    free(before);
}

TEST(a_committed_transaction_stays_a_failed_one_goes)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")), MVL_OK);
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(sql_exec(s->db, &e, "INSERT INTO t VALUES (2)"), MVL_OK);
    CHECK_EQ_INT(store_end(s, MVL_DATA_NOT_MATCH, &e), MVL_DATA_NOT_MATCH);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
    store_done(s);
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
    store_done(s);
}

TEST(a_full_disk_rolls_back_and_the_next_transaction_works)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x)")), MVL_OK);
    platform_memory_fail(1, PLATFORM_FULL, CRASH_NONE);
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "INSERT INTO t VALUES (1)")), MVL_DISK_FULL);
    CHECK(strstr(e.reason, "full") != NULL);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 0);
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "INSERT INTO t VALUES (1)")), MVL_OK);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
    store_done(s);
}

TEST(a_read_only_store_refuses_to_write)
{
    struct error e = ERROR_NONE;
    store_done(store_fresh());
    struct store *s = store_reopen((struct store_options){.read_only = true});
    CHECK_EQ_INT(store_begin(s, &e), MVL_READ_ONLY);
    CHECK(strstr(e.reason, "read-only") != NULL);
    store_done(s);
}

TEST(a_missing_file_is_made_unless_read_only)
{
    struct error e;
    uint64_t n;
    store_done(store_fresh());
    platform_memory_reset();
    CHECK_EQ_INT(open_code((struct store_options){.read_only = true}, &e), MVL_CONNECTION);
    CHECK(platform_memory_file(STORE_PATH, &n) == NULL);
    CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_OK);
    CHECK(platform_memory_file(STORE_PATH, &n) != NULL);
}

TEST(an_empty_file_becomes_ours_unless_read_only)
{
    struct error e;
    store_done(store_fresh());
    platform_memory_put(STORE_PATH, "", 0);
    CHECK_EQ_INT(open_code((struct store_options){.read_only = true}, &e), MVL_READ_ONLY);
    CHECK(strstr(e.reason, "is empty") != NULL);
    CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_OK);
    CHECK_EQ_INT(open_code((struct store_options){.read_only = true}, &e), MVL_OK);
}

TEST(a_file_that_is_no_database_is_refused_and_left_alone)
{
    static uint8_t text[40000];
    struct error e;
    uint64_t n;
    store_done(store_fresh());
    memset(text, 'x', sizeof text);
    platform_memory_put(STORE_PATH, text, sizeof text);
    CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_CONNECTION);
    CHECK_STR(e.reason, "'" STORE_PATH "' is not a database");
    const uint8_t *after = platform_memory_file(STORE_PATH, &n);
    CHECK(after && n == sizeof text && memcmp(after, text, n) == 0);
}

TEST(another_programs_database_is_refused_and_left_alone)
{
    static const char *const others[] = {"CREATE TABLE notes (text)", "PRAGMA application_id = 77",
                                         "PRAGMA user_version = 3"};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct error e;
        uint64_t before_n, n;
        store_done(store_fresh());
        platform_memory_reset();
        run_raw("CREATE TABLE was_here (x); DROP TABLE was_here");
        run_raw(others[i]);
        uint8_t *before = copy_file(&before_n);
        CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_CONNECTION);
        CHECK(strstr(e.reason, "not one of Milvus Lite") != NULL);
        const uint8_t *after = platform_memory_file(STORE_PATH, &n);
        CHECK(after && n == before_n && memcmp(after, before, n) == 0);
        free(before);
    }
}

TEST(a_newer_format_is_refused_by_name)
{
    struct error e;
    char sql[64], expected[64];
    store_done(store_fresh());
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_FORMAT + 1);
    run_raw(sql);
    CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_CONNECTION);
    snprintf(expected, sizeof expected, "has file format %d", STORE_FORMAT + 1);
    CHECK(strstr(e.reason, expected) != NULL);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_FORMAT);
    run_raw(sql);
    CHECK_EQ_INT(open_code((struct store_options){0}, &e), MVL_OK);
}

TEST(a_file_of_any_length_opens_or_is_refused)
{
    uint64_t n;
    store_done(store_fresh());
    uint8_t *whole = copy_file(&n);
    for (uint64_t length = 0; length < n; length += length < 128 ? 1 : 1021) {
        struct error e;
        platform_memory_put(STORE_PATH, whole, length);
        int rc = open_code((struct store_options){0}, &e);
        bool may_open = length == 0 || length > n - 4096; /* half of the last page: seen when it is read */
        CHECK(rc == MVL_OK ? may_open : rc == MVL_CONNECTION || rc == MVL_DAMAGED || rc == MVL_IO);
    }
    free(whole);
}

TEST(durability_decides_whether_a_commit_waits_for_the_disk)
{
    for (int relaxed = 0; relaxed < 2; relaxed++) {
        struct error e = ERROR_NONE;
        store_done(store_fresh());
        struct store *s = store_reopen((struct store_options){.relaxed = relaxed});
        CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x)")), MVL_OK);
        /* the power goes at the next change: what was synced stays */
        platform_memory_fail(2, PLATFORM_IO, CRASH_POWER);
        CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "INSERT INTO t VALUES (1)")) == MVL_OK, false);
        store_close(s, &e);
        platform_memory_fail(0, 0, CRASH_NONE);
        s = store_reopen((struct store_options){0});
        CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 0);
        CHECK_EQ_INT(query(s, "PRAGMA integrity_check(1)"), 0); /* "ok" as an integer */
        store_done(s);
    }
}

TEST(closing_nothing_is_fine_and_a_failed_close_keeps_what_was_committed)
{
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(store_close(NULL, &e), MVL_OK);
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x)")), MVL_OK);
    platform_memory_fail(1, PLATFORM_IO, CRASH_PROCESS);
    CHECK_EQ_INT(store_close(s, &e), MVL_IO);
    platform_memory_fail(0, 0, CRASH_NONE);
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 0);
    store_done(s);
}

TEST(a_file_of_other_pages_goes_on_with_them_and_with_a_log_as_long)
{
    sqlite3 *db = NULL;
    struct store *s = store_fresh();
    CHECK_EQ_INT(query(s, "PRAGMA wal_autocheckpoint"), 8000);
    store_done(s);
    CHECK_EQ_INT(sqlite3_open(STORE_PATH, &db), SQLITE_OK);
    CHECK_EQ_INT(sqlite3_exec(db, "PRAGMA page_size = 16384; VACUUM", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(query(s, "PRAGMA page_size"), 16384);
    CHECK_EQ_INT(query(s, "PRAGMA wal_autocheckpoint"), 2000);
    store_done(s);
}

TEST(a_log_left_by_a_crash_is_read_also_read_only)
{
    for (int read_only = 0; read_only < 2; read_only++) {
        struct error e = ERROR_NONE;
        struct store *s = store_fresh();
        CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")),
                     MVL_OK);
        platform_memory_fail(1, PLATFORM_IO, CRASH_PROCESS);
        store_close(s, &e);
        platform_memory_fail(0, 0, CRASH_NONE);
        s = store_reopen((struct store_options){.read_only = read_only});
        CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
        store_done(s);
        s = store_reopen((struct store_options){0});
        CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
        store_done(s);
    }
}

TEST(a_journal_that_had_to_be_rolled_back_is_let_go_of_and_removed)
{
    struct error e = ERROR_NONE;
    sqlite3 *db = NULL;
    uint64_t n;
    store_done(store_fresh());
    CHECK_EQ_INT(sqlite3_open(STORE_PATH, &db), SQLITE_OK);
    CHECK_EQ_INT(
        sqlite3_exec(db, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(25000))", NULL, NULL, NULL),
        SQLITE_OK);
    platform_memory_fail(27, PLATFORM_IO, CRASH_PROCESS); /* pages are being overwritten */
    CHECK(sqlite3_exec(db, "UPDATE t SET x = randomblob(25000)", NULL, NULL, NULL) != SQLITE_OK);
    sqlite3_close(db);
    platform_memory_fail(0, 0, CRASH_NONE);
    const uint8_t *journal = platform_memory_file(STORE_PATH "-journal", &n);
    CHECK(journal && n > 512 && journal[0] != 0);
    CHECK_EQ_INT(open_code((struct store_options){.read_only = true}, &e), MVL_READ_ONLY);
    CHECK(strstr(e.reason, "open it once without read_only") != NULL);
    CHECK(platform_memory_file(STORE_PATH "-journal", &n) != NULL);
    struct store *s = store_reopen((struct store_options){0});
    CHECK(platform_memory_file(STORE_PATH "-journal", &n) == NULL);
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t WHERE x = zeroblob(25000)"), 1);
    /* the next write begins a log, of which the journal guards the first step */
    platform_memory_fail(3, PLATFORM_IO, CRASH_PROCESS);
    CHECK(COMMITTED(s, sql_exec(s->db, &e, "DROP TABLE t")) != MVL_OK);
    store_close(s, &e);
    platform_memory_fail(0, 0, CRASH_NONE);
    CHECK(platform_memory_file(STORE_PATH "-journal", &n) != NULL);
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(query(s, "SELECT count(*) FROM t"), 1);
    store_done(s);
}

TEST(the_version_is_sqlites)
{
    CHECK_STR(store_sqlite_version(), SQLITE_VERSION);
}
