// Vectors need not be in memory: whatever the limit, and wherever they are, answers are the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MilvusClient } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { assertHits, embeddings, exactSearch } from './exact.js';
import { placeFor } from './places.js';

const N = 6000;
const DIM = 96;
const vectors = embeddings({ n: N, dim: DIM, topics: 30 });
const queries = embeddings({ n: 12, dim: DIM, topics: 30, seed: 3 });
const entity = (id) => ({ id, vector: vectors[id], text: `row ${id}` });
const entities = (from, to) => Array.from({ length: to - from }, (_, i) => entity(from + i));

const MMAP = { properties: { 'mmap.enabled': true } };
const SETTINGS = {
  'all in memory': {},
  'a limit that leaves nothing for vectors': { options: { memory_limit: '12MB' } },
  'a limit that leaves room for some': { options: { memory_limit: '20MB' } },
  'mmap.enabled': MMAP,
};

/** Rows written, replaced and deleted, in batches of all sizes. What is then there, by age. */
async function fill(client, { index_type = 'AUTOINDEX', metric = 'COSINE', properties = {} } = {}) {
  const schema = MilvusClient.create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM })
    .add_field('text', 'VARCHAR', { max_length: 20 });
  const index_params = [{ field_name: 'vector', index_type, metric_type: metric }];
  await client.create_collection('c', { schema, index_params, properties });
  await client.search('c', [queries[0]]); // from now on loaded
  const steps = [0, 1, 2, 3, 700, 701, 2500, N];
  for (let i = 1; i < steps.length; i++) await client.insert('c', entities(steps[i - 1], steps[i]));
  const again = [5, 99, 1000, 2600, 5999];
  await client.upsert('c', again.map(entity));
  const gone = Array.from({ length: 400 }, (_, i) => 3 * i + 40);
  await client.delete('c', gone);
  const missing = new Set([...gone, ...again]);
  return [...entities(0, N).filter(({ id }) => !missing.has(id)), ...again.filter((id) => !gone.includes(id)).map(entity)];
}

const answers = (client, p) => client.search('c', queries, { limit: 15, output_fields: ['text', 'vector'], ...p });

