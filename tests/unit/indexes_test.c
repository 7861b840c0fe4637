#include "engine/indexes.h"

#include "databases.h"
#include "index/index.h"
#include "platform.h"

static const char one_vector[] =
    "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'only','type':101,'dim':2}]}";

/* Makes a definition and returns the code; ok: checks its text "field|name|type|metric|params". */
static int define(const char *schema, struct index_request r, const char *params, const char *expected,
                  struct error *e)
{
    struct arena a = {0};
    struct index_definition *d = NULL;
    *e = ERROR_NONE;
    if (params)
        r.params = json_of(&a, params);
    int rc = index_definition_create(schema_of(&a, schema), &r, &d, e);
    arena_fini(&a); /* the definition owns its texts */
    if (rc == MVL_OK) {
        char got[256];
        snprintf(got, sizeof got, "%.*s|%.*s|%s|%s|%.*s", STR_ARGS(d->field), STR_ARGS(d->name), d->type,
                 metric_name(d->metric), STR_ARGS(d->params_json));
        CHECK_STR(got, expected);
        index_definition_destroy(d);
    }
    return rc;
}

TEST(what_is_left_out_has_its_default)
{
    struct error e;
    CHECK_EQ_INT(define(one_vector, (struct index_request){0}, NULL, "only|only|AUTOINDEX|COSINE|{}", &e),
                 MVL_OK);
    CHECK_EQ_INT(
        define(DOCS_SCHEMA, (struct index_request){.field = STR("w")}, "{}", "w|w|AUTOINDEX|COSINE|{}", &e),
        MVL_OK);
    CHECK_EQ_INT(define(DOCS_SCHEMA, (struct index_request){0}, NULL, NULL, &e), MVL_PARAM_MISSING);
    CHECK(strstr(e.reason, "('v', 'w')") != NULL);
    index_definition_destroy(NULL);
}

TEST(words_are_taken_in_any_case_and_kept_in_ours)
{
    struct error e;
    struct index_request r = {
        .field = STR("v"), .name = STR("i_1"), .type = STR("hnsw"), .metric = STR("ip")};
    CHECK_EQ_INT(define(DOCS_SCHEMA, r, "{'M':2,'efConstruction':'360'}",
                        "v|i_1|HNSW|IP|{\"M\":2,\"efConstruction\":360}", &e),
                 MVL_OK);
}

TEST(parameters_without_effect_are_kept_too)
{
    struct error e;
    struct index_request sq = {.field = STR("v"), .type = STR("hnsw_sq")},
                         ivf = {.field = STR("v"), .type = STR("ivf_sq8")};
    CHECK_EQ_INT(define(DOCS_SCHEMA, sq, "{'refine_type':'fp32','refine':true,'sq_type':'sq6','M':8}",
                        "v|v|HNSW_SQ|COSINE|{\"M\":8,\"sq_type\":\"SQ6\",\"refine\":\"true\","
                        "\"refine_type\":\"FP32\"}",
                        &e),
                 MVL_OK);
    CHECK_EQ_INT(define(DOCS_SCHEMA, ivf, "{'nlist':'128'}", "v|v|IVF_SQ8|COSINE|{\"nlist\":128}", &e),
                 MVL_OK);
}

