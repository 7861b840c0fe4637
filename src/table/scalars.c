#include "table/scalars.h"

#include <assert.h>

#include "base/mem.h"

int scalars_create(struct scalars **out, enum scalar_kind kind)
{
    struct scalars *s = mem_alloc(sizeof *s);
    if (!s)
        return MVL_NOMEM;
    *s = (struct scalars){.kind = kind};
    *out = s;
    return MVL_OK;
}

void scalars_destroy(struct scalars *s)
{
    if (!s)
        return;
    mem_free(s->values);
    mem_free(s->valid);
    mem_free(s->kinds);
    writer_fini(&s->texts);
    mem_free(s);
}

static int grow(struct scalars *s, uint32_t capacity)
{
    uint64_t *values = mem_grow(s->values, capacity, sizeof *values);
    if (!values)
        return MVL_NOMEM;
    s->values = values;
    uint64_t *valid = mem_grow(s->valid, capacity / 64, sizeof *valid);
    if (!valid)
        return MVL_NOMEM;
    s->valid = valid;
    if (s->kind == SCALAR_MIXED) {
        uint8_t *kinds = mem_grow(s->kinds, capacity, 1);
        if (!kinds)
            return MVL_NOMEM;
        s->kinds = kinds;
        memset(kinds + s->capacity, JSON_NULL, capacity - s->capacity);
    }
    memset(values + s->capacity, 0, (capacity - s->capacity) * sizeof *values);
    memset(valid + s->capacity / 64, 0, (capacity - s->capacity) / 64 * sizeof *valid);
    s->capacity = capacity;
    return MVL_OK;
}

int scalars_extend(struct scalars *s, uint32_t n_rows)
{
    assert(n_rows >= s->n_rows);
    if (n_rows > s->capacity) {
        uint32_t more = s->capacity + s->capacity / 8;
        uint32_t wanted = n_rows > more ? n_rows : more;
        TRY(grow(s, (wanted + SCALARS_BLOCK - 1) / SCALARS_BLOCK * SCALARS_BLOCK));
    }
    s->n_rows = n_rows;
    return MVL_OK;
}

static int put_text(struct scalars *s, struct str text, uint64_t *value)
{
    *value = (uint64_t)text.n << 32 | (uint32_t)s->texts.n;
    if (text.n > UINT32_MAX - s->texts.n - SCALARS_SLACK)
        return MVL_NOMEM;
    TRY(writer_reserve(&s->texts, (size_t)text.n + SCALARS_SLACK));
    writer_str(&s->texts, text);
    memset(s->texts.p + s->texts.n, 0, SCALARS_SLACK);
    return MVL_OK;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static void set_valid(struct scalars *s, uint32_t row)
{
    s->valid[row / 64] |= UINT64_C(1) << (row % 64);
}

int scalars_set_column(struct scalars *s, uint32_t row, const struct column *c, uint32_t i)
{
    assert(row < s->n_rows && !scalars_has(s, row));
    switch (s->kind) {
    case SCALAR_INT: s->values[row] = (uint64_t)((const int64_t *)c->data)[i]; break;
    case SCALAR_REAL: s->values[row] = bits_of(((const double *)c->data)[i]); break;
    case SCALAR_TEXT: TRY(put_text(s, column_text(c, i), &s->values[row])); break;
    case SCALAR_MIXED: assert(!"a column of one type"); break;
    }
    set_valid(s, row);
    return MVL_OK;
}

int scalars_set_cell(struct scalars *s, uint32_t row, const struct cell *value)
{
    assert(row < s->n_rows && !scalars_has(s, row));
    switch (value->kind) {
    case JSON_NULL: return MVL_OK;
    case JSON_BOOL:
    case JSON_INT: s->values[row] = (uint64_t)value->integer; break;
    case JSON_REAL: s->values[row] = bits_of(value->real); break;
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT: TRY(put_text(s, value->text, &s->values[row])); break;
    }
    if (s->kind == SCALAR_MIXED)
        s->kinds[row] = (uint8_t)value->kind;
    set_valid(s, row);
    return MVL_OK;
}

int scalars_set_json(struct scalars *s, uint32_t row, const struct json *value)
{
    assert(s->kind == SCALAR_MIXED);
    const struct cell cell = {
        .kind = value->kind,
        .integer = value->kind == JSON_BOOL ? value->boolean : value->integer,
        .real = value->real,
        .text = value->kind == JSON_STRING ? value->string : value->text,
    };
    return scalars_set_cell(s, row, &cell);
}

void scalars_clear(struct scalars *s, uint32_t row)
{
    if (row < s->n_rows)
        s->valid[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

size_t scalars_bytes(const struct scalars *s)
{
    return sizeof *s + s->capacity * (sizeof *s->values + (s->kinds != NULL)) + s->capacity / 8 +
           s->texts.capacity;
}

static double real_of(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

struct cell scalar_cell(enum json_kind kind, uint64_t value, const uint8_t *texts)
{
    struct cell cell = {.kind = kind};
    switch (kind) {
    case JSON_NULL: break;
    case JSON_BOOL:
    case JSON_INT: cell.integer = (int64_t)value; break;
    case JSON_REAL: cell.real = real_of(value); break;
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT: cell.text = scalar_text(texts, value); break;
    }
    return cell;
}

struct cell scalars_cell(const struct scalars *s, uint32_t row)
{
    static const enum json_kind kinds[] = {
        [SCALAR_INT] = JSON_INT, [SCALAR_REAL] = JSON_REAL, [SCALAR_TEXT] = JSON_STRING};
    if (!scalars_has(s, row))
        return (struct cell){.kind = JSON_NULL};
    enum json_kind kind = s->kind == SCALAR_MIXED ? (enum json_kind)s->kinds[row] : kinds[s->kind];
    return scalar_cell(kind, s->values[row], s->texts.p);
}
