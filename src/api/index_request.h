/* Index parameters in every spelling users have. */
#pragma once
#include "base/json.h"
#include "engine/indexes.h"

/* Reads { field_name, index_name, index_type, metric_type, params: { M: 16 } } or a list of them; parameters may also
 * stand flat beside index_type. The requests are the arena's. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int index_requests_read(const struct json *j, struct arena *a, struct index_request **out, uint32_t *n,
                        struct error *e) MUST_USE;
