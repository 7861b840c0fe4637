#include "api/order_terms.h"

enum { MOST_SHOWN = 64 }; /* bytes of a text */

struct reading {
    const char *name; /* of the parameter */
    struct order_term *terms;
    uint32_t n;
    struct error *e;
};

static struct str shown(struct str s)
{
    return (struct str){s.p, s.n < MOST_SHOWN ? s.n : MOST_SHOWN};
}

/* Takes off what stands before the first such mark, or all of it; marks in quotes are part of a key. */
static struct str take_until(struct str *rest, char mark)
{
    uint32_t i = 0;
    char quote = 0;
    for (; i < rest->n && (quote || rest->p[i] != mark); i++) {
        char c = rest->p[i];
        if (quote && c == '\\')
            i += i + 1 < rest->n;
        else if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
    }
    struct str taken = {rest->p, i};
    uint32_t passed = i < rest->n ? i + 1 : i;
    *rest = (struct str){rest->p + passed, rest->n - passed};
    return str_trimmed(taken);
}

/* 'desc', 'asc:nulls_first', or nothing. */
static int read_order(const struct reading *r, struct str text, struct order_term *t)
{
    struct str direction = take_until(&text, ':'), nulls = str_trimmed(text);
    bool is_ascending = !direction.n || str_eq_nocase(direction, STR("asc")) ||
                        str_eq_nocase(direction, STR("ascending"));
    t->is_descending = str_eq_nocase(direction, STR("desc")) || str_eq_nocase(direction, STR("descending"));
    if (!is_ascending && !t->is_descending)
        return error_set_at(r->e, MVL_PARAM_INVALID, (struct error_place){t->field, -1},
                            "%s must order field '%.*s' asc or desc, got '%.*s'", r->name,
                            STR_ARGS(shown(t->field)), STR_ARGS(shown(direction)));
    bool is_first = str_eq_nocase(nulls, STR("nulls_first"));
    if (nulls.n && !is_first && !str_eq_nocase(nulls, STR("nulls_last")))
        return error_set_at(
            r->e, MVL_PARAM_INVALID, (struct error_place){t->field, -1},
            "%s must have nulls_first or nulls_last behind the order of field '%.*s', got '%.*s'", r->name,
            STR_ARGS(shown(t->field)), STR_ARGS(shown(nulls)));
    t->nulls_first = nulls.n ? is_first : t->is_descending;
    return MVL_OK;
}

static int add(struct reading *r, struct str field, struct str order)
{
    struct order_term *t = &r->terms[r->n++];
    *t = (struct order_term){.field = field};
    if (!field.n)
        return error_set(r->e, MVL_PARAM_INVALID, "%s must name a field in each place, got ''", r->name);
    return read_order(r, order, t);
}

/* Fields behind commas; empty places are passed over, as Milvus does. */
static int add_text(struct reading *r, struct str text)
{
    while (text.n) {
        struct str order = take_until(&text, ',');
        struct str field = take_until(&order, ':');
        if (field.n || order.n)
            TRY(add(r, field, order));
    }
    return MVL_OK;
}

static int add_object(struct reading *r, const struct json *object, struct arena *a)
{
    struct member {
        struct str field, order;
    } m = {0};
    static const struct param table[] = {
        {PARAM(STR, member, field), .required = true},
        {PARAM(STR, member, order)},
    };
    TRY(params_read(object, table, COUNT(table), &m, a, r->e));
    return add(r, str_trimmed(m.field), m.order);
}

static int add_item(struct reading *r, const struct json *j, struct arena *a)
{
    if (j->kind == JSON_STRING)
        return add_text(r, j->string);
    if (j->kind == JSON_OBJECT)
        return add_object(r, j, a);
    return error_set(r->e, MVL_PARAM_INVALID, "%s must hold strings and { field, order }, got %s", r->name,
                     json_kind_name(j->kind));
}

/* At most so many terms are in a text. */
static size_t count_places(struct str s)
{
    size_t n = 1;
    for (uint32_t i = 0; i < s.n; i++)
        n += s.p[i] == ',';
    return n;
}

int order_terms_read(const struct json *j, const char *name, struct arena *a, struct order_terms *out,
                     struct error *e)
{
    size_t most = 0;
    *out = (struct order_terms){0};
    if (!j)
        return MVL_OK;
    if (j->kind != JSON_STRING && j->kind != JSON_ARRAY)
        return error_set(e, MVL_PARAM_INVALID, "%s must be a string or a list, got %s", name,
                         json_kind_name(j->kind));
    for (const struct json *m = j->first; m; m = m->next)
        most += count_places(m->string);
    struct reading r = {name, arena_array(a, most + count_places(j->string), sizeof *r.terms), 0, e};
    if (!r.terms)
        return MVL_NOMEM;
    if (j->kind == JSON_STRING)
        TRY(add_text(&r, j->string));
    for (const struct json *m = j->first; m; m = m->next)
        TRY(add_item(&r, m, a));
    *out = (struct order_terms){r.terms, r.n};
    return MVL_OK;
}
