#include "engine/databases.h"

#include "databases.h"
#include "engine/aliases.h"
#include "platform.h"

static void check_names(const struct db *db, const char *expected)
{
    char text[2000] = "";
    const struct database *d;
    size_t n = 0;
    for (uint32_t i = 0; (d = db_database_at(db, i)) && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s ", STR_ARGS(database_name(d)));
    CHECK_STR(text, expected);
}

static int create(struct db *db, const char *name)
{
    struct error e = ERROR_NONE;
    return db_create_database(db, str_of(name), NULL, &e);
}

static int use(struct db *db, const char *name)
{
    struct error e = ERROR_NONE;
    return db_use(db, str_of(name), &e);
}

TEST(there_is_always_the_default_one)
{
    struct error e;
    struct db *db = db_empty();
    check_names(db, "default ");
    CHECK(str_eq(db_database_name(db), STR("default")));
    CHECK_CODE(db_drop_database(db, STR("default"), &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "can not drop default database");
    CHECK_CODE(db_drop_database(db, STR("none"), &e), MVL_DATABASE_NOT_FOUND);
    CHECK_STR(e.reason, "database not found[database=none]");
    CHECK_EQ_INT(use(db, "none"), MVL_DATABASE_NOT_FOUND);
    CHECK_EQ_INT(use(db, ""), MVL_OK);
    check_names(db, "default ");
    db_done(db);
}

TEST(each_has_collections_and_aliases_of_its_own)
{
    struct error e;
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    CHECK_EQ_INT(create(db, "other"), MVL_OK);
    CHECK_EQ_INT(use(db, "other"), MVL_OK);
    CHECK(db_lookup(db, STR("docs")) == NULL && db_collection_at(db, 0) == NULL);
    CHECK_EQ_INT(db_create(db, "docs", DOCS_SCHEMA), MVL_OK);
    CHECK_CODE(db_create_alias(db, STR("docs"), STR("alias"), &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 5, 1), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_EQ_INT(use(db, "default"), MVL_OK);
        CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, 3);
        CHECK(db_lookup(db, STR("alias")) == NULL);
        CHECK_EQ_INT(use(db, "other"), MVL_OK);
        CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, 5);
        CHECK(db_lookup(db, STR("alias")) == db_lookup(db, STR("docs")));
        CHECK(db_collection_at(db, 0) == db_lookup(db, STR("docs")) && db_collection_at(db, 1) == NULL);
        db = db_reopened(db);
    }
    CHECK_CODE(db_drop_database(db, STR("other"), &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "database:other not empty, must drop all collections before drop database");
    CHECK_EQ_INT(use(db, "other"), MVL_OK);
    CHECK_CODE(db_drop_alias(db, STR("alias"), &e), MVL_OK);
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_OK);
    CHECK_CODE(db_drop_database(db, STR("other"), &e), MVL_OK);
    CHECK(str_eq(db_database_name(db), STR("default")));
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, 3);
    db = db_reopened(db);
    check_names(db, "default ");
    db_done(db);
}

TEST(a_collection_moves_to_another_one_without_aliases)
{
    struct error e;
    int64_t versions[3] = {1, 1, 1};
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    CHECK_EQ_INT(create(db, "other"), MVL_OK);
    CHECK_CODE(db_create_alias(db, STR("docs"), STR("a"), &e), MVL_OK);
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("b"), STR("other"), &e), MVL_PARAM_INVALID);
    CHECK_CODE(db_drop_alias(db, STR("a"), &e), MVL_OK);
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("b"), STR("none"), &e), MVL_DATABASE_NOT_FOUND);
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("docs"), STR("other"), &e), MVL_OK);
    CHECK(db_lookup(db, STR("docs")) == NULL);
    db = db_reopened(db);
    CHECK(db_lookup(db, STR("docs")) == NULL);
    CHECK_EQ_INT(use(db, "other"), MVL_OK);
    docs_check(db_lookup(db, STR("docs")), versions, 3);
    db_done(db);
}

TEST(names_are_judged_and_numbers_limited)
{
    static const char *const refused[] = {"", "1", "a b", "a-b"};
    char name[16];
    struct error e;
    struct db *db = db_empty();
    for (size_t i = 0; i < COUNT(refused); i++)
        CHECK_EQ_INT(create(db, refused[i]), MVL_DATABASE_NAME);
    CHECK_EQ_INT(create(db, "default"), MVL_UNEXPECTED);
    for (int i = 1; i < LIMIT_MAX_DATABASES; i++) {
        snprintf(name, sizeof name, "d%d", i);
        CHECK_EQ_INT(create(db, name), MVL_OK);
    }
    CHECK_EQ_INT(create(db, "more"), MVL_DATABASE_LIMIT);
    CHECK_CODE(db_drop_database(db, STR("d7"), &e), MVL_OK);
    CHECK_EQ_INT(create(db, "more"), MVL_OK);
    db_done(db);
}

static void check_properties(struct db *db, const char *expected)
{
    struct error e;
    const struct database *d;
    char text[200];
    CHECK_CODE(db_find_database(db, STR("d"), &d, &e), MVL_OK);
    snprintf(text, sizeof text, "%.*s", STR_ARGS(database_properties(d)));
    CHECK_STR(text, expected);
}

TEST(properties_are_kept)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_empty();
    struct json *set, *more;
    const struct str drop = STR("a");
    CHECK_EQ_INT(json_parse(STR("{\"a\":1,\"b\":\"x\"}"), &a, &set, "", &e), MVL_OK);
    CHECK_EQ_INT(json_parse(STR("{\"b\":true}"), &a, &more, "", &e), MVL_OK);
    CHECK_CODE(db_create_database(db, STR("d"), set, &e), MVL_OK);
    check_properties(db, "{\"a\":\"1\",\"b\":\"x\"}");
    const struct property_change change = {.set = more, .drop = &drop, .n_drop = 1};
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_CODE(db_alter_database(db, STR("d"), &change, &e), MVL_IO);
    platform_memory_fail(0, 0, CRASH_NONE);
    check_properties(db, "{\"a\":\"1\",\"b\":\"x\"}");
    CHECK_CODE(db_alter_database(db, STR("d"), &change, &e), MVL_OK);
    CHECK_CODE(db_alter_database(db, STR("none"), &change, &e), MVL_DATABASE_NOT_FOUND);
    db = db_reopened(db);
    check_properties(db, "{\"b\":\"true\"}");
    arena_fini(&a);
    db_done(db);
}

TEST(what_fails_on_disk_has_not_happened)
{
    struct error e;
    struct db *db = db_empty();
    CHECK_EQ_INT(create(db, "d"), MVL_OK);
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        CHECK_EQ_INT(create(db, "x"), MVL_DISK_FULL);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(db_drop_database(db, STR("d"), &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        check_names(db, "default d ");
    }
    db = db_reopened(db);
    check_names(db, "default d ");
    db_done(db);
}
