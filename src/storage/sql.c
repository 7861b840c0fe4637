#include "storage/sql.h"

#include <stdarg.h>

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

static int prepare(sqlite3 *db, sqlite3_stmt **out, struct error *e, const char *format, va_list args)
{
    char *sql = format_sql(format, args);
    if (!sql)
        return MVL_NOMEM;
    int rc = sqlite3_prepare_v2(db, sql, -1, out, NULL);
    sqlite3_free(sql);
    return rc == SQLITE_OK ? MVL_OK : sql_error(db, "reading the database", e);
}

int sql_prepare(sqlite3 *db, sqlite3_stmt **out, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = prepare(db, out, e, format, args);
    va_end(args);
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
