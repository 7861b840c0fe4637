#include "storage/parts.h"

#include "base/mem.h"
#include "sqlite_memory.h"
#include "storage/sql.h"
#include "stores.h"

enum { MOST_PARTS = 8, MOST_BYTES = 60000 };

static const struct part_table table = {3, 101};

/* The bytes of a part as of a version: no two are alike, some are none. */
static size_t content(uint32_t part, uint32_t version, uint8_t to[MOST_BYTES])
{
    size_t n = (part * 7919 + version * 104729) % MOST_BYTES;
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(part * 31 + version * 7 + i + (i >> 8));
    return part % 5 == 4 ? 0 : n;
}

/* What a directory names: parts of these versions. */
struct model {
    uint32_t n_parts, versions[MOST_PARTS];
};

static int write_parts(struct store *s, const struct model *m, uint32_t slot, struct error *e)
{
    static uint8_t bytes[MOST_BYTES];
    struct part_place places[MOST_PARTS];
    struct part_directory d = {
        .definition = 5, .effort = (UINT64_C(1) << 40) + 1, .n_parts = m->n_parts, .places = places};
    for (uint32_t i = 0; i < m->n_parts; i++) {
        places[i] = (struct part_place){.slot = slot};
        TRY(parts_write(s, &table, i, bytes, content(i, m->versions[i], bytes), &places[i], e));
    }
    return parts_write_directory(s, &table, &d, e);
}

struct reading {
    const struct model *m;
    uint32_t n_read;
    int stop_with;
};

static int check_part(void *context, uint32_t part, const uint8_t *bytes, size_t n)
{
    static uint8_t expected[MOST_BYTES];
    struct reading *r = context;
    CHECK_EQ_INT(part, r->n_read);
    r->n_read++;
    if (CHECK(part < r->m->n_parts) && CHECK_EQ_INT(n, content(part, r->m->versions[part], expected)))
        CHECK(bytes != NULL && memcmp(bytes, expected, n) == 0);
    return r->stop_with;
}

static void check_parts(struct store *s, const struct model *m)
{
    struct error e = ERROR_NONE;
    struct part_directory d;
    struct reading r = {.m = m};
    if (!CHECK_EQ_INT(parts_read_directory(s, &table, &d, &e), MVL_OK))
        return;
    CHECK_EQ_INT(d.n_parts, m->n_parts);
    CHECK(m->n_parts == 0 || (d.definition == 5 && d.effort == (UINT64_C(1) << 40) + 1));
    CHECK_EQ_INT(d.n_parts ? parts_read(s, &table, &d, check_part, &r, &e) : 0, MVL_OK);
    CHECK_EQ_INT(r.n_read, m->n_parts);
    part_directory_fini(&d);
}

static struct store *fresh(void)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, parts_begin(s, &table, &e)), MVL_OK);
    return s;
}

static int64_t count_rows(struct store *s)
{
    struct error e = ERROR_NONE;
    int64_t n = -1;
    CHECK_EQ_INT(sql_integer(s->db, -2, &n, &e, "SELECT count(*) FROM g3_101"), MVL_OK);
    return n;
}

static const struct model five = {5, {1, 2, 3, 4, 5}}, five_later = {5, {6, 7, 8, 9, 10}},
                          two = {2, {11, 12}}, none = {0, {0}};

TEST(without_a_table_or_a_directory_there_are_no_parts)
{
    struct error e = ERROR_NONE;
    struct store *s = store_fresh();
    check_parts(s, &none);
    CHECK_EQ_INT(COMMITTED(s, parts_begin(s, &table, &e)), MVL_OK);
    check_parts(s, &none);
    CHECK_EQ_INT(COMMITTED(s, parts_drop(s, &table, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, parts_drop(s, &table, &e)), MVL_OK); /* again */
    check_parts(s, &none);
    store_done(s);
}

TEST(parts_are_read_as_they_were_written)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    check_parts(s, &five);
    store_done(s);
    s = store_reopen((struct store_options){0});
    check_parts(s, &five);
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five_later, 0, &e)), MVL_OK); /* in place */
    check_parts(s, &five_later);
    CHECK_EQ_INT(count_rows(s), 6);
    CHECK_EQ_INT(COMMITTED(s, parts_begin(s, &table, &e)), MVL_OK);
    check_parts(s, &none);
    store_done(s);
}

TEST(until_the_directory_is_written_the_parts_before_are_whole)
{
    static uint8_t bytes[MOST_BYTES];
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    for (uint32_t i = 0; i < 5; i++) {
        struct part_place place = {.slot = 1};
        CHECK_EQ_INT(COMMITTED(s, parts_write(s, &table, i, bytes, content(i, 6 + i, bytes), &place, &e)),
                     MVL_OK);
        check_parts(s, &five);
    }
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five_later, 1, &e)), MVL_OK);
    check_parts(s, &five_later);
    store_done(s);
}

TEST(parts_past_the_end_are_removed)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &two, 1, &e)), MVL_OK);
    check_parts(s, &two);
    CHECK_EQ_INT(count_rows(s), 1 + 4); /* both slots of two */
    store_done(s);
}

