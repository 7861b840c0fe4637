#include "engine/query.h"

#include "databases.h"

enum { N = 300 };

static const struct str id_field[] = {{"id", 2}}, count_field[] = {{"COUNT(*)", 8}};

/* Row i has the key (7 i) mod N: keys do not come in order. */
static struct collection *shuffled_docs(struct db *db)
{
    static int64_t ids[N];
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e = ERROR_NONE;
    for (uint32_t i = 0; i < N; i++)
        ids[i] = 7 * i % N;
    CHECK_CODE(docs_write(c, ids, N, 1, &e), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    return c;
}

static void check_ids(struct collection *c, struct query_request r, const int64_t expected[], uint32_t n)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct batch out = {0};
    r.output_fields = id_field;
    r.n_output_fields = 1;
    CHECK_CODE(collection_query(c, &r, &a, &out, &e), MVL_OK);
    const struct column *ids = batch_column(&out, "id");
    CHECK_EQ_INT(out.n_rows, n);
    for (uint32_t i = 0; i < n && i < out.n_rows && CHECK(ids != NULL); i++)
        CHECK_EQ_INT(((const int64_t *)ids->data)[i], expected[i]);
    arena_fini(&a);
}

static int64_t count_of(struct collection *c, struct query_request r)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct batch out = {0};
    int64_t count = -1;
    r.output_fields = count_field;
    r.n_output_fields = 1;
    CHECK_CODE(collection_query(c, &r, &a, &out, &e), MVL_OK);
    if (CHECK(out.n_columns == 1 && out.n_rows == 1 && str_eq(out.columns[0].name, STR("count(*)"))))
        count = *(const int64_t *)out.columns[0].data;
    arena_fini(&a);
    return count;
}

TEST(rows_come_in_the_order_of_their_keys)
{
    struct db *db = db_with_docs();
    struct collection *c = shuffled_docs(db);
    static const int64_t offsets[] = {0, 1, 50, 10000}, limits[] = {1, 20, 1000};
    for (size_t o = 0; o < COUNT(offsets); o++)
        for (size_t l = 0; l < COUNT(limits); l++) {
            int64_t expected[N], skipped = 0;
            uint32_t n = 0;
            for (int64_t id = 0; id < N; id++)
                if (id > 40 && id % 4 == 0 && skipped++ >= offsets[o] && n < limits[l])
                    expected[n++] = id;
            check_ids(c,
                      (struct query_request){.filter = STR("id > 40 and text is null"),
                                             .limit = &limits[l],
                                             .offset = offsets[o]},
                      expected, n);
        }
    db_done(db);
}

TEST(rows_by_key_come_once_and_only_if_they_are_there)
{
    struct db *db = db_with_docs();
    struct collection *c = shuffled_docs(db);
    static const int64_t ids[] = {250, 3, -1, 250, N, 17, 3}, sorted[] = {3, 17, 250}, asked[] = {250, 3, 17};
    const struct column keys = {.kind = KIND_I64, .data = ids};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct batch out = {0};
    check_ids(c, (struct query_request){.keys = &keys, .n_keys = COUNT(ids)}, sorted, 3);
    CHECK_EQ_INT(count_of(c, (struct query_request){.keys = &keys, .n_keys = COUNT(ids)}), 3);
    CHECK_CODE(collection_get(c, &keys, COUNT(ids), id_field, 1, &a, &out, &e), MVL_OK);
    const struct column *got = batch_column(&out, "id");
    if (CHECK(out.n_rows == 3 && got != NULL))
        CHECK(memcmp(got->data, asked, sizeof asked) == 0);
    arena_fini(&a);
    db_done(db);
}

TEST(counts_follow_writes_and_deletes)
{
    struct db *db = db_with_docs();
    struct collection *c = shuffled_docs(db);
    const struct query_request all = {0}, some = {.filter = STR("id < 10 or d == 2")};
    CHECK_EQ_INT(count_of(c, all), N);
    CHECK_EQ_INT(count_of(c, some), 10);
    CHECK_EQ_INT(docs_delete(c, (const int64_t[]){0, 5, 100}, 3), 3);
    CHECK_EQ_INT(count_of(c, all), N - 3);
    CHECK_EQ_INT(count_of(c, some), 8);
    CHECK_EQ_INT(docs_write_range(c, N - 5, 12, 2), MVL_OK); /* 5 are there already */
    CHECK_EQ_INT(count_of(c, all), N - 3 + 7);
    CHECK_EQ_INT(count_of(c, some), 8 + 12);
    db_done(db);
}

TEST(requests_that_contradict_themselves_are_refused)
{
    struct db *db = db_with_docs();
    struct collection *c = shuffled_docs(db);
    static const int64_t one = 1, zero = 0;
    static const struct str count_and_id[] = {{"count(*)", 8}, {"id", 2}};
    const struct column keys = {.kind = KIND_I64, .data = &one};
    const struct query_request bad[] = {
        {.offset = 0}, /* nothing at all */
        {.offset = 1},
        {.limit = &zero},
        {.limit = &one, .offset = -1},
        {.limit = &one, .offset = LIMIT_MAX_TOPK},
        {.keys = &keys, .n_keys = 1, .filter = STR("id > 1")},
        {.limit = &one, .output_fields = count_field, .n_output_fields = 1},
        {.limit = &one, .output_fields = count_and_id, .n_output_fields = 2},
        {.filter = STR("id >")},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct batch out;
        CHECK_CODE(collection_query(c, &bad[i], &a, &out, &e), MVL_PARAM_INVALID);
        arena_fini(&a);
    }
    db_done(db);
}
