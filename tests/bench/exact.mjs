// Exact search by a plain loop over Float32Arrays: what one would write without a library.

/** @type {Record<string, (base: Float32Array, from: number, query: Float32Array) => number>} larger is nearer */
export const SCORES = {
  IP(base, from, query) {
    let sum = 0;
    for (let d = 0; d < query.length; d++) sum += base[from + d] * query[d];
    return sum;
  },
  L2(base, from, query) {
    let sum = 0;
    for (let d = 0; d < query.length; d++) sum -= (base[from + d] - query[d]) ** 2;
    return sum;
  },
};

/**
 * The k nearest of n rows, best first.
 *
 * @param {Float32Array} base   [n][dim]
 * @param {Float32Array} query  [dim]
 * @param {{ metric: string, k: number, allow?: (row: number) => boolean }} how
 * @returns {number[]}
 */
export function loopSearch(base, query, { metric, k, allow }) {
  const dim = query.length;
  const n = base.length / dim;
  const scoreOf = SCORES[metric];
  const best = [];
  for (let row = 0; row < n; row++) {
    if (allow && !allow(row)) continue;
    const score = scoreOf(base, row * dim, query);
    if (best.length === k && score <= best[k - 1].score) continue;
    let at = best.length;
    while (at > 0 && best[at - 1].score < score) at--;
    best.splice(at, 0, { row, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ row }) => row);
}

/**
 * How much of the exact answers was found, of all queries and of each kind of query.
 *
 * @param {ArrayLike<number>} found  [queries][k], -1 where there is none; may be of the first queries only
 * @param {ArrayLike<number>} truth  [queries][k], -1 likewise
 * @param {number} k
 * @param {string[]} [kinds]         of each query
 * @returns {{ all: number, kinds: Record<string, number> }}
 */
export function recallOf(found, truth, k, kinds = []) {
  const sums = new Map();
  const add = (kind, hits, wanted) => {
    const sum = sums.get(kind) ?? { hits: 0, wanted: 0 };
    sums.set(kind, { hits: sum.hits + hits, wanted: sum.wanted + wanted });
  };
  const all = Symbol('all');
  for (let from = 0; from < found.length; from += k) {
    const expected = new Set(Array.from({ length: k }, (_, i) => truth[from + i]));
    expected.delete(-1);
    const wanted = expected.size;
    for (let i = 0; i < k; i++) expected.delete(found[from + i]);
    for (const kind of [all, kinds[from / k]]) add(kind, wanted - expected.size, wanted);
  }
  const shares = [...sums].map(([kind, { hits, wanted }]) => [kind, hits / wanted]);
  const ofAll = shares.find(([kind]) => kind === all)?.[1] ?? NaN;
  return { all: ofAll, kinds: Object.fromEntries(shares.filter(([kind]) => typeof kind === 'string')) };
}
