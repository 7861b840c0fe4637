#include "engine/collection.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/columns.h"
#include "engine/group.h"
#include "engine/indexes.h"
#include "engine/keys.h"
#include "engine/lifetime.h"
#include "engine/merge.h"
#include "engine/partitions.h"
#include "engine/sparse_field.h"
#include "index/index.h"
#include "schema/coerce.h"
#include "schema/schema_check.h"
#include "schema/schema_json.h"
#include "storage/catalog.h"
#include "table/vectors.h"

enum {
    MAX_ROWS = INT32_MAX - 1,
    CHUNK_EFFORT = 200, /* of reading a chunk of vectors */
    EXPIRY_EFFORT = 1000,
};

#define FOR_EACH_VECTOR_FIELD(i, c)                                                                          \
    for (uint32_t i = 0; i < (c)->schema->n_fields; i++)                                                     \
        if (field_is_vector(&(c)->schema->fields[i]))

struct chunk_table collection_chunks(const struct collection *c, uint32_t field)
{
    const struct field *f = &c->schema->fields[field];
    return (struct chunk_table){c->id, f->id, vector_row_bytes(vector_format_of(f), f->dim), f->name};
}

struct entity_table collection_entities(const struct collection *c)
{
    return (struct entity_table){c->id, c->schema};
}

static int read_schema(struct collection *c, struct str text, struct error *e)
{
    struct str copy;
    struct json *j;
    struct schema *schema;
    TRY(arena_copy(&c->arena, text, &copy));
    TRY(json_parse(copy, &c->arena, &j, "stored schema", e));
    TRY(schema_from_stored_json(j, &c->arena, &schema, e));
    TRY(schema_check(schema, e)); /* the file may be damaged */
    c->schema = schema;
    c->fields = arena_zeroed(&c->arena, schema->n_fields, sizeof *c->fields);
    return c->fields ? MVL_OK : MVL_NOMEM;
}

static int read_properties(struct collection *c, struct str text, struct error *e)
{
    const struct property_change none = {0};
    return properties_make(text, &none, &c->properties, e);
}

static bool counters_fit(const struct catalog_collection *c)
{
    return (c->state == LOAD_STATE_NotLoad || c->state == LOAD_STATE_Loaded) && c->next_row >= 0 &&
           c->next_row <= MAX_ROWS && c->n_rows >= 0 && c->n_rows <= c->next_row && c->next_auto_id >= 1;
}

int collection_create(struct collection **out, struct store *store, const struct catalog_collection *from,
                      struct error *e)
{
    if (!counters_fit(from))
        return error_set(e, MVL_DAMAGED, "the counters of collection '%.*s' are damaged",
                         STR_ARGS(from->name));
    struct collection *c = mem_alloc(sizeof *c);
    if (!c)
        return MVL_NOMEM;
    *c = (struct collection){
        .id = from->id,
        .database = from->database,
        .state = (enum load_state)from->state,
        .n_rows = from->n_rows,
        .created = from->created,
        .altered = from->altered,
        .store = store,
        .next_row = from->next_row,
        .next_auto_id = from->next_auto_id,
    };
    int rc = read_schema(c, from->schema_json, e);
    if (rc != MVL_OK && rc != MVL_NOMEM)
        rc = error_set(e, MVL_DAMAGED, "the schema of collection '%.*s' is damaged", STR_ARGS(from->name));
    if (rc == MVL_OK) {
        rc = read_properties(c, from->properties_json, e);
        if (rc != MVL_OK && rc != MVL_NOMEM)
            rc = error_set(e, MVL_DAMAGED, "the properties of collection '%.*s' are damaged",
                           STR_ARGS(from->name));
    }
    if (rc == MVL_OK)
        rc = collection_set_name(c, from->name);
    if (rc != MVL_OK) {
        collection_destroy(c);
        return rc;
    }
    *out = c;
    return MVL_OK;
}

int collection_set_name(struct collection *c, struct str name)
{
    struct arena fresh = {0};
    struct str copy;
    int rc = arena_copy(&fresh, name, &copy);
    if (rc != MVL_OK) {
        arena_fini(&fresh);
        return rc;
    }
    arena_fini(&c->name_arena);
    c->name_arena = fresh;
    c->name = copy;
    return MVL_OK;
}

