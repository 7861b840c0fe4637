#include "engine/lifetime.h"

#include "databases.h"
#include "engine/alterations.h"
#include "platform.h"
#include "storage/receipts.h"
#include "storage/sql.h"

enum { TTL_SECONDS = 640, TTL = TTL_SECONDS * 1000, STEP = TTL / 64, HALF = TTL / 2 };

static int alter(struct collection *c, const char *properties, struct error *e)
{
    struct arena a = {0};
    struct property_change change = {.set = json_of(&a, properties)};
    *e = ERROR_NONE;
    int rc = collection_alter(c, &change, e);
    arena_fini(&a);
    return rc;
}

static struct db *db_with_mortal_docs(void)
{
    struct error e;
    struct db *db = db_with_docs();
    CHECK_CODE(alter(db_lookup(db, STR("docs")), "{'collection.ttl.seconds':640}", &e), MVL_OK);
    return db;
}

/* What is left after so much time: rows from first on, of n. */
static void check_left(struct collection *c, double milliseconds, uint32_t first, uint32_t n)
{
    static int64_t versions[MOST_ROWS];
    struct error e;
    platform_memory_pass(milliseconds);
    CHECK_CODE(lifetime_expire(c, &e), MVL_OK);
    for (uint32_t id = 0; id < n; id++)
        versions[id] = id >= first;
    docs_check(c, versions, n);
}

static int64_t count_marks(struct collection *c)
{
    struct error e;
    int64_t n = -1;
    CHECK_CODE(sql_integer(c->store->db, 0, &n, &e, "SELECT count(*) FROM mark"), MVL_OK);
    return n;
}

TEST(rows_go_when_their_time_is_over_and_never_earlier)
{
    struct error e;
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    platform_memory_pass(STEP - 1);
    CHECK_EQ_INT(docs_write_range(c, 10, 10, 1), MVL_OK); /* of the same mark */
    platform_memory_pass(1);
    CHECK_EQ_INT(docs_write_range(c, 20, 10, 1), MVL_OK);
    CHECK_EQ_INT(count_marks(c), 2);
    check_left(c, TTL - 1, 0, 30);
    check_left(c, 1, 20, 30); /* just over for the youngest of the first mark */
    CHECK_EQ_INT(count_marks(c), 1);
    check_left(c, STEP - 1, 20, 30);
    check_left(c, 1, 30, 30);
    CHECK_EQ_INT(count_marks(c), 0);
    check_left(c, 100.0 * TTL, 30, 30);
    CHECK_EQ_INT(docs_write_range(c, 30, 5, 1), MVL_OK);
    check_left(c, TTL, 30, 35);
    check_left(c, STEP, 35, 35);
    db_done(db);
}

TEST(what_is_written_again_lives_anew)
{
    struct error e;
    static int64_t versions[20];
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 20, 1), MVL_OK);
    platform_memory_pass(HALF);
    CHECK_EQ_INT(docs_write_range(c, 5, 3, 2), MVL_OK);
    platform_memory_pass(HALF + STEP);
    CHECK_CODE(lifetime_expire(c, &e), MVL_OK);
    for (int id = 5; id < 8; id++)
        versions[id] = 2;
    docs_check(c, versions, 20);
    db_done(db);
}

TEST(it_goes_on_after_reopening_and_in_idle_time)
{
    struct error e;
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    platform_memory_pass(TTL);
    db = db_reopened(db);
    c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(c->properties.ttl_seconds, TTL_SECONDS);
    CHECK_EQ_INT(docs_write_range(c, 10, 10, 1), MVL_OK);
    check_left(c, 0, 0, 20);
    CHECK(!lifetime_is_over(c));
    CHECK_EQ_INT(db_work(db), 0);
    platform_memory_pass(STEP);
    CHECK(db_work(db) > 0);
    CHECK_CODE(db_maintain(db, 1, &e), MVL_OK);
    CHECK_EQ_INT(db_work(db), 0);
    CHECK_EQ_INT(c->n_rows, 10);
    check_left(c, 0, 10, 20);
    db_done(db);
}

TEST(what_was_there_before_counts_from_when_it_is_set)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    check_left(c, 5.0 * TTL, 0, 10);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':'640'}", &e), MVL_OK);
    check_left(c, TTL - 1, 0, 10);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':64000}", &e), MVL_OK); /* another one: marks stay */
    check_left(c, 99.0 * TTL, 0, 10);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':-1}", &e), MVL_OK); /* none: they go */
    CHECK_EQ_INT(count_marks(c), 0);
    check_left(c, TTL, 0, 10);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':0}", &e), MVL_OK);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':640}", &e), MVL_OK);
    check_left(c, TTL - 1, 0, 10);
    CHECK_CODE(alter(c, "{'collection.ttl.seconds':1}", &e), MVL_OK);
    check_left(c, 0, 10, 10);
    db_done(db);
}

