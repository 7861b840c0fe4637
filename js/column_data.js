// Rows that come as columns: { id: BigInt64Array, vector: Float32Array of n * dim, text: string[] }.
// They are in the order of a message already, so that most of them are only copied.

import { Kind, MATRIX } from './columns.js';
import { Code } from './constants.js';
import { DataNotMatchException } from './errors.js';
import { isPlainObject, kindOf, packColumn } from './rows.js';

/** @typedef {import('./columns.js').OutColumn} OutColumn */

/**
 * A value for each row; of vectors all elements, one row behind the other.
 *
 * @typedef {unknown[] | import('./columns.js').Elements | BigInt64Array | Int16Array | Int32Array | Uint32Array} ColumnData
 */

/** Typed arrays that are no vectors' elements: their lengths say how many rows there are. */
const SCALARS = new Set(['BigInt64Array', 'Int16Array', 'Int32Array', 'Uint32Array']);

/** What the elements of others are sent as; of what is missing here, as doubles. */
const MATRICES = /** @type {Record<string, number>} */ ({
  Float32Array: Kind.MATRIX_F32,
  Uint8Array: Kind.MATRIX_U8,
  Uint8ClampedArray: Kind.MATRIX_U8,
  Int8Array: Kind.MATRIX_I8,
  Uint16Array: Kind.MATRIX_U16,
});

/** @param {any} value */
const isTyped = (value) => ArrayBuffer.isView(value) && 'length' in value;

/**
 * Whether a list has a value for each row, whatever else there is: it does not look like one vector.
 *
 * @param {any} list
 */
const tellsRows = (list) =>
  Array.isArray(list) ? list.some((value) => typeof value !== 'number') : SCALARS.has(kindOf(list));

/**
 * How many rows data has when it is columns, else undefined: data is one row, or a list of rows. Columns
 * are an object of lists and typed arrays alone, one of them a list of something else than numbers, or of
 * integers: a single row of which that is true must stand in a list.
 *
 * @param {unknown} data
 * @returns {number | undefined}
 */
export function rowsOfColumns(data) {
  if (!isPlainObject(data)) return undefined;
  const lists = /** @type {any[]} */ (Object.values(data).filter((value) => value !== undefined));
  if (lists.length === 0 || !lists.every((list) => Array.isArray(list) || isTyped(list))) return undefined;
  return /** @type {{ length: number } | undefined} */ (lists.find(tellsRows))?.length;
}

/**
 * @param {Record<string, any>} data
 * @param {number} rows
 * @returns {OutColumn[]}
 * @throws {DataNotMatchException} a column has another number of rows
 */
export function packColumns(data, rows) {
  return Object.keys(data)
    .filter((name) => data[name] !== undefined)
    .map((name) => {
      const width = widthOf(name, data[name], rows);
      if (isTyped(data[name])) return packTyped(name, data[name], width);
      if (width === undefined) return packColumn(name, data[name]);
      return packTyped(name, Float64Array.from(data[name]), width);
    });
}

/**
 * A part of the rows.
 *
 * @param {Record<string, any>} data
 * @param {number} rows
 * @param {number} from
 * @param {number} to
 */
export function sliceColumns(data, rows, from, to) {
  /** @type {Record<string, any>} */
  const part = {};
  for (const [name, list] of Object.entries(data)) {
    if (list === undefined) continue;
    const width = widthOf(name, list, rows) ?? 1;
    part[name] = isTyped(list) ? /** @type {any} */ (list).subarray(from * width, to * width) : list.slice(from * width, to * width);
  }
  return part;
}

/**
 * The same rows one by one, vectors as views.
 *
 * @param {Record<string, any>} data
 * @param {number} rows
 * @returns {Record<string, any>[]}
 * @throws {DataNotMatchException} a column has another number of rows
 */
export function splitColumns(data, rows) {
  const columns = Object.entries(data).filter(([, list]) => list !== undefined);
  const widths = columns.map(([name, list]) => widthOf(name, list, rows));
  const part = (/** @type {any} */ list, /** @type {number} */ from, /** @type {number} */ to) =>
    isTyped(list) ? /** @type {any} */ (list).subarray(from, to) : list.slice(from, to);
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      columns.map(([name, list], i) => {
        const width = widths[i];
        return [name, width === undefined ? list[row] : part(list, row * width, (row + 1) * width)];
      }),
    ),
  );
}

/**
 * Elements of a row's vector, undefined where each row has one value.
 *
 * @param {string} name
 * @param {{ length: number }} list
 * @param {number} rows
 */
function widthOf(name, list, rows) {
  if (list.length === rows) return undefined;
  const width = list.length / rows;
  if (Number.isInteger(width) && width > 0 && !tellsRows(list)) return width;
  const message =
    `field '${name}' must have ${rows} values, as the other columns, or vectors for as many rows, ` +
    `got ${list.length} values`;
  throw new DataNotMatchException(Code.DataNotMatch, message, { detail: { field: name } });
}

/**
 * @param {string} name
 * @param {any} list     typed
 * @param {number} [width]  undefined: a value a row
 * @returns {OutColumn}
 */
function packTyped(name, list, width) {
  if (width !== undefined) {
    const kind = MATRICES[kindOf(list)] ?? Kind.MATRIX_F64;
    return copied({ name, kind, width }, MATRIX[kind], list);
  }
  const kind = kindOf(list);
  if (kind === 'BigInt64Array') return copied({ name, kind: Kind.I64, width: 0 }, BigInt64Array, list);
  if (/^Float/.test(kind)) return copied({ name, kind: Kind.F64, width: 0 }, Float64Array, list);
  return {
    ...{ name, kind: Kind.I64, width: 0, dataBytes: list.length * 8 },
    write: (buffer, at) => {
      const words = new Int32Array(buffer, at, list.length * 2);
      for (let i = 0; i < list.length; i++) {
        words[2 * i] = list[i]; // modulo 2^32
        words[2 * i + 1] = list[i] < 0 ? -1 : 0;
      }
    },
  };
}

/**
 * @param {Pick<OutColumn, 'name' | 'kind' | 'width'>} column
 * @param {any} type  of the elements in the message
 * @param {any} list
 * @returns {OutColumn}
 */
function copied(column, type, list) {
  return {
    ...column,
    dataBytes: list.length * type.BYTES_PER_ELEMENT,
    write: (buffer, at) => new type(buffer, at, list.length).set(list),
  };
}
