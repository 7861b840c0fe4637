/* The scan of codes as it is kept in the file. */
#include <stdlib.h>

#include "faults.h"
#include "index/flat.h"
#include "index/scan.h"
#include "random.h"
#include "unit.h"

enum { DIM = 48, CHUNK = 2048, N = 3 * CHUNK + 1000, K = 10, MOST_PARTS = 16, QUERIES = 20 };

static void append(struct vectors *v, struct random *r, uint32_t n)
{
    uint32_t first = v->n_rows;
    if (!CHECK_EQ_INT(vectors_reserve(v, first + n), MVL_OK))
        return;
    for (uint32_t row = first; row < first + n; row++)
        random_floats(r, vectors_slot(v, row), DIM);
    vectors_publish(v, first, n, NULL);
}

static struct vectors *vectors_of(struct random *r, uint32_t n)
{
    struct vectors *v = NULL;
    if (CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, 7), MVL_OK))
        append(v, r, n);
    return v;
}

static struct index *index_of(const struct vectors *v, enum metric m)
{
    struct index *ix = NULL;
    CHECK_EQ_INT(scan_ops.create(&ix, v, m, NULL), MVL_OK);
    return ix;
}

static struct index *maintained(const struct vectors *v, enum metric m)
{
    struct index *ix = index_of(v, m);
    CHECK_EQ_INT(scan_ops.maintain(ix, UINT32_MAX), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(ix), 0);
    return ix;
}

/* The parts of an index, as a file would have them. */
struct parts {
    uint32_t n;
    struct writer bytes[MOST_PARTS];
};

static struct parts parts_of(const struct index *ix)
{
    struct parts p = {.n = scan_ops.n_parts(ix)};
    if (!CHECK(p.n <= MOST_PARTS))
        p.n = 0;
    for (uint32_t i = 0; i < p.n; i++) {
        CHECK(scan_ops.part_version(ix, i) != 0);
        scan_ops.part_write(ix, i, &p.bytes[i]);
        CHECK(!p.bytes[i].failed);
    }
    CHECK_EQ_INT(scan_ops.part_version(ix, p.n), 0);
    return p;
}

static void parts_fini(struct parts *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        writer_fini(&p->bytes[i]);
}

/* From memory of just that size, so that what is read past it is seen. */
static int read_exactly(struct index *ix, uint32_t part, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    if (n)
        memcpy(exact, bytes, n);
    int rc = scan_ops.part_read(ix, part, exact, n);
    free(exact);
    return rc;
}

static int read_parts(struct index *ix, const struct parts *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        TRY(read_exactly(ix, i, p->bytes[i].p, p->bytes[i].n));
    return scan_ops.part_read_end(ix);
}

static struct topk search(const struct index *ix, const float *vector, enum metric m)
{
    struct topk found = {0};
    struct index_query q = {.vector = vector, .metric = m, .nearest = -INFINITY, .farthest = INFINITY};
    if (CHECK_EQ_INT(topk_init(&found, K), MVL_OK))
        CHECK_EQ_INT(scan_ops.search(ix, &q, &found), MVL_OK);
    topk_sort(&found);
    return found;
}

/* Both find the same rows for the same queries. */
static void check_alike(const struct index *a, const struct index *b, enum metric m, struct random *r)
{
    for (int i = 0; i < QUERIES; i++) {
        float query[DIM];
        random_floats(r, query, DIM);
        struct topk in_a = search(a, query, m), in_b = search(b, query, m);
        if (CHECK_EQ_INT(in_a.n, K) && CHECK_EQ_INT(in_b.n, K))
            for (uint32_t k = 0; k < K; k++)
                CHECK(in_a.entries[k].row == in_b.entries[k].row &&
                      in_a.entries[k].order == in_b.entries[k].order);
        topk_fini(&in_a);
        topk_fini(&in_b);
    }
}

TEST(what_is_read_is_what_was_written)
{
    for (int m = 0; m < N_FLOAT_METRICS; m++) {
        struct random r = random_from(210);
        struct vectors *v = vectors_of(&r, N);
        struct index *ix = maintained(v, (enum metric)m), *again = index_of(v, (enum metric)m);
        struct parts p = parts_of(ix);
        CHECK_EQ_INT(p.n, 1 + 4);
        CHECK_EQ_INT(read_parts(again, &p), MVL_OK);
        CHECK_EQ_INT(scan_ops.pending(again), 0);
        CHECK_EQ_INT(scan_ops.bytes(again), scan_ops.bytes(ix));
        check_alike(ix, again, (enum metric)m, &r);
        struct parts twice = parts_of(again);
        for (uint32_t i = 0; i < p.n; i++)
            CHECK(p.bytes[i].n == twice.bytes[i].n &&
                  memcmp(p.bytes[i].p, twice.bytes[i].p, p.bytes[i].n) == 0);
        append(v, &r, 3000); /* both go on */
        CHECK_EQ_INT(scan_ops.maintain(ix, UINT32_MAX), MVL_OK);
        CHECK_EQ_INT(scan_ops.maintain(again, UINT32_MAX), MVL_OK);
        check_alike(ix, again, (enum metric)m, &r);
        parts_fini(&twice);
        parts_fini(&p);
        scan_ops.destroy(ix);
        scan_ops.destroy(again);
        vectors_destroy(v);
    }
}

