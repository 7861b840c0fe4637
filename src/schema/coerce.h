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

/* Coerces a column of primary keys; no nulls. */
int coerce_keys(const struct field *primary, const struct column *c, uint32_t n_rows, struct arena *a,
                struct column *out, struct error *e) MUST_USE;
