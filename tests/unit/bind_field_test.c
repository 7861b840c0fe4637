/* What names in filters mean: src/filter/bind_field.c. */
#include "filter/filter.h"
#include "schemas.h"

#define FIELDS                                                                                               \
    "'fields':[{'name':'id','type':5,'is_primary':true},{'name':'price','type':10},{'name':'ok','type':1},"  \
    "{'name':'title','type':21,'max_length':20},{'name':'doc','type':23},{'name':'v','type':101,'dim':2}]}"

static const char dynamic_schema[] = "{'enable_dynamic_field':true," FIELDS;
static const char fixed_schema[] = "{'enable_dynamic_field':false," FIELDS;

static struct arena arena;

static void check_column(const struct filter_column *c, uint32_t field, enum scalar_kind kind,
                         uint32_t n_path)
{
    CHECK_EQ_INT(c->field, field);
    CHECK_EQ_INT(c->kind, kind);
    CHECK_EQ_INT(c->n_path, n_path);
}

static const struct filter_column *columns_of(const char *filter, uint32_t n_expected)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    uint32_t n;
    if (!CHECK_EQ_INT(filter_compile(str_of(filter), schema_of(&arena, dynamic_schema), NULL, &arena, &f, &e),
                      MVL_OK)) {
        printf("# %s\n", e.reason);
        return NULL;
    }
    const struct filter_column *columns = filter_columns(f, &n);
    return CHECK_EQ_INT(n, n_expected) ? columns : NULL;
}

static void check_refused(const char *schema, const char *filter, const char *part, const char *field)
{
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    CHECK_EQ_INT(filter_compile(str_of(filter), schema_of(&arena, schema), NULL, &arena, &f, &e),
                 MVL_PARAM_INVALID);
    if (!CHECK(strstr(e.reason, part) != NULL))
        printf("# %s\n", e.reason);
    CHECK_STR(e.field, field);
}

TEST(fields_are_columns_of_their_kind)
{
    const struct filter_column *c = columns_of("id > 1 and price > 1 and ok and title > 'a' and doc['x'] > 1",
                                               5);
    if (c) {
        check_column(&c[0], 0, SCALAR_INT, 0);
        check_column(&c[1], 1, SCALAR_REAL, 0);
        check_column(&c[2], 2, SCALAR_INT, 0);
        check_column(&c[3], 3, SCALAR_TEXT, 0);
        check_column(&c[4], 4, SCALAR_MIXED, 1);
    }
    arena_fini(&arena);
}

TEST(other_names_are_dynamic_fields)
{
    const struct filter_column *c = columns_of("colour[0] == 1 and $meta['id'] == 2", 2);
    if (c) {
        check_column(&c[0], FILTER_META, SCALAR_MIXED, 2);
        CHECK(str_eq(c[0].path[0].key, STR("colour")));
        CHECK(c[0].path[1].is_index);
        check_column(&c[1], FILTER_META, SCALAR_MIXED, 1);
        CHECK(str_eq(c[1].path[0].key, STR("id")));
    }
    arena_fini(&arena);
}

TEST(a_column_is_read_once)
{
    columns_of("id > 1 and id < 5 or not (id == 3)", 1);
    columns_of("colour == 1 or $meta['colour'] == 2", 1);
    columns_of("doc['x'] == 1 or doc['x'] == 2 or doc['y'] == 1 or doc[0] == 1 or doc['x']['y'] == 1", 4);
    arena_fini(&arena);
}

TEST(names_that_mean_nothing_are_refused)
{
    check_refused(fixed_schema, "titel == 'a'", "did you mean 'title'?", "titel");
    check_refused(fixed_schema, "nothing == 1", "available fields: 'id' 'price' 'ok' 'title' 'doc'",
                  "nothing");
    check_refused(fixed_schema, "$meta['a'] == 1", "unknown field '$meta'", "$meta");
    check_refused(dynamic_schema, "$meta[0] == 1", "$meta needs a key", "");
    check_refused(dynamic_schema, "title['a'] == 1", "field 'title' is no JSON field", "");
    check_refused(dynamic_schema, "v == 1", "cannot be part of a filter", "");
    arena_fini(&arena);
}
