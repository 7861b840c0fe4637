// What commands do with a database: open it, tell what a collection is, read all of it.

import { existsSync } from 'node:fs';
import { DataType } from './constants.js';
import { LoadState, MilvusClient } from './index.js';

/**
 * Opens a database for as long as the work takes.
 *
 * @template T
 * @param {string} file
 * @param {{ isNew?: boolean, readOnly?: boolean, db?: string }} options  isNew: it is made where it is missing
 * @param {(client: MilvusClient) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withDatabase(file, { isNew = false, readOnly = false, db }, work) {
  if (!isNew && !existsSync(file)) throw new Error(`'${file}' does not exist`);
  const client = new MilvusClient({ uri: file, read_only: readOnly, db_name: db });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/**
 * What create_collection needs to make a collection again.
 *
 * @typedef {object} Definition
 * @property {string} name
 * @property {Record<string, any>} schema
 * @property {Record<string, any>[]} indexes
 * @property {Record<string, any>} [properties]
 * @property {string[]} [aliases]
 * @property {boolean} loaded
 */

/** What describe_index says beside the parameters of an index; the last is the field's. */
const OF_STATE = ['total_rows', 'indexed_rows', 'pending_index_rows', 'state', 'served_by', 'mmap.enabled'];

/**
 * @param {MilvusClient} client
 * @param {string} name
 * @returns {Promise<Definition>}
 */
export async function definitionOf(client, name) {
  const described = await client.describe_collection(name);
  const { description, enable_dynamic_field, functions, properties } = described;
  const fields = described.fields.map(
    (/** @type {any} */ { field_id: _, is_function_output: _output, ...field }) => field,
  );
  const indexes = [];
  for (const index_name of await client.list_indexes(name)) {
    const index = { ...(await client.describe_index(name, index_name)) };
    for (const key of OF_STATE) delete index[key];
    const { field_name, index_type, metric_type, index_name: _, ...params } = index;
    indexes.push({ field_name, index_name, index_type, metric_type, params });
  }
  const { aliases } = await client.list_aliases({ collection_name: name });
  const { state } = await client.get_load_state(name);
  return {
    name,
    schema: { description, enable_dynamic_field, fields, functions },
    indexes,
    properties,
    aliases,
    loaded: state === LoadState.Loaded,
  };
}

/**
 * The partitions that rows are put into by name; none where a key decides.
 *
 * @param {MilvusClient} client
 * @param {Definition} definition
 * @returns {Promise<(string | undefined)[]>}
 */
export async function partitionsOf(client, { name, schema }) {
  const hasKey = schema.fields.some((/** @type {any} */ field) => field.is_partition_key);
  return hasKey ? [undefined] : client.list_partitions(name);
}

/** @param {Record<string, any>} schema */
export const primaryOf = (schema) =>
  schema.fields.find((/** @type {any} */ field) => field.is_primary);

/**
 * All entities of a collection, in the order of their keys, some at a time.
 *
 * @param {MilvusClient} client
 * @param {Definition} definition
 * @param {{ filter?: string, batch?: number, after?: import('./index.js').Id, partition?: string }} [options]
 *   after: the last key that is passed over
 */
export async function* pagesOf(client, { name, schema }, { filter = '', batch = 1000, after, partition } = {}) {
  const key = primaryOf(schema).name;
  for (let last = after; ; ) {
    const above = last === undefined ? '' : `${key} > {last_key}`;
    const both = [above, filter && `(${filter})`].filter(Boolean).join(' and ');
    const rows = await client.query({
      collection_name: name,
      filter: both,
      filter_params: last === undefined ? {} : { last_key: last },
      output_fields: ['*'],
      limit: batch,
      ...(partition && { partition_names: [partition] }),
    });
    if (rows.length > 0) yield rows;
    if (rows.length < batch) return;
    last = rows[rows.length - 1][key];
  }
}

/**
 * Entities as JSON has them and as it gives them back: vectors as numbers in the shortest form that is exact.
 *
 * @param {Record<string, any>} schema
 * @returns {(row: Record<string, any>) => Record<string, any>}
 */
export function plainRows(schema) {
  const forms = schema.fields
    .filter((/** @type {any} */ { type }) => type in PLAIN)
    .map((/** @type {any} */ { name, type }) => ({ name, form: PLAIN[type] }));
  return (row) => {
    const plain = { ...row };
    for (const { name, form } of forms) if (row[name] != null) plain[name] = form(row[name]);
    return plain;
  };
}

/** @type {Record<number, (vector: any) => number[]>} */
const PLAIN = {
  [DataType.FLOAT_VECTOR]: (vector) => Array.from(vector, shortest),
  [DataType.FLOAT16_VECTOR]: (vector) => Array.from(vector, (bits) => shortest(halfOf(bits))),
  [DataType.BFLOAT16_VECTOR]: (vector) => Array.from(vector, (bits) => shortest(brainOf(bits))),
};

/** @param {number} x  of 32 bits */
function shortest(x) {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return Number(x.toPrecision(9));
}

/** @param {number} bits */
function halfOf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** @param {number} bits */
function brainOf(bits) {
  word[0] = bits << 16;
  return real[0];
}

/**
 * The other way: vectors as the typed arrays that are quickest to insert.
 *
 * @param {Record<string, any>} schema
 * @returns {(row: Record<string, any>) => Record<string, any>}
 */
export function typedRows(schema) {
  const forms = schema.fields
    .filter((/** @type {any} */ { type }) => type in TYPED)
    .map((/** @type {any} */ { name, type }) => ({ name, form: TYPED[type] }));
  return (row) => {
    for (const { name, form } of forms) {
      if (Array.isArray(row[name]) && row[name].every(Number.isFinite)) row[name] = form(row[name]);
    }
    return row;
  };
}

/** @type {Record<number, (vector: number[]) => ArrayBufferView>} */
const TYPED = {
  [DataType.FLOAT_VECTOR]: (vector) => Float32Array.from(vector),
};
