/* The format of requests and replies: a header, a JSON object, columns.
 *
 * Little-endian; every section starts at a multiple of 16 bytes.
 *
 *   header   u32 magic "MVL1", u32 message bytes, u16 op, u16 columns, u32 rows (of every column), i32 code (replies:
 *            Milvus' error code, 0 for success), u32 params bytes; in requests u32 client, u32 sequence (where a client
 *            may send its nth request twice, its number and n), in replies u32 work (the effort of index maintenance
 *            that is left, in about microseconds, for whoever gives idle time to `maintain`), u32 0
 *   params   UTF-8 JSON object
 *   column   u32 column bytes, u8 kind, u8 role, u8 flags, u8 0, u32 width, u32 name bytes, u32 data bytes, 3 * u32 0;
 *            name; valid bitmap if flags & 1; given bitmap if flags & 2; u32 offsets [rows + 1] if flags & 4 (ragged
 *            matrix) or the kind is STR or JSON; data */
#pragma once
#include "base/bytes.h"
#include "schema/batch.h"

enum { MESSAGE_ALIGN = 16, MESSAGE_WORK_AT = 24 };

struct message {
    uint32_t op;
    uint32_t client, sequence; /* client 0: it comes once */
    struct str params;
    struct batch batch;
};

/* Checks every size and offset of the message once; afterwards its columns are plain pointers into it. Checks also
 * that bools are 0 or 1 and texts are UTF-8. The message must be aligned to 8 bytes. The batch is the arena's and
 * borrows. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int message_check(const uint8_t *bytes, size_t n, struct arena *a, struct message *out,
                  struct error *e) MUST_USE;

/* How long message_write's message will be. */
size_t message_bytes(struct str params, const struct batch *batch);

/* Appends a message. Out of memory shows in w. code: Milvus' number. */
void message_write(struct writer *w, uint32_t op, int code, struct str params, const struct batch *batch);
