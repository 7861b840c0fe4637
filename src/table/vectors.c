#include "table/vectors.h"

#include <assert.h>

#include "base/error.h"
#include "base/half.h"
#include "base/mem.h"
#include "kernel/kernel.h"

enum { ROWS_UNTIL_CHUNK = 4 }; /* whoever wants so many rows of a chunk in a row wants them all */

static const uint32_t NO_CHUNK = UINT32_MAX;

/* What belongs to reading rows. Searches, for which vectors are const, change it. */
struct vectors_disk {
    struct vectors_source source;
    struct vectors_budget *budget; /* borrowed */
    uint8_t *passing;              /* owned: the rows of a chunk that cannot stay; NULL until there is one */
    uint8_t *row;                  /* owned [row_bytes]: a row to be decoded, where rows are */
    uint32_t passing_chunk;        /* or NO_CHUNK */
    uint32_t last_chunk, n_in_a_row; /* what was read last, row by row */
    uint32_t next_to_bring;          /* the chunks below are in memory, empty or damaged */
};

uint32_t vector_row_bytes(enum vector_format f, uint32_t dim)
{
    switch (f) {
    case VECTOR_F32: return dim * 4;
    case VECTOR_BITS: return dim / 8;
    case VECTOR_F16:
    case VECTOR_BF16: return dim * 2;
    case VECTOR_I8: break;
    }
    return dim;
}

static bool is_decoded(const struct vectors *v)
{
    return v->format > VECTOR_BITS;
}

/* A row as it is compared. */
static void decode(const struct vectors *v, const void *row, float *to)
{
    switch (v->format) {
    case VECTOR_F32:
    case VECTOR_BITS: memcpy(to, row, v->row_bytes); return;
    case VECTOR_F16: float16_decode(row, v->dim, to); return;
    case VECTOR_BF16: bfloat16_decode(row, v->dim, to); return;
    case VECTOR_I8: int8_decode(row, v->dim, to); return;
    }
}

static int take_buffers(struct vectors *v)
{
    for (size_t i = 0; i < COUNT(v->buffers); i++) {
        if (!v->buffers[i])
            v->buffers[i] = mem_aligned(v->dim, sizeof *v->buffers[i]);
        if (!v->buffers[i])
            return MVL_NOMEM; /* those that are there stay */
    }
    return MVL_OK;
}

int vectors_create(struct vectors **out, enum vector_format format, uint32_t dim, uint32_t chunk_shift)
{
    struct vectors *v = mem_alloc(sizeof *v);
    if (!v)
        return MVL_NOMEM;
    *v = (struct vectors){
        .format = format, .dim = dim, .row_bytes = vector_row_bytes(format, dim), .chunk_shift = chunk_shift};
    if (is_decoded(v) && take_buffers(v) != MVL_OK) {
        vectors_destroy(v);
        return MVL_NOMEM;
    }
    *out = v;
    return MVL_OK;
}

int vectors_set_source(struct vectors *v, struct vectors_source source, struct vectors_budget *budget)
{
    TRY(take_buffers(v));
    struct vectors_disk *disk = mem_alloc(sizeof *disk);
    if (!disk)
        return MVL_NOMEM;
    *disk = (struct vectors_disk){.source = source,
                                  .budget = budget,
                                  .row = is_decoded(v) ? mem_aligned(v->row_bytes, 1) : NULL,
                                  .passing_chunk = NO_CHUNK,
                                  .last_chunk = NO_CHUNK};
    if (is_decoded(v) && !disk->row) {
        mem_free(disk);
        return MVL_NOMEM;
    }
    v->disk = disk;
    return MVL_OK;
}

static uint32_t rows_per_chunk(const struct vectors *v)
{
    return 1u << v->chunk_shift;
}

static size_t chunk_bytes(const struct vectors *v)
{
    return rows_per_chunk(v) * (v->row_bytes + sizeof(float));
}

