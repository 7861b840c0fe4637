#include "schema/schema.h"

#include "schemas.h"
#include "unit.h"

#define FIELDS(more)                                                                                         \
    "{'fields':[{'name':'id','type':'INT64','is_primary':true},"                                             \
    "{'name':'v','type':'FLOAT_VECTOR','params':{'dim':4}}" more "]}"

TEST(a_field_is_found_by_its_exact_name)
{
    struct arena a = {0};
    const struct schema *s = schema_of(&a, FIELDS(",{'name':'ID','type':'BOOL'}"));
    CHECK_EQ_INT(schema_find(s, STR("id")), 0);
    CHECK_EQ_INT(schema_find(s, STR("v")), 1);
    CHECK_EQ_INT(schema_find(s, STR("ID")), 2);
    CHECK_EQ_INT(schema_find(s, STR("i")), -1);
    CHECK_EQ_INT(schema_find(s, STR("")), -1);
    arena_fini(&a);
}

TEST(the_primary_key_is_known)
{
    struct arena a = {0};
    const struct schema *s = schema_of(
        &a, "{'fields':[{'name':'v','type':101},{'name':'key','type':21,'is_primary':true}]}");
    CHECK(str_eq(schema_primary(s)->name, STR("key")));
    CHECK(field_is_vector(&s->fields[0]) && !field_is_vector(&s->fields[1]));
    arena_fini(&a);
}

TEST(a_schema_equals_itself_and_its_copy)
{
    struct arena a = {0};
    const char *text = FIELDS(",{'name':'n','type':'INT8','default_value':3}");
    const struct schema *s = schema_of(&a, text);
    CHECK(schema_equal(s, s));
    CHECK(schema_equal(s, schema_of(&a, text)));
    arena_fini(&a);
}

TEST(descriptions_do_not_count)
{
    struct arena a = {0};
    CHECK(
        schema_equal(schema_of(&a, "{'description':'a','fields':[{'name':'x','type':5,'description':'b'}]}"),
                     schema_of(&a, "{'fields':[{'name':'x','type':5}]}")));
    arena_fini(&a);
}

TEST(any_other_difference_counts)
{
    static const char *const schemas[] = {
        FIELDS(""),
        FIELDS(",{'name':'x','type':'INT8'}"),
        FIELDS(",{'name':'y','type':'INT8'}"),
        FIELDS(",{'name':'x','type':'INT16'}"),
        FIELDS(",{'name':'x','type':'INT8','nullable':true}"),
        FIELDS(",{'name':'x','type':'INT8','is_primary':true}"),
        FIELDS(",{'name':'x','type':'INT8','auto_id':true}"),
        FIELDS(",{'name':'x','type':'INT8','is_partition_key':true}"),
        FIELDS(",{'name':'x','type':'INT8','default_value':1}"),
        FIELDS(",{'name':'x','type':'INT8','default_value':2}"),
        FIELDS(",{'name':'x','type':'VARCHAR','max_length':5}"),
        FIELDS(",{'name':'x','type':'VARCHAR','max_length':6}"),
        FIELDS(",{'name':'x','type':'ARRAY','element_type':'INT8','max_capacity':5}"),
        FIELDS(",{'name':'x','type':'ARRAY','element_type':'BOOL','max_capacity':5}"),
        FIELDS(",{'name':'x','type':'ARRAY','element_type':'INT8','max_capacity':6}"),
        FIELDS(",{'name':'x','type':'FLOAT_VECTOR','dim':5}"),
        FIELDS(",{'name':'x','type':'FLOAT_VECTOR','dim':6}"),
        "{'enable_dynamic_field':true,'fields':[{'name':'id','type':'INT64','is_primary':true},"
        "{'name':'v','type':'FLOAT_VECTOR','params':{'dim':4}}]}",
        "{'fields':[{'name':'v','type':'FLOAT_VECTOR','params':{'dim':4}},"
        "{'name':'id','type':'INT64','is_primary':true}]}",
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNT(schemas); i++)
        for (size_t k = 0; k < COUNT(schemas); k++)
            if (!CHECK(schema_equal(schema_of(&a, schemas[i]), schema_of(&a, schemas[k])) == (i == k)))
                printf("# %s\n# %s\n", schemas[i], schemas[k]);
    arena_fini(&a);
}
