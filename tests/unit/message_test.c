#include "api/message.h"

#include <stdlib.h>

#include "caller.h"
#include "unit.h"

enum { N = 3 };

/* Columns of every kind and form, three rows each. */
static const uint8_t bits[] = {0x05};
static const uint8_t bools[N] = {1, 0, 1}, bytes[N * 2] = {1, 2, 3, 250, 0, 9};
static const int8_t signed_bytes[N * 2] = {-1, 2, -3, 4, 5, -128};
static const uint16_t halves[N * 2] = {1, 65535, 3, 4, 5, 6};
static const int64_t integers[N] = {INT64_MIN, 0, INT64_MAX};
static const double numbers[N * 2] = {1.5, -2, 3e300, 0, 1, 2};
static const float floats[N * 4] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint32_t text_ends[N + 1] = {0, 3, 3, 8}, ragged_ends[N + 1] = {0, 1, 1, 5};
static const char texts[] = "a\xc3\xa9[\"x\"]"; /* "aé", "", ["x"] */

static const struct column all[] = {
    {.name = {"flag", 4}, .kind = KIND_BOOL, .data = bools},
    {.name = {"id", 2}, .kind = KIND_I64, .data = integers},
    {.name = {"nullable", 8}, .kind = KIND_I64, .valid = bits, .data = integers},
    {.name = {"number", 6}, .kind = KIND_F64, .valid = bits, .given = bits, .data = numbers},
    {.name = {"text", 4}, .kind = KIND_STR, .offsets = text_ends, .data = texts},
    {.name = {"json", 4}, .kind = KIND_JSON, .given = bits, .offsets = text_ends, .data = texts},
    {.name = {"u8", 2}, .kind = KIND_MATRIX_U8, .width = 2, .data = bytes},
    {.name = {"i8", 2}, .kind = KIND_MATRIX_I8, .width = 2, .data = signed_bytes},
    {.name = {"u16", 3}, .kind = KIND_MATRIX_U16, .width = 2, .data = halves},
    {.name = {"f32", 3}, .kind = KIND_MATRIX_F32, .width = 4, .data = floats},
    {.name = {"f64", 3}, .kind = KIND_MATRIX_F64, .width = 2, .data = numbers},
    {.name = {"ragged", 6}, .kind = KIND_MATRIX_F32, .offsets = ragged_ends, .data = floats},
    {.name = {"empty", 5}, .kind = KIND_MATRIX_F64, .data = numbers},
    {.name = {"", 0}, .kind = KIND_MATRIX_U8, .width = 1, .data = bytes},
};

static struct caller message_of_all(void)
{
    struct caller c = {0};
    caller_begin(&c, CALL_insert, N, "{'collection_name':'docs'}");
    for (size_t i = 0; i < COUNT(all); i++)
        caller_add(&c, all[i]);
    return c;
}

/* Reads every byte that the batch gives, as its users may. */
static uint64_t touch(const struct message *m)
{
    uint64_t sum = m->op + m->params.n;
    for (uint32_t i = 0; i < m->params.n; i++)
        sum += (uint8_t)m->params.p[i];
    for (uint32_t i = 0; i < m->batch.n_columns; i++) {
        const struct column *c = &m->batch.columns[i];
        for (uint32_t k = 0; k < c->name.n; k++)
            sum += (uint8_t)c->name.p[k];
        for (uint32_t row = 0; row < m->batch.n_rows; row++) {
            struct str text = {c->data, 0};
            sum += column_is_null(c, row) + 2u * column_is_given(c, row);
            if (kind_is_text(c->kind)) {
                text = column_text(c, row);
            } else if (kind_is_matrix(c->kind)) {
                struct matrix_row r = column_matrix_row(c, row);
                text = (struct str){r.p, r.n * kind_element_bytes(c->kind)};
            } else {
                text.n = kind_element_bytes(c->kind);
                text.p += (size_t)row * text.n;
            }
            for (uint32_t k = 0; k < text.n; k++)
                sum += (uint8_t)text.p[k];
        }
    }
    return sum;
}

/* Checks n bytes in a block of just that size, and reads what passes. */
static int check(const uint8_t *message, size_t n, uint64_t *sum)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct message m;
    uint8_t *exact = malloc(n ? n : 1);
    if (!CHECK(exact != NULL))
        return -1;
    memcpy(exact, message, n);
    int rc = message_check(exact, n, &a, &m, &e);
    if (rc == MVL_OK)
        *sum += touch(&m);
    else
        CHECK(strncmp(e.reason, "malformed request: ", 19) == 0);
    free(exact);
    arena_fini(&a);
    return rc;
}

