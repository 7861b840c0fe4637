#include "schema/schema_json.h"

#include "errors.h"
#include "faults.h"
#include "schemas.h"
#include "unit.h"

static void check_refused(const char *text, enum mvl_error code, const char *reason, const char *field)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct schema *s = NULL;
    int rc = schema_from_json(json_of(&a, text), &a, &s, &e);
    CHECK_ERROR(rc, e, code, reason, field, -1);
    CHECK(s == NULL);
    arena_fini(&a);
}

TEST(everything_that_is_written_is_read)
{
    struct arena a = {0};
    const struct schema *s = schema_of(
        &a, "{'description':'of books','enable_dynamic_field':true,'fields':["
            "{'name':'id','type':5,'is_primary':true,'auto_id':true,'description':'the key'},"
            "{'name':'tags','type':22,'element_type':21,'nullable':true,"
            "'params':{'max_capacity':9,'max_length':30}},"
            "{'name':'year','type':3,'default_value':1999,'is_partition_key':true},"
            "{'name':'v','type':101,'params':{'dim':384,'mmap_enabled':true}}]}");
    CHECK(s->n_fields == 4 && s->primary == 0 && s->enable_dynamic_field);
    CHECK(str_eq(s->description, STR("of books")));
    const struct field *id = &s->fields[0], *tags = &s->fields[1], *year = &s->fields[2], *v = &s->fields[3];
    CHECK(str_eq(id->name, STR("id")) && id->type == DATA_TYPE_INT64 && id->is_primary && id->auto_id);
    CHECK(str_eq(id->description, STR("the key")) && !id->nullable && !id->default_value);
    CHECK(tags->type == DATA_TYPE_ARRAY && tags->element_type == DATA_TYPE_VARCHAR && tags->nullable);
    CHECK(tags->max_capacity == 9 && tags->max_length == 30 && tags->dim == 0);
    CHECK(year->is_partition_key && year->default_value && year->default_value->integer == 1999);
    CHECK(v->dim == 384 && json_get(v->params, STR("mmap_enabled")));
    for (uint32_t i = 0; i < s->n_fields; i++) {
        CHECK_EQ_INT(s->fields[i].id, 100 + i);
        CHECK(str_eq(s->fields[i].column, s->fields[i].name));
    }
    arena_fini(&a);
}

TEST(what_is_left_out_is_off)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, "{'fields':[{'name':'x','type':1}]}");
    const struct field *x = &s->fields[0];
    CHECK(!s->enable_dynamic_field && s->description.n == 0);
    CHECK(!x->is_primary && !x->auto_id && !x->nullable && !x->is_partition_key && !x->default_value);
    CHECK(x->dim == 0 && x->max_length == 0 && x->max_capacity == 0 && x->element_type == DATA_TYPE_NONE);
    arena_fini(&a);
}

TEST(other_spellings_mean_the_same)
{
    static const char *const spellings[] = {
        "{'name':'v','type':101,'params':{'dim':8}}",
        "{'name':'v','datatype':101,'dim':8}",
        "{'field_name':'v','data_type':'FLOAT_VECTOR','dim':'8'}",
        "{'fieldName':'v','dataType':'FloatVector','elementTypeParams':{},'element_type_params':{'dim':'8'}}",
        "{'name':'v','dtype':'float_vector','params':{'dim':'8'},'nullable':null,'default_value':null}",
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(spellings); i++) {
        char text[200];
        snprintf(text, sizeof text, "{'fields':[%s]}", spellings[i]);
        const struct field *v = schema_of(&a, text)->fields;
        CHECK(str_eq(v->name, STR("v")) && v->type == DATA_TYPE_FLOAT_VECTOR && v->dim == 8);
        CHECK(!v->nullable && !v->default_value);
    }
    arena_fini(&a);
}

TEST(auto_id_of_the_schema_is_that_of_its_key)
{
    struct arena a = {0};
    const struct schema *s = schema_of(
        &a, "{'auto_id':true,'fields':[{'name':'v','type':101},{'name':'k','type':5,'is_primary':true}]}");
    CHECK(!s->fields[0].auto_id && s->fields[1].auto_id && s->primary == 1);
    arena_fini(&a);
}

TEST(the_key_may_be_named_from_outside)
{
    struct arena a = {0};
    const struct schema *s = schema_of(
        &a, "{'primary_field':'k','auto_id':true,'fields':[{'name':'v','type':101},{'name':'k','type':5}]}");
    CHECK(s->primary == 1 && s->fields[1].is_primary && s->fields[1].auto_id && !s->fields[0].is_primary);
    arena_fini(&a);
}

