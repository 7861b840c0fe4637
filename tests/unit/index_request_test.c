#include "api/index_request.h"

#include "schemas.h"

/* Reads and writes what was read as text: "field|name|type|metric|key=value ...;" for each. */
static int read(const char *text, char *out, size_t size, struct error *e)
{
    struct arena a = {0};
    struct index_request *requests = NULL;
    uint32_t n = 0;
    *e = ERROR_NONE;
    out[0] = 0;
    int rc = index_requests_read(json_of(&a, text), &a, &requests, &n, e);
    for (uint32_t i = 0; rc == MVL_OK && i < n; i++) {
        const struct index_request *r = &requests[i];
        snprintf(out + strlen(out), size - strlen(out), "%.*s|%.*s|%.*s|%.*s|", STR_ARGS(r->field),
                 STR_ARGS(r->name), STR_ARGS(r->type), STR_ARGS(r->metric));
        for (const struct json *m = r->params->first; m; m = m->next)
            snprintf(out + strlen(out), size - strlen(out), "%.*s=%.*s ", STR_ARGS(m->key),
                     STR_ARGS(m->text));
        snprintf(out + strlen(out), size - strlen(out), ";");
    }
    arena_fini(&a);
    return rc;
}

static void check_read(const char *text, const char *expected)
{
    char got[512];
    struct error e;
    if (!CHECK_EQ_INT(read(text, got, sizeof got, &e), MVL_OK))
        printf("# %s\n", e.reason);
    CHECK_STR(got, expected);
}

static void check_refused(const char *text, const char *reason)
{
    char got[512];
    struct error e;
    CHECK_EQ_INT(read(text, got, sizeof got, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, reason);
}

TEST(an_object_or_a_list_of_them_is_read)
{
    check_read("{'field_name':'v','index_name':'i','index_type':'HNSW','metric_type':'L2'}", "v|i|HNSW|L2|;");
    check_read("[{'field_name':'v'},{'field_name':'w','metric_type':'IP'}]", "v||||;w|||IP|;");
    check_read("[]", "");
    check_read("{}", "||||;");
}

TEST(parameters_stand_in_params_or_beside)
{
    check_read("{'params':{'M':16}}", "||||M=16 ;");
    check_read("{'M':16}", "||||M=16 ;");
    check_read("{'params':{'metric_type':'COSINE','index_type':'FLAT','nlist':'8'}}",
               "||FLAT|COSINE|nlist=\"8\" ;");
}

TEST(null_is_not_given)
{
    check_read("{'field_name':null,'index_type':null,'params':null,'M':null}", "||||;");
}

TEST(the_source_is_not_changed_by_gathering_its_parameters)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    const struct json *j = json_of(&a, "{'M':1,'params':{'ef':2,'x':3}}");
    struct index_request *requests;
    uint32_t n;
    CHECK_EQ_INT(index_requests_read(j, &a, &requests, &n, &e), MVL_OK);
    CHECK_EQ_INT(requests[0].params->count, 3);
    CHECK_EQ_INT(j->count, 2);
    CHECK_EQ_INT(json_get(j, STR("params"))->count, 2);
    CHECK(json_get(json_get(j, STR("params")), STR("x"))->next == NULL);
    arena_fini(&a);
}

TEST(what_is_no_object_or_string_is_refused)
{
    check_refused("7", "index_params must be an object or a list of objects, got an integer");
    check_refused("[{},'v']", "index_params must be an object or a list of objects, got a string");
    check_refused("{'field_name':1}", "field_name must be a string, got an integer");
    check_refused("{'params':{'metric_type':[]}}", "metric_type must be a string, got an array");
    check_refused("{'params':[1]}", "params of index_params must be an object, got an array");
}
