/* The order by scalar fields that a user names: of a query's rows, and of a search's hits. */
#pragma once
#include "engine/collection.h"
#include "filter/top_rows.h"

struct order_term {
    struct str field; /* or a path into JSON, or a dynamic field's name: as filters have it */
    bool is_descending, nulls_first;
};

/* As a request says it; none: the usual order. */
struct order_terms {
    const struct order_term *p;
    uint32_t n;
};

/* Of a schema; the arena's. */
struct order_by {
    struct filter_column *columns; /* [n] */
    struct sort_term *terms;       /* [n], without values */
    uint32_t n;
};

/* Judges the fields. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID: unknown, or of a type that has no order. */
int order_by_resolve(const struct schema *s, struct order_terms terms, struct arena *a, struct order_by *out,
                     struct error *e) MUST_USE;

/* The first `wanted` of a set of rows that are there; equal ones by their keys. The result is the arena's. Goes by an
 * index on the first field where that is less work. */
int order_by_rows(struct collection *c, const struct order_by *o, const struct bitmap *rows, uint32_t wanted,
                  struct arena *a, uint32_t **out, uint32_t *n, struct error *e) MUST_USE;

/* Writes to places [n] where those of rows [n] that come in the order stand now: a permutation. Equal ones stay as they
 * are. For few rows, which are read from the file. */
int order_by_places(struct collection *c, const struct order_by *o, const uint32_t rows[], uint32_t n,
                    struct arena *a, uint32_t places[], struct error *e) MUST_USE;
