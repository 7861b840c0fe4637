#include "callers.h"

enum { DIM = 2 };

static struct caller fresh(const char *extra)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':%d,'metric_type':'L2'%s}", DIM,
            extra);
    return c;
}

/* Rows first .. first + n - 1, whose vectors are (id, 0). */
static int write_rows(struct caller *c, enum caller_op op, int64_t first, uint32_t n, const char *params)
{
    int64_t ids[64];
    float vectors[64][DIM];
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = first + i;
        vectors[i][0] = (float)ids[i];
        vectors[i][1] = 0;
    }
    caller_begin(c, op, n, "{'collection_name':'docs'%s}", params);
    caller_i64(c, "id", ids);
    caller_f32(c, "vector", DIM, vectors[0]);
    return caller_send(c);
}

static int search_at(struct caller *c, float x, const char *params)
{
    caller_begin(c, CALL_search, 1, "{'collection_name':'docs'%s}", params);
    caller_f32(c, "data", DIM, (float[]){x, 0});
    return caller_send(c);
}

static void check_ids(const struct caller *c, const int64_t expected[], uint32_t n)
{
    const struct column *ids = caller_role(c, ROLE_ID);
    CHECK_EQ_INT(c->reply.n_rows, n);
    for (uint32_t i = 0; ids && i < n && i < c->reply.n_rows; i++)
        CHECK_EQ_INT(caller_i64_at(ids, i), expected[i]);
}

TEST(insert_answers_count_and_ids)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 5, 3, ""), 0);
    CHECK_STR(c.params, "{\"shape\":\"ids\",\"value\":{\"insert_count\":3,\"cost\":0}}");
    check_ids(&c, (int64_t[]){5, 6, 7}, 3);
    CHECK_EQ_INT(write_rows(&c, CALL_upsert, 6, 2, ",'partition_name':'_default'"), 0);
    CHECK_STR(c.params, "{\"shape\":\"ids\",\"value\":{\"upsert_count\":2,\"cost\":0}}");
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 3);
    caller_fini(&c);
}

TEST(no_rows_are_fine)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 0, ""), 0);
    CHECK(caller_says(&c, "'insert_count':0"));
    caller_begin(&c, CALL_insert, 0, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(search_at(&c, 1, ""), 0); /* nor is an empty collection an error */
    CHECK_STR(c.params, "{\"shape\":\"hits\",\"pk\":\"id\",\"counts\":[0]}");
    caller_fini(&c);
}

TEST(writes_that_do_not_fit_change_nothing)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 2, ",'partition_name':'other'"), 200);
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 2, ",'partial_update':true"), 1100);
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 2, ",'data':[]"), 1100);
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_i64(&c, "id", (int64_t[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 1100);
    CHECK(caller_says(&c, "'type':'DataNotMatchException'"));
    CHECK(caller_says(&c, "'detail':{'field':'vector','row':0}"));
    caller_f32(&c, "vector", 3, (float[]){1, 2, 3, 4, 5, 6});
    CHECK_EQ_INT(caller_send(&c), 1100);
    CHECK(caller_says(&c, "expected dim 2, got 3"));
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 0);
    caller_fini(&c);
}

TEST(made_keys_count_on_and_given_ones_never_come_again)
{
    struct caller c = fresh(",'auto_id':true");
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_f32(&c, "vector", DIM, (float[]){1, 2, 3, 4});
    CHECK_EQ_INT(caller_send(&c), 0);
    check_ids(&c, (int64_t[]){1, 2}, 2);
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 9, 1, ""), 1100); /* keys are not to be given */
    CHECK_EQ_INT(write_rows(&c, CALL_upsert, 9, 2, ""), 0);
    caller_begin(&c, CALL_insert, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "vector", DIM, (float[]){1, 2});
    CHECK_EQ_INT(caller_send(&c), 0);
    check_ids(&c, (int64_t[]){11}, 1);
    caller_fini(&c);
}

TEST(the_last_key_there_is_ends_auto_id)
{
    struct caller c = fresh(",'auto_id':true");
    CHECK_EQ_INT(write_rows(&c, CALL_upsert, INT64_MAX - 1, 1, ""), 0);
    for (int i = 0; i < 2; i++) {
        caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
        caller_f32(&c, "vector", DIM, (float[]){1, 2, 3, 4});
        caller_send(&c);
        caller_refused(&c, 1102, "ParamError", "no keys left");
    }
    caller_fini(&c);
}

