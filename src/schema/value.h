/* One value on its way into a field: the rules of every scalar type. */
#pragma once
#include "base/json.h"
#include "schema/batch.h"
#include "schema/schema.h"

/* A value as it came, from a column or from JSON. */
struct item {
    enum { ITEM_NULL, ITEM_BOOL, ITEM_INT, ITEM_REAL, ITEM_TIME, ITEM_TEXT, ITEM_LIST, ITEM_OBJECT } kind;
    int64_t integer;          /* of BOOL, INT and TIME */
    double real;              /* of INT and REAL */
    struct str text;          /* of TEXT */
    const struct json *json;  /* of LIST and OBJECT that came as JSON */
    struct matrix_row matrix; /* of LIST that came as a matrix, with its kind */
    enum column_kind matrix_kind;
};

struct item item_from_json(const struct json *j);

/* Parses row of the JSON column c into a. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID with the field and row. */
int column_json(const struct column *c, uint32_t row, struct arena *a, struct json **out,
                struct error *e) MUST_USE;

/* Reads row of c; JSON is parsed into a. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID with the field and row. */
int item_from_column(const struct column *c, uint32_t row, struct arena *a, struct item *out,
                     struct error *e) MUST_USE;

/* A value in the form its field keeps it. */
struct value {
    int64_t integer; /* CLASS_BOOL, CLASS_INT, CLASS_TIME */
    double real;     /* CLASS_REAL */
    struct str text; /* CLASS_TEXT, CLASS_GEOMETRY */
};

/* Converts an item that is not null to type, the type of a scalar field or of an array's elements; max_length
 * is that of a VARCHAR. Integers are taken from numbers without fraction and from decimal text, never rounded;
 * numbers must be finite; VARCHAR is limited in bytes. The place is for errors.
 * Returns 0 or MVL_DATA_NOT_MATCH. */
int value_coerce(const struct item *item, enum data_type type, uint32_t max_length, struct error_place place,
                 struct value *out, struct error *e) MUST_USE;

/* Appends an item that is not null as JSON text; an ARRAY's elements are checked, a JSON field takes
 * anything.
 * Returns 0 or MVL_DATA_NOT_MATCH; out of memory shows in w. */
int value_to_json(const struct item *item, const struct field *f, struct error_place place, struct writer *w,
                  struct error *e) MUST_USE;

/* The same for a key that is no field: any value. */
void item_to_json(const struct item *item, struct writer *w);
