#include "callers.h"

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    return c;
}

static void insert(struct caller *c, int64_t id)
{
    caller_begin(c, CALL_insert, 1, "{'collection_name':'docs'}");
    caller_i64(c, "id", &id);
    caller_f32(c, "vector", 2, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(c), 0);
}

TEST(the_quick_form_makes_key_vector_and_index)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'q','dimension':8,'metric_type':'IP','id_type':'string',"
            "'max_length':9,'primary_field_name':'key','vector_field_name':'v'}");
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":null}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'q'}");
    CHECK(caller_says(&c, "{'field_id':100,'name':'key','description':'','type':21,'params':{'max_length':9},"
                          "'is_primary':true}"));
    CHECK(caller_says(&c, "{'field_id':101,'name':'v','description':'','type':101,'params':{'dim':8}}"));
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'q'}");
    CHECK(caller_says(&c, "'index_type':'AUTOINDEX','metric_type':'IP','field_name':'v','index_name':'v'"));
    CALL_OK(&c, CALL_get_load_state, "{'collection_name':'q'}");
    CHECK_EQ_INT(caller_int(&c, "state"), 3);
    caller_fini(&c);
}

TEST(a_schema_makes_what_it_says_and_no_index_of_itself)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'s','schema':{'description':'d','fields':[{'name':'id','type':'INT64','is_"
            "primary':true,"
            "'auto_id':true},{'name':'v','type':'FloatVector','dim':'3'}]}}");
    CALL_OK(&c, CALL_list_indexes, "{'collection_name':'s'}");
    CHECK(caller_says(&c, "'value':[]"));
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'t','schema':{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'v',"
            "'type':101,"
            "'dim':3}]},'auto_id':true,'enable_dynamic_field':true,'index_params':{'field_name':'v','metric_"
            "type':'L2'}}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'t'}");
    CHECK(caller_says(&c, "'auto_id':true"));
    CHECK(caller_says(&c, "'enable_dynamic_field':true"));
    CALL_OK(&c, CALL_list_indexes, "{'collection_name':'t'}");
    CHECK(caller_says(&c, "'value':['v']"));
    caller_fini(&c);
}

TEST(the_same_collection_again_is_no_error_another_is)
{
    struct caller c = fresh();
    insert(&c, 7);
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_REFUSED(&c, 65535, "MilvusException",
                 "create duplicate collection with different parameters, collection: docs",
                 CALL_create_collection, "{'collection_name':'docs','dimension':3}");
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 1);
    caller_fini(&c);
}

TEST(what_cannot_be_a_collection_is_refused_and_nothing_is_made)
{
    struct caller c = caller_fresh();
    static const struct {
        int code;
        const char *class, *reason, *params;
    } cases[] = {
        {1101, "ParamError", "missing required argument: [collection_name]", "{'dimension':2}"},
        {1101, "ParamError", "missing required argument: [dimension]", "{'collection_name':'a'}"},
        {1100, "ParamError", "dimension must be an integer, 1..32768, got 0",
         "{'collection_name':'a','dimension':0}"},
        {1100, "ParamError", "collection_name must be a letter", "{'collection_name':'1a','dimension':2}"},
        {1100, "ParamError", "collection_name must be a letter", "{'collection_name':'','dimension':2}"},
        {1100, "ParamError", "metric_type", "{'collection_name':'a','dimension':2,'metric_type':'NEAR'}"},
        {105, "PrimaryKeyException", "id_type", "{'collection_name':'a','dimension':2,'id_type':'float'}"},
        {1100, "ParamError", "unknown parameter 'dimensions'", "{'collection_name':'a','dimensions':2}"},
        {105, "SchemaNotReadyException", "at least one field",
         "{'collection_name':'a','schema':{'fields':[]}}"},
        {1100, "ParamError", "schema must be an object", "{'collection_name':'a','schema':[]}"},
        {105, "SchemaNotReadyException", "must have a vector field",
         "{'collection_name':'a','schema':{'fields':[{'name':'i','type':5,'is_primary':true}]}}"},
        {702, "MilvusException", "already exists for field 'v'",
         "{'collection_name':'a','schema':{'fields':[{'name':'i','type':5,'is_primary':true},{'name':'v','"
         "type':101,"
         "'dim':2}]},'index_params':[{'field_name':'v'},{'field_name':'v','index_type':'FLAT'}]}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        CALL_REFUSED(&c, cases[i].code, cases[i].class, cases[i].reason, CALL_create_collection, "%s",
                     cases[i].params);
    CALL_OK(&c, CALL_list_collections, "{}");
    CHECK(caller_says(&c, "'value':[]"));
    caller_fini(&c);
}

TEST(properties_are_set_shown_and_dropped)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'docs','dimension':2,'properties':{'mmap.enabled':true}}");
    insert(&c, 1);
    CALL_OK(&c, CALL_alter_collection_properties,
            "{'collection_name':'docs','properties':{'partitionkey.isolation':60}}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'properties':{'mmap.enabled':'true','partitionkey.isolation':'60'}"));
    CALL_OK(&c, CALL_drop_collection_properties,
            "{'collection_name':'docs','property_keys':['mmap.enabled','other']}");
    CALL_OK(&c, CALL_close, "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'properties':{'partitionkey.isolation':'60'}"));
    CALL_REFUSED(&c, 1100, "ParamError", "properties: 'mmap.enabled' must be true or false, got",
                 CALL_alter_collection_properties,
                 "{'collection_name':'docs','properties':{'mmap.enabled':'x'}}");
    CALL_REFUSED(&c, 1100, "ParamError", "properties must be an object", CALL_alter_collection_properties,
                 "{'collection_name':'docs','properties':[]}");
    CALL_REFUSED(&c, 1100, "ParamError", "properties must be texts, numbers or booleans",
                 CALL_create_collection, "{'collection_name':'x','dimension':2,'properties':{'a':[]}}");
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "[collection=none]", CALL_drop_collection_properties,
                 "{'collection_name':'none','property_keys':['a']}");
    /* a collection that takes the place of a dropped one has none of its properties */
    CALL_OK(&c, CALL_drop_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_OK(&c, CALL_close, "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'properties':{}"));
    caller_fini(&c);
}

