/* JSON and schemas from texts in which ' stands for ". */
#ifndef SCHEMAS_H
#define SCHEMAS_H

#include "schema/schema_json.h"
#include "unit.h"

static inline const struct json *json_of(struct arena *a, const char *text)
{
    struct error e = ERROR_NONE;
    struct str copy;
    struct json *j = NULL;
    char *p = arena_array(a, strlen(text) + 1, 1);
    if (!CHECK(p != NULL))
        return NULL;
    for (size_t i = 0; i <= strlen(text); i++)
        p[i] = text[i] == '\'' ? '"' : text[i];
    copy = str_of(p);
    if (!CHECK_EQ_INT(json_parse(copy, a, &j, "schema", &e), MVL_OK))
        printf("# %s\n", e.reason);
    return j;
}

/* A schema that reads well; whether it keeps the rules is another matter. */
static inline struct schema *schema_of(struct arena *a, const char *text)
{
    struct error e = ERROR_NONE;
    struct schema *s = NULL;
    if (!CHECK_EQ_INT(schema_from_json(json_of(a, text), a, &s, &e), MVL_OK))
        printf("# %s\n", e.reason);
    return s;
}

#endif
