#include "api/cursor.h"

static bool read_u32(const struct json *j, uint32_t *out)
{
    if (!j || j->kind != JSON_INT || j->integer < 0 || j->integer > UINT32_MAX)
        return false;
    *out = (uint32_t)j->integer;
    return true;
}

int cursor_of_search(const struct json *j, const struct collection *c, struct search_cursor *out,
                     struct error *e)
{
    *out = search_cursor_begin(c);
    if (j->count == 0)
        return MVL_OK;
    const struct json *collection = json_get(j, STR("collection")), *order = json_get(j, STR("order"));
    bool fits = collection && collection->kind == JSON_INT && read_u32(json_get(j, STR("end")), &out->end);
    if (fits)
        out->collection = collection->integer;
    if (fits && order) {
        uint32_t bits;
        out->has_last = true;
        fits = read_u32(order, &bits) && read_u32(json_get(j, STR("row")), &out->last_row);
        if (fits)
            memcpy(&out->last_order, &bits, sizeof bits);
        fits = fits && out->last_order == out->last_order; /* no NaN */
    }
    if (fits)
        return MVL_OK;
    return error_set(e, MVL_PARAM_INVALID, "iterator must be {} or what the page before came with, got %.*s",
                     j->text.n < 80 ? (int)j->text.n : 80, j->text.p);
}

static void put_number(struct writer *w, struct str key, int64_t value)
{
    json_key(w, key);
    json_put_int(w, value);
}

void cursor_put_search(const struct search_cursor *c, struct writer *w)
{
    json_open(w, '{');
    put_number(w, STR("collection"), c->collection);
    put_number(w, STR("end"), c->end);
    if (c->has_last) {
        uint32_t bits; /* exact, and infinity has them too */
        memcpy(&bits, &c->last_order, sizeof bits);
        put_number(w, STR("order"), bits);
        put_number(w, STR("row"), c->last_row);
    }
    json_close(w, '}');
}

int cursor_of_query(const struct json *j, struct arena *a, const struct column **after)
{
    const struct json *key = json_get(j, STR("after"));
    *after = NULL;
    if (!key)
        return MVL_OK;
    struct column *column = arena_zeroed(a, 1, sizeof *column);
    uint32_t *offsets = arena_zeroed(a, 2, sizeof *offsets);
    if (!column || !offsets)
        return MVL_NOMEM;
    offsets[1] = key->text.n;
    *column = (struct column){
        .name = STR("iterator"), .kind = KIND_JSON, .offsets = offsets, .data = key->text.p};
    *after = column;
    return MVL_OK;
}

void cursor_put_query(const struct schema *s, const struct batch *page, struct writer *w)
{
    json_open(w, '{');
    for (uint32_t i = 0; i < page->n_columns && page->n_rows; i++) {
        const struct column *keys = &page->columns[i];
        if (keys->role != ROLE_FIELD || !str_eq(keys->name, schema_primary(s)->name))
            continue;
        json_key(w, STR("after"));
        if (keys->kind == KIND_STR)
            json_put_str(w, column_text(keys, page->n_rows - 1));
        else
            json_put_int(w, ((const int64_t *)keys->data)[page->n_rows - 1]);
        break;
    }
    json_close(w, '}');
}