TEST(rows_may_have_gone_and_come_since)
{
    struct random r = random_from(211);
    struct vectors *v = vectors_of(&r, N);
    struct index *ix = maintained(v, METRIC_L2), *again = index_of(v, METRIC_L2);
    struct parts p = parts_of(ix);
    for (uint32_t row = 0; row < 2 * CHUNK; row++)
        if (row < CHUNK || row % 3)
            vectors_remove(v, row);
    append(v, &r, 500);
    CHECK_EQ_INT(read_parts(again, &p), MVL_OK);
    CHECK_EQ_INT(scan_ops.pending(again), scan_ops.pending(ix));
    CHECK(scan_ops.pending(again) >= 500 - 32);
    check_alike(ix, again, METRIC_L2, &r);
    parts_fini(&p);
    scan_ops.destroy(ix);
    scan_ops.destroy(again);
    vectors_destroy(v);
}

TEST(a_chunk_without_rows_is_no_bytes)
{
    struct random r = random_from(212);
    struct vectors *v = vectors_of(&r, N);
    struct index *ix = maintained(v, METRIC_IP), *again = index_of(v, METRIC_IP),
                 *refused = index_of(v, METRIC_IP);
    uint64_t before = scan_ops.part_version(ix, 2);
    for (uint32_t row = CHUNK; row < 2 * CHUNK; row++)
        vectors_remove(v, row);
    CHECK_EQ_INT(scan_ops.part_version(ix, 2), before);
    CHECK_EQ_INT(scan_ops.maintain(ix, 1), MVL_OK);
    CHECK(scan_ops.part_version(ix, 2) != before);
    struct parts p = parts_of(ix);
    CHECK_EQ_INT(p.bytes[2].n, 0);
    CHECK_EQ_INT(read_parts(again, &p), MVL_OK);
    check_alike(ix, again, METRIC_IP, &r);
    p.bytes[3].n = 0; /* but here there are rows */
    CHECK_EQ_INT(read_parts(refused, &p), MVL_DAMAGED);
    parts_fini(&p);
    scan_ops.destroy(ix);
    scan_ops.destroy(again);
    scan_ops.destroy(refused);
    vectors_destroy(v);
}

