#include "api/message.h"

#include "base/mem.h"
#include "base/utf8.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "columns are read in place");

enum {
    MAGIC = 0x314c564d, /* "MVL1" */
    FLAG_VALID = 1,
    FLAG_GIVEN = 2,
    FLAG_RAGGED = 4,
    MAX_COLUMNS = 4096,
    HEADER_BYTES = 32,
    COLUMN_HEADER_BYTES = 32,
};

static int malformed(struct error *e, const char *why)
{
    return error_set(e, MVL_PARAM_INVALID, "malformed request: %s", why);
}

static bool offsets_fit(const uint32_t *offsets, uint32_t n_rows, size_t n_elements)
{
    if (offsets[0] != 0 || offsets[n_rows] != n_elements)
        return false;
    for (uint32_t i = 0; i < n_rows; i++)
        if (offsets[i] > offsets[i + 1])
            return false;
    return true;
}

/* Each text by itself: a character must not be cut in two by an offset. */
static bool texts_are_utf8(const struct column *c, uint32_t n_rows)
{
    for (uint32_t i = 0; i < n_rows; i++) {
        struct str text = column_text(c, i);
        if (!utf8_valid(text.p, text.n))
            return false;
    }
    return true;
}

static bool bools_are_bits(const uint8_t *data, uint32_t n)
{
    uint8_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all |= data[i];
    return all <= 1;
}

static int read_column(struct reader *r, uint32_t n_rows, struct column *c, struct error *e)
{
    size_t from = r->at;
    uint32_t column_bytes = reader_u32(r);
    uint8_t kind = reader_u8(r), role = reader_u8(r), flags = reader_u8(r);
    reader_u8(r);
    uint32_t width = reader_u32(r), name_bytes = reader_u32(r), data_bytes = reader_u32(r);
    reader_bytes(r, from + COLUMN_HEADER_BYTES - r->at);
    if (kind < KIND_BOOL || kind > KIND_MATRIX_BF16 || role > ROLE_SPREAD || flags > 7)
        return malformed(e, "an unknown kind of column");
    *c = (struct column){.kind = (enum column_kind)kind, .role = (enum column_role)role};
    bool ragged = flags & FLAG_RAGGED;
    if (kind_is_matrix(c->kind) ? ragged && width != 0 : ragged || width != 0)
        return malformed(e, "a width where there is none");
    c->width = width;
    c->name = (struct str){(const char *)reader_padded(r, name_bytes), name_bytes};
    size_t bitmap_bytes = (size_t)n_rows / 8 + (n_rows % 8 != 0);
    if (flags & FLAG_VALID)
        c->valid = reader_padded(r, bitmap_bytes);
    if (flags & FLAG_GIVEN)
        c->given = reader_padded(r, bitmap_bytes);
    size_t element = kind_element_bytes(c->kind);
    if (kind_is_text(c->kind) || ragged)
        c->offsets = (const uint32_t *)(const void *)reader_padded(
            r, mem_size((size_t)n_rows + 1, sizeof *c->offsets));
    c->data = reader_padded(r, data_bytes);
    if (r->bad || r->at - from != column_bytes)
        return malformed(e, "a column does not fit its size");
    uint64_t n_elements = (uint64_t)n_rows * (kind_is_matrix(c->kind) ? width : 1);
    if (data_bytes % element != 0 || (c->offsets ? !offsets_fit(c->offsets, n_rows, data_bytes / element)
                                                 : data_bytes / element != n_elements))
        return malformed(e, "a column's data does not fit its rows");
    if (!utf8_valid(c->name.p, c->name.n) || (kind_is_text(c->kind) && !texts_are_utf8(c, n_rows)))
        return malformed(e, "text is not UTF-8");
    if (c->kind == KIND_BOOL && !bools_are_bits(c->data, n_rows))
        return malformed(e, "a boolean is neither 0 nor 1");
    return MVL_OK;
}