TEST(columns_differ_where_only_case_does)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, "{'fields':[{'name':'id','type':1},{'name':'ID','type':1},"
                                           "{'name':'x','type':1},{'name':'Id','type':1}]}");
    static const char *const columns[] = {"id", "ID$01", "x", "Id$03"};
    for (uint32_t i = 0; i < 4; i++)
        CHECK(str_eq(s->fields[i].column, str_of(columns[i])));
    arena_fini(&a);
}

TEST(what_is_no_schema_is_refused)
{
    check_refused("[]", MVL_PARAM_INVALID, "schema must be an object, got an array", "");
    check_refused("null", MVL_PARAM_INVALID, "schema must be an object, got null", "");
    check_refused("{}", MVL_SCHEMA_ILLEGAL, "schema must have at least one field", "");
    check_refused("{'fields':[]}", MVL_SCHEMA_ILLEGAL, "schema must have at least one field", "");
    check_refused("{'fields':{'x':1}}", MVL_SCHEMA_ILLEGAL, "schema must have at least one field", "");
    check_refused("{'fields':[{'name':'x','type':1},7]}", MVL_PARAM_INVALID,
                  "fields[1] must be an object, got an integer", "");
    struct error e = ERROR_NONE;
    struct arena a = {0};
    struct schema *s = NULL;
    int rc = schema_from_json(NULL, &a, &s, &e);
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "schema must be an object, got null", "", -1);
    arena_fini(&a);
}

TEST(there_are_at_most_64_fields)
{
    struct arena a = {0};
    char text[4000], *to = text + snprintf(text, 100, "{'fields':[{'name':'f0','type':1}");
    for (int i = 1; i < 64; i++)
        to += snprintf(to, 100, ",{'name':'f%d','type':1}", i);
    memcpy(to, "]}", 3);
    CHECK_EQ_INT(schema_of(&a, text)->n_fields, 64);
    memcpy(to, ",{}]}", 6);
    check_refused(text, MVL_PARAM_TOO_LARGE, "schema must have at most 64 fields, got 65", "");
    arena_fini(&a);
}

TEST(a_field_must_have_a_name_and_a_type)
{
    check_refused("{'fields':[{'type':5}]}", MVL_PARAM_INVALID, "fields[0] must have a name", "");
    check_refused("{'fields':[{'name':7,'type':5}]}", MVL_PARAM_INVALID, "fields[0] must have a name", "");
    check_refused("{'fields':[{'name':'x'}]}", MVL_PARAM_MISSING, "datatype of field 'x' is missing", "x");
    check_refused("{'fields':[{'name':'x','type':null}]}", MVL_PARAM_MISSING,
                  "datatype of field 'x' is missing", "x");
}

TEST(an_unknown_type_is_refused)
{
    static const char *const types[] = {"7", "0", "-1", "101.0", "true", "'INT'", "''", "[5]", "1e30"};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct arena a = {0};
        char text[100], reason[200];
        const struct json *type = json_of(&a, types[i]);
        struct str quote = type ? type->text : STR_NONE;
        snprintf(text, sizeof text, "{'fields':[{'name':'x','type':%s}]}", types[i]);
        snprintf(reason, sizeof reason, "datatype of field 'x' must be of DataType, got %.*s",
                 STR_ARGS(quote));
        check_refused(text, MVL_SCHEMA_ILLEGAL, reason, "x");
        arena_fini(&a);
    }
    check_refused("{'fields':[{'name':'x','type':22,'element_type':0}]}", MVL_SCHEMA_ILLEGAL,
                  "element_type of field 'x' must be of DataType, got 0", "x");
}

TEST(counts_must_be_whole_and_positive)
{
    static const char *const keys[] = {"dim", "max_length", "max_capacity"};
    static const struct {
        const char *value, *rule;
    } cases[] = {
        {"0", "1..4294967295, got 0"},
        {"-3", "1..4294967295, got -3"},
        {"4294967296", "1..4294967295, got 4294967296"},
        {"'0'", "1..4294967295, got 0"},
        {"1.5", "an integer, got a number"},
        {"true", "an integer, got a boolean"},
        {"[8]", "an integer, got an array"},
        {"''", "an integer, got a string"},
        {"'8x'", "an integer, got a string"},
        {"'123456789012'", "1..4294967295, got 123456789012"},
        {"'99999999999999999999'", "an integer, got a string"},
    };
    for (size_t k = 0; k < COUNT(keys); k++) {
        for (size_t i = 0; i < COUNT(cases); i++) {
            char text[200], reason[200];
            snprintf(text, sizeof text, "{'fields':[{'name':'x','type':101,'params':{'%s':%s}}]}", keys[k],
                     cases[i].value);
            snprintf(reason, sizeof reason, "%s of field 'x' must be %s", keys[k], cases[i].rule);
            check_refused(text, MVL_PARAM_INVALID, reason, "x");
        }
    }
}

