#include "kernel/nibble_code.h"

#include <float.h>
#include <stdlib.h>

#include "base/mem.h"
#include "random.h"
#include "unit.h"

enum { MOST_DIMS = ROW_CODE_LARGEST_N, ROWS = 5 };

static const uint32_t dims[] = {32, 64, 96, 128, 160, 384, 768, 1536, 4096 + 32, MOST_DIMS};

/* Rows and a query, and their codes. */
struct scene {
    uint32_t n;
    float *rows, *x; /* [ROWS][n], [n] */
    uint8_t *codes;  /* [ROWS][n / 2] */
    int16_t *values; /* [n] */
    float scales[ROWS];
    struct row_query q;
};

static void scene_fini(struct scene *s)
{
    mem_free(s->rows);
    mem_free(s->x);
    mem_free(s->codes);
    mem_free(s->values);
}

static bool scene_init(struct scene *s, uint32_t n)
{
    *s = (struct scene){
        .n = n,
        .rows = mem_array(ROWS * n, sizeof *s->rows),
        .x = mem_array(n, sizeof *s->x),
        .codes = mem_array(ROWS, n / 2),
        .values = mem_array(n, sizeof *s->values),
    };
    CHECK_EQ_INT(nibble_code.bytes(n), n / 2);
    if (CHECK(s->rows && s->x && s->codes && s->values))
        return true;
    scene_fini(s);
    return false;
}

static uint8_t *code_of(const struct scene *s, uint32_t row)
{
    return s->codes + row * (s->n / 2);
}

static void scene_code(struct scene *s)
{
    for (uint32_t row = 0; row < ROWS; row++)
        s->scales[row] = nibble_code.put(code_of(s, row), s->rows + row * s->n, s->n);
    s->q = nibble_code.query_put(s->values, s->x, s->n);
    CHECK(s->q.values == s->values);
}

static bool scene_random(struct scene *s, struct random *r, uint32_t n)
{
    if (!scene_init(s, n))
        return false;
    random_floats(r, s->rows, ROWS * n);
    random_floats(r, s->x, n);
    scene_code(s);
    return true;
}

/* ---- a twin: what the header says of codes and queries, one dimension at a time ---- */

/* Twice what dimension i of a code says, of the code's scale. */
static int coded_twice(const uint8_t *code, uint32_t i)
{
    uint8_t byte = code[i / 32 * 16 + i % 16];
    return 2 * (i % 32 < 16 ? byte & 15 : byte >> 4) - 15;
}

/* What dimension i of a query says, of 16 times the query's scale. */
static int value_of(const int16_t *values, uint32_t i)
{
    uint32_t j = i % 16, at = i / 32 * 32 + j % 2 * 16 + j / 2;
    if (i % 32 >= 16)
        return values[at + 8];
    CHECK(values[at] % 16 == 0);
    return values[at] / 16;
}

/* Twice dot - shift. */
static int64_t product_slowly(const int16_t *values, const uint8_t *code, uint32_t n)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (int64_t)16 * value_of(values, i) * coded_twice(code, i);
    return sum;
}

static double squared_error(const float *x, const uint8_t *code, uint32_t n, double scale)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double lost = (double)x[i] - scale / 2 * coded_twice(code, i);
        sum += lost * lost;
    }
    return sum;
}

