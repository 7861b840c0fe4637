#include "engine/keys.h"

#include "databases.h"
#include "engine/output.h"
#include "faults.h"

enum { N = 5000 };

static struct collection *docs_of(struct db *db, uint32_t n)
{
    static int64_t ids[MOST_ROWS];
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e = ERROR_NONE;
    for (uint32_t i = 0; i < n; i++)
        ids[i] = 7 * (int64_t)i - 100;
    CHECK_CODE(docs_write(c, ids, n, 1, &e), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    return c;
}

static void read_all(struct collection *c, uint32_t effort)
{
    struct error e = ERROR_NONE;
    for (int slices = 0; keys_work(c) && CHECK(slices < 6000); slices++)
        CHECK_CODE(keys_read(c, effort, &e), MVL_OK);
}

static bool knows(struct collection *c, const uint32_t rows[], uint32_t n, struct arena *a,
                  struct column *out)
{
    bool known;
    return CHECK_EQ_INT(keys_of(c, rows, n, a, out, &known), MVL_OK) && known;
}

TEST(keys_are_read_in_slices)
{
    static const uint32_t efforts[] = {0, 7, 700, UINT32_MAX};
    for (size_t i = 0; i < COUNT(efforts); i++) {
        struct db *db = db_with_docs();
        struct collection *c = docs_of(db, i ? N : 40);
        uint32_t last = (uint32_t)c->next_row - 1;
        struct arena a = {0};
        struct column keys;
        CHECK(keys_work(c) > 0 && !knows(c, &last, 1, &a, &keys));
        read_all(c, efforts[i]);
        CHECK_EQ_INT(c->keys.n_known, c->next_row);
        const uint32_t rows[] = {last, 0, 3};
        if (CHECK(knows(c, rows, 3, &a, &keys)) && CHECK(keys.kind == KIND_I64)) {
            const int64_t *values = keys.data;
            CHECK(values[0] == 7 * (int64_t)last - 100 && values[1] == -100 && values[2] == -79);
        }
        arena_fini(&a);
        db_done(db);
    }
}

TEST(rows_that_came_since_are_read_too)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 100);
    struct error e = ERROR_NONE;
    read_all(c, UINT32_MAX);
    const int64_t more[] = {5000, -100}; /* the second is there: it gets a new row */
    CHECK_CODE(docs_write(c, more, 2, 2, &e), MVL_OK);
    struct arena a = {0};
    struct column keys;
    const uint32_t rows[] = {100, 101};
    CHECK(keys_work(c) > 0 && !knows(c, rows, 2, &a, &keys) &&
          knows(c, (const uint32_t[]){99}, 1, &a, &keys));
    read_all(c, UINT32_MAX);
    if (CHECK(knows(c, rows, 2, &a, &keys)))
        CHECK(((const int64_t *)keys.data)[0] == 5000 && ((const int64_t *)keys.data)[1] == -100);
    collection_unload(c);
    CHECK(keys_work(c) == 0 && c->keys.n_known == 0);
    arena_fini(&a);
    db_done(db);
}

TEST(hits_have_the_same_keys_as_before_they_were_read)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 300);
    struct error e = ERROR_NONE;
    struct arena a = {0};
    static const uint32_t rows[] = {17, 0, 299, 17};
    struct column before, after;
    CHECK_CODE(output_fetch_keys(c, rows, 4, &a, &before, &e), MVL_OK);
    read_all(c, UINT32_MAX);
    CHECK_CODE(output_fetch_keys(c, rows, 4, &a, &after, &e), MVL_OK);
    CHECK(before.kind == after.kind && before.role == after.role && str_eq(before.name, after.name));
    CHECK(memcmp(before.data, after.data, 4 * sizeof(int64_t)) == 0);
    arena_fini(&a);
    db_done(db);
}

TEST(without_memory_keys_are_looked_up)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 100);
    struct error e = ERROR_NONE;
    mem_fail_nth(1);
    CHECK_CODE(keys_read(c, UINT32_MAX, &e), MVL_OK);
    mem_fail_nth(0);
    CHECK(keys_work(c) == 0 && c->keys.n_known == 0);
    struct arena a = {0};
    struct column keys;
    CHECK_CODE(output_fetch_keys(c, (const uint32_t[]){5}, 1, &a, &keys, &e), MVL_OK);
    CHECK_EQ_INT(((const int64_t *)keys.data)[0], -65);
    arena_fini(&a);
    db_done(db);
}
