#include "storage/integrity.h"

#include "storage/sql.h"
#include "stores.h"

struct told {
    int n;
    char first[200];
};

static void note(void *context, struct str what)
{
    struct told *t = context;
    if (t->n++ == 0)
        snprintf(t->first, sizeof t->first, "%.*s", STR_ARGS(what));
}

static void with_table(struct store *s, int rows)
{
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(
        COMMITTED(s, sql_exec(s->db, &e,
                              "CREATE TABLE e3 (k INTEGER UNIQUE, v BLOB);"
                              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d)"
                              "INSERT INTO e3 SELECT i, randomblob(3000) FROM n",
                              rows)),
        MVL_OK);
}

TEST(nothing_is_told_of_a_whole_file)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    struct told told = {0};
    with_table(s, 50);
    CHECK_EQ_INT(integrity_check(s, note, &told, &e), MVL_OK);
    CHECK_EQ_INT(told.n, 0);
    store_done(s);
}

TEST(a_key_that_its_index_does_not_know_is_told)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    struct told told = {0};
    with_table(s, 50);
    CHECK_EQ_INT(sql_exec(s->db, &e,
                          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE e3 (k "
                          "INTEGER, v BLOB)'"
                          " WHERE name = 'e3'; DELETE FROM sqlite_schema WHERE name LIKE '%%autoindex_e3%%'"),
                 MVL_OK);
    store_done(s);
    s = store_reopen((struct store_options){0});
    CHECK_EQ_INT(integrity_check(s, note, &told, &e), MVL_OK);
    CHECK(told.n > 0); /* pages of the index belong to nobody now */
    store_done(s);
}

TEST(entities_are_counted)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    int64_t n = 0;
    with_table(s, 50);
    CHECK_EQ_INT(integrity_count(s, 3, &n, &e), MVL_OK);
    CHECK_EQ_INT(n, 50);
    CHECK(integrity_count(s, 4, &n, &e) != MVL_OK);
    store_done(s);
}

TEST(compacting_makes_the_file_smaller_and_keeps_what_is_in_it)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    uint64_t before, after;
    int64_t n = 0;
    with_table(s, 9000);
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "DELETE FROM e3 WHERE k > 100")), MVL_OK);
    CHECK_EQ_INT(store_checkpoint(s, &e), MVL_OK);
    CHECK(platform_memory_file(STORE_PATH, &before) != NULL);
    CHECK_EQ_INT(integrity_compact(s, &e), MVL_OK);
    CHECK(platform_memory_file(STORE_PATH, &after) != NULL);
    CHECK(after * 20 < before);
    CHECK_EQ_INT(integrity_compact(s, &e), MVL_OK); /* nothing is left to do */
    CHECK_EQ_INT(integrity_count(s, 3, &n, &e), MVL_OK);
    CHECK_EQ_INT(n, 100);
    store_done(s);
}

TEST(a_read_only_file_with_free_pages_is_not_compacted)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    with_table(s, 100);
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "DELETE FROM e3")), MVL_OK);
    store_done(s);
    s = store_reopen((struct store_options){.read_only = true});
    CHECK_EQ_INT(integrity_compact(s, &e), MVL_READ_ONLY);
    store_done(s);
}
