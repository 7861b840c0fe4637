/* An index in the file while things go wrong: every change of the files fails or is the last one, every allocation
 * fails, what is kept is damaged. Rows are found as the exact twin finds them, always. FULL=1 takes each place, the
 * fast suite some. */
#include <stdlib.h>

#include "api/message.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/topk.h"
#include "caller.h"
#include "platform.h"
#include "platform_memory.h"
#include "random.h"
#include "sqlite_memory.h"
#include "storage/sql.h"
#include "storage/store.h"
#include "vfs.h"

#define PATH "/data/kept.db"

enum {
    DIM = 32,
    FEW = 2112,
    MANY = 8500,
    MOST_ROWS = 9000,
    K = 10,
    QUERIES = 2,
    EFFORT = 40,
};

static float vectors[MOST_ROWS][DIM], queries[QUERIES][DIM];

/* Which index the script makes: with little effort, as it is often made. */
static const char *const kinds[] = {"'index_type':'AUTOINDEX'",
                                    "'index_type':'HNSW','params':{'M':4,'efConstruction':4}"};
static int kind;

/* ---- the script ---- */

enum action { OPEN, CREATE, INSERT, DELETE, SEARCH, MAINTAIN, RELEASE, LOAD, CLOSE };

static const struct step {
    enum action action;
    uint32_t first, n;
} steps[] = {
    {OPEN},
    {CREATE},
    {INSERT, 0, FEW},
    {SEARCH},
    {MAINTAIN}, /* codes, and a small save */
    {INSERT, FEW, MANY - FEW},
    {MAINTAIN}, /* codes anew, and a save of many slices into the other slots */
    {DELETE, 100, 50},
    {CLOSE},
    {OPEN},
    {SEARCH}, /* finds the codes in the file */
    {INSERT, MANY, 200},
    {MAINTAIN},
    {RELEASE}, /* saves the rest */
    {LOAD},
    {INSERT, MANY + 200, 100},
    {SEARCH},
    {MAINTAIN},
    {CLOSE},
};

/* What is in the database. */
struct model {
    bool is_open, exists, alive[MOST_ROWS];
    uint32_t n_alive;
};

static void make_data(void)
{
    struct random r = random_from(300);
    random_floats(&r, vectors[0], (size_t)MOST_ROWS * DIM);
    random_floats(&r, queries[0], (size_t)QUERIES * DIM);
}

static void start(void)
{
    static bool started;
    if (!started) {
        sqlite_memory_use();
        CHECK_EQ_INT(vfs_register(), 0);
        make_data();
    }
    started = true;
    platform_memory_reset();
}

static void apply(struct model *m, const struct step *s)
{
    m->is_open = s->action == CLOSE ? false : s->action == OPEN ? true : m->is_open;
    m->exists |= s->action == CREATE;
    if (s->action != INSERT && s->action != DELETE)
        return;
    for (uint32_t row = s->first; row < s->first + s->n; row++)
        m->alive[row] = s->action == INSERT;
    m->n_alive = s->action == INSERT ? m->n_alive + s->n : m->n_alive - s->n;
}

/* The work that is left, as the last reply says. */
static uint32_t work_left(const struct caller *c)
{
    size_t n;
    const uint8_t *reply = api_reply(c->api, &n);
    return n ? bytes_u32(reply + MESSAGE_WORK_AT) : 0;
}

static int maintain_to_the_end(struct caller *c)
{
    int code = caller_do(c, CALL_list_collections, "{}");
    for (int slices = 0; code == 0 && work_left(c) > 0 && CHECK(slices < 2000); slices++)
        code = caller_do(c, CALL_maintain, "{'effort':%d}", EFFORT);
    return code;
}

static int send_rows(struct caller *c, const struct step *s)
{
    int64_t ids[MOST_ROWS];
    for (uint32_t i = 0; i < s->n; i++)
        ids[i] = s->first + i;
    caller_begin(c, s->action == INSERT ? CALL_insert : CALL_delete, s->n, "{'collection_name':'c'}");
    caller_i64(c, s->action == INSERT ? "id" : "ids", ids);
    if (s->action == INSERT)
        caller_f32(c, "vector", DIM, vectors[s->first]);
    return caller_send(c);
}

