#include "schema/batch.h"

#include "columns.h"
#include "unit.h"

TEST(elements_have_their_size)
{
    static const struct {
        enum column_kind kind;
        uint32_t bytes;
        bool is_matrix, is_text;
    } kinds[] = {
        {KIND_BOOL, 1, false, false},      {KIND_I64, 8, false, false},
        {KIND_F64, 8, false, false},       {KIND_STR, 1, false, true},
        {KIND_JSON, 1, false, true},       {KIND_MATRIX_U8, 1, true, false},
        {KIND_MATRIX_I8, 1, true, false},  {KIND_MATRIX_U16, 2, true, false},
        {KIND_MATRIX_F32, 4, true, false}, {KIND_MATRIX_F64, 8, true, false},
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CHECK_EQ_INT(kinds[i].kind, i + 1); /* the numbers stand in messages */
        CHECK_EQ_INT(kind_element_bytes(kinds[i].kind), kinds[i].bytes);
        CHECK(kind_is_matrix(kinds[i].kind) == kinds[i].is_matrix);
        CHECK(kind_is_text(kinds[i].kind) == kinds[i].is_text);
    }
}

TEST(texts_lie_between_their_offsets)
{
    static const char *const texts[] = {"", "one", NULL, "zwei", ""};
    struct arena a = {0};
    struct column c = text_column(&a, "t", KIND_STR, texts, COUNT(texts));
    for (uint32_t i = 0; i < COUNT(texts); i++) {
        CHECK(str_eq(column_text(&c, i), str_of(texts[i] ? texts[i] : "")));
        CHECK(column_is_null(&c, i) == !texts[i]);
    }
    arena_fini(&a);
}

TEST(rows_of_a_matrix_have_its_width)
{
    static const float f[] = {1, 2, 3, 4, 5, 6};
    const struct column c = {.kind = KIND_MATRIX_F32, .width = 2, .data = f};
    for (uint32_t row = 0; row < 3; row++) {
        struct matrix_row m = column_matrix_row(&c, row);
        CHECK(m.n == 2 && m.p == (const void *)(f + 2 * row));
    }
}

TEST(rows_of_a_ragged_matrix_lie_between_their_offsets)
{
    static const uint16_t u[] = {1, 2, 3};
    static const uint32_t offsets[] = {0, 2, 2, 3};
    const struct column c = {.kind = KIND_MATRIX_U16, .offsets = offsets, .data = u};
    struct matrix_row two = column_matrix_row(&c, 0), none = column_matrix_row(&c, 1),
                      one = column_matrix_row(&c, 2);
    CHECK(two.n == 2 && two.p == (const void *)u);
    CHECK_EQ_INT(none.n, 0);
    CHECK(one.n == 1 && one.p == (const void *)(u + 2));
}

TEST(elements_are_numbers_of_their_kind)
{
    static const uint8_t u8[] = {0, 255};
    static const int8_t i8[] = {-128, 127};
    static const uint16_t u16[] = {0, 65535};
    static const float f32[] = {-0.5f, 1e30f};
    static const double f64[] = {-0.1, 1e300};
    CHECK_NEAR(matrix_element(KIND_MATRIX_U8, u8, 1), 255, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_I8, i8, 0), -128, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_I8, i8, 1), 127, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_U16, u16, 1), 65535, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_F32, f32, 0), -0.5, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_F32, f32, 1), (double)1e30f, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_F64, f64, 0), -0.1, 0);
    CHECK_NEAR(matrix_element(KIND_MATRIX_F64, f64, 1), 1e300, 0);
}

TEST(without_bitmaps_every_row_is_given_and_none_null)
{
    const struct column c = {.kind = KIND_I64};
    CHECK(!column_is_null(&c, 1000) && column_is_given(&c, 1000));
}

TEST(a_null_row_and_one_that_is_not_given_are_told_apart)
{
    static const uint8_t valid[] = {0x01}, given[] = {0x05};
    const struct column c = {.kind = KIND_I64, .valid = valid, .given = given};
    CHECK(!column_is_null(&c, 0) && column_is_given(&c, 0));
    CHECK(column_is_null(&c, 1) && !column_is_given(&c, 1));
    CHECK(column_is_null(&c, 2) && column_is_given(&c, 2));
}