void collection_destroy(struct collection *c)
{
    if (!c)
        return;
    collection_unload(c);
    for (uint32_t i = 0; i < c->n_indexes; i++)
        index_definition_destroy(c->indexes[i]);
    mem_free(c->indexes);
    partitions_fini(&c->partitions);
    for (uint32_t i = 0; i < c->n_aliases; i++)
        arena_fini(&c->aliases[i].arena);
    mem_free(c->aliases);
    properties_fini(&c->properties);
    arena_fini(&c->name_arena);
    arena_fini(&c->arena);
    mem_free(c);
}

/* ---- memory ---- */

void collection_drop_caches(struct collection *c)
{
    groups_destroy(c->groups);
    c->groups = NULL;
    columns_destroy(c->columns);
    c->columns = NULL;
    partitions_forget_rows(&c->partitions);
}

static void destroy_index(struct loaded_field *f)
{
    index_file_fini(&f->saved);
    if (f->index)
        f->ops->destroy(f->index);
    f->index = NULL;
}

void collection_unload(struct collection *c)
{
    collection_drop_caches(c);
    keys_fini(&c->keys);
    for (uint32_t i = 0; c->fields && i < c->schema->n_fields; i++) {
        struct loaded_field *f = &c->fields[i];
        destroy_index(f);
        vectors_destroy(f->vectors);
        *f = (struct loaded_field){0};
    }
    c->is_loaded = false;
}

static struct part_table part_table_of(const struct collection *c, uint32_t field)
{
    return (struct part_table){c->id, c->schema->fields[field].id};
}

static int create_index(struct collection *c, uint32_t field)
{
    struct loaded_field *loaded = &c->fields[field];
    struct served_index served = collection_served_index(c, &c->schema->fields[field]);
    loaded->ops = served.ops;
    TRY(served.ops->create(&loaded->index, loaded->vectors, served.metric, &served.settings));
    loaded->saved = index_file_of(c->store, part_table_of(c, field), collection_index_hash(c, field),
                                  loaded->ops, loaded->index);
    return MVL_OK;
}

/* With what the file has of it. */
static int load_index(struct collection *c, uint32_t field)
{
    struct loaded_field *loaded = &c->fields[field];
    TRY(create_index(c, field));
    int rc = index_file_read(&loaded->saved);
    if (rc != MVL_DAMAGED)
        return rc;
    destroy_index(loaded);
    return create_index(c, field);
}

/* A field's own parameter, mmap_enabled or mmap.enabled, comes before the collection's property. */
static bool field_stays_on_disk(const struct collection *c, uint32_t field)
{
    const struct json *params = c->schema->fields[field].params, *own = json_get(params, STR("mmap_enabled"));
    bool stays;
    own = own ? own : json_get(params, STR("mmap.enabled"));
    return own && property_is_boolean(own, &stays) ? stays : c->properties.mmap;
}

static int load_field(struct collection *c, uint32_t field, struct error *e)
{
    struct loaded_field *loaded = &c->fields[field];
    loaded->file = (struct vector_file){.store = c->store, .table = collection_chunks(c, field)};
    struct vectors_budget *budget = field_stays_on_disk(c, field) ? &c->nothing : c->budget;
    TRY(vector_file_load(&loaded->file, &c->schema->fields[field], (uint32_t)c->next_row, budget,
                         &loaded->vectors, e));
    return load_index(c, field);
}

int collection_load(struct collection *c, struct error *e)
{
    if (c->is_loaded)
        return MVL_OK;
    FOR_EACH_VECTOR_FIELD (i, c) {
        int rc = load_field(c, i, e);
        if (rc != MVL_OK) {
            collection_unload(c);
            return rc;
        }
    }
    c->is_loaded = true;
    return MVL_OK;
}

void collection_renew_index(struct collection *c, struct str field)
{
    int i = schema_find(c->schema, field);
    if (!c->is_loaded || i < 0 || !field_is_vector(&c->schema->fields[i]))
        return;
    struct loaded_field *loaded = &c->fields[i];
    destroy_index(loaded);
    if (create_index(c, (uint32_t)i) != MVL_OK)
        collection_unload(c); /* the next search tries again */
}

