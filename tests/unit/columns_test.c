#include "engine/columns.h"

#include "databases.h"
#include "faults.h"

enum { N = 4500 }; /* more than are read at once */

static const struct path_step version_path[] = {{.key = {"d", 1}}};
static const struct filter_column wanted[] = {
    {.field = DOCS_TEXT, .kind = SCALAR_TEXT},
    {.field = FILTER_META, .kind = SCALAR_MIXED, .path = version_path, .n_path = 1},
};

static struct collection *docs_of(struct db *db, uint32_t n)
{
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    CHECK_EQ_INT(docs_write_range(c, 0, n, 1), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    return c;
}

/* Rows [first, end) have the key row + shift and that version. */
static void check_rows(struct collection *c, uint32_t first, uint32_t end, int64_t shift, int64_t version)
{
    const struct scalars *columns[COUNT(wanted)], *keys;
    struct error e;
    uint32_t n_wrong = 0;
    CHECK_CODE(columns_load_keys(c, &keys, &e), MVL_OK);
    if (!CHECK_EQ_INT(e.code, MVL_OK))
        return;
    CHECK_CODE(columns_load(c, wanted, COUNT(wanted), columns, &e), MVL_OK);
    if (!CHECK_EQ_INT(e.code, MVL_OK))
        return;
    for (uint32_t row = first; row < end; row++) {
        char expected[16];
        int64_t id = row + shift;
        struct cell key = scalars_cell(keys, row), text = scalars_cell(columns[0], row),
                    d = scalars_cell(columns[1], row);
        snprintf(expected, sizeof expected, "%d", (int)id);
        n_wrong += key.kind != JSON_INT || key.integer != id;
        n_wrong += text.kind != (id % 4 ? JSON_STRING : JSON_NULL);
        n_wrong += id % 4 && !str_eq(text.text, str_of(expected));
        n_wrong += d.kind != JSON_INT || d.integer != version;
    }
    CHECK_EQ_INT(n_wrong, 0);
}

TEST(columns_hold_what_was_written_and_read_on)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, N);
    CHECK_EQ_INT(columns_bytes(c), 0);
    check_rows(c, 0, N, 0, 1);
    uint64_t bytes = columns_bytes(c);
    CHECK(bytes >= 3 * N * sizeof(uint64_t));
    check_rows(c, 0, N, 0, 1);
    CHECK_EQ_INT(columns_bytes(c), bytes); /* the same ones */
    CHECK_EQ_INT(docs_write_range(c, 10000, 100, 2), MVL_OK);
    check_rows(c, 0, N, 0, 1);
    check_rows(c, N, N + 100, 10000 - N, 2);
    collection_drop_caches(c);
    CHECK_EQ_INT(columns_bytes(c), 0);
    check_rows(c, N, N + 100, 10000 - N, 2);
    db_done(db);
}

TEST(a_row_that_has_gone_has_no_key)
{
    static const int64_t gone[] = {0, 63, 64, 299};
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 300);
    struct error e;
    const struct scalars *keys;
    for (int again = 0; again < 2; again++) { /* first it is forgotten, then it is not read */
        CHECK_CODE(columns_load_keys(c, &keys, &e), MVL_OK);
        CHECK_EQ_INT(docs_delete(c, gone, COUNT(gone)), again ? 0 : COUNT(gone));
        for (uint32_t row = 0; row < 300; row++)
            CHECK_EQ_INT(scalars_has(keys, row), row != 0 && row != 63 && row != 64 && row != 299);
        collection_drop_caches(c);
    }
    db_done(db);
}

static void check_answer(struct collection *c, const char *params, int64_t least, uint32_t n)
{
    struct arena a = {0};
    struct error e;
    const struct bitmap *found = NULL;
    CHECK_CODE(
        columns_filter(c, STR("id >= {least} and text is not null"), json_of(&a, params), &a, &found, &e),
        MVL_OK);
    if (CHECK(found != NULL) && CHECK_EQ_INT(found->n, n))
        for (uint32_t row = 0; row < n; row++)
            if (!CHECK_EQ_INT(bitmap_test(found, row), row >= least && row % 4 != 0))
                break;
    arena_fini(&a);
}

TEST(answers_go_by_the_templates_values_and_grow)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 2100);
    check_answer(c, "{'least':5}", 5, 2100);
    check_answer(c, "{'least':2050}", 2050, 2100);
    CHECK_EQ_INT(docs_write_range(c, 2100, N - 2100, 1), MVL_OK);
    check_answer(c, "{'least':2050}", 2050, N);
    check_answer(c, "{'least':5}", 5, N);
    for (int i = 0; i < 40; i++) { /* more than are kept */
        char params[32];
        snprintf(params, sizeof params, "{'least':%d}", 100 * i);
        check_answer(c, params, 100 * i, N);
    }
    check_answer(c, "{'least':5}", 5, N);
    db_done(db);
}

static int filter_afresh(void *context)
{
    struct collection *c = context;
    struct arena a = {0};
    struct error e = ERROR_NONE;
    const struct bitmap *found;
    collection_drop_caches(c);
    int rc = columns_filter(c, STR("d == 1 and text != '7'"), NULL, &a, &found, &e);
    if (rc == MVL_OK) /* 50 rows, of which 13 have no text */
        CHECK_EQ_INT(bitmap_count(found), 50 - 13 - 1);
    arena_fini(&a);
    return rc;
}

TEST(without_memory_there_is_no_answer)
{
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, 50);
    CHECK(each_allocation_fails(filter_afresh, c) > 5);
    CHECK_EQ_INT(filter_afresh(c), MVL_OK);
    db_done(db);
}
