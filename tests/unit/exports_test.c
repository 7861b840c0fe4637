/* What the module exports, natively: the source itself is part of this program. */
#include "exports.c" /* NOLINT(bugprone-suspicious-include) */

#include "base/json.h"
#include "caller.h"
#include "platform_memory.h"
#include "unit.h"

TEST(the_door_opens_answers_and_closes)
{
    platform_memory_reset();
    struct api *api = mvl_new();
    struct caller c = {0};
    if (!CHECK(api != NULL))
        return;
    caller_begin(&c, CALL_open, 0, "{'path':'/data/test.db'}");
    uint8_t *request = mvl_alloc((uint32_t)c.request_bytes);
    if (CHECK(request != NULL)) {
        memcpy(request, c.request, c.request_bytes);
        CHECK_EQ_INT(mvl_call(api, request, (uint32_t)c.request_bytes), 0);
        const uint8_t *reply = mvl_reply(api);
        CHECK(mvl_reply_bytes(api) >= 32 && memcmp(reply, "MVL1", 4) == 0);
        CHECK(reply[16] == 0 && reply[17] == 0);
    }
    mvl_free(request);
    mvl_delete(api);
    caller_fini(&c);
}

TEST(what_is_no_message_gets_an_error_as_its_reply)
{
    static const uint8_t zeros[32];
    struct api *api = mvl_new();
    if (!CHECK(api != NULL))
        return;
    for (uint32_t n = 0; n <= sizeof zeros; n++) {
        CHECK_EQ_INT(mvl_call(api, zeros, n), 0);
        CHECK_EQ_INT(mvl_reply(api)[16] | mvl_reply(api)[17] << 8, 1100);
    }
    mvl_delete(api);
}

TEST(memory_for_requests_is_aligned_and_may_be_nothing)
{
    for (uint32_t n = 0; n < 100; n++) {
        void *p = mvl_alloc(n);
        CHECK(p != NULL);
        CHECK_EQ_INT((uintptr_t)p % 16, 0);
        mvl_free(p);
    }
    mvl_free(NULL);
}

TEST(no_memory_is_null)
{
    mvl_delete(mvl_new());
    mem_fail_nth(1);
    CHECK(mvl_alloc(10) == NULL);
    for (uint64_t nth = 1; nth <= 3; nth++) {
        mem_fail_nth(nth);
        CHECK(mvl_new() == NULL);
    }
    mem_fail_nth(4);
    struct api *api = mvl_new();
    mem_fail_nth(0);
    CHECK(api != NULL);
    mvl_delete(api);
    mvl_delete(NULL);
}

TEST(the_description_and_the_number_of_the_interface_agree)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct json *j = NULL;
    CHECK_EQ_INT(mvl_abi(), 1);
    if (CHECK_EQ_INT(json_parse(str_of(mvl_describe()), &a, &j, "description", &e), MVL_OK))
        CHECK_EQ_INT(json_get(j, STR("abi"))->integer, mvl_abi());
    arena_fini(&a);
}
