#include "storage/chunks.h"

#include <assert.h>

#include "base/bitmap.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/places.h"
#include "storage/sql.h"

enum {
    MAGIC = 0x31484356, /* "VCH1" */
    HEADER_BYTES = 32,
    AT_ROW_BYTES = 4,
    AT_CAPACITY = 8,
    AT_CHECKSUM = 16,
    FULL_CHUNK_BYTES = 256 * 1024,
    MAX_SHIFT = 12,
    SMALLEST_CAPACITY = 8,
};

/* What stands before the rows of a chunk. */
struct head {
    uint32_t capacity; /* rows there is room for */
    uint64_t checksum;
    uint8_t bits[CHUNK_MOST_ROWS / 8];
};

_Static_assert(CHUNK_MOST_ROWS == 1 << MAX_SHIFT, "as many as the shift allows");

static const struct head empty_head;

uint32_t chunk_shift(uint32_t row_bytes)
{
    uint32_t shift = 0;
    while (shift < MAX_SHIFT && (uint64_t)row_bytes << (shift + 1) <= FULL_CHUNK_BYTES)
        shift++;
    return shift;
}

static uint32_t bits_bytes(uint32_t capacity)
{
    return (capacity + 127) / 128 * 16;
}

static size_t rows_at(uint32_t capacity)
{
    return HEADER_BYTES + bits_bytes(capacity);
}

static size_t chunk_bytes(const struct chunk_table *t, uint32_t capacity)
{
    return rows_at(capacity) + (size_t)capacity * t->row_bytes;
}

static uint64_t row_hash(const struct chunk_table *t, const void *row, uint32_t in_chunk)
{
    return hash64(row, t->row_bytes, in_chunk + 1);
}

static int damaged(const struct chunk_table *t, int64_t chunk, const char *why, struct error *e)
{
    return error_set(e, MVL_DAMAGED, "chunk %lld of field '%.*s' is damaged: %s", (long long)chunk,
                     STR_ARGS(t->what), why);
}

int chunks_create(struct store *s, const struct chunk_table *t, struct error *e)
{
    return sql_exec(s->db, e, "CREATE TABLE v%lld_%u (chunk INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                    t->collection, t->field);
}

int chunks_drop(struct store *s, const struct chunk_table *t, struct error *e)
{
    return sql_exec(s->db, e, "DROP TABLE v%lld_%u", t->collection, t->field);
}

/* An open chunk: its blob, or blob NULL when there is no such chunk. */
struct chunk {
    sqlite3_blob *blob; /* owned */
    struct head head;
};

static int blob_io(struct store *s, int rc, struct error *e)
{
    return rc == SQLITE_OK ? MVL_OK : sql_error(s->db, "reading or writing vectors", e);
}

static int read_head(struct store *s, const struct chunk_table *t, int64_t number, struct chunk *c,
                     struct error *e)
{
    uint8_t header[HEADER_BYTES];
    int bytes = sqlite3_blob_bytes(c->blob);
    if (bytes < HEADER_BYTES)
        return damaged(t, number, "it is too short", e);
    TRY(blob_io(s, sqlite3_blob_read(c->blob, header, HEADER_BYTES, 0), e));
    uint32_t capacity = bytes_u32(header + AT_CAPACITY);
    if (bytes_u32(header) != MAGIC || bytes_u32(header + AT_ROW_BYTES) != t->row_bytes || capacity == 0 ||
        capacity > 1u << chunk_shift(t->row_bytes) || (size_t)bytes != chunk_bytes(t, capacity))
        return damaged(t, number, "its header is wrong", e);
    c->head.capacity = capacity;
    c->head.checksum = bytes_u64(header + AT_CHECKSUM);
    TRY(blob_io(s, sqlite3_blob_read(c->blob, c->head.bits, (int)bits_bytes(capacity), HEADER_BYTES), e));
    for (uint32_t i = capacity; i < bits_bytes(capacity) * 8; i++)
        if (bits_test(c->head.bits, i))
            return damaged(t, number, "it has rows past its end", e);
    return MVL_OK;
}

/* Opens a chunk's blob, or gives NULL when there is no such chunk. */
static int open_blob(struct store *s, const struct chunk_table *t, int64_t number, bool write,
                     sqlite3_blob **out, struct error *e)
{
    char table[48];
    sqlite3_snprintf(sizeof table, table, "v%lld_%u", t->collection, t->field);
    sqlite3_stmt *statement;
    bool exists;
    *out = NULL;
    TRY(sql_borrow(s, &statement, e, "SELECT 1 FROM %s WHERE chunk = ?", table));
    sqlite3_bind_int64(statement, 1, number);
    int rc = sql_step(statement, &exists, e);
    sql_give_back(s, statement);
    if (rc != MVL_OK || !exists)
        return rc;
    return blob_io(s, sqlite3_blob_open(s->db, "main", table, "data", number, write, out), e);
}

static int chunk_open(struct store *s, const struct chunk_table *t, int64_t number, struct chunk *c,
                      struct error *e)
{
    c->head = empty_head;
    TRY(open_blob(s, t, number, true, &c->blob, e));
    return c->blob ? read_head(s, t, number, c, e) : MVL_OK;
}

static int chunk_close(struct store *s, struct chunk *c, struct error *e)
{
    int rc = c->blob ? sqlite3_blob_close(c->blob) : SQLITE_OK;
    c->blob = NULL;
    return blob_io(s, rc, e);
}

static void put_head(const struct chunk_table *t, const struct head *h, uint8_t *to)
{
    memset(to, 0, rows_at(h->capacity));
    bytes_set_u32(to, MAGIC);
    bytes_set_u32(to + AT_ROW_BYTES, t->row_bytes);
    bytes_set_u32(to + AT_CAPACITY, h->capacity);
    bytes_set_u64(to + AT_CHECKSUM, h->checksum);
    memcpy(to + HEADER_BYTES, h->bits, bits_bytes(h->capacity));
}

static int write_head(struct store *s, const struct chunk_table *t, const struct chunk *c, struct error *e)
{
    uint8_t bytes[HEADER_BYTES + sizeof c->head.bits];
    put_head(t, &c->head, bytes);
    return blob_io(s, sqlite3_blob_write(c->blob, bytes, (int)rows_at(c->head.capacity), 0), e);
}

static int replace_blob(struct store *s, const struct chunk_table *t, int64_t number, const uint8_t *image,
                        size_t bytes, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_borrow(s, &statement, e, "INSERT OR REPLACE INTO v%lld_%u VALUES (?, ?)", t->collection,
                   t->field));
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_blob64(statement, 2, image, bytes, SQLITE_STATIC);
    int rc = sql_run(statement, e);
    sql_give_back(s, statement);
    return rc;
}

