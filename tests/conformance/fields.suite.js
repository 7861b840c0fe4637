// What changes a collection that has rows: fields that are added or altered, and emptying it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { clientFor, placeFor } from './places.js';

const rows = (from, n, rest = {}) => Array.from({ length: n }, (_, i) => ({ id: from + i, vector: [from + i, 1], ...rest }));
const make = async (client, enable_dynamic_field = true) => {
  await client.create_collection({ collection_name: 'c', dimension: 2, metric_type: 'L2', enable_dynamic_field });
  await client.insert('c', rows(0, 50));
};

/** @param {import('./places.js').Storage} storage */
export function fieldsSuite(storage) {
  describe(`fields, ${storage.name}`, () => {
    it('are added to rows that are there, which have the default or null', async (t) => {
      const client = clientFor(t, storage);
      await make(client, false);
      assert.equal(await client.add_collection_field('c', 'n', DataType.INT64, { nullable: true }), undefined);
      await client.add_collection_field({ collection_name: 'c', field_name: 's', data_type: DataType.VARCHAR, desc: 'new', max_length: 9, default_value: "it's" });
      await client.add_collection_field('c', 'r', DataType.FLOAT, { nullable: true, default_value: 0.5 });
      await client.add_collection_field('c', 'b', DataType.BOOL, { default_value: true });
      await client.add_collection_field('c', 'j', DataType.JSON, { nullable: true });
      const { fields } = await client.describe_collection('c');
      assert.deepEqual(fields.slice(2), [
        { field_id: 102, name: 'n', description: '', type: DataType.INT64, params: {}, nullable: true },
        { field_id: 103, name: 's', description: 'new', type: DataType.VARCHAR, params: { max_length: 9 }, default_value: "it's" },
        { field_id: 104, name: 'r', description: '', type: DataType.FLOAT, params: {}, nullable: true, default_value: 0.5 },
        { field_id: 105, name: 'b', description: '', type: DataType.BOOL, params: {}, default_value: true },
        { field_id: 106, name: 'j', description: '', type: DataType.JSON, params: {}, nullable: true },
      ]);
      await client.insert('c', rows(50, 2, { n: 7, s: 'x', r: 1, b: false, j: { k: [1] } }));
      await client.insert('c', rows(52, 1));
      const output_fields = ['n', 's', 'r', 'b', 'j'];
      assert.deepEqual(await client.get('c', [0, 50, 52], { output_fields }), [
        { id: 0, n: null, s: "it's", r: 0.5, b: true, j: null },
        { id: 50, n: 7, s: 'x', r: 1, b: false, j: { k: [1] } },
        { id: 52, n: null, s: "it's", r: 0.5, b: true, j: null },
      ]);
      const count = async (filter) => (await client.query('c', { filter, output_fields: ['count(*)'] }))[0]['count(*)'];
      assert.equal(await count('n is null'), 51);
      assert.equal(await count('s == "it\'s" and b == true and r == 0.5'), 51);
      assert.equal(await count('j["k"][0] == 1'), 2);
      const [hits] = await client.search('c', [[51, 1]], { limit: 2, filter: 'n == 7', output_fields: ['s'] });
      assert.deepEqual(hits.map(({ id, entity }) => [id, entity]), [[51, { s: 'x' }], [50, { s: 'x' }]]);
    });

    it('that are dynamic keys of earlier rows are the field from then on', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.upsert('c', rows(0, 1, { tag: 'dynamic', other: 1 }));
      await client.add_collection_field('c', 'tag', DataType.VARCHAR, { max_length: 9, nullable: true });
      await client.insert('c', rows(60, 1, { tag: 'field' }));
      assert.deepEqual(await client.get('c', [0, 60], { output_fields: ['tag'] }), [{ id: 0, tag: null }, { id: 60, tag: 'field' }]);
      assert.equal((await client.get('c', [0]))[0].tag, null);
      assert.equal((await client.get('c', [0]))[0].other, 1);
    });

    it('are dropped with their values and indexes, and their names can be used again', async (t) => {
      const client = clientFor(t, storage);
      const schema = client
        .create_schema()
        .add_field('id', 'INT64', { is_primary: true })
        .add_field('a', 'FLOAT_VECTOR', { dim: 2 })
        .add_field('Tag', 'VARCHAR', { max_length: 9 })
        .add_field('b', 'FLOAT16_VECTOR', { dim: 3 })
        .add_field('tag', 'INT64', { nullable: true })
        .add_field('s', 'SPARSE_FLOAT_VECTOR');
      await client.create_collection({ collection_name: 'c', schema });
      const data = Array.from({ length: 50 }, (_, id) => ({ id, a: [id, 1], Tag: `t${id}`, b: [id, 1, 2], tag: -id, s: { 1: id + 1 } }));
      await client.insert('c', data);
      await client.create_index('c', [{ field_name: 'b', metric_type: 'L2' }, { field_name: 'a', metric_type: 'L2' }]);
      await client.create_index('c', [{ field_name: 'Tag', index_type: 'TRIE' }, { field_name: 'tag', index_type: 'STL_SORT', index_name: 'sorted' }]);
      const rest = async () => [
        await client.query('c', { filter: 'tag < -47', output_fields: ['tag', 'b'] }),
        (await client.search('c', [[3, 1, 2]], { anns_field: 'b', limit: 2, filter: 'tag < -3', output_fields: ['tag'] }))[0].map(({ id, distance }) => [id, distance]),
        (await client.describe_collection('c')).fields.filter(({ name }) => name === 'b' || name === 'tag'),
        await client.describe_index('c', 'sorted'),
      ];
      const before = await rest();
      assert.equal(await client.drop_collection_field('c', 'a'), undefined);
      assert.deepEqual(await rest(), before);
      await client.drop_collection_field({ collection_name: 'c', field_name: 'Tag' });
      await client.drop_collection_field('c', { field_id: 105 });
      assert.deepEqual(await rest(), before);
      assert.deepEqual((await client.describe_collection('c')).fields.map(({ name, field_id }) => [name, field_id]), [['id', 100], ['b', 103], ['tag', 104]]);
      assert.deepEqual(await client.list_indexes('c'), ['b', 'sorted']);
      await assertRefused(() => client.search('c', [[1, 1]], { anns_field: 'a' }), { type: 'MilvusException', code: 1700, says: ['a'] });
      await assertRefused(() => client.query('c', { filter: 'Tag == "t1"' }), { type: 'ParamError', code: 1100, says: ['Tag'] });
      await assertRefused(() => client.insert('c', data), { type: 'DataNotMatchException', code: 1100, says: ['a'] });
      await client.insert('c', [{ id: 50, b: [50, 1, 2], tag: 7 }]);
      await client.add_collection_field('c', 'Tag', DataType.INT8, { nullable: true });
      await client.add_collection_field('c', 'a', DataType.JSON, { nullable: true });
      await client.insert('c', [{ id: 51, b: [51, 1, 2], Tag: 1, a: [2] }]);
      const [first, , last] = await client.get('c', [49, 50, 51]);
      assert.deepEqual([first.Tag, first.a, first.tag, last.Tag, last.a], [null, null, -49, 1, [2]]);
      assert.deepEqual((await client.describe_collection('c')).fields.slice(3).map(({ name, field_id }) => [name, field_id]), [['Tag', 106], ['a', 107]]);
      assert.deepEqual(await rest(), before.map((part, i) => (i === 3 ? { ...part, total_rows: 52, indexed_rows: 52 } : part)));
    });

    it('that are dynamic go and come with a property', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.upsert('c', rows(0, 1, { tag: 'old' }));
      await client.alter_collection_properties('c', { 'dynamicfield.enabled': false });
      const { enable_dynamic_field, properties } = await client.describe_collection('c');
      assert.deepEqual([enable_dynamic_field, properties], [false, { 'dynamicfield.enabled': 'false' }]);
      assert.deepEqual(Object.keys((await client.get('c', [0]))[0]), ['id', 'vector']);
      await assertRefused(() => client.insert('c', rows(60, 1, { tag: 'x' })), { type: 'DataNotMatchException', code: 1100, says: ['tag', 'dynamic'] });
      await assertRefused(() => client.query('c', { filter: 'tag == "old"' }), { type: 'ParamError', code: 1100, says: ['tag'] });
      await client.alter_collection_properties('c', { 'dynamicfield.enabled': true });
      await client.insert('c', rows(60, 1, { tag: 'new' }));
      assert.deepEqual(await client.query('c', { filter: 'exists tag', output_fields: ['tag'] }), [{ id: 60, tag: 'new' }]);
      await client.create_collection({ collection_name: 'd', dimension: 2, properties: { 'dynamicfield.enabled': false } });
      assert.equal((await client.describe_collection('d')).enable_dynamic_field, false);
    });

    it('take other limits', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.add_collection_field('c', 's', DataType.VARCHAR, { max_length: 3, nullable: true });
      await assertRefused(() => client.insert('c', rows(60, 1, { s: 'long' })), { type: 'DataNotMatchException', code: 1100, says: ['s', '3'], field: 's' });
      assert.equal(await client.alter_collection_field('c', 's', { max_length: 4 }), undefined);
      await client.insert('c', rows(60, 1, { s: 'long' }));
      await client.alter_collection_field({ collection_name: 'c', field_name: 'vector', field_params: { 'mmap.enabled': true } });
      const { fields } = await client.describe_collection('c');
      assert.deepEqual(fields.map(({ params }) => params), [{}, { dim: 2, 'mmap.enabled': true }, { max_length: 4 }]);
      const [hits] = await client.search('c', [[60, 1]], { limit: 1, output_fields: ['s'] });
      assert.deepEqual(hits.map(({ id, entity }) => [id, entity]), [[60, { s: 'long' }]]);
    });

    it('whose limits were lowered keep longer values that are there, also when other fields are updated', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.add_collection_field('c', 's', DataType.VARCHAR, { max_length: 9, nullable: true });
      await client.add_collection_field('c', 'l', DataType.ARRAY, { element_type: DataType.VARCHAR, max_length: 9, max_capacity: 3, nullable: true });
      await client.insert('c', rows(60, 1, { s: 'as it was', l: ['as it was', 'b', 'c'] }));
      await client.alter_collection_field('c', 's', { max_length: 3 });
      await client.alter_collection_field('c', 'l', { max_length: 3, max_capacity: 1 });
      const update = (row) => client.upsert('c', [{ id: 60, ...row }], { partial_update: true });
      await update({ note: 1 });
      assert.deepEqual(await client.get('c', [60], { output_fields: ['s', 'l', 'note'] }), [{ id: 60, s: 'as it was', l: ['as it was', 'b', 'c'], note: 1 }]);
      await assertRefused(() => update({ s: 'long' }), { type: 'DataNotMatchException', code: 1100, says: ['s', '3', '4'], field: 's', row: 0 });
      await assertRefused(() => update({ l: ['a', 'b'] }), { type: 'DataNotMatchException', code: 1100, says: ['l', '1', '2'], field: 'l', row: 0 });
      await update({ s: 'abc', l: ['a'] });
      assert.deepEqual(await client.get('c', [60], { output_fields: ['s', 'l', 'note'] }), [{ id: 60, s: 'abc', l: ['a'], note: 1 }]);
    });

    it('say why they cannot be added or altered', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      const before = await client.describe_collection('c');
      const bad = (says, code = 1100, type = 'ParamError') => ({ type, code, says, field: says[0] });
      await assertRefused(() => client.add_collection_field('c', 'x', DataType.INT64, {}), { type: 'ParamError', code: 1100, says: ['nullable', 'x'] });
      await assertRefused(() => client.add_collection_field('c', 'x', DataType.FLOAT_VECTOR, { dim: 2, nullable: true }), { type: 'ParamError', code: 1100, says: ['vector', 'x'] });
      await assertRefused(() => client.add_collection_field('c', 'id', DataType.INT64, { nullable: true }), { type: 'SchemaNotReadyException', code: 105, says: ['duplicate', 'id'] });
      await assertRefused(() => client.add_collection_field('c', 'x', DataType.INT8, { default_value: 300 }), { ...bad(['x']), type: 'DataNotMatchException' });
      for (const name of ['rowid', 'OID', '_rowid_']) {
        await assertRefused(() => client.add_collection_field('c', name, DataType.INT64, { nullable: true }), { ...bad([name], 1701), says: ['rowid', name] });
      }
      await assertRefused(() => client.alter_collection_field('c', 'x', { max_length: 3 }), { type: 'MilvusException', code: 1700, says: ['x'] });
      await assertRefused(() => client.alter_collection_field('c', 'id', { max_length: 3 }), { type: 'ParamError', code: 1100, says: ['max_length', 'id', 'INT64'] });
      await assertRefused(() => client.drop_collection_field('c', 'none'), { type: 'ParamError', code: 1100, says: ['field not found', 'none'] });
      await assertRefused(() => client.drop_collection_field('c', { field_id: 7 }), { type: 'ParamError', code: 1100, says: ['field not found', '7'] });
      await assertRefused(() => client.drop_collection_field('c'), { type: 'ParamError', code: 1100, says: ['field_name', 'field_id', 'neither'] });
      await assertRefused(() => client.drop_collection_field('c', 'vector', 101), { type: 'ParamError', code: 1100, says: ['both'] });
      await assertRefused(() => client.drop_collection_field('c', 'id'), { type: 'ParamError', code: 1100, says: ['primary key', 'id'] });
      await assertRefused(() => client.drop_collection_field('c', 'vector'), { type: 'ParamError', code: 1100, says: ['last vector', 'vector'] });
      await assertRefused(() => client.drop_collection_field('nope', 'x'), { type: 'CollectionNotExistException', code: 100, says: ['nope'] });
      await assertRefused(() => client.add_collection_field('nope', 'x', DataType.INT64, { nullable: true }), { type: 'CollectionNotExistException', code: 100, says: ['nope'] });
      await assertRefused(() => client.alter_collection_properties('c', { 'collection.ttl.seconds': -2 }), {
        type: 'ParamError', code: 1100, says: ['collection.ttl.seconds', '-1..3155760000', '-2'],
      });
      assert.deepEqual(await client.describe_collection('c'), before);
    });

    it('may have the names that SQLite has for rows, when the collection is made with them', async (t) => {
      const client = clientFor(t, storage);
      const schema = client.create_schema().add_field('oid', DataType.INT64, { is_primary: true }).add_field('vector', DataType.FLOAT_VECTOR, { dim: 2 });
      schema.add_field('rowid', DataType.INT64).add_field('_rowid_', DataType.VARCHAR, { max_length: 9, nullable: true });
      await client.create_collection({ collection_name: 'c', schema });
      await client.insert('c', [{ oid: 7, vector: [1, 2], rowid: 70, _rowid_: 'a' }, { oid: 3, vector: [3, 4], rowid: 7 }]);
      await client.upsert('c', [{ oid: 7, _rowid_: 'b' }], { partial_update: true });
      await client.delete('c', { filter: 'rowid == 7' });
      assert.deepEqual(await client.query('c', 'oid > 0', ['rowid', '_rowid_']), [{ oid: 7, rowid: 70, _rowid_: 'b' }]);
    });

    it('are there after reopening, and in a copy', { skip: !storage.lasts && 'nothing lasts there' }, async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      await make(first);
      await first.add_collection_field('c', 'n', DataType.INT64, { default_value: 1 });
      await first.add_collection_field('c', 's', DataType.VARCHAR, { max_length: 9, default_value: 'x' });
      await first.drop_collection_field('c', 'n');
      const copy = await first.export_db();
      await first.close();
      const other = placeFor(t, storage).open();
      await other.import_db(copy);
      for (const client of [place.open(), other]) {
        await client.insert('c', rows(50, 1, { s: 'y' }));
        assert.deepEqual(await client.get('c', [1, 50], { output_fields: ['s'] }), [{ id: 1, s: 'x' }, { id: 50, s: 'y' }]);
      }
    });
  });

  describe(`emptying a collection, ${storage.name}`, () => {
    it('leaves everything but rows', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2, auto_id: true });
      await client.create_partition('c', 'p');
      await client.create_alias('c', 'x');
      await client.insert('c', [{ vector: [1, 1] }, { vector: [2, 1] }]);
      await client.insert('c', [{ vector: [3, 1] }], { partition_name: 'p' });
      const before = await client.describe_collection('c');
      assert.equal(await client.truncate_collection('x'), undefined);
      assert.deepEqual(await client.describe_collection('c'), before);
      assert.deepEqual(await client.list_indexes('c'), ['vector']);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 });
      assert.deepEqual(await client.get_partition_stats('c', 'p'), { row_count: 0 });
      assert.deepEqual(await client.search('c', [[1, 1]]), [[]]);
      assert.deepEqual((await client.insert('c', [{ vector: [4, 1] }], { partition_name: 'p' })).ids, [4], 'no key comes again');
      assert.deepEqual((await client.search('c', [[1, 1]]))[0].map(({ id }) => id), [4]);
      assert.equal(await client.refresh_load('c'), undefined);
      await client.release_collection('c');
      await assertRefused(() => client.refresh_load('c'), { type: 'MilvusException', code: 101, says: ['c'] });
      await assertRefused(() => client.truncate_collection('nope'), { type: 'CollectionNotExistException', code: 100, says: ['nope'] });
      assert.equal(await client.get_server_type(), 'milvus');
    });
  });
}
