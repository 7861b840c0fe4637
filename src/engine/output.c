#include "engine/output.h"

#include "engine/keys.h"
#include "schema/coerce_vectors.h"
#include "schema/column_builder.h"
#include "table/vectors.h"

static bool has(const uint32_t list[], uint32_t n, uint32_t field)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == field)
            return true;
    return false;
}

static void add_field(const struct schema *s, struct output *out, uint32_t field)
{
    bool is_vector = field_is_vector(&s->fields[field]);
    uint32_t *list = is_vector ? out->vectors : out->scalars;
    uint32_t *n = is_vector ? &out->n_vectors : &out->n_scalars;
    if (!has(list, *n, field))
        list[(*n)++] = field;
}

static void add_dynamic(struct output *out, struct str name)
{
    for (uint32_t i = 0; i < out->n_dynamic; i++)
        if (str_eq(out->dynamic[i], name))
            return;
    out->dynamic[out->n_dynamic++] = name;
}

int output_resolve(const struct schema *s, const struct str names[], uint32_t n, struct arena *a,
                   struct output *out, struct error *e)
{
    *out = (struct output){
        .scalars = arena_array(a, s->n_fields, sizeof *out->scalars),
        .vectors = arena_array(a, s->n_fields, sizeof *out->vectors),
        .dynamic = arena_array(a, n, sizeof *out->dynamic),
    };
    if (!out->scalars || !out->vectors || !out->dynamic)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        int field = schema_find(s, names[i]);
        if (str_eq(names[i], STR("*"))) {
            for (uint32_t k = 0; k < s->n_fields; k++)
                add_field(s, out, k);
            out->spread_meta = s->enable_dynamic_field;
        } else if (field >= 0) {
            add_field(s, out, (uint32_t)field);
        } else if (!s->enable_dynamic_field) {
            return error_set_at(
                e, MVL_FIELD_NOT_FOUND, (struct error_place){names[i], -1},
                "output_fields must name fields of the collection, got '%.*s': field %.*s not exist",
                STR_ARGS(names[i]), STR_ARGS(names[i]));
        } else if (str_eq(names[i], STR("$meta"))) {
            out->spread_meta = true;
        } else {
            add_dynamic(out, names[i]);
        }
    }
    return MVL_OK;
}

void output_add_primary(const struct schema *s, struct output *out)
{
    add_field(s, out, s->primary);
}

/* A dynamic key of every row's object, as JSON. */
static int extract(const struct column *meta, struct str key, uint32_t n, struct arena *a, struct column *out,
                   struct error *e)
{
    struct column_builder b;
    TRY(column_builder_init(&b, KIND_JSON, n, a));
    int rc = MVL_OK;
    for (uint32_t row = 0; row < n && rc == MVL_OK; row++) {
        struct json *object;
        const struct json *member = NULL;
        if (!column_is_null(meta, row)) {
            rc = json_parse(column_text(meta, row), a, &object, "stored dynamic fields", e);
            member = rc == MVL_OK ? json_get(object, key) : NULL;
        }
        if (rc == MVL_OK && !member)
            rc = column_builder_absent(&b);
        else if (rc == MVL_OK && member->kind == JSON_NULL)
            rc = column_builder_null(&b);
        else if (rc == MVL_OK)
            column_builder_text(&b, member->text);
    }
    if (rc != MVL_OK) {
        column_builder_drop(&b);
        return rc;
    }
    TRY(column_builder_finish(&b, out));
    out->name = key;
    return MVL_OK;
}

/* A chunk that was never read whole is, for its checksum: these numbers are the user's. */
static int copy_vectors(struct collection *c, uint32_t field, const uint32_t rows[], uint32_t n,
                        uint32_t row_bytes, uint8_t *matrix, uint8_t *found, struct error *e)
{
    const struct vectors *v = c->fields[field].vectors;
    struct chunk_table t = collection_chunks(c, field);
    if (!v)
        return chunks_read_rows(c->store, &t, rows, n, matrix, found, e);
    for (uint32_t i = 0; i < n; i++) {
        if (!bitmap_test(&v->present, rows[i]))
            continue;
        bits_set(found, i);
        TRY(collection_read_error(c, field, vectors_check(v, rows[i]), e));
        TRY(collection_read_error(c, field, vectors_copy(v, rows[i], matrix + (size_t)i * row_bytes), e));
    }
    return MVL_OK;
}

