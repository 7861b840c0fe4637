/* An index in the file: what of it is kept there, reading that, and saving what has changed, in slices.
 *
 * While a save is in progress the index must not be maintained, so that all its parts are of one moment. Users' writes
 * go on: they do not change an index. */
#pragma once
#include "index/index.h"
#include "storage/parts.h"

struct index_save;

/* Of one index, for as long as it lives. */
struct index_file {
    struct store *store; /* borrowed, as are ops and index */
    struct part_table table;
    const struct index_ops *ops;
    struct index *index;
    uint64_t definition;        /* a hash of what the index is to be */
    struct part_directory kept; /* what the file has; no parts: nothing */
    uint64_t *versions;         /* owned [kept.n_parts]: of the parts as the file has them */
    struct index_save *save;    /* owned; NULL while there is none in progress */
    uint64_t effort;            /* spent on the index since what the file has */
    bool has_failed;            /* a save has: not tried again before index_file_retry */
};

/* Nothing is kept yet. Allocates nothing. */
struct index_file index_file_of(struct store *store, struct part_table table, uint64_t definition,
                                const struct index_ops *ops, struct index *index);
void index_file_fini(struct index_file *f);

/* Reads what the file has into the index, which must be new. Nothing, or nothing of this definition, is no error.
 * Returns 0, MVL_NOMEM, or MVL_DAMAGED: the index is only to be destroyed. */
int index_file_read(struct index_file *f) MUST_USE;

/* Says that so much effort has gone into the index. */
void index_file_spent(struct index_file *f, uint64_t effort);

/* The effort, in about microseconds, of a save that is in progress or due; 0: the index may be maintained. A save is due when a
 * lot has been spent on the index since the last one; when it has no work left, a little will do. */
uint64_t index_file_work(const struct index_file *f, bool index_has_work);

/* Spends about so much effort on the save, at most what half a megabyte takes. Returns 0, MVL_NOMEM or what writing
 * the file returns; then the file has what it had. */
int index_file_save(struct index_file *f, uint32_t effort, struct error *e) MUST_USE;

/* Saves all that has changed, at once. */
int index_file_save_all(struct index_file *f, struct error *e) MUST_USE;

/* After a save that failed, things may have changed. */
void index_file_retry(struct index_file *f);
