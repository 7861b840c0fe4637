#include "base/half.h"

#include <math.h>

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Rounds to odd: what follows it rounds as if from the double itself. */
static float to_odd(double x)
{
    float near = (float)x;
    uint32_t bits = bits_of_float(near);
    if ((double)near == x || !isfinite(near) || bits & 1)
        return near;
    return float_of_bits(fabs((double)near) > fabs(x) ? bits - 1 : bits + 1);
}

uint16_t float16_of(double x)
{
    enum { DROPPED = 13 }; /* bits of a fraction */
    uint32_t bits = bits_of_float(to_odd(x)), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (bits >= 0x47800000) /* 65536 and more */
        return (uint16_t)(sign | 0x7c00);
    uint32_t exponent = bits >> 23, dropped = DROPPED, fraction = bits;
    if (exponent < 113) { /* below 2^-14 the exponent stays: more of the fraction goes */
        if (exponent < 101)
            return (uint16_t)sign;
        dropped += 113 - exponent;
        fraction = (bits & 0x7fffff) | 0x800000;
    } else {
        fraction -= 112u << 23;
    }
    uint32_t kept = fraction >> dropped, rest = fraction & ((1u << dropped) - 1), half = 1u << (dropped - 1);
    kept += rest > half || (rest == half && kept & 1);
    return (uint16_t)(sign | kept);
}

uint16_t bfloat16_of(double x)
{
    uint32_t bits = bits_of_float(to_odd(x));
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* Its exponent and fraction, taken for a float's, are 2^112 times too small. */
static inline float finite_value(uint16_t bits)
{
    const float scale = 0x1p112f;
    float magnitude = float_of_bits((uint32_t)(bits & 0x7fff) << 13) * scale;
    return float_of_bits(bits_of_float(magnitude) | (uint32_t)(bits & 0x8000) << 16);
}

float float16_value(uint16_t bits)
{
    if (float16_is_finite(bits))
        return finite_value(bits);
    return float_of_bits((uint32_t)(bits & 0x8000) << 16 | 0x7f800000 | (uint32_t)(bits & 0x3ff) << 13);
}

float bfloat16_value(uint16_t bits)
{
    return float_of_bits((uint32_t)bits << 16);
}

bool float16_is_finite(uint16_t bits)
{
    return (bits & 0x7c00) != 0x7c00;
}

bool bfloat16_is_finite(uint16_t bits)
{
    return (bits & 0x7f80) != 0x7f80;
}

void float16_decode(const uint16_t *from, uint32_t n, float *restrict to)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = finite_value(from[i]);
}

void bfloat16_decode(const uint16_t *from, uint32_t n, float *restrict to)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = bfloat16_value(from[i]);
}

void int8_decode(const int8_t *from, uint32_t n, float *restrict to)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}