static uint32_t capacity_for(const struct chunk_table *t, uint32_t n)
{
    uint32_t capacity = SMALLEST_CAPACITY, full = 1u << chunk_shift(t->row_bytes);
    while (capacity < n)
        capacity *= 2;
    return capacity < full ? capacity : full;
}

/* Writes n rows into an open chunk that has no room for them, or into a new one: the whole blob anew. */
static int append_by_image(struct store *s, const struct chunk_table *t, int64_t number, struct chunk *c,
                           uint32_t old, uint32_t at, const void *data, uint32_t n, struct error *e)
{
    size_t bytes = chunk_bytes(t, c->head.capacity);
    uint8_t *image = mem_alloc(bytes);
    if (!image)
        return MVL_NOMEM;
    uint8_t *rows = image + rows_at(c->head.capacity);
    memset(rows, 0, (size_t)c->head.capacity * t->row_bytes);
    int rc = MVL_OK;
    if (c->blob)
        rc = blob_io(s, sqlite3_blob_read(c->blob, rows, (int)(old * t->row_bytes), (int)rows_at(old)), e);
    if (rc == MVL_OK)
        rc = chunk_close(s, c, e);
    if (rc == MVL_OK) {
        put_head(t, &c->head, image);
        memcpy(rows + (size_t)at * t->row_bytes, data, (size_t)n * t->row_bytes);
        rc = replace_blob(s, t, number, image, bytes, e);
    }
    mem_free(image);
    return rc;
}

/* Marks n rows from at on as present, those that have a vector, in the head. */
static int add_to_head(const struct chunk_table *t, int64_t number, struct head *h, uint32_t at,
                       const uint8_t *data, const uint8_t *present, uint32_t first_bit, uint32_t n,
                       struct error *e)
{
    for (uint32_t i = 0; i < n; i++) {
        if (present && !bits_test(present, first_bit + i))
            continue;
        if (bits_test(h->bits, at + i))
            return damaged(t, number, "it has rows that were never written", e);
        bits_set(h->bits, at + i);
        h->checksum += row_hash(t, data + (size_t)i * t->row_bytes, at + i);
    }
    return MVL_OK;
}

