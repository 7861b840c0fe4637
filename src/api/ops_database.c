/* Operations on the database as a whole. */
#include "api/request.h"
#include "api/version.h"
#include "engine/verify.h"

struct open_params {
    struct str path, durability;
    bool read_only, temporary, atomic;
    int64_t memory_limit;
};

static const struct param open_table[] = {
    {PARAM(STR, open_params, path), .required = true},
    {PARAM(STR, open_params, durability)},
    {PARAM(BOOL, open_params, read_only)},
    {PARAM(BOOL, open_params, temporary)},
    {PARAM(BOOL, open_params, atomic)},
    {PARAM(INT, open_params, memory_limit), .min = 1, .max = INT64_C(1) << 53},
};

int op_open(struct request *r)
{
    struct open_params p = {.durability = STR("full")};
    TRY(PARAMS_READ(r, open_table, &p));
    bool relaxed = str_eq(p.durability, STR("relaxed"));
    if (!relaxed && !str_eq(p.durability, STR("full")))
        return error_set(r->e, MVL_PARAM_INVALID, "durability must be 'full' or 'relaxed', got '%.*s'",
                         STR_ARGS(p.durability));
    if (*r->db)
        return error_set(r->e, MVL_CONNECTION, "a database is open already");
    struct store_options options = {
        .read_only = p.read_only, .temporary = p.temporary, .atomic = p.atomic, .relaxed = relaxed};
    TRY(db_open(r->db, p.path, options, r->e));
    if (p.memory_limit)
        db_set_memory_limit(*r->db, (uint64_t)p.memory_limit);
    reply_null(r);
    return MVL_OK;
}

int op_close(struct request *r)
{
    TRY(params_read(r->params, NULL, 0, NULL, r->arena, r->e));
    struct db *db = *r->db;
    *r->db = NULL;
    TRY(db_close(db, r->e));
    reply_null(r);
    return MVL_OK;
}

/* Leaves everything in the one file, for whoever copies it before the next request. */
int op_checkpoint(struct request *r)
{
    TRY(params_read(r->params, NULL, 0, NULL, r->arena, r->e));
    TRY(db_checkpoint(*r->db, r->e));
    reply_null(r);
    return MVL_OK;
}

static void put_damage(void *context, struct str what)
{
    json_put_str(context, what);
}

int op_verify(struct request *r)
{
    TRY(params_read(r->params, NULL, 0, NULL, r->arena, r->e));
    reply_value_begin(r);
    json_open(r->json, '{');
    json_key(r->json, STR("collections"));
    json_put_int(r->json, db_n_collections(*r->db));
    json_key(r->json, STR("damage"));
    json_open(r->json, '[');
    TRY(db_verify(*r->db, put_damage, r->json, r->e));
    json_close(r->json, ']');
    json_close(r->json, '}');
    reply_value_end(r);
    return MVL_OK;
}

struct compact_params {
    struct str collection_name;
    int64_t job_id;
};

/* What a server is told of a collection, or how to compact it, is the same here: the file is compacted. */
static const struct param compact_table[] = {
    {PARAM(STR, compact_params, collection_name)},
    {.name = "is_clustering", PARAM_IGNORED},
    {.name = "is_l0", PARAM_IGNORED},
    {.name = "target_size", PARAM_IGNORED},
    {.name = "target_size_unit", PARAM_IGNORED},
};

int op_compact(struct request *r)
{
    struct compact_params p = {0};
    struct collection *c;
    TRY(PARAMS_READ(r, compact_table, &p));
    if (p.collection_name.n)
        TRY(request_collection(r, p.collection_name, &c));
    TRY(db_compact(*r->db, r->e));
    reply_value_begin(r);
    json_put_int(r->json, 0); /* the job, which is done */
    reply_value_end(r);
    return MVL_OK;
}

static const struct param compaction_table[] = {
    {PARAM(INT, compact_params, job_id), .min = INT64_MIN, .max = INT64_MAX},
};

int op_get_compaction_state(struct request *r)
{
    struct compact_params p = {0};
    TRY(PARAMS_READ(r, compaction_table, &p));
    reply_value_begin(r);
    json_put_str(r->json, STR("Completed"));
    reply_value_end(r);
    return MVL_OK;
}

struct version_params {
    bool detail;
};

static const struct param version_table[] = {
    {PARAM(BOOL, version_params, detail)},
};

static void put_text(struct writer *w, struct str key, struct str value)
{
    json_key(w, key);
    json_put_str(w, value);
}

int op_get_server_version(struct request *r)
{
    struct version_params p = {0};
    TRY(PARAMS_READ(r, version_table, &p));
    reply_value_begin(r);
    if (p.detail) {
        json_open(r->json, '{');
        put_text(r->json, STR("version"), STR("milvus_lite_wasm-" MVL_VERSION));
        put_text(r->json, STR("build_time"), STR(""));
        put_text(r->json, STR("git_commit"), STR(""));
        put_text(r->json, STR("go_version"), STR(""));
        put_text(r->json, STR("deploy_mode"), STR("embedded"));
        put_text(r->json, STR("sqlite_version"), str_of(store_sqlite_version()));
        json_close(r->json, '}');
    } else {
        json_put_str(r->json, STR("milvus_lite_wasm-" MVL_VERSION));
    }
    reply_value_end(r);
    return MVL_OK;
}
