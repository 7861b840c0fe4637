/* What an operation gets, and what it leaves. Between api.c and the ops_*.c files. */
#pragma once
#include "api/message.h"
#include "api/params.h"
#include "engine/db.h"

struct request {
    struct db **db;      /* the open database; *db is NULL before open and after close */
    double (*now)(void); /* milliseconds */
    struct arena *arena;
    uint32_t op;
    const struct json *params; /* an object */
    const struct batch *batch;

    struct writer *json;  /* the reply's params are written here ... */
    struct batch columns; /* ... and its columns are these */
    struct writer *reply;
    void (*write_json)(
        struct request *r); /* where json is known only after changing something: writes it ... */
    uint32_t n_deleted;     /* ... of this */
    struct error *e;
};

/* Each operation writes its reply or fills e and returns the code. */
#define OP(name, bulk) int op_##name(struct request *r);
#include "api/ops.def"
#undef OP

#define PARAMS_READ(r, table, out) params_read((r)->params, table, COUNT(table), out, (r)->arena, (r)->e)

/* The reply { shape: "value", value: ... }: begin, write one JSON value, end. */
void reply_value_begin(struct request *r);
void reply_value_end(struct request *r);
void reply_null(struct request *r);

/* Makes sure that the reply as it stands can be told: what is committed after this cannot fail for want of memory. */
int reply_reserve(struct request *r) MUST_USE;
void reply_bool(struct request *r, bool value);

/* The collection that the parameter collection_name names, without rows whose time is over. */
int request_collection(struct request *r, struct str name, struct collection **out) MUST_USE;
