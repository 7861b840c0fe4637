#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/types.h"

/* The collections: a quick one, one with every type, one with keys of the engine's making. */
enum { DOCS, THINGS, AUTO };
enum { DOCS_DIM = 4, SMALL_DIM = 3, LARGE_DIM = 3000, AUTO_DIM = 2 }; /* LARGE_DIM: 16 rows fill a chunk */

enum action {
    OPEN,
    CLOSE,
    CREATE,
    INSERT,
    UPSERT,
    DELETE,
    SEARCH,
    INDEX,
    UNINDEX,
    RELEASE,
    LOAD,
    RENAME,
    DROP
};

static const struct step {
    const char *what;
    enum action action;
    uint32_t collection, first, n, version;
} steps[] = {
    {"open", OPEN},
    {"create_collection, quick", CREATE, DOCS},
    {"create_collection with a schema", CREATE, THINGS},
    {"create_collection with auto_id", CREATE, AUTO},
    {"insert", INSERT, DOCS, 0, 30, 1},
    {"insert of every type", INSERT, THINGS, 0, 12, 1},
    {"insert with auto_id", INSERT, AUTO, 0, 10, 1},
    {"search", SEARCH, DOCS},
    {"insert while loaded", INSERT, DOCS, 30, 10, 1},
    {"upsert", UPSERT, DOCS, 20, 15, 2},
    {"insert into a second chunk", INSERT, THINGS, 12, 8, 1},
    {"upsert of every type", UPSERT, THINGS, 4, 6, 2},
    {"delete", DELETE, DOCS, 5, 10},
    {"delete of a chunk's rows", DELETE, THINGS, 0, 12},
    {"search after changes", SEARCH, DOCS},
    {"create_index", INDEX, THINGS},
    {"drop_index", UNINDEX, DOCS},
    {"release_collection", RELEASE, DOCS},
    {"insert while released", INSERT, DOCS, 40, 3, 3},
    {"load_collection", LOAD, DOCS},
    {"rename_collection", RENAME, DOCS},
    {"drop_collection", DROP, AUTO},
    {"close", CLOSE},
    {"open again", OPEN},
    {"search after reopening", SEARCH, DOCS},
    {"insert after reopening", INSERT, THINGS, 0, 4, 3},
    {"delete after reopening", DELETE, DOCS, 0, 3},
    {"close at the end", CLOSE},
};

uint32_t scenario_steps(void)
{
    return COUNT(steps);
}

const char *scenario_step_name(uint32_t step)
{
    return steps[step].what;
}

bool scenario_step_is_open(uint32_t step)
{
    return steps[step].action == OPEN;
}

bool scenario_step_is_close(uint32_t step)
{
    return steps[step].action == CLOSE;
}

static const char *name_of(const struct model *m, uint32_t collection)
{
    static const char *const created[] = {"docs", "things", "auto"};
    return m->collections[collection].name ? m->collections[collection].name : created[collection];
}

/* ---- the content of rows ---- */

static void docs_vector(uint32_t k, uint32_t version, float v[DOCS_DIM])
{
    const float values[] = {(float)(2 * k + version), (float)k, -1, 0.5F};
    memcpy(v, values, sizeof values);
}

static float small_element(uint32_t k, uint32_t version, uint32_t i)
{
    return (float)(k + version) + (float)i / 4;
}

static float large_element(uint32_t k, uint32_t version, uint32_t i)
{
    return (float)((k * 31 + version * 17 + i) % 101) - 50;
}

static bool has_large(uint32_t k)
{
    return k % 5 != 0;
}

static bool has_text(uint32_t k)
{
    return k % 3 != 0;
}

static bool has_number(uint32_t k)
{
    return k % 4 != 0;
}

static const char *text(const char *format, uint32_t k, uint32_t version)
{
    static char ring[8 * MODEL_KEYS][48];
    static uint32_t at;
    char *p = ring[at++ % COUNT(ring)];
    snprintf(p, sizeof ring[0], format, k, version);
    return p;
}

static const char *key_text(uint32_t k)
{
    return text("key %u %u", k, 0);
}

/* ---- requests ---- */

static void add_docs(struct caller *c, uint32_t first, uint32_t n, uint32_t version)
{
    int64_t ids[MODEL_KEYS];
    float vectors[MODEL_KEYS][DOCS_DIM];
    const char *tags[MODEL_KEYS];
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = first + i;
        docs_vector(first + i, version, vectors[i]);
        tags[i] = text("tag %u.%u", first + i, version);
    }
    caller_i64(c, "id", ids);
    caller_f32(c, "vector", DOCS_DIM, vectors[0]);
    caller_str(c, "tag", tags);
}