static bool budget_has_room(const struct vectors *v)
{
    const struct vectors_budget *b = v->disk ? v->disk->budget : NULL;
    return !b || b->used + chunk_bytes(v) <= b->limit;
}

/* Memory for the rows of a chunk, if there is some. */
static bool take_memory(const struct vectors *v, struct vector_chunk *out)
{
    struct vector_chunk chunk = {
        .rows = mem_aligned(rows_per_chunk(v), v->row_bytes),
        .inverse_norms = mem_array(rows_per_chunk(v), sizeof *chunk.inverse_norms),
    };
    if (!chunk.rows || !chunk.inverse_norms) {
        mem_free(chunk.rows);
        mem_free(chunk.inverse_norms);
        return false;
    }
    chunk.is_checked = true;
    if (v->disk)
        v->disk->budget->used += chunk_bytes(v);
    *out = chunk;
    return true;
}

static void free_chunk(const struct vectors *v, struct vector_chunk *chunk)
{
    if (chunk->rows && v->disk)
        v->disk->budget->used -= chunk_bytes(v);
    mem_free(chunk->rows);
    mem_free(chunk->inverse_norms);
    chunk->rows = NULL;
    chunk->inverse_norms = NULL;
}

void vectors_destroy(struct vectors *v)
{
    if (!v)
        return;
    for (uint32_t i = 0; i < v->n_chunks; i++)
        free_chunk(v, &v->chunks[i]);
    mem_free(v->chunks);
    bitmap_fini(&v->present);
    if (v->disk) {
        mem_free(v->disk->passing);
        mem_free(v->disk->row);
    }
    mem_free(v->disk);
    for (size_t i = 0; i < COUNT(v->buffers); i++)
        mem_free(v->buffers[i]);
    mem_free(v);
}

/* ---- growing ---- */

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
    v->chunks[v->n_chunks++] = (struct vector_chunk){0};
    return MVL_OK;
}

int vectors_reserve_on_disk(struct vectors *v, uint32_t n_rows)
{
    TRY(bitmap_reserve(&v->present, n_rows));
    while ((uint64_t)v->n_chunks << v->chunk_shift < n_rows)
        TRY(add_chunk(v));
    return MVL_OK;
}

/* Chunks that hold published rows are in memory or on disk; the others begin in memory if they can. */
int vectors_reserve(struct vectors *v, uint32_t n_rows)
{
    TRY(vectors_reserve_on_disk(v, n_rows));
    uint32_t chunk = (uint32_t)(((uint64_t)v->n_rows + rows_per_chunk(v) - 1) >> v->chunk_shift);
    for (; (uint64_t)chunk << v->chunk_shift < n_rows; chunk++) {
        if (v->chunks[chunk].rows || !budget_has_room(v))
            continue;
        if (!take_memory(v, &v->chunks[chunk]) && !v->disk)
            return MVL_NOMEM;
    }
    return MVL_OK;
}

void vectors_fill(struct vectors *v, uint32_t first, uint32_t n, const void *rows)
{
    for (uint32_t done = 0, now; done < n; done += now) {
        uint32_t row = first + done, left = rows_per_chunk(v) - row % rows_per_chunk(v);
        now = n - done < left ? n - done : left;
        if (v->chunks[row >> v->chunk_shift].rows)
            memcpy(vectors_slot(v, row), (const uint8_t *)rows + (size_t)done * v->row_bytes,
                   (size_t)now * v->row_bytes);
    }
}

static bool chunk_is_empty(const struct vectors *v, uint32_t chunk)
{
    uint32_t first = chunk << v->chunk_shift;
    for (uint32_t row = first; row < first + rows_per_chunk(v);) {
        if (row % 64 == 0 && row < v->present.n && !v->present.words[row / 64])
            row += 64; /* or more than there are */
        else if (bitmap_test(&v->present, row))
            return false;
        else
            row++;
    }
    return true;
}

/* A chunk that is behind the newest row and has no row left. */
static bool chunk_is_dead(const struct vectors *v, uint32_t chunk)
{
    return v->n_rows - (chunk << v->chunk_shift) >= rows_per_chunk(v) && chunk_is_empty(v, chunk);
}

