#include "engine/collection.h"

#include "databases.h"
#include "engine/alterations.h"
#include "platform.h"
#include "storage/catalog.h"
#include "table/vectors.h"

static struct collection *docs_of(struct db *db)
{
    return db_lookup(db, STR("docs"));
}

TEST(written_rows_are_there_loaded_or_not_and_after_reopening)
{
    for (int loaded = 0; loaded < 2; loaded++) {
        struct error e;
        struct db *db = db_with_docs();
        int64_t versions[40];
        for (int i = 0; i < 40; i++)
            versions[i] = i < 30 ? 1 : 0;
        if (loaded)
            CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
        CHECK_EQ_INT(docs_write_range(docs_of(db), 0, 30, 1), MVL_OK);
        docs_check(docs_of(db), versions, 40);
        db = db_reopened(db);
        docs_check(docs_of(db), versions, 40);
        CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
        docs_check(docs_of(db), versions, 40);
        collection_unload(docs_of(db));
        docs_check(docs_of(db), versions, 40);
        db_done(db);
    }
}

static void write_and_delete_at_random(uint64_t memory_limit)
{
    enum { IDS = 60, ROUNDS = 150 };
    struct error e;
    struct db *db = db_with_docs();
    int64_t versions[IDS] = {0};
    uint32_t seed = 11;
    printf("# seed %u\n", seed);
    db_set_memory_limit(db, memory_limit);
    for (int round = 1; round <= ROUNDS; round++) {
        int64_t ids[40];
        uint32_t n = (seed = seed * 1664525 + 1013904223) >> 24, n_there = 0;
        n = n % COUNT(ids);
        for (uint32_t i = 0; i < n; i++)
            ids[i] = (seed = seed * 1664525 + 1013904223) >> 16 & 63;
        for (uint32_t i = 0; i < n; i++)
            ids[i] = ids[i] % IDS; /* twins too */
        if (round % 3) {
            CHECK_CODE(docs_write(docs_of(db), ids, n, round, &e), MVL_OK);
            for (uint32_t i = 0; i < n; i++)
                versions[ids[i]] = round;
        } else {
            for (uint32_t i = 0; i < n; i++) {
                n_there += versions[ids[i]] != 0;
                versions[ids[i]] = 0;
            }
            CHECK_EQ_INT(docs_delete(docs_of(db), ids, n), n_there);
        }
        if (round % 20 == 0)
            CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
        if (round % 50 == 0) {
            db = db_reopened(db);
            db_set_memory_limit(db, memory_limit);
        }
        docs_check(docs_of(db), versions, IDS);
        if (docs_of(db)->is_loaded && memory_limit < 1 << 20)
            CHECK(!docs_of(db)->fields[DOCS_V].vectors->chunks ||
                  !docs_of(db)->fields[DOCS_V].vectors->chunks[0].rows);
    }
    db_done(db);
}

TEST(random_writes_and_deletes_match_a_model)
{
    write_and_delete_at_random(UINT64_C(1) << 32);
}

TEST(they_do_when_vectors_stay_on_disk)
{
    write_and_delete_at_random(1);
}

TEST(rows_over_many_chunks_load_as_they_were_written)
{
    struct error e;
    struct db *db = db_with_docs();
    static int64_t versions[MOST_ROWS], ids[MOST_ROWS];
    for (int i = 0; i < MOST_ROWS; i++)
        versions[i] = 1;
    CHECK_EQ_INT(docs_write_range(docs_of(db), 0, MOST_ROWS, 1), MVL_OK);
    for (int i = 0; i < 4096; i++) {
        ids[i] = i; /* the whole first chunk goes */
        versions[i] = 0;
    }
    CHECK_EQ_INT(docs_delete(docs_of(db), ids, 4096), 4096);
    CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
    docs_check(docs_of(db), versions, MOST_ROWS);
    const struct vectors *v = docs_of(db)->fields[DOCS_V].vectors;
    CHECK_EQ_INT(v->n_present, MOST_ROWS - 4096);
    while (collection_work(docs_of(db)))
        CHECK_CODE(collection_maintain(docs_of(db), 1000, &e), MVL_OK);
    CHECK(v->chunks[0].rows == NULL); /* nothing is kept for rows that are gone */
    CHECK(v->chunks[1].rows != NULL); /* and others come into memory */
    docs_check(docs_of(db), versions, MOST_ROWS);
    db_done(db);
}

