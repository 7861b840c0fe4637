#include "engine/index_file.h"

#include "faults.h"
#include "platform.h"
#include "storage/sql.h"
#include "stores.h"

enum { MOST_PARTS = 40, PART_BYTES = 100000, SECOND = 1000000, DEFINITION = 77 };

static const struct part_table table = {1, 100};

/* An index that is nothing but parts: of each a version, from which its bytes follow. */
struct index {
    uint32_t n_parts, versions[MOST_PARTS];
    uint32_t n_read;
    int read_end; /* what part_read_end returns */
};

static uint32_t n_written; /* parts, by all of them */

static uint32_t fake_n_parts(const struct index *ix)
{
    return ix->n_parts;
}

static uint64_t fake_version(const struct index *ix, uint32_t part)
{
    return part < ix->n_parts ? ix->versions[part] : 0;
}

static void fake_write(const struct index *ix, uint32_t part, struct writer *w)
{
    uint8_t *to;
    n_written++;
    CHECK(ix->versions[part] != 0);
    writer_u32(w, ix->versions[part]);
    if ((to = writer_space(w, PART_BYTES)))
        memset(to, (int)(part + ix->versions[part]), PART_BYTES);
}

static int fake_read(struct index *ix, uint32_t part, const uint8_t *bytes, size_t n)
{
    CHECK(part >= ix->n_read);
    ix->n_read = part + 1;
    if (!CHECK(part < MOST_PARTS) || !CHECK_EQ_INT(n, PART_BYTES + 4))
        return MVL_DAMAGED;
    ix->versions[part] = bytes_u32(bytes);
    ix->n_parts = part + 1;
    uint8_t fill = (uint8_t)(part + ix->versions[part]);
    CHECK(bytes[4] == fill && bytes[n - 1] == fill);
    return MVL_OK;
}

static int fake_read_end(struct index *ix)
{
    return ix->read_end;
}

static const struct index_ops fake_ops = {.n_parts = fake_n_parts,
                                          .part_version = fake_version,
                                          .part_write = fake_write,
                                          .part_read = fake_read,
                                          .part_read_end = fake_read_end};

static struct index_file file_of(struct store *s, struct index *ix)
{
    return index_file_of(s, table, DEFINITION, &fake_ops, ix);
}

/* All parts of one version. */
static struct index index_with(uint32_t n_parts, uint32_t version)
{
    struct index ix = {.n_parts = n_parts};
    for (uint32_t i = 0; i < n_parts; i++)
        ix.versions[i] = version;
    return ix;
}

/* What another opening of the file would find: is it the parts of this index? */
static bool is_kept(struct store *s, const struct index *ix)
{
    struct index found = {0};
    struct index_file f = file_of(s, &found);
    bool same = CHECK_EQ_INT(index_file_read(&f), MVL_OK) && found.n_parts == ix->n_parts &&
                memcmp(found.versions, ix->versions, ix->n_parts * sizeof *ix->versions) == 0;
    index_file_fini(&f);
    return same;
}

/* Saves in slices, to the end. Returns how many there were. */
static uint32_t save_in_slices(struct index_file *f, uint32_t effort)
{
    struct error e = ERROR_NONE;
    uint32_t n = 0;
    for (; index_file_work(f, false) && CHECK(n < 1000); n++)
        if (!CHECK_EQ_INT(index_file_save(f, effort, &e), MVL_OK))
            printf("# %s\n", e.reason);
    return n;
}

static int64_t count_rows(struct store *s)
{
    struct error e = ERROR_NONE;
    int64_t n = -1;
    CHECK_EQ_INT(sql_integer(s->db, -2, &n, &e, "SELECT count(*) FROM g1_100"), MVL_OK);
    return n;
}

static const struct index nothing = {0};

