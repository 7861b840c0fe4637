// Rows to columns, on the way to the engine. The kind of a column is that of the values seen in it;
// no schema is asked for, and what fits the schema is the engine's to judge.

import { Kind, MATRIX } from './columns.js';
import { Code } from './constants.js';
import { DataNotMatchException, ParamError } from './errors.js';
import { writeJson } from './json.js';

/** @typedef {import('./columns.js').OutColumn} OutColumn */

/** What kinds of values a column has, one bit each. */
const Seen = Object.freeze({
  BOOL: 1,
  INT: 2,
  BIG: 4,
  REAL: 8,
  STR: 16,
  U8: 32,
  I8: 64,
  U16: 128,
  F32: 256,
  NUMBERS: 512, // anything else that is a list of numbers
  EMPTY: 1024, // []: of numbers, if others in the column are
  OTHER: 2048,
});

/** A column is of the first kind here that covers all that was seen; JSON covers everything. */
const KINDS = [
  { kind: Kind.BOOL, of: Seen.BOOL },
  { kind: Kind.I64, of: Seen.INT | Seen.BIG },
  { kind: Kind.F64, of: Seen.INT | Seen.REAL },
  { kind: Kind.STR, of: Seen.STR },
  { kind: Kind.MATRIX_F32, of: Seen.F32 },
  { kind: Kind.MATRIX_U8, of: Seen.U8 },
  { kind: Kind.MATRIX_I8, of: Seen.I8 },
  { kind: Kind.MATRIX_U16, of: Seen.U16 },
  { kind: Kind.JSON, of: Seen.EMPTY },
  { kind: Kind.MATRIX_F64, of: Seen.F32 | Seen.NUMBERS | Seen.EMPTY },
];

/** By Symbol.toStringTag, which also knows the typed arrays of another realm. */
const TYPED = /** @type {Record<string, number>} */ ({
  Float32Array: Seen.F32,
  Float16Array: Seen.NUMBERS,
  Float64Array: Seen.NUMBERS,
  Int16Array: Seen.NUMBERS,
  Int32Array: Seen.NUMBERS,
  Uint32Array: Seen.NUMBERS,
  Int8Array: Seen.I8,
  Uint8Array: Seen.U8,
  Uint8ClampedArray: Seen.U8,
  Uint16Array: Seen.U16,
});

/**
 * Rows as columns, one for each key that any row has.
 *
 * @param {unknown} data  plain objects, or one
 * @returns {{ rows: number, columns: OutColumn[] }}
 */
export function packRows(data) {
  const rows = Array.isArray(data) ? data : [data];
  /** @type {{ name: string, values: unknown[] }[]} */
  const lists = [];
  const byName = new Map();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isPlainObject(row)) throw notARow(data, i);
    const names = Object.keys(row);
    for (let j = 0; j < names.length; j++) {
      const name = names[j];
      let list = lists[j]; // where it is when all rows have their keys in one order
      if (list === undefined || list.name !== name) list = byName.get(name);
      if (list === undefined) {
        list = { name, values: new Array(rows.length) };
        lists.push(list);
        byName.set(name, list);
      }
      list.values[i] = row[name];
    }
  }
  const present = lists.filter(({ values }) => values.some((value) => value !== undefined));
  return {
    rows: rows.length,
    columns: present.map(({ name, values }) => packColumn(name, values)),
  };
}

/**
 * @param {string} name
 * @param {unknown[]} values  undefined: the key does not stand in that row
 * @returns {OutColumn}
 */
export function packColumn(name, values) {
  let seen = 0;
  let absent = 0;
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) absent++;
    else if (value === null) nulls++;
    else seen |= see(value);
  }
  const found = seen === 0 ? undefined : KINDS.find(({ of }) => (seen & ~of) === 0);
  const kind = found?.kind ?? Kind.JSON;
  const given = absent > 0 ? bitmap(values, (value) => value !== undefined) : undefined;
  const valid = absent + nulls > 0 ? bitmap(values, (value) => value != null) : undefined;
  return { name, kind, width: 0, valid, given, ...packValues(name, kind, values) };
}

/**
 * @param {string} name
 * @param {number} kind
 * @param {any[]} values
 * @returns {Pick<OutColumn, 'dataBytes' | 'write'> & Partial<OutColumn>}
 */
function packValues(name, kind, values) {
  switch (kind) {
    case Kind.BOOL:
      return {
        dataBytes: values.length,
        write: (buffer, at) => fill(new Uint8Array(buffer, at, values.length), values),
      };
    case Kind.F64:
      return {
        dataBytes: values.length * 8,
        write: (buffer, at) => fill(new Float64Array(buffer, at, values.length), values),
      };
    case Kind.I64:
      return {
        dataBytes: values.length * 8,
        write: (buffer, at) => writeIntegers(values, buffer, at),
      };
    case Kind.STR:
      return packTexts(values);
    case Kind.JSON:
      return packTexts(values.map((value, row) => jsonOf(name, row, value)));
    default:
      return packMatrix(MATRIX[kind], values);
  }
}

/** @param {unknown} value */
function see(value) {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? Seen.INT : Seen.REAL;
    case 'string':
      return Seen.STR;
    case 'boolean':
      return Seen.BOOL;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? Seen.BIG : Seen.OTHER;
    case 'object':
      if (Array.isArray(value)) {
        if (value.length === 0) return Seen.EMPTY;
        return isNumbers(value) ? Seen.NUMBERS : Seen.OTHER;
      }
      return TYPED[/** @type {any} */ (value)[Symbol.toStringTag]] ?? Seen.OTHER;
    default:
      return Seen.OTHER;
  }
}

