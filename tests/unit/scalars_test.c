#include "table/scalars.h"

#include <math.h>

#include "base/mem.h"
#include "columns.h"
#include "random.h"
#include "schemas.h"

enum { N = 3 * SCALARS_BLOCK + 5 };

static struct scalars *scalars_of(enum scalar_kind kind, uint32_t n_rows)
{
    struct scalars *s = NULL;
    CHECK_EQ_INT(scalars_create(&s, kind), MVL_OK);
    CHECK_EQ_INT(scalars_extend(s, n_rows), MVL_OK);
    return s;
}

TEST(values_stay_as_rows_come)
{
    static int64_t numbers[N];
    static bool is_there[N];
    struct random random = random_from(31);
    struct scalars *s = scalars_of(SCALAR_INT, 0);
    const struct column column = {.kind = KIND_I64, .data = numbers};
    for (uint32_t row = 0; row < N; row++) {
        if (row >= s->n_rows) {
            uint32_t n = row + 1 + random_below(&random, 900);
            CHECK_EQ_INT(scalars_extend(s, n), MVL_OK);
            CHECK(s->n_rows == n && s->capacity >= n && s->capacity % SCALARS_BLOCK == 0);
        }
        numbers[row] = (int64_t)random_u64(&random);
        is_there[row] = random_below(&random, 3) > 0;
        if (is_there[row])
            CHECK_EQ_INT(scalars_set_column(s, row, &column, row), MVL_OK);
    }
    for (uint32_t row = 0; row < N; row++) {
        struct cell cell = scalars_cell(s, row);
        CHECK_EQ_INT(scalars_has(s, row), is_there[row]);
        CHECK_EQ_INT(cell.kind, is_there[row] ? JSON_INT : JSON_NULL);
        CHECK_EQ_INT(cell.integer, is_there[row] ? numbers[row] : 0);
    }
    CHECK(!scalars_has(s, s->n_rows) && !scalars_has(s, UINT32_MAX));
    CHECK(scalars_bytes(s) >= s->capacity * sizeof(int64_t));
    scalars_destroy(s);
}

TEST(reals_and_texts_are_what_the_column_held)
{
    static const double reals[] = {-0.0, 0x1p-1074, 1e300};
    static const char *const texts[] = {"", "zw\xc3\xb6lf", "a longer text"};
    struct arena a = {0};
    struct scalars *real = scalars_of(SCALAR_REAL, 3), *text = scalars_of(SCALAR_TEXT, 3);
    const struct column real_column = {.kind = KIND_F64, .data = reals},
                        words = text_column(&a, "text", KIND_STR, texts, 3);
    for (uint32_t row = 0; row < 3; row++) { /* backwards: a row is not its place in the column */
        CHECK_EQ_INT(scalars_set_column(real, row, &real_column, 2 - row), MVL_OK);
        CHECK_EQ_INT(scalars_set_column(text, row, &words, 2 - row), MVL_OK);
    }
    for (uint32_t row = 0; row < 3; row++) {
        struct cell x = scalars_cell(real, row), y = scalars_cell(text, row);
        double expected = reals[2 - row];
        CHECK(x.kind == JSON_REAL && x.real == expected && signbit(x.real) == signbit(expected));
        CHECK(y.kind == JSON_STRING && str_eq(y.text, str_of(texts[2 - row])));
    }
    scalars_destroy(real);
    scalars_destroy(text);
    arena_fini(&a);
}

TEST(json_of_any_kind_is_kept_with_its_kind)
{
    struct arena a = {0};
    const struct json *list = json_of(&a, "[null,true,-7,2.5,'x\\u0041',[1, 2],{'k':[]}]");
    if (!CHECK(list))
        return;
    struct scalars *s = scalars_of(SCALAR_MIXED, list->count);
    uint32_t row = 0;
    for (const struct json *value = list->first; value; value = value->next)
        CHECK_EQ_INT(scalars_set_json(s, row++, value), MVL_OK);
    row = 0;
    for (const struct json *value = list->first; value; value = value->next, row++) {
        struct cell cell = scalars_cell(s, row);
        CHECK_EQ_INT(cell.kind, value->kind);
        CHECK_EQ_INT(scalars_has(s, row), value->kind != JSON_NULL);
    }
    CHECK_EQ_INT(scalars_cell(s, 1).integer, 1);
    CHECK_EQ_INT(scalars_cell(s, 2).integer, -7);
    CHECK(scalars_cell(s, 3).real == 2.5);
    CHECK(str_eq(scalars_cell(s, 4).text, STR("xA")));
    CHECK(str_eq(scalars_cell(s, 5).text, STR("[1, 2]")));
    CHECK(str_eq(scalars_cell(s, 6).text, STR("{\"k\":[]}")));
    scalars_destroy(s);
    arena_fini(&a);
}

TEST(a_cleared_row_is_null_and_its_neighbours_are_not)
{
    static const int64_t numbers[130];
    const struct column column = {.kind = KIND_I64, .data = numbers};
    struct scalars *s = scalars_of(SCALAR_INT, 130);
    for (uint32_t row = 0; row < 130; row++)
        CHECK_EQ_INT(scalars_set_column(s, row, &column, row), MVL_OK);
    scalars_clear(s, 63);
    scalars_clear(s, 128);
    scalars_clear(s, 100000); /* a row that has not come */
    for (uint32_t row = 0; row < 130; row++)
        CHECK_EQ_INT(scalars_has(s, row), row != 63 && row != 128);
    scalars_destroy(s);
}
