#include "filter/members.h"

#include "faults.h"
#include "filter/cell.h"
#include "random.h"
#include "schemas.h"

enum { N = 2500, VALUES = 60 };

static struct arena arena;

/* Values that are met often; some of them are the same number, or look like others. */
static const char *value_of(uint32_t i, char text[32])
{
    static const char *const some[] = {"null",
                                       "true",
                                       "false",
                                       "0",
                                       "1",
                                       "1.0",
                                       "-0.0",
                                       "''",
                                       "[1]",
                                       "{'a':1}",
                                       "9007199254740993",
                                       "9007199254740992.0",
                                       "'1'",
                                       "'true'"};
    if (i < COUNT(some))
        return some[i];
    snprintf(text, 32, i % 2 ? "'https://example.org/%u'" : "%u.5", i);
    return text;
}

static struct scalars *random_lists(struct random *r)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, SCALAR_MIXED), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, N), MVL_OK);
    for (uint32_t row = 0; row < N; row++) {
        char list[512] = "[", text[32];
        int at = 1;
        for (uint32_t n = random_below(r, 5), i = 0; i < n; i++)
            at += snprintf(list + at, sizeof list - (size_t)at, "%s%s", i ? "," : "",
                           value_of(random_below(r, VALUES), text));
        snprintf(list + at, sizeof list - (size_t)at, "]");
        const char *value = row % 10 ? list : value_of(row % VALUES, text); /* some are no lists */
        CHECK_EQ_INT(scalars_set_json(s, row, json_of(&arena, value)), MVL_OK);
    }
    return s;
}

/* The slow way. */
static bool has(const struct scalars *lists, uint32_t row, const struct json *value)
{
    struct error e = ERROR_NONE;
    struct cell c = scalars_cell(lists, row);
    struct json *list = NULL;
    if (c.kind != JSON_ARRAY)
        return false;
    CHECK_EQ_INT(json_parse(c.text, &arena, &list, "list", &e), MVL_OK);
    for (const struct json *j = list->first; j; j = j->next)
        if (json_equal(value, j))
            return true;
    return false;
}

static void check_member(const struct members *m, const struct scalars *lists, const struct json *value)
{
    struct cell c = cell_from_json(value);
    struct members_rows found = members_find(m, &c);
    uint32_t n = 0, n_wrong = 0;
    for (uint32_t row = 0; row < m->n_rows; row++)
        if (has(lists, row, value)) {
            n_wrong += n >= found.n || found.rows[n] != row;
            n++;
        }
    CHECK_EQ_INT(n_wrong, 0);
    CHECK_EQ_INT(found.n, n);
}

TEST(each_value_leads_to_the_rows_whose_lists_have_it)
{
    struct random r = random_from(11);
    struct scalars *lists = random_lists(&r);
    struct members m = {0};
    CHECK_EQ_INT(members_make(&m, lists, N / 2), MVL_OK);
    CHECK_EQ_INT(members_make(&m, lists, N - 10), MVL_OK); /* instead of the first */
    CHECK_EQ_INT(m.n_rows, N - 10);
    for (uint32_t i = 0; i < VALUES + 4; i++) { /* the last ones are nowhere */
        char text[32];
        const struct json *value = json_of(&arena, value_of(i, text));
        if (value && value->kind != JSON_NULL && value->kind != JSON_ARRAY && value->kind != JSON_OBJECT)
            check_member(&m, lists, value);
    }
    CHECK(members_bytes(&m) > 0);
    members_fini(&m);
    CHECK_EQ_INT(members_bytes(&m), 0);
    scalars_destroy(lists);
    arena_fini(&arena);
}

TEST(without_lists_nothing_is_found)
{
    struct scalars *lists = NULL;
    struct members m = {0};
    struct cell one = {.kind = JSON_INT, .integer = 1};
    CHECK_EQ_INT(scalars_create(&lists, SCALAR_MIXED), MVL_OK);
    CHECK_EQ_INT(scalars_extend(lists, 5), MVL_OK);
    CHECK_EQ_INT(scalars_set_json(lists, 2, json_of(&arena, "[]")), MVL_OK);
    CHECK_EQ_INT(members_make(&m, lists, 5), MVL_OK);
    CHECK_EQ_INT(members_find(&m, &one).n, 0);
    members_fini(&m);
    scalars_destroy(lists);
    arena_fini(&arena);
}

struct job {
    const struct scalars *lists;
    struct members members;
};

static int make_again(void *context)
{
    struct job *job = context;
    return members_make(&job->members, job->lists, N);
}

TEST(without_memory_the_members_stay)
{
    struct random r = random_from(12);
    struct scalars *lists = random_lists(&r);
    struct job job = {.lists = lists};
    CHECK_EQ_INT(members_make(&job.members, lists, 5), MVL_OK);
    mem_fail_nth(1);
    CHECK_EQ_INT(make_again(&job), MVL_NOMEM);
    mem_fail_nth(0);
    CHECK_EQ_INT(job.members.n_rows, 5);
    CHECK(each_allocation_fails(make_again, &job) > 8);
    CHECK_EQ_INT(job.members.n_rows, N);
    members_fini(&job.members);
    scalars_destroy(lists);
    arena_fini(&arena);
}
