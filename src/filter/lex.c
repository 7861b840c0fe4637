#include "filter/lex.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Of any alphabet. */
static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static bool is_in_name(char c)
{
    return starts_name(c) || is_digit(c);
}

/* The character k further on, or 0. */
static char peek(const struct lexer *lx, uint32_t k)
{
    return k < lx->filter.n - lx->at ? lx->filter.p[lx->at + k] : 0;
}

static int fail_here(struct lexer *lx, uint32_t n, struct str hint, const char *what)
{
    while (((unsigned char)peek(lx, n) & 0xc0) == 0x80) /* whole characters */
        n++;
    struct span span = {lx->at, n};
    struct str shown = {lx->filter.p + lx->at, n < lx->filter.n - lx->at ? n : lx->filter.n - lx->at};
    return filter_fail(lx->filter, span, lx->e, hint, "%s '%.*s'", what, STR_ARGS(shown));
}

/* ---- numbers ---- */

static int digit_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static int take_integer(struct lexer *lx, uint32_t n, uint32_t base, uint32_t prefix, struct token *out)
{
    uint64_t v = 0;
    bool fits = n > prefix;
    if (!fits)
        return fail_here(lx, n, STR_NONE, "expected a digit after");
    for (uint32_t i = prefix; i < n && fits; i++)
        fits = !__builtin_mul_overflow(v, (uint64_t)base, &v) &&
               !__builtin_add_overflow(v, (uint64_t)digit_of(peek(lx, i)), &v) && v <= UINT64_C(1) << 63;
    if (!fits)
        return fail_here(lx, n, STR_NONE, "an integer must fit in INT64, got");
    out->kind = TOKEN_INT;
    out->integer = v;
    return MVL_OK;
}

static int take_real(struct lexer *lx, uint32_t n, struct token *out)
{
    struct str copy;
    TRY(arena_copy(lx->arena, (struct str){lx->filter.p + lx->at, n}, &copy));
    out->kind = TOKEN_REAL;
    out->real = strtod(copy.p, NULL);
    return isfinite(out->real) ? MVL_OK : fail_here(lx, n, STR_NONE, "a number must be finite, got");
}

/* 0x1.8p3; its whole digits are passed already, up to *n. */
static int take_hexadecimal_real(struct lexer *lx, uint32_t *n, struct token *out)
{
    uint32_t digits = *n - 2;
    if (peek(lx, *n) == '.')
        for (++*n; digit_of(peek(lx, *n)) < 16; digits++)
            ++*n;
    bool has_exponent = (peek(lx, *n) | 0x20) == 'p';
    *n += has_exponent;
    if (has_exponent && (peek(lx, *n) == '+' || peek(lx, *n) == '-'))
        ++*n;
    if (!digits || !has_exponent || !is_digit(peek(lx, *n)))
        return fail_here(lx, *n, STR("it is written as 0x1.8p3"),
                         "a hexadecimal number with a fraction needs digits and an exponent, got");
    while (is_digit(peek(lx, *n)))
        ++*n;
    return take_real(lx, *n, out);
}

/* 010 is eight to a server and ten to others. */
static bool has_two_meanings(const struct lexer *lx, uint32_t n)
{
    uint32_t zeros = 0;
    while (zeros < n && peek(lx, zeros) == '0')
        zeros++;
    return zeros > 0 && (n - zeros > 1 || (n > zeros && peek(lx, zeros) > '7'));
}

static int number(struct lexer *lx, struct token *out)
{
    uint32_t n = 0;
    char second = (char)(peek(lx, 1) | 0x20);
    uint32_t base = second == 'x' ? 16 : second == 'o' ? 8 : second == 'b' ? 2 : 0;
    bool is_real = false;
    if (peek(lx, 0) == '0' && base) {
        for (n = 2; digit_of(peek(lx, n)) < (int)base;)
            n++;
        is_real = base == 16 && (peek(lx, n) == '.' || (peek(lx, n) | 0x20) == 'p');
        TRY(is_real ? take_hexadecimal_real(lx, &n, out) : take_integer(lx, n, base, 2, out));
    } else {
        while (is_digit(peek(lx, n)))
            n++;
        uint32_t digits = n;
        if (peek(lx, n) == '.') {
            is_real = true;
            for (n++; is_digit(peek(lx, n));)
                n++;
        }
        if ((peek(lx, n) | 0x20) == 'e') {
            uint32_t k = n + 1 + (peek(lx, n + 1) == '+' || peek(lx, n + 1) == '-');
            is_real = is_real || is_digit(peek(lx, k));
            for (; is_digit(peek(lx, k)); n = k)
                k++;
        }
        if (!is_real && has_two_meanings(lx, digits))
            return fail_here(lx, digits, STR("write it without zeros in front, or as 0o17"),
                             "an integer must not start with 0, got");
        TRY(is_real ? take_real(lx, n, out) : take_integer(lx, n, 10, 0, out));
    }
    if (is_in_name(peek(lx, n)))
        return fail_here(lx, n + 1, STR_NONE, "expected an operator after the number, got");
    lx->at += n;
    return MVL_OK;
}

