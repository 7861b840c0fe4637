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

/* Doubles as integers of the same order; -0 is 0. */
static uint64_t key_of_real(double v)
{
    uint64_t bits;
    v = v == 0 ? 0 : v;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Of what stands behind the bytes that all texts begin with: the next seven, then whether they are less, and how many. */
static uint64_t key_of_text(struct str text, uint32_t shared)
{
    uint64_t key = 0;
    uint32_t n = text.n - shared;
    for (uint32_t i = 0; i < KEY_TEXT_BYTES; i++)
        key = key << 8 | (i < n ? (unsigned char)text.p[shared + i] : 0);
    return key << 8 | (n <= KEY_TEXT_BYTES ? n : KEY_TEXT_BYTES + 1);
}

uint64_t sort_key_of(const struct cell *c, enum scalar_kind kind, uint32_t shared)
{
    switch (c->kind) {
    case JSON_NULL: break;
    case JSON_STRING: return key_of_text(c->text, shared);
    case JSON_ARRAY:
    case JSON_OBJECT: return key_of_text(c->text, 0);
    case JSON_BOOL: return (uint64_t)c->integer ^ UINT64_C(1) << 63;
    case JSON_INT:
        return kind == SCALAR_INT ? (uint64_t)c->integer ^ UINT64_C(1) << 63
                                  : key_of_real((double)c->integer);
    case JSON_REAL: return key_of_real(c->real);
    }
    return 0;
}

bool sort_key_decides(uint64_t key, enum sort_rank rank, enum scalar_kind kind)
{
    switch (rank) {
    case SORT_TEXT:
    case SORT_LIST:
    case SORT_OBJECT: return (key & 0xff) <= KEY_TEXT_BYTES;
    case SORT_NUMBER:
        return kind != SCALAR_MIXED || (key > key_of_real(-EXACT_REALS) && key < key_of_real(EXACT_REALS));
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
