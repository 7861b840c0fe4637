#include "storage/entities.h"

#include "base/bitmap.h"
#include "random.h"
#include "schemas.h"
#include "storage/sql.h"
#include "stores.h"

static const char schema_text[] =
    "{'enable_dynamic_field':true,'fields':[{'name':'id','type':5,'is_primary':true},"
    "{'name':'flag','type':1,'nullable':true},{'name':'real','type':11},{'name':'Text','type':21,'max_length'"
    ":99},"
    "{'name':'text','type':21,'max_length':99},{'name':'json','type':23},{'name':'rowid','type':4},"
    "{'name':'v','type':101,'dim':2}]}";

enum { ID, FLAG, REAL, TEXT_UPPER, TEXT_LOWER, JSON_FIELD, ROWID, VECTOR, N_FIELDS };

struct fixture {
    struct store *s;
    struct arena arena;
    struct entity_table t;
};

static struct fixture fresh(const char *schema)
{
    struct error e = ERROR_NONE;
    struct fixture f = {.s = store_fresh()};
    f.t = (struct entity_table){7, schema_of(&f.arena, schema)};
    CHECK_EQ_INT(COMMITTED(f.s, entities_create(f.s, &f.t, &e)), MVL_OK);
    return f;
}

static void done(struct fixture *f)
{
    store_done(f->s);
    arena_fini(&f->arena);
}

/* Rows with these keys; every value follows from the key. meta: has dynamic fields. */
struct rows_of {
    struct rows rows;
    struct column columns[N_FIELDS];
    int64_t ids[8], flags[8], numbers[8];
    double reals[8];
    uint32_t offsets[9];
    char texts[80];
    uint8_t valid[1];
};

static const struct rows *make(struct rows_of *r, const int64_t ids[], uint32_t n, bool meta)
{
    *r = (struct rows_of){0};
    for (uint32_t i = 0; i < n; i++) {
        r->ids[i] = ids[i];
        r->flags[i] = ids[i] % 2;
        r->reals[i] = (double)ids[i] / 3;
        r->numbers[i] = ~ids[i];
        if (ids[i] % 3)
            bits_set(r->valid, i);
        snprintf(r->texts + r->offsets[i], 10, "{\"a\":%02d}", (int)ids[i] % 100);
        r->offsets[i + 1] = r->offsets[i] + 8;
    }
    struct column text = {.kind = KIND_STR, .offsets = r->offsets, .data = r->texts};
    struct column json = {.kind = KIND_JSON, .offsets = r->offsets, .data = r->texts};
    r->columns[ID] = (struct column){.kind = KIND_I64, .data = r->ids};
    r->columns[FLAG] = (struct column){.kind = KIND_I64, .data = r->flags, .valid = r->valid};
    r->columns[REAL] = (struct column){.kind = KIND_F64, .data = r->reals};
    r->columns[TEXT_UPPER] = r->columns[TEXT_LOWER] = text;
    r->columns[JSON_FIELD] = json;
    r->columns[ROWID] = (struct column){.kind = KIND_I64, .data = r->numbers};
    r->rows = (struct rows){.n = n, .fields = r->columns, .meta = {.kind = KIND_JSON}};
    if (meta)
        r->rows.meta = (struct column){
            .kind = KIND_JSON, .offsets = r->offsets, .data = r->texts, .valid = r->valid};
    return &r->rows;
}

static int append(struct fixture *f, const int64_t ids[], uint32_t n, uint32_t first, uint32_t replaced[],
                  uint32_t *n_replaced)
{
    struct error e = ERROR_NONE;
    struct rows_of r;
    return COMMITTED(f->s,
                     entities_append(f->s, &f->t, make(&r, ids, n, true), first, replaced, n_replaced, &e));
}

static void check_found(struct fixture *f, int64_t id, uint32_t expected)
{
    struct error e = ERROR_NONE;
    struct column keys = {.kind = KIND_I64, .data = &id};
    uint32_t row = 12345;
    CHECK_EQ_INT(entities_find(f->s, &f->t, &keys, 1, &row, &e), MVL_OK);
    CHECK_EQ_INT(row, expected);
}

