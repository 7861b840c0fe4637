#include "schema/wkt.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_DEPTH = 32, MOST_DIGITS = 63 };

struct reader {
    struct str text;
    uint32_t at;
    uint32_t n_numbers; /* of each point; 0: the first one says */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip(struct reader *r)
{
    while (r->at < r->text.n && is_space(r->text.p[r->at]))
        r->at++;
}

static bool take(struct reader *r, char c)
{
    skip(r);
    bool is = r->at < r->text.n && r->text.p[r->at] == c;
    r->at += is;
    return is;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The letters here, which may be none. */
static struct str word(struct reader *r)
{
    skip(r);
    uint32_t from = r->at;
    while (r->at < r->text.n && is_letter(r->text.p[r->at]))
        r->at++;
    return (struct str){r->text.p + from, r->at - from};
}

static bool take_word(struct reader *r, const char *wanted)
{
    struct reader before = *r;
    bool is = str_eq_nocase(word(r), str_of(wanted));
    if (!is)
        *r = before;
    return is;
}

static bool number(struct reader *r, double *out)
{
    char digits[MOST_DIGITS + 1], *end;
    uint32_t n = 0;
    skip(r);
    for (; r->at + n < r->text.n && n < MOST_DIGITS; n++) {
        char c = r->text.p[r->at + n];
        if (!(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E')
            break;
        digits[n] = c;
    }
    digits[n] = 0;
    *out = strtod(digits, &end);
    bool is = n && end == digits + n && isfinite(*out);
    r->at += is ? n : 0;
    return is;
}

struct point {
    double x, y;
};

static bool point(struct reader *r, struct point *out)
{
    double more;
    uint32_t n = 2;
    if (!number(r, &out->x) || !number(r, &out->y))
        return false;
    while (n < 4 && number(r, &more))
        n++;
    if (!r->n_numbers)
        r->n_numbers = n;
    return n == r->n_numbers;
}

/* (1 2, 3 4) of at least so many points; a ring ends where it begins. */
static bool line(struct reader *r, uint32_t least, bool is_ring)
{
    struct point first = {0}, last = {0};
    uint32_t n = 0;
    if (take_word(r, "EMPTY"))
        return true;
    if (!take(r, '('))
        return false;
    do {
        if (!point(r, n ? &last : &first))
            return false;
        n++;
    } while (take(r, ','));
    bool is_closed = n > 1 && first.x == last.x && first.y == last.y;
    return n >= least && (!is_ring || is_closed) && take(r, ')');
}

static bool lines(struct reader *r, uint32_t least, bool is_ring)
{
    if (take_word(r, "EMPTY"))
        return true;
    if (!take(r, '('))
        return false;
    do
        if (!line(r, least, is_ring))
            return false;
    while (take(r, ','));
    return take(r, ')');
}

static bool polygons(struct reader *r)
{
    if (take_word(r, "EMPTY"))
        return true;
    if (!take(r, '('))
        return false;
    do
        if (!lines(r, 4, true))
            return false;
    while (take(r, ','));
    return take(r, ')');
}

/* Points of a MULTIPOINT stand in brackets or not. */
static bool points(struct reader *r)
{
    struct point ignored;
    if (take_word(r, "EMPTY"))
        return true;
    if (!take(r, '('))
        return false;
    do {
        bool has_bracket = take(r, '(');
        if (!point(r, &ignored) || (has_bracket && !take(r, ')')))
            return false;
    } while (take(r, ','));
    return take(r, ')');
}

static bool single_point(struct reader *r)
{
    struct point ignored;
    return take_word(r, "EMPTY") || (take(r, '(') && point(r, &ignored) && take(r, ')'));
}

enum shape { POINT, LINE, POLYGON, POINTS, LINES, POLYGONS, COLLECTION };

static const char *const names[] = {
    [POINT] = "POINT",
    [LINE] = "LINESTRING",
    [POLYGON] = "POLYGON",
    [POINTS] = "MULTIPOINT",
    [LINES] = "MULTILINESTRING",
    [POLYGONS] = "MULTIPOLYGON",
    [COLLECTION] = "GEOMETRYCOLLECTION",
};

static bool head(struct reader *r, enum shape *out)
{
    skip(r);
    uint32_t from = r->at;
    struct str name = word(r);
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!str_eq_nocase(name, str_of(names[i])))
            continue;
        *out = (enum shape)i;
        r->n_numbers = take_word(r, "ZM") ? 4 : take_word(r, "Z") || take_word(r, "M") ? 3 : 0;
        return true;
    }
    r->at = from;
    return false;
}

static bool body(struct reader *r, enum shape shape)
{
    switch (shape) {
    case POINT: return single_point(r);
    case LINE: return line(r, 2, false);
    case POLYGON: return lines(r, 4, true);
    case POINTS: return points(r);
    case LINES: return lines(r, 2, false);
    case POLYGONS: return polygons(r);
    case COLLECTION: break;
    }
    return take_word(r, "EMPTY");
}

static bool geometry(struct reader *r)
{
    uint32_t depth = 0;
    for (;;) {
        enum shape shape;
        if (!head(r, &shape))
            return false;
        if (shape == COLLECTION && take(r, '(')) {
            if (++depth > MOST_DEPTH)
                return false;
            continue;
        }
        if (!body(r, shape))
            return false;
        while (depth && take(r, ')'))
            depth--;
        if (!depth)
            break;
        if (!take(r, ','))
            return false;
    }
    skip(r);
    return r->at == r->text.n;
}

bool wkt_valid(struct str text, uint32_t *at)
{
    struct reader r = {text, 0, 0};
    bool is = geometry(&r);
    *at = r.at;
    return is;
}
