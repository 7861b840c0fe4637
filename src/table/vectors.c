#include "table/vectors.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"
#include "kernel/kernel.h"

int vectors_create(struct vectors **out, uint32_t dim, uint32_t chunk_shift)
{
    struct vectors *v = mem_alloc(sizeof *v);
    if (!v)
        return MVL_NOMEM;
    *v = (struct vectors){.dim = dim, .chunk_shift = chunk_shift};
    *out = v;
    return MVL_OK;
}

static void free_chunk(struct vector_chunk *chunk)
{
    mem_free(chunk->rows);
    mem_free(chunk->inverse_norms);
    *chunk = (struct vector_chunk){0};
}

void vectors_destroy(struct vectors *v)
{
    if (!v)
        return;
    for (uint32_t i = 0; i < v->n_chunks; i++)
        free_chunk(&v->chunks[i]);
    mem_free(v->chunks);
    bitmap_fini(&v->present);
    mem_free(v);
}

static int add_chunk(struct vectors *v)
{
    if (v->n_chunks == v->chunk_capacity) {
        uint32_t capacity = v->chunk_capacity ? v->chunk_capacity * 2 : 8;
        struct vector_chunk *chunks = mem_grow(v->chunks, capacity, sizeof *chunks);
        if (!chunks)
            return MVL_NOMEM;
        v->chunks = chunks;
        v->chunk_capacity = capacity;
    }
    size_t n = (size_t)1 << v->chunk_shift;
    struct vector_chunk chunk = {
        .rows = mem_aligned(n, v->dim * sizeof *chunk.rows),
        .inverse_norms = mem_array(n, sizeof *chunk.inverse_norms),
    };
    if (!chunk.rows || !chunk.inverse_norms) {
        free_chunk(&chunk);
        return MVL_NOMEM;
    }
    v->chunks[v->n_chunks++] = chunk;
    return MVL_OK;
}

int vectors_reserve(struct vectors *v, uint32_t n_rows)
{
    TRY(bitmap_reserve(&v->present, n_rows));
    while ((uint64_t)v->n_chunks << v->chunk_shift < n_rows)
        TRY(add_chunk(v));
    return MVL_OK;
}

/* A chunk that is behind the newest row and has no row left. */
static bool chunk_is_dead(const struct vectors *v, uint32_t chunk)
{
    uint32_t first = chunk << v->chunk_shift, n = 1u << v->chunk_shift;
    if (v->n_rows - first < n)
        return false;
    for (uint32_t row = first; row < first + n; row++)
        if (bitmap_test(&v->present, row))
            return false;
    return true;
}

void vectors_publish(struct vectors *v, uint32_t first, uint32_t n, const uint8_t *present)
{
    assert(first >= v->n_rows);
    const uint32_t filling = v->n_rows >> v->chunk_shift; /* the oldest chunk that may be full only now */
    v->n_rows = first + n;
    bitmap_extend(&v->present, v->n_rows);
    for (uint32_t i = 0; i < n; i++) {
        if (present && !bits_test(present, i))
            continue;
        uint32_t row = first + i;
        struct vector_chunk *chunk = &v->chunks[row >> v->chunk_shift];
        chunk->inverse_norms[row & ((1u << v->chunk_shift) - 1)] = kernel_inverse_norm(vectors_slot(v, row),
                                                                                       v->dim);
        bitmap_set(&v->present, row);
        v->n_present++;
    }
    for (uint32_t chunk = filling; (uint64_t)chunk << v->chunk_shift < v->n_rows; chunk++)
        if (chunk_is_dead(v, chunk))
            free_chunk(&v->chunks[chunk]);
}

void vectors_remove(struct vectors *v, uint32_t row)
{
    if (!bitmap_test(&v->present, row))
        return;
    bitmap_clear(&v->present, row);
    v->n_present--;
    uint32_t chunk = row >> v->chunk_shift;
    if (chunk_is_dead(v, chunk))
        free_chunk(&v->chunks[chunk]);
}

size_t vectors_bytes(const struct vectors *v)
{
    size_t chunk_bytes = ((size_t)1 << v->chunk_shift) * (v->dim + 1) * sizeof(float), bytes = 0;
    for (uint32_t i = 0; i < v->n_chunks; i++)
        bytes += v->chunks[i].rows ? chunk_bytes : 0;
    return bytes + v->present.n_words * sizeof *v->present.words + v->chunk_capacity * sizeof *v->chunks;
}