TEST(rows_come_back_as_they_were)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    const int64_t ids[] = {11, 12, 13, INT64_MIN, INT64_MAX};
    uint32_t replaced[8], n_replaced = 9;
    struct rows_of r;
    CHECK_EQ_INT(append(&f, ids, 5, 20, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(n_replaced, 0);
    make(&r, ids, 5, true);
    const uint32_t fields[] = {JSON_FIELD, ID, FLAG, REAL, TEXT_LOWER, ROWID}, rows[] = {24, 21, 21, 20};
    struct entity_selection selection = {fields, COUNT(fields), rows, COUNT(rows)};
    struct column columns[COUNT(fields)], meta;
    CHECK_EQ_INT(entities_read(f.s, &f.t, &selection, &f.arena, columns, &meta, &e), MVL_OK);
    CHECK(str_eq(columns[0].name, STR("json")) && str_eq(columns[4].name, STR("text")));
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        uint32_t at = rows[i] - 20;
        CHECK_EQ_INT(((const int64_t *)columns[1].data)[i], ids[at]);
        CHECK_EQ_INT(column_is_null(&columns[2], i), ids[at] % 3 == 0);
        CHECK(column_is_null(&columns[2], i) || ((const int64_t *)columns[2].data)[i] == r.flags[at]);
        CHECK(((const double *)columns[3].data)[i] == r.reals[at]);
        CHECK(str_eq(column_text(&columns[0], i), column_text(&r.columns[JSON_FIELD], at)));
        CHECK(str_eq(column_text(&columns[4], i), column_text(&r.columns[TEXT_LOWER], at)));
        CHECK_EQ_INT(((const int64_t *)columns[5].data)[i], r.numbers[at]);
        CHECK_EQ_INT(column_is_null(&meta, i), ids[at] % 3 == 0);
        CHECK(column_is_null(&meta, i) || str_eq(column_text(&meta, i), column_text(&r.rows.meta, at)));
    }
    done(&f);
}

