/* The k nearest rows seen so far, as a binary heap with the worst on top. Equal orders go to the lower row. */
#pragma once
#include "base/base.h"

struct topk_entry {
    float order; /* smaller is nearer */
    uint32_t row;
};

struct topk {
    struct topk_entry *entries; /* owned; a heap until topk_sort */
    uint32_t n, k;
};

int topk_init(struct topk *t, uint32_t k) MUST_USE; /* 0 or MVL_NOMEM */
void topk_fini(struct topk *t);

/* Rows with an order above this cannot enter. */
static inline float topk_bound(const struct topk *t)
{
    return t->n < t->k ? __builtin_inff() : t->k ? t->entries[0].order : -__builtin_inff();
}

void topk_push(struct topk *t, float order, uint32_t row);

/* Nearest first. Afterwards only reading. */
void topk_sort(struct topk *t);
