/* Filters: a text, judged and made ready for a schema, and run over columns. Logic has three values: what is compared
 * with null, or with a value of another type, is unknown; a row is found when the filter is true of it. */
#pragma once
#include "base/bitmap.h"
#include "filter/ast.h"
#include "schema/schema.h"
#include "table/scalars.h"

/* A column that a filter reads: a field, or what a path leads to in a JSON field or in the dynamic fields. */
struct filter_column {
    uint32_t field; /* index in the schema; FILTER_META: the dynamic fields */
    enum scalar_kind kind;
    const struct path_step *path;
    uint32_t n_path;
};

#define FILTER_META UINT32_MAX

struct filter;

/* Judges a filter that is not empty.
 *
 *   params  an object with the values of {templates}; may be NULL
 *
 * The result is the arena's and borrows from all of them. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID with the place. */
int filter_compile(struct str text, const struct schema *s, const struct json *params, struct arena *a,
                   struct filter **out, struct error *e) MUST_USE;

/* Whether each run may find other rows: by random_sample. */
bool filter_is_random(const struct filter *f);

const struct filter_column *filter_columns(const struct filter *f, uint32_t *n);

/* Runs the filter over the rows [first, n) and writes which of them it is true of; first is a multiple of
 * SCALARS_BLOCK.
 *
 *   columns  [filter_columns] each with n rows, of the kind that was asked for
 *   seed     of what is random
 *   out      at least n bits; bits at n and above are not touched
 *
 * Returns 0 or MVL_NOMEM. */
int filter_run(const struct filter *f, const struct scalars *const columns[], uint32_t first, uint32_t n,
               uint64_t seed, struct bitmap *out) MUST_USE;

/* Runs the filter over those rows below n whose bits are set, and clears the bits of those it is not true of. For few
 * rows among many. Returns 0 or MVL_NOMEM. */
int filter_keep(const struct filter *f, const struct scalars *const columns[], uint32_t n, uint64_t seed,
                struct bitmap *rows) MUST_USE;

/* Whether two columns are the same field, or the same path into it. */
bool filter_column_equal(const struct filter_column *a, const struct filter_column *b);

/* Copies a column with its path. Returns 0 or MVL_NOMEM. */
int filter_column_copy(const struct filter_column *from, struct arena *a, struct filter_column *to) MUST_USE;

/* The column that a text like attrs["key"][0] means, of a schema's or dynamic fields. The result is the arena's and
 * borrows from both. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID with the place. */
int filter_column_of(struct str text, const struct schema *s, struct arena *a, struct filter_column *out,
                     struct error *e) MUST_USE;

/* The value that a path leads to, or NULL. */
const struct json *json_at(const struct json *root, const struct path_step path[], uint32_t n);
