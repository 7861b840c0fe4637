/* Changes of a collection as a whole: its rows at once, and its schema. Each is one transaction; an error changes
 * nothing. */
#pragma once
#include "engine/collection.h"
#include "engine/indexes.h"

/* What a collection has once its new schema is in the file. */
struct schema_change {
    const struct schema *schema;
    struct loaded_field *fields;
    struct str json;
    int64_t altered;
};

/* Makes it of a schema, in the collection's own memory; writes it, inside the caller's transaction; and has it taken,
 * which cannot fail. Fields are those that there were. Returns also what schema_check does. */
int schema_change_make(struct collection *c, const struct schema *from, struct schema_change *out,
                       struct error *e) MUST_USE;
int schema_change_store(struct collection *c, struct schema_change *change, struct error *e) MUST_USE;
void schema_change_publish(struct collection *c, const struct schema_change *change);

/* Changes properties, in the file too, and with dynamicfield.enabled the schema: without dynamic fields there are none of
 * those that rows had, nor indexes on them. Returns also what properties_make returns. */
int collection_alter(struct collection *c, const struct property_change *change, struct error *e) MUST_USE;

/* Deletes all rows. Schema, indexes, partitions, aliases, properties and load states stay, and keys that auto_id has
 * made do not come again. */
int collection_truncate(struct collection *c, struct error *e) MUST_USE;

/* Adds a scalar field that is nullable or has a default, which rows that are there have from now on; none of them is
 * written. field: an object as schemas have them. Returns also what schema_from_json and schema_check do. */
int collection_add_field(struct collection *c, const struct json *field, struct arena *a,
                         struct error *e) MUST_USE;

/* Drops a field, with what rows have in it and its indexes; no primary key, no partition key, and not the last vector.
 * Named by its name, or by its id where that is empty. Returns also MVL_PARAM_INVALID. */
int collection_drop_field(struct collection *c, struct str name, int64_t id, struct arena *a,
                          struct error *e) MUST_USE;

/* Sets max_length, max_capacity or mmap.enabled of a field. Rows that are there stay as they are. params: an object.
 * Returns also MVL_FIELD_NOT_FOUND, and MVL_PARAM_INVALID for other parameters. */
int collection_alter_field(struct collection *c, struct str name, const struct json *params, struct arena *a,
                           struct error *e) MUST_USE;

/* Sets or drops properties of an index, by its name or its field's. There is one, mmap.enabled, and it is the field's:
 * vectors are kept once, whatever finds them. Returns also MVL_INDEX_NOT_FOUND, and MVL_PARAM_INVALID for other
 * properties. */
int collection_alter_index(struct collection *c, struct str index, const struct property_change *change,
                           struct arena *a, struct error *e) MUST_USE;

/* The schema with the property that indexes are asked for with; the same one where none is. The arena has what is new.
 * Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int schema_of_index_requests(const struct schema *s, const struct index_request requests[], uint32_t n,
                             struct arena *a, const struct schema **out, struct error *e) MUST_USE;
