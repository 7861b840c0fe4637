/* Judges the rows of a request and brings them into the form they are stored in. */
#pragma once
#include "schema/batch.h"
#include "schema/schema.h"

/* Rows in the order and form of the schema. Everything is the arena's or the request's. */
struct rows {
    uint32_t n;
    struct column
        *fields;        /* [n_fields]: I64 (bool and integers), F64, STR, JSON (JSON, ARRAY), vector_kind() */
    struct column meta; /* JSON objects of dynamic fields, null where a row has none; data NULL: no row has */
    bool needs_ids;     /* fields[primary] is left for auto_id to fill */
    /* For whoever stores them: */
    int64_t part;         /* the number of their partition */
    const int64_t *parts; /* [n], or NULL: of each row its own */
};

/* Coerces a batch of rows to the schema: every value checked and converted, defaults filled in, unknown keys
 * gathered in meta. Columns that already have their stored form are borrowed, not copied.
 *
 *   keys_given  true: the primary key must stand in the rows even with auto_id (upsert)
 *
 * Returns 0, MVL_NOMEM, MVL_DATA_NOT_MATCH or MVL_PARAM_INVALID with the field and row. */
int coerce_rows(const struct schema *s, const struct batch *in, bool keys_given, struct arena *a,
                struct rows *out, struct error *e) MUST_USE;

/* What rows have that are there already: a batch that leaves keys out leaves these values as they are. */
#define KEPT_NONE UINT32_MAX
struct kept_rows {
    const uint32_t *at; /* [n_rows of the batch]: which row here is the one of before, or KEPT_NONE */
    const struct column *fields; /* [n_fields], as replies have them; kind 0 where the batch has all values */
    const struct column *meta;   /* JSON; NULL: there are no dynamic fields */
};

/* The same for a batch onto rows that are there; the primary key stands in every row. kept: NULL for none. */
int coerce_rows_onto(const struct schema *s, const struct batch *in, const struct kept_rows *kept,
                     struct arena *a, struct rows *out, struct error *e) MUST_USE;

/* The column of that name, or NULL. */
const struct column *batch_find(const struct batch *in, struct str name);

/* Coerces a column of primary keys; no nulls. */
int coerce_keys(const struct field *primary, const struct column *c, uint32_t n_rows, struct arena *a,
                struct column *out, struct error *e) MUST_USE;