TEST(plain_sql_reads_the_fields)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    uint32_t replaced[8], n_replaced;
    int64_t v = 0;
    CHECK_EQ_INT(append(&f, (int64_t[]){4, 5}, 2, 0, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(
        sql_integer(f.s->db, 0, &v, &e,
                    "SELECT count(*) FROM e7 WHERE id = 5 AND \"rowid\" = -6 AND \"$row\" = 1 AND real > 1.6"
                    " AND \"Text\" = '{\"a\":05}' AND \"text$04\" = \"Text\" AND flag = 1"),
        MVL_OK);
    CHECK_EQ_INT(v, 1);
    done(&f);
}

TEST(a_row_whose_key_exists_replaces_it)
{
    struct fixture f = fresh(schema_text);
    uint32_t replaced[8], n_replaced;
    CHECK_EQ_INT(append(&f, (int64_t[]){1, 2, 3}, 3, 0, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(append(&f, (int64_t[]){3, 4, 1}, 3, 3, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(n_replaced, 2);
    CHECK_EQ_INT(replaced[0], 2);
    CHECK_EQ_INT(replaced[1], 0);
    check_found(&f, 1, 5);
    check_found(&f, 2, 1);
    check_found(&f, 3, 3);
    check_found(&f, 4, 4);
    check_found(&f, 5, ENTITY_NONE);
    done(&f);
}

TEST(the_last_of_a_batch_wins)
{
    struct fixture f = fresh(schema_text);
    uint32_t replaced[8], n_replaced;
    CHECK_EQ_INT(append(&f, (int64_t[]){9, 9, 8, 9}, 4, 0, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(n_replaced, 2);
    CHECK_EQ_INT(replaced[0], 0);
    CHECK_EQ_INT(replaced[1], 1);
    check_found(&f, 9, 3);
    check_found(&f, 8, 2);
    done(&f);
}

TEST(deleted_rows_are_gone_and_missing_ones_are_no_error)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    uint32_t replaced[8], n_replaced;
    CHECK_EQ_INT(append(&f, (int64_t[]){1, 2, 3}, 3, 0, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(COMMITTED(f.s, entities_delete(f.s, &f.t, (uint32_t[]){0, 2, 77}, 3, &e)), MVL_OK);
    check_found(&f, 1, ENTITY_NONE);
    check_found(&f, 2, 1);
    check_found(&f, 3, ENTITY_NONE);
    done(&f);
}

TEST(reading_a_missing_row_is_damage)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    const uint32_t fields[] = {ID, TEXT_UPPER}, rows[] = {3};
    struct entity_selection selection = {fields, COUNT(fields), rows, 1};
    struct column columns[COUNT(fields)], meta;
    CHECK_EQ_INT(entities_read(f.s, &f.t, &selection, &f.arena, columns, &meta, &e), MVL_DAMAGED);
    CHECK(strstr(e.reason, "row 3 is missing") != NULL);
    done(&f);
}

TEST(no_rows_and_no_fields_can_be_read)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    const uint32_t fields[] = {ID, JSON_FIELD};
    struct entity_selection none = {fields, COUNT(fields), NULL, 0},
                            only_meta = {NULL, 0, (uint32_t[]){0}, 1};
    struct column columns[COUNT(fields)], meta;
    uint32_t replaced[8], n_replaced;
    CHECK_EQ_INT(entities_read(f.s, &f.t, &none, &f.arena, columns, NULL, &e), MVL_OK);
    CHECK_EQ_INT(append(&f, (int64_t[]){4}, 1, 0, replaced, &n_replaced), MVL_OK);
    CHECK_EQ_INT(entities_read(f.s, &f.t, &only_meta, &f.arena, columns, &meta, &e), MVL_OK);
    CHECK(str_eq(column_text(&meta, 0), STR("{\"a\":04}")));
    done(&f);
}

TEST(a_field_is_scanned_in_the_order_of_its_rows)
{
    enum { ROWS = 7, MOST = 3 };
    struct error e = ERROR_NONE;
    struct fixture f = fresh(
        "{'fields':[{'name':'key','type':5,'is_primary':true},{'name':'v','type':101,'dim':2}]}");
    int64_t keys[ROWS];
    uint32_t replaced[ROWS], n_replaced, seen = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        keys[i] = 100 - (int64_t)i;
    struct column columns[2] = {{.kind = KIND_I64, .data = keys}};
    struct rows rows = {.n = ROWS, .fields = columns};
    CHECK_EQ_INT(COMMITTED(f.s, entities_append(f.s, &f.t, &rows, 5, replaced, &n_replaced, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(f.s, entities_delete(f.s, &f.t, (uint32_t[]){6}, 1, &e)), MVL_OK);
    struct entity_scan scan = {.field = 0, .most = MOST};
    do {
        if (!CHECK_EQ_INT(entities_scan(f.s, &f.t, &scan, &f.arena, &e), MVL_OK))
            break;
        for (uint32_t i = 0; i < scan.n; i++, seen++) {
            uint32_t row = 5 + seen + (seen > 0);
            CHECK_EQ_INT(scan.rows[i], row);
            CHECK_EQ_INT(((const int64_t *)scan.column.data)[i], 105 - row);
        }
    } while (scan.n == scan.most);
    CHECK_EQ_INT(seen, ROWS - 1);
    CHECK_EQ_INT(scan.n, 0);
    done(&f);
}

TEST(many_rows_come_as_they_were_asked_for_in_any_order_and_more_than_once)
{
    enum { ROWS = 300, WANTED = 33000 };
    static uint32_t wanted[WANTED];
    static const uint32_t field = 0;
    static const uint32_t counts[] = {63, 64, ROWS, WANTED};
    struct error e = ERROR_NONE;
    struct random r = random_from(51);
    struct fixture f = fresh(
        "{'fields':[{'name':'key','type':5,'is_primary':true},{'name':'v','type':101,'dim':2}]}");
    int64_t keys[ROWS];
    uint32_t replaced[ROWS], n_replaced;
    for (uint32_t i = 0; i < ROWS; i++)
        keys[i] = 1000 - (int64_t)i;
    struct column columns[2] = {{.kind = KIND_I64, .data = keys}};
    struct rows rows = {.n = ROWS, .fields = columns};
    CHECK_EQ_INT(COMMITTED(f.s, entities_append(f.s, &f.t, &rows, 0, replaced, &n_replaced, &e)), MVL_OK);
    for (uint32_t i = 0; i < WANTED; i++)
        wanted[i] = random_below(&r, ROWS);
    for (size_t k = 0; k < COUNT(counts); k++) {
        struct entity_selection selection = {&field, 1, wanted, counts[k]};
        struct column column;
        if (!CHECK_EQ_INT(entities_read(f.s, &f.t, &selection, &f.arena, &column, NULL, &e), MVL_OK))
            continue;
        for (uint32_t i = 0; i < counts[k]; i++)
            CHECK_EQ_INT(((const int64_t *)column.data)[i], 1000 - (int64_t)wanted[i]);
    }
    wanted[70] = ROWS;
    struct entity_selection selection = {&field, 1, wanted, ROWS};
    struct column column;
    CHECK_EQ_INT(entities_read(f.s, &f.t, &selection, &f.arena, &column, NULL, &e), MVL_DAMAGED);
    CHECK(strstr(e.reason, "row 300 is missing") != NULL);
    done(&f);
}

TEST(text_keys_are_compared_byte_by_byte)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh("{'fields':[{'name':'key','type':21,'max_length':9,'is_primary':true},"
                             "{'name':'v','type':101,'dim':2}]}");
    static const char texts[] = "aA\0a\0b"; /* "a", "A", "", "\0a\0b" has NULs in it */
    static const uint32_t offsets[] = {0, 1, 2, 2, 6};
    struct column columns[2] = {{.kind = KIND_STR, .offsets = offsets, .data = texts}};
    struct rows rows = {.n = 4, .fields = columns};
    uint32_t replaced[4], n_replaced = 9, found[4];
    CHECK_EQ_INT(COMMITTED(f.s, entities_append(f.s, &f.t, &rows, 10, replaced, &n_replaced, &e)), MVL_OK);
    CHECK_EQ_INT(n_replaced, 0);
    CHECK_EQ_INT(entities_find(f.s, &f.t, &columns[0], 4, found, &e), MVL_OK);
    for (uint32_t i = 0; i < 4; i++)
        CHECK_EQ_INT(found[i], 10 + i);
    done(&f);
}

TEST(a_dropped_column_takes_its_values_along)
{
    struct error e = ERROR_NONE;
    struct arena a = {0};
    struct schema *s = schema_of(&a,
                                 "{'fields':[{'name':'id','type':5,'is_primary':true},{'name':'x','type':2},"
                                 "{'name':'X','type':3,'default_value':7}]}"),
                  *without;
    struct store *store = store_fresh();
    struct entity_table t = {1, s};
    int64_t n;
    CHECK_EQ_INT(store_begin(store, &e), MVL_OK);
    CHECK_EQ_INT(entities_create(store, &t, &e), MVL_OK);
    CHECK_EQ_INT(sql_exec(store->db, &e, "INSERT INTO e1 VALUES (0, 0, 5, 1, 2, NULL)"), MVL_OK);
    CHECK_EQ_INT(entities_drop_column(store, &t, 1, &e), MVL_OK);
    CHECK_EQ_INT(sql_integer(store->db, 0, &n, &e, "SELECT \"X$02\" FROM e1"), MVL_OK);
    CHECK_EQ_INT(n, 2);
    CHECK(entities_drop_column(store, &t, 1, &e) != MVL_OK); /* there is no such column */
    CHECK_EQ_INT(schema_without_field(s, 1, &a, &without), MVL_OK);
    t.schema = without;
    CHECK_EQ_INT(entities_drop_column(store, &t, 1, &e), MVL_OK);
    CHECK_EQ_INT(sql_integer(store->db, 0, &n, &e, "SELECT count(*) FROM pragma_table_info('e1')"), MVL_OK);
    CHECK_EQ_INT(n, 4);
    CHECK_EQ_INT(store_end(store, MVL_OK, &e), MVL_OK);
    CHECK_EQ_INT(store_close(store, &e), MVL_OK);
    arena_fini(&a);
}

TEST(a_dropped_table_is_gone)
{
    struct error e = ERROR_NONE;
    struct fixture f = fresh(schema_text);
    uint32_t replaced[8], n_replaced;
    CHECK_EQ_INT(COMMITTED(f.s, entities_drop(f.s, &f.t, &e)), MVL_OK);
    CHECK(append(&f, (int64_t[]){1}, 1, 0, replaced, &n_replaced) != MVL_OK);
    CHECK(COMMITTED(f.s, entities_drop(f.s, &f.t, &e)) != MVL_OK);
    done(&f);
}
