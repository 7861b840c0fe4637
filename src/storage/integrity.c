#include "storage/integrity.h"

#include "storage/sql.h"

enum { MOST_TOLD = 100, PAGES_AT_ONCE = 1000 };

int integrity_check(struct store *s, damage_fn *tell, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    bool has_row = false;
    TRY(sql_prepare(s->db, &statement, e, "PRAGMA integrity_check(%d)", MOST_TOLD));
    int rc = sql_step(statement, &has_row, e);
    for (; rc == MVL_OK && has_row; rc = sql_step(statement, &has_row, e)) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") != 0)
            tell(context, str_of(text));
    }
    sqlite3_finalize(statement);
    return rc;
}

int integrity_count(struct store *s, int64_t collection, int64_t *n, struct error *e)
{
    return sql_integer(s->db, 0, n, e, "SELECT count(*) FROM e%lld", collection);
}

int integrity_compact(struct store *s, struct error *e)
{
    int64_t n_free, before = INT64_MAX;
    TRY(sql_integer(s->db, 0, &n_free, e, "PRAGMA freelist_count"));
    while (n_free > 0 && n_free < before) {
        before = n_free;
        TRY(store_begin(s, e));
        TRY(store_end(s, sql_exec(s->db, e, "PRAGMA incremental_vacuum(%d)", PAGES_AT_ONCE), e));
        TRY(sql_integer(s->db, 0, &n_free, e, "PRAGMA freelist_count"));
    }
    return store_checkpoint(s, e);
}
