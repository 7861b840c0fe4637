#include "base/half.h"

#include "random.h"
#include "unit.h"

/* The value of binary16's bits, by its definition. */
static double float16_by_definition(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

TEST(float16_values_are_those_of_the_definition)
{
    for (uint32_t bits = 0; bits < 65536; bits++) {
        if (!float16_is_finite((uint16_t)bits))
            continue;
        double expected = float16_by_definition((uint16_t)bits);
        if (!CHECK((double)float16_value((uint16_t)bits) == expected))
            return;
        CHECK(float16_of(expected) == bits);
    }
}

TEST(infinities_and_nan_are_not_finite)
{
    CHECK(!float16_is_finite(float16_of(INFINITY)) && !float16_is_finite(float16_of(-INFINITY)));
    CHECK(!float16_is_finite(float16_of(NAN)) && isnan(float16_value(float16_of(NAN))));
    CHECK(isinf(float16_value(float16_of(1e9))) && float16_value(float16_of(-1e300)) < 0);
    CHECK(!bfloat16_is_finite(bfloat16_of(INFINITY)) && !bfloat16_is_finite(bfloat16_of(1e39)));
    CHECK(!bfloat16_is_finite(bfloat16_of(NAN)) && isnan(bfloat16_value(bfloat16_of(NAN))));
}

TEST(the_largest_float16_is_65504)
{
    CHECK(float16_value(float16_of(65504)) == 65504);
    CHECK(float16_value(float16_of(65519.99)) == 65504);
    CHECK(!float16_is_finite(float16_of(65520)));
}

/* Between two neighbours the nearer one, of two the even one: from doubles of any kind. */
static void check_rounding(uint32_t low, double a, double b, uint16_t (*of)(double))
{
    double middle = a + (b - a) / 2, step = b - a;
    CHECK(of(a + step * 0.49) == low && of(a + step * 0.51) == low + 1);
    CHECK(of(middle) == (low & 1 ? low + 1 : low));
    CHECK(of(nextafter(middle, a)) == low); /* a double that a float would round to the middle */
    CHECK(of(nextafter(middle, b)) == low + 1);
    CHECK(of(-nextafter(middle, b)) == (0x8000 | (low + 1)));
}

TEST(float16_rounds_to_nearest_even)
{
    for (uint32_t low = 0; low < 0x7bff; low++)
        check_rounding(low, float16_by_definition((uint16_t)low), float16_by_definition((uint16_t)(low + 1)),
                       float16_of);
}

TEST(bfloat16_rounds_to_nearest_even)
{
    for (uint32_t low = 0x80; low < 0x7f7f; low++)
        check_rounding(low, (double)bfloat16_value((uint16_t)low),
                       (double)bfloat16_value((uint16_t)(low + 1)), bfloat16_of);
}

TEST(bfloat16_is_the_upper_half_of_a_float)
{
    for (uint32_t bits = 0; bits < 65536; bits++)
        if (bfloat16_is_finite((uint16_t)bits))
            CHECK(bfloat16_of((double)bfloat16_value((uint16_t)bits)) == bits);
    CHECK(bfloat16_value(0x3f80) == 1 && bfloat16_value(0xc000) == -2);
}

TEST(rows_are_decoded_one_by_one)
{
    enum { N = 37 };
    struct random r = random_from(11);
    uint16_t halves[N];
    int8_t bytes[N];
    float a[N], b[N], c[N];
    for (int i = 0; i < N; i++) {
        do
            halves[i] = (uint16_t)random_below(&r, 65536);
        while (!float16_is_finite(halves[i]));
        bytes[i] = (int8_t)((int)random_below(&r, 256) - 128);
    }
    float16_decode(halves, N, a);
    bfloat16_decode(halves, N, b);
    int8_decode(bytes, N, c);
    for (int i = 0; i < N; i++)
        CHECK(a[i] == float16_value(halves[i]) && b[i] == bfloat16_value(halves[i]) && c[i] == bytes[i]);
}
