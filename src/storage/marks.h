/* When rows were written: marks, few of them, because rows are numbered in the order they come. Rows from a mark's on, up
 * to the next mark's, were written before its time. In milliseconds since 1970. The table is made by the first
 * collection whose rows have a time to live. Changes happen inside a transaction of the caller's. */
#pragma once
#include "storage/store.h"

int marks_begin(struct store *s, struct error *e) MUST_USE;

/* row: the next one to be written. Where the collection has a mark there, it is replaced. */
int marks_add(struct store *s, int64_t collection, int64_t row, int64_t before, struct error *e) MUST_USE;

/* Drops the marks of rows below this one. Also without a table. */
int marks_drop(struct store *s, int64_t collection, int64_t row, struct error *e) MUST_USE;

/* The times of the oldest and of the newest mark; INT64_MAX and 0 when there is none. Also without a table. */
int marks_read(struct store *s, int64_t collection, int64_t *oldest, int64_t *newest,
               struct error *e) MUST_USE;

/* Rows below *row were written before that time, as far as marks can tell; next_row: of the next one to be written. */
int marks_find(struct store *s, int64_t collection, int64_t time, int64_t next_row, int64_t *row,
               struct error *e) MUST_USE;
