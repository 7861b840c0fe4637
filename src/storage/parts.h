/* What an index keeps in the file: table g<collection>_<field>, made by the first save. Row 0 is the directory, which
 * says of every part where it is, how long it is and its checksum. A part has two slots, rows 2 * part + 1 and
 * 2 * part + 2.
 *
 * A save that takes many transactions writes what has changed into the slots that the directory does not name, and
 * the directory last: until then the parts before are whole. One that takes a single transaction may write in place.
 * Rows that the directory does not name are rubbish, to be written over. */
#pragma once
#include "storage/store.h"

struct part_table {
    int64_t collection;
    uint32_t field; /* its id */
};

enum { PART_ABSENT = 2 };

struct part_place {
    uint32_t slot; /* 0 or 1; PART_ABSENT: there is no such part */
    uint32_t bytes;
    uint64_t checksum;
};

struct part_directory {
    uint64_t definition; /* the caller's: what the parts are of */
    uint64_t effort;     /* the caller's: what making them has cost */
    uint32_t n_parts;
    struct part_place *places; /* owned [n_parts] */
};

void part_directory_fini(struct part_directory *d);

/* Makes the table, unless there is one, and forgets what the directory says. Inside the caller's transaction, like
 * all that writes. */
int parts_begin(struct store *s, const struct part_table *t, struct error *e) MUST_USE;

/* Whether there is a table: whether anything was ever saved. */
int parts_exist(struct store *s, const struct part_table *t, bool *exist, struct error *e) MUST_USE;

/* Drops the table, if there is one. */
int parts_drop(struct store *s, const struct part_table *t, struct error *e) MUST_USE;

/* Writes a part into place->slot, and fills in the rest of the place. */
int parts_write(struct store *s, const struct part_table *t, uint32_t part, const uint8_t *bytes, size_t n,
                struct part_place *place, struct error *e) MUST_USE;

/* Writes the directory, and removes the parts past its end. */
int parts_write_directory(struct store *s, const struct part_table *t, const struct part_directory *d,
                          struct error *e) MUST_USE;

/* Reads the directory; without one there are no parts. On an error there is nothing to finish. */
int parts_read_directory(struct store *s, const struct part_table *t, struct part_directory *out,
                         struct error *e) MUST_USE;

/* Calls fn for each part that there is, ascending; a result other than 0 ends the reading and is returned. bytes are borrowed and
 * as they were written: MVL_DAMAGED when they are not. */
typedef int part_fn(void *context, uint32_t part, const uint8_t *bytes, size_t n);
int parts_read(struct store *s, const struct part_table *t, const struct part_directory *d, part_fn *fn,
               void *context, struct error *e) MUST_USE;
