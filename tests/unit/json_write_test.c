/* The writing half of base/json, and both halves together. */
#include "base/json.h"

#include "faults.h"
#include "random.h"
#include "unit.h"

/* Parses a text that must be valid. */
static const struct json *parsed(struct arena *a, const struct writer *w)
{
    static const struct json none;
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    struct str text = {(const char *)w->p, (uint32_t)w->n};
    if (!CHECK_EQ_INT(json_parse(text, a, &j, "text", &e), MVL_OK)) {
        printf("# %.*s: %s\n", STR_ARGS(text), e.reason);
        return &none;
    }
    return j;
}

static void check_written(struct writer *w, const char *expected)
{
    writer_u8(w, 0);
    CHECK_STR((const char *)w->p, expected);
    writer_fini(w);
}

TEST(commas_stand_where_they_must)
{
    struct writer w = {0};
    json_open(&w, '{');
    json_key(&w, STR("a"));
    json_open(&w, '[');
    json_put_int(&w, 1);
    json_put_bool(&w, true);
    json_put_bool(&w, false);
    json_open(&w, '[');
    json_close(&w, ']');
    json_put_null(&w);
    json_close(&w, ']');
    json_key(&w, STR("b"));
    json_put_str(&w, STR("[:{"));
    json_key(&w, STR("c"));
    json_put_text(&w, STR("{}"));
    json_close(&w, '}');
    check_written(&w, "{\"a\":[1,true,false,[],null],\"b\":\"[:{\",\"c\":{}}");
}

TEST(a_text_may_begin_behind_others)
{
    struct writer w = {0};
    for (int i = 0; i < 3; i++) {
        json_begin(&w);
        json_put_int(&w, i);
        json_put_int(&w, i);
    }
    check_written(&w, "0,01,12,2");
}

TEST(strings_are_escaped)
{
    struct writer w = {0};
    json_put_str(&w, STR("\"\\/\b\f\n\r\t\x01\x1f\x20\x7f\xc3\xa9\0."));
    json_put_str(&w, STR_NONE);
    check_written(&w, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f \x7f\xc3\xa9\\u0000.\",\"\"");
}

TEST(numbers_are_written_short)
{
    static const double reals[] = {0.1, 3, -0.5, 1e300, 1.0 / 3, 1e-7, NAN, INFINITY, -INFINITY};
    struct writer w = {0};
    for (size_t i = 0; i < COUNT(reals); i++)
        json_put_real(&w, reals[i]);
    json_put_int(&w, INT64_MIN);
    json_put_int(&w, INT64_MAX);
    check_written(&w, "0.1,3,-0.5,1e+300,0.3333333333333333,1e-07,null,null,null,"
                      "-9223372036854775808,9223372036854775807");
}

TEST(every_double_reads_back_the_same)
{
    struct random r = random_from(7);
    struct arena a = {0};
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_u64(&r);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        struct writer w = {0};
        json_put_real(&w, v);
        const struct json *j = parsed(&a, &w);
        CHECK_NEAR(j->real, v, 0);
        writer_fini(&w);
        arena_reset(&a);
    }
    arena_fini(&a);
}

static void write_random_string(struct random *r, struct str *out, char text[64])
{
    static const char *const pieces[] = {"a", "\"", "\\", "\n", "\x01", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                         " ", "]"};
    char *to = text;
    for (uint32_t n = random_below(r, 12); n > 0; n--)
        to += snprintf(to, 5, "%s", pieces[random_below(r, COUNT(pieces))]);
    *out = (struct str){text, (uint32_t)(to - text)};
}

static void write_random(struct random *r, struct writer *w, uint32_t depth)
{
    char text[64];
    struct str s;
    uint32_t choice = random_below(r, depth ? 8 : 6), n = random_below(r, 5);
    switch (choice) {
    case 0: json_put_null(w); return;
    case 1: json_put_bool(w, random_below(r, 2)); return;
    case 2: json_put_int(w, (int64_t)(random_u64(r) >> random_below(r, 64))); return;
    case 3: json_put_real(w, (double)random_float(r) * 1e9 + 0.5); return;
    case 4:
    case 5:
        write_random_string(r, &s, text);
        json_put_str(w, s);
        return;
    default: break;
    }
    json_open(w, choice == 6 ? '[' : '{');
    for (uint32_t i = 0; i < n; i++) {
        if (choice == 7) {
            write_random_string(r, &s, text);
            json_key(w, s);
        }
        write_random(r, w, depth - 1);
    }
    json_close(w, choice == 6 ? ']' : '}');
}

static void write_tree(const struct json *j, struct writer *w)
{
    switch (j->kind) {
    case JSON_NULL: json_put_null(w); return;
    case JSON_BOOL: json_put_bool(w, j->boolean); return;
    case JSON_INT: json_put_int(w, j->integer); return;
    case JSON_REAL: json_put_real(w, j->real); return;
    case JSON_STRING: json_put_str(w, j->string); return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    json_open(w, j->kind == JSON_ARRAY ? '[' : '{');
    for (const struct json *m = j->first; m; m = m->next) {
        if (j->kind == JSON_OBJECT)
            json_key(w, m->key);
        write_tree(m, w);
    }
    json_close(w, j->kind == JSON_ARRAY ? ']' : '}');
}

TEST(random_trees_come_back_as_they_were)
{
    struct random r = random_from(8);
    for (int i = 0; i < 2000; i++) {
        struct arena a = {0};
        struct writer w = {0}, again = {0};
        write_random(&r, &w, 6);
        write_tree(parsed(&a, &w), &again);
        CHECK(w.n == again.n && memcmp(w.p, again.p, w.n) == 0);
        writer_fini(&w);
        writer_fini(&again);
        arena_fini(&a);
    }
}

static int write_trees(void *context)
{
    struct random r = *(struct random *)context;
    struct writer w = {0};
    for (int i = 0; i < 30; i++)
        write_random(&r, &w, 5);
    int rc = w.failed ? MVL_NOMEM : MVL_OK;
    writer_fini(&w);
    return rc;
}

TEST(each_allocation_of_the_writer_may_fail)
{
    struct random r = random_from(9);
    CHECK(each_allocation_fails(write_trees, &r) >= 5);
}
