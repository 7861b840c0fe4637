#include "filter/lex.h"

#include <stdlib.h>

#include "random.h"
#include "unit.h"

/* The only token of a text: checks that the end follows. */
static int lex_one(struct arena *a, const char *text, struct token *out, struct error *e)
{
    struct lexer lx = {str_of(text), 0, a, e};
    struct token end;
    TRY(lexer_next(&lx, out));
    CHECK_EQ_INT(out->span.n, strlen(text));
    TRY(lexer_next(&lx, &end));
    CHECK_EQ_INT(end.kind, TOKEN_END);
    return MVL_OK;
}

TEST(numbers_are_what_c_reads_from_the_same_text)
{
    struct random r = random_from(1);
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct token t;
    for (int i = 0; i < 2000; i++) {
        uint64_t v = random_u64(&r) >> (1 + random_below(&r, 63));
        double real = ldexp((double)v, (int)random_below(&r, 400) - 200);
        char text[5][64];
        snprintf(text[0], sizeof text[0], "%" PRIu64, v);
        snprintf(text[1], sizeof text[1], "0x%" PRIx64, v);
        snprintf(text[2], sizeof text[2], "0o%" PRIo64, v);
        snprintf(text[3], sizeof text[3], "%.16e", real);
        for (int k = 0; k < 3; k++)
            if (CHECK_EQ_INT(lex_one(&a, text[k], &t, &e), MVL_OK) && CHECK_EQ_INT(t.kind, TOKEN_INT))
                CHECK_EQ_INT(t.integer, v);
        snprintf(text[4], sizeof text[4], "%a", real);
        for (int k = 3; k < 5; k++)
            if (CHECK_EQ_INT(lex_one(&a, text[k], &t, &e), MVL_OK) && CHECK_EQ_INT(t.kind, TOKEN_REAL))
                CHECK(t.real == strtod(text[k], NULL));
    }
    arena_fini(&a);
}

TEST(integers_reach_to_two_to_63_and_no_further)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct token t;
    CHECK_EQ_INT(lex_one(&a, "9223372036854775808", &t, &e), MVL_OK);
    CHECK(t.integer == UINT64_C(1) << 63);
    static const char *const wrong[] = {
        "9223372036854775809",
        "0x8000000000000001",
        "99999999999999999999",
        "010",
        "0x",
        "1e999",
        "12ab",
        "0x1.8",
        "0x.p1",
        "0x1p",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (!CHECK_EQ_INT(lex_one(&a, wrong[i], &t, &e), MVL_PARAM_INVALID))
            printf("# %s\n", wrong[i]);
    arena_fini(&a);
}

TEST(strings_lose_their_escapes_but_those_of_like)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"\"plain\"", "plain"},
        {"'say \"hi\"'", "say \"hi\""},
        {"'it\\'s'", "it's"},
        {"\"a\\tb\\nc\\\\d\"", "a\tb\nc\\d"},
        {"\"\\x41\\u00e9\\U0001F600\"", "A\xc3\xa9\xf0\x9f\x98\x80"},
        {"\"10\\% \\_\"", "10\\% \\_"},
    };
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct token t;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (CHECK_EQ_INT(lex_one(&a, cases[i].text, &t, &e), MVL_OK) && CHECK_EQ_INT(t.kind, TOKEN_STRING) &&
            !CHECK(str_eq(t.text, str_of(cases[i].expected))))
            printf("# %s\n", cases[i].text);
    CHECK_EQ_INT(lex_one(&a, "'no end", &t, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(lex_one(&a, "'\\q'", &t, &e), MVL_PARAM_INVALID);
    CHECK_EQ_INT(e.at, 1);
    arena_fini(&a);
}

static const struct {
    const char *text;
    enum token_kind kind;
    uint8_t op;
} tokens[] = {
    {"==", TOKEN_COMPARE, EQUAL},
    {"!=", TOKEN_COMPARE, LESS | GREATER},
    {"<=", TOKEN_COMPARE, LESS | EQUAL},
    {">", TOKEN_COMPARE, GREATER},
    {"**", TOKEN_POWER, '^'},
    {"*", TOKEN_MULTIPLY, '*'},
    {"-", TOKEN_ADD, '-'},
    {"&&", TOKEN_AND, 0},
    {"AND", TOKEN_AND, 0},
    {"Or", TOKEN_OR, 0},
    {"not", TOKEN_NOT, 0},
    {"LIKE", TOKEN_LIKE, 0},
    {"exists", TOKEN_EXISTS, 0},
    {"index", TOKEN_NAME, 0},
    {"h\xc3\xb6he_2", TOKEN_NAME, 0},
    {"{ name }", TOKEN_TEMPLATE, 0},
    {"[", TOKEN_OPEN_LIST, 0},
    {",", TOKEN_COMMA, 0},
    {".5", TOKEN_REAL, 0},
};

TEST(tokens_in_any_order_come_back_with_their_places)
{
    struct random r = random_from(2);
    struct arena a = {0};
    struct error e = ERROR_NONE;
    for (int round = 0; round < 500; round++) {
        enum { N = 20 };
        char text[N * 16];
        uint32_t n = 0, at[N], which[N];
        for (int i = 0; i < N; i++) {
            which[i] = random_below(&r, COUNT(tokens));
            at[i] = n;
            n += (uint32_t)snprintf(text + n, sizeof text - n, "%s%c", tokens[which[i]].text,
                                    " \t\n\r"[random_below(&r, 4)]);
        }
        struct lexer lx = {{text, n}, 0, &a, &e};
        struct token t;
        for (int i = 0; i < N; i++) {
            if (!CHECK_EQ_INT(lexer_next(&lx, &t), MVL_OK))
                break;
            CHECK_EQ_INT(t.kind, tokens[which[i]].kind);
            CHECK_EQ_INT(t.op, tokens[which[i]].op);
            CHECK_EQ_INT(t.span.at, at[i]);
            CHECK_EQ_INT(t.span.n, strlen(tokens[which[i]].text));
        }
        for (int i = 0; i < 2; i++) {
            CHECK_EQ_INT(lexer_next(&lx, &t), MVL_OK);
            CHECK_EQ_INT(t.kind, TOKEN_END);
        }
    }
    arena_fini(&a);
}
