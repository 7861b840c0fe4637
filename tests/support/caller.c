#include "caller.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x314c564d, ALIGN = 16, HEADER = 32, FLAG_VALID = 1, FLAG_GIVEN = 2, FLAG_RAGGED = 4 };

static size_t padded(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static uint8_t *extend(struct caller *c, size_t n)
{
    if (c->request_bytes + n > c->capacity) {
        c->capacity = (c->request_bytes + n) * 2;
        c->request = realloc(c->request, c->capacity);
        if (!c->request)
            abort();
    }
    uint8_t *p = c->request + c->request_bytes;
    memset(p, 0, n);
    c->request_bytes += n;
    return p;
}

static void put(struct caller *c, const void *from, size_t n)
{
    uint8_t *to = extend(c, padded(n));
    if (n)
        memcpy(to, from, n);
}

static uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void set_u32(uint8_t *p, size_t v)
{
    uint32_t small = (uint32_t)v;
    memcpy(p, &small, sizeof small);
}

/* The text with " for '; the caller frees it. */
static char *quoted(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    return copy;
}

static void begin(struct caller *c, enum caller_op op, uint32_t n_rows, const char *format, va_list args)
{
    char text[8192];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0 || n >= (int)sizeof text)
        abort();
    char *params = quoted(text);
    c->request_bytes = 0;
    c->n_rows = n_rows;
    uint8_t *header = extend(c, HEADER);
    set_u32(header, MAGIC);
    set_u32(header + 8, op);
    set_u32(header + 12, n_rows);
    set_u32(header + 20, (size_t)n);
    put(c, params, (size_t)n);
    set_u32(c->request + 4, c->request_bytes);
    free(params);
}

void caller_begin(struct caller *c, enum caller_op op, uint32_t n_rows, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    begin(c, op, n_rows, format, args);
    va_end(args);
}

static size_t element_bytes(enum column_kind kind)
{
    static const uint8_t bytes[] = {0, 1, 8, 8, 1, 1, 1, 1, 2, 4, 8, 2, 2};
    return bytes[kind];
}

void caller_add(struct caller *c, struct column column)
{
    size_t from = c->request_bytes, bitmap = (c->n_rows + 7) / 8;
    bool ragged = column.offsets && column.kind >= KIND_MATRIX_U8;
    size_t elements = column.offsets                  ? column.offsets[c->n_rows]
                      : column.kind >= KIND_MATRIX_U8 ? (size_t)c->n_rows * column.width
                                                      : c->n_rows;
    uint8_t *header = extend(c, HEADER);
    header[4] = (uint8_t)column.kind;
    header[5] = (uint8_t)column.role;
    header[6] = (uint8_t)((column.valid ? FLAG_VALID : 0) | (column.given ? FLAG_GIVEN : 0) |
                          (ragged ? FLAG_RAGGED : 0));
    set_u32(header + 8, ragged ? 0 : column.width);
    set_u32(header + 12, column.name.n);
    set_u32(header + 16, elements * element_bytes(column.kind));
    put(c, column.name.p, column.name.n);
    if (column.valid)
        put(c, column.valid, bitmap);
    if (column.given)
        put(c, column.given, bitmap);
    if (column.offsets)
        put(c, column.offsets, (c->n_rows + 1) * sizeof *column.offsets);
    put(c, column.data, elements * element_bytes(column.kind));
    set_u32(c->request + from, c->request_bytes - from);
    set_u32(c->request + 4, c->request_bytes);
    c->request[10]++;
}

void caller_i64(struct caller *c, const char *name, const int64_t values[])
{
    caller_add(c, (struct column){.name = str_of(name), .kind = KIND_I64, .data = values});
}

void caller_f64(struct caller *c, const char *name, const double values[])
{
    caller_add(c, (struct column){.name = str_of(name), .kind = KIND_F64, .data = values});
}

void caller_bool(struct caller *c, const char *name, const uint8_t values[])
{
    caller_add(c, (struct column){.name = str_of(name), .kind = KIND_BOOL, .data = values});
}

