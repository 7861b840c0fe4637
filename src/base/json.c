#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

struct parser {
    const char *start, *p, *end;
    struct arena *arena;
    const char *what;
    struct error *e;
};

static int fail(struct parser *ps, const char *why)
{
    return error_set(ps->e, MVL_PARAM_INVALID, "%s: invalid JSON at byte %zu: %s", ps->what,
                     (size_t)(ps->p - ps->start), why);
}

static void skip_space(struct parser *ps)
{
    while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\n' || *ps->p == '\r'))
        ps->p++;
}

static bool at_char(struct parser *ps, char c)
{
    return ps->p < ps->end && *ps->p == c;
}

static int hex4(struct parser *ps, uint32_t *out)
{
    if (ps->end - ps->p < 4)
        return fail(ps, "an escape ends too early");
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = ps->p[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return fail(ps, "not a hexadecimal digit");
        v = v << 4 | digit;
    }
    ps->p += 4;
    *out = v;
    return MVL_OK;
}

/* After "\u". A pair of surrogates is one character; a lone one becomes U+FFFD. */
static int unicode_escape(struct parser *ps, char **to)
{
    uint32_t c;
    TRY(hex4(ps, &c));
    if (c >= 0xd800 && c < 0xdc00 && ps->end - ps->p >= 6 && ps->p[0] == '\\' && ps->p[1] == 'u') {
        const char *before = ps->p;
        uint32_t low;
        ps->p += 2;
        TRY(hex4(ps, &low));
        if (low >= 0xdc00 && low < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        else
            ps->p = before;
    }
    *to += utf8_put(*to, c);
    return MVL_OK;
}

static int parse_string(struct parser *ps, struct str *out)
{
    const char *from = ++ps->p;
    while (ps->p < ps->end && *ps->p != '"' && *ps->p != '\\' && (unsigned char)*ps->p >= 0x20)
        ps->p++;
    if (at_char(ps, '"')) {
        *out = (struct str){from, (uint32_t)(ps->p++ - from)};
        return utf8_valid(out->p, out->n) ? MVL_OK : fail(ps, "text is not UTF-8");
    }
    const char *close = ps->p; /* an escaped text is never longer than its source */
    while (close < ps->end && *close != '"')
        close += *close == '\\' && close + 1 < ps->end ? 2 : 1;
    char *text = arena_alloc(ps->arena, (size_t)(close - from) + 4);
    if (!text)
        return MVL_NOMEM;
    size_t plain = (size_t)(ps->p - from);
    memcpy(text, from, plain);
    char *to = text + plain;
    while (!at_char(ps, '"')) {
        if (ps->p >= ps->end)
            return fail(ps, "a string has no end");
        unsigned char c = (unsigned char)*ps->p++;
        if (c < 0x20)
            return fail(ps, "a control character in a string");
        if (c != '\\') {
            *to++ = (char)c;
            continue;
        }
        static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
        const char *known = ps->p < ps->end && *ps->p ? strchr(names, *ps->p) : NULL;
        if (known) {
            *to++ = means[known - names];
            ps->p++;
        } else if (at_char(ps, 'u')) {
            ps->p++;
            TRY(unicode_escape(ps, &to));
        } else {
            return fail(ps, "an unknown escape");
        }
    }
    ps->p++;
    *out = (struct str){text, (uint32_t)(to - text)};
    return utf8_valid(out->p, out->n) ? MVL_OK : fail(ps, "text is not UTF-8");
}

static bool skip_digits(struct parser *ps)
{
    const char *from = ps->p;
    while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
        ps->p++;
    return ps->p > from;
}

static int to_double(struct parser *ps, struct str text, double *out)
{
    char small[64], *z = small;
    if (text.n >= sizeof small) {
        z = arena_alloc(ps->arena, (size_t)text.n + 1);
        if (!z)
            return MVL_NOMEM;
    }
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    *out = strtod(z, NULL);
    return isfinite(*out) ? MVL_OK : fail(ps, "a number is too large");
}

static int parse_number(struct parser *ps, struct json *j)
{
    const char *from = ps->p;
    bool negative = at_char(ps, '-'), whole = true;
    ps->p += negative;
    const char *digits = ps->p;
    if (!skip_digits(ps))
        return fail(ps, "expected a value");
    if (*digits == '0' && ps->p - digits > 1)
        return fail(ps, "a number starts with 0");
    if (at_char(ps, '.')) {
        whole = false;
        ps->p++;
        if (!skip_digits(ps))
            return fail(ps, "expected a digit");
    }
    if (at_char(ps, 'e') || at_char(ps, 'E')) {
        whole = false;
        ps->p++;
        ps->p += at_char(ps, '+') || at_char(ps, '-');
        if (!skip_digits(ps))
            return fail(ps, "expected a digit");
    }
    if (whole) {
        int64_t v = 0;
        bool fits = true;
        for (const char *d = digits; d < ps->p && fits; d++) {
            int64_t digit = *d - '0';
            fits = !__builtin_mul_overflow(v, INT64_C(10), &v) &&
                   !__builtin_add_overflow(v, negative ? -digit : digit, &v);
        }
        if (fits) {
            j->kind = JSON_INT;
            j->integer = v;
            j->real = (double)v;
            return MVL_OK;
        }
    }
    j->kind = JSON_REAL;
    return to_double(ps, (struct str){from, (uint32_t)(ps->p - from)}, &j->real);
}

static bool take_word(struct parser *ps, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, word, n) != 0)
        return false;
    ps->p += n;
    return true;
}

