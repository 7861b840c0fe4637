#include "callers.h"

enum { DIM = 2 };

static struct caller fresh(void)
{
    struct caller c = caller_fresh();
    CALL_OK(&c, CALL_create_collection, "{'collection_name':'docs','dimension':%d,'metric_type':'L2'}", DIM);
    return c;
}

/* Rows 0 .. n - 1, whose vectors are (id, 0). */
static int write_rows(struct caller *c, uint32_t n)
{
    int64_t ids[64];
    float vectors[64][DIM];
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = i;
        vectors[i][0] = (float)ids[i];
        vectors[i][1] = 0;
    }
    caller_begin(c, CALL_insert, n, "{'collection_name':'docs'}");
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

TEST(search_answers_the_nearest_with_distances)
{
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 20), 0);
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
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 4), 0);
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
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 9), 0);
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
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++) {
        search_at(&c, 0, cases[i].params);
        caller_refused(&c, cases[i].code, cases[i].class, cases[i].reason);
    }
    CALL_REFUSED(&c, 1101, "ParamError", "missing required argument: [data] or [ids]", CALL_search,
                 "{'collection_name':'docs'}");
    caller_begin(&c, CALL_search, 1, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 3, (float[]){1, 2, 3});
    CHECK_EQ_INT(caller_send(&c), 1100);
    caller_begin(&c, CALL_search, 0, "{'collection_name':'docs'}");
    caller_f32(&c, "data", 2, NULL);
    CHECK_EQ_INT(caller_send(&c), 1100);
    caller_fini(&c);
}

TEST(a_search_explains_itself_on_request)
{
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 5), 0);
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
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 5), 0);
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

/* Two requests around x and y, in one collection's only vector field. */
static int hybrid_at(struct caller *c, float x, float y, const char *params)
{
    caller_begin(c, CALL_hybrid_search, 1, "{'collection_name':'docs',%s}", params);
    caller_f32(c, "data", DIM, (float[]){x, 0});
    caller_f32(c, "data", DIM, (float[]){y, 0});
    return caller_send(c);
}

TEST(hybrid_searches_fuse_by_rank_or_weight)
{
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 9), 0);
    CHECK_EQ_INT(hybrid_at(&c, 2, 4.25F, "'reqs':[{'limit':3},{'limit':2}],'ranker':{'strategy':'rrf'}"), 0);
    CHECK_STR(c.params, "{\"shape\":\"hits\",\"pk\":\"id\",\"counts\":[5]}"); /* 2, 1, 3; 4, 5 */
    check_ids(&c, (int64_t[]){2, 4, 1, 5, 3}, 5);
    const struct column *d = caller_role(&c, ROLE_DISTANCE);
    CHECK(d && caller_f64_at(d, 0) == (double)(float)(1 / 61.0) &&
          caller_f64_at(d, 4) == (double)(float)(1 / 63.0));
    CHECK_EQ_INT(
        hybrid_at(&c, 2, 4.25F,
                  "'reqs':[{},{'expr':'id > {low}','expr_params':{'low':3}}],'limit':1,'offset':1,'ranker':"
                  "{'strategy':'weighted','params':{'weights':[0,1]}}"),
        0);
    check_ids(&c, (int64_t[]){5}, 1);
    CHECK_EQ_INT(hybrid_at(&c, 2, 4.25F,
                           "'reqs':[{'limit':2},{'limit':2}],'round_decimal':3,'ranker':{'name':'w','type':3,"
                           "'params':{'reranker':'weighted','weights':[1,0.5],'norm_score':false}}"),
                 0);
    check_ids(&c, (int64_t[]){2, 4, 5, 1}, 4); /* raw sums of distances: nearest first */
    CHECK(caller_f64_at(caller_role(&c, ROLE_DISTANCE), 2) == 0.281);
    caller_fini(&c);
}

