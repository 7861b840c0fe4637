/* A fast 64-bit hash for checksums of our own blobs: it finds damage, it does not resist an attacker. */
#pragma once
#include "base/base.h"

/* Depends on every byte, the length and the seed. Part of the file format: the values never change. */
uint64_t hash64(const void *bytes, size_t n, uint64_t seed);