/* Of a row as it is compared. */
static float inverse_norm(const struct vectors *v, const void *row)
{
    return v->format == VECTOR_BITS ? 0 : kernel_inverse_norm(row, v->dim);
}

static void set_inverse_norm(const struct vectors *v, const struct vector_chunk *chunk, uint32_t in_chunk)
{
    const void *row = chunk->rows + (size_t)in_chunk * v->row_bytes;
    if (is_decoded(v))
        decode(v, row, v->buffers[N_ROW_BUFFERS]);
    chunk->inverse_norms[in_chunk] = inverse_norm(v, is_decoded(v) ? v->buffers[N_ROW_BUFFERS] : row);
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
        const struct vector_chunk *chunk = &v->chunks[row >> v->chunk_shift];
        assert(chunk->rows || v->disk);
        if (chunk->rows)
            set_inverse_norm(v, chunk, row % rows_per_chunk(v));
        bitmap_set(&v->present, row);
        v->n_present++;
    }
    for (uint32_t chunk = filling; (uint64_t)chunk << v->chunk_shift < v->n_rows; chunk++)
        if (chunk_is_dead(v, chunk))
            free_chunk(v, &v->chunks[chunk]);
    if (v->disk) { /* its last chunk has more rows now */
        v->disk->passing_chunk = NO_CHUNK;
        v->disk->next_to_bring = filling < v->disk->next_to_bring ? filling : v->disk->next_to_bring;
    }
}

void vectors_remove(struct vectors *v, uint32_t row)
{
    if (!bitmap_test(&v->present, row))
        return;
    bitmap_clear(&v->present, row);
    v->n_present--;
    uint32_t chunk = row >> v->chunk_shift;
    if (chunk_is_dead(v, chunk))
        free_chunk(v, &v->chunks[chunk]);
}

/* ---- reading ---- */

static int read_chunk(const struct vectors *v, uint32_t chunk, void *to)
{
    const struct vectors_source *source = &v->disk->source;
    int rc = source->read_chunk(source->context, chunk, to);
    v->chunks[chunk].is_damaged = rc == MVL_DAMAGED;
    v->chunks[chunk].is_checked = rc == MVL_OK;
    return rc;
}

int vectors_check(const struct vectors *v, uint32_t row)
{
    uint32_t chunk = row >> v->chunk_shift;
    return v->chunks[chunk].rows || v->chunks[chunk].is_checked ? MVL_OK : vectors_bring(v, chunk);
}

static int read_into(const struct vectors *v, uint32_t number, struct vector_chunk *chunk)
{
    TRY(read_chunk(v, number, chunk->rows));
    for (uint32_t i = 0; i < rows_per_chunk(v); i++)
        if (bitmap_test(&v->present, (number << v->chunk_shift) + i))
            set_inverse_norm(v, chunk, i);
    return MVL_OK;
}

int vectors_bring(const struct vectors *v, uint32_t chunk)
{
    struct vectors_disk *disk = v->disk;
    struct vector_chunk fresh;
    if (v->chunks[chunk].rows || disk->passing_chunk == chunk)
        return MVL_OK;
    if (budget_has_room(v) && take_memory(v, &fresh)) {
        int rc = read_into(v, chunk, &fresh);
        if (rc == MVL_OK)
            v->chunks[chunk] = fresh;
        else
            free_chunk(v, &fresh);
        return rc;
    }
    disk->passing_chunk = NO_CHUNK;
    if (!disk->passing)
        disk->passing = mem_aligned(rows_per_chunk(v), v->row_bytes);
    if (!disk->passing)
        return MVL_OK;
    TRY(read_chunk(v, chunk, disk->passing));
    disk->passing_chunk = chunk;
    return MVL_OK;
}

