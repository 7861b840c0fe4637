#include "base/bytes.h"

#include "base/error.h"
#include "base/mem.h"

enum { PADDING = 16 };

const uint8_t *reader_bytes(struct reader *r, size_t n)
{
    if (r->bad || n > r->n - r->at) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->p + r->at;
    r->at += n;
    return p;
}

const uint8_t *reader_padded(struct reader *r, size_t n)
{
    const uint8_t *p = reader_bytes(r, n);
    if (p)
        reader_bytes(r, (PADDING - r->at % PADDING) % PADDING);
    return r->bad ? NULL : p;
}

uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 1);
    return p ? p[0] : 0;
}

uint16_t reader_u16(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 2);
    return p ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

uint32_t reader_u32(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 4);
    return p ? bytes_u32(p) : 0;
}

int writer_reserve(struct writer *w, size_t more)
{
    if (w->failed)
        return MVL_NOMEM;
    if (more <= w->capacity - w->n)
        return MVL_OK;
    if (more > SIZE_MAX / 2 - w->n) {
        w->failed = true;
        return MVL_NOMEM;
    }
    size_t need = w->n + more;
    size_t capacity = need > w->capacity + w->capacity / 2 ? need : w->capacity + w->capacity / 2;
    uint8_t *p = mem_grow(w->p, capacity, 1);
    if (!p) {
        w->failed = true;
        return MVL_NOMEM;
    }
    w->p = p;
    w->capacity = capacity;
    return MVL_OK;
}

uint8_t *writer_space(struct writer *w, size_t n)
{
    if (n == 0 || writer_reserve(w, n) != MVL_OK)
        return NULL;
    uint8_t *p = w->p + w->n;
    w->n += n;
    return p;
}

void writer_bytes(struct writer *w, const void *from, size_t n)
{
    uint8_t *to = writer_space(w, n);
    if (to)
        memcpy(to, from, n);
}

void writer_str(struct writer *w, struct str s)
{
    writer_bytes(w, s.p, s.n);
}

void writer_u8(struct writer *w, uint8_t v)
{
    writer_bytes(w, &v, 1);
}

void writer_u32(struct writer *w, uint32_t v)
{
    uint8_t *to = writer_space(w, 4);
    if (to)
        bytes_set_u32(to, v);
}

void writer_pad(struct writer *w)
{
    size_t n = (PADDING - w->n % PADDING) % PADDING;
    uint8_t *to = writer_space(w, n);
    if (to)
        memset(to, 0, n);
}

void writer_fini(struct writer *w)
{
    mem_free(w->p);
    *w = (struct writer){0};
}