TEST(a_valid_message_is_read_in_place)
{
    struct caller c = message_of_all();
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct message m;
    CHECK_EQ_INT(message_check(c.request, c.request_bytes, &a, &m, &e), MVL_OK);
    CHECK_EQ_INT(m.op, CALL_insert);
    CHECK(str_eq(m.params, STR("{\"collection_name\":\"docs\"}")));
    CHECK_EQ_INT(m.batch.n_columns, COUNT(all));
    CHECK_EQ_INT(m.batch.n_rows, N);
    for (size_t i = 0; i < COUNT(all); i++) {
        const struct column *got = &m.batch.columns[i], *put = &all[i];
        CHECK(str_eq(got->name, put->name));
        CHECK_EQ_INT(got->kind, put->kind);
        CHECK_EQ_INT(got->width, put->width);
        CHECK_EQ_INT(got->valid ? *got->valid : 0, put->valid ? *put->valid : 0);
        CHECK_EQ_INT(got->given ? *got->given : 0, put->given ? *put->given : 0);
        CHECK(!put->offsets || memcmp(got->offsets, put->offsets, sizeof text_ends) == 0);
        uint32_t n = put->offsets ? put->offsets[N] : N * (put->kind >= KIND_MATRIX_U8 ? put->width : 1);
        CHECK(memcmp(got->data, put->data, (size_t)n * kind_element_bytes(put->kind)) == 0);
        CHECK_EQ_INT((uintptr_t)got->data % 16, (uintptr_t)c.request % 16);
    }
    arena_fini(&a);
    caller_fini(&c);
}

TEST(a_message_is_written_as_it_is_read)
{
    struct caller c = message_of_all();
    struct writer w = {0};
    struct column columns[COUNT(all)];
    memcpy(columns, all, sizeof columns);
    struct batch batch = {columns, COUNT(all), N};
    struct str params = STR("{\"collection_name\":\"docs\"}");
    CHECK_EQ_INT(message_bytes(params, &batch), c.request_bytes);
    message_write(&w, CALL_insert, 0, params, &batch);
    CHECK(!w.failed);
    CHECK_EQ_INT(w.n, c.request_bytes);
    CHECK(w.n == c.request_bytes && memcmp(w.p, c.request, w.n) == 0);
    writer_fini(&w);
    caller_fini(&c);
}

TEST(roles_and_codes_are_written)
{
    struct writer w = {0};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct message m;
    struct column column = {.name = STR("id"), .kind = KIND_I64, .role = ROLE_ID, .data = integers};
    struct batch batch = {&column, 1, N};
    message_write(&w, 9, 1100, STR("{}"), &batch);
    CHECK_EQ_INT(bytes_u32(w.p + 16), 1100);
    CHECK_EQ_INT(message_check(w.p, w.n, &a, &m, &e), MVL_OK);
    CHECK_EQ_INT(m.batch.columns[0].role, ROLE_ID);
    writer_fini(&w);
    arena_fini(&a);
}

TEST(every_flipped_bit_is_refused_or_harmless)
{
    struct caller c = message_of_all();
    uint64_t sum = 0;
    uint32_t n_refused = 0, n_passed = 0;
    for (size_t at = 0; at < c.request_bytes; at++) {
        for (int bit = 0; bit <= 8; bit++) {
            uint8_t was = c.request[at];
            c.request[at] ^= (uint8_t)(bit == 8 ? 0xff : 1 << bit);
            int rc = check(c.request, c.request_bytes, &sum);
            CHECK(rc == MVL_OK || rc == MVL_PARAM_INVALID);
            *(rc == MVL_OK ? &n_passed : &n_refused) += 1;
            c.request[at] = was;
        }
    }
    printf("# %u refused, %u passed (sum %" PRIu64 ")\n", n_refused, n_passed, sum);
    CHECK(n_refused > 1000 && n_passed > 1000);
    CHECK_EQ_INT(check(c.request, c.request_bytes, &sum), MVL_OK);
    caller_fini(&c);
}

