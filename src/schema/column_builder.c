#include "schema/column_builder.h"

#include <assert.h>

#include "base/json.h"

int column_builder_init(struct column_builder *b, enum column_kind kind, uint32_t n_rows, struct arena *a)
{
    *b = (struct column_builder){.arena = a, .kind = kind, .n_rows = n_rows};
    if (kind_is_text(kind)) {
        b->offsets = arena_zeroed(a, (size_t)n_rows + 1, sizeof *b->offsets);
        return b->offsets ? MVL_OK : MVL_NOMEM;
    }
    b->values = arena_zeroed(a, n_rows, kind_element_bytes(kind));
    return b->values ? MVL_OK : MVL_NOMEM;
}

/* A bitmap with a bit for every row, all set. */
static uint8_t *full_bitmap(struct column_builder *b)
{
    size_t bytes = (size_t)b->n_rows / 8 + 1;
    uint8_t *bits = arena_alloc(b->arena, bytes);
    if (bits)
        memset(bits, 0xff, bytes);
    return bits;
}

static void end_row(struct column_builder *b)
{
    assert(b->row < b->n_rows);
    b->row++;
    if (b->offsets)
        b->offsets[b->row] = (uint32_t)b->text.n;
    json_begin(&b->text);
}

int column_builder_null(struct column_builder *b)
{
    if (!b->valid && !(b->valid = full_bitmap(b)))
        return MVL_NOMEM;
    bits_clear(b->valid, b->row);
    end_row(b);
    return MVL_OK;
}

int column_builder_absent(struct column_builder *b)
{
    if (!b->given && !(b->given = full_bitmap(b)))
        return MVL_NOMEM;
    bits_clear(b->given, b->row);
    return column_builder_null(b);
}

void column_builder_i64(struct column_builder *b, int64_t v)
{
    ((int64_t *)b->values)[b->row] = v;
    end_row(b);
}

void column_builder_f64(struct column_builder *b, double v)
{
    ((double *)b->values)[b->row] = v;
    end_row(b);
}

void column_builder_end_text(struct column_builder *b)
{
    end_row(b);
}

void column_builder_text(struct column_builder *b, struct str s)
{
    writer_str(&b->text, s);
    end_row(b);
}

int column_builder_value(struct column_builder *b, const struct column *from, uint32_t row)
{
    assert(from->kind == b->kind);
    if (!column_is_given(from, row))
        return column_builder_absent(b);
    if (column_is_null(from, row))
        return column_builder_null(b);
    if (b->kind == KIND_I64)
        column_builder_i64(b, ((const int64_t *)from->data)[row]);
    else if (b->kind == KIND_F64)
        column_builder_f64(b, ((const double *)from->data)[row]);
    else
        column_builder_text(b, column_text(from, row));
    return MVL_OK;
}

int column_builder_finish(struct column_builder *b, struct column *out)
{
    assert(b->row == b->n_rows);
    *out = (struct column){
        .kind = b->kind, .valid = b->valid, .given = b->given, .offsets = b->offsets, .data = b->values};
    int rc = b->text.failed || b->text.n > UINT32_MAX ? MVL_NOMEM : MVL_OK;
    if (rc == MVL_OK && kind_is_text(b->kind)) {
        struct str copy;
        rc = arena_copy(b->arena, (struct str){(const char *)b->text.p, (uint32_t)b->text.n}, &copy);
        out->data = copy.p;
    }
    writer_fini(&b->text);
    return rc;
}

void column_builder_drop(struct column_builder *b)
{
    writer_fini(&b->text);
}
