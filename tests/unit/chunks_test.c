#include "storage/chunks.h"

#include <stdlib.h>

#include "base/bitmap.h"
#include "storage/sql.h"
#include "stores.h"

enum { SMALL_ROW = 16, LARGE_ROW = 40000, MOST = 4096, MOST_CHUNK_BYTES = 256 * 1024 };

static const struct chunk_table small = {1, 100, SMALL_ROW, {"v", 1}};
static const struct chunk_table large = {1, 101, LARGE_ROW, {"w", 1}};

static struct store *fresh(void)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, chunks_create(s, &small, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, chunks_create(s, &large, &e)), MVL_OK);
    return s;
}

/* The content of a row: no two are alike. */
static void fill(uint8_t *to, uint32_t row, uint32_t row_bytes)
{
    for (uint32_t i = 0; i < row_bytes; i++)
        to[i] = (uint8_t)(row * 31 + i * 7 + (row >> 8) + 1);
}

static int append(struct store *s, const struct chunk_table *t, uint32_t first, uint32_t n,
                  const uint8_t *present)
{
    struct error e = ERROR_NONE;
    uint8_t *data = calloc(n + 1, t->row_bytes);
    if (!CHECK(data != NULL))
        return -1;
    for (uint32_t i = 0; i < n; i++)
        fill(data + (size_t)i * t->row_bytes, first + i, t->row_bytes);
    int rc = COMMITTED(s, chunks_append(s, t, first, data, present, n, &e));
    free(data);
    return rc;
}

/* What chunks_list tells, beside the model. */
struct listing {
    const struct chunk_table *table;
    const bool *alive;
    uint32_t n, n_wrong, n_listed, n_alive;
};

static int compare_listed(void *context, uint32_t chunk, const uint8_t *present, struct error *e)
{
    struct listing *l = context;
    uint32_t per_chunk = 1u << chunk_shift(l->table->row_bytes);
    (void)e;
    for (uint32_t i = 0; i < per_chunk; i++) {
        uint32_t row = chunk * per_chunk + i;
        l->n_wrong += bits_test(present, i) != (row < l->n && l->alive[row]);
        l->n_listed += bits_test(present, i);
    }
    return MVL_OK;
}

/* One row by itself. */
static int read_row(struct store *s, const struct chunk_table *t, uint32_t row, void *data, bool *found,
                    struct error *e)
{
    uint8_t present = 0;
    int rc = chunks_read_rows(s, t, &row, 1, data, &present, e);
    *found = present != 0;
    return rc;
}

/* Compares with the model, a flag for each of n rows: chunk by chunk, each row alone, and all heads. */
static void check_rows(struct store *s, const struct chunk_table *t, const bool alive[], uint32_t n)
{
    struct error e = ERROR_NONE;
    uint32_t per_chunk = 1u << chunk_shift(t->row_bytes), n_wrong = 0;
    static uint8_t data[MOST_CHUNK_BYTES], present[MOST / 8 + 1], expected[LARGE_ROW];
    for (uint32_t chunk = 0; chunk * per_chunk < n; chunk++) {
        if (!CHECK_EQ_INT(chunks_read(s, t, chunk, data, present, &e), MVL_OK))
            printf("# %s\n", e.reason);
        for (uint32_t i = 0; i < per_chunk; i++) {
            uint32_t row = chunk * per_chunk + i;
            bool is_there = row < n && alive[row], found = false;
            fill(expected, row, t->row_bytes);
            n_wrong += bits_test(present, i) != is_there;
            n_wrong += is_there && memcmp(data + (size_t)i * t->row_bytes, expected, t->row_bytes) != 0;
            if (row > 40 && row % 61 != 0)
                continue; /* rows alone: some */
            n_wrong += read_row(s, t, row, data + (size_t)i * t->row_bytes, &found, &e) != MVL_OK;
            n_wrong += found != is_there;
            n_wrong += is_there && memcmp(data + (size_t)i * t->row_bytes, expected, t->row_bytes) != 0;
            if (!is_there)
                continue;
            memset(data, 0, t->row_bytes);
            n_wrong += chunks_fetch_row(s, t, row, data, &e) != MVL_OK;
            n_wrong += memcmp(data, expected, t->row_bytes) != 0;
        }
    }
    struct listing l = {t, alive, n};
    CHECK_EQ_INT(chunks_list(s, t, compare_listed, &l, &e), MVL_OK);
    for (uint32_t row = 0; row < n; row++)
        l.n_alive += alive[row];
    CHECK_EQ_INT(l.n_listed, l.n_alive);
    n_wrong += l.n_wrong;
    CHECK_EQ_INT(n_wrong, 0);
}

