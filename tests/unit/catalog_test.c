#include "storage/catalog.h"

#include "storage/sql.h"
#include "stores.h"

/* What was read, as text: one line a collection or index. */
struct listing {
    char text[2048];
    int stop_at; /* fail at this call; 0: never */
    int calls;
};

static int list_collection(void *context, const struct catalog_collection *c, struct error *e)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%lld %.*s %.*s %lld %lld %lld %lld\n", (long long)c->id,
             STR_ARGS(c->name), STR_ARGS(c->schema_json), (long long)c->state, (long long)c->next_row,
             (long long)c->next_auto_id, (long long)c->n_rows);
    return ++l->calls == l->stop_at ? error_set(e, MVL_DAMAGED, "stop") : MVL_OK;
}

static int list_index(void *context, int64_t collection, const struct catalog_index *ix, struct error *e)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%lld %.*s %.*s %.*s %.*s %.*s\n", (long long)collection,
             STR_ARGS(ix->field), STR_ARGS(ix->name), STR_ARGS(ix->type), STR_ARGS(ix->metric),
             STR_ARGS(ix->params_json));
    return ++l->calls == l->stop_at ? error_set(e, MVL_DAMAGED, "stop") : MVL_OK;
}

static void check_collections(struct store *s, const char *expected)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    CHECK_EQ_INT(catalog_read_collections(s, list_collection, &l, &e), MVL_OK);
    CHECK_STR(l.text, expected);
}

static void check_indexes(struct store *s, const char *expected)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    CHECK_EQ_INT(catalog_read_indexes(s, list_index, &l, &e), MVL_OK);
    CHECK_STR(l.text, expected);
}

static int list_partition(void *context, int64_t collection, const struct catalog_partition *p,
                          struct error *e)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%lld %lld %.*s%s\n", (long long)collection, (long long)p->id,
             STR_ARGS(p->name), p->is_released ? " released" : "");
    return ++l->calls == l->stop_at ? error_set(e, MVL_DAMAGED, "stop") : MVL_OK;
}

static void check_partitions(struct store *s, const char *expected)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    CHECK_EQ_INT(catalog_read_partitions(s, list_partition, &l, &e), MVL_OK);
    CHECK_STR(l.text, expected);
}

static int64_t add_partition(struct store *s, int64_t collection, const char *name, bool is_released)
{
    struct error e = ERROR_NONE;
    struct catalog_partition p = {.name = str_of(name), .is_released = is_released};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_partition(s, collection, &p, &e)), MVL_OK);
    return p.id;
}

static int64_t add(struct store *s, const char *name)
{
    struct error e = ERROR_NONE;
    struct catalog_collection c = {.database = DEFAULT_DATABASE,
                                   .name = str_of(name),
                                   .schema_json = STR("{}"),
                                   .state = 3,
                                   .next_row = 0,
                                   .next_auto_id = 1};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_collection(s, &c, &e)), MVL_OK);
    return c.id;
}

TEST(collections_are_read_by_age)
{
    struct store *s = store_fresh();
    check_collections(s, "");
    CHECK_EQ_INT(add(s, "zebra"), 1);
    CHECK_EQ_INT(add(s, "ape"), 2);
    check_collections(s, "1 zebra {} 3 0 1 0\n2 ape {} 3 0 1 0\n");
    store_done(s);
    s = store_reopen((struct store_options){0});
    check_collections(s, "1 zebra {} 3 0 1 0\n2 ape {} 3 0 1 0\n");
    store_done(s);
}

TEST(a_name_stands_once)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    add(s, "docs");
    struct catalog_collection twin = {
        .database = DEFAULT_DATABASE, .name = STR("docs"), .schema_json = STR("{}")};
    CHECK(COMMITTED(s, catalog_add_collection(s, &twin, &e)) != MVL_OK);
    check_collections(s, "1 docs {} 3 0 1 0\n");
    store_done(s);
}

