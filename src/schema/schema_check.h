/* The rules a schema must keep. */
#pragma once
#include "schema/schema.h"

/* Judges names, types, limits, the primary key and default values. Returns 0, MVL_SCHEMA_ILLEGAL,
 * MVL_PRIMARY_KEY, MVL_FIELD_NAME_INVALID, MVL_PARAM_MISSING, MVL_PARAM_TOO_LARGE, MVL_DATA_NOT_MATCH (a default
 * that does not fit) or MVL_UNIMPLEMENTED (a type of Milvus that this engine cannot store). */
int schema_check(const struct schema *s, struct error *e) MUST_USE;