TEST(a_clock_that_was_wrong_holds_nothing_up_for_long)
{
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    platform_memory_pass(1000.0 * TTL);
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    platform_memory_pass(-1000.0 * TTL);
    CHECK_EQ_INT(docs_write_range(c, 10, 10, 1), MVL_OK);
    check_left(c, TTL, 0, 20);
    check_left(c, STEP, 20, 20);
    db_done(db);
}

TEST(emptying_and_dropping_forget_the_marks)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    CHECK_CODE(collection_truncate(c, &e), MVL_OK);
    CHECK_EQ_INT(count_marks(c), 0);
    platform_memory_pass(TTL);
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    check_left(c, TTL, 0, 10);
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_OK);
    struct collection_request r = {.name = STR("new"),
                                   .schema = schema_of(&a, DOCS_SCHEMA),
                                   .properties = json_of(&a, "{'collection.ttl.seconds':640}")};
    CHECK_CODE(db_create_collection(db, &r, &e), MVL_OK);
    arena_fini(&a);
    c = db_lookup(db, STR("new"));
    CHECK_EQ_INT(count_marks(c), 0);
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    check_left(c, TTL, 0, 10);
    check_left(c, STEP, 10, 10);
    db_done(db);
}

/* Each change of the file fails once, of deleting and of writing. */
TEST(a_failure_leaves_the_rows_for_the_next_time)
{
    struct error e;
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    int rc = MVL_IO;
    for (uint64_t nth = 1; rc != MVL_OK; nth++) {
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        rc = docs_write_range(c, 0, 10, 1);
        platform_memory_fail(0, 0, CRASH_NONE);
    }
    CHECK_EQ_INT(count_marks(c), 1);
    platform_memory_pass(TTL + STEP);
    rc = MVL_IO;
    for (uint64_t nth = 1; rc != MVL_OK; nth++) {
        CHECK_EQ_INT(c->n_rows, 10);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        rc = lifetime_expire(c, &e);
        platform_memory_fail(0, 0, CRASH_NONE);
    }
    check_left(c, 0, 10, 10);
    db_done(db);
}

TEST(a_read_only_database_passes_over_them_and_deletes_nothing)
{
    struct error e;
    struct db *db = db_with_mortal_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 10, 1), MVL_OK);
    platform_memory_pass(HALF);
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 10, 5, 1), MVL_OK);
    CHECK_CODE(db_close(db, &e), MVL_OK);
    CHECK_CODE(db_open(&db, STR(DB_PATH), (struct store_options){.read_only = true}, &e), MVL_OK);
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    check_left(c, 0, 0, 15);
    check_left(c, HALF + STEP, 10, 15);
    CHECK(collection_count(c) == 5 && c->n_rows == 15);
    collection_drop_caches(c);
    check_left(c, 0, 10, 15);
    CHECK(!lifetime_is_over(c)); /* there is no work in it */
    check_left(c, HALF, 15, 15);
    db_done(db);
}

static int no_reply(void *context, const uint8_t **bytes, size_t *n)
{
    (void)context;
    *bytes = NULL;
    *n = 0;
    return MVL_OK;
}

static bool is_receipt_there(struct collection *c)
{
    struct arena a = {0};
    struct error e;
    struct str reply;
    bool found = false;
    CHECK_CODE(receipts_find(c->store, 7, 1, &a, &found, &reply, &e), MVL_OK);
    arena_fini(&a);
    return found;
}

TEST(the_receipt_of_a_request_goes_with_its_own_changes)
{
    struct error e;
    struct receipt receipt = {7, 1, 1.7e12, no_reply, NULL};
    struct db *db = db_with_mortal_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    platform_memory_pass(TTL + STEP);
    store_give_receipt(c->store, &receipt);
    CHECK_CODE(lifetime_expire(c, &e), MVL_OK);
    CHECK_EQ_INT(c->n_rows, 0);
    CHECK(!is_receipt_there(c));
    CHECK_EQ_INT(docs_write_range(c, 0, 1, 1), MVL_OK);
    CHECK(is_receipt_there(c));
    store_give_receipt(c->store, NULL);
    db_done(db);
}
