/* A database in memory with one collection, "docs": key id, nullable text, vector v of 2 numbers, nullable vector w
 * of 3, dynamic fields. */
#ifndef DATABASES_H
#define DATABASES_H

#include "base/mem.h"
#include "engine/db.h"
#include "engine/delete.h"
#include "engine/query.h"
#include "engine/search.h"
#include "platform_memory.h"
#include "schemas.h"
#include "vfs.h"

#define DB_PATH "/data/test.db"
#define DOCS_SCHEMA                                                                                          \
    "{'enable_dynamic_field':true,'fields':[{'name':'id','type':5,'is_primary':true},"                       \
    "{'name':'text','type':21,'max_length':20,'nullable':true},{'name':'v','type':101,'dim':2},"             \
    "{'name':'w','type':101,'dim':3,'nullable':true}]}"

enum { DOCS_ID, DOCS_TEXT, DOCS_V, DOCS_W, DOCS_FIELDS, V_DIM = 2, W_DIM = 3, MOST_ROWS = 5000 };

/* Prints the reason when a call did not return what was expected. */
#define CHECK_CODE(call, expected)                                                                           \
    do {                                                                                                     \
        e = ERROR_NONE;                                                                                      \
        if (!CHECK_EQ_INT(call, expected))                                                                   \
            printf("# %s\n", e.reason);                                                                      \
    } while (0)

static inline struct db *db_reopened(struct db *db)
{
    struct error e = ERROR_NONE;
    CHECK_CODE(db_close(db, &e), MVL_OK);
    db = NULL;
    CHECK_CODE(db_open(&db, STR(DB_PATH), (struct store_options){0}, &e), MVL_OK);
    return db;
}

static inline struct db *db_empty(void)
{
    CHECK_EQ_INT(vfs_register(), 0);
    platform_memory_reset();
    return db_reopened(NULL);
}

static inline int db_create(struct db *db, const char *name, const char *schema)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct collection_request r = {.name = str_of(name), .schema = schema_of(&a, schema)};
    int rc = db_create_collection(db, &r, &e);
    arena_fini(&a);
    return rc;
}

static inline struct db *db_with_docs(void)
{
    struct db *db = db_empty();
    CHECK_EQ_INT(db_create(db, "docs", DOCS_SCHEMA), MVL_OK);
    return db;
}

static inline void db_done(struct db *db)
{
    struct error e = ERROR_NONE;
    CHECK_CODE(db_close(db, &e), MVL_OK);
}

/* Writes rows with these ids. v is (id, version), w is (id, version, 1) or null for multiples of 3, the text is
 * "<id>" or null for multiples of 4, a dynamic field "d" is version. */
static inline int docs_write(struct collection *c, const int64_t ids[], uint32_t n, int64_t version,
                             struct error *e)
{
    static float v[MOST_ROWS][V_DIM], w[MOST_ROWS][W_DIM];
    static char text[MOST_ROWS * 8];
    static uint32_t ends[MOST_ROWS + 1];
    static int64_t versions[MOST_ROWS];
    static uint8_t has_w[MOST_ROWS / 8 + 1], has_text[MOST_ROWS / 8 + 1];
    struct arena a = {0};
    struct write *write;
    memset(has_w, 0, sizeof has_w);
    memset(has_text, 0, sizeof has_text);
    for (uint32_t i = 0; i < n; i++) {
        float id = (float)ids[i];
        v[i][0] = w[i][0] = id;
        v[i][1] = w[i][1] = (float)version;
        w[i][2] = 1;
        versions[i] = version;
        ends[i + 1] = ends[i];
        if (ids[i] % 3)
            bits_set(has_w, i);
        if (ids[i] % 4) {
            bits_set(has_text, i);
            ends[i + 1] += (uint32_t)snprintf(text + ends[i], 8, "%d", (int)(ids[i] % 1000000));
        }
    }
    struct column columns[] = {
        {.name = STR("w"), .kind = KIND_MATRIX_F32, .width = W_DIM, .valid = has_w, .data = w},
        {.name = STR("id"), .kind = KIND_I64, .data = ids},
        {.name = STR("d"), .kind = KIND_I64, .data = versions},
        {.name = STR("text"), .kind = KIND_STR, .valid = has_text, .offsets = ends, .data = text},
        {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = V_DIM, .data = v},
    };
    struct batch batch = {columns, COUNT(columns), n};
    int rc = collection_prepare(c, &batch, WRITE_INSERT, &a, &write, e);
    if (rc == MVL_OK)
        rc = collection_commit(c, write, e);
    arena_fini(&a);
    return rc;
}

