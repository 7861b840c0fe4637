#include "engine/order.h"

#include <stdlib.h>

#include "databases.h"
#include "random.h"

enum { N = 400 };

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The ids of row 0, 1, ..., which are their keys. */
static struct collection *docs_of(struct db *db, int64_t ids[], uint32_t n)
{
    struct collection *c = db_lookup(db, STR("docs"));
    struct error e = ERROR_NONE;
    CHECK_CODE(docs_write(c, ids, n, 1, &e), MVL_OK);
    return c;
}

/* Orders all rows and compares with sorted [n], from the first that is greater than after on. */
static void check_order(struct collection *c, const int64_t ids[], const int64_t sorted[],
                        const int64_t *after, uint32_t wanted)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    uint32_t rows[N], n = N, first = 0;
    struct column key = {.kind = KIND_I64, .data = after};
    for (uint32_t i = 0; i < N; i++)
        rows[i] = i;
    while (after && first < N && sorted[first] <= *after)
        first++;
    CHECK_CODE(order_by_key(c, after ? &key : NULL, wanted, rows, &n, &a, &e), MVL_OK);
    CHECK_EQ_INT(n, wanted < N - first ? wanted : N - first);
    for (uint32_t i = 0; i < n; i++)
        CHECK_EQ_INT(ids[rows[i]], sorted[first + i]);
    arena_fini(&a);
}

static void check_orders(int64_t ids[])
{
    static const uint32_t wanted[] = {0, 1, 2, 7, 100, N - 1, N, N + 1};
    int64_t sorted[N];
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, ids, N);
    memcpy(sorted, ids, sizeof sorted);
    qsort(sorted, N, sizeof *sorted, compare_ids);
    const int64_t afters[] = {INT64_MIN,      sorted[0] - 1, sorted[0],
                              sorted[13] + 1, sorted[N / 2], sorted[N - 1]};
    for (size_t w = 0; w < COUNT(wanted); w++) {
        check_order(c, ids, sorted, NULL, wanted[w]);
        for (size_t i = 0; i < COUNT(afters); i++)
            check_order(c, ids, sorted, &afters[i], wanted[w]);
    }
    db_done(db);
}

TEST(rows_come_by_key_however_they_were_written)
{
    int64_t up[N], down[N], shuffled[N], sawtooth[N];
    for (int64_t i = 0; i < N; i++) {
        up[i] = 3 * i - 500;
        down[i] = -7 * i;
        shuffled[i] = i * 263 % 401 * 1000;
        sawtooth[i] = i % 2 ? i : -i;
    }
    check_orders(up);
    check_orders(down);
    check_orders(shuffled);
    check_orders(sawtooth);
}

TEST(a_key_of_another_type_is_refused)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    int64_t ids[] = {3, 1, 2};
    uint32_t rows[] = {0, 1, 2}, n = 3, offsets[] = {0, 1};
    struct db *db = db_with_docs();
    struct collection *c = docs_of(db, ids, 3);
    struct column text = {.kind = KIND_STR, .offsets = offsets, .data = "x"};
    CHECK_CODE(order_by_key(c, &text, 3, rows, &n, &a, &e), MVL_DATA_NOT_MATCH);
    CHECK_EQ_INT(n, 3);
    arena_fini(&a);
    db_done(db);
}
