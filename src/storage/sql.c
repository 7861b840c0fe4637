#include "storage/sql.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static enum mvl_error code_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM: return MVL_NOMEM;
    case SQLITE_FULL: return MVL_DISK_FULL;
    case SQLITE_READONLY: return MVL_READ_ONLY;
    case SQLITE_CORRUPT: return MVL_DAMAGED;
    case SQLITE_CANTOPEN: return MVL_IO;
    case SQLITE_NOTADB:
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return MVL_CONNECTION;
    case SQLITE_TOOBIG: return MVL_PARAM_TOO_LARGE;
    case SQLITE_IOERR: return rc == SQLITE_IOERR_NOMEM ? MVL_NOMEM : MVL_IO;
    default: return MVL_INTERNAL;
    }
}

int sql_error(sqlite3 *db, const char *doing, struct error *e)
{
    int rc = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    enum mvl_error code = code_of(rc);
    switch ((int)code) {
    case MVL_NOMEM: return error_set(e, code, "out of memory while %s", doing);
    case MVL_DISK_FULL:
        return error_set(e, code, "the disk or quota is full while %s: nothing was changed", doing);
    case MVL_READ_ONLY: return error_set(e, code, "the database is read-only: %s is refused", doing);
    case MVL_DAMAGED:
        return error_set(e, code, "the database file is damaged: %s while %s", sqlite3_errmsg(db), doing);
    default: return error_set(e, code, "%s failed: %s (SQLite %d)", doing, sqlite3_errmsg(db), rc);
    }
}

static char *format_sql(const char *format, va_list args)
{
    return sqlite3_vmprintf(format, args);
}

int sql_exec(sqlite3 *db, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sql = format_sql(format, args);
    va_end(args);
    if (!sql)
        return MVL_NOMEM;
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    int result = rc == SQLITE_OK ? MVL_OK : sql_error(db, "changing the database", e);
    sqlite3_free(sql);
    return result;
}

static int prepare_text(sqlite3 *db, const char *sql, unsigned flags, sqlite3_stmt **out, struct error *e)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, flags, out, NULL);
    return rc == SQLITE_OK ? MVL_OK : sql_error(db, "reading the database", e);
}

static int prepare(sqlite3 *db, sqlite3_stmt **out, struct error *e, const char *format, va_list args)
{
    char *sql = format_sql(format, args);
    if (!sql)
        return MVL_NOMEM;
    int rc = prepare_text(db, sql, 0, out, e);
    sqlite3_free(sql);
    return rc;
}

int sql_prepare(sqlite3 *db, sqlite3_stmt **out, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = prepare(db, out, e, format, args);
    va_end(args);
    return rc;
}

static bool keeps(const struct kept_statement *k, const char *sql)
{
    return k->statement && strcmp(sqlite3_sql(k->statement), sql) == 0;
}

/* The place of the statement with this text; else the one to be used for it, empty or longest unused. */
static struct kept_statement *place_of(struct store *s, const char *sql)
{
    struct kept_statement *place = NULL;
    for (struct kept_statement *k = s->kept; k < s->kept + SQL_MOST_KEPT; k++) {
        if (k->is_lent)
            continue;
        if (keeps(k, sql))
            return k;
        if (!place || k->lent_at < place->lent_at)
            place = k;
    }
    return place;
}

static void forget(struct kept_statement *k)
{
    sqlite3_finalize(k->statement);
    *k = (struct kept_statement){0};
}

static int borrow(struct store *s, const char *sql, sqlite3_stmt **out, struct error *e)
{
    struct kept_statement *k = place_of(s, sql);
    assert(k); /* nobody borrows so many at a time */
    *out = NULL;
    if (!keeps(k, sql)) {
        forget(k);
        TRY(prepare_text(s->db, sql, SQLITE_PREPARE_PERSISTENT, &k->statement, e));
    }
    k->is_lent = true;
    k->lent_at = ++s->n_lent;
    *out = k->statement;
    return MVL_OK;
}

int sql_borrow(struct store *s, sqlite3_stmt **out, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sql = format_sql(format, args);
    va_end(args);
    *out = NULL;
    if (!sql)
        return MVL_NOMEM;
    int rc = borrow(s, sql, out, e);
    sqlite3_free(sql);
    return rc;
}

void sql_give_back(struct store *s, sqlite3_stmt *statement)
{
    for (struct kept_statement *k = s->kept; k < s->kept + SQL_MOST_KEPT; k++)
        if (statement && k->statement == statement) {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement); /* which are the caller's memory */
            k->is_lent = false;
        }
}

int sql_begin_reads(struct store *s, uint32_t n, sqlite3_stmt **reads, struct error *e)
{
    bool has_row;
    *reads = NULL;
    if (n < 2)
        return MVL_OK;
    TRY(sql_borrow(s, reads, e, "SELECT key FROM meta"));
    return sql_step(*reads, &has_row, e);
}

void sql_forget(struct store *s)
{
    for (struct kept_statement *k = s->kept; k < s->kept + SQL_MOST_KEPT; k++)
        if (!k->is_lent)
            forget(k);
}

int sql_run_kept(struct store *s, const char *sql, const int64_t integers[], int n, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(borrow(s, sql, &statement, e));
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(statement, 1 + i, integers[i]);
    int rc = sql_run(statement, e);
    sql_give_back(s, statement);
    return rc;
}

int sql_step(sqlite3_stmt *statement, bool *has_row, struct error *e)
{
    int rc = sqlite3_step(statement);
    *has_row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return MVL_OK;
    return sql_error(sqlite3_db_handle(statement),
                     sqlite3_stmt_readonly(statement) ? "reading the database" : "writing to the database",
                     e);
}

int sql_run(sqlite3_stmt *statement, struct error *e)
{
    bool has_row = true;
    int rc = MVL_OK;
    while (has_row && rc == MVL_OK)
        rc = sql_step(statement, &has_row, e);
    sqlite3_reset(statement);
    return rc;
}

int sql_integer(sqlite3 *db, int64_t fallback, int64_t *out, struct error *e, const char *format, ...)
{
    sqlite3_stmt *statement;
    va_list args;
    va_start(args, format);
    int rc = prepare(db, &statement, e, format, args);
    va_end(args);
    if (rc != MVL_OK)
        return rc;
    bool has_row;
    rc = sql_step(statement, &has_row, e);
    *out = rc == MVL_OK && has_row ? sqlite3_column_int64(statement, 0) : fallback;
    sqlite3_finalize(statement);
    return rc;
}
