#include "engine/indexes.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/mem.h"
#include "engine/alterations.h"
#include "engine/scalar_index.h"
#include "index/index.h"
#include "storage/catalog.h"

void index_definition_destroy(struct index_definition *d)
{
    if (!d)
        return;
    arena_fini(&d->arena);
    mem_free(d);
}

static int resolve_field(const struct schema *s, struct str name, const struct field **out, struct error *e)
{
    if (name.n) {
        int i = schema_find(s, name);
        if (i < 0)
            return error_set_at(e, MVL_FIELD_NOT_FOUND, (struct error_place){name, -1},
                                "cannot create index on non-existed field: %.*s", STR_ARGS(name));
        *out = &s->fields[i];
        return MVL_OK;
    }
    *out = NULL;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        if (!field_is_searched(&s->fields[i]))
            continue;
        if (*out)
            return error_set(
                e, MVL_PARAM_MISSING,
                "field_name must be given: the collection has several vector fields ('%.*s', '%.*s')",
                STR_ARGS((*out)->name), STR_ARGS(s->fields[i].name));
        *out = &s->fields[i];
    }
    assert(*out); /* schema_check: there is one */
    return MVL_OK;
}

/* The supported types, for a message: "AUTOINDEX, FLAT, HNSW". */
static void list_types(enum vector_family family, char *to, size_t n)
{
    size_t at = 0;
    const struct index_type *type;
    for (uint32_t i = 0; (type = index_type_at(i)); i++)
        if (type->family == family)
            at += (size_t)snprintf(to + at, n - at, "%s%s", at ? ", " : "", type->name);
}

static int resolve_type(const struct field *f, struct str name, const struct index_type **out,
                        struct error *e)
{
    char list[200];
    list_types(vector_family_of(f), list, sizeof list);
    *out = index_type_find(name, vector_family_of(f));
    if (!*out)
        return error_set_at(e, MVL_INDEX_NOT_SUPPORTED, (struct error_place){f->name, -1},
                            "index_type of field '%.*s' must be one of %s, got '%.*s'", STR_ARGS(f->name),
                            list, STR_ARGS(name));
    return MVL_OK;
}

/* One of the words of a parameter; a boolean is one too. */
static struct str read_word(const struct index_param *p, const struct json *j)
{
    return index_param_word(p, j->kind == JSON_STRING ? j->string : j->text);
}

static int check_params(const struct index_type *type, const struct json *params, struct error *e)
{
    for (const struct json *m = params ? params->first : NULL; m; m = m->next) {
        const struct index_param *p = index_param_find(type, m->key);
        int64_t value;
        if (!p)
            return error_set(e, MVL_PARAM_INVALID, "params of index_type %s has no parameter '%.*s'",
                             type->name, STR_ARGS(m->key));
        if (p->words && read_word(p, m).n)
            continue;
        if (p->words)
            return error_set(e, MVL_PARAM_INVALID, "%s must be one of %s, got %.*s", p->name, p->words,
                             STR_ARGS(m->text));
        bool is_number = m->kind == JSON_INT || m->kind == JSON_REAL;
        if (p->is_real && (!is_number || m->real < (double)p->min || m->real > (double)p->max))
            return error_set(e, MVL_PARAM_INVALID, "%s must be a number from %lld to %lld, got %.*s", p->name,
                             (long long)p->min, (long long)p->max, STR_ARGS(m->text));
        if (p->is_real)
            continue;
        if (!json_to_integer(m, &value) || value < p->min || value > p->max)
            return error_set(e, MVL_PARAM_INVALID, "%s must be an integer from %lld to %lld, got %.*s",
                             p->name, (long long)p->min, (long long)p->max, STR_ARGS(m->text));
    }
    return MVL_OK;
}

/* In the order of the type, so that the same parameters are the same text. */
static int write_params(const struct index_type *type, const struct json *params, struct writer *w,
                        struct index_settings *settings, struct error *e)
{
    TRY(check_params(type, params, e));
    json_open(w, '{');
    for (uint32_t i = 0; i < type->n_params; i++) {
        const struct json *given = json_get(params, str_of(type->params[i].name));
        int64_t value;
        if (!given)
            continue;
        json_key(w, str_of(type->params[i].name));
        if (type->params[i].is_real) {
            json_put_text(w, given->text);
        } else if (type->params[i].words) {
            json_put_str(w, read_word(&type->params[i], given));
            index_param_set_word(&type->params[i], read_word(&type->params[i], given), settings);
        } else if (json_to_integer(given, &value)) {
            json_put_int(w, value);
            index_param_set(&type->params[i], value, settings);
        }
    }
    json_close(w, '}');
    return w->failed ? MVL_NOMEM : MVL_OK;
}

