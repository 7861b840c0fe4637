/* How indexes code vectors: rotated, COSINE as unit vectors, in one bit a dimension about a centre. */
#pragma once
#include "base/bytes.h"
#include "base/metric.h"
#include "kernel/bit_block.h"
#include "table/vectors.h"

struct coder {
    const struct vectors *vectors; /* borrowed */
    enum metric metric;
    bool is_dot, by_row_norm;
    uint32_t n;           /* rotated dimensions */
    float *centre;        /* owned [n]; NULL until there is one */
    uint32_t centre_rows; /* rows there were when it was taken */
    float *rotated;       /* owned [n]: the row at hand */
    float *buffer;        /* owned [dim]: a row that is not in memory */
};

int coder_init(struct coder *c, const struct vectors *v, enum metric m) MUST_USE; /* 0 or MVL_NOMEM */
void coder_fini(struct coder *c);

/* Takes the mean of the rows, or of some thousands of them, as the centre. Returns 0, MVL_NOMEM or what reading
 * vectors returns; without success there is no centre. */
int coder_take_centre(struct coder *c) MUST_USE;
void coder_drop_centre(struct coder *c);

/* True when there are so many more rows than the centre was taken from that they are better coded anew. */
bool coder_is_outgrown(const struct coder *c);

/* Keeps the centre and what it is of, and reads it into a coder without one: 0, MVL_NOMEM, or MVL_DAMAGED when it was
 * another coder's. There must be a centre to write. */
void coder_write(const struct coder *c, struct writer *w);
int coder_read(struct coder *c, struct reader *r) MUST_USE;

/* What becomes of a present row: rotated, and what a block of bits wants to know. Valid until the next one.
 * Returns 0 or what reading vectors returns. There must be a centre. */
int coder_row(struct coder *c, uint32_t row, struct bit_row *out) MUST_USE;

/* A query in the form of the codes. */
struct coded_query {
    float length;   /* |q|, infinite for zero */
    float *rotated; /* owned [n] */
    uint8_t *table; /* owned [4 * n], of bits */
    struct bit_query bits;
};

/* Returns 0 or MVL_NOMEM; in any case there is something to finish. There must be a centre. Of a query of which codes
 * tell nothing there is only the length. */
int coded_query_init(struct coded_query *out, const struct coder *c, const float *query) MUST_USE;
void coded_query_fini(struct coded_query *q);

/* Whether codes can tell the distances of a query of this length. */
bool coder_can_estimate(float length);
