#include "filter/candidates.h"

#include "faults.h"
#include "schemas.h"

/* Rows of numbers n: 0, 0, 1, 1, 2, 2, ..., of texts t: t000, t001, ..., of dynamic fields d: as n, every other a text, and of lists l:
 * [n, "t000"], ... */
#define SCHEMA                                                                                               \
    "{'enable_dynamic_field':true,'fields':[{'name':'n','type':5,'is_primary':true},"                        \
    "{'name':'t','type':21,'max_length':9,'nullable':true},{'name':'v','type':101,'dim':2}]}"

enum { N = 800, MOST = N / 8, N_WORDS = (N + 63) / 64 };

static struct arena arena;

static struct scalars *column(const struct filter_column *c)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, c->kind), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, N), MVL_OK);
    for (uint32_t i = 0; i < N; i++) {
        char text[16];
        int64_t n = i / 2;
        snprintf(text, sizeof text, "t%03u", i);
        struct column number = {.kind = KIND_I64, .data = &n},
                      word = {.kind = KIND_STR, .offsets = (uint32_t[]){0, 4}, .data = text};
        struct json j = {.kind = i % 2 ? JSON_STRING : JSON_INT, .integer = n, .string = {text, 4}};
        if (c->kind == SCALAR_MIXED && str_eq(c->path[0].key, STR("l"))) {
            char list[32];
            snprintf(list, sizeof list, "[%d,'t%03u']", (int)n, i);
            const struct json *parsed = json_of(&arena, list);
            j = parsed ? *parsed : j;
        }
        int rc = c->kind == SCALAR_MIXED
                     ? scalars_set_json(s, i, &j)
                     : scalars_set_column(s, i, c->kind == SCALAR_INT ? &number : &word, 0);
        CHECK_EQ_INT(rc, MVL_OK);
    }
    return s;
}

/* How many candidates there are, or -1: not few enough. sorts: the columns that are sorted, by the order of the filter. Checks that what
 * is kept of them is what the filter finds. */
static int candidates(const char *text, const char *sorts)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct scalars *columns[3] = {NULL};
    struct sorted sorted[3] = {{0}};
    struct members members[3] = {{0}};
    struct column_order orders[3] = {{NULL, NULL}};
    uint64_t words[N_WORDS] = {0}, expected[N_WORDS] = {0};
    struct bitmap out = {words, N, N_WORDS}, all = {expected, N, N_WORDS};
    uint32_t n;
    bool found = true;
    if (!CHECK_EQ_INT(filter_compile(str_of(text), schema_of(&arena, SCHEMA), NULL, &arena, &f, &e),
                      MVL_OK)) {
        printf("# %s\n", e.reason);
        return -2;
    }
    const struct filter_column *wanted = filter_columns(f, &n);
    for (uint32_t i = 0; i < n; i++) {
        columns[i] = column(&wanted[i]);
        CHECK_EQ_INT(sorted_make(&sorted[i], columns[i], N), MVL_OK);
        if (filter_wants_members(f, i) && sorts[i] == '1')
            CHECK_EQ_INT(members_make(&members[i], columns[i], N), MVL_OK);
        orders[i].sorted = filter_wants_sorted(f, i) && sorts[i] == '1' ? &sorted[i] : NULL;
        orders[i].members = members[i].n_rows ? &members[i] : NULL;
    }
    const struct scalars *const *read = (const struct scalars *const *)columns;
    CHECK_EQ_INT(filter_candidates(f, read, orders, N, &out, &found), MVL_OK);
    int count = (int)bitmap_count(&out);
    CHECK(found || count == 0);
    CHECK_EQ_INT(filter_run(f, read, 0, N, 0, &all), MVL_OK);
    CHECK_EQ_INT(filter_keep(f, read, N, 0, &out), MVL_OK);
    CHECK(!found || memcmp(words, expected, sizeof words) == 0);
    for (uint32_t i = 0; i < n; i++) {
        sorted_fini(&sorted[i]);
        members_fini(&members[i]);
        scalars_destroy(columns[i]);
    }
    arena_fini(&arena);
    return found ? count : -1;
}

TEST(comparisons_lists_and_prefixes_name_their_rows)
{
    CHECK_EQ_INT(candidates("n == 5", "1"), 2);
    CHECK_EQ_INT(candidates("n < 5.5", "1"), 12);
    CHECK_EQ_INT(candidates("395 <= n", "1"), 10);
    CHECK_EQ_INT(candidates("n in [1, 1, 2.0, 2.5, 1000]", "1"), 4);
    CHECK_EQ_INT(candidates("t like 't00%'", "1"), 10);
    CHECK_EQ_INT(candidates("t like 't\\\\00_'", "1"), 10);
    CHECK_EQ_INT(candidates("t == 't007'", "1"), 1);
    CHECK_EQ_INT(candidates("d == 6", "1"), 1);
    CHECK_EQ_INT(candidates("d <= 't005'", "1"), 3);
    CHECK_EQ_INT(candidates("d in [6, 't009', true]", "1"), 2);
    CHECK_EQ_INT(candidates("false", ""), 0);
}

