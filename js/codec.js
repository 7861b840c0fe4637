// Requests and replies as bytes: a header, a JSON object with the parameters, and columns for
// everything bulky, little-endian, every section at a multiple of 16. src/api/message.c is the twin.
//
// What the engine reports as an error is thrown here and nowhere else.

import { packColumns, rowsOfColumns } from './column_data.js';
import { ColumnFlag, Kind, Role } from './columns.js';
import { Code, OPERATIONS } from './constants.js';
import { exceptionType, MilvusException, ParamError } from './errors.js';
import { readJson, writeJson } from './json.js';
import { hitsOf, rowsOf, unpackRole } from './results.js';
import { isPlainObject, kindOf, packColumn, packRows } from './rows.js';

/** @typedef {import('./columns.js').InColumn} InColumn */
/** @typedef {import('./columns.js').OutColumn} OutColumn */
/** @typedef {keyof typeof OPERATIONS} Operation */

const MAGIC = 0x314c564d; // "MVL1"
const HEADER_BYTES = 32;
const MOST_COLUMNS = 0xffff;
const MOST_BYTES = 0xffffffff;

/** Parameters that stay on this side. */
export const LOCAL = new Set(['on_progress', 'signal']);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Texts up to here are cheaper to write by hand than the encoder is to call, if they are ASCII. */
const MOST_SHORT_TEXT = 256;

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
function utf8Of(text) {
  const n = text.length;
  if (n > MOST_SHORT_TEXT) return encoder.encode(text);
  const bytes = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return encoder.encode(text);
    bytes[i] = unit;
  }
  return bytes;
}

/** @param {number} n */
const padded = (n) => Math.ceil(n / 16) * 16;

/**
 * A request.
 *
 * @param {Operation} operation
 * @param {Record<string, unknown>} params  as the user gave them, undefined ones are not sent
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {MilvusException} when a value cannot be written
 */
export function encode(operation, params) {
  const { id, bulk } = OPERATIONS[operation];
  const { name, rest, rows, columns } = packBulk(bulk, params);
  let members = '';
  for (const key of Object.keys(params)) {
    if (LOCAL.has(key)) continue;
    const member = memberText(key, key === name ? rest : params[key]);
    if (member) members += members ? `,${member}` : member;
  }
  return writeMessage({ operation: id, rows, params: `{${members}}`, columns });
}

/**
 * What a reply says: the result of the operation.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {import('./results.js').Forms} [forms]
 * @param {unknown} [cause]  what a file met during the call, if anything
 * @returns {any}
 * @throws {MilvusException} when the reply is an error
 */
export function decode(bytes, forms = {}, cause = undefined) {
  const { code, rows, params, columns } = readMessage(bytes);
  if (code !== Code.Success) {
    const type = exceptionType(params.type);
    throw new type(code, params.reason, { detail: params.detail, cause });
  }
  switch (params.shape) {
    case 'value':
      return params.value ?? undefined;
    case 'ids': {
      const { cost, ...counts } = params.value;
      return { ...counts, ids: unpackRole(columns, Role.ID, forms), cost };
    }
    case 'rows':
      return withCursor(rowsOf(columns, rows, forms), params.cursor);
    case 'hits':
      return withCursor(hitsOf(columns, rows, params, forms), params.cursor);
    default:
      throw malformed(`it has the unknown shape '${params.shape}'`);
  }
}

/**
 * Of an iterator's page: where the next one begins.
 *
 * @param {any[]} page
 * @param {object} [cursor]
 */
function withCursor(page, cursor) {
  return cursor ? Object.defineProperty(page, 'cursor', { value: cursor }) : page;
}

/**
 * The parameter that travels as columns, and what of it does not.
 *
 * @param {string} bulk
 * @param {Record<string, any>} params
 * @returns {{ name?: string, rest?: unknown, rows: number, columns: OutColumn[] }}
 */
function packBulk(bulk, params) {
  switch (bulk) {
    case 'rows':
      return { name: 'data', ...packData(params.data) };
    case 'vectors':
      if (params.data == null && params.ids != null) return packBulk('ids', params);
      return { name: 'data', ...packList('data', queriesOf(params.data)) };
    case 'ids':
      return { name: 'ids', ...packList('ids', idsOf(params.ids)) };
    case 'requests':
      return Array.isArray(params.reqs)
        ? { name: 'reqs', ...packRequests(params.reqs) }
        : { rows: 0, columns: [] };
    default:
      return { rows: 0, columns: [] };
  }
}

/** @param {any} data  rows, or columns */
function packData(data) {
  const rows = rowsOfColumns(data);
  return rows === undefined ? packRows(data) : { rows, columns: packColumns(data, rows) };
}

/**
 * @param {string} name
 * @param {unknown[] | undefined} values
 */