enum { SOME = 400 };

/* Searches the field v for some of its rows, exactly: all are looked at. Returns the code, and how many rows there were. */
static int search_all(struct collection *c, uint32_t *n, struct error *e)
{
    struct arena a = {0};
    float query[V_DIM] = {0};
    struct column queries = {.kind = KIND_MATRIX_F32, .width = V_DIM, .data = query};
    struct search_request r = {.queries = &queries,
                               .n_queries = 1,
                               .anns_field = STR("v"),
                               .metric = STR("L2"),
                               .limit = SOME,
                               .round_decimal = -1};
    struct search_result found;
    *e = ERROR_NONE;
    int rc = collection_search(c, &r, &a, &found, e);
    *n = rc == MVL_OK ? found.hits.n_rows : 0;
    arena_fini(&a);
    return rc;
}

TEST(a_read_that_fails_is_told_of_and_the_next_search_finds_all)
{
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        struct error e;
        uint32_t n, n_failed = 0;
        struct db *db = db_with_docs();
        CHECK_EQ_INT(docs_write_range(docs_of(db), 0, MOST_ROWS, 1), MVL_OK);
        for (uint64_t nth = 1;; nth++) {
            db = db_reopened(db);
            db_set_memory_limit(db, in_memory ? UINT64_C(1) << 32 : 1);
            platform_memory_fail_reads(nth, UINT64_MAX);
            int rc = search_all(docs_of(db), &n, &e);
            platform_memory_fail_reads(0, 0);
            if (rc == MVL_OK)
                break;
            n_failed++;
            CHECK_EQ_INT(rc, MVL_IO);
            CHECK(e.reason[0] != 0);
            CHECK_CODE(search_all(docs_of(db), &n, &e), MVL_OK);
            CHECK_EQ_INT(n, SOME);
        }
        CHECK_EQ_INT(n, SOME);
        CHECK(n_failed >= 5);
        db_done(db);
    }
}

TEST(properties_say_where_vectors_are_and_are_kept)
{
    struct error e;
    struct arena a = {0};
    uint32_t n;
    struct db *db = db_with_docs();
    struct property_change on = {.set = json_of(&a, "{'mmap.enabled':true,'x':1}")};
    struct property_change wrong = {.set = json_of(&a, "{'mmap.enabled':'perhaps'}")};
    struct property_change off = {.drop = &STR("mmap.enabled"), .n_drop = 1};
    CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(docs_of(db), 0, 100, 1), MVL_OK);
    CHECK_CODE(collection_alter(docs_of(db), &on, &e), MVL_OK);
    CHECK_CODE(collection_alter(docs_of(db), &wrong, &e), MVL_PARAM_INVALID);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK(docs_of(db)->properties.mmap);
        CHECK(str_eq(docs_of(db)->properties.json, STR("{\"mmap.enabled\":\"true\",\"x\":\"1\"}")));
        CHECK_EQ_INT(docs_write_range(docs_of(db), 100 + 100 * reopened, 100, 1), MVL_OK);
        CHECK_CODE(search_all(docs_of(db), &n, &e), MVL_OK);
        CHECK_EQ_INT(n, 200 + 100 * (uint32_t)reopened);
        while (collection_work(docs_of(db)))
            CHECK_CODE(collection_maintain(docs_of(db), 1000, &e), MVL_OK);
        CHECK(docs_of(db)->fields[DOCS_V].vectors->chunks[0].rows == NULL);
        db = db_reopened(db);
    }
    CHECK_CODE(collection_alter(docs_of(db), &off, &e), MVL_OK);
    CHECK_CODE(search_all(docs_of(db), &n, &e), MVL_OK);
    CHECK_EQ_INT(n, 300);
    CHECK(docs_of(db)->fields[DOCS_V].vectors->chunks[0].rows != NULL);
    db = db_reopened(db);
    CHECK(str_eq(docs_of(db)->properties.json, STR("{\"x\":\"1\"}")));
    arena_fini(&a);
    db_done(db);
}

