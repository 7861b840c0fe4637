/* Rows in four bits a dimension, in sixteen levels that leave out zero, each row scaled as suits it best. */
#pragma once
#include "kernel/row_code.h"

enum { NIBBLE_LEVELS = 16, NIBBLE_QUERY_LARGEST = 255 };

/* A component is about scale * (level - 7.5). For every 32 dimensions 16 bytes, of which byte j has the level of
 * dimension j in its low and that of 16 + j in its high nibble. */
extern const struct row_code nibble_code;
