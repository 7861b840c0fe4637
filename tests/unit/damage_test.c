/* Files that are damaged, cut off, or no files of ours: every operation answers, none crashes. FULL=1 damages every
 * byte that says something, the fast suite some. */
#include <stdlib.h>

#include "platform_memory.h"
#include "scenario.h"
#include "storage/store.h"
#include "unit.h"
#include "vfs.h"

enum {
    CODE_CONNECTION = 1,
    CODE_DAMAGED = 1001,
    SEED = 20,
    FAST_FLIPS = 350,
    PAGE = 4096,
    PAGE_HEADER = 100
};

static uint32_t state = SEED;

static uint32_t rng(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* A closed database of the scenario, and what is in it. The caller frees it. */
static uint8_t *make_file(struct model *m, uint64_t *n)
{
    struct caller c = {0};
    bool wrong = false;
    CHECK_EQ_INT(vfs_register(), 0);
    platform_memory_reset();
    *m = (struct model){0};
    for (uint32_t step = 0; step < scenario_steps() && !(step && scenario_step_is_close(step - 1)); step++) {
        CHECK_EQ_INT(scenario_send(&c, step, m, &wrong), 0);
        scenario_apply(m, step);
    }
    caller_fini(&c);
    const uint8_t *file = platform_memory_file(SCENARIO_PATH, n);
    uint8_t *copy = malloc(*n + 1);
    if (!file || !copy)
        abort();
    memcpy(copy, file, *n);
    return copy;
}

static void put_file(const uint8_t *bytes, uint64_t n)
{
    platform_memory_reset();
    platform_memory_put(SCENARIO_PATH, bytes, n);
}

/* Every operation that touches the file, whatever it answers. */
static void use_file(void)
{
    struct caller c = {0};
    struct model m = {0};
    bool ignored = false;
    struct model_collection *cols = m.collections;
    cols[0] = (struct model_collection){.name = "renamed", .is_loaded = true};
    cols[1] = (struct model_collection){.name = "things", .is_loaded = true};
    c.quiet = true;
    (void)!scenario_check_reopened(&c, &m);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "things" : "renamed";
        caller_do(&c, CALL_describe_collection, "{'collection_name':'%s'}", name);
        caller_do(&c, CALL_describe_index, "{'collection_name':'%s'}", name);
        caller_do(&c, CALL_release_collection, "{'collection_name':'%s'}", name);
        caller_do(&c, CALL_load_collection, "{'collection_name':'%s'}", name);
    }
    for (uint32_t step = 0; step < scenario_steps(); step++)
        if (!scenario_step_is_open(step) && !scenario_step_is_close(step))
            (void)!scenario_send(&c, step, &m, &ignored);
    caller_do(&c, CALL_drop_collection, "{'collection_name':'things'}");
    caller_do(&c, CALL_close, "{}");
    caller_fini(&c);
}

/* Which bytes are worth damage: not empty space, and of pages full of vectors a few. */
static uint64_t mark_telling(const uint8_t *file, uint64_t n, bool telling[])
{
    uint64_t n_telling = 0;
    for (uint64_t page = 0; page < n; page += PAGE) {
        uint32_t n_filled = 0;
        for (uint32_t i = 0; i < PAGE; i++)
            n_filled += file[page + i] != 0;
        for (uint32_t i = 0; i < PAGE; i++) {
            bool dense = n_filled > PAGE / 4 && i % 97 != 0;
            telling[page + i] = i < PAGE_HEADER || (file[page + i] != 0 && !dense);
            n_telling += telling[page + i];
        }
    }
    return n_telling;
}

TEST(a_damaged_byte_anywhere_is_survived)
{
    struct model m;
    uint64_t n, n_flips = 0;
    uint8_t *file = make_file(&m, &n);
    bool full = getenv("FULL") != NULL, *telling = calloc(n, sizeof *telling);
    if (!telling)
        abort();
    printf("# seed %d\n", SEED);
    state = SEED;
    uint64_t n_telling = mark_telling(file, n, telling);
    for (uint64_t at = 0; at < n; at++) {
        if (!telling[at] || (!full && rng() % n_telling >= FAST_FLIPS))
            continue;
        uint8_t was = file[at];
        file[at] ^= (uint8_t)(rng() % 2 ? 1u << rng() % 8 : 1 + rng() % 255);
        put_file(file, n);
        use_file();
        file[at] = was;
        n_flips++;
    }
    printf("# %" PRIu64 " of %" PRIu64 " bytes were damaged\n", n_flips, n_telling);
    free(telling);
    free(file);
}

