#include "engine/properties.h"

#include "faults.h"
#include "schemas.h"

/* Changes old by set (JSON with ' for ", or NULL) and a key to drop (or NULL), and checks what becomes of it. */
static int change(const char *old, const char *set, const char *drop, const char *expected, bool mmap,
                  struct error *e)
{
    struct arena a = {0};
    struct properties p = {0};
    struct str key = drop ? str_of(drop) : (struct str){0};
    struct property_change c = {set ? json_of(&a, set) : NULL, &key, drop ? 1 : 0};
    *e = ERROR_NONE;
    int rc = properties_make(old ? json_of(&a, old)->text : (struct str){0}, &c, &p, e);
    if (rc == MVL_OK) {
        struct str wanted = json_of(&a, expected)->text;
        if (!CHECK(str_eq(p.json, wanted)))
            printf("# %.*s\n", STR_ARGS(p.json));
        CHECK_EQ_INT(p.mmap, mmap);
        properties_fini(&p);
    }
    arena_fini(&a);
    return rc;
}

TEST(values_are_kept_as_text)
{
    struct error e;
    CHECK_EQ_INT(change(NULL, NULL, NULL, "{}", false, &e), MVL_OK);
    CHECK_EQ_INT(change(NULL, "{'a':1,'b':2.5,'c':true,'d':'x y'}", NULL,
                        "{'a':'1','b':'2.5','c':'true','d':'x y'}", false, &e),
                 MVL_OK);
}

TEST(a_change_leaves_others_and_the_last_of_equal_keys_counts)
{
    struct error e;
    CHECK_EQ_INT(
        change("{'a':'1','b':'2'}", "{'b':3,'c':4,'c':5}", NULL, "{'a':'1','b':'3','c':'5'}", false, &e),
        MVL_OK);
    CHECK_EQ_INT(change("{'a':'1','b':'2'}", NULL, "a", "{'b':'2'}", false, &e), MVL_OK);
    CHECK_EQ_INT(change("{'a':'1'}", NULL, "none", "{'a':'1'}", false, &e), MVL_OK);
    CHECK_EQ_INT(change("{'a':'1'}", NULL, "a", "{}", false, &e), MVL_OK);
}

TEST(a_time_to_live_is_an_integer_as_number_or_text)
{
    static const struct {
        const char *set;
        int64_t seconds;
    } cases[] = {{"{'collection.ttl.seconds':60}", 60},
                 {"{'collection.ttl.seconds':'3155760000'}", INT64_C(3155760000)},
                 {"{'collection.ttl.seconds':0}", 0},
                 {"{'collection.ttl.seconds':'-1'}", -1}},
      wrong[] = {{"{'collection.ttl.seconds':-2}", 0},
                 {"{'collection.ttl.seconds':3155760001}", 0},
                 {"{'collection.ttl.seconds':'60 s'}", 0},
                 {"{'collection.ttl.seconds':1.5}", 0},
                 {"{'collection.ttl.seconds':true}", 0}};
    struct error e = ERROR_NONE;
    struct arena a = {0};
    struct properties p;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct property_change c = {.set = json_of(&a, cases[i].set)};
        CHECK_EQ_INT(properties_make((struct str){0}, &c, &p, &e), MVL_OK);
        CHECK_EQ_INT(p.ttl_seconds, cases[i].seconds);
        properties_fini(&p);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct property_change c = {.set = json_of(&a, wrong[i].set)};
        CHECK_EQ_INT(properties_make((struct str){0}, &c, &p, &e), MVL_PARAM_INVALID);
        CHECK(strstr(e.reason, "'collection.ttl.seconds' must be an integer, -1..3155760000, got"));
    }
    struct property_change none = {0}; /* of an earlier engine's file */
    CHECK_EQ_INT(properties_make(STR("{\"collection.ttl.seconds\":\"soon\"}"), &none, &p, &e), MVL_OK);
    CHECK_EQ_INT(p.ttl_seconds, 0);
    properties_fini(&p);
    arena_fini(&a);
}

TEST(mmap_is_understood_however_it_is_written)
{
    struct error e;
    CHECK_EQ_INT(change(NULL, "{'mmap.enabled':true}", NULL, "{'mmap.enabled':'true'}", true, &e), MVL_OK);
    CHECK_EQ_INT(change(NULL, "{'mmap.enabled':'True'}", NULL, "{'mmap.enabled':'True'}", true, &e), MVL_OK);
    CHECK_EQ_INT(change(NULL, "{'mmap.enabled':false}", NULL, "{'mmap.enabled':'false'}", false, &e), MVL_OK);
    CHECK_EQ_INT(
        change("{'mmap.enabled':'True'}", "{'x':1}", NULL, "{'mmap.enabled':'True','x':'1'}", true, &e),
        MVL_OK);
    CHECK_EQ_INT(change("{'mmap.enabled':'true'}", "{'mmap.enabled':'False'}", NULL,
                        "{'mmap.enabled':'False'}", false, &e),
                 MVL_OK);
    CHECK_EQ_INT(change("{'mmap.enabled':'true'}", NULL, "mmap.enabled", "{}", false, &e), MVL_OK);
}

TEST(what_cannot_be_is_refused_by_name)
{
    struct error e;
    CHECK_EQ_INT(change(NULL, "{'mmap.enabled':'often'}", NULL, NULL, false, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "properties: 'mmap.enabled' must be true or false, got \"often\"");
    CHECK_EQ_INT(change(NULL, "{'mmap.enabled':1}", NULL, NULL, false, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(change(NULL, "{'a':{}}", NULL, NULL, false, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "properties must be texts, numbers or booleans, got an object for 'a'");
    CHECK_EQ_INT(change(NULL, "{'a':null}", NULL, NULL, false, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(change(NULL, "{'a':[1]}", NULL, NULL, false, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(change("[1]", NULL, NULL, NULL, false, &e), MVL_PARAM_INVALID); /* a damaged file */
}

static int change_some(void *context)
{
    struct properties p;
    struct error e = ERROR_NONE;
    TRY(properties_make(STR("{\"a\":\"1\"}"), context, &p, &e));
    properties_fini(&p);
    return MVL_OK;
}

TEST(each_allocation_may_fail)
{
    struct arena a = {0};
    struct property_change change = {.set = json_of(&a, "{'b':2}")};
    CHECK(each_allocation_fails(change_some, &change) >= 3);
    arena_fini(&a);
}
