#include "filter/cell.h"

#include <math.h>

#include "filter/lex.h"
#include "schema/timestamp.h"

struct cell cell_from_json(const struct json *j)
{
    struct cell c = {.kind = j->kind};
    switch (j->kind) {
    case JSON_NULL: break;
    case JSON_BOOL: c.integer = j->boolean; break;
    case JSON_INT: c.integer = j->integer; break;
    case JSON_REAL: c.real = j->real; break;
    case JSON_STRING: c.text = j->string; break;
    case JSON_ARRAY:
    case JSON_OBJECT: c.text = j->text; break;
    }
    return c;
}

#define TWO_TO_63 9223372036854775808.0

bool real_as_integer(double v, int64_t *out)
{
    if (!(v >= -TWO_TO_63 && v < TWO_TO_63) || v != trunc(v))
        return false;
    *out = (int64_t)v;
    return true;
}

bool cell_as_integer(const struct cell *c, int64_t *out)
{
    if (c->kind == JSON_REAL)
        return real_as_integer(c->real, out);
    *out = c->integer;
    return c->kind == JSON_INT;
}

static uint8_t compare_integers(int64_t a, int64_t b)
{
    return a < b ? LESS : a > b ? GREATER : EQUAL;
}

static uint8_t compare_reals(double a, double b)
{
    return a < b ? LESS : a > b ? GREATER : a == b ? EQUAL : 0;
}

static uint8_t compare_mixed(int64_t a, double b)
{
    if (isnan(b))
        return 0;
    if (b >= TWO_TO_63)
        return LESS;
    if (b < -TWO_TO_63)
        return GREATER;
    double whole = trunc(b);
    uint8_t order = compare_integers(a, (int64_t)whole);
    return order == EQUAL ? compare_reals(whole, b) : order;
}

static uint8_t mirrored(uint8_t order)
{
    return order == LESS ? GREATER : order == GREATER ? LESS : order;
}

static uint8_t compare_texts(struct str a, struct str b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? compare_integers(order, 0) : compare_integers(a.n, b.n);
}

uint8_t cell_compare(const struct cell *a, const struct cell *b)
{
    if (a->kind == JSON_INT && b->kind == JSON_INT)
        return compare_integers(a->integer, b->integer);
    if (a->kind == JSON_REAL && b->kind == JSON_REAL)
        return compare_reals(a->real, b->real);
    if (a->kind == JSON_INT && b->kind == JSON_REAL)
        return compare_mixed(a->integer, b->real);
    if (a->kind == JSON_REAL && b->kind == JSON_INT)
        return mirrored(compare_mixed(b->integer, a->real));
    if (a->kind == JSON_STRING && b->kind == JSON_STRING)
        return compare_texts(a->text, b->text);
    if (a->kind == JSON_BOOL && b->kind == JSON_BOOL)
        return a->integer == b->integer ? EQUAL : GREATER;
    return 0;
}

/* ---- computing ---- */

#define NO_VALUE ((struct cell){.kind = JSON_NULL})

static struct cell real_cell(double v)
{
    return isfinite(v) ? (struct cell){.kind = JSON_REAL, .real = v} : NO_VALUE;
}

static struct cell power(int64_t base, int64_t exponent)
{
    int64_t v = 1;
    if (exponent < 0)
        return real_cell(pow((double)base, (double)exponent));
    while (exponent > 0) {
        if ((exponent & 1) && __builtin_mul_overflow(v, base, &v))
            return NO_VALUE;
        exponent >>= 1;
        if (exponent && __builtin_mul_overflow(base, base, &base))
            return NO_VALUE;
    }
    return (struct cell){.kind = JSON_INT, .integer = v};
}

static struct cell compute_integers(uint8_t op, int64_t a, int64_t b)
{
    struct cell c = {.kind = JSON_INT};
    bool overflows = false;
    switch (op) {
    case '+': overflows = __builtin_add_overflow(a, b, &c.integer); break;
    case '-': overflows = __builtin_sub_overflow(a, b, &c.integer); break;
    case '*': overflows = __builtin_mul_overflow(a, b, &c.integer); break;
    case '/': return b ? real_cell((double)a / (double)b) : NO_VALUE;
    case '%':
        if (b == 0)
            return NO_VALUE;
        c.integer = b == -1 ? 0 : a % b;
        break;
    case MONTHS_LATER: overflows = !timestamp_add_months(a, b, &c.integer); break;
    default: return power(a, b);
    }
    return overflows ? NO_VALUE : c;
}

static struct cell compute_reals(uint8_t op, double a, double b)
{
    switch (op) {
    case '+': return real_cell(a + b);
    case '-': return real_cell(a - b);
    case '*': return real_cell(a * b);
    case '/': return b != 0 ? real_cell(a / b) : NO_VALUE;
    case '%': return NO_VALUE;
    default: return real_cell(pow(a, b));
    }
}

struct cell cell_compute(uint8_t op, const struct cell *a, const struct cell *b)
{
    if (a->kind == JSON_INT && b->kind == JSON_INT)
        return compute_integers(op, a->integer, b->integer);
    if ((a->kind != JSON_INT && a->kind != JSON_REAL) || (b->kind != JSON_INT && b->kind != JSON_REAL))
        return NO_VALUE;
    return compute_reals(op, a->kind == JSON_INT ? (double)a->integer : a->real,
                         b->kind == JSON_INT ? (double)b->integer : b->real);
}

/* ---- JSON ---- */

static bool is_list_or_object(const struct json *j)
{
    return j->kind == JSON_ARRAY || j->kind == JSON_OBJECT;
}

/* Without members. */
static bool same_head(const struct json *a, const struct json *b)
{
    if (is_list_or_object(a) || is_list_or_object(b))
        return a->kind == b->kind && a->count == b->count;
    if (a->kind == JSON_NULL || b->kind == JSON_NULL)
        return a->kind == b->kind;
    struct cell x = cell_from_json(a), y = cell_from_json(b);
    return cell_compare(&x, &y) == EQUAL;
}

/* The partner of the next member of a's parent, given that a and b are partners. */
static const struct json *partner_of(const struct json *a, const struct json *b_parent,
                                     const struct json *b_before)
{
    if (b_parent->kind == JSON_OBJECT)
        return json_get(b_parent, a->key);
    return b_before ? b_before->next : b_parent->first;
}

bool json_equal(const struct json *a, const struct json *b)
{
    const struct json *root = a;
    for (;;) {
        if (!b || !same_head(a, b))
            return false;
        if (is_list_or_object(a) && a->first) {
            b = partner_of(a->first, b, NULL);
            a = a->first;
            continue;
        }
        while (a != root && !a->next) {
            a = a->parent;
            b = b->parent;
        }
        if (a == root)
            return true;
        b = partner_of(a->next, b->parent, b);
        a = a->next;
    }
}
