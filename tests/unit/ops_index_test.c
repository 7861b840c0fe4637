#include "callers.h"

#define NEW(params) "{'collection_name':'docs','index_params':" params "}"

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'docs','schema':{'fields':[{'name':'id','type':5,'is_primary':true},"
            "{'name':'v','type':101,'dim':2},{'name':'w','type':101,'dim':2},{'name':'n','type':5}]}}");
    return c;
}

static void check_list(struct caller *c, const char *expected)
{
    CALL_OK(c, CALL_list_indexes, "{'collection_name':'docs'}");
    CHECK(caller_says(c, expected));
}

TEST(indexes_are_made_listed_described_and_dropped)
{
    struct caller c = fresh();
    check_list(&c, "'value':[]");
    CALL_OK(
        &c, CALL_create_index,
        NEW("[{'field_name':'v','index_name':'i','index_type':'hnsw','metric_type':'l2','params':{'M':16}},"
            "{'field_name':'w'}]"));
    check_list(&c, "'value':['i','w']");
    CALL_OK(&c, CALL_list_indexes, "{'collection_name':'docs','field_name':'w'}");
    CHECK(caller_says(&c, "'value':['w']"));
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'docs','index_name':'i'}");
    CHECK(caller_says(&c, "{'M':'16','index_type':'HNSW','metric_type':'L2','field_name':'v','index_name':'i'"
                          ",'total_rows':0,"));
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'docs','index_name':'v'}"); /* by its field */
    CHECK(caller_says(&c, "'index_name':'i'"));
    CALL_OK(&c, CALL_describe_index, "{'collection_name':'docs','index_name':'none'}");
    CHECK(caller_says(&c, "'value':null"));
    CALL_OK(&c, CALL_drop_index, "{'collection_name':'docs','index_name':'i'}");
    check_list(&c, "'value':['w']");
    CALL_OK(&c, CALL_drop_index, "{'collection_name':'docs'}"); /* the only one */
    CALL_REFUSED(&c, 701, "MilvusException", "TRIE takes VARCHAR, got field 'n' of type INT64",
                 CALL_create_index, NEW("{'field_name':'n','index_type':'TRIE'}"));
    check_list(&c, "'value':[]");
    caller_fini(&c);
}

TEST(the_same_index_again_changes_nothing_another_is_refused)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_create_index, NEW("{'field_name':'v','index_type':'HNSW','M':8}"));
    CALL_OK(&c, CALL_create_index, NEW("{'field_name':'v','index_type':'HNSW','M':8}"));
    check_list(&c, "'value':['v']");
    CALL_REFUSED(&c, 702, "MilvusException", "already exists for field 'v'", CALL_create_index,
                 NEW("{'field_name':'v','index_type':'FLAT'}"));
    CALL_REFUSED(&c, 702, "MilvusException", "already exists", CALL_create_index,
                 NEW("{'field_name':'w','index_name':'v'}"));
    CALL_REFUSED(&c, 702, "MilvusException", "already exists", CALL_create_index,
                 NEW("[{'field_name':'w'},{'field_name':'w','index_name':'x'}]"));
    check_list(&c, "'value':['v']"); /* none of the list */
    caller_fini(&c);
}

TEST(what_cannot_be_an_index_is_refused)
{
    struct caller c = fresh();
    CALL_REFUSED(&c, 1101, "ParamError", "field_name must be given", CALL_create_index, NEW("{}"));
    CALL_REFUSED(&c, 1100, "ParamError", "got an empty list", CALL_create_index, NEW("[]"));
    CALL_REFUSED(&c, 1700, "MilvusException", "non-existed field: x", CALL_create_index,
                 NEW("{'field_name':'x'}"));
    CALL_REFUSED(&c, 701, "MilvusException", "must be one of", CALL_create_index,
                 NEW("{'field_name':'v','index_type':'TREE'}"));
    CALL_REFUSED(&c, 701, "MilvusException", "needs a vector field", CALL_create_index,
                 NEW("{'field_name':'n','index_type':'HNSW'}"));
    CALL_REFUSED(&c, 1100, "ParamError", "metric_type of field 'v' must be COSINE, IP or L2",
                 CALL_create_index, NEW("{'field_name':'v','metric_type':'HAMMING'}"));
    CALL_REFUSED(&c, 1100, "ParamError", "M must be an integer from 2 to 2048, got 1", CALL_create_index,
                 NEW("{'field_name':'v','index_type':'HNSW','M':1}"));
    CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [index_params]", CALL_create_index,
                 "{'collection_name':'docs'}");
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "none", CALL_create_index,
                 "{'collection_name':'none','index_params':{}}");
    check_list(&c, "'value':[]");
    caller_fini(&c);
}

