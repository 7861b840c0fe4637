#include "storage/store.h"

#include <stdlib.h>

#include "base/mem.h"
#include "storage/receipts.h"
#include "storage/sql.h"

enum {
    APPLICATION_ID = 0x4d564c54, /* "MVLT": tells our files from other SQLite databases */
    CHECKPOINT_BYTES = 32000 * 1024,
    LEAST_CACHE_BYTES = 256 * 1024,
    MOST_CACHE_BYTES = 16 * 1024 * 1024, /* as SQLite is built */
};

static const char schema_sql[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE database (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE collection (id INTEGER PRIMARY KEY, db INTEGER NOT NULL, name TEXT NOT NULL,"
    " schema TEXT NOT NULL, state INTEGER NOT NULL, next_row INTEGER NOT NULL, next_auto_id INTEGER NOT NULL,"
    " n_rows INTEGER NOT NULL, UNIQUE (db, name));"
    "CREATE TABLE partition (id INTEGER PRIMARY KEY, collection INTEGER NOT NULL, name TEXT NOT NULL);"
    "CREATE TABLE alias (db INTEGER NOT NULL, name TEXT NOT NULL, collection INTEGER NOT NULL,"
    " PRIMARY KEY (db, name)) WITHOUT ROWID;"
    "CREATE TABLE field_index (collection INTEGER NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL,"
    " type TEXT NOT NULL, metric TEXT NOT NULL, params TEXT NOT NULL, PRIMARY KEY (collection, name)) "
    "WITHOUT ROWID;"
    "INSERT INTO database VALUES (1, 'default');";

const char *store_sqlite_version(void)
{
    return sqlite3_libversion();
}

static int create_schema(struct store *s, struct error *e)
{
    TRY(store_begin(s, e));
    int rc = sql_exec(s->db, e,
                      "%s PRAGMA application_id = %d; PRAGMA user_version = %d;"
                      "INSERT INTO meta VALUES ('format', %d), ('engine', 'milvus-lite-wasm');",
                      schema_sql, APPLICATION_ID, STORE_FORMAT_FIRST, STORE_FORMAT_FIRST);
    return store_end(s, rc, e);
}

/* Is it ours, and of a format we know? An empty file becomes ours. */
static int check_format(struct store *s, struct str path, struct error *e)
{
    int64_t id, format, n_objects;
    TRY(sql_integer(s->db, 0, &id, e, "PRAGMA application_id"));
    TRY(sql_integer(s->db, 0, &format, e, "PRAGMA user_version"));
    TRY(sql_integer(s->db, 0, &n_objects, e, "SELECT count(*) FROM sqlite_schema"));
    if (id == 0 && format == 0 && n_objects == 0)
        return s->read_only
                   ? error_set(e, MVL_READ_ONLY, "'%.*s' is empty and cannot be written", STR_ARGS(path))
                   : create_schema(s, e);
    if (id != APPLICATION_ID)
        return error_set(e, MVL_CONNECTION, "'%.*s' is a SQLite database, but not one of Milvus Lite",
                         STR_ARGS(path));
    if (format > STORE_FORMAT)
        return error_set(e, MVL_CONNECTION,
                         "'%.*s' has file format %lld, this engine knows formats up to %d: upgrade it",
                         STR_ARGS(path), (long long)format, STORE_FORMAT);
    return MVL_OK;
}

/* Reads the file for the first time, and so finds out whether it is a database at all. */
static int configure(struct store *s, struct error *e)
{
    int64_t unused, page_bytes;
    TRY(sql_exec(s->db, e,
                 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = %s; PRAGMA trusted_schema = OFF;",
                 s->atomic    ? "OFF"
                 : s->relaxed ? "NORMAL"
                              : "FULL"));
    TRY(sql_integer(s->db, 0, &unused, e, "SELECT count(*) FROM sqlite_schema"));
    TRY(sql_integer(s->db, 0, &page_bytes, e, "PRAGMA page_size"));
    sqlite3_wal_autocheckpoint(s->db, (int)(CHECKPOINT_BYTES / page_bytes));
    return MVL_OK;
}

/* The error of configure(), with the file's name in it where it is about the file. */
static int explain(struct store *s, struct str path, int rc, struct error *e)
{
    switch (sqlite3_errcode(s->db) & 0xff) {
    case SQLITE_NOTADB: return error_set(e, MVL_CONNECTION, "'%.*s' is not a database", STR_ARGS(path));
    case SQLITE_CORRUPT:
        return error_set(e, MVL_DAMAGED, "'%.*s' is damaged: %s", STR_ARGS(path), sqlite3_errmsg(s->db));
    case SQLITE_READONLY: /* a journal to roll back; a log can be read */
        return error_set(
            e, MVL_READ_ONLY,
            "'%.*s' was left by a crash with a journal that must be rolled back before it can be read: open "
            "it once without read_only",
            STR_ARGS(path));
    default: return rc;
    }
}

/* Runs a pragma that answers with the journal mode; *is tells whether it is this one. */
static int journal_is(struct store *s, const char *pragma, const char *mode, bool *is, struct error *e)
{
    sqlite3_stmt *statement;
    bool has_row;
    TRY(sql_prepare(s->db, &statement, e, "%s", pragma));
    int rc = sql_step(statement, &has_row, e);
    const char *text = rc == MVL_OK && has_row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    *is = text && strcmp(text, mode) == 0;
    sqlite3_finalize(statement);
    return rc;
}

/* A journal that is there after the first read is not needed: its writer died before it had begun, or after it had
 * ended, or the read has rolled it back. Only another write would remove it. After rolling back SQLite keeps the file
 * open, for that write: it must let go first, or would journal into a removed file. */
static int remove_cold_journal(struct store *s, struct error *e)
{
    const char *journal = sqlite3_filename_journal(sqlite3_db_filename(s->db, "main"));
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int exists = 0;
    bool on_disk, in_memory = false;
    if (!s->read_only && journal && *journal)
        vfs->xAccess(vfs, journal, SQLITE_ACCESS_EXISTS, &exists);
    if (!exists)
        return MVL_OK;
    TRY(journal_is(s, "PRAGMA journal_mode", "delete", &on_disk, e)); /* with a log it is closed */
    if (on_disk)
        TRY(journal_is(s, "PRAGMA journal_mode = MEMORY", "memory", &in_memory, e));
    if (in_memory || !on_disk)
        vfs->xDelete(vfs, journal, 0);
    return in_memory ? sql_exec(s->db, e, "PRAGMA journal_mode = DELETE") : MVL_OK;
}

static int open_file(struct store *s, struct str path, struct error *e)
{
    char *name = sqlite3_mprintf("%.*s", STR_ARGS(path));
    if (!name)
        return MVL_NOMEM;
    int flags = s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(name, &s->db, flags, NULL);
    sqlite3_free(name);
    if (rc == SQLITE_CANTOPEN)
        return error_set(e, MVL_CONNECTION, "'%.*s' cannot be opened", STR_ARGS(path));
    if (rc != SQLITE_OK)
        return sql_error(s->db, "opening the database", e);
    sqlite3_extended_result_codes(s->db, 1);
    rc = configure(s, e);
    if (rc != MVL_OK)
        return explain(s, path, rc, e);
    s->read_only = sqlite3_db_readonly(s->db, "main") == 1; /* asked for, or all that the file allows */
    return remove_cold_journal(s, e);
}

static void dispose(struct store *s)
{
    sql_forget(s); /* or SQLite would not close */
    sqlite3_close(s->db);
    mem_free(s);
}

int store_open(struct str path, struct store_options options, struct store **out, struct error *e)
{
    struct store *s = mem_alloc(sizeof *s);
    if (!s)
        return MVL_NOMEM;
    *s = (struct store){.read_only = options.read_only,
                        .relaxed = options.relaxed,
                        .temporary = options.temporary,
                        .atomic = options.atomic};
    int rc = open_file(s, path, e);
    if (rc == MVL_OK)
        rc = check_format(s, path, e);
    if (rc != MVL_OK) {
        dispose(s);
        return rc;
    }
    *out = s;
    return MVL_OK;
}

int store_checkpoint(struct store *s, struct error *e)
{
    sql_end_reading(s);
    if (s->read_only)
        return MVL_OK;
    s->has_log = false;
    return sql_exec(s->db, e, "PRAGMA journal_mode = DELETE");
}

int store_close(struct store *s, struct error *e)
{
    if (!s)
        return MVL_OK;
    int rc = store_checkpoint(s, e); /* leaves one plain file */
    dispose(s);
    return rc;
}

bool store_keeps(const struct store *s)
{
    return !s->read_only && !s->temporary;
}

bool store_is_read_only(const struct store *s)
{
    return s->read_only;
}

/* The log is begun by the first write, so that reading changes no byte of the file. Where writes are atomic anyway,
 * only what rolls a transaction back is kept, in memory. */
static int begin_log(struct store *s, struct error *e)
{
    if (s->has_log || s->read_only)
        return MVL_OK;
    TRY(sql_exec(s->db, e, "PRAGMA journal_mode = %s", s->atomic ? "MEMORY" : "WAL"));
    s->has_log = true;
    return MVL_OK;
}

int store_begin(struct store *s, struct error *e)
{
    if (s->read_only)
        return error_set(e, MVL_READ_ONLY, "the database is read-only: writing is refused");
    sql_end_reading(s);
    TRY(begin_log(s, e));
    return sql_run_kept(s, "BEGIN IMMEDIATE", NULL, 0, e);
}

int store_end(struct store *s, int rc, struct error *e)
{
    sql_end_reading(s);
    if (rc == MVL_OK && s->receipt)
        rc = receipts_write(s, s->receipt, e);
    if (rc == MVL_OK)
        rc = sql_run_kept(s, "COMMIT", NULL, 0, e);
    if (rc == MVL_OK)
        s->receipt = NULL;
    if (rc != MVL_OK &&
        !sqlite3_get_autocommit(s->db)) /* SQLite has rolled back by itself after some errors */
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int store_raise_format(struct store *s, int format, struct error *e)
{
    int64_t now;
    TRY(sql_integer(s->db, 0, &now, e, "PRAGMA user_version"));
    if (now >= format)
        return MVL_OK;
    return sql_exec(s->db, e, "PRAGMA user_version = %d; UPDATE meta SET value = %d WHERE key = 'format'",
                    format, format);
}

int64_t store_now(void)
{
    static const int64_t of_1970 = INT64_C(210866760000000); /* SQLite counts from noon, Julian day 0 */
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_int64 now = of_1970;
    vfs->xCurrentTimeInt64(vfs, &now);
    return now - of_1970;
}

const struct receipt *store_give_receipt(struct store *s, const struct receipt *r)
{
    const struct receipt *before = s->receipt;
    s->receipt = r;
    return before;
}

void store_limit_cache(struct store *s, uint64_t bytes)
{
    struct error ignored = ERROR_NONE;
    bytes = bytes < MOST_CACHE_BYTES ? bytes : MOST_CACHE_BYTES;
    bytes = bytes > LEAST_CACHE_BYTES ? bytes : LEAST_CACHE_BYTES;
    (void)!sql_exec(s->db, &ignored, "PRAGMA cache_size = -%lld", bytes / 1024);
}

void store_release_memory(struct store *s)
{
    sql_end_reading(s);
    sql_forget(s);
    sqlite3_db_release_memory(s->db);
}
