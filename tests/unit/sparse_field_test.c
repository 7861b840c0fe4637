#include "engine/sparse_field.h"

#include "databases.h"
#include "engine/indexes.h"
#include "faults.h"
#include "index/postings.h"
#include "storage/sql.h"

#define SPARSE_SCHEMA                                                                                        \
    "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'s','type':104,'nullable':true}]}"

enum { FIELD = 1, N = 2600 }; /* more than are read at once */

/* Rows first, first + 1, ...: key k has { k % 7: k }, every fifth is null. */
static int write_rows(struct collection *c, int64_t first, uint32_t n)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct write *w;
    int64_t *ids = arena_array(&a, n, sizeof *ids);
    char *text = arena_array(&a, n, 32);
    uint32_t *offsets = arena_array(&a, (size_t)n + 1, sizeof *offsets);
    if (!ids || !text || !offsets) {
        arena_fini(&a);
        return MVL_NOMEM;
    }
    offsets[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = first + i;
        int length = ids[i] % 5 == 0
                         ? snprintf(text + offsets[i], 32, "null")
                         : snprintf(text + offsets[i], 32, "{\"%d\":%d}", (int)(ids[i] % 7), (int)ids[i]);
        offsets[i + 1] = offsets[i] + (uint32_t)length;
    }
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("s"), .kind = KIND_JSON, .offsets = offsets, .data = text}};
    struct batch batch = {columns, 2, n};
    int rc = collection_prepare(c, &batch, WRITE_INSERT, &a, &w, &e);
    if (rc == MVL_OK)
        rc = collection_commit(c, w, &e);
    arena_fini(&a);
    return rc;
}

static struct db *db_with_sparse(uint32_t n)
{
    struct db *db = db_empty();
    CHECK_EQ_INT(db_create(db, "docs", SPARSE_SCHEMA), MVL_OK);
    CHECK_EQ_INT(write_rows(db_lookup(db, STR("docs")), 0, n), MVL_OK);
    return db;
}

/* Rows that are present and have { 3: .. }, found by the index. */
static uint32_t count_found(struct collection *c)
{
    uint8_t pair[SPARSE_PAIR_BYTES] = {3, 0, 0, 0, 0, 0, 0x80, 0x3f}; /* { 3: 1 } */
    struct sparse_vector v = {pair, 1};
    struct index_query q = {.vector = &v, .metric = METRIC_IP, .nearest = -INFINITY, .farthest = INFINITY};
    const struct loaded_field *f = &c->fields[FIELD];
    struct topk found;
    CHECK_EQ_INT(topk_init(&found, 10000), MVL_OK);
    CHECK_EQ_INT(f->ops->search(f->index, &q, &found), MVL_OK);
    uint32_t n = found.n;
    topk_fini(&found);
    return n;
}

static uint32_t expected(int64_t first, int64_t end)
{
    uint32_t n = 0;
    for (int64_t id = first; id < end; id++)
        n += id % 7 == 3 && id % 5 != 0;
    return n;
}

TEST(the_index_has_all_rows_and_reads_on)
{
    struct db *db = db_with_sparse(N);
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(sparse_field_bytes(c), 0);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(c->fields[FIELD].vectors->n_present, N - N / 5);
    CHECK_EQ_INT(count_found(c), expected(0, N));
    uint64_t bytes = sparse_field_bytes(c);
    CHECK(bytes > N * sizeof(uint64_t) / 2);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(write_rows(c, N, 50), MVL_OK);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(count_found(c), expected(0, N + 50));
    CHECK_EQ_INT(write_rows(c, 10, 1), MVL_OK); /* replaces: { 3: 10 } goes and is null */
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(count_found(c), expected(0, N + 50));
    CHECK_EQ_INT(docs_delete(c, (int64_t[]){3, 17, 4}, 3), 3);
    CHECK_EQ_INT(count_found(c), expected(0, N + 50) - 2);
    db = db_reopened(db);
    c = db_lookup(db, STR("docs"));
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(count_found(c), expected(0, N + 50) - 2);
    db_done(db);
}

TEST(idle_slices_read_what_is_defined_or_searched)
{
    struct db *db = db_with_sparse(N);
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    CHECK_EQ_INT(sparse_field_work(c), 0);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_EQ_INT(sparse_field_work(c), 0); /* nobody has asked for it */
    CHECK_CODE(sparse_field_maintain(c, 1000, &e), MVL_OK);
    CHECK_EQ_INT(sparse_field_bytes(c), 0);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(write_rows(c, N, 500), MVL_OK);
    uint32_t n_slices = 0;
    for (uint64_t before; (before = sparse_field_work(c)) > 0; n_slices++) {
        CHECK_CODE(sparse_field_maintain(c, 100, &e), MVL_OK);
        if (!CHECK(sparse_field_work(c) < before))
            break;
    }
    CHECK(n_slices > 10);
    CHECK_EQ_INT(count_found(c), expected(0, N + 500));
    CHECK_EQ_INT(write_rows(c, N + 500, 5), MVL_OK);
    mem_fail_nth(1);
    CHECK_CODE(sparse_field_maintain(c, 100, &e), MVL_OK);
    mem_fail_nth(0);
    CHECK_EQ_INT(sparse_field_work(c), 0); /* it has given up */
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_OK);
    CHECK_EQ_INT(count_found(c), expected(0, N + 505));
    db_done(db);
}

TEST(a_definition_is_enough_for_idle_slices)
{
    struct db *db = db_with_sparse(N);
    struct collection *c = db_lookup(db, STR("docs"));
    struct index_request r = {.field = STR("s"), .type = STR("SPARSE_INVERTED_INDEX"), .metric = STR("IP")};
    struct index_definition *d = NULL;
    struct error e;
    CHECK_CODE(index_definition_create(c->schema, &r, &d, &e), MVL_OK);
    CHECK_CODE(collection_add_indexes(c, c->schema, &d, 1, &e), MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    while (sparse_field_work(c) && e.code == MVL_OK)
        CHECK_CODE(collection_maintain(c, 1000, &e), MVL_OK);
    CHECK_EQ_INT(c->fields[FIELD].vectors->n_rows, N);
    CHECK_EQ_INT(count_found(c), expected(0, N));
    db_done(db);
}

TEST(no_memory_leaves_rows_to_the_next_time)
{
    struct db *db = db_with_sparse(1500);
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    for (uint64_t nth = 1, n_failed = 1; n_failed; nth += 7) {
        mem_fail_nth(0);
        mem_fail_nth(nth);
        int rc = sparse_field_load(c, FIELD, &e);
        n_failed = mem_fail_nth(0) >= nth;
        CHECK(rc == MVL_OK || rc == MVL_NOMEM);
        if (rc == MVL_OK)
            break;
    }
    CHECK_EQ_INT(count_found(c), expected(0, 1500));
    CHECK_EQ_INT(c->fields[FIELD].vectors->n_present, 1200);
    db_done(db);
}

TEST(damage_is_told)
{
    struct db *db = db_with_sparse(5);
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e;
    CHECK_CODE(sql_exec(c->store->db, &e, "UPDATE e%lld SET s = x'0102030405060708ff'", (long long)c->id),
               MVL_OK);
    CHECK_CODE(collection_load(c, &e), MVL_OK);
    CHECK_CODE(sparse_field_load(c, FIELD, &e), MVL_DAMAGED);
    CHECK_STR(e.reason, "the vector of row 0 in field 's' is damaged");
    db_done(db);
}
