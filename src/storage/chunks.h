/* A field's vectors on disk: table v<collection>_<field>, many rows to a blob, with a checksum.
 *
 * A chunk: header (magic, row_bytes, capacity, checksum), a bit for each row that is alive and has a vector, the
 * rows. The last chunk grows by doubling, so a small collection has a small file. The checksum is the sum of the
 * hashes of the present rows: one row changes it without reading the others. */
#pragma once
#include "storage/store.h"

struct chunk_table {
    int64_t collection;
    uint32_t field; /* its id */
    uint32_t row_bytes;
    struct str what; /* the field's name, for errors */
};

enum { CHUNK_MOST_ROWS = 4096 };

/* A chunk holds 1 << chunk_shift(row_bytes) rows, about 192 KB of them. Part of the file format. */
uint32_t chunk_shift(uint32_t row_bytes);

int chunks_create(struct store *s, const struct chunk_table *t, struct error *e) MUST_USE;
int chunks_drop(struct store *s, const struct chunk_table *t, struct error *e) MUST_USE;

/* Writes rows first, first + 1, ... of which none was written before. data: [n][row_bytes]; present: bit i clear
 * means row first + i has no vector (NULL: all have). */
int chunks_append(struct store *s, const struct chunk_table *t, uint32_t first, const void *data,
                  const uint8_t *present, uint32_t n, struct error *e) MUST_USE;

/* Takes rows out; rows ascending. A chunk without rows is deleted. Rows without a vector are passed over. */
int chunks_remove(struct store *s, const struct chunk_table *t, const uint32_t rows[], uint32_t n,
                  struct error *e) MUST_USE;

/* Tells of every chunk, ascending, which rows are present: bits [1 << shift]. Reads their heads only. A result of fn
 * other than 0 ends it and is returned. */
typedef int chunk_fn(void *context, uint32_t chunk, const uint8_t *present, struct error *e);
int chunks_list(struct store *s, const struct chunk_table *t, chunk_fn *fn, void *context,
                struct error *e) MUST_USE;

/* Reads a whole chunk into memory of the caller's: data [1 << shift][row_bytes], present (1 << shift) / 8 bytes.
 * A chunk that does not exist has no row present. Damage: MVL_DAMAGED with the chunk and field by name. */
int chunks_read(struct store *s, const struct chunk_table *t, uint32_t chunk, void *data, uint8_t *present,
                struct error *e) MUST_USE;

/* Reads rows in any order, and all of their chunks for the checksums, each once: data [n][row_bytes]. Sets the bits of
 * those that are present; the others are left as they were, as are their data. */
int chunks_read_rows(struct store *s, const struct chunk_table *t, const uint32_t rows[], uint32_t n,
                     void *data, uint8_t *present, struct error *e) MUST_USE;

/* Reads one row that is known to be present, and nothing else: quickly, and unchecked. A chunk that is not there or
 * has no room for it is damaged. */
int chunks_fetch_row(struct store *s, const struct chunk_table *t, uint32_t row, void *data,
                     struct error *e) MUST_USE;
