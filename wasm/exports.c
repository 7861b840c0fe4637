/* What the WebAssembly module exports. The request belongs to the caller and is only read during mvl_call; the reply
 * belongs to the engine until its next call. */
#include <stdint.h>

#include "api/api.h"
#include "api/version.h"
#include "base/mem.h"
#include "platform.h"
#include "vfs.h"

int mvl_abi(void);
const char *mvl_describe(void);
void *mvl_alloc(uint32_t n);
void mvl_free(void *p);
struct api *mvl_new(void);
int mvl_call(struct api *api, const uint8_t *request, uint32_t n);
const uint8_t *mvl_reply(const struct api *api);
uint32_t mvl_reply_bytes(const struct api *api);
void mvl_delete(struct api *api);

int mvl_abi(void)
{
    return MVL_ABI;
}

const char *mvl_describe(void)
{
    return api_describe();
}

void *mvl_alloc(uint32_t n)
{
    return mem_aligned(n, 1);
}

void mvl_free(void *p)
{
    mem_free(p);
}

/* An engine with no database open; 0 when there is no memory. */
struct api *mvl_new(void)
{
    return vfs_register() == 0 ? api_create(platform_now) : NULL;
}

int mvl_call(struct api *api, const uint8_t *request, uint32_t n)
{
    return api_call(api, request, n);
}

const uint8_t *mvl_reply(const struct api *api)
{
    size_t n;
    return api_reply(api, &n);
}

uint32_t mvl_reply_bytes(const struct api *api)
{
    size_t n;
    api_reply(api, &n);
    return (uint32_t)n;
}

void mvl_delete(struct api *api)
{
    api_destroy(api);
}

#ifdef __EMSCRIPTEN__
#include <stddef.h>

/* Emscripten's allocator tells this when memory has grown; the loader takes fresh views anyway. */
void emscripten_notify_memory_growth(size_t memory);

void emscripten_notify_memory_growth(size_t memory)
{
    (void)memory;
}
#endif