static int remove_rows(struct store *s, const struct chunk_table *t, const uint32_t rows[], uint32_t n)
{
    struct error e = ERROR_NONE;
    return COMMITTED(s, chunks_remove(s, t, rows, n, &e));
}

static int64_t count_chunks(struct store *s, const struct chunk_table *t)
{
    struct error e = ERROR_NONE;
    int64_t n = -1;
    CHECK_EQ_INT(sql_integer(s->db, -2, &n, &e, "SELECT count(*) FROM v%lld_%u", t->collection, t->field),
                 MVL_OK);
    return n;
}

TEST(a_chunk_holds_as_many_rows_as_fit_a_quarter_megabyte)
{
    for (uint32_t row_bytes = 4; row_bytes <= 131072; row_bytes += 4) {
        uint32_t shift = 0; /* the slow way: count up until it is too much */
        while (shift < 12 && (row_bytes << (shift + 1)) <= 262144)
            shift++;
        if (!CHECK_EQ_INT(chunk_shift(row_bytes), shift))
            return;
    }
}

TEST(appended_rows_are_read_back)
{
    struct store *s = fresh();
    static bool alive[MOST];
    /* one by one, over the edges of capacities, then over the edge of a chunk */
    static const uint32_t steps[] = {1, 1, 1, 5, 1, 7, 1, 100, 0, 3000, 900, 60};
    uint32_t n = 0;
    memset(alive, true, sizeof alive);
    for (size_t i = 0; i < COUNT(steps); i++) {
        CHECK_EQ_INT(append(s, &small, n, steps[i], NULL), MVL_OK);
        n += steps[i];
        if (n <= 20 || i + 1 == COUNT(steps))
            check_rows(s, &small, alive, n);
    }
    store_done(s);
    s = store_reopen((struct store_options){0});
    check_rows(s, &small, alive, n);
    store_done(s);
}

TEST(rows_span_chunks)
{
    struct store *s = fresh();
    bool alive[20];
    memset(alive, true, sizeof alive);
    CHECK_EQ_INT(chunk_shift(LARGE_ROW), 2);
    CHECK_EQ_INT(append(s, &large, 0, 3, NULL), MVL_OK);
    CHECK_EQ_INT(append(s, &large, 3, 11, NULL), MVL_OK);
    check_rows(s, &large, alive, 14);
    CHECK_EQ_INT(count_chunks(s, &large), 4);
    store_done(s);
}

TEST(rows_without_a_vector_stay_absent)
{
    struct store *s = fresh();
    const uint8_t present[] = {0xa5, 0x3f}; /* bit i: row i */
    bool alive[16];
    for (uint32_t i = 0; i < 16; i++)
        alive[i] = present[i / 8] >> (i % 8) & 1;
    CHECK_EQ_INT(append(s, &small, 0, 16, present), MVL_OK);
    check_rows(s, &small, alive, 16);
    store_done(s);
}

