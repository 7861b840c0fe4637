#include "base/utf8.h"

#include "unit.h"

/* Decodes the slow way: the scalar value of exactly these bytes, or -1. Shortest form only, no surrogates. */
static int32_t decode(const unsigned char *p, size_t n)
{
    uint32_t c;
    if (n == 0)
        return -1;
    if (n == 1)
        return p[0] < 0x80 ? p[0] : -1;
    if ((n == 2 && p[0] >> 5 != 6) || (n == 3 && p[0] >> 4 != 14) || (n == 4 && p[0] >> 3 != 30) || n > 4)
        return -1;
    c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return -1;
        c = c << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : (int32_t)c;
}

/* One character after another: the first 1 to 4 bytes that decode. */
static bool valid_slowly(const unsigned char *p, size_t n)
{
    while (n > 0) {
        size_t length = 1;
        while (length <= 4 && length <= n && decode(p, length) < 0)
            length++;
        if (length > 4 || length > n)
            return false;
        p += length;
        n -= length;
    }
    return true;
}

static bool valid(const unsigned char *p, size_t n)
{
    return utf8_valid((const char *)p, n);
}

/* The bounds of every column of Unicode's table 3-7 (well-formed byte sequences), and their neighbours. */
static const unsigned char bounds[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1,
                                       0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                       0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfc, 0xfe, 0xff};

TEST(every_sequence_of_bounds_is_judged_as_in_table_3_7)
{
    enum { N = COUNT(bounds) };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < N; k++)
                for (size_t l = 0; l < N; l++) {
                    const unsigned char p[] = {bounds[i], bounds[j], bounds[k], bounds[l]};
                    for (size_t n = 0; n <= 4; n++)
                        if (valid(p, n) != valid_slowly(p, n)) {
                            printf("# %02x %02x %02x %02x, %zu bytes\n", p[0], p[1], p[2], p[3], n);
                            CHECK(!"judged wrongly");
                            return;
                        }
                }
}

TEST(rows_of_table_3_7_are_valid)
{
    static const char *const rows[] = {"\x01",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xe0\xbf\xbf",
                                       "\xe1\x80\x80",
                                       "\xec\xbf\xbf",
                                       "\xed\x80\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf0\xbf\xbf\xbf",
                                       "\xf1\x80\x80\x80",
                                       "\xf3\xbf\xbf\xbf",
                                       "\xf4\x80\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(utf8_valid(rows[i], strlen(rows[i])));
}

TEST(what_borders_on_table_3_7_is_not)
{
    static const char *const rows[] = {"\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xe0\x9f\xbf",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf5\x80",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xf8\x88\x80\x80",
                                       "\xfe",
                                       "\xff",
                                       "\xc2",
                                       "\xe1\x80",
                                       "\xf1\x80\x80",
                                       "\xc2\x41\x42",
                                       "\xe1\x80\x41\x42\x43",
                                       "\xf1\x80\x80\xc0"};
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(!utf8_valid(rows[i], strlen(rows[i])));
}

TEST(every_character_is_put_as_it_decodes)
{
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char text[4];
        size_t n = utf8_put(text, c);
        bool surrogate = c >= 0xd800 && c < 0xe000;
        if ((decode((unsigned char *)text, n) != (surrogate ? 0xfffd : (int32_t)c) || !utf8_valid(text, n)) &&
            !CHECK_EQ_INT(decode((unsigned char *)text, n), c))
            return;
    }
}

TEST(a_number_that_is_no_character_becomes_the_replacement)
{
    static const uint32_t none[] = {0xd800, 0xdfff, 0x110000, UINT32_MAX};
    for (size_t i = 0; i < COUNT(none); i++) {
        char text[4];
        CHECK_EQ_INT(utf8_put(text, none[i]), 3);
        CHECK(memcmp(text, "\xef\xbf\xbd", 3) == 0);
    }
}

TEST(a_fault_is_found_wherever_it_stands)
{
    for (size_t n = 1; n < 40; n++) {
        char text[40];
        memset(text, 'a', sizeof text);
        CHECK(utf8_valid(text, n));
        for (size_t at = 0; at < n; at++) {
            text[at] = (char)0xff;
            CHECK(!utf8_valid(text, n));
            text[at] = (char)0xc3; /* the first half of a character */
            CHECK(!utf8_valid(text, n));
            text[at] = 'a';
        }
    }
}

TEST(a_character_is_found_wherever_it_stands)
{
    for (size_t at = 0; at < 30; at++) {
        char text[40];
        memset(text, 'a', sizeof text);
        memcpy(text + at, "\xf0\x9f\x98\x80", 4);
        CHECK(utf8_valid(text, sizeof text));
        for (size_t cut = at + 1; cut < at + 4; cut++)
            CHECK(!utf8_valid(text, cut));
    }
}

TEST(an_empty_text_is_valid)
{
    CHECK(utf8_valid("", 0));
    CHECK(utf8_valid(NULL, 0));
}

TEST(floor_does_not_split_a_character)
{
    const char *text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"; /* a, 2 bytes, 3 bytes, 4 bytes, z */
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t at = 0; at < COUNT(expected); at++)
        CHECK_EQ_INT(utf8_floor(text, at), expected[at]);
}