TEST(what_a_reader_answers_ends_the_reading)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    struct part_directory d = {0};
    struct reading r = {.m = &five, .stop_with = MVL_IO};
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    CHECK_EQ_INT(parts_read_directory(s, &table, &d, &e), MVL_OK);
    CHECK_EQ_INT(parts_read(s, &table, &d, check_part, &r, &e), MVL_IO);
    CHECK_EQ_INT(r.n_read, 1);
    part_directory_fini(&d);
    store_done(s);
}

/* ---- damage ---- */

static int read_anything(void *context, uint32_t part, const uint8_t *bytes, size_t n)
{
    (void)context;
    (void)part;
    (void)bytes;
    (void)n;
    return MVL_OK;
}

/* 0, or what reading all of it returns. */
static int read_all(struct store *s)
{
    struct error e = ERROR_NONE;
    struct part_directory d;
    int rc = parts_read_directory(s, &table, &d, &e);
    if (rc == MVL_OK && d.n_parts > 0)
        rc = parts_read(s, &table, &d, read_anything, NULL, &e);
    part_directory_fini(&d);
    return rc;
}

/* The SQL changes a row, and reading finds it out; undone afterwards. */
static void check_damage(struct store *s, const char *sql)
{
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
    CHECK_EQ_INT(sql_exec(s->db, &e, "%s", sql), MVL_OK);
    if (!CHECK_EQ_INT(read_all(s), MVL_DAMAGED))
        printf("# %s\n", sql);
    (void)!store_end(s, MVL_INTERNAL, &e);
}

TEST(damage_is_found)
{
    static const char *const damages[] = {
        "DELETE FROM g3_101 WHERE chunk = 1",
        "DELETE FROM g3_101 WHERE chunk = 3",
        "UPDATE g3_101 SET data = x'' WHERE chunk = 1",
        "UPDATE g3_101 SET data = 'text' WHERE chunk = 1",
        "UPDATE g3_101 SET data = 7 WHERE chunk = 5",
        "UPDATE g3_101 SET data = data || x'00' WHERE chunk = 3",
        "UPDATE g3_101 SET data = substr(data, 2) WHERE chunk = 3",
        "UPDATE g3_101 SET data = x'00' WHERE chunk = 9",
        "UPDATE g3_101 SET data = (SELECT data FROM g3_101 WHERE chunk = 1) WHERE chunk = 3",
        "UPDATE g3_101 SET data = x'' WHERE chunk = 0",
        "UPDATE g3_101 SET data = x'5650443100000000' WHERE chunk = 0",
        "UPDATE g3_101 SET data = data || x'00' WHERE chunk = 0",
        "UPDATE g3_101 SET data = substr(data, 2) WHERE chunk = 0",
        "UPDATE g3_101 SET data = CAST(data AS TEXT) || '!' WHERE chunk = 0",
        "UPDATE g3_101 SET data = zeroblob(112) WHERE chunk = 0",
    };
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    for (size_t i = 0; i < COUNT(damages); i++)
        check_damage(s, damages[i]);
    check_parts(s, &five);
    store_done(s);
}

TEST(a_changed_bit_anywhere_is_found)
{
    struct error e = ERROR_NONE;
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    for (int64_t row = 0; row <= 7; row += row ? 2 : 1) {
        sqlite3_blob *blob = NULL;
        CHECK_EQ_INT(store_begin(s, &e), MVL_OK);
        CHECK_EQ_INT(sqlite3_blob_open(s->db, "main", "g3_101", "data", row, 1, &blob), SQLITE_OK);
        int n = sqlite3_blob_bytes(blob), step = row ? 611 : 1;
        for (int at = 0; at < n; at += step) {
            uint8_t byte, changed;
            sqlite3_blob_read(blob, &byte, 1, at);
            changed = (uint8_t)(byte ^ 1u << at % 8);
            sqlite3_blob_write(blob, &changed, 1, at);
            if (!CHECK_EQ_INT(read_all(s), MVL_DAMAGED))
                printf("# byte %d of row %d\n", at, (int)row);
            sqlite3_blob_write(blob, &byte, 1, at);
        }
        sqlite3_blob_close(blob);
        CHECK_EQ_INT(store_end(s, MVL_OK, &e), MVL_OK);
    }
    check_parts(s, &five);
    store_done(s);
}

/* ---- memory ---- */

TEST(each_allocation_may_fail)
{
    struct error e = ERROR_NONE;
    uint64_t n_failed = 0;
    sqlite3_shutdown();
    sqlite_memory_use();
    struct store *s = fresh();
    CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
    for (uint64_t nth = 1;; nth++) {
        mem_fail_nth(nth);
        int rc = read_all(s);
        bool failed = mem_fail_nth(0) >= nth;
        CHECK(rc == MVL_OK || rc == MVL_NOMEM);
        check_parts(s, &five);
        if (!failed)
            break;
        n_failed++;
    }
    for (uint64_t nth = 1;; nth++) {
        mem_fail_nth(nth);
        int rc = COMMITTED(s, write_parts(s, &five_later, 1, &e));
        bool failed = mem_fail_nth(0) >= nth;
        check_parts(s, rc == MVL_OK ? &five_later : &five);
        CHECK_EQ_INT(COMMITTED(s, write_parts(s, &five, 0, &e)), MVL_OK);
        if (!failed)
            break;
        n_failed++;
    }
    CHECK(n_failed > 20);
    store_done(s);
}
