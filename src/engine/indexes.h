/* The indexes a user defines on a collection, and what serves them. */
#pragma once
#include "base/json.h"
#include "engine/collection.h"
#include "index/index.h"

/* What create_index was given. */
struct index_request {
    struct str field;          /* empty: the only vector field */
    struct str name;           /* empty: the field's name */
    struct str type;           /* empty: AUTOINDEX */
    struct str metric;         /* empty: COSINE, or the usual one of such vectors */
    const struct json *params; /* an object or NULL */
    const struct json *mmap;   /* mmap.enabled, see engine/alterations.h; or NULL */
};

/* Judges a request: the field, the type, the metric and the range of every parameter. Returns 0 and a definition to
 * be destroyed, or MVL_NOMEM, MVL_FIELD_NOT_FOUND, MVL_PARAM_INVALID, MVL_PARAM_MISSING, MVL_INDEX_NOT_SUPPORTED. */
int index_definition_create(const struct schema *s, const struct index_request *request,
                            struct index_definition **out, struct error *e) MUST_USE;
void index_definition_destroy(struct index_definition *d); /* NULL is fine */

/* The same for a list of at most LIMIT_MAX_FIELDS; two for one field or of one name: MVL_INDEX_DUPLICATE. On an error
 * there is nothing to destroy. */
int index_definitions_create(const struct schema *s, const struct index_request requests[], uint32_t n,
                             struct index_definition *out[], struct error *e) MUST_USE;

/* Writes a definition to the file, inside the caller's transaction. */
int index_definition_store(struct store *s, int64_t collection, const struct index_definition *d,
                           struct error *e) MUST_USE;

/* Adds definitions to the file and the collection, all or none, and has it take the schema, the collection's own or
 * schema_of_index_requests; definitions are taken, or destroyed on an error. One that
 * equals what is there changes nothing; another on the same field or of the same name: MVL_INDEX_DUPLICATE. */
int collection_add_indexes(struct collection *c, const struct schema *schema,
                           struct index_definition *definitions[], uint32_t n, struct error *e) MUST_USE;

/* Puts a definition read from the file into the collection, which takes it. Returns 0 or MVL_NOMEM. */
int collection_take_index(struct collection *c, struct index_definition *d) MUST_USE;

int collection_drop_index(struct collection *c, struct str name, struct error *e) MUST_USE;

/* The indexes of a field that is dropped, or with FILTER_META of all dynamic fields, and what the others know of the places of fields: in the file, inside the
 * caller's transaction, and then in memory, which cannot fail. */
int collection_drop_indexes_on(struct collection *c, uint32_t field, struct error *e) MUST_USE;
void collection_forget_indexes_on(struct collection *c, uint32_t field);

/* By name, or by the name of its field; NULL when there is none. */
const struct index_definition *collection_find_index(const struct collection *c, struct str name);
const struct index_definition *collection_index_on(const struct collection *c, struct str field);

/* Spends about so much effort, in microseconds, on an index that somebody waits for; the collection is loaded first,
 * which is a call of its own, unless it is released. Returns 0 or what collection_load and collection_maintain do. */
int collection_build_index(struct collection *c, const struct index_definition *d, uint32_t effort,
                           struct error *e) MUST_USE;

/* "exact", "codes" or "graph", of a scalar's "sorted" or "scan", where an index is served by something else than its
 * type says; else NULL. */
const char *index_definition_served_by(const struct schema *s, const struct index_definition *d,
                                       int64_t n_rows);

bool index_definition_is_graph(const struct index_definition *d); /* by its name: its searches have an ef */

/* What an index that is kept in the file must have been made as: of its definition. 0: there is none. */
uint64_t collection_index_hash(const struct collection *c, uint32_t field);

/* What serves searches on a field: its index, or without one the exact scan by the usual metric. */
struct served_index {
    const struct index_ops *ops;
    enum metric metric;
    struct index_settings settings;
};
struct served_index collection_served_index(const struct collection *c, const struct field *field);
