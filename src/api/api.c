#include "api/api.h"

#include "api/request.h"
#include "api/version.h"
#include "base/mem.h"
#include "base/metric.h"
#include "engine/lifetime.h"
#include "schema/types.h"

typedef int operation(struct request *r);

enum op_number {
    OP_NONE,
#define OP(name, bulk) OP_##name,
#include "api/ops.def"
#undef OP
    N_OPS
};

static operation *const operations[] = {
    [OP_NONE] = NULL,
#define OP(name, bulk) [OP_##name] = op_##name,
#include "api/ops.def"
#undef OP
};

struct api {
    double (*now)(void);
    struct db *db;      /* owned; NULL while nothing is open */
    struct arena arena; /* the request's */
    struct writer json, reply;
};

enum { SMALLEST_REPLY_BYTES = 4096 }; /* always there, so that an error can be told when memory is gone */

struct api *api_create(double (*now)(void))
{
    struct api *api = mem_alloc(sizeof *api);
    if (!api)
        return NULL;
    *api = (struct api){.now = now};
    if (writer_reserve(&api->reply, SMALLEST_REPLY_BYTES) != MVL_OK ||
        writer_reserve(&api->json, SMALLEST_REPLY_BYTES) != MVL_OK) {
        api_destroy(api);
        return NULL;
    }
    return api;
}

void api_destroy(struct api *api)
{
    if (!api)
        return;
    struct error ignored = ERROR_NONE;
    db_close(api->db, &ignored);
    arena_fini(&api->arena);
    writer_fini(&api->json);
    writer_fini(&api->reply);
    mem_free(api);
}

/* Empty again; a large buffer is given back. */
static void recycle(struct writer *w)
{
    w->n = w->json_from = 0;
    w->failed = false;
    if (w->capacity <= 16 * SMALLEST_REPLY_BYTES)
        return;
    void *smaller = mem_grow(w->p, SMALLEST_REPLY_BYTES, 1);
    if (smaller) {
        w->p = smaller;
        w->capacity = SMALLEST_REPLY_BYTES;
    }
}

/* These name a database as what they are about. */
static bool is_about_databases(uint32_t op)
{
    return op == OP_create_database || op == OP_drop_database || op == OP_describe_database ||
           op == OP_alter_database_properties || op == OP_drop_database_properties;
}

/* Each request says which database its names are of; no client has one here. */
static int use_database(struct request *r)
{
    const struct json *name = is_about_databases(r->op) ? NULL : json_get(r->params, STR("db_name"));
    if (!name || name->kind == JSON_NULL)
        return db_use(*r->db, STR_NONE, r->e);
    if (name->kind != JSON_STRING)
        return error_set(r->e, MVL_PARAM_INVALID, "db_name must be a string, got %s",
                         json_kind_name(name->kind));
    return db_use(*r->db, name->string, r->e);
}

static int run(struct api *api, struct message *m, struct request *r)
{
    struct json *params;
    if (m->op == OP_NONE || m->op >= N_OPS)
        return error_set(r->e, MVL_UNIMPLEMENTED, "operation %u is not known to this engine", m->op);
    if (m->op != OP_open && m->op != OP_close && !api->db)
        return error_set(r->e, MVL_CONNECTION, "should create connection first");
    TRY(json_parse(m->params, r->arena, &params, "parameters", r->e));
    if (params->kind != JSON_OBJECT)
        return error_set(r->e, MVL_PARAM_INVALID, "parameters must be an object, got %s",
                         json_kind_name(params->kind));
    r->params = params;
    r->batch = &m->batch;
    if (api->db)
        TRY(use_database(r));
    return operations[m->op](r);
}

static void write_error(struct api *api, uint32_t op, int code, const struct error *e)
{
    struct writer *w = &api->json;
    recycle(w);
    recycle(&api->reply);
    json_open(w, '{');
    json_key(w, STR("type"));
    json_put_str(w, str_of(error_class((enum mvl_error)code)));
    json_key(w, STR("reason"));
    json_put_str(w, e->reason[0] ? str_of(e->reason) : STR("out of memory"));
    json_key(w, STR("detail"));
    json_open(w, '{');
    if (e->field[0]) {
        json_key(w, STR("field"));
        json_put_str(w, str_of(e->field));
    }
    if (e->row >= 0) {
        json_key(w, STR("row"));
        json_put_int(w, e->row);
    }
    if (e->at >= 0) {
        json_key(w, STR("at"));
        json_put_int(w, e->at);
    }
    json_close(w, '}');
    json_close(w, '}');
    struct batch none = {0};
    message_write(&api->reply, op, error_milvus_code((enum mvl_error)code),
                  (struct str){(char *)w->p, (uint32_t)w->n}, &none);
}

/* Writes the reply as it stands; nothing while it says nothing. */
static int write_reply(struct request *r)
{
    if (r->write_json && !r->json->n)
        r->write_json(r);
    if (r->json->n && !r->reply->n) {
        struct str params = {(char *)r->json->p, (uint32_t)r->json->n};
        message_write(r->reply, r->op, 0, params, &r->columns);
    }
    return r->json->failed || r->reply->failed ? MVL_NOMEM : MVL_OK;
}

static int reply_for_receipt(void *context, const uint8_t **bytes, size_t *n)
{
    struct request *r = context;
    int rc = write_reply(r);
    *bytes = r->reply->p;
    *n = r->reply->n;
    return rc;
}

/* Answers a request that has been done already as it was then; one that has no other answer is done. */
static int answer_again(struct request *r, const struct message *m, bool *found)
{
    struct str reply;
    TRY(db_find_receipt(*r->db, m->client, m->sequence, r->arena, found, &reply, r->e));
    if (!*found)
        return MVL_OK;
    if (reply.n) {
        writer_str(r->reply, reply);
        return r->reply->failed ? MVL_NOMEM : MVL_OK;
    }
    *found = m->op != OP_create_index; /* to be asked anew, and then it changes nothing */
    if (*found)
        reply_null(r);
    return *found ? write_reply(r) : MVL_OK;
}