static void add_thing_scalars(struct caller *c, uint32_t first, uint32_t n, uint32_t version)
{
    uint8_t flags[MODEL_KEYS], given[MODEL_KEYS / 8 + 1] = {0};
    int64_t integers[4][MODEL_KEYS], numbers[MODEL_KEYS] = {0};
    double reals[MODEL_KEYS];
    const char *texts[4][MODEL_KEYS];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = first + i;
        flags[i] = k % 2;
        integers[0][i] = (int64_t)k - 5;
        integers[1][i] = (int64_t)k * 100;
        integers[2][i] = (int64_t)k * -100000;
        integers[3][i] = (int64_t)k << 40 | version;
        reals[i] = k / 4.0;
        texts[0][i] = key_text(k);
        texts[1][i] = has_text(k) ? text("text %u.%u", k, version) : NULL;
        texts[2][i] = text("{'k':%u,'v':[%u]}", k, version);
        texts[3][i] = text("[%u,%u]", k, version);
        if (has_number(k)) {
            numbers[i] = k;
            bits_set(given, i);
        }
    }
    caller_str(c, "key", texts[0]);
    caller_bool(c, "flag", flags);
    caller_i64(c, "i8", integers[0]);
    caller_i64(c, "i16", integers[1]);
    caller_i64(c, "i32", integers[2]);
    caller_i64(c, "i64", integers[3]);
    caller_f64(c, "single", reals);
    caller_f64(c, "real", reals);
    caller_str(c, "text", texts[1]);
    caller_json(c, "json", texts[2]);
    caller_json(c, "list", texts[3]);
    caller_add(c,
               (struct column){
                   .name = STR("number"), .kind = KIND_I64, .valid = given, .given = given, .data = numbers});
}

static void add_things(struct caller *c, uint32_t first, uint32_t n, uint32_t version)
{
    static float small[MODEL_KEYS][SMALL_DIM], large[MODEL_KEYS][LARGE_DIM];
    uint8_t valid[MODEL_KEYS / 8 + 1] = {0};
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < SMALL_DIM; d++)
            small[i][d] = small_element(first + i, version, d);
        for (uint32_t d = 0; d < LARGE_DIM; d++)
            large[i][d] = has_large(first + i) ? large_element(first + i, version, d) : 0;
        if (has_large(first + i))
            bits_set(valid, i);
    }
    add_thing_scalars(c, first, n, version);
    caller_f32(c, "small", SMALL_DIM, small[0]);
    caller_add(c, (struct column){.name = STR("large"),
                                  .kind = KIND_MATRIX_F32,
                                  .width = LARGE_DIM,
                                  .valid = valid,
                                  .data = large});
}

static void add_auto(struct caller *c, uint32_t n)
{
    float vectors[MODEL_KEYS][AUTO_DIM];
    for (uint32_t i = 0; i < n; i++)
        vectors[i][0] = vectors[i][1] = 1;
    caller_f32(c, "vector", AUTO_DIM, vectors[0]);
}

static void begin_write(struct caller *c, const struct step *s, const struct model *m)
{
    caller_begin(c, s->action == UPSERT ? CALL_upsert : CALL_insert, s->n, "{'collection_name':'%s'}",
                 name_of(m, s->collection));
    switch (s->collection) {
    case DOCS: add_docs(c, s->first, s->n, s->version); break;
    case THINGS: add_things(c, s->first, s->n, s->version); break;
    default: add_auto(c, s->n); break;
    }
}

static void add_ids(struct caller *c, uint32_t collection, const uint32_t keys[], uint32_t n)
{
    int64_t ids[MODEL_KEYS];
    const char *texts[MODEL_KEYS];
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = keys[i] + (collection == AUTO); /* made ids begin with 1 */
        texts[i] = key_text(keys[i]);
    }
    if (collection == THINGS)
        caller_str(c, "ids", texts);
    else
        caller_i64(c, "ids", ids);
}

static void begin_delete(struct caller *c, const struct step *s, const struct model *m)
{
    uint32_t keys[MODEL_KEYS];
    for (uint32_t i = 0; i < s->n; i++)
        keys[i] = s->first + i;
    caller_begin(c, CALL_delete, s->n, "{'collection_name':'%s'}", name_of(m, s->collection));
    add_ids(c, s->collection, keys, s->n);
}

