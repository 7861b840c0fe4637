#include "engine/partitions.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "engine/delete.h"
#include "storage/catalog.h"

enum { DEFAULT_BUCKETS = 16, ROWS_AT_ONCE = 4096 };

static const struct str default_name = {"_default", 8};

void partitions_fini(struct partitions *p)
{
    partitions_forget_rows(p);
    for (uint32_t i = 0; i < p->n; i++)
        arena_fini(&p->list[i].arena);
    mem_free(p->list);
    *p = (struct partitions){0};
}

void partitions_forget_rows(struct partitions *p)
{
    mem_free(p->of_rows);
    bitmap_fini(&p->chosen);
    p->of_rows = NULL;
    p->chosen = (struct bitmap){0};
    p->n_known = p->capacity = 0;
    memset(p->chosen_set, 0, sizeof p->chosen_set);
}

uint64_t partitions_bytes(const struct collection *c)
{
    const struct partitions *p = &c->partitions;
    return p->capacity * sizeof *p->of_rows + p->chosen.n_words * sizeof(uint64_t);
}

static int reserve(struct partitions *p)
{
    struct partition *list = mem_grow(p->list, p->n + 1, sizeof *list);
    if (!list)
        return MVL_NOMEM;
    p->list = list;
    return MVL_OK;
}

int partitions_take(struct collection *c, const struct catalog_partition *from)
{
    struct partitions *p = &c->partitions;
    struct partition new = {.id = from->id, .is_released = from->is_released};
    TRY(reserve(p));
    int rc = arena_copy(&new.arena, from->name, &new.name);
    if (rc != MVL_OK) {
        arena_fini(&new.arena);
        return rc;
    }
    p->list[p->n++] = new;
    return MVL_OK;
}

/* As rows have it in the file. */
static int64_t number_of(const struct partition *p)
{
    return str_eq(p->name, default_name) ? 0 : p->id;
}

static int refuse_with_key(const struct collection *c, const char *what, struct error *e)
{
    const struct field *f = schema_partition_key(c->schema);
    if (!f)
        return MVL_OK;
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){f->name, -1},
                        "%s if partition key mode is used: field '%.*s' of collection '%.*s' is the key",
                        what, STR_ARGS(f->name), STR_ARGS(c->name));
}

static uint32_t position(const struct collection *c, struct str name)
{
    uint32_t i = 0;
    while (i < c->partitions.n && !str_eq(c->partitions.list[i].name, name))
        i++;
    return i;
}

int partition_find(const struct collection *c, struct str name, const struct partition **out, struct error *e)
{
    uint32_t i = position(c, name);
    if (i == c->partitions.n)
        return error_set(e, MVL_PARTITION_NOT_FOUND, "partition not found[collection=%.*s][partition=%.*s]",
                         STR_ARGS(c->name), STR_ARGS(name));
    *out = &c->partitions.list[i];
    return MVL_OK;
}

/* ---- which there are ---- */

static int make_one(struct collection *c, struct str name, struct error *e)
{
    struct catalog_partition new = {.name = name};
    TRY(catalog_add_partition(c->store, c->id, &new, e));
    return partitions_take(c, &new);
}

