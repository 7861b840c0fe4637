// Indexes follow their rows by themselves, in idle time, and nobody notices but by the speed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertHits, embeddings, exactSearch } from './exact.js';
import { clientFor, memory, nodeFile, placeFor } from './places.js';

const N = 5000;
const DIM = 32;
const vectors = embeddings({ n: N, dim: DIM, topics: 20 });
const entities = vectors.map((vector, id) => ({ id, vector }));
const queries = embeddings({ n: 40, dim: DIM, topics: 20, seed: 2 });

/** A collection of all entities, loaded: the first search reads it into memory. */
async function fill(client, metric = 'COSINE') {
  await client.create_collection('c', { dimension: DIM, metric_type: metric });
  await client.insert('c', entities);
  await client.search('c', [queries[0]], { limit: 1 });
}

const progress = (client) => client.describe_index('c', 'vector');

/** Lets idle time pass until the index knows its rows; every describe_index is a call in between. */
async function settled(client) {
  const seen = [];
  for (let i = 0; i < 2000; i++) {
    const index = await progress(client);
    assert.equal(index.indexed_rows + index.pending_index_rows, index.total_rows);
    assert.equal(index.state, index.pending_index_rows ? 'InProgress' : 'Finished');
    seen.push(index.pending_index_rows);
    if (index.pending_index_rows === 0) return seen;
    await sleep(1);
  }
  assert.fail(`${seen.at(-1)} rows are still pending`);
}

/** The share of the 10 nearest that is found; hits are rows with their true distances. */
async function recall(client, metric) {
  const results = await client.search('c', queries, { limit: 10 });
  let found = 0;
  results.forEach((hits, i) => {
    assert.equal(hits.length, 10);
    const ids = new Set(hits.map(({ id }) => id));
    assert.equal(ids.size, 10);
    assertHits(hits, entities.filter(({ id }) => ids.has(id)), queries[i], { metric });
    found += exactSearch(entities, queries[i], { metric }).filter(({ id }) => ids.has(id)).length;
  });
  return found / (10 * queries.length);
}

describe('an index', () => {
  for (const metric of ['COSINE', 'IP', 'L2']) {
    it(`follows its rows by itself, and finds the nearest by ${metric} before and after`, async (t) => {
      const client = clientFor(t, memory);
      await fill(client, metric);
      assert.ok((await progress(client)).pending_index_rows > 0);
      assert.ok((await recall(client, metric)) >= 0.95, 'before');
      const seen = await settled(client);
      assert.deepEqual(seen, seen.toSorted?.((a, b) => b - a) ?? seen, 'pending rows only become fewer');
      assert.ok((await recall(client, metric)) >= 0.95, 'after');
    });
  }

  it('lets other calls through in between', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    const more = embeddings({ n: 200, dim: DIM, topics: 20, seed: 3 });
    for (let i = 0; i < more.length; i++) {
      const id = N + i;
      await client.insert('c', [{ id, vector: more[i] }]);
      const [hits] = await client.search('c', [more[i]], { limit: 1 });
      assert.equal(hits[0].id, id, 'a row is found as soon as it is written');
      await client.delete('c', { ids: [id] });
      const [left] = await client.search('c', [more[i]], { limit: 1 });
      assert.notEqual(left[0].id, id, 'and not when it is gone');
      if (i % 10 === 0) await sleep(1);
    }
    await settled(client);
    assert.ok((await recall(client, 'COSINE')) >= 0.95);
  });

  it('begins anew when it is dropped and created', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    await settled(client);
    await client.release_collection('c');
    await client.drop_index('c', 'vector');
    const index_params = client.prepare_index_params('vector', { metric_type: 'L2' });
    await client.create_index('c', index_params);
    await client.load_collection('c');
    assert.ok((await recall(client, 'L2')) >= 0.95);
    await settled(client);
    assert.ok((await recall(client, 'L2')) >= 0.95);
  });

  it('may be left in the middle of it', async (t) => {
    for (const storage of [memory, nodeFile]) {
      const client = clientFor(t, storage);
      await fill(client);
      assert.ok((await progress(client)).pending_index_rows > 0);
      await sleep(1);
      await client.close();
      await sleep(5);
    }
    const place = placeFor(t, nodeFile);
    const client = place.open();
    await fill(client);
    const calls = [progress(client), client.close()]; // at once
    await Promise.all(calls);
    const again = place.open();
    assert.ok((await recall(again, 'COSINE')) >= 0.95);
    await settled(again);
    await client.close();
  });

  it('is forgotten with its collection', async (t) => {
    const client = clientFor(t, memory);
    await fill(client);
    assert.ok((await progress(client)).pending_index_rows > 0);
    await client.drop_collection('c');
    await sleep(20);
    assert.deepEqual(await client.list_collections(), []);
  });

  it('keeps no process alive', () => {
    const program = `
      import { MilvusClient } from './js/index.js';
      const client = new MilvusClient({ uri: ':memory:' });
      await client.create_collection('c', { dimension: 8 });
      const data = Array.from({ length: 60000 }, (_, id) => ({ id, vector: Float32Array.of(id, 1, 2, 3, 4, 5, 6, 7) }));
      await client.insert('c', data);
      await client.search('c', [data[0].vector]);
      const { pending_index_rows } = await client.describe_index('c', 'vector');
      process.on('exit', () => console.log(pending_index_rows));
    `;
    const run = ['--no-warnings', '--input-type=module', '--eval', program];
    const output = execFileSync(process.execPath, run, { encoding: 'utf8', timeout: 60_000 });
    assert.ok(Number(output) > 0, 'the process ended, with rows pending');
  });
});
