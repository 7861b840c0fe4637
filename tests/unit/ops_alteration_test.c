#include "callers.h"

static struct caller fresh(void)
{
    static const float v[2] = {1, 2};
    static const int64_t id = 1;
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    caller_begin(&c, CALL_insert, 1, "{'collection_name':'docs'}");
    caller_i64(&c, "id", &id);
    caller_f32(&c, "vector", 2, v);
    CHECK_EQ_INT(caller_send(&c), 0);
    return c;
}

TEST(a_collection_is_emptied)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_truncate_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'value':null"));
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 0);
    caller_fini(&c);
}

TEST(fields_are_added_and_altered)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_add_collection_field,
            "{'collection_name':'docs','field':{'name':'s','type':'VARCHAR','default_value':'x','params':"
            "{'max_length':4}}}");
    CALL_OK(&c, CALL_alter_collection_field,
            "{'collection_name':'docs','field_name':'s','field_params':{'max_length':9}}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "{'field_id':102,'name':'s','description':'','type':21,'params':{'max_length':9},"
                          "'default_value':'x'}"));
    caller_fini(&c);
}

TEST(a_field_is_dropped_by_its_name_or_its_id)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_add_collection_field,
            "{'collection_name':'docs','field':{'name':'a','type':'INT8','nullable':true}}");
    CALL_OK(&c, CALL_add_collection_field,
            "{'collection_name':'docs','field':{'name':'b','type':'INT8','nullable':true}}");
    CALL_OK(&c, CALL_drop_collection_field, "{'collection_name':'docs','field_name':'a'}");
    CHECK(caller_says(&c, "'value':null"));
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(!caller_says(&c, "'field_id':102") && caller_says(&c, "{'field_id':103,'name':'b'"));
    CALL_OK(&c, CALL_drop_collection_field, "{'collection_name':'docs','field_id':103}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}");
    CHECK(!caller_says(&c, "'field_id':103"));
    caller_fini(&c);
}

TEST(properties_of_an_index_are_set_and_dropped)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_alter_index_properties,
            "{'collection_name':'docs','index_name':'vector','properties':{'mmap.enabled':'true'}}");
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'docs','index_name':'vector'}");
    CHECK(caller_says(&c, "'mmap.enabled':'true'"));
    CALL_OK(&c, CALL_drop_index_properties,
            "{'collection_name':'docs','index_name':'vector','property_keys':['mmap.enabled']}");
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'docs','index_name':'vector'}");
    CHECK(!caller_says(&c, "mmap"));
    caller_fini(&c);
}

TEST(a_load_is_refreshed_when_there_is_one)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_refresh_load, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_release_collection, "{'collection_name':'docs'}");
    CALL_REFUSED(&c, 101, "MilvusException", "not loaded", CALL_refresh_load, "{'collection_name':'docs'}");
    caller_fini(&c);
}

TEST(wrong_calls_are_refused)
{
    static const struct {
        int code;
        const char *type, *says;
        enum caller_op op;
        const char *params;
    } cases[] = {
        {100, "CollectionNotExistException", "collection=x", CALL_truncate_collection,
         "{'collection_name':'x'}"},
        {1101, "ParamError", "[field]", CALL_add_collection_field, "{'collection_name':'docs'}"},
        {1100, "ParamError", "nullable", CALL_add_collection_field,
         "{'collection_name':'docs','field':{'name':'n','type':5}}"},
        {105, "SchemaNotReadyException", "duplicate field name: 'id'", CALL_add_collection_field,
         "{'collection_name':'docs','field':{'name':'id','type':5,'nullable':true}}"},
        {1700, "MilvusException", "field none not exist", CALL_alter_collection_field,
         "{'collection_name':'docs','field_name':'none','field_params':{}}"},
        {1100, "ParamError", "does not allow update", CALL_alter_collection_field,
         "{'collection_name':'docs','field_name':'id','field_params':{'dim':1}}"},
        {1101, "ParamError", "[field_params]", CALL_alter_collection_field,
         "{'collection_name':'docs','field_name':'id'}"},
        {1100, "ParamError", "field_name or field_id must say which field is dropped, got neither",
         CALL_drop_collection_field, "{'collection_name':'docs'}"},
        {1100, "ParamError", "got both", CALL_drop_collection_field,
         "{'collection_name':'docs','field_name':'vector','field_id':101}"},
        {1100, "ParamError", "field not found: none", CALL_drop_collection_field,
         "{'collection_name':'docs','field_name':'none'}"},
        {1100, "ParamError", "cannot drop the last vector field: vector", CALL_drop_collection_field,
         "{'collection_name':'docs','field_id':101}"},
        {1101, "ParamError", "[properties]", CALL_alter_index_properties,
         "{'collection_name':'docs','index_name':'vector'}"},
        {700, "IndexNotExistException", "index not found", CALL_drop_index_properties,
         "{'collection_name':'docs','index_name':'x','property_keys':['mmap.enabled']}"},
        {1100, "ParamError", "must be an integer, -1..3155760000, got -2", CALL_alter_collection_properties,
         "{'collection_name':'docs','properties':{'collection.ttl.seconds':-2}}"},
    };
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++)
        CALL_REFUSED(&c, cases[i].code, cases[i].type, cases[i].says, cases[i].op, "%s", cases[i].params);
    caller_fini(&c);
}
