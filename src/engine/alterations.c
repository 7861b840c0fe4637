#include "engine/alterations.h"

#include "engine/indexes.h"
#include "engine/lifetime.h"
#include "schema/schema_check.h"
#include "schema/schema_json.h"
#include "storage/catalog.h"

static int store_truncate(struct collection *c, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(entities_clear(c->store, &entities, e));
    TRY(lifetime_forget(c, e));
    for (uint32_t i = 0; i < c->schema->n_fields; i++) {
        if (!field_is_vector(&c->schema->fields[i]))
            continue;
        struct chunk_table t = collection_chunks(c, i);
        TRY(chunks_drop(c->store, &t, e));
        TRY(chunks_create(c->store, &t, e));
        TRY(collection_drop_parts(c, i, e));
    }
    return catalog_set_counters(c->store, c->id, 0, c->next_auto_id, 0, e);
}

int collection_truncate(struct collection *c, struct error *e)
{
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_truncate(c, e), e));
    collection_unload(
        c); /* nothing that is known of rows holds for those that come: they are numbered anew */
    c->next_row = c->n_rows = 0;
    return MVL_OK;
}

/* ---- schemas ---- */

int schema_change_make(struct collection *c, const struct schema *from, struct schema_change *out,
                       struct error *e)
{
    struct writer text = {0};
    struct json *j;
    struct schema *schema;
    schema_to_json(from, &text);
    int rc = text.failed ? MVL_NOMEM
                         : arena_copy(&c->arena, (struct str){(char *)text.p, (uint32_t)text.n}, &out->json);
    writer_fini(&text);
    TRY(rc);
    TRY(json_parse(out->json, &c->arena, &j, "schema", e));
    TRY(schema_from_stored_json(j, &c->arena, &schema, e));
    TRY(schema_check(schema, e));
    out->schema = schema;
    out->fields = arena_zeroed(&c->arena, schema->n_fields, sizeof *out->fields);
    return out->fields ? MVL_OK : MVL_NOMEM;
}

/* The old schema's memory stays until the collection goes: what is loaded may point into it. */
static void take_change(struct collection *c, const struct schema_change *change)
{
    collection_unload(c); /* the next search loads it anew */
    c->schema = change->schema;
    c->fields = change->fields;
    c->altered = change->altered;
}

void schema_change_publish(struct collection *c, const struct schema_change *change)
{
    collection_save(c);
    take_change(c, change);
}

int schema_change_store(struct collection *c, struct schema_change *change, struct error *e)
{
    TRY(catalog_set_schema(c->store, c->id, change->json, e));
    return catalog_set_altered(c->store, c->id, &change->altered, e);
}

/* ---- properties ---- */

static int store_properties(struct collection *c, const struct properties *changed, int64_t *altered,
                            struct error *e)
{
    TRY(catalog_set_properties(c->store, c->id, changed->json, e));
    TRY(lifetime_store(c, changed->ttl_seconds, e));
    return catalog_set_altered(c->store, c->id, altered, e);
}

static int store_dynamic(struct collection *c, struct schema_change *new, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    if (!new->schema->enable_dynamic_field) {
        TRY(collection_drop_indexes_on(c, FILTER_META, e));
        TRY(entities_clear_meta(c->store, &entities, e));
    }
    return schema_change_store(c, new, e);
}

/* new: NULL where the schema stays as it is. */
static int store_altered(struct collection *c, const struct properties *changed, struct schema_change *new,
                         int64_t *altered, struct error *e)
{
    if (new)
        TRY(store_dynamic(c, new, e));
    return store_properties(c, changed, altered, e);
}

