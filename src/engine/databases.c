#include "engine/databases.h"

#include "base/mem.h"
#include "engine/db_state.h"
#include "storage/catalog.h"

static const struct str default_name = {"default", 7};

static void database_fini(struct database *d)
{
    properties_fini(&d->properties);
    arena_fini(&d->arena);
}

void db_fini_databases(struct db *db)
{
    for (uint32_t i = 0; i < db->n_databases; i++)
        database_fini(&db->databases[i]);
    mem_free(db->databases);
}

/* ---- which there are ---- */

static int reserve(struct db *db)
{
    struct database *databases = mem_grow(db->databases, db->n_databases + 1, sizeof *databases);
    if (!databases)
        return MVL_NOMEM;
    db->databases = databases;
    return MVL_OK;
}

/* After reserve. Takes the properties, or leaves them when it fails. */
static int take(struct db *db, const struct catalog_database *from, struct properties *properties)
{
    struct database new = {.id = from->id};
    int rc = arena_copy(&new.arena, from->name, &new.name);
    if (rc != MVL_OK) {
        arena_fini(&new.arena);
        return rc;
    }
    new.properties = *properties;
    db->databases[db->n_databases++] = new;
    return MVL_OK;
}

static int read_database(void *context, const struct catalog_database *from, struct error *e)
{
    struct db *db = context;
    const struct property_change none = {0};
    struct properties properties;
    TRY(reserve(db));
    int rc = properties_make(from->properties_json, &none, &properties, e);
    if (rc != MVL_OK && rc != MVL_NOMEM)
        return error_set(e, MVL_DAMAGED, "the properties of database '%.*s' are damaged",
                         STR_ARGS(from->name));
    TRY(rc);
    rc = take(db, from, &properties);
    if (rc != MVL_OK)
        properties_fini(&properties);
    return rc;
}

int db_read_databases(struct db *db, struct error *e)
{
    TRY(catalog_read_databases(db->store, read_database, db, e));
    if (db->n_databases == 0 || db->databases[0].id != DEFAULT_DATABASE ||
        !str_eq(db->databases[0].name, default_name))
        return error_set(e, MVL_DAMAGED, "the database file is damaged: there is no default database");
    return MVL_OK;
}

static uint32_t position(const struct db *db, struct str name)
{
    uint32_t i = 0;
    while (i < db->n_databases && !str_eq(db->databases[i].name, name))
        i++;
    return i;
}

int db_find_database(const struct db *db, struct str name, const struct database **out, struct error *e)
{
    uint32_t i = position(db, name);
    *out = i < db->n_databases ? &db->databases[i] : NULL;
    if (*out)
        return MVL_OK;
    return error_set(e, MVL_DATABASE_NOT_FOUND, "database not found[database=%.*s]", STR_ARGS(name));
}

const struct database *db_database_at(const struct db *db, uint32_t i)
{
    return i < db->n_databases ? &db->databases[i] : NULL;
}

struct str database_name(const struct database *d)
{
    return d->name;
}

struct str database_properties(const struct database *d)
{
    return d->properties.json;
}

struct str db_database_name(const struct db *db)
{
    return db_current(db)->name;
}

int db_use(struct db *db, struct str database, struct error *e)
{
    const struct database *d;
    TRY(db_find_database(db, database.n ? database : default_name, &d, e));
    db->current = (uint32_t)(d - db->databases);
    return MVL_OK;
}

/* ---- changing them ---- */

static int check_new(const struct db *db, struct str name, struct error *e)
{
    if (!name_valid(name))
        return error_set(
            e, MVL_DATABASE_NAME,
            "db_name must be a letter or _ and then letters, digits and _, at most %d bytes, got "
            "'%.*s'",
            LIMIT_MAX_NAME_BYTES, STR_ARGS(name));
    if (position(db, name) < db->n_databases)
        return error_set(e, MVL_UNEXPECTED, "database already exist: %.*s", STR_ARGS(name));
    if (db->n_databases >= LIMIT_MAX_DATABASES)
        return error_set(e, MVL_DATABASE_LIMIT, "exceeded the limit number of database[limit=%d]",
                         LIMIT_MAX_DATABASES);
    return MVL_OK;
}

static int create(struct db *db, struct str name, struct properties *properties, struct error *e)
{
    struct catalog_database new = {.name = name, .properties_json = properties->json};
    TRY(reserve(db));
    TRY(store_begin(db->store, e));
    int rc = catalog_add_database(db->store, &new, e);
    bool is_taken = rc == MVL_OK && (rc = take(db, &new, properties)) == MVL_OK;
    rc = store_end(db->store, rc, e);
    if (rc != MVL_OK && is_taken) /* the properties stay the caller's */
        arena_fini(&db->databases[--db->n_databases].arena);
    return rc;
}

int db_create_database(struct db *db, struct str name, const struct json *properties, struct error *e)
{
    struct properties made;
    const struct property_change given = {.set = properties};
    TRY(check_new(db, name, e));
    TRY(properties_make((struct str){0}, &given, &made, e));
    int rc = create(db, name, &made, e);
    if (rc != MVL_OK)
        properties_fini(&made);
    return rc;
}

int db_drop_database(struct db *db, struct str name, struct error *e)
{
    const struct database *d;
    TRY(db_find_database(db, name, &d, e));
    if (d->id == DEFAULT_DATABASE)
        return error_set(e, MVL_PARAM_INVALID, "can not drop default database");
    for (uint32_t i = 0; i < db->n_collections; i++)
        if (db->collections[i]->database == d->id)
            return error_set(e, MVL_PARAM_INVALID,
                             "database:%.*s not empty, must drop all collections before drop database",
                             STR_ARGS(name));
    uint32_t at = (uint32_t)(d - db->databases);
    TRY(store_begin(db->store, e));
    TRY(store_end(db->store, catalog_drop_database(db->store, d->id, e), e));
    database_fini(&db->databases[at]);
    for (db->n_databases--; at < db->n_databases; at++)
        db->databases[at] = db->databases[at + 1];
    db->current = 0;
    return MVL_OK;
}

int db_alter_database(struct db *db, struct str name, const struct property_change *change, struct error *e)
{
    const struct database *d;
    struct properties changed;
    TRY(db_find_database(db, name, &d, e));
    struct database *to = &db->databases[d - db->databases];
    TRY(properties_make(to->properties.json, change, &changed, e));
    int rc = store_begin(db->store, e);
    if (rc == MVL_OK)
        rc = store_end(db->store, catalog_set_database_properties(db->store, to->id, changed.json, e), e);
    if (rc != MVL_OK) {
        properties_fini(&changed);
        return rc;
    }
    properties_fini(&to->properties);
    to->properties = changed;
    return MVL_OK;
}
