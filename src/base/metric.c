#include "base/metric.h"

static const struct {
    const char *name;
    bool larger_is_nearer;
    unsigned families;
} metrics[] = {
#define X(name, larger_is_nearer, families) [METRIC_##name] = {#name, larger_is_nearer, families},
    METRICS(X)
#undef X
};
_Static_assert(COUNT(metrics) == N_METRICS, "a metric without a name");

const char *metric_name(enum metric m)
{
    return metrics[m].name;
}

bool metric_larger_is_nearer(enum metric m)
{
    return metrics[m].larger_is_nearer;
}

bool metric_fits(enum metric m, enum vector_family family)
{
    return metrics[m].families >> family & 1;
}

static const struct {
    enum metric usual;
    const char *list;
} of_family[] = {
    [FAMILY_DENSE] = {METRIC_COSINE, "COSINE, IP or L2"},
    [FAMILY_BITS] = {METRIC_HAMMING, "HAMMING or JACCARD"},
    [FAMILY_SPARSE] = {METRIC_IP, "IP"},
};
_Static_assert(COUNT(of_family) == N_FAMILIES, "a family without a metric");

enum metric metric_usual(enum vector_family family)
{
    return of_family[family].usual;
}

const char *metric_list(enum vector_family family)
{
    return of_family[family].list;
}

bool metric_parse(struct str name, enum metric *out)
{
    for (unsigned m = 0; m < N_METRICS; m++) {
        if (str_eq_nocase(name, str_of(metrics[m].name))) {
            *out = (enum metric)m;
            return true;
        }
    }
    return false;
}
