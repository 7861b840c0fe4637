#include "filter/sort_key.h"

#include "filter/cell.h"
#include "filter/lex.h"

enum { KEY_TEXT_BYTES = 7 };

#define EXACT_REALS 9007199254740992.0 /* integers below are doubles, too */

enum sort_rank sort_key_rank(enum json_kind kind)
{
    switch (kind) {
    case JSON_STRING: return SORT_TEXT;
    case JSON_INT:
    case JSON_REAL: return SORT_NUMBER;
    case JSON_ARRAY: return SORT_LIST;
    case JSON_BOOL: return SORT_BOOL;
    case JSON_OBJECT: return SORT_OBJECT;
    case JSON_NULL: break;
    }
    return SORT_NULL;
}

static uint32_t shared_bytes(struct str a, struct str b)
{
    uint32_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

uint32_t sort_key_shared(const struct scalars *values, uint32_t n_rows)
{
    struct str first = STR_NONE;
    bool any = false;
    for (uint32_t row = 0; row < n_rows && !(any && first.n == 0); row++) {
        struct cell c = scalars_cell(values, row);
        if (c.kind != JSON_STRING)
            continue;
        first.n = any ? shared_bytes(first, c.text) : c.text.n;
        first.p = c.text.p;
        any = true;
    }
    return first.n;
}

#define SIGN (UINT64_C(1) << 63)

/* Doubles as integers of the same order, by their bits; -0 is 0. */
static uint64_t key_of_real(uint64_t bits)
{
    if (bits == SIGN)
        return SIGN;
    return bits & SIGN ? ~bits : bits | SIGN;
}

static uint64_t key_of_number(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return key_of_real(bits);
}

/* Of what stands behind the bytes that all texts begin with: the next seven, then whether they are less, and how many. Of a
 * text of a column, behind whose end may be read. */
static uint64_t key_of_text(struct str text, uint32_t shared)
{
    uint32_t n = text.n - shared;
    if (n == 0)
        return 0;
    uint64_t bytes = __builtin_bswap64(bytes_u64((const uint8_t *)text.p + shared));
    if (n > KEY_TEXT_BYTES)
        return (bytes & ~UINT64_C(0xff)) | (KEY_TEXT_BYTES + 1);
    return (bytes & ~(UINT64_MAX >> 8 * n)) | n;
}

_Static_assert((int)SCALARS_SLACK >= KEY_TEXT_BYTES + 1,
               "eight bytes are read from where a text begins, or ends");

static struct sort_key key_of_mixed(const struct scalars *values, uint32_t row, uint32_t shared)
{
    struct cell c = scalars_cell(values, row);
    struct sort_key k = {0, sort_key_rank(c.kind)};
    switch (k.rank) {
    case SORT_TEXT: k.key = key_of_text(c.text, shared); break;
    case SORT_NUMBER: k.key = key_of_number(c.kind == JSON_INT ? (double)c.integer : c.real); break;
    case SORT_LIST:
    case SORT_OBJECT: k.key = key_of_text(c.text, 0); break;
    case SORT_BOOL: k.key = (uint64_t)c.integer; break;
    case SORT_NULL: break;
    }
    return k;
}

struct sort_key sort_key_of(const struct scalars *values, uint32_t row, uint32_t shared)
{
    if (!scalars_has(values, row))
        return (struct sort_key){0, SORT_NULL};
    uint64_t value = values->values[row];
    switch (values->kind) {
    case SCALAR_INT: return (struct sort_key){value ^ SIGN, SORT_NUMBER};
    case SCALAR_REAL: return (struct sort_key){key_of_real(value), SORT_NUMBER};
    case SCALAR_TEXT:
        return (struct sort_key){key_of_text(scalar_text(values->texts.p, value), shared), SORT_TEXT};
    case SCALAR_MIXED: break;
    }
    return key_of_mixed(values, row, shared);
}

bool sort_key_decides(struct sort_key k, enum scalar_kind kind)
{
    switch (k.rank) {
    case SORT_TEXT:
    case SORT_LIST:
    case SORT_OBJECT: return (k.key & 0xff) <= KEY_TEXT_BYTES;
    case SORT_NUMBER:
        return kind != SCALAR_MIXED ||
               (k.key > key_of_number(-EXACT_REALS) && k.key < key_of_number(EXACT_REALS));
    case SORT_BOOL:
    case SORT_NULL: break;
    }
    return true;
}

static int compare_texts(struct str a, struct str b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? (order > 0) - (order < 0) : (a.n > b.n) - (a.n < b.n);
}

int sort_key_compare(const struct cell *a, const struct cell *b)
{
    switch (sort_key_rank(a->kind)) {
    case SORT_TEXT:
    case SORT_LIST:
    case SORT_OBJECT: return compare_texts(a->text, b->text);
    case SORT_BOOL: return (a->integer > b->integer) - (a->integer < b->integer);
    case SORT_NUMBER: break;
    case SORT_NULL: return 0;
    }
    uint8_t order = cell_compare(a, b);
    return order == LESS ? -1 : order == GREATER;
}

int sort_key_compare_any(const struct cell *a, const struct cell *b)
{
    enum sort_rank x = sort_key_rank(a->kind), y = sort_key_rank(b->kind);
    return x == y ? sort_key_compare(a, b) : x < y ? -1 : 1;
}
