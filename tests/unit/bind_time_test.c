/* Times in filters: src/filter/bind_time.c. */
#include "filter/filter.h"
#include "schemas.h"

#define SCHEMA                                                                                               \
    "{'enable_dynamic_field':true,'fields':[{'name':'n','type':5,'is_primary':true},"                        \
    "{'name':'at','type':26,'nullable':true},{'name':'place','type':24},{'name':'s','type':21,'max_length':" \
    "9},"                                                                                                    \
    "{'name':'v','type':101,'dim':2}]}"

/* What filter_compile says of it: empty for nothing. */
static const char *verdict(const char *text, const char *params)
{
    static struct error e;
    struct arena a = {0};
    struct filter *f;
    e = ERROR_NONE;
    int rc = filter_compile(str_of(text), schema_of(&a, SCHEMA), params ? json_of(&a, params) : NULL, &a, &f,
                            &e);
    CHECK_EQ_INT(rc == MVL_OK, e.reason[0] == 0);
    arena_fini(&a);
    return e.reason;
}

TEST(times_are_compared_with_times)
{
    static const char *const good[] = {
        "at > ISO '2025-01-31T12:00:00Z'",
        "iso '2024-01-01' <= at < ISO '2025-01-01'",
        "at + INTERVAL 'P1D' >= ISO '2025-01-31T12:00:00Z'",
        "INTERVAL 'P1D' + at == ISO '2025-01-31T12:00:00Z'",
        "at != ISO '2025-01-31T12:00:00Z' - interval 'PT1H'",
        "at < '2025-01-31T12:00:00Z'",
        "at is null or at is not null",
        "ISO '2025-01-01' < ISO '2025-01-02'",
        "place is null",
        "INTERVAL 'P1D' == INTERVAL 'PT24H'",
        "INTERVAL 'P1M' + at - INTERVAL 'P1Y2M3DT4H' >= ISO '2025-01-31' + INTERVAL 'P1M'",
        "iso == 'a dynamic field'",
    };
    for (size_t i = 0; i < COUNT(good); i++)
        if (!CHECK_STR(verdict(good[i], NULL), ""))
            printf("# %s\n", good[i]);
    CHECK_STR(verdict("at > {when}", "{'when':'2025-01-31T12:00:00Z'}"), "");
    CHECK(strstr(verdict("at > {when}", "{'when':'soon'}"), "expected a time"));
}

TEST(and_with_nothing_else)
{
    static const char *const bad[][2] = {
        {"at > 1735689600", "left side is a time (field 'at'), right side is int"},
        {"at == true", "incompatible"},
        {"at > d", "incompatible"},
        {"at > s", "incompatible"},
        {"at > 'soon'", "expected a time"},
        {"at > ISO 'soon'", "expected a time as"},
        {"at + INTERVAL 'P1M1Y' > ISO '2025-01-01'", "expected an interval as 'P1DT12H30M' or 'P1Y2M'"},
        {"at > ISO '9999-12-01' + INTERVAL 'P1M'", "this has no value"},
        {"at + 1 > ISO '2025-01-01'", "incompatible"},
        {"at - ISO '2025-01-01' > INTERVAL 'P1D'", "incompatible"},
        {"at * INTERVAL 'P1D' > ISO '2025-01-01'", "incompatible"},
        {"INTERVAL 'P1D' - at > ISO '2025-01-01'", "incompatible"},
        {"n + INTERVAL 'P1D' > 3", "incompatible"},
        {"-at > ISO '2025-01-01'", "'-' needs a number, got a time"},
        {"at < -ISO '2025-01-01'", "'-' needs a number, got a time"},
        {"at", "must be a condition, got a time"},
        {"at in ['2025-01-01']", "must hold values of type a time"},
        {"at like '2025%'", "'like' needs a string"},
        {"place == 'POINT (1 2)'", "incompatible"},
        {"place in ['POINT (1 2)']", "must hold values of type a geometry"},
        {"place like 'P%'", "'like' needs a string"},
        {"st_within(place, 'POINT (1 2)')", "st_within is not supported"},
        {"exists at", "'exists' needs a path"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *said = verdict(bad[i][0], NULL);
        if (!CHECK(strstr(said, bad[i][1])))
            printf("# %s: %s\n", bad[i][0], said);
    }
}