static int send_search(struct caller *c)
{
    caller_begin(c, CALL_search, QUERIES, "{'collection_name':'c','limit':%d}", K);
    caller_f32(c, "data", DIM, queries[0]);
    return caller_send(c);
}

static int send(struct caller *c, const struct step *s)
{
    switch (s->action) {
    case OPEN: return caller_do(c, CALL_open, "{'path':'" PATH "'}");
    case CREATE:
        return caller_do(c, CALL_create_collection,
                         "{'collection_name':'c','schema':{'fields':["
                         "{'name':'id','type':5,'is_primary':true},{'name':'vector','type':101,'dim':%d}]},"
                         "'index_params':{'field_name':'vector','metric_type':'L2',%s}}",
                         DIM, kinds[kind]);
    case INSERT:
    case DELETE: return send_rows(c, s);
    case SEARCH: return send_search(c);
    case MAINTAIN: return maintain_to_the_end(c);
    case RELEASE: return caller_do(c, CALL_release_collection, "{'collection_name':'c'}");
    case LOAD: return caller_do(c, CALL_load_collection, "{'collection_name':'c'}");
    case CLOSE: return caller_do(c, CALL_close, "{}");
    }
    return -1;
}

/* ---- checking ---- */

static struct topk exact_twin(const struct model *m, const float query[DIM])
{
    struct topk best = {0};
    CHECK_EQ_INT(topk_init(&best, K), 0);
    for (uint32_t row = 0; row < MOST_ROWS; row++) {
        double order = 0;
        for (uint32_t d = 0; m->alive[row] && d < DIM; d++)
            order += pow((double)query[d] - (double)vectors[row][d], 2);
        if (m->alive[row])
            topk_push(&best, (float)order, row);
    }
    topk_sort(&best);
    return best;
}

/* The hits of all queries are those of the exact twin. */
static bool hits_are_right(const struct caller *c, const struct model *m)
{
    const struct column *ids = caller_role(c, ROLE_ID);
    uint32_t n_expected = m->n_alive < K ? m->n_alive : K, n_wrong = 0;
    if (c->reply.n_rows != QUERIES * n_expected)
        return false;
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct topk best = exact_twin(m, queries[i]);
        for (uint32_t k = 0; k < n_expected; k++)
            n_wrong += caller_i64_at(ids, i * n_expected + k) != best.entries[k].row;
        topk_fini(&best);
    }
    return n_wrong == 0;
}

/* Is the open database as the model says? */
static bool check(struct caller *c, const struct model *m)
{
    if (!m->is_open)
        return caller_do(c, CALL_list_collections, "{}") == 1;
    c->quiet = true;
    if (caller_do(c, CALL_list_collections, "{}") != 0 || caller_says(c, "['c']") != m->exists)
        return false;
    if (!m->exists)
        return true;
    if (caller_do(c, CALL_get_collection_stats, "{'collection_name':'c'}") != 0 ||
        caller_int(c, "row_count") != m->n_alive)
        return false;
    int code = send_search(c);
    return code == 101 || (code == 0 && hits_are_right(c, m)); /* 101: released */
}

static bool check_reopened(struct caller *c, struct model *m)
{
    m->is_open = true;
    if (caller_do(c, CALL_open, "{'path':'" PATH "'}") == 0)
        return check(c, m);
    printf("# %s\n", c->params ? c->params : "no reply");
    return false;
}

static int64_t pending(struct caller *c)
{
    (void)!CHECK_EQ_INT(caller_do(c, CALL_describe_index, "{'collection_name':'c','index_name':'vector'}"),
                        0);
    return caller_int(c, "pending_index_rows");
}

