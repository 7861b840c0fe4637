/* UTF-8, as Unicode defines it: no overlong forms, no surrogates, at most U+10FFFF. */
#pragma once
#include "base/base.h"

bool utf8_valid(const char *p, size_t n);

/* The largest cut <= at that does not split a character of the valid text p. */
size_t utf8_floor(const char *p, size_t at);

/* Writes the character (a surrogate becomes U+FFFD) and returns its length, 1..4 bytes. */
size_t utf8_put(char to[4], uint32_t character);
