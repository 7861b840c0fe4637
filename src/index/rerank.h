/* Exact orders of the candidates that codes have found. */
#pragma once
#include "index/index.h"

/* Moves the best `wanted` of n candidates to the front, nearest first. Returns how many there are. */
uint32_t rerank_sort(struct topk_entry e[], uint32_t n, uint32_t wanted);

/* Pushes candidates into out with their exact orders; their own are not looked at. Returns 0 or what reading vectors
 * returns. */
int rerank_all(const struct vectors *v, const struct index_query *q, const struct topk_entry e[], uint32_t n,
               struct topk *out) MUST_USE;

/* The same for candidates nearest first, as far as one of them may be among the nearest: up to where the next is behind
 * those by several times the codes' errors, which the first ones show. */
int rerank_nearest(const struct vectors *v, const struct index_query *q, const struct topk_entry e[],
                   uint32_t n, struct topk *out) MUST_USE;
