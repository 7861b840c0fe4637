#include "engine/partitions.h"

#include "base/hash.h"
#include "databases.h"
#include "platform.h"

static struct partition_names names_of(const struct str *names, uint32_t n)
{
    return (struct partition_names){names, n};
}

static int create(struct collection *c, const char *name)
{
    struct error e = ERROR_NONE;
    return partition_create(c, str_of(name), &e);
}

static int64_t count_of(struct collection *c, const char *name)
{
    struct error e = ERROR_NONE;
    const struct partition *p;
    int64_t n = -1;
    CHECK_CODE(partition_find(c, str_of(name), &p, &e), MVL_OK);
    if (e.code == MVL_OK)
        CHECK_CODE(partition_count(c, p, &n, &e), MVL_OK);
    return n;
}

/* Writes rows first ... first + n - 1 into a partition. */
static void write_to(struct collection *c, const char *name, int64_t first, uint32_t n)
{
    static float v[200][V_DIM];
    int64_t ids[200];
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct write *w;
    for (uint32_t i = 0; i < n; i++)
        ids[i] = first + i;
    struct column columns[] = {
        {.name = STR("id"), .kind = KIND_I64, .data = ids},
        {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = V_DIM, .data = v},
    };
    struct batch batch = {columns, COUNT(columns), n};
    CHECK_CODE(collection_prepare(c, &batch, WRITE_INSERT, &a, &w, &e), MVL_OK);
    CHECK_CODE(write_set_partition(c, w, str_of(name), &a, &e), MVL_OK);
    CHECK_CODE(collection_commit(c, w, &e), MVL_OK);
    arena_fini(&a);
}

/* The ids that are found, as text. */
static const char *found(struct collection *c, struct partition_names names, int expected)
{
    static char text[1024];
    struct arena a = {0};
    struct error e;
    struct batch out = {0};
    int64_t limit = 100;
    const struct query_request r = {
        .limit = &limit, .partitions = names, .output_fields = &STR("id"), .n_output_fields = 1};
    text[0] = 0;
    CHECK_CODE(collection_query(c, &r, &a, &out, &e), expected);
    for (uint32_t i = 0, n = 0; i < out.n_rows; i++)
        n += (uint32_t)snprintf(text + n, sizeof text - n, "%d ",
                                (int)((const int64_t *)out.columns[0].data)[i]);
    arena_fini(&a);
    return text;
}

