#include "engine/verify.h"

#include "databases.h"
#include "storage/sql.h"

enum { N = 3000 };

struct told {
    int n;
    char all[2000];
};

static void note(void *context, struct str what)
{
    struct told *t = context;
    size_t used = strlen(t->all);
    t->n++;
    snprintf(t->all + used, sizeof t->all - used, "%.*s\n", STR_ARGS(what));
}

static struct told verified(struct db *db)
{
    struct told told = {0};
    struct error e = ERROR_NONE;
    CHECK_CODE(db_verify(db, note, &told, &e), MVL_OK);
    return told;
}

static void check_told(struct db *db, int n, const char *text)
{
    struct told told = verified(db);
    if (!CHECK_EQ_INT(told.n, n) || !CHECK(strstr(told.all, text) != NULL))
        printf("# told: %s\n", told.all);
}

static void change(struct db *db, const char *sql)
{
    struct error e = ERROR_NONE;
    struct store *s = db_store(db);
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(store_end(s, sql_exec(s->db, &e, "%s", sql), &e), MVL_OK);
}

static struct db *db_with_rows(void)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, N, 1), MVL_OK);
    return db;
}

TEST(nothing_is_told_of_what_was_written_replaced_and_deleted)
{
    static const int64_t ids[] = {7, 9, 2999};
    struct db *db = db_empty();
    CHECK_EQ_INT(verified(db).n, 0);
    CHECK_EQ_INT(db_create(db, "empty", DOCS_SCHEMA), MVL_OK);
    db_done(db);
    db = db_with_rows();
    CHECK_EQ_INT(docs_delete(db_lookup(db, STR("docs")), ids, 3), 3);
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 100, 50, 2), MVL_OK);
    CHECK_EQ_INT(verified(db).n, 0);
    db = db_reopened(db);
    CHECK_EQ_INT(verified(db).n, 0);
    db_done(db);
}

TEST(a_changed_vector_is_told_by_collection_field_and_chunk)
{
    struct db *db = db_with_rows();
    struct error e = ERROR_NONE;
    uint64_t n;
    const uint8_t row[] = {0, 0x40, 0x9a, 0x44, 0, 0, 0x80, 0x3f}; /* (1234, 1) */
    db_done(db);
    uint8_t *file = platform_memory_file(DB_PATH, &n), *at = NULL;
    for (uint64_t i = 0; i + sizeof row < n; i++)
        if (memcmp(file + i, row, sizeof row) == 0)
            at = file + i;
    if (!CHECK(at != NULL))
        return;
    *at ^= 1;
    db = NULL;
    CHECK_CODE(db_open(&db, STR(DB_PATH), (struct store_options){.read_only = true}, &e), MVL_OK);
    check_told(db, 1, "collection 'docs': chunk 0 of field '");
    db_done(db);
}

TEST(numbers_that_do_not_agree_are_told)
{
    struct db *db = db_with_rows();
    change(db, "DELETE FROM e1 WHERE \"$row\" = 17");
    check_told(db, 1, "collection 'docs': it has 2999 entities and counts 3000");
    change(db, "DELETE FROM v1_102");
    check_told(db, 2, "collection 'docs': field 'v' has 0 vectors for 3000 rows");
    db_done(db);
}

TEST(a_table_that_is_not_there_is_an_error)
{
    struct db *db = db_with_rows();
    struct error e = ERROR_NONE;
    struct told told = {0};
    change(db, "DROP TABLE e1");
    CHECK(db_verify(db, note, &told, &e) != MVL_OK);
    db_done(db);
}

TEST(a_part_of_an_index_is_told)
{
    struct db *db = db_with_rows();
    change(
        db,
        "CREATE TABLE g1_102 (chunk INTEGER PRIMARY KEY, data BLOB); INSERT INTO g1_102 VALUES (0, x'0102')");
    check_told(db, 1, "collection 'docs': what is kept of the index of field 102 is damaged");
    db_done(db);
}

TEST(compacting_a_database_keeps_its_rows)
{
    struct db *db = db_with_rows();
    struct error e = ERROR_NONE;
    uint64_t before, after;
    CHECK_EQ_INT(db_create(db, "more", DOCS_SCHEMA), MVL_OK);
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("more")), 0, N, 1), MVL_OK);
    CHECK_CODE(db_checkpoint(db, &e), MVL_OK);
    CHECK(platform_memory_file(DB_PATH, &before) != NULL);
    CHECK_CODE(db_drop_collection(db, STR("more"), &e), MVL_OK);
    CHECK_CODE(db_compact(db, &e), MVL_OK);
    CHECK(platform_memory_file(DB_PATH, &after) != NULL);
    CHECK(after < before);
    CHECK_EQ_INT(verified(db).n, 0);
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, N);
    db_done(db);
}