TEST(several_indexes_need_a_name)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_create_index, NEW("[{'field_name':'v'},{'field_name':'w'}]"));
    CALL_REFUSED(&c, 1100, "AmbiguousIndexName", "multiple indexes", CALL_describe_index,
                 "{'collection_name':'docs'}");
    CALL_REFUSED(&c, 1100, "AmbiguousIndexName", "multiple indexes", CALL_drop_index,
                 "{'collection_name':'docs'}");
    check_list(&c, "'value':['v','w']");
    caller_fini(&c);
}

TEST(dropping_what_is_not_there_is_an_error)
{
    struct caller c = fresh();
    CALL_REFUSED(&c, 700, "IndexNotExistException", "index not found[collection=docs][indexName=x]",
                 CALL_drop_index, "{'collection_name':'docs','index_name':'x'}");
    CALL_REFUSED(&c, 700, "IndexNotExistException", "index not found", CALL_drop_index,
                 "{'collection_name':'docs'}");
    caller_fini(&c);
}

TEST(what_is_waited_for_is_named_and_built_in_slices)
{
    enum { ROWS = 3000 };
    static float vectors[ROWS][2];
    static int64_t ids[ROWS];
    struct caller c = fresh();
    for (int i = 0; i < ROWS; i++) {
        ids[i] = i;
        vectors[i][0] = (float)(i % 61);
        vectors[i][1] = (float)(i % 17);
    }
    caller_begin(&c, CALL_insert, ROWS, "{'collection_name':'docs'}");
    caller_i64(&c, "id", ids);
    caller_i64(&c, "n", ids);
    caller_f32(&c, "v", 2, vectors[0]);
    caller_f32(&c, "w", 2, vectors[0]);
    CHECK_EQ_INT(caller_send(&c), 0);
    CALL_OK(&c, CALL_create_index, NEW("[{'field_name':'w'},{'field_name':'v','index_name':'i'}]"));
    CHECK(caller_says(&c, "'value':['i','w']")); /* as the fields stand */
    CALL_OK(&c, CALL_create_index, NEW("{'field_name':'w'}"));
    CHECK(caller_says(&c, "'value':['w']")); /* also when it is there */
    CALL_OK(&c, CALL_maintain, "{'effort':1,'collection_name':'docs','index_name':'w'}"); /* loads */
    CHECK(caller_says(&c, "{'index':{'index_type':'AUTOINDEX'"));
    CHECK(caller_int(&c, "pending_index_rows") > ROWS / 2);
    int slices = 0;
    while (caller_says(&c, "'has_work':true") && caller_int(&c, "pending_index_rows") && slices < 2 * ROWS) {
        CALL_OK(&c, CALL_maintain, "{'effort':64,'collection_name':'docs','index_name':'w'}");
        slices++;
    }
    CHECK(slices > 10 && slices < 2 * ROWS);
    CHECK_EQ_INT(caller_int(&c, "indexed_rows"), ROWS);
    CALL_REFUSED(&c, 700, "IndexNotExistException", "[indexName=x]", CALL_maintain,
                 "{'effort':1,'collection_name':'docs','index_name':'x'}");
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "none", CALL_maintain,
                 "{'effort':1,'collection_name':'none','index_name':'x'}");
    CALL_REFUSED(&c, 1100, "ParamError", "effort must be", CALL_maintain, "{'effort':0}");
    caller_fini(&c);
}

TEST(a_released_collection_is_not_loaded_for_its_index)
{
    struct caller c = fresh();
    CALL_OK(&c, CALL_create_index, NEW("{'field_name':'w'}"));
    CALL_OK(&c, CALL_release_collection, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_maintain, "{'effort':1,'collection_name':'docs','index_name':'w'}");
    CHECK(caller_says(&c, "'has_work':false"));
    CALL_OK(&c, CALL_get_load_state, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "state"), 1);
    caller_fini(&c);
}
