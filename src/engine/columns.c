#include "engine/columns.h"

#include "base/mem.h"
#include "engine/scalar_index.h"
#include "filter/candidates.h"

enum {
    ROWS_AT_ONCE = 4096,
    KEPT_ANSWERS = 16,
    MOST_UNSORTED = 8,     /* one in so many rows may have come since a column was sorted */
    MOST_KEPT_TEXT = 4096, /* bytes of a filter whose answer is kept */
};

struct loaded_column {
    struct filter_column what; /* its path is owned by arena */
    struct arena arena;
    struct scalars *scalars; /* owned */
    struct sorted sorted;    /* its rows in order, if an index says so and a filter has asked */
    struct members members;  /* of its lists, likewise */
};

/* The rows that a filter has found. */
struct answer {
    struct arena arena; /* owns the texts */
    struct str text, params;
    struct bitmap rows; /* as many as were there */
    uint64_t used;      /* when, in calls */
};

struct columns {
    struct loaded_column **list; /* owned [n] */
    uint32_t n;
    struct answer answers[KEPT_ANSWERS];
    uint64_t n_calls;
};

static void answer_fini(struct answer *a)
{
    bitmap_fini(&a->rows);
    arena_fini(&a->arena);
    *a = (struct answer){0};
}

static void column_destroy(struct loaded_column *column)
{
    if (!column)
        return;
    scalars_destroy(column->scalars);
    sorted_fini(&column->sorted);
    members_fini(&column->members);
    arena_fini(&column->arena);
    mem_free(column);
}

void columns_destroy(struct columns *cs)
{
    if (!cs)
        return;
    for (uint32_t i = 0; i < cs->n; i++)
        column_destroy(cs->list[i]);
    mem_free(cs->list);
    for (uint32_t i = 0; i < KEPT_ANSWERS; i++)
        answer_fini(&cs->answers[i]);
    mem_free(cs);
}

static int columns_of(struct collection *c, struct columns **out)
{
    if (!c->columns) {
        c->columns = mem_alloc(sizeof *c->columns);
        if (!c->columns)
            return MVL_NOMEM;
        *c->columns = (struct columns){0};
    }
    *out = c->columns;
    return MVL_OK;
}

uint64_t columns_bytes(const struct collection *c)
{
    uint64_t bytes = 0;
    if (!c->columns)
        return 0;
    for (uint32_t i = 0; i < c->columns->n; i++) {
        const struct loaded_column *column = c->columns->list[i];
        bytes += scalars_bytes(column->scalars) + column->sorted.n * sizeof *column->sorted.rows +
                 members_bytes(&column->members);
    }
    for (uint32_t i = 0; i < KEPT_ANSWERS; i++)
        bytes += c->columns->answers[i].rows.n_words * sizeof(uint64_t);
    return bytes;
}

/* ---- finding and making ---- */

/* Filters say it in their own words, of which a field is the simplest. */
static int retold(int code, const char *param, struct error *e)
{
    static const struct str of_filters = {"filter: ", 8};
    struct error of = *e;
    if (code == MVL_PARAM_INVALID)
        error_set_at(e, of.code, (struct error_place){str_of(of.field), -1}, "%s: %s", param,
                     of.reason + of_filters.n);
    return code;
}

