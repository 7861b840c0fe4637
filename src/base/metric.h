/* How near two vectors are, in Milvus' names. */
#pragma once
#include "base/base.h"

/* What vectors are, as far as metrics and indexes care. */
enum vector_family {
    FAMILY_DENSE, /* numbers, compared as floats */
    FAMILY_BITS,
    FAMILY_SPARSE,
    N_FAMILIES
};

/* X(name, larger values are nearer, the families it is of, by bits). Those of floats come first. */
#define METRICS(X)                                                                                           \
    X(COSINE, true, 1 << FAMILY_DENSE)                                                                       \
    X(IP, true, 1 << FAMILY_DENSE | 1 << FAMILY_SPARSE)                                                      \
    X(L2, false, 1 << FAMILY_DENSE)                                                                          \
    X(HAMMING, false, 1 << FAMILY_BITS)                                                                      \
    X(JACCARD, false, 1 << FAMILY_BITS)

enum metric {
#define X(name, larger_is_nearer, families) METRIC_##name,
    METRICS(X)
#undef X
        N_METRICS,
    N_FLOAT_METRICS = METRIC_L2 + 1
};

const char *metric_name(enum metric m);
bool metric_larger_is_nearer(enum metric m);

bool metric_fits(enum metric m, enum vector_family family);
enum metric metric_usual(enum vector_family family); /* when nobody says */
const char *metric_list(enum vector_family family);  /* "HAMMING or JACCARD", for errors */

/* Case is ignored, as a server does. False when there is no such metric. */
bool metric_parse(struct str name, enum metric *out);
