/* A filter's text as tokens. */
#pragma once
#include "base/arena.h"
#include "filter/caret.h"

enum token_kind {
    TOKEN_END,
    TOKEN_INT,
    TOKEN_REAL,
    TOKEN_STRING,
    TOKEN_NAME,     /* a field, a function or a word of the language */
    TOKEN_TEMPLATE, /* {name} */
    TOKEN_COMPARE,  /* == != < <= > >= */
    TOKEN_ADD,      /* + - */
    TOKEN_MULTIPLY, /* * / % */
    TOKEN_POWER,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_OPEN, /* ( */
    TOKEN_CLOSE,
    TOKEN_OPEN_LIST, /* [ */
    TOKEN_CLOSE_LIST,
    TOKEN_COMMA,
    /* words */
    TOKEN_IN,
    TOKEN_LIKE,
    TOKEN_IS,
    TOKEN_NULL,
    TOKEN_EXISTS,
    TOKEN_TRUE,
    TOKEN_FALSE,
};

/* Comparisons by what they are true of. */
enum { LESS = 1, EQUAL = 2, GREATER = 4 };

struct token {
    enum token_kind kind;
    uint8_t op; /* of COMPARE; the character of ADD and MULTIPLY */
    struct span span;
    uint64_t integer; /* of INT: at most 2^63, which only stands behind a minus */
    double real;
    struct str text; /* of STRING without escapes, of NAME and TEMPLATE the name */
};

struct lexer {
    struct str filter;
    uint32_t at;
    struct arena *arena; /* of texts with escapes */
    struct error *e;
};

/* The next token; TOKEN_END at the end and ever after. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int lexer_next(struct lexer *lx, struct token *out) MUST_USE;
