#include "api/params.h"

#include <stdio.h>

/* Accepted by every operation: without meaning here, but for db_name, which api.c reads. */
static const char *const everywhere[] = {"timeout", "consistency_level", "db_name"};

static int wrong(const char *name, const char *rule, const struct json *got, struct error *e)
{
    uint32_t n = got->text.n < 40 ? got->text.n : 40;
    bool scalar = got->kind != JSON_ARRAY && got->kind != JSON_OBJECT && got->text.n <= 40;
    if (!scalar)
        return error_set(e, MVL_PARAM_INVALID, "%s must be %s, got %s", name, rule,
                         json_kind_name(got->kind));
    return error_set(e, MVL_PARAM_INVALID, "%s must be %s, got %.*s", name, rule, (int)n, got->text.p);
}

static int read_strs(const char *name, const struct json *j, struct arena *a, struct param_strs *out,
                     struct error *e)
{
    const struct json *first = j->kind == JSON_STRING ? j : j->first;
    if (j->kind != JSON_STRING && j->kind != JSON_ARRAY)
        return wrong(name, "a list of strings", j, e);
    *out = (struct param_strs){arena_array(a, j->kind == JSON_STRING ? 1 : j->count, sizeof *out->p), 0};
    if (!out->p)
        return MVL_NOMEM;
    for (const struct json *m = first; m; m = j->kind == JSON_STRING ? NULL : m->next) {
        if (m->kind != JSON_STRING)
            return wrong(name, "a list of strings", m, e);
        out->p[out->n++] = m->string;
    }
    return MVL_OK;
}

static int read_int(const struct param *p, const struct json *j, int64_t *out, struct error *e)
{
    char rule[80];
    if (j->kind == JSON_INT && j->integer >= p->min && j->integer <= p->max) {
        *out = j->integer;
        return MVL_OK;
    }
    if (p->min == INT64_MIN && p->max == INT64_MAX)
        return wrong(p->name, "an integer", j, e);
    snprintf(rule, sizeof rule, "an integer, %lld..%lld", (long long)p->min, (long long)p->max);
    return wrong(p->name, rule, j, e);
}

static int read_one(const struct param *p, const struct json *j, void *out, struct arena *a, struct error *e)
{
    void *to = (char *)out + p->at;
    switch (p->kind) {
    case PARAM_BOOL:
        if (j->kind != JSON_BOOL)
            return wrong(p->name, "a boolean", j, e);
        *(bool *)to = j->boolean;
        return MVL_OK;
    case PARAM_INT: return read_int(p, j, to, e);
    case PARAM_REAL:
        if (j->kind != JSON_INT && j->kind != JSON_REAL)
            return wrong(p->name, "a number", j, e);
        *(struct param_real *)to = (struct param_real){true, j->real};
        return MVL_OK;
    case PARAM_STR:
        if (j->kind != JSON_STRING)
            return wrong(p->name, "a string", j, e);
        *(struct str *)to = j->string;
        return MVL_OK;
    case PARAM_STRS: return read_strs(p->name, j, a, to, e);
    case PARAM_OBJECT:
        if (j->kind != JSON_OBJECT)
            return wrong(p->name, "an object", j, e);
        *(const struct json **)to = j;
        return MVL_OK;
    case PARAM_ANY: *(const struct json **)to = j; return MVL_OK;
    case PARAM_IGNORED: return MVL_OK;
    }
    return MVL_OK;
}

static bool is_known(struct str name, const struct param table[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, str_of(table[i].name)))
            return true;
    for (size_t i = 0; i < COUNT(everywhere); i++)
        if (str_eq(name, str_of(everywhere[i])))
            return true;
    return false;
}

int params_read(const struct json *params, const struct param table[], size_t n, void *out, struct arena *a,
                struct error *e)
{
    for (const struct json *m = params->first; m; m = m->next)
        if (!is_known(m->key, table, n))
            return error_set(e, MVL_PARAM_INVALID, "unknown parameter '%.*s'", STR_ARGS(m->key));
    for (size_t i = 0; i < n; i++) {
        const struct json *j = json_get(params, str_of(table[i].name));
        if (j && j->kind != JSON_NULL)
            TRY(read_one(&table[i], j, out, a, e));
        else if (table[i].required)
            return error_set(e, MVL_PARAM_MISSING, "missing required argument: [%s]", table[i].name);
    }
    return MVL_OK;
}
