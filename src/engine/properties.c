#include "engine/properties.h"

static const struct str dynamic_key = {"dynamicfield.enabled", 20};

/* Where the value of a property that is true or false is kept; NULL for other properties. */
static bool *flag_of(struct properties *p, struct str key)
{
    if (str_eq(key, STR("mmap.enabled")))
        return &p->mmap;
    if (str_eq(key, dynamic_key))
        return &p->dynamic_field;
    return str_eq(key, STR("allow_insert_auto_id")) ? &p->allow_insert_auto_id : NULL;
}

bool property_is_boolean(const struct json *value, bool *out)
{
    bool is_text = value->kind == JSON_STRING;
    *out = value->kind == JSON_BOOL ? value->boolean : is_text && str_eq_nocase(value->string, STR("true"));
    return *out || value->kind == JSON_BOOL || (is_text && str_eq_nocase(value->string, STR("false")));
}

bool property_of_dynamic_field(const struct json *properties, bool *out)
{
    const struct json *value = json_get(properties, dynamic_key);
    return value && property_is_boolean(value, out);
}

static const struct str ttl_key = {"collection.ttl.seconds", 22};
static const int64_t most_ttl_seconds = INT64_C(3155760000); /* Milvus' limit: a hundred years */

static bool is_ttl(const struct json *value, int64_t *out)
{
    return json_to_integer(value, out) && *out >= -1 && *out <= most_ttl_seconds;
}

static int check(struct properties *p, const struct json *property, struct error *e)
{
    bool ignored;
    int64_t seconds;
    if (property->kind == JSON_NULL || property->kind == JSON_ARRAY || property->kind == JSON_OBJECT)
        return error_set(e, MVL_PARAM_INVALID,
                         "properties must be texts, numbers or booleans, got %s for '%.*s'",
                         json_kind_name(property->kind), STR_ARGS(property->key));
    if (flag_of(p, property->key) && !property_is_boolean(property, &ignored))
        return error_set(e, MVL_PARAM_INVALID, "properties: '%.*s' must be true or false, got %.*s",
                         STR_ARGS(property->key), STR_ARGS(property->text));
    if (str_eq(property->key, ttl_key) && !is_ttl(property, &seconds))
        return error_set(e, MVL_PARAM_INVALID, "properties: '%.*s' must be an integer, -1..%lld, got %.*s",
                         STR_ARGS(ttl_key), (long long)most_ttl_seconds, STR_ARGS(property->text));
    return MVL_OK;
}

static bool is_dropped(const struct property_change *change, struct str key)
{
    for (uint32_t i = 0; i < change->n_drop; i++)
        if (str_eq(change->drop[i], key))
            return true;
    return json_get(change->set, key) != NULL;
}

static void put(struct properties *p, const struct json *property, struct writer *w)
{
    json_key(w, property->key);
    json_put_str(w, property->kind == JSON_STRING ? property->string : property->text);
    bool *flag = flag_of(p, property->key);
    if (flag)
        (void)property_is_boolean(property, flag);
    if (str_eq(property->key, ttl_key) && !is_ttl(property, &p->ttl_seconds))
        p->ttl_seconds = 0; /* kept by an engine that did not know it */
}

static int write_properties(struct properties *p, const struct json *old,
                            const struct property_change *change, struct writer *w, struct error *e)
{
    json_open(w, '{');
    for (const struct json *property = old ? old->first : NULL; property; property = property->next)
        if (!is_dropped(change, property->key))
            put(p, property, w);
    for (const struct json *property = change->set ? change->set->first : NULL; property;
         property = property->next) {
        TRY(check(p, property, e));
        if (json_get(change->set, property->key) == property) /* the last of equal keys */
            put(p, property, w);
    }
    json_close(w, '}');
    return w->failed ? MVL_NOMEM
                     : arena_copy(&p->arena, (struct str){(char *)w->p, (uint32_t)w->n}, &p->json);
}

int properties_make(struct str old, const struct property_change *change, struct properties *out,
                    struct error *e)
{
    struct arena a = {0};
    struct writer w = {0};
    struct json *parsed = NULL;
    struct properties made = {0};
    int rc = old.n ? json_parse(old, &a, &parsed, "properties", e) : MVL_OK;
    if (rc == MVL_OK && parsed && parsed->kind != JSON_OBJECT)
        rc = error_set(e, MVL_PARAM_INVALID, "properties must be an object, got %s",
                       json_kind_name(parsed->kind));
    if (rc == MVL_OK)
        rc = write_properties(&made, parsed, change, &w, e);
    writer_fini(&w);
    arena_fini(&a);
    if (rc == MVL_OK)
        *out = made;
    else
        properties_fini(&made);
    return rc;
}

void properties_fini(struct properties *p)
{
    arena_fini(&p->arena);
    *p = (struct properties){0};
}
