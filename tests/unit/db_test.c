#include "engine/db.h"

#include "engine/columns.h"

#include "databases.h"
#include "platform.h"

/* The names of all collections, by age, each followed by a space. */
static void check_names(const struct db *db, const char *expected)
{
    char text[256] = "";
    const struct collection *c;
    for (uint32_t i = 0; (c = db_collection_at(db, i)); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s ", STR_ARGS(c->name));
    CHECK_STR(text, expected);
}

static const char other_schema[] =
    "{'fields':[{'name':'k','type':21,'max_length':5,'is_primary':true},{'name':'v','type':101,'dim':9}]}";

TEST(collections_are_created_found_and_there_after_reopening)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = NULL;
    CHECK_EQ_INT(db_create(db, "b", other_schema), MVL_OK);
    CHECK_EQ_INT(db_create(db, "a", other_schema), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        check_names(db, "docs b a ");
        CHECK_CODE(db_find(db, STR("a"), &c, &e), MVL_OK);
        CHECK(c && c == db_lookup(db, STR("a")) && c->schema->fields[1].dim == 9 && c->n_rows == 0);
        CHECK_EQ_INT(c->state, LOAD_STATE_Loaded);
        CHECK(db_lookup(db, STR("A")) == NULL);
        CHECK_CODE(db_find(db, STR("doc"), &c, &e), MVL_COLLECTION_NOT_FOUND);
        CHECK_STR(e.reason, "can't find collection[database=default][collection=doc]");
        db = db_reopened(db);
    }
    db_done(db);
}

TEST(an_equal_schema_again_is_fine_another_is_not)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    CHECK_EQ_INT(db_create(db, "docs", DOCS_SCHEMA), MVL_OK);
    CHECK_EQ_INT(db_create(db, "docs", other_schema), MVL_UNEXPECTED);
    check_names(db, "docs ");
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, 3);
    db_done(db);
}

TEST(names_and_schemas_are_judged_before_anything_is_made)
{
    char long_name[LIMIT_MAX_NAME_BYTES + 2];
    struct db *db = db_empty();
    memset(long_name, 'n', sizeof long_name);
    long_name[LIMIT_MAX_NAME_BYTES + 1] = 0;
    static const char *const names[] = {"", "1", "a-b", "a b", "\xc3\xa9"};
    for (size_t i = 0; i < COUNT(names); i++)
        CHECK_EQ_INT(db_create(db, names[i], DOCS_SCHEMA), MVL_PARAM_INVALID);
    CHECK_EQ_INT(db_create(db, long_name, DOCS_SCHEMA), MVL_PARAM_INVALID);
    CHECK_EQ_INT(db_create(db, "a", "{'fields':[{'name':'v','type':101,'dim':2}]}"), MVL_PRIMARY_KEY);
    check_names(db, "");
    CHECK_EQ_INT(db_create(db, long_name + 1, DOCS_SCHEMA), MVL_OK);
    db_done(db);
}

TEST(indexes_come_with_their_collection_or_neither_does)
{
    struct arena a = {0};
    struct error e;
    struct db *db = db_empty();
    const struct schema *s = schema_of(&a, DOCS_SCHEMA);
    struct index_request two[] = {{.field = STR("v"), .metric = STR("L2")},
                                  {.field = STR("v"), .name = STR("x")}};
    struct collection_request r = {STR("docs"), s, two, 2};
    CHECK_CODE(db_create_collection(db, &r, &e), MVL_INDEX_DUPLICATE);
    check_names(db, "");
    two[1].field = STR("w");
    CHECK_CODE(db_create_collection(db, &r, &e), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        const struct collection *c = db_lookup(db, STR("docs"));
        CHECK_EQ_INT(c->n_indexes, 2);
        CHECK(collection_index_on(c, STR("v")) && collection_index_on(c, STR("v"))->metric == METRIC_L2);
        CHECK(collection_find_index(c, STR("x")) &&
              str_eq(collection_find_index(c, STR("x"))->field, STR("w")));
        db = db_reopened(db);
    }
    arena_fini(&a);
    db_done(db);
}

TEST(a_drop_takes_rows_and_name)
{
    struct error e;
    struct db *db = db_with_docs();
    CHECK_EQ_INT(db_create(db, "b", other_schema), MVL_OK);
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_OK);
    CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_OK);
    check_names(db, "b ");
    CHECK_EQ_INT(db_create(db, "docs", DOCS_SCHEMA), MVL_OK);
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_rows, 0);
    db = db_reopened(db);
    check_names(db, "b docs ");
    db_done(db);
}

TEST(a_rename_keeps_everything_else)
{
    struct error e;
    struct db *db = db_with_docs();
    int64_t versions[5] = {1, 1, 1, 0, 0};
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    CHECK_EQ_INT(db_create(db, "b", other_schema), MVL_OK);
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("b"), STR_NONE, &e), MVL_UNEXPECTED);
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("no name"), STR_NONE, &e), MVL_PARAM_INVALID);
    CHECK_CODE(db_rename_collection(db, STR("none"), STR("c"), STR_NONE, &e), MVL_COLLECTION_NOT_FOUND);
    check_names(db, "docs b ");
    CHECK_CODE(db_rename_collection(db, STR("docs"), STR("c"), STR_NONE, &e), MVL_OK);
    check_names(db, "c b ");
    db = db_reopened(db);
    check_names(db, "c b ");
    docs_check(db_lookup(db, STR("c")), versions, 5);
    db_done(db);
}

