// Rows as Milvus' REST writes them, and back: 64-bit integers, JSON fields and vectors of bytes.

import { Kind } from './columns.js';
import { Code, DataType } from './constants.js';
import { DataNotMatchException } from './errors.js';
import { readJson, writeJson } from './json.js';
import { HALF } from './results.js';

/** @typedef {Record<string, any>} Dict */

/**
 * What of a collection its rows' values depend on.
 *
 * @typedef {object} RowTypes
 * @property {string} pk
 * @property {Map<string, number>} types  of DataType, by field
 */

const INTEGERS = new Set([DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64]);

/** Vectors that travel as base64 of their bytes, and what holds them. */
const BYTES = new Map(
  /** @type {[number, Uint8ArrayConstructor | Uint16ArrayConstructor][]} */ ([
    [DataType.BINARY_VECTOR, Uint8Array],
    [DataType.FLOAT16_VECTOR, Uint16Array],
    [DataType.BFLOAT16_VECTOR, Uint16Array],
  ]),
);

/** @type {Map<number, (bits: number) => number>} */
const HALVES = new Map([
  [DataType.FLOAT16_VECTOR, HALF[Kind.MATRIX_F16]],
  [DataType.BFLOAT16_VECTOR, HALF[Kind.MATRIX_BF16]],
]);

/** @typedef {Float32ArrayConstructor | Int8ArrayConstructor | Uint8ArrayConstructor | Uint16ArrayConstructor} VectorType */

const VECTORS = new Map(/** @type {[number, VectorType][]} */ ([
  ...BYTES,
  [DataType.FLOAT_VECTOR, Float32Array],
  [DataType.INT8_VECTOR, Int8Array],
]));

/**
 * @param {Dict} description  of describe_collection
 * @returns {RowTypes}
 */
export function rowTypes({ fields }) {
  return {
    pk: fields.find((/** @type {Dict} */ field) => field.is_primary)?.name ?? 'id',
    types: new Map(fields.map((/** @type {Dict} */ { name, type }) => [name, type])),
  };
}

/**
 * A row or entity on its way to the one who asked.
 *
 * @param {Dict} row
 * @param {RowTypes} types
 * @param {boolean} longs  64-bit integers may be numbers, else they are strings
 */
export function writeRow(row, { types }, longs) {
  /** @type {Dict} */
  const written = {};
  for (const [name, value] of Object.entries(row)) {
    setMember(written, name, writeValue(value, types.get(name), longs));
  }
  return written;
}

/**
 * @param {any} value
 * @param {number | undefined} type
 * @param {boolean} longs
 */
export function writeValue(value, type, longs) {
  if (value == null || type === undefined) return value;
  if (type === DataType.INT64) return longs ? BigInt(value) : String(value);
  if (type === DataType.JSON) return writeJson(value, { reals: true });
  return BYTES.has(type) ? writeBytes(value, type) : value;
}

/**
 * Integers that no number holds, as text wherever they stand.
 *
 * @param {any} value
 * @returns {any}
 */
function longsAsText(value) {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(longsAsText);
  if (typeof value !== 'object' || value === null) return value;
  /** @type {Dict} */
  const members = {};
  for (const [name, member] of Object.entries(value)) setMember(members, name, longsAsText(member));
  return members;
}

/**
 * @param {any} value  typed, or numbers
 * @param {number} type
 */
function writeBytes(value, type) {
  const typed = BYTES.get(type) ?? Uint8Array;
  return base64Of(ArrayBuffer.isView(value) ? value : typed.from(value));
}

/**
 * A row that came.
 *
 * @param {Dict} row
 * @param {RowTypes} types
 * @param {import('./results.js').Forms} forms
 */
export function readRow(row, { types }, forms) {
  /** @type {Dict} */
  const read = {};
  for (const [name, value] of Object.entries(row)) {
    setMember(read, name, readValue(value, types.get(name), forms));
  }
  return read;
}

/**
 * @param {any} value
 * @param {number | undefined} type
 * @param {import('./results.js').Forms} forms
 */
export function readValue(value, type, forms) {
  if (value == null) return value;
  if (type === undefined || type === DataType.ARRAY) return forms.int64 === 'string' ? longsAsText(value) : value;
  if (INTEGERS.has(/** @type {any} */ (type))) return integerOf(value, forms);
  if (type === DataType.FLOAT) return Math.fround(Number(value));
  if (type === DataType.DOUBLE) return Number(value);
  if (type === DataType.JSON && typeof value === 'string') {
    return readJson(value, forms.int64 === 'string' ? String : undefined);
  }
  const vector = VECTORS.get(type);
  if (vector === undefined) return value;
  const elements = readVector(value, vector);
  if (forms.vector_format !== 'array') return elements;
  const decode = HALVES.get(type);
  return decode ? Array.from(elements, decode) : Array.from(elements);
}

/**
 * @param {any} value
 * @param {VectorType} type
 */
function readVector(value, type) {
  if (typeof value !== 'string') return type.from(Array.from(value, Number));
  const { buffer } = bytesOf(value);
  return new type(buffer);
}

/**
 * @param {any} value  digits, or what has them
 * @param {import('./results.js').Forms} forms
 */
function integerOf(value, { int64 = 'auto' }) {
  if (int64 === 'string') return String(value);
  if (int64 === 'auto' && Number.isSafeInteger(Number(value))) return Number(value);
  return BigInt(value);
}

/**
 * A value on its way to a server, which reads vectors of bytes as base64. Everything else writes itself.
 *
 * @param {any} value
 * @param {number} [type]  of the field, which must be known when isBytes(value)
 */
export function wireValue(value, type = 0) {
  return isBytes(value) && BYTES.has(type) ? base64Of(value) : value;
}

/**
 * Whether the way that a value is written depends on its field's type.
 *
 * @param {any} value
 */
export const isBytes = (value) =>
  /^Uint(8|8Clamped|16)Array$/.test(value?.[Symbol.toStringTag] ?? '');

/**
 * Refuses what JSON cannot carry.
 *
 * @param {any} value
 * @param {string} what
 * @param {import('./errors.js').ErrorDetail} detail
 */
export function checkFinite(value, what, detail) {
  const isList = Array.isArray(value) || /^Float\d+Array$/.test(value?.[Symbol.toStringTag] ?? '');
  const wrong = isList ? Array.prototype.find.call(value, isNotFinite) : value;
  if (!isNotFinite(wrong)) return;
  const message = `${what} must be of finite numbers, got NaN or infinity`;
  throw new DataNotMatchException(Code.DataNotMatch, message, { detail });
}

/** @param {unknown} value */
const isNotFinite = (value) => typeof value === 'number' && !Number.isFinite(value);

/**
 * The vector that a program means by base64.
 *
 * @param {any} value
 * @param {number | undefined} type
 */
export function unwireValue(value, type) {
  const vector = typeof value === 'string' && BYTES.get(type ?? 0);
  if (!vector || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return value;
  const bytes = bytesOf(value);
  return bytes.length % vector.BYTES_PER_ELEMENT === 0 ? new vector(bytes.buffer) : value;
}

const PIECE = 0x2000;

/** @param {ArrayBufferView} view */
function base64Of({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(text);
}

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/**
 * Assignment, but for the one name that would change the object instead.
 *
 * @param {Dict} object
 * @param {string} name
 * @param {unknown} value
 */
export function setMember(object, name, value) {
  if (name !== '__proto__') object[name] = value;
  else {
    const more = { enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, name, { value, ...more });
  }
}