TEST(a_property_that_cannot_be_written_is_as_it_was)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_with_docs();
    struct property_change on = {.set = json_of(&a, "{'mmap.enabled':true}")};
    CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
    platform_memory_fail(1, PLATFORM_FULL, CRASH_NONE);
    CHECK_CODE(collection_alter(docs_of(db), &on, &e), MVL_DISK_FULL);
    platform_memory_fail(0, 0, CRASH_NONE);
    CHECK(!docs_of(db)->properties.mmap && docs_of(db)->is_loaded);
    for (uint64_t nth = 1;; nth++) {
        mem_fail_nth(nth);
        e = ERROR_NONE;
        int rc = collection_alter(docs_of(db), &on, &e);
        if (mem_fail_nth(0) < nth)
            break;
        CHECK_EQ_INT(rc, MVL_NOMEM);
        CHECK(!docs_of(db)->properties.mmap);
    }
    CHECK(docs_of(db)->properties.mmap);
    arena_fini(&a);
    db_done(db);
}

TEST(a_field_says_for_itself_where_it_is)
{
    static const struct {
        const char *schema;
        bool on_disk;
    } cases[] = {
        {"{'fields':[{'name':'id','type':5,'is_primary':true},"
         "{'name':'v','type':101,'dim':2,'params':{'mmap_enabled':true}}]}",
         true},
        {"{'fields':[{'name':'id','type':5,'is_primary':true},"
         "{'name':'v','type':101,'dim':2,'params':{'mmap.enabled':'False'}}]}",
         false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error e;
        struct arena a = {0};
        struct db *db = db_empty();
        struct collection_request r = {.name = STR("c"),
                                       .schema = schema_of(&a, cases[i].schema),
                                       .properties = i ? json_of(&a, "{'mmap.enabled':true}") : NULL};
        CHECK_CODE(db_create_collection(db, &r, &e), MVL_OK);
        for (int reopened = 0; reopened < 2; reopened++) {
            struct collection *c = db_lookup(db, STR("c"));
            CHECK_CODE(collection_load(c, &e), MVL_OK);
            CHECK_EQ_INT(vectors_reserve(c->fields[1].vectors, 1), MVL_OK);
            CHECK_EQ_INT(c->fields[1].vectors->chunks[0].rows == NULL, cases[i].on_disk);
            db = db_reopened(db);
        }
        arena_fini(&a);
        db_done(db);
    }
}

TEST(a_batch_that_does_not_fit_changes_nothing)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_with_docs();
    struct write *w = NULL;
    int64_t ids[] = {1, 2}, versions[4] = {0, 1};
    float v[] = {1, 2, 3, NAN};
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = 2, .data = v}};
    struct batch batch = {columns, 2, 2};
    CHECK_EQ_INT(docs_write_range(docs_of(db), 1, 1, 1), MVL_OK);
    CHECK_CODE(collection_prepare(docs_of(db), &batch, WRITE_INSERT, &a, &w, &e), MVL_DATA_NOT_MATCH);
    CHECK_EQ_INT(e.row, 1);
    CHECK_STR(e.field, "v");
    docs_check(docs_of(db), versions, 4);
    arena_fini(&a);
    db_done(db);
}

TEST(preparing_alone_changes_nothing)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_with_docs();
    struct write *w = NULL;
    int64_t ids[] = {1, 2}, versions[4] = {0};
    float v[] = {1, 2, 3, 4};
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = 2, .data = v}};
    struct batch batch = {columns, 2, 2};
    CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_CODE(collection_prepare(docs_of(db), &batch, WRITE_INSERT, &a, &w, &e), MVL_OK);
        CHECK_EQ_INT(((const int64_t *)write_ids(docs_of(db), w)->data)[1], 2);
        docs_check(docs_of(db), versions, 4);
    }
    arena_fini(&a);
    db_done(db);
}

