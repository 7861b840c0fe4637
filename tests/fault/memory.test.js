// Work that grows until memory_limit is reached.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MilvusException } from '../../js/index.js';
import { memoryFiles } from '../../wasm/files_memory.js';
import { assertHits, embeddings } from '../conformance/exact.js';
import { clientOf } from './script.js';

const DIM = 128;
const vectors = embeddings({ n: 1000, dim: DIM, topics: 4 });
const rows = (from, n) =>
  Array.from({ length: n }, (_, i) => ({ id: from + i, vector: vectors[(from + i) % 1000], text: `row ${from + i}` }));

/** @param {unknown} error */
function assertOutOfMemory(error) {
  assert.ok(error instanceof MilvusException, /** @type {any} */ (error)?.stack);
  assert.equal(error.code, 3, error.message);
  assert.match(error.message, /memory|room/);
  assert.doesNotMatch(error.message, /stopped/, 'a trap');
}

/** Repeats work until it is refused for lack of memory. Returns how often it was done. */
async function untilFull(work, most = 1000) {
  for (let done = 0; done < most; done++) {
    try {
      await work(done);
    } catch (error) {
      assertOutOfMemory(error);
      return done;
    }
  }
  assert.fail(`memory was not full after ${most} times`);
}

/** That exactly the first n rows are there. */
async function assertRows(client, n) {
  assert.deepEqual(await client.get_collection_stats('c'), { row_count: n });
  for (const id of [0, n >> 1, n - 1]) {
    const [row] = await client.get('c', [id]);
    assert.deepEqual(row, rows(id, 1)[0]);
  }
  assert.deepEqual(await client.get('c', [n, n + 1]), []);
}

describe('a memory limit', () => {
  it('refuses the batch that is too much, and nothing is lost', async () => {
    const files = memoryFiles();
    const client = clientOf(files, { memory_limit: '5MB' });
    await client.create_collection('c', DIM);
    await client.search('c', [vectors[0]]); // from now on in memory
    const first = (i) => 100 * (2 ** i - 1);
    const n = first(await untilFull((i) => client.insert('c', rows(first(i), 100 * 2 ** i)), 12));
    assert.ok(n >= 700, `${n} rows`);
    await assertRows(client, n);
    await client.insert('c', rows(n, 50)); // less than too much goes on
    await assertRows(client, n + 50);
    await client.close();

    const again = clientOf(files);
    await assertRows(again, n + 50);
    const [hits] = await again.search('c', [vectors[7]], { limit: 20 });
    assertHits(hits, rows(0, n + 50), vectors[7], { metric: 'COSINE', limit: 20 });
    await again.close();
  });

  it('does not keep vectors from being written and found that do not fit in it', async () => {
    const files = memoryFiles();
    const client = clientOf(files, { memory_limit: '6MB' });
    await client.create_collection('c', DIM);
    await client.search('c', [vectors[0]]); // from now on loaded
    const n = 20000; // 10 MB
    for (let i = 0; i < n; i += 500) await client.insert('c', rows(i, 500));
    await assertRows(client, n);
    const [hits] = await client.search('c', [vectors[9]], { limit: 20 });
    assertHits(hits, rows(0, n), vectors[9], { metric: 'COSINE', limit: 20 });
    await client.close();
    const again = clientOf(files, { memory_limit: '6MB' });
    assertHits((await again.search('c', [vectors[9]], { limit: 20 }))[0], rows(0, n), vectors[9], { metric: 'COSINE', limit: 20 });
    await assertRows(again, n);
    await again.close();
  });

  it('refuses a request or a reply that is larger than it, and goes on', async () => {
    const client = clientOf(memoryFiles(), { memory_limit: '8MB' });
    await client.create_collection('c', DIM);
    await client.search('c', [vectors[0]]); // from now on in memory
    for (let i = 0; i < 2000; i += 250) await client.insert('c', rows(i, 250));
    await client.search('c', [vectors[0]], { limit: 3 });
    for (const call of [
      () => client.insert('c', rows(2000, 18000)),
      () => client.search('c', rows(0, 16000).map(({ vector }) => vector), { limit: 2 }),
      () => client.search('c', vectors.slice(0, 500), { limit: 1000, output_fields: ['*'] }),
      () => client.get('c', rows(0, 16000).map(({ id }) => id)),
      () => client.insert('c', { ...rows(0, 1)[0], huge: 'x'.repeat(2 ** 24) }),
    ]) {
      const error = await call().then(() => undefined, (refusal) => refusal);
      if (error) assertOutOfMemory(error);
      await assertRows(client, 2000);
      const [hits] = await client.search('c', [vectors[9]], { limit: 5 });
      assertHits(hits, rows(0, 2000), vectors[9], { metric: 'COSINE', limit: 5 });
    }
    await client.close();
  });

  it('that is too small for the vectors loads their collection all the same', async () => {
    const files = memoryFiles();
    const first = clientOf(files);
    await first.create_collection('c', DIM);
    await first.insert('c', rows(0, 15000));
    await first.release_collection('c');
    await first.close();
    const tight = clientOf(files, { memory_limit: '6MB' });
    await tight.load_collection('c');
    assert.deepEqual(await tight.get_load_state('c'), { state: 3 });
    assert.deepEqual(await tight.delete('c', [14999]), { delete_count: 1, cost: 0 });
    const [hits] = await tight.search('c', [vectors[9]], { limit: 20 });
    assertHits(hits, rows(0, 14999), vectors[9], { metric: 'COSINE', limit: 20 });
    await tight.close();
    const again = clientOf(files);
    await again.load_collection('c');
    await assertRows(again, 14999);
    await again.close();
  });

  it('does not refuse a filter for what earlier ones have kept', async () => {
    const client = clientOf(memoryFiles(), { memory_limit: '6MB' });
    for (const name of ['a', 'b', 'c', 'd']) {
      await client.create_collection(name, 3);
      await client.insert(name, Array.from({ length: 3000 }, (_, id) => ({ id, vector: [id, 1, 2], n: id % 7 })));
    }
    for (let i = 0; i < 400; i++) {
      const name = 'abcd'[i % 4];
      const rows = await client.query(name, `id < ${i} and (n == 3 or n > 5)`, ['id']);
      assert.equal(rows.length, Array.from({ length: i }, (_, id) => id % 7).filter((n) => n === 3 || n > 5).length);
    }
    await client.close();
  });

  it('has room for many partitions, and aliases', async () => {
    const client = clientOf(memoryFiles(), { memory_limit: '6MB' });
    await client.create_collection('c', DIM);
    for (let i = 0; i < 200; i++) {
      await client.create_partition('c', `p${i}`);
      await client.create_alias('c', `a${i}`);
    }
    await client.insert('a7', rows(0, 10), { partition_name: 'p199' });
    assert.deepEqual(await client.get_partition_stats('c', 'p199'), { row_count: 10 });
    await client.close();
  });

  it('holds when many collections are made', async () => {
    const files = memoryFiles();
    const client = clientOf(files, { memory_limit: '4.5MB' });
    const made = await untilFull((i) => client.create_collection(`c${i}`, 1000 + i), 3000);
    assert.ok(made > 5, `${made} collections`);
    assert.equal((await client.list_collections()).length, made);
    assert.equal((await client.describe_collection('c7')).fields[1].params.dim, 1007);
    await client.close();
    const again = clientOf(files);
    assert.equal((await again.list_collections()).length, made);
    await again.drop_collection('c0');
    await again.insert('c1', { id: 1, vector: new Float32Array(1001).fill(1) });
    await again.close();
  });
});
