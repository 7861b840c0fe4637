#include "kernel/bit_block.h"

#include <float.h>

#include "base/mem.h"
#include "random.h"
#include "unit.h"

static const uint32_t dims[] = {32, 64, 384, 1536};
enum { SEVERAL_RUNS = 2 * 8192 + 96 };

/* A block of random rows, and a query. */
struct scene {
    uint32_t n;
    float *rows;   /* [32][n] */
    float *centre; /* [n] */
    float *q;      /* [n] */
    uint8_t *block, *table;
    float constants[BIT_BLOCK_ROWS], factor, query_constant;
};

static void scene_fini(struct scene *s)
{
    mem_free(s->rows);
    mem_free(s->centre);
    mem_free(s->q);
    mem_free(s->block);
    mem_free(s->table);
}

static bool scene_init(struct scene *s, uint32_t n)
{
    *s = (struct scene){
        .n = n,
        .rows = mem_array(BIT_BLOCK_ROWS * n, sizeof *s->rows),
        .centre = mem_array(n, sizeof *s->centre),
        .q = mem_array(n, sizeof *s->q),
        .block = mem_aligned(1, bit_block_bytes(n)),
        .table = mem_array(4, n),
        .factor = -1,
    };
    if (!CHECK(s->rows && s->centre && s->q && s->block && s->table)) {
        scene_fini(s);
        return false;
    }
    memset(s->block, 0xa5, bit_block_bytes(n)); /* slots hold anything before */
    memset(s->centre, 0, n * sizeof *s->centre);
    return true;
}

static const float *scene_row(const struct scene *s, uint32_t slot)
{
    return s->rows + (size_t)slot * s->n;
}

static bool scene_put(struct scene *s, uint32_t slot)
{
    struct bit_row row = {scene_row(s, slot), s->centre, s->constants[slot], s->factor};
    return bit_block_put(s->block, s->n, slot, &row);
}

static void scene_fill(struct scene *s, struct random *r, bool with_centre)
{
    random_floats(r, s->rows, BIT_BLOCK_ROWS * (size_t)s->n);
    random_floats(r, s->q, s->n);
    for (uint32_t i = 0; i < s->n && with_centre; i++)
        s->centre[i] = random_float(r) / 2;
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK(scene_put(s, slot));
}

static uint32_t scene_scan(const struct scene *s, float bound, float orders[BIT_BLOCK_ROWS])
{
    struct bit_query q;
    bit_query_init(&q, s->q, s->centre, s->n, s->factor, s->query_constant, s->table);
    return bit_block_scan(s->block, &q, bound, orders);
}

/* How far apart the values are that the table knows. */
static double table_step(const struct scene *s)
{
    double largest = 0;
    for (uint32_t g = 0; g < s->n; g += 4) {
        double sum = 0;
        for (uint32_t i = g; i < g + 4; i++)
            sum += fabs((double)s->q[i]);
        largest = sum > largest ? sum : largest;
    }
    return largest / 29;
}

/* The formula of bit_block.h, slowly. With the query as it is, an estimate may be off by what the table's steps
 * lose; with the query in steps, only by float rounding. */
static void check_estimate(const struct scene *s, uint32_t slot, float got)
{
    const float *x = scene_row(s, slot), *c = s->centre, *q = s->q;
    double squared = 0, absolute = 0, qc = 0, cc = 0, cx = 0, cs = 0, qs = 0, steps = 0, lost = 0, size = 0;
    double step = table_step(s);
    for (uint32_t i = 0; i < s->n; i++) {
        double r = (double)(x[i] - c[i]), sign = r < 0 ? -1 : 1;
        double rounded = step * (double)lrintf(q[i] / (float)step);
        squared += r * r;
        absolute += fabs(r);
        qc += (double)q[i] * (double)c[i];
        cc += (double)c[i] * (double)c[i];
        cx += (double)c[i] * (double)x[i];
        cs += (double)c[i] * sign;
        qs += (double)q[i] * sign;
        steps += rounded * sign;
        lost += fabs(rounded - (double)q[i]);
        size += fabs((double)q[i]) + fabs((double)c[i]) * (1 + fabs((double)x[i]) + fabs((double)q[i]));
    }
    double stretch = absolute > 0 ? squared / absolute : 0, factor = (double)s->factor;
    double constant = (double)s->constants[slot] + (double)s->query_constant;
    double as_is = constant + factor * (qc - cc + cx + stretch * (qs - cs));
    double in_steps = constant + factor * (qc - cc + cx + stretch * (steps - cs));
    double rounding = 16 * (double)FLT_EPSILON * (fabs(constant) + fabs(factor) * (1 + stretch) * size);
    bool held = CHECK_NEAR(got, in_steps, rounding);
    held &= CHECK_NEAR(got, as_is, rounding + fabs(factor) * stretch * lost);
    held &= CHECK(lost <= s->n * step * 0.5001);
    if (!held)
        printf("# n %u, slot %u\n", (unsigned)s->n, (unsigned)slot);
}

