/* Parts of a graph as they came from the file, kept until there is time to unpack them: a search that has just opened
 * the file need not wait for the graph. Private to hnsw*.c. */
#pragma once
#include "index/hnsw_store.h"

struct hnsw_packed {
    struct hnsw_packed_part {
        uint8_t *bytes; /* owned; NULL once it is unpacked */
        size_t n;
    } * parts;          /* owned [n] */
    uint32_t n, next;   /* parts before next are unpacked */
    uint32_t n_checked; /* nodes below this have been checked */
};

/* Copies the next part. Returns 0 or MVL_NOMEM. */
int hnsw_packed_add(struct hnsw_packed *p, const uint8_t *bytes, size_t n) MUST_USE;
void hnsw_packed_fini(struct hnsw_packed *p);
size_t hnsw_packed_bytes(const struct hnsw_packed *p);

/* Whether there is anything that the graph does not have yet, or that is unchecked. */
static inline bool hnsw_is_packed(const struct hnsw_packed *p)
{
    return p->n > 0;
}

/* The effort that is left, in about microseconds; and spending about so much of it: unpacks into the graph of rows below
 * n_rows, then checks it. Returns 0, MVL_NOMEM or MVL_DAMAGED. */
uint64_t hnsw_packed_work(const struct hnsw_packed *p, const struct hnsw_graph *g);
int hnsw_unpack(struct hnsw_packed *p, struct hnsw_graph *g, uint32_t n_rows, uint32_t effort) MUST_USE;
