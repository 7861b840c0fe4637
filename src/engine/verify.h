/* Whether everything in a database is as it was written. */
#pragma once
#include "engine/db.h"
#include "storage/integrity.h"

/* Reads the whole file: its pages, rows and keys, every chunk of vectors, every part of an index, and whether their
 * numbers agree. Tells of everything that is wrong, by collection and field, and changes nothing. Returns 0 also when
 * something is wrong; else MVL_NOMEM, or why the file could not be read. */
int db_verify(const struct db *db, damage_fn *tell_caller, void *context, struct error *e) MUST_USE;

uint32_t db_n_collections(const struct db *db); /* of all databases in the file */

/* Gives the space of what was deleted back to the file system. */
int db_compact(struct db *db, struct error *e) MUST_USE;