/* ---- strings ---- */

/* \x, \u and \U with their digits. */
static int take_code(struct lexer *lx, uint32_t n_digits, char **to)
{
    uint32_t character = 0;
    for (uint32_t i = 0; i < n_digits; i++) {
        int digit = digit_of(peek(lx, 2 + i));
        if (digit > 15)
            return fail_here(lx, 2 + i, STR_NONE, "expected hexadecimal digits in the escape");
        character = character << 4 | (uint32_t)digit;
    }
    *to += utf8_put(*to, character);
    lx->at += 2 + n_digits;
    return MVL_OK;
}

static int escape(struct lexer *lx, char **to)
{
    static const char names[] = "\"'\\nrtabfv?", means[] = "\"'\\\n\r\t\a\b\f\v?";
    char c = peek(lx, 1);
    const char *known = c ? strchr(names, c) : NULL;
    if (c == 'x' || c == 'u' || c == 'U')
        return take_code(lx, c == 'x' ? 2 : c == 'u' ? 4 : 8, to);
    if (known)
        *(*to)++ = means[known - names];
    else if (c == '%' || c == '_') { /* left to like */
        *(*to)++ = '\\';
        *(*to)++ = c;
    } else
        return fail_here(lx, 2, STR("a backslash is written as \\\\"), "unknown escape");
    lx->at += 2;
    return MVL_OK;
}

/* raw: backslashes stand for themselves, only that a quote behind one does not end it. */
static int string(struct lexer *lx, bool raw, struct token *out)
{
    char quote = peek(lx, 0);
    uint32_t start = lx->at, n = 1;
    bool has_escapes = false;
    for (; n < lx->filter.n - lx->at && peek(lx, n) != quote; n++)
        if (peek(lx, n) == '\\') {
            has_escapes = true;
            n++;
        }
    if (n >= lx->filter.n - lx->at)
        return filter_fail(lx->filter, (struct span){start, 1}, lx->e, STR_NONE, "a string has no end");
    out->kind = TOKEN_STRING;
    out->text = (struct str){lx->filter.p + lx->at + 1, n - 1};
    if (!has_escapes || raw) {
        lx->at += n + 1;
        return MVL_OK;
    }
    char *text = arena_alloc(lx->arena, (size_t)n + 4), *to = text; /* never longer than its source */
    if (!text)
        return MVL_NOMEM;
    uint32_t end = lx->at + n;
    lx->at++;
    while (lx->at < end) {
        if (peek(lx, 0) == '\\')
            TRY(escape(lx, &to));
        else
            *to++ = lx->filter.p[lx->at++];
    }
    lx->at = end + 1;
    out->text = (struct str){text, (uint32_t)(to - text)};
    return MVL_OK;
}

/* ---- names ---- */

static const struct {
    const char *word;
    enum token_kind kind;
} words[] = {
    {"and", TOKEN_AND},     {"or", TOKEN_OR},         {"not", TOKEN_NOT},   {"in", TOKEN_IN},
    {"like", TOKEN_LIKE},   {"is", TOKEN_IS},         {"null", TOKEN_NULL}, {"true", TOKEN_TRUE},
    {"false", TOKEN_FALSE}, {"exists", TOKEN_EXISTS},
};

static uint32_t name_length(const struct lexer *lx, uint32_t from)
{
    uint32_t n = from;
    while (is_in_name(peek(lx, n)))
        n++;
    return n - from;
}

/* What may stand before a string: r leaves its escapes, the others say of its letters what is true anyway. */
static const char *const prefixes[] = {"u8", "u", "U", "L", "r", "R"};

static bool is_prefix(const struct lexer *lx, uint32_t n)
{
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (str_eq((struct str){lx->filter.p + lx->at, n}, str_of(prefixes[i])))
            return peek(lx, n) == '"' || peek(lx, n) == '\'';
    return false;
}