TEST(made_text_keys_do_not_hit_given_ones)
{
    struct caller c = fresh(",'auto_id':true,'id_type':'string'");
    caller_begin(&c, CALL_upsert, 3, "{'collection_name':'docs'}");
    caller_str(&c, "id", (const char *[]){"2", "04", "x"});
    caller_f32(&c, "vector", DIM, (float[]){1, 2, 3, 4, 5, 6});
    CHECK_EQ_INT(caller_send(&c), 0);
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_f32(&c, "vector", DIM, (float[]){1, 2, 3, 4});
    CHECK_EQ_INT(caller_send(&c), 0);
    const struct column *ids = caller_role(&c, ROLE_ID);
    CHECK(ids && caller_text_is(ids, 0, "3") && caller_text_is(ids, 1, "4"));
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 5);
    caller_fini(&c);
}

TEST(get_answers_rows_in_the_order_of_the_keys)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 10, ""), 0);
    caller_begin(&c, CALL_get, 5, "{'collection_name':'docs'}");
    caller_i64(&c, "ids", (int64_t[]){7, 99, 2, 7, 3});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_STR(c.params, "{\"shape\":\"rows\"}");
    const struct column *ids = caller_column(&c, "id");
    CHECK_EQ_INT(c.reply.n_rows, 3);
    CHECK(ids && caller_i64_at(ids, 0) == 7 && caller_i64_at(ids, 1) == 2 && caller_i64_at(ids, 2) == 3);
    caller_begin(&c, CALL_get, 1, "{'collection_name':'docs','output_fields':'vector'}");
    caller_i64(&c, "ids", (int64_t[]){4});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK(caller_column(&c, "vector") && caller_column(&c, "id") && !caller_role(&c, ROLE_SPREAD));
    caller_fini(&c);
}

TEST(get_and_delete_need_keys_of_the_right_kind)
{
    static const enum caller_op ops[] = {CALL_get, CALL_delete};
    struct caller c = fresh("");
    for (size_t i = 0; i < COUNT(ops); i++) {
        CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [ids]", ops[i],
                     "{'collection_name':'docs'}");
        caller_begin(&c, ops[i], 1, "{'collection_name':'docs'}");
        caller_str(&c, "ids", (const char *[]){"x"});
        CHECK_EQ_INT(caller_send(&c), 1100);
        caller_begin(&c, ops[i], 1, "{'collection_name':'docs'}");
        caller_str(&c, "ids", (const char *[]){NULL});
        CHECK_EQ_INT(caller_send(&c), 1100);
        caller_begin(&c, ops[i], 0, "{'collection_name':'docs'}");
        caller_i64(&c, "ids", NULL);
        CHECK_EQ_INT(caller_send(&c), 0); /* none are fine */
    }
    caller_begin(&c, CALL_get, 1, "{'collection_name':'docs','partition_names':['_default','p']}");
    caller_i64(&c, "ids", (int64_t[]){4});
    CHECK_EQ_INT(caller_send(&c), 200);
    caller_fini(&c);
}

TEST(delete_answers_how_many_there_were)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 10, ""), 0);
    caller_begin(&c, CALL_delete, 5, "{'collection_name':'docs'}");
    caller_i64(&c, "ids", (int64_t[]){3, 3, 77, 0, 9});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_STR(c.params, "{\"shape\":\"value\",\"value\":{\"delete_count\":3,\"cost\":0}}");
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(caller_int(&c, "delete_count"), 0);
    CALL_OK(&c, CALL_get_collection_stats, "{'collection_name':'docs'}");
    CHECK_EQ_INT(caller_int(&c, "row_count"), 7);
    caller_fini(&c);
}

TEST(search_answers_the_nearest_with_distances)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 20, ""), 0);
    CHECK_EQ_INT(search_at(&c, 4.25F, ",'limit':3"), 0);
    CHECK_STR(c.params, "{\"shape\":\"hits\",\"pk\":\"id\",\"counts\":[3]}");
    check_ids(&c, (int64_t[]){4, 5, 3}, 3);
    const struct column *d = caller_role(&c, ROLE_DISTANCE);
    CHECK(d && caller_f64_at(d, 0) == 0.0625 && caller_f64_at(d, 1) == 0.5625 &&
          caller_f64_at(d, 2) == 1.5625);
    CHECK_EQ_INT(search_at(&c, 0, ""), 0);
    CHECK_EQ_INT(c.reply.n_rows, 10); /* the default limit */
    CHECK_EQ_INT(search_at(&c, 4.25F, ",'limit':2,'offset':1"), 0);
    check_ids(&c, (int64_t[]){5, 3}, 2);
    CHECK_EQ_INT(search_at(&c, 4.25F, ",'limit':1,'round_decimal':2"), 0);
    CHECK(caller_f64_at(caller_role(&c, ROLE_DISTANCE), 0) == 0.06);
    caller_fini(&c);
}

