#include "engine/db_state.h"

#include "base/mem.h"
#include "engine/databases.h"
#include "engine/lifetime.h"
#include "engine/partitions.h"
#include "schema/schema_check.h"
#include "schema/schema_json.h"
#include "storage/catalog.h"

/* Of the memory limit, vectors leave alone a share and so much. Requests, SQLite's cache and the stack need it. */
enum { UNTOUCHED_SHARE = 8, UNTOUCHED_BYTES = 16 * 1024 * 1024, CACHE_SHARE = 16 };

static int reserve_collection(struct db *db)
{
    struct collection **collections = mem_grow(db->collections, db->n_collections + 1, sizeof *collections);
    if (!collections)
        return MVL_NOMEM;
    db->collections = collections;
    return MVL_OK;
}

static int read_collection(void *context, const struct catalog_collection *from, struct error *e)
{
    struct db *db = context;
    struct collection *c;
    TRY(reserve_collection(db));
    TRY(collection_create(&c, db->store, from, e));
    c->budget = &db->budget;
    db->collections[db->n_collections++] = c;
    return MVL_OK;
}

static int read_definition(struct collection *c, const struct catalog_index *from, struct arena *a,
                           struct error *e)
{
    struct json *params;
    TRY(json_parse(from->params_json, a, &params, "stored index", e));
    struct index_request request = {from->field, from->name, from->type, from->metric, params};
    struct index_definition *d;
    TRY(index_definition_create(c->schema, &request, &d, e));
    int rc = collection_take_index(c, d);
    if (rc != MVL_OK)
        index_definition_destroy(d);
    return rc;
}

static int read_index(void *context, int64_t collection, const struct catalog_index *from, struct error *e)
{
    struct db *db = context;
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct collection *c = db->collections[i];
        if (c->id != collection)
            continue;
        struct arena a = {0};
        int rc = read_definition(c, from, &a, e);
        arena_fini(&a);
        if (rc != MVL_OK && rc != MVL_NOMEM)
            return error_set(e, MVL_DAMAGED, "the stored index '%.*s' of collection '%.*s' is damaged",
                             STR_ARGS(from->name), STR_ARGS(c->name));
        return rc;
    }
    return MVL_OK;
}

static int read_partition(void *context, int64_t collection, const struct catalog_partition *from,
                          struct error *e)
{
    struct db *db = context;
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct collection *c = db->collections[i];
        if (c->id != collection)
            continue;
        if (c->partitions.n == LIMIT_MAX_PARTITIONS)
            return error_set(e, MVL_DAMAGED, "the partitions of collection '%.*s' are damaged",
                             STR_ARGS(c->name));
        return partitions_take(c, from);
    }
    return MVL_OK;
}

static int read_partitions(struct db *db, struct error *e)
{
    TRY(catalog_read_partitions(db->store, read_partition, db, e));
    for (uint32_t i = 0; i < db->n_collections; i++)
        if (db->collections[i]->partitions.n == 0)
            return error_set(e, MVL_DAMAGED, "the partitions of collection '%.*s' are damaged",
                             STR_ARGS(db->collections[i]->name));
    return MVL_OK;
}

int db_open(struct db **out, struct str path, struct store_options options, struct error *e)
{
    struct db *db = mem_alloc(sizeof *db);
    if (!db)
        return MVL_NOMEM;
    *db = (struct db){.memory_limit = UINT64_C(1) << 32, .most_for_vectors = UINT64_MAX};
    db_balance_memory(db);
    int rc = store_open(path, options, &db->store, e);
    if (rc == MVL_OK)
        rc = db_read_databases(db, e);
    if (rc == MVL_OK)
        rc = catalog_read_collections(db->store, read_collection, db, e);
    if (rc == MVL_OK)
        rc = read_partitions(db, e);
    if (rc == MVL_OK)
        rc = db_read_aliases(db, e);
    if (rc == MVL_OK)
        rc = catalog_read_indexes(db->store, read_index, db, e);
    if (rc != MVL_OK) {
        struct error ignored = ERROR_NONE;
        db_close(db, &ignored);
        return rc;
    }
    *out = db;
    return MVL_OK;
}

