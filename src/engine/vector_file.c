#include "engine/vector_file.h"

enum vector_format vector_format_of(const struct field *f)
{
    static const struct {
        enum data_type type;
        enum vector_format format;
    } formats[] = {
        {DATA_TYPE_BINARY_VECTOR, VECTOR_BITS},
        {DATA_TYPE_FLOAT16_VECTOR, VECTOR_F16},
        {DATA_TYPE_BFLOAT16_VECTOR, VECTOR_BF16},
        {DATA_TYPE_INT8_VECTOR, VECTOR_I8},
    };
    for (size_t i = 0; i < COUNT(formats); i++)
        if (formats[i].type == f->type)
            return formats[i].format;
    return VECTOR_F32;
}

enum vector_family vector_family_of(const struct field *f)
{
    if (field_is_sparse(f))
        return FAMILY_SPARSE;
    return f->type == DATA_TYPE_BINARY_VECTOR ? FAMILY_BITS : FAMILY_DENSE;
}

static int read_row(void *context, uint32_t row, void *to)
{
    struct vector_file *f = context;
    f->error = ERROR_NONE;
    return chunks_fetch_row(f->store, &f->table, row, to, &f->error);
}

static int read_chunk(void *context, uint32_t chunk, void *to)
{
    struct vector_file *f = context;
    uint8_t present[CHUNK_MOST_ROWS / 8];
    f->error = ERROR_NONE;
    return chunks_read(f->store, &f->table, chunk, to, present, &f->error);
}

struct loading {
    struct vectors *vectors;
    uint32_t n_rows;
};

static int show_chunk(void *context, uint32_t chunk, const uint8_t *present, struct error *e)
{
    struct loading *l = context;
    uint32_t first = chunk << l->vectors->chunk_shift, n = 1u << l->vectors->chunk_shift;
    (void)e;
    if (first < l->n_rows)
        vectors_publish(l->vectors, first, n < l->n_rows - first ? n : l->n_rows - first, present);
    return MVL_OK;
}

static int show_rows(struct vector_file *f, uint32_t n_rows, struct vectors *v, struct error *e)
{
    struct loading loading = {v, n_rows};
    TRY(vectors_reserve_on_disk(v, n_rows));
    TRY(chunks_list(f->store, &f->table, show_chunk, &loading, e));
    if (v->n_rows < n_rows)
        vectors_publish(v, n_rows, 0, NULL);
    return MVL_OK;
}

int vector_file_load(struct vector_file *f, const struct field *field, uint32_t n_rows,
                     struct vectors_budget *budget, struct vectors **out, struct error *e)
{
    struct vectors *v;
    struct vectors_source source = {f, read_row, read_chunk};
    TRY(vectors_create(&v, vector_format_of(field), field->dim, chunk_shift(f->table.row_bytes)));
    int rc = vectors_set_source(v, source, budget);
    if (rc == MVL_OK)
        rc = show_rows(f, n_rows, v, e);
    if (rc != MVL_OK) {
        vectors_destroy(v);
        return rc;
    }
    *out = v;
    return MVL_OK;
}

int vector_file_error(const struct vector_file *f, int rc, struct error *e)
{
    if (rc != MVL_OK && rc == (int)f->error.code)
        *e = f->error;
    return rc;
}
