#include "storage/sql.h"

#include "stores.h"

static int64_t count_rows(struct store *s)
{
    struct error e = ERROR_NONE;
    int64_t n = -1;
    CHECK_EQ_INT(sql_integer(s->db, -2, &n, &e, "SELECT count(*) FROM t"), MVL_OK);
    return n;
}

TEST(exec_formats_and_runs_several_statements)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(sql_exec(s->db, &e, "CREATE TABLE \"%w\" (x); INSERT INTO t VALUES (%d), (%lld)", "t", 7,
                          INT64_C(1) << 40),
                 MVL_OK);
    CHECK_EQ_INT(count_rows(s), 2);
    CHECK_EQ_INT(e.code, MVL_OK);
    store_done(s);
}

TEST(a_wrong_statement_is_an_internal_error_with_sqlites_words)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(sql_exec(s->db, &e, "SELEC 1"), MVL_INTERNAL);
    CHECK_EQ_INT(e.code, MVL_INTERNAL);
    CHECK(strstr(e.reason, "syntax error") != NULL);
    sqlite3_stmt *statement = NULL;
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "SELECT * FROM no_such_table"), MVL_INTERNAL);
    CHECK(strstr(e.reason, "no_such_table") != NULL);
    CHECK(statement == NULL);
    store_done(s);
}

TEST(step_says_whether_there_is_a_row)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *statement;
    bool has_row;
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "SELECT %d UNION SELECT %d", 5, 6), MVL_OK);
    for (int expected = 5; expected <= 6; expected++) {
        CHECK_EQ_INT(sql_step(statement, &has_row, &e), MVL_OK);
        CHECK(has_row);
        CHECK_EQ_INT(sqlite3_column_int(statement, 0), expected);
    }
    CHECK_EQ_INT(sql_step(statement, &has_row, &e), MVL_OK);
    CHECK(!has_row);
    sqlite3_finalize(statement);
    store_done(s);
}

TEST(run_makes_a_statement_ready_for_the_next_values)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *statement;
    CHECK_EQ_INT(sql_exec(s->db, &e, "CREATE TABLE t (x TEXT UNIQUE)"), MVL_OK);
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "INSERT INTO t VALUES (?)"), MVL_OK);
    sql_bind_str(statement, 1, STR("a"));
    CHECK_EQ_INT(sql_run(statement, &e), MVL_OK);
    CHECK_EQ_INT(sql_run(statement, &e), MVL_INTERNAL); /* "a" again */
    CHECK(strstr(e.reason, "UNIQUE") != NULL);
    sql_bind_str(statement, 1, STR_NONE); /* an empty text, not null */
    CHECK_EQ_INT(sql_run(statement, &e), MVL_OK);
    sqlite3_finalize(statement);
    CHECK_EQ_INT(count_rows(s), 2);
    int64_t empty;
    CHECK_EQ_INT(sql_integer(s->db, 0, &empty, &e, "SELECT count(*) FROM t WHERE x = ''"), MVL_OK);
    CHECK_EQ_INT(empty, 1);
    store_done(s);
}

TEST(integer_falls_back_when_there_is_no_row)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t v = 0;
    CHECK_EQ_INT(sql_integer(s->db, 42, &v, &e, "SELECT 1 WHERE 0"), MVL_OK);
    CHECK_EQ_INT(v, 42);
    CHECK_EQ_INT(sql_integer(s->db, 42, &v, &e, "SELECT 9223372036854775807"), MVL_OK);
    CHECK_EQ_INT(v, INT64_MAX);
    CHECK_EQ_INT(sql_integer(s->db, 42, &v, &e, "SELECT nonsense"), MVL_INTERNAL);
    store_done(s);
}

TEST(text_may_hold_nuls)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *statement;
    bool has_row;
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "SELECT ?1, octet_length(?1)"), MVL_OK);
    sql_bind_str(statement, 1, (struct str){"a\0b", 3});
    CHECK_EQ_INT(sql_step(statement, &has_row, &e), MVL_OK);
    CHECK_EQ_INT(sqlite3_column_bytes(statement, 0), 3);
    CHECK_EQ_INT(sqlite3_column_int(statement, 1), 3);
    sqlite3_finalize(statement);
    store_done(s);
}

/* Borrows, and gives back. */
static sqlite3_stmt *borrowed(struct store *s, const char *sql)
{
    struct error e = ERROR_NONE;
    sqlite3_stmt *statement = NULL;
    CHECK_EQ_INT(sql_borrow(s, &statement, &e, "%s", sql), MVL_OK);
    sql_give_back(s, statement);
    return statement;
}

TEST(a_statement_is_kept_by_its_text)
{
    struct store *s = store_fresh();
    sqlite3_stmt *one = borrowed(s, "SELECT 1"), *two = borrowed(s, "SELECT 2");
    CHECK(one != two);
    CHECK(borrowed(s, "SELECT 1") == one);
    CHECK(borrowed(s, "SELECT 2") == two);
    store_done(s);
}

