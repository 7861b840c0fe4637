/* Columns of rows as they come in a request. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "schema/batch.h"
#include "unit.h"

/* A column of n texts, STR or JSON; NULL is a null row. */
static inline struct column text_column(struct arena *a, const char *name, enum column_kind kind,
                                        const char *const texts[], uint32_t n)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        bytes += texts[i] ? strlen(texts[i]) : 0;
    char *data = arena_alloc(a, bytes);
    uint32_t *offsets = arena_zeroed(a, n + 1, sizeof *offsets);
    uint8_t *valid = arena_zeroed(a, n / 8 + 1, 1);
    if (!CHECK(data && offsets && valid))
        return (struct column){0};
    for (uint32_t i = 0; i < n; i++) {
        size_t length = texts[i] ? strlen(texts[i]) : 0;
        if (texts[i]) {
            memcpy(data + offsets[i], texts[i], length);
            bits_set(valid, i);
        }
        offsets[i + 1] = offsets[i] + (uint32_t)length;
    }
    return (struct column){
        .name = str_of(name), .kind = kind, .valid = valid, .offsets = offsets, .data = data};
}

#endif
