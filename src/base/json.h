/* A small JSON (RFC 8259) reader and writer. Nothing recurses, so depth costs memory, not stack. */
#pragma once
#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    bool boolean;
    uint32_t count;    /* members of an array or object */
    int64_t integer;   /* JSON_INT: a number without fraction or exponent that fits */
    double real;       /* JSON_INT and JSON_REAL */
    struct str string; /* JSON_STRING, without escapes */
    struct str key;    /* of a member of an object */
    struct str text;   /* the value as it stands in the source */
    struct json *first, *next, *parent;
};

/* Parses one value that must fill all of text. The tree lives in a and borrows from text.
 * what names the text in errors: "field 'attrs': invalid JSON at byte 7: ...". Returns 0, MVL_NOMEM or
 * MVL_PARAM_INVALID. A key that stands twice: json_get finds the last, as JavaScript does. */
int json_parse(struct str text, struct arena *a, struct json **out, const char *what,
               struct error *e) MUST_USE;

/* The member of that name, or NULL; j may be NULL or no object. */
const struct json *json_get(const struct json *j, struct str key);

/* An integer in decimal digits, "-12": the whole text, and it fits. */
bool json_text_to_integer(struct str text, int64_t *out);

/* An integer, also as text, as REST sends it. j is not NULL. */
bool json_to_integer(const struct json *j, int64_t *out);

/* The words errors use: "null", "a boolean", "an integer", ... */
const char *json_kind_name(enum json_kind kind);

/* Writing. Commas are put where the last byte written calls for one, so calls just follow each other. A text that
 * does not begin where the writer does starts with json_begin. */
void json_begin(struct writer *w);
void json_open(struct writer *w, char bracket);  /* '{' or '[' as a value */
void json_close(struct writer *w, char bracket); /* '}' or ']' */
void json_key(struct writer *w, struct str key);
void json_put_str(struct writer *w, struct str s);
void json_put_int(struct writer *w, int64_t v);
void json_put_real(struct writer *w, double v); /* shortest text that reads back the same; not finite: null */
void json_put_bool(struct writer *w, bool v);
void json_put_text(struct writer *w, struct str json); /* a value that is JSON already */

#define json_put_null(w) json_put_text((w), STR("null"))