int partitions_make(struct collection *c, uint32_t n, struct error *e)
{
    char text[32];
    if (!schema_partition_key(c->schema))
        return make_one(c, default_name, e);
    for (uint32_t i = 0; i < (n ? n : DEFAULT_BUCKETS); i++) {
        int length = snprintf(text, sizeof text, "_default_%u", i);
        TRY(make_one(c, (struct str){text, (uint32_t)length}, e));
    }
    return MVL_OK;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int check_name(struct str name, struct error *e)
{
    bool valid = name.n > 0 && name.n <= LIMIT_MAX_NAME_BYTES && name.p[0] != '-';
    for (uint32_t i = 0; i < name.n && valid; i++)
        valid = is_letter_or_digit(name.p[i]) || name.p[i] == '_' || name.p[i] == '-';
    if (valid)
        return MVL_OK;
    return error_set_at(e, MVL_PARAM_INVALID, (struct error_place){STR("partition_name"), -1},
                        "partition_name must be a letter, a digit or _ and then letters, digits, _ and -, at "
                        "most %d bytes, got '%.*s'",
                        LIMIT_MAX_NAME_BYTES, STR_ARGS(name));
}

static bool any_released(const struct collection *c)
{
    for (uint32_t i = 0; i < c->partitions.n; i++)
        if (c->partitions.list[i].is_released)
            return true;
    return false;
}

int partition_create(struct collection *c, struct str name, struct error *e)
{
    TRY(refuse_with_key(c, "disable create partition", e));
    TRY(check_name(name, e));
    if (position(c, name) < c->partitions.n)
        return MVL_OK;
    if (c->partitions.n >= LIMIT_MAX_PARTITIONS)
        return error_set(e, MVL_PARAM_TOO_LARGE,
                         "partition number (%u) exceeds max configuration (%d), collection: %.*s",
                         c->partitions.n, LIMIT_MAX_PARTITIONS, STR_ARGS(c->name));
    struct catalog_partition new = {.name = name, .is_released = any_released(c)};
    TRY(store_begin(c->store, e));
    int rc = catalog_add_partition(c->store, c->id, &new, e);
    bool is_taken = rc == MVL_OK && (rc = partitions_take(c, &new)) == MVL_OK;
    rc = store_end(c->store, rc, e);
    if (rc != MVL_OK && is_taken)
        arena_fini(&c->partitions.list[--c->partitions.n].arena);
    if (rc == MVL_OK)
        partitions_forget_rows(&c->partitions);
    return rc;
}

/* ---- loading ---- */

/* What the states become: in memory once the file has them. */
struct state_change {
    enum load_state state;
    bool is_released[LIMIT_MAX_PARTITIONS];
};

static struct state_change change_of(const struct collection *c)
{
    struct state_change change = {.state = c->state};
    for (uint32_t i = 0; i < c->partitions.n; i++)
        change.is_released[i] = c->partitions.list[i].is_released;
    return change;
}

static int store_states(struct collection *c, const struct state_change *to, struct error *e)
{
    for (uint32_t i = 0; i < c->partitions.n; i++)
        if (c->partitions.list[i].is_released != to->is_released[i])
            TRY(catalog_set_released(c->store, c->partitions.list[i].id, to->is_released[i], e));
    return to->state == c->state ? MVL_OK : catalog_set_state(c->store, c->id, to->state, e);
}

static bool changes(const struct collection *c, const struct state_change *to)
{
    bool does = to->state != c->state;
    for (uint32_t i = 0; i < c->partitions.n; i++)
        does |= to->is_released[i] != c->partitions.list[i].is_released;
    return does;
}

static void take_states(struct collection *c, const struct state_change *to)
{
    c->state = to->state;
    for (uint32_t i = 0; i < c->partitions.n; i++)
        c->partitions.list[i].is_released = to->is_released[i];
}

static int set_states(struct collection *c, const struct state_change *to, struct error *e)
{
    if (!changes(c, to))
        return MVL_OK;
    if (!store_is_read_only(c->store)) {
        TRY(store_begin(c->store, e));
        TRY(store_end(c->store, store_states(c, to, e), e));
    }
    take_states(c, to);
    return MVL_OK;
}

int partitions_set_all(struct collection *c, enum load_state state, struct error *e)
{
    const struct state_change to = {.state = state};
    return set_states(c, &to, e);
}

int partitions_set_state(struct collection *c, const struct str names[], uint32_t n, enum load_state state,
                         struct error *e)
{
    bool loads = state == LOAD_STATE_Loaded, any_loaded = false;
    struct state_change to = change_of(c);
    TRY(refuse_with_key(c, loads ? "disable load partitions" : "disable release partitions", e));
    if (n == 0)
        return error_set(e, MVL_PARAM_INVALID, "partition_names must name at least one partition, got none");
    if (c->state != LOAD_STATE_Loaded)
        memset(to.is_released, true, sizeof to.is_released);
    for (uint32_t i = 0; i < n; i++) {
        const struct partition *p = NULL;
        TRY(partition_find(c, names[i], &p, e));
        to.is_released[p - c->partitions.list] = !loads;
    }
    for (uint32_t i = 0; i < c->partitions.n; i++)
        any_loaded |= !to.is_released[i];
    if (!any_loaded)
        return collection_set_state(c, LOAD_STATE_NotLoad, e);
    to.state = LOAD_STATE_Loaded;
    return set_states(c, &to, e);
}

enum load_state partition_state(const struct collection *c, const struct partition *p)
{
    return p->is_released ? LOAD_STATE_NotLoad : c->state;
}

/* ---- whose rows are whose ---- */

/* The partition of a number: they stand by age, which is also the order of their numbers. */
static uint32_t place_of(const struct partitions *p, int64_t number)
{
    uint32_t low = 0, high = p->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (number_of(&p->list[middle]) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n && number_of(&p->list[low]) == number ? low : UINT32_MAX;
}

static int reserve_rows(struct partitions *p, uint32_t n)
{
    if (n <= p->capacity)
        return MVL_OK;
    uint32_t more = p->capacity + p->capacity / 8, capacity = n > more ? n : more;
    uint16_t *of_rows = mem_grow(p->of_rows, capacity, sizeof *of_rows);
    if (!of_rows)
        return MVL_NOMEM;
    p->of_rows = of_rows;
    p->capacity = capacity;
    return MVL_OK;
}

static int put_rows(struct collection *c, const struct entity_scan *scan, struct error *e)
{
    struct partitions *p = &c->partitions;
    const int64_t *numbers = scan->column.data;
    for (uint32_t i = 0; i < scan->n; i++) {
        uint32_t place = place_of(p, numbers[i]);
        if (scan->rows[i] >= c->next_row || place == UINT32_MAX)
            return error_set(e, MVL_DAMAGED, "the database file is damaged: row %u is in partition %lld",
                             scan->rows[i], (long long)numbers[i]);
        p->of_rows[scan->rows[i]] = (uint16_t)place;
    }
    return MVL_OK;
}

/* Rows that are gone keep any partition: nobody finds them. */
static int read_rows(struct collection *c, struct error *e)
{
    struct partitions *p = &c->partitions;
    uint32_t end = (uint32_t)c->next_row;
    struct entity_table t = collection_entities(c);
    struct entity_scan scan = {.field = ENTITY_PART, .most = ROWS_AT_ONCE, .next = p->n_known};
    struct arena a = {0};
    int rc = reserve_rows(p, end);
    if (rc == MVL_OK && end > p->n_known)
        memset(p->of_rows + p->n_known, 0, (end - p->n_known) * sizeof *p->of_rows);
    while (rc == MVL_OK && p->n_known < end) {
        arena_reset(&a);
        rc = entities_scan(c->store, &t, &scan, &a, e);
        if (rc == MVL_OK)
            rc = put_rows(c, &scan, e);
        if (rc == MVL_OK)
            p->n_known = scan.n < scan.most ? end : scan.next;
    }
    arena_fini(&a);
    return rc;
}

/* From the row on, which is the first one of a word. */
static void choose_rows(struct partitions *p, uint32_t from)
{
    for (uint32_t word = from / 64; word * 64 < p->n_known; word++) {
        uint32_t first = word * 64, n = p->n_known - first < 64 ? p->n_known - first : 64;
        uint64_t bits = 0;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t place = p->of_rows[first + i];
            bits |= (p->chosen_set[place / 64] >> place % 64 & 1) << i;
        }
        p->chosen.words[word] = bits;
    }
}

static int select_names(const struct collection *c, struct partition_names names, bool to_read,
                        uint64_t set[PARTITION_WORDS], struct error *e)
{
    if (names.n)
        TRY(refuse_with_key(c, "not support manually specifying the partition names", e));
    for (uint32_t i = 0; i < names.n; i++) {
        const struct partition *p;
        TRY(partition_find(c, names.names[i], &p, e));
        if (to_read && partition_state(c, p) != LOAD_STATE_Loaded)
            return error_set(
                e, MVL_PARTITION_NOT_LOADED,
                "partition not loaded[collection=%.*s][partition=%.*s]: call load_partitions first",
                STR_ARGS(c->name), STR_ARGS(p->name));
        uint32_t place = (uint32_t)(p - c->partitions.list);
        set[place / 64] |= UINT64_C(1) << place % 64;
    }
    for (uint32_t i = 0; i < c->partitions.n && names.n == 0; i++)
        if (!to_read || !c->partitions.list[i].is_released)
            set[i / 64] |= UINT64_C(1) << i % 64;
    return MVL_OK;
}

static void leave_out_below(struct bitmap *rows, uint32_t first)
{
    uint32_t word = first / 64;
    if (word >= rows->n_words)
        word = rows->n_words;
    else
        rows->words[word] &= UINT64_MAX << first % 64;
    memset(rows->words, 0, word * sizeof *rows->words);
}

static bool has_all(const struct partitions *p, const uint64_t set[PARTITION_WORDS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < PARTITION_WORDS; i++)
        n += (uint32_t)__builtin_popcountll(set[i]);
    return n == p->n;
}

int partitions_rows(struct collection *c, struct partition_names names, bool to_read,
                    const struct bitmap **out, struct error *e)
{
    struct partitions *p = &c->partitions;
    uint64_t set[PARTITION_WORDS] = {0};
    *out = NULL;
    TRY(select_names(c, names, to_read, set, e));
    bool hides = to_read && c->lifetime.first_row > 0;
    if (has_all(p, set) && !hides)
        return MVL_OK;
    TRY(read_rows(c, e));
    bool is_same = memcmp(set, p->chosen_set, sizeof set) == 0;
    uint32_t known = is_same ? p->chosen.n : 0;
    TRY(bitmap_reserve(&p->chosen, p->n_known));
    bitmap_extend(&p->chosen, p->n_known);
    memcpy(p->chosen_set, set, sizeof set);
    choose_rows(p, known);
    if (hides)
        leave_out_below(&p->chosen, c->lifetime.first_row);
    *out = &p->chosen;
    return MVL_OK;
}

int partition_count(struct collection *c, const struct partition *p, int64_t *n, struct error *e)
{
    struct entity_table t = collection_entities(c);
    *n = collection_count(c);
    if (c->partitions.n == 1)
        return MVL_OK;
    return entities_count_part(c->store, &t, number_of(p), c->lifetime.first_row, n, e);
}

/* Part of the file format. */
static uint64_t hash_of(const struct column *values, uint32_t row)
{
    uint8_t bytes[8];
    if (column_is_null(values, row))
        return 0;
    if (values->kind == KIND_I64) {
        uint64_t value = (uint64_t)((const int64_t *)values->data)[row];
        bytes_set_u32(bytes, (uint32_t)value);
        bytes_set_u32(bytes + 4, (uint32_t)(value >> 32));
        return hash64(bytes, sizeof bytes, 0);
    }
    struct str text = column_text(values, row);
    return hash64(text.p, text.n, 0);
}

int partitions_place(const struct collection *c, struct str name, struct arena *a, struct rows *rows,
                     struct error *e)
{
    const struct partitions *p = &c->partitions;
    const struct partition *named = NULL;
    const struct field *key = schema_partition_key(c->schema);
    if (name.n)
        TRY(refuse_with_key(c, "not support manually specifying the partition names", e));
    if (!key) {
        TRY(partition_find(c, name.n ? name : default_name, &named, e));
        rows->part = number_of(named);
        return MVL_OK;
    }
    int64_t *parts = arena_array(a, rows->n, sizeof *parts);
    if (!parts)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < rows->n; i++)
        parts[i] = number_of(&p->list[hash_of(&rows->fields[key - c->schema->fields], i) % p->n]);
    rows->parts = parts;
    return MVL_OK;
}