static inline int docs_write_range(struct collection *c, int64_t first, uint32_t n, int64_t version)
{
    static int64_t ids[MOST_ROWS];
    struct error e = ERROR_NONE;
    for (uint32_t i = 0; i < n; i++)
        ids[i] = first + i;
    return docs_write(c, ids, n, version, &e);
}

static inline uint32_t docs_delete(struct collection *c, const int64_t ids[], uint32_t n)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct column keys = {.kind = KIND_I64, .data = ids};
    uint32_t n_deleted = UINT32_MAX;
    const struct delete_request r = {.keys = &keys, .n_keys = n};
    CHECK_CODE(collection_delete(c, &r, &a, &n_deleted, &e), MVL_OK);
    arena_fini(&a);
    return n_deleted;
}

/* The column of that name in a batch, or NULL. */
static inline const struct column *batch_column(const struct batch *b, const char *name)
{
    for (uint32_t i = 0; i < b->n_columns; i++)
        if (str_eq(b->columns[i].name, str_of(name)))
            return &b->columns[i];
    return NULL;
}

/* Does the collection hold exactly these rows? versions[id] is 0 for ids that are not there. */
static inline void docs_check(struct collection *c, const int64_t versions[], uint32_t n_ids)
{
    static int64_t ids[MOST_ROWS];
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct batch rows;
    uint32_t row = 0, n_wrong = 0;
    for (uint32_t i = 0; i < n_ids; i++)
        ids[i] = i;
    struct column keys = {.kind = KIND_I64, .data = ids};
    CHECK_CODE(collection_get(c, &keys, n_ids, NULL, 0, &a, &rows, &e), MVL_OK);
    const struct column *got = e.code == MVL_OK ? batch_column(&rows, "id") : NULL;
    if (!got)
        return;
    const struct column *v = batch_column(&rows, "v"), *w = batch_column(&rows, "w");
    const struct column *text = batch_column(&rows, "text"), *meta = batch_column(&rows, "$meta");
    for (uint32_t id = 0; id < n_ids; id++) {
        if (!versions[id])
            continue;
        if (!CHECK(row < rows.n_rows))
            break;
        char expected[32];
        const float *gv = (const float *)v->data + (size_t)row * V_DIM,
                    *gw = (const float *)w->data + (size_t)row * W_DIM;
        snprintf(expected, sizeof expected, "{\"d\":%lld}", (long long)versions[id]);
        n_wrong += ((const int64_t *)got->data)[row] != id;
        n_wrong += gv[0] != (float)id || gv[1] != (float)versions[id];
        n_wrong += column_is_null(w, row) != (id % 3 == 0);
        n_wrong += id % 3 && (gw[0] != (float)id || gw[1] != (float)versions[id] || gw[2] != 1);
        n_wrong += column_is_null(text, row) != (id % 4 == 0);
        n_wrong += !str_eq(column_text(meta, row), str_of(expected));
        snprintf(expected, sizeof expected, "%u", id);
        n_wrong += id % 4 && !str_eq(column_text(text, row), str_of(expected));
        row++;
    }
    CHECK_EQ_INT(n_wrong, 0);
    CHECK_EQ_INT(rows.n_rows, row);
    CHECK_EQ_INT(collection_count(c), row);
    arena_fini(&a);
}

#endif
