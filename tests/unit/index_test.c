#include "index/index.h"

#include "index/flat.h"
#include "unit.h"

TEST(types_are_found_whatever_their_case)
{
    static const char *const names[] = {"AUTOINDEX", "FLAT", "HNSW", "autoindex", "Flat", "hnsw"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct index_type *type = index_type_find(str_of(names[i]), FAMILY_DENSE);
        if (CHECK(type != NULL))
            CHECK(str_eq_nocase(str_of(type->name), str_of(names[i])));
    }
}

TEST(no_name_is_autoindex)
{
    const struct index_type *type = index_type_find(STR_NONE, FAMILY_DENSE);
    if (CHECK(type != NULL))
        CHECK_STR(type->name, "AUTOINDEX");
}

TEST(an_unknown_type_is_not_found)
{
    CHECK(index_type_find(STR("HNSW2"), FAMILY_DENSE) == NULL);
    CHECK(index_type_find(STR("HNS"), FAMILY_DENSE) == NULL);
    CHECK(index_type_find(STR("FLAT "), FAMILY_DENSE) == NULL);
    CHECK(index_type_find(STR("IVF_PQ"), FAMILY_DENSE) == NULL);
}

TEST(all_types_of_the_table_are_listed_and_served)
{
    static const char *const expected[] = {
#define INDEX_TYPE(name) #name,
#include "schema/types.def"
#undef INDEX_TYPE
    };
    uint32_t i = 0, n = 0;
    const struct index_type *type;
    for (; (type = index_type_at(i)); i++) {
        bool is_new = index_type_find(str_of(type->name), FAMILY_DENSE) == type || n > 1;
        if (n == 0 || strcmp(type->name, expected[0]) != 0)
            CHECK(is_new && n < COUNT(expected) && strcmp(type->name, expected[n++]) == 0);
        CHECK(index_type_find(str_of(type->name), type->family) == type);
        CHECK(type->ops && type->ops->create && type->ops->destroy && type->ops->search);
    }
    CHECK_EQ_INT(n, COUNT(expected));
    CHECK(index_type_at(UINT32_MAX) == NULL);
}

TEST(a_type_says_what_serves_it)
{
    static const char *const expected[][2] = {
        {"FLAT", "exact"}, {"AUTOINDEX", "codes"}, {"IVF_FLAT", "codes"}, {"IVF_SQ8", "codes"}};
    for (size_t i = 0; i < COUNT(expected); i++)
        CHECK_STR(index_type_served_by(index_type_find(str_of(expected[i][0]), FAMILY_DENSE), 100),
                  expected[i][1]);
    const struct index_type *hnsw = index_type_find(STR("HNSW"), FAMILY_DENSE),
                            *sq = index_type_find(STR("HNSW_SQ"), FAMILY_DENSE);
    CHECK(hnsw->ops == sq->ops);
}

TEST(words_are_parameters_too)
{
    const struct index_type *sq = index_type_find(STR("HNSW_SQ"), FAMILY_DENSE);
    const struct index_param *p = index_param_find(sq, STR("sq_type"));
    if (!CHECK(p != NULL))
        return;
    CHECK(str_eq(index_param_word(p, STR("sq8")), STR("SQ8")));
    CHECK(str_eq(index_param_word(p, STR("SQ6")), STR("SQ6")));
    CHECK(str_eq(index_param_word(p, STR("FP16")), STR("FP16")));
    CHECK(index_param_word(p, STR("SQ")).n == 0);
    CHECK(index_param_word(p, STR("SQ6 SQ8")).n == 0);
    CHECK(index_param_word(p, STR_NONE).n == 0);
    struct index_settings s = index_settings_of(sq);
    index_param_set(index_param_find(sq, STR("refine")), 7, &s); /* without effect */
    CHECK_EQ_INT(s.M, 16);
    CHECK_EQ_INT(s.ef_construction, 200);
}

TEST(sq4u_is_four_bits_and_all_else_eight)
{
    static const char *const words[] = {"SQ8", "sq4u", "SQ6", "SQ4U", "BF16", "SQ4U", "FP16"};
    const struct index_type *sq = index_type_find(STR("HNSW_SQ"), FAMILY_DENSE);
    const struct index_param *p = index_param_find(sq, STR("sq_type"));
    struct index_settings s = index_settings_of(sq);
    CHECK_EQ_INT(s.code_bits, 8);
    CHECK_EQ_INT(index_settings_of(index_type_find(STR("HNSW"), FAMILY_DENSE)).code_bits, 8);
    for (size_t i = 0; i < COUNT(words) && CHECK(p != NULL); i++) {
        index_param_set_word(p, str_of(words[i]), &s);
        CHECK_EQ_INT(s.code_bits, i % 2 ? 4 : 8);
    }
    index_param_set_word(p, STR("SQ4"), &s); /* no word of it */
    index_param_set_word(index_param_find(sq, STR("refine_type")), STR("SQ6"), &s);
    CHECK_EQ_INT(s.code_bits, 8);
    CHECK_EQ_INT(s.M, 16);
}

TEST(parameters_are_found_by_their_exact_name)
{
    const struct index_type *hnsw = index_type_find(STR("HNSW"), FAMILY_DENSE),
                            *flat = index_type_find(STR("FLAT"), FAMILY_DENSE);
    const struct index_param *m = index_param_find(hnsw, STR("M"));
    if (CHECK(m != NULL))
        CHECK(m->min == 2 && m->max == 2048);
    CHECK(index_param_find(hnsw, STR("efConstruction")) != NULL);
    CHECK(index_param_find(hnsw, STR("m")) == NULL);
    CHECK(index_param_find(hnsw, STR("")) == NULL);
    CHECK(index_param_find(flat, STR("M")) == NULL);
}
