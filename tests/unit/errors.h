/* An error, compared in all its parts. */
#ifndef ERRORS_H
#define ERRORS_H

#include "base/error.h"
#include "unit.h"

/* What a call returned and wrote to e: the code, the whole reason, the field ("": none) and the row (-1: none). */
#define CHECK_ERROR(rc, e, expected_code, expected_reason, expected_field, expected_row)                     \
    do {                                                                                                     \
        CHECK_EQ_INT((rc), (expected_code));                                                                 \
        CHECK_EQ_INT((e).code, (expected_code));                                                             \
        CHECK_STR((e).reason, (expected_reason));                                                            \
        CHECK_STR((e).field, (expected_field));                                                              \
        CHECK_EQ_INT((e).row, (expected_row));                                                               \
    } while (0)

#endif
