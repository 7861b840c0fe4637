#include "engine/aggregate.h"

#include "engine/columns.h"
#include "engine/output.h"
#include "filter/row_groups.h"
#include "schema/column_builder.h"

#define NO_COLUMN UINT32_MAX

/* A value that is told of each group. */
struct aggregate {
    struct str name;     /* as it was asked for */
    enum fold fold;      /* FOLD_FIRST: of a key */
    uint32_t column;     /* of columns; NO_COLUMN: of count(*) */
    enum data_type type; /* of values that are a field's own; NONE: others */
};

/* The keys are the first aggregates, in the order of group_by; the columns are theirs and those of the functions. */
struct aggregation {
    struct aggregate *aggregates;
    struct filter_column *columns;
    uint32_t n_aggregates, n_columns, n_keys;
    uint32_t *outputs; /* [n_outputs] aggregates */
    uint32_t n_outputs;
    struct sort_term *terms; /* [n_terms], without values */
    uint32_t *sorted_by;     /* [n_terms] aggregates: those of the order, then the keys */
    uint32_t n_terms;
    uint32_t offset, limit;
};

/* ---- judging ---- */

/* function ( field ) */
static bool parse(struct str text, enum fold *fold, struct str *field)
{
    static const struct {
        const char *name;
        enum fold fold;
    } functions[] = {
        {"count", FOLD_COUNT}, {"sum", FOLD_SUM}, {"avg", FOLD_AVG}, {"min", FOLD_MIN}, {"max", FOLD_MAX}};
    text = str_trimmed(text);
    const char *open = text.n ? memchr(text.p, '(', text.n) : NULL;
    if (!open || text.p[text.n - 1] != ')')
        return false;
    uint32_t n = (uint32_t)(open - text.p);
    struct str name = str_trimmed((struct str){text.p, n});
    for (size_t i = 0; i < COUNT(functions); i++) {
        if (!str_eq_nocase(name, str_of(functions[i].name)))
            continue;
        *fold = functions[i].fold;
        *field = str_trimmed((struct str){open + 1, text.n - n - 2});
        return true;
    }
    return false;
}

bool aggregate_is_function(struct str output_field)
{
    enum fold fold;
    struct str field;
    return parse(output_field, &fold, &field);
}

static const struct field *field_of(const struct schema *s, const struct filter_column *column)
{
    return column->field == FILTER_META ? NULL : &s->fields[column->field];
}

/* Of a field's type, by its class; what a path leads to has any. */
static bool has_fold(enum fold fold, enum type_class class)
{
    switch (fold) {
    case FOLD_FIRST:
        return class == CLASS_BOOL || class == CLASS_INT || class == CLASS_TIME || class == CLASS_TEXT;
    case FOLD_COUNT: return class != CLASS_VECTOR && class != CLASS_SPARSE;
    case FOLD_SUM:
    case FOLD_AVG: return class == CLASS_INT || class == CLASS_REAL;
    case FOLD_MIN:
    case FOLD_MAX:
        return class == CLASS_INT || class == CLASS_REAL || class == CLASS_TIME || class == CLASS_TEXT;
    }
    return false;
}

static int add_key(struct aggregation *g, const struct schema *s, struct str name, struct arena *a,
                   struct error *e)
{
    struct filter_column *column = &g->columns[g->n_columns];
    TRY(columns_named(s, name, "group_by_fields", a, column, e));
    const struct field *f = column->n_path ? NULL : field_of(s, column);
    if (f && !has_fold(FOLD_FIRST, data_type_class(f->type)))
        return error_set_at(
            e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
            "group_by_fields must name fields of whole numbers, texts, booleans and times, or paths "
            "into JSON: group by field %.*s has unsupported data type %s",
            STR_ARGS(f->name), data_type_name(f->type));
    g->aggregates[g->n_aggregates++] = (struct aggregate){name, FOLD_FIRST, g->n_columns++,
                                                          f ? f->type : DATA_TYPE_NONE};
    return MVL_OK;
}

static int add_function(struct aggregation *g, const struct schema *s, struct str name, struct arena *a,
                        struct error *e)
{
    struct aggregate *out = &g->aggregates[g->n_aggregates];
    struct filter_column *column = &g->columns[g->n_columns];
    struct str of;
    *out = (struct aggregate){.name = name, .column = NO_COLUMN};
    parse(name, &out->fold, &of);
    g->n_aggregates++;
    if (str_eq(of, STR("*")) && out->fold == FOLD_COUNT)
        return MVL_OK;
    if (str_eq(of, STR("*")) || !of.n)
        return error_set(e, MVL_PARAM_INVALID,
                         "output_fields: '%.*s' must name a field, only count(*) is of none", STR_ARGS(name));
    TRY(columns_named(s, of, "output_fields", a, column, e));
    const struct field *f = column->n_path ? NULL : field_of(s, column);
    if (f && out->fold == FOLD_COUNT && !f->nullable)
        return MVL_OK; /* all rows have a value */
    if (f && !has_fold(out->fold, data_type_class(f->type)))
        return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                            "output_fields: %.*s cannot be told of field '%.*s', aggregation does not "
                            "support its data type %s",
                            STR_ARGS(name), STR_ARGS(f->name), data_type_name(f->type));
    out->column = g->n_columns++;
    if (f && (out->fold == FOLD_MIN || out->fold == FOLD_MAX))
        out->type = f->type;
    return MVL_OK;
}

