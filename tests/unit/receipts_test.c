#include "storage/receipts.h"

#include "storage/sql.h"
#include "stores.h"

static int reply_text(void *context, const uint8_t **bytes, size_t *n)
{
    const char *text = context;
    *bytes = (const uint8_t *)text;
    *n = text ? strlen(text) : 0;
    return MVL_OK;
}

static int no_reply(void *context, const uint8_t **bytes, size_t *n)
{
    (void)context;
    *bytes = NULL;
    *n = 0;
    return MVL_NOMEM;
}

/* One at a time: the text is kept here. */
static struct receipt receipt(uint32_t client, uint32_t sequence, const char *reply)
{
    static char text[16];
    snprintf(text, sizeof text, "%s", reply ? reply : "");
    return (struct receipt){client, sequence, 1e12, reply_text, reply ? text : NULL};
}

/* Commits a change, and a receipt with it. */
static int change(struct store *s, struct receipt r)
{
    struct error e = ERROR_NONE;
    store_give_receipt(s, &r);
    int rc = COMMITTED(s, sql_exec(s->db, &e, "INSERT OR REPLACE INTO meta VALUES ('x', %u)", r.sequence));
    store_give_receipt(s, NULL);
    return rc;
}

/* Whether there is one, and with this reply. */
static bool has(struct store *s, uint32_t client, uint32_t sequence, const char *reply)
{
    struct error e = ERROR_NONE;
    struct arena a = {0};
    struct str found;
    bool is_there;
    CHECK_EQ_INT(receipts_find(s, client, sequence, &a, &is_there, &found, &e), MVL_OK);
    bool fits = is_there && str_eq(found, str_of(reply));
    arena_fini(&a);
    return fits;
}

TEST(a_file_without_receipts_has_none)
{
    struct store *s = store_fresh();
    CHECK(!has(s, 1, 1, ""));
    store_done(s);
}

TEST(a_receipt_is_kept_with_the_next_commit_only)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    struct receipt r = receipt(7, 1, "one");
    store_give_receipt(s, &r);
    CHECK_EQ_INT(COMMITTED(s, MVL_OK), MVL_OK);
    r = receipt(7, 2, "two");
    CHECK_EQ_INT(COMMITTED(s, MVL_OK), MVL_OK);
    CHECK(has(s, 7, 1, "one"));
    CHECK(!has(s, 7, 2, "two"));
    CHECK(!has(s, 8, 1, "one"));
    store_done(s);
    s = store_reopen((struct store_options){0});
    CHECK(has(s, 7, 1, "one"));
    store_done(s);
}

TEST(one_without_a_reply_is_found_too)
{
    struct store *s = store_fresh();
    CHECK_EQ_INT(change(s, receipt(UINT32_MAX, UINT32_MAX, NULL)), MVL_OK);
    CHECK(has(s, UINT32_MAX, UINT32_MAX, ""));
    store_done(s);
}

TEST(what_is_rolled_back_leaves_none)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    struct receipt r = receipt(7, 1, "one");
    store_give_receipt(s, &r);
    CHECK_EQ_INT(COMMITTED(s, MVL_PARAM_INVALID), MVL_PARAM_INVALID);
    CHECK(!has(s, 7, 1, "one"));
    r.reply = no_reply;
    CHECK_EQ_INT(change(s, r), MVL_NOMEM);
    int64_t n;
    CHECK_EQ_INT(sql_integer(s->db, 0, &n, &e, "SELECT count(*) FROM meta WHERE key = 'x'"), MVL_OK);
    CHECK_EQ_INT(n, 0);
    store_done(s);
}

TEST(a_client_has_its_last_ones)
{
    struct store *s = store_fresh();
    struct error e = ERROR_NONE;
    for (uint32_t i = 1; i <= 3 * RECEIPTS_OF_A_CLIENT; i++)
        CHECK_EQ_INT(change(s, receipt(7, i, "a")), MVL_OK);
    CHECK_EQ_INT(change(s, receipt(8, 5, "b")), MVL_OK);
    CHECK(!has(s, 7, 2 * RECEIPTS_OF_A_CLIENT, "a"));
    CHECK(has(s, 7, 2 * RECEIPTS_OF_A_CLIENT + 1, "a"));
    CHECK(has(s, 7, 3 * RECEIPTS_OF_A_CLIENT, "a"));
    CHECK(has(s, 8, 5, "b"));
    int64_t n;
    CHECK_EQ_INT(sql_integer(s->db, 0, &n, &e, "SELECT count(*) FROM receipt"), MVL_OK);
    CHECK_EQ_INT(n, RECEIPTS_OF_A_CLIENT + 1);
    store_done(s);
}

TEST(those_of_yesterday_go)
{
    struct store *s = store_fresh();
    CHECK_EQ_INT(change(s, receipt(7, 1, "old")), MVL_OK);
    struct receipt later = receipt(8, RECEIPTS_OF_A_CLIENT, "new");
    later.now += 25.0 * 3600 * 1000;
    CHECK_EQ_INT(change(s, later), MVL_OK);
    CHECK(!has(s, 7, 1, "old"));
    CHECK(has(s, 8, RECEIPTS_OF_A_CLIENT, "new"));
    store_done(s);
}
