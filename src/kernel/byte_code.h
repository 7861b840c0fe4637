/* Rows in eight bits a dimension, each scaled by its own largest component. */
#pragma once
#include "kernel/row_code.h"

enum { BYTE_CODE_LARGEST = 127, BYTE_QUERY_LARGEST = 511 };

/* A component is about scale * its byte, which is signed; a query's values stand in their order, without a shift. */
extern const struct row_code byte_code;