/** @param {import('./places.js').Storage} storage */
export function memorySuite(storage) {
  describe(`vectors and memory, ${storage.name}`, () => {
    for (const metric of ['COSINE', 'IP', 'L2']) {
      it(`exact answers by ${metric} are the same to the last bit wherever vectors are`, async (t) => {
        let expected;
        for (const [name, { options, properties }] of Object.entries(SETTINGS)) {
          const { open } = placeFor(t, storage);
          const client = open(options);
          const there = await fill(client, { index_type: 'FLAT', metric, properties });
          const results = await answers(client);
          queries.forEach((query, i) => assertHits(results[i], there, query, { metric, limit: 15 }));
          expected ??= results;
          assert.deepEqual(results, expected, name);
          await sleep(20); // idle time, in which vectors may come into memory
          assert.deepEqual(await answers(client), expected, name);
          if (storage.lasts) {
            await client.close();
            const again = open(options);
            assert.deepEqual(await answers(again), expected, `${name}, reopened`);
            await sleep(20);
            assert.deepEqual(await answers(again), expected, `${name}, reopened and idle`);
            await again.close();
          }
        }
      });
    }

    for (const index_type of ['AUTOINDEX', 'HNSW']) {
      it(`${index_type} finds the same with vectors on disk`, async (t) => {
        for (const [name, { options, properties }] of Object.entries(SETTINGS)) {
          const client = placeFor(t, storage).open(options);
          const there = await fill(client, { index_type, properties });
          let found = 0;
          (await answers(client)).forEach((hits, i) => {
            const ids = new Set(hits.map(({ id }) => id));
            assertHits(hits, there.filter(({ id }) => ids.has(id)), queries[i], { metric: 'COSINE', limit: 15 });
            const nearest = nearestIds(there, queries[i]);
            found += nearest.filter((id) => ids.has(id)).length;
          });
          assert.ok(found >= 0.9 * 15 * queries.length, `${name}: ${found} of ${15 * queries.length}`);
          for (const id of [0, 5, 701, 5999]) {
            const [row] = await client.get('c', [id], { output_fields: ['vector'] });
            assert.deepEqual(row?.vector && Array.from(row.vector), Array.from(entity(id).vector, Math.fround), name);
          }
        }
      });
    }

    it('mmap.enabled is a property that is described, changed and kept', async (t) => {
      const { open } = placeFor(t, storage);
      const client = open();
      const there = await fill(client, MMAP);
      const properties = async (of) => (await of.describe_collection('c')).properties;
      assert.deepEqual(await properties(client), { 'mmap.enabled': 'true' });
      await client.alter_collection_properties('c', { 'mmap.enabled': false, 'partitionkey.isolation': 60 });
      assert.deepEqual(await properties(client), { 'mmap.enabled': 'false', 'partitionkey.isolation': '60' });
      await client.drop_collection_properties('c', ['partitionkey.isolation']);
      assert.deepEqual(await properties(client), { 'mmap.enabled': 'false' });
      await assert.rejects(client.alter_collection_properties('c', { 'mmap.enabled': 'maybe' }), { code: 1100 });
      await assert.rejects(client.alter_collection_properties('none', { a: 1 }), { code: 100 });
      await client.alter_collection_properties({ collection_name: 'c', properties: { 'mmap.enabled': 'True' } });
      const [hits] = await client.search('c', [queries[0]], { limit: 15 });
      assertHits(hits, there, queries[0], { metric: 'COSINE', limit: 15 });
      await client.insert('c', { ...entity(0), id: N });
      if (!storage.lasts) return;
      await client.close();
      const again = open();
      assert.deepEqual(await properties(again), { 'mmap.enabled': 'True' });
      assert.deepEqual(await again.get('c', [N], { output_fields: ['text'] }), [{ id: N, text: 'row 0' }]);
    });

    it('mmap.enabled is the property of an index, too, and its parameters stay', async (t) => {
      const { open } = placeFor(t, storage);
      const client = open();
      const there = await fill(client, { index_type: 'FLAT' });
      const before = await client.describe_index('c', 'vector');
      const expected = await answers(client);
      await client.alter_index_properties('c', 'vector', { 'mmap.enabled': true });
      assert.deepEqual(await client.describe_index('c', 'vector'), { ...before, 'mmap.enabled': 'true' });
      assert.deepEqual(await answers(client), expected);
      assertHits(expected[0], there, queries[0], { metric: 'COSINE', limit: 15 });
      await client.alter_index_properties({ collection_name: 'c', index_name: 'vector', properties: { 'mmap.enabled': 'False' } });
      const refusals = [
        [() => client.alter_index_properties('c', 'vector', { M: 8 }), { type: 'ParamError', code: 1100, says: ['properties', 'vector', 'mmap.enabled', 'M'], field: 'vector' }],
        [() => client.alter_index_properties('c', 'vector', { 'mmap.enabled': 'maybe' }), { type: 'ParamError', code: 1100, says: ['mmap.enabled', 'true or false', 'maybe'] }],
        [() => client.drop_index_properties('c', 'vector', ['M']), { type: 'ParamError', code: 1100, says: ['properties', 'M'], field: 'vector' }],
        [() => client.alter_index_properties('c', 'nope', { 'mmap.enabled': true }), { type: 'IndexNotExistException', code: 700, says: ['index not found', 'nope'] }],
        [() => client.drop_index_properties('c', 'nope', ['mmap.enabled']), { type: 'IndexNotExistException', code: 700, says: ['nope'] }],
      ];
      for (const [call, refusal] of refusals) await assertRefused(call, refusal);
      assert.equal((await client.describe_index('c', 'vector'))['mmap.enabled'], 'false');
      await client.create_collection('d', 2);
      await client.create_index('c', { field_name: 'vector', index_type: 'FLAT', metric_type: 'COSINE', params: { 'mmap.enabled': 'true' } });
      assert.equal((await client.describe_index('c', 'vector'))['mmap.enabled'], 'true', 'of an index that is there');
      await client.drop_index('d', 'vector');
      const wrong = { index_type: 'HNSW', metric_type: 'L2', 'mmap.enabled': 3 };
      await assertRefused(() => client.create_index('d', wrong), { type: 'ParamError', code: 1100, says: ['mmap.enabled', 'true or false', '3'] });
      assert.deepEqual(await client.list_indexes('d'), []);
      const given = { index_type: 'HNSW', metric_type: 'L2', params: { M: 8, 'mmap.enabled': true } };
      await client.create_index('d', given);
      const { M, ...described } = await client.describe_index('d', 'vector');
      assert.deepEqual([M, described['mmap.enabled']], ['8', 'true']);
      const schema = MilvusClient.create_schema().add_field('id', 'INT64', { is_primary: true }).add_field('v', 'FLOAT_VECTOR', { dim: 2 });
      await client.create_collection('e', { schema, index_params: { ...given, field_name: 'v' } });
      assert.equal((await client.describe_index('e', 'v'))['mmap.enabled'], 'true');
      await client.alter_index_properties('c', 'vector', { 'mmap.enabled': false });
      if (storage.lasts) await client.close();
      const again = storage.lasts ? open() : client;
      assert.equal((await again.describe_index('d', 'vector'))['mmap.enabled'], 'true');
      assert.equal((await again.describe_index('c', 'vector'))['mmap.enabled'], 'false');
      await again.drop_index_properties('c', 'vector', ['mmap.enabled']);
      assert.deepEqual(await again.describe_index('c', 'vector'), before);
    });
  });
}

/** The ids of the nearest. */
function nearestIds(there, query) {
  return exactSearch(there, query, { metric: 'COSINE', limit: 15 }).map(({ id }) => id);
}
