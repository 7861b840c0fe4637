#include "schema/schema_check.h"

#include "errors.h"
#include "schemas.h"
#include "unit.h"

/* A schema with a primary key, a vector and what else is written. */
#define WITH(more)                                                                                           \
    "{'fields':[{'name':'id','type':'INT64','is_primary':true}," more                                        \
    "{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}"
#define FIELD(rest) WITH("{'name':'x'," rest "},")

static void check_valid(const char *text)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    if (!CHECK_EQ_INT(schema_check(schema_of(&a, text), &e), MVL_OK))
        printf("# %s: %s\n", text, e.reason);
    arena_fini(&a);
}

static void check_refused(const char *text, enum mvl_error code, const char *reason, const char *field)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    int rc = schema_check(schema_of(&a, text), &e);
    CHECK_ERROR(rc, e, code, reason, field, -1);
    arena_fini(&a);
}

TEST(valid_schemas_pass)
{
    static const char *const schemas[] = {
        WITH(""),
        "{'fields':[{'name':'id','type':'VARCHAR','max_length':65535,'is_primary':true},"
        "{'name':'vec','type':'FLOAT_VECTOR','dim':32768}]}",
        "{'auto_id':true,'fields':[{'name':'id','type':'INT64','is_primary':true},"
        "{'name':'vec','type':'FLOAT_VECTOR','dim':1}]}",
        FIELD("'type':'VARCHAR','max_length':1,'nullable':true,'default_value':'z'"),
        FIELD("'type':'ARRAY','element_type':'INT8','max_capacity':4096"),
        FIELD("'type':'ARRAY','element_type':'VARCHAR','max_capacity':1,'max_length':9"),
        FIELD("'type':'JSON','nullable':true"),
        FIELD("'type':'INT64','is_partition_key':true"),
        FIELD("'type':'VARCHAR','max_length':5,'is_partition_key':true"),
        FIELD("'type':'FLOAT_VECTOR','dim':4,'nullable':true"),
        FIELD("'type':'BOOL','default_value':false"),
        FIELD("'type':'INT8','default_value':-128"),
        FIELD("'type':'FLOAT','default_value':1"),
        FIELD("'type':'DOUBLE','default_value':1e300"),
        FIELD("'type':'INT8','default_value':null"),
        WITH(
            "{'name':'Id','type':'BOOL'},{'name':'ID','type':'BOOL'},"), /* SQL folds case, Milvus does not */
    };
    for (size_t i = 0; i < COUNT(schemas); i++)
        check_valid(schemas[i]);
}

TEST(each_scalar_type_may_be_an_element)
{
    static const char *const names[] = {"BOOL", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[300];
        snprintf(text, sizeof text, FIELD("'type':'ARRAY','element_type':'%s','max_capacity':3"), names[i]);
        check_valid(text);
    }
}

TEST(a_name_must_be_an_identifier)
{
    static const char rule[] =
        "field name must be a letter or _ and then letters, digits and _, at most 255 bytes, "
        "got '%s'";
    static const char *const names[] = {"", "1a", "a-b", "a b", "$meta", "caf\xc3\xa9"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[300], reason[300];
        snprintf(text, sizeof text, WITH("{'name':'%s','type':'BOOL'},"), names[i]);
        snprintf(reason, sizeof reason, rule, names[i]);
        check_refused(text, MVL_FIELD_NAME_INVALID, reason, names[i]);
    }
}

TEST(a_name_must_not_be_too_long)
{
    char text[600], name[257];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    snprintf(text, sizeof text, WITH("{'name':'%s','type':'BOOL'},"), name);
    check_valid(text);
    name[255] = 'n';
    name[256] = 0;
    snprintf(text, sizeof text, WITH("{'name':'%s','type':'BOOL'},"), name);
    struct arena a = {0};
    struct error e = ERROR_NONE;
    CHECK_EQ_INT(schema_check(schema_of(&a, text), &e), MVL_FIELD_NAME_INVALID);
    arena_fini(&a);
}