int collection_alter(struct collection *c, const struct property_change *change, struct error *e)
{
    struct properties changed;
    struct schema_change new;
    struct schema schema = *c->schema;
    int64_t altered;
    bool is_schema_changed = property_of_dynamic_field(change->set, &schema.enable_dynamic_field) &&
                             schema.enable_dynamic_field != c->schema->enable_dynamic_field;
    if (is_schema_changed)
        TRY(schema_change_make(c, &schema, &new, e));
    TRY(properties_make(c->properties.json, change, &changed, e));
    int rc = store_begin(c->store, e);
    if (rc == MVL_OK)
        rc = store_end(c->store, store_altered(c, &changed, is_schema_changed ? &new : NULL, &altered, e), e);
    if (rc != MVL_OK) {
        properties_fini(&changed);
        return rc;
    }
    bool moves = changed.mmap != c->properties.mmap;
    properties_fini(&c->properties);
    c->properties = changed;
    if (is_schema_changed && !schema.enable_dynamic_field)
        collection_forget_indexes_on(c, FILTER_META);
    if (is_schema_changed)
        schema_change_publish(c, &new);
    c->altered = altered;
    if (moves) { /* the next search loads it anew */
        collection_save(c);
        collection_unload(c);
    }
    return MVL_OK;
}

/* ---- fields ---- */

static int store_added(struct collection *c, struct schema_change *new, struct error *e)
{
    struct entity_table t = {c->id, new->schema};
    TRY(schema_change_store(c, new, e));
    return entities_add_column(c->store, &t, new->schema->n_fields - 1, e);
}

/* SQLite has these names for a row's number, and adds no column that hides it. */
static bool is_name_of_row(struct str name)
{
    return str_eq_nocase(name, STR("rowid")) || str_eq_nocase(name, STR("_rowid_")) ||
           str_eq_nocase(name, STR("oid"));
}

static int check_added(const struct field *f, struct error *e)
{
    struct error_place place = {f->name, -1};
    if (is_name_of_row(f->name))
        return error_set_at(
            e, MVL_FIELD_NAME_INVALID, place,
            "field name of an added field must not be rowid, _rowid_ or oid, got '%.*s': only "
            "a new collection can have it",
            STR_ARGS(f->name));
    if (data_type_is_vector(f->type))
        return error_set_at(e, MVL_PARAM_INVALID, place, "not support to add vector field, field name = %.*s",
                            STR_ARGS(f->name));
    if (f->is_primary || f->auto_id)
        return error_set_at(e, MVL_PARAM_INVALID, place, "not support to add pk field, field name = %.*s",
                            STR_ARGS(f->name));
    if (f->is_partition_key)
        return error_set_at(e, MVL_PARAM_INVALID, place,
                            "not support to add partition key field, field name = %.*s", STR_ARGS(f->name));
    if (!f->nullable && !f->default_value)
        return error_set_at(
            e, MVL_PARAM_INVALID, place,
            "added field must be nullable or have a default value, please check it, field name = "
            "%.*s",
            STR_ARGS(f->name));
    return MVL_OK;
}

int collection_add_field(struct collection *c, const struct json *field, struct arena *a, struct error *e)
{
    struct schema *with;
    struct schema_change new;
    if (c->schema->n_fields >= LIMIT_MAX_FIELDS)
        return error_set(e, MVL_PARAM_TOO_LARGE, "schema must have at most %d fields, got one more",
                         LIMIT_MAX_FIELDS);
    TRY(schema_with_field(c->schema, field, a, &with, e));
    TRY(check_added(&with->fields[with->n_fields - 1], e));
    TRY(schema_change_make(c, with, &new, e));
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_added(c, &new, e), e));
    schema_change_publish(c, &new);
    return MVL_OK;
}

static int check_dropped(const struct collection *c, uint32_t at, struct error *e)
{
    const struct field *f = &c->schema->fields[at];
    struct error_place place = {f->name, -1};
    uint32_t n_vectors = 0;
    for (uint32_t i = 0; i < c->schema->n_fields; i++)
        n_vectors += field_is_searched(&c->schema->fields[i]);
    if (f->is_primary)
        return error_set_at(e, MVL_PARAM_INVALID, place, "cannot drop primary key field: %.*s",
                            STR_ARGS(f->name));
    if (f->is_partition_key)
        return error_set_at(e, MVL_PARAM_INVALID, place, "cannot drop partition key field: %.*s",
                            STR_ARGS(f->name));
    if (field_is_searched(f) && n_vectors == 1)
        return error_set_at(e, MVL_PARAM_INVALID, place, "cannot drop the last vector field: %.*s",
                            STR_ARGS(f->name));
    return MVL_OK;
}

