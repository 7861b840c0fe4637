/* The one door: a request message in, a reply message out. */
#pragma once
#include "base/base.h"

struct api;

/* now: the time in milliseconds, of which differences count. Returns NULL when there is no memory. */
struct api *api_create(double (*now)(void));
void api_destroy(struct api *api); /* closes the database if it is open; NULL is fine */

/* Runs a request and leaves a reply, also for every error. Returns 0, or MVL_NOMEM when there was not even memory
 * for a reply. The request is only read, and only during the call. Without a request: the caller has found no memory
 * for one, and the engine gives back what it can. */
int api_call(struct api *api, const uint8_t *request, size_t n) MUST_USE;

/* The last reply; the api's until the next call. */
const uint8_t *api_reply(const struct api *api, size_t *n);

/* JSON of what the constants of clients are made from: operations, types, codes, limits. Lists end with null and
 * objects with an empty key, which are to be ignored. */
const char *api_describe(void);
