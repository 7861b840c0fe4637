/* Sets of rows, 64 to a word. Bits at or above n are zero. */
#pragma once
#include "base/base.h"

struct bitmap {
    uint64_t *words;  /* owned */
    uint32_t n;       /* bits in use */
    uint32_t n_words; /* allocated */
};

/* Bits in bytes, as messages and chunks hold them: row i is bit i % 8 of byte i / 8. */
static inline bool bits_test(const uint8_t *bits, uint32_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static inline void bits_set(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

static inline void bits_clear(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] & ~(1u << (i % 8)));
}

static inline bool bitmap_test(const struct bitmap *b, uint32_t i)
{
    return i < b->n && (b->words[i / 64] >> (i % 64) & 1);
}

int bitmap_reserve(struct bitmap *b, uint32_t n) MUST_USE; /* room for n bits: 0 or MVL_NOMEM */
void bitmap_extend(struct bitmap *b, uint32_t n); /* n bits, new ones zero; after reserve: cannot fail */
void bitmap_set(struct bitmap *b, uint32_t i);    /* i < n */
void bitmap_clear(struct bitmap *b, uint32_t i);
uint32_t bitmap_count(const struct bitmap *b);
uint32_t bitmap_list(const struct bitmap *b,
                     uint32_t out[]); /* those that are set, ascending; returns their count */
void bitmap_fini(struct bitmap *b);
