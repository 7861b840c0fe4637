// The database behind the page: one client, every call of it recorded for the code tab.

import { DataType, MilvusClient } from '../js/index.js';
import { record } from './code.js';
import { embedders } from './embedders/index.js';

const FILE = 'demo.db';

/** @type {MilvusClient} */
export let client;
/** Whether the rows outlive the page; else why not. */
export const place = { uri: FILE, kept: true, why: '' };

/** Opens the file this browser keeps for the page, or, where there is none, a database in memory. */
export async function openDatabase() {
  client = recorded(new MilvusClient(FILE));
  try {
    await client.list_collections();
    place.kept = (await client.storage()).persistent;
  } catch (error) {
    if (/locked/.test(error.message)) throw error;
    Object.assign(place, { uri: ':memory:', kept: false, why: error.message });
    client = recorded(new MilvusClient({ uri: ':memory:', worker: true }));
    await client.list_collections();
  }
}

/**
 * @param {MilvusClient} inner
 * @returns {MilvusClient}
 */
function recorded(inner) {
  return new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args) => {
        const result = value.apply(target, args);
        return typeof result?.then === 'function' ? record(String(name), args, result) : result;
      };
    },
  });
}

/**
 * A collection as the page sees it. What made its vectors stands in its description.
 *
 * @typedef {object} Shelf
 * @property {string} name
 * @property {string} title
 * @property {'words' | 'passages'} kind
 * @property {import('./embedders/index.js').Embedder} embedder
 * @property {boolean} known   this page made it
 * @property {string} [key]    of the primary key
 * @property {number} rows
 * @property {number} dim
 */

/** @returns {Promise<Shelf[]>} */
export async function shelves() {
  const names = await client.list_collections();
  return Promise.all(
    names.map(async (name) => {
      const { description, fields } = await client.describe_collection({ collection_name: name });
      const { row_count: rows } = await client.get_collection_stats({ collection_name: name });
      const vector = fields.find((field) => field.type === DataType.FLOAT_VECTOR);
      let about = {};
      try {
        about = JSON.parse(description);
      } catch {} // one that was made elsewhere
      return {
        name,
        title: about.title ?? name,
        kind: about.kind ?? 'passages',
        embedder: embedders[about.embedder] ?? embedders.lexical,
        known: about.embedder in embedders,
        key: fields.find((field) => field.is_primary)?.name,
        rows,
        dim: Number(vector?.params.dim),
      };
    }),
  );
}

/**
 * Makes the collection if it is not there yet.
 *
 * @param {{ name: string, title: string, kind: string, embedder: { name: string, dim: number } }} p
 */
export async function ensureShelf({ name, title, kind, embedder }) {
  if (await client.has_collection({ collection_name: name })) return;
  const schema = client.create_schema({
    auto_id: true,
    enable_dynamic_field: true,
    description: JSON.stringify({ title, kind, embedder: embedder.name }),
  });
  schema
    .add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true })
    .add_field({ field_name: 'vector', datatype: DataType.FLOAT_VECTOR, dim: embedder.dim })
    .add_field({ field_name: 'text', datatype: DataType.VARCHAR, max_length: 65535 })
    .add_field({ field_name: 'title', datatype: DataType.VARCHAR, max_length: 1024 });
  const index_params = client.prepare_index_params();
  index_params.add_index({ field_name: 'vector', index_type: 'AUTOINDEX', metric_type: 'COSINE' });
  await client.create_collection({ collection_name: name, schema, index_params });
}

export async function clearEverything() {
  for (const collection_name of await client.list_collections()) {
    await client.drop_collection({ collection_name });
  }
}