void caller_f32(struct caller *c, const char *name, uint32_t width, const float values[])
{
    caller_add(
        c, (struct column){.name = str_of(name), .kind = KIND_MATRIX_F32, .width = width, .data = values});
}

static void add_texts(struct caller *c, enum column_kind kind, const char *name, const char *const values[])
{
    size_t bytes = 0;
    bool has_null = false;
    for (uint32_t i = 0; i < c->n_rows; i++) {
        bytes += values[i] ? strlen(values[i]) : 0;
        has_null |= !values[i];
    }
    uint32_t *offsets = calloc(c->n_rows + 1, sizeof *offsets);
    uint8_t *valid = calloc(c->n_rows / 8 + 1, 1);
    char *data = malloc(bytes + 1);
    if (!offsets || !valid || !data)
        abort();
    for (uint32_t i = 0; i < c->n_rows; i++) {
        uint32_t n = values[i] ? (uint32_t)strlen(values[i]) : 0;
        if (values[i]) {
            bits_set(valid, i);
            memcpy(data + offsets[i], values[i], n);
        }
        offsets[i + 1] = offsets[i] + n;
    }
    caller_add(c, (struct column){.name = str_of(name),
                                  .kind = kind,
                                  .valid = has_null ? valid : NULL,
                                  .offsets = offsets,
                                  .data = data});
    free(offsets);
    free(valid);
    free(data);
}

void caller_str(struct caller *c, const char *name, const char *const values[])
{
    add_texts(c, KIND_STR, name, values);
}

void caller_json(struct caller *c, const char *name, const char *const values[])
{
    char *copies[1024];
    if (c->n_rows > COUNT(copies))
        abort();
    for (uint32_t i = 0; i < c->n_rows; i++)
        copies[i] = values[i] ? quoted(values[i]) : NULL;
    add_texts(c, KIND_JSON, name, (const char *const *)copies);
    for (uint32_t i = 0; i < c->n_rows; i++)
        free(copies[i]);
}

/* ---- replies: they are ours and right, so what does not fit is a bug and ends the program ---- */

static void expect(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "a malformed reply: %s\n", what);
    abort();
}

static size_t read_column(const uint8_t *p, size_t left, uint32_t n_rows, struct column *out)
{
    expect(left >= HEADER, "a column without header");
    size_t bytes = get_u32(p), name_bytes = get_u32(p + 12), data_bytes = get_u32(p + 16), at = HEADER;
    size_t bitmap = padded(((size_t)n_rows + 7) / 8);
    uint8_t flags = p[6];
    expect(bytes <= left && bytes % ALIGN == 0, "a column's size");
    expect(p[4] >= KIND_BOOL && p[4] <= KIND_MATRIX_BF16 && p[5] <= ROLE_SPREAD && flags < 8 && p[7] == 0,
           "a column's kind");
    *out = (struct column){.kind = (enum column_kind)p[4], .role = (enum column_role)p[5]};
    out->width = get_u32(p + 8);
    out->name = (struct str){(const char *)p + at, (uint32_t)name_bytes};
    at += padded(name_bytes);
    if (flags & FLAG_VALID) {
        out->valid = p + at;
        at += bitmap;
    }
    if (flags & FLAG_GIVEN) {
        out->given = p + at;
        at += bitmap;
    }
    size_t elements = (size_t)n_rows * (kind_is_matrix(out->kind) ? out->width : 1);
    if (kind_is_text(out->kind) || flags & FLAG_RAGGED) {
        out->offsets = (const uint32_t *)(const void *)(p + at);
        elements = out->offsets[n_rows];
        at += padded(((size_t)n_rows + 1) * sizeof *out->offsets);
    }
    out->data = p + at;
    expect(data_bytes == elements * element_bytes(out->kind), "a column's data");
    expect(at + padded(data_bytes) == bytes, "a column's end");
    return bytes;
}

