#include "engine/alterations.h"

#include "databases.h"
#include "engine/columns.h"
#include "engine/indexes.h"
#include "platform.h"
#include "storage/sql.h"

static int add(struct collection *c, const char *field, struct error *e)
{
    struct arena a = {0};
    *e = ERROR_NONE;
    int rc = collection_add_field(c, json_of(&a, field), &a, e);
    arena_fini(&a);
    return rc;
}

static int alter(struct collection *c, const char *name, const char *params, struct error *e)
{
    struct arena a = {0};
    *e = ERROR_NONE;
    int rc = collection_alter_field(c, str_of(name), json_of(&a, params), &a, e);
    arena_fini(&a);
    return rc;
}

/* properties: an object, or NULL to drop one named key. */
static int alter_index(struct collection *c, const char *name, const char *properties, const char *key,
                       struct error *e)
{
    struct arena a = {0};
    struct str drop = str_of(key ? key : "");
    struct property_change change = {properties ? json_of(&a, properties) : NULL, &drop, key ? 1 : 0};
    *e = ERROR_NONE;
    int rc = collection_alter_index(c, str_of(name), &change, &a, e);
    arena_fini(&a);
    return rc;
}

/* How many rows a filter is true of. */
static int64_t count(struct collection *c, const char *filter)
{
    struct arena a = {0};
    struct error e;
    uint32_t *rows, n = 0;
    CHECK_CODE(collection_rows_where(c, str_of(filter), NULL, &a, &rows, &n, &e), MVL_OK);
    arena_fini(&a);
    return n;
}

TEST(an_emptied_collection_keeps_everything_but_rows)
{
    struct error e;
    int64_t none[5] = {0}, three[5] = {0, 2, 2, 2, 0};
    struct index_request request = {.field = STR("v"), .type = STR("HNSW")};
    struct index_definition *d;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_CODE(index_definition_create(c->schema, &request, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, &d, 1, &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 0, 5, 1), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(count(c, "id >= 0"), 5);
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(collection_truncate(c, &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        CHECK_EQ_INT(count(c, "id >= 0"), 5);
    }
    CHECK_CODE(collection_truncate(c, &e), MVL_OK);
    docs_check(c, none, 5);
    CHECK_CODE(collection_truncate(c, &e), MVL_OK);
    CHECK_EQ_INT(docs_write_range(c, 1, 3, 2), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(count(c, "id >= 0"), 3);
    docs_check(c, three, 5);
    db = db_reopened(db);
    c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(c->n_indexes, 1);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    docs_check(c, three, 5);
    db_done(db);
}

TEST(rows_that_are_there_have_the_default_of_a_field_or_null)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'n','type':5,'nullable':true}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'i','type':2,'default_value':-7}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'b','type':1,'default_value':true,'nullable':true}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'r','type':11,'default_value':0.1}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'s','type':21,'max_length':20,'default_value':'it is \xc3\xa9'}", &e),
                 MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'j','type':23,'nullable':true}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'TEXT','type':5,'nullable':true}", &e), MVL_OK); /* SQLite folds its case */
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_EQ_INT(c->schema->n_fields, DOCS_FIELDS + 7);
        CHECK_EQ_INT(count(c, "n is null and j is null and TEXT is null"), 10);
        CHECK_EQ_INT(count(c, "i == -7 and b == true and r == 0.1"), 10);
        CHECK_EQ_INT(count(c, "s like 'it is%'"), 10);
        CHECK_EQ_INT(count(c, "text == '7'"), 1);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(docs_write_range(c, 5, 10, 1), MVL_OK);
    CHECK_EQ_INT(count(c, "i == -7 and n is null"), 15);
    db_done(db);
}

