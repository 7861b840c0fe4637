#include "storage/entities.h"

#include "base/places.h"
#include "schema/column_builder.h"
#include "schema/value.h"
#include "storage/sql.h"

enum {
    MANY_ROWS = 64,      /* from so many on it matters in which order rows are read */
    SORTED_ROWS = 32768, /* at once, which is also how much memory is needed twice */
};

static const char *sql_type(const struct field *f)
{
    switch (data_type_class(f->type)) {
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_INT: return "INTEGER";
    case CLASS_REAL: return "REAL";
    case CLASS_TEXT:
    case CLASS_GEOMETRY:
    case CLASS_JSON: return "TEXT";
    case CLASS_SPARSE:
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return "BLOB";
}

/* Calls for every field that is a column of the table, in order. */
#define FOR_EACH_SCALAR(it, schema)                                                                          \
    for (const struct field *it = (schema)->fields; it < (schema)->fields + (schema)->n_fields; it++)        \
        if (!field_is_vector(it))

/* The first format that knows fields of this type. */
static int format_of(const struct field *f)
{
    enum type_class class = data_type_class(f->type);
    return class == CLASS_TIME || class == CLASS_GEOMETRY ? STORE_FORMAT_TYPES : STORE_FORMAT_FIRST;
}

int entities_create(struct store *s, const struct entity_table *t, struct error *e)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_str_appendf(sql, "CREATE TABLE e%lld (\"$row\" INTEGER PRIMARY KEY, \"$part\" INTEGER NOT NULL",
                        t->collection);
    FOR_EACH_SCALAR (f, t->schema)
        sqlite3_str_appendf(sql, ", \"%.*w\" %s%s", STR_ARGS(f->column), sql_type(f),
                            f->is_primary ? " NOT NULL UNIQUE" : "");
    sqlite3_str_appendf(sql, ", \"$meta\" TEXT)");
    char *text = sqlite3_str_finish(sql);
    int rc = text ? sql_exec(s->db, e, "%s", text) : MVL_NOMEM;
    sqlite3_free(text);
    FOR_EACH_SCALAR (f, t->schema)
        if (rc == MVL_OK)
            rc = store_raise_format(s, format_of(f), e);
    return rc;
}

int entities_drop(struct store *s, const struct entity_table *t, struct error *e)
{
    return sql_exec(s->db, e, "DROP TABLE e%lld", t->collection);
}

int entities_clear(struct store *s, const struct entity_table *t, struct error *e)
{
    return sql_exec(s->db, e, "DELETE FROM e%lld", t->collection);
}

/* Writes " DEFAULT <literal>"; SQLite takes no parameters there. */
static int put_default(const struct field *f, sqlite3_str *sql, struct error *e)
{
    struct value v;
    struct item item = item_from_json(f->default_value);
    TRY(value_coerce(&item, f->type, f->max_length, (struct error_place){f->name, -1}, &v, e));
    switch (data_type_class(f->type)) {
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_INT: sqlite3_str_appendf(sql, " DEFAULT %lld", (long long)v.integer); return MVL_OK;
    case CLASS_REAL: sqlite3_str_appendf(sql, " DEFAULT %!.17g", v.real); return MVL_OK;
    case CLASS_TEXT:
        if (v.text.n && memchr(v.text.p, 0, v.text.n))
            break;
        sqlite3_str_appendf(sql, " DEFAULT '%.*q'", STR_ARGS(v.text));
        return MVL_OK;
    case CLASS_GEOMETRY:
    case CLASS_JSON:
    case CLASS_SPARSE:
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return error_set_at(
        e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
        "default_value of field '%.*s' must not hold a NUL: rows that are there cannot have it",
        STR_ARGS(f->name));
}

int entities_add_column(struct store *s, const struct entity_table *t, uint32_t field, struct error *e)
{
    const struct field *f = &t->schema->fields[field];
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_str_appendf(sql, "ALTER TABLE e%lld ADD COLUMN \"%.*w\" %s", t->collection, STR_ARGS(f->column),
                        sql_type(f));
    int rc = f->default_value ? put_default(f, sql, e) : MVL_OK;
    char *text = sqlite3_str_finish(sql);
    if (rc == MVL_OK)
        rc = text ? sql_exec(s->db, e, "%s", text) : MVL_NOMEM;
    sqlite3_free(text);
    if (rc == MVL_OK)
        rc = store_raise_format(s, STORE_FORMAT_STRUCTURE, e);
    return rc == MVL_OK ? store_raise_format(s, format_of(f), e) : rc;
}

int entities_drop_column(struct store *s, const struct entity_table *t, uint32_t field, struct error *e)
{
    return sql_exec(s->db, e, "ALTER TABLE e%lld DROP COLUMN \"%.*w\"", t->collection,
                    STR_ARGS(t->schema->fields[field].column));
}

int entities_clear_meta(struct store *s, const struct entity_table *t, struct error *e)
{
    return sql_exec(s->db, e, "UPDATE e%lld SET \"$meta\" = NULL WHERE \"$meta\" IS NOT NULL", t->collection);
}

static int prepare_insert(struct store *s, const struct entity_table *t, sqlite3_stmt **out, struct error *e)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_str_appendf(sql, "INSERT INTO e%lld (\"$row\", \"$part\", \"$meta\"", t->collection);
    FOR_EACH_SCALAR (f, t->schema)
        sqlite3_str_appendf(sql, ", \"%.*w\"", STR_ARGS(f->column));
    sqlite3_str_appendall(sql, ") VALUES (?, ?, ?");
    FOR_EACH_SCALAR (f, t->schema)
        sqlite3_str_appendall(sql, ", ?");
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    int rc = text ? sql_borrow(s, out, e, "%s", text) : MVL_NOMEM;
    sqlite3_free(text);
    return rc;
}

