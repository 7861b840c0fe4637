/* How near two vectors are, in Milvus' names. */
#pragma once
#include "base/base.h"

/* X(name, larger values are nearer) */
#define METRICS(X)                                                                                           \
    X(COSINE, true)                                                                                          \
    X(IP, true)                                                                                              \
    X(L2, false)

enum metric {
#define X(name, larger_is_nearer) METRIC_##name,
    METRICS(X)
#undef X
        N_METRICS
};

const char *metric_name(enum metric m);
bool metric_larger_is_nearer(enum metric m);

/* Case is ignored, as a server does. False when there is no such metric. */
bool metric_parse(struct str name, enum metric *out);
