/* What every index can do, and which indexes there are.
 *
 * A new index is one file with an index_ops and one line in index.c. */
#pragma once
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/metric.h"
#include "base/topk.h"
#include "table/vectors.h"

/* What an index is built with. */
struct index_settings {
    uint32_t M, ef_construction;
    uint32_t graph_rows; /* with fewer there is no graph */
    uint32_t code_bits;  /* a dimension, of the codes that a graph has of its rows: 8 or 4 */
};

/* A parameter of an index: "M", 2..2048, where it goes, and what it is when nobody says; or one of some words. */
struct index_param {
    const char *name;
    int64_t min, max;
    size_t at; /* in struct index_settings, a uint32_t; NO_SETTING: known from Milvus, without effect here */
    uint32_t otherwise;
    const char *words;        /* "SQ6 SQ8": one of these, instead of an integer */
    const uint32_t *meanings; /* [words]: what each of them sets */
    bool is_real;             /* a number, min..max, that is kept as it was written */
};

#define NO_SETTING SIZE_MAX

/* How a search went, for those who ask. */
struct index_report {
    double (*now)(void);           /* milliseconds; the asker's */
    const char *plan;              /* "exact", "codes", "graph" or "postings" */
    uint32_t n_estimated, n_exact; /* rows whose order was estimated by codes, was computed from vectors */
    double estimate_ms, exact_ms;
};

/* Additions to a report that may be NULL; start: what report_time gave before the work. */
static inline double report_time(const struct index_report *r)
{
    return r ? r->now() : 0;
}

static inline void report_estimates(struct index_report *r, uint32_t n, double start)
{
    if (!r)
        return;
    r->n_estimated += n;
    r->estimate_ms += r->now() - start;
}

static inline void report_exact(struct index_report *r, uint32_t n, double start)
{
    if (!r)
        return;
    r->n_exact += n;
    r->exact_ms += r->now() - start;
}

static inline void report_plan(struct index_report *r, const char *plan)
{
    if (r)
        r->plan = plan;
}

struct index_query {
    const void *vector; /* [dim] floats, or bits */
    enum metric metric;
    const struct bitmap *allow;  /* rows that may be found; NULL: all */
    double nearest, farthest;    /* orders below nearest or above farthest are not wanted */
    bool exact;                  /* not one of the nearest may be missing */
    uint32_t ef;                 /* how many candidates a graph keeps; 0: its own choice */
    struct index_report *report; /* NULL: nobody asks */
};

struct index;

struct index_ops {
    /* Returns 0 or MVL_NOMEM. Borrows v, which outlives the index. The metric is that of its searches; a query with
     * another is answered exactly. */
    int (*create)(struct index **out, const struct vectors *v, enum metric m,
                  const struct index_settings *settings);
    void (*destroy)(struct index *ix);

    /* An index follows its vectors in slices of work, between requests; rows it does not know yet are scanned.
     * pending: how many rows are not worked in yet. work: the effort that is left, in about microseconds. maintain:
     * works for about so much effort; 0 or what reading vectors returns. NULL where there is nothing to do. */
    uint32_t (*pending)(const struct index *ix);
    uint64_t (*work)(const struct index *ix);
    int (*maintain)(struct index *ix, uint32_t effort);

    /* Pushes the nearest present rows into out, whose k says how many: never fewer than there are, up to k. Returns 0,
     * MVL_NOMEM or what reading vectors returns. */
    int (*search)(const struct index *ix, const struct index_query *q, struct topk *out);

    size_t (*bytes)(const struct index *ix); /* of memory, without the vectors */

    /* What of the index is worth keeping in the file, so that opening it needs no rebuilding: numbered parts, small
     * enough to write one in a slice. NULL: nothing is.
     *
     * n_parts: part 0 says what the others are. part_version: changes whenever the part does; 0 for one that does not
     * exist. part_write: appends its bytes; out of memory shows in w. part_read: takes the parts of one moment into a
     * new index, 0 first and ascending, then part_read_end; rows may have gone and come since. Both check everything
     * they read. Return 0, MVL_NOMEM, or MVL_DAMAGED, after which the index is only to be destroyed. */
    uint32_t (*n_parts)(const struct index *ix);
    uint64_t (*part_version)(const struct index *ix, uint32_t part);
    void (*part_write)(const struct index *ix, uint32_t part, struct writer *w);
    int (*part_read)(struct index *ix, uint32_t part, const uint8_t *bytes, size_t n);
    int (*part_read_end)(struct index *ix);
};

/* An index type as users name it. */
struct index_type {
    const char *name;
    enum vector_family family;        /* what it is for */
    const struct index_param *params; /* [n_params]: what create_index may set */
    uint32_t n_params;
    bool is_graph;    /* searches have an ef */
    const char *plan; /* how it finds rows by its name, in the words of index_report; NULL: in no known way */
    uint32_t graph_rows;         /* fewer rows have no graph, where there is any */
    const struct index_ops *ops; /* what serves it */
};

/* The type of that name (case ignored) for such vectors, or NULL. An empty name is AUTOINDEX. */
const struct index_type *index_type_find(struct str name, enum vector_family family);

/* The first type of that name for vectors of any kind, or NULL. */
const struct index_type *index_type_of_vectors(struct str name);

/* What serves exact searches. */
const struct index_type *index_type_exact(enum vector_family family);

/* The i-th type, or NULL past the last: for messages. */
const struct index_type *index_type_at(uint32_t i);

/* How it finds rows here when there are so many, in the words of index_report.plan. */
const char *index_type_served_by(const struct index_type *type, int64_t n_rows);

const struct index_param *index_param_find(const struct index_type *type, struct str name);

/* The word of the parameter that this is (case ignored), or an empty text. */
struct str index_param_word(const struct index_param *p, struct str given);

/* Sets a parameter that index_param_find gave, to a value within its range, or to what one of its words means. */
void index_param_set(const struct index_param *p, int64_t value, struct index_settings *to);
void index_param_set_word(const struct index_param *p, struct str given, struct index_settings *to);

/* What an index of that type is built with when nothing is given. */
struct index_settings index_settings_of(const struct index_type *type);