function packList(name, values) {
  if (values === undefined) return { rows: 0, columns: [] };
  // an absent element is no more than a null here
  const column = packColumn(
    name,
    Array.from(values, (value) => value ?? null),
  );
  return { rows: values.length, columns: [column] };
}

/**
 * The requests of a hybrid search: a column of vectors for each, as long as the longest; what a shorter one lacks is absent.
 *
 * @param {any[]} reqs
 */
function packRequests(reqs) {
  const requests = Array.from(reqs, (one) => (typeof one?.toJSON === 'function' ? one.toJSON() : one));
  const lists = requests.map((one) => queriesOf(one?.data) ?? []);
  const rows = lists.reduce((most, { length }) => Math.max(most, length), 0);
  const columns = lists.map((list) =>
    packColumn(
      'data',
      Array.from({ length: rows }, (_, i) => (i < list.length ? (list[i] ?? null) : undefined)),
    ),
  );
  return { rest: requests.map((one) => (isPlainObject(one) ? { ...one, data: undefined } : one)), rows, columns };
}

/**
 * The query vectors of a search.
 *
 * @param {unknown} data
 * @returns {unknown[] | undefined}
 */
export function queriesOf(data) {
  if (data == null) return undefined;
  if (kindOf(data) === 'Float32Array') return [data];
  if (Array.isArray(data) && typeof data[0] !== 'number') return data;
  const got = Array.isArray(data) ? 'a list of numbers' : kindOf(data);
  const message = `\`search_data\` value is illegal: expected a list of vectors, got ${got}`;
  throw new ParamError(Code.ParameterInvalid, message, { detail: { field: 'data' } });
}

/**
 * @param {unknown} ids  one or several
 * @returns {unknown[] | undefined}
 */
export function idsOf(ids) {
  if (ids == null) return undefined;
  if (Array.isArray(ids)) return ids;
  if (ArrayBuffer.isView(ids)) return Array.from(/** @type {any} */ (ids));
  return [ids];
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function memberText(name, value) {
  try {
    const text = writeJson(value, { finite: true });
    return text && `${JSON.stringify(name)}:${text}`;
  } catch (cause) {
    const message = `parameter '${name}': ${/** @type {Error} */ (cause).message}`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name }, cause });
  }
}

/**
 * @param {object} message
 * @param {number} message.operation
 * @param {number} message.rows
 * @param {number} [message.code]
 * @param {string} message.params      JSON
 * @param {OutColumn[]} message.columns
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeMessage({ operation, rows, code = 0, params, columns }) {
  if (columns.length > MOST_COLUMNS) {
    throw new ParamError(Code.ParameterInvalid, `rows have ${columns.length} different keys`);
  }
  const paramBytes = utf8Of(params);
  const names = columns.map(({ name }) => utf8Of(name));
  const sizes = columns.map((column, i) => columnBytes(column, names[i]));
  const bytes = HEADER_BYTES + padded(paramBytes.length) + sizes.reduce((a, b) => a + b, 0);

  const message = allocate(bytes);
  const view = new DataView(message.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, bytes, true);
  view.setUint16(8, operation, true);
  view.setUint16(10, columns.length, true);
  view.setUint32(12, rows, true);
  view.setInt32(16, code, true);
  view.setUint32(20, paramBytes.length, true);
  message.set(paramBytes, HEADER_BYTES);
  let at = HEADER_BYTES + padded(paramBytes.length);
  columns.forEach((column, i) => {
    writeColumn(view, at, sizes[i], names[i], column);
    at += sizes[i];
  });
  return message;
}

/**
 * The memory of a request that has been sent, for the next one: to fill it again takes a fifth of
 * what filling fresh pages does.
 */
let spare = new Uint8Array(0);
const MOST_SPARE_BYTES = 1 << 25;

/** Somebody whose requests may arrive twice: two random numbers, and the requests count from there. */
export function newSigner() {
  const [client, first] = crypto.getRandomValues(new Uint32Array(2));
  return { client: client || 1, first: first >>> 1 };
}

/**
 * Says in a request which one it is: what it changes is changed once, however often it arrives.
 *
 * @param {Uint8Array<ArrayBuffer>} request
 * @param {number} client
 * @param {number} sequence
 */
export function sign({ buffer, byteOffset }, client, sequence) {
  const view = new DataView(buffer, byteOffset);
  view.setUint32(24, client, true);
  view.setUint32(28, sequence, true);
}

/**
 * Gives a request's memory back, which must not be looked at any more.
 *
 * @param {Uint8Array<ArrayBuffer>} message
 */
export function recycle({ buffer }) {
  if (buffer.byteLength > spare.length && buffer.byteLength <= MOST_SPARE_BYTES) {
    spare = new Uint8Array(buffer);
  }
}