uint32_t collection_pending(const struct collection *c, struct str field)
{
    int i = c->is_loaded ? schema_find(c->schema, field) : -1;
    const struct loaded_field *f = i < 0 ? NULL : &c->fields[i];
    return f && f->ops && f->ops->pending ? f->ops->pending(f->index) : 0;
}

static uint64_t work_of(const struct loaded_field *f)
{
    return f->ops->work ? f->ops->work(f->index) : 0;
}

static uint64_t saving_of(const struct loaded_field *f)
{
    return index_file_work(&f->saved, work_of(f) > 0);
}

uint64_t collection_work(const struct collection *c)
{
    uint64_t work = keys_work(c) + sparse_field_work(c) + (lifetime_is_over(c) ? EXPIRY_EFFORT : 0);
    if (c->is_loaded)
        FOR_EACH_VECTOR_FIELD (i, c)
            work += work_of(&c->fields[i]) + saving_of(&c->fields[i]) +
                    (uint64_t)vectors_n_to_bring(c->fields[i].vectors) * CHUNK_EFFORT;
    return work;
}

int collection_read_error(const struct collection *c, uint32_t field, int rc, struct error *e)
{
    return vector_file_error(&c->fields[field].file, rc, e);
}

/* First searches are quick when the indexes come first: vectors are read as they are needed meanwhile. */
int collection_maintain(struct collection *c, uint32_t effort, struct error *e)
{
    if (lifetime_is_over(c))
        return lifetime_expire(c, e);
    if (!c->is_loaded)
        return MVL_OK;
    if (keys_work(c))
        return keys_read(c, effort, e);
    if (sparse_field_work(c))
        return sparse_field_maintain(c, effort, e);
    FOR_EACH_VECTOR_FIELD (i, c) {
        struct loaded_field *f = &c->fields[i];
        uint64_t work = work_of(f);
        if (saving_of(f))
            return index_file_save(&f->saved, effort, e);
        if (work) {
            index_file_spent(&f->saved, effort < work ? effort : work);
            return collection_read_error(c, i, f->ops->maintain(f->index, effort), e);
        }
    }
    FOR_EACH_VECTOR_FIELD (i, c) {
        const struct vectors *v = c->fields[i].vectors;
        for (; effort && vectors_n_to_bring(v); effort -= effort < CHUNK_EFFORT ? effort : CHUNK_EFFORT)
            TRY(collection_read_error(c, i, vectors_bring_next(v), e));
    }
    return MVL_OK;
}

uint64_t collection_index_bytes(const struct collection *c)
{
    uint64_t bytes = columns_bytes(c) + partitions_bytes(c) + sparse_field_bytes(c);
    if (c->is_loaded)
        FOR_EACH_VECTOR_FIELD (i, c)
            bytes += c->fields[i].ops->bytes(c->fields[i].index);
    return bytes;
}

void collection_give_back(struct collection *c)
{
    if (c->is_loaded)
        FOR_EACH_VECTOR_FIELD (i, c)
            vectors_give_back(c->fields[i].vectors);
}

void collection_save(struct collection *c)
{
    struct error ignored = ERROR_NONE;
    if (c->is_loaded)
        FOR_EACH_VECTOR_FIELD (i, c)
            (void)!index_file_save_all(&c->fields[i].saved, &ignored);
}

int collection_drop_parts(struct collection *c, uint32_t field, struct error *e)
{
    struct part_table t = part_table_of(c, field);
    return parts_drop(c->store, &t, e);
}

int collection_set_state(struct collection *c, enum load_state state, struct error *e)
{
    TRY(partitions_set_all(c, state, e));
    if (state != LOAD_STATE_Loaded) {
        collection_save(c);
        collection_unload(c);
    }
    return MVL_OK;
}

int collection_check_loaded(const struct collection *c, struct error *e)
{
    if (c->state == LOAD_STATE_Loaded)
        return MVL_OK;
    return error_set(e, MVL_COLLECTION_NOT_LOADED,
                     "collection not loaded[collection=%.*s]: call load_collection first", STR_ARGS(c->name));
}

/* ---- writing ---- */

/* A batch on its way: everything that publishing needs is made before the transaction begins. */
struct write {
    struct rows rows;
    uint32_t first;             /* the batch's first row */
    uint32_t *replaced;         /* [n]; rows that went, some of this batch perhaps */
    uint32_t n_replaced, n_old; /* n_old: those that were there before, now at the front, ascending */
    uint8_t **present; /* [n_fields] for vector fields: bit i: row first + i is alive and has a vector */
    int64_t next_auto_id;
};