TEST(collections_are_listed_by_name)
{
    struct caller c = caller_fresh();
    static const char *const names[] = {"b", "a10", "_", "a1", "B", "a"};
    for (size_t i = 0; i < COUNT(names); i++)
        CALL_OK(&c, CALL_create_collection, "{'collection_name':'%s','dimension':1}", names[i]);
    CALL_OK(&c, CALL_list_collections, "{}");
    CHECK(caller_says(&c, "'value':['B','_','a','a1','a10','b']"));
    CALL_REFUSED(&c, 1100, "ParamError", "unknown parameter", CALL_list_collections,
                 "{'collection_name':'a'}");
    caller_fini(&c);
}

TEST(a_dropped_collection_is_gone_and_its_name_free)
{
    struct caller c = fresh();
    insert(&c, 1);
    CALL_OK(&c, CALL_drop_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_has_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'value':false"));
    CALL_OK(&c, CALL_drop_collection, "{'collection_name':'docs'}"); /* again is fine */
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':5}");
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 0);
    caller_fini(&c);
}

TEST(a_renamed_collection_keeps_its_rows_also_after_reopening)
{
    struct caller c = fresh();
    insert(&c, 1);
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'taken','dimension':1}");
    CALL_REFUSED(&c, 65535, "MilvusException", "taken exists already", CALL_rename_collection,
                 "{'old_name':'docs','new_name':'taken'}");
    CALL_REFUSED(&c, 1100, "ParamError", "collection_name must be a letter", CALL_rename_collection,
                 "{'old_name':'docs','new_name':'a b'}");
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "none", CALL_rename_collection,
                 "{'old_name':'none','new_name':'x'}");
    CALL_OK(&c, CALL_rename_collection, "{'old_name':'docs','new_name':'papers'}");
    for (int reopened = 0; reopened < 2; reopened++) {
        CALL_OK(&c, CALL_list_collections, "{}");
        CHECK(caller_says(&c, "'value':['papers','taken']"));
        CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'papers'}");
        CHECK_EQ_INT(caller_int(&c, "row_count"), 1);
        CALL_OK(&c, CALL_close, "{}");
        CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    }
    caller_fini(&c);
}

TEST(load_state_is_kept_over_reopening)
{
    struct caller c = fresh();
    insert(&c, 1);
    CALL_OK(&c, CALL_release_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_close, "{}");
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    CALL_OK(&c, CALL_get_load_state, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "state"), 1);
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, (float[]){1, 2});
    caller_send(&c);
    caller_refused(&c, 101, "MilvusException", "collection not loaded[collection=docs]");
    CALL_OK(&c, CALL_load_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_get_load_state, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "state"), 3);
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(c.reply.n_rows, 1);
    CALL_OK(&c, CALL_get_load_state, "{'collection_name':'none'}");
    CHECK_EQ_INT(caller_int(&c, "state"), 0);
    caller_fini(&c);
}

TEST(operations_on_a_collection_that_is_not_there_say_so)
{
    static const enum caller_op ops[] = {CALL_describe_collection, CALL_get_collection_stats,
                                         CALL_load_collection, CALL_release_collection, CALL_flush};
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(ops); i++) {
        CALL_REFUSED(&c, 100, "CollectionNotExistException",
                     "can't find collection[database=default][collection=x]", ops[i],
                     "{'collection_name':'x'}");
        CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [collection_name]", ops[i], "{}");
        CALL_OK(&c, ops[i], "{'collection_name':'docs','timeout':1.5}");
    }
    caller_fini(&c);
}