/* A store that has an index of many parts, and the file of that index. */
static struct store *with_saved(struct index *ix, struct index_file *f)
{
    struct store *s = store_fresh();
    *ix = index_with(MOST_PARTS, 1);
    *f = file_of(s, ix);
    index_file_spent(f, SECOND);
    save_in_slices(f, 1000);
    CHECK(is_kept(s, ix));
    n_written = 0;
    return s;
}

TEST(an_index_is_found_again)
{
    struct store *s = store_fresh();
    struct index ix = index_with(3, 1), again = {0};
    struct index_file f = file_of(s, &ix);
    CHECK_EQ_INT(index_file_read(&f), MVL_OK); /* there is nothing yet */
    CHECK_EQ_INT(ix.n_read, 0);
    CHECK_EQ_INT(index_file_work(&f, false), 0);
    index_file_spent(&f, 1);
    CHECK(index_file_work(&f, false) > 0);
    CHECK_EQ_INT(save_in_slices(&f, UINT32_MAX), 1); /* in one transaction */
    index_file_fini(&f);
    store_done(s);
    s = store_reopen((struct store_options){0});
    CHECK(is_kept(s, &ix));
    n_written = 0;
    f = file_of(s, &again);
    CHECK_EQ_INT(index_file_read(&f), MVL_OK);
    CHECK_EQ_INT(index_file_work(&f, false), 0); /* nothing has changed since */
    index_file_spent(&f, SECOND);
    save_in_slices(&f, 1000);
    CHECK_EQ_INT(n_written, 0);
    index_file_fini(&f);
    store_done(s);
}

TEST(only_what_has_changed_is_written)
{
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    ix.versions[7] = ix.versions[30] = 2;
    index_file_spent(&f, SECOND);
    CHECK_EQ_INT(save_in_slices(&f, 1000), 1);
    CHECK_EQ_INT(n_written, 2);
    CHECK(is_kept(s, &ix));
    CHECK_EQ_INT(count_rows(s), MOST_PARTS + 1); /* so little in place */
    index_file_fini(&f);
    store_done(s);
}

TEST(a_large_save_is_of_many_slices_and_until_the_last_the_old_parts_are_whole)
{
    struct error e = ERROR_NONE;
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    for (uint32_t round = 2; round < 5; round++) {
        struct index old = ix;
        for (uint32_t i = 0; i < 30 - round; i++)
            ix.versions[i] = round;
        ix.n_parts = MOST_PARTS - round;
        index_file_spent(&f, SECOND);
        uint32_t n_slices = 0;
        for (; index_file_work(&f, true) > 0 || n_slices == 0; n_slices++) {
            CHECK(is_kept(s, &old));
            uint32_t before = n_written;
            CHECK_EQ_INT(index_file_save(&f, n_slices % 2 ? UINT32_MAX : 1, &e), MVL_OK);
            CHECK(n_written - before <= (n_slices % 2 ? 6 : 1)); /* half a megabyte, or one */
        }
        CHECK(n_slices > 5);
        CHECK(is_kept(s, &ix));
        CHECK(count_rows(s) <= 2 * ix.n_parts + 1);
    }
    index_file_fini(&f);
    store_done(s);
}

TEST(parts_that_do_not_exist_come_and_go)
{
    struct error e = ERROR_NONE;
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    for (uint32_t round = 0; round < 12; round++) {
        for (uint32_t i = 0; i + 1 < MOST_PARTS; i++)
            ix.versions[i] = (i + round) % 3 ? 2 + round : 0;
        if (round >= 8) /* a few, in place */
            memset(ix.versions, 0, (MOST_PARTS - 3 + round % 3) * sizeof *ix.versions);
        index_file_spent(&f, 100 * SECOND);
        if (round % 4 == 3)
            CHECK_EQ_INT(index_file_save_all(&f, &e), MVL_OK);
        else
            save_in_slices(&f, 1000);
        CHECK(is_kept(s, &ix));
    }
    index_file_fini(&f);
    store_done(s);
}