TEST(names_and_schemas_are_bound_not_pasted)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    struct catalog_collection c = {.name = STR("a'b\"c;--"), .schema_json = STR("{\"d\":\"'%s\"}")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_collection(s, &c, &e)), MVL_OK);
    CHECK_EQ_INT(
        COMMITTED(s, catalog_rename_collection(s, c.id, DEFAULT_DATABASE, STR("'; DROP TABLE meta"), &e)),
        MVL_OK);
    check_collections(s, "1 '; DROP TABLE meta {\"d\":\"'%s\"} 0 0 0 0\n");
    store_done(s);
}

TEST(state_counters_and_name_change_one_collection)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a"), b = add(s, "b");
    CHECK_EQ_INT(COMMITTED(s, catalog_set_state(s, b, 1, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_counters(s, a, INT32_MAX, INT64_MAX, 5, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_rename_collection(s, b, DEFAULT_DATABASE, STR("c"), &e)), MVL_OK);
    check_collections(s, "1 a {} 3 2147483647 9223372036854775807 5\n2 c {} 1 0 1 0\n");
    store_done(s);
}

TEST(a_rename_to_a_taken_name_fails)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a");
    add(s, "b");
    CHECK(COMMITTED(s, catalog_rename_collection(s, a, DEFAULT_DATABASE, STR("b"), &e)) != MVL_OK);
    check_collections(s, "1 a {} 3 0 1 0\n2 b {} 3 0 1 0\n");
    store_done(s);
}

TEST(indexes_are_read_by_collection_and_name)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a"), b = add(s, "b");
    struct catalog_index second = {STR("v"), STR("z"), STR("HNSW"), STR("L2"), STR("{\"M\":16}")};
    struct catalog_index first = {STR("w"), STR("y"), STR("FLAT"), STR("IP"), STR("{}")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, b, &first, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, a, &second, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, a, &first, &e)), MVL_OK);
    check_indexes(s, "1 w y FLAT IP {}\n1 v z HNSW L2 {\"M\":16}\n2 w y FLAT IP {}\n");
    CHECK(COMMITTED(s, catalog_add_index(s, a, &first, &e)) != MVL_OK); /* its name is taken */
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_index(s, a, STR("y"), &e)), MVL_OK);
    check_indexes(s, "1 v z HNSW L2 {\"M\":16}\n2 w y FLAT IP {}\n");
    store_done(s);
}

TEST(dropping_a_collection_takes_its_indexes_and_partitions)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a"), b = add(s, "b"), n = -1;
    add_partition(s, a, "_default", false);
    add_partition(s, b, "_default", false);
    add_partition(s, a, "p", true);
    struct catalog_index ix = {STR("v"), STR("v"), STR("FLAT"), STR("IP"), STR("{}")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, a, &ix, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, b, &ix, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_collection(s, a, &e)), MVL_OK);
    check_collections(s, "2 b {} 3 0 1 0\n");
    check_indexes(s, "2 v v FLAT IP {}\n");
    check_partitions(s, "2 2 _default\n");
    CHECK_EQ_INT(sql_integer(s->db, -1, &n, &e, "SELECT count(*) FROM meta WHERE key LIKE 'released%%'"),
                 MVL_OK);
    CHECK_EQ_INT(n, 0);
    store_done(s);
}

