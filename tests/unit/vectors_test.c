#include "table/vectors.h"

#include "base/error.h"
#include "disk_vectors.h"
#include "faults.h"
#include "kernel/kernel.h"
#include "random.h"
#include "unit.h"

enum { DIM = 5, CHUNK_SHIFT = 3, CHUNK_ROWS = 1 << CHUNK_SHIFT };

static struct vectors *created(void)
{
    struct vectors *v = NULL;
    CHECK_EQ_INT(vectors_create(&v, VECTOR_F32, DIM, CHUNK_SHIFT), MVL_OK);
    return v;
}

/* What row's vector is filled with. */
static void fill_slot(float *slot, uint32_t row)
{
    for (uint32_t i = 0; i < DIM; i++)
        slot[i] = (float)(row * 10 + i);
}

/* Adds the rows [first, first + n). */
static int add_rows(struct vectors *v, uint32_t first, uint32_t n, const uint8_t *present)
{
    TRY(vectors_reserve(v, first + n));
    for (uint32_t i = 0; i < n; i++)
        if (!present || bits_test(present, i))
            fill_slot(vectors_slot(v, first + i), first + i);
    vectors_publish(v, first, n, present);
    return MVL_OK;
}

/* Is row present with the vector it was filled with? */
static bool holds(const struct vectors *v, uint32_t row)
{
    float expected[DIM];
    fill_slot(expected, row);
    if (!bitmap_test(&v->present, row) || vectors_inverse_norm(v, row) != kernel_inverse_norm(expected, DIM))
        return false;
    for (uint32_t i = 0; i < DIM; i++)
        if (vectors_row(v, row)[i] != expected[i])
            return false;
    return true;
}

TEST(published_rows_are_there_and_no_others)
{
    struct vectors *v = created();
    CHECK_EQ_INT(v->n_present, 0);
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    CHECK_EQ_INT(add_rows(v, 1, 3 * CHUNK_ROWS, NULL), MVL_OK);
    CHECK_EQ_INT(v->n_present, 3 * CHUNK_ROWS + 1);
    CHECK_EQ_INT(v->n_rows, 3 * CHUNK_ROWS + 1);
    for (uint32_t row = 0; row <= 3 * CHUNK_ROWS; row++)
        CHECK(holds(v, row));
    CHECK(!bitmap_test(&v->present, 3 * CHUNK_ROWS + 1));
    vectors_destroy(v);
}

TEST(reserved_rows_do_not_show)
{
    struct vectors *v = created();
    CHECK_EQ_INT(vectors_reserve(v, 100), MVL_OK);
    CHECK(v->n_rows == 0 && v->n_present == 0 && bitmap_count(&v->present) == 0);
    vectors_destroy(v);
}

TEST(memory_is_taken_chunk_by_chunk)
{
    enum { CHUNK_BYTES = CHUNK_ROWS * (DIM + 1) * sizeof(float) };
    struct vectors *v = created();
    CHECK_EQ_INT(vectors_bytes(v), 0);
    CHECK_EQ_INT(vectors_reserve(v, 1), MVL_OK);
    size_t one = vectors_bytes(v);
    CHECK(one > CHUNK_BYTES);
    CHECK_EQ_INT(vectors_reserve(v, CHUNK_ROWS), MVL_OK);
    CHECK_EQ_INT(vectors_bytes(v), one);
    CHECK_EQ_INT(vectors_reserve(v, CHUNK_ROWS + 1), MVL_OK);
    CHECK_EQ_INT(vectors_bytes(v), one + CHUNK_BYTES);
    vectors_destroy(v);
}

TEST(rows_without_a_vector_are_not_present)
{
    static const uint8_t present[] = {0xa5, 0x01};
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 10, present), MVL_OK);
    CHECK_EQ_INT(v->n_rows, 10);
    CHECK_EQ_INT(v->n_present, 5);
    for (uint32_t row = 0; row < 10; row++)
        CHECK(holds(v, row) == bits_test(present, row));
    vectors_destroy(v);
}

TEST(row_numbers_may_be_skipped)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 2, NULL), MVL_OK);
    CHECK_EQ_INT(add_rows(v, 5 * CHUNK_ROWS, 2, NULL), MVL_OK);
    CHECK_EQ_INT(v->n_present, 4);
    CHECK(holds(v, 1) && holds(v, 5 * CHUNK_ROWS + 1));
    CHECK(!bitmap_test(&v->present, 2) && !bitmap_test(&v->present, 5 * CHUNK_ROWS - 1));
    vectors_destroy(v);
}