TEST(a_name_must_stand_once)
{
    check_refused(WITH("{'name':'vec','type':'BOOL'},"), MVL_SCHEMA_ILLEGAL, "duplicate field name: 'vec'",
                  "vec");
}

TEST(parameters_of_a_type_must_be_given)
{
    check_refused(FIELD("'type':'FLOAT_VECTOR'"), MVL_PARAM_MISSING,
                  "dim of field 'x' is missing: type FLOAT_VECTOR needs it", "x");
    check_refused(FIELD("'type':'VARCHAR'"), MVL_PARAM_MISSING,
                  "max_length of field 'x' is missing: type VARCHAR needs it", "x");
    check_refused(FIELD("'type':'ARRAY','element_type':'BOOL'"), MVL_PARAM_MISSING,
                  "max_capacity of field 'x' is missing: type ARRAY needs it", "x");
    check_refused(FIELD("'type':'ARRAY','element_type':'VARCHAR','max_capacity':5"), MVL_PARAM_MISSING,
                  "max_length of field 'x' is missing: type ARRAY needs it", "x");
}

TEST(parameters_of_a_type_have_a_limit)
{
    check_refused(FIELD("'type':'FLOAT_VECTOR','dim':32769"), MVL_PARAM_TOO_LARGE,
                  "dim of field 'x' must be 1..32768, got 32769", "x");
    check_refused(FIELD("'type':'VARCHAR','max_length':65536"), MVL_PARAM_TOO_LARGE,
                  "max_length of field 'x' must be 1..65535, got 65536", "x");
    check_refused(FIELD("'type':'ARRAY','element_type':'BOOL','max_capacity':4097"), MVL_PARAM_TOO_LARGE,
                  "max_capacity of field 'x' must be 1..4096, got 4097", "x");
    check_refused(FIELD("'type':'ARRAY','element_type':'VARCHAR','max_capacity':1,'max_length':65536"),
                  MVL_PARAM_TOO_LARGE, "max_length of field 'x' must be 1..65535, got 65536", "x");
}

TEST(elements_of_an_array_must_be_scalars)
{
    static const char *const names[] = {"ARRAY", "JSON", "FLOAT_VECTOR", "GEOMETRY", "TIMESTAMPTZ"};
    static const char rule[] =
        "element_type of field 'x' must be BOOL, INT8..INT64, FLOAT, DOUBLE or VARCHAR, got %s";
    char text[300], reason[300];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(text, sizeof text, FIELD("'type':'ARRAY','max_capacity':5,'element_type':'%s'"), names[i]);
        snprintf(reason, sizeof reason, rule, names[i]);
        check_refused(text, MVL_SCHEMA_ILLEGAL, reason, "x");
    }
    snprintf(reason, sizeof reason, rule, "none");
    check_refused(FIELD("'type':'ARRAY','max_capacity':5"), MVL_SCHEMA_ILLEGAL, reason, "x");
}

TEST(there_must_be_one_primary_key)
{
    check_refused("{'fields':[{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}", MVL_PRIMARY_KEY,
                  "schema must have a primary key field", "");
    check_refused(FIELD("'type':'INT64','is_primary':true"), MVL_PRIMARY_KEY,
                  "schema must have only one primary key field, got 'id' and 'x'", "x");
}

TEST(a_primary_key_must_be_an_int64_or_varchar)
{
    static const char *const names[] = {"BOOL", "INT8", "INT32", "DOUBLE", "JSON"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[300], reason[300];
        snprintf(text, sizeof text,
                 "{'fields':[{'name':'k','type':'%s','is_primary':true},"
                 "{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}",
                 names[i]);
        snprintf(reason, sizeof reason, "primary key 'k' must be INT64 or VARCHAR, got %s", names[i]);
        check_refused(text, MVL_PRIMARY_KEY, reason, "k");
    }
}

