#include "base/metric.h"

#include "unit.h"

TEST(names_are_those_of_milvus)
{
    CHECK_STR(metric_name(METRIC_COSINE), "COSINE");
    CHECK_STR(metric_name(METRIC_IP), "IP");
    CHECK_STR(metric_name(METRIC_L2), "L2");
}

TEST(each_name_reads_back)
{
    for (int i = 0; i < N_METRICS; i++) {
        enum metric m = N_METRICS;
        CHECK(metric_parse(str_of(metric_name((enum metric)i)), &m));
        CHECK_EQ_INT(m, i);
    }
}

TEST(case_is_ignored)
{
    enum metric m = METRIC_L2;
    CHECK(metric_parse(STR("cosine"), &m) && m == METRIC_COSINE);
    CHECK(metric_parse(STR("Ip"), &m) && m == METRIC_IP);
    CHECK(metric_parse(STR("l2"), &m) && m == METRIC_L2);
}

TEST(an_unknown_name_is_refused_and_changes_nothing)
{
    static const struct str names[] = {{"", 0},   {NULL, 0},      {"L", 1},        {"L22", 3},
                                       {"IP", 3}, {"COSINE ", 7}, {"HAMMING2", 8}, {"COS\xc4\xb1NE", 7}};
    for (size_t i = 0; i < COUNT(names); i++) {
        enum metric m = METRIC_IP;
        CHECK(!metric_parse(names[i], &m));
        CHECK_EQ_INT(m, METRIC_IP);
    }
}

TEST(similarities_are_nearer_when_larger)
{
    CHECK(metric_larger_is_nearer(METRIC_COSINE));
    CHECK(metric_larger_is_nearer(METRIC_IP));
    CHECK(!metric_larger_is_nearer(METRIC_L2));
}

TEST(metrics_are_of_floats_of_bits_or_sparse)
{
    for (unsigned m = 0; m < N_METRICS; m++) {
        CHECK(metric_fits((enum metric)m, FAMILY_DENSE) == (m < N_FLOAT_METRICS));
        CHECK(metric_fits((enum metric)m, FAMILY_SPARSE) == (m == METRIC_IP));
        CHECK(metric_fits((enum metric)m, FAMILY_BITS) == (m == METRIC_HAMMING || m == METRIC_JACCARD));
    }
    for (unsigned f = 0; f < N_FAMILIES; f++) {
        enum metric usual = metric_usual((enum vector_family)f);
        CHECK(metric_fits(usual, (enum vector_family)f));
        CHECK(strstr(metric_list((enum vector_family)f), metric_name(usual)) != NULL);
    }
    CHECK(!metric_larger_is_nearer(METRIC_HAMMING) && !metric_larger_is_nearer(METRIC_JACCARD));
}
