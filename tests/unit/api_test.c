#include "api/api.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "callers.h"

TEST(an_engine_without_a_database_says_so)
{
    struct caller c = {0};
    for (int op = CALL_create_collection; op < N_CALLS; op++)
        CALL_REFUSED(&c, 1, "ConnectionConfigException", "should create connection first", (enum caller_op)op,
                     "{}");
    CALL_OK(&c, CALL_close, "{}");
    caller_fini(&c);
}

TEST(an_unknown_operation_is_unimplemented)
{
    struct caller c = caller_fresh();
    static const int numbers[] = {0, N_CALLS, 999, 65535};
    for (size_t i = 0; i < COUNT(numbers); i++)
        CALL_REFUSED(&c, 10, "MilvusException", "is not known to this engine", (enum caller_op)numbers[i],
                     "{}");
    caller_fini(&c);
}

TEST(parameters_must_be_a_json_object)
{
    struct caller c = caller_fresh();
    CALL_REFUSED(&c, 1100, "ParamError", "parameters: invalid JSON at byte 1", CALL_list_collections, "{");
    CALL_REFUSED(&c, 1100, "ParamError", "parameters must be an object, got an array", CALL_list_collections,
                 "[]");
    CALL_REFUSED(&c, 1100, "ParamError", "invalid JSON at byte 0", CALL_list_collections, "%s", "");
    caller_fini(&c);
}

TEST(an_error_tells_type_reason_and_place)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_i64(&c, "id", (int64_t[]){1, 2});
    caller_f32(&c, "vector", 2, (float[]){1, 2, 3, NAN});
    caller_send(&c);
    caller_refused(&c, 1100, "DataNotMatchException", "NaN");
    CHECK(caller_says(&c, "'detail':{'field':'vector','row':1}}"));
    CALL_REFUSED(&c, 100, "CollectionNotExistException", "[collection=none]", CALL_describe_collection,
                 "{'collection_name':'none'}");
    caller_fini(&c);
}

/* Sends the request that is being made as a client's nth. */
static int send_as(struct caller *c, uint32_t client, uint32_t n)
{
    bytes_set_u32(c->request + 24, client);
    bytes_set_u32(c->request + 28, n);
    return caller_send(c);
}

static int insert_as(struct caller *c, uint32_t client, uint32_t n)
{
    caller_begin(c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_f32(c, "vector", 2, (float[]){1, 2, 3, 4});
    return send_as(c, client, n);
}

TEST(a_request_that_comes_twice_is_done_once_and_answered_alike)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2,'auto_id':true}");
    for (uint32_t client = 1; client <= 2; client++)
        for (int twice = 0; twice < 2; twice++) {
            CHECK_EQ_INT(insert_as(&c, client, 5), 0);
            const struct column *ids = caller_role(&c, ROLE_ID);
            CHECK(ids && caller_i64_at(ids, 0) == 2 * (int64_t)client - 1);
        }
    for (int twice = 0; twice < 2; twice++) {
        caller_begin(&c, CALL_delete, 2, "{'collection_name':'docs'}");
        caller_i64(&c, "ids", (int64_t[]){1, 77});
        CHECK_EQ_INT(send_as(&c, 1, 6), 0);
        CHECK_EQ_INT(caller_int(&c, "delete_count"), 1);
        CALL_OK(&c, CALL_close, "{}");
        CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    }
    for (int twice = 0; twice < 2; twice++) {
        caller_begin(&c, CALL_rename_collection, 0, "{'old_name':'docs','new_name':'papers'}");
        CHECK_EQ_INT(send_as(&c, 1, 7), 0);
        CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":null}");
        if (!twice)
            CALL_OK(&c, CALL_rename_collection, "{'old_name':'papers','new_name':'docs'}");
    }
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    caller_fini(&c);
}

TEST(a_request_that_failed_may_come_again)
{
    struct caller c = caller_fresh();
    CHECK_EQ_INT(insert_as(&c, 1, 1), 100);
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2,'auto_id':true}");
    CHECK_EQ_INT(insert_as(&c, 1, 1), 0);
    caller_begin(
        &c, CALL_create_index, 0,
        "{'collection_name':'docs','index_params':{'index_type':'AUTOINDEX','metric_type':'COSINE'}}");
    CHECK_EQ_INT(send_as(&c, 1, 2), 0);
    CHECK(caller_says(&c, "'value':['vector']"));
    caller_fini(&c);
}