TEST(every_truncation_and_extension_is_refused)
{
    struct caller c = message_of_all();
    uint64_t sum = 0;
    size_t n = c.request_bytes;
    for (size_t length = 0; length < n; length++) {
        if (!CHECK_EQ_INT(check(c.request, length, &sum), MVL_PARAM_INVALID))
            break;
        uint8_t *copy = malloc(n); /* also when the header agrees */
        if (!CHECK(copy != NULL))
            break;
        memcpy(copy, c.request, n);
        bytes_set_u32(copy + 4, (uint32_t)length);
        CHECK_EQ_INT(length < 8 ? MVL_PARAM_INVALID : check(copy, length, &sum), MVL_PARAM_INVALID);
        free(copy);
    }
    uint8_t *longer = calloc(n + 64, 1);
    if (!CHECK(longer != NULL))
        return;
    memcpy(longer, c.request, n);
    for (size_t more = 1; more <= 64; more++) {
        bytes_set_u32(longer + 4, (uint32_t)(n + more));
        CHECK_EQ_INT(check(longer, n + more, &sum), MVL_PARAM_INVALID);
    }
    free(longer);
    caller_fini(&c);
}

TEST(sizes_whose_product_overflows_are_refused)
{
    /* rows * width * 8 is 0 modulo 2^64; rows + 1 times 4 is 4 modulo 2^32 */
    static const struct {
        uint32_t n_rows, width;
        uint8_t kind;
    } cases[] = {{1u << 30, 1u << 31, KIND_MATRIX_F64},
                 {1u << 30, 1u << 30, KIND_MATRIX_F64},
                 {1u << 30, 0, KIND_STR},
                 {INT32_MAX, 0, KIND_JSON},
                 {INT32_MAX, 0, KIND_I64},
                 {1u << 31, 0, KIND_BOOL},
                 {UINT32_MAX, UINT32_MAX, KIND_MATRIX_U8}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct caller c = {0};
        uint64_t sum = 0;
        caller_begin(&c, CALL_insert, 0, "{}");
        size_t at = c.request_bytes;
        caller_add(&c, (struct column){.name = STR("x"), .kind = (enum column_kind)cases[i].kind});
        bytes_set_u32(c.request + 12, cases[i].n_rows);
        bytes_set_u32(c.request + at + 8, cases[i].width);
        CHECK_EQ_INT(check(c.request, c.request_bytes, &sum), MVL_PARAM_INVALID);
        caller_fini(&c);
    }
}

/* The reason why a message of one column is refused. */
static void check_column(struct column column, const char *reason)
{
    struct caller c = {0};
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct message m;
    caller_begin(&c, CALL_insert, N, "{}");
    caller_add(&c, column);
    CHECK_EQ_INT(message_check(c.request, c.request_bytes, &a, &m, &e), MVL_PARAM_INVALID);
    CHECK_STR(e.reason, reason);
    arena_fini(&a);
    caller_fini(&c);
}

TEST(columns_that_lie_are_refused_with_the_reason)
{
    static const uint8_t two[N] = {0, 2, 1};
    static const uint32_t backwards[N + 1] = {0, 5, 3, 8}, late[N + 1] = {1, 3, 3, 8},
                                        within_a_character[N + 1] = {0, 2, 3, 8};
    check_column((struct column){.kind = KIND_BOOL, .data = two},
                 "malformed request: a boolean is neither 0 nor 1");
    check_column((struct column){.kind = KIND_STR, .offsets = backwards, .data = texts},
                 "malformed request: a column's data does not fit its rows");
    check_column((struct column){.kind = KIND_STR, .offsets = late, .data = texts},
                 "malformed request: a column's data does not fit its rows");
    check_column((struct column){.kind = KIND_STR, .offsets = within_a_character, .data = texts},
                 "malformed request: text is not UTF-8");
    check_column((struct column){.name = STR("\xff"), .kind = KIND_I64, .data = integers},
                 "malformed request: text is not UTF-8");
    check_column((struct column){.kind = KIND_I64, .width = 2, .data = integers},
                 "malformed request: a width where there is none");
    check_column((struct column){.kind = KIND_I64, .role = (enum column_role)9, .data = integers},
                 "malformed request: an unknown kind of column");
}

TEST(no_columns_and_no_rows_are_fine)
{
    struct caller c = {0};
    uint64_t sum = 0;
    caller_begin(&c, CALL_open, 0, "{}");
    CHECK_EQ_INT(check(c.request, c.request_bytes, &sum), MVL_OK);
    caller_begin(&c, CALL_insert, 0, "%s", "");
    for (size_t i = 0; i < COUNT(all); i++)
        caller_add(&c, all[i]);
    CHECK_EQ_INT(check(c.request, c.request_bytes, &sum), MVL_OK);
    caller_fini(&c);
}