TEST(growing_moves_nothing)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    const float *first = vectors_row(v, 0);
    CHECK_EQ_INT(add_rows(v, 1, 100 * CHUNK_ROWS, NULL), MVL_OK);
    CHECK(vectors_row(v, 0) == first && holds(v, 0));
    vectors_destroy(v);
}

TEST(a_removed_row_is_gone_and_others_stay)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, CHUNK_ROWS, NULL), MVL_OK);
    vectors_remove(v, 3);
    CHECK(!bitmap_test(&v->present, 3));
    CHECK_EQ_INT(v->n_present, CHUNK_ROWS - 1);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++)
        CHECK(holds(v, row) == (row != 3));
    vectors_destroy(v);
}

TEST(removing_what_is_not_present_changes_nothing)
{
    static const uint8_t present[] = {0xfe};
    struct vectors *v = created();
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 0, 4, present), MVL_OK);
    vectors_remove(v, 0);
    vectors_remove(v, 4);
    vectors_remove(v, UINT32_MAX);
    CHECK_EQ_INT(v->n_present, 3);
    vectors_remove(v, 1);
    vectors_remove(v, 1);
    CHECK_EQ_INT(v->n_present, 2);
    vectors_destroy(v);
}

TEST(a_chunk_without_rows_gives_its_memory_back)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 2 * CHUNK_ROWS, NULL), MVL_OK);
    size_t full = vectors_bytes(v);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        CHECK_EQ_INT(vectors_bytes(v), full);
        vectors_remove(v, row);
    }
    CHECK_EQ_INT(full - vectors_bytes(v), CHUNK_ROWS * (DIM + 1) * sizeof(float));
    CHECK_EQ_INT(add_rows(v, 2 * CHUNK_ROWS, CHUNK_ROWS, NULL), MVL_OK);
    for (uint32_t row = CHUNK_ROWS; row < 3 * CHUNK_ROWS; row++)
        CHECK(holds(v, row));
    vectors_destroy(v);
}

TEST(a_chunk_that_is_empty_when_it_fills_up_goes_too)
{
    static const uint8_t none[2 * CHUNK_ROWS] = {0};
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 1, CHUNK_ROWS, none), MVL_OK);
    CHECK(v->chunks[0].rows == NULL && v->chunks[1].rows != NULL);
    vectors_destroy(v);
}

TEST(chunks_of_skipped_rows_go_too)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 1, NULL), MVL_OK);
    vectors_remove(v, 0);
    CHECK_EQ_INT(add_rows(v, 3 * CHUNK_ROWS, 1, NULL), MVL_OK);
    CHECK(!v->chunks[0].rows && !v->chunks[1].rows && !v->chunks[2].rows);
    CHECK(holds(v, 3 * CHUNK_ROWS));
    vectors_destroy(v);
}

TEST(the_newest_chunk_stays_for_the_rows_to_come)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, 3, NULL), MVL_OK);
    size_t bytes = vectors_bytes(v);
    for (uint32_t row = 0; row < 3; row++)
        vectors_remove(v, row);
    CHECK_EQ_INT(vectors_bytes(v), bytes);
    CHECK_EQ_INT(add_rows(v, 3, 2, NULL), MVL_OK);
    CHECK(holds(v, 3) && holds(v, 4));
    CHECK_EQ_INT(v->n_present, 2);
    vectors_destroy(v);
}

TEST(random_writes_agree_with_a_model)
{
    enum { MOST = 2000 };
    struct random r = random_from(17);
    struct vectors *v = created();
    static bool model[MOST];
    uint32_t n = 0, count = 0;
    while (n + 40 < MOST) {
        uint8_t present[5];
        uint32_t more = random_below(&r, 40), removed = random_below(&r, 40);
        for (size_t i = 0; i < sizeof present; i++)
            present[i] = (uint8_t)random_u64(&r);
        bool some_absent = random_below(&r, 2);
        CHECK_EQ_INT(add_rows(v, n, more, some_absent ? present : NULL), MVL_OK);
        for (uint32_t i = 0; i < more; i++)
            count += model[n + i] = !some_absent || bits_test(present, i);
        n += more;
        for (uint32_t i = 0; i < removed && n > 0; i++) {
            uint32_t row = random_below(&r, n);
            vectors_remove(v, row);
            count -= model[row];
            model[row] = false;
        }
    }
    CHECK_EQ_INT(v->n_present, count);
    for (uint32_t row = 0; row < n; row++)
        CHECK(holds(v, row) == model[row]);
    vectors_destroy(v);
}

/* ---- rows on disk ---- */