TEST(partitions_are_read_by_age_with_their_state)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a"), b = add(s, "b"), format = 0;
    add_partition(s, a, "_default", false);
    CHECK_EQ_INT(sql_integer(s->db, 0, &format, &e, "PRAGMA user_version"), MVL_OK);
    CHECK_EQ_INT(format, STORE_FORMAT_FIRST);
    int64_t z = add_partition(s, b, "z'%s", true), y = add_partition(s, a, "y", false);
    check_partitions(s, "1 1 _default\n2 2 z'%s released\n1 3 y\n");
    CHECK_EQ_INT(sql_integer(s->db, 0, &format, &e, "PRAGMA user_version"), MVL_OK);
    CHECK_EQ_INT(format, STORE_FORMAT_STRUCTURE);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_released(s, y, true, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_released(s, y, true, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_released(s, z, false, &e)), MVL_OK);
    check_partitions(s, "1 1 _default\n2 2 z'%s\n1 3 y released\n");
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_partition(s, y, &e)), MVL_OK);
    CHECK_EQ_INT(add_partition(s, b, "x", false), y); /* nothing of the one before is left */
    check_partitions(s, "1 1 _default\n2 2 z'%s\n2 3 x\n");
    struct listing l = {.stop_at = 2};
    CHECK_EQ_INT(catalog_read_partitions(s, list_partition, &l, &e), MVL_DAMAGED);
    CHECK_EQ_INT(l.calls, 2);
    store_done(s);
}

static int list_database(void *context, const struct catalog_database *d, struct error *e)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%lld %.*s %.*s\n", (long long)d->id, STR_ARGS(d->name),
             STR_ARGS(d->properties_json));
    return ++l->calls == l->stop_at ? error_set(e, MVL_DAMAGED, "stop") : MVL_OK;
}

static int list_alias(void *context, int64_t collection, struct str name, struct error *e)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%lld %.*s\n", (long long)collection, STR_ARGS(name));
    return ++l->calls == l->stop_at ? error_set(e, MVL_DAMAGED, "stop") : MVL_OK;
}

static void check_databases(struct store *s, const char *expected)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    CHECK_EQ_INT(catalog_read_databases(s, list_database, &l, &e), MVL_OK);
    CHECK_STR(l.text, expected);
}

static void check_aliases(struct store *s, const char *expected)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    CHECK_EQ_INT(catalog_read_aliases(s, list_alias, &l, &e), MVL_OK);
    CHECK_STR(l.text, expected);
}

TEST(databases_are_read_by_age_with_their_properties)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    struct catalog_database z = {.name = STR("z'%s"), .properties_json = STR("{\"a\":\"1\"}")},
                            y = {.name = STR("y")};
    check_databases(s, "1 default \n");
    CHECK_EQ_INT(COMMITTED(s, catalog_add_database(s, &z, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_add_database(s, &y, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_database_properties(s, y.id, STR("{}"), &e)), MVL_OK);
    check_databases(s, "1 default \n2 z'%s {\"a\":\"1\"}\n3 y {}\n");
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_database(s, y.id, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_add_database(s, &y, &e)),
                 MVL_OK); /* nothing of the one before is left */
    check_databases(s, "1 default \n2 z'%s {\"a\":\"1\"}\n3 y \n");
    struct listing l = {.stop_at = 2};
    CHECK_EQ_INT(catalog_read_databases(s, list_database, &l, &e), MVL_DAMAGED);
    CHECK_EQ_INT(l.calls, 2);
    store_done(s);
}

TEST(a_name_may_stand_in_each_database_and_a_collection_moves)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    struct catalog_database other = {.name = STR("other")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_database(s, &other, &e)), MVL_OK);
    int64_t a = add(s, "docs");
    struct catalog_collection twin = {.database = other.id, .name = STR("docs"), .schema_json = STR("{}")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_collection(s, &twin, &e)), MVL_OK);
    CHECK(COMMITTED(s, catalog_rename_collection(s, a, other.id, STR("docs"), &e)) != MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_rename_collection(s, a, other.id, STR("moved"), &e)), MVL_OK);
    check_collections(s, "1 moved {} 3 0 1 0\n2 docs {} 0 0 0 0\n");
    store_done(s);
}

