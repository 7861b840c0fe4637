/* A field's vectors in the file: where the rows come from that are not in memory. */
#pragma once
#include "base/metric.h"
#include "schema/schema.h"
#include "storage/chunks.h"
#include "table/vectors.h"

struct vector_file {
    struct store *store; /* borrowed */
    struct chunk_table table;
    struct error error; /* what the last read that failed met */
};

/* How the vectors of a field are kept. */
enum vector_format vector_format_of(const struct field *f);

enum vector_family vector_family_of(const struct field *f);

/* Makes the vectors of field's rows below n_rows: reads which there are, and leaves them on disk. They borrow the file, which
 * must not move, and the budget. Returns 0, MVL_NOMEM, MVL_IO or MVL_DAMAGED. */
int vector_file_load(struct vector_file *f, const struct field *field, uint32_t n_rows,
                     struct vectors_budget *budget, struct vectors **out, struct error *e) MUST_USE;

/* Reading vectors returns codes: this finds the words for one. Returns it. */
int vector_file_error(const struct vector_file *f, int rc, struct error *e);
