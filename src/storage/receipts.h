/* Receipts: which requests have been done, for clients that send one again when its answer does not come. Each is
 * written in the transaction of its request's changes, so that it is there exactly when they are. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

struct store;

/* A client counts its requests, and has fewer than this many under way; its older receipts go. So does what is left
 * of a client after a day. */
enum { RECEIPTS_OF_A_CLIENT = 128 };

struct receipt {
    uint32_t client, sequence; /* client is not 0 */
    double now;                /* milliseconds */
    /* The reply as far as it is known before the commit; n is 0 where it says nothing. Returns 0 or MVL_NOMEM. */
    int (*reply)(void *context, const uint8_t **bytes, size_t *n);
    void *context;
};

/* Writes a receipt, inside a transaction. */
int receipts_write(struct store *s, const struct receipt *r, struct error *e) MUST_USE;

/* Whether the request has been done, and how it was answered then. The reply is the arena's; it may be empty. */
int receipts_find(struct store *s, uint32_t client, uint32_t sequence, struct arena *a, bool *found,
                  struct str *reply, struct error *e) MUST_USE;
