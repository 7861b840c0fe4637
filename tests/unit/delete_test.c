#include "engine/delete.h"

#include "databases.h"
#include "engine/columns.h"

enum { N = 500 };

static struct collection *loaded_docs(struct db *db)
{
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(docs_write_range(c, 0, N, 1), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    return c;
}

static uint32_t delete_where(struct collection *c, const char *filter, int expected)
{
    struct arena a = {0};
    struct error e;
    uint32_t n_deleted = 0;
    const struct delete_request r = {.filter = str_of(filter)};
    CHECK_CODE(collection_delete(c, &r, &a, &n_deleted, &e), expected);
    arena_fini(&a);
    return n_deleted;
}

TEST(rows_that_the_filter_is_true_of_go)
{
    static int64_t versions[N];
    struct db *db = db_with_docs();
    struct collection *c = loaded_docs(db);
    struct error e;
    uint32_t n_expected = 0;
    for (uint32_t id = 0; id < N; id++) { /* a text that is null is not unequal to "7": it stays */
        versions[id] = id >= 100 || id % 4 == 0 || id == 7;
        n_expected += !versions[id];
    }
    CHECK_EQ_INT(delete_where(c, "id < 100 and text != '7'", MVL_OK), n_expected);
    docs_check(c, versions, N);
    CHECK_EQ_INT(delete_where(c, "id < 100 and text != '7'", MVL_OK), 0);
    docs_check(c, versions, N);
    db = db_reopened(db);
    c = db_lookup(db, STR("docs"));
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    docs_check(c, versions, N);
    db_done(db);
}

TEST(keys_that_are_not_there_or_stand_twice_are_not_counted)
{
    static const int64_t ids[] = {9, N, 3, 9, -4, 3, 499};
    static int64_t versions[N];
    struct db *db = db_with_docs();
    struct collection *c = loaded_docs(db);
    for (uint32_t id = 0; id < N; id++)
        versions[id] = id != 9 && id != 3 && id != 499;
    CHECK_EQ_INT(docs_delete(c, ids, COUNT(ids)), 3);
    docs_check(c, versions, N);
    CHECK_EQ_INT(docs_delete(c, ids, COUNT(ids)), 0);
    docs_check(c, versions, N);
    db_done(db);
}

TEST(a_row_written_again_is_judged_as_it_is_now)
{
    static int64_t versions[N];
    struct db *db = db_with_docs();
    struct collection *c = loaded_docs(db);
    CHECK_EQ_INT(delete_where(c, "d == 2", MVL_OK), 0);
    CHECK_EQ_INT(docs_write_range(c, 20, 30, 2), MVL_OK);
    CHECK_EQ_INT(delete_where(c, "d == 2", MVL_OK), 30);
    CHECK_EQ_INT(docs_write_range(c, 25, 5, 3), MVL_OK);
    for (uint32_t id = 0; id < N; id++)
        versions[id] = id >= 25 && id < 30 ? 3 : id < 20 || id >= 50;
    docs_check(c, versions, N);
    db_done(db);
}

TEST(a_filter_that_is_wrong_deletes_nothing)
{
    static const char *const wrong[] = {"id <", "nosuch((", "id < 'x'", "v == 1"};
    static int64_t versions[N];
    struct db *db = db_with_docs();
    struct collection *c = loaded_docs(db);
    for (uint32_t id = 0; id < N; id++)
        versions[id] = 1;
    for (size_t i = 0; i < COUNT(wrong); i++)
        delete_where(c, wrong[i], MVL_PARAM_INVALID);
    docs_check(c, versions, N);
    db_done(db);
}

TEST(a_released_collection_keeps_no_columns)
{
    struct db *db = db_with_docs();
    struct collection *c = loaded_docs(db);
    struct error e;
    CHECK_EQ_INT(delete_where(c, "id < 10", MVL_OK), 10);
    CHECK(columns_bytes(c) > 0);
    CHECK_CODE(collection_set_state(c, LOAD_STATE_NotLoad, &e), MVL_OK);
    CHECK_EQ_INT(delete_where(c, "id < 20", MVL_OK), 10);
    CHECK_EQ_INT(columns_bytes(c), 0);
    CHECK_EQ_INT(c->n_rows, N - 20);
    db_done(db);
}
