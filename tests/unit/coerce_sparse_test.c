#include "schema/coerce_sparse.h"

#include "errors.h"
#include "faults.h"
#include "unit.h"

static const struct field field = {.name = {"v", 1}, .type = DATA_TYPE_SPARSE_FLOAT_VECTOR};

static int pack(const char *json, struct sparse_vector *out, struct writer *w, struct arena *a,
                struct error *e)
{
    struct json *j;
    *e = ERROR_NONE;
    TRY(json_parse(str_of(json), a, &j, "v", e));
    struct item item = item_from_json(j);
    TRY(sparse_pack(&field, 3, &item, a, w, e));
    if (w->failed)
        return MVL_NOMEM;
    return sparse_read(w->n ? w->p : (const uint8_t *)"", w->n, out) ? MVL_OK : MVL_DAMAGED;
}

static void check_packed(const char *json, uint32_t n, uint32_t last_index, float last_value)
{
    struct arena a = {0};
    struct writer w = {0};
    struct error e;
    struct sparse_vector v = {0};
    CHECK_EQ_INT(pack(json, &v, &w, &a, &e), MVL_OK);
    if (CHECK_EQ_INT(v.n, n) && n)
        CHECK(sparse_index(&v, n - 1) == last_index && sparse_value(&v, n - 1) == last_value);
    writer_fini(&w);
    arena_fini(&a);
}

TEST(all_forms_become_ascending_pairs)
{
    check_packed("{\"7\":1,\"300\":0.5,\"10\":-2}", 3, 300, 0.5f);
    check_packed("[[300,0.5],[7,1]]", 2, 300, 0.5f);
    check_packed("{\"indices\":[9,2],\"values\":[1,2.5]}", 2, 9, 1);
    check_packed("{\"4294967294\":1}", 1, UINT32_MAX - 1, 1);
    check_packed("{}", 0, 0, 0);
    check_packed("[]", 0, 0, 0);
    check_packed("{\"indices\":[],\"values\":[]}", 0, 0, 0);
}

TEST(what_is_none_is_told_of_by_rule)
{
    static const struct {
        const char *json, *reason;
    } cases[] = {
        {"{\"x\":1}", "sparse vector field 'v' must have integers from 0 to 4294967294 as indices, got x"},
        {"{\"\":1}", "sparse vector field 'v' must have integers from 0 to 4294967294 as indices, got "},
        {"{\"4294967295\":1}",
         "sparse vector field 'v' must have integers from 0 to 4294967294 as indices, got 4294967295"},
        {"[[-1,1]]", "sparse vector field 'v' must have integers from 0 to 4294967294 as indices, got -1"},
        {"{\"1\":null}", "sparse vector field 'v' must have finite numbers as values, got null"},
        {"{\"1\":1e40}", "sparse vector field 'v' must have finite numbers as values, got 1e40"},
        {"[[1,1],[1,2]]", "sparse vector field 'v' must have each index once, got 1 twice"},
        {"{\"1\":1,\"01\":2}", "sparse vector field 'v' must have each index once, got 1 twice"},
        {"{\"indices\":[1],\"values\":[]}",
         "sparse vector field 'v' must have as many indices as values, got other numbers of them"},
        {"[1]",
         "sparse vector field 'v' must be { index: value }, a list of [index, value] or { indices, values }, "
         "got an integer"},
        {"true",
         "sparse vector field 'v' must be { index: value }, a list of [index, value] or { indices, values }, "
         "got a boolean"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = {0};
        struct writer w = {0};
        struct error e;
        struct sparse_vector v;
        int rc = pack(cases[i].json, &v, &w, &a, &e);
        CHECK_ERROR(rc, e, MVL_DATA_NOT_MATCH, cases[i].reason, "v", 3);
        writer_fini(&w);
        arena_fini(&a);
    }
}

static int coerce_queries(void *context)
{
    static const char text[] = "{\"5\":1,\"2\":2}{}[[1,4]]";
    static const uint32_t offsets[] = {0, 13, 15, 22};
    struct column c = {.name = STR("data"), .kind = KIND_JSON, .offsets = offsets, .data = text};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct sparse_vector *v;
    (void)context;
    int rc = coerce_sparse_queries(&field, &c, 3, &a, &v, &e);
    if (rc == MVL_OK)
        CHECK(v[0].n == 2 && v[1].n == 0 && v[2].n == 1 && sparse_index(&v[0], 0) == 2 &&
              sparse_value(&v[2], 0) == 4);
    arena_fini(&a);
    return rc;
}

TEST(queries_are_packed_one_behind_the_other_and_each_allocation_may_fail)
{
    CHECK(each_allocation_fails(coerce_queries, NULL) > 0);
}