TEST(a_primary_key_must_not_be_nullable)
{
    check_refused("{'fields':[{'name':'k','type':'INT64','is_primary':true,'nullable':true},"
                  "{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}",
                  MVL_PRIMARY_KEY, "primary key 'k' must not be nullable", "k");
}

TEST(only_a_primary_key_has_auto_id)
{
    check_refused(FIELD("'type':'INT64','auto_id':true"), MVL_PRIMARY_KEY,
                  "auto_id can only be specified on the primary key field, got field 'x'", "x");
}

TEST(a_partition_key_must_be_one_int64_or_varchar_field)
{
    static const char reason[] =
        "partition key must be one INT64 or VARCHAR field besides the primary key, got 'x'";
    check_refused(FIELD("'type':'INT32','is_partition_key':true"), MVL_SCHEMA_ILLEGAL, reason, "x");
    check_refused(WITH("{'name':'w','type':'INT64','is_partition_key':true},"
                       "{'name':'x','type':'INT64','is_partition_key':true},"),
                  MVL_SCHEMA_ILLEGAL, reason, "x");
    check_refused("{'fields':[{'name':'x','type':'INT64','is_primary':true,'is_partition_key':true},"
                  "{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}",
                  MVL_SCHEMA_ILLEGAL, reason, "x");
}

TEST(a_default_must_be_possible)
{
    check_refused("{'fields':[{'name':'k','type':'INT64','is_primary':true,'default_value':1},"
                  "{'name':'vec','type':'FLOAT_VECTOR','dim':8}]}",
                  MVL_SCHEMA_ILLEGAL, "default_value of field 'k' is not possible: it is the primary key",
                  "k");
    check_refused(FIELD("'type':'JSON','default_value':{}"), MVL_SCHEMA_ILLEGAL,
                  "default_value of field 'x' is not possible: it is JSON", "x");
    check_refused(FIELD("'type':'ARRAY','element_type':'BOOL','max_capacity':1,'default_value':[]"),
                  MVL_SCHEMA_ILLEGAL, "default_value of field 'x' is not possible: it is ARRAY", "x");
    check_refused(FIELD("'type':'FLOAT_VECTOR','dim':1,'default_value':[1]"), MVL_SCHEMA_ILLEGAL,
                  "default_value of field 'x' is not possible: it is FLOAT_VECTOR", "x");
}

TEST(a_default_must_fit_its_field)
{
    check_refused(FIELD("'type':'INT8','default_value':128"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be an INT8 (-128 to 127), got 128", "x");
    check_refused(FIELD("'type':'INT8','default_value':1.5"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be an INT8 (-128 to 127), got 1.5", "x");
    check_refused(FIELD("'type':'BOOL','default_value':1"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be a boolean, got 1", "x");
    check_refused(FIELD("'type':'FLOAT','default_value':1e39"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be a finite FLOAT, got 1e39", "x");
    check_refused(FIELD("'type':'VARCHAR','max_length':2,'default_value':'abc'"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be at most max_length=2 bytes long, got 3 bytes", "x");
    check_refused(FIELD("'type':'VARCHAR','max_length':2,'default_value':[]"), MVL_DATA_NOT_MATCH,
                  "field 'x' must be a string, got an array", "x");
}

TEST(there_must_be_a_vector_field_and_at_most_ten)
{
    char text[1000], *to = text;
    check_refused("{'fields':[{'name':'id','type':'INT64','is_primary':true}]}", MVL_SCHEMA_ILLEGAL,
                  "schema must have a vector field, got none", "");
    to += snprintf(to, 200, "{'fields':[{'name':'id','type':'INT64','is_primary':true}");
    for (int i = 1; i <= 11; i++) {
        to += snprintf(to, 80, ",{'name':'v%d','type':'FLOAT_VECTOR','dim':4}", i);
        char whole[1010];
        snprintf(whole, sizeof whole, "%s]}", text);
        if (i <= 10)
            check_valid(whole);
        else
            check_refused(whole, MVL_PARAM_TOO_LARGE, "schema must have at most 10 vector fields, got 11",
                          "");
    }
}
