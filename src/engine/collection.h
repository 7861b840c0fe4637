/* A collection: its rows in SQLite, its vectors in memory as far as they may be once somebody searches, and the one path
 * by which rows are written. */
#pragma once
#include "engine/index_file.h"
#include "engine/properties.h"
#include "engine/vector_file.h"
#include "filter/filter.h"
#include "index/index.h"
#include "schema/batch.h"
#include "schema/schema.h"
#include "storage/chunks.h"
#include "storage/entities.h"

/* An index as the user defined it. */
struct index_definition {
    struct arena arena; /* owns the texts */
    struct str field, name;
    const char *type;              /* "HNSW" */
    const struct index_type *kind; /* the type of that name for vectors like the field's */
    enum metric metric;
    struct str params_json; /* { "M": 16 }: what was given */
    struct index_settings settings;
    bool is_scalar;              /* no vector's: metric and settings are unused */
    bool is_of_lists;            /* a scalar's: its values are arrays */
    struct filter_column column; /* of a scalar's: what it sorts */
};

/* The vectors of a field; all NULL for other fields and while nothing is loaded. */
struct loaded_field {
    struct vector_file file; /* where those are that are not in memory */
    struct vectors *vectors; /* owned */
    const struct index_ops *ops;
    struct index *index; /* owned */
    struct index_file saved;
    bool has_given_up; /* a sparse field's: there was no memory for its index */
};

/* INT64 primary keys in memory, see engine/keys.h. */
struct keys {
    int64_t *values; /* owned [capacity] */
    uint32_t capacity;
    uint32_t n_known;  /* rows below this are known, or gone */
    bool has_given_up; /* there was no memory */
};

/* What is known of the marks in the file, see storage/marks.h: their times. */
struct lifetime {
    bool is_known;
    int64_t oldest, newest;
    uint32_t first_row; /* those below it are over and cannot be deleted: nobody sees them */
    int64_t n_hidden;   /* so many are there */
};

/* Another name of a collection. */
struct alias {
    struct arena arena; /* owns name */
    struct str name;
};

/* A part of a collection's rows, by name. */
struct partition {
    int64_t id;         /* in the catalog */
    struct arena arena; /* owns name */
    struct str name;
    bool is_released; /* while others are loaded */
};

enum { PARTITION_WORDS = LIMIT_MAX_PARTITIONS / 64 };

/* See engine/partitions.h. */
struct partitions {
    struct partition *list; /* owned [n], by age */
    uint32_t n;
    uint16_t *of_rows; /* owned [capacity]: places in list, of the first n_known rows */
    uint32_t n_known, capacity;
    uint64_t chosen_set[PARTITION_WORDS]; /* the partitions that were asked for last ... */
    struct bitmap chosen;                 /* ... and their rows */
};

/* Other layers read its first part; only engine/ changes it. */
struct collection {
    int64_t id, database;
    struct str name;
    const struct schema *schema;
    enum load_state state;
    int64_t n_rows;
    int64_t created, altered;          /* milliseconds since 1970; 0: nobody knows */
    struct index_definition **indexes; /* owned [n_indexes] */
    uint32_t n_indexes;
    struct partitions partitions;
    struct alias *aliases; /* owned [n_aliases] */
    uint32_t n_aliases;

    struct store *store;           /* borrowed */
    struct vectors_budget *budget; /* borrowed: how much memory vectors may take */
    struct vectors_budget nothing; /* what those may take that are to stay on disk */
    struct properties properties;
    struct arena arena; /* owns schema and the texts of chunk tables */
    struct arena name_arena;
    int64_t next_row, next_auto_id;
    struct loaded_field *fields; /* [n_fields], the arena's */
    bool is_loaded;
    struct groups *groups;   /* owned; a cache of grouping searches, NULL while there is none */
    struct columns *columns; /* owned; a cache of filters, see engine/columns.h */
    struct keys keys;
    struct lifetime lifetime;
};

/* How many rows there are for whoever reads. */
static inline int64_t collection_count(const struct collection *c)
{
    return c->n_rows - c->lifetime.n_hidden;
}