TEST(counts_may_be_as_large_as_they_are_kept)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, "{'fields':[{'name':'x','type':1,'dim':1,'max_length':4294967295,"
                                           "'max_capacity':'4294967295'}]}");
    CHECK(s->fields[0].dim == 1 && s->fields[0].max_length == UINT32_MAX &&
          s->fields[0].max_capacity == UINT32_MAX);
    arena_fini(&a);
}

TEST(flags_must_be_booleans)
{
    static const char *const keys[] = {"is_primary", "auto_id", "nullable", "is_partition_key"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        char text[200], reason[200];
        snprintf(text, sizeof text, "{'fields':[{'name':'x','type':5,'%s':1}]}", keys[i]);
        snprintf(reason, sizeof reason, "%s of field 'x' must be a boolean, got an integer", keys[i]);
        check_refused(text, MVL_PARAM_INVALID, reason, "x");
    }
    check_refused("{'auto_id':'yes','fields':[{'name':'x','type':5}]}", MVL_PARAM_INVALID,
                  "auto_id of the schema must be a boolean, got a string", "");
    check_refused("{'enable_dynamic_field':0,'fields':[{'name':'x','type':5}]}", MVL_PARAM_INVALID,
                  "enable_dynamic_field of the schema must be a boolean, got an integer", "");
}

TEST(descriptions_must_be_strings)
{
    check_refused("{'description':1,'fields':[{'name':'x','type':5}]}", MVL_PARAM_INVALID,
                  "description of the schema must be a string, got an integer", "");
    check_refused("{'fields':[{'name':'x','type':5,'description':[]}]}", MVL_PARAM_INVALID,
                  "description of field 'x' must be a string, got an array", "x");
}

static struct str written(struct arena *a, const struct schema *s)
{
    struct writer w = {0};
    struct str text = STR_NONE;
    schema_to_json(s, &w);
    CHECK_EQ_INT(arena_copy(a, (struct str){(const char *)w.p, (uint32_t)w.n}, &text), MVL_OK);
    writer_fini(&w);
    return text;
}

TEST(a_schema_is_written_as_it_is_kept)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, "{'fields':[{'name':'id','datatype':'INT64','is_primary':true},"
                                           "{'name':'v','dtype':101,'dim':'4'}]}");
    CHECK_STR(written(&a, s).p,
              "{\"enable_dynamic_field\":false,\"description\":\"\",\"fields\":["
              "{\"name\":\"id\",\"type\":5,\"description\":\"\",\"is_primary\":true,\"params\":{}},"
              "{\"name\":\"v\",\"type\":101,\"description\":\"\",\"params\":{\"dim\":4}}]}");
    arena_fini(&a);
}

TEST(a_written_schema_reads_back_the_same)
{
    static const char *const schemas[] = {
        "{'fields':[{'name':'id','type':'INT64','is_primary':true,'auto_id':true},{'name':'v','type':101,'"
        "dim':3}]}",
        "{'auto_id':true,'primary_field':'id','fields':[{'name':'id','type':5}]}",
        "{'enable_dynamic_field':true,'description':'\xc3\xa9\\n','fields':[{'name':'x','type':21,'max_"
        "length':7,"
        "'default_value':'a\\'b','nullable':true,'description':'d','params':{'max_length':8,'other':[1,{}]}}]"
        "}",
        "{'fields':[{'name':'x','type':'Array','element_type':'Int8','params':{'max_capacity':'5'}},"
        "{'name':'X','type':11,'default_value':1.5e3,'is_partition_key':true}]}",
    };
    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        const struct schema *s = schema_of(&a, schemas[i]);
        struct json *j;
        struct schema *again;
        struct str text = written(&a, s);
        CHECK_EQ_INT(json_parse(text, &a, &j, "schema", &e), MVL_OK);
        CHECK_EQ_INT(schema_from_json(j, &a, &again, &e), MVL_OK);
        CHECK(schema_equal(s, again) && s->primary == again->primary);
        CHECK(str_eq(s->description, again->description));
        CHECK(str_eq(written(&a, again), text));
        arena_fini(&a);
    }
}