TEST(a_commit_that_fails_leaves_rows_memory_and_counters)
{
    struct error e;
    struct db *db = db_with_docs();
    int64_t versions[30] = {0}, more[] = {1, 29, 3};
    for (int i = 0; i < 20; i++)
        versions[i] = 1;
    CHECK_CODE(collection_load(docs_of(db), &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(docs_of(db), 0, 20, 1), MVL_OK);
    int64_t next_row = docs_of(db)->next_row;
    for (uint64_t nth = 1; nth < 100; nth++) {
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        int rc = docs_write(docs_of(db), more, 3, 2, &e);
        platform_memory_fail(0, 0, CRASH_NONE);
        if (rc == MVL_OK)
            break;
        CHECK_EQ_INT(rc, MVL_DISK_FULL);
        CHECK_EQ_INT(docs_of(db)->next_row, next_row);
        docs_check(docs_of(db), versions, 30);
    }
    versions[1] = versions[29] = versions[3] = 2;
    docs_check(docs_of(db), versions, 30);
    db = db_reopened(db);
    docs_check(docs_of(db), versions, 30);
    db_done(db);
}

TEST(a_state_is_kept_over_reopening_and_gates_reading)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db);
    CHECK_CODE(collection_check_loaded(c, &e), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_CODE(collection_set_state(c, LOAD_STATE_NotLoad, &e), MVL_OK);
    CHECK(!c->is_loaded && c->fields[DOCS_V].vectors == NULL);
    CHECK_CODE(collection_check_loaded(c, &e), MVL_COLLECTION_NOT_LOADED);
    db = db_reopened(db);
    CHECK_EQ_INT(docs_of(db)->state, LOAD_STATE_NotLoad);
    CHECK_CODE(collection_set_state(docs_of(db), LOAD_STATE_Loaded, &e), MVL_OK);
    db = db_reopened(db);
    CHECK_EQ_INT(docs_of(db)->state, LOAD_STATE_Loaded);
    db_done(db);
}

TEST(what_the_catalog_says_is_judged)
{
    struct error e;
    struct collection *c = NULL;
    static const char schema[] = "{\"fields\":[{\"name\":\"id\",\"type\":5,\"is_primary\":true},"
                                 "{\"name\":\"v\",\"type\":101,\"params\":{\"dim\":2}}]}";
    const struct catalog_collection good = {.id = 1,
                                            .name = STR("c"),
                                            .schema_json = STR(schema),
                                            .state = LOAD_STATE_Loaded,
                                            .next_row = 5,
                                            .next_auto_id = 1,
                                            .n_rows = 5};
    CHECK_CODE(collection_create(&c, NULL, &good, &e), MVL_OK);
    collection_destroy(c);
    collection_destroy(NULL);
    struct catalog_collection bad[10];
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = good;
    bad[0].state = 2;
    bad[1].next_row = -1;
    bad[2].next_row = INT64_C(1) << 32;
    bad[3].n_rows = 6;
    bad[4].next_auto_id = 0;
    bad[5].schema_json = STR("{\"fields\":[");
    bad[6].schema_json = STR("{\"fields\":[{\"name\":\"id\",\"type\":5,\"is_primary\":true}]}");
    bad[7].schema_json = STR("[]");
    bad[8].properties_json = STR("[]");
    bad[9].properties_json = STR("{");
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_CODE(collection_create(&c, NULL, &bad[i], &e), MVL_DAMAGED);
        CHECK(strstr(e.reason, "collection 'c'") != NULL);
    }
}

TEST(a_name_is_copied_and_no_memory_keeps_the_old_one)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db);
    char name[] = "papers";
    mem_fail_nth(1);
    CHECK_EQ_INT(collection_set_name(c, STR("other")), MVL_NOMEM);
    mem_fail_nth(0);
    CHECK(str_eq(c->name, STR("docs")));
    CHECK_EQ_INT(collection_set_name(c, str_of(name)), MVL_OK);
    name[0] = 'x';
    CHECK(str_eq(c->name, STR("papers")));
    db_done(db);
}

TEST(loading_that_fails_leaves_nothing_loaded)
{
    struct error e;
    struct db *db = db_with_docs();
    int64_t versions[30];
    for (int i = 0; i < 30; i++)
        versions[i] = 1;
    CHECK_EQ_INT(docs_write_range(docs_of(db), 0, 30, 1), MVL_OK);
    for (uint64_t nth = 1;; nth++) {
        mem_fail_nth(nth);
        e = ERROR_NONE;
        int rc = collection_load(docs_of(db), &e);
        if (mem_fail_nth(0) < nth) {
            CHECK_EQ_INT(rc, MVL_OK);
            break;
        }
        CHECK_EQ_INT(rc, MVL_NOMEM);
        CHECK(!docs_of(db)->is_loaded && !docs_of(db)->fields[DOCS_V].vectors);
        docs_check(docs_of(db), versions, 30);
    }
    CHECK(docs_of(db)->is_loaded);
    docs_check(docs_of(db), versions, 30);
    db_done(db);
}
