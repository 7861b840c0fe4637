#include "kernel/kernel.h"

#include <float.h>
#include <math.h>

#include "kernel/kernel_bits.h"
#include "kernel/kernel_f32.h"

static void dot_four(const void *q, const void *const rows[4], uint32_t dim, float out[4])
{
    const float *const floats[4] = {rows[0], rows[1], rows[2], rows[3]};
    kernel_f32_dot_four(q, floats, dim, out);
}

static void l2_four(const void *q, const void *const rows[4], uint32_t dim, float out[4])
{
    const float *const floats[4] = {rows[0], rows[1], rows[2], rows[3]};
    kernel_f32_l2_four(q, floats, dim, out);
}

static void hamming_four(const void *q, const void *const rows[4], uint32_t dim, float out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = (float)kernel_bits_hamming(q, rows[i], dim / 8);
}

static void jaccard_four(const void *q, const void *const rows[4], uint32_t dim, float out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = (float)kernel_bits_jaccard(q, rows[i], dim / 8);
}

static const struct kernel kernels[] = {
    [METRIC_COSINE] = {dot_four, .is_dot = true, .by_row_norm = true},
    [METRIC_IP] = {dot_four, .is_dot = true},
    [METRIC_L2] = {l2_four},
    [METRIC_HAMMING] = {hamming_four},
    [METRIC_JACCARD] = {jaccard_four},
};
_Static_assert(COUNT(kernels) == N_METRICS, "a metric without a kernel");

const struct kernel *kernel_of(enum metric m)
{
    return &kernels[m];
}

static double cosine(const float *a, const float *b, uint32_t dim)
{
    double aa = kernel_f32_dot_exact(a, a, dim), bb = kernel_f32_dot_exact(b, b, dim);
    if (aa == 0 || bb == 0)
        return 0;
    double similarity = kernel_f32_dot_exact(a, b, dim) / (sqrt(aa) * sqrt(bb));
    return similarity > 1 ? 1 : similarity < -1 ? -1 : similarity;
}

double kernel_distance(enum metric m, const void *a, const void *b, uint32_t dim)
{
    switch (m) {
    case METRIC_COSINE: return cosine(a, b, dim);
    case METRIC_IP: return kernel_f32_dot_exact(a, b, dim);
    case METRIC_L2: return kernel_f32_l2_exact(a, b, dim);
    case METRIC_HAMMING: return kernel_bits_hamming(a, b, dim / 8);
    case METRIC_JACCARD: return kernel_bits_jaccard(a, b, dim / 8);
    case N_METRICS: break;
    }
    return NAN;
}

double kernel_order_of_distance(enum metric m, double distance)
{
    return metric_larger_is_nearer(m) ? -distance : distance;
}

double kernel_distance_of_order(enum metric m, double order)
{
    return metric_larger_is_nearer(m) ? -order : order;
}

float kernel_inverse_norm(const float *v, uint32_t dim)
{
    float fast = kernel_f32_dot(v, v, dim);
    if (fast > FLT_MIN && fast < FLT_MAX)
        return 1 / sqrtf(fast);
    double squared = kernel_f32_dot_exact(v, v, dim); /* very small or large components */
    return squared > 0 ? (float)(1 / sqrt(squared)) : 0;
}
