/* What the file knows of its collections and their indexes. Changes happen inside a transaction of the caller's. */
#pragma once
#include "base/arena.h"
#include "storage/store.h"

enum { DEFAULT_DATABASE = 1 }; /* its id; it is always there */

struct catalog_collection {
    int64_t id, database;
    struct str name, schema_json;
    int64_t state; /* enum load_state */
    int64_t next_row, next_auto_id, n_rows;
    struct str properties_json; /* empty: none */
    int64_t created, altered;   /* milliseconds since 1970; 0: nobody knows */
};

struct catalog_index {
    struct str field, name, type, metric, params_json;
};

struct catalog_partition {
    int64_t id;
    struct str name;
    bool is_released; /* while the collection is loaded */
};

struct catalog_database {
    int64_t id;
    struct str name, properties_json; /* empty: none */
};

/* Called for each database and collection by age, for each index by collection and name, for each partition by
 * age, for each alias by name; texts are borrowed during the call.
 * A result other than 0 ends the reading and is returned. */
typedef int catalog_collection_fn(void *context, const struct catalog_collection *c, struct error *e);
typedef int catalog_index_fn(void *context, int64_t collection, const struct catalog_index *ix,
                             struct error *e);

typedef int catalog_partition_fn(void *context, int64_t collection, const struct catalog_partition *p,
                                 struct error *e);

typedef int catalog_database_fn(void *context, const struct catalog_database *d, struct error *e);
typedef int catalog_alias_fn(void *context, int64_t collection, struct str name, struct error *e);

int catalog_read_databases(struct store *s, catalog_database_fn *fn, void *context, struct error *e) MUST_USE;
int catalog_read_aliases(struct store *s, catalog_alias_fn *fn, void *context, struct error *e) MUST_USE;
int catalog_read_collections(struct store *s, catalog_collection_fn *fn, void *context,
                             struct error *e) MUST_USE;
int catalog_read_indexes(struct store *s, catalog_index_fn *fn, void *context, struct error *e) MUST_USE;

int catalog_read_partitions(struct store *s, catalog_partition_fn *fn, void *context,
                            struct error *e) MUST_USE;

/* Fills in c->id and the times. A collection needs a partition, too. */
int catalog_add_collection(struct store *s, struct catalog_collection *c, struct error *e) MUST_USE;
int catalog_drop_collection(struct store *s, int64_t id, struct error *e) MUST_USE;

/* Notes that a collection is altered, and when: milliseconds since 1970. */
int catalog_set_altered(struct store *s, int64_t id, int64_t *now, struct error *e) MUST_USE;
int catalog_rename_collection(struct store *s, int64_t id, int64_t database, struct str name,
                              struct error *e) MUST_USE;
int catalog_set_properties(struct store *s, int64_t id, struct str properties_json, struct error *e) MUST_USE;
int catalog_set_schema(struct store *s, int64_t id, struct str schema_json, struct error *e) MUST_USE;
int catalog_set_state(struct store *s, int64_t id, int64_t state, struct error *e) MUST_USE;
int catalog_set_counters(struct store *s, int64_t id, int64_t next_row, int64_t next_auto_id, int64_t n_rows,
                         struct error *e) MUST_USE;
int catalog_add_index(struct store *s, int64_t collection, const struct catalog_index *ix,
                      struct error *e) MUST_USE;
int catalog_drop_index(struct store *s, int64_t collection, struct str name, struct error *e) MUST_USE;

/* Fills in p->id. */
int catalog_add_partition(struct store *s, int64_t collection, struct catalog_partition *p,
                          struct error *e) MUST_USE;
int catalog_drop_partition(struct store *s, int64_t id, struct error *e) MUST_USE;
int catalog_set_released(struct store *s, int64_t partition, bool is_released, struct error *e) MUST_USE;

/* set: the alias is the collection's from now on, whether it was there or not. */
int catalog_set_alias(struct store *s, int64_t database, struct str name, int64_t collection,
                      struct error *e) MUST_USE;
int catalog_drop_alias(struct store *s, int64_t database, struct str name, struct error *e) MUST_USE;

/* Fills in d->id. */
int catalog_add_database(struct store *s, struct catalog_database *d, struct error *e) MUST_USE;
int catalog_drop_database(struct store *s, int64_t id, struct error *e) MUST_USE;
int catalog_set_database_properties(struct store *s, int64_t id, struct str properties_json,
                                    struct error *e) MUST_USE;