int columns_named(const struct schema *s, struct str name, const char *param, struct arena *a,
                  struct filter_column *out, struct error *e)
{
    int field = schema_find(s, name);
    if (field < 0)
        return retold(filter_column_of(name, s, a, out, e), param, e);
    *out = (struct filter_column){.field = (uint32_t)field, .kind = SCALAR_INT};
    switch (data_type_class(s->fields[field].type)) {
    case CLASS_REAL: out->kind = SCALAR_REAL; break;
    case CLASS_TEXT:
    case CLASS_GEOMETRY: out->kind = SCALAR_TEXT; break;
    case CLASS_JSON: out->kind = SCALAR_MIXED; break;
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_TIME:
    case CLASS_SPARSE:
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return MVL_OK;
}

static int add_column(struct columns *cs, const struct filter_column *what, struct loaded_column **out)
{
    struct loaded_column **list = mem_grow(cs->list, cs->n + 1, sizeof *list);
    if (!list)
        return MVL_NOMEM;
    cs->list = list;
    struct loaded_column *column = mem_alloc(sizeof *column);
    if (!column)
        return MVL_NOMEM;
    *column = (struct loaded_column){0};
    int rc = filter_column_copy(what, &column->arena, &column->what);
    if (rc == MVL_OK)
        rc = scalars_create(&column->scalars, what->kind);
    if (rc != MVL_OK) {
        column_destroy(column);
        return rc;
    }
    cs->list[cs->n++] = column;
    *out = column;
    return MVL_OK;
}

static int find_column(struct columns *cs, const struct filter_column *what, struct loaded_column **out)
{
    for (uint32_t i = 0; i < cs->n; i++)
        if (filter_column_equal(&cs->list[i]->what, what)) {
            *out = cs->list[i];
            return MVL_OK;
        }
    return add_column(cs, what, out);
}

/* ---- reading ---- */

/* Columns of one field that are read together, from one row on. */
struct reading {
    struct loaded_column **columns;
    uint32_t n;
    struct arena rows, json;
};

static int put_json(struct reading *r, uint32_t row, struct str text, struct error *e)
{
    struct json *j;
    arena_reset(&r->json);
    int rc = json_parse(text, &r->json, &j, "stored value", e);
    if (rc == MVL_PARAM_INVALID)
        return error_set(e, MVL_DAMAGED, "the database file is damaged: row %u holds no JSON", row);
    TRY(rc);
    for (uint32_t i = 0; i < r->n; i++) {
        const struct json *value = json_at(j, r->columns[i]->what.path, r->columns[i]->what.n_path);
        if (value)
            TRY(scalars_set_json(r->columns[i]->scalars, row, value));
    }
    return MVL_OK;
}

static int put_rows(struct reading *r, const struct entity_scan *scan, uint32_t end, struct error *e)
{
    for (uint32_t i = 0; i < scan->n; i++) {
        if (scan->rows[i] >= end)
            return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u",
                             scan->rows[i]);
        if (column_is_null(&scan->column, i))
            continue;
        if (scan->column.kind == KIND_JSON)
            TRY(put_json(r, scan->rows[i], column_text(&scan->column, i), e));
        else
            TRY(scalars_set_column(r->columns[0]->scalars, scan->rows[i], &scan->column, i));
    }
    return MVL_OK;
}

static int read_rows(struct collection *c, struct reading *r, struct error *e)
{
    uint32_t end = (uint32_t)c->next_row;
    struct entity_table t = collection_entities(c);
    uint32_t field = r->columns[0]->what.field;
    struct entity_scan scan = {
        .field = field == FILTER_META ? ENTITY_META : field,
        .most = ROWS_AT_ONCE,
        .next = r->columns[0]->scalars->n_rows,
    };
    for (uint32_t i = 0; i < r->n; i++)
        TRY(scalars_extend(r->columns[i]->scalars, end));
    do {
        arena_reset(&r->rows);
        TRY(entities_scan(c->store, &t, &scan, &r->rows, e));
        TRY(put_rows(r, &scan, end, e));
    } while (scan.n == scan.most);
    return MVL_OK;
}

/* Reads those that go with the first, and says how many are left, at the front. */
static int read_together(struct collection *c, struct loaded_column *left[], uint32_t *n, struct error *e)
{
    uint32_t n_together = 1;
    for (uint32_t i = 1; i < *n; i++)
        if (left[i]->what.field == left[0]->what.field &&
            left[i]->scalars->n_rows == left[0]->scalars->n_rows) {
            struct loaded_column *one = left[i];
            left[i] = left[n_together];
            left[n_together++] = one;
        }
    struct reading r = {.columns = left, .n = n_together};
    int rc = read_rows(c, &r, e);
    arena_fini(&r.rows);
    arena_fini(&r.json);
    *n -= n_together;
    memmove(left, left + n_together, *n * sizeof *left);
    return rc;
}

static int load(struct collection *c, const struct filter_column wanted[], uint32_t n,
                const struct scalars *out[], struct arena *a, struct error *e)
{
    struct columns *cs;
    struct loaded_column **stale = arena_array(a, n, sizeof *stale);
    uint32_t n_stale = 0;
    if (!stale)
        return MVL_NOMEM;
    TRY(columns_of(c, &cs));
    for (uint32_t i = 0; i < n; i++) {
        struct loaded_column *column;
        TRY(find_column(cs, &wanted[i], &column));
        out[i] = column->scalars;
        bool is_listed = false; /* one may be wanted twice */
        for (uint32_t k = 0; k < n_stale; k++)
            is_listed |= stale[k] == column;
        if (column->scalars->n_rows < c->next_row && !is_listed)
            stale[n_stale++] = column;
    }
    while (n_stale)
        TRY(read_together(c, stale, &n_stale, e));
    return MVL_OK;
}