TEST(random_appends_and_removals_match_a_model)
{
    struct store *s = fresh();
    static bool alive[MOST];
    uint32_t n = 0, seed = 7, rows[64];
    printf("# seed %u\n", seed);
    memset(alive, 0, sizeof alive);
    for (int round = 0; round < 60; round++) {
        uint8_t present[16];
        uint32_t more = (seed = seed * 1664525 + 1013904223) >> 26, n_rows = 0;
        for (size_t i = 0; i < COUNT(present); i++)
            present[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        CHECK_EQ_INT(append(s, &small, n, more, present), MVL_OK);
        for (uint32_t i = 0; i < more; i++)
            alive[n + i] = bits_test(present, i);
        n += more;
        for (uint32_t row = 0; row < n && n_rows < COUNT(rows); row++)
            if ((seed = seed * 1664525 + 1013904223) >> 29 == 0) {
                rows[n_rows++] = row; /* present or not */
                alive[row] = false;
            }
        CHECK_EQ_INT(remove_rows(s, &small, rows, n_rows), MVL_OK);
        check_rows(s, &small, alive, n);
    }
    store_done(s);
}

TEST(a_chunk_without_rows_is_deleted_and_reads_as_empty)
{
    struct store *s = fresh();
    bool alive[8] = {false, false, false, false, true, true, true, true};
    CHECK_EQ_INT(append(s, &large, 0, 8, NULL), MVL_OK);
    CHECK_EQ_INT(remove_rows(s, &large, (uint32_t[]){0, 1, 2, 3}, 4), MVL_OK);
    CHECK_EQ_INT(count_chunks(s, &large), 1);
    check_rows(s, &large, alive, 8);
    CHECK_EQ_INT(remove_rows(s, &large, (uint32_t[]){0, 5, 900}, 3), MVL_OK); /* gone, there, never there */
    alive[5] = false;
    check_rows(s, &large, alive, 8);
    store_done(s);
}

TEST(a_failed_append_rolls_back)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    bool alive[2] = {true, true};
    uint8_t more[4 * SMALL_ROW] = {0};
    CHECK_EQ_INT(append(s, &small, 0, 2, NULL), MVL_OK);
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(chunks_append(s, &small, 2, more, NULL, 4, &e), MVL_OK);
    CHECK_EQ_INT(store_end(s, MVL_DISK_FULL, &e), MVL_DISK_FULL);
    check_rows(s, &small, alive, 2);
    store_done(s);
}

TEST(a_dropped_table_is_gone)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    uint8_t data[SMALL_ROW];
    bool found;
    CHECK_EQ_INT(COMMITTED(s, chunks_drop(s, &small, &e)), MVL_OK);
    CHECK(read_row(s, &small, 0, data, &found, &e) != MVL_OK);
    CHECK(!found);
    CHECK(COMMITTED(s, chunks_drop(s, &small, &e)) != MVL_OK);
    store_done(s);
}

TEST(rows_are_read_in_any_order)
{
    enum { WANTED = 9, REMOVED = 5, N = 14 };
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(append(s, &large, 0, N, NULL), MVL_OK);
    CHECK_EQ_INT(remove_rows(s, &large, (uint32_t[]){REMOVED}, 1), MVL_OK);
    const uint32_t rows[WANTED] = {13, 3, REMOVED, 0, 3, 7, N, 12, 300};
    static uint8_t data[WANTED][LARGE_ROW], expected[LARGE_ROW];
    static const uint8_t nothing[LARGE_ROW];
    uint8_t present[WANTED / 8 + 1] = {0};
    CHECK_EQ_INT(chunks_read_rows(s, &large, rows, WANTED, data, present, &e), MVL_OK);
    for (uint32_t i = 0; i < WANTED; i++) {
        bool is_there = rows[i] != REMOVED && rows[i] < N;
        fill(expected, rows[i], LARGE_ROW);
        CHECK_EQ_INT(bits_test(present, i), is_there);
        CHECK(memcmp(data[i], is_there ? expected : nothing, LARGE_ROW) == 0);
    }
    CHECK_EQ_INT(chunks_read_rows(s, &large, rows, 0, data, present, &e), MVL_OK);
    store_done(s);
}