static int find_dropped(const struct collection *c, struct str name, int64_t id, uint32_t *at,
                        struct error *e)
{
    for (*at = 0; *at < c->schema->n_fields; ++*at) {
        const struct field *f = &c->schema->fields[*at];
        if (name.n ? str_eq(f->name, name) : f->id == id)
            return MVL_OK;
    }
    if (name.n)
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                            "field_name must be a field of collection '%.*s': field not found: %.*s",
                            STR_ARGS(c->name), STR_ARGS(name));
    return error_set(e, MVL_PARAM_INVALID,
                     "field_id must be of a field of collection '%.*s': field not found: %lld",
                     STR_ARGS(c->name), (long long)id);
}

static int store_dropped(struct collection *c, uint32_t at, struct schema_change *new, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    TRY(collection_drop_indexes_on(c, at, e));
    if (field_is_vector(&c->schema->fields[at])) {
        struct chunk_table t = collection_chunks(c, at);
        TRY(chunks_drop(c->store, &t, e));
        TRY(collection_drop_parts(c, at, e));
    } else {
        TRY(entities_drop_column(c->store, &entities, at, e));
    }
    TRY(schema_change_store(c, new, e));
    return store_raise_format(c->store, STORE_FORMAT_CHANGES, e);
}

int collection_drop_field(struct collection *c, struct str name, int64_t id, struct arena *a, struct error *e)
{
    uint32_t at;
    struct schema *without;
    struct schema_change new;
    TRY(find_dropped(c, name, id, &at, e));
    TRY(check_dropped(c, at, e));
    TRY(schema_without_field(c->schema, at, a, &without));
    TRY(schema_change_make(c, without, &new, e));
    collection_save(c); /* while there is a place for each index */
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_dropped(c, at, &new, e), e));
    collection_forget_indexes_on(c, at);
    take_change(c, &new);
    return MVL_OK;
}

static int set_count(uint32_t *to, const struct field *f, const struct json *value, struct error *e)
{
    if (value->kind != JSON_INT || value->integer < 1 || value->integer > UINT32_MAX)
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                            "%.*s of field '%.*s' must be an integer, at least 1, got %.*s",
                            STR_ARGS(value->key), STR_ARGS(f->name), STR_ARGS(value->text));
    *to = (uint32_t)value->integer;
    return MVL_OK;
}

static bool is_mmap(struct str key)
{
    return str_eq(key, STR("mmap.enabled")) || str_eq(key, STR("mmap_enabled"));
}

/* The field's parameters with mmap.enabled as given; NULL: without it. */
static int set_mmap(struct field *f, const struct json *value, struct arena *a, struct error *e)
{
    bool stays = false;
    struct writer w = {0};
    struct json *params = NULL;
    struct str text;
    if (value && !property_is_boolean(value, &stays))
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                            "mmap.enabled of field '%.*s' must be true or false, got %.*s", STR_ARGS(f->name),
                            STR_ARGS(value->text));
    json_open(&w, '{');
    for (const struct json *m = f->params ? f->params->first : NULL; m; m = m->next) {
        if (is_mmap(m->key))
            continue;
        json_key(&w, m->key);
        json_put_text(&w, m->text);
    }
    if (value) {
        json_key(&w, STR("mmap.enabled"));
        json_put_bool(&w, stays);
    }
    json_close(&w, '}');
    int rc = w.failed ? MVL_NOMEM : arena_copy(a, (struct str){(char *)w.p, (uint32_t)w.n}, &text);
    writer_fini(&w);
    TRY(rc);
    TRY(json_parse(text, a, &params, "params", e));
    f->params = params;
    return MVL_OK;
}

static int set_param(struct field *f, const struct json *m, struct arena *a, struct error *e)
{
    bool has_length = f->type == DATA_TYPE_VARCHAR || f->element_type == DATA_TYPE_VARCHAR;
    if (str_eq(m->key, STR("max_length")) && has_length)
        return set_count(&f->max_length, f, m, e);
    if (str_eq(m->key, STR("max_capacity")) && f->type == DATA_TYPE_ARRAY)
        return set_count(&f->max_capacity, f, m, e);
    if (is_mmap(m->key))
        return set_mmap(f, m, a, e);
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                        "%.*s does not allow update in collection field param of '%.*s', which is %s",
                        STR_ARGS(m->key), STR_ARGS(f->name), data_type_name(f->type));
}