static void begin_create(struct caller *c, uint32_t collection)
{
    if (collection == DOCS)
        caller_begin(c, CALL_create_collection, 0,
                     "{'collection_name':'docs','dimension':%d,'metric_type':'L2'}", DOCS_DIM);
    else if (collection == AUTO)
        caller_begin(c, CALL_create_collection, 0, "{'collection_name':'auto','dimension':%d,'auto_id':true}",
                     AUTO_DIM);
    else
        caller_begin(c, CALL_create_collection, 0,
                     "{'collection_name':'things','schema':{'enable_dynamic_field':false,'fields':["
                     "{'name':'key','type':21,'is_primary':true,'max_length':100},"
                     "{'name':'flag','type':1},{'name':'i8','type':2},{'name':'i16','type':3},"
                     "{'name':'i32','type':4},{'name':'i64','type':5},{'name':'single','type':10},"
                     "{'name':'real','type':11},{'name':'text','type':21,'max_length':64,'nullable':true},"
                     "{'name':'json','type':23},{'name':'list','type':22,'element_type':4,'max_capacity':9},"
                     "{'name':'number','type':5,'default_value':7},{'name':'small','type':101,'dim':%d},"
                     "{'name':'large','type':101,'dim':%d,'nullable':true}]}}",
                     SMALL_DIM, LARGE_DIM);
}

static void begin_search(struct caller *c, const struct model *m)
{
    const float query[DOCS_DIM] = {0};
    caller_begin(c, CALL_search, 1,
                 "{'collection_name':'%s','limit':%d,'metric_type':'L2','output_fields':['tag']}",
                 name_of(m, DOCS), MODEL_KEYS);
    caller_f32(c, "data", DOCS_DIM, query);
}

static void begin(struct caller *c, const struct step *s, const struct model *m)
{
    const char *name = name_of(m, s->collection);
    switch (s->action) {
    case OPEN: caller_begin(c, CALL_open, 0, "{'path':'" SCENARIO_PATH "'}"); return;
    case CLOSE: caller_begin(c, CALL_close, 0, "{}"); return;
    case CREATE: begin_create(c, s->collection); return;
    case INSERT:
    case UPSERT: begin_write(c, s, m); return;
    case DELETE: begin_delete(c, s, m); return;
    case SEARCH: begin_search(c, m); return;
    case INDEX:
        caller_begin(c, CALL_create_index, 0,
                     "{'collection_name':'%s','index_params':[{'field_name':'small','index_type':'HNSW',"
                     "'metric_type':'IP','params':{'M':16}}]}",
                     name);
        return;
    case UNINDEX:
        caller_begin(c, CALL_drop_index, 0, "{'collection_name':'%s','index_name':'vector'}", name);
        return;
    case RELEASE: caller_begin(c, CALL_release_collection, 0, "{'collection_name':'%s'}", name); return;
    case LOAD: caller_begin(c, CALL_load_collection, 0, "{'collection_name':'%s'}", name); return;
    case RENAME:
        caller_begin(c, CALL_rename_collection, 0, "{'old_name':'%s','new_name':'renamed'}", name);
        return;
    case DROP: caller_begin(c, CALL_drop_collection, 0, "{'collection_name':'%s'}", name); return;
    }
}

/* ---- the model ---- */

void scenario_apply(struct model *m, uint32_t step)
{
    const struct step *s = &steps[step];
    struct model_collection *col = &m->collections[s->collection];
    switch (s->action) {
    case OPEN: m->is_open = true; return;
    case CLOSE: m->is_open = false; return;
    case CREATE:
        *col = (struct model_collection){.name = name_of(m, s->collection),
                                         .is_loaded = true,
                                         .index = s->collection == THINGS ? NULL : "AUTOINDEX"};
        return;
    case INSERT:
    case UPSERT: memset(col->version + s->first, (int)s->version, s->n); return;
    case DELETE: memset(col->version + s->first, 0, s->n); return;
    case SEARCH: return;
    case INDEX: col->index = "HNSW"; return;
    case UNINDEX: col->index = NULL; return;
    case RELEASE: col->is_loaded = false; return;
    case LOAD: col->is_loaded = true; return;
    case RENAME: col->name = "renamed"; return;
    case DROP: *col = (struct model_collection){0}; return;
    }
}

static uint32_t count_rows(const struct model_collection *col)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < MODEL_KEYS; k++)
        n += col->version[k] != 0;
    return n;
}

/* ---- comparing ---- */

static bool differs(const struct caller *c, const char *collection, const char *what)
{
    if (!c->quiet)
        printf("# %s: %s is not as the model says\n", collection, what);
    return false;
}

#define SAME(collection, condition)                                                                          \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return differs(c, collection, #condition);                                                       \
    } while (0)

