#include "storage/parts.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "storage/sql.h"

/* The directory: magic, n_parts, definition, effort; of each part its bytes, slot, checksum; the hash of all that. */
enum {
    MAGIC = 0x31445056, /* "VPD1" */
    DIRECTORY_ROW = 0,
    AT_N_PARTS = 4,
    AT_DEFINITION = 8,
    AT_EFFORT = 16,
    HEADER_BYTES = 24,
    PLACE_BYTES = 16,
    AT_SLOT = 4,
    AT_CHECKSUM = 8,
    HASH_BYTES = 8,
    MOST_PARTS = 1 << 24,
};

static const uint8_t no_bytes[1];

void part_directory_fini(struct part_directory *d)
{
    mem_free(d->places);
    *d = (struct part_directory){0};
}

static int64_t row_of(uint32_t part, uint32_t slot)
{
    return 2 * (int64_t)part + 1 + slot;
}

static uint64_t part_hash(uint32_t part, const uint8_t *bytes, size_t n)
{
    return hash64(bytes, n, (uint64_t)part + 1);
}

static int damaged(const struct part_table *t, struct error *e)
{
    return error_set(e, MVL_DAMAGED, "what is kept of the index of field %u is damaged", t->field);
}

/* ---- writing ---- */

int parts_begin(struct store *s, const struct part_table *t, struct error *e)
{
    TRY(sql_exec(s->db, e,
                 "CREATE TABLE IF NOT EXISTS g%lld_%u (chunk INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                 t->collection, t->field));
    return sql_exec(s->db, e, "DELETE FROM g%lld_%u WHERE chunk = %d", t->collection, t->field,
                    DIRECTORY_ROW);
}

int parts_exist(struct store *s, const struct part_table *t, bool *exist, struct error *e)
{
    int64_t n = 0;
    TRY(sql_integer(s->db, 0, &n, e, "SELECT 1 FROM sqlite_schema WHERE name = 'g%lld_%u'", t->collection,
                    t->field));
    *exist = n != 0;
    return MVL_OK;
}

int parts_drop(struct store *s, const struct part_table *t, struct error *e)
{
    return sql_exec(s->db, e, "DROP TABLE IF EXISTS g%lld_%u", t->collection, t->field);
}

static int put_row(struct store *s, const struct part_table *t, int64_t row, const uint8_t *bytes, size_t n,
                   struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_borrow(s, &statement, e, "INSERT OR REPLACE INTO g%lld_%u VALUES (?, ?)", t->collection,
                   t->field));
    sqlite3_bind_int64(statement, 1, row);
    sqlite3_bind_blob64(statement, 2, n ? bytes : no_bytes, n, SQLITE_STATIC);
    int rc = sql_run(statement, e);
    sql_give_back(s, statement);
    return rc;
}

int parts_write(struct store *s, const struct part_table *t, uint32_t part, const uint8_t *bytes, size_t n,
                struct part_place *place, struct error *e)
{
    assert(n <= UINT32_MAX && part < MOST_PARTS && place->slot < PART_ABSENT);
    place->bytes = (uint32_t)n;
    place->checksum = part_hash(part, bytes, n);
    return put_row(s, t, row_of(part, place->slot), bytes, n, e);
}

static size_t directory_bytes(uint32_t n_parts)
{
    return HEADER_BYTES + (size_t)n_parts * PLACE_BYTES + HASH_BYTES;
}

static void put_directory(const struct part_directory *d, uint8_t *to)
{
    bytes_set_u32(to, MAGIC);
    bytes_set_u32(to + AT_N_PARTS, d->n_parts);
    bytes_set_u64(to + AT_DEFINITION, d->definition);
    bytes_set_u64(to + AT_EFFORT, d->effort);
    uint8_t *at = to + HEADER_BYTES;
    for (uint32_t i = 0; i < d->n_parts; i++, at += PLACE_BYTES) {
        bytes_set_u32(at, d->places[i].bytes);
        bytes_set_u32(at + AT_SLOT, d->places[i].slot);
        bytes_set_u64(at + AT_CHECKSUM, d->places[i].checksum);
    }
    bytes_set_u64(at, hash64(to, (size_t)(at - to), MAGIC));
}

int parts_write_directory(struct store *s, const struct part_table *t, const struct part_directory *d,
                          struct error *e)
{
    size_t n = directory_bytes(d->n_parts);
    uint8_t *bytes = mem_alloc(n);
    if (!bytes)
        return MVL_NOMEM;
    put_directory(d, bytes);
    int rc = put_row(s, t, DIRECTORY_ROW, bytes, n, e);
    mem_free(bytes);
    TRY(rc);
    return sql_exec(s->db, e, "DELETE FROM g%lld_%u WHERE chunk >= %lld", t->collection, t->field,
                    row_of(d->n_parts, 0));
}

/* ---- reading ---- */

/* The blob of a row, borrowed until the statement's next step. A row that is not there has none. */
static int step_to_blob(struct store *s, sqlite3_stmt *statement, const uint8_t **bytes, size_t *n,
                        struct error *e)
{
    bool has_row;
    *bytes = NULL;
    *n = 0;
    TRY(sql_step(statement, &has_row, e));
    if (!has_row)
        return MVL_OK;
    *bytes = sqlite3_column_blob(statement, 0);
    *n = (size_t)sqlite3_column_bytes(statement, 0);
    if (!*bytes && sqlite3_errcode(s->db) == SQLITE_NOMEM)
        return MVL_NOMEM;
    if (!*bytes)
        *bytes = no_bytes;
    return MVL_OK;
}

/* Its header is right, its hash, and there is nothing in it that no directory says. */
static bool directory_is_whole(const uint8_t *bytes, size_t n)
{
    if (n < HEADER_BYTES || bytes_u32(bytes) != MAGIC || bytes_u32(bytes + AT_N_PARTS) > MOST_PARTS ||
        n != directory_bytes(bytes_u32(bytes + AT_N_PARTS)) ||
        bytes_u64(bytes + n - HASH_BYTES) != hash64(bytes, n - HASH_BYTES, MAGIC))
        return false;
    for (const uint8_t *at = bytes + HEADER_BYTES; at < bytes + n - HASH_BYTES; at += PLACE_BYTES)
        if (bytes_u32(at + AT_SLOT) > PART_ABSENT)
            return false;
    return true;
}

static int take_directory(const struct part_table *t, const uint8_t *bytes, size_t n,
                          struct part_directory *out, struct error *e)
{
    if (!directory_is_whole(bytes, n))
        return damaged(t, e);
    struct part_directory d = {
        .definition = bytes_u64(bytes + AT_DEFINITION),
        .effort = bytes_u64(bytes + AT_EFFORT),
        .n_parts = bytes_u32(bytes + AT_N_PARTS),
    };
    d.places = mem_array(d.n_parts, sizeof *d.places);
    if (!d.places)
        return MVL_NOMEM;
    const uint8_t *at = bytes + HEADER_BYTES;
    for (uint32_t i = 0; i < d.n_parts; i++, at += PLACE_BYTES)
        d.places[i] = (struct part_place){
            .bytes = bytes_u32(at), .slot = bytes_u32(at + AT_SLOT), .checksum = bytes_u64(at + AT_CHECKSUM)};
    *out = d;
    return MVL_OK;
}

int parts_read_directory(struct store *s, const struct part_table *t, struct part_directory *out,
                         struct error *e)
{
    int64_t exists;
    sqlite3_stmt *statement;
    const uint8_t *bytes;
    size_t n;
    *out = (struct part_directory){0};
    TRY(sql_integer(s->db, 0, &exists, e, "SELECT 1 FROM sqlite_schema WHERE name = 'g%lld_%u'",
                    t->collection, t->field));
    if (!exists)
        return MVL_OK;
    TRY(sql_prepare(s->db, &statement, e, "SELECT data FROM g%lld_%u WHERE chunk = %d", t->collection,
                    t->field, DIRECTORY_ROW));
    int rc = step_to_blob(s, statement, &bytes, &n, e);
    if (rc == MVL_OK && bytes)
        rc = take_directory(t, bytes, n, out, e);
    sqlite3_finalize(statement);
    return rc;
}

static int read_part(struct store *s, const struct part_table *t, const struct part_directory *d,
                     uint32_t part, sqlite3_stmt *statement, part_fn *fn, void *context, struct error *e)
{
    const struct part_place *place = &d->places[part];
    const uint8_t *bytes;
    size_t n;
    sqlite3_bind_int64(statement, 1, row_of(part, place->slot));
    TRY(step_to_blob(s, statement, &bytes, &n, e));
    if (!bytes || n != place->bytes || part_hash(part, bytes, n) != place->checksum)
        return damaged(t, e);
    TRY(fn(context, part, bytes, n));
    sqlite3_reset(statement);
    return MVL_OK;
}

int parts_read(struct store *s, const struct part_table *t, const struct part_directory *d, part_fn *fn,
               void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e, "SELECT data FROM g%lld_%u WHERE chunk = ?1", t->collection,
                    t->field));
    int rc = MVL_OK;
    for (uint32_t part = 0; part < d->n_parts && rc == MVL_OK; part++)
        if (d->places[part].slot != PART_ABSENT)
            rc = read_part(s, t, d, part, statement, fn, context, e);
    sqlite3_finalize(statement);
    return rc;
}