static int name_definition(struct index_definition *d, const struct index_request *request, struct error *e)
{
    struct str field = request->field.n ? request->field : d->field;
    TRY(arena_copy(&d->arena, request->name.n ? request->name : field, &d->name));
    if (!name_valid(d->name))
        return error_set(e, MVL_PARAM_INVALID,
                         "index_name must be a letter or _ and then letters, digits and _, got '%.*s'",
                         STR_ARGS(d->name));
    return MVL_OK;
}

static int fill_definition(struct index_definition *d, const struct field *f, const struct index_type *type,
                           const struct index_request *request, struct error *e)
{
    enum vector_family family = vector_family_of(f);
    d->type = type->name;
    d->kind = type;
    d->metric = metric_usual(family);
    if (request->metric.n && (!metric_parse(request->metric, &d->metric) || !metric_fits(d->metric, family)))
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                            "metric_type of field '%.*s' must be %s, got '%.*s'", STR_ARGS(f->name),
                            metric_list(family), STR_ARGS(request->metric));
    TRY(arena_copy(&d->arena, f->name, &d->field));
    TRY(name_definition(d, request, e));
    struct writer w = {0};
    d->settings = index_settings_of(type);
    int rc = write_params(type, request->params, &w, &d->settings, e);
    if (rc == MVL_OK)
        rc = arena_copy(&d->arena, (struct str){(const char *)w.p, (uint32_t)w.n}, &d->params_json);
    writer_fini(&w);
    return rc;
}

static int fill_scalar(struct index_definition *d, const struct schema *s,
                       const struct index_request *request, struct error *e)
{
    TRY(scalar_index_define(s, request, d, e));
    return name_definition(d, request, e);
}

int index_definition_create(const struct schema *s, const struct index_request *request,
                            struct index_definition **out, struct error *e)
{
    const struct field *f = s->fields;
    const struct index_type *type = NULL;
    bool is_scalar = scalar_index_is_meant(s, request);
    if (!is_scalar) {
        TRY(resolve_field(s, request->field, &f, e));
        TRY(resolve_type(f, request->type, &type, e));
    }
    if (request->params && request->params->kind != JSON_OBJECT)
        return error_set(e, MVL_PARAM_INVALID, "params of an index must be an object, got %s",
                         json_kind_name(request->params->kind));
    struct index_definition *d = mem_alloc(sizeof *d);
    if (!d)
        return MVL_NOMEM;
    *d = (struct index_definition){0};
    int rc = is_scalar ? fill_scalar(d, s, request, e) : fill_definition(d, f, type, request, e);
    if (rc != MVL_OK) {
        index_definition_destroy(d);
        return rc;
    }
    *out = d;
    return MVL_OK;
}

const struct index_definition *collection_index_on(const struct collection *c, struct str field)
{
    for (uint32_t i = 0; i < c->n_indexes; i++)
        if (str_eq(c->indexes[i]->field, field))
            return c->indexes[i];
    return NULL;
}

const struct index_definition *collection_find_index(const struct collection *c, struct str name)
{
    for (uint32_t i = 0; i < c->n_indexes; i++)
        if (str_eq(c->indexes[i]->name, name))
            return c->indexes[i];
    return collection_index_on(c, name);
}

int collection_build_index(struct collection *c, const struct index_definition *d, uint32_t effort,
                           struct error *e)
{
    if (d->is_scalar || !d->kind->ops->maintain || c->state != LOAD_STATE_Loaded)
        return MVL_OK;
    if (!c->is_loaded)
        return collection_load(c, e);
    return collection_pending(c, d->field) ? collection_maintain(c, effort, e) : MVL_OK;
}

const char *index_definition_served_by(const struct schema *s, const struct index_definition *d,
                                       int64_t n_rows)
{
    if (d->is_scalar)
        return scalar_index_served_by(s, d, n_rows);
    const struct index_type *type = d->kind;
    const char *served_by = index_type_served_by(type, n_rows);
    return type->plan && strcmp(type->plan, served_by) == 0 ? NULL : served_by;
}

bool index_definition_is_graph(const struct index_definition *d)
{
    return d->kind->is_graph;
}

