#include "index/coder.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "kernel/kernel.h"
#include "kernel/rotation.h"

enum {
    CENTRE_ROWS = 4096,    /* the centre is the mean of about so many */
    RECENTRE_GROWTH = 4,   /* coded anew when there are so many times as many rows */
    LONGEST_IN_CENTRE = 4, /* times the usual length: longer rows are shortened in the mean */
};

static const float SHORTEST_QUERY = 1e-15f, LONGEST_QUERY = 1e15f;

int coder_init(struct coder *c, const struct vectors *v, enum metric m)
{
    uint32_t n = rotation_dim(v->dim);
    *c = (struct coder){
        .vectors = v,
        .metric = m,
        .is_dot = kernel_of(m)->is_dot,
        .by_row_norm = kernel_of(m)->by_row_norm,
        .n = n,
        .rotated = mem_array(n, sizeof *c->rotated),
        .buffer = mem_array(v->dim, sizeof *c->buffer),
    };
    return c->rotated && c->buffer ? MVL_OK : MVL_NOMEM;
}

void coder_fini(struct coder *c)
{
    coder_drop_centre(c);
    mem_free(c->rotated);
    mem_free(c->buffer);
    c->rotated = c->buffer = NULL;
}

void coder_drop_centre(struct coder *c)
{
    mem_free(c->centre);
    c->centre = NULL;
    c->centre_rows = 0;
}

/* The centre is the mean of these. */
static uint32_t next_sample(const struct vectors *v, uint32_t row)
{
    uint32_t step = v->n_rows / CENTRE_ROWS + 1;
    while (row < v->n_rows && !bitmap_test(&v->present, row))
        row += step;
    return row;
}

#define FOR_EACH_SAMPLE(row, v)                                                                              \
    for (uint32_t row = next_sample(v, 0); row < (v)->n_rows;                                                \
         row = next_sample(v, row + (v)->n_rows / CENTRE_ROWS + 1))

/* The geometric mean of the rows' lengths: a few very long or short ones hardly move it. */
static int usual_length(const struct coder *c, float *out)
{
    double logs = 0;
    uint32_t n = 0;
    FOR_EACH_SAMPLE(row, c->vectors)
    {
        struct vector_view view;
        TRY(vectors_fetch(c->vectors, row, c->buffer, &view));
        if (view.inverse_norm <= 0 || !isfinite(view.inverse_norm))
            continue;
        logs -= log((double)view.inverse_norm);
        n++;
    }
    *out = n ? (float)exp(logs / n) : 0;
    return MVL_OK;
}

static float sample_scale(const struct coder *c, float inverse, float longest)
{
    if (!isfinite(inverse)) /* as good as zero */
        return 0;
    if (c->by_row_norm)
        return inverse;
    return longest * inverse < 1 ? longest * inverse : 1;
}

static int sum_samples(struct coder *c, float longest)
{
    uint32_t n = 0;
    memset(c->centre, 0, c->n * sizeof *c->centre);
    FOR_EACH_SAMPLE(row, c->vectors)
    {
        struct vector_view view;
        TRY(vectors_fetch(c->vectors, row, c->buffer, &view));
        rotation_apply(view.row, c->vectors->dim, sample_scale(c, view.inverse_norm, longest), c->rotated);
        for (uint32_t i = 0; i < c->n; i++)
            c->centre[i] += c->rotated[i];
        n++;
    }
    for (uint32_t i = 0; i < c->n; i++)
        c->centre[i] /= (float)(n ? n : 1);
    return MVL_OK;
}

int coder_take_centre(struct coder *c)
{
    float usual;
    coder_drop_centre(c);
    TRY(usual_length(c, &usual));
    c->centre = mem_array(c->n, sizeof *c->centre);
    if (!c->centre)
        return MVL_NOMEM;
    int rc = sum_samples(c, LONGEST_IN_CENTRE * usual);
    if (rc != MVL_OK)
        coder_drop_centre(c);
    else
        c->centre_rows = c->vectors->n_rows;
    return rc;
}

void coder_write(const struct coder *c, struct writer *w)
{
    writer_u32(w, c->vectors->dim);
    writer_u32(w, c->n);
    writer_str(w, str_of(metric_name(c->metric)));
    writer_u8(w, 0);
    writer_u32(w, c->centre_rows);
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t bits;
        memcpy(&bits, &c->centre[i], sizeof bits);
        writer_u32(w, bits);
    }
}

int coder_read(struct coder *c, struct reader *r)
{
    const char *metric = metric_name(c->metric);
    bool same = reader_u32(r) == c->vectors->dim && reader_u32(r) == c->n;
    const uint8_t *name = reader_bytes(r, strlen(metric) + 1);
    uint32_t centre_rows = reader_u32(r);
    if (r->bad || !same || memcmp(name, metric, strlen(metric) + 1) != 0)
        return MVL_DAMAGED;
    float *centre = mem_array(c->n, sizeof *centre);
    if (!centre)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t bits = reader_u32(r);
        memcpy(&centre[i], &bits, sizeof bits);
    }
    coder_drop_centre(c);
    c->centre = centre;
    c->centre_rows = centre_rows;
    return r->bad ? MVL_DAMAGED : MVL_OK;
}

bool coder_is_outgrown(const struct coder *c)
{
    return c->centre && c->vectors->n_rows / RECENTRE_GROWTH >= c->centre_rows;
}

int coder_row(struct coder *c, uint32_t row, struct bit_row *out)
{
    struct vector_view view;
    TRY(vectors_fetch(c->vectors, row, c->buffer, &view));
    /* COSINE codes unit vectors, so that all metrics but L2 are products. */
    rotation_apply(view.row, c->vectors->dim, c->by_row_norm ? view.inverse_norm : 1, c->rotated);
    *out = (struct bit_row){
        .rotated = c->rotated,
        .centre = c->centre,
        .constant = c->is_dot || view.inverse_norm <= 0 ? 0 : 1 / (view.inverse_norm * view.inverse_norm),
        .factor = c->is_dot ? -1 : -2,
    };
    return MVL_OK;
}

int coded_query_init(struct coded_query *out, const struct coder *c, const float *query)
{
    float length = 1 / kernel_inverse_norm(query, c->vectors->dim);
    *out = (struct coded_query){
        .length = length,
        .rotated = mem_array(c->n, sizeof *out->rotated),
        .table = mem_array(c->n, 4),
    };
    if (!out->rotated || !out->table)
        return MVL_NOMEM;
    if (!coder_can_estimate(length))
        return MVL_OK;
    rotation_apply(query, c->vectors->dim, c->by_row_norm ? 1 / length : 1, out->rotated);
    bit_query_init(&out->bits, out->rotated, c->centre, c->n, c->is_dot ? -1 : -2,
                   c->is_dot ? 0 : length * length, out->table);
    return MVL_OK;
}

void coded_query_fini(struct coded_query *q)
{
    mem_free(q->rotated);
    mem_free(q->table);
}

bool coder_can_estimate(float length)
{
    return length >= SHORTEST_QUERY && length <= LONGEST_QUERY; /* not for NaN */
}
