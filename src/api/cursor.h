/* Cursors of iterators: where the next page of a query or a search begins. A client gets one with each page and gives it
 * back with the next request, as `iterator`; the first is {}. Nothing of an iterator stays in the engine. */
#pragma once
#include "api/request.h"
#include "engine/search.h"

/* Reads the cursor of a search. Returns 0 or MVL_PARAM_INVALID. */
int cursor_of_search(const struct json *j, const struct collection *c, struct search_cursor *out,
                     struct error *e) MUST_USE;
void cursor_put_search(const struct search_cursor *c, struct writer *w);

/* The key that a query goes on behind, as a column of one row; NULL: from the first on. The column is the arena's.
 * Returns 0 or MVL_NOMEM. */
int cursor_of_query(const struct json *j, struct arena *a, const struct column **after) MUST_USE;

/* Behind the last row of a page, which holds the primary key. */
void cursor_put_query(const struct schema *s, const struct batch *page, struct writer *w);