TEST(a_refused_message_gets_a_reply_too)
{
    struct api *api = api_create(caller_now);
    static const uint8_t nothing[64];
    size_t n;
    if (!CHECK(api != NULL))
        return;
    for (size_t length = 0; length <= sizeof nothing; length += 8) {
        CHECK_EQ_INT(api_call(api, nothing, length), 0);
        const uint8_t *reply = api_reply(api, &n);
        CHECK(n > 32 && reply[16] == (1100 & 0xff) && reply[17] == 1100 >> 8);
    }
    api_destroy(api);
    api_destroy(NULL);
}

TEST(a_large_reply_is_whole_and_its_memory_goes_back)
{
    enum { ROWS = 3000, DIM = 16 };
    struct caller c = caller_fresh();
    static int64_t ids[ROWS];
    static float vectors[ROWS][DIM];
    for (int i = 0; i < ROWS; i++) {
        ids[i] = i;
        vectors[i][0] = (float)i;
    }
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':%d}", DIM);
    caller_begin(&c, CALL_insert, ROWS, "{'collection_name':'docs'}");
    caller_i64(&c, "id", ids);
    caller_f32(&c, "vector", DIM, vectors[0]);
    CHECK_EQ_INT(caller_send(&c), 0);
    for (int round = 0; round < 3; round++) {
        caller_begin(&c, CALL_get, ROWS, "{'collection_name':'docs'}");
        caller_i64(&c, "ids", ids);
        CHECK_EQ_INT(caller_send(&c), 0);
        CHECK_EQ_INT(c.reply.n_rows, ROWS);
        const struct column *v = caller_column(&c, "vector");
        const void *expected = vectors;
        CHECK(v && memcmp(v->data, expected, sizeof vectors) == 0);
        CALL_OK(&c, CALL_has_collection, "{'collection_name':'docs'}");
        CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":true}");
    }
    caller_fini(&c);
}

TEST(destroying_an_engine_closes_its_database)
{
    struct caller c = caller_fresh();
    uint64_t n;
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CHECK(platform_memory_file(CALLER_PATH "-wal", &n) != NULL);
    caller_drop_engine(&c);
    CHECK(platform_memory_file(CALLER_PATH "-wal", &n) == NULL);
    CALL_OK(&c, CALL_open, "{'path':'" CALLER_PATH "'}");
    CALL_OK(&c, CALL_has_collection, "{'collection_name':'docs'}");
    CHECK(caller_says(&c, "'value':true"));
    caller_fini(&c);
}

TEST(two_engines_do_not_know_each_other)
{
    struct caller a = caller_fresh(), b = {0};
    CALL_OK(&b, CALL_open, "{'path':'/data/other.db'}");
    CALL_OK(&a, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_OK(&b, CALL_list_collections, "{}");
    CHECK(caller_says(&b, "'value':[]"));
    caller_fini(&a);
    caller_fini(&b);
}

TEST(the_description_is_json_with_every_operation_type_and_code)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    if (!CHECK_EQ_INT(json_parse(str_of(api_describe()), &a, &j, "description", &e), MVL_OK))
        return;
    const struct json *ops = json_get(j, STR("ops"));
    uint32_t n = 0;
    for (const struct json *op = ops->first; op && op->kind == JSON_OBJECT; op = op->next)
        n++;
    CHECK_EQ_INT(n, N_CALLS - 1);
    CHECK_EQ_INT(json_get(json_get(j, STR("data_types")), STR("FLOAT_VECTOR"))->integer, 101);
    CHECK_EQ_INT(json_get(json_get(j, STR("codes")), STR("CollectionNotFound"))->integer, 100);
    CHECK_EQ_INT(json_get(json_get(j, STR("limits")), STR("MAX_TOPK"))->integer, 16384);
    CHECK_EQ_INT(json_get(json_get(j, STR("load_states")), STR("Loaded"))->integer, 3);
    CHECK_EQ_INT(json_get(j, STR("abi"))->integer, 1);
    arena_fini(&a);
}

/* ---- messages gone wrong, through the door ---- */