static int run_once(struct api *api, struct message *m, struct request *r)
{
    bool is_done;
    struct receipt receipt = {m->client, m->sequence, r->now(), reply_for_receipt, r};
    if (!m->client || !api->db)
        return run(api, m, r);
    TRY(answer_again(r, m, &is_done));
    if (is_done)
        return MVL_OK;
    db_give_receipt(api->db, &receipt);
    int rc = run(api, m, r);
    if (api->db)
        db_give_receipt(api->db, NULL);
    return rc;
}

/* Runs the request and writes its reply. *done: only writing the reply can have failed. */
static int answer(struct api *api, const uint8_t *request, size_t n, struct message *m, bool *done,
                  struct error *e)
{
    *e = ERROR_NONE;
    *done = false;
    recycle(&api->json);
    recycle(&api->reply);
    arena_reset(&api->arena);
    struct request r = {.db = &api->db,
                        .now = api->now,
                        .arena = &api->arena,
                        .json = &api->json,
                        .reply = &api->reply,
                        .e = e};
    TRY(message_check(request, n, &api->arena, m, e));
    r.op = m->op;
    TRY(run_once(api, m, &r));
    *done = true;
    if (write_reply(&r) != MVL_OK)
        return error_set(e, MVL_NOMEM, "out of memory while writing the reply");
    return MVL_OK;
}

/* When memory has run out, nothing was done: if vectors can make room it is tried again, else smaller work may still
 * find some. */
int api_call(struct api *api, const uint8_t *request, size_t n)
{
    struct error e = ERROR_NONE;
    struct message m = {0};
    bool done = true;
    int rc = request ? answer(api, request, n, &m, &done, &e) : MVL_NOMEM;
    if (rc == MVL_NOMEM && api->db && db_release_memory(api->db) && !done)
        rc = answer(api, request, n, &m, &done, &e);
    if (rc != MVL_OK)
        write_error(api, m.op, rc, &e);
    if (api->db)
        db_balance_memory(api->db);
    uint64_t work = api->db ? db_work(api->db) : 0;
    if (!api->reply.failed)
        bytes_set_u32(api->reply.p + MESSAGE_WORK_AT, work < UINT32_MAX ? (uint32_t)work : UINT32_MAX);
    arena_reset(&api->arena);
    return api->reply.failed ? MVL_NOMEM : MVL_OK;
}

const uint8_t *api_reply(const struct api *api, size_t *n)
{
    *n = api->reply.n;
    return api->reply.p;
}

void reply_value_begin(struct request *r)
{
    json_open(r->json, '{');
    json_key(r->json, STR("shape"));
    json_put_str(r->json, STR("value"));
    json_key(r->json, STR("value"));
}

void reply_value_end(struct request *r)
{
    json_close(r->json, '}');
}

void reply_null(struct request *r)
{
    reply_value_begin(r);
    json_put_null(r->json);
    reply_value_end(r);
}

void reply_bool(struct request *r, bool value)
{
    reply_value_begin(r);
    json_put_bool(r->json, value);
    reply_value_end(r);
}

int reply_reserve(struct request *r)
{
    struct str params = {(char *)r->json->p, (uint32_t)r->json->n};
    return r->json->failed ? MVL_NOMEM : writer_reserve(r->reply, message_bytes(params, &r->columns));
}

int request_collection(struct request *r, struct str name, struct collection **out)
{
    TRY(db_find(*r->db, name, out, r->e));
    return lifetime_expire(*out, r->e);
}

#define QUOTED(text) "\"" text "\""
#define TEXT_OF(number) #number
#define NUMBER(number) TEXT_OF(number)

const char *api_describe(void)
{
    return "{\"abi\":" NUMBER(MVL_ABI) ",\"version\":" QUOTED(MVL_VERSION)
#define OP(name, bulk) "{\"name\":" QUOTED(#name) ",\"bulk\":" QUOTED(bulk) "},"
        ",\"ops\":["
#include "api/ops.def"
        "null]"
#undef OP
#define DATA_TYPE(name, number, class, rest) QUOTED(#name) ":" #number ","
        ",\"data_types\":{"
#include "schema/types.def"
        "\"\":0}"
#undef DATA_TYPE
#define X(name, larger_is_nearer, families) QUOTED(#name) ","
        ",\"metric_types\":[" METRICS(X) "null]"
#undef X
#define INDEX_TYPE(name) QUOTED(#name) ","
#define SCALAR_INDEX_TYPE INDEX_TYPE
                                         ",\"index_types\":["
#include "schema/types.def"
                                         "null]"
#undef INDEX_TYPE
#undef SCALAR_INDEX_TYPE
#define FUNCTION_TYPE(name, number) QUOTED(#name) ":" #number ","
                                         ",\"function_types\":{"
#include "schema/types.def"
                                         "\"\":0}"
#undef FUNCTION_TYPE
#define LOAD_STATE(name, number) QUOTED(#name) ":" #number ","
                                         ",\"load_states\":{"
#include "schema/types.def"
                                         "\"\":0}"
#undef LOAD_STATE
#define X(name, code, constant, class) QUOTED(constant) ":" #code ","
                                         ",\"codes\":{"
#include "base/error.def"
                                         "\"\":0}"
#undef X
#define LIMIT(name, value) QUOTED(#name) ":" #value ","
                                         ",\"limits\":{"
#include "schema/types.def"
                                         "\"\":0}}";
#undef LIMIT
}
