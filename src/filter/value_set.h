/* Lists of values for in. */
#pragma once
#include "filter/plan.h"

/* Makes the set of a list's members; with as_float, of what they are as FLOAT. Members are numbers, texts and booleans.
 * Returns 0 or MVL_NOMEM. */
int value_set_make(const struct json *list, bool as_float, struct arena *a, struct value_set *out) MUST_USE;

bool value_set_has_integer(const struct value_set *s, int64_t v);
bool value_set_has_text(const struct value_set *s, struct str v);

/* Whether it is a member: 1 or 0; -1 when that is unknown, because the value is null or cannot be compared with a
 * member that is of another type. */
int value_set_has(const struct value_set *s, const struct cell *c);

/* A number as FLOAT fields keep it. */
double as_float(double v);
