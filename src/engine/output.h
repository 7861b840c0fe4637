/* Which fields of a row a reply shows, and fetching them. */
#pragma once
#include "engine/collection.h"

struct output {
    uint32_t *scalars, *vectors; /* indexes of fields */
    uint32_t n_scalars, n_vectors;
    struct str *dynamic; /* keys of dynamic fields, each a column of its own */
    uint32_t n_dynamic;
    bool spread_meta; /* all dynamic keys */
};

/* Resolves names as users give them: fields, dynamic keys, "*" (all fields and dynamic keys), "$meta" (all dynamic
 * keys). Twins are dropped. A name that is nothing: MVL_FIELD_NOT_FOUND. The result is the arena's. */
int output_resolve(const struct schema *s, const struct str names[], uint32_t n, struct arena *a,
                   struct output *out, struct error *e) MUST_USE;

/* Adds the primary key, unless it is shown already. */
void output_add_primary(const struct schema *s, struct output *out);

/* Gives a column of a field's values, as they are kept, the kind that replies have. Returns 0 or MVL_NOMEM. */
int output_as_type(enum data_type type, struct column *c, uint32_t n, struct arena *a) MUST_USE;

/* Fetches existing rows, in order. The columns are the arena's, in the form of a reply. */
int output_fetch(struct collection *c, const struct output *o, const uint32_t rows[], uint32_t n,
                 struct arena *a, struct batch *out, struct error *e) MUST_USE;

/* Fetches the primary keys of existing rows as a column. */
int output_fetch_keys(struct collection *c, const uint32_t rows[], uint32_t n, struct arena *a,
                      struct column *out, struct error *e) MUST_USE;