/* ---- dropping ---- */

static int store_drop(struct collection *c, uint32_t at, const uint32_t rows[], uint32_t n,
                      const struct state_change *to, struct error *e)
{
    TRY(delete_store(c, rows, n, e));
    TRY(store_states(c, to, e));
    return catalog_drop_partition(c->store, c->partitions.list[at].id, e);
}

/* Without a partition: the collection is released with the last one that is loaded. */
static struct state_change change_without(const struct collection *c, uint32_t at)
{
    struct state_change to = change_of(c);
    bool any_loaded = false;
    for (uint32_t i = 0; i < c->partitions.n; i++)
        any_loaded |= i != at && !to.is_released[i];
    return any_loaded ? to : (struct state_change){.state = LOAD_STATE_NotLoad};
}

static int drop(struct collection *c, uint32_t at, struct arena *a, struct error *e)
{
    struct partitions *p = &c->partitions;
    struct entity_table t = collection_entities(c);
    uint32_t *rows, n;
    TRY(entities_rows_of_part(c->store, &t, number_of(&p->list[at]), a, &rows, &n, e));
    if (n && rows[n - 1] >= c->next_row)
        return error_set(e, MVL_DAMAGED, "the database file is damaged: there is a row %u", rows[n - 1]);
    const struct state_change to = change_without(c, at);
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_drop(c, at, rows, n, &to, e), e));
    delete_publish(c, rows, n);
    take_states(c, &to);
    if (c->state != LOAD_STATE_Loaded) {
        collection_save(c);
        collection_unload(c);
    }
    arena_fini(&p->list[at].arena);
    for (p->n--; at < p->n; at++)
        p->list[at] = p->list[at + 1];
    partitions_forget_rows(p);
    return MVL_OK;
}

int partition_drop(struct collection *c, struct str name, struct error *e)
{
    struct arena a = {0};
    TRY(refuse_with_key(c, "disable drop partition", e));
    if (str_eq(name, default_name))
        return error_set(e, MVL_PARAM_INVALID, "default partition cannot be deleted");
    uint32_t at = position(c, name);
    if (at == c->partitions.n)
        return MVL_OK;
    int rc = drop(c, at, &a, e);
    arena_fini(&a);
    return rc;
}
