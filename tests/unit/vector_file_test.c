#include "engine/vector_file.h"

#include <stdlib.h>

#include "faults.h"
#include "storage/sql.h"
#include "stores.h"

enum { DIM = 512, PER_CHUNK = 128, N = 5 * PER_CHUNK + 7 };

static const struct field field = {.type = DATA_TYPE_FLOAT_VECTOR, .dim = DIM};
static const struct chunk_table table = {1, 100, DIM * sizeof(float), {"v", 1}};

/* An element of a row's vector. */
static float element(uint32_t row, uint32_t i)
{
    return (float)(row * 3 + i) / 7;
}

static bool row_is_gone(uint32_t row)
{
    return row % 7 == 0 || row / PER_CHUNK == 2; /* the whole third chunk too */
}

/* A store with N rows, some of which are gone. */
static struct store *with_rows(void)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    uint32_t *gone = calloc(N, sizeof *gone), n_gone = 0;
    float *rows = calloc(N, DIM * sizeof *rows);
    if (!gone || !rows)
        abort();
    for (uint32_t row = 0; row < N; row++) {
        for (uint32_t i = 0; i < DIM; i++)
            rows[(size_t)row * DIM + i] = element(row, i);
        if (row_is_gone(row))
            gone[n_gone++] = row;
    }
    CHECK_EQ_INT(COMMITTED(s, chunks_create(s, &table, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, chunks_append(s, &table, 0, rows, NULL, N, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, chunks_remove(s, &table, gone, n_gone, &e)), MVL_OK);
    free(gone);
    free(rows);
    return s;
}

static int load(struct vector_file *f, struct store *s, struct vectors_budget *budget, struct vectors **out,
                struct error *e)
{
    *f = (struct vector_file){.store = s, .table = table};
    *e = ERROR_NONE;
    *out = NULL;
    return vector_file_load(f, &field, N + 3, budget, out, e);
}

static bool row_is_right(const struct vectors *v, uint32_t row)
{
    float buffer[DIM];
    struct vector_view view;
    if (!CHECK_EQ_INT(vectors_fetch(v, row, buffer, &view), MVL_OK))
        return false;
    const float *elements = view.row;
    for (uint32_t i = 0; i < DIM; i++)
        if (elements[i] != element(row, i))
            return false;
    return true;
}

TEST(loading_tells_which_rows_there_are_and_reads_none)
{
    struct vectors_budget budget = {.limit = UINT64_MAX};
    struct vector_file f;
    struct vectors *v;
    struct error e;
    struct store *s = with_rows();
    if (CHECK_EQ_INT(load(&f, s, &budget, &v, &e), MVL_OK)) {
        CHECK_EQ_INT(v->n_rows, N + 3);
        CHECK_EQ_INT(budget.used, 0);
        for (uint32_t row = 0; row < N + 3; row++)
            CHECK_EQ_INT(bitmap_test(&v->present, row), row < N && !row_is_gone(row));
        CHECK_EQ_INT(vectors_n_to_bring(v), 6);
        for (uint32_t row = 0; row < N; row += 50)
            CHECK(row_is_gone(row) || row_is_right(v, row));
        CHECK_EQ_INT(budget.used, 0);
        while (vectors_n_to_bring(v))
            CHECK_EQ_INT(vectors_bring_next(v), MVL_OK);
        CHECK_EQ_INT(budget.used, 5 * PER_CHUNK * (DIM + 1) * sizeof(float));
        for (uint32_t row = 0; row < N; row++)
            CHECK(row_is_gone(row) || row_is_right(v, row));
    }
    vectors_destroy(v);
    store_done(s);
}

TEST(an_empty_field_loads)
{
    struct vectors_budget budget = {.limit = UINT64_MAX};
    struct error e = ERROR_NONE;
    struct vectors *v = NULL;
    struct store *s = store_fresh();
    struct vector_file f = {.store = s, .table = table};
    CHECK_EQ_INT(COMMITTED(s, chunks_create(s, &table, &e)), MVL_OK);
    if (CHECK_EQ_INT(vector_file_load(&f, &field, 0, &budget, &v, &e), MVL_OK))
        CHECK(v->n_rows == 0 && v->n_present == 0 && vectors_n_to_bring(v) == 0);
    vectors_destroy(v);
    store_done(s);
}

static void set_byte(struct store *s, int chunk, int at, uint8_t flip)
{
    struct error e = ERROR_NONE;
    sqlite3_blob *blob = NULL;
    uint8_t byte;
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(sqlite3_blob_open(s->db, "main", "v1_100", "data", chunk, 1, &blob), SQLITE_OK);
    sqlite3_blob_read(blob, &byte, 1, at);
    byte ^= flip;
    CHECK_EQ_INT(sqlite3_blob_write(blob, &byte, 1, at), SQLITE_OK);
    sqlite3_blob_close(blob);
    CHECK_EQ_INT(store_end(s, MVL_OK, &e), MVL_OK);
}

TEST(damage_is_told_of_with_chunk_and_field)
{
    struct vectors_budget budget = {.limit = UINT64_MAX};
    struct vector_file f;
    struct vectors *v;
    struct error e, words = ERROR_NONE;
    struct store *s = with_rows();
    set_byte(s, 3, 100000, 0x10);
    if (CHECK_EQ_INT(load(&f, s, &budget, &v, &e), MVL_OK)) {
        CHECK_EQ_INT(vector_file_error(&f, vectors_bring(v, 1), &words), MVL_OK);
        CHECK_EQ_INT(words.code, MVL_OK);
        CHECK_EQ_INT(vector_file_error(&f, vectors_bring(v, 3), &words), MVL_DAMAGED);
        CHECK(strstr(words.reason, "chunk 3 of field 'v' is damaged: its checksum does not match") != NULL);
        words = ERROR_NONE;
        CHECK_EQ_INT(vector_file_error(&f, MVL_NOMEM, &words), MVL_NOMEM); /* not the file's */
        CHECK_EQ_INT(words.code, MVL_OK);
    }
    vectors_destroy(v);
    set_byte(s, 3, 8, 0x10); /* in the header */
    CHECK_EQ_INT(load(&f, s, &budget, &v, &e), MVL_DAMAGED);
    CHECK(strstr(e.reason, "chunk 3 of field 'v' is damaged: its header is wrong") != NULL);
    CHECK(v == NULL);
    store_done(s);
}

TEST(a_file_that_cannot_be_read_is_an_error_and_then_goes_on)
{
    struct vectors_budget budget = {.limit = UINT64_MAX};
    struct error e;
    uint32_t n_failed = 0;
    store_done(with_rows());
    for (uint64_t nth = 1;; nth++) {
        struct vector_file f;
        struct vectors *v;
        struct store *s = store_reopen((struct store_options){0});
        struct error words = ERROR_NONE;
        platform_memory_fail_reads(nth, UINT64_MAX);
        int rc = load(&f, s, &budget, &v, &e);
        for (uint32_t row = 1; rc == MVL_OK && row < N; row += 40)
            if (!row_is_gone(row)) {
                float buffer[DIM];
                struct vector_view view;
                rc = vector_file_error(&f, vectors_fetch(v, row, buffer, &view), &words);
            }
        for (uint32_t chunk = 0; rc == MVL_OK && chunk < 6; chunk += 2)
            rc = vector_file_error(&f, vectors_bring(v, chunk), &words);
        platform_memory_fail_reads(0, 0);
        if (rc != MVL_OK) {
            n_failed++;
            CHECK_EQ_INT(rc, MVL_IO);
            CHECK(e.reason[0] || words.reason[0]);
        }
        if (v)
            for (uint32_t row = 0; row < N; row += 3)
                CHECK(row_is_gone(row) || row_is_right(v, row));
        vectors_destroy(v);
        store_done(s);
        CHECK_EQ_INT(budget.used, 0);
        if (rc == MVL_OK)
            break;
    }
    CHECK(n_failed > 10);
}

static int load_only(void *context)
{
    struct vectors_budget budget = {.limit = UINT64_MAX};
    struct vector_file f;
    struct vectors *v;
    struct error e;
    int rc = load(&f, context, &budget, &v, &e);
    CHECK((v != NULL) == (rc == MVL_OK));
    vectors_destroy(v);
    store_release_memory(context);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct store *s = with_rows();
    CHECK(each_allocation_fails(load_only, s) > 5);
    store_done(s);
}