/* Makes the collection's object from its row in the catalog. Returns 0, MVL_NOMEM or MVL_DAMAGED. */
struct catalog_collection;
int collection_create(struct collection **out, struct store *store, const struct catalog_collection *from,
                      struct error *e) MUST_USE;
void collection_destroy(struct collection *c); /* NULL is fine */

int collection_set_name(struct collection *c, struct str name) MUST_USE; /* 0 or MVL_NOMEM; in memory only */

/* A batch of rows on its way into a collection. Until collection_commit nothing has happened. */
struct write;

enum write_kind {
    WRITE_INSERT, /* with auto_id keys must not be given, unless the collection's allow_insert_auto_id lets them */
    WRITE_UPSERT,         /* with auto_id, too, keys must be given */
    WRITE_PARTIAL_UPDATE, /* keys that a row leaves out stay as they are, see engine/merge.h */
};

/* Judges a batch and makes everything ready that committing it needs. A row whose key exists replaces it, the last of
 * a batch wins. The write is the arena's and borrows in. */
int collection_prepare(struct collection *c, const struct batch *in, enum write_kind kind, struct arena *a,
                       struct write **out, struct error *e) MUST_USE;

/* The keys of the rows, one per row of the batch, those of auto_id included. */
const struct column *write_ids(const struct collection *c, const struct write *w);

/* Names the partition that the rows go to, "_default" otherwise; not with a partition key. */
int write_set_partition(struct collection *c, struct write *w, struct str name, struct arena *a,
                        struct error *e) MUST_USE;

/* Writes the rows, all or none: durable and searchable when this returns. The collection must not have changed since
 * collection_prepare. Returns 0, MVL_NOMEM, MVL_DISK_FULL, MVL_IO, MVL_READ_ONLY or MVL_DAMAGED. */
int collection_commit(struct collection *c, struct write *w, struct error *e) MUST_USE;

/* Rows have gone from the file: they go from memory. rows: [n], those of before. Cannot fail. */
void collection_rows_gone(struct collection *c, const uint32_t rows[], uint32_t n);

/* Reads which vectors there are, unless that is known; they themselves follow when they are wanted, or in slices.
 * Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
int collection_load(struct collection *c, struct error *e) MUST_USE;
void collection_unload(struct collection *c);
void collection_drop_caches(struct collection *c); /* what is read again when it is needed */

/* The index of a field after its definition has changed. In memory only, cannot fail. */
void collection_renew_index(struct collection *c, struct str field);

/* Indexes follow their rows in slices, between requests. pending: rows that the index of a field does not know yet
 * (searches scan them); work: the effort left, in about microseconds; maintain: spends about so much on the
 * first index that has some or is to be saved in the file, then on reading vectors into memory that have room there.
 * Returns 0, MVL_NOMEM or what reading vectors or writing the file returns. */
uint32_t collection_pending(const struct collection *c, struct str field);
uint64_t collection_work(const struct collection *c);
int collection_maintain(struct collection *c, uint32_t effort, struct error *e) MUST_USE;

/* Saves what of the indexes is worth keeping. An error is not told: they are made anew then. */
void collection_save(struct collection *c);

/* Drops what the file keeps of a field's index, inside the caller's transaction. */
int collection_drop_parts(struct collection *c, uint32_t field, struct error *e) MUST_USE;

/* Bytes of memory that the indexes take. */
uint64_t collection_index_bytes(const struct collection *c);

/* Gives back the memory of vectors until the budget is kept. */
void collection_give_back(struct collection *c);

/* The words for a code that reading a field's vectors has returned. Returns it. */
int collection_read_error(const struct collection *c, uint32_t field, int rc, struct error *e);

/* load_collection and release_collection, of all partitions: kept over reopening, unless the file is read-only. */
int collection_set_state(struct collection *c, enum load_state state, struct error *e) MUST_USE;

/* Fails with MVL_COLLECTION_NOT_LOADED unless the collection is loaded. */
int collection_check_loaded(const struct collection *c, struct error *e) MUST_USE;

/* Where a field's vectors are on disk. */
struct chunk_table collection_chunks(const struct collection *c, uint32_t field);
struct entity_table collection_entities(const struct collection *c);