static bool find_output(const struct aggregation *g, struct str name, uint32_t *aggregate)
{
    for (uint32_t i = 0; i < g->n_aggregates; i++)
        if (str_eq(g->aggregates[i].name, name)) {
            *aggregate = i;
            return true;
        }
    return false;
}

static int add_outputs(struct aggregation *g, const struct schema *s, const struct aggregate_request *r,
                       struct arena *a, struct error *e)
{
    for (uint32_t i = 0; i < r->n_output_fields; i++) {
        struct str name = r->output_fields[i];
        uint32_t aggregate = g->n_aggregates;
        if (!find_output(g, name, &aggregate) && !aggregate_is_function(name))
            return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){name, -1},
                                "output_fields must name group_by_fields and count, sum, avg, min or max of "
                                "fields, got '%.*s'",
                                STR_ARGS(name));
        if (aggregate == g->n_aggregates)
            TRY(add_function(g, s, name, a, e));
        g->outputs[g->n_outputs++] = aggregate;
    }
    if (g->n_outputs == 0)
        return error_set(e, MVL_PARAM_INVALID,
                         "output_fields must be given with group_by_fields, such as ['%.*s', 'count(*)']",
                         STR_ARGS(r->group_by[0]));
    return MVL_OK;
}

static int add_terms(struct aggregation *g, struct order_terms order, struct error *e)
{
    for (uint32_t i = 0; i < order.n; i++) {
        const struct order_term *t = &order.p[i];
        if (!find_output(g, t->field, &g->sorted_by[g->n_terms]))
            return error_set_at(
                e, MVL_PARAM_INVALID, (struct error_place){t->field, -1},
                "order_by_fields must name group_by_fields or functions of output_fields, got '%.*s'",
                STR_ARGS(t->field));
        g->terms[g->n_terms++] = (struct sort_term){NULL, t->is_descending, t->nulls_first};
    }
    for (uint32_t key = 0; key < g->n_keys; key++) {
        g->sorted_by[g->n_terms] = key;
        g->terms[g->n_terms++] = (struct sort_term){0};
    }
    return MVL_OK;
}

int aggregate_resolve(const struct schema *s, const struct aggregate_request *r, struct arena *a,
                      struct aggregation **out, struct error *e)
{
    struct aggregation *g = arena_alloc(a, sizeof *g);
    uint32_t most = r->n_group_by + r->n_output_fields, n_terms = r->order.n + r->n_group_by;
    if (!g)
        return MVL_NOMEM;
    *g = (struct aggregation){
        .aggregates = arena_array(a, most, sizeof *g->aggregates),
        .columns = arena_array(a, most, sizeof *g->columns),
        .outputs = arena_array(a, r->n_output_fields, sizeof *g->outputs),
        .terms = arena_array(a, n_terms, sizeof *g->terms),
        .sorted_by = arena_array(a, n_terms, sizeof *g->sorted_by),
        .n_keys = r->n_group_by,
        .offset = r->offset,
        .limit = r->limit,
    };
    if (!g->aggregates || !g->columns || !g->outputs || !g->terms || !g->sorted_by)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < r->n_group_by; i++)
        TRY(add_key(g, s, r->group_by[i], a, e));
    TRY(add_outputs(g, s, r, a, e));
    TRY(add_terms(g, r->order, e));
    *out = g;
    return MVL_OK;
}

/* ---- groups ---- */

/* Fills told [n_aggregates], which are the caller's, also of a failure. */
static int fold_all(const struct aggregation *g, const struct row_groups *groups,
                    const struct scalars *const columns[], struct scalars *told[], struct error *e)
{
    for (uint32_t i = 0; i < g->n_aggregates; i++) {
        const struct aggregate *of = &g->aggregates[i];
        const struct scalars *values = of->column == NO_COLUMN ? NULL : columns[of->column];
        int rc = row_groups_fold(groups, of->fold, values, &told[i]);
        if (rc == MVL_PARAM_INVALID)
            return error_set(e, MVL_PARAM_INVALID, "output_fields: %.*s is beyond the range of INT64",
                             STR_ARGS(of->name));
        TRY(rc);
    }
    return MVL_OK;
}

