/* The exact scan: recall 1, nothing to build. */
#pragma once
#include "index/index.h"

extern const struct index_ops flat_ops;
