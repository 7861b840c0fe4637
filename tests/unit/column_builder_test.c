#include "schema/column_builder.h"

#include "base/json.h"
#include "faults.h"
#include "random.h"
#include "unit.h"

TEST(integers_and_nulls_stand_in_their_rows)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    CHECK_EQ_INT(column_builder_init(&b, KIND_I64, 3, &a), MVL_OK);
    column_builder_i64(&b, INT64_MIN);
    CHECK_EQ_INT(column_builder_null(&b), MVL_OK);
    column_builder_i64(&b, 7);
    if (CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK)) {
        const int64_t *values = c.data;
        CHECK(c.kind == KIND_I64 && values[0] == INT64_MIN && values[1] == 0 && values[2] == 7);
        CHECK(!column_is_null(&c, 0) && column_is_null(&c, 1) && !column_is_null(&c, 2));
        CHECK(c.given == NULL && column_is_given(&c, 1));
    }
    arena_fini(&a);
}

TEST(without_nulls_there_is_no_bitmap)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    CHECK_EQ_INT(column_builder_init(&b, KIND_F64, 2, &a), MVL_OK);
    column_builder_f64(&b, 0.5);
    column_builder_f64(&b, -1);
    if (CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK)) {
        const double *values = c.data;
        CHECK(values[0] == 0.5 && values[1] == -1 && !c.valid && !c.given && !c.offsets);
    }
    arena_fini(&a);
}

TEST(an_absent_row_is_null_too)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    CHECK_EQ_INT(column_builder_init(&b, KIND_STR, 3, &a), MVL_OK);
    column_builder_text(&b, STR("x"));
    CHECK_EQ_INT(column_builder_absent(&b), MVL_OK);
    CHECK_EQ_INT(column_builder_null(&b), MVL_OK);
    if (CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK)) {
        CHECK(column_is_given(&c, 0) && !column_is_given(&c, 1) && column_is_given(&c, 2));
        CHECK(!column_is_null(&c, 0) && column_is_null(&c, 1) && column_is_null(&c, 2));
        CHECK(str_eq(column_text(&c, 0), STR("x")) && column_text(&c, 1).n == 0 && column_text(&c, 2).n == 0);
    }
    arena_fini(&a);
}

TEST(values_of_another_column_are_taken_as_they_are_also_null_and_absent_ones)
{
    static const enum column_kind kinds[] = {KIND_I64, KIND_F64, KIND_STR, KIND_JSON, KIND_SPARSE};
    static const uint32_t order[] = {2, 0, 1, 3, 0};
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct arena a = {0};
        struct column_builder from, to;
        struct column c, d;
        CHECK_EQ_INT(column_builder_init(&from, kinds[k], 4, &a), MVL_OK);
        CHECK_EQ_INT(column_builder_init(&to, kinds[k], COUNT(order), &a), MVL_OK);
        CHECK_EQ_INT(column_builder_null(&from), MVL_OK);
        CHECK_EQ_INT(column_builder_absent(&from), MVL_OK);
        for (int64_t v = 2; v < 4; v++) {
            if (kinds[k] == KIND_I64)
                column_builder_i64(&from, v);
            else if (kinds[k] == KIND_F64)
                column_builder_f64(&from, (double)v);
            else
                column_builder_text(&from, v == 2 ? STR("two") : STR("3"));
        }
        CHECK_EQ_INT(column_builder_finish(&from, &c), MVL_OK);
        for (size_t i = 0; i < COUNT(order); i++)
            CHECK_EQ_INT(column_builder_value(&to, &c, order[i]), MVL_OK);
        CHECK_EQ_INT(column_builder_finish(&to, &d), MVL_OK);
        for (uint32_t i = 0; i < COUNT(order); i++) {
            CHECK_EQ_INT(column_is_null(&d, i), column_is_null(&c, order[i]));
            CHECK_EQ_INT(column_is_given(&d, i), column_is_given(&c, order[i]));
            if (kind_is_text(kinds[k]))
                CHECK(str_eq(column_text(&d, i), column_text(&c, order[i])));
            else if (!column_is_null(&d, i))
                CHECK(((const uint64_t *)d.data)[i] == ((const uint64_t *)c.data)[order[i]]);
        }
        arena_fini(&a);
    }
}

