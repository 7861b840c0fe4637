// A script of writes, and what must be there after each of them.
import assert from 'node:assert/strict';
import { MilvusClient, MilvusException } from '../../js/index.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { embeddings } from '../conformance/exact.js';

export const PATH = 'script.db';
const DIM = 6;
const vectors = embeddings({ n: 400, dim: DIM });

/** @typedef {import('../../wasm/files.js').Files} Files */
/** @typedef {(client: MilvusClient) => Promise<unknown>} Step */

const rows = (from, n, text) =>
  vectors.slice(from, from + n).map((vector, i) => ({ id: from + i, vector, text: `${text} ${from + i}` }));

/** @type {Step[]} */
export const STEPS = [
  (client) => client.create_collection({ collection_name: 'c', dimension: DIM, metric_type: 'L2' }),
  (client) => client.insert('c', rows(0, 40, 'first')),
  (client) => client.insert('c', rows(20, 60, 'second')), // replaces 20
  (client) => client.delete('c', [1, 2, 3, 30, 999]),
  async (client) => {
    const schema = client
      .create_schema({ auto_id: true })
      .add_field('id', 'INT64', { is_primary: true })
      .add_field('a', 'FLOAT_VECTOR', { dim: 2 })
      .add_field('b', 'FLOAT_VECTOR', { dim: 700 });
    await client.create_collection({ collection_name: 'd', schema });
  },
  (client) => client.insert('d', Array.from({ length: 30 }, (_, i) => ({ a: [i, 1], b: Array(700).fill(i) }))),
  (client) => client.create_index('d', { field_name: 'b', index_type: 'HNSW', metric_type: 'IP' }),
  (client) => client.release_collection('d'),
  (client) => client.upsert('c', [...rows(0, 3, 'third'), ...rows(1, 1, 'fourth')]),
  (client) => client.create_partition('c', 'p'),
  (client) => client.insert('c', rows(100, 30, 'in p'), { partition_name: 'p' }),
  (client) => client.release_partitions('c', ['p']),
  (client) => client.create_alias('c', 'other'),
  (client) => client.create_database('x'),
  (client) => client.load_partitions('c', ['p']),
  (client) => client.rename_collection('c', 'e'),
  (client) => client.insert('e', rows(200, 150, 'fifth')),
  (client) => client.drop_index('d', 'b'),
  (client) => client.delete('e', rows(200, 150, '').map(({ id }) => id)), // empties chunks
  (client) => client.drop_partition('e', 'p'),
  (client) => client.alter_alias('d', 'other'),
  (client) => client.drop_alias('other'),
  (client) => client.add_collection_field('e', 'later', 'INT64', { default_value: 5 }),
  (client) => client.alter_collection_field('e', 'vector', { 'mmap.enabled': true }),
  (client) => client.drop_database('x'),
  (client) => client.load_collection('d'),
  (client) => client.insert('d', { a: [9, 9], b: Array(700).fill(0.5) }),
  (client) => client.truncate_collection('d'),
  (client) => client.insert('d', { a: [1, 9], b: Array(700).fill(0.25) }),
  (client) => client.alter_collection_properties('d', { 'collection.ttl.seconds': 86400 }),
  (client) => client.drop_collection_field('d', 'a'),
  (client) => client.insert('d', { b: Array(700).fill(0.75) }),
  (client) => client.drop_collection_field('e', 'later'),
  (client) => client.drop_collection('d'),
  (client) => client.insert('e', rows(300, 20, 'last')),
];

/**
 * @param {Files} files
 * @param {object} [options]
 */
export const clientOf = (files, options) => new MilvusClient({ files: { files, path: PATH }, ...options });

/** Everything that can be seen of a database. Chunks and rows are compared with each other on the way. */
export async function snapshot(client) {
  const all = [await client.list_databases(), await client.list_aliases()];
  for (const name of await client.list_collections()) {
    const { fields } = await client.describe_collection(name);
    const { state } = await client.get_load_state(name);
    const { row_count } = await client.get_collection_stats(name);
    const partitions = [];
    for (const partition of await client.list_partitions(name)) {
      const { row_count: n } = await client.get_partition_stats(name, partition);
      partitions.push([partition, n, await client.get_load_state(name, partition)]);
    }
    const indexes = [];
    for (const index of await client.list_indexes(name)) indexes.push(await client.describe_index(name, index));
    const seen = { name, fields, state, row_count, partitions, indexes, rows: null, hits: {} };
    all.push(seen);
    if (state !== 3) continue;
    const found = partitions.reduce((sum, [, n, { state: s }]) => sum + (s === 3 ? n : 0), 0);
    seen.rows = await client.get(name, Array.from({ length: 400 }, (_, id) => id));
    assert.equal(seen.rows.length, found, `get and stats of ${name} agree`);
    for (const { name: anns_field, type, params } of fields) {
      if (type !== 101) continue;
      const query = Float32Array.from({ length: params.dim }, (_, i) => i + 1);
      const [hits] = await client.search(name, [query], { anns_field, limit: 500 });
      assert.equal(hits.length, found, `search and stats of ${name} agree`);
      seen.hits[anns_field] = hits;
    }
  }
  return all;
}

/** What is there after each step, from before the first: nothing failed here. */
export async function expectedStates() {
  const client = clientOf(memoryFiles());
  const states = [await snapshot(client)];
  for (const step of STEPS) {
    await step(client);
    states.push(await snapshot(client));
  }
  await client.close();
  return states;
}

/** What is there when a client opens these files, and leaves one of them. */
export async function reopened(files) {
  const client = clientOf(files);
  try {
    return await snapshot(client);
  } finally {
    await client.close();
    const left = [`${PATH}-wal`, `${PATH}-journal`].filter((path) => files.exists(path) !== 0);
    assert.deepEqual(left, [], 'one file after close');
  }
}

/**
 * Runs steps until one fails.
 *
 * @param {MilvusClient} client
 * @param {number} [from]
 * @returns {Promise<{ done: number, error?: MilvusException }>}  done: steps that were acknowledged
 */
export async function runSteps(client, from = 0) {
  for (let done = from; done < STEPS.length; done++) {
    try {
      await STEPS[done](client);
    } catch (error) {
      assert.ok(error instanceof MilvusException, `step ${done}: ${error?.stack}`);
      return { done, error };
    }
  }
  return { done: STEPS.length };
}

/** That a state is one of the expected ones: the one after `done` steps, or after one more. */
export function assertState(state, states, done, where, { orNext = true } = {}) {
  const text = JSON.stringify(state);
  if (orNext && done + 1 < states.length && text === JSON.stringify(states[done + 1])) return;
  if (text === JSON.stringify(states[done])) return;
  assert.deepEqual(state, states[done], `${where}: after ${done} steps`);
}