enum { N_DISK_ROWS = 10 * CHUNK_ROWS + 3 };

/* Ten chunks of rows and a bit, some of them gone. */
static struct vectors *all_rows(void)
{
    struct vectors *v = created();
    CHECK_EQ_INT(add_rows(v, 0, N_DISK_ROWS, NULL), MVL_OK);
    for (uint32_t row = 0; row < N_DISK_ROWS; row += 5)
        vectors_remove(v, row);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++)
        if (v->chunks[2].rows)
            memset(vectors_slot(v, 2 * CHUNK_ROWS + row), 0, DIM * sizeof(float)); /* zero vectors too */
    return v;
}

static struct vectors *on_disk(struct disk *d, const struct vectors *all, uint32_t n_chunks)
{
    struct vectors *v = NULL;
    CHECK_EQ_INT(disk_vectors(d, all, n_chunks, &v), MVL_OK);
    return v;
}

/* Does fetching a row give what memory has, bit for bit? */
static bool fetches(const struct vectors *v, const struct disk *d, uint32_t row)
{
    float buffer[DIM];
    struct vector_view view;
    float norm = kernel_inverse_norm(vectors_row(d->all, row), DIM);
    return vectors_fetch(v, row, buffer, &view) == MVL_OK &&
           floats_are(view.row, vectors_row(d->all, row), DIM) && floats_are(&view.inverse_norm, &norm, 1);
}

static uint32_t n_in_memory(const struct vectors *v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->n_chunks; i++)
        n += v->chunks[i].rows != NULL;
    return n;
}

TEST(rows_are_the_same_wherever_they_are)
{
    static const uint32_t budgets[] = {0, 1, 4, 100};
    struct vectors *all = all_rows();
    for (size_t b = 0; b < COUNT(budgets); b++) {
        struct disk d;
        struct random r = random_from(71);
        struct vectors *v = on_disk(&d, all, budgets[b]);
        CHECK_EQ_INT(v->n_present, all->n_present);
        CHECK_EQ_INT(v->n_rows, N_DISK_ROWS);
        CHECK_EQ_INT(n_in_memory(v), 0);
        for (int i = 0; i < 1000; i++) {
            uint32_t row = random_below(&r, N_DISK_ROWS);
            if (random_below(&r, 10) == 0)
                CHECK_EQ_INT(vectors_bring(v, row / CHUNK_ROWS), MVL_OK);
            CHECK_EQ_INT(bitmap_test(&v->present, row), bitmap_test(&all->present, row));
            CHECK(!bitmap_test(&v->present, row) || fetches(v, &d, row));
            CHECK(n_in_memory(v) <= budgets[b]);
        }
        CHECK_EQ_INT(d.budget.used, n_in_memory(v) * disk_chunk_bytes(&d));
        vectors_destroy(v);
        CHECK_EQ_INT(d.budget.used, 0);
    }
    vectors_destroy(all);
}