/* Writes n rows from at on into one chunk. */
static int append_to_chunk(struct store *s, const struct chunk_table *t, int64_t number, uint32_t at,
                           const uint8_t *data, const uint8_t *present, uint32_t first_bit, uint32_t n,
                           struct error *e)
{
    struct chunk c;
    int rc = chunk_open(s, t, number, &c, e);
    uint32_t old = c.head.capacity;
    if (rc == MVL_OK)
        rc = add_to_head(t, number, &c.head, at, data, present, first_bit, n, e);
    if (rc == MVL_OK && at + n > old) {
        c.head.capacity = capacity_for(t, at + n);
        rc = append_by_image(s, t, number, &c, old, at, data, n, e);
    } else if (rc == MVL_OK) {
        rc = write_head(s, t, &c, e);
        if (rc == MVL_OK)
            rc = blob_io(s,
                         sqlite3_blob_write(c.blob, data, (int)(n * t->row_bytes),
                                            (int)(rows_at(old) + (size_t)at * t->row_bytes)),
                         e);
    }
    sqlite3_blob_close(c.blob);
    return rc;
}

int chunks_append(struct store *s, const struct chunk_table *t, uint32_t first, const void *data,
                  const uint8_t *present, uint32_t n, struct error *e)
{
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes);
    for (uint32_t done = 0; done < n;) {
        uint32_t row = first + done, at = row % per_chunk;
        uint32_t now = n - done < per_chunk - at ? n - done : per_chunk - at;
        TRY(append_to_chunk(s, t, row / per_chunk, at, (const uint8_t *)data + (size_t)done * t->row_bytes,
                            present, done, now, e));
        done += now;
    }
    return MVL_OK;
}

static bool head_is_empty(const struct head *h)
{
    for (uint32_t i = 0; i < bits_bytes(h->capacity); i++)
        if (h->bits[i])
            return false;
    return true;
}

static int remove_from_open(struct store *s, const struct chunk_table *t, int64_t number, struct chunk *c,
                            const uint32_t rows[], uint32_t n, uint8_t *row_bytes, struct error *e)
{
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = rows[i] % per_chunk;
        if (at >= c->head.capacity || !bits_test(c->head.bits, at))
            continue;
        TRY(blob_io(s,
                    sqlite3_blob_read(c->blob, row_bytes, (int)t->row_bytes,
                                      (int)(rows_at(c->head.capacity) + (size_t)at * t->row_bytes)),
                    e));
        c->head.checksum -= row_hash(t, row_bytes, at);
        bits_clear(c->head.bits, at);
    }
    if (!head_is_empty(&c->head))
        return write_head(s, t, c, e);
    TRY(chunk_close(s, c, e));
    return sql_exec(s->db, e, "DELETE FROM v%lld_%u WHERE chunk = %lld", t->collection, t->field, number);
}

int chunks_remove(struct store *s, const struct chunk_table *t, const uint32_t rows[], uint32_t n,
                  struct error *e)
{
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes);
    uint8_t *row_bytes = mem_alloc(t->row_bytes);
    if (!row_bytes)
        return MVL_NOMEM;
    int rc = MVL_OK;
    for (uint32_t i = 0, end; i < n && rc == MVL_OK; i = end) {
        uint32_t number = rows[i] / per_chunk;
        for (end = i + 1; end < n && rows[end] / per_chunk == number; end++)
            assert(rows[end] > rows[end - 1]);
        struct chunk c;
        rc = chunk_open(s, t, number, &c, e);
        if (rc == MVL_OK && c.blob)
            rc = remove_from_open(s, t, number, &c, rows + i, end - i, row_bytes, e);
        sqlite3_blob_close(c.blob);
    }
    mem_free(row_bytes);
    return rc;
}

static int verify(const struct chunk_table *t, int64_t number, const struct head *h, const uint8_t *rows,
                  struct error *e)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < h->capacity; i++)
        if (bits_test(h->bits, i))
            sum += row_hash(t, rows + (size_t)i * t->row_bytes, i);
    return sum == h->checksum ? MVL_OK : damaged(t, number, "its checksum does not match", e);
}

/* ---- reading ---- */

/* Moves the store's reader to a chunk: much cheaper than opening a blob. blob is NULL when there is no such chunk. */
static int read_blob(struct store *s, const struct chunk_table *t, int64_t number, sqlite3_blob **out,
                     struct error *e)
{
    if (s->reader && s->reader_collection == t->collection && s->reader_field == t->field &&
        sqlite3_blob_reopen(s->reader, number) == SQLITE_OK) {
        *out = s->reader;
        return MVL_OK;
    }
    sql_end_reading(s);
    int rc = open_blob(s, t, number, false, &s->reader, e);
    s->reader_collection = t->collection;
    s->reader_field = t->field;
    *out = s->reader;
    return rc;
}

