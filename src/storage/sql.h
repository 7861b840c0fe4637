/* Small steps of SQLite's API, with errors in our words. Only storage/ includes this. */
#pragma once
#include <sqlite3.h>

#include "base/error.h"

enum { SQL_MOST_KEPT = 16 };

struct store {
    sqlite3 *db; /* owned */
    bool read_only, relaxed, temporary, atomic, has_log;
    sqlite3_blob
        *reader; /* owned: vectors are read through it, one chunk after another; NULL while there is none */
    int64_t reader_collection; /* the table that it reads */
    uint32_t reader_field;
    const struct receipt *receipt; /* borrowed: written with the next commit; NULL for none */
    struct kept_statement {
        sqlite3_stmt *statement; /* owned; NULL: there is none */
        bool is_lent;
        uint64_t lent_at; /* the nth that was */
    } kept[SQL_MOST_KEPT];
    uint64_t n_lent;
};

/* Lets go of the reader, whose transaction would hold up writing. The next read makes another. */
static inline void sql_end_reading(struct store *s)
{
    sqlite3_blob_close(s->reader);
    s->reader = NULL;
}

/* Turns the connection's last error into ours. doing: "writing rows". */
int sql_error(sqlite3 *db, const char *doing, struct error *e);

/* Formats as sqlite3_mprintf does ("%w" inside a quoted identifier) and runs it. */
int sql_exec(sqlite3 *db, struct error *e, const char *format, ...) MUST_USE;

/* The statement is the caller's to finalize. */
int sql_prepare(sqlite3 *db, sqlite3_stmt **out, struct error *e, const char *format, ...) MUST_USE;

/* The same for statements that come again and again: the store keeps them, and prepares one only when its text is new.
 * What differs from one time to the next has to be a parameter. The caller gives it back with sql_give_back. */
int sql_borrow(struct store *s, sqlite3_stmt **out, struct error *e, const char *format, ...) MUST_USE;

/* Takes a statement back as if it had never run: reset, without values. NULL is fine. */
void sql_give_back(struct store *s, sqlite3_stmt *statement);

/* Makes n reads, until *reads is given back, one transaction: to begin and end its own takes each of them a third of
 * its time. *reads is to be given back after an error, too. */
int sql_begin_reads(struct store *s, uint32_t n, sqlite3_stmt **reads, struct error *e) MUST_USE;

/* Lets go of the statements that are kept, but for those that are lent. */
void sql_forget(struct store *s);

/* Steps once; *has_row says whether there is a row to read. */
int sql_step(sqlite3_stmt *statement, bool *has_row, struct error *e) MUST_USE;

/* Runs a prepared statement to its end and makes it ready for the next values. */
int sql_run(sqlite3_stmt *statement, struct error *e) MUST_USE;

/* Runs a statement that is kept, and whose parameters are integers. */
int sql_run_kept(struct store *s, const char *sql, const int64_t integers[], int n, struct error *e) MUST_USE;

/* A single integer, or fallback when there is no row. */
int sql_integer(sqlite3 *db, int64_t fallback, int64_t *out, struct error *e, const char *format,
                ...) MUST_USE;

/* Binds text that outlives the statement's next reset. */
static inline void sql_bind_str(sqlite3_stmt *statement, int at, struct str s)
{
    sqlite3_bind_text64(statement, at, s.p ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}