/* No bytes are not null. */
static void bind_bytes(sqlite3_stmt *statement, int at, struct str bytes)
{
    sqlite3_bind_blob64(statement, at, bytes.n ? bytes.p : "", bytes.n, SQLITE_STATIC);
}

static void bind_value(sqlite3_stmt *statement, int at, const struct column *c, uint32_t row)
{
    if (column_is_null(c, row)) {
        sqlite3_bind_null(statement, at);
        return;
    }
    switch (c->kind) {
    case KIND_I64: sqlite3_bind_int64(statement, at, ((const int64_t *)c->data)[row]); return;
    case KIND_F64: sqlite3_bind_double(statement, at, ((const double *)c->data)[row]); return;
    case KIND_STR:
    case KIND_JSON: sql_bind_str(statement, at, column_text(c, row)); return;
    case KIND_SPARSE: bind_bytes(statement, at, column_text(c, row)); return;
    case KIND_TIME:
    case KIND_BOOL:
    case KIND_MATRIX_U8:
    case KIND_MATRIX_I8:
    case KIND_MATRIX_U16:
    case KIND_MATRIX_F32:
    case KIND_MATRIX_F64:
    case KIND_MATRIX_F16:
    case KIND_MATRIX_BF16: break;
    }
    sqlite3_bind_null(statement, at);
}

static void bind_row(sqlite3_stmt *statement, const struct entity_table *t, const struct rows *rows,
                     uint32_t i, uint32_t row)
{
    int at = 1;
    sqlite3_bind_int64(statement, at++, row);
    sqlite3_bind_int64(statement, at++, rows->parts ? rows->parts[i] : rows->part);
    if (rows->meta.data)
        bind_value(statement, at++, &rows->meta, i);
    else
        sqlite3_bind_null(statement, at++);
    FOR_EACH_SCALAR (f, t->schema)
        bind_value(statement, at++, &rows->fields[f - t->schema->fields], i);
}

static int prepare_find(struct store *s, const struct entity_table *t, sqlite3_stmt **out, struct error *e)
{
    const struct field *primary = schema_primary(t->schema);
    return sql_borrow(s, out, e, "SELECT \"$row\" FROM e%lld WHERE \"%.*w\" = ?", t->collection,
                      STR_ARGS(primary->column));
}

static int damaged_row(int64_t row, struct error *e)
{
    return error_set(e, MVL_DAMAGED, "the database file is damaged: a key leads to row %lld", (long long)row);
}

static int find_key(sqlite3_stmt *find, const struct column *keys, uint32_t i, uint32_t *row, struct error *e)
{
    bool has_row;
    bind_value(find, 1, keys, i);
    int rc = sql_step(find, &has_row, e);
    int64_t found = rc == MVL_OK && has_row ? sqlite3_column_int64(find, 0) : ENTITY_NONE;
    sqlite3_reset(find);
    if (found < 0 || found > ENTITY_NONE)
        return damaged_row(found, e);
    *row = (uint32_t)found;
    return rc;
}

static int prepare_delete(struct store *s, const struct entity_table *t, sqlite3_stmt **out, struct error *e)
{
    return sql_borrow(s, out, e, "DELETE FROM e%lld WHERE \"$row\" = ?", t->collection);
}

static int delete_row(sqlite3_stmt *delete, uint32_t row, struct error *e)
{
    sqlite3_bind_int64(delete, 1, row);
    return sql_run(delete, e);
}