TEST(few_rows_are_read_alone_and_many_with_their_chunk)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 0);
    for (uint32_t row = 1; row < N_DISK_ROWS - CHUNK_ROWS; row += CHUNK_ROWS)
        CHECK(!bitmap_test(&v->present, row) || fetches(v, &d, row));
    CHECK_EQ_INT(d.n_chunks_read, 0);
    d.n_rows_read = 0;
    for (uint32_t row = 0; row < N_DISK_ROWS; row++)
        CHECK(!bitmap_test(&v->present, row) || fetches(v, &d, row));
    CHECK_EQ_INT(d.n_chunks_read, 10);       /* each once, though none may stay */
    CHECK_EQ_INT(d.n_rows_read, 10 * 3 + 2); /* of the last only two */
    CHECK_EQ_INT(n_in_memory(v), 0);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(chunks_come_into_memory_one_by_one_while_there_is_room)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 4);
    CHECK_EQ_INT(vectors_n_to_bring(v), 4);
    for (uint32_t n = 4; n > 0; n--) {
        CHECK_EQ_INT(vectors_n_to_bring(v), n);
        CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    }
    CHECK_EQ_INT(vectors_n_to_bring(v), 0);
    CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    CHECK_EQ_INT(n_in_memory(v), 4);
    d.budget.limit = 100 * disk_chunk_bytes(&d);
    while (vectors_n_to_bring(v))
        CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    CHECK_EQ_INT(n_in_memory(v), 11);
    CHECK_EQ_INT(d.n_chunks_read, 11);
    for (uint32_t row = 0; row < N_DISK_ROWS; row++)
        CHECK(!bitmap_test(&v->present, row) || fetches(v, &d, row));
    CHECK_EQ_INT(d.n_rows_read, 0);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(memory_is_given_back_and_taken_again)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 100);
    size_t none = vectors_bytes(v);
    while (vectors_n_to_bring(v))
        CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    CHECK_EQ_INT(vectors_bytes(v) - none, 11 * disk_chunk_bytes(&d));
    d.budget.limit = 3 * disk_chunk_bytes(&d);
    vectors_give_back(v);
    CHECK_EQ_INT(vectors_bytes(v) - none, 3 * disk_chunk_bytes(&d));
    CHECK_EQ_INT(d.budget.used, d.budget.limit);
    d.budget.limit = 5 * disk_chunk_bytes(&d);
    while (vectors_n_to_bring(v))
        CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    CHECK_EQ_INT(n_in_memory(v), 5);
    d.budget.limit = 0;
    CHECK_EQ_INT(vectors_bring(v, 0), MVL_OK);
    vectors_give_back(v);
    CHECK_EQ_INT(vectors_bytes(v), none);
    for (uint32_t row = 0; row < N_DISK_ROWS; row++)
        CHECK(!bitmap_test(&v->present, row) || fetches(v, &d, row));
    vectors_give_back(all); /* without a source nothing is given back */
    CHECK_EQ_INT(n_in_memory(all), 11);
    CHECK_EQ_INT(vectors_n_to_bring(all), 0);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(new_rows_stay_in_memory_while_there_is_room)
{
    struct disk d;
    struct vectors *all = created(), *v = on_disk(&d, all, 2);
    float rows[5 * CHUNK_ROWS][DIM];
    for (uint32_t row = 0; row < 5 * CHUNK_ROWS; row++)
        fill_slot(rows[row], row);
    for (uint32_t row = 0; row < 5 * CHUNK_ROWS; row += 3) {
        uint32_t n = 5 * CHUNK_ROWS - row < 3 ? 5 * CHUNK_ROWS - row : 3;
        CHECK_EQ_INT(vectors_reserve(v, row + n), MVL_OK);
        vectors_fill(v, row, n, rows[row]);
        CHECK_EQ_INT(add_rows(all, row, n, NULL), MVL_OK); /* on disk */
        vectors_publish(v, row, n, NULL);
        for (uint32_t i = 0; i < row + n; i++)
            CHECK(fetches(v, &d, i));
    }
    CHECK(v->chunks[0].rows && v->chunks[1].rows && n_in_memory(v) == 2);
    CHECK_EQ_INT(v->n_present, 5 * CHUNK_ROWS);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(rows_that_join_a_chunk_on_disk_are_found_there)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 0);
    const uint32_t first = N_DISK_ROWS, last_chunk = N_DISK_ROWS / CHUNK_ROWS;
    CHECK_EQ_INT(vectors_bring(v, last_chunk), MVL_OK); /* as it was before */
    CHECK(fetches(v, &d, first - 1));
    float rows[2][DIM];
    fill_slot(rows[0], first);
    fill_slot(rows[1], first + 1);
    CHECK_EQ_INT(vectors_reserve(v, first + 2), MVL_OK);
    vectors_fill(v, first, 2, rows[0]);
    CHECK_EQ_INT(add_rows(all, first, 2, NULL), MVL_OK);
    vectors_publish(v, first, 2, NULL);
    CHECK(fetches(v, &d, first) && fetches(v, &d, first + 1));
    d.budget.limit = 100 * disk_chunk_bytes(&d);
    CHECK_EQ_INT(vectors_bring(v, last_chunk), MVL_OK);
    CHECK(fetches(v, &d, first + 1) && v->chunks[last_chunk].rows);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(an_error_of_the_disk_is_passed_on_and_nothing_is_lost)
{
    static const int errors[] = {MVL_IO, MVL_NOMEM, MVL_DAMAGED};
    struct vectors *all = all_rows();
    for (size_t i = 0; i < COUNT(errors); i++) {
        struct disk d;
        struct vectors *v = on_disk(&d, all, 1);
        struct vector_view view;
        float buffer[DIM];
        d.row_fails = d.chunk_fails = errors[i];
        CHECK_EQ_INT(vectors_fetch(v, 1, buffer, &view), errors[i]);
        CHECK_EQ_INT(vectors_bring(v, 0), errors[i]);
        CHECK_EQ_INT(d.budget.used, 0);
        CHECK_EQ_INT(vectors_check(v, 1), errors[i]);
        d.budget.limit = 0; /* it cannot stay */
        CHECK_EQ_INT(vectors_bring(v, 0), errors[i]);
        d.row_fails = d.chunk_fails = 0;
        CHECK(fetches(v, &d, 1));
        CHECK_EQ_INT(vectors_check(v, 1), MVL_OK);
        vectors_destroy(v);
    }
    vectors_destroy(all);
}

