/* Filters: any text is refused with its place, or divides rows into those it is true of, false of and unknown of; sorted
 * columns and members of lists find the same rows. The first two bytes say which values the rows have, and which columns
 * have which order. */
#include <stdlib.h>

#include "base/bitmap.h"
#include "filter/candidates.h"
#include "schema/schema_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Limits on depth are unit tests': a text stays below them with what is put around it. */
enum { N_ROWS = 150, N_WORDS = (N_ROWS + 63) / 64, MOST_TEXT = 900, MOST_COLUMNS = 512 };

static const char schema_text[] =
    "{\"enable_dynamic_field\":true,\"fields\":[{\"name\":\"i\",\"type\":5,\"is_primary\":true},"
    "{\"name\":\"t\",\"type\":2,\"nullable\":true},{\"name\":\"f\",\"type\":10,\"nullable\":true},"
    "{\"name\":\"d\",\"type\":11,\"nullable\":true},{\"name\":\"s\",\"type\":21,\"max_length\":99,"
    "\"nullable\":true},"
    "{\"name\":\"b\",\"type\":1,\"nullable\":true},{\"name\":\"j\",\"type\":23,\"nullable\":true},"
    "{\"name\":\"l\",\"type\":22,\"element_type\":5,\"max_capacity\":9,\"nullable\":true},"
    "{\"name\":\"v\",\"type\":101,\"dim\":2}]}";

static const char *const documents[] = {
    "null",
    "{}",
    "[]",
    "[1,2,3]",
    "[1,[2,{\"a\":1}],\"x\",null,true,1.5]",
    "{\"a\":1,\"x\":true,\"k\":{\"a\":[0,1]}}",
    "{\"a\":1.0,\"x\":false,\"k\":[null]}",
    "{\"a\":\"1\",\"x\":\"abc\",\"k\":\"\"}",
    "{\"a\":-9223372036854775808,\"x\":1e300,\"k\":9007199254740993}",
    "{\"a\":null,\"x\":[\"a\",\"b\"],\"k\":{\"k\":{\"k\":0.5}}}",
    "{\"a\":9223372036854775807,\"x\":-0.0,\"k\":\"%_\\\\\"}",
};

static const int64_t integers[] = {0, 1, 2, 3, -1, 127, 9007199254740993, INT64_MAX, INT64_MIN};
static const double reals[] = {0, -0.0, 0.5, 1, -1.5, (double)0.1f, 16777216, 1e300, 9007199254740992};
static const struct str texts[] = {{"", 0},
                                   {"a", 1},
                                   {"b", 1},
                                   {"ab", 2},
                                   {"a%", 2},
                                   {"A_b", 3},
                                   {"\xc3\xa9", 2},
                                   {"abcabc", 6},
                                   {"1", 1},
                                   {"\\", 1},
                                   {"\xf0\x9f\x98\x80", 4}};

static struct arena forever;
static const struct schema *schema;
static struct json *parsed[COUNT(documents)];

static void expect(bool held)
{
    if (!held)
        abort();
}

static struct json *parse(const char *text)
{
    struct json *j = NULL;
    struct error e = ERROR_NONE;
    expect(json_parse(str_of(text), &forever, &j, "fuzz", &e) == MVL_OK);
    return j;
}

static void start(void)
{
    struct schema *s = NULL;
    struct error e = ERROR_NONE;
    if (schema)
        return;
    expect(schema_from_json(parse(schema_text), &forever, &s, &e) == MVL_OK);
    schema = s;
    for (size_t i = 0; i < COUNT(documents); i++)
        parsed[i] = parse(documents[i]);
}

/* ---- rows ---- */

static void put_json(struct scalars *s, const struct filter_column *c, uint32_t row, uint32_t choice)
{
    const struct json *j = json_at(parsed[choice % COUNT(documents)], c->path, c->n_path);
    if (j)
        expect(scalars_set_json(s, row, j) == MVL_OK);
}

static void put_value(struct scalars *s, const struct filter_column *c, uint32_t row, uint32_t choice)
{
    int64_t integer = integers[choice % COUNT(integers)];
    if (c->field != FILTER_META && schema->fields[c->field].type == DATA_TYPE_BOOL)
        integer = choice & 1;
    const struct str text = texts[choice % COUNT(texts)];
    const struct column of[] = {
        [SCALAR_INT] = {.kind = KIND_I64, .data = &integer},
        [SCALAR_REAL] = {.kind = KIND_F64, .data = &reals[choice % COUNT(reals)]},
        [SCALAR_TEXT] = {.kind = KIND_STR, .offsets = (uint32_t[]){0, text.n}, .data = text.p},
    };
    if (c->kind == SCALAR_MIXED)
        put_json(s, c, row, choice);
    else if (choice % 5)
        expect(scalars_set_column(s, row, &of[c->kind], 0) == MVL_OK);
}

/* The same column has the same values in every filter. */
static struct scalars *make_column(const struct filter_column *c, uint32_t seed)
{
    struct scalars *s = NULL;
    expect(scalars_create(&s, c->kind) == MVL_OK);
    expect(scalars_extend(s, N_ROWS) == MVL_OK);
    for (uint32_t row = 0; row < N_ROWS; row++) {
        uint32_t choice = (row + 1) * (2 * seed + 1) * 2654435761u + c->field * 40503u;
        put_value(s, c, row, choice >> 12);
    }
    return s;
}