static int refuse(void *context, uint32_t chunk, const uint8_t *present, struct error *e)
{
    (void)present;
    (void)e;
    return chunk == 1 ? *(int *)context : MVL_OK;
}

TEST(a_list_ends_with_what_its_reader_returns)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    int rc = MVL_NOMEM;
    CHECK_EQ_INT(append(s, &large, 0, 14, NULL), MVL_OK);
    CHECK_EQ_INT(chunks_list(s, &large, refuse, &rc, &e), MVL_NOMEM);
    CHECK_EQ_INT(chunks_list(s, &small, refuse, &rc, &e), MVL_OK);
    store_done(s);
}

TEST(reading_holds_nothing_up)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    static uint8_t row[LARGE_ROW], expected[LARGE_ROW];
    bool alive[20];
    memset(alive, true, sizeof alive);
    for (uint32_t n = 0; n < 20; n++) { /* rows are read before each write, and after it as it left them */
        CHECK_EQ_INT(append(s, &large, n, 1, NULL), MVL_OK);
        fill(expected, n, LARGE_ROW);
        CHECK_EQ_INT(chunks_fetch_row(s, &large, n, row, &e), MVL_OK);
        CHECK(memcmp(row, expected, LARGE_ROW) == 0);
    }
    CHECK(s->reader != NULL);
    store_release_memory(s);
    CHECK(s->reader == NULL);
    check_rows(s, &large, alive, 20);
    CHECK_EQ_INT(append(s, &small, 0, 1, NULL), MVL_OK);
    CHECK_EQ_INT(chunks_fetch_row(s, &small, 0, row, &e), MVL_OK); /* another table */
    CHECK_EQ_INT(COMMITTED(s, chunks_drop(s, &small, &e)), MVL_OK);
    CHECK(chunks_fetch_row(s, &small, 0, row, &e) != MVL_OK);
    check_rows(s, &large, alive, 20);
    store_done(s);
}

TEST(a_row_that_is_not_there_is_damage)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    uint8_t row[SMALL_ROW];
    CHECK_EQ_INT(append(s, &small, 0, 3, NULL), MVL_OK);
    CHECK_EQ_INT(chunks_fetch_row(s, &small, 8, row, &e), MVL_DAMAGED); /* the chunk is too small */
    CHECK(strstr(e.reason, "chunk 0 of field 'v' is damaged: a row is missing") != NULL);
    e = ERROR_NONE;
    CHECK_EQ_INT(chunks_fetch_row(s, &small, 4096, row, &e), MVL_DAMAGED); /* there is no such chunk */
    CHECK(strstr(e.reason, "chunk 1 of field 'v' is damaged: a row is missing") != NULL);
    CHECK_EQ_INT(chunks_fetch_row(s, &small, 2, row, &e), MVL_OK);
    store_done(s);
}

/* ---- damage ---- */

static void set_blob(struct store *s, const uint8_t *bytes, int n)
{
    sqlite3_stmt *statement = NULL;
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "UPDATE v1_100 SET data = ? WHERE chunk = 0"), MVL_OK);
    sqlite3_bind_blob(statement, 1, bytes, n, SQLITE_STATIC);
    CHECK_EQ_INT(sql_run(statement, &e), MVL_OK);
    sqlite3_finalize(statement);
}

static int get_blob(struct store *s, uint8_t *to, int most)
{
    sqlite3_stmt *statement = NULL;
    struct error e = ERROR_NONE;
    bool has_row;
    CHECK_EQ_INT(sql_prepare(s->db, &statement, &e, "SELECT data FROM v1_100 WHERE chunk = 0"), MVL_OK);
    CHECK_EQ_INT(sql_step(statement, &has_row, &e), MVL_OK);
    int n = sqlite3_column_bytes(statement, 0);
    if (CHECK(n <= most))
        memcpy(to, sqlite3_column_blob(statement, 0), (size_t)n);
    sqlite3_finalize(statement);
    return n;
}

