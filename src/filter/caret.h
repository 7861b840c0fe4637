/* What is wrong with a filter, in words that show where. */
#pragma once
#include "base/error.h"

/* Some of a filter's text, by bytes. */
struct span {
    uint32_t at, n;
};

/* Fills e with the message, the column, the line with carets under the span, and below it the hint unless that is
 * empty; e->at is the span's. Returns MVL_PARAM_INVALID. */
int filter_fail(struct str filter, struct span where, struct error *e, struct str hint, const char *format,
                ...) PRINTF_LIKE(5, 6);

/* How many letters must change to make one name of the other (case ignored); at most most + 1. */
uint32_t name_distance(struct str a, struct str b, uint32_t most);
