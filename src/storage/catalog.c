#include "storage/catalog.h"

#include "storage/sql.h"

static struct str column_str(sqlite3_stmt *statement, int column)
{
    const char *p = (const char *)sqlite3_column_text(statement, column);
    return (struct str){p, (uint32_t)sqlite3_column_bytes(statement, column)};
}

int catalog_read_collections(struct store *s, catalog_collection_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e,
                    "SELECT id, name, schema, state, next_row, next_auto_id, n_rows, value, db,"
                    " (SELECT value FROM meta WHERE key = 'created ' || collection.id),"
                    " (SELECT value FROM meta WHERE key = 'altered ' || collection.id)"
                    " FROM collection LEFT JOIN meta ON key = 'properties ' || id ORDER BY id"));
    bool has_row;
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row) {
        struct catalog_collection c = {
            .id = sqlite3_column_int64(statement, 0),
            .database = sqlite3_column_int64(statement, 8),
            .name = column_str(statement, 1),
            .schema_json = column_str(statement, 2),
            .state = sqlite3_column_int64(statement, 3),
            .next_row = sqlite3_column_int64(statement, 4),
            .next_auto_id = sqlite3_column_int64(statement, 5),
            .n_rows = sqlite3_column_int64(statement, 6),
            .properties_json = column_str(statement, 7),
            .created = sqlite3_column_int64(statement, 9),
            .altered = sqlite3_column_int64(statement, 10),
        };
        c.altered = c.altered ? c.altered : c.created;
        bool has_properties = sqlite3_column_type(statement, 7) != SQLITE_NULL;
        rc = c.name.p && c.schema_json.p && (c.properties_json.p || !has_properties) ? fn(context, &c, e)
                                                                                     : MVL_NOMEM;
        if (rc != MVL_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc;
}

int catalog_read_indexes(struct store *s, catalog_index_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(
        s->db, &statement, e,
        "SELECT collection, field, name, type, metric, params FROM field_index ORDER BY collection, name"));
    bool has_row;
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row) {
        struct catalog_index ix = {column_str(statement, 1), column_str(statement, 2),
                                   column_str(statement, 3), column_str(statement, 4),
                                   column_str(statement, 5)};
        rc = ix.params_json.p ? fn(context, sqlite3_column_int64(statement, 0), &ix, e) : MVL_NOMEM;
        if (rc != MVL_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc;
}

int catalog_read_partitions(struct store *s, catalog_partition_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e,
                    "SELECT collection, id, name, key IS NOT NULL FROM partition"
                    " LEFT JOIN meta ON key = 'released partition ' || id ORDER BY id"));
    bool has_row;
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row) {
        struct catalog_partition p = {sqlite3_column_int64(statement, 1), column_str(statement, 2),
                                      sqlite3_column_int(statement, 3) != 0};
        rc = p.name.p ? fn(context, sqlite3_column_int64(statement, 0), &p, e) : MVL_NOMEM;
        if (rc != MVL_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc;
}

int catalog_read_databases(struct store *s, catalog_database_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e,
                    "SELECT id, name, value FROM database"
                    " LEFT JOIN meta ON key = 'database properties ' || id ORDER BY id"));
    bool has_row;
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row) {
        struct catalog_database d = {sqlite3_column_int64(statement, 0), column_str(statement, 1),
                                     column_str(statement, 2)};
        bool has_properties = sqlite3_column_type(statement, 2) != SQLITE_NULL;
        rc = d.name.p && (d.properties_json.p || !has_properties) ? fn(context, &d, e) : MVL_NOMEM;
        if (rc != MVL_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc;
}

int catalog_read_aliases(struct store *s, catalog_alias_fn *fn, void *context, struct error *e)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e, "SELECT collection, name FROM alias ORDER BY db, name"));
    bool has_row;
    int rc;
    while ((rc = sql_step(statement, &has_row, e)) == MVL_OK && has_row) {
        struct str name = column_str(statement, 1);
        rc = name.p ? fn(context, sqlite3_column_int64(statement, 0), name, e) : MVL_NOMEM;
        if (rc != MVL_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc;
}

/* Runs a statement whose parameters are texts first, then integers. */
static int run(struct store *s, struct error *e, const char *sql, const struct str *texts, int n_texts,
               const int64_t *integers, int n_integers)
{
    sqlite3_stmt *statement;
    TRY(sql_prepare(s->db, &statement, e, "%s", sql));
    for (int i = 0; i < n_texts; i++)
        sql_bind_str(statement, 1 + i, texts[i]);
    for (int i = 0; i < n_integers; i++)
        sqlite3_bind_int64(statement, 1 + n_texts + i, integers[i]);
    int rc = sql_run(statement, e);
    sqlite3_finalize(statement);
    return rc;
}

#define RUN(s, e, sql, texts, integers)                                                                      \
    run(s, e, sql, texts, (int)COUNT(texts), integers, (int)COUNT(integers))

/* They stand in meta, as properties do. what: "created" or "altered". */
static int set_time(struct store *s, const char *what, int64_t id, int64_t *now, struct error *e)
{
    TRY(sql_exec(s->db, e,
                 "INSERT OR REPLACE INTO meta (key, value) VALUES ('%s %lld',"
                 " CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))",
                 what, id));
    return sql_integer(s->db, 0, now, e, "SELECT value FROM meta WHERE key = '%s %lld'", what, id);
}

int catalog_add_collection(struct store *s, struct catalog_collection *c, struct error *e)
{
    struct str texts[] = {c->name, c->schema_json};
    int64_t integers[] = {c->database, c->state, c->next_row, c->next_auto_id, c->n_rows};
    TRY(RUN(s, e,
            "INSERT INTO collection (name, schema, db, state, next_row, next_auto_id, n_rows)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            texts, integers));
    c->id = sqlite3_last_insert_rowid(s->db);
    TRY(set_time(s, "created", c->id, &c->created, e));
    c->altered = c->created;
    return c->properties_json.n ? catalog_set_properties(s, c->id, c->properties_json, e) : MVL_OK;
}

int catalog_set_altered(struct store *s, int64_t id, int64_t *now, struct error *e)
{
    return set_time(s, "altered", id, now, e);
}

int catalog_drop_collection(struct store *s, int64_t id, struct error *e)
{
    return sql_exec(
        s->db, e,
        "DELETE FROM field_index WHERE collection = %lld; DELETE FROM alias WHERE collection = %lld;"
        "DELETE FROM meta WHERE key IN ('properties %lld', 'created %lld', 'altered %lld') OR key IN"
        " (SELECT 'released partition ' || id FROM partition WHERE collection = %lld);"
        "DELETE FROM partition WHERE collection = %lld; DELETE FROM collection WHERE id = %lld",
        id, id, id, id, id, id, id, id);
}

int catalog_rename_collection(struct store *s, int64_t id, int64_t database, struct str name, struct error *e)
{
    struct str texts[] = {name};
    int64_t integers[] = {id, database};
    return RUN(s, e, "UPDATE collection SET name = ?1, db = ?3 WHERE id = ?2", texts, integers);
}

/* They stand in meta, so that files without any are as they were before there were properties. */
int catalog_set_properties(struct store *s, int64_t id, struct str properties_json, struct error *e)
{
    struct str texts[] = {properties_json};
    int64_t integers[] = {id};
    return RUN(s, e, "INSERT OR REPLACE INTO meta (key, value) VALUES ('properties ' || ?2, ?1)", texts,
               integers);
}

int catalog_set_schema(struct store *s, int64_t id, struct str schema_json, struct error *e)
{
    struct str texts[] = {schema_json};
    int64_t integers[] = {id};
    return RUN(s, e, "UPDATE collection SET schema = ?1 WHERE id = ?2", texts, integers);
}

int catalog_set_state(struct store *s, int64_t id, int64_t state, struct error *e)
{
    return sql_exec(s->db, e, "UPDATE collection SET state = %lld WHERE id = %lld", state, id);
}

int catalog_set_counters(struct store *s, int64_t id, int64_t next_row, int64_t next_auto_id, int64_t n_rows,
                         struct error *e)
{
    int64_t integers[] = {next_row, next_auto_id, n_rows, id};
    return sql_run_kept(s, "UPDATE collection SET next_row = ?, next_auto_id = ?, n_rows = ? WHERE id = ?",
                        integers, (int)COUNT(integers), e);
}

int catalog_add_index(struct store *s, int64_t collection, const struct catalog_index *ix, struct error *e)
{
    struct str texts[] = {ix->field, ix->name, ix->type, ix->metric, ix->params_json};
    int64_t integers[] = {collection};
    return RUN(s, e,
               "INSERT INTO field_index (field, name, type, metric, params, collection) VALUES (?1, ?2, ?3, "
               "?4, ?5, ?6)",
               texts, integers);
}

int catalog_drop_index(struct store *s, int64_t collection, struct str name, struct error *e)
{
    struct str texts[] = {name};
    int64_t integers[] = {collection};
    return RUN(s, e, "DELETE FROM field_index WHERE name = ?1 AND collection = ?2", texts, integers);
}

int catalog_add_partition(struct store *s, int64_t collection, struct catalog_partition *p, struct error *e)
{
    struct str texts[] = {p->name};
    int64_t integers[] = {collection};
    TRY(RUN(s, e, "INSERT INTO partition (name, collection) VALUES (?1, ?2)", texts, integers));
    p->id = sqlite3_last_insert_rowid(s->db);
    if (p->is_released)
        TRY(catalog_set_released(s, p->id, true, e));
    return str_eq(p->name, STR("_default")) ? MVL_OK : store_raise_format(s, STORE_FORMAT_STRUCTURE, e);
}

int catalog_drop_partition(struct store *s, int64_t id, struct error *e)
{
    TRY(catalog_set_released(s, id, false, e));
    return sql_exec(s->db, e, "DELETE FROM partition WHERE id = %lld", id);
}

/* It stands in meta, as properties do. */
int catalog_set_released(struct store *s, int64_t partition, bool is_released, struct error *e)
{
    const char *sql = is_released ? "INSERT OR REPLACE INTO meta VALUES ('released partition %lld', 1)"
                                  : "DELETE FROM meta WHERE key = 'released partition %lld'";
    return sql_exec(s->db, e, sql, partition);
}

int catalog_set_alias(struct store *s, int64_t database, struct str name, int64_t collection, struct error *e)
{
    struct str texts[] = {name};
    int64_t integers[] = {database, collection};
    TRY(RUN(s, e, "INSERT OR REPLACE INTO alias (name, db, collection) VALUES (?1, ?2, ?3)", texts,
            integers));
    return store_raise_format(s, STORE_FORMAT_STRUCTURE, e);
}

int catalog_drop_alias(struct store *s, int64_t database, struct str name, struct error *e)
{
    struct str texts[] = {name};
    int64_t integers[] = {database};
    return RUN(s, e, "DELETE FROM alias WHERE name = ?1 AND db = ?2", texts, integers);
}

int catalog_add_database(struct store *s, struct catalog_database *d, struct error *e)
{
    struct str texts[] = {d->name};
    const int64_t *none = NULL;
    TRY(run(s, e, "INSERT INTO database (name) VALUES (?1)", texts, 1, none, 0));
    d->id = sqlite3_last_insert_rowid(s->db);
    if (d->properties_json.n)
        TRY(catalog_set_database_properties(s, d->id, d->properties_json, e));
    return store_raise_format(s, STORE_FORMAT_STRUCTURE, e);
}

int catalog_drop_database(struct store *s, int64_t id, struct error *e)
{
    return sql_exec(s->db, e,
                    "DELETE FROM database WHERE id = %lld;"
                    "DELETE FROM meta WHERE key = 'database properties %lld'",
                    id, id);
}

int catalog_set_database_properties(struct store *s, int64_t id, struct str properties_json, struct error *e)
{
    struct str texts[] = {properties_json};
    int64_t integers[] = {id};
    return RUN(s, e, "INSERT OR REPLACE INTO meta (key, value) VALUES ('database properties ' || ?2, ?1)",
               texts, integers);
}
