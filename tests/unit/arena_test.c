#include "base/arena.h"

#include "base/error.h"
#include "base/mem.h"
#include "faults.h"
#include "random.h"
#include "unit.h"

enum { FIRST_BYTES = 1024, BLOCK_BYTES = 64 * 1024 };

/* How many allocations work makes of the heap. */
static uint64_t heap_allocations(void)
{
    return mem_fail_nth(0);
}

TEST(blocks_are_aligned_and_do_not_overlap)
{
    struct random r = random_from(1);
    struct arena a = {0};
    enum { N = 500 };
    static uint8_t *p[N];
    static size_t n[N];
    for (uint32_t i = 0; i < N; i++) {
        n[i] = random_below(&r, i % 50 == 0 ? 3 * BLOCK_BYTES : 300);
        p[i] = arena_alloc(&a, n[i]);
        if (!CHECK(p[i] != NULL))
            return;
        CHECK_EQ_INT((uintptr_t)p[i] % 16, 0);
        memset(p[i], (int)(i % 251), n[i]);
    }
    for (uint32_t i = 0; i < N; i++)
        for (size_t k = 0; k < n[i]; k++)
            if (p[i][k] != i % 251 && !CHECK(!"overwritten by another block"))
                return;
    arena_fini(&a);
}

TEST(an_empty_arena_can_be_reset_and_finished)
{
    struct arena a = {0};
    arena_reset(&a);
    arena_fini(&a);
    CHECK(a.blocks == NULL);
}

TEST(nothing_is_a_valid_size)
{
    struct arena a = {0};
    CHECK(arena_alloc(&a, 0) != NULL);
    CHECK(arena_array(&a, 0, 8) != NULL);
    CHECK(arena_zeroed(&a, 5, 0) != NULL);
    arena_fini(&a);
}

TEST(zeroed_memory_is_zero_also_where_it_was_used_before)
{
    struct arena a = {0};
    uint8_t *used = arena_alloc(&a, 1000);
    if (!CHECK(used != NULL))
        return;
    memset(used, 0xff, 1000);
    arena_reset(&a);
    const uint8_t *zeros = arena_zeroed(&a, 100, 10);
    if (CHECK(zeros == used))
        for (int i = 0; i < 1000; i++)
            CHECK_EQ_INT(zeros[i], 0);
    arena_fini(&a);
}

TEST(a_size_that_overflows_is_refused)
{
    struct arena a = {0};
    CHECK(arena_array(&a, SIZE_MAX / 8 + 2, 8) == NULL);
    CHECK(arena_zeroed(&a, SIZE_MAX / 2, 3) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX - 8) == NULL);
    CHECK(arena_alloc(&a, PTRDIFF_MAX) == NULL);
    CHECK(a.blocks == NULL);
}

TEST(a_copy_is_ended_by_a_nul_and_keeps_those_inside)
{
    struct arena a = {0};
    struct str copy;
    CHECK_EQ_INT(arena_copy(&a, STR("a\0b"), &copy), MVL_OK);
    CHECK_EQ_INT(copy.n, 3);
    CHECK(memcmp(copy.p, "a\0b", 4) == 0);
    CHECK_EQ_INT(arena_copy(&a, STR("sixteen letters!"), &copy), MVL_OK);
    uint8_t *next = arena_alloc(&a, 1);
    if (CHECK(next != NULL))
        *next = 0xff;
    CHECK_STR(copy.p, "sixteen letters!");
    CHECK_EQ_INT(arena_copy(&a, STR_NONE, &copy), MVL_OK);
    CHECK_EQ_INT(copy.n, 0);
    CHECK_STR(copy.p, "");
    arena_fini(&a);
}

TEST(small_requests_share_a_block)
{
    struct arena a = {0};
    for (int i = 0; i < FIRST_BYTES / 16; i++)
        CHECK(arena_alloc(&a, 16) != NULL);
    heap_allocations();
    for (int i = 0; i < BLOCK_BYTES / 16; i++)
        CHECK(arena_alloc(&a, 16) != NULL);
    CHECK_EQ_INT(heap_allocations(), 1);
    CHECK(arena_alloc(&a, 1) != NULL);
    CHECK_EQ_INT(heap_allocations(), 1);
    arena_fini(&a);
}

TEST(a_large_request_leaves_the_room_in_the_current_block)
{
    struct arena a = {0};
    const char *before = arena_alloc(&a, 16);
    CHECK(arena_alloc(&a, 4 * BLOCK_BYTES) != NULL);
    CHECK((const char *)arena_alloc(&a, 16) == before + 16);
    arena_fini(&a);
}

TEST(a_reset_arena_takes_nothing_more_from_the_heap_for_a_small_request)
{
    struct arena a = {0};
    for (int i = 0; i < 20; i++)
        CHECK(arena_alloc(&a, 10000) != NULL);
    heap_allocations();
    for (int request = 0; request < 100; request++) {
        arena_reset(&a);
        CHECK(arena_alloc(&a, 10000) != NULL);
    }
    CHECK_EQ_INT(heap_allocations(), 0);
    arena_fini(&a);
}

TEST(reset_gives_a_large_block_back)
{
    struct arena a = {0};
    CHECK(arena_alloc(&a, 10 * BLOCK_BYTES) != NULL);
    arena_reset(&a);
    CHECK(a.blocks == NULL);
    CHECK(arena_alloc(&a, 1) != NULL);
    arena_fini(&a);
}

static int fill_three_blocks(void *context)
{
    struct arena a = {0};
    int rc = MVL_OK;
    (void)context;
    for (int i = 0; i < 3 && rc == MVL_OK; i++) {
        struct str copy;
        rc = arena_alloc(&a, BLOCK_BYTES) ? MVL_OK : MVL_NOMEM;
        if (rc == MVL_OK)
            rc = arena_copy(&a, STR("text"), &copy);
        if (rc == MVL_OK)
            rc = arena_array(&a, BLOCK_BYTES, 2) && arena_zeroed(&a, BLOCK_BYTES, 2) ? MVL_OK : MVL_NOMEM;
    }
    if (rc == MVL_NOMEM)
        CHECK(arena_alloc(&a, 100) != NULL); /* still of use */
    arena_reset(&a);
    CHECK(arena_alloc(&a, 100) != NULL || rc == MVL_NOMEM);
    arena_fini(&a);
    return rc;
}

TEST(each_allocation_may_fail)
{
    CHECK(each_allocation_fails(fill_three_blocks, NULL) >= 9);
}
