#include "engine/output.h"

#include "databases.h"

/* Resolves names and writes what they come to: "scalars vectors dynamic *" by number and name. */
static int resolve(const struct schema *s, const char *const names[], uint32_t n, bool primary, char *out,
                   size_t size, struct error *e)
{
    struct arena a = {0};
    struct str list[16];
    struct output o;
    *e = ERROR_NONE;
    out[0] = 0;
    for (uint32_t i = 0; i < n; i++)
        list[i] = str_of(names[i]);
    int rc = output_resolve(s, list, n, &a, &o, e);
    if (rc == MVL_OK) {
        if (primary)
            output_add_primary(s, &o);
        for (uint32_t i = 0; i < o.n_scalars; i++)
            snprintf(out + strlen(out), size - strlen(out), "s%u ", o.scalars[i]);
        for (uint32_t i = 0; i < o.n_vectors; i++)
            snprintf(out + strlen(out), size - strlen(out), "v%u ", o.vectors[i]);
        for (uint32_t i = 0; i < o.n_dynamic; i++)
            snprintf(out + strlen(out), size - strlen(out), "%.*s ", STR_ARGS(o.dynamic[i]));
        snprintf(out + strlen(out), size - strlen(out), "%s", o.spread_meta ? "*" : "");
    }
    arena_fini(&a);
    return rc;
}

static void check_resolved(const char *const names[], uint32_t n, bool primary, const char *expected)
{
    struct arena a = {0};
    struct error e;
    char got[256];
    CHECK_EQ_INT(resolve(schema_of(&a, DOCS_SCHEMA), names, n, primary, got, sizeof got, &e), MVL_OK);
    CHECK_STR(got, expected);
    arena_fini(&a);
}

TEST(names_come_to_fields_and_dynamic_keys_once)
{
    check_resolved(NULL, 0, false, "");
    check_resolved(NULL, 0, true, "s0 ");
    check_resolved((const char *[]){"text", "v", "x", "text", "x", "y"}, 6, false, "s1 v2 x y ");
    check_resolved((const char *[]){"*"}, 1, true, "s0 s1 v2 v3 *");
    check_resolved((const char *[]){"w", "*", "id"}, 3, false, "s0 s1 v3 v2 *");
    check_resolved((const char *[]){"$meta", "text"}, 2, true, "s1 s0 *");
}

TEST(without_dynamic_fields_an_unknown_name_is_an_error)
{
    struct arena a = {0};
    struct error e;
    char got[256];
    const struct schema *s = schema_of(
        &a, "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'v','type':101,'dim':2}]}");
    CHECK_EQ_INT(resolve(s, (const char *[]){"*"}, 1, false, got, sizeof got, &e), MVL_OK);
    CHECK_STR(got, "s0 v1 ");
    CHECK_EQ_INT(resolve(s, (const char *[]){"v", "x"}, 2, false, got, sizeof got, &e), MVL_FIELD_NOT_FOUND);
    CHECK_STR(e.field, "x");
    CHECK_EQ_INT(resolve(s, (const char *[]){"$meta"}, 1, false, got, sizeof got, &e), MVL_FIELD_NOT_FOUND);
    arena_fini(&a);
}

/* Rows 0 .. 9 are the ids 10 .. 19. */
static struct db *ten_rows(void)
{
    struct db *db = db_with_docs();
    CHECK_EQ_INT(docs_write_range(db_lookup(db, STR("docs")), 10, 10, 7), MVL_OK);
    return db;
}

static void check_fetch(bool loaded)
{
    struct arena a = {0};
    struct error e;
    struct db *db = ten_rows();
    struct collection *c = db_lookup(db, STR("docs"));
    const struct str names[] = {STR("w"), STR("text"), STR("d"), STR("none"), STR("id")};
    const uint32_t rows[] = {5, 2, 2, 9, 0};
    struct output o;
    struct batch b;
    if (loaded)
        CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_CODE(output_resolve(c->schema, names, COUNT(names), &a, &o, &e), MVL_OK);
    CHECK_CODE(output_fetch(c, &o, rows, COUNT(rows), &a, &b, &e), MVL_OK);
    CHECK_EQ_INT(b.n_columns, 5);
    CHECK_EQ_INT(b.n_rows, COUNT(rows));
    const struct column *w = batch_column(&b, "w"), *text = batch_column(&b, "text"),
                        *d = batch_column(&b, "d"), *none = batch_column(&b, "none"),
                        *id = batch_column(&b, "id");
    if (!CHECK(w && text && d && none && id))
        return;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        uint32_t expected = rows[i] + 10;
        char digits[8];
        snprintf(digits, sizeof digits, "%u", expected);
        CHECK_EQ_INT(((const int64_t *)id->data)[i], expected);
        CHECK_EQ_INT(column_is_null(w, i), expected % 3 == 0);
        CHECK(expected % 3 == 0 || ((const float *)w->data)[i * W_DIM] == (float)expected);
        CHECK_EQ_INT(column_is_null(text, i), expected % 4 == 0);
        CHECK(expected % 4 == 0 || str_eq(column_text(text, i), str_of(digits)));
        CHECK(str_eq(column_text(d, i), STR("7")) && column_is_given(d, i));
        CHECK(column_is_null(none, i) && !column_is_given(none, i));
    }
    arena_fini(&a);
    db_done(db);
}

