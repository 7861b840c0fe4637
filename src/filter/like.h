/* The patterns of like: % is any run of characters, _ is one, a backslash makes the next character itself. */
#pragma once
#include "base/base.h"

/* Takes time of at most pattern times text. */
bool like_matches(struct str pattern, struct str text);
