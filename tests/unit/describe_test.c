#include "api/describe.h"

#include <stdlib.h>

#include "schema/schema_check.h"
#include "schemas.h"

/* The text that a description is expected to be: ' stands for ". */
static void check_text(struct writer *w, const char *expected)
{
    char *wanted = strdup(expected);
    if (!wanted)
        abort();
    for (char *p = wanted; *p; p++)
        if (*p == '\'')
            *p = '"';
    writer_u8(w, 0);
    CHECK(!w->failed);
    CHECK_STR((const char *)w->p, wanted);
    writer_fini(w);
    free(wanted);
}

static void check_collection(const char *schema, const char *expected)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct writer w = {0};
    struct collection c = {.id = 4,
                           .name = STR("docs"),
                           .schema = schema_of(&a, schema),
                           .partitions = {.n = 1},
                           .created = 1764000000000,
                           .altered = 1764000000001};
    if (!CHECK_EQ_INT(schema_check(c.schema, &e), MVL_OK))
        printf("# %s\n", e.reason);
    describe_collection(&c, &w);
    check_text(&w, expected);
    arena_fini(&a);
}

#define REST                                                                                                 \
    "'functions':[],'aliases':[],'collection_id':4,'created_timestamp':4.62422016e+17,'update_"              \
    "timestamp':4.6242201600026214e+17,'consistency_level':0,'consistency_level_name':'Strong',"             \
    "'properties':{},'num_partitions':1,"

TEST(a_plain_collection_is_described_as_pymilvus_does)
{
    check_collection("{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'v','type':101,'dim':3}]}",
                     "{'collection_name':'docs','auto_id':false,'num_shards':1,'description':'','fields':["
                     "{'field_id':100,'name':'id','description':'','type':5,'params':{},'is_primary':true},"
                     "{'field_id':101,'name':'v','description':'','type':101,'params':{'dim':3}}]," REST
                     "'enable_dynamic_field':false}");
}

TEST(every_property_of_a_field_is_shown)
{
    check_collection(
        "{'description':'a \\'b\\'','enable_dynamic_field':true,'fields':["
        "{'name':'id','type':21,'max_length':9,'is_primary':true,'auto_id':true,'description':'key'},"
        "{'name':'l','type':22,'element_type':21,'max_length':4,'max_capacity':5,'nullable':true},"
        "{'name':'n','type':5,'default_value':12,'is_partition_key':true},"
        "{'name':'t','type':21,'params':{'max_length':7,'mmap.enabled':true},'default_value':'x'},"
        "{'name':'v','type':101,'dim':3}]}",
        "{'collection_name':'docs','auto_id':true,'num_shards':1,'description':'a \\'b\\'','fields':["
        "{'field_id':100,'name':'id','description':'key','type':21,'params':{'max_length':9},'is_primary':"
        "true,"
        "'auto_id':true},"
        "{'field_id':101,'name':'l','description':'','type':22,'params':{'max_length':4,'max_capacity':5},"
        "'element_type':21,'nullable':true},"
        "{'field_id':102,'name':'n','description':'','type':5,'params':{},'is_partition_key':true,"
        "'default_value':12},"
        "{'field_id':103,'name':'t','description':'','type':21,'params':{'max_length':7,'mmap.enabled':true},"
        "'default_value':'x'},"
        "{'field_id':104,'name':'v','description':'','type':101,'params':{'dim':3}}]," REST
        "'enable_dynamic_field':true}");
}

TEST(an_index_is_described_with_its_parameters_as_text)
{
    struct arena a = {0};
    struct writer w = {0};
    struct collection c = {
        .n_rows = 12,
        .schema = schema_of(&a,
                            "{'fields':[{'name':'v','type':101,'params':{'dim':3,'mmap.enabled':true}}]}")};
    struct index_definition d = {.field = STR("v"),
                                 .name = STR("i"),
                                 .type = "IVF_FLAT",
                                 .kind = index_type_find(STR("IVF_FLAT"), FAMILY_DENSE),
                                 .metric = METRIC_L2,
                                 .params_json = STR("{\"nlist\":16,\"word\":\"SQ8\"}")};
    describe_index(&c, &d, &w);
    check_text(&w,
               "{'nlist':'16','word':'SQ8','mmap.enabled':'true','index_type':'IVF_FLAT','metric_type':'L2','"
               "field_name':'v',"
               "'index_name':'i','total_rows':12,'indexed_rows':12,'pending_index_rows':0,'state':'Finished',"
               "'served_by':'codes'}");
    arena_fini(&a);
}

static const struct schema no_fields;

TEST(what_serves_an_index_is_told_where_its_type_does_not_say_it)
{
    struct writer w = {0};
    struct collection c = {.schema = &no_fields};
    struct index_definition d = {.field = STR("v"),
                                 .name = STR("v"),
                                 .type = "FLAT",
                                 .kind = index_type_find(STR("FLAT"), FAMILY_DENSE),
                                 .params_json = STR("{}")};
    describe_index(&c, &d, &w);
    check_text(&w,
               "{'index_type':'FLAT','metric_type':'COSINE','field_name':'v','index_name':'v','total_rows':0,"
               "'indexed_rows':0,'pending_index_rows':0,'state':'Finished'}");
}

TEST(no_memory_shows_in_the_writer)
{
    struct writer w = {.failed = true};
    struct collection c = {.schema = &no_fields};
    struct index_definition d = {
        .type = "FLAT", .kind = index_type_find(STR("FLAT"), FAMILY_DENSE), .params_json = STR("{}")};
    describe_index(&c, &d, &w);
    CHECK(w.failed && w.n == 0);
    writer_fini(&w);
}