/* ---- filters ---- */

struct rows {
    uint64_t words[N_WORDS];
};

static bool is_empty(const struct rows *r)
{
    uint64_t any = 0;
    for (uint32_t w = 0; w < N_WORDS; w++)
        any |= r->words[w];
    return any == 0;
}

/* Finds all rows by sorted columns and members of lists, where they leave few. */
static void check_orders(const struct filter *f, const struct scalars *const columns[], uint32_t n,
                         uint32_t seed, const struct rows *expected)
{
    struct sorted sorted[MOST_COLUMNS] = {{0}};
    struct members members[MOST_COLUMNS] = {{0}};
    struct column_order orders[MOST_COLUMNS] = {{0}};
    struct rows out = {{0}};
    struct bitmap found = {out.words, N_ROWS, N_WORDS};
    bool is_found;
    for (uint32_t i = 0; i < n; i++) {
        bool has_members = columns[i]->kind == SCALAR_MIXED && seed >> (i % 16 + 1) & 1;
        orders[i].sorted = seed >> (i % 16) & 1 ? &sorted[i] : NULL;
        orders[i].members = has_members ? &members[i] : NULL;
        expect(!orders[i].sorted || sorted_make(&sorted[i], columns[i], N_ROWS) == MVL_OK);
        expect(!has_members || members_make(&members[i], columns[i], N_ROWS) == MVL_OK);
    }
    expect(filter_candidates(f, columns, orders, N_ROWS, &found, &is_found) == MVL_OK);
    expect(filter_keep(f, columns, N_ROWS, seed, &found) == MVL_OK);
    for (uint32_t w = 0; w < N_WORDS; w++)
        expect(out.words[w] == (is_found ? expected->words[w] : 0));
    for (uint32_t i = 0; i < n; i++) {
        sorted_fini(&sorted[i]);
        members_fini(&members[i]);
    }
}

/* Runs the filter over the first rows, if it is one. */
static bool run(struct str text, uint32_t seed, uint32_t n_rows, struct rows *out)
{
    struct arena a = {0};
    struct error e = ERROR_NONE;
    struct filter *f = NULL;
    struct scalars *columns[MOST_COLUMNS];
    struct bitmap found = {out->words, n_rows, N_WORDS};
    uint32_t n;
    int rc = filter_compile(text, schema, NULL, &a, &f, &e);
    expect(rc == MVL_OK || (rc == MVL_PARAM_INVALID && e.reason[0] && e.at >= 0 && e.at <= (int64_t)text.n));
    *out = (struct rows){{0}};
    if (rc == MVL_OK) {
        const struct filter_column *wanted = filter_columns(f, &n);
        expect(n <= MOST_COLUMNS);
        for (uint32_t i = 0; i < n; i++)
            columns[i] = make_column(&wanted[i], seed);
        const struct scalars *const *read = (const struct scalars *const *)columns;
        expect(filter_run(f, read, 0, n_rows, seed, &found) == MVL_OK);
        if (n_rows == N_ROWS)
            check_orders(f, read, n, seed, out);
        for (uint32_t i = 0; i < n; i++)
            scalars_destroy(columns[i]);
    }
    arena_fini(&a);
    return rc == MVL_OK;
}

/* Runs the pattern with the filter in the place of each @; it must be a filter, too. */
static struct rows run_in(const char *pattern, struct str text, uint32_t seed)
{
    struct writer w = {0};
    struct rows out;
    for (const char *p = pattern; *p; p++)
        writer_str(&w, *p == '@' ? text : (struct str){p, 1});
    expect(run((struct str){(const char *)w.p, (uint32_t)w.n}, seed, N_ROWS, &out));
    writer_fini(&w);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct rows is, part;
    start();
    if (n < 2 || n > MOST_TEXT)
        return 0;
    uint32_t seed = data[0] | (uint32_t)data[1] << 8;
    struct str text = {(const char *)data + 2, (uint32_t)n - 2};
    if (!run(text, seed, N_ROWS, &is))
        return 0;
    struct rows is_not = run_in("not (@)", text, seed), either = run_in("(@) or not (@)", text, seed),
                both = run_in("(@) and not (@)", text, seed), twice = run_in("not (not (@))", text, seed),
                same = run_in("(not (@)) == (not (@))", text, seed),
                differs = run_in("(not (@)) != (not (@))", text, seed);
    expect(is_empty(&both) && is_empty(&differs));
    expect(run(text, seed, N_ROWS / 2, &part));
    for (uint32_t w = 0; w < N_WORDS; w++) {
        expect((is.words[w] & is_not.words[w]) == 0);
        expect(either.words[w] == (is.words[w] | is_not.words[w]));
        expect(same.words[w] == either.words[w] && twice.words[w] == is.words[w]);
        expect((part.words[w] & ~is.words[w]) == 0 && (w || part.words[0] == is.words[0]));
    }
    return 0;
}
