#include "kernel/kernel_f32.h"

#include "kernel/simd.h"

/* The body of both kernels: TERM adds one product of x (query) and y (row) to an accumulator. */
#define FOUR_ROWS(VECTOR_TERM, SCALAR_TERM)                                                                  \
    const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];                                      \
    f32x4 sa = f32x4_zero(), sb = sa, sc = sa, sd = sa;                                                      \
    uint32_t i = 0;                                                                                          \
    for (; i + 8 <= dim; i += 8) {                                                                           \
        f32x4 x = f32x4_load(q + i), y = f32x4_load(q + i + 4);                                              \
        VECTOR_TERM(sa, x, f32x4_load(a + i));                                                               \
        VECTOR_TERM(sb, x, f32x4_load(b + i));                                                               \
        VECTOR_TERM(sc, x, f32x4_load(c + i));                                                               \
        VECTOR_TERM(sd, x, f32x4_load(d + i));                                                               \
        VECTOR_TERM(sa, y, f32x4_load(a + i + 4));                                                           \
        VECTOR_TERM(sb, y, f32x4_load(b + i + 4));                                                           \
        VECTOR_TERM(sc, y, f32x4_load(c + i + 4));                                                           \
        VECTOR_TERM(sd, y, f32x4_load(d + i + 4));                                                           \
    }                                                                                                        \
    out[0] = f32x4_sum(sa);                                                                                  \
    out[1] = f32x4_sum(sb);                                                                                  \
    out[2] = f32x4_sum(sc);                                                                                  \
    out[3] = f32x4_sum(sd);                                                                                  \
    for (; i < dim; i++) {                                                                                   \
        SCALAR_TERM(out[0], q[i], a[i]);                                                                     \
        SCALAR_TERM(out[1], q[i], b[i]);                                                                     \
        SCALAR_TERM(out[2], q[i], c[i]);                                                                     \
        SCALAR_TERM(out[3], q[i], d[i]);                                                                     \
    }

static inline f32x4 square(f32x4 v)
{
    return f32x4_mul(v, v);
}

#define DOT_VECTOR(sum, x, y) ((sum) = f32x4_add((sum), f32x4_mul((x), (y))))
#define DOT_SCALAR(sum, x, y) ((sum) += (x) * (y))
#define L2_VECTOR(sum, x, y) ((sum) = f32x4_add((sum), square(f32x4_sub((x), (y)))))
#define L2_SCALAR(sum, x, y) ((sum) += ((x) - (y)) * ((x) - (y)))

void kernel_f32_dot_four(const float *q, const float *const rows[4], uint32_t dim, float out[4])
{
    FOUR_ROWS(DOT_VECTOR, DOT_SCALAR)
}

void kernel_f32_l2_four(const float *q, const float *const rows[4], uint32_t dim, float out[4])
{
    FOUR_ROWS(L2_VECTOR, L2_SCALAR)
}

float kernel_f32_dot(const float *a, const float *b, uint32_t dim)
{
    f32x4 s = f32x4_zero(), t = s, u = s, v = s;
    uint32_t i = 0;
    for (; i + 16 <= dim; i += 16) {
        DOT_VECTOR(s, f32x4_load(a + i), f32x4_load(b + i));
        DOT_VECTOR(t, f32x4_load(a + i + 4), f32x4_load(b + i + 4));
        DOT_VECTOR(u, f32x4_load(a + i + 8), f32x4_load(b + i + 8));
        DOT_VECTOR(v, f32x4_load(a + i + 12), f32x4_load(b + i + 12));
    }
    float sum = f32x4_sum(f32x4_add(f32x4_add(s, t), f32x4_add(u, v)));
    for (; i < dim; i++)
        DOT_SCALAR(sum, a[i], b[i]);
    return sum;
}

/* The body of both: TERM is one product of two of a and b. Four sums at a time: additions wait for those before them. */
#define IN_DOUBLES(VECTOR_TERM, SCALAR_TERM)                                                                 \
    f64x2 sums[4] = {f64x2_zero(), f64x2_zero(), f64x2_zero(), f64x2_zero()};                                \
    uint32_t i = 0;                                                                                          \
    for (; i + 8 <= dim; i += 8)                                                                             \
        for (uint32_t k = 0; k < 4; k++)                                                                     \
            sums[k] = f64x2_add(sums[k], VECTOR_TERM(f64x2_load(a + i + 2 * k), f64x2_load(b + i + 2 * k))); \
    double sum = f64x2_sum(f64x2_add(f64x2_add(sums[0], sums[1]), f64x2_add(sums[2], sums[3])));             \
    for (; i < dim; i++)                                                                                     \
        sum += SCALAR_TERM((double)a[i], (double)b[i]);                                                      \
    return sum;

static inline f64x2 squared_difference(f64x2 a, f64x2 b)
{
    f64x2 difference = f64x2_sub(a, b);
    return f64x2_mul(difference, difference);
}

#define PRODUCT(x, y) ((x) * (y))
#define SQUARED_DIFFERENCE(x, y) (((x) - (y)) * ((x) - (y)))

double kernel_f32_dot_exact(const float *a, const float *b, uint32_t dim)
{
    IN_DOUBLES(f64x2_mul, PRODUCT)
}

double kernel_f32_l2_exact(const float *a, const float *b, uint32_t dim)
{
    IN_DOUBLES(squared_difference, SQUARED_DIFFERENCE)
}