TEST(several_queries_are_answered_one_after_the_other)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 4, ""), 0);
    caller_begin(&c, CALL_search, 3,
                 "{'collection_name':'docs','limit':2,'search_params':{'params':{'radius':2}}}");
    caller_f32(&c, "data", DIM, (float[]){0, 0, 50, 0, 3, 0});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK(caller_says(&c, "'counts':[2,0,2]"));
    check_ids(&c, (int64_t[]){0, 1, 3, 2}, 4);
    caller_fini(&c);
}

TEST(search_parameters_stand_in_three_places)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 9, ""), 0);
    static const char *const ways[] = {
        ",'limit':2,'offset':3", ",'limit':2,'search_params':{'offset':3}",
        ",'limit':2,'search_params':{'metric_type':'L2','params':{'offset':3,'ef':9}}"};
    for (size_t i = 0; i < COUNT(ways); i++) {
        CHECK_EQ_INT(search_at(&c, 0, ways[i]), 0);
        check_ids(&c, (int64_t[]){3, 4}, 2);
    }
    caller_fini(&c);
}

TEST(searches_that_cannot_be_are_refused)
{
    static const struct {
        int code;
        const char *class, *reason, *params;
    } cases[] = {
        {1100, "ParamError", "limit must be 1..16384, got 0", ",'limit':0"},
        {1100, "ParamError", "limit must be 1..16384, got 16385", ",'limit':16385"},
        {1100, "ParamError", "offset must be at least 0", ",'offset':-1"},
        {1100, "ParamError", "got 9223372036854775807 and 10", ",'offset':9223372036854775807"},
        {1100, "ParamError", "round_decimal must be -1..6, got 7", ",'round_decimal':7"},
        {1100, "ParamError", "limit must be an integer, got 1.5", ",'limit':1.5"},
        {1100, "ParamError", "metric type not match", ",'search_params':{'metric_type':'IP'}"},
        {1100, "ParamError", "metric_type must be COSINE, IP or L2", ",'search_params':{'metric_type':'X'}"},
        {1700, "MilvusException", "field 'x' not found", ",'anns_field':'x'"},
        {1100, "ParamError", "anns_field must be a vector field", ",'anns_field':'id'"},
        {1100, "ParamError", "radius must be greater than", ",'search_params':{'radius':1,'range_filter':1}"},
        {1100, "ParamError", "unknown parameter 'raduis'", ",'search_params':{'raduis':1}"},
        {1100, "ParamError", "search_params must be an object", ",'search_params':[]"},
        {200, "MilvusException", "partition=p", ",'partition_names':'p'"},
        {1100, "ParamError", "filter: unexpected '='", ",'filter':'id = 1'"},
    };
    struct caller c = fresh("");
    for (size_t i = 0; i < COUNT(cases); i++) {
        search_at(&c, 0, cases[i].params);
        caller_refused(&c, cases[i].code, cases[i].class, cases[i].reason);
    }
    CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [data]", CALL_search,
                 "{'collection_name':'docs'}");
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 3, (float[]){1, 2, 3});
    CHECK_EQ_INT(caller_send(&c), 1100);
    caller_begin(&c, CALL_search, 0, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, NULL);
    CHECK_EQ_INT(caller_send(&c), 1100);
    caller_fini(&c);
}

