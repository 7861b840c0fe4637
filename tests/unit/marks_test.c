#include "storage/marks.h"

#include "stores.h"

static int64_t found(struct store *s, int64_t collection, int64_t time)
{
    struct error e;
    int64_t row = -1;
    CHECK_EQ_INT(marks_find(s, collection, time, 100, &row, &e), MVL_OK);
    return row;
}

static void check_times(struct store *s, int64_t collection, int64_t oldest, int64_t newest)
{
    struct error e;
    int64_t first, last;
    CHECK_EQ_INT(marks_read(s, collection, &first, &last, &e), MVL_OK);
    CHECK_EQ_INT(first, oldest);
    CHECK_EQ_INT(last, newest);
}

/* Three marks of collection 1, and one of another. */
static struct store *marked(void)
{
    struct error e;
    struct store *s = store_fresh();
    CHECK_EQ_INT(COMMITTED(s, marks_begin(s, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_add(s, 1, 0, 10, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_add(s, 1, 30, 20, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_add(s, 1, 70, 40, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_add(s, 2, 5, 1, &e)), MVL_OK);
    return s;
}

TEST(without_a_table_there_is_no_mark)
{
    struct error e;
    struct store *s = store_fresh();
    check_times(s, 1, INT64_MAX, 0);
    CHECK_EQ_INT(COMMITTED(s, marks_drop(s, 1, INT64_MAX, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_begin(s, &e)), MVL_OK);
    CHECK_EQ_INT(COMMITTED(s, marks_begin(s, &e)), MVL_OK); /* once */
    check_times(s, 1, INT64_MAX, 0);
    CHECK_EQ_INT(found(s, 1, INT64_MAX), 0);
    store_done(s);
}

TEST(a_mark_is_about_the_rows_up_to_the_next)
{
    struct store *s = marked();
    CHECK_EQ_INT(found(s, 1, 9), 0);
    CHECK_EQ_INT(found(s, 1, 10), 30);
    CHECK_EQ_INT(found(s, 1, 39), 70);
    CHECK_EQ_INT(found(s, 1, 40), 100);
    CHECK_EQ_INT(found(s, 3, 40), 0);
    check_times(s, 1, 10, 40);
    check_times(s, 2, 1, 1);
    store_done(s);
}

TEST(marks_of_rows_that_have_gone_are_dropped)
{
    struct error e;
    struct store *s = marked();
    CHECK_EQ_INT(COMMITTED(s, marks_drop(s, 1, 70, &e)), MVL_OK);
    check_times(s, 1, 40, 40);
    CHECK_EQ_INT(COMMITTED(s, marks_drop(s, 1, INT64_MAX, &e)), MVL_OK);
    check_times(s, 1, INT64_MAX, 0);
    check_times(s, 2, 1, 1);
    store_done(s);
}

TEST(a_mark_of_a_future_that_did_not_come_holds_nothing_up)
{
    struct error e;
    struct store *s = marked();
    CHECK_EQ_INT(COMMITTED(s, marks_add(s, 1, 30, INT64_MAX, &e)), MVL_OK); /* instead of the one there */
    check_times(s, 1, 10, 40);
    CHECK_EQ_INT(found(s, 1, 39), 30);
    CHECK_EQ_INT(found(s, 1, 40), 100);
    store_done(s);
}
