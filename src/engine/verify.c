#include "engine/verify.h"

#include <stdio.h>

#include "base/bitmap.h"
#include "base/mem.h"
#include "engine/db_state.h"

/* Who is told, and of which collection. */
struct verification {
    const struct collection *collection;
    damage_fn *tell;
    void *context;
};

static void tell(const struct verification *v, const char *what)
{
    char text[sizeof(struct error) + LIMIT_MAX_NAME_BYTES + 32];
    int n = snprintf(text, sizeof text, "collection '%.*s': %s", STR_ARGS(v->collection->name), what);
    v->tell(v->context, (struct str){text, n < (int)sizeof text ? (uint32_t)n : (uint32_t)sizeof text - 1});
}

/* What damage says is told, and is no error then. */
static int told(const struct verification *v, int rc, const struct error *e)
{
    if (rc != MVL_DAMAGED)
        return rc;
    tell(v, e->reason);
    return MVL_OK;
}

struct chunk_reading {
    const struct verification *v;
    struct chunk_table table;
    uint8_t *rows; /* borrowed: room for a chunk's */
    int64_t n_present;
};

static int read_chunk(void *context, uint32_t chunk, const uint8_t *present, struct error *e)
{
    struct chunk_reading *r = context;
    uint8_t bits[CHUNK_MOST_ROWS / 8];
    struct error damage = ERROR_NONE;
    for (uint32_t i = 0; i < 1u << chunk_shift(r->table.row_bytes); i++)
        r->n_present += bits_test(present, i);
    int rc = told(r->v, chunks_read(r->v->collection->store, &r->table, chunk, r->rows, bits, &damage),
                  &damage);
    if (rc != MVL_OK)
        *e = damage;
    return rc;
}

static int verify_vectors(const struct verification *v, uint32_t field, struct error *e)
{
    const struct collection *c = v->collection;
    const struct field *f = &c->schema->fields[field];
    struct chunk_reading r = {.v = v, .table = collection_chunks(c, field)};
    r.rows = mem_array((size_t)1 << chunk_shift(r.table.row_bytes), r.table.row_bytes);
    if (!r.rows)
        return MVL_NOMEM;
    int rc = chunks_list(c->store, &r.table, read_chunk, &r, e);
    mem_free(r.rows);
    TRY(told(v, rc, e));
    if (rc == MVL_OK && (f->nullable ? r.n_present > c->n_rows : r.n_present != c->n_rows)) {
        char text[LIMIT_MAX_NAME_BYTES + 100];
        snprintf(text, sizeof text, "field '%.*s' has %lld vectors for %lld rows", STR_ARGS(f->name),
                 (long long)r.n_present, (long long)c->n_rows);
        tell(v, text);
    }
    return MVL_OK;
}

static int pass_over(void *context, uint32_t part, const uint8_t *bytes, size_t n)
{
    (void)context, (void)part, (void)bytes, (void)n;
    return MVL_OK;
}

static int verify_index(const struct verification *v, uint32_t field, struct error *e)
{
    const struct collection *c = v->collection;
    const struct part_table t = {c->id, c->schema->fields[field].id};
    struct part_directory d = {0};
    bool exist;
    TRY(parts_exist(c->store, &t, &exist, e));
    if (!exist)
        return MVL_OK;
    int rc = parts_read_directory(c->store, &t, &d, e);
    if (rc == MVL_OK)
        rc = parts_read(c->store, &t, &d, pass_over, NULL, e);
    part_directory_fini(&d);
    return told(v, rc, e);
}

static int verify_collection(const struct verification *v, struct error *e)
{
    const struct collection *c = v->collection;
    int64_t n_entities;
    TRY(integrity_count(c->store, c->id, &n_entities, e));
    if (n_entities != c->n_rows) {
        char text[100];
        snprintf(text, sizeof text, "it has %lld entities and counts %lld", (long long)n_entities,
                 (long long)c->n_rows);
        tell(v, text);
    }
    for (uint32_t i = 0; i < c->schema->n_fields; i++) {
        if (!field_is_vector(&c->schema->fields[i]))
            continue;
        TRY(verify_vectors(v, i, e));
        TRY(verify_index(v, i, e));
    }
    return MVL_OK;
}

int db_verify(const struct db *db, damage_fn *tell_caller, void *context, struct error *e)
{
    TRY(integrity_check(db->store, tell_caller, context, e));
    for (uint32_t i = 0; i < db->n_collections; i++) {
        struct verification v = {db->collections[i], tell_caller, context};
        TRY(told(&v, verify_collection(&v, e), e)); /* a page that cannot be read ends this one alone */
    }
    return MVL_OK;
}

uint32_t db_n_collections(const struct db *db)
{
    return db->n_collections;
}

int db_compact(struct db *db, struct error *e)
{
    return integrity_compact(db_store(db), e);
}
