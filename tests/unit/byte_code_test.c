#include "kernel/byte_code.h"

#include <float.h>
#include <stdlib.h>

#include "base/mem.h"
#include "random.h"
#include "unit.h"

enum { MOST_DIMS = 32768, ROWS = 5 };

static const uint32_t dims[] = {32, 64, 96, 128, 160, 384, 768, 1536, 4096 + 32, MOST_DIMS};

/* Rows and a query, and their codes. */
struct scene {
    uint32_t n;
    float *rows, *q; /* [ROWS][n], [n] */
    int8_t *codes;   /* [ROWS][n] */
    int16_t *query;  /* [n] */
    float scales[ROWS], query_scale;
};

static void scene_fini(struct scene *s)
{
    mem_free(s->rows);
    mem_free(s->q);
    mem_free(s->codes);
    mem_free(s->query);
}

static bool scene_init(struct scene *s, uint32_t n)
{
    *s = (struct scene){
        .n = n,
        .rows = mem_array(ROWS * n, sizeof *s->rows),
        .q = mem_array(n, sizeof *s->q),
        .codes = mem_array(ROWS, n),
        .query = mem_array(n, sizeof *s->query),
    };
    if (CHECK(s->rows && s->q && s->codes && s->query))
        return true;
    scene_fini(s);
    return false;
}

static void scene_code(struct scene *s)
{
    for (uint32_t i = 0; i < ROWS; i++)
        s->scales[i] = byte_code.put(s->codes + i * s->n, s->rows + i * s->n, s->n);
    struct row_query q = byte_code.query_put(s->query, s->q, s->n);
    CHECK(q.values == s->query && q.shift == 0);
    s->query_scale = q.scale;
}

static bool scene_random(struct scene *s, struct random *r, uint32_t n)
{
    if (!scene_init(s, n))
        return false;
    random_floats(r, s->rows, ROWS * n);
    random_floats(r, s->q, n);
    scene_code(s);
    return true;
}

static double largest_of(const float *x, uint32_t n)
{
    double largest = 0;
    for (uint32_t i = 0; i < n; i++)
        largest = fabs((double)x[i]) > largest ? fabs((double)x[i]) : largest;
    return largest;
}

/* A step is the scale, the largest component is the last step, and no component is off by more than half a step. */
static void check_code(const float *x, const int16_t code[], uint32_t n, float scale, int steps)
{
    double largest = largest_of(x, n), step = largest / steps;
    int most = 0;
    CHECK_NEAR(scale, step, 4 * (double)FLT_EPSILON * step);
    for (uint32_t i = 0; i < n; i++) {
        most = abs(code[i]) > most ? abs(code[i]) : most;
        CHECK_NEAR(code[i] * step, x[i], step * (0.5 + 1e-4));
    }
    CHECK_EQ_INT(most, largest > 0 ? steps : 0);
}

static void check_codes(const struct scene *s)
{
    static int16_t code[MOST_DIMS];
    for (uint32_t row = 0; row < ROWS; row++) {
        byte_code.query_of_code(code, s->codes + row * s->n, 1, s->n);
        check_code(s->rows + row * s->n, code, s->n, s->scales[row], BYTE_CODE_LARGEST);
    }
    check_code(s->q, s->query, s->n, s->query_scale, BYTE_QUERY_LARGEST);
}

static int64_t dot_slowly(const int16_t *query, const int8_t *code, uint32_t n)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (int64_t)query[i] * code[i];
    return sum;
}

static void check_dots(const struct scene *s)
{
    const void *codes[4];
    int32_t dots[4];
    for (uint32_t row = 0; row < ROWS; row++) {
        const int8_t *code = s->codes + row * s->n;
        CHECK_EQ_INT(byte_code.dot(s->query, code, s->n), dot_slowly(s->query, code, s->n));
        for (uint32_t i = 0; i < 4; i++)
            codes[i] = s->codes + (row + i) % ROWS * s->n;
        byte_code.dot_four(s->query, codes, s->n, dots);
        for (uint32_t i = 0; i < 4; i++)
            CHECK_EQ_INT(dots[i], dot_slowly(s->query, codes[i], s->n));
        codes[0] = codes[2] = codes[3] = code; /* one may stand more than once */
        byte_code.dot_four(s->query, codes, s->n, dots);
        CHECK(dots[0] == dots[2] && dots[0] == dots[3]);
        CHECK_EQ_INT(dots[0], dot_slowly(s->query, code, s->n));
    }
}

/* The product of the vectors themselves, as far as half steps allow. */
static void check_products(const struct scene *s)
{
    for (uint32_t row = 0; row < ROWS; row++) {
        const float *x = s->rows + row * s->n;
        double exact = 0, lost = 0, a = (double)s->scales[row] / 2, b = (double)s->query_scale / 2;
        for (uint32_t i = 0; i < s->n; i++) {
            exact += (double)x[i] * (double)s->q[i];
            lost += 1.001 * (fabs((double)x[i]) * b + fabs((double)s->q[i]) * a + a * b);
        }
        int32_t dot = byte_code.dot(s->query, s->codes + row * s->n, s->n);
        CHECK_NEAR((double)s->scales[row] * (double)s->query_scale * dot, exact, lost);
    }
}