uint64_t collection_index_hash(const struct collection *c, uint32_t field)
{
    const struct field *f = &c->schema->fields[field];
    const struct index_definition *d = collection_index_on(c, f->name);
    if (!d)
        return 0;
    uint64_t hash = hash64(d->type, strlen(d->type), f->dim);
    hash = hash64(metric_name(d->metric), strlen(metric_name(d->metric)), hash);
    return hash64(d->params_json.p, d->params_json.n, hash);
}

struct served_index collection_served_index(const struct collection *c, const struct field *field)
{
    const struct index_definition *d = collection_index_on(c, field->name);
    if (d)
        return (struct served_index){d->kind->ops, d->metric, d->settings};
    enum vector_family family = vector_family_of(field);
    return (struct served_index){index_type_exact(family)->ops, metric_usual(family), {0}};
}

static int reserve_indexes(struct collection *c, uint32_t more)
{
    struct index_definition **indexes = mem_grow(c->indexes, c->n_indexes + more, sizeof *indexes);
    if (!indexes)
        return MVL_NOMEM;
    c->indexes = indexes;
    return MVL_OK;
}

static bool stands_before(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order < 0 || (order == 0 && a.n < b.n);
}

/* By name, as they come out of the file. Room is reserved. */
static void put_index(struct collection *c, struct index_definition *d)
{
    uint32_t at = c->n_indexes++;
    for (; at > 0 && stands_before(d->name, c->indexes[at - 1]->name); at--)
        c->indexes[at] = c->indexes[at - 1];
    c->indexes[at] = d;
}

int collection_take_index(struct collection *c, struct index_definition *d)
{
    TRY(reserve_indexes(c, 1));
    put_index(c, d);
    return MVL_OK;
}

static bool definition_equal(const struct index_definition *a, const struct index_definition *b)
{
    return str_eq(a->field, b->field) && str_eq(a->name, b->name) && a->type == b->type &&
           a->is_scalar == b->is_scalar && a->metric == b->metric && str_eq(a->params_json, b->params_json);
}

/* Whether two are for the same values: those of a field, or of a path into one. */
static bool have_one_target(const struct index_definition *a, const struct index_definition *b)
{
    if (a->is_scalar && b->is_scalar)
        return filter_column_equal(&a->column, &b->column);
    return a->is_scalar == b->is_scalar && str_eq(a->field, b->field);
}

/* The definition that stands in the way of d, or NULL. */
static const struct index_definition *conflicting(struct index_definition *const others[], uint32_t n,
                                                  const struct index_definition *d)
{
    for (uint32_t i = 0; i < n; i++)
        if (have_one_target(others[i], d) || str_eq(others[i]->name, d->name))
            return others[i];
    return NULL;
}

static int duplicate(const struct index_definition *d, const struct index_definition *other, struct error *e)
{
    return error_set_at(e, MVL_INDEX_DUPLICATE, (struct error_place){d->field, -1},
                        "index '%.*s' (%s%s%s) already exists for field '%.*s': %s", STR_ARGS(other->name),
                        other->type, other->is_scalar ? "" : ", ",
                        other->is_scalar ? "" : metric_name(other->metric), STR_ARGS(other->field),
                        have_one_target(d, other) ? "call drop_index first"
                                                  : "give this one another index_name");
}

int index_definitions_create(const struct schema *s, const struct index_request requests[], uint32_t n,
                             struct index_definition *out[], struct error *e)
{
    int rc = MVL_OK;
    uint32_t made = 0;
    if (n > LIMIT_MAX_FIELDS)
        return error_set(e, MVL_PARAM_TOO_LARGE, "index_params must have at most %d indexes, got %u",
                         LIMIT_MAX_FIELDS, n);
    while (made < n && rc == MVL_OK) {
        rc = index_definition_create(s, &requests[made], &out[made], e);
        if (rc != MVL_OK)
            break;
        const struct index_definition *other = conflicting(out, made, out[made]);
        if (other)
            rc = duplicate(out[made], other, e);
        made++;
    }
    for (uint32_t i = 0; i < made && rc != MVL_OK; i++)
        index_definition_destroy(out[i]);
    return rc;
}

int index_definition_store(struct store *s, int64_t collection, const struct index_definition *d,
                           struct error *e)
{
    struct str metric = d->is_scalar ? STR_NONE : str_of(metric_name(d->metric));
    struct catalog_index row = {d->field, d->name, str_of(d->type), metric, d->params_json};
    return catalog_add_index(s, collection, &row, e);
}