TEST(a_chunk_known_to_be_damaged_is_told_of_by_all_its_rows)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 100);
    float buffer[DIM];
    struct vector_view view;
    d.chunk_fails = MVL_DAMAGED;
    CHECK(fetches(v, &d, 1)); /* a row alone is not checked */
    CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
    CHECK_EQ_INT(vectors_n_to_bring(v), 10); /* it is not tried again and again */
    CHECK_EQ_INT(vectors_fetch(v, 1, buffer, &view), MVL_DAMAGED);
    CHECK(fetches(v, &d, CHUNK_ROWS + 3));
    d.chunk_fails = MVL_OK;
    CHECK(fetches(v, &d, 1));
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(a_chunk_is_checked_once)
{
    struct disk d;
    struct vectors *all = all_rows(), *v = on_disk(&d, all, 0);
    for (int i = 0; i < 2; i++)
        for (uint32_t row = 0; row < 3 * CHUNK_ROWS; row++)
            CHECK_EQ_INT(vectors_check(v, row), MVL_OK);
    CHECK_EQ_INT(d.n_chunks_read, 3);
    vectors_destroy(v);
    vectors_destroy(all);
}

TEST(without_memory_for_a_chunk_rows_are_read_alone)
{
    for (uint32_t budget = 0; budget < 2; budget++) {
        struct disk d;
        struct vectors *all = all_rows(), *v = on_disk(&d, all, budget);
        mem_fail_nth(1);
        CHECK_EQ_INT(budget ? vectors_bring_next(v) : vectors_bring(v, 0), budget ? MVL_NOMEM : MVL_OK);
        mem_fail_nth(0);
        for (uint32_t row = 1; row < 5; row++) {
            mem_fail_nth(1);
            CHECK(fetches(v, &d, row));
            mem_fail_nth(0);
        }
        vectors_destroy(v);
        vectors_destroy(all);
    }
}

TEST(rows_that_find_no_memory_are_no_error_when_they_are_on_disk)
{
    struct disk d;
    struct vectors *all = created(), *v = on_disk(&d, all, 100);
    CHECK_EQ_INT(vectors_reserve_on_disk(v, 1), MVL_OK);
    mem_fail_nth(1);
    CHECK_EQ_INT(vectors_reserve(v, 1), MVL_OK);
    mem_fail_nth(0);
    CHECK_EQ_INT(add_rows(all, 0, 1, NULL), MVL_OK);
    vectors_fill(v, 0, 1, vectors_row(all, 0));
    vectors_publish(v, 0, 1, NULL);
    CHECK(fetches(v, &d, 0) && !v->chunks[0].rows);
    vectors_destroy(v);
    vectors_destroy(all);
}

static int open_on_disk(void *context)
{
    struct disk d;
    struct vectors *v = NULL;
    int rc = disk_vectors(&d, context, 100, &v);
    CHECK((v != NULL) == (rc == MVL_OK));
    vectors_destroy(v);
    return rc;
}

TEST(each_allocation_of_opening_may_fail)
{
    struct vectors *all = all_rows();
    CHECK(each_allocation_fails(open_on_disk, all) > 5);
    vectors_destroy(all);
}

TEST(destroying_nothing_is_fine)
{
    vectors_destroy(NULL);
}

static int grow(void *context)
{
    struct vectors *v = NULL;
    (void)context;
    TRY(vectors_create(&v, VECTOR_F32, DIM, CHUNK_SHIFT));
    int rc = MVL_OK;
    for (uint32_t n = 1; n <= 300 && rc == MVL_OK; n = 2 * n + 1)
        rc = add_rows(v, v->n_rows, n, NULL);
    for (uint32_t row = 0; row < v->n_rows; row++)
        CHECK(holds(v, row));
    CHECK_EQ_INT(v->n_present, v->n_rows);
    CHECK_EQ_INT(bitmap_count(&v->present), v->n_rows);
    if (rc == MVL_NOMEM) { /* what failed may be tried again */
        uint32_t first = v->n_rows;
        CHECK_EQ_INT(add_rows(v, first, 10, NULL), MVL_OK);
        CHECK(holds(v, first) && holds(v, first + 9));
    }
    vectors_destroy(v);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(grow, NULL) > 100);
}
