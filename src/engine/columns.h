/* Scalar columns in memory, for filters: read from the file when a filter names them, kept with the collection, and
 * read on when rows have come. Memory that is wanted elsewhere takes them all. */
#pragma once
#include "engine/collection.h"
#include "filter/filter.h"
#include "filter/sorted.h"

void columns_destroy(struct columns *cs); /* NULL is fine */

/* The column that a user names: a field, also one whose name is a word of filters, or a path as filters have it. Its type
 * is for the caller to judge: not all can be loaded. param: whose name errors begin with. The result is the arena's.
 * Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int columns_named(const struct schema *s, struct str name, const char *param, struct arena *a,
                  struct filter_column *out, struct error *e) MUST_USE;

/* Gives the columns with all rows of the collection, in out [n]. Borrowed until columns are dropped or loaded the next
 * time. Returns 0, MVL_NOMEM or what reading the file returns. */
int columns_load(struct collection *c, const struct filter_column wanted[], uint32_t n,
                 const struct scalars *out[], struct error *e) MUST_USE;

/* The primary key of every row; it also says which rows there are. */
int columns_load_keys(struct collection *c, const struct scalars **out, struct error *e) MUST_USE;

/* The rows of a loaded column in order, if an index asks for that; NULL: none does, or they are few, or there is no memory
 * for it. Borrowed like a column; about all of its rows are in it. */
const struct sorted *columns_sorted(struct collection *c, const struct filter_column *what);

/* A row has gone. */
void columns_forget(struct collection *c, uint32_t row);

uint64_t columns_bytes(const struct collection *c); /* of memory */

/* The rows that a filter is true of, among all that there ever were: kept by the filter's text and the values of its
 * templates (an object, or NULL), because rows do not change. Borrowed like a column. Returns also what filter_compile
 * does. */
int columns_filter(struct collection *c, struct str text, const struct json *params, struct arena *a,
                   const struct bitmap **out, struct error *e) MUST_USE;