/* Makes room for the key of row i of the batch, the table's row number row: deletes the row that has it. */
static int replace(struct store *s, const struct entity_table *t, const struct column *keys, uint32_t i,
                   uint32_t row, uint32_t *replaced, struct error *e)
{
    sqlite3_stmt *find = NULL, *delete = NULL;
    int rc = prepare_find(s, t, &find, e);
    if (rc == MVL_OK)
        rc = prepare_delete(s, t, &delete, e);
    if (rc == MVL_OK)
        rc = find_key(find, keys, i, replaced, e);
    if (rc == MVL_OK && *replaced >= row) /* every row there is older */
        rc = damaged_row(*replaced, e);
    if (rc == MVL_OK)
        rc = delete_row(delete, *replaced, e);
    sql_give_back(s, find);
    sql_give_back(s, delete);
    return rc;
}

int entities_append(struct store *s, const struct entity_table *t, const struct rows *rows, uint32_t first,
                    uint32_t replaced[], uint32_t *n_replaced, struct error *e)
{
    const struct column *keys = &rows->fields[t->schema->primary];
    sqlite3_stmt *insert;
    TRY(prepare_insert(s, t, &insert, e));
    int rc = MVL_OK;
    *n_replaced = 0;
    for (uint32_t i = 0; i < rows->n && rc == MVL_OK; i++) {
        bind_row(insert, t, rows, i, first + i);
        int stepped = sqlite3_step(insert);
        sqlite3_reset(insert);
        if (stepped == SQLITE_CONSTRAINT_UNIQUE) {
            rc = replace(s, t, keys, i, first + i, &replaced[(*n_replaced)++], e);
            if (rc == MVL_OK)
                rc = sql_run(insert, e);
        } else if (stepped != SQLITE_DONE) {
            rc = sql_error(s->db, "writing rows", e);
        }
    }
    sql_give_back(s, insert);
    return rc;
}

int entities_find(struct store *s, const struct entity_table *t, const struct column *keys, uint32_t n,
                  uint32_t rows[], struct error *e)
{
    sqlite3_stmt *find, *reads;
    TRY(prepare_find(s, t, &find, e));
    int rc = sql_begin_reads(s, n, &reads, e);
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++)
        rc = find_key(find, keys, i, &rows[i], e);
    sql_give_back(s, find);
    sql_give_back(s, reads);
    return rc;
}

int entities_delete(struct store *s, const struct entity_table *t, const uint32_t rows[], uint32_t n,
                    struct error *e)
{
    sqlite3_stmt *delete;
    TRY(prepare_delete(s, t, &delete, e));
    int rc = MVL_OK;
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++)
        rc = delete_row(delete, rows[i], e);
    sql_give_back(s, delete);
    return rc;
}

/* How many rows a condition with one integer in it is true of, and which. */
static int count_where(struct store *s, const struct entity_table *t, const char *where, int64_t value,
                       int64_t *n, struct error *e)
{
    return sql_integer(s->db, 0, n, e, "SELECT count(*) FROM e%lld WHERE %s %lld", t->collection, where,
                       value);
}

static int rows_where(struct store *s, const struct entity_table *t, const char *where, int64_t value,
                      struct arena *a, uint32_t **rows, uint32_t *n, struct error *e)
{
    sqlite3_stmt *statement;
    bool has_row;
    int64_t most;
    *n = 0;
    TRY(count_where(s, t, where, value, &most, e));
    *rows = arena_array(a, (size_t)most, sizeof **rows);
    if (!*rows)
        return MVL_NOMEM;
    TRY(sql_prepare(s->db, &statement, e, "SELECT \"$row\" FROM e%lld WHERE %s %lld ORDER BY \"$row\"",
                    t->collection, where, value));
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row && *n < most) {
        int64_t row = sqlite3_column_int64(statement, 0);
        if (row < 0 || row >= ENTITY_NONE) {
            rc = damaged_row(row, e);
            break;
        }
        (*rows)[(*n)++] = (uint32_t)row;
    }
    sqlite3_finalize(statement);
    return rc;
}

int entities_count_part(struct store *s, const struct entity_table *t, int64_t part, int64_t first,
                        int64_t *n, struct error *e)
{
    return sql_integer(s->db, 0, n, e,
                       "SELECT count(*) FROM e%lld WHERE \"$part\" = %lld AND \"$row\" >= %lld",
                       t->collection, part, first);
}

int entities_count_below(struct store *s, const struct entity_table *t, int64_t row, int64_t *n,
                         struct error *e)
{
    return count_where(s, t, "\"$row\" <", row, n, e);
}