TEST(codes_are_off_by_half_a_step)
{
    struct random r = random_from(60);
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct scene s;
        if (!scene_random(&s, &r, dims[i]))
            return;
        check_codes(&s);
        scene_fini(&s);
    }
}

TEST(dot_products_are_exact)
{
    struct random r = random_from(61);
    for (uint32_t n = 32; n <= 1024; n += 32) {
        struct scene s;
        if (!scene_random(&s, &r, n))
            return;
        check_dots(&s);
        scene_fini(&s);
    }
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct scene s;
        if (!scene_random(&s, &r, dims[i]))
            return;
        check_dots(&s);
        check_products(&s);
        scene_fini(&s);
    }
}

TEST(the_largest_dot_products_fit)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        struct scene s;
        if (!scene_init(&s, MOST_DIMS))
            return;
        for (uint32_t i = 0; i < s.n; i++)
            s.q[i] = (float)sign;
        for (uint32_t i = 0; i < ROWS * s.n; i++)
            s.rows[i] = i / s.n % 2 ? 1 : -1;
        scene_code(&s);
        CHECK_EQ_INT(byte_code.dot(s.query, s.codes, s.n),
                     (int64_t)-sign * BYTE_CODE_LARGEST * BYTE_QUERY_LARGEST * MOST_DIMS);
        check_dots(&s);
        check_codes(&s);
        scene_fini(&s);
    }
}

TEST(halves_go_to_the_even_step)
{
    float x[32] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f};
    static const int expected[] = {127, 0, 2, 2, 0, -2, -2, 126, -126};
    int8_t code[32];
    CHECK_NEAR(byte_code.put(code, x, 32), 1, 0);
    for (size_t i = 0; i < COUNT(expected); i++)
        CHECK_EQ_INT(code[i], expected[i]);
}

TEST(zero_rows_have_no_scale)
{
    float x[64] = {0};
    int8_t code[64];
    int16_t query[64];
    memset(code, 0x55, sizeof code);
    memset(query, 0x55, sizeof query);
    x[3] = -0.0f;
    CHECK(byte_code.put(code, x, 64) == 0 && byte_code.query_put(query, x, 64).scale == 0);
    for (int i = 0; i < 64; i++)
        CHECK(code[i] == 0 && query[i] == 0);
    CHECK_EQ_INT(byte_code.dot(query, code, 64), 0);
}

/* Rows of one size: coded as others are, or when floats cannot say their scale, as zero. */
TEST(rows_of_any_size_are_coded)
{
    static const float sizes[] = {FLT_MAX, 1e38f, 1e20f, 1, 1e-20f, 1e-34f, 1e-36f, FLT_MIN, 1e-39f, 1e-45f};
    struct random r = random_from(62);
    for (size_t k = 0; k < COUNT(sizes); k++) {
        struct scene s;
        if (!scene_init(&s, 64))
            return;
        random_floats(&r, s.rows, ROWS * s.n);
        random_floats(&r, s.q, s.n);
        for (uint32_t i = 0; i < ROWS * s.n; i++)
            s.rows[i] *= sizes[k];
        for (uint32_t i = 0; i < s.n; i++)
            s.q[i] *= sizes[k];
        scene_code(&s);
        for (uint32_t row = 0; row < ROWS; row++)
            CHECK(isfinite(s.scales[row]) && s.scales[row] >= 0);
        CHECK(isfinite(s.query_scale) && s.query_scale >= 0);
        if (sizes[k] >= 1e-34f)
            check_codes(&s);
        else if (sizes[k] < FLT_MIN)
            CHECK(s.scales[0] == 0 && s.query_scale == 0);
        check_dots(&s);
        scene_fini(&s);
    }
}

TEST(one_huge_component_leaves_the_others_nothing)
{
    float x[32] = {1e38f, 1, -1, 1e-30f};
    int8_t code[32];
    CHECK_NEAR(byte_code.put(code, x, 32), 1e38 / BYTE_CODE_LARGEST, 1e31);
    CHECK_EQ_INT(code[0], BYTE_CODE_LARGEST);
    for (int i = 1; i < 32; i++)
        CHECK_EQ_INT(code[i], 0);
}

TEST(a_code_is_a_query_of_its_scale)
{
    struct random r = random_from(63);
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct scene s;
        if (!scene_random(&s, &r, dims[i]))
            return;
        struct row_query q = byte_code.query_of_code(s.query, s.codes, 3, s.n);
        CHECK(q.values == s.query && q.scale == 3 && q.shift == 0);
        for (uint32_t k = 0; k < s.n; k++)
            CHECK_EQ_INT(s.query[k], s.codes[k]);
        check_dots(&s);
        scene_fini(&s);
    }
}