TEST(there_is_always_the_default_one)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    const struct partition *p;
    const struct bitmap *rows;
    CHECK_EQ_INT(c->partitions.n, 1);
    CHECK_CODE(partition_find(c, STR("_default"), &p, &e), MVL_OK);
    CHECK_CODE(partition_find(c, STR("default"), &p, &e), MVL_PARTITION_NOT_FOUND);
    CHECK_CODE(partition_drop(c, STR("_default"), &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    CHECK_EQ_INT(count_of(c, "_default"), 10);
    CHECK_CODE(partitions_rows(c, names_of(NULL, 0), true, &rows, &e), MVL_OK);
    CHECK(rows == NULL); /* no restriction: nothing is read */
    CHECK_EQ_INT(partitions_bytes(c), 0);
    db_done(db);
}

TEST(rows_are_found_in_their_partition_also_after_reopening)
{
    const struct str one = STR("one"), both[] = {STR("one"), STR("two")},
                     three[] = {STR("one"), STR("_default"), STR("two")};
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(create(c, "one"), MVL_OK);
    CHECK_EQ_INT(create(c, "two"), MVL_OK);
    CHECK_EQ_INT(create(c, "one"), MVL_OK); /* no error, no second one */
    CHECK_EQ_INT(c->partitions.n, 3);
    write_to(c, "one", 1, 2);
    write_to(c, "two", 10, 3);
    write_to(c, "", 20, 1);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_STR(found(c, names_of(&one, 1), MVL_OK), "1 2 ");
        CHECK_STR(found(c, names_of(both, 2), MVL_OK), "1 2 10 11 12 ");
        CHECK_STR(found(c, names_of(three, 3), MVL_OK), "1 2 10 11 12 20 ");
        CHECK_STR(found(c, names_of(NULL, 0), MVL_OK), "1 2 10 11 12 20 ");
        CHECK_EQ_INT(count_of(c, "one"), 2);
        CHECK_EQ_INT(count_of(c, "two"), 3);
        CHECK_EQ_INT(count_of(c, "_default"), 1);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    write_to(c, "one", 10, 1); /* a key stands once: its row moves */
    CHECK_STR(found(c, names_of(&one, 1), MVL_OK), "1 2 10 ");
    CHECK_EQ_INT(count_of(c, "two"), 2);
    write_to(c, "one", 100, 130); /* what is kept in memory is read on */
    CHECK_EQ_INT(count_of(c, "one"), 133);
    db_done(db);
}

TEST(what_is_kept_of_a_choice_grows_with_the_rows)
{
    struct error e;
    const struct str one = STR("one"), two = STR("two");
    const struct bitmap *rows;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(create(c, "one"), MVL_OK);
    CHECK_EQ_INT(create(c, "two"), MVL_OK);
    for (int64_t i = 0; i < 40; i++) {
        write_to(c, i % 3 ? "one" : "two", i * 7, 7);
        CHECK_CODE(partitions_rows(c, names_of(&one, 1), true, &rows, &e), MVL_OK);
        CHECK_EQ_INT(rows->n, 7 * (i + 1));
        for (uint32_t row = 0; row < rows->n; row++)
            CHECK(bitmap_test(rows, row) == (row / 7 % 3 != 0));
    }
    CHECK_CODE(partitions_rows(c, names_of(&two, 1), true, &rows, &e), MVL_OK);
    CHECK_EQ_INT(bitmap_count(rows), 14 * 7);
    collection_drop_caches(c);
    CHECK_EQ_INT(partitions_bytes(c), 0);
    CHECK_CODE(partitions_rows(c, names_of(&two, 1), true, &rows, &e), MVL_OK);
    CHECK_EQ_INT(bitmap_count(rows), 14 * 7);
    db_done(db);
}

TEST(a_drop_takes_the_rows)
{
    struct error e;
    const struct str two = STR("two"), one = STR("one");
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(create(c, "one"), MVL_OK);
    CHECK_EQ_INT(create(c, "two"), MVL_OK);
    write_to(c, "one", 1, 100);
    write_to(c, "two", 200, 3);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_CODE(partition_drop(c, STR("one"), &e), MVL_OK);
    CHECK_CODE(partition_drop(c, STR("one"), &e), MVL_OK);
    CHECK_EQ_INT(c->n_rows, 3);
    CHECK_EQ_INT(c->fields[DOCS_V].vectors->n_present, 3);
    CHECK_STR(found(c, names_of(&two, 1), MVL_OK), "200 201 202 ");
    found(c, names_of(&one, 1), MVL_PARTITION_NOT_FOUND);
    db = db_reopened(db);
    c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(c->partitions.n, 2);
    CHECK_EQ_INT(create(c, "one"), MVL_OK); /* and is empty */
    CHECK_EQ_INT(count_of(c, "one"), 0);
    CHECK_STR(found(c, names_of(NULL, 0), MVL_OK), "200 201 202 ");
    db_done(db);
}

TEST(a_failed_drop_or_creation_changes_nothing)
{
    struct error e;
    const struct str one = STR("one");
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(create(c, "one"), MVL_OK);
    write_to(c, "one", 1, 3);
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(partition_drop(c, one, &e), MVL_IO);
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        CHECK_EQ_INT(create(c, "two"), MVL_DISK_FULL);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(partitions_set_state(c, &one, 1, LOAD_STATE_NotLoad, &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        CHECK_EQ_INT(c->partitions.n, 2);
        CHECK_STR(found(c, names_of(&one, 1), MVL_OK), "1 2 3 ");
    }
    db_done(db);
}

TEST(only_loaded_ones_are_read)
{
    struct error e;
    const struct str one = STR("one"), two = STR("two"), all[] = {STR("one"), STR("two"), STR("_default")};
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(create(c, "one"), MVL_OK);
    CHECK_EQ_INT(create(c, "two"), MVL_OK);
    write_to(c, "one", 1, 1);
    write_to(c, "two", 2, 1);
    write_to(c, "", 3, 1);
    CHECK_CODE(partitions_set_state(c, &one, 1, LOAD_STATE_NotLoad, &e), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_STR(found(c, names_of(NULL, 0), MVL_OK), "2 3 ");
        found(c, names_of(all, 3), MVL_PARTITION_NOT_LOADED);
        CHECK_STR(found(c, names_of(&two, 1), MVL_OK), "2 ");
        CHECK_EQ_INT(partition_state(c, &c->partitions.list[1]), LOAD_STATE_NotLoad);
        CHECK_EQ_INT(partition_state(c, &c->partitions.list[2]), LOAD_STATE_Loaded);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(create(c, "three"), MVL_OK); /* released, because not all are loaded */
    CHECK_EQ_INT(partition_state(c, &c->partitions.list[3]), LOAD_STATE_NotLoad);
    CHECK_CODE(partitions_set_state(c, all, 3, LOAD_STATE_NotLoad, &e), MVL_OK);
    CHECK_EQ_INT(c->state, LOAD_STATE_NotLoad);
    found(c, names_of(NULL, 0), MVL_COLLECTION_NOT_LOADED);
    CHECK_CODE(partitions_set_state(c, &two, 1, LOAD_STATE_Loaded, &e), MVL_OK);
    CHECK_STR(found(c, names_of(NULL, 0), MVL_OK), "2 ");
    CHECK_CODE(collection_set_state(c, LOAD_STATE_Loaded, &e), MVL_OK);
    CHECK_STR(found(c, names_of(NULL, 0), MVL_OK), "1 2 3 ");
    CHECK_CODE(partitions_set_state(c, NULL, 0, LOAD_STATE_Loaded, &e), MVL_PARAM_INVALID);
    CHECK_CODE(partitions_set_state(c, &STR("none"), 1, LOAD_STATE_Loaded, &e), MVL_PARTITION_NOT_FOUND);
    db_done(db);
}

TEST(names_are_judged_and_numbers_limited)
{
    char long_name[LIMIT_MAX_NAME_BYTES + 2];
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    memset(long_name, 'n', sizeof long_name);
    long_name[LIMIT_MAX_NAME_BYTES + 1] = 0;
    static const char *const refused[] = {"", "-a", "a b", "a.b", "\xc3\xa9", "a$"};
    static const char *const names[] = {"2024", "_", "2024-01", "A_b"};
    for (size_t i = 0; i < COUNT(refused); i++)
        CHECK_EQ_INT(create(c, refused[i]), MVL_PARAM_INVALID);
    CHECK_EQ_INT(create(c, long_name), MVL_PARAM_INVALID);
    CHECK_EQ_INT(create(c, long_name + 1), MVL_OK);
    for (size_t i = 0; i < COUNT(names); i++)
        CHECK_EQ_INT(create(c, names[i]), MVL_OK);
    while (c->partitions.n < LIMIT_MAX_PARTITIONS) {
        char name[16];
        snprintf(name, sizeof name, "p%u", c->partitions.n);
        if (!CHECK_EQ_INT(create(c, name), MVL_OK))
            break;
    }
    CHECK_CODE(partition_create(c, STR("more"), &e), MVL_PARAM_TOO_LARGE);
    CHECK_STR(e.reason, "partition number (1024) exceeds max configuration (1024), collection: docs");
    write_to(c, "p1023", 1, 1);
    CHECK_STR(found(c, names_of(&STR("p1023"), 1), MVL_OK), "1 ");
    db = db_reopened(db);
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->partitions.n, LIMIT_MAX_PARTITIONS);
    db_done(db);
}

/* ---- partition keys ---- */

static const char keyed[] =
    "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'k','type':%d,'max_length':20,"
    "'is_partition_key':true,'nullable':true},{'name':'v','type':101,'dim':2}]}";

static struct collection *keyed_docs(struct db *db, int type, uint32_t n)
{
    char schema[300];
    struct arena a = {0};
    struct error e = ERROR_NONE;
    snprintf(schema, sizeof schema, keyed, type);
    struct collection_request r = {.name = STR("keyed"), .schema = schema_of(&a, schema), .n_partitions = n};
    CHECK_CODE(db_create_collection(db, &r, &e), MVL_OK);
    arena_fini(&a);
    return db_lookup(db, STR("keyed"));
}

static int place(struct collection *c, struct column keys, uint32_t n, const char *name, int64_t parts[])
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct column fields[] = {{.kind = KIND_I64}, keys, {.kind = KIND_I64}};
    struct rows rows = {.n = n, .fields = fields};
    int rc = partitions_place(c, str_of(name), &a, &rows, &e);
    if (rc == MVL_OK)
        memcpy(parts, rows.parts, n * sizeof *parts);
    arena_fini(&a);
    return rc;
}

TEST(rows_go_by_the_hash_of_their_key_which_never_changes)
{
    static const int64_t numbers[] = {0, 1, 2, 3, -1, INT64_MAX};
    static const char letters[] = "abcabc";
    static const uint32_t offsets[] = {0, 1, 2, 3, 4, 5, 6};
    int64_t parts[6], again[6];
    struct db *db = db_empty();
    struct collection *c = keyed_docs(db, DATA_TYPE_INT64, 0);
    CHECK_EQ_INT(c->partitions.n, 16);
    CHECK(str_eq(c->partitions.list[15].name, STR("_default_15")));
    CHECK_EQ_INT(place(c, (struct column){.kind = KIND_I64, .data = numbers}, 6, "", parts), MVL_OK);
    for (uint32_t i = 0; i < 6; i++) {
        uint8_t bytes[8];
        for (uint32_t b = 0; b < 8; b++)
            bytes[b] = (uint8_t)((uint64_t)numbers[i] >> 8 * b);
        CHECK_EQ_INT(parts[i], c->partitions.list[hash64(bytes, 8, 0) % 16].id);
    }
    CHECK_EQ_INT(place(c, (struct column){.kind = KIND_I64, .data = numbers}, 6, "_default_1", again),
                 MVL_PARAM_INVALID);
    struct error e;
    CHECK_CODE(db_drop_collection(db, STR("keyed"), &e), MVL_OK);
    c = keyed_docs(db, DATA_TYPE_VARCHAR, 3);
    CHECK_EQ_INT(c->partitions.n, 3);
    CHECK_EQ_INT(
        place(c, (struct column){.kind = KIND_STR, .offsets = offsets, .data = letters}, 6, "", parts),
        MVL_OK);
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQ_INT(parts[i], parts[i + 3]);
        CHECK_EQ_INT(parts[i], c->partitions.list[hash64(letters + i, 1, 0) % 3].id);
    }
    static const uint8_t none[] = {0};
    CHECK_EQ_INT(place(c,
                       (struct column){.kind = KIND_STR, .valid = none, .offsets = offsets, .data = letters},
                       6, "", parts),
                 MVL_OK);
    CHECK_EQ_INT(parts[0], c->partitions.list[0].id);
    db_done(db);
}

