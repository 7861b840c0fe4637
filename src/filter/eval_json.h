/* Steps that look into lists. Texts are parsed into the arena, which is reset. */
#pragma once
#include "filter/eval.h"

/* Return 0 or MVL_NOMEM. to is empty at first. */
int eval_contains(const struct step *s, const struct view *v, uint32_t n, struct arena *a,
                  struct predicate *to) MUST_USE;
int eval_length(const struct view *v, uint32_t n, struct arena *a, struct value_register *to) MUST_USE;