static void check_all(const struct scene *s)
{
    float orders[BIT_BLOCK_ROWS];
    scene_scan(s, 0, orders);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        check_estimate(s, slot, orders[slot]);
}

static void check_dim(struct random *r, uint32_t n)
{
    for (int with_centre = 0; with_centre < 2; with_centre++) {
        for (int is_l2 = 0; is_l2 < 2; is_l2++) {
            struct scene s;
            if (!scene_init(&s, n))
                return;
            if (is_l2) {
                s.factor = -2;
                s.query_constant = 1 + random_float(r);
                for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
                    s.constants[slot] = (float)n * (1 + random_float(r));
            }
            scene_fill(&s, r, with_centre);
            check_all(&s);
            scene_fini(&s);
        }
    }
}

TEST(estimates_are_the_formula)
{
    struct random r = random_from(70);
    for (size_t i = 0; i < COUNT(dims); i++)
        check_dim(&r, dims[i]);
}

TEST(estimates_are_the_formula_of_more_dims_than_a_run)
{
    struct random r = random_from(71);
    check_dim(&r, 8192);
    check_dim(&r, 8192 + 32);
    check_dim(&r, SEVERAL_RUNS);
}

/* The query has whole steps, the rows are their signs: nothing is rounded. */
static void check_exact_sums(struct random *r, uint32_t n)
{
    struct scene s;
    float orders[BIT_BLOCK_ROWS];
    if (!scene_init(&s, n))
        return;
    for (uint32_t i = 0; i < n; i++)
        s.q[i] = (float)random_below(r, 15) - 7;
    s.q[0] = -29; /* the largest of all groups: then a step is one */
    s.q[1] = s.q[2] = s.q[3] = 0;
    for (uint32_t i = 0; i < BIT_BLOCK_ROWS * n; i++)
        s.rows[i] = random_below(r, 2) ? 1 : -1;
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK(scene_put(&s, slot));
    scene_scan(&s, 0, orders);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++) {
        double sum = 0;
        for (uint32_t i = 0; i < n; i++)
            sum += (double)s.q[i] * (double)scene_row(&s, slot)[i];
        CHECK_NEAR(orders[slot], -sum, 0);
    }
    scene_fini(&s);
}

TEST(sums_of_whole_steps_are_exact)
{
    struct random r = random_from(72);
    for (uint32_t n = 32; n <= 512; n += 32)
        check_exact_sums(&r, n);
    check_exact_sums(&r, 1536);
    check_exact_sums(&r, SEVERAL_RUNS);
}

/* Every group rounds up as far as it can, and every row collects all of it. */
TEST(the_largest_sums_fit)
{
    static const float groups[][4] = {{1.5f, 3.5f, 5.5f, 18.5f}, {7.75f, 7.75f, 6.75f, 6.75f}};
    struct scene s;
    float orders[BIT_BLOCK_ROWS];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (size_t k = 0; k < COUNT(groups); k++) {
            if (!scene_init(&s, SEVERAL_RUNS))
                return;
            double sum = 0;
            for (uint32_t i = 0; i < s.n; i++) {
                s.q[i] = (float)sign * groups[k][i % 4];
                sum += (double)lrintf(s.q[i]);
            }
            for (uint32_t i = 0; i < BIT_BLOCK_ROWS * s.n; i++)
                s.rows[i] = i / s.n % 2 ? 1 : -1;
            for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
                CHECK(scene_put(&s, slot));
            scene_scan(&s, 0, orders);
            for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
                CHECK_NEAR(orders[slot], slot % 2 ? -sum : sum, 0);
            scene_fini(&s);
        }
    }
}

