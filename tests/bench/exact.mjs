// Exact search by a plain loop over Float32Arrays: what one would write without a library.

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
  const best = [];
  for (let row = 0; row < n; row++) {
    if (allow && !allow(row)) continue;
    const from = row * dim;
    let score = 0;
    if (metric === 'L2') {
      for (let d = 0; d < dim; d++) score -= (base[from + d] - query[d]) ** 2;
    } else {
      for (let d = 0; d < dim; d++) score += base[from + d] * query[d];
    }
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
 * @param {ArrayLike<number>} truth  [queries][k]
 * @param {number} k
 * @param {string[]} [kinds]         of each query
 * @returns {{ all: number, kinds: Record<string, number> }}
 */
export function recallOf(found, truth, k, kinds = []) {
  const sums = new Map();
  const count = found.length / k;
  let all = 0;
  for (let q = 0; q < count; q++) {
    const expected = new Set();
    for (let i = 0; i < k; i++) expected.add(truth[q * k + i]);
    let hits = 0;
    for (let i = 0; i < k; i++) if (expected.has(found[q * k + i])) hits++;
    all += hits;
    const sum = sums.get(kinds[q]) ?? { hits: 0, queries: 0 };
    sums.set(kinds[q], { hits: sum.hits + hits, queries: sum.queries + 1 });
  }
  const ofKind = ([kind, { hits, queries }]) => [kind, hits / (queries * k)];
  return { all: all / (count * k), kinds: Object.fromEntries([...sums].filter(([kind]) => kind).map(ofKind)) };
}
