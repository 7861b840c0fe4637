// Collections of ours, as the tables need them.

import { DataType, MilvusClient } from '../../js/index.js';
import { BATCH, EF_CONSTRUCTION, M } from './settings.mjs';
import { pause } from './report.mjs';

/** @typedef {{ n: number, dim: number, metric: string, row: (i: number) => Float32Array }} Vectors */

export const NAME = 'bench';

/**
 * What create_index takes.
 *
 * @param {string} index_type
 * @param {string} metric_type
 */
export const indexOf = (index_type, metric_type) => ({
  field_name: 'vector',
  index_name: 'vector',
  index_type,
  metric_type,
  params: index_type === 'HNSW' ? { M, efConstruction: EF_CONSTRUCTION } : {},
});

/**
 * A new collection of these vectors with their place as key, without an index.
 *
 * @param {MilvusClient} client
 * @param {Vectors} vectors
 * @param {{ fields?: string[], extra?: (i: number) => object }} [more]  fields: names of INT64 fields that extra gives
 */
export async function insertAll(client, vectors, { fields = [], extra = () => ({}) } = {}) {
  const schema = client
    .create_schema()
    .add_field('id', DataType.INT64, { is_primary: true })
    .add_field('vector', DataType.FLOAT_VECTOR, { dim: vectors.dim });
  for (const field of fields) schema.add_field(field, DataType.INT64);
  await client.create_collection({ collection_name: NAME, schema });
  for (let from = 0; from < vectors.n; from += BATCH) {
    const length = Math.min(BATCH, vectors.n - from);
    const data = Array.from({ length }, (_, i) => ({ id: from + i, vector: vectors.row(from + i), ...extra(from + i) }));
    await client.insert({ collection_name: NAME, data });
  }
}

/**
 * Makes the index and waits for all of it.
 *
 * @param {MilvusClient} client
 * @param {string} index_type
 * @param {string} metric_type
 */
export async function makeIndex(client, index_type, metric_type) {
  await client.create_index({ collection_name: NAME, index_params: [indexOf(index_type, metric_type)] });
  await client.load_collection(NAME);
  await indexed(client);
}

/**
 * Waits until the index knows all rows.
 *
 * @param {MilvusClient} client
 * @param {(done: number, total: number) => void} [progress]
 */
export async function indexed(client, progress = () => {}) {
  for (;;) {
    const state = await client.describe_index({ collection_name: NAME, index_name: 'vector' });
    if (!(state.pending_index_rows > 0)) return;
    progress(state.indexed_rows, state.total_rows);
    await pause(10);
  }
}

/**
 * @param {Vectors} vectors
 * @param {string} index_type
 * @param {string} [uri]
 */
export async function openIndexed(vectors, index_type, uri = ':memory:') {
  const client = new MilvusClient(uri);
  await insertAll(client, vectors);
  await makeIndex(client, index_type, vectors.metric);
  return client;
}

/** @param {{ id: any }[]} hits */
export const idsOf = (hits) => hits.map((hit) => hit.id);