TEST(hybrid_searches_that_cannot_be_are_refused)
{
    static const struct {
        int code;
        const char *reason, *params;
    } cases[] = {
        {1101, "missing required argument: [reqs]", "'ranker':{'strategy':'rrf'}"},
        {1101, "missing required argument: [ranker]", "'reqs':[{},{}]"},
        {1100, "reqs must be a list of requests, got an object", "'reqs':{},'ranker':{'strategy':'rrf'}"},
        {1101, "missing required argument: [data]", "'reqs':[{}],'ranker':{'strategy':'rrf'}"},
        {1100, "reqs[1]: must be an object, got null", "'reqs':[{},null],'ranker':{'strategy':'rrf'}"},
        {1100, "reqs[1]: unknown parameter 'lim'", "'reqs':[{},{'lim':1}],'ranker':{'strategy':'rrf'}"},
        {1100, "reqs[0]: limit must be 1..16384", "'reqs':[{'limit':0},{}],'ranker':{'strategy':'rrf'}"},
        {1100, "reqs[0]: expr and filter",
         "'reqs':[{'expr':'id>1','filter':'id>2'},{}],'ranker':{'strategy':'rrf'}"},
        {1100, "reqs[1]: filter: ", "'reqs':[{},{'expr':'id >'}],'ranker':{'strategy':'rrf'}"},
        {1100, "beside reqs", "'reqs':[{'param':{'round_decimal':1}},{}],'ranker':{'strategy':'rrf'}"},
        {1700, "reqs[0]: anns_field", "'reqs':[{'anns_field':'x'},{}],'ranker':{'strategy':'rrf'}"},
        {1100, "limit must be 1..16384, got -1", "'reqs':[{},{}],'limit':-1,'ranker':{'strategy':'rrf'}"},
        {1100, "offset must be at least 0",
         "'reqs':[{},{}],'offset':9223372036854775807,'ranker':{'strategy':'rrf'}"},
        {1700, "group_by_field", "'reqs':[{},{}],'group_by_field':'no','ranker':{'strategy':'rrf'}"},
        {1100, "unsupported rank type best", "'reqs':[{},{}],'ranker':{'strategy':'best'}"},
        {1100, "k of the ranker", "'reqs':[{},{}],'ranker':{'strategy':'rrf','params':{'k':0}}"},
        {1100, "in range (0, 16384), got 16384",
         "'reqs':[{},{}],'ranker':{'strategy':'rrf','params':{'k':16384}}"},
        {1100, "k must be a number", "'reqs':[{},{}],'ranker':{'strategy':'rrf','params':{'k':'60'}}"},
        {1101, "weights of the ranker must be a list of numbers, got none",
         "'reqs':[{},{}],'ranker':{'strategy':'weighted'}"},
        {1100, "a list of numbers, got a string",
         "'reqs':[{},{}],'ranker':{'strategy':'weighted','params':{'weights':[1,'1']}}"},
        {1100, "[expected=2][actual=1]",
         "'reqs':[{},{}],'ranker':{'strategy':'weighted','params':{'weights':[1]}}"},
        {1100, "in range [0, 1], got 1.5",
         "'reqs':[{},{}],'ranker':{'strategy':'weighted','params':{'weights':[1,1.5]}}"},
    };
    struct caller c = fresh();
    for (size_t i = 0; i < COUNT(cases); i++) {
        hybrid_at(&c, 0, 0, cases[i].params);
        caller_refused(&c, cases[i].code, cases[i].code == 1700 ? "MilvusException" : "ParamError",
                       cases[i].reason);
    }
    caller_begin(&c, CALL_hybrid_search, 0,
                 "{'collection_name':'docs','reqs':[],'ranker':{'strategy':'rrf'}}");
    CHECK_EQ_INT(caller_send(&c), 1100);
    CHECK(caller_says(&c, "reqs must hold 1..1024 requests, got 0"));
    caller_fini(&c);
}

TEST(requests_of_a_hybrid_search_have_as_many_queries)
{
    static const uint8_t first_two[] = {3};
    static const float vectors[3][DIM] = {{0, 0}, {1, 0}, {2, 0}};
    struct caller c = fresh();
    CHECK_EQ_INT(write_rows(&c, 3), 0);
    for (int both = 0; both < 2; both++) {
        caller_begin(&c, CALL_hybrid_search, 3,
                     "{'collection_name':'docs','reqs':[{},{}],'ranker':{'strategy':'rrf'},'limit':1}");
        struct column column = {
            .name = STR("data"), .kind = KIND_MATRIX_F32, .width = DIM, .data = vectors, .given = first_two};
        caller_add(&c, column);
        column.given = both ? first_two : NULL;
        caller_add(&c, column);
        CHECK_EQ_INT(caller_send(&c), both ? 0 : 1100);
        CHECK(caller_says(&c, both ? "'counts':[1,1]" : "[expected=2][actual=3]"));
    }
    caller_fini(&c);
}
