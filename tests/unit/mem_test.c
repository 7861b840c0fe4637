#include "base/mem.h"

#include "unit.h"

TEST(sizes_are_multiplied_or_saturate)
{
    CHECK_EQ_INT(mem_size(0, 8), 0);
    CHECK_EQ_INT(mem_size(8, 0), 0);
    CHECK_EQ_INT(mem_size(12, 1000), 12000);
    CHECK(mem_size(SIZE_MAX, 1) == SIZE_MAX);
    CHECK(mem_size(SIZE_MAX / 4, 4) == SIZE_MAX / 4 * 4);
    CHECK(mem_size(SIZE_MAX / 4 + 1, 4) == SIZE_MAX);
    CHECK(mem_size(SIZE_MAX, SIZE_MAX) == SIZE_MAX);
    CHECK(mem_size((size_t)1 << sizeof(size_t) * 4, (size_t)1 << sizeof(size_t) * 4) == SIZE_MAX);
}

TEST(memory_can_be_written_to_its_last_byte)
{
    char *a = mem_alloc(100), *b = mem_array(10, 10), *c = mem_aligned(10, 10);
    if (CHECK(a && b && c)) {
        memset(a, 1, 100);
        memset(b, 2, 100);
        memset(c, 3, 100);
    }
    mem_free(a);
    mem_free(b);
    mem_free(c);
}

TEST(nothing_is_a_valid_size)
{
    void *a = mem_alloc(0), *b = mem_array(0, 8), *c = mem_aligned(0, 8), *d = mem_grow(NULL, 0, 8);
    CHECK(a && b && c && d);
    CHECK((d = mem_grow(d, 0, 0)) != NULL);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(d);
    mem_free(NULL);
}

TEST(an_impossible_size_is_refused)
{
    CHECK(mem_alloc(SIZE_MAX) == NULL);
    CHECK(mem_alloc((size_t)PTRDIFF_MAX + 1) == NULL);
    CHECK(mem_array(SIZE_MAX / 2, 3) == NULL);
    CHECK(mem_aligned(SIZE_MAX / 2, 3) == NULL);
    CHECK(mem_aligned(PTRDIFF_MAX, 1) == NULL);
    CHECK(mem_aligned(SIZE_MAX, 1) == NULL);
    CHECK(mem_grow(NULL, SIZE_MAX / 2, 3) == NULL);
}

TEST(aligned_memory_stands_on_a_cache_line)
{
    for (size_t n = 0; n < 300; n += 7) {
        void *p = mem_aligned(n, 1);
        CHECK(p && (uintptr_t)p % 64 == 0);
        mem_free(p);
    }
}

TEST(growing_keeps_what_there_was)
{
    uint32_t *p = NULL;
    for (uint32_t n = 1; n <= 1000; n++) {
        uint32_t *more = mem_grow(p, n, sizeof *p);
        if (!CHECK(more != NULL))
            break;
        p = more;
        p[n - 1] = n;
        CHECK_EQ_INT(p[0], 1);
        CHECK_EQ_INT(p[n / 2], n / 2 + 1);
    }
    mem_free(p);
}

TEST(after_a_failed_growth_the_old_memory_stands)
{
    char *p = mem_alloc(5);
    if (!CHECK(p != NULL))
        return;
    memcpy(p, "four", 5);
    CHECK(mem_grow(p, SIZE_MAX, 8) == NULL);
    CHECK_STR(p, "four");
    mem_fail_nth(1);
    CHECK(mem_grow(p, 100, 8) == NULL);
    CHECK_STR(p, "four");
    mem_fail_nth(0);
    mem_free(p);
}

TEST(only_the_nth_allocation_fails)
{
    for (uint64_t nth = 1; nth <= 8; nth++) {
        mem_fail_nth(0);
        mem_fail_nth(nth);
        for (uint64_t i = 1; i <= 8; i++) {
            void *p = i % 4 == 0   ? mem_alloc(8)
                      : i % 4 == 1 ? mem_array(2, 8)
                      : i % 4 == 2 ? mem_grow(NULL, 2, 8)
                                   : mem_aligned(2, 8);
            CHECK((p == NULL) == (i == nth));
            mem_free(p);
        }
        CHECK_EQ_INT(mem_fail_nth(0), 8);
    }
}
