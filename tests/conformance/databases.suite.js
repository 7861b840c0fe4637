// Databases and aliases: what names stand for.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { clientFor, placeFor } from './places.js';

const row = (id, x = id) => ({ id, vector: [x, 1] });

async function make(client, ...names) {
  for (const name of names) await client.create_collection(name, 2);
}

/** @param {import('./places.js').Storage} storage */
export function databasesSuite(storage) {
  describe(`aliases, ${storage.name}`, () => {
    it('stand for a collection in every call that names one', async (t) => {
      const client = clientFor(t, storage);
      await make(client, 'c', 'd');
      assert.equal(await client.create_alias('c', 'x'), undefined);
      assert.equal(await client.create_alias({ collection_name: 'c', alias: 'x' }), undefined);
      assert.equal(await client.has_collection('x'), true);
      assert.deepEqual(await client.list_collections(), ['c', 'd']);
      await client.insert('x', [row(1), row(2)]);
      assert.deepEqual((await client.search('x', [[1, 1]]))[0].map(({ id }) => id), [1, 2]);
      assert.equal((await client.query('x', { filter: 'id > 0' })).length, 2);
      assert.equal((await client.get('x', [1])).length, 1);
      assert.deepEqual(await client.delete('x', [2]), { delete_count: 1, cost: 0 });
      await client.create_partition('x', 'p');
      assert.deepEqual(await client.list_partitions('c'), ['_default', 'p']);
      await client.drop_index('x', 'vector');
      await client.create_index('x', { index_type: 'HNSW', metric_type: 'L2' });
      assert.deepEqual(await client.list_indexes('x'), ['vector']);
      await client.release_collection('x');
      assert.deepEqual(await client.get_load_state('x'), await client.get_load_state('c'));
      await client.load_collection('x');
      await client.alter_collection_properties('x', { p: 1 });
      await client.flush('x');
      assert.deepEqual(await client.get_collection_stats('x'), { row_count: 1 });
      const described = await client.describe_collection('x');
      assert.deepEqual(described, await client.describe_collection('c'));
      assert.deepEqual(described.aliases, ['x']);
    });

    it('are described, listed, moved and dropped', async (t) => {
      const client = clientFor(t, storage);
      await make(client, 'c', 'd');
      await client.create_alias('c', 'x');
      await client.create_alias('d', 'y');
      assert.deepEqual(await client.describe_alias('x'), { alias: 'x', collection_name: 'c', db_name: 'default' });
      assert.deepEqual(await client.list_aliases('c'), { aliases: ['x'], collection_name: 'c', db_name: 'default' });
      assert.deepEqual((await client.list_aliases()).aliases, ['x', 'y']);
      await client.insert('d', row(7));
      assert.equal(await client.alter_alias('d', 'x'), undefined);
      assert.deepEqual(await client.get('x', [7], { output_fields: ['id'] }), [{ id: 7 }]);
      assert.deepEqual((await client.list_aliases('c')).aliases, []);
      assert.equal(await client.drop_alias('x'), undefined);
      assert.equal(await client.drop_alias('x'), undefined);
      assert.equal(await client.has_collection('x'), false);
    });

    it('say what is wrong', async (t) => {
      const client = clientFor(t, storage);
      await make(client, 'c', 'd');
      await client.create_alias('c', 'x');
      const refused = (code, says, type = 'MilvusException') => ({ type, code, says });
      await assertRefused(() => client.create_alias('d', 'x'), refused(1602, ['alias already exist', 'x', 'c']));
      await assertRefused(() => client.create_alias('d', 'c'), refused(1601, ['conflict', 'c']));
      await assertRefused(() => client.create_alias('nope', 'z'), refused(100, ['nope'], 'CollectionNotExistException'));
      await assertRefused(() => client.create_alias('d', 'a b'), refused(1100, ['alias', 'letters', 'a b'], 'ParamError'));
      await assertRefused(() => client.alter_alias('d', 'z'), refused(1600, ['alias not found', 'z']));
      await assertRefused(() => client.alter_alias('d', 'c'), refused(1601, ['conflict', 'c']));
      await assertRefused(() => client.describe_alias('z'), refused(1600, ['alias not found', 'z']));
      await assertRefused(() => client.create_collection('x', 2), refused(1601, ['conflict', 'x', 'c']));
      await assertRefused(() => client.rename_collection('d', 'x'), refused(1601, ['conflict', 'x']));
      await assertRefused(() => client.rename_collection('x', 'e'), refused(1100, ['alias', 'x'], 'ParamError'));
      await assertRefused(() => client.drop_collection('x'), refused(1100, ['alias', 'x'], 'ParamError'));
      await assertRefused(() => client.drop_collection('c'), refused(1100, ['c', 'aliases', 'x'], 'ParamError'));
      await assertRefused(() => client.list_aliases('nope'), refused(100, ['nope'], 'CollectionNotExistException'));
      assert.deepEqual((await client.list_aliases()).aliases, ['x']);
      await client.rename_collection('c', 'e');
      assert.equal((await client.describe_alias('x')).collection_name, 'e');
    });
  });

  describe(`databases, ${storage.name}`, () => {
    it('are made, listed, described and dropped', async (t) => {
      const client = clientFor(t, storage);
      assert.deepEqual(await client.list_databases(), ['default']);
      assert.equal(await client.create_database('a'), undefined);
      await client.create_database({ db_name: 'b', properties: { 'database.replica.number': 2 } });
      await client.create_database('e', { x: 1 });
      assert.deepEqual(await client.describe_database('e'), { name: 'e', x: '1' });
      await client.drop_database('e');
      assert.deepEqual(await client.list_databases(), ['default', 'a', 'b']);
      assert.deepEqual(await client.describe_database('b'), { name: 'b', 'database.replica.number': '2' });
      await client.alter_database_properties('b', { x: true });
      await client.drop_database_properties({ db_name: 'b', property_keys: ['database.replica.number'] });
      assert.deepEqual(await client.describe_database('b'), { name: 'b', x: 'true' });
      assert.equal(await client.drop_database('a'), undefined);
      assert.deepEqual(await client.list_databases(), ['default', 'b']);
    });

    it('have names of their own', async (t) => {
      const client = clientFor(t, storage);
      await make(client, 'c');
      await client.insert('c', row(1));
      await client.create_database('a');
      assert.equal(await client.use_database('a'), undefined);
      assert.deepEqual(await client.list_collections(), []);
      await make(client, 'c', 'e');
      await client.create_alias('e', 'x');
      await client.insert('c', [row(2), row(3)]);
      await client.create_index('e', { field_name: 'vector', index_type: 'AUTOINDEX' });
      assert.deepEqual(await client.describe_alias('x'), { alias: 'x', collection_name: 'e', db_name: 'a' });
      assert.deepEqual((await client.query('c', { limit: 5, output_fields: ['id'] })).map(({ id }) => id), [2, 3]);
      assert.deepEqual(await client.get_collection_stats({ collection_name: 'c', db_name: 'default' }), { row_count: 1 });
      await client.using_database({ db_name: 'default' });
      assert.deepEqual(await client.list_collections(), ['c']);
      assert.equal(await client.has_collection('x'), false);
      assert.deepEqual(await client.list_collections({ db_name: 'a' }), ['c', 'e']);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 });
    });

    it('exchange collections', async (t) => {
      const client = clientFor(t, storage);
      await make(client, 'c');
      await client.insert('c', row(1));
      await client.create_database('a');
      await client.rename_collection('c', 'd', 'a');
      assert.deepEqual(await client.list_collections(), []);
      assert.deepEqual(await client.get_collection_stats({ collection_name: 'd', db_name: 'a' }), { row_count: 1 });
      await client.rename_collection({ old_name: 'd', new_name: 'd', target_db: 'default', db_name: 'a' });
      assert.deepEqual(await client.list_collections(), ['d']);
    });

    it('are flushed all at once, which nothing has to wait for', async (t) => {
      const client = clientFor(t, storage);
      assert.equal(await client.flush_all(), undefined);
      await make(client, 'c');
      await client.create_database('a');
      await client.use_database('a');
      await make(client, 'c', 'd');
      await client.insert('c', row(1));
      assert.equal(await client.flush_all({ timeout: 10 }), undefined);
      assert.equal(await client.get_flush_all_state(), true);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 });
    });

    it('are chosen by the client, and there may be several clients', { skip: storage.kind !== 'given' && !storage.lasts && 'nothing lasts there' }, async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      await first.create_database('a');
      await first.use_database('a');
      await make(first, 'c');
      await first.insert('c', row(1));
      const copy = await first.export_db();
      await first.close();
      const second = place.open({ db_name: 'a' });
      assert.deepEqual(await second.get('c', [1], { output_fields: ['id'] }), [{ id: 1 }]);
      await second.close();
      const third = place.open({ db_name: 'nope' });
      await assertRefused(() => third.list_collections(), { type: 'MilvusException', code: 800, says: ['nope'] });
      const other = placeFor(t, storage).open();
      await other.import_db(copy);
      assert.deepEqual(await other.list_databases(), ['default', 'a']);
      assert.deepEqual(await other.list_collections({ db_name: 'a' }), ['c']);
    });

    it('say what is wrong', async (t) => {
      const client = clientFor(t, storage);
      await client.create_database('a');
      const missing = { type: 'MilvusException', code: 800, says: ['database not found', 'nope'] };
      await assertRefused(() => client.use_database('nope'), missing);
      assert.deepEqual(await client.list_collections(), [], 'it is where it was');
      await assertRefused(() => client.describe_database('nope'), missing);
      await assertRefused(() => client.drop_database('nope'), missing);
      await assertRefused(() => client.alter_database_properties('nope', { x: 1 }), missing);
      await assertRefused(() => client.drop_database_properties('nope', ['x']), missing);
      await assertRefused(() => client.using_database('nope'), missing);
      await assertRefused(() => client.alter_database_properties('a', { x: [1] }), { type: 'ParamError', code: 1100, says: ['properties', 'array', 'x'] });
      await assertRefused(() => client.list_collections({ db_name: 'nope' }), missing);
      await assertRefused(() => client.insert({ collection_name: 'c', data: [], db_name: 'nope' }), missing);
      await assertRefused(() => client.create_database('a'), { type: 'MilvusException', code: 65535, says: ['already exist', 'a'] });
      await assertRefused(() => client.create_database('a b'), { type: 'MilvusException', code: 802, says: ['db_name', 'a b'] });
      await assertRefused(() => client.drop_database('default'), { type: 'ParamError', code: 1100, says: ['default'] });
      await client.use_database('a');
      await make(client, 'c');
      await assertRefused(() => client.drop_database('a'), { type: 'ParamError', code: 1100, says: ['a', 'not empty'] });
      await assertRefused(() => client.rename_collection('c', 'd', 'nope'), missing);
      await client.create_alias('c', 'x');
      await assertRefused(() => client.rename_collection('c', 'd', 'default'), { type: 'ParamError', code: 1100, says: ['aliases', 'c'] });
      assert.deepEqual(await client.list_collections(), ['c']);
    });
  });
}
