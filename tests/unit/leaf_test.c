/* Operands as the parser reads them: src/filter/leaf.c. */
#include "filter/parse.h"
#include "unit.h"

static struct arena arena;

/* The nodes of a filter. */
static struct ast parsed(const char *filter)
{
    struct ast ast = {0};
    struct error e = ERROR_NONE;
    if (!CHECK_EQ_INT(filter_parse(str_of(filter), &arena, &ast, &e), MVL_OK))
        printf("# %s\n", e.reason);
    return ast;
}

static void check_refused(const char *filter, const char *part, int64_t at)
{
    struct ast ast;
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(filter_parse(str_of(filter), &arena, &ast, &e), MVL_PARAM_INVALID);
    if (!CHECK(strstr(e.reason, part) != NULL))
        printf("# %s\n", e.reason);
    CHECK_EQ_INT(e.at, at);
}

TEST(paths_have_keys_and_indexes)
{
    struct ast ast = parsed("tags[\"a b\"][3]['c']");
    if (CHECK_EQ_INT(ast.n, 1) && CHECK_EQ_INT(ast.nodes[0].kind, NODE_FIELD) &&
        CHECK_EQ_INT(ast.nodes[0].n_path, 3)) {
        const struct path_step *path = ast.nodes[0].path;
        CHECK(str_eq(ast.nodes[0].name, STR("tags")));
        CHECK(!path[0].is_index && str_eq(path[0].key, STR("a b")));
        CHECK(path[1].is_index && path[1].index == 3);
        CHECK(!path[2].is_index && str_eq(path[2].key, STR("c")));
        CHECK_EQ_INT(ast.nodes[0].span.at, 0);
        CHECK_EQ_INT(ast.nodes[0].span.n, ast.filter.n);
    }
    arena_fini(&arena);
}

TEST(lists_hold_values_and_lists)
{
    struct ast ast = parsed("[-1, 2.5, \"x\", true, [], [7, [8]]]");
    if (CHECK_EQ_INT(ast.n, 1) && CHECK_EQ_INT(ast.nodes[0].kind, NODE_VALUE) &&
        CHECK_EQ_INT(ast.nodes[0].value->kind, JSON_ARRAY) && CHECK_EQ_INT(ast.nodes[0].value->count, 6)) {
        const struct json *j = ast.nodes[0].value->first;
        CHECK(j->kind == JSON_INT && j->integer == -1);
        j = j->next;
        CHECK(j->kind == JSON_REAL && j->real == 2.5);
        j = j->next;
        CHECK(j->kind == JSON_STRING && str_eq(j->string, STR("x")));
        j = j->next;
        CHECK(j->kind == JSON_BOOL && j->boolean);
        j = j->next;
        CHECK(j->kind == JSON_ARRAY && j->count == 0);
        j = j->next;
        if (CHECK(j->kind == JSON_ARRAY && j->count == 2 && !j->next)) {
            CHECK_EQ_INT(j->first->integer, 7);
            CHECK_EQ_INT(j->first->next->first->integer, 8);
        }
    }
    arena_fini(&arena);
}

TEST(calls_stand_behind_their_arguments)
{
    struct ast ast = parsed("JSON_Contains_Any(tags['x'], [1, 2])");
    if (CHECK_EQ_INT(ast.n, 3)) {
        CHECK_EQ_INT(ast.nodes[0].kind, NODE_FIELD);
        CHECK_EQ_INT(ast.nodes[0].n_path, 1);
        CHECK_EQ_INT(ast.nodes[1].kind, NODE_VALUE);
        CHECK_EQ_INT(ast.nodes[1].value->count, 2);
        CHECK_EQ_INT(ast.nodes[2].kind, NODE_CALL);
        CHECK_EQ_INT(ast.nodes[2].function, CONTAINS_ANY);
    }
    ast = parsed("array_contains(a, -9223372036854775808)");
    if (CHECK_EQ_INT(ast.n, 3)) {
        CHECK(ast.nodes[1].value->integer == INT64_MIN);
        CHECK_EQ_INT(ast.nodes[2].function, CONTAINS);
    }
    arena_fini(&arena);
}

TEST(what_is_no_operand_is_refused_where_it_stands)
{
    check_refused("a in [1, null]", "a list must hold values, got null", 9);
    check_refused("a in [9223372036854775808]", "an integer must fit in INT64", 6);
    check_refused("a[b] == 1", "a key in quotes or an index", 2);
    check_refused("json_contain(a, 1)", "did you mean json_contains?", 0);
    check_refused("text_match(a, 'x')", "text_match is not supported by this version", 0);
    check_refused("array_length(1)", "a field", 13);
    arena_fini(&arena);
}
