/* Little-endian bytes: a bounded reader for what comes from outside, a growing writer for what goes out. */
#pragma once
#include "base/base.h"

static inline uint32_t bytes_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t bytes_u64(const uint8_t *p)
{
    return bytes_u32(p) | (uint64_t)bytes_u32(p + 4) << 32;
}

static inline void bytes_set_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline void bytes_set_u64(uint8_t *p, uint64_t v)
{
    bytes_set_u32(p, (uint32_t)v);
    bytes_set_u32(p + 4, (uint32_t)(v >> 32));
}

/* Reads never pass the end: past it they give zeros and set bad, to be asked once at the end. */
struct reader {
    const uint8_t *p;
    size_t n, at;
    bool bad;
};

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
const uint8_t *reader_bytes(struct reader *r, size_t n);  /* n bytes, or NULL and bad */
const uint8_t *reader_padded(struct reader *r, size_t n); /* likewise, and steps over padding to 16 */

/* Appends never fail half-way: out of memory sets failed and later calls do nothing, to be asked once at the end. */
struct writer {
    uint8_t *p; /* owned */
    size_t n, capacity;
    size_t json_from; /* where the JSON text being written began, see json_begin */
    bool failed;
};

int writer_reserve(struct writer *w, size_t more) MUST_USE; /* 0 or MVL_NOMEM */
void writer_bytes(struct writer *w, const void *from, size_t n);
void writer_str(struct writer *w, struct str s);
void writer_u8(struct writer *w, uint8_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_pad(struct writer *w);                 /* zeros up to a multiple of 16 */
uint8_t *writer_space(struct writer *w, size_t n); /* n > 0 bytes to fill in, or NULL */
void writer_fini(struct writer *w);
