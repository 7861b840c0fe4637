#include "api/quick_schema.h"

#include "schema/schema_check.h"
#include "schemas.h"

static struct quick_params defaults(void)
{
    return (struct quick_params){.dimension = 8,
                                 .primary_field_name = STR("id"),
                                 .vector_field_name = STR("vector"),
                                 .enable_dynamic_field = true};
}

static int make(const struct quick_params *p, struct arena *a, struct schema **out)
{
    struct error e = ERROR_NONE;
    *out = NULL;
    int rc = quick_schema(p, a, out, &e);
    return rc == MVL_OK ? schema_check(*out, &e) : rc;
}

TEST(a_dimension_makes_an_integer_key_and_a_vector)
{
    struct arena a = {0};
    struct schema *s;
    struct quick_params p = defaults();
    if (CHECK_EQ_INT(make(&p, &a, &s), MVL_OK)) {
        CHECK_EQ_INT(s->n_fields, 2);
        CHECK(str_eq(s->fields[0].name, STR("id")) && str_eq(s->fields[1].name, STR("vector")));
        CHECK_EQ_INT(s->fields[0].type, DATA_TYPE_INT64);
        CHECK(s->fields[0].is_primary && !s->fields[0].auto_id);
        CHECK_EQ_INT(s->fields[1].type, DATA_TYPE_FLOAT_VECTOR);
        CHECK_EQ_INT(s->fields[1].dim, 8);
        CHECK(s->enable_dynamic_field);
        CHECK_EQ_INT(s->primary, 0);
    }
    arena_fini(&a);
}

TEST(names_auto_id_description_and_dynamic_fields_are_taken)
{
    struct arena a = {0};
    struct schema *s;
    struct quick_params p = defaults();
    p.primary_field_name = STR("key");
    p.vector_field_name = STR("v\"quoted\"");
    p.auto_id = true;
    p.enable_dynamic_field = false;
    p.description = STR("line 1\nline 2");
    struct error e = ERROR_NONE;
    if (CHECK_EQ_INT(quick_schema(&p, &a, &s, &e), MVL_OK)) { /* names are schema_check's to judge */
        CHECK(str_eq(s->fields[0].name, STR("key")) && s->fields[0].auto_id);
        CHECK(str_eq(s->fields[1].name, STR("v\"quoted\"")));
        CHECK(!s->enable_dynamic_field);
        CHECK(str_eq(s->description, p.description));
    }
    arena_fini(&a);
}

TEST(id_type_is_given_by_name_or_number)
{
    static const struct {
        const char *json;
        enum data_type type;
    } cases[] = {{"'int'", DATA_TYPE_INT64},   {"'string'", DATA_TYPE_VARCHAR},
                 {"'str'", DATA_TYPE_VARCHAR}, {"5", DATA_TYPE_INT64},
                 {"21", DATA_TYPE_VARCHAR},    {"'VARCHAR'", DATA_TYPE_VARCHAR},
                 {"'Int64'", DATA_TYPE_INT64}, {"'VarChar'", DATA_TYPE_VARCHAR}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct schema *s;
        struct quick_params p = defaults();
        p.id_type = json_of(&a, cases[i].json);
        if (CHECK_EQ_INT(make(&p, &a, &s), MVL_OK)) {
            CHECK_EQ_INT(s->fields[0].type, cases[i].type);
            CHECK_EQ_INT(s->fields[0].max_length,
                         cases[i].type == DATA_TYPE_VARCHAR ? LIMIT_MAX_VARCHAR_BYTES : 0);
        }
        arena_fini(&a);
    }
}

TEST(another_id_type_is_refused)
{
    static const char *const wrong[] = {"'float'", "10", "1.5", "true", "null", "{}", "['int']", "''", "101"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct arena a = {0};
        struct schema *s;
        struct error e = ERROR_NONE;
        struct quick_params p = defaults();
        p.id_type = json_of(&a, wrong[i]);
        CHECK_EQ_INT(quick_schema(&p, &a, &s, &e), MVL_PRIMARY_KEY);
        CHECK(strstr(e.reason, "id_type must be 'int' or 'string', got ") == e.reason);
        arena_fini(&a);
    }
}

TEST(max_length_is_that_of_a_string_key)
{
    struct arena a = {0};
    struct schema *s;
    struct quick_params p = defaults();
    p.id_type = json_of(&a, "'string'");
    p.max_length = 12;
    if (CHECK_EQ_INT(make(&p, &a, &s), MVL_OK))
        CHECK_EQ_INT(s->fields[0].max_length, 12);
    p.max_length = 70000;
    CHECK_EQ_INT(make(&p, &a, &s), MVL_PARAM_TOO_LARGE);
    arena_fini(&a);
}

TEST(dimensions_and_names_that_break_the_rules_are_found)
{
    struct arena a = {0};
    struct schema *s;
    struct quick_params p = defaults();
    p.dimension = LIMIT_MAX_DIM;
    CHECK_EQ_INT(make(&p, &a, &s), MVL_OK);
    p.dimension = LIMIT_MAX_DIM + 1;
    CHECK_EQ_INT(make(&p, &a, &s), MVL_PARAM_TOO_LARGE);
    p.dimension = -1;
    CHECK_EQ_INT(make(&p, &a, &s), MVL_PARAM_INVALID);
    p = defaults();
    p.vector_field_name = STR("id");
    CHECK_EQ_INT(make(&p, &a, &s), MVL_SCHEMA_ILLEGAL);
    p.vector_field_name = STR("9");
    CHECK_EQ_INT(make(&p, &a, &s), MVL_FIELD_NAME_INVALID);
    arena_fini(&a);
}