TEST(a_slot_leaves_the_others_alone)
{
    struct random r = random_from(73);
    struct scene s;
    float before[BIT_BLOCK_ROWS], after[BIT_BLOCK_ROWS];
    if (!scene_init(&s, 64))
        return;
    scene_fill(&s, &r, true);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++) {
        scene_scan(&s, 0, before);
        random_floats(&r, s.rows + (size_t)slot * s.n, s.n);
        s.constants[slot] = 100;
        CHECK(scene_put(&s, slot));
        scene_scan(&s, 0, after);
        for (uint32_t other = 0; other < BIT_BLOCK_ROWS; other++)
            CHECK((before[other] == after[other]) == (other != slot));
        check_estimate(&s, slot, after[slot]);
    }
    scene_fini(&s);
}

TEST(slots_that_were_never_written_do_no_harm)
{
    struct random r = random_from(74);
    for (uint32_t only = 0; only < BIT_BLOCK_ROWS; only++) {
        struct scene s;
        float orders[BIT_BLOCK_ROWS];
        if (!scene_init(&s, 32))
            return;
        memset(s.block, 0xff, bit_block_bytes(s.n));
        random_floats(&r, s.rows, BIT_BLOCK_ROWS * s.n);
        random_floats(&r, s.q, s.n);
        CHECK(scene_put(&s, only));
        CHECK(scene_scan(&s, INFINITY, orders) >> only & 1);
        check_estimate(&s, only, orders[only]);
        scene_fini(&s);
    }
}

TEST(the_set_is_those_below_the_bound)
{
    struct random r = random_from(75);
    for (size_t d = 0; d < COUNT(dims); d++) {
        struct scene s;
        float orders[BIT_BLOCK_ROWS], again[BIT_BLOCK_ROWS];
        if (!scene_init(&s, dims[d]))
            return;
        scene_fill(&s, &r, d % 2);
        CHECK_EQ_INT(scene_scan(&s, INFINITY, orders), UINT32_MAX);
        CHECK_EQ_INT(scene_scan(&s, -INFINITY, orders), 0);
        for (uint32_t k = 0; k < BIT_BLOCK_ROWS; k++) { /* the bound itself is not below it */
            uint32_t expected = 0;
            for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
                expected |= (uint32_t)(orders[slot] < orders[k]) << slot;
            CHECK_EQ_INT(scene_scan(&s, orders[k], again), expected);
            CHECK(again[k] == orders[k]);
        }
        scene_fini(&s);
    }
}

TEST(a_zero_query_and_rows_at_the_centre)
{
    struct random r = random_from(76);
    struct scene s;
    float orders[BIT_BLOCK_ROWS];
    if (!scene_init(&s, 64))
        return;
    scene_fill(&s, &r, true);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot += 2) {
        memcpy(s.rows + (size_t)slot * s.n, s.centre, s.n * sizeof *s.centre);
        CHECK(scene_put(&s, slot)); /* its estimate is exact: <q, c> */
    }
    check_all(&s);
    memset(s.q, 0, s.n * sizeof *s.q);
    scene_scan(&s, 0, orders);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK(isfinite(orders[slot]));
    memset(s.centre, 0, s.n * sizeof *s.centre);
    scene_fill(&s, &r, false);
    memset(s.q, 0, s.n * sizeof *s.q);
    scene_scan(&s, 0, orders);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK_NEAR(orders[slot], 0, 0);
    scene_fini(&s);
}

TEST(rows_beyond_floats_are_always_among_the_nearest)
{
    static const float sizes[] = {1e30f, 3e38f, 1e18f, 1e-20f, 1e-30f, 1e-40f, INFINITY, NAN};
    struct random r = random_from(77);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct scene s;
        float orders[BIT_BLOCK_ROWS];
        if (!scene_init(&s, 96))
            return;
        scene_fill(&s, &r, false);
        for (uint32_t k = 0; k < s.n; k++)
            s.rows[5 * s.n + k] = k % 3 ? sizes[i] : -sizes[i];
        CHECK(!scene_put(&s, 5));
        CHECK_EQ_INT(scene_scan(&s, -1e30f, orders), 1 << 5);
        CHECK(orders[5] == -INFINITY);
        scene_fini(&s);
    }
    for (int i = 0; i < 2; i++) { /* nor constants, as those of L2 */
        struct scene s;
        if (!scene_init(&s, 32))
            return;
        scene_fill(&s, &r, false);
        s.constants[7] = i ? INFINITY : NAN;
        CHECK(!scene_put(&s, 7));
        scene_fini(&s);
    }
}

