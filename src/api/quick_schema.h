/* The quick form of create_collection: a schema from a dimension. */
#pragma once
#include "base/json.h"
#include "schema/schema.h"

struct quick_params {
    int64_t dimension;
    struct str primary_field_name, vector_field_name;
    const struct json *id_type; /* "int", "string" or a DataType; NULL: int */
    int64_t max_length;         /* of a string key; 0: the longest there is */
    bool auto_id, enable_dynamic_field;
    struct str description;
};

/* Builds { <primary key>, <FLOAT_VECTOR> } in a. Returns 0, MVL_NOMEM, MVL_PRIMARY_KEY or what schema_from_json
 * returns; dimensions and names are schema_check's to judge. */
int quick_schema(const struct quick_params *p, struct arena *a, struct schema **out,
                 struct error *e) MUST_USE;