int message_check(const uint8_t *bytes, size_t n, struct arena *a, struct message *out, struct error *e)
{
    struct reader r = {.p = bytes, .n = n};
    uint32_t magic = reader_u32(&r), message_bytes = reader_u32(&r);
    *out = (struct message){.op = reader_u16(&r)};
    uint32_t n_columns = reader_u16(&r);
    out->batch.n_rows = reader_u32(&r);
    reader_u32(&r); /* code */
    uint32_t params_bytes = reader_u32(&r);
    out->client = reader_u32(&r);
    out->sequence = reader_u32(&r);
    out->params = (struct str){(const char *)reader_padded(&r, params_bytes), params_bytes};
    if (r.bad || magic != MAGIC || message_bytes != n)
        return malformed(e, "its header is wrong");
    if (n_columns > MAX_COLUMNS || out->batch.n_rows > INT32_MAX)
        return malformed(e, "too many columns or rows");
    out->batch.columns = arena_array(a, n_columns, sizeof *out->batch.columns);
    if (!out->batch.columns)
        return MVL_NOMEM;
    for (; out->batch.n_columns < n_columns; out->batch.n_columns++)
        TRY(read_column(&r, out->batch.n_rows, &out->batch.columns[out->batch.n_columns], e));
    return r.at == n ? MVL_OK : malformed(e, "bytes after its end");
}

static void write_bitmap(struct writer *w, const uint8_t *bits, uint32_t n_rows)
{
    if (!bits)
        return;
    writer_bytes(w, bits, (size_t)n_rows / 8 + (n_rows % 8 != 0));
    writer_pad(w);
}

static size_t padded(size_t n)
{
    return (n + MESSAGE_ALIGN - 1) / MESSAGE_ALIGN * MESSAGE_ALIGN;
}

static size_t column_data_bytes(const struct column *c, uint32_t n_rows)
{
    size_t n = c->offsets ? c->offsets[n_rows] : (size_t)n_rows * (kind_is_matrix(c->kind) ? c->width : 1);
    return n * kind_element_bytes(c->kind);
}

static size_t column_bytes(const struct column *c, uint32_t n_rows)
{
    size_t bitmap = padded((size_t)n_rows / 8 + (n_rows % 8 != 0));
    size_t offsets = c->offsets ? padded(((size_t)n_rows + 1) * sizeof *c->offsets) : 0;
    return COLUMN_HEADER_BYTES + padded(c->name.n) + (c->valid ? bitmap : 0) + (c->given ? bitmap : 0) +
           offsets + padded(column_data_bytes(c, n_rows));
}

size_t message_bytes(struct str params, const struct batch *batch)
{
    size_t bytes = HEADER_BYTES + padded(params.n);
    for (uint32_t i = 0; i < batch->n_columns; i++)
        bytes += column_bytes(&batch->columns[i], batch->n_rows);
    return bytes;
}

static void write_column(struct writer *w, const struct column *c, uint32_t n_rows)
{
    bool ragged = c->offsets && kind_is_matrix(c->kind);
    size_t data_bytes = column_data_bytes(c, n_rows), bytes = column_bytes(c, n_rows);
    if (bytes > UINT32_MAX) {
        w->failed = true;
        return;
    }
    writer_u32(w, (uint32_t)bytes);
    writer_u8(w, (uint8_t)c->kind);
    writer_u8(w, (uint8_t)c->role);
    writer_u8(
        w, (uint8_t)((c->valid ? FLAG_VALID : 0) | (c->given ? FLAG_GIVEN : 0) | (ragged ? FLAG_RAGGED : 0)));
    writer_u8(w, 0);
    writer_u32(w, ragged ? 0 : c->width);
    writer_u32(w, c->name.n);
    writer_u32(w, (uint32_t)data_bytes);
    writer_pad(w);
    writer_str(w, c->name);
    writer_pad(w);
    write_bitmap(w, c->valid, n_rows);
    write_bitmap(w, c->given, n_rows);
    if (c->offsets) {
        writer_bytes(w, c->offsets, ((size_t)n_rows + 1) * sizeof *c->offsets);
        writer_pad(w);
    }
    writer_bytes(w, c->data, data_bytes);
    writer_pad(w);
}

void message_write(struct writer *w, uint32_t op, int code, struct str params, const struct batch *batch)
{
    size_t bytes = message_bytes(params, batch);
    if (bytes > UINT32_MAX || writer_reserve(w, bytes) != MVL_OK) {
        w->failed = true;
        return;
    }
    writer_u32(w, MAGIC);
    writer_u32(w, (uint32_t)bytes);
    writer_u32(w, op | batch->n_columns << 16);
    writer_u32(w, batch->n_rows);
    writer_u32(w, (uint32_t)code);
    writer_u32(w, params.n);
    writer_pad(w);
    writer_str(w, params);
    writer_pad(w);
    for (uint32_t i = 0; i < batch->n_columns; i++)
        write_column(w, &batch->columns[i], batch->n_rows);
}
