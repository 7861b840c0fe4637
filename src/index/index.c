#include "index/index.h"

#include "index/flat.h"
#include "index/scan.h"

static const struct index_param hnsw_params[] = {
    {"M", 2, 2048, offsetof(struct index_settings, M), 16},
    {"efConstruction", 1, INT32_MAX, offsetof(struct index_settings, ef_construction), 200},
};

/* AUTOINDEX is a name that resolves. Until there is a graph, the exact scan serves HNSW. */
static const struct index_type types[] = {
    {.name = "AUTOINDEX", .ops = &scan_ops},
    {.name = "FLAT", .ops = &flat_ops},
    {.name = "HNSW", .params = hnsw_params, .n_params = COUNT(hnsw_params), .ops = &flat_ops},
};

const struct index_type *index_type_find(struct str name)
{
    if (name.n == 0)
        return &types[0];
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_eq_nocase(name, str_of(types[i].name)))
            return &types[i];
    return NULL;
}

const struct index_type *index_type_at(uint32_t i)
{
    return i < COUNT(types) ? &types[i] : NULL;
}

const struct index_param *index_param_find(const struct index_type *type, struct str name)
{
    for (uint32_t i = 0; i < type->n_params; i++)
        if (str_eq(name, str_of(type->params[i].name)))
            return &type->params[i];
    return NULL;
}

void index_param_set(const struct index_param *p, int64_t value, struct index_settings *to)
{
    uint32_t u = (uint32_t)value;
    memcpy((char *)to + p->at, &u, sizeof u);
}

struct index_settings index_settings_of(const struct index_type *type)
{
    struct index_settings settings = {0};
    for (uint32_t i = 0; i < type->n_params; i++)
        index_param_set(&type->params[i], type->params[i].otherwise, &settings);
    return settings;
}
