/* Databases: name spaces for collections and aliases, in one file. */
#pragma once
#include "engine/db.h"

struct database;

/* The database of that name, or MVL_DATABASE_NOT_FOUND; by age, NULL past the last. */
int db_find_database(const struct db *db, struct str name, const struct database **out,
                     struct error *e) MUST_USE;
const struct database *db_database_at(const struct db *db, uint32_t i);
struct str database_name(const struct database *d);
struct str database_properties(const struct database *d); /* a JSON object of texts, or empty */
struct str db_database_name(const struct db *db);         /* of the one in use */

/* properties: an object, or NULL. Returns also MVL_UNEXPECTED (it is there), MVL_DATABASE_NAME, MVL_DATABASE_LIMIT and
 * what properties_make does. */
int db_create_database(struct db *db, struct str name, const struct json *properties,
                       struct error *e) MUST_USE;

/* It must be empty, and not the default one. */
int db_drop_database(struct db *db, struct str name, struct error *e) MUST_USE;

int db_alter_database(struct db *db, struct str name, const struct property_change *change,
                      struct error *e) MUST_USE;