static struct caller typed_insert(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection,
            "{'collection_name':'all','schema':{'enable_dynamic_field':true,'fields':["
            "{'name':'id','type':5,'is_primary':true},{'name':'flag','type':1},{'name':'real','type':10},"
            "{'name':'text','type':21,'max_length':20,'nullable':true},{'name':'json','type':23},"
            "{'name':'list','type':22,'element_type':5,'max_capacity':4},{'name':'v','type':101,'dim':3}]}}");
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'all'}");
    caller_i64(&c, "id", (int64_t[]){1, 2});
    caller_bool(&c, "flag", (uint8_t[]){1, 0});
    caller_f64(&c, "real", (double[]){0.5, 2});
    caller_str(&c, "text", (const char *[]){"t\xc3\xa9xt", NULL});
    caller_json(&c, "json", (const char *[]){"{'a':[1,2]}", "'s'"});
    caller_add(&c, (struct column){.name = STR("list"),
                                   .kind = KIND_MATRIX_F64,
                                   .offsets = (uint32_t[]){0, 2, 3},
                                   .data = (double[]){1, 2, 3}});
    caller_f32(&c, "v", 3, (float[]){1, 2, 3, 4, 5, 6});
    caller_str(&c, "extra", (const char *[]){"dynamic", "x"});
    CHECK_EQ_INT(caller_send(&c), 0);
    return c;
}

TEST(every_flipped_byte_of_a_message_is_refused_or_handled)
{
    struct caller c = typed_insert();
    uint32_t n_refused = 0, n_handled = 0;
    for (size_t at = 0; at < c.request_bytes; at++) {
        for (int bit = 0; bit <= 8; bit += getenv("FULL") ? 1 : 4) {
            uint8_t mask = (uint8_t)(bit == 8 ? 0xff : 1 << bit);
            if (at == 8) /* the operation: by the test below */
                continue;
            c.request[at] ^= mask;
            *(caller_send(&c) == 0 ? &n_handled : &n_refused) += 1;
            CHECK(c.code != CALLER_NO_REPLY && c.code != 5);
            c.request[at] ^= mask;
        }
    }
    printf("# %u refused, %u handled\n", n_refused, n_handled);
    CHECK(n_refused > 100 && n_handled > 100);
    CHECK_EQ_INT(caller_send(&c), 0); /* and the engine lives on */
    caller_fini(&c);
}

TEST(every_truncated_message_is_refused)
{
    struct caller c = typed_insert();
    size_t whole = c.request_bytes;
    for (c.request_bytes = 0; c.request_bytes < whole; c.request_bytes++)
        CHECK_EQ_INT(caller_send(&c), 1100);
    caller_fini(&c);
}

TEST(every_operation_takes_columns_it_does_not_expect)
{
    for (int op = CALL_open; op < N_CALLS; op++) {
        struct caller c = typed_insert();
        c.request[8] = (uint8_t)op;
        caller_send(&c);
        CHECK(c.code != CALLER_NO_REPLY && c.code != 5);
        caller_fini(&c);
    }
}

TEST(room_for_a_request_is_made_when_the_caller_finds_none)
{
    struct caller c = caller_fresh();
    CHECK_EQ_INT(api_call(c.api, NULL, 0), 0);
    size_t n;
    CHECK(api_reply(c.api, &n) != NULL && n > 0);
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    caller_begin(&c, CALL_insert, 1, "{'collection_name':'docs'}");
    caller_i64(&c, "id", (int64_t[]){1});
    caller_f32(&c, "vector", 2, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 0);
    CALL_OK(&c, CALL_load_collection, "{'collection_name':'docs'}");
    CHECK_EQ_INT(api_call(c.api, NULL, 0), 0);
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(c.reply.n_rows, 1);
    caller_fini(&c);
}

TEST(a_request_that_runs_out_of_memory_is_tried_again_when_vectors_make_room)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':2}");
    CALL_OK(&c, CALL_load_collection, "{'collection_name':'docs'}");
    for (int64_t id = 0; id < 2; id++) {
        caller_begin(&c, CALL_insert, 1, "{'collection_name':'docs'}");
        caller_i64(&c, "id", &id);
        caller_f32(&c, "vector", 2, (float[]){1, 2}); /* in memory since the first */
        mem_fail_nth(id ? 2 : 0);
        CHECK_EQ_INT(caller_send(&c), 0);
        mem_fail_nth(0);
    }
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(c.reply.n_rows, 2); /* neither once nor twice */
    caller_fini(&c);
}
