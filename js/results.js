// Columns to rows, on the way back from the engine.

import { Kind, MATRIX, Role } from './columns.js';
import { readJson } from './json.js';
import { timeTexts } from './times.js';

/** @typedef {import('./columns.js').InColumn} InColumn */

/**
 * How the caller wants values that JavaScript has several forms for.
 *
 * @typedef {object} Forms
 * @property {'auto' | 'bigint' | 'string'} [int64]      auto: a number when that is exact, else a bigint
 * @property {'typed' | 'array'} [vector_format]  typed: of FLOAT16 and BFLOAT16 the bits, as a Uint16Array
 * @property {string} [timezone]  of times; UTC when left out
 */

/** @typedef {number | bigint | string} Id */

/**
 * @param {InColumn[]} columns
 * @param {number} count
 * @param {Forms} forms
 * @returns {Record<string, any>[]}
 */
export function rowsOf(columns, count, forms) {
  /** @type {Record<string, any>[]} */
  const rows = new Array(count);
  for (let i = 0; i < count; i++) rows[i] = {};
  for (const column of columns) {
    if (column.role !== Role.FIELD && column.role !== Role.SPREAD) continue;
    const values = unpackColumn(column, forms);
    for (let i = 0; i < count; i++) {
      if (values[i] === undefined) continue;
      if (column.role === Role.FIELD) setMember(rows[i], column.name, values[i]);
      else {
        for (const key of Object.keys(values[i] ?? {})) {
          // a field that was added later hides the dynamic key of its name
          if (!Object.hasOwn(rows[i], key)) setMember(rows[i], key, values[i][key]);
        }
      }
    }
  }
  return rows;
}

/**
 * How a query was answered.
 *
 * @typedef {object} Explanation
 * @property {string | null} index      the index's type, as it was made; null: there is none
 * @property {'graph' | 'codes' | 'exact' | 'postings'} plan  what found the candidates
 * @property {'memory' | 'disk'} storage  where the full vectors are by now, or some of them
 * @property {number} rows       that have a vector
 * @property {number} allowed    of these, rows that may be found
 * @property {number | null} ef  as asked for; null: the index's own choice
 * @property {number} estimated  rows that were compared by codes
 * @property {number} exact      rows that were compared by full vectors
 * @property {PhaseTimes} ms
 */

/**
 * Milliseconds. estimate, exact and group are the query's; the others are the whole call's.
 *
 * @typedef {object} PhaseTimes
 * @property {number} plan      checking parameters, loading the collection
 * @property {number} filter    finding the rows that the filter is true of; 0 when it was known, or there is none
 * @property {number} estimate
 * @property {number} exact
 * @property {number} [group]   of searches by group: reading the field's values
 * @property {number} fetch     keys and output fields
 * @property {number} total     in the engine
 */

/**
 * @param {InColumn[]} columns
 * @param {number} count           hits of all queries together
 * @param {{ pk: string, counts: number[], explain?: Explanation[] }} shape
 * @param {Forms} forms
 */
export function hitsOf(columns, count, { pk, counts, explain }, forms) {
  const ids = unpackRole(columns, Role.ID, forms);
  const distances = unpackRole(columns, Role.DISTANCE, forms);
  const entities = rowsOf(columns, count, forms);
  let next = 0;
  return counts.map((n, query) => {
    const hits = new Array(n);
    for (let rank = 0; rank < n; rank++) {
      const i = next++;
      hits[rank] = hitOf(pk, ids[i], distances[i], entities[i]);
    }
    return explain ? Object.defineProperty(hits, 'explain', { value: explain[query] }) : hits;
  });
}

/**
 * `id` reads the key whatever its field is called, without standing in the hit twice.
 *
 * @param {string} pk
 * @param {Id} id
 * @param {number} distance
 * @param {Record<string, any>} entity
 */
function hitOf(pk, id, distance, entity) {
  if (pk === 'id') return { id, distance, entity };
  return Object.defineProperty({ [pk]: id, distance, entity }, 'id', { value: id });
}

/**
 * The values of the one column with this role.
 *
 * @param {InColumn[]} columns
 * @param {number} role
 * @param {Forms} forms
 * @returns {any[]}
 */
export function unpackRole(columns, role, forms) {
  const column = columns.find((candidate) => candidate.role === role);
  return column === undefined ? [] : unpackColumn(column, forms);
}

/**
 * One value a row: null where the column is null, undefined where the key does not stand.
 *
 * @param {InColumn} column
 * @param {Forms} forms
 * @returns {any[]}
 */
export function unpackColumn(column, forms) {
  const { rows, valid, given } = column;
  const values = unpackValues(column, forms);
  if (valid) for (let i = 0; i < rows; i++) if (!hasBit(valid, i)) values[i] = null;
  if (given) for (let i = 0; i < rows; i++) if (!hasBit(given, i)) values[i] = undefined;
  return values;
}

/**
 * @param {InColumn} column
 * @param {Forms} forms
 * @returns {any[]}
 */