/* The same, and the chunk's head. The blob stays the store's. */
static int read_chunk(struct store *s, const struct chunk_table *t, int64_t number, struct chunk *c,
                      struct error *e)
{
    c->head = empty_head;
    TRY(read_blob(s, t, number, &c->blob, e));
    return c->blob ? read_head(s, t, number, c, e) : MVL_OK;
}

int chunks_list(struct store *s, const struct chunk_table *t, chunk_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    bool has_row;
    struct chunk c;
    int64_t last = -1;
    TRY(sql_prepare(s->db, &statement, e, "SELECT chunk FROM v%lld_%u ORDER BY chunk", t->collection,
                    t->field));
    int rc = sql_step(statement, &has_row, e);
    while (rc == MVL_OK && has_row) {
        int64_t number = sqlite3_column_int64(statement, 0);
        if (number <= last ||
            number > UINT32_MAX >> chunk_shift(t->row_bytes)) /* SQLite's order may be damaged */
            rc = damaged(t, number, "it is out of order", e);
        last = number;
        if (rc == MVL_OK)
            rc = read_chunk(s, t, number, &c, e);
        if (rc == MVL_OK)
            rc = fn(context, (uint32_t)number, c.head.bits, e);
        if (rc == MVL_OK)
            rc = sql_step(statement, &has_row, e);
    }
    sqlite3_finalize(statement);
    return rc;
}

int chunks_read(struct store *s, const struct chunk_table *t, uint32_t chunk, void *data, uint8_t *present,
                struct error *e)
{
    struct chunk c;
    TRY(read_chunk(s, t, chunk, &c, e));
    if (c.blob)
        TRY(blob_io(s,
                    sqlite3_blob_read(c.blob, data, (int)(c.head.capacity * t->row_bytes),
                                      (int)rows_at(c.head.capacity)),
                    e));
    TRY(verify(t, chunk, &c.head, data, e));
    memcpy(present, c.head.bits, ((1u << chunk_shift(t->row_bytes)) + 7) / 8);
    return MVL_OK;
}

static int read_sorted(struct store *s, const struct chunk_table *t, const placed_row by_row[], uint32_t n,
                       uint8_t *chunk, uint8_t *data, uint8_t *present, struct error *e)
{
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes);
    uint8_t in_chunk[sizeof empty_head.bits];
    int64_t number = -1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = placed_row_number(by_row[i]), place = placed_row_place(by_row[i]),
                 at = row % per_chunk;
        if (number != row / per_chunk)
            TRY(chunks_read(s, t, row / per_chunk, chunk, in_chunk, e));
        number = row / per_chunk;
        if (!bits_test(in_chunk, at))
            continue;
        bits_set(present, place);
        memcpy(data + (size_t)place * t->row_bytes, chunk + (size_t)at * t->row_bytes, t->row_bytes);
    }
    return MVL_OK;
}

int chunks_read_rows(struct store *s, const struct chunk_table *t, const uint32_t rows[], uint32_t n,
                     void *data, uint8_t *present, struct error *e)
{
    placed_row *by_row = mem_array(n, sizeof *by_row);
    uint8_t *chunk = mem_array(1u << chunk_shift(t->row_bytes), t->row_bytes);
    int rc = by_row && chunk ? MVL_OK : MVL_NOMEM;
    if (rc == MVL_OK) {
        places_sort(rows, n, by_row);
        rc = read_sorted(s, t, by_row, n, chunk, data, present, e);
    }
    mem_free(by_row);
    mem_free(chunk);
    return rc;
}

/* The capacity that makes a chunk so many bytes, or 0. */
static uint32_t capacity_of_bytes(const struct chunk_table *t, size_t bytes)
{
    uint32_t full = 1u << chunk_shift(t->row_bytes), capacity = capacity_for(t, 1);
    while (capacity < full && chunk_bytes(t, capacity) < bytes)
        capacity = capacity_for(t, capacity + 1);
    return chunk_bytes(t, capacity) == bytes ? capacity : 0;
}

int chunks_fetch_row(struct store *s, const struct chunk_table *t, uint32_t row, void *data, struct error *e)
{
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes), number = row / per_chunk, at = row % per_chunk;
    sqlite3_blob *blob;
    TRY(read_blob(s, t, number, &blob, e));
    uint32_t capacity = blob ? capacity_of_bytes(t, (size_t)sqlite3_blob_bytes(blob)) : 0;
    if (at >= capacity)
        return damaged(t, number, "a row is missing", e);
    return blob_io(s,
                   sqlite3_blob_read(blob, data, (int)t->row_bytes,
                                     (int)(rows_at(capacity) + (size_t)at * t->row_bytes)),
                   e);
}