int db_close(struct db *db, struct error *e)
{
    if (!db)
        return MVL_OK;
    for (uint32_t i = 0; i < db->n_collections; i++) {
        collection_save(db->collections[i]);
        collection_destroy(db->collections[i]);
    }
    mem_free(db->collections);
    db_fini_databases(db);
    int rc = store_close(db->store, e);
    mem_free(db);
    return rc;
}

struct store *db_store(const struct db *db)
{
    return db->store;
}

int db_checkpoint(struct db *db, struct error *e)
{
    return store_checkpoint(db->store, e);
}

void db_give_receipt(struct db *db, const struct receipt *r)
{
    store_give_receipt(db->store, r);
}

int db_find_receipt(struct db *db, uint32_t client, uint32_t sequence, struct arena *a, bool *found,
                    struct str *reply, struct error *e)
{
    return receipts_find(db->store, client, sequence, a, found, reply, e);
}

uint32_t db_position(const struct db *db, int64_t database, struct str name)
{
    uint32_t i = 0;
    while (i < db->n_collections &&
           (db->collections[i]->database != database || !str_eq(db->collections[i]->name, name)))
        i++;
    return i;
}

static struct collection *named(const struct db *db, struct str name)
{
    uint32_t i = db_position(db, db_current(db)->id, name);
    return i < db->n_collections ? db->collections[i] : NULL;
}

struct collection *db_lookup(const struct db *db, struct str name)
{
    uint32_t at;
    struct collection *c = named(db, name);
    return c ? c : db_alias_owner(db, db_current(db)->id, name, &at);
}

int db_find(const struct db *db, struct str name, struct collection **out, struct error *e)
{
    *out = db_lookup(db, name);
    if (*out)
        return MVL_OK;
    return error_set(e, MVL_COLLECTION_NOT_FOUND, "can't find collection[database=%.*s][collection=%.*s]",
                     STR_ARGS(db_current(db)->name), STR_ARGS(name));
}

const struct collection *db_collection_at(const struct db *db, uint32_t i)
{
    for (uint32_t k = 0; k < db->n_collections; k++)
        if (db->collections[k]->database == db_current(db)->id && i-- == 0)
            return db->collections[k];
    return NULL;
}

int db_check_name(struct str name, const char *what, struct error *e)
{
    if (name_valid(name))
        return MVL_OK;
    return error_set(e, MVL_PARAM_INVALID,
                     "%s must be a letter or _ and then letters, digits and _, at most %d bytes, got '%.*s'",
                     what, LIMIT_MAX_NAME_BYTES, STR_ARGS(name));
}

/* No alias may be hidden by a collection. */
static int check_no_alias(const struct db *db, int64_t database, struct str name, struct error *e)
{
    uint32_t at;
    const struct collection *owner = db_alias_owner(db, database, name, &at);
    if (!owner)
        return MVL_OK;
    return error_set(e, MVL_ALIAS_CONFLICT,
                     "alias and collection name conflict[database=%.*s][alias=%.*s]: it is an alias of "
                     "collection '%.*s'",
                     STR_ARGS(db_current(db)->name), STR_ARGS(name), STR_ARGS(owner->name));
}

/* What a new collection is made of, all of it ready before the transaction begins. */
struct creation {
    struct collection *collection;
    struct index_definition *indexes[LIMIT_MAX_FIELDS];
    uint32_t n_indexes, n_partitions;
};

static int store_collection(struct db *db, struct catalog_collection *row, struct creation *new,
                            struct error *e)
{
    TRY(catalog_add_collection(db->store, row, e));
    TRY(collection_create(&new->collection, db->store, row, e));
    struct collection *c = new->collection;
    c->budget = &db->budget;
    TRY(partitions_make(c, new->n_partitions, e));
    TRY(lifetime_store(c, c->properties.ttl_seconds, e));
    struct entity_table entities = collection_entities(c);
    TRY(entities_create(db->store, &entities, e));
    for (uint32_t i = 0; i < c->schema->n_fields; i++) {
        if (!field_is_vector(&c->schema->fields[i]))
            continue;
        struct chunk_table t = collection_chunks(c, i);
        TRY(chunks_create(db->store, &t, e));
    }
    for (uint32_t i = 0; i < new->n_indexes; i++) {
        TRY(index_definition_store(db->store, row->id, new->indexes[i], e));
        TRY(collection_take_index(c, new->indexes[i]));
        new->indexes[i] = NULL; /* the collection's now */
    }
    return reserve_collection(db);
}