TEST(a_damaged_vector_is_reported_with_its_field_and_chunk)
{
    struct model m;
    struct caller c = {0};
    uint64_t n;
    int n_reported = 0, n_harmless = 0;
    uint8_t *file = make_file(&m, &n);
    uint64_t at = 0;
    while (at + 64 < n && !(memcmp(file + at, "VCH1", 4) == 0 && file[at + 4] == 16)) /* rows of docs */
        at++;
    if (!CHECK(at + 64 < n))
        return;
    m.is_open = true;
    for (uint64_t byte = at; byte < at + 32 + 16 + 64 * 16; byte += getenv("FULL") ? 1 : 13) {
        file[byte] ^= 0x40;
        put_file(file, n);
        file[byte] ^= 0x40;
        CHECK_EQ_INT(caller_do(&c, CALL_open, "{'path':'" SCENARIO_PATH "'}"), 0);
        if (caller_do(&c, CALL_load_collection, "{'collection_name':'renamed'}") == 0) {
            const float query[4] = {0}; /* the header shows when it is loaded, the rest when rows are read */
            caller_begin(&c, CALL_search, 1, "{'collection_name':'renamed','limit':48,'metric_type':'L2'}");
            caller_f32(&c, "data", 4, query);
            caller_send(&c);
        }
        if (c.code == 0) {
            n_harmless++; /* the slot of a row that is deleted, a reserved byte */
            CHECK(scenario_check(&c, &m));
        } else {
            n_reported++;
            CHECK_EQ_INT(c.code, CODE_DAMAGED);
            CHECK(strstr(c.params, "chunk 0 of field 'vector' is damaged") != NULL);
            /* the rest is not affected */
            CHECK_EQ_INT(caller_do(&c, CALL_load_collection, "{'collection_name':'things'}"), 0);
        }
        caller_drop_engine(&c);
    }
    printf("# %d reported, %d harmless\n", n_reported, n_harmless);
    CHECK(n_reported > n_harmless);
    caller_fini(&c);
    free(file);
}

TEST(a_file_cut_off_anywhere_is_refused_or_survived)
{
    struct model m;
    struct caller c = {0};
    uint64_t n, step = getenv("FULL") ? 509 : PAGE - 5;
    uint8_t *file = make_file(&m, &n);
    for (uint64_t length = 1; length < n; length += length < 100 ? 9 : step) {
        put_file(file, length);
        int code = caller_do(&c, CALL_open, "{'path':'" SCENARIO_PATH "'}");
        CHECK(code == CODE_CONNECTION || code == CODE_DAMAGED || (code == 0 && length > n - PAGE));
        caller_drop_engine(&c);
        put_file(file, length);
        use_file();
    }
    caller_fini(&c);
    free(file);
}

TEST(what_is_no_database_of_ours_is_refused_and_not_changed)
{
    struct model m;
    struct caller c = {0};
    uint64_t n, left;
    uint8_t *file = make_file(&m, &n);
    uint8_t *damaged = malloc(n);
    if (!damaged)
        abort();
    static const char next_format[4] = {0, 0, 0, STORE_FORMAT + 1};
    static const struct {
        const char *what;
        uint32_t at;
        const char *bytes;
        uint32_t n_bytes;
        const char *says;
    } cases[] = {
        {"no database", 0, "no SQLite", 9, "is not a database"},
        {"another program's", 68, "XYZ1", 4, "not one of Milvus Lite"},
        {"a newer format", 60, next_format, 4, "has file format"},
        {"a much newer format", 60, "\x7f\xff\xff\xff", 4, "file format 2147483647"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        memcpy(damaged, file, n);
        memcpy(damaged + cases[i].at, cases[i].bytes, cases[i].n_bytes);
        put_file(damaged, n);
        CHECK_EQ_INT(caller_do(&c, CALL_open, "{'path':'" SCENARIO_PATH "'}"), CODE_CONNECTION);
        if (!CHECK(caller_says(&c, cases[i].says)))
            printf("# %s\n", cases[i].what);
        const uint8_t *after = platform_memory_file(SCENARIO_PATH, &left);
        CHECK(after && left == n && memcmp(after, damaged, n) == 0);
        CHECK_EQ_INT(caller_do(&c, CALL_list_collections, "{}"), CODE_CONNECTION); /* not connected */
    }
    caller_fini(&c);
    free(damaged);
    free(file);
}

TEST(an_empty_file_becomes_an_empty_database)
{
    struct caller c = {0};
    CHECK_EQ_INT(vfs_register(), 0);
    put_file((const uint8_t *)"", 0);
    CHECK_EQ_INT(caller_do(&c, CALL_open, "{'path':'" SCENARIO_PATH "'}"), 0);
    CHECK_EQ_INT(caller_do(&c, CALL_list_collections, "{}"), 0);
    CHECK(caller_says(&c, "'value':[]"));
    caller_fini(&c);
}
