#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static const struct {
    int milvus_code;
    const char *class;
} errors[] = {
#define X(name, code, constant, class) [MVL_##name] = {code, class},
#include "base/error.def"
#undef X
};

/* Of a text that was cut off at n bytes, half a character at its end goes too. */
static void end_cut(char *text, size_t n)
{
    size_t last = utf8_floor(text, n - 1);
    if (!utf8_valid(text + last, n - last))
        text[last] = 0;
}

static void fill(struct error *e, enum mvl_error code, const char *format, va_list args)
{
    e->code = code;
    e->row = -1;
    e->at = -1;
    e->field[0] = 0;
    int n = vsnprintf(e->reason, sizeof e->reason, format, args);
    if (n >= (int)sizeof e->reason)
        end_cut(e->reason, sizeof e->reason - 1);
}

int error_set(struct error *e, enum mvl_error code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    return code;
}

int error_set_at(struct error *e, enum mvl_error code, struct error_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    e->row = place.row;
    int n = snprintf(e->field, sizeof e->field, "%.*s", STR_ARGS(place.field));
    if (n >= (int)sizeof e->field)
        end_cut(e->field, sizeof e->field - 1);
    return code;
}

int error_milvus_code(enum mvl_error code)
{
    return errors[code].milvus_code;
}

const char *error_class(enum mvl_error code)
{
    return errors[code].class;
}
