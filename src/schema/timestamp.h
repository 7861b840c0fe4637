/* Moments and durations as ISO 8601 writes them, in microseconds. */
#pragma once
#include "base/base.h"

/* "2025-01-31T12:00:00.5+01:00", microseconds since 1970 in UTC. Years are 0001 to 9999; seconds, their fraction (digits
 * after the sixth count for nothing), the time and the zone may be left out: midnight, UTC. A space may stand for T.
 * False: it is none. */
bool timestamp_parse(struct str text, int64_t *out) MUST_USE;

/* Months, which are of no fixed length, and what has one. */
struct interval {
    int32_t months;
    int64_t micros;
};

/* "P1Y2M", "P1DT12H30M", "P2W", "PT0.5S". False: it is none. */
bool interval_parse(struct str text, struct interval *out) MUST_USE;

/* So many months later, or earlier, at the same time of the same day of the month, in UTC, or of its last one where it
 * has no such day. False: outside of the years 0001 to 9999. */
bool timestamp_add_months(int64_t time, int64_t months, int64_t *out) MUST_USE;