/* The groups of the page, in order. */
static int page_of(const struct aggregation *g, struct scalars *const told[], uint32_t n_groups,
                   struct arena *a, uint32_t **page, uint32_t *n)
{
    uint32_t first = g->offset < n_groups ? g->offset : n_groups;
    uint32_t wanted = g->limit < n_groups - first ? first + g->limit : n_groups;
    struct top_rows top = {.terms = g->terms, .n_terms = g->n_terms};
    uint32_t *order = arena_zeroed(a, n_groups, sizeof *order);
    if (!order)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < g->n_terms; i++)
        g->terms[i].values = told[g->sorted_by[i]];
    if (g->n_terms) {
        TRY(top_rows_init(&top, wanted, a));
        for (uint32_t i = 0; i < n_groups; i++)
            top_rows_push(&top, i);
        top_rows_finish(&top, order);
    }
    *page = order + first;
    *n = wanted - first;
    return MVL_OK;
}

static void put_json(struct writer *w, const struct cell *c)
{
    switch (c->kind) {
    case JSON_NULL: break; /* of no value is nothing put */
    case JSON_BOOL: json_put_bool(w, c->integer != 0); break;
    case JSON_INT: json_put_int(w, c->integer); break;
    case JSON_REAL: json_put_real(w, c->real); break;
    case JSON_STRING: json_put_str(w, c->text); break;
    case JSON_ARRAY:
    case JSON_OBJECT: json_put_text(w, c->text); break;
    }
}

static int put_value(struct column_builder *b, enum scalar_kind kind, const struct cell *c)
{
    if (c->kind == JSON_NULL)
        return column_builder_null(b);
    switch (kind) {
    case SCALAR_INT: column_builder_i64(b, c->integer); break;
    case SCALAR_REAL: column_builder_f64(b, c->real); break;
    case SCALAR_TEXT: column_builder_text(b, c->text); break;
    case SCALAR_MIXED:
        json_begin(&b->text);
        put_json(&b->text, c);
        column_builder_end_text(b);
        break;
    }
    return MVL_OK;
}

static int show_values(const struct scalars *values, const uint32_t page[], uint32_t n, struct arena *a,
                       struct column *out)
{
    static const enum column_kind kinds[] = {[SCALAR_INT] = KIND_I64,
                                             [SCALAR_REAL] = KIND_F64,
                                             [SCALAR_TEXT] = KIND_STR,
                                             [SCALAR_MIXED] = KIND_JSON};
    struct column_builder b;
    TRY(column_builder_init(&b, kinds[values->kind], n, a));
    int rc = MVL_OK;
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        struct cell c = scalars_cell(values, page[i]);
        rc = put_value(&b, values->kind, &c);
    }
    if (rc == MVL_OK)
        return column_builder_finish(&b, out);
    column_builder_drop(&b);
    return rc;
}

static int show_page(const struct aggregation *g, struct scalars *const told[], uint32_t n_groups,
                     struct arena *a, struct batch *out)
{
    uint32_t *page, n;
    TRY(page_of(g, told, n_groups, a, &page, &n));
    *out = (struct batch){arena_array(a, g->n_outputs, sizeof *out->columns), g->n_outputs, n};
    if (!out->columns)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        const struct aggregate *of = &g->aggregates[g->outputs[i]];
        struct column *column = &out->columns[i];
        TRY(show_values(told[g->outputs[i]], page, n, a, column));
        TRY(output_as_type(of->type, column, n, a));
        column->name = of->name;
    }
    return MVL_OK;
}

static int tell(const struct aggregation *g, const struct row_groups *groups,
                const struct scalars *const columns[], struct arena *a, struct batch *out, struct error *e)
{
    struct scalars **told = arena_zeroed(a, g->n_aggregates, sizeof *told);
    if (!told)
        return MVL_NOMEM;
    int rc = fold_all(g, groups, columns, told, e);
    if (rc == MVL_OK)
        rc = show_page(g, told, groups->n, a, out);
    for (uint32_t i = 0; i < g->n_aggregates; i++)
        scalars_destroy(told[i]);
    return rc;
}

int aggregate_rows(struct collection *c, const struct aggregation *g, const struct bitmap *rows,
                   struct arena *a, struct batch *out, struct error *e)
{
    const struct scalars **columns = arena_array(a, g->n_columns, sizeof *columns);
    struct row_groups groups;
    if (!columns)
        return MVL_NOMEM;
    TRY(columns_load(c, g->columns, g->n_columns, columns, e));
    TRY(row_groups_make(columns, g->n_keys, rows, &groups));
    int rc = tell(g, &groups, columns, a, out, e);
    row_groups_fini(&groups);
    return rc;
}