TEST(what_fails_on_disk_has_not_happened)
{
    struct error e;
    struct db *db = db_with_docs();
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(db_rename_collection(db, STR("docs"), STR("c"), STR_NONE, &e), MVL_IO);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(db_drop_collection(db, STR("docs"), &e), MVL_IO);
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        CHECK_EQ_INT(db_create(db, "b", other_schema), MVL_DISK_FULL);
        check_names(db, "docs ");
    }
    platform_memory_fail(0, 0, CRASH_NONE);
    db = db_reopened(db);
    check_names(db, "docs ");
    db_done(db);
}

TEST(a_stored_index_that_makes_no_sense_is_damage)
{
    struct error e;
    struct db *db = db_with_docs();
    struct index_request request = {.field = STR("v"), .type = STR("HNSW"), .metric = STR("COSINE")};
    struct index_definition *d = NULL;
    CHECK_CODE(index_definition_create(db_lookup(db, STR("docs"))->schema, &request, &d, &e), MVL_OK);
    CHECK_CODE(
        collection_add_indexes(db_lookup(db, STR("docs")), db_lookup(db, STR("docs"))->schema, &d, 1, &e),
        MVL_OK);
    CHECK_CODE(db_close(db, &e), MVL_OK);
    uint64_t n;
    uint8_t *file = platform_memory_file(DB_PATH, &n), *at = NULL;
    for (uint64_t i = 0; i + 6 < n && !at; i++)
        if (memcmp(file + i, "COSINE", 6) == 0)
            at = file + i;
    if (CHECK(at != NULL)) {
        memcpy(at, "CASINO", 6);
        CHECK_CODE(db_open(&db, STR(DB_PATH), (struct store_options){0}, &e), MVL_DAMAGED);
        CHECK_STR(e.reason, "the stored index 'v' of collection 'docs' is damaged");
    }
}

TEST(closing_nothing_is_fine_and_memory_can_be_given_back)
{
    struct error e;
    int64_t versions[3] = {1, 1, 1};
    CHECK_CODE(db_close(NULL, &e), MVL_OK);
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 3, 1), MVL_OK);
    db_release_memory(db);
    docs_check(db_lookup(db, STR("docs")), versions, 3);
    db_done(db);
}

/* ---- memory ---- */

/* The bytes of vectors that are in memory. */
static uint64_t in_memory(struct db *db)
{
    const struct vectors *v = db_lookup(db, STR("docs"))->fields[DOCS_V].vectors;
    return v && v->n_chunks && v->chunks[0].rows ? (V_DIM + 1) * sizeof(float) * 4096 : 0;
}

static void work_through(struct db *db)
{
    struct error e;
    while (db_work(db))
        CHECK_CODE(db_maintain(db, 1000, &e), MVL_OK);
}

TEST(vectors_make_room_when_memory_is_short)
{
    struct error e;
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 100, 1), MVL_OK);
    CHECK(!db_release_memory(db)); /* nothing is loaded */
    db = db_reopened(db);
    CHECK_CODE(collection_load(db_lookup(db, STR("docs")), &e), MVL_OK);
    work_through(db);
    CHECK(in_memory(db) > 0);
    db_balance_memory(db);
    CHECK(in_memory(db) > 0);
    db_set_memory_limit(db, 16 * 1024 * 1024); /* all of it is for others */
    CHECK_EQ_INT(in_memory(db), 0);
    CHECK_EQ_INT(db_work(db), 0);
    db_set_memory_limit(db, 64 * 1024 * 1024);
    work_through(db);
    CHECK(in_memory(db) > 0);
    CHECK(db_release_memory(db)); /* memory ran out all the same */
    CHECK_EQ_INT(in_memory(db), 0);
    CHECK(!db_release_memory(db));
    const struct bitmap *found;
    struct arena a = {0};
    CHECK_CODE(columns_filter(db_lookup(db, STR("docs")), STR("id < 5"), NULL, &a, &found, &e), MVL_OK);
    arena_fini(&a);
    CHECK(db_release_memory(db)); /* what filters keep is enough to try again */
    CHECK(!db_release_memory(db));
    db_balance_memory(db);
    CHECK_EQ_INT(db_work(db), 0);
    int64_t versions[100];
    for (int i = 0; i < 100; i++)
        versions[i] = 1;
    docs_check(db_lookup(db, STR("docs")), versions, 100);
    db_done(db);
}

TEST(a_collection_that_cannot_be_maintained_holds_up_no_other)
{
    struct error e;
    struct db *db = db_with_docs();
    CHECK_EQ_INT(db_create(db, "other", DOCS_SCHEMA), MVL_OK);
    struct collection *docs = db_lookup(db, STR("docs")), *other = db_lookup(db, STR("other"));
    CHECK_EQ_INT(docs_write_range(docs, 0, 100, 1), MVL_OK);
    CHECK_EQ_INT(docs_write_range(other, 0, 100, 1), MVL_OK);
    db = db_reopened(db);
    docs = db_lookup(db, STR("docs"));
    other = db_lookup(db, STR("other"));
    CHECK_CODE(collection_load(docs, &e), MVL_OK);
    CHECK_CODE(collection_load(other, &e), MVL_OK);
    platform_memory_fail_reads(1, UINT64_MAX);
    (void)!db_maintain(db, 1, &e); /* of pages that are not in SQLite's cache yet */
    platform_memory_fail_reads(0, 0);
    work_through(db);
    CHECK(docs->fields[DOCS_V].vectors->chunks[0].rows && other->fields[DOCS_V].vectors->chunks[0].rows);
    db_done(db);
}
