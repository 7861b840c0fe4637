#include "engine/aliases.h"

#include "base/mem.h"
#include "engine/db_state.h"
#include "storage/catalog.h"

static int reserve(struct collection *c)
{
    struct alias *aliases = mem_grow(c->aliases, c->n_aliases + 1, sizeof *aliases);
    if (!aliases)
        return MVL_NOMEM;
    c->aliases = aliases;
    return MVL_OK;
}

static int alias_make(struct str name, struct alias *out)
{
    *out = (struct alias){0};
    int rc = arena_copy(&out->arena, name, &out->name);
    if (rc != MVL_OK)
        arena_fini(&out->arena);
    return rc;
}

/* Takes one out of the list, which keeps its memory. */
static struct alias take_out(struct collection *c, uint32_t at)
{
    struct alias taken = c->aliases[at];
    for (c->n_aliases--; at < c->n_aliases; at++)
        c->aliases[at] = c->aliases[at + 1];
    return taken;
}

static int read_alias(void *context, int64_t collection, struct str name, struct error *e)
{
    struct db *db = context;
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct collection *c = db->collections[i];
        if (c->id != collection)
            continue;
        TRY(reserve(c));
        TRY(alias_make(name, &c->aliases[c->n_aliases]));
        c->n_aliases++;
        return MVL_OK;
    }
    return error_set(e, MVL_DAMAGED, "the database file is damaged: alias '%.*s' is of no collection",
                     STR_ARGS(name));
}

int db_read_aliases(struct db *db, struct error *e)
{
    return catalog_read_aliases(db->store, read_alias, db, e);
}

struct collection *db_alias_owner(const struct db *db, int64_t database, struct str alias, uint32_t *at)
{
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct collection *c = db->collections[i];
        for (*at = 0; c->database == database && *at < c->n_aliases; ++*at)
            if (str_eq(c->aliases[*at].name, alias))
                return c;
    }
    return NULL;
}

static int not_found(const struct db *db, struct str alias, struct error *e)
{
    return error_set(e, MVL_ALIAS_NOT_FOUND, "alias not found[database=%.*s][alias=%.*s]",
                     STR_ARGS(db_current(db)->name), STR_ARGS(alias));
}

int db_find_alias(const struct db *db, struct str alias, const struct collection **out, struct error *e)
{
    uint32_t at;
    *out = db_alias_owner(db, db_current(db)->id, alias, &at);
    return *out ? MVL_OK : not_found(db, alias, e);
}

/* Judges both names, and finds who has the alias now. */
static int check(const struct db *db, struct str collection, struct str alias, struct collection **out,
                 struct collection **owner, uint32_t *at, struct error *e)
{
    const struct database *d = db_current(db);
    TRY(db_check_name(alias, "alias", e));
    TRY(db_find(db, collection, out, e));
    if (db_position(db, d->id, alias) < db->n_collections)
        return error_set(e, MVL_ALIAS_CONFLICT,
                         "alias and collection name conflict[database=%.*s][alias=%.*s]", STR_ARGS(d->name),
                         STR_ARGS(alias));
    *owner = db_alias_owner(db, d->id, alias, at);
    return MVL_OK;
}

static int store(struct db *db, const struct collection *c, struct str alias, struct error *e)
{
    TRY(store_begin(db->store, e));
    return store_end(db->store, catalog_set_alias(db->store, c->database, alias, c->id, e), e);
}

int db_create_alias(struct db *db, struct str collection, struct str alias, struct error *e)
{
    struct collection *c, *owner;
    struct alias new;
    uint32_t at;
    TRY(check(db, collection, alias, &c, &owner, &at, e));
    if (owner && owner != c)
        return error_set(e, MVL_ALIAS_EXISTS,
                         "alias already exist[database=%.*s][alias=%.*s]: it is of collection '%.*s'",
                         STR_ARGS(db_current(db)->name), STR_ARGS(alias), STR_ARGS(owner->name));
    if (owner)
        return MVL_OK;
    TRY(reserve(c));
    TRY(alias_make(alias, &new));
    int rc = store(db, c, alias, e);
    if (rc == MVL_OK)
        c->aliases[c->n_aliases++] = new;
    else
        arena_fini(&new.arena);
    return rc;
}

int db_alter_alias(struct db *db, struct str collection, struct str alias, struct error *e)
{
    struct collection *c, *owner;
    uint32_t at;
    TRY(check(db, collection, alias, &c, &owner, &at, e));
    if (!owner)
        return not_found(db, alias, e);
    if (owner == c)
        return MVL_OK;
    TRY(reserve(c));
    TRY(store(db, c, alias, e));
    c->aliases[c->n_aliases] = take_out(owner, at);
    c->n_aliases++;
    return MVL_OK;
}

int db_drop_alias(struct db *db, struct str alias, struct error *e)
{
    uint32_t at;
    struct collection *owner = db_alias_owner(db, db_current(db)->id, alias, &at);
    if (!owner)
        return MVL_OK;
    TRY(store_begin(db->store, e));
    TRY(store_end(db->store, catalog_drop_alias(db->store, owner->database, alias, e), e));
    struct alias gone = take_out(owner, at);
    arena_fini(&gone.arena);
    return MVL_OK;
}
