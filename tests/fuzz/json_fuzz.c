/* The JSON reader: any bytes are refused or read, and what was read stands where it says in the text. */
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(bool held)
{
    if (!held)
        abort();
}

/* Visits every value without recursion, as deep as they go. */
static void check_tree(const struct json *root, struct str text)
{
    const struct json *j = root;
    while (j) {
        expect(j->text.p >= text.p && j->text.p + j->text.n <= text.p + text.n && j->text.n > 0);
        uint32_t n_members = 0;
        for (const struct json *m = j->first; m; m = m->next) {
            expect(m->parent == j);
            n_members++;
        }
        expect(n_members == j->count);
        if (j->kind == JSON_OBJECT && j->first) {
            const struct json *found = json_get(j, j->first->key);
            expect(found && str_eq(found->key, j->first->key));
        }
        if (j->first) {
            j = j->first;
            continue;
        }
        while (j && j != root && !j->next)
            j = j->parent;
        j = j == root ? NULL : j ? j->next : NULL;
    }
}

/* Written again, a scalar reads as it did. */
static void check_scalar(const struct json *j)
{
    struct writer w = {0};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *again = NULL;
    switch (j->kind) {
    case JSON_NULL: json_put_null(&w); break;
    case JSON_BOOL: json_put_bool(&w, j->boolean); break;
    case JSON_INT: json_put_int(&w, j->integer); break;
    case JSON_REAL: json_put_real(&w, j->real); break;
    case JSON_STRING: json_put_str(&w, j->string); break;
    case JSON_ARRAY:
    case JSON_OBJECT: json_put_text(&w, j->text); break;
    }
    int rc = json_parse((struct str){(const char *)w.p, (uint32_t)w.n}, &a, &again, "again", &e);
    expect(rc == MVL_OK && again);
    if (j->kind == JSON_REAL) /* 1.0 is written as 1 */
        expect(again->real == j->real);
    else
        expect(again->kind == j->kind && again->integer == j->integer && again->count == j->count &&
               str_eq(again->string, j->string));
    arena_fini(&a);
    writer_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    struct str text = {(const char *)data, (uint32_t)n};
    int rc = json_parse(text, &a, &j, "fuzz", &e);
    expect(rc == MVL_OK ? j != NULL : rc == MVL_PARAM_INVALID && e.reason[0]);
    if (j) {
        check_tree(j, text);
        check_scalar(j);
    }
    arena_fini(&a);
    return 0;
}
