#include "storage/marks.h"

#include "storage/sql.h"

int marks_begin(struct store *s, struct error *e)
{
    TRY(sql_exec(s->db, e,
                 "CREATE TABLE IF NOT EXISTS mark (collection INTEGER NOT NULL, row INTEGER NOT NULL,"
                 " before INTEGER NOT NULL, PRIMARY KEY (collection, row)) WITHOUT ROWID"));
    return store_raise_format(s, STORE_FORMAT_CHANGES, e);
}

int marks_add(struct store *s, int64_t collection, int64_t row, int64_t before, struct error *e)
{
    return sql_exec(s->db, e, "INSERT OR REPLACE INTO mark VALUES (%lld, %lld, %lld)", collection, row,
                    before);
}

static int have_begun(struct store *s, bool *have, struct error *e)
{
    int64_t n;
    TRY(sql_integer(s->db, 0, &n, e, "SELECT count(*) FROM sqlite_schema WHERE name = 'mark'"));
    *have = n > 0;
    return MVL_OK;
}

int marks_drop(struct store *s, int64_t collection, int64_t row, struct error *e)
{
    bool have;
    TRY(have_begun(s, &have, e));
    if (!have)
        return MVL_OK;
    return sql_exec(s->db, e, "DELETE FROM mark WHERE collection = %lld AND row < %lld", collection, row);
}

int marks_read(struct store *s, int64_t collection, int64_t *oldest, int64_t *newest, struct error *e)
{
    bool have;
    *oldest = INT64_MAX;
    *newest = 0;
    TRY(have_begun(s, &have, e));
    if (!have)
        return MVL_OK;
    TRY(sql_integer(s->db, INT64_MAX, oldest, e,
                    "SELECT before FROM mark WHERE collection = %lld ORDER BY before LIMIT 1", collection));
    return sql_integer(s->db, 0, newest, e,
                       "SELECT before FROM mark WHERE collection = %lld ORDER BY row DESC LIMIT 1",
                       collection);
}

/* A clock that was wrong once may have left a mark of the future: what is before an older one is older all the same. */
int marks_find(struct store *s, int64_t collection, int64_t time, int64_t next_row, int64_t *row,
               struct error *e)
{
    int64_t old;
    *row = 0;
    TRY(sql_integer(
        s->db, -1, &old, e,
        "SELECT row FROM mark WHERE collection = %lld AND before <= %lld ORDER BY row DESC LIMIT 1",
        collection, time));
    if (old < 0)
        return MVL_OK;
    return sql_integer(s->db, next_row, row, e,
                       "SELECT row FROM mark WHERE collection = %lld AND row > %lld ORDER BY row LIMIT 1",
                       collection, old);
}
