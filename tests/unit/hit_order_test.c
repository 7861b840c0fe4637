#include "engine/hit_order.h"

#include "databases.h"
#include "errors.h"

enum { MOST_HITS = 8 };

static const struct order_term by_text = {{"text", 4}, true, false};

/* Hits of two queries: of the first two; then these rows, whose ids they are. */
static const uint32_t before[] = {1, 2}, found[] = {11, 3, 8, 5, 2, 9};

static void check_page(struct collection *c, struct search_request r, bool is_grouped, const uint32_t ends[],
                       uint32_t n_groups, const uint32_t expected[], uint32_t n)
{
    struct arena a = {0};
    struct error e;
    struct plan p = {.limit = (uint32_t)r.limit, .offset = (uint32_t)r.offset, .is_grouped = is_grouped};
    uint32_t rows[MOST_HITS];
    double distances[MOST_HITS];
    struct hits hits = {rows, distances, COUNT(before) + COUNT(found)};
    memcpy(rows, before, sizeof before);
    memcpy(rows + COUNT(before), found, sizeof found);
    for (uint32_t i = 0; i < hits.n; i++)
        distances[i] = rows[i] / 2.0;
    r.order = (struct order_terms){&by_text, 1};
    CHECK_CODE(hit_order_resolve(c->schema, &r, &a, &p, &e), MVL_OK);
    CHECK(p.limit == r.limit + r.offset && p.offset == 0);
    CHECK_CODE(hit_order_apply(c, &p, ends, n_groups, COUNT(before), &a, &hits, &e), MVL_OK);
    CHECK_EQ_INT(hits.n, COUNT(before) + n);
    CHECK(memcmp(rows, before, sizeof before) == 0);
    for (uint32_t i = 0; i < n && i + COUNT(before) < hits.n; i++) {
        CHECK_EQ_INT(rows[COUNT(before) + i], expected[i]);
        CHECK(distances[COUNT(before) + i] == expected[i] / 2.0);
    }
    arena_fini(&a);
}

static struct db *some_docs(void)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 0, 20, 1), MVL_OK);
    return db;
}

TEST(hits_come_in_the_order_and_then_the_page_is_taken)
{
    struct db *db = some_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    static const uint32_t all[] = {9, 5, 3, 2, 11, 8}; /* 8 has no text */
    for (int64_t offset = 0; offset <= 7; offset++)
        for (int64_t limit = 1; limit <= 7; limit++) {
            uint32_t first = offset < 6 ? (uint32_t)offset : 6, left = 6 - first;
            check_page(c, (struct search_request){.limit = limit, .offset = offset}, false, NULL, 0,
                       all + first, left < limit ? left : (uint32_t)limit);
        }
    db_done(db);
}

TEST(groups_stay_whole_and_come_by_their_first_hit)
{
    struct db *db = some_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    static const uint32_t ends[] = {2, 3, 6}; /* 11 3, 8, 5 2 9 */
    check_page(c, (struct search_request){.limit = 5}, true, ends, 3, (const uint32_t[]){5, 2, 9, 11, 3, 8},
               6);
    check_page(c, (struct search_request){.limit = 1, .offset = 1}, true, ends, 3, (const uint32_t[]){11, 3},
               2);
    check_page(c, (struct search_request){.limit = 1, .offset = 3}, true, ends, 3, NULL, 0);
    check_page(c, (struct search_request){.limit = 5}, true, ends, 1, (const uint32_t[]){11, 3}, 2);
    db_done(db);
}

TEST(without_an_order_the_plan_stays_as_it_is)
{
    struct arena a = {0};
    struct error e;
    struct plan p = {.limit = 3, .offset = 4};
    struct db *db = some_docs();
    CHECK_CODE(hit_order_resolve(db_lookup(db, STR("docs"))->schema, &(struct search_request){0}, &a, &p, &e),
               MVL_OK);
    CHECK(p.limit == 3 && p.offset == 4 && p.order.n == 0);
    arena_fini(&a);
    db_done(db);
}

TEST(an_iterator_and_a_field_without_an_order_are_refused)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct plan p = {.limit = 3};
    struct db *db = some_docs();
    const struct schema *s = db_lookup(db, STR("docs"))->schema;
    struct search_cursor cursor = {0};
    struct search_request r = {.cursor = &cursor, .order = {&by_text, 1}};
    int rc = hit_order_resolve(s, &r, &a, &p, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "order_by_fields must not be given to an iterator, got 'text'", "",
                -1);
    const struct order_term vector = {STR("v"), false, false};
    r = (struct search_request){.order = {&vector, 1}};
    e = ERROR_NONE;
    rc = hit_order_resolve(s, &r, &a, &p, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID,
                "order_by_fields must name fields that have an order, got field 'v' of type FLOAT_VECTOR",
                "v", -1);
    arena_fini(&a);
    db_done(db);
}