int columns_load(struct collection *c, const struct filter_column wanted[], uint32_t n,
                 const struct scalars *out[], struct error *e)
{
    struct arena a = {0};
    int rc = load(c, wanted, n, out, &a, e);
    arena_fini(&a);
    if (rc != MVL_OK) { /* some may be half read */
        columns_destroy(c->columns);
        c->columns = NULL;
    }
    return rc;
}

static struct filter_column key_column(const struct collection *c)
{
    bool is_text = schema_primary(c->schema)->type == DATA_TYPE_VARCHAR;
    return (struct filter_column){c->schema->primary, is_text ? SCALAR_TEXT : SCALAR_INT, NULL, 0};
}

int columns_load_keys(struct collection *c, const struct scalars **out, struct error *e)
{
    struct filter_column key = key_column(c);
    return columns_load(c, &key, 1, out, e);
}

void columns_forget(struct collection *c, uint32_t row)
{
    struct filter_column key = key_column(c);
    for (uint32_t i = 0; c->columns && i < c->columns->n; i++)
        if (filter_column_equal(&c->columns->list[i]->what, &key))
            scalars_clear(c->columns->list[i]->scalars, row);
}

/* ---- filters ---- */

static struct answer *find_answer(struct columns *cs, struct str text, struct str params)
{
    struct answer *oldest = &cs->answers[0];
    for (uint32_t i = 0; i < KEPT_ANSWERS; i++) {
        struct answer *a = &cs->answers[i];
        if (a->text.n && str_eq(a->text, text) && str_eq(a->params, params))
            return a;
        if (a->used < oldest->used)
            oldest = a;
    }
    answer_fini(oldest);
    return oldest;
}

/* ---- sorted columns ---- */

/* Keys are, without being asked: of a partition key one value out of many is what filters name. */
static bool is_indexed(const struct collection *c, const struct filter_column *what)
{
    const struct field *partition_key = schema_partition_key(c->schema);
    bool is_key = what->field == c->schema->primary ||
                  (partition_key && what->field == (uint32_t)(partition_key - c->schema->fields));
    bool is = is_key && what->n_path == 0;
    for (uint32_t i = 0; i < c->n_indexes && !is; i++)
        is = c->indexes[i]->is_scalar && filter_column_equal(&c->indexes[i]->column, what);
    return is;
}

/* The column, if an index says that its rows are to be told by their values. */
static struct loaded_column *indexed_column(struct collection *c, const struct filter_column *what)
{
    struct loaded_column *column = NULL;
    for (uint32_t i = 0; i < c->columns->n; i++)
        if (filter_column_equal(&c->columns->list[i]->what, what))
            column = c->columns->list[i];
    if (!column || is_indexed(c, what))
        return column;
    sorted_fini(&column->sorted);
    members_fini(&column->members);
    return NULL;
}

/* One of a column's orders: of its values, or of its lists' members. */
struct order_of {
    struct loaded_column *column;
    bool of_members;
};

static uint32_t rows_known(const struct order_of *o)
{
    return o->of_members ? o->column->members.n_rows : o->column->sorted.n_rows;
}

static bool make_order(const struct order_of *o, uint32_t n_rows)
{
    struct loaded_column *column = o->column;
    return (o->of_members ? members_make(&column->members, column->scalars, n_rows)
                          : sorted_make(&column->sorted, column->scalars, n_rows)) == MVL_OK;
}

/* Makes an order of about all rows, anew when many have come. False: it has too few, or there is no memory for it. */
static bool refresh_order(const struct order_of *o)
{
    uint32_t n = o->column->scalars->n_rows / SCALARS_BLOCK * SCALARS_BLOCK, known = rows_known(o);
    return n >= SORTED_LEAST_ROWS && (n <= known + known / MOST_UNSORTED || make_order(o, n));
}

const struct sorted *columns_sorted(struct collection *c, const struct filter_column *what)
{
    struct order_of o = {indexed_column(c, what), false};
    return o.column && refresh_order(&o) ? &o.column->sorted : NULL;
}