/* Reads the damaged chunk in every way; none may crash. Returns what chunks_read says. */
static int read_damaged(struct store *s, struct error *e)
{
    static uint8_t data[MOST * SMALL_ROW], present[MOST / 8 + 1];
    struct error ignored = ERROR_NONE;
    bool found;
    *e = ERROR_NONE;
    int rc = chunks_read(s, &small, 0, data, present, e);
    for (uint32_t row = 0; row < 20; row++) {
        (void)!read_row(s, &small, row, data, &found, &ignored);
        (void)!chunks_fetch_row(s, &small, row, data, &ignored);
    }
    int code = MVL_OK;
    (void)!chunks_list(s, &small, refuse, &code, &ignored);
    if (store_begin(s, &ignored) == MVL_OK) {
        (void)!chunks_remove(s, &small, (uint32_t[]){1, 5, 6, 90}, 4, &ignored);
        (void)!chunks_append(s, &small, 8, data, NULL, 3, &ignored);
        (void)!store_end(s, MVL_DAMAGED, &ignored); /* as it was */
    }
    return rc;
}

TEST(a_flipped_bit_that_matters_is_reported_with_field_and_chunk)
{
    enum { N = 8, HEADER = 32, BITS = 16, BYTES = HEADER + BITS + N * SMALL_ROW };
    struct store *s = fresh();
    uint8_t blob[BYTES];
    const uint8_t present[] = {0x7f}; /* row 7 has no vector */
    CHECK_EQ_INT(append(s, &small, 0, N, present), MVL_OK);
    CHECK_EQ_INT(get_blob(s, blob, sizeof blob), BYTES);
    for (int at = 0; at < BYTES; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct error e;
            /* what says nothing: reserved bytes of the header and the slot of a row without vector */
            bool matters = at < 12 || (at >= 16 && at < 24) || (at >= HEADER && at < BYTES - SMALL_ROW);
            blob[at] ^= (uint8_t)(1 << bit);
            set_blob(s, blob, BYTES);
            int rc = read_damaged(s, &e);
            blob[at] ^= (uint8_t)(1 << bit);
            if (!CHECK_EQ_INT(rc, matters ? MVL_DAMAGED : MVL_OK)) {
                printf("# byte %d bit %d\n", at, bit);
                continue;
            }
            CHECK(!matters || strstr(e.reason, "chunk 0 of field 'v' is damaged") == e.reason);
        }
    }
    set_blob(s, blob, BYTES);
    struct error e;
    CHECK_EQ_INT(read_damaged(s, &e), MVL_OK);
    store_done(s);
}

TEST(a_chunk_of_any_length_is_reported)
{
    struct store *s = fresh();
    uint8_t blob[512];
    CHECK_EQ_INT(append(s, &small, 0, 8, NULL), MVL_OK);
    int n = get_blob(s, blob, sizeof blob);
    memset(blob + n, 0, sizeof blob - (size_t)n);
    for (int length = 0; length < (int)sizeof blob; length++) {
        struct error e;
        set_blob(s, blob, length);
        CHECK_EQ_INT(read_damaged(s, &e), length == n ? MVL_OK : MVL_DAMAGED);
    }
    store_done(s);
}

TEST(a_chunk_that_is_no_blob_is_an_error)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(append(s, &small, 0, 8, NULL), MVL_OK);
    static const char *const values[] = {"42", "1.5", "'text'", "zeroblob(100000)"};
    for (size_t i = 0; i < COUNT(values); i++) {
        CHECK_EQ_INT(sql_exec(s->db, &e, "UPDATE v1_100 SET data = %s", values[i]), MVL_OK);
        CHECK(read_damaged(s, &e) != MVL_OK);
        CHECK(e.reason[0] != 0);
    }
    store_done(s);
}