function unpackValues(column, forms) {
  const { kind, rows, data } = column;
  switch (kind) {
    case Kind.BOOL:
      return Array.from(data, (byte) => byte !== 0);
    case Kind.I64:
      return unpackIntegers(data, rows, forms);
    case Kind.F64:
      return numbersOf(new Float64Array(data.buffer, data.byteOffset, rows), 0, rows);
    case Kind.STR:
      return unpackTexts(column);
    case Kind.JSON: {
      const integer = forms.int64 === 'string' ? String : undefined;
      return unpackTexts(column).map((text) => (text === '' ? null : readJson(text, integer)));
    }
    case Kind.TIME:
      return timeTexts(new BigInt64Array(data.buffer, data.byteOffset, rows), forms.timezone);
    case Kind.SPARSE:
      return unpackSparse(column);
    default:
      return unpackMatrix(column, forms);
  }
}

/**
 * @param {Uint8Array} data
 * @param {number} rows
 * @param {Forms} forms
 */
function unpackIntegers(data, rows, { int64 = 'auto' }) {
  const bigs = new BigInt64Array(data.buffer, data.byteOffset, rows);
  if (int64 === 'bigint') return Array.from(bigs);
  if (int64 === 'string') return Array.from(bigs, String);
  const words = new Int32Array(data.buffer, data.byteOffset, rows * 2);
  const numbers = new Array(rows);
  for (let i = 0; i < rows; i++) {
    const number = words[2 * i + 1] * 0x100000000 + (words[2 * i] >>> 0);
    numbers[i] = Number.isSafeInteger(number) ? number : bigs[i];
  }
  return numbers;
}

/**
 * Rows are copies: a row that is kept does not keep the whole reply.
 *
 * @param {InColumn} column
 * @param {Forms} forms
 */
function unpackMatrix({ kind, rows, width, offsets, data }, { vector_format: format }) {
  const type = MATRIX[kind];
  const elements = new type(data.buffer, data.byteOffset, data.length / type.BYTES_PER_ELEMENT);
  // Doubles are no type of vector: they are a list of numbers.
  const asArray = format === 'array' || kind === Kind.MATRIX_F64;
  return Array.from({ length: rows }, (_, i) => {
    const from = offsets ? offsets[i] : i * width;
    const to = offsets ? offsets[i + 1] : from + width;
    if (!asArray) return elements.slice(from, to);
    const numbers = numbersOf(elements, from, to);
    const decode = HALF[kind];
    return decode ? numbers.map(decode) : numbers;
  });
}

/**
 * Each row as { index: value }.
 *
 * @param {InColumn} column
 */
function unpackSparse({ rows, offsets, data }) {
  const at = /** @type {Uint32Array} */ (offsets);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: rows }, (_, i) => {
    /** @type {Record<number, number>} */
    const vector = {};
    for (let from = at[i]; from < at[i + 1]; from += 8) {
      vector[view.getUint32(from, true)] = view.getFloat32(from + 4, true);
    }
    return vector;
  });
}

/**
 * The numbers that 16 bits stand for.
 *
 * @type {Readonly<Record<number, (bits: number) => number>>}
 */
export const HALF = Object.freeze({
  [Kind.MATRIX_F16]: (bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const magnitude = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction;
    return bits & 0x8000 ? -magnitude : magnitude;
  },
  [Kind.MATRIX_BF16]: (bits) => {
    words[0] = bits << 16;
    return floats[0];
  },
});
const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * What Array.from() gives, ten times as fast.
 *
 * @param {import('./columns.js').Elements} elements
 * @param {number} from
 * @param {number} to
 */
function numbersOf(elements, from, to) {
  const numbers = new Array(to - from);
  for (let i = from; i < to; i++) numbers[i - from] = elements[i];
  return numbers;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const MOST_BYTES_AT_ONCE = 1 << 20;

/**
 * @param {InColumn} column
 * @returns {string[]}
 */
function unpackTexts({ rows, offsets, data }) {
  const at = /** @type {Uint32Array} */ (offsets);
  if (data.length <= MOST_BYTES_AT_ONCE) {
    // Decoded at once and cut up, if it is ASCII. Each piece keeps the whole alive, hence the limit.
    const all = decoder.decode(data);
    if (all.length === data.length) {
      return Array.from({ length: rows }, (_, i) => all.slice(at[i], at[i + 1]));
    }
  }
  return Array.from({ length: rows }, (_, i) => decoder.decode(data.subarray(at[i], at[i + 1])));
}

/**
 * @param {Uint8Array} bits
 * @param {number} i
 */
function hasBit(bits, i) {
  return (bits[i >> 3] & (1 << (i & 7))) !== 0;
}

/**
 * Assignment, but for the one name that would change the object instead.
 *
 * @param {Record<string, any>} object
 * @param {string} name
 * @param {unknown} value
 */
function setMember(object, name, value) {
  if (name !== '__proto__') object[name] = value;
  else {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}