static int fill_auto_ids(struct collection *c, struct write *w, struct arena *a, struct error *e)
{
    const struct field *primary = schema_primary(c->schema);
    struct column *keys = &w->rows.fields[c->schema->primary];
    uint32_t n = w->rows.n;
    if (w->next_auto_id > INT64_MAX - n)
        return error_set(e, MVL_PARAM_TOO_LARGE,
                         "field '%.*s' has no keys left for auto_id: the last one is %" PRId64,
                         STR_ARGS(primary->name), w->next_auto_id - 1);
    keys->kind = primary->type == DATA_TYPE_VARCHAR ? KIND_STR : KIND_I64;
    int64_t *ids = arena_array(a, n, sizeof *ids);
    if (!ids)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        ids[i] = w->next_auto_id + i;
    w->next_auto_id += n;
    keys->data = ids;
    if (keys->kind == KIND_I64)
        return MVL_OK;
    enum { DIGITS = 20 };
    char *text = arena_array(a, n, DIGITS);
    uint32_t *offsets = arena_array(a, (size_t)n + 1, sizeof *offsets);
    if (!text || !offsets)
        return MVL_NOMEM;
    offsets[0] = 0;
    for (uint32_t i = 0; i < n; i++)
        offsets[i + 1] = offsets[i] + (uint32_t)snprintf(text + offsets[i], DIGITS, "%" PRId64, ids[i]);
    keys->offsets = offsets;
    keys->data = text;
    return MVL_OK;
}

/* The number that the counter would have to reach to make this key; 0 for one that it never makes. */
static int64_t counter_of_key(const struct column *keys, uint32_t i)
{
    if (keys->kind == KIND_I64)
        return ((const int64_t *)keys->data)[i];
    struct str text = column_text(keys, i);
    int64_t number;
    if (text.n == 0 || text.p[0] == '0' || !json_text_to_integer(text, &number))
        return 0;
    return number;
}

/* Keys that a user gave never come again from the counter. */
static void pass_given_ids(const struct collection *c, struct write *w)
{
    const struct column *keys = &w->rows.fields[c->schema->primary];
    if (!schema_primary(c->schema)->auto_id)
        return;
    for (uint32_t i = 0; i < w->rows.n; i++) {
        int64_t id = counter_of_key(keys, i);
        if (id >= w->next_auto_id && id < INT64_MAX)
            w->next_auto_id = id + 1;
    }
}

/* Which rows of the batch have a vector in the field, and their vectors in memory when it is loaded and has room, not yet
 * shown. */
static int stage_vectors(struct collection *c, struct write *w, uint32_t field, struct arena *a)
{
    uint32_t n = w->rows.n;
    const struct column *vectors = &w->rows.fields[field];
    uint8_t *present = arena_alloc(a, (size_t)n / 8 + 1);
    if (!present)
        return MVL_NOMEM;
    memset(present, 0xff, (size_t)n / 8 + 1);
    for (uint32_t row = 0; vectors->valid && row < n; row++)
        if (!bits_test(vectors->valid, row))
            bits_clear(present, row);
    w->present[field] = present;
    if (!c->is_loaded)
        return MVL_OK;
    struct vectors *v = c->fields[field].vectors;
    TRY(vectors_reserve(v, w->first + n));
    vectors_fill(v, w->first, n, vectors->data);
    return MVL_OK;
}

static bool has_keys(const struct collection *c, const struct batch *in)
{
    const struct column *keys = batch_find(in, schema_primary(c->schema)->name);
    for (uint32_t row = 0; keys && row < in->n_rows; row++)
        if (column_is_given(keys, row))
            return true;
    return false;
}

static int coerce(struct collection *c, const struct batch *in, enum write_kind kind, struct arena *a,
                  struct rows *out, struct error *e)
{
    const struct kept_rows *kept;
    bool keys_given = kind == WRITE_UPSERT || (c->properties.allow_insert_auto_id && has_keys(c, in));
    if (kind != WRITE_PARTIAL_UPDATE)
        return coerce_rows(c->schema, in, keys_given, a, out, e);
    TRY(merge_kept_rows(c, in, a, &kept, e));
    return coerce_rows_onto(c->schema, in, kept, a, out, e);
}

