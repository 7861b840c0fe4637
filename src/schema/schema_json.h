/* A schema as JSON: as users send it, and as the file keeps it. */
#pragma once
#include "schema/schema.h"

/* Reads { fields: [{ name, type, is_primary, auto_id, nullable, default_value, element_type, params: { dim,
 * max_length, max_capacity } }], auto_id, enable_dynamic_field, description }.
 *
 * Also accepted, as pymilvus and REST spell them: field_name; datatype, data_type, dtype; a type by name; the
 * params flat in the field; numbers as text ("384"). The result lives in a and borrows from j. Checks kinds only;
 * schema_check judges. Returns 0, MVL_NOMEM, MVL_PARAM_INVALID or MVL_SCHEMA_ILLEGAL. */
int schema_from_json(const struct json *j, struct arena *a, struct schema **out, struct error *e) MUST_USE;

/* Reads what schema_to_json has written, which also says the ids of fields once one has been dropped. */
int schema_from_stored_json(const struct json *j, struct arena *a, struct schema **out,
                            struct error *e) MUST_USE;

/* A schema with one more field, which is read from JSON. The fields of the first are borrowed; nothing is checked. */
int schema_with_field(const struct schema *s, const struct json *field, struct arena *a, struct schema **out,
                      struct error *e) MUST_USE;

/* A schema without one of its fields. The others keep their ids and columns, and are borrowed. */
int schema_without_field(const struct schema *s, uint32_t field, struct arena *a,
                         struct schema **out) MUST_USE;

void schema_to_json(const struct schema *s, struct writer *w);

/* Writes the parameters of a field, { "dim": 384 }, as describe_collection shows them. */
void field_params_to_json(const struct field *f, struct writer *w);