TEST(fields_that_cannot_be_added_are_refused_and_nothing_is_changed)
{
    static const struct {
        enum mvl_error code;
        const char *field, *reason;
    } cases[] = {
        {MVL_PARAM_INVALID, "{'name':'x','type':5}", "added field must be nullable"},
        {MVL_PARAM_INVALID, "{'name':'x','type':101,'dim':2,'nullable':true}",
         "not support to add vector field"},
        {MVL_PARAM_INVALID, "{'name':'x','type':5,'is_primary':true}", "not support to add pk field"},
        {MVL_PARAM_INVALID, "{'name':'x','type':5,'nullable':true,'is_partition_key':true}", "partition key"},
        {MVL_PARAM_INVALID, "{'name':'x','type':21,'max_length':9,'default_value':'a\\u0000'}", "NUL"},
        {MVL_SCHEMA_ILLEGAL, "{'name':'text','type':5,'nullable':true}", "duplicate field name"},
        {MVL_FIELD_NAME_INVALID, "{'name':'1','type':5,'nullable':true}", "field name must be"},
        {MVL_PARAM_MISSING, "{'name':'x','type':21,'nullable':true}", "max_length"},
        {MVL_DATA_NOT_MATCH, "{'name':'x','type':2,'default_value':300}", "x"},
        {MVL_PARAM_INVALID, "{'type':2,'nullable':true}", "must have a name"},
    };
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_EQ_INT(add(c, cases[i].field, &e), cases[i].code);
        if (!CHECK(strstr(e.reason, cases[i].reason)))
            printf("# %s\n", e.reason);
        CHECK_EQ_INT(c->schema->n_fields, DOCS_FIELDS);
    }
    for (uint64_t nth = 1; nth < 3; nth++) {
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_EQ_INT(add(c, "{'name':'x','type':5,'nullable':true}", &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        CHECK_EQ_INT(c->schema->n_fields, DOCS_FIELDS);
    }
    while (c->schema->n_fields < LIMIT_MAX_FIELDS) {
        char field[80];
        snprintf(field, sizeof field, "{'name':'f%u','type':5,'nullable':true}", c->schema->n_fields);
        if (!CHECK_EQ_INT(add(c, field, &e), MVL_OK))
            break;
    }
    CHECK_EQ_INT(add(c, "{'name':'x','type':5,'nullable':true}", &e), MVL_PARAM_TOO_LARGE);
    CHECK_EQ_INT(docs_write_range(c, 0, 3, 1), MVL_OK);
    CHECK_EQ_INT(count(c, "f63 is null and id < 2"), 2);
    db_done(db);
}

static int drop(struct collection *c, const char *name, struct error *e)
{
    struct arena a = {0};
    *e = ERROR_NONE;
    int rc = collection_drop_field(c, str_of(name), 0, &a, e);
    arena_fini(&a);
    return rc;
}

static void define(struct collection *c, const char *field, const char *type, const char *params)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct index_definition *d;
    struct index_request request = {
        .field = str_of(field), .type = str_of(type), .params = params ? json_of(&a, params) : NULL};
    CHECK_CODE(index_definition_create(c->schema, &request, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, &d, 1, &e), MVL_OK);
    arena_fini(&a);
}

/* How many tables of a collection's vectors and indexes there are. */
static int64_t count_tables(struct collection *c, const char *pattern)
{
    struct error e;
    int64_t n = -1;
    CHECK_CODE(sql_integer(c->store->db, 0, &n, &e, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%s'",
                           pattern),
               MVL_OK);
    return n;
}

