// Vectors of each type. Their numbers are eighths, which all types but integers hold exactly, so that what is kept is
// what was given, and distances have nothing to round.

/** @typedef {import('./choices.js').Choices} Choices */

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/** @returns {{ sign: number, exponent: number, fraction: number, bits: number }} of a number as float32 has it */
function partsOf(x) {
  floats[0] = x;
  const [bits] = words;
  return { sign: bits >>> 31, exponent: (bits >>> 23) & 255, fraction: bits & 0x7fffff, bits };
}
function float16(x) {
  const { sign, exponent, fraction } = partsOf(x);
  return (sign << 15) | (exponent && ((exponent - 112) << 10) | (fraction >> 13));
}
const ofFloat16 = (bits) =>
  (bits & 0x7fff) === 0 ? 0 : (bits & 0x8000 ? -1 : 1) * (1024 + (bits & 1023)) * 2 ** (((bits >> 10) & 31) - 25);
const bfloat16 = (x) => partsOf(x).bits >>> 16;
function ofBfloat16(bits) {
  words[0] = bits << 16;
  return floats[0];
}

const eighth = (c) => (c.pick(65) - 32) / 8;
const numbers = (field, c) => Array.from({ length: field.params.dim }, () => eighth(c));
const whole = (n, least, c) => Array.from({ length: n }, () => least + c.pick(256));


function dot(a, b) {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}
const DENSE = {
  IP: dot,
  L2: (a, b) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0),
  COSINE: (a, b) => (dot(a, a) && dot(b, b) ? dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b)) : 0),
};

const ones = (byte) => byte.toString(2).replaceAll('0', '').length;
const countOnes = (a, b, join) => a.reduce((sum, byte, i) => sum + ones(join(byte, b[i])), 0);
const BITS = {
  HAMMING: (a, b) => countOnes(a, b, (x, y) => x ^ y),
  JACCARD: (a, b) => {
    const both = countOnes(a, b, (x, y) => x & y);
    return both ? 1 - both / countOnes(a, b, (x, y) => x | y) : 1;
  },
};

const dense = (keep, decode, make = numbers) => ({
  make: (field, c) => keep(make(field, c)),
  give: (v, c, form) => (form === 0 ? Array.from(v, decode) : v),
  numbers: (v) => Array.from(v, decode),
  metrics: DENSE,
  indexes: ['HNSW', 'AUTOINDEX', 'FLAT', 'HNSW_SQ', 'IVF_FLAT', 'IVF_SQ8'],
});

/**
 * make(field, choices)  a vector as it comes back
 * give(value, choices, form)  the same as a program may give it; all of a batch in one form, 0 or another
 * numbers(value)        what metrics compare; the usual metric stands first or is COSINE
 */
export const VECTORS = {
  FLOAT_VECTOR: dense(Float32Array.from.bind(Float32Array), (x) => x),
  FLOAT16_VECTOR: dense((v) => Uint16Array.from(v, float16), ofFloat16),
  BFLOAT16_VECTOR: dense((v) => Uint16Array.from(v, bfloat16), ofBfloat16),
  INT8_VECTOR: dense(Int8Array.from.bind(Int8Array), (x) => x, (field, c) => whole(field.params.dim, -128, c)),
  BINARY_VECTOR: {
    ...dense(Uint8Array.from.bind(Uint8Array), (x) => x, (field, c) => whole(field.params.dim / 8, 0, c)),
    metrics: BITS,
    indexes: ['BIN_FLAT', 'BIN_IVF_FLAT', 'AUTOINDEX'],
  },
  SPARSE_FLOAT_VECTOR: {
    make: (_, c) => Object.fromEntries(c.some(() => [c.one([0, 1, 2, 3, 100, 4294967294]), (1 + c.pick(16)) / 8 * c.one([1, 1, -1])], 5)),
    give(v, c) {
      const pairs = Object.entries(v).map(([index, value]) => [Number(index), value]);
      return c.one([v, v, pairs, { indices: pairs.map(([index]) => index), values: pairs.map(([, value]) => value) }]);
    },
    numbers: (v) => v,
    metrics: { IP: (a, b) => Object.keys(a).reduce((sum, index) => sum + a[index] * (b[index] ?? 0), 0) },
    indexes: ['SPARSE_INVERTED_INDEX', 'SPARSE_WAND', 'AUTOINDEX'],
  },
};

export const isVector = ({ type }) => type in VECTORS;

/** The metric of a field that no index says one for. */
export const usualMetric = ({ type }) => ('COSINE' in VECTORS[type].metrics ? 'COSINE' : Object.keys(VECTORS[type].metrics)[0]);

const nearerIsLess = (metric) => !['COSINE', 'IP'].includes(metric);

/**
 * The slow twin of a search: all rows with a vector, nearest first. Of sparse ones those whose product is not 0.
 *
 * @param {{ name: string, type: any }} field
 * @param {string} metric
 * @param {Record<string, any>[]} rows
 * @param {any} query  as it comes back
 * @returns {{ row: Record<string, any>, distance: number }[]}
 */
export function nearest(field, metric, rows, query) {
  const { numbers: decode, metrics } = VECTORS[field.type];
  const asked = decode(query);
  const sign = nearerIsLess(metric) ? 1 : -1;
  return rows
    .filter((row) => row[field.name] !== null)
    .map((row) => ({ row, distance: metrics[metric](asked, decode(row[field.name])) }))
    .filter(({ distance }) => field.type !== 'SPARSE_FLOAT_VECTOR' || distance !== 0)
    .sort((a, b) => sign * (a.distance - b.distance));
}
