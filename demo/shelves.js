// A collection as the page makes it and sees it: texts, their titles, and the vectors of one embedder. The
// database says so itself, in the collection's description.

import { DataType } from '../js/index.js';
import { quietly } from './database.js';
import { embedders } from './embedders/index.js';

/**
 * @typedef {object} Shelf
 * @property {string} name
 * @property {string} title
 * @property {'words' | 'passages'} kind
 * @property {import('./embedders/index.js').Embedder} embedder
 * @property {boolean} known      this page made it, or the demo's build
 * @property {boolean} quantised  vectors of a byte a dimension
 * @property {number} rows
 * @property {number} dim
 * @property {string} [version]   of a corpus, which may be built anew
 * @property {string} file        the database's name
 * @property {import('../js/index.js').MilvusClient} client
 * @property {import('./corpora.js').Corpus} [corpus]  the one it is, or will be once that is loaded
 * @property {boolean} loaded     the rows are there
 */

const AUTOINDEX = { index_type: 'AUTOINDEX', metric_type: 'COSINE' };

/**
 * @param {import('../js/index.js').MilvusClient} client
 * @param {object} p
 * @param {string} p.name
 * @param {string} p.title
 * @param {string} p.kind
 * @param {{ name: string, dim: number }} p.embedder
 * @param {object} [p.index]
 * @param {string} [p.version]
 * @param {boolean} [p.quantised]
 */
export async function makeShelf(client, { name, title, kind, embedder, version, quantised = false, index = AUTOINDEX }) {
  const schema = client.create_schema({
    auto_id: true,
    enable_dynamic_field: true,
    description: JSON.stringify({ title, kind, embedder: embedder.name, version }),
  });
  const datatype = quantised ? DataType.INT8_VECTOR : DataType.FLOAT_VECTOR;
  schema
    .add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true })
    .add_field({ field_name: 'vector', datatype, dim: embedder.dim })
    .add_field({ field_name: 'text', datatype: DataType.VARCHAR, max_length: 65535 })
    .add_field({ field_name: 'title', datatype: DataType.VARCHAR, max_length: 1024 });
  const index_params = client.prepare_index_params();
  index_params.add_index({ field_name: 'vector', ...index });
  await client.create_collection({ collection_name: name, schema, index_params });
}

/**
 * The collections of a file. Those without a vector that a text can be compared with are left out.
 *
 * @param {import('./database.js').File} file
 * @returns {Promise<Shelf[]>}
 */
export async function shelvesIn({ name: file, client }) {
  const asking = quietly(client);
  const names = await asking.list_collections();
  const all = await Promise.all(
    names.map(async (name) => {
      const { description, fields } = await asking.describe_collection({ collection_name: name });
      const { row_count: rows } = await asking.get_collection_stats({ collection_name: name });
      const vector = fields.find(({ type }) => type === DataType.FLOAT_VECTOR || type === DataType.INT8_VECTOR);
      const about = parsed(description);
      return {
        name,
        title: about.title ?? name,
        kind: about.kind ?? 'passages',
        embedder: embedders[about.embedder] ?? embedders.lexical,
        known: about.embedder in embedders,
        quantised: vector?.type === DataType.INT8_VECTOR,
        rows,
        dim: Number(vector?.params.dim),
        version: about.version,
        file,
        client,
        loaded: true,
      };
    }),
  );
  return all.filter(({ dim }) => dim > 0);
}

function parsed(description) {
  try {
    return JSON.parse(description) ?? {};
  } catch {
    return {}; // one that was made elsewhere
  }
}
