// Partitions: where rows go, and which of them are found.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType, LoadState } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { embeddings, exactSearch } from './exact.js';
import { clientFor, placeFor } from './places.js';

const DIM = 8;
const vectors = embeddings({ n: 600, dim: DIM });
const rows = (from, n) => vectors.slice(from, from + n).map((vector, i) => ({ id: from + i, vector, n: (from + i) % 7 }));
const idsOf = (list) => list.map(({ id }) => id);

/** Two partitions beside the default one, with 200 rows each. */
async function threeParts(client) {
  await client.create_collection('c', { dimension: DIM, metric_type: 'L2' });
  await client.create_partition('c', 'a');
  await client.create_partition({ collection_name: 'c', partition_name: 'b' });
  await client.insert('c', rows(0, 200));
  await client.insert('c', rows(200, 200), { partition_name: 'a' });
  await client.insert({ collection_name: 'c', data: rows(400, 200), partition_name: 'b' });
}

async function counts(client) {
  const all = {};
  for (const name of await client.list_partitions('c')) all[name] = (await client.get_partition_stats('c', name)).row_count;
  return all;
}

/** @param {import('./places.js').Storage} storage */
export function partitionsSuite(storage) {
  describe(`partitions, ${storage.name}`, () => {
    it('are made, listed, found and dropped; twice is no error', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 2);
      assert.deepEqual(await client.list_partitions('c'), ['_default']);
      assert.equal(await client.create_partition('c', 'b'), undefined);
      assert.equal(await client.create_partition('c', 'b'), undefined);
      await client.create_partition('c', 'a');
      assert.deepEqual(await client.list_partitions({ collection_name: 'c' }), ['_default', 'b', 'a']);
      assert.equal(await client.has_partition('c', 'b'), true);
      assert.equal(await client.has_partition('c', 'x'), false);
      assert.equal((await client.describe_collection('c')).num_partitions, 3);
      assert.equal(await client.drop_partition('c', 'b'), undefined);
      assert.equal(await client.drop_partition('c', 'b'), undefined);
      assert.deepEqual(await client.list_partitions('c'), ['_default', 'a']);
    });

    it('hold the rows that were put into them', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      assert.deepEqual(await counts(client), { _default: 200, a: 200, b: 200 });
      const from = (partition_names) => client.query('c', { limit: 1000, output_fields: ['id'], partition_names });
      assert.deepEqual(idsOf(await from(['a'])), idsOf(rows(200, 200)));
      assert.deepEqual(idsOf(await from(['b', '_default'])), [...idsOf(rows(0, 200)), ...idsOf(rows(400, 200))]);
      assert.deepEqual(idsOf(await from(undefined)), idsOf(rows(0, 600)));
      assert.deepEqual(idsOf(await client.get('c', [1, 201, 401, 202], { partition_names: ['a'] })), [201, 202]);
      const [count] = await client.query('c', { filter: 'n == 3', output_fields: ['count(*)'], partition_names: ['b'] });
      assert.equal(count['count(*)'], rows(400, 200).filter(({ n }) => n === 3).length);
    });

    it('are where a search looks: as many hits as there are, also with filter, groups and range', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      const places = { _default: rows(0, 200), a: rows(200, 200), b: rows(400, 200) };
      for (const names of [['a'], ['a', 'b'], ['_default'], ['_default', 'a', 'b'], undefined]) {
        const there = (names ?? Object.keys(places)).flatMap((name) => places[name]);
        for (const filter of ['', 'n == 3']) {
          const allowed = there.filter(({ n }) => !filter || n === 3);
          for (const query of vectors.slice(0, 5)) {
            const [hits] = await client.search('c', [query], { limit: 20, filter, partition_names: names });
            const expected = exactSearch(allowed, query, { metric: 'L2', limit: 20 });
            assert.deepEqual(idsOf(hits), idsOf(expected));
          }
        }
        const [groups] = await client.search('c', [vectors[0]], { limit: 50, group_by_field: 'id', partition_names: names });
        assert.equal(groups.length, 50);
        assert.ok(groups.every(({ id }) => there.some((row) => row.id === id)));
      }
    });

    it('keep a row where its last write put it', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      await client.upsert('c', rows(0, 3), { partition_name: 'b' });
      assert.deepEqual(await counts(client), { _default: 197, a: 200, b: 203 });
      await client.insert('c', rows(200, 1));
      assert.deepEqual(await counts(client), { _default: 198, a: 199, b: 203 });
      assert.equal((await client.get_collection_stats('c')).row_count, 600);
    });

    it('limit what is deleted', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      const deleted = async (p) => (await client.delete({ collection_name: 'c', ...p })).delete_count;
      assert.equal(await deleted({ ids: [1, 201, 202], partition_name: 'a' }), 2);
      assert.equal(await deleted({ filter: 'id >= 0', partition_name: 'a' }), 198);
      assert.deepEqual(await counts(client), { _default: 200, a: 0, b: 200 });
      assert.equal(await deleted({ ids: [1, 401] }), 2);
      const [hits] = await client.search('c', [vectors[0]], { partition_names: ['a'] });
      assert.deepEqual(hits, []);
    });

    it('take their rows with them when they are dropped', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      await client.search('c', [vectors[0]], { partition_names: ['a'] });
      await client.drop_partition('c', 'a');
      assert.deepEqual(await counts(client), { _default: 200, b: 200 });
      const [hits] = await client.search('c', [vectors[300]], { limit: 600 });
      assert.equal(hits.length, 400);
      assert.deepEqual(await client.get('c', [250]), []);
      await client.create_partition('c', 'a');
      assert.equal((await client.get_partition_stats('c', 'a')).row_count, 0);
    });

    it('are found only while they are loaded', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      await client.release_partitions('c', ['a']);
      const state = async (name) => (await client.get_load_state('c', name)).state;
      assert.equal(await state('a'), LoadState.NotLoad);
      assert.equal(await state('b'), LoadState.Loaded);
      assert.equal(await state(), LoadState.Loaded);
      const [hits] = await client.search('c', [vectors[0]], { limit: 600 });
      assert.equal(hits.length, 400);
      const notLoaded = { type: 'MilvusException', code: 201, says: ['partition not loaded', 'c', 'a'] };
      await assertRefused(() => client.search('c', [vectors[0]], { partition_names: ['a', 'b'] }), notLoaded);
      await assertRefused(() => client.query('c', { limit: 1, partition_names: ['a'] }), notLoaded);
      await assertRefused(() => client.get('c', [201], { partition_names: ['a'] }), notLoaded);
      assert.deepEqual(await client.get('c', [1, 201]), [{ ...rows(1, 1)[0] }]);
      await client.release_partitions('c', ['b', '_default']);
      assert.equal(await state(), LoadState.NotLoad);
      await assertRefused(() => client.search('c', [vectors[0]]), { type: 'MilvusException', code: 101, says: ['c'] });
      await client.load_partitions('c', 'a');
      assert.deepEqual(idsOf(await client.query('c', { limit: 1000 })), idsOf(rows(200, 200)));
      await client.load_collection('c');
      assert.equal((await client.query('c', { limit: 1000 })).length, 600);
    });

    it('release the collection when the last one that is loaded is dropped', async (t) => {
      const client = clientFor(t, storage);
      await threeParts(client);
      await client.release_partitions('c', ['b', '_default']);
      await client.drop_partition('c', 'a');
      const states = async () => [await client.get_load_state('c'), await client.get_load_state('c', 'b')];
      assert.deepEqual(await states(), [{ state: LoadState.NotLoad }, { state: LoadState.NotLoad }]);
      await assertRefused(() => client.query('c', { limit: 1 }), { type: 'MilvusException', code: 101, says: ['c'] });
      await client.load_collection('c');
      assert.deepEqual(await states(), [{ state: LoadState.Loaded }, { state: LoadState.Loaded }]);
      assert.equal((await client.query('c', { limit: 1000 })).length, 400);
    });

    it('of a partition key share the rows by its value, and are not named', async (t) => {
      const client = clientFor(t, storage);
      const schema = client
        .create_schema()
        .add_field('id', DataType.INT64, { is_primary: true })
        .add_field('tenant', DataType.VARCHAR, { max_length: 20, is_partition_key: true })
        .add_field('vector', DataType.FLOAT_VECTOR, { dim: DIM });
      await client.create_collection({ collection_name: 'c', schema, num_partitions: 4 });
      const names = ['_default_0', '_default_1', '_default_2', '_default_3'];
      assert.deepEqual(await client.list_partitions('c'), names);
      const data = vectors.map((vector, id) => ({ id, tenant: `tenant ${id % 30}`, vector }));
      await client.insert('c', data);
      const there = await counts(client);
      assert.equal(Object.values(there).reduce((a, b) => a + b), 600);
      assert.ok(Object.values(there).every((n) => n % 20 === 0), 'a tenant is in one partition');
      assert.ok(Object.values(there).filter((n) => n > 0).length > 1);
      const [hits] = await client.search('c', [vectors[5]], { filter: "tenant == 'tenant 5'", limit: 50 });
      assert.deepEqual(idsOf(hits).sort((a, b) => a - b), data.filter(({ tenant }) => tenant === 'tenant 5').map(({ id }) => id));
      const refused = { type: 'ParamError', code: 1100, says: ['partition key mode', 'tenant', 'c'], field: 'tenant' };
      const calls = [
        (c) => c.create_partition('c', 'p'),
        (c) => c.drop_partition('c', '_default_0'),
        (c) => c.load_partitions('c', ['_default_0']),
        (c) => c.release_partitions('c', ['_default_0']),
        (c) => c.insert('c', data[0], { partition_name: '_default_0' }),
        (c) => c.delete({ collection_name: 'c', ids: [1], partition_name: '_default_0' }),
        (c) => c.search('c', [vectors[0]], { partition_names: ['_default_0'] }),
        (c) => c.query('c', { limit: 1, partition_names: ['_default_0'] }),
      ];
      for (const call of calls) await assertRefused(() => call(client), refused);
      assert.deepEqual(await counts(client), there);
      await client.create_collection({ collection_name: 'd', schema });
      assert.equal((await client.list_partitions('d')).length, 16);
      await assertRefused(() => client.create_collection({ collection_name: 'e', dimension: 2, num_partitions: 3 }), {
        type: 'ParamError', code: 1100, says: ['num_partitions', 'partition key', 3],
      });
    });

    it('say what is wrong', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 2);
      const missing = (name) => ({ type: 'MilvusException', code: 200, says: ['partition not found', 'c', name] });
      const row = { id: 1, vector: [1, 2] };
      await assertRefused(() => client.insert('c', row, { partition_name: 'x' }), missing('x'));
      await assertRefused(() => client.upsert('c', row, { partition_name: 'x' }), missing('x'));
      await assertRefused(() => client.delete({ collection_name: 'c', ids: [1], partition_name: 'x' }), missing('x'));
      await assertRefused(() => client.search('c', [[1, 2]], { partition_names: ['_default', 'x'] }), missing('x'));
      await assertRefused(() => client.get('c', [1], { partition_names: ['x'] }), missing('x'));
      await assertRefused(() => client.get_partition_stats('c', 'x'), missing('x'));
      await assertRefused(() => client.load_partitions('c', ['x']), missing('x'));
      await assertRefused(() => client.release_partitions('c', ['x']), missing('x'));
      await assertRefused(() => client.get_load_state('c', 'x'), missing('x'));
      await assertRefused(() => client.create_partition('c', 'a b'), {
        type: 'ParamError', code: 1100, says: ['partition_name', 'letters', 'a b'], field: 'partition_name',
      });
      await assertRefused(() => client.drop_partition('c', '_default'), { type: 'ParamError', code: 1100, says: ['default partition'] });
      const noCollection = { type: 'CollectionNotExistException', code: 100, says: ['nope'] };
      for (const method of ['create_partition', 'drop_partition', 'has_partition', 'get_partition_stats']) {
        await assertRefused(() => client[method]('nope', 'p'), noCollection);
      }
      assert.equal((await client.get_collection_stats('c')).row_count, 0);
    });

    it('are there after reopening, and in a copy', { skip: !storage.lasts && 'nothing lasts there' }, async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      await threeParts(first);
      await first.release_partitions('c', ['b']);
      const copy = await first.export_db();
      await first.close();
      const again = place.open();
      const other = placeFor(t, storage).open();
      await other.import_db(copy);
      for (const client of [again, other]) {
        assert.deepEqual(await counts(client), { _default: 200, a: 200, b: 200 });
        assert.equal((await client.get_load_state('c', 'b')).state, LoadState.NotLoad);
        const [hits] = await client.search('c', [vectors[250]], { limit: 600, partition_names: ['a'] });
        assert.deepEqual(idsOf(hits), idsOf(exactSearch(rows(200, 200), vectors[250], { metric: 'L2', limit: 600 })));
        assert.equal((await client.query('c', { limit: 1000 })).length, 400);
      }
    });
  });
}
