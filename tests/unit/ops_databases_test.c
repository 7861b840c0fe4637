#include "callers.h"

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_OK(&c, CALL_create_database,
            "{'db_name':'d','properties':{'database.replica.number':3,'name':'no'}}");
    CHECK(caller_says(&c, "'value':null"));
    return c;
}

TEST(databases_are_listed_described_altered_and_dropped)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_list_databases, "{'db_name':'d'}");
    CHECK(caller_says(&c, "'value':['default','d']"));
    CALL_OK(&c, CALL_describe_database, "{'db_name':'d'}");
    CHECK(caller_says(&c, "'value':{'name':'d','database.replica.number':'3'}"));
    CALL_OK(&c, CALL_alter_database_properties, "{'db_name':'d','properties':{'x':true}}");
    CALL_OK(&c, CALL_drop_database_properties, "{'db_name':'d','property_keys':['database.replica.number']}");
    CALL_OK(&c, CALL_describe_database, "{'db_name':'d'}");
    CHECK(caller_says(&c, "'value':{'name':'d','x':'true'}"));
    CALL_OK(&c, CALL_describe_database, "{'db_name':'default'}");
    CHECK(caller_says(&c, "'value':{'name':'default'}"));
    CALL_OK(&c, CALL_drop_database, "{'db_name':'d'}");
    CALL_OK(&c, CALL_list_databases, "{}");
    CHECK(caller_says(&c, "'value':['default']"));
    caller_fini(&c);
}

TEST(each_request_says_which_one_its_names_are_of)
{
    struct caller c = fresh();
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "can't find collection[database=d][collection=docs]",
                 CALL_describe_collection, "{'collection_name':'docs','db_name':'d'}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs'}"); /* nothing stays of it */
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs','db_name':'default'}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs','db_name':''}");
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'docs','db_name':null}");
    CALL_OK(&c, CALL_rename_collection, "{'old_name':'docs','new_name':'moved','target_db':'d'}");
    CALL_OK(&c, CALL_list_collections, "{}");
    CHECK(caller_says(&c, "'value':[]"));
    CALL_OK(&c, CALL_list_collections, "{'db_name':'d'}");
    CHECK(caller_says(&c, "'value':['moved']"));
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
        {800, "MilvusException", "database not found[database=n]", CALL_list_collections, "{'db_name':'n'}"},
        {1100, "ParamError", "db_name must be a string, got a", CALL_list_collections, "{'db_name':[1]}"},
        {800, "MilvusException", "database=n", CALL_describe_database, "{'db_name':'n'}"},
        {800, "MilvusException", "database=n", CALL_drop_database, "{'db_name':'n'}"},
        {800, "MilvusException", "database=n", CALL_alter_database_properties,
         "{'db_name':'n','properties':{}}"},
        {65535, "MilvusException", "database already exist: d", CALL_create_database, "{'db_name':'d'}"},
        {802, "MilvusException", "got 'a b'", CALL_create_database, "{'db_name':'a b'}"},
        {1100, "ParamError", "can not drop default", CALL_drop_database, "{'db_name':'default'}"},
        {1101, "ParamError", "[db_name]", CALL_create_database, "{}"},
        {1101, "ParamError", "[property_keys]", CALL_drop_database_properties, "{'db_name':'d'}"},
    };
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++)
        CALL_REFUSED(&c, cases[i].code, cases[i].type, cases[i].says, cases[i].op, "%s", cases[i].params);
    caller_fini(&c);
}
