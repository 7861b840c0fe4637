// What a column is: the words both directions of a message share.

/** How values are held. The numbers stand in messages; src/schema/batch.h has the same. */
export const Kind = Object.freeze({
  BOOL: 1,
  I64: 2,
  F64: 3,
  STR: 4,
  JSON: 5,
  MATRIX_U8: 6,
  MATRIX_I8: 7,
  MATRIX_U16: 8,
  MATRIX_F32: 9,
  MATRIX_F64: 10,
  MATRIX_F16: 11, // bits; those of a request may be MATRIX_U16, too
  MATRIX_BF16: 12,
  SPARSE: 13, // pairs of an index and a float; offsets count bytes; in replies only
  TIME: 14, // microseconds since 1970; in replies only
});

/** What a column of a reply is for. */
export const Role = Object.freeze({ FIELD: 0, ID: 1, DISTANCE: 2, SPREAD: 3 });

/** VALID and GIVEN: a bitmap follows, where a clear bit is null or a key that is not there. */
export const ColumnFlag = Object.freeze({ VALID: 1, GIVEN: 2, RAGGED: 4 });

/** @typedef {Float32Array | Float64Array | Int8Array | Uint8Array | Uint16Array} Elements */

/** @typedef {Uint8ArrayConstructor | Int8ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor} ElementsType */

/**
 * The typed array that holds the elements of a matrix.
 *
 * @type {Readonly<Record<number, ElementsType>>}
 */
export const MATRIX = Object.freeze({
  [Kind.MATRIX_U8]: Uint8Array,
  [Kind.MATRIX_I8]: Int8Array,
  [Kind.MATRIX_U16]: Uint16Array,
  [Kind.MATRIX_F32]: Float32Array,
  [Kind.MATRIX_F64]: Float64Array,
  [Kind.MATRIX_F16]: Uint16Array,
  [Kind.MATRIX_BF16]: Uint16Array,
});

/**
 * A column on its way out. Where `offsets` are, row i is from offsets[i] to offsets[i + 1].
 *
 * @typedef {object} OutColumn
 * @property {string} name
 * @property {number} kind
 * @property {number} [role]
 * @property {number} width                elements per row of a matrix, 0 when rows differ
 * @property {Uint8Array} [valid]
 * @property {Uint8Array} [given]
 * @property {Uint32Array} [offsets]
 * @property {number} dataBytes
 * @property {(buffer: ArrayBuffer, at: number) => void} write  puts dataBytes at a multiple of 16
 */

/**
 * A column that came in: views on the message.
 *
 * @typedef {object} InColumn
 * @property {string} name
 * @property {number} kind
 * @property {number} role
 * @property {number} rows
 * @property {number} width
 * @property {Uint8Array | undefined} valid
 * @property {Uint8Array | undefined} given
 * @property {Uint32Array | undefined} offsets
 * @property {Uint8Array<ArrayBuffer>} data
 */
