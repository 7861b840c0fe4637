#include "base/metric.h"

static const struct {
    const char *name;
    bool larger_is_nearer;
} metrics[] = {
#define X(name, larger_is_nearer) [METRIC_##name] = {#name, larger_is_nearer},
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