static int create(struct db *db, const struct collection_request *r, struct str properties,
                  struct creation *new, struct error *e)
{
    struct writer text = {0};
    schema_to_json(r->schema, &text);
    struct catalog_collection row = {
        .database = db_current(db)->id,
        .name = r->name,
        .properties_json = properties,
        .schema_json = {(const char *)text.p, (uint32_t)text.n},
        .state = LOAD_STATE_Loaded,
        .next_auto_id = 1,
    };
    int rc = text.failed ? MVL_NOMEM : store_begin(db->store, e);
    if (rc == MVL_OK)
        rc = store_end(db->store, store_collection(db, &row, new, e), e);
    writer_fini(&text);
    return rc;
}

int db_create_collection(struct db *db, const struct collection_request *r, struct error *e)
{
    TRY(db_check_name(r->name, "collection_name", e));
    TRY(schema_check(r->schema, e));
    TRY(check_no_alias(db, db_current(db)->id, r->name, e));
    const struct collection *existing = named(db, r->name);
    if (existing && !schema_equal(existing->schema, r->schema))
        return error_set(e, MVL_UNEXPECTED,
                         "create duplicate collection with different parameters, collection: %.*s",
                         STR_ARGS(r->name));
    if (existing)
        return MVL_OK;
    if (r->n_partitions && !schema_partition_key(r->schema))
        return error_set(e, MVL_PARAM_INVALID,
                         "num_partitions should only be specified with partition key field enabled, got %u",
                         r->n_partitions);
    struct creation new = {.n_indexes = r->n_indexes, .n_partitions = r->n_partitions};
    struct properties properties;
    const struct property_change given = {.set = r->properties};
    TRY(properties_make((struct str){0}, &given, &properties, e));
    int rc = index_definitions_create(r->schema, r->indexes, r->n_indexes, new.indexes, e);
    if (rc != MVL_OK) {
        properties_fini(&properties);
        return rc;
    }
    rc = create(db, r, r->properties ? properties.json : (struct str){0}, &new, e);
    properties_fini(&properties);
    for (uint32_t i = 0; i < new.n_indexes; i++)
        index_definition_destroy(new.indexes[i]);
    if (rc == MVL_OK)
        db->collections[db->n_collections++] = new.collection;
    else
        collection_destroy(new.collection);
    return rc;
}

static int store_drop(struct collection *c, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(entities_drop(c->store, &entities, e));
    for (uint32_t i = 0; i < c->schema->n_fields; i++) {
        if (!field_is_vector(&c->schema->fields[i]))
            continue;
        struct chunk_table t = collection_chunks(c, i);
        TRY(chunks_drop(c->store, &t, e));
        TRY(collection_drop_parts(c, i, e));
    }
    TRY(lifetime_forget(c, e));
    return catalog_drop_collection(c->store, c->id, e);
}

static int check_drop(const struct db *db, struct str name, struct error *e)
{
    uint32_t at;
    const struct collection *c = named(db, name);
    if (!c && db_alias_owner(db, db_current(db)->id, name, &at))
        return error_set(e, MVL_PARAM_INVALID, "cannot drop the collection via alias = %.*s", STR_ARGS(name));
    if (c && c->n_aliases)
        return error_set(
            e, MVL_PARAM_INVALID,
            "unable to drop the collection [%.*s] because it has associated aliases: drop '%.*s' "
            "first",
            STR_ARGS(name), STR_ARGS(c->aliases[0].name));
    return MVL_OK;
}

int db_drop_collection(struct db *db, struct str name, struct error *e)
{
    TRY(check_drop(db, name, e));
    uint32_t at = db_position(db, db_current(db)->id, name);
    if (at == db->n_collections)
        return MVL_OK;
    struct collection *c = db->collections[at];
    TRY(store_begin(db->store, e));
    TRY(store_end(db->store, store_drop(c, e), e));
    collection_destroy(c);
    for (db->n_collections--; at < db->n_collections; at++)
        db->collections[at] = db->collections[at + 1];
    return MVL_OK;
}

