/* Aliases: other names of collections, in the database in use. Wherever a collection is named, an alias will do, but for
 * dropping and renaming it. */
#pragma once
#include "engine/db.h"

/* The collection of an alias, or MVL_ALIAS_NOT_FOUND. */
int db_find_alias(const struct db *db, struct str alias, const struct collection **out,
                  struct error *e) MUST_USE;

/* Creating one that the collection has already is no error. Returns also MVL_ALIAS_CONFLICT (a collection is called
 * so), MVL_ALIAS_EXISTS (another collection has it), MVL_COLLECTION_NOT_FOUND and MVL_PARAM_INVALID. */
int db_create_alias(struct db *db, struct str collection, struct str alias, struct error *e) MUST_USE;

/* Gives an alias that is there to another collection. */
int db_alter_alias(struct db *db, struct str collection, struct str alias, struct error *e) MUST_USE;

/* One that is not there is no error. */
int db_drop_alias(struct db *db, struct str alias, struct error *e) MUST_USE;
