/* What indexes keep in the file, with a part of it cut or changed in some bytes: refused, or an index that answers. The
 * input's first byte says which part, four say where to cut, then each four change a byte. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "index/hnsw.h"
#include "index/index.h"
#include "index/scan.h"

enum { DIM = 40, N = 4160, K = 10, MOST_PARTS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The kinds of indexes, and their parts as they were written. */
static struct kind {
    const struct index_ops *ops;
    uint32_t n_parts;
    bool exists[MOST_PARTS];
    struct writer parts[MOST_PARTS];
} kinds[] = {{&scan_ops}, {&hnsw_ops}};

static struct vectors *vectors;

static void stop_unless(bool held)
{
    if (!held)
        abort();
}

static struct index *create(const struct index_ops *ops)
{
    struct index *ix = NULL;
    const struct index_settings settings = {.M = 8, .ef_construction = 40};
    stop_unless(ops->create(&ix, vectors, METRIC_L2, &settings) == MVL_OK);
    return ix;
}

static void write_parts(struct kind *kind)
{
    struct index *ix = create(kind->ops);
    while (kind->ops->work(ix) > 0)
        stop_unless(kind->ops->maintain(ix, 1 << 20) == MVL_OK);
    kind->n_parts = kind->ops->n_parts(ix);
    stop_unless(kind->n_parts > 0 && kind->n_parts <= MOST_PARTS);
    for (uint32_t i = 0; i < kind->n_parts; i++) {
        kind->exists[i] = kind->ops->part_version(ix, i) != 0;
        if (kind->exists[i])
            kind->ops->part_write(ix, i, &kind->parts[i]);
    }
    kind->ops->destroy(ix);
}

static void begin(void)
{
    uint32_t state = 1;
    stop_unless(vectors_create(&vectors, VECTOR_F32, DIM, 7) == MVL_OK &&
                vectors_reserve(vectors, N) == MVL_OK);
    for (uint32_t row = 0; row < N; row++)
        for (uint32_t i = 0; i < DIM; i++)
            ((float *)vectors_slot(vectors, row))[i] = (float)((state = state * 1664525 + 1013904223) >> 8) /
                                                       (1 << 24);
    vectors_publish(vectors, 0, N, NULL);
    for (size_t i = 0; i < COUNT(kinds); i++)
        write_parts(&kinds[i]);
    for (uint32_t row = 0; row < N; row += row % 7 + 1) /* some have gone since */
        vectors_remove(vectors, row);
}

/* The kind and the part that an input is about. */
static struct kind *kind_of(uint8_t first, uint32_t *part)
{
    struct kind *kind = &kinds[first % COUNT(kinds)];
    *part = first / (uint32_t)COUNT(kinds) % kind->n_parts;
    return kind;
}

/* A part as it was written, with the changes that an input says, in memory of just its size. */
static uint8_t *change(const struct writer *part, const uint8_t *data, size_t n_data, size_t *n)
{
    uint32_t cut = n_data >= 4 ? bytes_u32(data) : 0;
    *n = part->n > 0 && cut % 8 == 7 ? cut / 8 % part->n : part->n;
    uint8_t *bytes = malloc(*n ? *n : 1);
    stop_unless(bytes != NULL);
    if (*n)
        memcpy(bytes, part->p, *n);
    for (size_t at = 4; *n && at + 4 <= n_data; at += 4) {
        uint32_t patch = bytes_u32(data + at);
        bytes[(patch >> 8) % *n] = (uint8_t)patch;
    }
    return bytes;
}

static void search(const struct index_ops *ops, const struct index *ix)
{
    float vector[DIM];
    struct topk found = {0};
    for (uint32_t i = 0; i < DIM; i++)
        vector[i] = (float)i / DIM;
    const struct index_query q = {
        .vector = vector, .metric = METRIC_L2, .nearest = -INFINITY, .farthest = INFINITY, .ef = K};
    stop_unless(topk_init(&found, K) == MVL_OK && ops->search(ix, &q, &found) == MVL_OK && found.n == K);
    for (uint32_t i = 0; i < found.n; i++)
        stop_unless(bitmap_test(&vectors->present, found.entries[i].row));
    topk_fini(&found);
}

static int read_parts(const struct kind *kind, struct index *ix, uint32_t changed, const uint8_t *bytes,
                      size_t n)
{
    for (uint32_t i = 0; i < kind->n_parts; i++)
        if (kind->exists[i])
            TRY(i == changed ? kind->ops->part_read(ix, i, bytes, n)
                             : kind->ops->part_read(ix, i, kind->parts[i].p, kind->parts[i].n));
    return kind->ops->part_read_end(ix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint32_t part;
    if (!vectors)
        begin();
    if (n == 0)
        return 0;
    const struct kind *kind = kind_of(data[0], &part);
    size_t n_changed;
    uint8_t *changed = change(&kind->parts[part], data + 1, n - 1, &n_changed);
    struct index *ix = create(kind->ops);
    int rc = read_parts(kind, ix, part, changed, n_changed);
    free(changed);
    stop_unless(rc == MVL_OK || rc == MVL_DAMAGED);
    if (rc == MVL_OK) {
        search(kind->ops, ix);
        stop_unless(kind->ops->maintain(ix, 1 << 16) == MVL_OK);
        search(kind->ops, ix);
    }
    kind->ops->destroy(ix);
    return 0;
}
