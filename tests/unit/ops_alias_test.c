#include "callers.h"

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'b','dimension':2}");
    CALL_OK(&c, CALL_create_alias, "{'collection_name':'docs','alias':'x'}");
    CHECK(caller_says(&c, "'value':null"));
    return c;
}

TEST(aliases_are_described_and_listed_as_pymilvus_does)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_describe_alias, "{'alias':'x'}");
    CHECK(caller_says(&c, "'value':{'alias':'x','collection_name':'docs','db_name':'default'}"));
    CALL_OK(&c, CALL_create_alias, "{'collection_name':'b','alias':'y'}");
    CALL_OK(&c, CALL_list_aliases, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'value':{'aliases':['x'],'collection_name':'docs','db_name':'default'}"));
    CALL_OK(&c, CALL_list_aliases, "{}");
    CHECK(caller_says(&c, "'value':{'aliases':['x','y'],'collection_name':'','db_name':'default'}"));
    CALL_OK(&c, CALL_describe_collection, "{'collection_name':'x'}");
    CHECK(caller_says(&c, "'collection_name':'docs'") && caller_says(&c, "'aliases':['x']"));
    CALL_OK(&c, CALL_alter_alias, "{'collection_name':'b','alias':'x'}");
    CALL_OK(&c, CALL_list_aliases, "{'collection_name':'b'}");
    CHECK(caller_says(&c, "'aliases':['y','x']"));
    CALL_OK(&c, CALL_drop_alias, "{'alias':'x'}");
    CALL_OK(&c, CALL_has_collection, "{'collection_name':'x'}");
    CHECK(caller_says(&c, "'value':false"));
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
        {1600, "MilvusException", "alias not found", CALL_describe_alias, "{'alias':'none'}"},
        {1600, "MilvusException", "alias=none", CALL_alter_alias, "{'collection_name':'b','alias':'none'}"},
        {1601, "MilvusException", "alias=docs", CALL_create_alias, "{'collection_name':'b','alias':'docs'}"},
        {1602, "MilvusException", "alias=x", CALL_create_alias, "{'collection_name':'b','alias':'x'}"},
        {100, "CollectionNotExistException", "collection=n", CALL_create_alias,
         "{'collection_name':'n','alias':'z'}"},
        {100, "CollectionNotExistException", "collection=n", CALL_list_aliases, "{'collection_name':'n'}"},
        {1100, "ParamError", "alias must be a letter", CALL_create_alias,
         "{'collection_name':'b','alias':'1'}"},
        {1101, "ParamError", "[alias]", CALL_drop_alias, "{}"},
        {1100, "ParamError", "via alias", CALL_drop_collection, "{'collection_name':'x'}"},
    };
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++)
        CALL_REFUSED(&c, cases[i].code, cases[i].type, cases[i].says, cases[i].op, "%s", cases[i].params);
    caller_fini(&c);
}
