/* Columns of random values, of which there are few, so that many are equal; mixed ones have every type. */
#ifndef RANDOM_SCALARS_H
#define RANDOM_SCALARS_H

#include "base/bitmap.h"
#include "filter/sort_key.h"
#include "random.h"

/* The text is kept in room [32]. */
static inline struct cell random_cell(struct random *r, enum scalar_kind kind, char room[32])
{
    int n = (int)random_below(r, 30) - 15;
    enum json_kind kinds[] = {
        [SCALAR_INT] = JSON_INT,
        [SCALAR_REAL] = JSON_REAL,
        [SCALAR_TEXT] = JSON_STRING,
        [SCALAR_MIXED] = (enum json_kind)random_below(r, JSON_OBJECT + 1),
    };
    struct cell c = {.kind = kinds[kind], .integer = n, .real = n / 2.0};
    const char *formats[] = {
        [JSON_STRING] = "a text that is long %d", [JSON_ARRAY] = "[%d]", [JSON_OBJECT] = "{\"k\":%d}"};
    if (c.kind == JSON_BOOL)
        c.integer = n & 1;
    if (c.kind >= JSON_STRING)
        c.text = (struct str){room, (uint32_t)snprintf(room, 32, formats[c.kind], n)};
    return c;
}

/* null_share: percent. */
static inline struct scalars *random_scalars(struct random *r, enum scalar_kind kind, uint32_t n,
                                             uint32_t null_share)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, kind), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, n), MVL_OK);
    for (uint32_t row = 0; row < n; row++) {
        char room[32];
        struct cell c = random_cell(r, kind, room);
        if (random_below(r, 100) >= null_share)
            CHECK_EQ_INT(scalars_set_cell(s, row, &c), MVL_OK);
    }
    return s;
}

/* A set of about so many percent of the rows. */
static inline struct bitmap random_rows(struct random *r, uint32_t n, uint32_t share)
{
    struct bitmap rows = {0};
    CHECK_EQ_INT(bitmap_reserve(&rows, n), MVL_OK);
    bitmap_extend(&rows, n);
    for (uint32_t row = 0; row < n; row++)
        if (random_below(r, 100) < share)
            bitmap_set(&rows, row);
    return rows;
}

static inline int compare_cells(struct cell a, struct cell b)
{
    enum sort_rank x = sort_key_rank(a.kind), y = sort_key_rank(b.kind);
    return x == y ? sort_key_compare(&a, &b) : x < y ? -1 : 1;
}

#endif