/** @param {number} bytes */
function allocate(bytes) {
  if (bytes <= spare.length) {
    const message = spare.subarray(0, bytes).fill(0);
    spare = new Uint8Array(0);
    return message;
  }
  try {
    if (bytes > MOST_BYTES) throw new RangeError(`more than ${MOST_BYTES} bytes`);
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `no room for a request of ${bytes} bytes: send the rows in several calls`;
    throw new MilvusException(Code.ServiceMemoryLimitExceeded, message, { cause });
  }
}

/**
 * @param {OutColumn} column
 * @param {Uint8Array} name
 */
function columnBytes({ valid, given, offsets, dataBytes }, name) {
  const bitmaps = padded(valid?.length ?? 0) + padded(given?.length ?? 0);
  const places = padded(offsets?.byteLength ?? 0);
  return HEADER_BYTES + padded(name.length) + bitmaps + places + padded(dataBytes);
}

/**
 * @param {DataView<ArrayBuffer>} view
 * @param {number} at
 * @param {number} bytes
 * @param {Uint8Array} name
 * @param {OutColumn} column
 */
function writeColumn(view, at, bytes, name, column) {
  const { kind, role = Role.FIELD, width, valid, given, offsets, dataBytes } = column;
  const isText = kind === Kind.STR || kind === Kind.JSON;
  const flags =
    (valid ? ColumnFlag.VALID : 0) |
    (given ? ColumnFlag.GIVEN : 0) |
    (offsets && !isText ? ColumnFlag.RAGGED : 0);
  view.setUint32(at, bytes, true);
  view.setUint8(at + 4, kind);
  view.setUint8(at + 5, role);
  view.setUint8(at + 6, flags);
  view.setUint32(at + 8, width, true);
  view.setUint32(at + 12, name.length, true);
  view.setUint32(at + 16, dataBytes, true);

  const message = new Uint8Array(view.buffer);
  let next = at + HEADER_BYTES;
  /** @param {Uint8Array} section */
  const put = (section) => {
    message.set(section, next);
    next += padded(section.length);
  };
  put(name);
  if (valid) put(valid);
  if (given) put(given);
  if (offsets) put(new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength));
  column.write(view.buffer, next);
}

/**
 * The effort of index maintenance that is left after this reply, in about microseconds.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function workLeft(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(24, true);
}

/** @param {Uint8Array<ArrayBuffer>} bytes  of a reply */
export function isSuccess(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getInt32(16, true) === Code.Success;
}

/**
 * A message taken apart; columns are views on it.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function readMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC)
    throw malformed('no header');
  if (view.getUint32(4, true) !== bytes.length) throw malformed('it has another length');
  const paramBytes = view.getUint32(20, true);
  const params = decoder.decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + paramBytes));
  const rows = view.getUint32(12, true);
  /** @type {InColumn[]} */
  const columns = [];
  let at = HEADER_BYTES + padded(paramBytes);
  for (let n = view.getUint16(10, true); n > 0; n--) {
    columns.push(readColumn(view, bytes, at, rows));
    at += view.getUint32(at, true);
  }
  return {
    operation: view.getUint16(8, true),
    code: view.getInt32(16, true),
    rows,
    params: readJson(params),
    columns,
  };
}

/**
 * @param {DataView<ArrayBuffer>} view
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} at
 * @param {number} rows
 * @returns {InColumn}
 */
function readColumn(view, bytes, at, rows) {
  const kind = view.getUint8(at + 4);
  const flags = view.getUint8(at + 6);
  let next = at + HEADER_BYTES;
  /** @param {number} length */
  const take = (length) => {
    const section = bytes.subarray(next, next + length);
    next += padded(length);
    return section;
  };
  const nameBytes = view.getUint32(at + 12, true);
  const name = nameBytes === 0 ? '' : decoder.decode(take(nameBytes));
  const bitmapBytes = Math.ceil(rows / 8);
  const valid = flags & ColumnFlag.VALID ? take(bitmapBytes) : undefined;
  const given = flags & ColumnFlag.GIVEN ? take(bitmapBytes) : undefined;
  const isText = kind === Kind.STR || kind === Kind.JSON || kind === Kind.SPARSE;
  const hasOffsets = isText || flags & ColumnFlag.RAGGED;
  const offsets = hasOffsets ? take((rows + 1) * 4) : undefined;
  return {
    name,
    kind,
    role: view.getUint8(at + 5),
    rows,
    width: view.getUint32(at + 8, true),
    valid,
    given,
    offsets: offsets && new Uint32Array(offsets.buffer, offsets.byteOffset, rows + 1),
    data: take(view.getUint32(at + 16, true)),
  };
}

/** @param {string} why */
function malformed(why) {
  return new MilvusException(Code.Unexpected, `the engine's reply makes no sense: ${why}`);
}
