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

TEST(no_connection_is_no_memory)
{
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(sql_error(NULL, "opening the database", &e), MVL_NOMEM);
    CHECK_STR(e.reason, "out of memory while opening the database");
}