static int name(struct lexer *lx, struct token *out)
{
    uint32_t n = name_length(lx, 0);
    if (is_prefix(lx, n)) {
        bool raw = (peek(lx, 0) | 0x20) == 'r';
        lx->at += n;
        return string(lx, raw, out);
    }
    out->kind = TOKEN_NAME;
    out->text = (struct str){lx->filter.p + lx->at, n};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_eq_nocase(out->text, str_of(words[i].word)))
            out->kind = words[i].kind;
    lx->at += n;
    return MVL_OK;
}

static int template(struct lexer *lx, struct token *out)
{
    uint32_t from = 1, n;
    while (peek(lx, from) == ' ')
        from++;
    n = name_length(lx, from);
    uint32_t end = from + n;
    while (peek(lx, end) == ' ')
        end++;
    if (n == 0 || peek(lx, end) != '}')
        return fail_here(lx, 1, STR("a template is written as {name}"), "expected a name and '}' after");
    out->kind = TOKEN_TEMPLATE;
    out->text = (struct str){lx->filter.p + lx->at + from, n};
    lx->at += end + 1;
    return MVL_OK;
}

/* ---- operators ---- */

static const struct {
    const char *text;
    enum token_kind kind;
    uint8_t op;
    const char *hint; /* not NULL: not an operator here */
} operators[] = {
    {"==", TOKEN_COMPARE, EQUAL},
    {"!=", TOKEN_COMPARE, LESS | GREATER},
    {"<=", TOKEN_COMPARE, LESS | EQUAL},
    {">=", TOKEN_COMPARE, GREATER | EQUAL},
    {"<>", TOKEN_COMPARE, 0, "did you mean '!='?"},
    {"<<", TOKEN_ADD, 0, "operations on bits are not supported"},
    {">>", TOKEN_ADD, 0, "operations on bits are not supported"},
    {"=~", TOKEN_COMPARE, 0, "regular expressions are not supported, 'like' is"},
    {"!~", TOKEN_COMPARE, 0, "regular expressions are not supported, 'like' is"},
    {"<", TOKEN_COMPARE, LESS},
    {">", TOKEN_COMPARE, GREATER},
    {"=", TOKEN_COMPARE, 0, "did you mean '=='?"},
    {"&&", TOKEN_AND},
    {"||", TOKEN_OR},
    {"&", TOKEN_AND, 0, "did you mean '&&'?"},
    {"|", TOKEN_OR, 0, "did you mean '||'?"},
    {"^", TOKEN_ADD, 0, "operations on bits are not supported"},
    {"~", TOKEN_NOT, 0, "operations on bits are not supported"},
    {"!", TOKEN_NOT},
    {"**", TOKEN_POWER, '^'},
    {"*", TOKEN_MULTIPLY, '*'},
    {"/", TOKEN_MULTIPLY, '/'},
    {"%", TOKEN_MULTIPLY, '%'},
    {"+", TOKEN_ADD, '+'},
    {"-", TOKEN_ADD, '-'},
    {"(", TOKEN_OPEN},
    {")", TOKEN_CLOSE},
    {"[", TOKEN_OPEN_LIST},
    {"]", TOKEN_CLOSE_LIST},
    {",", TOKEN_COMMA},
};

static int operator(struct lexer *lx, struct token *out)
{
    for (size_t i = 0; i < COUNT(operators); i++) {
        struct str text = str_of(operators[i].text);
        if (text.n > lx->filter.n - lx->at || memcmp(text.p, lx->filter.p + lx->at, text.n) != 0)
            continue;
        if (operators[i].hint)
            return fail_here(lx, text.n, str_of(operators[i].hint), "unexpected");
        out->kind = operators[i].kind;
        out->op = operators[i].op;
        lx->at += text.n;
        return MVL_OK;
    }
    return fail_here(lx, 1, STR_NONE, "unexpected character");
}

int lexer_next(struct lexer *lx, struct token *out)
{
    while (peek(lx, 0) == ' ' || peek(lx, 0) == '\t' || peek(lx, 0) == '\n' || peek(lx, 0) == '\r')
        lx->at++;
    uint32_t start = lx->at;
    char c = peek(lx, 0);
    int rc = MVL_OK;
    *out = (struct token){.kind = TOKEN_END};
    if (start >= lx->filter.n)
        rc = MVL_OK;
    else if (is_digit(c) || (c == '.' && is_digit(peek(lx, 1))))
        rc = number(lx, out);
    else if (c == '"' || c == '\'')
        rc = string(lx, false, out);
    else if (starts_name(c))
        rc = name(lx, out);
    else if (c == '{')
        rc = template(lx, out);
    else
        rc = operator(lx, out);
    out->span = (struct span){start, lx->at - start};
    return rc;
}
