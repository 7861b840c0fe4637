#include "engine/query_vectors.h"

#include "databases.h"

/* A search of the field v, by keys when there are any, as far as its queries. */
static int resolve(struct collection *c, const int64_t keys[], uint32_t n, struct plan *p, struct arena *a,
                   struct error *e)
{
    struct column column = {.name = STR("ids"), .kind = KIND_I64, .data = keys};
    struct search_request r = {.keys = &column, .n_keys = n};
    *p = (struct plan){.field = (uint32_t)schema_find(c->schema, STR("v")), .metric = METRIC_L2};
    return query_vectors_resolve(c, &r, p, a, e);
}

TEST(queries_are_the_vectors_of_entities)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    const int64_t ids[] = {5, 6, 7}, wanted[] = {7, 5, 7};
    float vectors[3][V_DIM];
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t d = 0; d < V_DIM; d++)
            vectors[i][d] = (float)(10 * i + d);
    struct column columns[] = {{.name = STR("id"), .kind = KIND_I64, .data = ids},
                               {.name = STR("v"), .kind = KIND_MATRIX_F32, .width = V_DIM, .data = vectors}};
    struct batch batch = {columns, 2, 3};
    struct write *w;
    struct plan p;
    CHECK_CODE(collection_prepare(c, &batch, WRITE_INSERT, &a, &w, &e), MVL_OK);
    CHECK_CODE(collection_commit(c, w, &e), MVL_OK);
    CHECK_CODE(resolve(c, wanted, 3, &p, &a, &e), MVL_OK);
    CHECK_EQ_INT(p.n_queries, 3);
    CHECK_EQ_INT(p.query_bytes, sizeof vectors[0]);
    for (uint32_t i = 0; i < 3 * V_DIM; i++)
        CHECK(((const float *)p.queries)[i] == vectors[wanted[i / V_DIM] - 5][i % V_DIM]);
    arena_fini(&a);
    db_done(db);
}

TEST(keys_that_lead_nowhere_are_named)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct db *db = db_with_docs();
    struct collection *c = db_lookup(db, STR("docs"));
    const int64_t ids[] = {INT64_C(-5)};
    struct plan p;
    CHECK_CODE(resolve(c, ids, 1, &p, &a, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, "ids must name entities with a vector in field 'v', got -5: there is none");
    CHECK_EQ_INT(e.row, 0);
    CHECK_CODE(resolve(c, ids, 0, &p, &a, &e), MVL_PARAM_INVALID);
    arena_fini(&a);
    db_done(db);
}
