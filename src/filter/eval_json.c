#include "filter/eval_json.h"

#include "filter/filter.h"

const struct json *json_at(const struct json *root, const struct path_step path[], uint32_t n)
{
    const struct json *j = root;
    for (uint32_t i = 0; i < n && j; i++) {
        if (!path[i].is_index) {
            j = json_get(j, path[i].key);
        } else if (j->kind != JSON_ARRAY || path[i].index >= j->count) {
            j = NULL;
        } else {
            j = j->first;
            for (uint32_t k = 0; k < path[i].index; k++)
                j = j->next;
        }
    }
    return j;
}

static bool has(const struct json *list, const struct json *value)
{
    for (const struct json *j = list->first; j; j = j->next)
        if (json_equal(value, j))
            return true;
    return false;
}

static bool contains(enum filter_function function, const struct json *list, const struct json *wanted)
{
    if (function == EQUALS)
        return json_equal(list, wanted);
    if (function == CONTAINS)
        return has(list, wanted);
    for (const struct json *j = wanted->first; j; j = j->next)
        if (has(list, j) == (function == CONTAINS_ANY))
            return function == CONTAINS_ANY;
    return function == CONTAINS_ALL;
}

/* NULL: no list. What is no JSON is none either; it cannot be: it was parsed when the column was read. */
static int list_of(const struct view *v, uint32_t i, struct arena *a, struct json **out)
{
    struct error ignored = ERROR_NONE;
    struct cell c = view_cell(v, i);
    *out = NULL;
    if (c.kind != JSON_ARRAY)
        return MVL_OK;
    arena_reset(a);
    return json_parse(c.text, a, out, "stored value", &ignored) == MVL_NOMEM ? MVL_NOMEM : MVL_OK;
}

int eval_contains(const struct step *s, const struct view *v, uint32_t n, struct arena *a,
                  struct predicate *to)
{
    for (uint32_t i = 0; i < n; i++) {
        struct json *list;
        TRY(list_of(v, i, a, &list));
        if (list)
            predicate_put(to, i, contains(s->function, list, s->wanted));
    }
    return MVL_OK;
}

int eval_length(const struct view *v, uint32_t n, struct arena *a, struct value_register *to)
{
    for (uint32_t i = 0; i < n; i++) {
        struct json *list;
        TRY(list_of(v, i, a, &list));
        struct cell length = {.kind = list ? JSON_INT : JSON_NULL, .integer = list ? list->count : 0};
        register_put(to, i, &length);
    }
    return MVL_OK;
}
