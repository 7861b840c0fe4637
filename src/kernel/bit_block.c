#include "kernel/bit_block.h"

#include <math.h>

#include "kernel/row_code.h"

/* A block: for every four dimensions 16 bytes, of which byte i holds row slot_of(i) in its low and row 16 + slot_of(i)
 * in its high nibble; then the constants and the factors of the 32 rows. Rows stand in this order so that the sums of
 * even and odd bytes come out as rows 0-7 and 8-15. */
enum {
    HALF = BIT_BLOCK_ROWS / 2,
    GROUP_DIMS = 4,
    LARGEST_ENTRY = 31, /* eight table entries fit a byte */
    LARGEST_RUN = 8192, /* dimensions whose sums fit sixteen bits */
};

/* Beyond these, squares and products leave the range of floats on the way. */
static const float LARGEST_ORDINARY = 1e30f, LEAST_SQUARED = 1e-30f;

_Static_assert(LARGEST_RUN / GROUP_DIMS * LARGEST_ENTRY <= UINT16_MAX, "sums fit");

static uint32_t byte_of(uint32_t slot)
{
    uint32_t r = slot % HALF;
    return r < 8 ? 2 * r : 2 * (r - 8) + 1;
}

static size_t codes_bytes(uint32_t n)
{
    return (size_t)n / GROUP_DIMS * HALF;
}

size_t bit_block_bytes(uint32_t n)
{
    return codes_bytes(n) + 2 * BIT_BLOCK_ROWS * sizeof(float);
}

/* What a row's factors are made of. r = x - c, s: its signs. */
struct sums {
    float squared, absolute;        /* |r|^2, |r|_1 */
    float centre_row, centre_signs; /* <c, x>, <c, s> */
};

/* Writes a row's signs, a bit that is set for those that are not negative, and sums it up. */
static struct sums put_signs(uint8_t *block, uint32_t n, uint32_t slot, const struct bit_row *row)
{
    uint8_t *to = block + byte_of(slot);
    uint32_t shift = slot < HALF ? 0 : 4, others = 0xf0u >> shift;
    f32x4 squared = f32x4_zero(), absolute = squared, centre_row = squared, centre_signs = squared;
    for (uint32_t g = 0; g < n; g += GROUP_DIMS, to += HALF) {
        f32x4 x = f32x4_load(row->rotated + g), c = f32x4_load(row->centre + g), r = f32x4_sub(x, c);
        squared = f32x4_add(squared, f32x4_mul(r, r));
        absolute = f32x4_add(absolute, f32x4_abs(r));
        centre_row = f32x4_add(centre_row, f32x4_mul(c, x));
        centre_signs = f32x4_add(centre_signs, f32x4_flip(c, r));
        *to = (uint8_t)((*to & others) | (f32x4_signs(r) ^ 15) << shift);
    }
    return (struct sums){f32x4_sum(squared), f32x4_sum(absolute), f32x4_sum(centre_row),
                         f32x4_sum(centre_signs)};
}

/* Whether floats can say it: larger ones overflow when they are multiplied with a query's. */
static bool is_ordinary(float x)
{
    return fabsf(x) < LARGEST_ORDINARY; /* false for NaN */
}

bool bit_block_put(uint8_t *block, uint32_t n, uint32_t slot, const struct bit_row *row)
{
    struct sums t = put_signs(block, n, slot, row);
    /* <q, x> = <q, c> - <c, c> + <c, x> + <q - c, x - c>, of which the last is estimated by the signs */
    float stretch = t.absolute > 0 ? t.squared / t.absolute : 0;
    float factors[2] = {row->constant + row->factor * (t.centre_row - stretch * t.centre_signs),
                        row->factor * stretch};
    bool codable = (t.squared > LEAST_SQUARED || t.absolute == 0) && is_ordinary(t.squared) &&
                   is_ordinary(row->constant) && is_ordinary(factors[0]);
    if (!codable) {
        factors[0] = -INFINITY;
        factors[1] = 0;
    }
    memcpy(block + codes_bytes(n) + slot * sizeof(float), &factors[0], sizeof(float));
    memcpy(block + codes_bytes(n) + (BIT_BLOCK_ROWS + slot) * sizeof(float), &factors[1], sizeof(float));
    return codable;
}

void bit_block_copy(uint8_t *to, uint32_t to_slot, const uint8_t *from, uint32_t from_slot, uint32_t n)
{
    uint32_t from_shift = from_slot < HALF ? 0 : 4, to_shift = to_slot < HALF ? 0 : 4;
    uint8_t others = (uint8_t)(0xf0u >> to_shift);
    const uint8_t *source = from + byte_of(from_slot), *end = source + codes_bytes(n);
    for (uint8_t *target = to + byte_of(to_slot); source < end; source += HALF, target += HALF)
        *target = (uint8_t)((*target & others) | (*source >> from_shift & 15) << to_shift);
    from += codes_bytes(n) + from_slot * sizeof(float);
    to += codes_bytes(n) + to_slot * sizeof(float);
    memcpy(to, from, sizeof(float));
    memcpy(to + BIT_BLOCK_ROWS * sizeof(float), from + BIT_BLOCK_ROWS * sizeof(float), sizeof(float));
}

