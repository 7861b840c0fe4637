#include "engine/merge.h"

#include "databases.h"

enum { N = 20 };

/* Documents 0 to N - 1, as docs_write writes them. */
static struct collection *docs(struct db *db)
{
    int64_t ids[N];
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e = ERROR_NONE;
    for (int64_t i = 0; i < N; i++)
        ids[i] = i;
    CHECK_CODE(docs_write(c, ids, N, 1, &e), MVL_OK);
    return c;
}

static struct column keys_of(const int64_t ids[])
{
    return (struct column){.name = STR("id"), .kind = KIND_I64, .data = ids};
}

TEST(rows_that_are_there_keep_what_the_batch_leaves_out)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct db *db = db_with_docs();
    struct collection *c = docs(db);
    const int64_t ids[] = {7, 100, 3, 101};
    struct column column = keys_of(ids);
    const struct batch in = {&column, 1, COUNT(ids)};
    const struct kept_rows *kept;
    CHECK_CODE(merge_kept_rows(c, &in, &a, &kept, &e), MVL_OK);
    CHECK_EQ_INT(kept->at[0], 0);
    CHECK_EQ_INT(kept->at[1], KEPT_NONE);
    CHECK_EQ_INT(kept->at[2], 1);
    CHECK_EQ_INT(kept->at[3], KEPT_NONE);
    CHECK(!kept->fields[c->schema->primary].kind);
    for (uint32_t i = 0; i < c->schema->n_fields; i++)
        CHECK(i == c->schema->primary || str_eq(kept->fields[i].name, c->schema->fields[i].name));
    CHECK((kept->meta != NULL) == c->schema->enable_dynamic_field);
    arena_fini(&a);
    db_done(db);
}

TEST(what_every_row_brings_is_not_read)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct db *db = db_with_docs();
    struct collection *c = docs(db);
    const int64_t ids[] = {1, 2};
    const uint8_t given = 1;
    const uint32_t field = (c->schema->primary + 1) % c->schema->n_fields;
    struct column columns[] = {keys_of(ids), {.name = c->schema->fields[field].name, .kind = KIND_JSON}};
    const struct batch in = {columns, 2, 2};
    const struct kept_rows *kept;
    CHECK_CODE(merge_kept_rows(c, &in, &a, &kept, &e), MVL_OK);
    CHECK(!kept->fields[field].kind);
    columns[1].given = &given; /* not in the second row */
    CHECK_CODE(merge_kept_rows(c, &in, &a, &kept, &e), MVL_OK);
    CHECK(kept->fields[field].kind);
    arena_fini(&a);
    db_done(db);
}

TEST(a_key_stands_once)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct db *db = db_with_docs();
    struct collection *c = docs(db);
    const int64_t ids[] = {5, 6, 200, 5};
    struct column column = keys_of(ids);
    const struct batch in = {&column, 1, COUNT(ids)}, none = {&column, 0, 1};
    const struct kept_rows *kept;
    CHECK_CODE(merge_kept_rows(c, &in, &a, &kept, &e), MVL_PARAM_INVALID);
    CHECK(strstr(e.reason, "rows 0 and 3") != NULL);
    CHECK_CODE(merge_kept_rows(c, &none, &a, &kept, &e), MVL_DATA_NOT_MATCH);
    arena_fini(&a);
    db_done(db);
}
