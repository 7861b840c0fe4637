/* The first k rows in an order by several columns, as a heap with the last of them on top. */
#pragma once
#include "base/arena.h"
#include "base/bitmap.h"
#include "filter/sort_key.h"
#include "filter/sorted.h"

/* A column that decides where those before it do not. */
struct sort_term {
    const struct scalars *values;
    bool is_descending, nulls_first; /* nulls stand so whatever the direction */
};

/* A row, and what decides most comparisons by the first term: both smaller for what stands before. */
struct top_row {
    uint64_t key;
    uint32_t row, rank;
};

struct top_rows {
    const struct sort_term *terms; /* borrowed [n_terms], at least one; all columns have all rows */
    uint32_t n_terms;
    const struct scalars
        *keys;            /* borrowed, integers or texts: of rows that are equal, those of lesser keys come
                                 * first; NULL: lesser rows */
    struct top_row *heap; /* the arena's [k] */
    uint32_t n, k;
};

/* Starts with no rows; terms, n_terms and keys are set. Returns 0 or MVL_NOMEM. */
int top_rows_init(struct top_rows *t, uint32_t k, struct arena *a) MUST_USE;

void top_rows_push(struct top_rows *t, uint32_t row);

/* Pushes all rows of a set. */
void top_rows_scan(struct top_rows *t, const struct bitmap *rows);

/* The same, by the first column's order: rows that stand behind k others are not looked at. */
void top_rows_walk(struct top_rows *t, const struct sorted *sorted, const struct bitmap *rows);

/* Writes the rows to out [t->n], the first first. Afterwards nothing is pushed any more. */
void top_rows_finish(struct top_rows *t, uint32_t out[]);
