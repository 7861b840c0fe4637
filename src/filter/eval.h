/* What the steps of a filter share: a block of rows at a time, truths as two bitmaps, values in registers. */
#pragma once
#include "base/arena.h"
#include "filter/plan.h"

enum { BLOCK_ROWS = SCALARS_BLOCK, BLOCK_WORDS = BLOCK_ROWS / 64 };

/* Of which rows it is true and of which it is false; of the others it is unknown. */
struct predicate {
    uint64_t is_true[BLOCK_WORDS], is_false[BLOCK_WORDS];
};

/* Computed values. */
struct value_register {
    enum scalar_kind kind;
    uint64_t values[BLOCK_ROWS], valid[BLOCK_WORDS];
    uint8_t kinds[BLOCK_ROWS];
};

/* An operand's values of the block. */
struct view {
    enum scalar_kind kind;
    const uint64_t *values, *valid; /* values NULL: it is the constant everywhere */
    const uint8_t *kinds, *texts;
    struct cell constant;
};

struct cell view_cell(const struct view *v, uint32_t i);

static inline bool view_is_valid(const struct view *v, uint32_t i)
{
    return !v->valid || (v->valid[i / 64] >> (i % 64) & 1);
}

/* Row i of the block: 1 true, 0 false, -1 unknown. */
static inline void predicate_put(struct predicate *p, uint32_t i, int truth)
{
    if (truth > 0)
        p->is_true[i / 64] |= UINT64_C(1) << (i % 64);
    else if (truth == 0)
        p->is_false[i / 64] |= UINT64_C(1) << (i % 64);
}

void register_put(struct value_register *r, uint32_t i, const struct cell *c);
