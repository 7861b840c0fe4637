/* A filter's tokens as a tree. */
#pragma once
#include "filter/ast.h"

enum {
    MAX_FILTER_BYTES = 4 << 20,
    MAX_FILTER_NODES = 16384, /* elements of lists are not counted */
    MAX_FILTER_DEPTH = 1024,  /* of brackets and operators that wait for their right side */
    MAX_PATH_STEPS = 64,
};

/* Parses a filter that is not empty. Everything is the arena's or borrows from the filter. Returns 0, MVL_NOMEM or
 * MVL_PARAM_INVALID with the place. */
int filter_parse(struct str filter, struct arena *a, struct ast *out, struct error *e) MUST_USE;
