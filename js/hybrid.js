// What a hybrid search is made of: requests, and how their hits are fused. Plain objects do as well.

import { named } from './parameters.js';

/**
 * @typedef {object} SearchRequestOptions
 * @property {import('./requests.js').Vector[] | Float32Array | object[]} data  query vectors: as many in each request
 * @property {string} [anns_field]  the vector field, when there are several
 * @property {object} [param]       { metric_type, params: { ef, ... } }, as search_params of a search
 * @property {number} [limit]       hits of this request; those of all together when left out
 * @property {string} [expr]        which entities may be found, also called filter
 * @property {string} [filter]
 * @property {Record<string, any>} [expr_params]  values for {names} in expr, also called filter_params
 * @property {Record<string, any>} [filter_params]
 */

/** @typedef {AnnSearchRequest | SearchRequestOptions} SearchRequest */

/**
 * How to fuse. rrf: the sum of 1 / (k + rank), k 60 when left out. weighted: the sum of weight * score, where scores of
 * all metrics become 0..1 first, unless norm_score is false.
 *
 * @typedef {RRFRanker | WeightedRanker | { strategy: 'rrf', params?: { k?: number } }
 *   | { strategy: 'weighted', params: { weights: number[], norm_score?: boolean } }
 *   | import('./schema.js').MilvusFunction} Ranker
 */

/** One search of a hybrid search. */
export class AnnSearchRequest {
  #params;

  /**
   * @param {[p: SearchRequestOptions] | [data: SearchRequestOptions['data'], anns_field: string, param: object,
   *   limit: number, expr?: string, expr_params?: Record<string, any>]} args
   */
  constructor(...args) {
    this.#params = named('AnnSearchRequest', args);
  }

  toJSON() {
    return this.#params;
  }
}

/** Reciprocal rank fusion: the sum of 1 / (k + rank), ranks from 1. */
export class RRFRanker {
  #k;

  /** @param {number} [k]  between 0 and 16384 */
  constructor(k = 60) {
    this.#k = k;
  }

  toJSON() {
    return { strategy: /** @type {const} */ ('rrf'), params: { k: this.#k } };
  }
}

/** The sum of weight * score. */
export class WeightedRanker {
  #params;

  /**
   * @param {(number | number[] | { norm_score?: boolean })[]} weights  0..1, one for each request; and in the end, if
   *   scores are to be taken as they are, { norm_score: false }
   */
  constructor(...weights) {
    const numbers = weights.flat();
    const last = numbers.at(-1);
    const { norm_score = true } = typeof last === 'object' ? (numbers.pop(), last) : {};
    this.#params = { weights: /** @type {number[]} */ (numbers), norm_score };
  }

  toJSON() {
    return { strategy: /** @type {const} */ ('weighted'), params: this.#params };
  }
}
