/* The order of values of any type: texts, then numbers, then lists, then booleans, then objects, as Milvus' search has
 * it, and nulls last. Texts stand by their bytes, lists and objects by the bytes of their JSON. */
#pragma once
#include "table/scalars.h"

/* Values of different ranks stand by these. */
enum sort_rank { SORT_TEXT, SORT_NUMBER, SORT_LIST, SORT_BOOL, SORT_OBJECT, SORT_NULL };

enum sort_rank sort_key_rank(enum json_kind kind);

/* How many bytes all texts of the first n_rows begin with. */
uint32_t sort_key_shared(const struct scalars *values, uint32_t n_rows);

/* A value's rank, and a number that decides most comparisons: keys of one rank stand as their values do, or are equal. */
struct sort_key {
    uint64_t key;
    enum sort_rank rank;
};

/* Of a row's value. shared: bytes that all texts which it is compared with begin with. */
struct sort_key sort_key_of(const struct scalars *values, uint32_t row, uint32_t shared);

/* Whether another value of the column with the same rank and key is an equal one. */
bool sort_key_decides(struct sort_key k, enum scalar_kind kind);

/* -1, 0 or 1: how two values of the same rank stand. */
int sort_key_compare(const struct cell *a, const struct cell *b);

/* The same of any two values, by their ranks first. */
int sort_key_compare_any(const struct cell *a, const struct cell *b);