TEST(blocks_have_a_bit_a_dimension_and_two_factors_a_row)
{
    CHECK_EQ_INT(bit_block_bytes(32), 32 * 4 + 32 * 8);
    CHECK_EQ_INT(bit_block_bytes(384), 32 * 48 + 32 * 8);
}

/* ---- copying ---- */

TEST(a_copy_is_as_if_it_had_been_put_there)
{
    struct random r = random_from(78);
    static const uint32_t some_dims[] = {32, 96, 384};
    for (size_t d = 0; d < COUNT(some_dims); d++) {
        struct scene from, to;
        if (!scene_init(&from, some_dims[d]))
            return;
        if (!scene_init(&to, some_dims[d])) {
            scene_fini(&from);
            return;
        }
        scene_fill(&from, &r, true);
        memcpy(to.centre, from.centre, to.n * sizeof *to.centre);
        size_t bytes = bit_block_bytes(to.n);
        uint8_t *copied = mem_aligned(1, bytes);
        for (uint32_t i = 0; copied && i < BIT_BLOCK_ROWS * BIT_BLOCK_ROWS; i++) {
            uint32_t from_slot = i / BIT_BLOCK_ROWS, slot = i % BIT_BLOCK_ROWS;
            for (size_t k = 0; k < bytes; k++) /* the other slots hold anything */
                to.block[k] = copied[k] = (uint8_t)random_below(&r, 256);
            struct bit_row row = {scene_row(&from, from_slot), from.centre, from.constants[from_slot],
                                  from.factor};
            CHECK(bit_block_put(to.block, to.n, slot, &row));
            bit_block_copy(copied, slot, from.block, from_slot, to.n);
            CHECK(memcmp(copied, to.block, bytes) == 0);
        }
        mem_free(copied);
        scene_fini(&from);
        scene_fini(&to);
    }
}

TEST(a_copy_within_a_block_leaves_the_others_alone)
{
    struct random r = random_from(79);
    struct scene s;
    float before[BIT_BLOCK_ROWS], after[BIT_BLOCK_ROWS];
    if (!scene_init(&s, 64))
        return;
    scene_fill(&s, &r, true);
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t from = random_below(&r, BIT_BLOCK_ROWS), to = random_below(&r, BIT_BLOCK_ROWS);
        scene_scan(&s, 0, before);
        bit_block_copy(s.block, to, s.block, from, s.n);
        scene_scan(&s, 0, after);
        for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
            CHECK(after[slot] == before[slot == to ? from : slot]);
        memcpy(s.rows + (size_t)to * s.n, s.rows + (size_t)from * s.n, from == to ? 0 : s.n * sizeof *s.rows);
    }
    check_all(&s);
    scene_fini(&s);
}

TEST(slots_tell_whether_they_can_be_estimated)
{
    struct random r = random_from(80);
    struct scene s;
    if (!scene_init(&s, 64))
        return;
    scene_fill(&s, &r, true);
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK(bit_block_can_estimate(s.block, s.n, slot));
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot += 3) {
        s.rows[slot * s.n] = 1e30f;
        CHECK(!scene_put(&s, slot));
    }
    for (uint32_t slot = 0; slot < BIT_BLOCK_ROWS; slot++)
        CHECK(bit_block_can_estimate(s.block, s.n, slot) == (slot % 3 != 0));
    bit_block_copy(s.block, 1, s.block, 0, s.n);
    bit_block_copy(s.block, 3, s.block, 2, s.n);
    CHECK(!bit_block_can_estimate(s.block, s.n, 1));
    CHECK(bit_block_can_estimate(s.block, s.n, 3));
    scene_fini(&s);
}