int entities_rows_of_part(struct store *s, const struct entity_table *t, int64_t part, struct arena *a,
                          uint32_t **rows, uint32_t *n, struct error *e)
{
    return rows_where(s, t, "\"$part\" =", part, a, rows, n, e);
}

int entities_rows_below(struct store *s, const struct entity_table *t, int64_t row, struct arena *a,
                        uint32_t **rows, uint32_t *n, struct error *e)
{
    return rows_where(s, t, "\"$row\" <", row, a, rows, n, e);
}

static enum column_kind read_kind(const struct field *f)
{
    switch (data_type_class(f->type)) {
    case CLASS_REAL: return KIND_F64;
    case CLASS_GEOMETRY:
    case CLASS_TEXT: return KIND_STR;
    case CLASS_JSON: return KIND_JSON;
    case CLASS_SPARSE: return KIND_SPARSE;
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_INT:
    case CLASS_VECTOR:
    case CLASS_NONE: break;
    }
    return KIND_I64;
}

static int prepare_read(struct store *s, const struct entity_table *t,
                        const struct entity_selection *selection, bool meta, sqlite3_stmt **out,
                        struct error *e)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_str_appendall(sql, "SELECT ");
    for (uint32_t i = 0; i < selection->n_fields; i++)
        sqlite3_str_appendf(sql, "\"%.*w\", ", STR_ARGS(t->schema->fields[selection->fields[i]].column));
    sqlite3_str_appendf(sql, "%s FROM e%lld WHERE \"$row\" = ?", meta ? "\"$meta\"" : "0", t->collection);
    char *text = sqlite3_str_finish(sql);
    int rc = text ? sql_borrow(s, out, e, "%s", text) : MVL_NOMEM;
    sqlite3_free(text);
    return rc;
}

static int put_value(sqlite3_stmt *statement, int at, struct column_builder *b)
{
    if (sqlite3_column_type(statement, at) == SQLITE_NULL)
        return column_builder_null(b);
    if (b->kind == KIND_I64) {
        column_builder_i64(b, sqlite3_column_int64(statement, at));
    } else if (b->kind == KIND_F64) {
        column_builder_f64(b, sqlite3_column_double(statement, at));
    } else {
        const char *p = b->kind == KIND_SPARSE ? sqlite3_column_blob(statement, at)
                                               : (const char *)sqlite3_column_text(statement, at);
        if (!p && (b->kind != KIND_SPARSE || sqlite3_column_bytes(statement, at) > 0))
            return MVL_NOMEM;
        column_builder_text(b, (struct str){p, (uint32_t)sqlite3_column_bytes(statement, at)});
    }
    return MVL_OK;
}

/* What goes from a row to columns. */
struct reading {
    sqlite3_stmt *statement;
    struct column_builder *builders; /* [n], in the statement's order */
    uint32_t n;
    struct error *e;
};

static int read_row(const struct reading *r, uint32_t row)
{
    bool has_row;
    sqlite3_bind_int64(r->statement, 1, row);
    int rc = sql_step(r->statement, &has_row, r->e);
    if (rc == MVL_OK && !has_row)
        rc = error_set(r->e, MVL_DAMAGED, "the database file is damaged: row %u is missing", row);
    for (uint32_t i = 0; i < r->n && rc == MVL_OK; i++)
        rc = put_value(r->statement, (int)i, &r->builders[i]);
    sqlite3_reset(r->statement);
    return rc;
}

/* Reads them in the order of their numbers into columns of their own, and then puts them where they belong. */
static int read_sorted(const struct reading *r, const uint32_t rows[], uint32_t n, struct arena *a)
{
    struct reading by_row = *r;
    struct column *columns = arena_array(a, r->n, sizeof *columns);
    placed_row *sorted = arena_array(a, n, sizeof *sorted);
    uint32_t *places = arena_array(a, n, sizeof *places);
    by_row.builders = arena_zeroed(a, r->n, sizeof *by_row.builders);
    if (!columns || !sorted || !places || !by_row.builders)
        return MVL_NOMEM;
    places_sort(rows, n, sorted);
    int rc = MVL_OK;
    for (uint32_t i = 0; i < r->n && rc == MVL_OK; i++)
        rc = column_builder_init(&by_row.builders[i], r->builders[i].kind, n, a);
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        places[placed_row_place(sorted[i])] = i;
        rc = read_row(&by_row, placed_row_number(sorted[i]));
    }
    for (uint32_t i = 0; i < r->n && rc == MVL_OK; i++)
        rc = column_builder_finish(&by_row.builders[i], &columns[i]);
    for (uint32_t i = 0; i < r->n; i++)
        column_builder_drop(&by_row.builders[i]);
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++)
        for (uint32_t k = 0; k < r->n && rc == MVL_OK; k++)
            rc = column_builder_value(&r->builders[k], &columns[k], places[i]);
    return rc;
}

