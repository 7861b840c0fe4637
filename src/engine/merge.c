#include "engine/merge.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/output.h"

struct key {
    const struct column *keys;
    uint32_t row;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->keys->kind == KIND_I64) {
        int64_t p = ((const int64_t *)x->keys->data)[x->row], q = ((const int64_t *)y->keys->data)[y->row];
        return (p > q) - (p < q);
    }
    struct str p = column_text(x->keys, x->row), q = column_text(y->keys, y->row);
    if (p.n != q.n)
        return p.n < q.n ? -1 : 1;
    return p.n ? memcmp(p.p, q.p, p.n) : 0;
}

static int check_twins(const struct field *primary, const struct column *keys, uint32_t n, struct arena *a,
                       struct error *e)
{
    struct key *list = arena_array(a, n, sizeof *list);
    if (!list)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        list[i] = (struct key){keys, i};
    qsort(list, n, sizeof *list, compare_keys);
    for (uint32_t i = 1; i < n; i++) {
        uint32_t first = list[i - 1].row, second = list[i].row;
        if (compare_keys(&list[i - 1], &list[i]) != 0)
            continue;
        return error_set_at(
            e, MVL_PARAM_INVALID, (struct error_place){primary->name, first > second ? first : second},
            "field '%.*s' must have each key once: duplicate primary keys are not allowed in "
            "the same batch of a partial update, got one twice, in rows %u and %u",
            STR_ARGS(primary->name), first < second ? first : second, first > second ? first : second);
    }
    return MVL_OK;
}

/* What the batch does not bring for every row. */
static int missing_fields(const struct schema *s, const struct batch *in, struct arena *a, struct output *out)
{
    *out = (struct output){.scalars = arena_array(a, s->n_fields, sizeof *out->scalars),
                           .vectors = arena_array(a, s->n_fields, sizeof *out->vectors),
                           .spread_meta = s->enable_dynamic_field};
    if (!out->scalars || !out->vectors)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const struct column *c = batch_find(in, s->fields[i].name);
        if (i == s->primary || (c && !c->given))
            continue;
        if (field_is_vector(&s->fields[i]))
            out->vectors[out->n_vectors++] = i;
        else
            out->scalars[out->n_scalars++] = i;
    }
    return MVL_OK;
}

/* Reads them of rows [n] and puts each where its field is. */
static int read_kept(struct collection *c, const struct output *missing, const uint32_t rows[], uint32_t n,
                     struct arena *a, struct kept_rows *out, struct error *e)
{
    struct batch found;
    struct column *fields = arena_zeroed(a, c->schema->n_fields, sizeof *fields);
    if (!fields)
        return MVL_NOMEM;
    TRY(output_fetch(c, missing, rows, n, a, &found, e));
    for (uint32_t i = 0; i < found.n_columns; i++) {
        if (found.columns[i].role == ROLE_SPREAD)
            out->meta = &found.columns[i];
        else
            fields[schema_find(c->schema, found.columns[i].name)] = found.columns[i];
    }
    out->fields = fields;
    return MVL_OK;
}

int merge_kept_rows(struct collection *c, const struct batch *in, struct arena *a,
                    const struct kept_rows **out, struct error *e)
{
    const struct field *primary = schema_primary(c->schema);
    struct entity_table entities = collection_entities(c);
    struct output missing;
    struct column keys;
    uint32_t n = 0;
    TRY(coerce_keys(primary, batch_find(in, primary->name), in->n_rows, a, &keys, e));
    TRY(check_twins(primary, &keys, in->n_rows, a, e));
    struct kept_rows *kept = arena_zeroed(a, 1, sizeof *kept);
    uint32_t *rows = arena_array(a, in->n_rows, sizeof *rows);
    uint32_t *at = arena_array(a, in->n_rows, sizeof *at);
    if (!kept || !rows || !at)
        return MVL_NOMEM;
    TRY(entities_find(c->store, &entities, &keys, in->n_rows, rows, e));
    for (uint32_t i = 0; i < in->n_rows; i++) {
        at[i] = rows[i] == ENTITY_NONE ? KEPT_NONE : n;
        if (rows[i] != ENTITY_NONE)
            rows[n++] = rows[i];
    }
    kept->at = at;
    TRY(missing_fields(c->schema, in, a, &missing));
    TRY(read_kept(c, &missing, rows, n, a, kept, e));
    *out = kept;
    return MVL_OK;
}
