/* Single values: comparing and computing. Nothing is rounded on the way: INT64 never becomes a double. */
#pragma once
#include "table/scalars.h"

struct cell cell_from_json(const struct json *j);

/* LESS, EQUAL or GREATER (see filter/lex.h); 0 for values that cannot be compared: of different types, null, lists,
 * objects. Booleans are only equal or not: GREATER then. Texts compare by bytes, which is by code points. */
uint8_t cell_compare(const struct cell *a, const struct cell *b);

enum { MONTHS_LATER = 'M' };

/* op: + - * / % ^ (power) or MONTHS_LATER: b months after the time a. Null when it has no value: not numbers, a division by zero, more than INT64 or a double
 * holds. Of integers all but / gives an integer; % is for integers. */
struct cell cell_compute(uint8_t op, const struct cell *a, const struct cell *b);

/* A number as an integer, if it is one. */
bool cell_as_integer(const struct cell *c, int64_t *out);

/* A double that is an INT64, too. */
bool real_as_integer(double v, int64_t *out);

/* Deep equality of two JSON values; numbers by value. Does not recurse. */
bool json_equal(const struct json *a, const struct json *b);