bool bit_block_can_estimate(const uint8_t *block, uint32_t n, uint32_t slot)
{
    float constant;
    memcpy(&constant, block + codes_bytes(n) + slot * sizeof constant, sizeof constant);
    return isfinite(constant);
}

/* The sums of all sets of four dimensions' steps, from the lowest on: 16 bytes. */
static void put_entries(uint8_t *table, const int32_t steps[GROUP_DIMS], int32_t lowest)
{
#ifdef __wasm_simd128__
    const v128_t first = wasm_i8x16_make(0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1);
    const v128_t second = wasm_i8x16_make(0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1);
    const v128_t third = wasm_i8x16_make(0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1);
    const v128_t fourth = wasm_i8x16_make(0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1);
    v128_t low = wasm_i8x16_add(wasm_v128_and(first, wasm_i8x16_splat((int8_t)steps[0])),
                                wasm_v128_and(second, wasm_i8x16_splat((int8_t)steps[1])));
    v128_t high = wasm_i8x16_add(wasm_v128_and(third, wasm_i8x16_splat((int8_t)steps[2])),
                                 wasm_v128_and(fourth, wasm_i8x16_splat((int8_t)steps[3])));
    wasm_v128_store(table, wasm_i8x16_add(wasm_i8x16_splat((int8_t)lowest), wasm_i8x16_add(low, high)));
#else
    for (uint32_t set = 0; set < 16; set++) {
        int32_t sum = lowest;
        for (uint32_t i = 0; i < GROUP_DIMS; i++)
            sum += set >> i & 1 ? steps[i] : 0;
        table[set] = (uint8_t)sum;
    }
#endif
}

void bit_query_init(struct bit_query *out, const float *q, const float *centre, uint32_t n, float factor,
                    float constant, uint8_t *table)
{
    float largest = 0;
    f32x4 query_centre = f32x4_zero(), centre_centre = query_centre;
    for (uint32_t g = 0; g < n; g += GROUP_DIMS) {
        float sum = fabsf(q[g]) + fabsf(q[g + 1]) + fabsf(q[g + 2]) + fabsf(q[g + 3]);
        largest = sum > largest ? sum : largest;
        f32x4 c = f32x4_load(centre + g);
        query_centre = f32x4_add(query_centre, f32x4_mul(f32x4_load(q + g), c));
        centre_centre = f32x4_add(centre_centre, f32x4_mul(c, c));
    }
    /* Rounding may add half a step for each of four dimensions: two below the largest entry are kept free. */
    float step = largest > 0 ? largest / (LARGEST_ENTRY - 2) : 1;
    float steps_per_unit = row_code_steps_per_unit(largest, LARGEST_ENTRY - 2);
    int64_t lowest_sum = 0, total = 0;
    for (uint32_t g = 0; g < n; g += GROUP_DIMS) {
        int32_t steps[GROUP_DIMS], lowest = 0;
        for (uint32_t i = 0; i < GROUP_DIMS; i++) {
            steps[i] = row_code_rounded(q[g + i] * steps_per_unit);
            lowest -= steps[i] < 0 ? steps[i] : 0;
            total += steps[i];
        }
        lowest_sum += lowest;
        put_entries(table + (size_t)g * 4, steps, lowest);
    }
    *out = (struct bit_query){
        .n = n,
        .table = table,
        .base = constant + factor * (f32x4_sum(query_centre) - f32x4_sum(centre_centre)),
        .step = 2 * step,
        .offset = -step * (float)(2 * lowest_sum + total),
    };
    for (int i = 0; i < 16; i++) {
        out->low_nibbles[i] = 15;
        out->low_bytes[i] = i % 2 ? 0 : 255;
    }
}

#ifdef __wasm_simd128__

static void put_sums(float sums[8], v128_t of_run, bool is_first)
{
    v128_t low = wasm_f32x4_convert_u32x4(wasm_u32x4_extend_low_u16x8(of_run));
    v128_t high = wasm_f32x4_convert_u32x4(wasm_u32x4_extend_high_u16x8(of_run));
    wasm_v128_store(sums, is_first ? low : wasm_f32x4_add(wasm_v128_load(sums), low));
    wasm_v128_store(sums + 4, is_first ? high : wasm_f32x4_add(wasm_v128_load(sums + 4), high));
}

/* The sums of the 32 rows over n <= LARGEST_RUN dimensions, added to those of the runs before. By itself: inlined, V8
 * spills. */