TEST(fields_keep_their_ids_and_columns_when_one_is_dropped)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct schema *without, *with, *again;
    struct json *j;
    const struct schema *s = schema_of(&a,
                                       "{'fields':[{'name':'T','type':1},{'name':'id','type':5,'is_primary':"
                                       "true,'id':7,'column':'x'},{'name':'t','type':2}]}");
    CHECK_STR(written(&a, s).p + written(&a, s).n - 2, "]}"); /* a user says no ids */
    CHECK(s->fields[1].id == FIRST_FIELD_ID + 1 && s->next_field_id == FIRST_FIELD_ID + 3);
    CHECK_EQ_INT(schema_without_field(s, 0, &a, &without), MVL_OK);
    CHECK_EQ_INT(without->n_fields, 2);
    CHECK_EQ_INT(without->primary, 0);
    CHECK_EQ_INT(schema_with_field(without, json_of(&a, "{'name':'T','type':5}"), &a, &with, &e), MVL_OK);
    CHECK_STR(
        written(&a, with).p,
        "{\"next_field_id\":104,\"enable_dynamic_field\":false,\"description\":\"\",\"fields\":["
        "{\"name\":\"id\",\"type\":5,\"description\":\"\",\"is_primary\":true,\"id\":101,\"params\":{}},"
        "{\"name\":\"t\",\"type\":2,\"description\":\"\",\"id\":102,\"column\":\"t$02\",\"params\":{}},"
        "{\"name\":\"T\",\"type\":5,\"description\":\"\",\"id\":103,\"column\":\"T$03\",\"params\":{}}]}");
    CHECK_EQ_INT(json_parse(written(&a, with), &a, &j, "schema", &e), MVL_OK);
    CHECK_EQ_INT(schema_from_stored_json(j, &a, &again, &e), MVL_OK);
    CHECK(str_eq(written(&a, again), written(&a, with)));
    CHECK_EQ_INT(schema_without_field(again, 2, &a, &without),
                 MVL_OK); /* the last one: its id does not come again */
    CHECK_EQ_INT(without->next_field_id, FIRST_FIELD_ID + 4);
    CHECK(strstr(written(&a, without).p, "\"next_field_id\":104"));
    arena_fini(&a);
}

TEST(stored_ids_that_cannot_be_are_refused)
{
    static const char *const schemas[] = {
        "{'next_field_id':'x','fields':[{'name':'f','type':1,'id':100}]}",
        "{'next_field_id':4294967296,'fields':[{'name':'f','type':1,'id':100}]}",
        "{'next_field_id':101,'fields':[{'name':'f','type':1}]}",
        "{'next_field_id':101,'fields':[{'name':'f','type':1,'id':99}]}",
        "{'next_field_id':101,'fields':[{'name':'f','type':1,'id':101}]}",
        "{'next_field_id':103,'fields':[{'name':'f','type':1,'id':101},{'name':'g','type':1,'id':101}]}",
    };
    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct schema *s;
        CHECK_EQ_INT(schema_from_stored_json(json_of(&a, schemas[i]), &a, &s, &e), MVL_PARAM_INVALID);
        arena_fini(&a);
    }
}

TEST(parameters_are_described_with_those_unknown_here)
{
    struct arena a = {0};
    struct writer w = {0};
    const struct schema *s = schema_of(
        &a, "{'fields':[{'name':'x','type':22,'params':{'z':1,'max_length':'5','max_capacity':6,'dim':7}}]}");
    field_params_to_json(&s->fields[0], &w);
    writer_u8(&w, 0);
    CHECK_STR((const char *)w.p, "{\"dim\":7,\"max_length\":5,\"max_capacity\":6,\"z\":1}");
    writer_fini(&w);
    arena_fini(&a);
}

static int read_schema(void *context)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct schema *s = NULL;
    int rc = schema_from_json(*(const struct json **)context, &a, &s, &e);
    CHECK((s != NULL) == (rc == MVL_OK));
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_may_fail)
{
    struct arena a = {0};
    const struct json *j = json_of(&a, "{'fields':[{'name':'f','type':1},{'name':'F','type':1}]}");
    CHECK(each_allocation_fails(read_schema, &j) >= 1);
    arena_fini(&a);
}
