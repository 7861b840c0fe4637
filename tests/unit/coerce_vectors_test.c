#include "schema/coerce_vectors.h"

#include "base/half.h"
#include "errors.h"
#include "faults.h"
#include "unit.h"

static const enum data_type types[] = {DATA_TYPE_FLOAT_VECTOR, DATA_TYPE_FLOAT16_VECTOR,
                                       DATA_TYPE_BFLOAT16_VECTOR, DATA_TYPE_INT8_VECTOR};

static struct field field_of(enum data_type type, uint32_t dim)
{
    return (struct field){.name = STR("v"), .type = type, .dim = dim};
}

static struct column doubles(const double *data, uint32_t width)
{
    return (struct column){.name = STR("v"), .kind = KIND_MATRIX_F64, .width = width, .data = data};
}

TEST(numbers_become_elements_of_every_type)
{
    const double data[] = {0, 1, -2, 100, -128, 127};
    for (size_t t = 0; t < COUNT(types); t++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct field f = field_of(types[t], 3);
        struct column in = doubles(data, 3), out;
        CHECK_EQ_INT(coerce_vectors(&f, &in, 2, &a, &out, &e), MVL_OK);
        CHECK(out.kind == vector_kind(&f) && out.width == 3);
        for (uint32_t i = 0; i < COUNT(data); i++)
            CHECK(matrix_element(out.kind, out.data, i) == data[i]);
        arena_fini(&a);
    }
}

TEST(a_stored_form_is_borrowed)
{
    static const uint16_t bits[] = {0x3c00, 0x4000};
    static const enum column_kind kinds[] = {KIND_MATRIX_U16, KIND_MATRIX_F16};
    struct field f = field_of(DATA_TYPE_FLOAT16_VECTOR, 2);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct arena a = {0};
        struct error e = ERROR_NONE;
        struct column in = {.kind = kinds[i], .width = 2, .data = bits}, out;
        CHECK_EQ_INT(coerce_vectors(&f, &in, 1, &a, &out, &e), MVL_OK);
        CHECK(out.data == bits && out.kind == KIND_MATRIX_F16);
        arena_fini(&a);
    }
}

TEST(numbers_are_rounded_to_the_type)
{
    const double data[] = {1.0 / 3, -0.1};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct field f = field_of(DATA_TYPE_BFLOAT16_VECTOR, 2);
    struct column in = doubles(data, 2), out;
    CHECK_EQ_INT(coerce_vectors(&f, &in, 1, &a, &out, &e), MVL_OK);
    for (int i = 0; i < 2; i++)
        CHECK_EQ_INT(((const uint16_t *)out.data)[i], bfloat16_of(data[i]));
    arena_fini(&a);
}

static void check_refused(enum data_type type, struct column in, uint32_t n, const char *reason, int64_t row)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct field f = field_of(type, 2);
    struct column out;
    CHECK_EQ_INT(coerce_vectors(&f, &in, n, &a, &out, &e), MVL_DATA_NOT_MATCH);
    CHECK_STR(e.reason, reason);
    CHECK_EQ_INT(e.row, row);
    arena_fini(&a);
}

TEST(what_the_type_has_not_is_refused)
{
    static const double large[] = {1, 2, 3, 65520}, fraction[] = {0, 0.5}, beyond[] = {0, 128},
                        nan[] = {0, NAN};
    check_refused(DATA_TYPE_FLOAT16_VECTOR, doubles(large, 2), 2,
                  "field 'v' must be a vector of 2 numbers from -65504 to 65504, got 65520", 1);
    check_refused(DATA_TYPE_INT8_VECTOR, doubles(fraction, 2), 1,
                  "field 'v' must be a vector of 2 integers from -128 to 127, got 0.5", 0);
    check_refused(DATA_TYPE_INT8_VECTOR, doubles(beyond, 2), 1,
                  "field 'v' must be a vector of 2 integers from -128 to 127, got 128", 0);
    check_refused(DATA_TYPE_INT8_VECTOR, doubles(nan, 2), 1,
                  "field 'v' must be a vector of 2 integers from -128 to 127, got NaN or infinity", 0);
    check_refused(DATA_TYPE_BFLOAT16_VECTOR, doubles(nan, 2), 1,
                  "field 'v' must be a vector of 2 numbers, got NaN or infinity", 0);
    check_refused(DATA_TYPE_INT8_VECTOR, doubles(large, 4), 1, "vector field 'v' expected dim 2, got 4", 0);
}

TEST(bits_must_be_finite)
{
    static const uint16_t bits[] = {0, 0, 0, 0x7c00};
    struct column in = {.kind = KIND_MATRIX_U16, .width = 2, .data = bits};
    check_refused(DATA_TYPE_FLOAT16_VECTOR, in, 2,
                  "field 'v' must be a vector of 2 numbers from -65504 to 65504, got NaN or infinity", 1);
}

TEST(bits_and_numbers_of_one_batch_cannot_be_told_apart)
{
    static const char text[] = "[1,2][3,4]";
    static const uint32_t offsets[] = {0, 5, 10};
    struct column in = {.kind = KIND_JSON, .offsets = offsets, .data = text};
    check_refused(
        DATA_TYPE_FLOAT16_VECTOR, in, 2,
        "field 'v' must be a vector of 2 numbers from -65504 to 65504, got a batch of several kinds "
        "of typed arrays",
        0);
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct field f = field_of(DATA_TYPE_INT8_VECTOR, 2);
    struct column out;
    CHECK_EQ_INT(coerce_vectors(&f, &in, 2, &a, &out, &e), MVL_OK);
    CHECK_EQ_INT(((const int8_t *)out.data)[3], 4);
    arena_fini(&a);
}

TEST(rows_without_a_vector_are_null)
{
    for (size_t t = 0; t < COUNT(types); t++) {
        struct arena a = {0};
        struct field f = field_of(types[t], 5);
        struct column out;
        CHECK_EQ_INT(coerce_no_vectors(&f, 9, &a, &out), MVL_OK);
        for (uint32_t row = 0; row < 9; row++)
            CHECK(column_is_null(&out, row));
        arena_fini(&a);
    }
}

static int coerce_some(void *context)
{
    static const double data[] = {1, 2, 3, 4};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct field f = field_of(DATA_TYPE_FLOAT16_VECTOR, 2);
    struct column in = doubles(data, 2), out;
    (void)context;
    int rc = coerce_vectors(&f, &in, 2, &a, &out, &e);
    if (rc == MVL_OK)
        rc = coerce_no_vectors(&f, 2, &a, &out);
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(coerce_some, NULL) > 0);
}
