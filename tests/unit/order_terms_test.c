#include "api/order_terms.h"

#include "errors.h"
#include "schemas.h"

/* "field < > ..." : ascending <, descending >, nulls first in brackets. */
static void write_terms(const struct order_terms *terms, char *out, size_t n)
{
    size_t at = 0;
    *out = 0;
    for (uint32_t i = 0; i < terms->n && at < n; i++) {
        const struct order_term *t = &terms->p[i];
        at += (size_t)snprintf(out + at, n - at, "%s%.*s %s %s", i ? "; " : "", STR_ARGS(t->field),
                               t->is_descending ? "desc" : "asc", t->nulls_first ? "first" : "last");
    }
}

static void check_read(const char *json, const char *expected)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct order_terms terms;
    char got[400];
    CHECK_EQ_INT(order_terms_read(json_of(&a, json), "order_by", &a, &terms, &e), MVL_OK);
    write_terms(&terms, got, sizeof got);
    CHECK_STR(got, expected);
    arena_fini(&a);
}

static void check_refused(const char *json, enum mvl_error code, const char *reason, const char *field)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct order_terms terms;
    int rc = order_terms_read(json_of(&a, json), "order_by", &a, &terms, &e);
    CHECK_ERROR(rc, e, code, reason, field, -1);
    CHECK_EQ_INT(terms.n, 0);
    arena_fini(&a);
}

TEST(texts_and_objects_are_read_as_pymilvus_writes_them)
{
    check_read("'price:desc'", "price desc first");
    check_read("'price'", "price asc last");
    check_read("' price : DESC , name:ascending,, rating:Descending, '",
               "price desc first; name asc last; rating desc first");
    check_read("'a:asc:nulls_first,b:desc:NULLS_LAST,c::nulls_first'",
               "a asc first; b desc last; c asc first");
    check_read("['price:desc',{'field':'name'},{'field':' x ','order':'desc:nulls_last'},'y,z:desc']",
               "price desc first; name asc last; x desc last; y asc last; z desc first");
    check_read("[{'field':'name','order':null}]", "name asc last");
    check_read("'a desc'",
               "a desc asc last"); /* a field of that name: that there is none is the schema's to say */
}

TEST(marks_in_quotes_are_part_of_a_key)
{
    check_read("'m[\\'a,b:c\\']:desc,n[0]'", "m[\"a,b:c\"] desc first; n[0] asc last");
    check_read("'m[\\'a\\\\\\',:\\'] : desc'", "m[\"a\\\",:\"] desc first");
    check_read("'m[\\'it is \\\\\\' so\\'],x'", "m[\"it is \\\" so\"] asc last; x asc last");
    check_read("'m[\\'an end is missing,x:desc'", "m[\"an end is missing,x:desc asc last");
}

TEST(nothing_is_no_order)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct order_terms terms = {.n = 7};
    CHECK_EQ_INT(order_terms_read(NULL, "order_by", &a, &terms, &e), MVL_OK);
    CHECK_EQ_INT(terms.n, 0);
    check_read("''", "");
    check_read("[]", "");
    check_read("' , '", "");
    check_read("['',' ']", "");
    check_read("['a','']", "a asc last");
}

TEST(what_is_wrong_is_named)
{
    check_refused("3", MVL_PARAM_INVALID, "order_by must be a string or a list, got an integer", "");
    check_refused("{'field':'a'}", MVL_PARAM_INVALID, "order_by must be a string or a list, got an object",
                  "");
    check_refused("['a',true]", MVL_PARAM_INVALID,
                  "order_by must hold strings and { field, order }, got a boolean", "");
    check_refused("'a:up'", MVL_PARAM_INVALID, "order_by must order field 'a' asc or desc, got 'up'", "a");
    check_refused("[{'field':'a','order':'down'}]", MVL_PARAM_INVALID,
                  "order_by must order field 'a' asc or desc, got 'down'", "a");
    check_refused("'a:asc:nulls'", MVL_PARAM_INVALID,
                  "order_by must have nulls_first or nulls_last behind the order of field 'a', got 'nulls'",
                  "a");
    check_refused(
        "'a:asc:nulls_last:x'", MVL_PARAM_INVALID,
        "order_by must have nulls_first or nulls_last behind the order of field 'a', got 'nulls_last:x'",
        "a");
    check_refused("':desc'", MVL_PARAM_INVALID, "order_by must name a field in each place, got ''", "");
    check_refused("[{'field':' '}]", MVL_PARAM_INVALID, "order_by must name a field in each place, got ''",
                  "");
    check_refused("[{'order':'asc'}]", MVL_PARAM_MISSING, "missing required argument: [field]", "");
    check_refused("[{'field':'a','nulls':'last'}]", MVL_PARAM_INVALID, "unknown parameter 'nulls'", "");
    check_refused("[{'field':3}]", MVL_PARAM_INVALID, "field must be a string, got 3", "");
}
