/* A field's vectors in memory: a matrix in chunks, so that growing moves nothing.
 *
 * The slot of a row is its number. Rows come in order, are removed once and never return. */
#pragma once
#include "base/bitmap.h"

struct vectors {
    uint32_t dim;
    uint32_t chunk_shift; /* a chunk holds 1 << chunk_shift rows */
    uint32_t n_rows;      /* published rows are below this */
    uint32_t n_chunks, chunk_capacity;
    struct vector_chunk *chunks; /* owned [n_chunks] */
    struct bitmap present;       /* rows that are alive and have a vector */
    uint32_t n_present;
};

struct vector_chunk {
    float *rows;          /* owned [1 << chunk_shift][dim]; NULL when no row in it is left */
    float *inverse_norms; /* owned [1 << chunk_shift] */
};

/* Returns 0 or MVL_NOMEM. */
int vectors_create(struct vectors **out, uint32_t dim, uint32_t chunk_shift) MUST_USE;
void vectors_destroy(struct vectors *v); /* NULL is fine */

/* Makes room for rows below n_rows. Returns 0 or MVL_NOMEM, and then changes nothing that shows. */
int vectors_reserve(struct vectors *v, uint32_t n_rows) MUST_USE;

/* Where a reserved row's dim floats are, to be written before vectors_publish. */
static inline float *vectors_slot(const struct vectors *v, uint32_t row)
{
    return v->chunks[row >> v->chunk_shift].rows + (size_t)(row & ((1u << v->chunk_shift) - 1)) * v->dim;
}

/* A present row. Borrowed until the next call that changes v. */
static inline const float *vectors_row(const struct vectors *v, uint32_t row)
{
    return vectors_slot(v, row);
}

static inline float vectors_inverse_norm(const struct vectors *v, uint32_t row)
{
    return v->chunks[row >> v->chunk_shift].inverse_norms[row & ((1u << v->chunk_shift) - 1)];
}

/* A present row, wherever it is. */
struct vector_view {
    const float *row; /* [dim] */
    float inverse_norm;
};

/* Gives a present row; one that is not in memory is read into buffer [dim]. Returns 0, MVL_NOMEM, MVL_IO or
 * MVL_DAMAGED. */
static inline int vectors_fetch(const struct vectors *v, uint32_t row, float *buffer, struct vector_view *out)
{
    (void)buffer; /* all chunks are in memory */
    *out = (struct vector_view){vectors_row(v, row), vectors_inverse_norm(v, row)};
    return 0;
}

/* Shows the rows [first, first + n) to searches; those with a clear bit in present (NULL: none) have no vector.
 * After reserve and filling the slots: cannot fail. */
void vectors_publish(struct vectors *v, uint32_t first, uint32_t n, const uint8_t *present);

void vectors_remove(struct vectors *v, uint32_t row); /* a row that is not present is no error */

size_t vectors_bytes(const struct vectors *v);