/* A scalar, or the opening of an array or object. */
static int parse_start(struct parser *ps, struct json *j)
{
    if (ps->p >= ps->end)
        return fail(ps, "expected a value");
    switch (*ps->p) {
    case '{':
    case '[': j->kind = *ps->p++ == '{' ? JSON_OBJECT : JSON_ARRAY; return MVL_OK;
    case '"': j->kind = JSON_STRING; return parse_string(ps, &j->string);
    case 't':
    case 'f':
        j->kind = JSON_BOOL;
        j->boolean = *ps->p == 't';
        return take_word(ps, j->boolean ? "true" : "false") ? MVL_OK : fail(ps, "expected a value");
    case 'n': return take_word(ps, "null") ? MVL_OK : fail(ps, "expected a value");
    default: return parse_number(ps, j);
    }
}

static int parse_key(struct parser *ps, struct str *key)
{
    skip_space(ps);
    if (!at_char(ps, '"'))
        return fail(ps, "expected a key");
    TRY(parse_string(ps, key));
    skip_space(ps);
    if (!at_char(ps, ':'))
        return fail(ps, "expected ':'");
    ps->p++;
    return MVL_OK;
}

static struct json *new_node(struct parser *ps, struct json *parent)
{
    struct json *j = arena_zeroed(ps->arena, 1, sizeof *j);
    if (j)
        j->parent = parent;
    return j;
}

int json_parse(struct str text, struct arena *a, struct json **out, const char *what, struct error *e)
{
    struct parser parser = {text.p, text.p, text.p + text.n, a, what, e}, *ps = &parser;
    struct json *open = NULL, *last = NULL; /* the innermost open array or object, and its last member */
    for (;;) {
        struct json *j = new_node(ps, open);
        if (!j)
            return MVL_NOMEM;
        if (open && open->kind == JSON_OBJECT)
            TRY(parse_key(ps, &j->key));
        skip_space(ps);
        const char *from = ps->p;
        TRY(parse_start(ps, j));
        j->text = (struct str){from, (uint32_t)(ps->p - from)};
        if (open) {
            *(last ? &last->next : &open->first) = j;
            open->count++;
        }
        last = j;
        if (j->kind == JSON_ARRAY || j->kind == JSON_OBJECT) {
            skip_space(ps);
            open = j;
            last = NULL;
            if (!at_char(ps, j->kind == JSON_ARRAY ? ']' : '}'))
                continue;
        }
        for (;;) { /* close what closes here */
            skip_space(ps);
            if (!open) {
                if (ps->p != ps->end)
                    return fail(ps, "text after the value");
                *out = last;
                return MVL_OK;
            }
            if (at_char(ps, open->kind == JSON_ARRAY ? ']' : '}')) {
                ps->p++;
                open->text.n = (uint32_t)(ps->p - open->text.p);
                last = open;
                open = open->parent;
            } else if (at_char(ps, ',')) {
                ps->p++;
                break;
            } else {
                return fail(ps, "expected ',' or the end of a list");
            }
        }
    }
}

const struct json *json_get(const struct json *j, struct str key)
{
    const struct json *found = NULL;
    if (!j || j->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *m = j->first; m; m = m->next)
        if (str_eq(m->key, key))
            found = m;
    return found;
}

bool json_text_to_integer(struct str text, int64_t *out)
{
    bool negative = text.n > 0 && text.p[0] == '-';
    int64_t v = 0;
    if (text.n <= negative)
        return false;
    for (uint32_t i = negative; i < text.n; i++) {
        int64_t digit = text.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, INT64_C(10), &v) ||
            __builtin_add_overflow(v, negative ? -digit : digit, &v))
            return false;
    }
    *out = v;
    return true;
}

bool json_to_integer(const struct json *j, int64_t *out)
{
    if (j->kind == JSON_STRING)
        return json_text_to_integer(j->string, out);
    *out = j->integer;
    return j->kind == JSON_INT;
}

const char *json_kind_name(enum json_kind kind)
{
    switch (kind) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "a boolean";
    case JSON_INT: return "an integer";
    case JSON_REAL: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "an array";
    case JSON_OBJECT: return "an object";
    }
    return "";
}

void json_begin(struct writer *w)
{
    w->json_from = w->n;
}

static void separate(struct writer *w)
{
    if (w->n == w->json_from)
        return;
    uint8_t last = w->p[w->n - 1];
    if (last != '{' && last != '[' && last != ':')
        writer_u8(w, ',');
}

void json_open(struct writer *w, char bracket)
{
    separate(w);
    writer_u8(w, (uint8_t)bracket);
}

void json_close(struct writer *w, char bracket)
{
    writer_u8(w, (uint8_t)bracket);
}

static void put_quoted(struct writer *w, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    writer_u8(w, '"');
    uint32_t from = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        writer_bytes(w, s.p + from, i - from);
        from = i + 1;
        static const char means[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
        const char *known = c ? strchr(means, c) : NULL;
        if (known) {
            writer_bytes(w, (char[]){'\\', names[known - means]}, 2);
        } else {
            writer_bytes(w, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        }
    }
    if (s.n)
        writer_bytes(w, s.p + from, s.n - from);
    writer_u8(w, '"');
}

void json_key(struct writer *w, struct str key)
{
    separate(w);
    put_quoted(w, key);
    writer_u8(w, ':');
}

void json_put_str(struct writer *w, struct str s)
{
    separate(w);
    put_quoted(w, s);
}

void json_put_int(struct writer *w, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    json_put_text(w, (struct str){text, (uint32_t)n});
}

void json_put_real(struct writer *w, double v)
{
    if (!isfinite(v)) {
        json_put_null(w);
        return;
    }
    char text[32];
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    json_put_text(w, (struct str){text, (uint32_t)n});
}

void json_put_bool(struct writer *w, bool v)
{
    json_put_text(w, v ? STR("true") : STR("false"));
}

void json_put_text(struct writer *w, struct str json)
{
    separate(w);
    writer_str(w, json);
}
