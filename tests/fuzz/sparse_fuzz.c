/* Sparse vectors: any text is refused or packed, and what was packed reads back; any bytes are refused or read. */
#include <stdlib.h>

#include "schema/coerce_sparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(bool held)
{
    if (!held)
        abort();
}

static void sum_up(const struct sparse_vector *v)
{
    double sum = 0;
    for (uint32_t i = 0; i < v->n; i++)
        sum += (double)sparse_index(v, i) + (double)sparse_value(v, i);
    expect(sum == sum);
}

static void pack(struct str text, struct arena *a)
{
    const struct field field = {.name = STR("v"), .type = DATA_TYPE_SPARSE_FLOAT_VECTOR};
    struct error e = ERROR_NONE;
    struct writer w = {0};
    struct json *j;
    struct sparse_vector v;
    if (json_parse(text, a, &j, "v", &e) != MVL_OK)
        return;
    struct item item = item_from_json(j);
    if (sparse_pack(&field, 0, &item, a, &w, &e) == MVL_OK) {
        expect(sparse_read(w.n ? w.p : (const uint8_t *)"", w.n, &v));
        sum_up(&v);
    } else {
        expect(e.code != MVL_OK && e.reason[0]);
    }
    writer_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a = {0};
    struct sparse_vector v;
    if (n > 1 << 16)
        return 0;
    if (sparse_read(data, n, &v))
        sum_up(&v);
    pack((struct str){(const char *)data, (uint32_t)n}, &a);
    arena_fini(&a);
    return 0;
}