TEST(json_of_each_row_begins_anew)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    CHECK_EQ_INT(column_builder_init(&b, KIND_JSON, 3, &a), MVL_OK);
    json_put_int(&b.text, 1);
    column_builder_end_text(&b);
    CHECK_EQ_INT(column_builder_null(&b), MVL_OK);
    json_open(&b.text, '[');
    json_put_int(&b.text, 2);
    json_put_int(&b.text, 3);
    json_close(&b.text, ']');
    column_builder_end_text(&b);
    if (CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK)) {
        CHECK(str_eq(column_text(&c, 0), STR("1")));
        CHECK(str_eq(column_text(&c, 2), STR("[2,3]")));
    }
    arena_fini(&a);
}

TEST(a_column_may_have_no_rows_and_a_text_no_bytes)
{
    static const enum column_kind kinds[] = {KIND_I64, KIND_F64, KIND_STR, KIND_JSON};
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CHECK_EQ_INT(column_builder_init(&b, kinds[i], 0, &a), MVL_OK);
        CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK);
        CHECK(c.data != NULL);
    }
    CHECK_EQ_INT(column_builder_init(&b, KIND_STR, 1, &a), MVL_OK);
    column_builder_text(&b, STR_NONE);
    if (CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK))
        CHECK(column_text(&c, 0).n == 0 && !column_is_null(&c, 0));
    arena_fini(&a);
}

TEST(any_number_of_rows_reads_back)
{
    struct random r = random_from(29);
    for (uint32_t n = 1; n <= 130; n++) {
        struct arena a = {0};
        struct column_builder b;
        struct column c = {0};
        bool null[130];
        char text[16];
        CHECK_EQ_INT(column_builder_init(&b, KIND_STR, n, &a), MVL_OK);
        for (uint32_t i = 0; i < n; i++) {
            null[i] = random_below(&r, 3) == 0;
            snprintf(text, sizeof text, "row %u", (unsigned)(i * i));
            if (null[i])
                CHECK_EQ_INT(column_builder_null(&b), MVL_OK);
            else
                column_builder_text(&b, str_of(text));
        }
        CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK);
        for (uint32_t i = 0; i < n; i++) {
            snprintf(text, sizeof text, "row %u", (unsigned)(i * i));
            CHECK(column_is_null(&c, i) == null[i]);
            CHECK(str_eq(column_text(&c, i), str_of(null[i] ? "" : text)));
        }
        arena_fini(&a);
    }
}

TEST(a_builder_may_be_dropped_at_any_row)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    CHECK_EQ_INT(column_builder_init(&b, KIND_STR, 2, &a), MVL_OK);
    column_builder_text(&b, STR("a text that takes memory"));
    column_builder_drop(&b);
    CHECK_EQ_INT(column_builder_init(&b, KIND_STR, 1, &a), MVL_OK);
    column_builder_text(&b, STR("x"));
    CHECK_EQ_INT(column_builder_finish(&b, &c), MVL_OK);
    column_builder_drop(&b); /* harmless */
    arena_fini(&a);
}

enum { N_ROWS = 100000 }; /* every part takes a block of the arena by itself */

static int build_texts(void *context)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    (void)context;
    int rc = column_builder_init(&b, KIND_STR, N_ROWS * 8, &a);
    for (uint32_t i = 0; i < N_ROWS * 8 && rc == MVL_OK; i++) {
        if (i % 1000 == 999)
            rc = i % 2000 == 999 ? column_builder_null(&b) : column_builder_absent(&b);
        else
            column_builder_text(&b, STR("text"));
    }
    if (rc == MVL_OK)
        rc = column_builder_finish(&b, &c);
    else
        column_builder_drop(&b);
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_of_texts_may_fail)
{
    CHECK(each_allocation_fails(build_texts, NULL) >= 10);
}

static int build_numbers(void *context)
{
    struct arena a = {0};
    struct column_builder b;
    struct column c;
    (void)context;
    int rc = column_builder_init(&b, KIND_I64, N_ROWS * 8, &a);
    for (uint32_t i = 0; i < N_ROWS * 8 && rc == MVL_OK; i++) {
        if (i == 5)
            rc = column_builder_absent(&b);
        else
            column_builder_i64(&b, i);
    }
    if (rc == MVL_OK)
        rc = column_builder_finish(&b, &c);
    else
        column_builder_drop(&b);
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_of_numbers_may_fail)
{
    CHECK_EQ_INT(each_allocation_fails(build_numbers, NULL), 3);
}
