/* A client of the api for tests: builds a request byte by byte as api/message.h describes it, sends it, and takes the
 * reply apart. It shares no code with the engine's own reader and writer, and allocates with malloc, so that faults
 * of mem.h hit the engine only.
 *
 *     caller_begin(&c, CALL_insert, 2, "{'collection_name':'docs'}");
 *     caller_i64(&c, "id", (int64_t[]){1, 2});
 *     caller_f32(&c, "vector", 4, vectors);
 *     CHECK_EQ_INT(caller_send(&c), 0); */
#pragma once
#include "api/api.h"
#include "schema/batch.h"

enum caller_op {
    CALL_NONE,
#define OP(name, bulk) CALL_##name,
#include "api/ops.def"
#undef OP
    N_CALLS /* one more than there are: 0 is no operation */
};

enum { CALLER_MAX_COLUMNS = 80, CALLER_NO_REPLY = -1 };

/* Starts zeroed. */
struct caller {
    struct api *api;  /* owned; made by the first caller_send */
    uint8_t *request; /* owned */
    size_t request_bytes, capacity;
    uint32_t n_rows; /* of the request */
    bool quiet;      /* what is expected and not found is not printed */

    int code;     /* of the last reply: Milvus' number, or CALLER_NO_REPLY */
    char *params; /* owned; its JSON text */
    struct batch reply;
    struct column columns[CALLER_MAX_COLUMNS];
};

/* Starts a request. format makes its parameters; ' is written as ", so that JSON is readable in C. */
void caller_begin(struct caller *c, enum caller_op op, uint32_t n_rows, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Adds a column of n_rows rows. The kind, width, bitmaps, offsets and data count. */
void caller_add(struct caller *c, struct column column);
void caller_i64(struct caller *c, const char *name, const int64_t values[]);
void caller_f64(struct caller *c, const char *name, const double values[]);
void caller_bool(struct caller *c, const char *name, const uint8_t values[]);
void caller_f32(struct caller *c, const char *name, uint32_t width, const float values[]);
void caller_str(struct caller *c, const char *name, const char *const values[]);  /* NULL: null */
void caller_json(struct caller *c, const char *name, const char *const values[]); /* likewise */

/* Sends the request and returns the reply's code. It may be sent again. */
int caller_send(struct caller *c);

/* Sends a request without columns. */
int caller_do(struct caller *c, enum caller_op op, const char *format, ...) PRINTF_LIKE(3, 4);

/* Of the last reply: the column of that name or NULL; the first column with that role; whether its params contain a
 * text, written with ' for "; the integer behind a key in them, or INT64_MIN. */
const struct column *caller_column(const struct caller *c, const char *name);
const struct column *caller_role(const struct caller *c, enum column_role role);
bool caller_says(const struct caller *c, const char *text);
int64_t caller_int(const struct caller *c, const char *key);

/* A value of a reply's column. */
int64_t caller_i64_at(const struct column *c, uint32_t row);
double caller_f64_at(const struct column *c, uint32_t row);
bool caller_text_is(const struct column *c, uint32_t row, const char *text);

/* A clock that stands still: the time is always 1. */
double caller_now(void);

/* Destroys the engine, not the files: the next request finds a new one. */
void caller_drop_engine(struct caller *c);
void caller_fini(struct caller *c);