static bool floats_are(const struct column *c, uint32_t row, uint32_t dim, const float expected[])
{
    const float *got = (const float *)c->data + (size_t)row * dim;
    return c->kind == KIND_MATRIX_F32 && c->width == dim && memcmp(got, expected, dim * sizeof *got) == 0;
}

static bool doc_is(const struct caller *c, uint32_t row, uint32_t k, uint32_t version)
{
    float vector[DOCS_DIM];
    const struct column *meta = caller_role(c, ROLE_SPREAD);
    docs_vector(k, version, vector);
    SAME("docs", caller_i64_at(caller_column(c, "id"), row) == k);
    SAME("docs", floats_are(caller_column(c, "vector"), row, DOCS_DIM, vector));
    SAME("docs", caller_text_is(meta, row, text("{'tag':'tag %u.%u'}", k, version)));
    return true;
}

static bool thing_is(const struct caller *c, uint32_t row, uint32_t k, uint32_t version)
{
    static float small[SMALL_DIM], large[LARGE_DIM];
    const struct column *words = caller_column(c, "text"), *vectors = caller_column(c, "large");
    for (uint32_t d = 0; d < SMALL_DIM; d++)
        small[d] = small_element(k, version, d);
    for (uint32_t d = 0; d < LARGE_DIM; d++)
        large[d] = large_element(k, version, d);
    SAME("things", caller_text_is(caller_column(c, "key"), row, key_text(k)));
    SAME("things", caller_i64_at(caller_column(c, "flag"), row) == k % 2);
    SAME("things", caller_i64_at(caller_column(c, "i8"), row) == (int64_t)k - 5);
    SAME("things", caller_i64_at(caller_column(c, "i16"), row) == (int64_t)k * 100);
    SAME("things", caller_i64_at(caller_column(c, "i32"), row) == (int64_t)k * -100000);
    SAME("things", caller_i64_at(caller_column(c, "i64"), row) == ((int64_t)k << 40 | version));
    SAME("things", caller_f64_at(caller_column(c, "single"), row) == k / 4.0);
    SAME("things", caller_f64_at(caller_column(c, "real"), row) == k / 4.0);
    SAME("things", column_is_null(words, row) == !has_text(k));
    SAME("things", !has_text(k) || caller_text_is(words, row, text("text %u.%u", k, version)));
    SAME("things", caller_text_is(caller_column(c, "json"), row, text("{'k':%u,'v':[%u]}", k, version)));
    SAME("things", caller_text_is(caller_column(c, "list"), row, text("[%u,%u]", k, version)));
    SAME("things", caller_i64_at(caller_column(c, "number"), row) == (has_number(k) ? k : 7));
    SAME("things", floats_are(caller_column(c, "small"), row, SMALL_DIM, small));
    SAME("things", column_is_null(vectors, row) == !has_large(k));
    SAME("things", !has_large(k) || floats_are(vectors, row, LARGE_DIM, large));
    return true;
}

static bool auto_is(const struct caller *c, uint32_t row, uint32_t k)
{
    const float vector[AUTO_DIM] = {1, 1};
    SAME("auto", caller_i64_at(caller_column(c, "id"), row) == k + 1);
    SAME("auto", floats_are(caller_column(c, "vector"), row, AUTO_DIM, vector));
    return true;
}

static bool check_rows(struct caller *c, const struct model *m, uint32_t collection)
{
    const struct model_collection *col = &m->collections[collection];
    uint32_t keys[MODEL_KEYS], row = 0;
    for (uint32_t k = 0; k < MODEL_KEYS; k++)
        keys[k] = k;
    caller_begin(c, CALL_get, MODEL_KEYS, "{'collection_name':'%s'}", col->name);
    add_ids(c, collection, keys, MODEL_KEYS);
    SAME(col->name, caller_send(c) == (col->is_loaded ? 0 : 101));
    if (!col->is_loaded)
        return true;
    SAME(col->name, c->reply.n_rows == count_rows(col));
    for (uint32_t k = 0; k < MODEL_KEYS; k++) {
        uint32_t version = col->version[k];
        if (!version)
            continue;
        SAME(col->name, collection == DOCS     ? doc_is(c, row, k, version)
                        : collection == THINGS ? thing_is(c, row, k, version)
                                               : auto_is(c, row, k));
        row++;
    }
    return true;
}

