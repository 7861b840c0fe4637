// Collections, indexes and load states, in the shapes that pymilvus has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType, LoadState, MilvusClient } from '../../js/index.js';
import { clientFor, placeFor } from './places.js';

/** A collection with one field of most kinds. */
function richSchema(client) {
  return client
    .create_schema({ enable_dynamic_field: true, description: 'all kinds' })
    .add_field('pk', DataType.VARCHAR, { is_primary: true, max_length: 10 })
    .add_field('emb', DataType.FLOAT_VECTOR, { dim: 2, description: 'of the text' })
    .add_field('arr', DataType.ARRAY, { element_type: DataType.INT64, max_capacity: 8 })
    .add_field('nu', DataType.INT64, { nullable: true })
    .add_field('of', DataType.DOUBLE, { default_value: 0.5 });
}

/** @param {import('./places.js').Storage} storage */
export function collectionsSuite(storage) {
  describe(`collections, ${storage.name}`, () => {
    it('are created, found, listed, renamed and dropped', async (t) => {
      const client = clientFor(t, storage);
      assert.deepEqual(await client.list_collections(), []);
      assert.equal(await client.has_collection('b'), false);
      assert.equal(await client.create_collection({ collection_name: 'b', dimension: 4 }), undefined);
      await client.create_collection('a', 4);
      await client.create_collection('C', { dimension: 4 });
      assert.equal(await client.has_collection('b'), true);
      assert.deepEqual(await client.list_collections(), ['C', 'a', 'b']);
      assert.equal(await client.rename_collection({ old_name: 'b', new_name: 'z' }), undefined);
      assert.deepEqual(await client.list_collections(), ['C', 'a', 'z']);
      assert.equal((await client.describe_collection('z')).collection_name, 'z');
      assert.equal(await client.drop_collection('z'), undefined);
      assert.equal(await client.drop_collection('z'), undefined, 'one that is not there is no error');
      assert.deepEqual(await client.list_collections(), ['C', 'a']);
    });

    it('of a dimension have a key, a vector and whatever else a row brings', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 8 });
      const { fields, ...rest } = await client.describe_collection('c');
      assert.deepEqual(fields, [
        { field_id: 100, name: 'id', description: '', type: DataType.INT64, params: {}, is_primary: true },
        { field_id: 101, name: 'vector', description: '', type: DataType.FLOAT_VECTOR, params: { dim: 8 } },
      ]);
      assert.equal(rest.auto_id, false);
      assert.equal(rest.enable_dynamic_field, true);
      assert.deepEqual(await client.list_indexes('c'), ['vector']);
      const { index_type, metric_type } = await client.describe_index('c', 'vector');
      assert.deepEqual({ index_type, metric_type }, { index_type: 'AUTOINDEX', metric_type: 'COSINE' });
      assert.deepEqual(await client.get_load_state('c'), { state: LoadState.Loaded });
    });

    it('of a dimension take names, types, metric and auto_id', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({
        collection_name: 'c',
        dimension: 3,
        primary_field_name: 'key',
        id_type: 'string',
        max_length: 20,
        vector_field_name: 'v',
        metric_type: 'L2',
        enable_dynamic_field: false,
      });
      const { fields, enable_dynamic_field } = await client.describe_collection('c');
      assert.deepEqual(fields.map(({ name, type, params }) => ({ name, type, params })), [
        { name: 'key', type: DataType.VARCHAR, params: { max_length: 20 } },
        { name: 'v', type: DataType.FLOAT_VECTOR, params: { dim: 3 } },
      ]);
      assert.equal(enable_dynamic_field, false);
      await client.insert('c', { key: 'k', v: [3, 4, 0] });
      assert.deepEqual(await client.search('c', [[0, 0, 0]]), [[{ key: 'k', distance: 25, entity: {} }]]);
    });

    it('of a schema are described as they were defined', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', schema: richSchema(client) });
      const { collection_id, created_timestamp, update_timestamp, ...description } = await client.describe_collection('c');
      assert.ok(Number.isInteger(collection_id));
      assert.equal(update_timestamp, created_timestamp);
      assert.deepEqual(description, {
        collection_name: 'c',
        auto_id: false,
        num_shards: 1,
        description: 'all kinds',
        fields: [
          { field_id: 100, name: 'pk', description: '', type: 21, params: { max_length: 10 }, is_primary: true },
          { field_id: 101, name: 'emb', description: 'of the text', type: 101, params: { dim: 2 } },
          { field_id: 102, name: 'arr', description: '', type: 22, params: { max_capacity: 8 }, element_type: 5 },
          { field_id: 103, name: 'nu', description: '', type: 5, params: {}, nullable: true },
          { field_id: 104, name: 'of', description: '', type: 11, params: {}, default_value: 0.5 },
        ],
        functions: [],
        aliases: [],
        consistency_level: 0,
        consistency_level_name: 'Strong',
        properties: {},
        num_partitions: 1,
        enable_dynamic_field: true,
      });
    });

    it('of fields made one by one', async (t) => {
      const client = clientFor(t, storage);
      const fields = [
        MilvusClient.create_field_schema('id', DataType.INT64, 'the key', { is_primary: true }),
        client.create_field_schema('vector', DataType.FLOAT_VECTOR, undefined, { dim: 2 }),
      ];
      await client.create_collection({ collection_name: 'c', schema: { fields } });
      const described = (await client.describe_collection('c')).fields;
      assert.deepEqual(described, [
        { field_id: 100, name: 'id', description: 'the key', type: 5, params: {}, is_primary: true },
        { field_id: 101, name: 'vector', description: '', type: 101, params: { dim: 2 } },
      ]);
    });

    it('say when they were made and altered', async (t) => {
      const apart = 2; // milliseconds that two clocks of a browser differ
      const place = placeFor(t, storage);
      let client = place.open();
      const before = Date.now();
      await client.create_collection('c', 2);
      const told = async () => {
        const { created_timestamp, update_timestamp } = await client.describe_collection('c');
        return [created_timestamp, update_timestamp].map((time) => time / 2 ** 18); // Milvus' hybrid times
      };
      const [made] = await told();
      assert.ok(before - apart <= made && made <= Date.now() + apart, `${before} ${made}`);
      let last = made;
      for (const alter of [
        () => client.alter_collection_properties('c', { x: 1 }),
        () => client.add_collection_field('c', 'n', DataType.INT64, { nullable: true }),
        () => client.alter_collection_field('c', 'vector', { 'mmap.enabled': true }),
        () => client.alter_index_properties('c', 'vector', { 'mmap.enabled': false }),
        async () => (await client.rename_collection('c', 'd'), client.rename_collection('d', 'c')),
      ]) {
        while (Date.now() <= last + apart) await client.list_collections(); // until there is another time
        await alter();
        const [created, altered] = await told();
        assert.equal(created, made);
        assert.ok(altered > last && altered <= Date.now() + apart, `${alter}: ${last} ${altered}`);
        last = altered;
      }
      await client.insert('c', { id: 1, vector: [1, 2] });
      assert.deepEqual(await told(), [made, last], 'rows change nothing');
      if (!storage.lasts) return;
      await client.close();
      client = place.open();
      assert.deepEqual(await told(), [made, last]);
    });

    it('of plain objects are those of builders', async (t) => {
      const client = clientFor(t, storage);
      const schema = {
        enable_dynamic_field: true,
        description: 'all kinds',
        fields: [
          { field_name: 'pk', datatype: 'VARCHAR', is_primary: true, max_length: 10 },
          { name: 'emb', type: 101, params: { dim: 2 }, description: 'of the text' },
          { name: 'arr', type: DataType.ARRAY, element_type: DataType.INT64, params: { max_capacity: 8 } },
          { name: 'nu', data_type: 'INT64', nullable: true },
          { name: 'of', type: 'DOUBLE', default_value: 0.5 },
        ],
      };
      await client.create_collection({ collection_name: 'plain', schema });
      await client.create_collection({ collection_name: 'built', schema: richSchema(client) });
      const [plain, built] = await Promise.all(['plain', 'built'].map((name) => client.describe_collection(name)));
      assert.deepEqual(plain.fields, built.fields);
    });

    it('can be created again as they are, and not as another', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', schema: richSchema(client) });
      await client.insert('c', { pk: 'a', emb: [1, 2], arr: [] });
      await client.create_collection({ collection_name: 'c', schema: richSchema(client) });
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 });
      await assert.rejects(client.create_collection({ collection_name: 'c', dimension: 2 }), {
        name: 'MilvusException',
        code: 65535,
        message: /duplicate collection.*c/,
      });
    });

    it('that are dropped and created again are empty', async (t) => {
      const client = clientFor(t, storage);
      for (const dimension of [2, 3]) {
        await client.create_collection({ collection_name: 'c', dimension });
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 });
        await client.insert('c', { id: 1, vector: Array(dimension).fill(1) });
        await client.drop_collection('c');
      }
    });

    it('answer insert, upsert, get, delete and search in the shapes of pymilvus', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', schema: richSchema(client) });
      const rows = [
        { pk: 'a', emb: [1, 0], arr: [1], nu: 5, color: 'red' },
        { pk: 'b', emb: [0, 1], arr: [] },
      ];
      assert.deepEqual(await client.insert('c', rows), { insert_count: 2, ids: ['a', 'b'], cost: 0 });
      assert.deepEqual(await client.insert('c', []), { insert_count: 0, ids: [], cost: 0 });
      assert.deepEqual(await client.upsert('c', rows[0]), { upsert_count: 1, ids: ['a'], cost: 0 });
      assert.deepEqual(await client.upsert('c', []), { upsert_count: 0, ids: [], cost: 0 });
      const full = [
        { pk: 'a', emb: Float32Array.of(1, 0), arr: [1], nu: 5, of: 0.5, color: 'red' },
        { pk: 'b', emb: Float32Array.of(0, 1), arr: [], nu: null, of: 0.5 },
      ];
      assert.deepEqual(await client.get('c', ['b', 'nobody', 'a']), [full[1], full[0]]);
      assert.deepEqual(await client.get('c', 'a'), [full[0]]);
      assert.deepEqual(await client.get('c', []), []);
      assert.deepEqual(await client.get('c', ['nobody']), []);
      assert.deepEqual(await client.get({ collection_name: 'c', ids: ['a'], output_fields: ['color'] }), [
        { pk: 'a', color: 'red' },
      ]);

      const search = (output_fields) => client.search({ collection_name: 'c', data: [[1, 0]], limit: 2, output_fields });
      const [[first]] = await search(['nu', 'color', 'missing']);
      assert.deepEqual(first, { pk: 'a', distance: 1, entity: { nu: 5, color: 'red' } });
      assert.equal(first.id, 'a', 'id reads the key, whatever its name');
      const [[plain, second]] = await search(undefined);
      assert.deepEqual([plain.entity, second.entity], [{}, {}]);
      const [everything] = await search(['*']);
      assert.deepEqual(everything.map(({ entity }) => entity), full);

      assert.deepEqual(await client.delete('c', ['a', 'nobody', 'a']), { delete_count: 1, cost: 0 });
      assert.deepEqual(await client.delete({ collection_name: 'c', ids: 'nobody' }), { delete_count: 0, cost: 0 });
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 });
      assert.equal(await client.flush('c'), undefined);
      const version = await client.get_server_version();
      assert.match(version, /^milvus_lite_wasm-\d+\.\d+\.\d+/);
      for (const detailed of [await client.get_server_version({ detail: true }), await client.get_server_version(10, true)]) {
        assert.deepEqual([detailed.version, detailed.deploy_mode], [version, 'embedded']);
      }
      assert.equal(client.get_server_type(), 'milvus');
    });

    it('give a row once, however often its key is asked for, in the order asked', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2 });
      await client.insert('c', [1, 2, 3].map((id) => ({ id, vector: [id, 1] })));
      const rows = await client.get({ collection_name: 'c', ids: [3, 1, 3, 9, 1, 2], output_fields: ['id'] });
      assert.deepEqual(rows, [{ id: 3 }, { id: 1 }, { id: 2 }]);
    });

    it('take an index as builder, list or plain object, and describe it', async (t) => {
      const client = clientFor(t, storage);
      const params = { M: 16, efConstruction: 200 };
      const forms = [
        { metric_type: 'COSINE', index_type: 'HNSW', params },
        { metric_type: 'COSINE', index_type: 'HNSW', ...params },
        [{ field_name: 'emb', metric_type: 'COSINE', index_type: 'HNSW', params }],
        client.prepare_index_params('emb', { index_type: 'HNSW', metric_type: 'COSINE', ...params }),
        client.prepare_index_params().add_index({ field_name: 'emb', index_type: 'HNSW', metric_type: 'COSINE', params }),
      ];
      for (const [i, index_params] of forms.entries()) {
        const collection_name = `c${i}`;
        await client.create_collection({ collection_name, schema: richSchema(client) });
        assert.deepEqual(await client.list_indexes(collection_name), []);
        assert.equal(await client.create_index({ collection_name, index_params }), undefined);
        assert.deepEqual(await client.list_indexes({ collection_name }), ['emb']);
        await client.insert(collection_name, { pk: 'a', emb: [1, 2], arr: [] });
        const { served_by, ...description } = await client.describe_index({ collection_name, index_name: 'emb' });
        assert.ok([undefined, 'exact'].includes(served_by));
        assert.deepEqual(description, {
          M: '16',
          efConstruction: '200',
          index_type: 'HNSW',
          metric_type: 'COSINE',
          field_name: 'emb',
          index_name: 'emb',
          total_rows: 1,
          indexed_rows: 1,
          pending_index_rows: 0,
          state: 'Finished',
        });
      }
    });

    it('take an index of defaults, under a name, once more, and let it go', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', schema: richSchema(client) });
      const index_params = { index_name: 'mine' };
      await client.create_index('c', index_params);
      await client.create_index('c', index_params); // as it is: no error
      assert.deepEqual(await client.list_indexes('c'), ['mine']);
      assert.deepEqual(await client.list_indexes('c', 'emb'), ['mine']);
      assert.deepEqual(await client.list_indexes('c', 'nu'), []);
      const { index_type, metric_type } = await client.describe_index('c', 'mine');
      assert.deepEqual({ index_type, metric_type }, { index_type: 'AUTOINDEX', metric_type: 'COSINE' });
      assert.equal(await client.describe_index('c', 'other'), undefined);
      assert.equal(await client.drop_index('c', 'mine'), undefined);
      assert.deepEqual(await client.list_indexes('c'), []);
      assert.equal(await client.describe_index('c', 'mine'), undefined);
      await client.create_index('c', { metric_type: 'L2', index_type: 'FLAT' });
      assert.equal((await client.describe_index('c', 'emb')).metric_type, 'L2');
    });

    it('drop the one index that is named, no other', async (t) => {
      const client = clientFor(t, storage);
      const schema = richSchema(client).add_field('emb2', DataType.FLOAT_VECTOR, { dim: 3 });
      const index_params = [{ field_name: 'emb' }, { field_name: 'emb2', metric_type: 'IP' }];
      await client.create_collection({ collection_name: 'c', schema, index_params });
      assert.deepEqual((await client.list_indexes('c')).sort(), ['emb', 'emb2']);
      await assert.rejects(client.describe_index('c', ''), { name: 'AmbiguousIndexName' });
      await client.drop_index('c', 'emb');
      assert.deepEqual(await client.list_indexes('c'), ['emb2']);
      assert.equal((await client.describe_index('c', '')).field_name, 'emb2');
    });

    it('are loaded and released; only loaded ones are read, all are written', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2 });
      await client.insert('c', { id: 1, vector: [1, 1] });
      assert.equal(await client.release_collection('c'), undefined);
      assert.deepEqual(await client.get_load_state('c'), { state: LoadState.NotLoad });
      const notLoaded = { name: 'MilvusException', code: 101, message: /not loaded.*c/ };
      await assert.rejects(client.search('c', [[1, 1]]), notLoaded);
      await assert.rejects(client.get('c', [1]), notLoaded);
      await client.insert('c', [{ id: 2, vector: [0, 1] }, { id: 3, vector: [1, 0] }]);
      await client.upsert('c', { id: 1, vector: [2, 2], text: 'new' });
      assert.deepEqual(await client.delete('c', [3]), { delete_count: 1, cost: 0 });
      assert.equal(await client.load_collection('c'), undefined);
      assert.deepEqual(await client.get_load_state('c'), { state: LoadState.Loaded });
      const [hits] = await client.search('c', [[1, 1]], { output_fields: ['text'] });
      assert.deepEqual(hits.map(({ id, entity }) => ({ id, entity })), [{ id: 1, entity: { text: 'new' } }, { id: 2, entity: {} }]);
      assert.deepEqual(await client.get_load_state('nope'), { state: LoadState.NotExist });
    });

    it('keep their rows apart', async (t) => {
      const client = clientFor(t, storage);
      const names = ['one', 'two', 'three'];
      for (const collection_name of names) await client.create_collection({ collection_name, dimension: 2 });
      await Promise.all(names.map((name, i) => client.insert(name, { id: 1, vector: [i, 1], name })));
      for (const name of names) {
        assert.deepEqual(await client.get({ collection_name: name, ids: [1], output_fields: ['name'] }), [{ id: 1, name }]);
      }
    });

    it('answer calls in the order in which they were made, awaited or not', async (t) => {
      const client = clientFor(t, storage);
      const calls = [client.create_collection('c', 2)];
      for (let id = 0; id < 20; id++) calls.push(client.insert('c', { id, vector: [id, 1] }));
      calls.push(client.delete('c', [0, 1, 2]));
      const stats = await client.get_collection_stats('c');
      assert.deepEqual(stats, { row_count: 17 });
      await Promise.all(calls);
    });
  });
}
