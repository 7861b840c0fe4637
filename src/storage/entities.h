/* The scalar fields of a collection's rows: table e<collection>, one real column per field, so that plain SQL
 * reads them. "$row" is the row's number, "$part" its partition, "$meta" its dynamic fields. */
#pragma once
#include "schema/coerce.h"
#include "storage/store.h"

struct entity_table {
    int64_t collection;
    const struct schema *schema;
};

#define ENTITY_NONE UINT32_MAX       /* no such row */
#define ENTITY_META UINT32_MAX       /* instead of a field: the dynamic fields, as JSON */
#define ENTITY_PART (UINT32_MAX - 1) /* and the number of the partition */

int entities_create(struct store *s, const struct entity_table *t, struct error *e) MUST_USE;
int entities_drop(struct store *s, const struct entity_table *t, struct error *e) MUST_USE;

int entities_clear(struct store *s, const struct entity_table *t, struct error *e) MUST_USE;

/* The column of a field of the schema that the table does not have yet: rows that are there have the default, or null,
 * without being written. */
int entities_add_column(struct store *s, const struct entity_table *t, uint32_t field,
                        struct error *e) MUST_USE;

/* Drops the column of a field, and what rows have in it. */
int entities_drop_column(struct store *s, const struct entity_table *t, uint32_t field,
                         struct error *e) MUST_USE;

/* Drops the dynamic fields of all rows. */
int entities_clear_meta(struct store *s, const struct entity_table *t, struct error *e) MUST_USE;

/* Appends rows as first, first + 1, ... A row whose key exists already (in the table or earlier in the same
 * batch) replaces that row: the replaced rows are written to replaced [rows->n], their number to n_replaced. */
int entities_append(struct store *s, const struct entity_table *t, const struct rows *rows, uint32_t first,
                    uint32_t replaced[], uint32_t *n_replaced, struct error *e) MUST_USE;

/* The rows with these keys, ENTITY_NONE where there is none. keys: I64 or STR [n]. */
int entities_find(struct store *s, const struct entity_table *t, const struct column *keys, uint32_t n,
                  uint32_t rows[], struct error *e) MUST_USE;

int entities_delete(struct store *s, const struct entity_table *t, const uint32_t rows[], uint32_t n,
                    struct error *e) MUST_USE;

/* The rows of a partition by its number: how many they are from one on, and which, ascending; the arena's. */
int entities_count_part(struct store *s, const struct entity_table *t, int64_t part, int64_t first,
                        int64_t *n, struct error *e) MUST_USE;
int entities_rows_of_part(struct store *s, const struct entity_table *t, int64_t part, struct arena *a,
                          uint32_t **rows, uint32_t *n, struct error *e) MUST_USE;

/* The rows below one: how many they are, and which, ascending; the arena's. */
int entities_count_below(struct store *s, const struct entity_table *t, int64_t row, int64_t *n,
                         struct error *e) MUST_USE;
int entities_rows_below(struct store *s, const struct entity_table *t, int64_t row, struct arena *a,
                        uint32_t **rows, uint32_t *n, struct error *e) MUST_USE;

/* Reads fields of existing rows. fields: [n_fields] indexes of scalar fields; columns: [n_fields] filled in, the
 * arena's; meta: filled in when not NULL. A row that is missing: MVL_DAMAGED. */
struct entity_selection {
    const uint32_t *fields;
    uint32_t n_fields;
    const uint32_t *rows;
    uint32_t n_rows;
};
int entities_read(struct store *s, const struct entity_table *t, const struct entity_selection *selection,
                  struct arena *a, struct column columns[], struct column *meta, struct error *e) MUST_USE;

/* Goes through a field of all rows, in the order of their numbers: each call gives the next ones, fewer than most at
 * the end. Starts with field and most set. The results are the arena's of the call. */
struct entity_scan {
    uint32_t field, most;
    uint32_t next;  /* the first row of the next call */
    uint32_t *rows; /* [n] */
    uint32_t n;
    struct column column;
};
int entities_scan(struct store *s, const struct entity_table *t, struct entity_scan *scan, struct arena *a,
                  struct error *e) MUST_USE;