static bool are_ascending(const uint32_t rows[], uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (rows[i] < rows[i - 1])
            return false;
    return true;
}

/* Many rows in another order than that of the file would have pages read again and again. */
static int read_rows(const struct reading *r, const uint32_t rows[], uint32_t n)
{
    if (n < MANY_ROWS || are_ascending(rows, n)) {
        for (uint32_t i = 0; i < n; i++)
            TRY(read_row(r, rows[i]));
        return MVL_OK;
    }
    for (uint32_t i = 0; i < n; i += SORTED_ROWS) {
        struct arena a = {0};
        int rc = read_sorted(r, rows + i, n - i < SORTED_ROWS ? n - i : SORTED_ROWS, &a);
        arena_fini(&a);
        TRY(rc);
    }
    return MVL_OK;
}

int entities_read(struct store *s, const struct entity_table *t, const struct entity_selection *selection,
                  struct arena *a, struct column columns[], struct column *meta, struct error *e)
{
    uint32_t n = selection->n_fields + (meta != NULL);
    struct reading r = {.builders = arena_zeroed(a, n + 1, sizeof *r.builders), .n = n, .e = e};
    if (!r.builders)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < selection->n_fields; i++)
        TRY(column_builder_init(&r.builders[i], read_kind(&t->schema->fields[selection->fields[i]]),
                                selection->n_rows, a));
    if (meta)
        TRY(column_builder_init(&r.builders[n - 1], KIND_JSON, selection->n_rows, a));
    sqlite3_stmt *reads;
    TRY(prepare_read(s, t, selection, meta != NULL, &r.statement, e));
    int rc = sql_begin_reads(s, selection->n_rows, &reads, e);
    if (rc == MVL_OK)
        rc = read_rows(&r, selection->rows, selection->n_rows);
    sql_give_back(s, r.statement);
    sql_give_back(s, reads);
    for (uint32_t i = 0; i < n && rc == MVL_OK; i++) {
        struct column *out = i < selection->n_fields ? &columns[i] : meta;
        rc = column_builder_finish(&r.builders[i], out);
        out->name = i < selection->n_fields ? t->schema->fields[selection->fields[i]].name : STR("$meta");
    }
    for (uint32_t i = 0; i < n; i++)
        column_builder_drop(&r.builders[i]);
    return rc;
}

static int scan_rows(sqlite3_stmt *statement, struct entity_scan *scan, struct column_builder *b,
                     struct error *e)
{
    bool has_row = true;
    while (scan->n < scan->most) {
        TRY(sql_step(statement, &has_row, e));
        if (!has_row)
            return MVL_OK;
        int64_t row = sqlite3_column_int64(statement, 0);
        if (row < scan->next || row >= ENTITY_NONE)
            return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %lld",
                             (long long)row);
        TRY(put_value(statement, 1, b));
        scan->rows[scan->n++] = (uint32_t)row;
        scan->next = (uint32_t)row + 1;
    }
    return MVL_OK;
}

int entities_scan(struct store *s, const struct entity_table *t, struct entity_scan *scan, struct arena *a,
                  struct error *e)
{
    bool is_part = scan->field == ENTITY_PART;
    const struct field *f = is_part || scan->field == ENTITY_META ? NULL : &t->schema->fields[scan->field];
    struct str column = f ? f->column : is_part ? STR("$part") : STR("$meta");
    struct column_builder b;
    sqlite3_stmt *statement;
    scan->n = 0;
    scan->rows = arena_array(a, scan->most, sizeof *scan->rows);
    if (!scan->rows)
        return MVL_NOMEM;
    TRY(sql_prepare(s->db, &statement, e,
                    "SELECT \"$row\", \"%.*w\" FROM e%lld WHERE \"$row\" >= ? ORDER BY \"$row\"",
                    STR_ARGS(column), t->collection));
    int rc = column_builder_init(&b, f ? read_kind(f) : is_part ? KIND_I64 : KIND_JSON, scan->most, a);
    if (rc == MVL_OK) {
        sqlite3_bind_int64(statement, 1, scan->next);
        rc = scan_rows(statement, scan, &b, e);
        for (uint32_t i = scan->n; i < scan->most && rc == MVL_OK; i++)
            rc = column_builder_null(&b);
        if (rc == MVL_OK)
            rc = column_builder_finish(&b, &scan->column);
        column_builder_drop(&b);
    }
    sqlite3_finalize(statement);
    scan->column.name = f ? f->name : column;
    return rc;
}