static void read_reply(struct caller *c, const uint8_t *p, size_t n)
{
    expect(n >= HEADER && get_u32(p) == MAGIC && get_u32(p + 4) == n, "header");
    uint32_t n_columns = get_u32(p + 8) >> 16, params_bytes = get_u32(p + 20);
    expect(n_columns <= CALLER_MAX_COLUMNS && HEADER + padded(params_bytes) <= n, "sizes");
    c->code = (int)get_u32(p + 16);
    c->params = malloc(params_bytes + 1u);
    if (!c->params)
        abort();
    memcpy(c->params, p + HEADER, params_bytes);
    c->params[params_bytes] = 0;
    c->reply = (struct batch){c->columns, n_columns, get_u32(p + 12)};
    size_t at = HEADER + padded(params_bytes);
    for (uint32_t i = 0; i < n_columns; i++)
        at += read_column(p + at, n - at, c->reply.n_rows, &c->columns[i]);
    expect(at == n, "bytes after its end");
}

double caller_now(void)
{
    return 1;
}

int caller_send(struct caller *c)
{
    free(c->params);
    c->params = NULL;
    c->code = CALLER_NO_REPLY;
    c->reply = (struct batch){0};
    if (!c->api)
        c->api = api_create(caller_now);
    if (!c->api)
        return c->code;
    uint8_t *exact = malloc(c->request_bytes); /* so that a read past its end is seen */
    if (!exact)
        abort();
    memcpy(exact, c->request, c->request_bytes);
    int rc = api_call(c->api, exact, c->request_bytes);
    free(exact);
    if (rc == 0) {
        size_t n;
        const uint8_t *reply = api_reply(c->api, &n);
        read_reply(c, reply, n);
    }
    return c->code;
}

int caller_do(struct caller *c, enum caller_op op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    begin(c, op, 0, format, args);
    va_end(args);
    return caller_send(c);
}

const struct column *caller_column(const struct caller *c, const char *name)
{
    for (uint32_t i = 0; i < c->reply.n_columns; i++)
        if (c->columns[i].role == ROLE_FIELD && str_eq(c->columns[i].name, str_of(name)))
            return &c->columns[i];
    return NULL;
}

const struct column *caller_role(const struct caller *c, enum column_role role)
{
    for (uint32_t i = 0; i < c->reply.n_columns; i++)
        if (c->columns[i].role == role)
            return &c->columns[i];
    return NULL;
}

bool caller_says(const struct caller *c, const char *text)
{
    char *wanted = quoted(text);
    bool found = c->params && strstr(c->params, wanted);
    free(wanted);
    if (!found && !c->quiet)
        printf("# the reply is %s\n", c->params ? c->params : "(none)");
    return found;
}

int64_t caller_int(const struct caller *c, const char *key)
{
    char wanted[80];
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *at = c->params ? strstr(c->params, wanted) : NULL;
    return at ? strtoll(at + strlen(wanted), NULL, 10) : INT64_MIN;
}

int64_t caller_i64_at(const struct column *c, uint32_t row)
{
    if (c->kind == KIND_BOOL)
        return ((const uint8_t *)c->data)[row];
    expect(c->kind == KIND_I64, "integers expected");
    return ((const int64_t *)c->data)[row];
}

double caller_f64_at(const struct column *c, uint32_t row)
{
    expect(c->kind == KIND_F64, "numbers expected");
    return ((const double *)c->data)[row];
}

bool caller_text_is(const struct column *c, uint32_t row, const char *text)
{
    expect(kind_is_text(c->kind), "texts expected");
    char *wanted = quoted(text);
    struct str got = {(const char *)c->data + c->offsets[row], c->offsets[row + 1] - c->offsets[row]};
    bool same = str_eq(got, str_of(c->kind == KIND_JSON ? wanted : text));
    free(wanted);
    return same;
}

void caller_drop_engine(struct caller *c)
{
    api_destroy(c->api);
    c->api = NULL;
    c->reply = (struct batch){0};
}

void caller_fini(struct caller *c)
{
    caller_drop_engine(c);
    free(c->request);
    free(c->params);
    *c = (struct caller){0};
}
