#include "filter/eval_json.h"

#include "filter/filter.h"
#include "schemas.h"

static const char *const rows[] = {"[1,2.0,'x']", "[]",       "[3,[1,2],{'k':null}]", "{'a':1}", "null",
                                   "'x'",         "[1,1,1,1]"};

enum { N = COUNT(rows) };

static struct scalars *column_of_rows(struct arena *a)
{
    struct scalars *s = NULL;
    if (!CHECK_EQ_INT(scalars_create(&s, SCALAR_MIXED), MVL_OK) ||
        !CHECK_EQ_INT(scalars_extend(s, N), MVL_OK))
        return s;
    for (uint32_t i = 0; i < N; i++)
        CHECK_EQ_INT(scalars_set_json(s, i, json_of(a, rows[i])), MVL_OK);
    return s;
}

static struct view view_of(const struct scalars *s)
{
    return (struct view){
        .kind = SCALAR_MIXED, .values = s->values, .valid = s->valid, .kinds = s->kinds, .texts = s->texts.p};
}

/* Of each row: 1 true, 0 false, ? unknown. */
static void check_contains(enum filter_function function, const char *wanted, const char *expected)
{
    struct arena a = {0}, scratch = {0};
    struct predicate p = {0};
    struct scalars *s = column_of_rows(&a);
    struct view v = view_of(s);
    struct step step = {.kind = STEP_CONTAINS, .function = function, .wanted = json_of(&a, wanted)};
    char got[N + 1] = "";
    CHECK_EQ_INT(eval_contains(&step, &v, N, &scratch, &p), MVL_OK);
    for (uint32_t i = 0; i < N; i++)
        got[i] = p.is_true[0] >> i & 1 ? '1' : p.is_false[0] >> i & 1 ? '0' : '?';
    CHECK(!(p.is_true[0] & p.is_false[0]));
    CHECK_STR(got, expected);
    scalars_destroy(s);
    arena_fini(&scratch);
    arena_fini(&a);
}

TEST(what_is_no_list_neither_contains_nor_lacks)
{
    check_contains(CONTAINS, "1", "100???1");
    check_contains(CONTAINS, "2", "100???0");
    check_contains(CONTAINS, "'x'", "100???0");
    check_contains(CONTAINS, "[1,2]", "001???0");
    check_contains(CONTAINS, "{'k':null}", "001???0");
}

TEST(all_and_any_of_a_list)
{
    check_contains(CONTAINS_ALL, "['x',1]", "100???0");
    check_contains(CONTAINS_ALL, "[1]", "100???1");
    check_contains(CONTAINS_ALL, "[]", "111???1");
    check_contains(CONTAINS_ANY, "[3,'x']", "101???0");
    check_contains(CONTAINS_ANY, "[]", "000???0");
}

TEST(only_lists_have_a_length)
{
    static const int expected[N] = {3, 0, 3, -1, -1, -1, 4};
    static struct value_register r;
    struct arena a = {0}, scratch = {0};
    struct scalars *s = column_of_rows(&a);
    struct view v = view_of(s);
    CHECK_EQ_INT(eval_length(&v, N, &scratch, &r), MVL_OK);
    for (uint32_t i = 0; i < N; i++)
        CHECK_EQ_INT(r.valid[0] >> i & 1 ? (int)r.values[i] : -1, expected[i]);
    scalars_destroy(s);
    arena_fini(&scratch);
    arena_fini(&a);
}

TEST(paths_lead_to_values_or_nowhere)
{
    struct arena a = {0};
    const struct json *root = json_of(&a, "{'a':[10,{'b':20}],'c':30}"), *j;
    struct path_step path[] = {{.key = STR("a")}, {.is_index = true, .index = 1}, {.key = STR("b")}};
    j = json_at(root, path, 3);
    CHECK(j && j->integer == 20);
    CHECK(json_at(root, path, 0) == root);
    path[1].index = 0;
    j = json_at(root, path, 2);
    CHECK(j && j->integer == 10);
    CHECK(json_at(root, path, 3) == NULL);
    path[1].index = 2;
    CHECK(json_at(root, path, 2) == NULL);
    path[0].key = STR("c");
    CHECK(json_at(root, path, 2) == NULL);
    arena_fini(&a);
}
