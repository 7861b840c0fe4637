#include "api/version.h"
#include "callers.h"
#include "platform.h"
#include "storage/store.h"

TEST(open_makes_a_file_and_close_leaves_it_alone)
{
    struct caller c = caller_fresh();
    uint64_t n;
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":null}");
    CHECK(platform_memory_file(CALLER_PATH, &n) != NULL);
    CALL_OK(&c, CALL_close, "{}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":null}");
    CHECK(platform_memory_file(CALLER_PATH, &n) && !platform_memory_file(CALLER_PATH "-wal", &n));
    CALL_OK(&c, CALL_close, "{}"); /* twice is fine */
    caller_fini(&c);
}

TEST(checkpoint_leaves_everything_in_the_one_file)
{
    struct caller c = caller_fresh();
    uint64_t n;
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':1}");
    CHECK(platform_memory_file(CALLER_PATH "-wal", &n) != NULL);
    CALL_OK(&c, CALL_checkpoint, "{}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":null}");
    CHECK(platform_memory_file(CALLER_PATH, &n) && !platform_memory_file(CALLER_PATH "-wal", &n));
    CALL_REFUSED(&c, 1100, "ParamError", "unknown parameter 'x'", CALL_checkpoint, "{'x':1}");
    caller_fini(&c);
}

TEST(a_second_open_is_refused_and_the_first_stays)
{
    struct caller c = caller_fresh();
    CALL_REFUSED(&c, 1, "ConnectionConfigException", "a database is open already", CALL_open,
                 "{'path':'/data/b.db'}");
    CALL_OK(&c, CALL_list_collections, "{}");
    caller_fini(&c);
}

TEST(open_judges_its_parameters)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_close, "{}");
    CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [path]", CALL_open, "{}");
    CALL_REFUSED(&c, 1100, "ParamError", "path must be a string, got 1", CALL_open, "{'path':1}");
    CALL_REFUSED(&c, 1100, "ParamError", "durability must be 'full' or 'relaxed', got 'none'", CALL_open,
                 "{'path':'/data/a.db','durability':'none'}");
    CALL_REFUSED(&c, 1100, "ParamError", "read_only must be a boolean", CALL_open,
                 "{'path':'/data/a.db','read_only':'yes'}");
    CALL_REFUSED(&c, 1100, "ParamError", "unknown parameter 'readonly'", CALL_open,
                 "{'path':'/data/a.db','readonly':true}");
    CALL_OK(&c, CALL_open, "{'path':'/data/a.db','durability':'relaxed','read_only':false}");
    caller_fini(&c);
}

TEST(a_failed_open_leaves_nothing_open)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_close, "{}");
    CALL_REFUSED(&c, 1, "ConnectionConfigException", "", CALL_open,
                 "{'path':'/data/none.db','read_only':true}");
    CALL_REFUSED(&c, 1, "ConnectionConfigException", "should create connection first", CALL_list_collections,
                 "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    caller_fini(&c);
}

TEST(a_read_only_database_is_read_and_not_written)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':1}");
    caller_begin(&c, CALL_insert, 1, "{'collection_name':'docs'}");
    caller_i64(&c, "id", (int64_t[]){1});
    caller_f32(&c, "vector", 1, (float[]){1});
    CHECK_EQ_INT(caller_send(&c), 0);
    CALL_OK(&c, CALL_close, "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "','read_only':true}");
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 1, (float[]){1});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(c.reply.n_rows, 1);
    static const char *const writes[] = {"{'collection_name':'docs'}",
                                         "{'collection_name':'new','dimension':2}",
                                         "{'old_name':'docs','new_name':'x'}"};
    static const enum caller_op ops[] = {CALL_drop_collection, CALL_create_collection,
                                         CALL_rename_collection};
    for (size_t i = 0; i < COUNT(writes); i++)
        CALL_REFUSED(&c, 9, "MilvusException", "read-only", ops[i], "%s", writes[i]);
    CALL_OK(&c, CALL_release_collection, "{'collection_name':'docs'}"); /* for as long as it is open */
    CALL_REFUSED(&c, 101, "MilvusException", "not loaded", CALL_query,
                 "{'collection_name':'docs','limit':1}");
    CALL_OK(&c, CALL_load_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_query, "{'collection_name':'docs','limit':1}");
    caller_begin(&c, CALL_delete, 1, "{'collection_name':'docs'}");
    caller_i64(&c, "ids", (int64_t[]){1});
    CHECK_EQ_INT(caller_send(&c), 9);
    caller_fini(&c);
}

TEST(a_close_that_fails_has_closed)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':1}");
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_EQ_INT(caller_do(&c, CALL_close, "{}"), 1001);
    CALL_OK(&c, CALL_close, "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    CALL_OK(&c, CALL_has_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'value':true"));
    caller_fini(&c);
}

TEST(the_server_version_is_ours)
{
    struct caller c = caller_fresh();
    char expected[80];
    CALL_OK(&c, CALL_get_server_version, "{}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":\"milvus_lite_wasm-" MVL_VERSION "\"}");
    CALL_OK(&c, CALL_get_server_version, "{'detail':true}");
    snprintf(expected, sizeof expected, "'sqlite_version':'%s'", store_sqlite_version());
    CHECK(caller_says(&c, expected));
    CHECK(caller_says(&c, "'deploy_mode':'embedded'"));
    CALL_REFUSED(&c, 1100, "ParamError", "detail must be a boolean", CALL_get_server_version, "{'detail':1}");
    caller_fini(&c);
}

TEST(verify_tells_what_there_is_and_what_is_wrong)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':1}");
    CALL_OK(&c, CALL_verify, "{}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":{\"collections\":1,\"damage\":[]}}");
    CALL_REFUSED(&c, 1100, "ParamError", "unknown parameter 'x'", CALL_verify, "{'x':1}");
    caller_fini(&c);
}

TEST(compact_is_done_when_it_answers)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':1}");
    CALL_OK(&c, CALL_compact, "{'collection_name':'docs','is_clustering':false}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":0}");
    CALL_OK(&c, CALL_get_compaction_state, "{'job_id':0}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":\"Completed\"}");
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "can't find collection", CALL_compact,
                 "{'collection_name':'nope'}");
    caller_fini(&c);
}