/** @param {unknown[]} list */
function isNumbers(list) {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== 'number') return false;
  return true;
}

/**
 * @param {unknown[]} values
 * @param {(value: unknown) => boolean} test
 */
function bitmap(values, test) {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) if (test(values[i])) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

/**
 * @param {Uint8Array | Float64Array} to
 * @param {any[]} values
 */
function fill(to, values) {
  for (let i = 0; i < values.length; i++) to[i] = values[i] ?? 0;
}

/**
 * Numbers as two words each: making a BigInt of every one costs ten times as much.
 *
 * @param {any[]} values
 * @param {ArrayBuffer} buffer
 * @param {number} at
 */
function writeIntegers(values, buffer, at) {
  const words = new Int32Array(buffer, at, values.length * 2);
  const bigs = new BigInt64Array(buffer, at, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (typeof value === 'bigint') {
      bigs[i] = value;
    } else {
      words[2 * i] = value; // modulo 2^32
      words[2 * i + 1] = Math.floor(value / 0x100000000);
    }
  }
}

/**
 * @param {import('./columns.js').ElementsType} type
 * @param {any[]} values
 */
function packMatrix(type, values) {
  const elementBytes = type.BYTES_PER_ELEMENT;
  const width = values.find((value) => value != null).length;
  const isRagged = width === 0 || values.some((value) => value != null && value.length !== width);
  if (!isRagged) {
    return {
      width,
      dataBytes: values.length * width * elementBytes,
      /** @type {OutColumn['write']} */
      write: (buffer, at) => {
        const to = new type(buffer, at, values.length * width);
        for (let i = 0; i < values.length; i++) if (values[i] != null) to.set(values[i], i * width);
      },
    };
  }
  const offsets = offsetsOf(values, (value) => value?.length ?? 0);
  const elements = offsets[values.length];
  return {
    offsets,
    dataBytes: elements * elementBytes,
    /** @type {OutColumn['write']} */
    write: (buffer, at) => {
      const to = new type(buffer, at, elements);
      for (let i = 0; i < values.length; i++) if (values[i] != null) to.set(values[i], offsets[i]);
    },
  };
}

/**
 * @param {any[]} values
 * @param {(value: any) => number} lengthOf
 */
function offsetsOf(values, lengthOf) {
  const offsets = new Uint32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) offsets[i + 1] = offsets[i] + lengthOf(values[i]);
  return offsets;
}

const encoder = new TextEncoder();
const MOST_CHARS_AT_ONCE = 1 << 22;

/**
 * Texts are joined and encoded at once, which is many times faster than one by one. What comes out
 * as long as what went in was ASCII, so that the lengths are known too.
 *
 * @param {(string | null | undefined)[]} texts
 */
function packTexts(texts) {
  const offsets = new Uint32Array(texts.length + 1);
  /** @type {Uint8Array[]} */
  const parts = [];
  let bytes = 0;
  for (let from = 0, to = 0; from < texts.length; from = to) {
    let chars = 0;
    for (; to < texts.length && (to === from || chars < MOST_CHARS_AT_ONCE); to++) {
      chars += texts[to]?.length ?? 0;
    }
    const joined = encoder.encode(texts.slice(from, to).join(''));
    const isAscii = joined.length === chars;
    let end = bytes;
    for (let i = from; i < to; i++) {
      const text = texts[i];
      if (text != null) end += isAscii ? text.length : utf8Bytes(text);
      offsets[i + 1] = end;
    }
    if (end - bytes === joined.length) {
      parts.push(joined);
    } else {
      // Half a surrogate pair at the end of one text met the other half at the start of the next.
      for (let i = from; i < to; i++) parts.push(encoder.encode(texts[i] ?? ''));
    }
    bytes = end;
  }
  return {
    offsets,
    dataBytes: bytes,
    /** @type {OutColumn['write']} */
    write: (buffer, at) => {
      const all = new Uint8Array(buffer, at, bytes);
      let done = 0;
      for (const part of parts) {
        all.set(part, done);
        done += part.length;
      }
    },
  };
}

/** @param {string} text */
function utf8Bytes(text) {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++; // 4 of 2
  }
  return bytes;
}

/**
 * @param {string} field
 * @param {number} row
 * @param {unknown} value
 */
export function jsonOf(field, row, value) {
  if (value == null) return value;
  try {
    return writeJson(value) ?? 'null';
  } catch (cause) {
    const why = /** @type {Error} */ (cause).message;
    throw new DataNotMatchException(Code.DataNotMatch, `field '${field}' of row ${row}: ${why}`, {
      detail: { field, row },
      cause,
    });
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isPlainObject(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The rows of a call, which may be one.
 *
 * @param {unknown} data
 * @returns {Record<string, unknown>[]}
 * @throws {ParamError} for what is no row
 */
export function listOfRows(data) {
  const rows = Array.isArray(data) ? data : [data];
  const wrong = Array.from(rows, isPlainObject).indexOf(false);
  if (wrong >= 0) throw notARow(data, wrong);
  return rows;
}

/**
 * @param {unknown} data
 * @param {number} row
 */
function notARow(data, row) {
  const expected = "wrong type of argument 'data', expected an object or a list of objects";
  if (!Array.isArray(data)) {
    return new ParamError(Code.ParameterInvalid, `${expected}, got ${kindOf(data)}`);
  }
  const message = `${expected}, got ${kindOf(data[row])} as row ${row}`;
  return new ParamError(Code.ParameterInvalid, message, { detail: { row } });
}

/**
 * The word for what a value is, in errors.
 *
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
