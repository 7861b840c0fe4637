/* The properties of a collection: texts by key, kept and described. These have an effect here: mmap.enabled, vectors stay
 * on disk; allow_insert_auto_id, inserted rows may have keys also where auto_id makes them; collection.ttl.seconds, see
 * engine/lifetime.h; and dynamicfield.enabled, which the schema follows when it is set. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

struct properties {
    struct arena arena; /* owns json */
    struct str json;    /* an object of texts */
    bool mmap, allow_insert_auto_id, dynamic_field;
    int64_t ttl_seconds; /* 0 or less: rows live for ever */
};

/* What a change of properties is: set is an object or NULL, its values texts, numbers or booleans. */
struct property_change {
    const struct json *set;
    const struct str *drop;
    uint32_t n_drop;
};

/* Makes what the properties of old, a JSON object or empty, become by a change. On an error there is nothing to
 * finish. Returns 0, MVL_NOMEM or MVL_PARAM_INVALID. */
int properties_make(struct str old, const struct property_change *change, struct properties *out,
                    struct error *e) MUST_USE;
void properties_fini(struct properties *p);

/* A value that says true or false, as pymilvus writes it or as JSON. Returns whether it does. */
bool property_is_boolean(const struct json *value, bool *out);

/* dynamicfield.enabled among properties, which are an object or NULL: the schema is to have it so. Returns whether it is there. */
bool property_of_dynamic_field(const struct json *properties, bool *out);
