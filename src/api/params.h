/* The parameters of operations as tables: name, kind, range. Reading them judges them. */
#pragma once
#include "base/json.h"

enum param_kind {
    PARAM_BOOL,    /* bool */
    PARAM_INT,     /* int64_t, min..max */
    PARAM_REAL,    /* struct param_real */
    PARAM_STR,     /* struct str */
    PARAM_STRS,    /* struct param_strs; one string counts as a list of one */
    PARAM_OBJECT,  /* const struct json *: an object */
    PARAM_ANY,     /* const struct json * */
    PARAM_IGNORED, /* known from pymilvus, without meaning here */
};

struct param {
    const char *name;
    enum param_kind kind;
    size_t at; /* offset in the struct that is filled */
    bool required;
    int64_t min, max; /* of PARAM_INT, both inclusive */
};

struct param_real {
    bool given;
    double value;
};

struct param_strs {
    struct str *p;
    uint32_t n;
};

#define PARAM(kind, type, member) .name = #member, PARAM_##kind, offsetof(struct type, member)

/* Reads the members of params into the struct at out, which holds the defaults; null is "not given". Lists are the
 * arena's, texts borrowed. A member that no table names: MVL_PARAM_INVALID, so that a misspelt option is not
 * silently without effect. Returns 0, MVL_NOMEM, MVL_PARAM_MISSING or MVL_PARAM_INVALID. */
int params_read(const struct json *params, const struct param table[], size_t n, void *out, struct arena *a,
                struct error *e) MUST_USE;
