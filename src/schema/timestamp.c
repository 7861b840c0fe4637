#include "schema/timestamp.h"

/* Of an interval at most so many days, and so many months. */
enum { SECOND = 1000000, LONGEST = 100000, MOST_MONTHS = 10000 * 12 };

#define DAY (INT64_C(86400) * SECOND)

struct reader {
    struct str text;
    uint32_t at;
};

static char peek(const struct reader *r)
{
    return r->at < r->text.n ? r->text.p[r->at] : 0;
}

static bool take(struct reader *r, char c)
{
    bool is = peek(r) == c && r->at < r->text.n;
    r->at += is;
    return is;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly n digits, low..high. */
static bool number(struct reader *r, uint32_t n, int low, int high, int *out)
{
    int v = 0;
    for (uint32_t i = 0; i < n; i++, r->at++) {
        if (!is_digit(peek(r)))
            return false;
        v = 10 * v + (peek(r) - '0');
    }
    *out = v;
    return v >= low && v <= high;
}

/* The digits behind a decimal point, in microseconds. */
static bool fraction(struct reader *r, int *micros)
{
    int unit = SECOND;
    *micros = 0;
    if (!is_digit(peek(r)))
        return false;
    for (; is_digit(peek(r)); r->at++) {
        unit /= 10;
        *micros += unit * (peek(r) - '0');
    }
    return true;
}

/* Days from 1970-01-01 in the Gregorian calendar; years begin in March, so that leap days are last. */
static int64_t days_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* 12:30, 12:30:15, 12:30:15.25 */
static bool time_of_day(struct reader *r, int64_t *micros)
{
    int hour, minute, second = 0, part = 0;
    if (!number(r, 2, 0, 23, &hour) || !take(r, ':') || !number(r, 2, 0, 59, &minute))
        return false;
    if (take(r, ':')) {
        if (!number(r, 2, 0, 59, &second) || (take(r, '.') && !fraction(r, &part)))
            return false;
    }
    *micros = (hour * INT64_C(3600) + minute * 60 + second) * SECOND + part;
    return true;
}

/* Z, +01, +0130, +01:30, or nothing */
static bool zone(struct reader *r, int64_t *micros)
{
    int hours, minutes = 0;
    *micros = 0;
    if (take(r, 'Z') || take(r, 'z') || r->at == r->text.n)
        return true;
    bool is_west = peek(r) == '-';
    if ((!take(r, '+') && !take(r, '-')) || !number(r, 2, 0, 23, &hours))
        return false;
    if ((take(r, ':') || is_digit(peek(r))) && !number(r, 2, 0, 59, &minutes))
        return false;
    *micros = (hours * 60 + minutes) * (is_west ? -INT64_C(60) : INT64_C(60)) * SECOND;
    return true;
}

bool timestamp_parse(struct str text, int64_t *out)
{
    struct reader r = {text, 0};
    int year, month, day;
    int64_t time = 0, east = 0;
    if (!number(&r, 4, 1, 9999, &year) || !take(&r, '-') || !number(&r, 2, 1, 12, &month) || !take(&r, '-') ||
        !number(&r, 2, 1, 31, &day) || day > days_in(year, month))
        return false;
    if ((take(&r, 'T') || take(&r, 't') || take(&r, ' ')) && (!time_of_day(&r, &time) || !zone(&r, &east)))
        return false;
    *out = days_of(year, month, day) * DAY + time - east;
    return r.at == text.n;
}

/* The year, month and day of a day from 1970-01-01: days_of, the other way. */
static void date_of(int64_t days, int *year, int *month, int *day)
{
    enum { DAYS_OF_400_YEARS = 146097 };
    int64_t from_era = days + 719468; /* 0000-03-01 */
    int64_t era = (from_era >= 0 ? from_era : from_era - DAYS_OF_400_YEARS + 1) / DAYS_OF_400_YEARS;
    int of_era = (int)(from_era - era * DAYS_OF_400_YEARS);
    int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * y + y / 4 - y / 100);
    int m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int)(y + era * 400) + (*month <= 2);
}

bool timestamp_add_months(int64_t time, int64_t months, int64_t *out)
{
    int year, month, day;
    int64_t days = time / DAY - (time % DAY < 0);
    date_of(days, &year, &month, &day);
    int64_t all = (int64_t)year * 12 + month - 1 + months;
    if (all < 12 || all >= 10000 * 12)
        return false;
    year = (int)(all / 12);
    month = (int)(all % 12) + 1;
    if (day > days_in(year, month))
        day = days_in(year, month);
    *out = days_of(year, month, day) * DAY + (time - days * DAY);
    return true;
}

static const struct unit {
    char letter;
    bool is_of_time; /* behind the T */
    int64_t micros;
    int32_t months; /* instead of them */
} units[] = {
    {'Y', false, 0, 12},
    {'M', false, 0, 1},
    {'W', false, 7 * DAY, 0},
    {'D', false, DAY, 0},
    {'H', true, INT64_C(3600) * SECOND, 0},
    {'M', true, INT64_C(60) * SECOND, 0},
    {'S', true, SECOND, 0},
};

/* 12D, at or behind a unit; only seconds have a fraction. */
static bool part_of_interval(struct reader *r, bool in_time, size_t *next, struct interval *out)
{
    int64_t v = 0;
    int part = 0;
    if (!is_digit(peek(r)))
        return false;
    for (; is_digit(peek(r)); r->at++)
        v = v < LONGEST * INT64_C(86400) ? 10 * v + (peek(r) - '0') : v;
    bool has_fraction = take(r, '.');
    if (has_fraction && !fraction(r, &part))
        return false;
    while (*next < COUNT(units) && (units[*next].letter != peek(r) || units[*next].is_of_time != in_time))
        ++*next;
    if (*next == COUNT(units) || (has_fraction && units[*next].letter != 'S'))
        return false;
    const struct unit *u = &units[(*next)++];
    r->at++;
    if (v > (u->months ? MOST_MONTHS / u->months : LONGEST * DAY / u->micros))
        return false;
    out->months += (int32_t)v * u->months;
    out->micros += v * u->micros + part;
    return true;
}

bool interval_parse(struct str text, struct interval *out)
{
    struct reader r = {text, 0};
    size_t next = 0;
    bool in_time = false;
    *out = (struct interval){0};
    if (!take(&r, 'P') || r.at == text.n)
        return false;
    while (r.at < text.n) {
        in_time = in_time || take(&r, 'T');
        if (!part_of_interval(&r, in_time, &next, out))
            return false;
    }
    return true;
}