/* Lists the orders that a filter goes by. Returns how many. */
static uint32_t list_orders(struct collection *c, const struct filter *f, const struct filter_column wanted[],
                            uint32_t n, struct order_of list[])
{
    uint32_t n_orders = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct loaded_column *column = indexed_column(c, &wanted[i]);
        if (column && filter_wants_sorted(f, i))
            list[n_orders++] = (struct order_of){column, false};
        if (column && filter_wants_members(f, i))
            list[n_orders++] = (struct order_of){column, true};
    }
    return n_orders;
}

/* The orders of a filter's columns, of the same rows. Returns how many rows, 0: there is none. */
static uint32_t orders_of_filter(const struct order_of list[], uint32_t n_orders,
                                 const struct scalars *const columns[], uint32_t n,
                                 struct column_order orders[])
{
    uint32_t n_rows = 0;
    for (uint32_t i = 0; i < n_orders; i++)
        if (refresh_order(&list[i]) && rows_known(&list[i]) > n_rows)
            n_rows = rows_known(&list[i]);
    for (uint32_t i = 0; i < n_orders && n_rows; i++) {
        struct loaded_column *column = list[i].column;
        if (rows_known(&list[i]) != n_rows && !make_order(&list[i], n_rows))
            continue;
        for (uint32_t k = 0; k < n; k++) {
            if (columns[k] != column->scalars)
                continue;
            if (list[i].of_members)
                orders[k].members = &column->members;
            else
                orders[k].sorted = &column->sorted;
        }
    }
    return n_rows;
}

/* Finds the first rows by the orders of columns, where they leave few; *first: the first row that is left to scan. */
static int run_sorted(struct collection *c, const struct filter *f, const struct scalars *const columns[],
                      uint64_t seed, struct arena *a, struct bitmap *out, uint32_t *first)
{
    uint32_t n;
    bool found;
    const struct filter_column *wanted = filter_columns(f, &n);
    struct column_order *orders = arena_zeroed(a, n, sizeof *orders);
    struct order_of *list = arena_array(a, n, 2 * sizeof *list);
    if (!orders || !list)
        return MVL_NOMEM;
    uint32_t n_rows = orders_of_filter(list, list_orders(c, f, wanted, n, list), columns, n, orders);
    if (!n_rows)
        return MVL_OK;
    TRY(filter_candidates(f, columns, orders, n_rows, out, &found));
    if (found)
        *first = n_rows;
    return found ? filter_keep(f, columns, n_rows, seed, out) : MVL_OK;
}

/* ---- answers ---- */

/* Over the rows that the answer does not have yet. is_random: it is not to be kept. */
static int run(struct collection *c, struct answer *answer, struct str text, const struct json *params,
               struct arena *a, bool *is_random, struct error *e)
{
    struct filter *f;
    uint32_t n_columns, n = (uint32_t)c->next_row, known = answer->rows.n;
    TRY(filter_compile(text, c->schema, params, a, &f, e));
    const struct filter_column *wanted = filter_columns(f, &n_columns);
    const struct scalars **columns = arena_array(a, n_columns, sizeof *columns);
    if (!columns)
        return MVL_NOMEM;
    *is_random = filter_is_random(f);
    TRY(columns_load(c, wanted, n_columns, columns, e));
    TRY(bitmap_reserve(&answer->rows, n));
    bitmap_extend(&answer->rows, n);
    uint32_t first = known / SCALARS_BLOCK * SCALARS_BLOCK;
    if (!known)
        TRY(run_sorted(c, f, columns, answer->used, a, &answer->rows, &first));
    return filter_run(f, columns, first, n, answer->used, &answer->rows);
}

int columns_filter(struct collection *c, struct str text, const struct json *params, struct arena *a,
                   const struct bitmap **out, struct error *e)
{
    struct columns *cs;
    struct str params_text = params ? params->text : STR_NONE;
    TRY(columns_of(c, &cs));
    struct answer *answer = find_answer(cs, text, params_text);
    bool is_new = !answer->text.n, is_kept = text.n + params_text.n <= MOST_KEPT_TEXT;
    answer->used = ++cs->n_calls;
    *out = &answer->rows;
    if (!is_new && answer->rows.n == c->next_row)
        return MVL_OK;
    bool is_random = false;
    int rc = run(c, answer, text, params, a, &is_random, e);
    if (rc == MVL_OK && is_new && is_kept && !is_random &&
        (rc = arena_copy(&answer->arena, text, &answer->text)) == MVL_OK)
        rc = arena_copy(&answer->arena, params_text, &answer->params);
    if (rc != MVL_OK && c->columns)
        answer_fini(answer);
    return rc;
}
