#include "base/bytes.h"

#include "base/error.h"
#include "faults.h"
#include "random.h"
#include "unit.h"

TEST(numbers_are_little_endian)
{
    const uint8_t bytes[] = {0x01, 0x02, 0x03, 0xf4, 0x05, 0x06, 0x07, 0xf8};
    CHECK_EQ_INT(bytes_u32(bytes), 0xf4030201);
    CHECK(bytes_u64(bytes) == UINT64_C(0xf8070605f4030201));
    uint8_t to[8];
    bytes_set_u64(to, UINT64_C(0xf8070605f4030201));
    CHECK(memcmp(to, bytes, 8) == 0);
    bytes_set_u32(to, 0xdeadbeef);
    CHECK(memcmp(to, (uint8_t[]){0xef, 0xbe, 0xad, 0xde}, 4) == 0);
}

TEST(reads_what_is_there)
{
    const uint8_t bytes[] = {0xff, 0x02, 0xf1, 0x01, 0x02, 0x03, 0xf4, 'x', 'y'};
    struct reader r = {.p = bytes, .n = sizeof bytes};
    CHECK_EQ_INT(reader_u8(&r), 0xff);
    CHECK_EQ_INT(reader_u16(&r), 0xf102);
    CHECK_EQ_INT(reader_u32(&r), 0xf4030201);
    CHECK(reader_bytes(&r, 2) == bytes + 7);
    CHECK(reader_bytes(&r, 0) != NULL);
    CHECK(!r.bad);
}

TEST(a_read_past_the_end_gives_zeros_from_then_on)
{
    const uint8_t bytes[] = {1, 2, 3};
    struct reader r = {.p = bytes, .n = sizeof bytes};
    CHECK_EQ_INT(reader_u32(&r), 0);
    CHECK(r.bad);
    CHECK_EQ_INT(reader_u8(&r), 0); /* though a byte is there */
    CHECK_EQ_INT(reader_u16(&r), 0);
    CHECK(reader_bytes(&r, 1) == NULL);
    CHECK(reader_padded(&r, 0) == NULL);
    CHECK_EQ_INT(r.at, 0);
}

TEST(every_read_stops_at_the_end)
{
    const uint8_t bytes[] = {1};
    struct reader r = {.p = bytes, .n = 0};
    CHECK_EQ_INT(reader_u8(&r), 0);
    CHECK(r.bad);
    r = (struct reader){.p = bytes, .n = 1};
    CHECK_EQ_INT(reader_u16(&r), 0);
    CHECK(r.bad);
    r = (struct reader){.p = bytes, .n = 1, .at = 1};
    CHECK(reader_bytes(&r, SIZE_MAX) == NULL);
    CHECK(r.bad);
}

TEST(padding_ends_at_the_next_multiple_of_16)
{
    static const uint8_t bytes[48];
    for (size_t n = 0; n <= 32; n++) {
        struct reader r = {.p = bytes, .n = sizeof bytes};
        CHECK(reader_padded(&r, n) == bytes);
        CHECK_EQ_INT(r.at, (n + 15) / 16 * 16);
    }
}

TEST(missing_padding_is_an_error)
{
    static const uint8_t bytes[20];
    struct reader r = {.p = bytes, .n = sizeof bytes};
    CHECK(reader_padded(&r, 16) == bytes);
    CHECK(reader_padded(&r, 4) == NULL);
    CHECK(r.bad);
}

TEST(what_is_written_is_read_back)
{
    struct random random = random_from(3);
    struct writer w = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        uint8_t filler[40] = {(uint8_t)i};
        writer_u8(&w, (uint8_t)i);
        writer_u32(&w, i * 0x01010101u);
        writer_bytes(&w, filler, random_below(&random, sizeof filler));
        writer_pad(&w);
        CHECK_EQ_INT(w.n % 16, 0);
    }
    CHECK(!w.failed && w.n <= w.capacity);
    random = random_from(3);
    struct reader r = {.p = w.p, .n = w.n};
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK_EQ_INT(reader_u8(&r), (uint8_t)i);
        CHECK_EQ_INT(reader_u32(&r), i * 0x01010101u);
        const uint8_t *filler = reader_padded(&r, random_below(&random, 40));
        CHECK(filler != NULL);
    }
    CHECK(!r.bad && r.at == r.n);
    writer_fini(&w);
    CHECK(w.p == NULL && w.n == 0);
}

TEST(padding_is_zero_and_none_when_aligned)
{
    struct writer w = {0};
    writer_pad(&w);
    CHECK_EQ_INT(w.n, 0);
    writer_u8(&w, 0xff);
    writer_pad(&w);
    CHECK_EQ_INT(w.n, 16);
    for (int i = 1; i < 16 && w.p; i++)
        CHECK_EQ_INT(w.p[i], 0);
    writer_pad(&w);
    CHECK_EQ_INT(w.n, 16);
    writer_fini(&w);
}

TEST(texts_of_no_bytes_write_nothing)
{
    struct writer w = {0};
    writer_str(&w, STR_NONE);
    writer_str(&w, STR(""));
    writer_bytes(&w, NULL, 0);
    CHECK(!w.failed && w.n == 0);
    writer_str(&w, STR("text"));
    writer_str(&w, STR(""));
    CHECK(w.n == 4 && memcmp(w.p, "text", 4) == 0);
    writer_fini(&w);
}

TEST(space_is_filled_in_by_the_caller)
{
    struct writer w = {0};
    uint8_t *to = writer_space(&w, 3);
    if (CHECK(to != NULL))
        memcpy(to, "abc", 3);
    writer_u8(&w, 'd');
    CHECK(w.n == 4 && memcmp(w.p, "abcd", 4) == 0);
    writer_fini(&w);
}

TEST(reserving_is_not_writing)
{
    struct writer w = {0};
    CHECK_EQ_INT(writer_reserve(&w, 100), MVL_OK);
    CHECK(w.n == 0 && w.capacity >= 100);
    const uint8_t *before = w.p;
    for (int i = 0; i < 100; i++)
        writer_u8(&w, 1);
    CHECK(w.p == before);
    writer_fini(&w);
}

TEST(an_impossible_size_fails)
{
    struct writer w = {0};
    writer_u8(&w, 1);
    CHECK_EQ_INT(writer_reserve(&w, SIZE_MAX), MVL_NOMEM);
    CHECK(w.failed);
    CHECK(writer_space(&w, SIZE_MAX / 2) == NULL);
    CHECK_EQ_INT(w.n, 1);
    writer_fini(&w);
}

static int write_a_lot(void *context)
{
    struct writer w = {0};
    (void)context;
    for (uint32_t i = 0; i < 100; i++) {
        bool failed = w.failed;
        size_t n = w.n;
        writer_u32(&w, i);
        writer_u8(&w, 7);
        writer_str(&w, STR("some text"));
        writer_pad(&w);
        CHECK(!failed || (w.failed && w.n == n)); /* after a failure nothing is written */
        CHECK(!w.failed || writer_reserve(&w, 0) == MVL_NOMEM);
    }
    int rc = w.failed ? MVL_NOMEM : MVL_OK;
    writer_fini(&w);
    CHECK(!w.failed);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(write_a_lot, NULL) >= 5);
}
