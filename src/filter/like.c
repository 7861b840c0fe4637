#include "filter/like.h"

static uint32_t character_end(struct str s, uint32_t at)
{
    at++;
    while (at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80)
        at++;
    return at;
}

bool like_matches(struct str pattern, struct str text)
{
    uint32_t p = 0, t = 0;
    uint32_t run_p = UINT32_MAX, run_t = 0; /* behind the last %, and where its run ends in the text so far */
    while (t < text.n) {
        char c = p < pattern.n ? pattern.p[p] : 0;
        bool is_escaped = c == '\\' && p + 1 < pattern.n;
        if (p < pattern.n && c == '%') {
            run_p = ++p;
            run_t = t;
        } else if (p < pattern.n && c == '_') {
            p++;
            t = character_end(text, t);
        } else if (p < pattern.n && pattern.p[p + is_escaped] == text.p[t]) {
            p += 1u + is_escaped;
            t++;
        } else if (run_p != UINT32_MAX) { /* the run takes one more */
            p = run_p;
            t = run_t = character_end(text, run_t);
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '%')
        p++;
    return p == pattern.n;
}
