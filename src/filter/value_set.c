#include "filter/value_set.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

double as_float(double v)
{
    return fabs(v) <= (double)FLT_MAX ? (double)(float)v : v;
}

static int compare_integers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return x->n ? memcmp(x->p, y->p, x->n) : 0;
}

static void add_number(struct value_set *s, const struct json *j, bool rounded)
{
    int64_t integer = j->integer;
    double real = rounded ? as_float(j->real) : j->real;
    bool is_exact = j->kind == JSON_INT && !rounded;
    if (is_exact || real_as_integer(real, &integer))
        s->integers[s->n_integers++] = integer;
    else
        s->reals[s->n_reals++] = real;
}

int value_set_make(const struct json *list, bool rounded, struct arena *a, struct value_set *out)
{
    *out = (struct value_set){
        .integers = arena_array(a, list->count, sizeof *out->integers),
        .reals = arena_array(a, list->count, sizeof *out->reals),
        .texts = arena_array(a, list->count, sizeof *out->texts),
    };
    if (!out->integers || !out->reals || !out->texts)
        return MVL_NOMEM;
    for (const struct json *j = list->first; j; j = j->next) {
        if (j->kind == JSON_BOOL) {
            out->has_true = out->has_true || j->boolean;
            out->has_false = out->has_false || !j->boolean;
        } else if (j->kind == JSON_STRING) {
            out->texts[out->n_texts++] = j->string;
        } else {
            add_number(out, j, rounded);
        }
    }
    qsort(out->integers, out->n_integers, sizeof *out->integers, compare_integers);
    qsort(out->reals, out->n_reals, sizeof *out->reals, compare_reals);
    qsort(out->texts, out->n_texts, sizeof *out->texts, compare_texts);
    return MVL_OK;
}

bool value_set_has_integer(const struct value_set *s, int64_t v)
{
    if (s->n_integers > 8)
        return bsearch(&v, s->integers, s->n_integers, sizeof v, compare_integers) != NULL;
    for (uint32_t i = 0; i < s->n_integers; i++)
        if (s->integers[i] == v)
            return true;
    return false;
}

bool value_set_has_text(const struct value_set *s, struct str v)
{
    if (s->n_texts > 8)
        return bsearch(&v, s->texts, s->n_texts, sizeof v, compare_texts) != NULL;
    for (uint32_t i = 0; i < s->n_texts; i++)
        if (str_eq(s->texts[i], v))
            return true;
    return false;
}

static bool has_number(const struct value_set *s, const struct cell *c)
{
    int64_t integer;
    if (cell_as_integer(c, &integer))
        return value_set_has_integer(s, integer);
    return s->n_reals && bsearch(&c->real, s->reals, s->n_reals, sizeof c->real, compare_reals) != NULL;
}

int value_set_has(const struct value_set *s, const struct cell *c)
{
    bool numbers = s->n_integers || s->n_reals, texts = s->n_texts, booleans = s->has_true || s->has_false;
    switch (c->kind) {
    case JSON_NULL: return -1;
    case JSON_BOOL: return (c->integer ? s->has_true : s->has_false) ? 1 : numbers || texts ? -1 : 0;
    case JSON_INT:
    case JSON_REAL: return has_number(s, c) ? 1 : texts || booleans ? -1 : 0;
    case JSON_STRING: return value_set_has_text(s, c->text) ? 1 : numbers || booleans ? -1 : 0;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return numbers || texts || booleans ? -1 : 0;
}
