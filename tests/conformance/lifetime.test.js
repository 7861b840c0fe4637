// Rows with a time to live, in files that have a clock of their own.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MilvusClient } from '../../js/index.js';
import { memoryFiles } from '../../wasm/files_memory.js';

const TTL = 'collection.ttl.seconds';
const row = (id, more = {}) => ({ id, vector: [id, 1], ...more });

/** A database in memory, and how to let time pass. */
function placeWithClock(t) {
  let now = Date.UTC(2026, 0, 1);
  const files = Object.assign(memoryFiles(), { now: () => now });
  const clients = [];
  t.after(() => Promise.all(clients.map((client) => client.close())));
  return {
    open(options) {
      const client = new MilvusClient({ files: { files, path: 'clock.db' }, ...options });
      clients.push(client);
      return client;
    },
    pass: (seconds) => void (now += seconds * 1000),
  };
}

const make = (client, ttl) =>
  client.create_collection({ collection_name: 'c', dimension: 2, metric_type: 'L2', ...(ttl !== undefined && { properties: { [TTL]: ttl } }) });

/** The ids that each way of looking finds, which must be the same. */
async function idsSeen(client) {
  const ids = (await client.query('c', { filter: 'id >= 0', output_fields: ['id'] })).map(({ id }) => id);
  const seen = [
    (await client.get('c', [...Array(50).keys()], { output_fields: ['id'] })).map(({ id }) => id),
    (await client.search('c', [[0, 1]], { limit: 100 }))[0].map(({ id }) => id).sort((a, b) => a - b),
    (await client.search('c', [[0, 1]], { limit: 100, filter: 'n == 1 or n is null or not exists n' }))[0].map(({ id }) => id).sort((a, b) => a - b),
  ];
  for (const other of seen) assert.deepEqual(other, ids);
  assert.equal((await client.query('c', { output_fields: ['count(*)'] }))[0]['count(*)'], ids.length);
  assert.deepEqual(await client.get_collection_stats('c'), { row_count: ids.length });
  return ids;
}

describe('a time to live', () => {
  it('ends for rows in the order in which they came', async (t) => {
    const { open, pass } = placeWithClock(t);
    const client = open();
    await make(client, 640);
    assert.deepEqual((await client.describe_collection('c')).properties, { [TTL]: '640' });
    await client.insert('c', [row(0), row(1)]);
    pass(320);
    await client.insert('c', [row(2), row(3)]);
    await client.upsert('c', [row(0, { n: 1 })]);
    pass(319);
    assert.deepEqual(await idsSeen(client), [0, 1, 2, 3]);
    pass(11);
    assert.deepEqual(await idsSeen(client), [0, 2, 3]);
    pass(320);
    assert.deepEqual(await idsSeen(client), []);
    await client.insert('c', [row(4)]);
    assert.deepEqual(await idsSeen(client), [4]);
  });

  it('is over before the first call that could see the rows, whichever that is', async (t) => {
    const calls = [
      async (client) => assert.deepEqual(await client.get('c', [1]), []),
      async (client) => assert.deepEqual(await client.query('c', { filter: 'id == 1' }), []),
      async (client) => assert.deepEqual(await client.search('c', [[1, 1]]), [[]]),
      async (client) => assert.deepEqual(await client.hybrid_search('c', [{ data: [[1, 1]], anns_field: 'vector', limit: 3 }], { strategy: 'rrf', params: {} }, 3), [[]]),
      async (client) => assert.equal((await client.delete('c', [1])).delete_count, 0),
      async (client) => assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 }),
      async (client) => assert.deepEqual(await client.get_partition_stats('c', '_default'), { row_count: 0 }),
      async (client) => assert.equal((await client.describe_index('c', 'vector')).total_rows, 0),
      async (client) => assert.rejects(client.upsert('c', { id: 1, n: 2 }, { partial_update: true }), /vector/),
      async (client) => assert.deepEqual(await (await client.query_iterator({ collection_name: 'c' })).next(), []),
    ];
    for (const call of calls) {
      const { open, pass } = placeWithClock(t);
      const client = open();
      await make(client, 64);
      await client.insert('c', [row(1)]);
      await client.search('c', [[1, 1]]);
      pass(65);
      await call(client);
      assert.deepEqual(await idsSeen(client), []);
    }
  });

  it('is altered, ended and begun anew', async (t) => {
    const { open, pass } = placeWithClock(t);
    const client = open();
    await make(client);
    await client.insert('c', [row(0)]);
    pass(1e6);
    await client.alter_collection_properties('c', { [TTL]: 100 });
    pass(99);
    assert.deepEqual(await idsSeen(client), [0], 'its age counts from then');
    await client.alter_collection_properties('c', { [TTL]: 1000 });
    pass(800);
    await client.insert('c', [row(1)]);
    assert.deepEqual(await idsSeen(client), [0, 1]);
    await client.drop_collection_properties('c', [TTL]);
    pass(1e6);
    assert.deepEqual(await idsSeen(client), [0, 1]);
    for (const none of [0, -1]) {
      await client.alter_collection_properties('c', { [TTL]: none });
      pass(1e6);
      assert.deepEqual(await idsSeen(client), [0, 1]);
    }
    await client.alter_collection_properties('c', { [TTL]: 10 });
    pass(10);
    assert.deepEqual(await idsSeen(client), []);
  });

  it('goes on while nobody has the file open, and is kept by whoever may only read', async (t) => {
    const { open, pass } = placeWithClock(t);
    const first = open();
    await make(first, 100);
    await first.create_partition('c', 'p');
    await first.insert('c', Array.from({ length: 40 }, (_, id) => row(id)));
    pass(50);
    await first.insert('c', [row(40), row(7)]);
    await first.insert('c', [row(41)], { partition_name: 'p' });
    await first.close();

    const reader = open({ read_only: true });
    assert.equal((await idsSeen(reader)).length, 42);
    pass(55);
    assert.deepEqual(await idsSeen(reader), [7, 40, 41]);
    assert.deepEqual(await reader.get_partition_stats('c', '_default'), { row_count: 2 });
    const near = (id, partition_names) => reader.search({ collection_name: 'c', ids: [id], limit: 9, partition_names });
    assert.deepEqual((await near(40, ['p'])).map((hits) => hits.map(({ id }) => id)), [[41]]);
    await assert.rejects(near(3), { code: 1100 });
    assert.deepEqual(await reader.query({ collection_name: 'c', output_fields: ['count(*)', 'sum(id)'] }), [{ 'count(*)': 3, 'sum(id)': 88 }]);
    pass(1000);
    assert.deepEqual(await idsSeen(reader), []);
    assert.deepEqual((await reader.verify()).damage, []);
    await reader.close();
    assert.deepEqual(await idsSeen(open()), []);
  });
});