TEST(a_statement_comes_back_as_if_it_had_never_run)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *statement, *again;
    bool has_row;
    char text[] = "gone";
    CHECK_EQ_INT(sql_borrow(s, &statement, &e, "SELECT ?1"), MVL_OK);
    sql_bind_str(statement, 1, (struct str){text, 4});
    CHECK_EQ_INT(sql_step(statement, &has_row, &e), MVL_OK);
    sql_give_back(s, statement);
    CHECK_EQ_INT(sql_borrow(s, &again, &e, "SELECT ?1"), MVL_OK);
    CHECK(again == statement);
    CHECK_EQ_INT(sql_step(again, &has_row, &e), MVL_OK);
    CHECK(has_row);
    CHECK_EQ_INT(sqlite3_column_type(again, 0), SQLITE_NULL);
    sql_give_back(s, again);
    sql_give_back(s, NULL);
    store_done(s);
}

TEST(nobody_gets_what_is_lent)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *first, *second;
    CHECK_EQ_INT(sql_borrow(s, &first, &e, "SELECT %d", 1), MVL_OK);
    CHECK_EQ_INT(sql_borrow(s, &second, &e, "SELECT %d", 1), MVL_OK);
    CHECK(first != second);
    sql_forget(s);
    bool has_row;
    CHECK_EQ_INT(sql_step(first, &has_row, &e), MVL_OK); /* it is still there */
    CHECK(has_row);
    sql_give_back(s, first);
    sql_give_back(s, second);
    store_done(s);
}

TEST(the_statement_that_was_not_used_for_longest_goes_first)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *used = borrowed(s, "SELECT 'used'"), *lent;
    CHECK_EQ_INT(sql_borrow(s, &lent, &e, "SELECT 'lent'"), MVL_OK);
    for (int i = 0; i < 3 * SQL_MOST_KEPT; i++) {
        char sql[32];
        snprintf(sql, sizeof sql, "SELECT %d", i);
        borrowed(s, sql);
        CHECK(borrowed(s, "SELECT 'used'") == used);
    }
    int n = 0;
    for (sqlite3_stmt *k = sqlite3_next_stmt(s->db, NULL); k; k = sqlite3_next_stmt(s->db, k))
        n++;
    CHECK_EQ_INT(n, SQL_MOST_KEPT);
    sql_give_back(s, lent);
    sql_forget(s);
    CHECK(!sqlite3_next_stmt(s->db, NULL));
    store_done(s);
}

TEST(what_is_kept_follows_changes_of_its_table)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(sql_exec(s->db, &e, "CREATE TABLE t (x)"), MVL_OK);
    const int64_t row[] = {7};
    CHECK_EQ_INT(sql_run_kept(s, "INSERT INTO t (x) VALUES (?)", row, 1, &e), MVL_OK);
    CHECK_EQ_INT(sql_exec(s->db, &e, "ALTER TABLE t ADD COLUMN y DEFAULT 3"), MVL_OK);
    CHECK_EQ_INT(sql_run_kept(s, "INSERT INTO t (x) VALUES (?)", row, 1, &e), MVL_OK);
    CHECK_EQ_INT(count_rows(s), 2);
    CHECK_EQ_INT(sql_exec(s->db, &e, "DROP TABLE t"), MVL_OK);
    CHECK_EQ_INT(sql_run_kept(s, "INSERT INTO t (x) VALUES (?)", row, 1, &e), MVL_INTERNAL);
    CHECK(strstr(e.reason, "no such table") != NULL);
    store_done(s);
}

TEST(a_statement_that_cannot_be_prepared_is_not_kept)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *statement;
    CHECK_EQ_INT(sql_borrow(s, &statement, &e, "SELECT x FROM t"), MVL_INTERNAL);
    CHECK(statement == NULL);
    CHECK_EQ_INT(sql_exec(s->db, &e, "CREATE TABLE t (x)"), MVL_OK);
    CHECK(borrowed(s, "SELECT x FROM t") != NULL);
    store_done(s);
}

TEST(reads_are_one_transaction_until_it_is_given_back)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    sqlite3_stmt *reads;
    CHECK_EQ_INT(sql_begin_reads(s, 1, &reads, &e), MVL_OK);
    CHECK(reads == NULL); /* one read has its own */
    CHECK_EQ_INT(sql_begin_reads(s, 2, &reads, &e), MVL_OK);
    int64_t format;
    CHECK_EQ_INT(sql_integer(s->db, 0, &format, &e, "SELECT value FROM meta WHERE key = 'format'"), MVL_OK);
    CHECK_EQ_INT(sqlite3_txn_state(s->db, NULL), SQLITE_TXN_READ);
    sql_give_back(s, reads);
    CHECK_EQ_INT(sqlite3_txn_state(s->db, NULL), SQLITE_TXN_NONE);
    store_done(s);
}

TEST(no_connection_is_no_memory)
{
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(sql_error(NULL, "opening the database", &e), MVL_NOMEM);
    CHECK_STR(e.reason, "out of memory while opening the database");
}
