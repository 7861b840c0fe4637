/* Vectors whose rows are in a file of numbers: the source of struct vectors, made to order. */
#ifndef DISK_VECTORS_H
#define DISK_VECTORS_H

#include <stdlib.h>

#include "base/error.h"
#include "table/vectors.h"
#include "unit.h"

struct disk {
    const struct vectors *all; /* borrowed: the same rows, all in memory */
    struct vectors_budget budget;
    uint32_t n_rows_read, n_chunks_read;
    int row_fails, chunk_fails; /* what reading returns; 0: rows */
};

static inline int disk_read_row(void *context, uint32_t row, void *to)
{
    struct disk *d = context;
    if (d->row_fails)
        return d->row_fails;
    d->n_rows_read++;
    memcpy(to, vectors_row(d->all, row), d->all->row_bytes);
    return MVL_OK;
}

static inline int disk_read_chunk(void *context, uint32_t chunk, void *to)
{
    struct disk *d = context;
    if (d->chunk_fails)
        return d->chunk_fails;
    d->n_chunks_read++;
    memcpy(to, d->all->chunks[chunk].rows, (size_t)d->all->row_bytes << d->all->chunk_shift);
    return MVL_OK;
}

/* Are they the same, bit for bit? */
static inline bool floats_are(const float a[], const float b[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x, y;
        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        if (x != y)
            return false;
    }
    return true;
}

/* The bytes of a chunk in memory. */
static inline uint64_t disk_chunk_bytes(const struct disk *d)
{
    return (uint64_t)(d->all->row_bytes + sizeof(float)) << d->all->chunk_shift;
}

/* Vectors with the same rows as d->all, none in memory, which may hold n_chunks. */
static inline int disk_vectors(struct disk *d, const struct vectors *all, uint32_t n_chunks,
                               struct vectors **out)
{
    struct vectors *v = NULL;
    struct vectors_source source = {d, disk_read_row, disk_read_chunk};
    *d = (struct disk){.all = all};
    d->budget.limit = n_chunks * disk_chunk_bytes(d);
    TRY(vectors_create(&v, all->format, all->dim, all->chunk_shift));
    int rc = vectors_set_source(v, source, &d->budget);
    if (rc == MVL_OK)
        rc = vectors_reserve_on_disk(v, all->n_rows);
    if (rc != MVL_OK) {
        vectors_destroy(v);
        return rc;
    }
    vectors_publish(v, 0, all->n_rows, (const uint8_t *)all->present.words);
    *out = v;
    return MVL_OK;
}

#endif