/* With fields of its own, which may be changed. */
static int schema_copy(const struct schema *from, struct arena *a, struct schema *out)
{
    struct field *fields = arena_array(a, from->n_fields, sizeof *fields);
    if (!fields)
        return MVL_NOMEM;
    memcpy(fields, from->fields, from->n_fields * sizeof *fields);
    *out = *from;
    out->fields = fields;
    return MVL_OK;
}

static int take_schema(struct collection *c, const struct schema *changed, struct error *e)
{
    struct schema_change new;
    TRY(schema_change_make(c, changed, &new, e));
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, schema_change_store(c, &new, e), e));
    schema_change_publish(c, &new);
    return MVL_OK;
}

int collection_alter_field(struct collection *c, struct str name, const struct json *params, struct arena *a,
                           struct error *e)
{
    struct schema changed;
    int at = schema_find(c->schema, name);
    if (at < 0)
        return error_set_at(e, MVL_FIELD_NOT_FOUND, (struct error_place){name, -1},
                            "field_name must be a field of collection '%.*s': field %.*s not exist",
                            STR_ARGS(c->name), STR_ARGS(name));
    TRY(schema_copy(c->schema, a, &changed));
    for (const struct json *m = params->first; m; m = m->next)
        TRY(set_param(&changed.fields[at], m, a, e));
    return take_schema(c, &changed, e);
}

static int check_index_property(const struct index_definition *d, struct str key, struct error *e)
{
    if (is_mmap(key))
        return MVL_OK;
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){d->field, -1},
                        "properties of index '%.*s' must be mmap.enabled, got '%.*s': for other parameters "
                        "drop the index, and create it anew",
                        STR_ARGS(d->name), STR_ARGS(key));
}

int collection_alter_index(struct collection *c, struct str index, const struct property_change *change,
                           struct arena *a, struct error *e)
{
    struct schema changed;
    const struct index_definition *d = collection_find_index(c, index);
    if (!d)
        return error_set(e, MVL_INDEX_NOT_FOUND, "index not found[collection=%.*s][indexName=%.*s]",
                         STR_ARGS(c->name), STR_ARGS(index));
    int at = schema_find(c->schema, d->field);
    if (at < 0)
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){d->field, -1},
                            "properties cannot be set of index '%.*s', which is on a dynamic field",
                            STR_ARGS(d->name));
    TRY(schema_copy(c->schema, a, &changed));
    for (uint32_t i = 0; i < change->n_drop; i++) {
        TRY(check_index_property(d, change->drop[i], e));
        TRY(set_mmap(&changed.fields[at], NULL, a, e));
    }
    for (const struct json *m = change->set ? change->set->first : NULL; m; m = m->next) {
        TRY(check_index_property(d, m->key, e));
        TRY(set_mmap(&changed.fields[at], m, a, e));
    }
    return take_schema(c, &changed, e);
}

/* The field that an index is asked for, or -1: what is wrong then is for others to say. */
static int field_of_request(const struct schema *s, const struct index_request *request)
{
    int found = -1;
    if (request->field.n)
        return schema_find(s, request->field);
    for (uint32_t i = 0; i < s->n_fields; i++) {
        if (!field_is_searched(&s->fields[i]))
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

int schema_of_index_requests(const struct schema *s, const struct index_request requests[], uint32_t n,
                             struct arena *a, const struct schema **out, struct error *e)
{
    struct schema *changed = NULL;
    *out = s;
    for (uint32_t i = 0; i < n; i++) {
        int at = requests[i].mmap ? field_of_request(s, &requests[i]) : -1;
        if (at < 0)
            continue;
        if (!changed) {
            changed = arena_alloc(a, sizeof *changed);
            if (!changed)
                return MVL_NOMEM;
            TRY(schema_copy(s, a, changed));
            *out = changed;
        }
        TRY(set_mmap(&changed->fields[at], requests[i].mmap, a, e));
    }
    return MVL_OK;
}
