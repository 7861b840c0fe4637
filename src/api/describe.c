#include "api/describe.h"

#include "schema/schema_json.h"

static void put_int(struct writer *w, struct str key, int64_t value)
{
    json_key(w, key);
    json_put_int(w, value);
}

static void put_str(struct writer *w, struct str key, struct str value)
{
    json_key(w, key);
    json_put_str(w, value);
}

static void put_bool(struct writer *w, struct str key, bool value)
{
    json_key(w, key);
    json_put_bool(w, value);
}

static void put_true(struct writer *w, struct str key, bool value)
{
    if (value)
        put_bool(w, key, true);
}

static void put_empty(struct writer *w, struct str key, struct str value)
{
    json_key(w, key);
    json_put_text(w, value);
}

/* Milvus' hybrid time: milliseconds, and 18 bits of a counter, 0 here. As a real number: exact, and JavaScript's. */
static void put_time(struct writer *w, struct str key, int64_t milliseconds)
{
    json_key(w, key);
    json_put_real(w, (double)milliseconds * (1 << 18));
}

static void put_field(struct writer *w, const struct field *f)
{
    json_open(w, '{');
    put_int(w, STR("field_id"), f->id);
    put_str(w, STR("name"), f->name);
    put_str(w, STR("description"), f->description);
    put_int(w, STR("type"), f->type);
    json_key(w, STR("params"));
    field_params_to_json(f, w);
    if (f->element_type)
        put_int(w, STR("element_type"), f->element_type);
    put_true(w, STR("is_primary"), f->is_primary);
    put_true(w, STR("auto_id"), f->auto_id);
    put_true(w, STR("nullable"), f->nullable);
    put_true(w, STR("is_partition_key"), f->is_partition_key);
    if (f->default_value) {
        json_key(w, STR("default_value"));
        json_put_text(w, f->default_value->text);
    }
    json_close(w, '}');
}

void describe_collection(const struct collection *c, struct writer *w)
{
    const struct schema *s = c->schema;
    json_open(w, '{');
    put_str(w, STR("collection_name"), c->name);
    put_bool(w, STR("auto_id"), schema_primary(s)->auto_id);
    put_int(w, STR("num_shards"), 1);
    put_str(w, STR("description"), s->description);
    json_key(w, STR("fields"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->n_fields; i++)
        put_field(w, &s->fields[i]);
    json_close(w, ']');
    put_empty(w, STR("functions"), STR("[]"));
    json_key(w, STR("aliases"));
    json_open(w, '[');
    for (uint32_t i = 0; i < c->n_aliases; i++)
        json_put_str(w, c->aliases[i].name);
    json_close(w, ']');
    put_int(w, STR("collection_id"), c->id);
    put_time(w, STR("created_timestamp"), c->created);
    put_time(w, STR("update_timestamp"), c->altered);
    put_int(w, STR("consistency_level"), 0);
    put_str(w, STR("consistency_level_name"), STR("Strong"));
    json_key(w, STR("properties"));
    json_put_text(w, c->properties.json.n ? c->properties.json : STR("{}"));
    put_int(w, STR("num_partitions"), c->partitions.n);
    put_bool(w, STR("enable_dynamic_field"), s->enable_dynamic_field);
    json_close(w, '}');
}

/* A server sends parameters as text. */
static void put_params(struct writer *w, struct str params_json)
{
    struct arena a = {0};
    struct json *params;
    struct error e;
    if (json_parse(params_json, &a, &params, "index params", &e) != MVL_OK)
        w->failed = true; /* they are ours and valid: only memory can be missing */
    else
        for (const struct json *m = params->first; m; m = m->next)
            put_str(w, m->key, m->kind == JSON_STRING ? m->string : m->text);
    arena_fini(&a);
}

/* The one property of an index, which is its field's. */
static void put_mmap(struct writer *w, const struct schema *s, struct str field)
{
    int at = schema_find(s, field);
    const struct json *params = at < 0 ? NULL : s->fields[at].params;
    const struct json *own = json_get(params, STR("mmap_enabled"));
    own = own ? own : json_get(params, STR("mmap.enabled"));
    if (own)
        put_str(w, STR("mmap.enabled"), own->kind == JSON_STRING ? own->string : own->text);
}

void describe_index(const struct collection *c, const struct index_definition *d, struct writer *w)
{
    json_open(w, '{');
    put_params(w, d->params_json);
    put_mmap(w, c->schema, d->field);
    put_str(w, STR("index_type"), str_of(d->type));
    if (!d->is_scalar)
        put_str(w, STR("metric_type"), str_of(metric_name(d->metric)));
    put_str(w, STR("field_name"), d->field);
    put_str(w, STR("index_name"), d->name);
    int64_t pending = d->is_scalar ? 0 : collection_pending(c, d->field), count = collection_count(c);
    pending = pending < count ? pending : count;
    put_int(w, STR("total_rows"), count);
    put_int(w, STR("indexed_rows"), count - pending);
    put_int(w, STR("pending_index_rows"), pending);
    put_str(w, STR("state"), pending ? STR("InProgress") : STR("Finished"));
    const char *served_by = index_definition_served_by(c->schema, d, c->n_rows);
    if (served_by)
        put_str(w, STR("served_by"), str_of(served_by));
    json_close(w, '}');
}
