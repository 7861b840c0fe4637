/* The database file: opening it, knowing it is ours, and transactions.
 *
 * Journal: a write-ahead log while there are writes, exclusive, one sync a commit; after store_close one plain
 * file. Whoever opens a store owns the file: the lock against other processes is the platform's. */
#pragma once
#include "base/error.h"

struct store;

struct store_options {
    bool read_only;
    bool temporary; /* it is gone when it is closed: what can be made anew is not worth writing */
    bool atomic;    /* what a request writes is kept whole or not at all: no log is needed, and no sync */
    bool relaxed; /* commits are not synced: a power cut may lose the last ones, never the file's integrity */
};

/* The format of a file is the first one that knows everything in it: the first partition besides _default, alias,
 * other database or field that was added later raises it to 2, the first field of times or geometries to 3, the first field
 * that was dropped or the first time to live to 4. Newer ones than the last are refused. */
enum {
    STORE_FORMAT_FIRST = 1,
    STORE_FORMAT_STRUCTURE = 2,
    STORE_FORMAT_TYPES = 3,
    STORE_FORMAT_CHANGES = 4,
    STORE_FORMAT = STORE_FORMAT_CHANGES
};

/* Opens or creates the file at path. On an error there is nothing to close.
 * Returns 0, MVL_NOMEM, MVL_CONNECTION (no database, not ours, a newer format, locked), MVL_DAMAGED, MVL_IO,
 * MVL_DISK_FULL or MVL_READ_ONLY. */
int store_open(struct str path, struct store_options options, struct store **out, struct error *e) MUST_USE;

/* Folds the log into the file and closes it. The store is gone also when this fails; committed rows are safe then,
 * in the file or its log. NULL is fine. */
int store_close(struct store *s, struct error *e);

/* Folds the log into the file, which is then the whole database until the next write. */
int store_checkpoint(struct store *s, struct error *e) MUST_USE;

/* Whether what is written can be read again, at the next opening. */
bool store_keeps(const struct store *s);

bool store_is_read_only(const struct store *s);

/* One transaction at a time; nothing is written outside of one. */
int store_begin(struct store *s, struct error *e) MUST_USE;

/* Ends it: commits when the writing went well (rc is 0), else rolls back and returns rc. When the commit fails,
 * everything is rolled back too. */
int store_end(struct store *s, int rc, struct error *e) MUST_USE;

/* Inside a transaction: what it writes is known from this format on. */
int store_raise_format(struct store *s, int format, struct error *e) MUST_USE;

/* Now, in milliseconds since 1970, by the platform's clock. */
int64_t store_now(void);

/* A receipt, which is borrowed, to be written with the next commit; NULL: no more. Returns the one that was to be. */
struct receipt;
const struct receipt *store_give_receipt(struct store *s, const struct receipt *r);

/* How many bytes of pages SQLite may keep cached, as far as it can keep to that: 256 KB to 16 MB, 16 MB
 * unless told. */
void store_limit_cache(struct store *s, uint64_t bytes);

/* Gives back what SQLite keeps cached, after memory has run out. */
void store_release_memory(struct store *s);

/* SQLite's version, "3.54.1". */
const char *store_sqlite_version(void);