TEST(dynamic_fields_come_back_whole_or_by_name)
{
    struct caller c = fresh("");
    caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
    caller_i64(&c, "id", (int64_t[]){1, 2});
    caller_f32(&c, "vector", DIM, (float[]){0, 0, 1, 0});
    caller_str(&c, "color", (const char *[]){"red", NULL});
    caller_json(&c, "any", (const char *[]){"{'a':[1]}", "7"});
    CHECK_EQ_INT(caller_send(&c), 0);
    CHECK_EQ_INT(search_at(&c, 0, ",'output_fields':['*']"), 0);
    const struct column *all = caller_role(&c, ROLE_SPREAD);
    CHECK(all && caller_text_is(all, 0, "{'color':'red','any':{'a':[1]}}"));
    CHECK(all && caller_text_is(all, 1, "{'color':null,'any':7}"));
    CHECK_EQ_INT(search_at(&c, 0, ",'output_fields':['color','none']"), 0);
    const struct column *color = caller_column(&c, "color"), *none = caller_column(&c, "none");
    CHECK(color && caller_text_is(color, 0, "'red'") && column_is_null(color, 1) &&
          column_is_given(color, 1));
    CHECK(none && !column_is_given(none, 0) && !column_is_given(none, 1));
    caller_fini(&c);
}

TEST(a_search_explains_itself_on_request)
{
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 5, ""), 0);
    CHECK_EQ_INT(search_at(&c, 1, ",'explain':true,'limit':2"), 0);
    CHECK_STR(
        c.params,
        "{\"shape\":\"hits\",\"pk\":\"id\",\"counts\":[2],\"explain\":[{\"index\":\"AUTOINDEX\","
        "\"plan\":\"exact\",\"storage\":\"memory\",\"rows\":5,\"allowed\":5,\"ef\":null,"
        "\"estimated\":0,\"exact\":5,\"ms\":{\"plan\":0,\"filter\":0,\"estimate\":0,\"exact\":0,\"fetch\":0,"
        "\"total\":0}}]}");
    CHECK_EQ_INT(search_at(&c, 1, ",'explain':true,'group_by_field':'id'"), 0);
    CHECK(caller_says(&c, "'exact':0,'group':0,'fetch':0"));
    CHECK_EQ_INT(search_at(&c, 1, ",'explain':false"), 0);
    CHECK(!caller_says(&c, "explain"));
    CHECK_EQ_INT(search_at(&c, 1, ",'explain':1"), 1100);
    caller_fini(&c);
}

TEST(groups_and_ef_are_read_wherever_they_may_stand)
{
    static const char *const good[] = {
        ",'group_by_field':'id','group_size':2,'strict_group_size':true",
        ",'search_params':{'group_by_field':'id','group_size':2}",
        ",'search_params':{'params':{'group_by_field':'id','strict_group_size':false}}",
        ",'search_params':{'ef':20,'params':{'ef':20}}",
        ",'search_params':{'ef':20,'params':{'ef':null}}",
        ",'search_params':{'ef':null,'params':null,'nprobe':3,'level':1,'refine_k':2}",
    };
    static const char *const bad[][2] = {
        {",'search_params':{'ef':20,'params':{'ef':21}}", "ambiguous parameter: ef, in search_params: 20"},
        {",'search_params':{'params':{'ef':'x'}}", "ef must be an integer, got \\\"x\\\""},
        {",'search_params':{'params':'x'}", "params of search_params must be an object, got a string"},
        {",'ef':20", "unknown parameter 'ef'"},
        {",'group_by_field':'id','group_size':0", "group_size must be at least 1"},
        {",'group_size':2", "group_size needs a group_by_field"},
    };
    struct caller c = fresh("");
    CHECK_EQ_INT(write_rows(&c, CALL_insert, 0, 5, ""), 0);
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!CHECK_EQ_INT(search_at(&c, 1, good[i]), 0))
            printf("# %s\n", c.params);
        CHECK_EQ_INT(c.reply.n_rows, 5);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_EQ_INT(search_at(&c, 1, bad[i][0]), 1100);
        caller_refused(&c, 1100, "ParamError", bad[i][1]);
    }
    CALL_OK(&c, CALL_drop_index, "{'collection_name':'docs'}");
    CALL_OK(&c, CALL_create_index, "{'collection_name':'docs','index_params':{'index_type':'HNSW'}}");
    CHECK_EQ_INT(search_at(&c, 1, ",'search_params':{'ef':10}"), 0);
    CHECK_EQ_INT(search_at(&c, 1, ",'search_params':{'ef':9}"), 1100);
    CHECK(caller_says(&c, "ef(9) should be larger than k(10)"));
    CHECK_EQ_INT(search_at(&c, 1, ",'search_params':{'ef':32769}"), 1100);
    CHECK(caller_says(&c, "should be in range [1, 32768]"));
    caller_fini(&c);
}