/* It lives on: the index follows its rows, is saved, and the next opening finds it. */
static bool check_life(struct caller *c, struct model *m)
{
    if (!m->exists)
        return true;
    if (!CHECK_EQ_INT(caller_do(c, CALL_load_collection, "{'collection_name':'c'}"), 0) ||
        !CHECK(check(c, m)) || !CHECK_EQ_INT(maintain_to_the_end(c), 0) || !CHECK(check(c, m)) ||
        !CHECK_EQ_INT(caller_do(c, CALL_close, "{}"), 0) || !CHECK(check_reopened(c, m)))
        return false;
    return CHECK_EQ_INT(pending(c), 0);
}

static bool explain(const char *what, uint64_t nth, uint32_t step, const struct caller *c)
{
    printf("# %s %" PRIu64 ", step %u: %s\n", what, nth, step, c->params ? c->params : "");
    return false;
}

/* Runs the script; a step that fails is checked to have changed nothing, and sent again. Returns false when something
 * was wrong. */
static bool run_through(struct caller *c, struct model *m, uint32_t *n_refused, const char *what,
                        uint64_t nth)
{
    for (uint32_t step = 0; step < COUNT(steps); step++) {
        int code = send(c, &steps[step]);
        if (code != 0) {
            ++*n_refused;
            mem_fail_nth(0);
            if (steps[step].action == CLOSE) /* a failed close has closed */
                m->is_open = false;
            if (c->api && !CHECK(check(c, m)))
                return explain(what, nth, step, c);
            code = send(c, &steps[step]);
            if (steps[step].action == CLOSE && code == 1)
                code = 0;
        }
        apply(m, &steps[step]);
        if (!CHECK_EQ_INT(code, 0) || (steps[step].action == SEARCH && !CHECK(hits_are_right(c, m))))
            return explain(what, nth, step, c);
    }
    return true;
}