static double squares_of(const float *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* Levels are the nearest of some step, and the scale is the one that suits them best. */
static void check_code(const float *x, const uint8_t *code, uint32_t n, double scale)
{
    double error = squared_error(x, code, n, scale), products = 0, squares = 0, low = 0, high = DBL_MAX;
    for (uint32_t i = 0; i < n; i++) {
        double coded = coded_twice(code, i) / 2.0, size = fabs((double)x[i]), level = fabs(coded);
        CHECK(x[i] == 0 || (x[i] > 0) == (coded > 0));
        products += (double)x[i] * coded;
        squares += coded * coded;
        if (level < 7.5 && size / (level + 0.5) > low)
            low = size / (level + 0.5);
        if (level > 0.5 && size / (level - 0.5) < high)
            high = size / (level - 0.5);
    }
    CHECK(low <= high * (1 + 1e-5)); /* the step lies between */
    CHECK_NEAR(scale, products / squares, 1e-5 * scale);
    CHECK(error <= squared_error(x, code, n, scale * 1.01));
    CHECK(error <= squared_error(x, code, n, scale * 0.99));
}

static void check_codes(const struct scene *s)
{
    for (uint32_t row = 0; row < ROWS; row++)
        check_code(s->rows + row * s->n, code_of(s, row), s->n, (double)s->scales[row]);
}

/* Each value is the nearest, the largest component has the largest. */
static void check_query(const struct scene *s)
{
    double largest = 0;
    int most = 0;
    for (uint32_t i = 0; i < s->n; i++)
        largest = fabs((double)s->x[i]) > largest ? fabs((double)s->x[i]) : largest;
    double step = largest / NIBBLE_QUERY_LARGEST;
    CHECK_NEAR(16 * s->q.scale, step, 4 * (double)FLT_EPSILON * step);
    for (uint32_t i = 0; i < s->n; i++) {
        int value = value_of(s->values, i);
        most = abs(value) > most ? abs(value) : most;
        CHECK_NEAR(value * step, s->x[i], step * (0.5 + 1e-4));
    }
    CHECK_EQ_INT(most, largest > 0 ? NIBBLE_QUERY_LARGEST : 0);
}

static void check_dots(const struct scene *s)
{
    const void *codes[4];
    int32_t dots[4];
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint8_t *code = code_of(s, row);
        int64_t dot = nibble_code.dot(s->values, code, s->n);
        CHECK_EQ_INT(2 * (dot - s->q.shift), product_slowly(s->values, code, s->n));
        for (uint32_t i = 0; i < 4; i++)
            codes[i] = code_of(s, (row + i) % ROWS);
        nibble_code.dot_four(s->values, codes, s->n, dots);
        for (uint32_t i = 0; i < 4; i++)
            CHECK_EQ_INT(dots[i], nibble_code.dot(s->values, codes[i], s->n));
        codes[0] = codes[2] = codes[3] = code; /* one may stand more than once */
        nibble_code.dot_four(s->values, codes, s->n, dots);
        CHECK(dots[0] == dot && dots[2] == dot && dots[3] == dot);
    }
}

/* The product of the vectors themselves, as far as the errors of both allow. */
static void check_products(const struct scene *s)
{
    double query_scale = 16 * (double)s->q.scale, query_lost = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        double lost = (double)s->x[i] - query_scale * value_of(s->values, i);
        query_lost += lost * lost;
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        const float *x = s->rows + row * s->n;
        double exact = 0, row_lost = squared_error(x, code_of(s, row), s->n, (double)s->scales[row]);
        for (uint32_t i = 0; i < s->n; i++)
            exact += (double)x[i] * (double)s->x[i];
        double allowed = sqrt(row_lost * squares_of(s->x, s->n)) + sqrt(query_lost * squares_of(x, s->n)) +
                         sqrt(row_lost * query_lost);
        int32_t product = nibble_code.dot(s->values, code_of(s, row), s->n) - s->q.shift;
        CHECK_NEAR((double)s->scales[row] * (double)s->q.scale * product, exact, 1.001 * allowed);
    }
}

/* ---- codes ---- */

TEST(levels_are_the_nearest_and_scales_the_best)
{
    struct random r = random_from(64);
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct scene s;
        if (!scene_random(&s, &r, dims[i]))
            return;
        check_codes(&s);
        check_query(&s);
        scene_fini(&s);
    }
}

/* A sum of twelve is nearly normal, as components are once they are rotated. */
TEST(normal_rows_lose_little)
{
    enum { N = 384 };
    struct random r = random_from(65);
    double lost = 0, all = 0;
    for (int row = 0; row < 50; row++) {
        float x[N] = {0};
        uint8_t code[N / 2];
        for (uint32_t i = 0; i < N; i++)
            for (int k = 0; k < 12; k++)
                x[i] += random_float(&r);
        double scale = (double)nibble_code.put(code, x, N);
        lost += squared_error(x, code, N, scale);
        all += squares_of(x, N);
    }
    CHECK(lost < 0.0125 * all);
}

TEST(levels_themselves_lose_nothing)
{
    float x[32];
    uint8_t code[16];
    for (int i = 0; i < 32; i++)
        x[i] = (float)(i % 16) - 7.5f;
    CHECK_NEAR(nibble_code.put(code, x, 32), 1, 1e-6);
    for (int j = 0; j < 16; j++)
        CHECK_EQ_INT(code[j], j | j << 4);
    for (int i = 0; i < 32; i++)
        x[i] = i < 16 ? 3 : -3; /* and two of one size */
    double scale = (double)nibble_code.put(code, x, 32);
    CHECK(squared_error(x, code, 32, scale) < 1e-10);
    for (int j = 0; j < 16; j++)
        CHECK_EQ_INT(code[j] & 15, 15 - (code[j] >> 4));
}

