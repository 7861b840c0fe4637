/* One scalar of all rows in memory, for filters: a field, or what a path leads to in JSON. The slot of a row is its
 * number; rows come in order and never change. */
#pragma once
#include "base/bytes.h"
#include "base/json.h"
#include "schema/batch.h"

/* A value of any type. Numbers are compared exactly, also an integer with a double. */
struct cell {
    enum json_kind kind;
    int64_t integer; /* of BOOL and INT */
    double real;     /* of REAL */
    struct str text; /* of STRING; of ARRAY and OBJECT as JSON */
};

enum scalar_kind {
    SCALAR_INT,   /* int64, also of BOOL */
    SCALAR_REAL,  /* double */
    SCALAR_TEXT,  /* where it is in texts: the offset, and the length above it */
    SCALAR_MIXED, /* any of them, as kinds says */
};

/* Values are 8 bytes each. There are slots up to a multiple of SCALARS_BLOCK, so that blocks can be read whole. */
struct scalars {
    enum scalar_kind kind;
    uint32_t n_rows, capacity;
    uint64_t *values;    /* owned [capacity] */
    uint64_t *valid;     /* owned, a bit a row: clear for null, and for rows that are not there */
    uint8_t *kinds;      /* owned [capacity], enum json_kind; of MIXED */
    struct writer texts; /* behind the last one SCALARS_SLACK bytes may be read */
};

enum { SCALARS_BLOCK = 2048, SCALARS_SLACK = 8 };

/* Returns 0 or MVL_NOMEM. */
int scalars_create(struct scalars **out, enum scalar_kind kind) MUST_USE;
void scalars_destroy(struct scalars *s); /* NULL is fine */

/* From now on there are n_rows rows; the new ones are null. Returns 0 or MVL_NOMEM, and then changes nothing. */
int scalars_extend(struct scalars *s, uint32_t n_rows) MUST_USE;

/* Fill a row that is there and still null. MVL_NOMEM leaves it null. set_column: row i of a column of kind I64, F64 or
 * STR, not null. set_json: of MIXED. set_cell: a value of the column's kind. Null leaves it null. */
int scalars_set_column(struct scalars *s, uint32_t row, const struct column *c, uint32_t i) MUST_USE;
int scalars_set_json(struct scalars *s, uint32_t row, const struct json *value) MUST_USE;
int scalars_set_cell(struct scalars *s, uint32_t row, const struct cell *value) MUST_USE;

static inline bool scalars_has(const struct scalars *s, uint32_t row)
{
    return row < s->n_rows && (s->valid[row / 64] >> (row % 64) & 1);
}

void scalars_clear(struct scalars *s, uint32_t row); /* makes a row null */

size_t scalars_bytes(const struct scalars *s); /* of memory */

/* A text by its value. */
static inline struct str scalar_text(const uint8_t *texts, uint64_t value)
{
    return (struct str){(const char *)texts + (uint32_t)value, (uint32_t)(value >> 32)};
}

/* What 8 bytes mean: of a value of that kind, among those texts. */
struct cell scalar_cell(enum json_kind kind, uint64_t value, const uint8_t *texts);

struct cell scalars_cell(const struct scalars *s, uint32_t row);
