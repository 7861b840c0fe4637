#include "storage/receipts.h"

#include "storage/sql.h"

static const double KEPT_MS = 24.0 * 3600 * 1000;

static int64_t id_of(uint32_t client, uint32_t sequence)
{
    return (int64_t)((uint64_t)client << 32 | sequence);
}

static int make_room(struct store *s, const struct receipt *r, struct error *e)
{
    static const char create[] =
        "CREATE TABLE IF NOT EXISTS receipt (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, reply BLOB)";
    TRY(sql_run_kept(s, create, NULL, 0, e));
    if (r->sequence >= RECEIPTS_OF_A_CLIENT) {
        int64_t range[] = {id_of(r->client, 0), id_of(r->client, r->sequence - RECEIPTS_OF_A_CLIENT)};
        TRY(sql_run_kept(s, "DELETE FROM receipt WHERE id BETWEEN ? AND ?", range, (int)COUNT(range), e));
    }
    if (r->sequence % RECEIPTS_OF_A_CLIENT != 0)
        return MVL_OK;
    return sql_exec(s->db, e, "DELETE FROM receipt WHERE at < %lld", (int64_t)(r->now - KEPT_MS));
}

int receipts_write(struct store *s, const struct receipt *r, struct error *e)
{
    const uint8_t *reply;
    size_t n;
    sqlite3_stmt *statement;
    TRY(r->reply(r->context, &reply, &n));
    TRY(make_room(s, r, e));
    TRY(sql_borrow(s, &statement, e, "INSERT OR REPLACE INTO receipt VALUES (?, ?, ?)"));
    sqlite3_bind_int64(statement, 1, id_of(r->client, r->sequence));
    sqlite3_bind_int64(statement, 2, (int64_t)r->now);
    if (n)
        sqlite3_bind_blob64(statement, 3, reply, n, SQLITE_STATIC);
    int rc = sql_run(statement, e);
    sql_give_back(s, statement);
    return rc;
}

static int read_reply(sqlite3_stmt *statement, struct arena *a, bool *found, struct str *reply,
                      struct error *e)
{
    TRY(sql_step(statement, found, e));
    if (!*found)
        return MVL_OK;
    struct str bytes = {sqlite3_column_blob(statement, 0), (uint32_t)sqlite3_column_bytes(statement, 0)};
    return arena_copy(a, bytes, reply);
}

int receipts_find(struct store *s, uint32_t client, uint32_t sequence, struct arena *a, bool *found,
                  struct str *reply, struct error *e)
{
    sqlite3_stmt *statement;
    int64_t is_there;
    *found = false;
    *reply = (struct str){0};
    TRY(sql_integer(s->db, 0, &is_there, e, "SELECT count(*) FROM sqlite_schema WHERE name = 'receipt'"));
    if (!is_there)
        return MVL_OK;
    TRY(sql_prepare(s->db, &statement, e, "SELECT reply FROM receipt WHERE id = %lld",
                    id_of(client, sequence)));
    int rc = read_reply(statement, a, found, reply, e);
    sqlite3_finalize(statement);
    return rc;
}
