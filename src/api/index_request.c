#include "api/index_request.h"

static const struct {
    struct str key;
    size_t at;
} texts[] = {
    {{"field_name", 10}, offsetof(struct index_request, field)},
    {{"index_name", 10}, offsetof(struct index_request, name)},
    {{"index_type", 10}, offsetof(struct index_request, type)},
    {{"metric_type", 11}, offsetof(struct index_request, metric)},
};

static struct str *text_of(struct index_request *r, struct str key)
{
    for (size_t i = 0; i < COUNT(texts); i++)
        if (str_eq(texts[i].key, key))
            return (struct str *)(void *)((char *)r + texts[i].at);
    return NULL;
}

/* Adds a copy of a member to the parameters. */
static int add_param(struct json *params, const struct json *member, struct arena *a)
{
    struct json *copy = arena_alloc(a, sizeof *copy);
    if (!copy)
        return MVL_NOMEM;
    *copy = *member;
    copy->next = params->first;
    params->first = copy;
    params->count++;
    return MVL_OK;
}

static int read_member(const struct json *m, struct arena *a, struct index_request *out, struct json *params,
                       struct error *e)
{
    struct str *text = text_of(out, m->key);
    if (m->kind == JSON_NULL)
        return MVL_OK;
    if (str_eq(m->key, STR("mmap.enabled")) || str_eq(m->key, STR("mmap_enabled"))) {
        out->mmap = m;
        return MVL_OK;
    }
    if (!text)
        return add_param(params, m, a);
    if (m->kind != JSON_STRING)
        return error_set(e, MVL_PARAM_INVALID, "%.*s must be a string, got %s", STR_ARGS(m->key),
                         json_kind_name(m->kind));
    *text = m->string;
    return MVL_OK;
}

static int read_object(const struct json *j, struct arena *a, struct index_request *out, struct error *e)
{
    if (j->kind != JSON_OBJECT)
        return error_set(e, MVL_PARAM_INVALID, "index_params must be an object or a list of objects, got %s",
                         json_kind_name(j->kind));
    struct json *params = arena_zeroed(a, 1, sizeof *params);
    if (!params)
        return MVL_NOMEM;
    params->kind = JSON_OBJECT;
    *out = (struct index_request){.params = params};
    for (const struct json *m = j->first; m; m = m->next) {
        if (!str_eq(m->key, STR("params"))) {
            TRY(read_member(m, a, out, params, e));
            continue;
        }
        if (m->kind != JSON_OBJECT && m->kind != JSON_NULL)
            return error_set(e, MVL_PARAM_INVALID, "params of index_params must be an object, got %s",
                             json_kind_name(m->kind));
        for (const struct json *inner = m->first; inner; inner = inner->next)
            TRY(read_member(inner, a, out, params, e));
    }
    return MVL_OK;
}

int index_requests_read(const struct json *j, struct arena *a, struct index_request **out, uint32_t *n,
                        struct error *e)
{
    bool is_list = j->kind == JSON_ARRAY;
    *n = is_list ? j->count : 1;
    *out = arena_array(a, *n, sizeof **out);
    if (!*out)
        return MVL_NOMEM;
    uint32_t i = 0;
    for (const struct json *m = is_list ? j->first : j; m; m = is_list ? m->next : NULL)
        TRY(read_object(m, a, &(*out)[i++], e));
    return MVL_OK;
}
