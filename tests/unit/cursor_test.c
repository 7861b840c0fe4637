#include "api/cursor.h"

#include <math.h>

#include "databases.h"

static const struct json *parsed(const char *text, struct arena *a)
{
    struct json *j = NULL;
    struct error e = ERROR_NONE;
    CHECK_CODE(json_parse(str_of(text), a, &j, "cursor", &e), MVL_OK);
    return j;
}

TEST(an_empty_cursor_begins)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct search_cursor cursor;
    const struct column *after;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_CODE(cursor_of_search(parsed("{}", &a), c, &cursor, &e), MVL_OK);
    CHECK_EQ_INT(cursor.collection, c->id);
    CHECK_EQ_INT(cursor.end, c->next_row);
    CHECK(!cursor.has_last);
    CHECK_CODE(cursor_of_query(parsed("{}", &a), &a, &after), MVL_OK);
    CHECK(after == NULL);
    arena_fini(&a);
    db_done(db);
}

TEST(a_search_goes_on_where_it_was_written_down)
{
    static const float orders[] = {0, -0.5F, 1e-44F, 3e38F, INFINITY, -INFINITY};
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct writer w = {0};
        struct search_cursor from = {1 + (int64_t)i, UINT32_MAX, true, orders[i], 7}, to;
        struct json *j;
        cursor_put_search(&from, &w);
        struct str text = {(const char *)w.p, (uint32_t)w.n};
        CHECK_CODE(json_parse(text, &a, &j, "cursor", &e), MVL_OK);
        CHECK_CODE(cursor_of_search(j, c, &to, &e), MVL_OK);
        CHECK_EQ_INT(to.collection, from.collection);
        CHECK_EQ_INT(to.end, from.end);
        CHECK(to.has_last && to.last_order == from.last_order);
        CHECK_EQ_INT(to.last_row, from.last_row);
        writer_fini(&w);
        arena_fini(&a);
    }
    db_done(db);
}

TEST(what_is_no_cursor_is_refused)
{
    static const char *const bad[] = {
        "{\"end\":3}",
        "{\"collection\":\"1\",\"end\":3}",
        "{\"collection\":1,\"end\":-3}",
        "{\"collection\":1,\"end\":4294967296}",
        "{\"collection\":1,\"end\":3,\"order\":1}",
        "{\"collection\":1,\"end\":3,\"order\":0.5,\"row\":1}",
        "{\"collection\":1,\"end\":3,\"order\":2143289344,\"row\":1}", /* NaN */
        "{\"after\":3}",
    };
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct search_cursor cursor;
        CHECK_CODE(cursor_of_search(parsed(bad[i], &a), c, &cursor, &e), MVL_PARAM_INVALID);
        CHECK(strstr(e.reason, "iterator must be {}") != NULL);
        arena_fini(&a);
    }
    db_done(db);
}

TEST(a_query_goes_on_behind_its_last_key)
{
    struct arena a = {0};
    struct error e;
    struct writer w = {0};
    const struct column *after;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    const int64_t ids[] = {5, INT64_MAX};
    struct column column = {.name = STR("id"), .kind = KIND_I64, .data = ids};
    const struct batch full = {&column, 1, 2}, empty = {&column, 1, 0};
    cursor_put_query(c->schema, &full, &w);
    writer_u8(&w, 0);
    CHECK(w.p && strcmp((const char *)w.p, "{\"after\":9223372036854775807}") == 0);
    CHECK_CODE(cursor_of_query(parsed((const char *)w.p, &a), &a, &after), MVL_OK);
    CHECK(after && str_eq(column_text(after, 0), STR("9223372036854775807")));
    w.n = 0;
    json_begin(&w);
    cursor_put_query(c->schema, &empty, &w);
    CHECK(w.n == 2 && memcmp(w.p, "{}", 2) == 0);
    writer_fini(&w);
    arena_fini(&a);
    db_done(db);
}