TEST(and_takes_the_fewest_and_or_takes_all)
{
    CHECK_EQ_INT(candidates("10 < n < 13", "1"), 4);
    CHECK_EQ_INT(candidates("n > 13 and n < 10", "1"), 0);
    CHECK_EQ_INT(candidates("n < 50 and t == 't003'", "11"), 1);
    CHECK_EQ_INT(candidates("n < 20 and t != 't003'", "11"), 40);
    CHECK_EQ_INT(candidates("n == 3 or t == 't010'", "11"), 3);
    CHECK_EQ_INT(candidates("n == 3 or t == 't006'", "11"), 2);
    CHECK_EQ_INT(candidates("(n == 3 or n == 4) and (t like 't0%' or n == 9)", "11"), 4);
    CHECK_EQ_INT(candidates("n == 3 and not (t == 't006')", "11"), 2);
    CHECK_EQ_INT(candidates("n + 0 == 3 and n == 3", "1"), 2);
}

TEST(lists_that_have_a_value_are_named)
{
    CHECK_EQ_INT(candidates("json_contains(l, 5)", "1"), 2);
    CHECK_EQ_INT(candidates("array_contains(l, 't007')", "1"), 1);
    CHECK_EQ_INT(candidates("json_contains(l, 't900')", "1"), 0);
    CHECK_EQ_INT(candidates("json_contains_any(l, [5, 't100', 7.0, 900])", "1"), 5);
    CHECK_EQ_INT(candidates("json_contains_any(l, [])", "1"), 0);
    CHECK_EQ_INT(candidates("json_contains_all(l, [5, 't011'])", "1"), 1);
    CHECK_EQ_INT(candidates("json_contains_all(l, [5, 't012'])", "1"), 1);
    CHECK_EQ_INT(candidates("json_contains_all(l, [5, [1]])", "1"), 2);
    CHECK_EQ_INT(candidates("l == [6, 't012']", "1"), 1);
    CHECK_EQ_INT(candidates("json_contains(l, 5) and json_contains(l, 6)", "1"), 2);
    CHECK_EQ_INT(candidates("json_contains(l, 5) and json_contains(l, 5)", "1"), 2);
    CHECK_EQ_INT(candidates("json_contains(l, 5) and n > 3", "11"), 2);
    CHECK_EQ_INT(candidates("json_contains(l, 5) or n == 3", "11"), 4);
    CHECK_EQ_INT(candidates("json_contains(l, 5) or l > 3", "1"), 2);
    CHECK_EQ_INT(candidates("json_contains(l, [1])", "1"), -1);
    CHECK_EQ_INT(candidates("json_contains_any(l, [5, [1]])", "1"), -1);
    CHECK_EQ_INT(candidates("json_contains_all(l, [])", "1"), -1);
    CHECK_EQ_INT(candidates("not json_contains(l, 5)", "1"), -1);
    CHECK_EQ_INT(candidates("l != [6, 't012']", "1"), -1);
    CHECK_EQ_INT(candidates("json_contains(l, 5)", "0"), -1);
    CHECK_EQ_INT(candidates("array_length(l) == 3", "1"), -1);
}

TEST(what_no_order_tells_is_left_to_the_scan)
{
    CHECK_EQ_INT(candidates("n == 5", "0"), -1);
    CHECK_EQ_INT(candidates("n != 5", "1"), -1);
    CHECK_EQ_INT(candidates("not (n > 5)", "1"), -1);
    CHECK_EQ_INT(candidates("n + 1 == 5", "1"), -1);
    CHECK_EQ_INT(candidates("n == d", "11"), -1);
    CHECK_EQ_INT(candidates("t like '%1'", "1"), -1);
    CHECK_EQ_INT(candidates("t is null", "1"), -1);
    CHECK_EQ_INT(candidates("n == 3 or t == 't006'", "10"), -1);
    CHECK_EQ_INT(candidates("true", ""), -1);
    CHECK_EQ_INT(candidates("n < 51", "1"), -1); /* too many */
    CHECK_EQ_INT(candidates("n < 50", "1"), MOST);
}

struct job {
    const struct filter *f;
    const struct scalars *columns[1];
    struct column_order orders[1];
    struct bitmap out;
};

static int find(void *context)
{
    struct job *j = context;
    bool found;
    return filter_candidates(j->f, j->columns, j->orders, N, &j->out, &found);
}

static int keep(void *context)
{
    struct job *j = context;
    return filter_keep(j->f, j->columns, N, 0, &j->out);
}

TEST(finding_and_keeping_survive_every_allocation_that_fails)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct sorted order = {0};
    uint64_t words[N_WORDS] = {0};
    uint32_t n;
    CHECK_EQ_INT(filter_compile(STR("n in [1, 2, 3]"), schema_of(&arena, SCHEMA), NULL, &arena, &f, &e),
                 MVL_OK);
    struct scalars *numbers = column(filter_columns(f, &n));
    CHECK_EQ_INT(sorted_make(&order, numbers, N), MVL_OK);
    struct job job = {f, {numbers}, {{&order, NULL}}, {words, N, N_WORDS}};
    CHECK(each_allocation_fails(find, &job) > 0);
    CHECK(each_allocation_fails(keep, &job) > 1);
    CHECK_EQ_INT(bitmap_count(&job.out), 6);
    sorted_fini(&order);
    scalars_destroy(numbers);
    arena_fini(&arena);
}