TEST(aliases_are_set_moved_and_dropped_with_their_collection)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    int64_t a = add(s, "a"), b = add(s, "b");
    CHECK_EQ_INT(COMMITTED(s, catalog_set_alias(s, 1, STR("y"), a, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_alias(s, 1, STR("x'"), a, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_set_alias(s, 2, STR("y"), b, &e)), MVL_OK);
    check_aliases(s, "1 x'\n1 y\n2 y\n");
    CHECK_EQ_INT(COMMITTED(s, catalog_set_alias(s, 1, STR("y"), b, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_alias(s, 2, STR("y"), &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_alias(s, 2, STR("none"), &e)), MVL_OK);
    check_aliases(s, "1 x'\n2 y\n");
    CHECK_EQ_INT(COMMITTED(s, catalog_drop_collection(s, a, &e)), MVL_OK);
    check_aliases(s, "2 y\n");
    struct listing l = {.stop_at = 1};
    CHECK_EQ_INT(catalog_read_aliases(s, list_alias, &l, &e), MVL_DAMAGED);
    store_done(s);
}

TEST(a_reader_that_refuses_ends_the_reading)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    struct listing l = {.stop_at = 1};
    int64_t a = add(s, "a");
    add(s, "b");
    CHECK_EQ_INT(catalog_read_collections(s, list_collection, &l, &e), MVL_DAMAGED);
    CHECK_STR(l.text, "1 a {} 3 0 1 0\n");
    struct catalog_index ix = {STR("v"), STR("v"), STR("FLAT"), STR("IP"), STR("{}")};
    CHECK_EQ_INT(COMMITTED(s, catalog_add_index(s, a, &ix, &e)), MVL_OK);
    l = (struct listing){.stop_at = 1};
    CHECK_EQ_INT(catalog_read_indexes(s, list_index, &l, &e), MVL_DAMAGED);
    CHECK_EQ_INT(l.calls, 1);
    store_done(s);
}

TEST(a_damaged_catalog_is_reported)
{
    struct error e = ERROR_NONE;
    struct listing l = {0};
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "DROP TABLE collection")), MVL_OK);
    CHECK(catalog_read_collections(s, list_collection, &l, &e) != MVL_OK);
    CHECK(e.reason[0] != 0);
    store_done(s);
}

static int note_times(void *context, const struct catalog_collection *c, struct error *e)
{
    int64_t *times = context;
    (void)e;
    times[0] = c->created;
    times[1] = c->altered;
    return MVL_OK;
}

TEST(a_collection_knows_when_it_was_made_and_altered)
{
    struct error e = ERROR_NONE;
    struct catalog_collection c = {.name = STR("a"), .schema_json = STR("{}"), .database = DEFAULT_DATABASE};
    int64_t now = 0, times[2];
    struct store *s = store_fresh();
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(catalog_add_collection(s, &c, &e), MVL_OK);
    CHECK_EQ_INT(c.created, 1700000000000);
    CHECK_EQ_INT(c.altered, c.created);
    CHECK_EQ_INT(catalog_read_collections(s, note_times, times, &e), MVL_OK);
    CHECK_EQ_INT(times[0], c.created);
    CHECK_EQ_INT(times[1], c.created);
    CHECK_EQ_INT(catalog_set_altered(s, c.id, &now, &e), MVL_OK);
    CHECK_EQ_INT(now, c.created); /* the clock of tests stands still */
    CHECK_EQ_INT(sql_exec(s->db, &e, "UPDATE meta SET value = value + 5 WHERE key = 'altered %lld'", c.id),
                 MVL_OK);
    CHECK_EQ_INT(catalog_read_collections(s, note_times, times, &e), MVL_OK);
    CHECK_EQ_INT(times[1], c.created + 5);
    CHECK_EQ_INT(catalog_drop_collection(s, c.id, &e), MVL_OK);
    CHECK_EQ_INT(
        sql_integer(s->db, -1, &now, &e, "SELECT count(*) FROM meta WHERE key LIKE '%%ed %lld'", c.id),
        MVL_OK);
    CHECK_EQ_INT(now, 0);
    CHECK_EQ_INT(store_end(s, MVL_OK, &e), MVL_OK);
    store_done(s);
}
