/* A database file and the collections in it. */
#pragma once
#include "engine/collection.h"
#include "engine/indexes.h"
#include "storage/receipts.h"
#include "storage/store.h"

struct db;

/* Opens or creates the file. Returns 0 or what store_open returns. */
int db_open(struct db **out, struct str path, struct store_options options, struct error *e) MUST_USE;

/* How much memory all of the engine may take, 4 GB unless told: vectors are kept out of it that do not fit beside
 * indexes and requests. */
void db_set_memory_limit(struct db *db, uint64_t bytes);

/* Closes the file; the db is gone also when this fails. NULL is fine. */
int db_close(struct db *db, struct error *e);

struct store *db_store(const struct db *db); /* its file, borrowed */

/* Everything is in the one file until the next change. */
int db_checkpoint(struct db *db, struct error *e) MUST_USE;

/* Names are looked up in one database at a time: the one that was used last, "default" at first. An empty name is
 * "default". Returns 0 or MVL_DATABASE_NOT_FOUND, and then nothing has changed. */
int db_use(struct db *db, struct str database, struct error *e) MUST_USE;

/* The collection of that name or alias, or MVL_COLLECTION_NOT_FOUND. */
int db_find(const struct db *db, struct str name, struct collection **out, struct error *e) MUST_USE;
struct collection *db_lookup(const struct db *db, struct str name); /* or NULL */

/* Of the database in use, by age; NULL past the last. */
const struct collection *db_collection_at(const struct db *db, uint32_t i);

/* A collection to be made. */
struct collection_request {
    struct str name;
    const struct schema *schema;
    const struct index_request *indexes; /* [n_indexes] */
    uint32_t n_indexes;
    const struct json *properties; /* an object, or NULL */
    uint32_t n_partitions;         /* of a partition key; 0: as many as a server makes */
};

/* Creates a collection with its indexes, in one transaction. One that exists with an equal schema is left as it is;
 * with another: MVL_UNEXPECTED. Returns also what schema_check, index_definition_create and properties_make return. */
int db_create_collection(struct db *db, const struct collection_request *r, struct error *e) MUST_USE;

/* One that does not exist is no error; one that has aliases, or is named by one, is MVL_PARAM_INVALID. */
int db_drop_collection(struct db *db, struct str name, struct error *e) MUST_USE;

/* target: the database it goes to, empty for its own. One with aliases stays where it is. */
int db_rename_collection(struct db *db, struct str from, struct str to, struct str target,
                         struct error *e) MUST_USE;

/* Has the next change keep a receipt, which is borrowed, or none (NULL); and whether a request has been done already,
 * and how it was answered. See storage/receipts.h. */
void db_give_receipt(struct db *db, const struct receipt *r);
int db_find_receipt(struct db *db, uint32_t client, uint32_t sequence, struct arena *a, bool *found,
                    struct str *reply, struct error *e) MUST_USE;

/* The effort of index maintenance that is left, in about microseconds, and spending about so much on it. See
 * collection_maintain. */
uint64_t db_work(const struct db *db);
int db_maintain(struct db *db, uint32_t effort, struct error *e) MUST_USE;

/* After a request: what indexes have grown by is taken from the vectors. */
void db_balance_memory(struct db *db);

/* After memory has run out: gives back what is only cached, and half of what vectors take, for good. Tells whether it
 * is worth trying again. */
bool db_release_memory(struct db *db);
