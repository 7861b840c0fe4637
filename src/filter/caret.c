#include "filter/caret.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

enum {
    BEFORE = 60, /* bytes of the line that are shown before the place, and after it */
    AFTER = 40,
    MOST_NAME = 64,
};

static uint32_t characters(struct str text)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

/* The line that the place is in, or what is near it. */
static struct span excerpt_of(struct str filter, uint32_t at)
{
    uint32_t from = at, to = at;
    while (from > 0 && filter.p[from - 1] != '\n' && at - from < BEFORE)
        from--;
    while (to < filter.n && filter.p[to] != '\n' && to - at < AFTER)
        to++;
    from = from < filter.n ? (uint32_t)utf8_floor(filter.p, from) : from;
    to = to < filter.n ? (uint32_t)utf8_floor(filter.p, to) : to;
    return (struct span){from, to > from ? to - from : 0};
}

struct str_buffer {
    char text[256];
    uint32_t n;
};

static void put(struct str_buffer *b, char c)
{
    if (b->n < sizeof b->text)
        b->text[b->n++] = c;
}

static void put_many(struct str_buffer *b, char c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        put(b, c);
}

/* "  ...some of the filter\n     ^^^^" */
static void draw(struct str filter, struct span where, struct str_buffer *out)
{
    struct span shown = excerpt_of(filter, where.at);
    bool is_cut = shown.at > 0 && filter.p[shown.at - 1] != '\n';
    uint32_t end = where.at + where.n < shown.at + shown.n ? where.at + where.n : shown.at + shown.n;
    put_many(out, ' ', 2);
    put_many(out, '.', is_cut ? 3 : 0);
    for (uint32_t i = 0; i < shown.n; i++) {
        char c = filter.p[shown.at + i];
        put(out, (unsigned char)c < ' ' ? ' ' : c);
    }
    put(out, '\n');
    put_many(out, ' ', 2 + (is_cut ? 3 : 0));
    put_many(out, ' ', characters((struct str){filter.p + shown.at, where.at - shown.at}));
    uint32_t carets = end > where.at ? characters((struct str){filter.p + where.at, end - where.at}) : 1;
    put_many(out, '^', carets ? carets : 1);
}

int filter_fail(struct str filter, struct span where, struct error *e, struct str hint, const char *format,
                ...)
{
    char message[200];
    struct str_buffer picture = {.n = 0};
    if (!filter.p)
        filter = STR("");
    where.at = where.at < filter.n ? where.at : filter.n;
    draw(filter, where, &picture);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n >= (int)sizeof message)
        message[utf8_floor(message, sizeof message - 1)] = 0;
    error_set(e, MVL_PARAM_INVALID, "filter: %s at column %u\n%.*s%s%.*s", message,
              characters((struct str){filter.p, where.at}) + 1, (int)picture.n, picture.text,
              hint.n ? "\n" : "", STR_ARGS(hint));
    e->at = where.at;
    return MVL_PARAM_INVALID;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

uint32_t name_distance(struct str a, struct str b, uint32_t most)
{
    uint32_t row[MOST_NAME + 1];
    if (a.n > MOST_NAME || b.n > MOST_NAME || a.n > b.n + most || b.n > a.n + most)
        return most + 1;
    for (uint32_t k = 0; k <= b.n; k++)
        row[k] = k;
    for (uint32_t i = 1; i <= a.n; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t k = 1; k <= b.n; k++) {
            bool same = str_eq_nocase((struct str){a.p + i - 1, 1}, (struct str){b.p + k - 1, 1});
            uint32_t changed = smallest(row[k] + 1, row[k - 1] + 1, diagonal + !same);
            diagonal = row[k];
            row[k] = changed;
        }
    }
    return row[b.n] <= most ? row[b.n] : most + 1;
}