TEST(a_part_changes_its_version_when_its_bytes_change)
{
    struct random r = random_from(213);
    struct vectors *v = vectors_of(&r, CHUNK + 1000);
    struct index *ix = index_of(v, METRIC_COSINE);
    CHECK_EQ_INT(scan_ops.n_parts(ix), 0);
    CHECK_EQ_INT(scan_ops.part_version(ix, 0), 0);
    CHECK_EQ_INT(scan_ops.maintain(ix, UINT32_MAX), MVL_OK);
    for (int round = 0; round < 14; round++) {
        uint64_t versions[MOST_PARTS];
        uint32_t n_same = 0;
        struct parts before = parts_of(ix);
        for (uint32_t i = 0; i < before.n; i++)
            versions[i] = scan_ops.part_version(ix, i);
        append(v, &r, round == 9 ? 4 * CHUNK : 333); /* so many more: codes begin anew */
        CHECK_EQ_INT(scan_ops.maintain(ix, UINT32_MAX), MVL_OK);
        struct parts after = parts_of(ix);
        CHECK(after.n >= before.n);
        for (uint32_t i = 0; i < before.n; i++) {
            bool same = before.bytes[i].n == after.bytes[i].n &&
                        memcmp(before.bytes[i].p, after.bytes[i].p, after.bytes[i].n) == 0;
            CHECK(same || scan_ops.part_version(ix, i) != versions[i]);
            n_same += scan_ops.part_version(ix, i) == versions[i];
        }
        CHECK(round == 9 || n_same >= 1); /* full chunks stay */
        parts_fini(&before);
        parts_fini(&after);
    }
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- what is not right ---- */

TEST(parts_of_another_index_are_refused)
{
    struct random r = random_from(214);
    struct vectors *v = vectors_of(&r, N), *few = vectors_of(&r, N / 2), *other = NULL;
    CHECK_EQ_INT(vectors_create(&other, VECTOR_F32, DIM + 32, 7), MVL_OK);
    struct index *ix = maintained(v, METRIC_L2);
    struct parts p = parts_of(ix);
    struct index *const others[] = {index_of(v, METRIC_IP), index_of(v, METRIC_COSINE),
                                    index_of(few, METRIC_L2), index_of(other, METRIC_L2)};
    for (size_t i = 0; i < COUNT(others); i++) {
        CHECK_EQ_INT(read_parts(others[i], &p), MVL_DAMAGED);
        scan_ops.destroy(others[i]);
    }
    parts_fini(&p);
    scan_ops.destroy(ix);
    vectors_destroy(v);
    vectors_destroy(few);
    vectors_destroy(other);
}

TEST(missing_and_misplaced_parts_are_refused)
{
    struct random r = random_from(215);
    struct vectors *v = vectors_of(&r, N);
    struct index *ix = maintained(v, METRIC_L2);
    struct parts p = parts_of(ix);
    static const struct {
        uint32_t n, parts[6];
    } orders[] = {{0, {0}},
                  {1, {0}},
                  {1, {1}},
                  {2, {0, 0}},
                  {4, {0, 1, 2, 3}},
                  {2, {0, 2}},
                  {3, {0, 1, 1}},
                  {5, {0, 1, 2, 4, 3}},
                  {6, {0, 1, 2, 3, 4, 5}}};
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct index *again = index_of(v, METRIC_L2);
        int rc = MVL_OK;
        for (uint32_t k = 0; k < orders[i].n && rc == MVL_OK; k++) {
            uint32_t part = orders[i].parts[k];
            rc = read_exactly(again, part, p.bytes[part % p.n].p, p.bytes[part % p.n].n);
        }
        rc = rc == MVL_OK ? scan_ops.part_read_end(again) : rc;
        CHECK_EQ_INT(rc, MVL_DAMAGED);
        scan_ops.destroy(again);
    }
    parts_fini(&p);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

/* Whatever is read: refused, or an index that finds rows with their exact orders. */
TEST(damaged_parts_do_no_harm)
{
    struct random r = random_from(216);
    struct vectors *v = vectors_of(&r, N);
    struct index *ix = maintained(v, METRIC_L2);
    struct parts p = parts_of(ix);
    uint32_t n_taken = 0, n_refused = 0;
    for (int round = 0; round < 600; round++) {
        uint32_t part = random_below(&r, p.n);
        struct writer *w = &p.bytes[part];
        size_t n = w->n, at = random_below(&r, 3) ? random_below(&r, 64) : random_below(&r, (uint32_t)n);
        uint8_t was = w->p[at];
        if (round % 4 == 0)
            w->n = at;
        else
            w->p[at] = (uint8_t)random_below(&r, 256);
        struct index *again = index_of(v, METRIC_L2);
        int rc = read_parts(again, &p);
        CHECK(rc == MVL_OK || rc == MVL_DAMAGED);
        *(rc == MVL_OK ? &n_taken : &n_refused) += 1;
        float query[DIM];
        random_floats(&r, query, DIM);
        struct topk found = rc == MVL_OK ? search(again, query, METRIC_L2) : (struct topk){0};
        CHECK(rc != MVL_OK || found.n == K);
        for (uint32_t i = 0; i < found.n; i++) {
            double expected = 0;
            for (uint32_t d = 0; d < DIM; d++)
                expected += pow(
                    (double)query[d] - (double)((float *)vectors_slot(v, found.entries[i].row))[d], 2);
            CHECK_NEAR(found.entries[i].order, expected, 1e-3);
        }
        topk_fini(&found);
        scan_ops.destroy(again);
        w->n = n;
        w->p[at] = was;
    }
    CHECK(n_taken > 20 && n_refused > 100);
    parts_fini(&p);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}

/* ---- memory ---- */

struct story {
    const struct vectors *v;
    const struct parts *p;
};

static int read_them(void *context)
{
    const struct story *s = context;
    struct index *ix = NULL;
    int rc = scan_ops.create(&ix, s->v, METRIC_L2, NULL);
    if (rc == MVL_OK)
        rc = read_parts(ix, s->p);
    scan_ops.destroy(ix);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct random r = random_from(217);
    struct vectors *v = vectors_of(&r, N);
    struct index *ix = maintained(v, METRIC_L2);
    struct parts p = parts_of(ix);
    struct story s = {v, &p};
    CHECK(each_allocation_fails(read_them, &s) > 5);
    parts_fini(&p);
    scan_ops.destroy(ix);
    vectors_destroy(v);
}