TEST(fields_are_fetched_in_the_order_of_the_rows)
{
    check_fetch(false);
    check_fetch(true);
}

TEST(keys_are_fetched_with_their_role)
{
    struct arena a = {0};
    struct error e;
    struct db *db = ten_rows();
    struct column keys;
    CHECK_CODE(output_fetch_keys(db_lookup(db, STR("docs")), (uint32_t[]){3, 1}, 2, &a, &keys, &e), MVL_OK);
    CHECK_EQ_INT(keys.role, ROLE_ID);
    CHECK_EQ_INT(((const int64_t *)keys.data)[0], 13);
    CHECK_EQ_INT(((const int64_t *)keys.data)[1], 11);
    arena_fini(&a);
    db_done(db);
}

TEST(a_row_that_is_not_there_is_damage)
{
    struct arena a = {0};
    struct error e;
    struct db *db = ten_rows();
    struct collection *c = db_lookup(db, STR("docs"));
    static const char *const names[] = {"id", "v", "*"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct output o;
        struct batch b;
        CHECK_CODE(
            output_resolve(c->schema, &(struct str){names[i], (uint32_t)strlen(names[i])}, 1, &a, &o, &e),
            MVL_OK);
        CHECK_CODE(output_fetch(c, &o, (uint32_t[]){10}, 1, &a, &b, &e), MVL_DAMAGED);
    }
    arena_fini(&a);
    db_done(db);
}

TEST(nothing_can_be_fetched)
{
    struct arena a = {0};
    struct error e;
    struct db *db = ten_rows();
    struct collection *c = db_lookup(db, STR("docs"));
    struct output o;
    struct batch b;
    CHECK_CODE(output_resolve(c->schema, NULL, 0, &a, &o, &e), MVL_OK);
    CHECK_CODE(output_fetch(c, &o, (uint32_t[]){0, 1}, 2, &a, &b, &e), MVL_OK);
    CHECK_EQ_INT(b.n_columns, 0);
    CHECK_CODE(output_resolve(c->schema, &STR("*"), 1, &a, &o, &e), MVL_OK);
    CHECK_CODE(output_fetch(c, &o, NULL, 0, &a, &b, &e), MVL_OK);
    CHECK_EQ_INT(b.n_rows, 0);
    CHECK_EQ_INT(b.n_columns, 5);
    arena_fini(&a);
    db_done(db);
}

TEST(booleans_come_back_as_booleans)
{
    struct arena a = {0};
    struct error e;
    struct db *db = db_empty();
    CHECK_EQ_INT(
        db_create(
            db, "b",
            "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'flag','type':1,'nullable':true},"
            "{'name':'v','type':101,'dim':1}]}"),
        MVL_OK);
    struct collection *c = db_lookup(db, STR("b"));
    int64_t ids[] = {1, 2, 3};
    uint8_t flags[] = {1, 0, 0}, valid[] = {3};
    float v[] = {1, 2, 3};
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("flag"), .kind = KIND_BOOL, .valid = valid, .data = flags},
                               {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = 1, .data = v}};
    struct batch in = {columns, 3, 3}, out;
    struct write *w;
    struct output o;
    CHECK_CODE(collection_prepare(c, &in, WRITE_INSERT, &a, &w, &e), MVL_OK);
    CHECK_CODE(collection_commit(c, w, &e), MVL_OK);
    CHECK_CODE(output_resolve(c->schema, &STR("flag"), 1, &a, &o, &e), MVL_OK);
    CHECK_CODE(output_fetch(c, &o, (uint32_t[]){0, 1, 2}, 3, &a, &out, &e), MVL_OK);
    CHECK_EQ_INT(out.columns[0].kind, KIND_BOOL);
    CHECK(((const uint8_t *)out.columns[0].data)[0] == 1 && ((const uint8_t *)out.columns[0].data)[1] == 0);
    CHECK(column_is_null(&out.columns[0], 2) && !column_is_null(&out.columns[0], 1));
    arena_fini(&a);
    db_done(db);
}
