// Rows at random: as a program gives them, and what is kept of them.
import { DYNAMIC } from './schemas.js';
import { SCALARS, json } from './values.js';
import { VECTORS, isVector } from './vectors.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./schemas.js').Field} Field */
/** @typedef {import('./model.js').Collection} Collection */

/**
 * given: what a program gives; kept: what is kept, of the fields that are in given and of those that are filled in.
 *
 * @typedef {{ given: Record<string, any>, kept: Record<string, any> }} Row
 */

const ODD_KEYS = {
  INT64: [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), -1, 0],
  VARCHAR: ['', 'größer', "it's", '日本', 'a\0b', 'A', 'a', ' a', '"'],
};

/** A key of a collection: one of about so many. */
export function keyOf(collection, c) {
  const { type, auto_id } = collection.primary;
  if (!auto_id && c.chance(0.1)) return c.one(ODD_KEYS[type]);
  const number = c.pick(collection.n_keys);
  return type === 'INT64' ? number : `k${number}`;
}

/** Makes keys: of rows that are there, or now and then any. */
export function someKeys(collection, c) {
  const there = [...collection.rows.values()].map(({ row }) => collection.keyOf(row));
  return () => (there.length > 0 && c.chance(0.8) ? c.one(there) : keyOf(collection, c));
}

const typeOf = (field) => (isVector(field) ? VECTORS[field.type] : SCALARS[field.type]);

/** What stands where a row has nothing: null, the default, or undefined where there must be something. */
const filledIn = ({ default_value, nullable }) => default_value ?? (nullable ? null : undefined);

/** @param {Field} field */
function put(row, field, c, form) {
  const { given, kept } = row;
  const instead = filledIn(field);
  if (instead !== undefined && c.chance(0.3)) {
    if (c.chance(0.6)) given[field.name] = null;
    kept[field.name] = instead;
    return;
  }
  const value = typeOf(field).make(field, c);
  kept[field.name] = value;
  given[field.name] = typeOf(field).give(value, c, form);
}

function putDynamic(row, collection, c) {
  const free = DYNAMIC.filter((name) => !collection.schema.fields.some((field) => field.name === name));
  for (const name of free) {
    if (c.chance(0.7)) continue;
    row.kept[name] = row.given[name] = c.chance(0.1) ? null : json(c);
  }
}

/**
 * A complete row. Without a key where auto_id makes it.
 *
 * @param {Collection} collection
 * @param {Choices} c
 * @param {any} [key]
 * @param {number} [form]  in which its vectors are given, the same in a batch
 * @returns {Row}
 */
export function rowOf(collection, c, key, form = 0) {
  /** @type {Row} */
  const row = { given: {}, kept: {} };
  for (const field of collection.schema.fields) {
    if (!field.is_primary) put(row, field, c, form);
    else if (key !== undefined) row.kept[field.name] = row.given[field.name] = key;
  }
  if (collection.schema.enable_dynamic_field) putDynamic(row, collection, c);
  return row;
}

/**
 * What a partial update of a row brings: some fields, and its key.
 *
 * @param {Collection} collection
 * @param {Choices} c
 * @param {any} key
 * @param {number} form
 * @returns {Row}
 */
export function partOf(collection, c, key, form) {
  const { given, kept } = rowOf(collection, c, key, form);
  const share = c.one([0.1, 0.5, 0.9]);
  const names = Object.keys(given).filter((name) => name === collection.primary.name || c.chance(share));
  const only = (row) => Object.fromEntries(names.map((name) => [name, row[name]]));
  return { given: only(given), kept: only(kept) };
}

/**
 * Rows as columns: only what all of them bring, the rest is filled in. Undefined where it cannot be.
 *
 * @param {Collection} collection
 * @param {Row[]} rows
 * @param {Choices} c
 * @returns {{ data: Record<string, any>, kept: Record<string, any>[] } | undefined}
 */
export function columnsOf(collection, rows, c) {
  const data = {};
  const kept = rows.map((row) => ({ ...row.kept }));
  for (const field of collection.schema.fields) {
    const { name } = field;
    const isWhole = rows.every(({ given }) => name in given);
    if (isWhole) data[name] = column(field, rows.map(({ given }) => given[name]), kept.map((row) => row[name]), c);
    else if (field.is_primary && field.auto_id) continue;
    else if (filledIn(field) === undefined) return undefined;
    else for (const row of kept) row[name] = filledIn(field);
  }
  for (const name of DYNAMIC) {
    if (collection.schema.fields.some((field) => field.name === name)) continue;
    if (rows.every(({ given }) => name in given)) data[name] = rows.map(({ given }) => given[name]);
    else for (const row of kept) delete row[name];
  }
  return { data, kept };
}

const TYPED = {
  INT8: Int8Array, INT16: Int16Array, INT32: Int32Array, FLOAT: Float32Array, DOUBLE: Float64Array,
  FLOAT_VECTOR: Float32Array, FLOAT16_VECTOR: Uint16Array, BFLOAT16_VECTOR: Uint16Array, INT8_VECTOR: Int8Array, BINARY_VECTOR: Uint8Array,
};

/** A list, or where all have a value sometimes a typed array, flat for vectors. */
function column(field, given, kept, c) {
  if (c.chance(0.5) || kept.some((value) => value === null)) return given;
  if (field.type === 'INT64') return BigInt64Array.from(kept, BigInt);
  const Typed = TYPED[field.type];
  if (!Typed) return given;
  if (!isVector(field)) return Typed.from(kept);
  return kept[0].length > 1 ? Typed.from(kept.flatMap((vector) => [...vector])) : given; // one number a row is a scalar
}
