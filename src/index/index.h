/* What every index can do, and which indexes there are.
 *
 * A new index is one file with an index_ops and one line in index.c. */
#pragma once
#include "base/error.h"
#include "base/metric.h"
#include "base/topk.h"
#include "table/vectors.h"

/* A parameter of an index: "M", 2..2048. */
struct index_param {
    const char *name;
    int64_t min, max;
};

struct index_query {
    const float *vector; /* [dim] */
    enum metric metric;
    const struct bitmap *allow; /* rows that may be found; NULL: all */
    double nearest, farthest;   /* orders below nearest or above farthest are not wanted */
};

struct index;

struct index_ops {
    /* Returns 0 or MVL_NOMEM. Borrows v, which outlives the index. The metric is that of its searches; a query with
     * another is answered exactly. */
    int (*create)(struct index **out, const struct vectors *v, enum metric m);
    void (*destroy)(struct index *ix);

    /* An index follows its vectors in slices of work, between requests; rows it does not know yet are scanned.
     * pending: how many rows are still to be worked in. maintain: works in about n_rows of them; 0 or MVL_NOMEM.
     * NULL where there is nothing to do. */
    uint32_t (*pending)(const struct index *ix);
    int (*maintain)(struct index *ix, uint32_t n_rows);

    /* Pushes the nearest present rows into out, whose k says how many: never fewer than there are, up to k. Returns 0
     * or MVL_NOMEM. */
    int (*search)(const struct index *ix, const struct index_query *q, struct topk *out);

    size_t (*bytes)(const struct index *ix); /* of memory, without the vectors */
};

/* An index type as users name it. */
struct index_type {
    const char *name;
    const struct index_param *params; /* [n_params]: what create_index may set */
    uint32_t n_params;
    const struct index_ops *ops; /* what serves it */
};

/* The type of that name (case ignored), or NULL. An empty name is AUTOINDEX. */
const struct index_type *index_type_find(struct str name);

/* The i-th type, or NULL past the last: for messages. */
const struct index_type *index_type_at(uint32_t i);

const struct index_param *index_param_find(const struct index_type *type, struct str name);
