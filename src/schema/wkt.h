/* Geometries as text: OGC's well-known text. */
#pragma once
#include "base/base.h"

/* Is it one? POINT, LINESTRING, POLYGON, their MULTI forms and GEOMETRYCOLLECTION, of finite numbers, with Z and M, or
 * EMPTY; lines have two points or more, rings four, and end where they begin. *at: where it is not. */
bool wkt_valid(struct str text, uint32_t *at) MUST_USE;
