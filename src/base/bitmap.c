#include "base/bitmap.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"

static uint32_t words_for(uint32_t bits)
{
    return bits / 64 + (bits % 64 != 0);
}

int bitmap_reserve(struct bitmap *b, uint32_t n)
{
    uint32_t need = words_for(n);
    if (need <= b->n_words)
        return MVL_OK;
    uint32_t n_words = need > b->n_words + b->n_words / 2 ? need : b->n_words + b->n_words / 2;
    uint64_t *words = mem_grow(b->words, n_words, sizeof *words);
    if (!words)
        return MVL_NOMEM;
    memset(words + b->n_words, 0, (n_words - b->n_words) * sizeof *words);
    b->words = words;
    b->n_words = n_words;
    return MVL_OK;
}

void bitmap_extend(struct bitmap *b, uint32_t n)
{
    assert(n >= b->n && words_for(n) <= b->n_words);
    b->n = n;
}

void bitmap_set(struct bitmap *b, uint32_t i)
{
    assert(i < b->n);
    b->words[i / 64] |= UINT64_C(1) << (i % 64);
}

void bitmap_clear(struct bitmap *b, uint32_t i)
{
    assert(i < b->n);
    b->words[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

uint32_t bitmap_count(const struct bitmap *b)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < words_for(b->n); i++)
        count += (uint32_t)__builtin_popcountll(b->words[i]);
    return count;
}

uint32_t bitmap_list(const struct bitmap *b, uint32_t out[])
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < b->n_words; w++)
        for (uint64_t left = b->words[w]; left; left &= left - 1)
            out[n++] = w * 64 + (uint32_t)__builtin_ctzll(left);
    return n;
}

void bitmap_fini(struct bitmap *b)
{
    mem_free(b->words);
    *b = (struct bitmap){0};
}