TEST(a_save_is_due_when_it_is_worth_it)
{
    struct store *s = store_fresh();
    struct index ix = index_with(2, 1);
    struct index_file f = file_of(s, &ix);
    index_file_spent(&f, 19 * SECOND);
    CHECK_EQ_INT(index_file_work(&f, true), 0); /* the index has work left */
    index_file_spent(&f, SECOND);
    CHECK(index_file_work(&f, true) > 0);
    save_in_slices(&f, 1000);
    CHECK_EQ_INT(f.kept.effort, 20 * SECOND);
    ix.versions[0]++;
    index_file_spent(&f, SECOND);
    CHECK_EQ_INT(index_file_work(&f, false), 0); /* little beside what is kept */
    index_file_spent(&f, 2 * SECOND);
    CHECK(index_file_work(&f, false) > 0);
    CHECK_EQ_INT(index_file_work(&f, true), 0);
    index_file_spent(&f, 177 * SECOND);
    save_in_slices(&f, 1000);
    ix.versions[0]++;
    index_file_spent(&f, 99 * SECOND);
    CHECK_EQ_INT(index_file_work(&f, true), 0); /* not yet half of it */
    CHECK(index_file_work(&f, false) > 0);
    index_file_spent(&f, SECOND);
    CHECK(index_file_work(&f, true) > 0);
    index_file_fini(&f);
    store_done(s);
}

TEST(saving_all_takes_no_second_slots_and_ends_what_is_in_progress)
{
    struct error e = ERROR_NONE;
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    ix = index_with(MOST_PARTS, 2);
    index_file_spent(&f, 1);
    CHECK_EQ_INT(index_file_save_all(&f, &e), MVL_OK);
    CHECK(is_kept(s, &ix));
    CHECK_EQ_INT(count_rows(s), MOST_PARTS + 1);
    ix = index_with(MOST_PARTS, 3);
    index_file_spent(&f, SECOND);
    CHECK_EQ_INT(index_file_save(&f, 1, &e), MVL_OK);
    CHECK(f.save != NULL);
    CHECK_EQ_INT(index_file_save_all(&f, &e), MVL_OK);
    CHECK(is_kept(s, &ix));
    CHECK_EQ_INT(index_file_work(&f, false), 0);
    index_file_fini(&f);
    store_done(s);
}

TEST(what_is_of_another_definition_is_not_read_and_written_over)
{
    struct index ix, other = {0};
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    index_file_fini(&f);
    f = index_file_of(s, table, DEFINITION + 1, &fake_ops, &other);
    CHECK_EQ_INT(index_file_read(&f), MVL_OK);
    CHECK_EQ_INT(other.n_read, 0);
    other = index_with(20, 9);
    index_file_spent(&f, 1);
    save_in_slices(&f, 1);
    CHECK(is_kept(s, &nothing)); /* of that definition */
    index_file_fini(&f);
    other = (struct index){0};
    f = index_file_of(s, table, DEFINITION + 1, &fake_ops, &other);
    CHECK_EQ_INT(index_file_read(&f), MVL_OK);
    CHECK(other.n_parts == 20 && other.versions[19] == 9);
    index_file_fini(&f);
    store_done(s);
}

TEST(what_the_index_refuses_is_made_anew)
{
    struct error e = ERROR_NONE;
    struct index ix, again = {.read_end = MVL_DAMAGED};
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    index_file_fini(&f);
    f = file_of(s, &again);
    CHECK_EQ_INT(index_file_read(&f), MVL_DAMAGED);
    CHECK_EQ_INT(f.kept.n_parts, 0);
    index_file_fini(&f);
    again = index_with(MOST_PARTS, 5);
    f = file_of(s, &again);
    index_file_spent(&f, 1);
    CHECK_EQ_INT(index_file_save(&f, 1, &e), MVL_OK);
    CHECK(is_kept(s, &nothing)); /* no mixture of the two */
    save_in_slices(&f, 1);
    CHECK(is_kept(s, &again));
    index_file_fini(&f);
    store_done(s);
}