TEST(with_a_key_nobody_names_a_partition)
{
    struct error e;
    const struct bitmap *rows;
    const struct str name = STR("_default_0");
    struct db *db = db_empty();
    struct collection *c = keyed_docs(db, DATA_TYPE_INT64, 2);
    CHECK_CODE(partition_create(c, STR("p"), &e), MVL_PARAM_INVALID);
    CHECK_STR(
        e.reason,
        "disable create partition if partition key mode is used: field 'k' of collection 'keyed' is the key");
    CHECK_STR(e.field, "k");
    CHECK_CODE(partition_drop(c, name, &e), MVL_PARAM_INVALID);
    CHECK_CODE(partitions_set_state(c, &name, 1, LOAD_STATE_Loaded, &e), MVL_PARAM_INVALID);
    CHECK_CODE(partitions_set_state(c, &name, 1, LOAD_STATE_NotLoad, &e), MVL_PARAM_INVALID);
    CHECK_CODE(partitions_rows(c, names_of(&name, 1), true, &rows, &e), MVL_PARAM_INVALID);
    CHECK_CODE(partitions_rows(c, names_of(NULL, 0), true, &rows, &e), MVL_OK);
    struct arena a = {0};
    struct collection_request r = {
        .name = STR("other"), .schema = schema_of(&a, DOCS_SCHEMA), .n_partitions = 2};
    CHECK_CODE(db_create_collection(db, &r, &e), MVL_PARAM_INVALID);
    arena_fini(&a);
    db_done(db);
}