/* change: NULL where the schema stays as it is. */
static int store_all(struct collection *c, struct schema_change *change,
                     struct index_definition *const definitions[], uint32_t n, struct error *e)
{
    if (change)
        TRY(schema_change_store(c, change, e));
    for (uint32_t i = 0; i < n; i++)
        TRY(index_definition_store(c->store, c->id, definitions[i], e));
    return MVL_OK;
}

/* Drops those that are there already from the list. */
static int drop_existing(const struct collection *c, struct index_definition *definitions[], uint32_t *n,
                         struct error *e)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        const struct index_definition *other = conflicting(c->indexes, c->n_indexes, definitions[i]);
        if (other && !definition_equal(other, definitions[i]))
            return duplicate(definitions[i], other, e);
    }
    for (uint32_t i = 0; i < *n; i++) {
        if (conflicting(c->indexes, c->n_indexes, definitions[i]))
            index_definition_destroy(definitions[i]);
        else
            definitions[kept++] = definitions[i];
    }
    *n = kept;
    return MVL_OK;
}

int collection_add_indexes(struct collection *c, const struct schema *schema,
                           struct index_definition *definitions[], uint32_t n, struct error *e)
{
    bool is_changed = schema != c->schema;
    struct schema_change change;
    int rc = drop_existing(c, definitions, &n, e);
    if (rc == MVL_OK)
        rc = reserve_indexes(c, n);
    if (rc == MVL_OK && is_changed)
        rc = schema_change_make(c, schema, &change, e);
    if (rc == MVL_OK && (n > 0 || is_changed)) {
        rc = store_begin(c->store, e);
        if (rc == MVL_OK)
            rc = store_end(c->store, store_all(c, is_changed ? &change : NULL, definitions, n, e), e);
    }
    if (rc == MVL_OK && is_changed)
        schema_change_publish(c, &change);
    for (uint32_t i = 0; i < n; i++) {
        if (rc == MVL_OK) {
            put_index(c, definitions[i]);
            collection_renew_index(c, definitions[i]->field); /* a scalar's needs nothing */
        } else {
            index_definition_destroy(definitions[i]);
        }
    }
    return rc;
}

static int store_drop(struct collection *c, const struct index_definition *d, uint32_t field, struct error *e)
{
    TRY(catalog_drop_index(c->store, c->id, d->name, e));
    return d->is_scalar ? MVL_OK : collection_drop_parts(c, field, e);
}

static void remove_index(struct collection *c, uint32_t at)
{
    index_definition_destroy(c->indexes[at]);
    for (c->n_indexes--; at < c->n_indexes; at++)
        c->indexes[at] = c->indexes[at + 1];
}

static bool is_on(const struct collection *c, const struct index_definition *d, uint32_t field)
{
    return field == FILTER_META ? d->is_scalar && d->column.field == FILTER_META
                                : str_eq(d->field, c->schema->fields[field].name);
}

int collection_drop_indexes_on(struct collection *c, uint32_t field, struct error *e)
{
    for (uint32_t i = 0; i < c->n_indexes; i++)
        if (is_on(c, c->indexes[i], field))
            TRY(store_drop(c, c->indexes[i], field, e));
    return MVL_OK;
}

void collection_forget_indexes_on(struct collection *c, uint32_t field)
{
    for (uint32_t i = c->n_indexes; i-- > 0;) {
        struct index_definition *d = c->indexes[i];
        if (is_on(c, d, field))
            remove_index(c, i);
        else if (d->is_scalar && d->column.field != FILTER_META && d->column.field > field)
            d->column.field--;
    }
}

int collection_drop_index(struct collection *c, struct str name, struct error *e)
{
    const struct index_definition *d = collection_find_index(c, name);
    if (!d)
        return error_set(e, MVL_INDEX_NOT_FOUND, "index not found[collection=%.*s][indexName=%.*s]",
                         STR_ARGS(c->name), STR_ARGS(name));
    TRY(store_begin(c->store, e));
    int at_field = schema_find(c->schema, d->field);
    TRY(store_end(c->store, store_drop(c, d, (uint32_t)at_field, e), e));
    struct str field = at_field < 0 ? STR_NONE : c->schema->fields[at_field].name; /* d's own goes */
    uint32_t at = 0;
    while (c->indexes[at] != d)
        at++;
    remove_index(c, at);
    collection_renew_index(c, field);
    return MVL_OK;
}
