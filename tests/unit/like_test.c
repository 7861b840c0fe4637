#include "filter/like.h"

#include "random.h"
#include "unit.h"

static size_t length_of(const char *p)
{
    size_t n = 1;
    while (((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Tries every way. */
static bool matches_slowly(const char *p, const char *t)
{
    if (!*p)
        return !*t;
    if (*p == '%')
        return matches_slowly(p + 1, t) || (*t && matches_slowly(p, t + length_of(t)));
    if (!*t)
        return false;
    if (*p == '_')
        return matches_slowly(p + 1, t + length_of(t));
    if (*p == '\\' && p[1])
        p++;
    size_t n = length_of(p);
    return n == length_of(t) && memcmp(p, t, n) == 0 && matches_slowly(p + n, t + n);
}

static bool matches(const char *pattern, const char *text)
{
    return like_matches(str_of(pattern), str_of(text));
}

static void random_text(struct random *r, const char *const *letters, uint32_t n_letters, char *to)
{
    for (uint32_t n = random_below(r, 8); n > 0; n--) {
        const char *letter = letters[random_below(r, n_letters)];
        size_t length = strlen(letter);
        memcpy(to, letter, length);
        to += length;
    }
    *to = 0;
}

TEST(random_patterns_match_what_trying_every_way_matches)
{
    static const char *const letters[] = {"a", "b", "\xc3\xa9", "\xc3\xaa", "%", "_", "\\", "%"};
    struct random r = random_from(3);
    int n_matched = 0;
    for (int i = 0; i < 200000; i++) {
        char pattern[64], text[64];
        random_text(&r, letters, COUNT(letters), pattern);
        random_text(&r, letters, i % 2 ? 4 : 7, text);
        bool expected = matches_slowly(pattern, text);
        n_matched += expected;
        if (!CHECK(matches(pattern, text) == expected))
            printf("# '%s' like '%s'\n", text, pattern);
    }
    CHECK(n_matched > 1000);
}

TEST(underscore_is_a_character_and_not_a_byte)
{
    CHECK(matches("_", "\xf0\x9f\x98\x80"));
    CHECK(!matches("__", "\xf0\x9f\x98\x80"));
    CHECK(matches("%_b", "\xc3\xa9"
                         "b"));
    CHECK(!matches("_", ""));
}

TEST(a_backslash_makes_wildcards_themselves)
{
    CHECK(matches("100\\%", "100%"));
    CHECK(!matches("100\\%", "1000"));
    CHECK(matches("a\\_b", "a_b"));
    CHECK(!matches("a\\_b", "axb"));
    CHECK(matches("a\\\\b", "a\\b"));
    CHECK(matches("a\\", "a\\"));
}

TEST(many_runs_over_a_long_text_end)
{
    static char text[20000], pattern[401];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < 400; i += 2)
        memcpy(pattern + i, "%a", 2);
    pattern[400] = 'b';
    struct str p = {pattern, sizeof pattern}, t = {text, sizeof text};
    CHECK(!like_matches(p, t));
    text[sizeof text - 1] = 'b';
    CHECK(like_matches(p, t));
}
