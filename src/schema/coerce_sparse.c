#include "schema/coerce_sparse.h"

#include <math.h>
#include <stdlib.h>

struct pair {
    uint32_t index;
    float value;
};

/* The vector being read. */
struct reading {
    const struct field *field;
    uint32_t row;
    struct pair *pairs; /* [most] */
    uint32_t n;
    struct error *e;
};

static int refuse(const struct reading *r, const char *rule, struct str got)
{
    return error_set_at(r->e, MVL_DATA_NOT_MATCH, (struct error_place){r->field->name, r->row},
                        "sparse vector field '%.*s' %s, got %.*s", STR_ARGS(r->field->name), rule,
                        (int)(got.n < 80 ? got.n : 80), got.p);
}

static int refuse_form(const struct reading *r, const char *got)
{
    return refuse(r, "must be { index: value }, a list of [index, value] or { indices, values }",
                  str_of(got));
}

static int add_value(struct reading *r, uint32_t index, const struct json *value)
{
    bool is_number = value->kind == JSON_INT || value->kind == JSON_REAL;
    if (!is_number || !isfinite((float)value->real))
        return refuse(r, "must have finite numbers as values", value->text);
    r->pairs[r->n++] = (struct pair){index, (float)value->real};
    return MVL_OK;
}

static const char index_rule[] = "must have integers from 0 to 4294967294 as indices";

static int add_pair(struct reading *r, const struct json *index, const struct json *value)
{
    if (index->kind != JSON_INT || index->integer < 0 || index->integer > SPARSE_MOST_INDEX)
        return refuse(r, index_rule, index->text);
    return add_value(r, (uint32_t)index->integer, value);
}

static int add_member(struct reading *r, const struct json *member)
{
    uint64_t index = 0;
    bool is_index = member->key.n > 0 && member->key.n <= 10;
    for (uint32_t i = 0; i < member->key.n && is_index; i++) {
        is_index = member->key.p[i] >= '0' && member->key.p[i] <= '9';
        index = index * 10 + (uint64_t)(member->key.p[i] - '0');
    }
    if (!is_index || index > SPARSE_MOST_INDEX)
        return refuse(r, index_rule, member->key);
    return add_value(r, (uint32_t)index, member);
}

static int read_pairs(struct reading *r, const struct json *list)
{
    for (const struct json *m = list->first; m; m = m->next) {
        if (m->kind != JSON_ARRAY || m->count != 2)
            return refuse_form(r,
                               m->kind == JSON_ARRAY ? "a list of something else" : json_kind_name(m->kind));
        TRY(add_pair(r, m->first, m->first->next));
    }
    return MVL_OK;
}

static int read_lists(struct reading *r, const struct json *indices, const struct json *values)
{
    if (indices->kind != JSON_ARRAY || values->kind != JSON_ARRAY || indices->count != values->count)
        return refuse(r, "must have as many indices as values", STR("other numbers of them"));
    const struct json *value = values->first;
    for (const struct json *index = indices->first; index; index = index->next, value = value->next)
        TRY(add_pair(r, index, value));
    return MVL_OK;
}

static int read_object(struct reading *r, const struct json *object)
{
    const struct json *indices = json_get(object, STR("indices")), *values = json_get(object, STR("values"));
    if (indices && values && object->count == 2)
        return read_lists(r, indices, values);
    for (const struct json *m = object->first; m; m = m->next)
        TRY(add_member(r, m));
    return MVL_OK;
}

static int compare_pairs(const void *a, const void *b)
{
    uint32_t x = ((const struct pair *)a)->index, y = ((const struct pair *)b)->index;
    return (x > y) - (x < y);
}

static int sort(struct reading *r)
{
    bool ascends = true;
    for (uint32_t i = 1; i < r->n; i++)
        ascends &= r->pairs[i - 1].index < r->pairs[i].index;
    if (ascends)
        return MVL_OK;
    qsort(r->pairs, r->n, sizeof *r->pairs, compare_pairs);
    for (uint32_t i = 1; i < r->n; i++)
        if (r->pairs[i - 1].index == r->pairs[i].index)
            return error_set_at(r->e, MVL_DATA_NOT_MATCH, (struct error_place){r->field->name, r->row},
                                "sparse vector field '%.*s' must have each index once, got %u twice",
                                STR_ARGS(r->field->name), r->pairs[i].index);
    return MVL_OK;
}

static int read_item(struct reading *r, const struct item *item, struct arena *a)
{
    const struct json *json = item->json, *indices = json_get(json, STR("indices"));
    switch (item->kind) {
    case ITEM_NULL: return refuse_form(r, "null");
    case ITEM_BOOL: return refuse_form(r, "a boolean");
    case ITEM_INT:
    case ITEM_TIME:
    case ITEM_REAL: return refuse_form(r, "a number");
    case ITEM_TEXT: return refuse_form(r, "a string");
    case ITEM_LIST:
    case ITEM_OBJECT: break;
    }
    if (!json && item->matrix.n > 0)
        return refuse_form(r, "a list of numbers");
    size_t most = json ? (size_t)json->count + (indices ? indices->count : 0) : 0;
    r->pairs = arena_array(a, most, sizeof *r->pairs);
    if (!r->pairs)
        return MVL_NOMEM;
    if (item->kind == ITEM_OBJECT)
        TRY(read_object(r, json));
    else if (json)
        TRY(read_pairs(r, json));
    return sort(r);
}

int sparse_pack(const struct field *f, uint32_t row, const struct item *item, struct arena *a,
                struct writer *w, struct error *e)
{
    struct reading r = {.field = f, .row = row, .e = e};
    TRY(read_item(&r, item, a));
    for (uint32_t i = 0; i < r.n; i++) {
        uint32_t bits;
        memcpy(&bits, &r.pairs[i].value, sizeof bits);
        writer_u32(w, r.pairs[i].index);
        writer_u32(w, bits);
    }
    return MVL_OK;
}

int coerce_sparse_queries(const struct field *f, const struct column *c, uint32_t n, struct arena *a,
                          struct sparse_vector **out, struct error *e)
{
    struct writer w = {0};
    uint32_t *counts = arena_array(a, n, sizeof *counts);
    *out = arena_array(a, n, sizeof **out);
    if (!counts || !*out)
        return MVL_NOMEM;
    int rc = MVL_OK;
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        struct item item;
        size_t before = w.n;
        rc = item_from_column(c, i, a, &item, e);
        if (rc == MVL_OK)
            rc = sparse_pack(f, i, &item, a, &w, e);
        counts[i] = (uint32_t)((w.n - before) / SPARSE_PAIR_BYTES);
    }
    struct str copy = STR_NONE;
    if (rc == MVL_OK)
        rc = w.failed || w.n > UINT32_MAX
                 ? MVL_NOMEM
                 : arena_copy(a, (struct str){(const char *)w.p, (uint32_t)w.n}, &copy);
    writer_fini(&w);
    const uint8_t *pairs = (const uint8_t *)copy.p;
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        (*out)[i] = (struct sparse_vector){pairs, counts[i]};
        pairs += (size_t)counts[i] * SPARSE_PAIR_BYTES;
    }
    return rc;
}
