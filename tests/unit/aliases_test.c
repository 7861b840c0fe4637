#include "engine/aliases.h"

#include "databases.h"
#include "platform.h"

static struct db *db_of_two(void)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(db_create(db, "b", DOCS_SCHEMA), MVL_OK);
    return db;
}

static int create(struct db *db, const char *collection, const char *alias)
{
    struct error e = ERROR_NONE;
    return db_create_alias(db, str_of(collection), str_of(alias), &e);
}

/* The name of the collection that a name leads to. */
static const char *target(const struct db *db, const char *name)
{
    static char text[80];
    const struct collection *c = db_lookup(db, str_of(name));
    snprintf(text, sizeof text, "%.*s", STR_ARGS(c ? c->name : STR("none")));
    return text;
}

TEST(an_alias_stands_for_its_collection)
{
    struct error e;
    const struct collection *c;
    struct db *db = db_of_two();
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK);
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK); /* no error, no second one */
    CHECK_EQ_INT(create(db, "x", "y"), MVL_OK);    /* by its alias */
    CHECK_EQ_INT(create(db, "b", "z"), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_aliases, 2);
        CHECK_STR(target(db, "x"), "docs");
        CHECK_STR(target(db, "y"), "docs");
        CHECK_STR(target(db, "z"), "b");
        CHECK_CODE(db_find_alias(db, STR("z"), &c, &e), MVL_OK);
        CHECK_CODE(db_find_alias(db, STR("docs"), &c, &e), MVL_ALIAS_NOT_FOUND);
        CHECK_STR(e.reason, "alias not found[database=default][alias=docs]");
        db = db_reopened(db);
    }
    db_done(db);
}

TEST(an_alias_goes_to_another_collection_or_away)
{
    struct error e;
    struct db *db = db_of_two();
    CHECK_EQ_INT(create(db, "docs", "w"), MVL_OK);
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK);
    CHECK_CODE(db_alter_alias(db, STR("b"), STR("w"), &e), MVL_OK);
    CHECK_CODE(db_alter_alias(db, STR("b"), STR("w"), &e), MVL_OK);
    CHECK_STR(target(db, "w"), "b");
    CHECK_STR(target(db, "x"), "docs");
    CHECK_CODE(db_alter_alias(db, STR("b"), STR("none"), &e), MVL_ALIAS_NOT_FOUND);
    CHECK_CODE(db_alter_alias(db, STR("none"), STR("w"), &e), MVL_COLLECTION_NOT_FOUND);
    CHECK_CODE(db_drop_alias(db, STR("x"), &e), MVL_OK);
    CHECK_CODE(db_drop_alias(db, STR("x"), &e), MVL_OK);
    db = db_reopened(db);
    CHECK_STR(target(db, "w"), "b");
    CHECK_STR(target(db, "x"), "none");
    db_done(db);
}

TEST(names_stand_for_one_thing)
{
    struct error e;
    struct db *db = db_of_two();
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK);
    CHECK_EQ_INT(create(db, "b", "x"), MVL_ALIAS_EXISTS);
    CHECK_EQ_INT(create(db, "docs", "b"), MVL_ALIAS_CONFLICT);
    CHECK_EQ_INT(create(db, "docs", "docs"), MVL_ALIAS_CONFLICT);
    CHECK_EQ_INT(create(db, "docs", "a b"), MVL_PARAM_INVALID);
    CHECK_EQ_INT(create(db, "none", "y"), MVL_COLLECTION_NOT_FOUND);
    CHECK_CODE(db_alter_alias(db, STR("docs"), STR("b"), &e), MVL_ALIAS_CONFLICT);
    CHECK_EQ_INT(db_create(db, "x", DOCS_SCHEMA), MVL_ALIAS_CONFLICT);
    CHECK_CODE(db_rename_collection(db, STR("b"), STR("x"), STR_NONE, &e), MVL_ALIAS_CONFLICT);
    CHECK_CODE(db_rename_collection(db, STR("x"), STR("y"), STR_NONE, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "unsupported use an alias to rename collection, alias:x");
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("y"), STR_NONE, &e), MVL_OK);
    CHECK_STR(target(db, "x"), "y"); /* it follows */
    db_done(db);
}

TEST(a_collection_is_not_dropped_by_or_before_its_aliases)
{
    struct error e;
    struct db *db = db_of_two();
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK);
    CHECK_CODE(db_drop_collection(db, STR("x"), &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "cannot drop the collection via alias = x");
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason,
              "unable to drop the collection [docs] because it has associated aliases: drop 'x' first");
    CHECK_CODE(db_drop_alias(db, STR("x"), &e), MVL_OK);
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_OK);
    CHECK_STR(target(db, "docs"), "none");
    db_done(db);
}

TEST(what_fails_on_disk_has_not_happened)
{
    struct error e;
    struct db *db = db_of_two();
    CHECK_EQ_INT(create(db, "docs", "x"), MVL_OK);
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        CHECK_EQ_INT(create(db, "docs", "y"), MVL_DISK_FULL);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(db_alter_alias(db, STR("b"), STR("x"), &e), MVL_IO);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(db_drop_alias(db, STR("x"), &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        CHECK_STR(target(db, "x"), "docs");
        CHECK_STR(target(db, "y"), "none");
    }
    db_done(db);
}
