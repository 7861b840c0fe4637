// A history of operations that is the same for the same seed, and the model it is compared with.
import assert from 'node:assert/strict';
import { embeddings, exactSearch, assertHits, randomOf } from '../conformance/exact.js';

export const DIM = 24;
const KEYS = 1500;
const vectors = embeddings({ n: 1000, dim: DIM, seed: 12 });

/**
 * @typedef {{ kind: 'insert' | 'upsert', rows: object[] } | { kind: 'delete', ids: number[] } |
 *   { kind: 'index' } | { kind: 'reload' } | { kind: 'broken', rows: object[] }} Operation
 */

/**
 * The i-th operation of a history.
 *
 * @param {number} seed
 * @param {number} i
 * @returns {Operation}
 */
export function operationAt(seed, i) {
  const random = randomOf(Math.imul(seed, 7919) + i);
  random();
  const pick = (n) => Math.floor(random() * n);
  const size = () => [1, 1 + pick(5), 1 + pick(60), 1 + pick(300)][pick(4)];
  const row = (_, k) => ({
    id: pick(KEYS),
    vector: vectors[pick(vectors.length)],
    text: `operation ${i}, row ${k}`,
    ...(pick(3) === 0 && { extra: { i, k } }),
  });
  const dice = random();
  if (dice < 0.45) return { kind: 'insert', rows: Array.from({ length: size() }, row) };
  if (dice < 0.65) return { kind: 'upsert', rows: Array.from({ length: size() }, row) };
  if (dice < 0.9) return { kind: 'delete', ids: Array.from({ length: size() }, () => pick(KEYS)) };
  if (dice < 0.93) return { kind: 'index' };
  if (dice < 0.96) return { kind: 'reload' };
  const rows = Array.from({ length: 1 + pick(9) }, row);
  return { kind: 'broken', rows: [...rows, { ...row(0, 0), vector: [1, 2] }] };
}

/** Makes the collection that a history is of. */
export const begin = (client) => client.create_collection({ collection_name: 'c', dimension: DIM });

/**
 * Does an operation.
 *
 * @param {import('../../js/index.js').MilvusClient} client
 * @param {Operation} operation
 */
export async function perform(client, operation) {
  switch (operation.kind) {
    case 'insert':
      return client.insert('c', operation.rows);
    case 'upsert':
      return client.upsert('c', operation.rows);
    case 'delete':
      return client.delete('c', operation.ids);
    case 'index': {
      await client.drop_index('c', 'vector').catch((error) => assert.equal(error.code, 700));
      return client.create_index('c', { index_type: 'HNSW', metric_type: 'COSINE', M: 8 });
    }
    case 'reload':
      await client.release_collection('c');
      return client.load_collection('c');
    case 'broken':
      return assert.rejects(client.insert('c', operation.rows), { code: 1100 });
  }
}

/** What rows there must be. */
export class Model {
  /** @type {Map<number, any>} in the order of writing */
  rows = new Map();

  /** @param {Operation} operation */
  apply(operation) {
    if (operation.kind === 'insert' || operation.kind === 'upsert') {
      for (const row of operation.rows) {
        this.rows.delete(row.id);
        this.rows.set(row.id, row);
      }
    } else if (operation.kind === 'delete') {
      for (const id of operation.ids) this.rows.delete(id);
    }
    return this;
  }

  copy() {
    const copy = new Model();
    copy.rows = new Map(this.rows);
    return copy;
  }

  /** Whether these are its rows, as get returned them for every key. */
  equals(rows) {
    if (rows.length !== this.rows.size) return false;
    try {
      for (const row of rows) assert.deepEqual(row, this.rows.get(row.id));
      return true;
    } catch {
      return false;
    }
  }

  async assertSearch(client, k, where) {
    const query = vectors[k % vectors.length];
    const entities = [...this.rows.values()];
    const [hits] = await client.search('c', [query], { limit: 20, output_fields: ['text', 'extra'] });
    assertHits(hits, entities, query, { metric: 'COSINE', limit: 20 });
    for (const { id, entity } of hits) {
      const { text, extra } = this.rows.get(id);
      assert.deepEqual(entity, extra === undefined ? { text } : { text, extra }, where);
    }
    assert.equal(exactSearch(entities, query, { metric: 'COSINE', limit: 1 }).length, Math.min(1, hits.length));
  }
}

/** All rows of the collection. */
export async function allRows(client) {
  const rows = await client.get('c', Array.from({ length: KEYS }, (_, id) => id));
  assert.deepEqual(await client.get_collection_stats('c'), { row_count: rows.length });
  return rows;
}