static int fetch_vectors(struct collection *c, uint32_t field, const uint32_t rows[], uint32_t n,
                         struct arena *a, struct column *out, struct error *e)
{
    const struct field *f = &c->schema->fields[field];
    uint32_t row_bytes = vector_row_bytes(vector_format_of(f), f->dim);
    uint8_t *matrix = arena_zeroed(a, n, row_bytes), *valid = arena_zeroed(a, n / 8 + 1, 1);
    if (!matrix || !valid)
        return MVL_NOMEM;
    TRY(copy_vectors(c, field, rows, n, row_bytes, matrix, valid, e));
    for (uint32_t i = 0; i < n && !f->nullable; i++)
        if (!bits_test(valid, i))
            return error_set(e, MVL_DAMAGED, "the vector of row %u in field '%.*s' is missing", rows[i],
                             STR_ARGS(f->name));
    *out = (struct column){.name = f->name,
                           .kind = vector_kind(f),
                           .width = vector_width(f),
                           .valid = f->nullable ? valid : NULL,
                           .data = matrix};
    return MVL_OK;
}

static int to_booleans(struct column *c, uint32_t n, struct arena *a)
{
    uint8_t *bytes = arena_array(a, n, 1);
    if (!bytes)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = ((const int64_t *)c->data)[i] != 0;
    c->kind = KIND_BOOL;
    c->data = bytes;
    return MVL_OK;
}

int output_as_type(enum data_type type, struct column *c, uint32_t n, struct arena *a)
{
    enum type_class class = data_type_class(type);
    if (class == CLASS_TIME)
        c->kind = KIND_TIME;
    return class == CLASS_BOOL ? to_booleans(c, n, a) : MVL_OK; /* they are kept as integers */
}

int output_fetch(struct collection *c, const struct output *o, const uint32_t rows[], uint32_t n,
                 struct arena *a, struct batch *out, struct error *e)
{
    uint32_t most = o->n_scalars + o->n_vectors + o->n_dynamic + 1;
    bool needs_meta = o->spread_meta || o->n_dynamic;
    struct column meta;
    *out = (struct batch){.columns = arena_array(a, most, sizeof *out->columns), .n_rows = n};
    if (!out->columns)
        return MVL_NOMEM;
    struct entity_table entities = collection_entities(c);
    struct entity_selection selection = {o->scalars, o->n_scalars, rows, n};
    if (o->n_scalars || needs_meta)
        TRY(entities_read(c->store, &entities, &selection, a, out->columns, needs_meta ? &meta : NULL, e));
    for (uint32_t i = 0; i < o->n_scalars; i++)
        TRY(output_as_type(c->schema->fields[o->scalars[i]].type, &out->columns[i], n, a));
    out->n_columns = o->n_scalars;
    for (uint32_t i = 0; i < o->n_vectors; i++)
        TRY(fetch_vectors(c, o->vectors[i], rows, n, a, &out->columns[out->n_columns++], e));
    for (uint32_t i = 0; i < o->n_dynamic && !o->spread_meta; i++)
        TRY(extract(&meta, o->dynamic[i], n, a, &out->columns[out->n_columns++], e));
    if (o->spread_meta) {
        meta.role = ROLE_SPREAD;
        out->columns[out->n_columns++] = meta;
    }
    return MVL_OK;
}

int output_fetch_keys(struct collection *c, const uint32_t rows[], uint32_t n, struct arena *a,
                      struct column *out, struct error *e)
{
    struct entity_table entities = collection_entities(c);
    struct entity_selection selection = {&c->schema->primary, 1, rows, n};
    bool known;
    TRY(keys_of(c, rows, n, a, out, &known));
    if (!known)
        TRY(entities_read(c->store, &entities, &selection, a, out, NULL, e));
    out->role = ROLE_ID;
    return MVL_OK;
}
