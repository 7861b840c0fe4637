#include "engine/order.h"

#include <stdlib.h>

#include "engine/columns.h"
#include "schema/coerce.h"

/* A row and its key, an integer or a text. */
struct keyed {
    union {
        int64_t integer;
        struct str text;
    } key;
    uint32_t row;
};

typedef int comparison(const void *, const void *);

static int compare_integers(const void *a, const void *b)
{
    int64_t x = ((const struct keyed *)a)->key.integer, y = ((const struct keyed *)b)->key.integer;
    return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b)
{
    struct str x = ((const struct keyed *)a)->key.text, y = ((const struct keyed *)b)->key.text;
    uint32_t n = x.n < y.n ? x.n : y.n;
    int order = n ? memcmp(x.p, y.p, n) : 0;
    return order ? order : (x.n > y.n) - (x.n < y.n);
}

static void swap(struct keyed *x, struct keyed *y)
{
    struct keyed was = *x;
    *x = *y;
    *y = was;
}

/* Hoare's selection: the least `wanted` come to the front, in any order. Keys are distinct. */
static void select_first(struct keyed list[], uint32_t n, uint32_t wanted, comparison *compare)
{
    uint32_t low = 0, high = n; /* what is outside is where it belongs */
    while (high - low > 1) {
        swap(&list[low], &list[low + (high - low) / 2]);
        uint32_t middle = low; /* list[low] is the pivot; what is smaller stands up to middle */
        for (uint32_t i = low + 1; i < high; i++)
            if (compare(&list[i], &list[low]) < 0)
                swap(&list[i], &list[++middle]);
        swap(&list[low], &list[middle]);
        if (middle == wanted)
            return;
        if (middle < wanted)
            low = middle + 1;
        else
            high = middle;
    }
}

static void sort(struct keyed list[], uint32_t n, uint32_t wanted, comparison *compare)
{
    bool is_sorted = true; /* as keys of auto_id come */
    for (uint32_t i = 1; i < n && is_sorted; i++)
        is_sorted = compare(&list[i - 1], &list[i]) <= 0;
    if (is_sorted)
        return;
    if (wanted < n)
        select_first(list, n, wanted, compare);
    qsort(list, wanted < n ? wanted : n, sizeof *list, compare);
}

static int key_after(const struct collection *c, const struct column *after, struct arena *a,
                     struct keyed *out, struct error *e)
{
    struct column key;
    TRY(coerce_keys(schema_primary(c->schema), after, 1, a, &key, e));
    if (key.kind == KIND_STR)
        out->key.text = column_text(&key, 0);
    else
        out->key.integer = *(const int64_t *)key.data;
    return MVL_OK;
}

int order_by_key(struct collection *c, const struct column *after, uint32_t wanted, uint32_t rows[],
                 uint32_t *n, struct arena *a, struct error *e)
{
    const struct scalars *keys;
    struct keyed last = {.row = 0};
    if (after)
        TRY(key_after(c, after, a, &last, e));
    TRY(columns_load_keys(c, &keys, e));
    bool is_text = keys->kind == SCALAR_TEXT;
    comparison *compare = is_text ? compare_texts : compare_integers;
    struct keyed *list = arena_array(a, *n, sizeof *list);
    if (!list)
        return MVL_NOMEM;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        struct keyed one = {.row = rows[i]};
        if (is_text)
            one.key.text = scalar_text(keys->texts.p, keys->values[rows[i]]);
        else
            one.key.integer = (int64_t)keys->values[rows[i]];
        if (!after || compare(&one, &last) > 0)
            list[kept++] = one;
    }
    sort(list, kept, wanted, compare);
    *n = kept < wanted ? kept : wanted;
    for (uint32_t i = 0; i < *n; i++)
        rows[i] = list[i].row;
    return MVL_OK;
}