TEST(a_damaged_directory_is_none)
{
    struct error e = ERROR_NONE;
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    CHECK_EQ_INT(COMMITTED(s, sql_exec(s->db, &e, "UPDATE g1_100 SET data = x'00' WHERE chunk = 0")), MVL_OK);
    CHECK(is_kept(s, &nothing));
    index_file_fini(&f);
    store_done(s);
}

TEST(where_nothing_lasts_nothing_is_saved)
{
    struct error e = ERROR_NONE;
    static const struct store_options options[] = {{.temporary = true}, {.read_only = true}};
    for (size_t i = 0; i < COUNT(options); i++) {
        store_done(store_fresh());
        struct store *s = store_reopen(options[i]);
        struct index ix = index_with(5, 1);
        struct index_file f = file_of(s, &ix);
        index_file_spent(&f, 100 * SECOND);
        CHECK_EQ_INT(index_file_work(&f, false), 0);
        CHECK_EQ_INT(index_file_save_all(&f, &e), MVL_OK);
        CHECK(is_kept(s, &nothing));
        index_file_fini(&f);
        store_done(s);
    }
}

TEST(an_index_without_parts_is_not_kept)
{
    struct error e = ERROR_NONE;
    static const struct index_ops no_ops = {0};
    const struct index_ops *const ops[] = {&no_ops, &fake_ops};
    struct store *s = store_fresh();
    for (size_t i = 0; i < COUNT(ops); i++) {
        struct index ix = {0};
        struct index_file f = index_file_of(s, table, DEFINITION, ops[i], &ix);
        CHECK_EQ_INT(index_file_read(&f), MVL_OK);
        index_file_spent(&f, 100 * SECOND);
        CHECK_EQ_INT(index_file_work(&f, false), 0);
        CHECK_EQ_INT(index_file_save_all(&f, &e), MVL_OK);
        index_file_fini(&f);
    }
    CHECK(is_kept(s, &nothing));
    store_done(s);
}

/* ---- failures ---- */

TEST(a_save_that_fails_leaves_what_there_was_and_waits_for_the_next_write)
{
    struct error e = ERROR_NONE;
    struct index ix;
    struct index_file f;
    struct store *s = with_saved(&ix, &f);
    struct index old = ix;
    uint32_t n_failed = 0;
    for (uint64_t nth = 1; nth < 200; nth++) {
        ix = index_with(MOST_PARTS, 2);
        index_file_spent(&f, SECOND);
        index_file_retry(&f);
        platform_memory_fail(nth, PLATFORM_FULL, CRASH_NONE);
        int rc = MVL_OK;
        while (rc == MVL_OK && index_file_work(&f, false))
            rc = index_file_save(&f, 1000, &e);
        platform_memory_fail(0, 0, CRASH_NONE);
        if (rc == MVL_OK)
            break;
        n_failed++;
        CHECK_EQ_INT(rc, MVL_DISK_FULL);
        CHECK_EQ_INT(index_file_work(&f, false), 0);
        CHECK(f.save == NULL);
        CHECK(is_kept(s, &old));
    }
    CHECK(n_failed > 3);
    CHECK(is_kept(s, &ix));
    index_file_fini(&f);
    store_done(s);
}

static int save_and_read(void *context)
{
    struct error e = ERROR_NONE;
    struct store *s = context;
    struct index ix = index_with(10, 3), again = {0};
    struct index_file f = file_of(s, &ix);
    index_file_spent(&f, 1);
    int rc = MVL_OK;
    while (rc == MVL_OK && index_file_work(&f, false))
        rc = index_file_save(&f, 1000, &e);
    index_file_fini(&f);
    if (rc != MVL_OK)
        return rc;
    f = file_of(s, &again);
    rc = index_file_read(&f);
    CHECK(rc != MVL_OK || again.n_parts == 10);
    index_file_fini(&f);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct store *s = store_fresh();
    CHECK(each_allocation_fails(save_and_read, s) > 5);
    store_done(s);
}
