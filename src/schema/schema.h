/* A collection's schema: what fields its rows have. Built once, then only read. */
#pragma once
#include "base/arena.h"
#include "base/json.h"
#include "schema/types.h"

enum { FIRST_FIELD_ID = 100 };

struct field {
    uint32_t id; /* Milvus': FIRST_FIELD_ID and up, in the order of the schema; none comes again */
    struct str name, description;
    enum data_type type, element_type;      /* element_type of an ARRAY */
    uint32_t dim, max_length, max_capacity; /* 0: not given */
    bool is_primary, auto_id, nullable, is_partition_key;
    const struct json *default_value; /* NULL: none */
    const struct json *params;        /* the other parameters as given, to be described; may be NULL */
    struct str column;                /* name of its SQL column; unused by vectors */
};

struct schema {
    struct field *fields;
    uint32_t n_fields, primary; /* primary: index into fields */
    uint32_t next_field_id;     /* of the next one that is added */
    bool enable_dynamic_field;
    struct str description;
};

/* Index of the field of that name, or -1. */
int schema_find(const struct schema *s, struct str name);

static inline const struct field *schema_primary(const struct schema *s)
{
    return &s->fields[s->primary];
}

/* The field by which rows are put into partitions, or NULL. */
const struct field *schema_partition_key(const struct schema *s);

/* A vector that is kept in chunks: of fixed size. */
static inline bool field_is_vector(const struct field *f)
{
    return data_type_class(f->type) == CLASS_VECTOR;
}

/* A vector that is kept with the scalar fields. */
static inline bool field_is_sparse(const struct field *f)
{
    return data_type_class(f->type) == CLASS_SPARSE;
}

/* Any of them. */
static inline bool field_is_searched(const struct field *f)
{
    return field_is_vector(f) || field_is_sparse(f);
}

/* True when both describe the same collection (descriptions aside). */
bool schema_equal(const struct schema *a, const struct schema *b);