__attribute__((noinline)) static void sum_entries(const struct bit_query *q, const uint8_t *codes,
                                                  const uint8_t *table, uint32_t n, bool is_first,
                                                  float sums[BIT_BLOCK_ROWS])
{
    const v128_t nibbles = wasm_v128_load(q->low_nibbles), bytes = wasm_v128_load(q->low_bytes);
    v128_t even0 = wasm_i16x8_splat(0), odd0 = even0, even1 = even0, odd1 = even0;
    for (uint32_t g = 0; g < n; g += 8 * GROUP_DIMS, codes += 8 * HALF, table += 8 * HALF) {
        v128_t x = wasm_i8x16_splat(0), y = x;
#pragma clang loop unroll(full)
        for (int k = 0; k < 8; k++) {
            v128_t code = wasm_v128_load(codes + HALF * k), entries = wasm_v128_load(table + HALF * k);
            x = wasm_i8x16_add(x, wasm_i8x16_swizzle(entries, wasm_v128_and(code, nibbles)));
            y = wasm_i8x16_add(y,
                               wasm_i8x16_swizzle(entries, wasm_v128_and(wasm_u16x8_shr(code, 4), nibbles)));
        }
        even0 = wasm_i16x8_add(even0, wasm_v128_and(x, bytes));
        odd0 = wasm_i16x8_add(odd0, wasm_u16x8_shr(x, 8));
        even1 = wasm_i16x8_add(even1, wasm_v128_and(y, bytes));
        odd1 = wasm_i16x8_add(odd1, wasm_u16x8_shr(y, 8));
    }
    put_sums(sums, even0, is_first);
    put_sums(sums + 8, odd0, is_first);
    put_sums(sums + 16, even1, is_first);
    put_sums(sums + 24, odd1, is_first);
}

static uint32_t orders_of(const struct bit_query *q, const uint8_t *factors, const float sums[BIT_BLOCK_ROWS],
                          float bound, float orders[BIT_BLOCK_ROWS])
{
    const v128_t base = wasm_f32x4_splat(q->base), step = wasm_f32x4_splat(q->step);
    const v128_t offset = wasm_f32x4_splat(q->offset), limit = wasm_f32x4_splat(bound);
    uint32_t below = 0;
#pragma clang loop unroll(full)
    for (uint32_t i = 0; i < BIT_BLOCK_ROWS; i += 4) {
        v128_t constant = wasm_v128_load(factors + i * sizeof(float));
        v128_t factor = wasm_v128_load(factors + (BIT_BLOCK_ROWS + i) * sizeof(float));
        v128_t product = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(sums + i), step), offset);
        v128_t order = wasm_f32x4_add(wasm_f32x4_add(base, constant), wasm_f32x4_mul(product, factor));
        wasm_v128_store(orders + i, order);
        below |= (uint32_t)wasm_i32x4_bitmask(wasm_f32x4_lt(order, limit)) << i;
    }
    return below;
}

#else

static void sum_entries(const struct bit_query *q, const uint8_t *codes, const uint8_t *table, uint32_t n,
                        bool is_first, float sums[BIT_BLOCK_ROWS])
{
    (void)q;
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS && is_first; slot++)
        sums[slot] = 0;
    for (uint32_t g = 0; g < n; g += GROUP_DIMS, codes += HALF, table += HALF) {
        for (uint32_t slot = 0; slot < HALF; slot++) {
            uint8_t code = codes[byte_of(slot)];
            sums[slot] += table[code & 15];
            sums[HALF + slot] += table[code >> 4];
        }
    }
}

static uint32_t orders_of(const struct bit_query *q, const uint8_t *factors, const float sums[BIT_BLOCK_ROWS],
                          float bound, float orders[BIT_BLOCK_ROWS])
{
    float constants[BIT_BLOCK_ROWS], stretches[BIT_BLOCK_ROWS];
    uint32_t below = 0;
    memcpy(constants, factors, sizeof constants);
    memcpy(stretches, factors + sizeof constants, sizeof stretches);
    for (uint32_t i = 0; i < BIT_BLOCK_ROWS; i++) {
        orders[i] = q->base + constants[i] + (sums[i] * q->step + q->offset) * stretches[i];
        below |= (uint32_t)(orders[i] < bound) << i;
    }
    return below;
}

#endif

uint32_t bit_block_scan(const uint8_t *block, const struct bit_query *q, float bound,
                        float orders[BIT_BLOCK_ROWS])
{
    float sums[BIT_BLOCK_ROWS];
    for (uint32_t from = 0; from < q->n; from += LARGEST_RUN) {
        uint32_t n = q->n - from < LARGEST_RUN ? q->n - from : LARGEST_RUN;
        sum_entries(q, block + codes_bytes(from), q->table + codes_bytes(from), n, from == 0, sums);
    }
    return orders_of(q, block + codes_bytes(q->n), sums, bound, orders);
}