int collection_prepare(struct collection *c, const struct batch *in, enum write_kind kind, struct arena *a,
                       struct write **out, struct error *e)
{
    struct write *w = arena_zeroed(a, 1, sizeof *w);
    if (!w)
        return MVL_NOMEM;
    TRY(coerce(c, in, kind, a, &w->rows, e));
    uint32_t n = w->rows.n;
    if (n > MAX_ROWS - c->next_row)
        return error_set(e, MVL_PARAM_TOO_LARGE, "collection '%.*s' has no room for %u more rows",
                         STR_ARGS(c->name), n);
    w->first = (uint32_t)c->next_row;
    w->next_auto_id = c->next_auto_id;
    if (w->rows.needs_ids)
        TRY(fill_auto_ids(c, w, a, e));
    else
        pass_given_ids(c, w);
    TRY(partitions_place(c, STR_NONE, a, &w->rows, e));
    w->replaced = arena_array(a, n, sizeof *w->replaced);
    w->present = arena_zeroed(a, c->schema->n_fields, sizeof *w->present);
    if (!w->replaced || !w->present)
        return MVL_NOMEM;
    FOR_EACH_VECTOR_FIELD (i, c)
        TRY(stage_vectors(c, w, i, a));
    *out = w;
    return MVL_OK;
}

int write_set_partition(struct collection *c, struct write *w, struct str name, struct arena *a,
                        struct error *e)
{
    return partitions_place(c, name, a, &w->rows, e);
}

const struct column *write_ids(const struct collection *c, const struct write *w)
{
    return &w->rows.fields[c->schema->primary];
}

static int compare_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Rows of this batch that a later one of it replaced are never written as vectors. */
static void sort_replaced(struct collection *c, struct write *w)
{
    qsort(w->replaced, w->n_replaced, sizeof *w->replaced, compare_rows);
    w->n_old = 0;
    while (w->n_old < w->n_replaced && w->replaced[w->n_old] < w->first)
        w->n_old++;
    for (uint32_t i = w->n_old; i < w->n_replaced; i++)
        FOR_EACH_VECTOR_FIELD (field, c)
            bits_clear(w->present[field], w->replaced[i] - w->first);
}

static int store_write(struct collection *c, struct write *w, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(lifetime_note(c, e));
    TRY(entities_append(c->store, &entities, &w->rows, w->first, w->replaced, &w->n_replaced, e));
    sort_replaced(c, w);
    FOR_EACH_VECTOR_FIELD (i, c) {
        struct chunk_table t = collection_chunks(c, i);
        TRY(chunks_remove(c->store, &t, w->replaced, w->n_old, e));
        TRY(chunks_append(c->store, &t, w->first, w->rows.fields[i].data, w->present[i], w->rows.n, e));
    }
    return catalog_set_counters(c->store, c->id, (int64_t)w->first + w->rows.n, w->next_auto_id,
                                c->n_rows + w->rows.n - w->n_replaced, e);
}

static void publish_write(struct collection *c, const struct write *w)
{
    c->next_row = (int64_t)w->first + w->rows.n;
    c->next_auto_id = w->next_auto_id;
    c->n_rows += (int64_t)w->rows.n - w->n_replaced;
    collection_rows_gone(c, w->replaced, w->n_old);
    if (c->is_loaded)
        FOR_EACH_VECTOR_FIELD (i, c)
            vectors_publish(c->fields[i].vectors, w->first, w->rows.n, w->present[i]);
}

void collection_rows_gone(struct collection *c, const uint32_t rows[], uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        columns_forget(c, rows[k]);
        sparse_field_forget(c, rows[k]);
    }
    if (!c->is_loaded)
        return;
    FOR_EACH_VECTOR_FIELD (i, c) {
        for (uint32_t k = 0; k < n; k++)
            vectors_remove(c->fields[i].vectors, rows[k]);
        index_file_retry(&c->fields[i].saved);
    }
}

int collection_commit(struct collection *c, struct write *w, struct error *e)
{
    if (w->rows.n == 0)
        return MVL_OK;
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_write(c, w, e), e));
    publish_write(c, w);
    return MVL_OK;
}
