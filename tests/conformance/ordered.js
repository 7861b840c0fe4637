// The slow twin of an order by fields: all rows, sorted.

/** @typedef {{ of: (row: any) => any, desc?: boolean, nulls?: 'first' | 'last' }} Term  of: a field's value, or what a path leads to */

/** Values of different types stand by these, as Milvus' search has them. */
function rankOf(value) {
  if (typeof value === 'string') return 0;
  if (typeof value === 'number' || typeof value === 'bigint') return 1;
  if (Array.isArray(value)) return 2;
  return typeof value === 'boolean' ? 3 : 4;
}

/** By code points, which is by the bytes of UTF-8: JavaScript's own order has surrogates before U+E000. */
function compareTexts(a, b) {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const [x, y] = [a, b].map((text) => (at < text.length ? text.charCodeAt(at) : -1));
  const isSurrogate = (code) => code >= 0xd800 && code < 0xe000;
  return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
}

/** Of values that are not null. A number and a bigint are compared exactly. */
export function compareValues(a, b) {
  const [x, y] = [rankOf(a), rankOf(b)];
  if (x !== y) return x - y;
  if (x === 0) return compareTexts(a, b);
  if (x === 1 || x === 3) return a < b ? -1 : a > b ? 1 : 0;
  return compareTexts(JSON.stringify(a), JSON.stringify(b));
}

/** @param {Term[]} terms */
export const comparisonOf = (terms) => (a, b) => {
  for (const { of, desc = false, nulls = desc ? 'first' : 'last' } of terms) {
    const [x, y] = [of(a), of(b)];
    if (x == null && y == null) continue;
    if (x == null || y == null) return (x == null) === (nulls === 'first') ? -1 : 1;
    const order = compareValues(x, y);
    if (order !== 0) return desc ? -order : order;
  }
  return 0;
};

/** Rows in the order; equal ones by their keys. @param {any[]} rows  @param {Term[]} terms */
export const inOrder = (rows, terms) => [...rows].sort(comparisonOf([...terms, { of: ({ id }) => id }]));