/* Hits of a search by L2 from the origin, which are all rows, nearest first. */
static bool hits_are_right(const struct caller *c, const struct model *m)
{
    const struct model_collection *col = &m->collections[DOCS];
    const struct column *ids = caller_role(c, ROLE_ID), *distances = caller_role(c, ROLE_DISTANCE);
    bool seen[MODEL_KEYS] = {false};
    SAME("docs", c->reply.n_rows == count_rows(col));
    for (uint32_t row = 0; row < c->reply.n_rows; row++) {
        float v[DOCS_DIM];
        double expected = 0;
        uint32_t k = (uint32_t)caller_i64_at(ids, row);
        SAME("docs", k < MODEL_KEYS && col->version[k] && !seen[k]);
        seen[k] = true;
        docs_vector(k, col->version[k], v);
        for (uint32_t d = 0; d < DOCS_DIM; d++)
            expected += (double)v[d] * (double)v[d];
        SAME("docs", caller_f64_at(distances, row) == expected);
        SAME("docs", row == 0 || caller_f64_at(distances, row - 1) <= expected);
        SAME("docs", caller_text_is(caller_column(c, "tag"), row, text("'tag %u.%u'", k, col->version[k])));
    }
    return true;
}

static bool check_search(struct caller *c, const struct model *m)
{
    begin_search(c, m);
    SAME("docs", caller_send(c) == (m->collections[DOCS].is_loaded ? 0 : 101));
    return c->code != 0 || hits_are_right(c, m);
}

static bool check_collection(struct caller *c, const struct model *m, uint32_t collection)
{
    const struct model_collection *col = &m->collections[collection];
    SAME(col->name, caller_do(c, CALL_get_collection_stats, "{'collection_name':'%s'}", col->name) == 0);
    SAME(col->name, caller_int(c, "row_count") == count_rows(col));
    SAME(col->name, caller_do(c, CALL_get_load_state, "{'collection_name':'%s'}", col->name) == 0);
    SAME(col->name, caller_int(c, "state") == (col->is_loaded ? LOAD_STATE_Loaded : LOAD_STATE_NotLoad));
    SAME(col->name, caller_do(c, CALL_describe_index, "{'collection_name':'%s'}", col->name) == 0);
    SAME(col->name, caller_says(c, col->index ? "'index_type':" : "'value':null"));
    SAME(col->name, !col->index || caller_says(c, col->index));
    return check_rows(c, m, collection);
}

static bool check_names(struct caller *c, const struct model *m)
{
    /* by name: auto, docs, renamed, things */
    static const uint32_t by_name[] = {AUTO, DOCS, THINGS};
    char list[128] = "'value':[";
    bool first = true;
    for (uint32_t i = 0; i < COUNT(by_name); i++) {
        const char *name = m->collections[by_name[i]].name;
        if (!name)
            continue;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s'%s'", first ? "" : ",", name);
        first = false;
    }
    snprintf(list + strlen(list), sizeof list - strlen(list), "]");
    SAME("the list", caller_do(c, CALL_list_collections, "{}") == 0);
    SAME("the list", caller_says(c, list));
    return true;
}

bool scenario_check(struct caller *c, const struct model *m)
{
    if (!m->is_open)
        return caller_do(c, CALL_list_collections, "{}") == 1; /* not connected */
    if (!check_names(c, m))
        return false;
    for (uint32_t i = 0; i < MODEL_COLLECTIONS; i++)
        if (m->collections[i].name && !check_collection(c, m, i))
            return false;
    return !m->collections[DOCS].name || check_search(c, m);
}

bool scenario_check_reopened(struct caller *c, const struct model *m)
{
    struct model open = *m;
    open.is_open = true;
    if (caller_do(c, CALL_open, "{'path':'" SCENARIO_PATH "'}") != 0) {
        if (!c->quiet)
            printf("# the file cannot be opened: %s\n", c->params ? c->params : "(no reply)");
        return false;
    }
    return scenario_check(c, &open);
}

/* Ids of an insert: those given, or made in order from 1 on. */
static bool ids_are_right(const struct caller *c, const struct step *s)
{
    const struct column *ids = caller_role(c, ROLE_ID);
    SAME("ids", ids && c->reply.n_rows == s->n);
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t k = s->first + i;
        SAME("ids", s->collection == THINGS ? caller_text_is(ids, i, key_text(k))
                                            : caller_i64_at(ids, i) == k + (s->collection == AUTO));
    }
    return true;
}

int scenario_send(struct caller *c, uint32_t step, const struct model *m, bool *wrong)
{
    const struct step *s = &steps[step];
    begin(c, s, m);
    if (caller_send(c) != 0)
        return c->code;
    if (s->action == INSERT || s->action == UPSERT)
        *wrong |= !ids_are_right(c, s);
    if (s->action == SEARCH)
        *wrong |= !hits_are_right(c, m);
    return 0;
}
