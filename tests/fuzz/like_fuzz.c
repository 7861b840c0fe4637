/* like against the same by a table: which starts of the pattern match which starts of the text. Pattern and text are
 * parted by the first zero byte. */
#include <stdlib.h>

#include "base/utf8.h"
#include "filter/like.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 200 };

static uint32_t next(struct str s, uint32_t at)
{
    for (at++; at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;)
        at++;
    return at;
}

/* What of the text is reached by each of the pattern's elements, given what was reached before. */
static bool matches_slowly(struct str pattern, struct str text)
{
    bool reached[MOST + 1] = {true};
    for (uint32_t p = 0; p < pattern.n;) {
        bool escaped = pattern.p[p] == '\\' && p + 1 < pattern.n, to[MOST + 1] = {false}, any = false;
        p += escaped;
        uint32_t end = next(pattern, p);
        for (uint32_t t = 0; t <= text.n; t = next(text, t)) {
            any |= reached[t];
            if (!escaped && pattern.p[p] == '%') {
                to[t] = any;
                continue;
            }
            if (!reached[t] || t == text.n)
                continue;
            uint32_t after = next(text, t);
            bool same = after - t == end - p && memcmp(text.p + t, pattern.p + p, end - p) == 0;
            to[after] |= same || (!escaped && pattern.p[p] == '_');
        }
        memcpy(reached, to, sizeof to);
        p = end;
    }
    return reached[text.n];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const uint8_t *zero = n ? memchr(data, 0, n) : NULL;
    if (!zero || n > MOST)
        return 0;
    struct str pattern = {(const char *)data, (uint32_t)(zero - data)};
    struct str text = {(const char *)zero + 1, (uint32_t)(n - pattern.n) - 1};
    if (!utf8_valid(pattern.p, pattern.n) || !utf8_valid(text.p, text.n))
        return 0;
    if (like_matches(pattern, text) != matches_slowly(pattern, text))
        abort();
    return 0;
}
