#include "base/error.h"

#include "base/utf8.h"
#include "errors.h"
#include "unit.h"

TEST(fills_in_the_code_and_the_reason)
{
    struct error e = ERROR_NONE;
    int rc = error_set(&e, MVL_PARAM_INVALID, "limit must be %d..%d, got %s", 1, 16384, "0");
    CHECK_ERROR(rc, e, MVL_PARAM_INVALID, "limit must be 1..16384, got 0", "", -1);
}

TEST(fills_in_the_place)
{
    struct error e = ERROR_NONE;
    struct error_place place = {STR("vector"), 7};
    CHECK_ERROR(error_set_at(&e, MVL_DATA_NOT_MATCH, place, "it must fit"), e, MVL_DATA_NOT_MATCH,
                "it must fit", "vector", 7);
    place = (struct error_place){STR_NONE, -1};
    CHECK_ERROR(error_set_at(&e, MVL_IO, place, "no place"), e, MVL_IO, "no place", "", -1);
}

TEST(a_second_error_leaves_nothing_of_the_first)
{
    struct error e = ERROR_NONE;
    struct error_place place = {STR("vector"), 7};
    CHECK_EQ_INT(error_set_at(&e, MVL_DATA_NOT_MATCH, place, "a long reason"), MVL_DATA_NOT_MATCH);
    CHECK_ERROR(error_set(&e, MVL_INTERNAL, "short"), e, MVL_INTERNAL, "short", "", -1);
}

/* A text of n bytes whose characters are two bytes long, shifted by one byte or not. */
static struct str two_byte_text(char *text, uint32_t n, bool shifted)
{
    for (uint32_t i = 0; i < n; i++)
        text[i] = shifted == (i % 2 != 0) ? '\xc3' : '\xa9';
    if (shifted)
        text[0] = 'x';
    return (struct str){text, n};
}

TEST(a_reason_that_is_too_long_is_cut_between_characters)
{
    char text[1000];
    for (int i = 0; i < 4; i++) {
        struct error e = ERROR_NONE;
        struct str s = two_byte_text(text, i < 2 ? sizeof e.reason : sizeof text, i % 2);
        CHECK_EQ_INT(error_set(&e, MVL_INTERNAL, "%.*s", STR_ARGS(s)), MVL_INTERNAL);
        size_t n = strlen(e.reason);
        CHECK(n >= sizeof e.reason - 2 && n < sizeof e.reason);
        CHECK(memcmp(e.reason, text, n) == 0);
        CHECK(utf8_valid(e.reason, n));
    }
}

TEST(a_reason_that_just_fits_is_not_cut)
{
    char text[479];
    struct error e = ERROR_NONE;
    struct str s = two_byte_text(text, sizeof e.reason - 1, true);
    CHECK_EQ_INT(error_set(&e, MVL_INTERNAL, "%.*s", STR_ARGS(s)), MVL_INTERNAL);
    CHECK_EQ_INT(strlen(e.reason), sizeof e.reason - 1);
    CHECK(utf8_valid(e.reason, strlen(e.reason)));
}

TEST(a_field_name_that_is_too_long_is_cut_between_characters)
{
    char text[400];
    for (int i = 0; i < 4; i++) {
        struct error e = ERROR_NONE;
        struct error_place place = {two_byte_text(text, i < 2 ? sizeof e.field : sizeof text, i % 2), 1};
        CHECK_EQ_INT(error_set_at(&e, MVL_INTERNAL, place, "it is long"), MVL_INTERNAL);
        size_t n = strlen(e.field);
        CHECK(n >= sizeof e.field - 2 && n < sizeof e.field);
        CHECK(memcmp(e.field, text, n) == 0);
        CHECK(utf8_valid(e.field, n));
    }
}

TEST(codes_are_those_of_a_server)
{
    CHECK_EQ_INT(error_milvus_code(MVL_OK), 0);
    CHECK_EQ_INT(error_milvus_code(MVL_NOMEM), 3);
    CHECK_EQ_INT(error_milvus_code(MVL_COLLECTION_NOT_FOUND), 100);
    CHECK_EQ_INT(error_milvus_code(MVL_INDEX_NOT_FOUND), 700);
    CHECK_EQ_INT(error_milvus_code(MVL_PARAM_INVALID), 1100);
    CHECK_EQ_INT(error_milvus_code(MVL_DATA_NOT_MATCH), 1100);
    CHECK_EQ_INT(error_milvus_code(MVL_PARAM_MISSING), 1101);
    CHECK_EQ_INT(error_milvus_code(MVL_UNEXPECTED), 65535);
}

TEST(errors_of_one_code_differ_in_their_class)
{
    CHECK_STR(error_class(MVL_PARAM_INVALID), "ParamError");
    CHECK_STR(error_class(MVL_DATA_NOT_MATCH), "DataNotMatchException");
    CHECK_STR(error_class(MVL_INDEX_AMBIGUOUS), "AmbiguousIndexName");
    CHECK_STR(error_class(MVL_COLLECTION_NOT_FOUND), "CollectionNotExistException");
    CHECK_STR(error_class(MVL_OK), "");
}

static int doubled(int n, int *out)
{
    TRY(n < 0 ? MVL_PARAM_INVALID : MVL_OK);
    *out = 2 * n;
    return MVL_OK;
}

TEST(try_hands_an_error_on_and_goes_on_without_one)
{
    int out = 0;
    CHECK_EQ_INT(doubled(-1, &out), MVL_PARAM_INVALID);
    CHECK_EQ_INT(out, 0);
    CHECK_EQ_INT(doubled(4, &out), MVL_OK);
    CHECK_EQ_INT(out, 8);
}
