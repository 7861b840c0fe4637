// What a closed client leaves for the next one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadState } from '../../js/index.js';
import { assertHits, embeddings, textOf } from './exact.js';
import { placeFor } from './places.js';

const vectors = embeddings({ n: 700, dim: 48 });

/** A database with something of everything in it. Returns what must be found again. */
export async function fill(client) {
  const schema = client
    .create_schema({ auto_id: true, enable_dynamic_field: true, description: 'kept' })
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: 48 })
    .add_field('other', 'FLOAT_VECTOR', { dim: 2, nullable: true })
    .add_field('text', 'VARCHAR', { max_length: 512 })
    .add_field('big', 'INT64', { nullable: true })
    .add_field('score', 'DOUBLE', { default_value: 0.25 })
    .add_field('tags', 'ARRAY', { element_type: 'VARCHAR', max_capacity: 4, max_length: 20 })
    .add_field('more', 'JSON', { nullable: true });
  const index_params = client
    .prepare_index_params('vector', { index_type: 'HNSW', metric_type: 'IP', M: 8, efConstruction: 64 })
    .add_index('other', { index_type: 'FLAT', metric_type: 'L2', index_name: 'second' });
  await client.create_collection({ collection_name: 'articles', schema, index_params });
  const rows = vectors.map((vector, i) => ({
    vector,
    other: i % 3 ? [i, 1] : null,
    text: textOf(i),
    big: i % 2 ? 2n ** 60n + BigInt(i) : null,
    tags: i % 4 ? ['a', `t${i}`] : [],
    more: i % 5 ? { i, deep: [null, { ä: true }] } : null,
    extra: i,
  }));
  const { ids } = await client.insert('articles', rows.slice(0, 600));
  const { ids: later } = await client.insert('articles', rows.slice(600));
  ids.push(...later);
  const gone = ids.filter((_, i) => i % 7 === 0);
  await client.delete('articles', gone);
  const changed = { ...rows[1], id: ids[1], text: 'changed', score: 0.75 };
  await client.upsert('articles', changed);
  await client.create_collection({ collection_name: 'released', dimension: 2 });
  await client.insert('released', { id: 5, vector: [1, 2] });
  await client.release_collection('released');
  await client.create_collection({ collection_name: 'empty', dimension: 3, id_type: 'string' });
  await client.create_collection({ collection_name: 'dropped', dimension: 3 });
  await client.drop_collection('dropped');
  return { ids, last: ids.at(-1), kept: ids.filter((id) => !gone.includes(id)) };
}

/** All that a client can tell of a database of fill(). */
export async function tellAll(client, { ids }) {
  const names = await client.list_collections();
  /** @type {Record<string, any>} */
  const told = { names };
  for (const name of names) {
    const indexes = await client.list_indexes(name);
    told[name] = {
      description: await client.describe_collection(name),
      stats: await client.get_collection_stats(name),
      state: await client.get_load_state(name),
      indexes: await Promise.all(indexes.map((index) => client.describe_index(name, index))),
    };
  }
  told.rows = await client.get('articles', ids);
  const search = (data, anns_field) => client.search({ collection_name: 'articles', data, anns_field, limit: 50, output_fields: ['*'] });
  told.hits = [await search([vectors[3], vectors[4]], 'vector'), await search([[10, 1]], 'other')];
  return told;
}

/** @param {import('./places.js').Storage} storage */
export function reopenSuite(storage) {
  describe(`reopening, ${storage.name}`, () => {
    it('finds rows, schema, indexes and load states as they were left', async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      const filled = await fill(first);
      const before = await tellAll(first, filled);
      assert.equal(before.rows.length, filled.kept.length);
      assert.deepEqual(before.names, ['articles', 'empty', 'released']);
      assert.deepEqual(before.released.state, { state: LoadState.NotLoad });
      await first.close();

      for (let round = 0; round < 2; round++) {
        const client = place.open();
        assert.deepEqual(await tellAll(client, filled), before);
        await assert.rejects(client.search('released', [[1, 2]]), { code: 101 });
        await client.close();
      }
    });

    it('goes on with auto_id where it was', async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      const { last } = await fill(first);
      await first.delete('articles', [last]);
      await first.close();
      const client = place.open();
      const { ids } = await client.insert('articles', { vector: vectors[0], text: '', tags: [] });
      assert.ok(ids[0] > last, `${ids[0]} after ${last}, though that was deleted`);
    });

    it('searches what is there and what comes', async (t) => {
      const place = placeFor(t, storage);
      let entities = [];
      for (let round = 0; round < 5; round++) {
        const client = place.open();
        if (round === 0) await client.create_collection('c', 48);
        const rows = vectors.slice(round * 100, round * 100 + 100).map((vector, i) => ({ id: round * 80 + i, vector }));
        await client.insert('c', rows);
        const replaced = new Set(rows.map(({ id }) => id));
        entities = [...entities.filter(({ id }) => !replaced.has(id)), ...rows];
        const [hits] = await client.search('c', [vectors[600 + round]], { limit: 30 });
        assertHits(hits, entities, vectors[600 + round], { metric: 'COSINE', limit: 30 });
        await client.close();
      }
    });

    it('finds a dropped collection gone, and a renamed one under its new name', async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      await first.create_collection('a', 2);
      await first.create_collection('b', 2);
      await first.insert('a', { id: 1, vector: [1, 2] });
      await first.drop_collection('b');
      await first.rename_collection('a', 'b');
      await first.drop_index('b', 'vector');
      await first.close();
      const client = place.open();
      assert.deepEqual(await client.list_collections(), ['b']);
      assert.deepEqual(await client.list_indexes('b'), []);
      assert.deepEqual(await client.get({ collection_name: 'b', ids: [1], output_fields: ['id'] }), [{ id: 1 }]);
    });

    it('of a database that was only read changes nothing, and read_only refuses to write', async (t) => {
      const place = placeFor(t, storage);
      const first = place.open();
      const filled = await fill(first);
      const before = await tellAll(first, filled);
      await first.close();
      const reader = place.open({ read_only: true });
      assert.deepEqual(await tellAll(reader, filled), before);
      for (const write of [
        () => reader.insert('released', { id: 9, vector: [1, 1] }),
        () => reader.delete('articles', [filled.kept[0]]),
        () => reader.drop_collection('empty'),
        () => reader.create_collection('new', 4),
        () => reader.create_index('empty', { index_type: 'FLAT', field_name: 'vector', index_name: 'x' }),
        () => reader.rename_collection('empty', 'full'),
      ]) {
        await assert.rejects(write, (error) => error.name === 'MilvusException' || error.name === 'ParamError');
      }
      for (const call of [() => reader.insert('released', { id: 9, vector: [1, 1] }), () => reader.compact()]) {
        await assert.rejects(call, { code: 9, message: /read-only/ });
      }
      assert.deepEqual(await tellAll(reader, filled), before);
      await reader.load_collection('released'); // for as long as it is open
      assert.deepEqual(await reader.get_load_state('released'), { state: LoadState.Loaded });
    });

    it('keeps what was written without sync when durability is relaxed', async (t) => {
      const place = placeFor(t, storage);
      const first = place.open({ durability: 'relaxed' });
      const filled = await fill(first);
      const before = await tellAll(first, filled);
      await first.close();
      const client = place.open();
      assert.deepEqual(await tellAll(client, filled), before);
    });
  });
}