TEST(every_part_is_judged)
{
    static const struct {
        struct index_request r;
        const char *params;
        int code;
        const char *reason;
    } cases[] = {
        {{.field = {"none", 4}}, NULL, MVL_FIELD_NOT_FOUND, "non-existed field: none"},
        {{.field = {"text", 4}, .type = {"FLAT", 4}},
         NULL,
         MVL_INDEX_NOT_SUPPORTED,
         "needs a vector field, got field 'text' of type VARCHAR"},
        {{.field = {"v", 1}, .type = {"IVF_PQ", 6}},
         NULL,
         MVL_INDEX_NOT_SUPPORTED,
         "must be one of AUTOINDEX, FLAT, HNSW"},
        {{.field = {"v", 1}, .metric = {"JACCARD", 7}},
         NULL,
         MVL_PARAM_INVALID,
         "must be COSINE, IP or L2, got 'JACCARD'"},
        {{.field = {"v", 1}, .name = {"a b", 3}}, NULL, MVL_PARAM_INVALID, "index_name must be a letter"},
        {{.field = {"v", 1}}, "[]", MVL_PARAM_INVALID, "params of an index must be an object, got an array"},
        {{.field = {"v", 1}}, "{'M':16}", MVL_PARAM_INVALID, "index_type AUTOINDEX has no parameter 'M'"},
        {{.field = {"v", 1}, .type = {"HNSW", 4}},
         "{'M':1}",
         MVL_PARAM_INVALID,
         "M must be an integer from 2 to 2048, got 1"},
        {{.field = {"v", 1}, .type = {"HNSW", 4}}, "{'M':2049}", MVL_PARAM_INVALID, "got 2049"},
        {{.field = {"v", 1}, .type = {"HNSW", 4}}, "{'M':'x'}", MVL_PARAM_INVALID, "got \"x\""},
        {{.field = {"v", 1}, .type = {"HNSW", 4}}, "{'M':''}", MVL_PARAM_INVALID, "got \"\""},
        {{.field = {"v", 1}, .type = {"HNSW", 4}}, "{'M':2.5}", MVL_PARAM_INVALID, "got 2.5"},
        {{.field = {"v", 1}, .type = {"HNSW", 4}},
         "{'M':'99999999999999999999'}",
         MVL_PARAM_INVALID,
         "M must be"},
        {{.field = {"v", 1}, .type = {"HNSW", 4}},
         "{'efConstruction':0}",
         MVL_PARAM_INVALID,
         "efConstruction must be"},
        {{.field = {"v", 1}, .type = {"IVF_FLAT", 8}},
         "{'nlist':65537}",
         MVL_PARAM_INVALID,
         "nlist must be an integer from 1 to 65536, got 65537"},
        {{.field = {"v", 1}, .type = {"HNSW_SQ", 7}},
         "{'sq_type':'SQ7'}",
         MVL_PARAM_INVALID,
         "sq_type must be one of SQ4U SQ6 SQ8 BF16 FP16, got \"SQ7\""},
        {{.field = {"v", 1}, .type = {"HNSW_SQ", 7}},
         "{'refine':1}",
         MVL_PARAM_INVALID,
         "refine must be one of"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error e;
        CHECK_EQ_INT(define(DOCS_SCHEMA, cases[i].r, cases[i].params, NULL, &e), cases[i].code);
        if (!CHECK(strstr(e.reason, cases[i].reason) != NULL))
            printf("# %s\n", e.reason);
    }
}

/* Definitions of requests on the fields v and w. */
static int define_two(struct collection *c, const char *name_v, const char *name_w,
                      struct index_definition *out[2])
{
    struct error e = ERROR_NONE;
    struct index_request r[2] = {{.field = STR("v"), .name = str_of(name_v)},
                                 {.field = STR("w"), .name = str_of(name_w)}};
    return index_definitions_create(c->schema, r, 2, out, &e);
}

TEST(a_list_must_not_contradict_itself)
{
    struct arena a = {0};
    struct error e;
    struct index_definition *out[LIMIT_MAX_FIELDS];
    const struct schema *s = schema_of(&a, DOCS_SCHEMA);
    struct index_request requests[LIMIT_MAX_FIELDS + 1] = {{.field = STR("v")},
                                                           {.field = STR("w"), .name = STR("v")}};
    CHECK_CODE(index_definitions_create(s, requests, 2, out, &e), MVL_INDEX_DUPLICATE);
    requests[1] = (struct index_request){.field = STR("v"), .name = STR("other")};
    CHECK_CODE(index_definitions_create(s, requests, 2, out, &e), MVL_INDEX_DUPLICATE);
    requests[1] = (struct index_request){.field = STR("x")};
    CHECK_CODE(index_definitions_create(s, requests, 2, out, &e), MVL_FIELD_NOT_FOUND);
    CHECK_CODE(index_definitions_create(s, requests, LIMIT_MAX_FIELDS + 1, out, &e), MVL_PARAM_TOO_LARGE);
    CHECK_CODE(index_definitions_create(s, requests, 0, out, &e), MVL_OK);
    arena_fini(&a);
}

TEST(indexes_are_added_all_or_none)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct index_definition *d[2];
    CHECK_EQ_INT(define_two(c, "a", "b", d), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_OK);
    CHECK_EQ_INT(define_two(c, "a", "b", d), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_OK); /* the same: nothing changes */
    CHECK_EQ_INT(c->n_indexes, 2);
    CHECK_CODE(collection_drop_index(c, STR("b"), &e), MVL_OK);
    CHECK_EQ_INT(define_two(c, "c", "b", d), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_INDEX_DUPLICATE);
    CHECK_EQ_INT(c->n_indexes, 1);
    CHECK_EQ_INT(define_two(c, "a", "b", d), MVL_OK);
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_IO);
    CHECK_EQ_INT(c->n_indexes, 1);
    CHECK_EQ_INT(define_two(c, "a", "b", d), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_OK);
    db = db_reopened(db);
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_indexes, 2);
    db_done(db);
}

TEST(an_index_is_found_and_dropped_by_name_or_field)
{
    struct error e;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct index_definition *d[2];
    CHECK_EQ_INT(define_two(c, "w", "z", d), MVL_OK); /* the index on v is named like the field w */
    CHECK_CODE(collection_add_indexes(c, c->schema, d, 2, &e), MVL_OK);
    CHECK(str_eq(collection_find_index(c, STR("w"))->field, STR("v"))); /* names come first */
    CHECK(str_eq(collection_find_index(c, STR("v"))->name, STR("w")));
    CHECK(str_eq(collection_index_on(c, STR("w"))->name, STR("z")));
    CHECK(collection_find_index(c, STR("none")) == NULL && collection_index_on(c, STR("z")) == NULL);
    CHECK_CODE(collection_drop_index(c, STR("none"), &e), MVL_INDEX_NOT_FOUND);
    platform_memory_fail(1, PLATFORM_IO, CRASH_NONE);
    CHECK_CODE(collection_drop_index(c, STR("v"), &e), MVL_IO);
    CHECK_EQ_INT(c->n_indexes, 2);
    CHECK_CODE(collection_drop_index(c, STR("v"), &e), MVL_OK);
    CHECK_EQ_INT(c->n_indexes, 1);
    CHECK(str_eq(c->indexes[0]->name, STR("z")));
    db = db_reopened(db);
    CHECK_EQ_INT(db_lookup(db, STR("docs"))->n_indexes, 1);
    db_done(db);
}

TEST(a_field_without_index_is_served_too)
{
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    struct served_index served = collection_served_index(
        c, &c->schema->fields[schema_find(c->schema, STR("v"))]);
    CHECK(served.ops == index_type_find(STR("FLAT"), FAMILY_DENSE)->ops);
    CHECK_EQ_INT(served.metric, METRIC_COSINE);
    db_done(db);
}