static int store_rename(struct db *db, const struct collection *c, struct str to, int64_t database,
                        int64_t *altered, struct error *e)
{
    TRY(catalog_rename_collection(db->store, c->id, database, to, e));
    return catalog_set_altered(db->store, c->id, altered, e);
}

/* In the file and in memory, or nowhere. */
static int rename_to(struct db *db, struct collection *c, struct str to, int64_t database, struct error *e)
{
    struct str old = c->name;
    struct arena old_arena = c->name_arena; /* kept for the case that the file cannot be written */
    int64_t altered;
    c->name_arena = (struct arena){0};
    int rc = collection_set_name(c, to);
    if (rc == MVL_OK)
        rc = store_begin(db->store, e);
    if (rc == MVL_OK)
        rc = store_end(db->store, store_rename(db, c, to, database, &altered, e), e);
    if (rc == MVL_OK) {
        arena_fini(&old_arena);
        c->altered = altered;
        c->database = database;
        return MVL_OK;
    }
    arena_fini(&c->name_arena);
    c->name_arena = old_arena;
    c->name = old;
    return rc;
}

int db_rename_collection(struct db *db, struct str from, struct str to, struct str target, struct error *e)
{
    struct collection *c;
    const struct database *d = db_current(db);
    TRY(db_find(db, from, &c, e));
    if (!str_eq(c->name, from))
        return error_set(e, MVL_PARAM_INVALID, "unsupported use an alias to rename collection, alias:%.*s",
                         STR_ARGS(from));
    TRY(db_check_name(to, "collection_name", e));
    if (target.n)
        TRY(db_find_database(db, target, &d, e));
    if (d->id != c->database && c->n_aliases)
        return error_set(
            e, MVL_PARAM_INVALID,
            "fail to rename collection to a different database, must drop all aliases of collection "
            "'%.*s' before rename",
            STR_ARGS(c->name));
    TRY(check_no_alias(db, d->id, to, e));
    if (db_position(db, d->id, to) < db->n_collections)
        return error_set(e, MVL_UNEXPECTED, "duplicated new collection name: %.*s exists already",
                         STR_ARGS(to));
    return rename_to(db, c, to, d->id, e);
}

uint64_t db_work(const struct db *db)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < db->n_collections; i++)
        work += collection_work(db->collections[i]);
    return work;
}

/* A collection that fails does not hold up others. */
int db_maintain(struct db *db, uint32_t effort, struct error *e)
{
    int first = MVL_OK;
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct error error = ERROR_NONE;
        if (!collection_work(db->collections[i]))
            continue;
        int rc = collection_maintain(db->collections[i], effort, &error);
        if (rc == MVL_OK)
            return MVL_OK;
        if (first == MVL_OK) {
            first = rc;
            *e = error;
        }
    }
    return first;
}

/* ---- memory ---- */

void db_set_memory_limit(struct db *db, uint64_t bytes)
{
    db->memory_limit = bytes;
    store_limit_cache(db->store, bytes / CACHE_SHARE);
    db_balance_memory(db);
}

static void give_back(struct db *db)
{
    for (uint32_t i = 0; i < db->n_collections && db->budget.used > db->budget.limit; i++)
        collection_give_back(db->collections[i]);
}

void db_balance_memory(struct db *db)
{
    uint64_t taken = db->memory_limit / UNTOUCHED_SHARE + UNTOUCHED_BYTES;
    for (uint32_t i = 0; i < db->n_collections; i++)
        taken += collection_index_bytes(db->collections[i]);
    uint64_t left = db->memory_limit > taken ? db->memory_limit - taken : 0;
    db->budget.limit = left < db->most_for_vectors ? left : db->most_for_vectors;
    give_back(db);
}

/* Is there something to drop? */
static bool has_caches(const struct collection *c)
{
    return c->groups || c->columns || c->partitions.of_rows;
}

bool db_release_memory(struct db *db)
{
    uint64_t used = db->budget.used;
    bool had_caches = false;
    store_release_memory(db->store);
    for (uint32_t i = 0; i < db->n_collections; i++) {
        had_caches |= has_caches(db->collections[i]);
        collection_drop_caches(db->collections[i]);
    }
    db->budget.limit = db->most_for_vectors = used / 2;
    give_back(db);
    return had_caches || db->budget.used < used;
}
