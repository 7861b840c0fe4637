/* The order of values of any type: texts, then numbers, then lists, then booleans, then objects, as Milvus' search has
 * it, and nulls last. Texts stand by their bytes, lists and objects by the bytes of their JSON. */
#pragma once
#include "table/scalars.h"

/* Values of different ranks stand by these. */
enum sort_rank { SORT_TEXT, SORT_NUMBER, SORT_LIST, SORT_BOOL, SORT_OBJECT, SORT_NULL };

enum sort_rank sort_key_rank(enum json_kind kind);

/* How many bytes all texts of the first n_rows begin with. */
uint32_t sort_key_shared(const struct scalars *values, uint32_t n_rows);

/* A number that decides most comparisons: keys of one rank stand as their values do, or are equal.
 *
 *   c       a value of a column of that kind
 *   shared  bytes that all texts it is compared with begin with */
uint64_t sort_key_of(const struct cell *c, enum scalar_kind kind, uint32_t shared);

/* Whether another value of the column with the same rank and key is an equal one. */
bool sort_key_decides(uint64_t key, enum sort_rank rank, enum scalar_kind kind);

/* -1, 0 or 1: how two values of the same rank stand. */
int sort_key_compare(const struct cell *a, const struct cell *b);