/* Where a row's bytes are: in memory, or read into buffer [row_bytes]. */
static int find_row(const struct vectors *v, uint32_t row, void *buffer, const void **out)
{
    struct vectors_disk *disk = v->disk;
    uint32_t chunk = row >> v->chunk_shift;
    *out = buffer;
    if (!v->chunks[chunk].rows) {
        disk->n_in_a_row = chunk == disk->last_chunk ? disk->n_in_a_row + 1 : 1;
        disk->last_chunk = chunk;
        if (disk->n_in_a_row >= ROWS_UNTIL_CHUNK || v->chunks[chunk].is_damaged)
            TRY(vectors_bring(v, chunk));
    }
    if (v->chunks[chunk].rows)
        *out = vectors_slot(v, row);
    else if (disk->passing_chunk == chunk)
        memcpy(buffer, disk->passing + (size_t)(row % rows_per_chunk(v)) * v->row_bytes, v->row_bytes);
    else
        TRY(disk->source.read_row(disk->source.context, row, buffer));
    return MVL_OK;
}

int vectors_fetch_slowly(const struct vectors *v, uint32_t row, float *buffer, struct vector_view *out)
{
    const struct vector_chunk *chunk = &v->chunks[row >> v->chunk_shift];
    const void *found;
    if (!is_decoded(v)) {
        TRY(find_row(v, row, buffer, &found));
    } else {
        TRY(find_row(v, row, v->disk ? v->disk->row : NULL, &found));
        decode(v, found, buffer);
        found = buffer;
    }
    *out = (struct vector_view){found, chunk->rows ? vectors_inverse_norm(v, row) : inverse_norm(v, found)};
    return MVL_OK;
}

int vectors_copy(const struct vectors *v, uint32_t row, void *to)
{
    const void *found;
    TRY(find_row(v, row, to, &found));
    if (found != to)
        memcpy(to, found, v->row_bytes);
    return MVL_OK;
}

/* ---- residency ---- */

uint32_t vectors_n_to_bring(const struct vectors *v)
{
    struct vectors_disk *disk = v->disk;
    if (!disk || !budget_has_room(v))
        return 0;
    uint32_t chunk = disk->next_to_bring;
    while (chunk < v->n_chunks &&
           (v->chunks[chunk].rows || v->chunks[chunk].is_damaged || chunk_is_empty(v, chunk)))
        chunk++;
    disk->next_to_bring = chunk;
    uint64_t n_fit = (disk->budget->limit - disk->budget->used) / chunk_bytes(v);
    return n_fit < v->n_chunks - chunk ? (uint32_t)n_fit : v->n_chunks - chunk;
}

int vectors_bring_next(const struct vectors *v)
{
    if (!vectors_n_to_bring(v))
        return MVL_OK;
    uint32_t chunk = v->disk->next_to_bring;
    int rc = vectors_bring(v, chunk);
    if (rc == MVL_OK && !v->chunks[chunk].rows)
        return MVL_NOMEM;
    return rc == MVL_DAMAGED ? MVL_OK : rc;
}

void vectors_give_back(struct vectors *v)
{
    struct vectors_disk *disk = v->disk;
    if (!disk)
        return;
    mem_free(disk->passing);
    disk->passing = NULL;
    disk->passing_chunk = NO_CHUNK;
    for (uint32_t i = 0; i < v->n_chunks && disk->budget->used > disk->budget->limit; i++) {
        if (!v->chunks[i].rows)
            continue;
        free_chunk(v, &v->chunks[i]);
        disk->next_to_bring = i < disk->next_to_bring ? i : disk->next_to_bring;
    }
}

size_t vectors_bytes(const struct vectors *v)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < v->n_chunks; i++)
        bytes += v->chunks[i].rows ? chunk_bytes(v) : 0;
    if (v->buffers[0])
        bytes += COUNT(v->buffers) * v->dim * sizeof(float);
    if (v->disk)
        bytes += v->disk->passing ? chunk_bytes(v) : 0;
    return bytes + v->present.n_words * sizeof *v->present.words + v->chunk_capacity * sizeof *v->chunks;
}