/* A test of both kinds of indexes. */
#define TEST_EACH_KIND(name)                                                                                 \
    static void name(void);                                                                                  \
    TEST(name##_codes)                                                                                       \
    {                                                                                                        \
        kind = 0;                                                                                            \
        name();                                                                                              \
    }                                                                                                        \
    TEST(name##_graph)                                                                                       \
    {                                                                                                        \
        kind = 1;                                                                                            \
        name();                                                                                              \
    }                                                                                                        \
    static void name(void)

TEST_EACH_KIND(the_script_runs_and_the_index_is_found_in_the_file)
{
    struct caller c = {0};
    struct model m = {0};
    uint32_t n_refused = 0;
    start();
    CHECK(run_through(&c, &m, &n_refused, "nothing", 0));
    CHECK_EQ_INT(n_refused, 0);
    CHECK(check_reopened(&c, &m));
    CHECK_EQ_INT(pending(&c), 0);
    caller_fini(&c);
}

/* How many tables of parts the file has. */
static int64_t count_tables(void)
{
    struct store *s = NULL;
    struct error e = ERROR_NONE;
    int64_t n = -1;
    if (CHECK_EQ_INT(store_open(STR(PATH), (struct store_options){0}, &s, &e), MVL_OK))
        CHECK_EQ_INT(
            sql_integer(s->db, 0, &n, &e, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'g%%'"),
            MVL_OK);
    store_close(s, &e);
    return n;
}

TEST_EACH_KIND(what_is_kept_goes_with_the_index_and_with_the_collection)
{
    for (int drop_index = 0; drop_index < 2; drop_index++) {
        struct caller c = {0};
        struct model m = {0};
        uint32_t n_refused = 0;
        start();
        CHECK(run_through(&c, &m, &n_refused, "nothing", 0));
        CHECK_EQ_INT(count_tables(), 1);
        CHECK(check_reopened(&c, &m));
        if (drop_index)
            CHECK_EQ_INT(caller_do(&c, CALL_drop_index, "{'collection_name':'c','index_name':'vector'}"), 0);
        else
            CHECK_EQ_INT(caller_do(&c, CALL_drop_collection, "{'collection_name':'c'}"), 0);
        CHECK_EQ_INT(maintain_to_the_end(&c), 0);
        CHECK_EQ_INT(caller_do(&c, CALL_close, "{}"), 0);
        CHECK_EQ_INT(count_tables(), 0);
        caller_fini(&c);
    }
}

/* ---- files ---- */

/* With FULL=1 every change of a file; of the allocations, some 60,000 a run, one in FULL_ALLOCATIONS: the unit tests of
 * the parts fail each of theirs. */
enum { FAST_STRIDE = 83, FAST_ALLOCATIONS = 9001, FULL_ALLOCATIONS = 61, FAST_DAMAGE = 13 };

static uint64_t stride(uint64_t fast)
{
    return getenv("FULL") ? 1 : fast;
}

static void fail_every_change(int error)
{
    uint32_t n_runs = 0, n_refused = 0;
    bool fired = true;
    for (uint64_t nth = 1; fired && unit_failures == 0; nth += stride(FAST_STRIDE), n_runs++) {
        struct caller c = {0};
        struct model m = {0};
        start();
        platform_memory_fail(nth, error, CRASH_NONE);
        bool held = run_through(&c, &m, &n_refused, "change", nth);
        fired = platform_memory_changes() >= nth;
        if (held && (!CHECK(check_reopened(&c, &m)) || !check_life(&c, &m)))
            explain("change", nth, COUNT(steps), &c);
        caller_fini(&c);
    }
    printf("# %u changes failed, %u calls were refused\n", n_runs, n_refused);
    CHECK(n_runs > 1 && n_refused > 0);
}

TEST_EACH_KIND(an_io_error_harms_nothing)
{
    fail_every_change(PLATFORM_IO);
}

TEST_EACH_KIND(a_full_disk_harms_nothing)
{
    fail_every_change(PLATFORM_FULL);
}

/* Is the database that is left the one before the step or, whole, the one after it? Goes to m. */
static bool check_survivor(struct caller *c, struct model *m, uint32_t step)
{
    struct model after = *m;
    apply(&after, &steps[step]);
    after.is_open = m->is_open = true;
    if (!check_reopened(c, &after))
        return check(c, m);
    *m = after;
    return true;
}

static bool crash_at(uint64_t nth, enum platform_memory_crash how)
{
    struct caller c = {0};
    struct model m = {0};
    uint32_t step = 0;
    start();
    platform_memory_fail(nth, PLATFORM_IO, how);
    for (; step < COUNT(steps); step++) {
        int code = send(&c, &steps[step]);
        if (code != 0 || platform_memory_changes() >= nth)
            break;
        apply(&m, &steps[step]);
    }
    caller_drop_engine(&c);
    platform_memory_fail(0, 0, CRASH_NONE);
    if (step < COUNT(steps) && (!CHECK(check_survivor(&c, &m, step)) || !check_life(&c, &m)))
        explain("crash", nth, step, &c);
    caller_fini(&c);
    return step < COUNT(steps);
}

static void crash_everywhere(enum platform_memory_crash how)
{
    uint32_t n_runs = 0;
    for (uint64_t nth = 1; crash_at(nth, how) && unit_failures == 0; nth += stride(FAST_STRIDE))
        n_runs++;
    printf("# %u crashes\n", n_runs);
    CHECK(n_runs > 1);
}

TEST_EACH_KIND(after_a_crash_anywhere_rows_are_found_and_the_index_follows)
{
    crash_everywhere(CRASH_PROCESS);
}

TEST_EACH_KIND(after_a_power_cut_anywhere_rows_are_found_and_the_index_follows)
{
    crash_everywhere(CRASH_POWER);
}

/* ---- memory ---- */

TEST_EACH_KIND(every_allocation_may_fail)
{
    uint32_t n_runs = 0, n_refused = 0;
    bool fired = true;
    for (uint64_t nth = 1; fired && unit_failures == 0;
         nth += getenv("FULL") ? FULL_ALLOCATIONS : FAST_ALLOCATIONS, n_runs++) {
        struct caller c = {0};
        struct model m = {0};
        uint32_t refused_before = n_refused;
        start();
        mem_fail_nth(0);
        mem_fail_nth(nth);
        bool held = run_through(&c, &m, &n_refused, "allocation", nth);
        fired = n_refused > refused_before || mem_fail_nth(0) >= nth;
        if (held && (!CHECK(check_reopened(&c, &m)) || !check_life(&c, &m)))
            explain("allocation", nth, COUNT(steps), &c);
        caller_fini(&c);
    }
    printf("# %u allocations failed, %u calls were refused\n", n_runs, n_refused);
    CHECK(n_runs > 1 && n_refused > 0);
}

/* ---- damage ---- */

/* A closed database with a saved index. The caller frees it. */
static uint8_t *make_file(struct model *m, uint64_t *n)
{
    struct caller c = {0};
    uint32_t n_refused = 0;
    start();
    CHECK(run_through(&c, m, &n_refused, "nothing", 0));
    caller_fini(&c);
    const uint8_t *file = platform_memory_file(PATH, n);
    uint8_t *copy = malloc(*n + 1);
    if (!file || !copy)
        abort();
    memcpy(copy, file, *n);
    return copy;
}

static int change_file(const char *sql)
{
    struct store *s = NULL;
    struct error e = ERROR_NONE;
    TRY(store_open(STR(PATH), (struct store_options){0}, &s, &e));
    int rc = store_begin(s, &e);
    if (rc == MVL_OK)
        rc = store_end(s, sql_exec(s->db, &e, "%s", sql), &e);
    int rc_close = store_close(s, &e);
    return rc == MVL_OK ? rc_close : rc;
}

static void check_damaged(const uint8_t *file, uint64_t n, const struct model *m, const char *sql)
{
    struct caller c = {0};
    struct model now = *m;
    platform_memory_reset();
    platform_memory_put(PATH, file, n);
    if (!CHECK_EQ_INT(change_file(sql), MVL_OK) || !CHECK(check_reopened(&c, &now)) || !check_life(&c, &now))
        printf("# %s\n", sql);
    caller_fini(&c);
}

TEST_EACH_KIND(what_is_kept_may_be_damaged_anywhere)
{
    static const char *const damages[] = {
        "DELETE FROM g1_101 WHERE chunk = %u",
        "UPDATE g1_101 SET data = x'' WHERE chunk = %u",
        "UPDATE g1_101 SET data = substr(data, 1, length(data) - 1) WHERE chunk = %u",
        "UPDATE g1_101 SET data = substr(data, 1, 20) || x'7f' || substr(data, 22) WHERE chunk = %u",
        "UPDATE g1_101 SET data = data || data WHERE chunk = %u",
        "UPDATE g1_101 SET data = 12 WHERE chunk = %u",
    };
    struct model m = {0};
    uint64_t n;
    uint8_t *file = make_file(&m, &n);
    check_damaged(file, n, &m, "SELECT count(*) FROM g1_101");
    check_damaged(file, n, &m, "DROP TABLE g1_101");
    check_damaged(file, n, &m, "DELETE FROM g1_101");
    check_damaged(file, n, &m, "UPDATE g1_101 SET chunk = chunk + 100");
    for (uint32_t row = 0; row <= 12; row++)
        for (uint32_t i = 0; i < COUNT(damages); i++) {
            if ((row + i) % stride(FAST_DAMAGE))
                continue;
            char sql[200];
            snprintf(sql, sizeof sql, damages[i], row);
            check_damaged(file, n, &m, sql);
        }
    free(file);
}

TEST_EACH_KIND(a_damaged_byte_anywhere_is_survived)
{
    struct model m = {0};
    struct random r = random_from(301);
    uint64_t n;
    uint8_t *file = make_file(&m, &n);
    for (int i = 0; i < (getenv("FULL") ? 2000 : 20); i++) {
        struct caller c = {0};
        uint64_t at = random_below(&r, (uint32_t)n);
        uint8_t was = file[at];
        file[at] ^= (uint8_t)(1 + random_below(&r, 255));
        platform_memory_reset();
        platform_memory_put(PATH, file, n);
        file[at] = was;
        if (caller_do(&c, CALL_open, "{'path':'" PATH "'}") == 0) {
            if (send_search(&c) == 0)
                CHECK(hits_are_right(&c, &m));
            maintain_to_the_end(&c);
            caller_do(&c, CALL_close, "{}");
        }
        caller_fini(&c);
    }
    free(file);
}
