#include "engine/lifetime.h"

#include "engine/delete.h"
#include "storage/marks.h"

enum { MARKS_A_LIFE = 64, MILLISECONDS = 1000 };

static bool has_lifetime(const struct collection *c)
{
    return c->properties.ttl_seconds > 0;
}

static int64_t milliseconds(const struct collection *c)
{
    return c->properties.ttl_seconds * MILLISECONDS;
}

int lifetime_store(struct collection *c, int64_t ttl_seconds, struct error *e)
{
    c->lifetime.is_known = false;
    if (ttl_seconds <= 0)
        return has_lifetime(c) ? marks_drop(c->store, c->id, INT64_MAX, e) : MVL_OK;
    TRY(marks_begin(c->store, e));
    return has_lifetime(c) ? MVL_OK : marks_add(c->store, c->id, 0, store_now(), e);
}

int lifetime_forget(struct collection *c, struct error *e)
{
    c->lifetime.is_known = false;
    return marks_drop(c->store, c->id, INT64_MAX, e);
}

static int learn(struct collection *c, struct error *e)
{
    if (c->lifetime.is_known)
        return MVL_OK;
    TRY(marks_read(c->store, c->id, &c->lifetime.oldest, &c->lifetime.newest, e));
    c->lifetime.is_known = true;
    return MVL_OK;
}

/* A mark holds for a while; not when the clock has been set back. */
int lifetime_note(struct collection *c, struct error *e)
{
    if (!has_lifetime(c))
        return MVL_OK;
    int64_t now = store_now(), span = milliseconds(c) / MARKS_A_LIFE;
    TRY(learn(c, e));
    if (now < c->lifetime.newest && now >= c->lifetime.newest - span)
        return MVL_OK;
    c->lifetime.is_known = false;
    return marks_add(c->store, c->id, c->next_row, now + span, e);
}

static bool has_old_rows(const struct collection *c)
{
    return has_lifetime(c) && c->lifetime.is_known && c->lifetime.oldest <= store_now() - milliseconds(c);
}

bool lifetime_is_over(const struct collection *c)
{
    return has_old_rows(c) && !store_is_read_only(c->store);
}

/* The row below which all are over. */
static int find_end(struct collection *c, int64_t *row, struct error *e)
{
    return marks_find(c->store, c->id, store_now() - milliseconds(c), c->next_row, row, e);
}

static int hide(struct collection *c, struct error *e)
{
    int64_t end;
    struct entity_table t = collection_entities(c);
    TRY(find_end(c, &end, e));
    if (end <= c->lifetime.first_row)
        return MVL_OK;
    TRY(entities_count_below(c->store, &t, end, &c->lifetime.n_hidden, e));
    c->lifetime.first_row = (uint32_t)end;
    return MVL_OK;
}

static int store_expired(struct collection *c, const uint32_t rows[], uint32_t n, int64_t end,
                         struct error *e)
{
    c->lifetime.is_known = false;
    if (n)
        TRY(delete_store(c, rows, n, e));
    return marks_drop(c->store, c->id, end, e);
}

static int expire(struct collection *c, struct arena *a, struct error *e)
{
    int64_t end;
    uint32_t *rows, n;
    struct entity_table t = collection_entities(c);
    TRY(find_end(c, &end, e));
    TRY(entities_rows_below(c->store, &t, end, a, &rows, &n, e));
    TRY(store_begin(c->store, e));
    TRY(store_end(c->store, store_expired(c, rows, n, end, e), e));
    delete_publish(c, rows, n);
    return MVL_OK;
}

/* The receipt of the request that is under way is not for this transaction. */
int lifetime_expire(struct collection *c, struct error *e)
{
    struct arena a = {0};
    if (!has_lifetime(c))
        return MVL_OK;
    TRY(learn(c, e));
    if (!has_old_rows(c))
        return MVL_OK;
    if (store_is_read_only(c->store))
        return hide(c, e);
    const struct receipt *receipt = store_give_receipt(c->store, NULL);
    int rc = expire(c, &a, e);
    store_give_receipt(c->store, receipt);
    arena_fini(&a);
    return rc;
}
