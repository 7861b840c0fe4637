#include "schema/types.h"

#include "unit.h"

static const struct {
    const char *name, *rest_name;
    int64_t number;
    enum type_class class;
    bool is_vector;
} types[] = {
    {"BOOL", "Bool", 1, CLASS_BOOL, false},
    {"INT8", "Int8", 2, CLASS_INT, false},
    {"INT16", "Int16", 3, CLASS_INT, false},
    {"INT32", "Int32", 4, CLASS_INT, false},
    {"INT64", "Int64", 5, CLASS_INT, false},
    {"FLOAT", "Float", 10, CLASS_REAL, false},
    {"DOUBLE", "Double", 11, CLASS_REAL, false},
    {"VARCHAR", "VarChar", 21, CLASS_TEXT, false},
    {"ARRAY", "Array", 22, CLASS_JSON, false},
    {"JSON", "JSON", 23, CLASS_JSON, false},
    {"BINARY_VECTOR", "BinaryVector", 100, CLASS_VECTOR, true},
    {"FLOAT_VECTOR", "FloatVector", 101, CLASS_VECTOR, true},
    {"FLOAT16_VECTOR", "Float16Vector", 102, CLASS_VECTOR, true},
    {"BFLOAT16_VECTOR", "BFloat16Vector", 103, CLASS_VECTOR, true},
    {"SPARSE_FLOAT_VECTOR", "SparseFloatVector", 104, CLASS_SPARSE, true},
    {"INT8_VECTOR", "Int8Vector", 105, CLASS_VECTOR, true},
};

TEST(numbers_and_names_are_those_of_milvus)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        enum data_type t = data_type_from_number(types[i].number);
        CHECK_EQ_INT(t, types[i].number);
        CHECK_STR(data_type_name(t), types[i].name);
        CHECK_EQ_INT(data_type_from_name(str_of(types[i].name)), t);
        CHECK_EQ_INT(data_type_from_name(str_of(types[i].rest_name)), t);
    }
    CHECK_EQ_INT(data_type_from_name(STR("float_vector")), DATA_TYPE_FLOAT_VECTOR);
}

TEST(an_unknown_type_is_none)
{
    static const int64_t numbers[] = {
        0, -1, 6, 12, 20, 25, 99, 106, INT64_MAX, INT64_MIN, (INT64_C(1) << 32) + 1};
    for (size_t i = 0; i < COUNT(numbers); i++)
        CHECK_EQ_INT(data_type_from_number(numbers[i]), DATA_TYPE_NONE);
    CHECK_EQ_INT(data_type_from_name(STR("INT")), DATA_TYPE_NONE);
    CHECK_EQ_INT(data_type_from_name(STR("Float Vector")), DATA_TYPE_NONE);
    CHECK_EQ_INT(data_type_from_name(STR_NONE), DATA_TYPE_NONE);
    CHECK_STR(data_type_name(DATA_TYPE_NONE), "");
    CHECK_EQ_INT(data_type_class(DATA_TYPE_NONE), CLASS_NONE);
}

TEST(classes_say_how_values_are_held)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        enum data_type t = data_type_from_name(str_of(types[i].name));
        CHECK_EQ_INT(data_type_class(t), types[i].class);
        CHECK(data_type_is_vector(t) == types[i].is_vector);
    }
}

TEST(integers_have_the_range_of_their_bits)
{
    static const struct {
        enum data_type type;
        int64_t min, max;
    } ranges[] = {{DATA_TYPE_INT8, -128, 127},
                  {DATA_TYPE_INT16, -32768, 32767},
                  {DATA_TYPE_INT32, INT32_MIN, INT32_MAX},
                  {DATA_TYPE_INT64, INT64_MIN, INT64_MAX}};
    for (size_t i = 0; i < COUNT(ranges); i++) {
        struct int_range r = data_type_int_range(ranges[i].type);
        CHECK_EQ_INT(r.min, ranges[i].min);
        CHECK_EQ_INT(r.max, ranges[i].max);
    }
}

TEST(names_begin_with_a_letter_or_underscore)
{
    for (int c = 0; c < 256; c++) {
        const char one[] = {(char)c}, two[] = {'a', (char)c};
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool digit = c >= '0' && c <= '9';
        CHECK(name_valid((struct str){one, 1}) == letter);
        CHECK(name_valid((struct str){two, 2}) == (letter || digit));
    }
}

TEST(names_have_1_to_255_bytes)
{
    char name[256];
    memset(name, 'x', sizeof name);
    CHECK(!name_valid((struct str){name, 0}));
    CHECK(!name_valid(STR_NONE));
    CHECK(name_valid((struct str){name, 1}));
    CHECK(name_valid((struct str){name, 255}));
    CHECK(!name_valid((struct str){name, 256}));
}
