/* What went wrong, in the words the user will read. */
#pragma once
#include "base/base.h"

enum mvl_error {
#define X(name, code, constant, class) MVL_##name,
#include "base/error.def"
#undef X
};

/* An error on its way to the caller. Texts name the parameter or field, the rule and the value, in that order. */
struct error {
    enum mvl_error code;
    char reason[480];
    char field[256]; /* detail.field, empty when there is none */
    int64_t row;     /* detail.row: index into the caller's batch, -1 when there is none */
    int64_t at;      /* detail.at: byte of the caller's filter, -1 when there is none */
};

/* Where in the caller's data an error is. row is -1 for "no particular row". */
struct error_place {
    struct str field;
    int64_t row;
};

#define ERROR_NONE ((struct error){.code = MVL_OK, .row = -1, .at = -1})

/* Fill e and return code, so that a check reads: return error_set(e, MVL_PARAM_INVALID, "limit must be ..."). */
int error_set(struct error *e, enum mvl_error code, const char *format, ...) PRINTF_LIKE(3, 4);
int error_set_at(struct error *e, enum mvl_error code, struct error_place place, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Milvus' number, and the name of the exception class, for an enumerator. */
int error_milvus_code(enum mvl_error code);
const char *error_class(enum mvl_error code);

/* Evaluates a call that returns an enum mvl_error, and returns it to the caller unless it is MVL_OK. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        int try_code_ = (call);                                                                              \
        if (try_code_ != MVL_OK)                                                                             \
            return try_code_;                                                                                \
    } while (0)
