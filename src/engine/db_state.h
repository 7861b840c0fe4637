/* What a db is made of. Between db.c, databases.c and aliases.c. */
#pragma once
#include "engine/db.h"

/* A name space for collections and aliases. */
struct database {
    int64_t id;
    struct arena arena; /* owns name */
    struct str name;
    struct properties properties;
};

struct db {
    struct store *store; /* owned */
    uint64_t memory_limit, most_for_vectors;
    struct vectors_budget budget;
    struct collection **collections; /* owned [n_collections], by age */
    uint32_t n_collections;
    struct database *databases; /* owned [n_databases], by age: the first is the default one */
    uint32_t n_databases;
    uint32_t current; /* the database that names are looked up in: its place */
};

/* The collection of that name, no alias, in a database. Its place, or n_collections. */
uint32_t db_position(const struct db *db, int64_t database, struct str name);

static inline const struct database *db_current(const struct db *db)
{
    return &db->databases[db->current];
}

/* The collection that has the alias, and its place there; or NULL. */
struct collection *db_alias_owner(const struct db *db, int64_t database, struct str alias, uint32_t *at);

/* A collection may be called so: it is a name, and no alias has it. what: the parameter. */
int db_check_name(struct str name, const char *what, struct error *e) MUST_USE;

int db_read_databases(struct db *db, struct error *e) MUST_USE;
int db_read_aliases(struct db *db, struct error *e) MUST_USE;
void db_fini_databases(struct db *db);