TEST(zero_rows_have_no_scale)
{
    float x[64] = {0};
    uint8_t code[32];
    int16_t values[64];
    memset(code, 0x55, sizeof code);
    memset(values, 0x55, sizeof values);
    x[3] = -0.0f;
    CHECK(nibble_code.put(code, x, 64) == 0);
    struct row_query q = nibble_code.query_put(values, x, 64);
    CHECK(q.scale == 0 && q.shift == 0);
    for (int i = 0; i < 64; i++)
        CHECK(values[i] == 0 && code[i / 2] == code[0]);
    CHECK_EQ_INT(nibble_code.dot(values, code, 64), 0);
}

/* Rows of one size: coded as others are, or when floats cannot say their scale, as zero. */
TEST(rows_of_any_size_are_coded)
{
    static const float sizes[] = {FLT_MAX, 1e38f, 1e20f, 1, 1e-20f, 1e-34f, 1e-36f, FLT_MIN, 1e-39f, 1e-45f};
    struct random r = random_from(66);
    for (size_t k = 0; k < COUNT(sizes); k++) {
        struct scene s;
        if (!scene_init(&s, 64))
            return;
        random_floats(&r, s.rows, ROWS * s.n);
        random_floats(&r, s.x, s.n);
        for (uint32_t i = 0; i < ROWS * s.n; i++)
            s.rows[i] *= sizes[k];
        for (uint32_t i = 0; i < s.n; i++)
            s.x[i] *= sizes[k];
        scene_code(&s);
        for (uint32_t row = 0; row < ROWS; row++)
            CHECK(isfinite(s.scales[row]) && s.scales[row] >= 0);
        CHECK(isfinite(s.q.scale) && s.q.scale >= 0);
        if (sizes[k] >= 1e-34f) {
            check_codes(&s);
            check_query(&s);
        } else if (sizes[k] < FLT_MIN) {
            CHECK(s.scales[0] == 0 && s.q.scale == 0);
        }
        check_dots(&s);
        scene_fini(&s);
    }
}

TEST(one_huge_component_leaves_the_others_nothing)
{
    float x[32] = {1e38f, 1, -1, 1e-30f};
    uint8_t code[16];
    double scale = (double)nibble_code.put(code, x, 32);
    CHECK_EQ_INT(coded_twice(code, 0), 15);
    CHECK_NEAR(scale * (7.5 + 31 * 0.5 * 0.5 / 7.5), 1e38, 1e33); /* all that is said of the others is lost */
    for (uint32_t i = 1; i < 32; i++)
        CHECK_EQ_INT(abs(coded_twice(code, i)), 1);
}

/* ---- products ---- */

TEST(dot_products_are_exact)
{
    struct random r = random_from(67);
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
            s.x[i] = (float)sign;
        scene_code(&s);
        memset(s.codes, 0, (size_t)ROWS * s.n / 2);
        for (uint32_t row = 1; row < ROWS; row += 2) /* the highest levels everywhere */
            memset(code_of(&s, row), 0xff, s.n / 2);
        CHECK_EQ_INT(nibble_code.dot(s.values, code_of(&s, 1), s.n),
                     (int64_t)sign * 16 * 15 * NIBBLE_QUERY_LARGEST * MOST_DIMS);
        CHECK_EQ_INT(nibble_code.dot(s.values, code_of(&s, 0), s.n), 0);
        CHECK_EQ_INT(s.q.shift, (int64_t)sign * 120 * NIBBLE_QUERY_LARGEST * MOST_DIMS);
        check_dots(&s);
        scene_fini(&s);
    }
}

/* A code as a query says just what the code does. */
TEST(a_code_is_a_query_of_its_scale)
{
    struct random r = random_from(68);
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct scene s;
        if (!scene_random(&s, &r, dims[i]))
            return;
        for (uint32_t row = 0; row < ROWS; row++) {
            s.q = nibble_code.query_of_code(s.values, code_of(&s, row), s.scales[row], s.n);
            CHECK(s.q.values == s.values && s.q.scale * 32 == s.scales[row]);
            for (uint32_t k = 0; k < s.n; k++)
                CHECK_EQ_INT(value_of(s.values, k), coded_twice(code_of(&s, row), k));
            check_dots(&s);
        }
        scene_fini(&s);
    }
}
