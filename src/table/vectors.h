/* A field's vectors: a matrix in chunks, so that growing moves nothing. With a source, chunks may be on disk only: the
 * budget decides how many are in memory, and rows of the others are read when somebody wants them.
 *
 * The slot of a row is its number. Rows come in order, are removed once and never return. */
#pragma once
#include "base/bitmap.h"

/* How the elements of a row are kept, in memory and in the file. */
enum vector_format {
    VECTOR_F32,
    VECTOR_BITS, /* these two are compared as they are kept, the others as floats */
    VECTOR_F16,  /* IEEE's binary16 */
    VECTOR_BF16,
    VECTOR_I8,
};

uint32_t vector_row_bytes(enum vector_format f, uint32_t dim);

/* Where rows are read from that are not in memory. Both return 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
struct vectors_source {
    void *context;
    int (*read_row)(void *context, uint32_t row, void *to); /* a present row, as it is, to [row_bytes] */
    int (*read_chunk)(void *context, uint32_t chunk,
                      void *to); /* to [1 << chunk_shift][row_bytes], checked */
};

/* How many bytes chunks may take, and how many they do. Many vectors share one. */
struct vectors_budget {
    uint64_t limit, used;
};

struct vectors_disk;

enum { N_ROW_BUFFERS = 4 };

struct vectors {
    enum vector_format format;
    uint32_t dim, row_bytes;
    uint32_t chunk_shift; /* a chunk holds 1 << chunk_shift rows */
    uint32_t n_rows;      /* published rows are below this */
    uint32_t n_chunks, chunk_capacity;
    struct vector_chunk *chunks; /* owned [n_chunks] */
    struct bitmap present;       /* rows that are alive and have a vector */
    uint32_t n_present;
    struct vectors_disk *disk; /* owned; NULL: without a source, all rows are in memory */
    float *buffers[N_ROW_BUFFERS +
                   1]; /* owned [dim] each, the last its own; NULL when all rows are floats in memory */
};

struct vector_chunk {
    uint8_t
        *rows; /* owned [1 << chunk_shift][row_bytes]; NULL: no row in it is left, or they are on disk only */
    float *inverse_norms;        /* owned [1 << chunk_shift] */
    bool is_checked, is_damaged; /* on disk: what reading it whole said the last time */
};

/* Returns 0 or MVL_NOMEM. */
int vectors_create(struct vectors **out, enum vector_format format, uint32_t dim,
                   uint32_t chunk_shift) MUST_USE;
void vectors_destroy(struct vectors *v); /* NULL is fine */

/* From now on the rows of chunks may be on disk only. The budget is borrowed. Returns 0 or MVL_NOMEM. */
int vectors_set_source(struct vectors *v, struct vectors_source source,
                       struct vectors_budget *budget) MUST_USE;

/* Makes room for rows below n_rows. Returns 0 or MVL_NOMEM, and then changes nothing that shows. With a source it is
 * no error when the rows themselves find no room. */
int vectors_reserve(struct vectors *v, uint32_t n_rows) MUST_USE;

/* The same for rows that are on disk already: takes no memory for them. */
int vectors_reserve_on_disk(struct vectors *v, uint32_t n_rows) MUST_USE;

/* Writes reserved rows [n][row_bytes], before vectors_publish: those that have found room. */
void vectors_fill(struct vectors *v, uint32_t first, uint32_t n, const void *rows);

/* Where a reserved row is, if it is in memory. */
static inline void *vectors_slot(const struct vectors *v, uint32_t row)
{
    return v->chunks[row >> v->chunk_shift].rows +
           (size_t)(row & ((1u << v->chunk_shift) - 1)) * v->row_bytes;
}

/* A present row of floats that is in memory. Borrowed until the next call that changes v. */
static inline const float *vectors_row(const struct vectors *v, uint32_t row)
{
    return vectors_slot(v, row);
}

static inline float vectors_inverse_norm(const struct vectors *v, uint32_t row)
{
    return v->chunks[row >> v->chunk_shift].inverse_norms[row & ((1u << v->chunk_shift) - 1)];
}

/* A present row, wherever it is and however it is kept. */
struct vector_view {
    const void *row;    /* [dim] floats, or bits */
    float inverse_norm; /* of floats */
};

int vectors_fetch_slowly(const struct vectors *v, uint32_t row, float *buffer,
                         struct vector_view *out) MUST_USE;

/* Gives a present row: of floats in memory, borrowed until the next call that changes v; others are read or decoded into
 * buffer [dim], one of v's or the caller's. Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
static inline int vectors_fetch(const struct vectors *v, uint32_t row, float *buffer, struct vector_view *out)
{
    const struct vector_chunk *chunk = &v->chunks[row >> v->chunk_shift];
    if (__builtin_expect(!chunk->rows || v->format > VECTOR_BITS, 0))
        return vectors_fetch_slowly(v, row, buffer, out);
    *out = (struct vector_view){vectors_slot(v, row), vectors_inverse_norm(v, row)};
    return 0;
}

/* Copies a present row as it is kept, to [row_bytes]. Returns what vectors_fetch does. */
int vectors_copy(const struct vectors *v, uint32_t row, void *to) MUST_USE;

/* Reads a chunk that is not in memory, all of it and checked, before many of its rows are fetched. It stays if the
 * budget has room, else until the next one is brought. Where memory is short nothing happens: rows are then read one
 * at a time. Moves nothing. Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
int vectors_bring(const struct vectors *v, uint32_t chunk) MUST_USE;

/* Makes sure that the chunk of a present row has been read whole once, and so checked. Returns what vectors_bring does. */
int vectors_check(const struct vectors *v, uint32_t row) MUST_USE;

/* How many more chunks there are to bring that would stay, about; 0 when there are none. */
uint32_t vectors_n_to_bring(const struct vectors *v);

/* Brings the next of them. One that is damaged is passed over: who fetches its rows is told. Returns 0, MVL_NOMEM or
 * MVL_IO. */
int vectors_bring_next(const struct vectors *v) MUST_USE;

/* Gives back the memory of chunks until the budget is kept. Rows that are only reserved are lost. */
void vectors_give_back(struct vectors *v);

/* Shows the rows [first, first + n) to searches; those with a clear bit in present (NULL: none) have no vector.
 * After reserve and filling: cannot fail. With a source they are on disk by now. */
void vectors_publish(struct vectors *v, uint32_t first, uint32_t n, const uint8_t *present);

void vectors_remove(struct vectors *v, uint32_t row); /* a row that is not present is no error */

size_t vectors_bytes(const struct vectors *v); /* of memory */
