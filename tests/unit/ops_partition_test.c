#include "callers.h"
#include "schema/types.h"

#define OF_DOCS(rest) "{'collection_name':'docs'" rest "}"

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, OF_DOCS(",'dimension':2"));
    CALL_OK(&c, CALL_create_partition, OF_DOCS(",'partition_name':'one'"));
    return c;
}

static int insert(struct caller *c, int64_t id, const char *rest)
{
    static const float v[2] = {1, 2};
    caller_begin(c, CALL_insert, 1, OF_DOCS("%s"), rest);
    caller_i64(c, "id", &id);
    caller_f32(c, "vector", 2, v);
    return caller_send(c);
}

static int64_t count(struct caller *c, const char *partition)
{
    CALL_OK(c, CALL_get_partition_stats, OF_DOCS(",'partition_name':'%s'"), partition);
    return caller_int(c, "row_count");
}

TEST(partitions_are_made_listed_found_counted_and_dropped)
{
    struct caller c = fresh();
    CHECK(caller_says(&c, "'value':null"));
    CALL_OK(&c, CALL_list_partitions, OF_DOCS(""));
    CHECK(caller_says(&c, "'value':['_default','one']"));
    CALL_OK(&c, CALL_has_partition, OF_DOCS(",'partition_name':'one'"));
    CHECK(caller_says(&c, "'value':true"));
    CALL_OK(&c, CALL_has_partition, OF_DOCS(",'partition_name':'two'"));
    CHECK(caller_says(&c, "'value':false"));
    CHECK_EQ_INT(insert(&c, 1, ",'partition_name':'one'"), 0);
    CHECK_EQ_INT(insert(&c, 2, ""), 0);
    CHECK_EQ_INT(insert(&c, 3, ",'partition_name':'_default'"), 0);
    CHECK_EQ_INT(count(&c, "one"), 1);
    CHECK_EQ_INT(count(&c, "_default"), 2);
    CALL_OK(&c, CALL_drop_partition, OF_DOCS(",'partition_name':'one'"));
    CALL_OK(&c, CALL_list_partitions, OF_DOCS(""));
    CHECK(caller_says(&c, "'value':['_default']"));
    CALL_OK(&c, CALL_get_collection_stats, OF_DOCS(""));
    CHECK_EQ_INT(caller_int(&c, "row_count"), 2);
    caller_fini(&c);
}

TEST(partitions_are_loaded_and_released)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_release_partitions, OF_DOCS(",'partition_names':['one']"));
    CALL_OK(&c, CALL_get_load_state, OF_DOCS(",'partition_name':'one'"));
    CHECK_EQ_INT(caller_int(&c, "state"), LOAD_STATE_NotLoad);
    CALL_OK(&c, CALL_get_load_state, OF_DOCS(",'partition_name':'_default'"));
    CHECK_EQ_INT(caller_int(&c, "state"), LOAD_STATE_Loaded);
    CALL_OK(&c, CALL_get_load_state, OF_DOCS(""));
    CHECK_EQ_INT(caller_int(&c, "state"), LOAD_STATE_Loaded);
    CALL_REFUSED(&c, 201, "MilvusException", "partition not loaded[collection=docs][partition=one]",
                 CALL_query, OF_DOCS(",'limit':1,'partition_names':['one']"));
    CALL_OK(&c, CALL_release_partitions, OF_DOCS(",'partition_names':'_default'"));
    CALL_OK(&c, CALL_get_load_state, OF_DOCS(""));
    CHECK_EQ_INT(caller_int(&c, "state"), LOAD_STATE_NotLoad);
    CALL_OK(&c, CALL_load_partitions, OF_DOCS(",'partition_names':['one']"));
    CALL_OK(&c, CALL_get_load_state, OF_DOCS(",'partition_name':'_default'"));
    CHECK_EQ_INT(caller_int(&c, "state"), LOAD_STATE_NotLoad);
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
        {200, "MilvusException", "partition not found[collection=docs][partition=p]",
         CALL_get_partition_stats, OF_DOCS(",'partition_name':'p'")},
        {200, "MilvusException", "partition=p", CALL_load_partitions,
         OF_DOCS(",'partition_names':['one','p']")},
        {200, "MilvusException", "partition=p", CALL_release_partitions, OF_DOCS(",'partition_names':['p']")},
        {200, "MilvusException", "partition=p", CALL_get_load_state, OF_DOCS(",'partition_name':'p'")},
        {200, "MilvusException", "partition=p", CALL_query, OF_DOCS(",'limit':1,'partition_names':['p']")},
        {200, "MilvusException", "partition=p", CALL_delete,
         OF_DOCS(",'filter':'id > 0','partition_name':'p'")},
        {1100, "ParamError", "default partition cannot be deleted", CALL_drop_partition,
         OF_DOCS(",'partition_name':'_default'")},
        {1100, "ParamError", "got 'a b'", CALL_create_partition, OF_DOCS(",'partition_name':'a b'")},
        {1100, "ParamError", "got none", CALL_load_partitions, OF_DOCS(",'partition_names':[]")},
        {1101, "ParamError", "[partition_name]", CALL_has_partition, OF_DOCS("")},
        {1101, "ParamError", "[partition_names]", CALL_release_partitions, OF_DOCS("")},
        {100, "CollectionNotExistException", "collection=x", CALL_list_partitions, "{'collection_name':'x'}"},
        {100, "CollectionNotExistException", "collection=x", CALL_create_partition,
         "{'collection_name':'x','partition_name':'p'}"},
    };
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++)
        CALL_REFUSED(&c, cases[i].code, cases[i].type, cases[i].says, cases[i].op, "%s", cases[i].params);
    CHECK_EQ_INT(insert(&c, 1, ",'partition_name':'p'"), 200);
    caller_fini(&c);
}
