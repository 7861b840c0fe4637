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