TEST(a_dropped_field_goes_with_its_values_and_indexes_and_nothing_else_does)
{
    struct error e;
    int64_t format;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(add(c, "{'name':'x','type':5,'default_value':3}", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'TEXT','type':5,'default_value':4}", &e), MVL_OK); /* a twin to SQLite */
    for (int64_t first = 0; first < 8000; first += 4000)
        CHECK_EQ_INT(docs_write_range(c, first, 4000, 1), MVL_OK);
    define(c, "v", "HNSW", NULL);
    define(c, "w", "HNSW", NULL);
    define(c, "text", "INVERTED", NULL);
    define(c, "x", "STL_SORT", NULL);
    define(c, "TEXT", "STL_SORT", NULL);
    define(c, "d", "INVERTED", "{'json_path':'d','json_cast_type':'double'}");
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    while (collection_work(c))
        CHECK_CODE(collection_maintain(c, 1000000, &e), MVL_OK);
    collection_save(c);
    CHECK_EQ_INT(count_tables(c, "g1_10_"), 2);
    CHECK_EQ_INT(drop(c, "v", &e), MVL_OK);
    CHECK_EQ_INT(drop(c, "text", &e), MVL_OK);
    CHECK_EQ_INT(sql_integer(c->store->db, 0, &format, &e, "PRAGMA user_version"), MVL_OK);
    CHECK_EQ_INT(format, STORE_FORMAT_CHANGES);
    for (int reopened = 0; reopened < 2; reopened++) {
        const struct schema *s = c->schema;
        CHECK_EQ_INT(s->n_fields, 4);
        CHECK_EQ_INT(s->primary, 0);
        CHECK(s->fields[1].id == 103 && s->fields[2].id == 104 && s->fields[3].id == 105);
        CHECK_EQ_INT(c->n_indexes, 4);
        CHECK(collection_find_index(c, STR("x"))->column.field == 2);
        CHECK(collection_find_index(c, STR("TEXT"))->column.field == 3);
        CHECK(collection_find_index(c, STR("d"))->column.field == FILTER_META);
        CHECK(!collection_find_index(c, STR("v")) && !collection_find_index(c, STR("text")));
        CHECK_EQ_INT(count_tables(c, "v1_%%"), 1);
        CHECK_EQ_INT(count_tables(c, "g1_%%"), 1);
        CHECK_CODE(collection_load(c, &e), MVL_OK);
        CHECK_EQ_INT(collection_pending(c, STR("w")), 0); /* its index was kept */
        CHECK_EQ_INT(count(c, "x == 3 and TEXT == 4 and d == 1"), 8000);
        CHECK_EQ_INT(count(c, "text == '7'"), 0); /* a dynamic key now */
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(add(c, "{'name':'text','type':21,'max_length':9,'nullable':true}", &e), MVL_OK);
    CHECK_EQ_INT(count(c, "text is null and TEXT == 4"), 8000); /* no old value */
    CHECK_EQ_INT(c->schema->fields[4].id, 106);
    CHECK_EQ_INT(drop(c, "text", &e), MVL_OK);
    CHECK_EQ_INT(drop(c, "TEXT", &e), MVL_OK);
    CHECK_EQ_INT(add(c, "{'name':'text','type':5,'nullable':true}", &e), MVL_OK);
    CHECK_EQ_INT(c->schema->fields[3].id, 107); /* none comes again */
    CHECK_EQ_INT(count(c, "text is null and x == 3"), 8000);
    db_done(db);
}

TEST(fields_that_cannot_be_dropped_are_refused)
{
    struct error e;
    struct arena a = {0};
    struct db *db = db_empty();
    CHECK_EQ_INT(
        db_create(db, "parts",
                  "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'k','type':5,'is_partition_"
                  "key':true},{'name':'v','type':101,'dim':2},{'name':'s','type':104}]}"),
        MVL_OK);
    struct collection *c = db_lookup(db, STR("parts"));
    CHECK_EQ_INT(drop(c, "id", &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "cannot drop primary key field: id");
    CHECK_EQ_INT(drop(c, "k", &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "cannot drop partition key field: k");
    CHECK_EQ_INT(drop(c, "$meta", &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "field_name must be a field of collection 'parts': field not found: $meta");
    CHECK_EQ_INT(collection_drop_field(c, STR_NONE, 99, &a, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "field_id must be of a field of collection 'parts': field not found: 99");
    CHECK_EQ_INT(collection_drop_field(c, STR_NONE, 102, &a, &e), MVL_OK);
    CHECK_EQ_INT(drop(c, "s", &e), MVL_PARAM_INVALID); /* sparse, and the last */
    CHECK_STR(e.reason, "cannot drop the last vector field: s");
    CHECK_EQ_INT(c->schema->n_fields, 3);
    arena_fini(&a);
    db_done(db);
}

/* Every change of the file fails once: the field is there, or it is gone. */
TEST(a_drop_that_fails_changes_nothing)
{
    struct error e;
    static int64_t versions[50];
    uint64_t nth = 1;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(add(c, "{'name':'x','type':5,'default_value':3}", &e), MVL_OK);
    define(c, "x", "STL_SORT", NULL);
    CHECK_EQ_INT(docs_write_range(c, 0, 50, 1), MVL_OK);
    for (uint32_t i = 0; i < 50; i++)
        versions[i] = 1;
    for (;; nth++) {
        CHECK_CODE(collection_load(c, &e), MVL_OK);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        int rc = drop(c, "x", &e);
        platform_memory_fail(0, 0, CRASH_NONE);
        if (rc == MVL_OK)
            break;
        CHECK_EQ_INT(rc, MVL_IO);
        CHECK_EQ_INT(c->schema->n_fields, DOCS_FIELDS + 1);
        CHECK_EQ_INT(c->n_indexes, 1);
        CHECK_EQ_INT(count(c, "x == 3"), 50);
        docs_check(c, versions, 50);
    }
    CHECK(nth > 2);
    CHECK_EQ_INT(c->n_indexes, 0);
    CHECK_EQ_INT(c->schema->n_fields, DOCS_FIELDS);
    docs_check(c, versions, 50);
    db_done(db);
}

static int alter_properties(struct collection *c, const char *properties, struct error *e)
{
    struct arena a = {0};
    struct property_change change = {.set = json_of(&a, properties)};
    *e = ERROR_NONE;
    int rc = collection_alter(c, &change, e);
    arena_fini(&a);
    return rc;
}

TEST(dynamic_fields_are_ended_and_begun_anew)
{
    struct error e;
    int rc = MVL_IO;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(docs_write_range(c, 0, 10, 1), MVL_OK);
    define(c, "d", "INVERTED", "{'json_path':'d','json_cast_type':'double'}");
    define(c, "text", "INVERTED", NULL);
    CHECK_EQ_INT(alter_properties(c, "{'dynamicfield.enabled':true}", &e), MVL_OK); /* as it is */
    CHECK_EQ_INT(alter_properties(c, "{'dynamicfield.enabled':'no'}", &e), MVL_PARAM_INVALID);
    for (uint64_t nth = 1; rc != MVL_OK; nth++) {
        CHECK_EQ_INT(c->n_indexes, 2);
        CHECK_EQ_INT(count(c, "d == 1"), 10);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        rc = alter_properties(c, "{'dynamicfield.enabled':'False','x':1}", &e);
        platform_memory_fail(0, 0, CRASH_NONE);
    }
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK(!c->schema->enable_dynamic_field);
        CHECK_EQ_INT(c->n_indexes, 1);
        CHECK(collection_find_index(c, STR("text")));
        CHECK_EQ_INT(count(c, "text == '7' and id == 7"), 1);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(docs_write_range(c, 10, 1, 1), MVL_DATA_NOT_MATCH); /* d is unknown */
    CHECK_EQ_INT(alter_properties(c, "{'dynamicfield.enabled':true}", &e), MVL_OK);
    CHECK_EQ_INT(count(c, "exists d"), 0);
    CHECK_EQ_INT(docs_write_range(c, 10, 2, 1), MVL_OK);
    CHECK_EQ_INT(count(c, "d == 1"), 2);
    db_done(db);
}

TEST(a_field_takes_other_limits_and_goes_to_disk)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_EQ_INT(
        add(c, "{'name':'l','type':22,'element_type':21,'max_length':3,'max_capacity':2,'nullable':true}",
            &e),
        MVL_OK);
    CHECK_EQ_INT(alter(c, "text", "{'max_length':33}", &e), MVL_OK);
    CHECK_EQ_INT(alter(c, "l", "{'max_length':5,'max_capacity':7}", &e), MVL_OK);
    CHECK_EQ_INT(alter(c, "v", "{'mmap.enabled':true}", &e), MVL_OK);
    CHECK_EQ_INT(alter(c, "v", "{'mmap.enabled':'false'}", &e), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        const struct field *l = &c->schema->fields[DOCS_FIELDS];
        CHECK_EQ_INT(c->schema->fields[DOCS_TEXT].max_length, 33);
        CHECK(l->max_length == 5 && l->max_capacity == 7);
        const struct json *mmap = json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled"));
        CHECK(mmap && mmap->kind == JSON_BOOL && !mmap->boolean);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(alter(c, "none", "{'max_length':3}", &e), MVL_FIELD_NOT_FOUND);
    CHECK_EQ_INT(alter(c, "id", "{'max_length':3}", &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "max_length does not allow update in collection field param of 'id', which is INT64");
    CHECK_EQ_INT(alter(c, "text", "{'max_capacity':3}", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(alter(c, "text", "{'max_length':'x'}", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(alter(c, "text", "{'max_length':70000}", &e), MVL_PARAM_TOO_LARGE);
    CHECK_EQ_INT(alter(c, "v", "{'mmap.enabled':3}", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(alter(c, "v", "{'dim':3}", &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(c->schema->fields[DOCS_TEXT].max_length, 33);
    db_done(db);
}

TEST(the_property_of_an_index_is_its_field_s)
{
    struct error e;
    struct index_request request = {.field = STR("v"), .name = STR("of_v"), .type = STR("HNSW")};
    struct index_definition *d;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    CHECK_CODE(index_definition_create(c->schema, &request, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, &d, 1, &e), MVL_OK);
    CHECK_EQ_INT(alter_index(c, "of_v", "{'mmap.enabled':true}", NULL, &e), MVL_OK);
    for (int reopened = 0; reopened < 2; reopened++) {
        const struct json *mmap = json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled"));
        CHECK(mmap && mmap->kind == JSON_BOOL && mmap->boolean);
        CHECK_EQ_INT(c->n_indexes, 1);
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    CHECK_EQ_INT(alter_index(c, "none", "{'mmap.enabled':true}", NULL, &e), MVL_INDEX_NOT_FOUND);
    CHECK_EQ_INT(alter_index(c, "of_v", "{'mmap.enabled':false,'M':4}", NULL, &e), MVL_PARAM_INVALID);
    CHECK(strstr(e.reason, "got 'M'"));
    CHECK_EQ_INT(alter_index(c, "of_v", "{'mmap.enabled':4}", NULL, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(alter_index(c, "of_v", NULL, "M", &e), MVL_PARAM_INVALID);
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_EQ_INT(alter_index(c, "of_v", NULL, "mmap.enabled", &e), MVL_IO);
    platform_memory_fail(0, 0, CRASH_NONE);
    CHECK(json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled")));
    CHECK_EQ_INT(alter_index(c, "v", NULL, "mmap.enabled", &e), MVL_OK); /* by the name of its field */
    CHECK(!json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled")));
    db_done(db);
}

TEST(indexes_are_made_with_the_property_in_one_transaction)
{
    struct error e;
    struct arena a = {0};
    struct index_definition *d;
    const struct schema *schema;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct index_request request = {
        .field = STR("v"), .type = STR("HNSW"), .mmap = json_get(json_of(&a, "{'x':true}"), STR("x"))};
    struct index_request none = {.field = STR("none"), .mmap = request.mmap};
    CHECK_CODE(schema_of_index_requests(c->schema, &none, 1, &a, &schema, &e), MVL_OK);
    CHECK(schema == c->schema);
    CHECK_CODE(schema_of_index_requests(c->schema, &request, 1, &a, &schema, &e), MVL_OK);
    CHECK(schema != c->schema);
    for (uint64_t nth = 1; nth < 3; nth++) {
        CHECK_CODE(index_definition_create(c->schema, &request, &d, &e), MVL_OK);
        platform_memory_fail(nth, PLATFORM_IO, CRASH_NONE);
        CHECK_CODE(collection_add_indexes(c, schema, &d, 1, &e), MVL_IO);
        platform_memory_fail(0, 0, CRASH_NONE);
        CHECK_EQ_INT(c->n_indexes, 0);
        CHECK(!json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled")));
    }
    CHECK_CODE(index_definition_create(c->schema, &request, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, schema, &d, 1, &e), MVL_OK);
    arena_fini(&a);
    for (int reopened = 0; reopened < 2; reopened++) {
        CHECK_EQ_INT(c->n_indexes, 1);
        CHECK(json_get(c->schema->fields[DOCS_V].params, STR("mmap.enabled")));
        db = db_reopened(db);
        c = db_lookup(db, STR("docs"));
    }
    db_done(db);
}
