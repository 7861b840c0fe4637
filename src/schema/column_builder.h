/* Fills a column row by row, in order. */
#pragma once
#include "base/bytes.h"
#include "schema/batch.h"

struct column_builder {
    struct arena *arena;
    enum column_kind kind;
    uint32_t n_rows, row; /* row: the next to be put */
    void *values;
    uint32_t *offsets;
    uint8_t *valid, *given; /* made when the first null or absent row comes */
    struct writer text;     /* owned until the builder is finished or dropped */
};

/* kind: I64, F64, STR, JSON or SPARSE. Memory is the arena's. Returns 0 or MVL_NOMEM; nothing to drop then. */
int column_builder_init(struct column_builder *b, enum column_kind kind, uint32_t n_rows,
                        struct arena *a) MUST_USE;

/* Each fills the next row. Out of memory shows at the end. */
int column_builder_null(struct column_builder *b) MUST_USE;   /* 0 or MVL_NOMEM */
int column_builder_absent(struct column_builder *b) MUST_USE; /* the key does not stand in this row */
void column_builder_i64(struct column_builder *b, int64_t v);
void column_builder_f64(struct column_builder *b, double v);

/* Ends the row's text, which has been written to b->text. */
void column_builder_end_text(struct column_builder *b);
void column_builder_text(struct column_builder *b, struct str s);

/* A value of a column of the same kind; 0 or MVL_NOMEM. */
int column_builder_value(struct column_builder *b, const struct column *from, uint32_t row) MUST_USE;

/* After n_rows rows: the column, without name and role. Returns 0 or MVL_NOMEM. */
int column_builder_finish(struct column_builder *b, struct column *out) MUST_USE;
void column_builder_drop(struct column_builder *b); /* instead of finish; harmless after it */
