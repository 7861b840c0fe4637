// Iterators: every row exactly once, whatever is written between batches.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { embeddings, exactSearch, randomOf } from './exact.js';
import { clientFor } from './places.js';

const DIM = 6;

/** Keys in no order, some beyond 2^53. */
const KEYS = {
  INT64: (i) => (i % 50 === 7 ? 2n ** 60n + BigInt(i) : ((i * 7919) % 20011) - 3000),
  VARCHAR: (i) => `${'öb"a\''[i % 5]}${(i * 7919) % 20011}`,
};

const byKey = (a, b) => (a.id < b.id ? -1 : 1); // of texts without surrogates, the order of their bytes

async function collectionOf(client, n, { keyType = 'INT64', ...more } = {}) {
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', keyType, { is_primary: true, max_length: keyType === 'VARCHAR' ? 20 : undefined })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM })
    .add_field('group', 'INT32');
  await client.create_collection({ collection_name: 'c', schema, ...more });
  const vectors = embeddings({ n, dim: DIM, seed: 3 });
  const rows = vectors.map((vector, i) => ({ id: KEYS[keyType](i), vector, group: i % 10 }));
  await client.insert('c', rows);
  return rows;
}

async function batchesOf(iterator) {
  const batches = [];
  for await (const batch of iterator) batches.push(batch);
  return batches;
}

const idsOf = (rows) => rows.map(({ id }) => id);

/** @param {import('./places.js').Storage} storage */
export function iteratorsSuite(storage) {
  describe(`query_iterator, ${storage.name}`, () => {
    for (const keyType of /** @type {const} */ (['INT64', 'VARCHAR'])) {
      it(`gives every row once, in the order of ${keyType} keys`, async (t) => {
        const client = clientFor(t, storage);
        const rows = (await collectionOf(client, 1000, { keyType })).sort(byKey);
        for (const batch_size of [1, 7, 250, 999, 1000, 1001, undefined]) {
          const wanted = batch_size === 1 ? rows.slice(0, 20) : rows;
          const limit = batch_size === 1 ? 20 : -1;
          const found = await batchesOf(
            await client.query_iterator('c', { batch_size, limit, output_fields: ['group'] }),
          );
          assert.ok(found.slice(0, -1).every(({ length }) => length === (batch_size ?? 1000)));
          assert.deepEqual(found.flat(), wanted.map(({ id, group }) => ({ id, group })));
        }
      });
    }

    it('keeps to filter, filter_params, limit and offset', async (t) => {
      const client = clientFor(t, storage);
      const rows = (await collectionOf(client, 300)).sort(byKey).filter(({ group }) => group >= 3);
      const filter = 'group >= {least}';
      const how = { filter, filter_params: { least: 3 }, batch_size: 16 };
      for (const { limit, offset = 0 } of [{ limit: -1 }, { limit: 0 }, { limit: 33 }, { limit: 1000, offset: 5 }]) {
        const found = await batchesOf(await client.query_iterator('c', { ...how, limit, offset }));
        const expected = rows.slice(offset, limit < 0 ? undefined : offset + limit);
        assert.deepEqual(idsOf(found.flat()), idsOf(expected));
      }
    });

    it('gives entities with all fields when none are named, and the key in any case', async (t) => {
      const client = clientFor(t, storage);
      const [first] = (await collectionOf(client, 3)).sort(byKey);
      const all = await client.query_iterator('c');
      assert.deepEqual((await all.next())[0], first);
      const some = await client.query_iterator({ collection_name: 'c', output_fields: ['group'] });
      assert.deepEqual((await some.next())[0], { id: first.id, group: first.group });
    });

    it('misses nothing and gives nothing twice while rows come and go', async (t) => {
      const client = clientFor(t, storage);
      const rows = await collectionOf(client, 600);
      const random = randomOf(5);
      const there = new Map(rows.map((row) => [row.id, row]));
      const untouched = new Set(there.keys());
      const seen = [];
      const iterator = await client.query_iterator({ collection_name: 'c', batch_size: 40, output_fields: ['group'] });
      let fresh = 30000;
      for await (const batch of iterator) {
        for (const row of batch) assert.equal(there.get(row.id)?.group, row.group, `${row.id} is there`);
        seen.push(...idsOf(batch));
        const gone = [...there.keys()].filter(() => random() < 0.03);
        await client.delete('c', gone);
        gone.forEach((id) => (there.delete(id), untouched.delete(id)));
        const changed = [...there.keys()].filter(() => random() < 0.05);
        const vector = new Float32Array(DIM);
        const written = changed.map((id) => ({ id, vector, group: 90 }));
        const added = Array.from({ length: 9 }, () => ({ id: fresh++, vector, group: 91 }));
        await client.upsert('c', [...written, ...added]);
        [...written, ...added].forEach((row) => there.set(row.id, row));
        if (fresh > 30100) fresh = -5000; // keys that are passed already
      }
      assert.equal(new Set(seen).size, seen.length, 'nothing twice');
      assert.deepEqual([...untouched].filter((id) => !seen.includes(id)), [], 'nothing missed');
    });

    it('ends with empty batches, and is ended by close and by leaving the loop', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, 25);
      const iterator = await client.query_iterator('c', 10);
      const sizes = [];
      for (let i = 0; i < 5; i++) sizes.push((await iterator.next()).length);
      assert.deepEqual(sizes, [10, 10, 5, 0, 0]);

      const closed = await client.query_iterator('c', 10);
      await closed.next();
      closed.close();
      assert.deepEqual(await closed.next(), []);

      const left = await client.query_iterator('c', 10);
      for await (const batch of left) if (batch.length) break;
      assert.deepEqual(await left.next(), []);
    });

    it('answers overlapping calls of next one after another', async (t) => {
      const client = clientFor(t, storage);
      const rows = (await collectionOf(client, 90)).sort(byKey);
      const iterator = await client.query_iterator('c', 30);
      const batches = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
      assert.deepEqual(batches.map(idsOf), [0, 30, 60, 90].map((from) => idsOf(rows.slice(from, from + 30))));
    });

    it('tells at once what is wrong', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, 5);
      for (const [how, field] of [
        [{ batch_size: 0 }, 'batch_size'], [{ batch_size: -1 }, 'batch_size'], [{ batch_size: 16385 }, 'batch_size'],
        [{ batch_size: 1.5 }, 'batch_size'], [{ limit: -2 }, 'limit'], [{ limit: 'all' }, 'limit'], [{ offset: -1 }, 'offset'],
      ]) {
        const says = [field, Object.values(how)[0]];
        await assertRefused(() => client.query_iterator('c', how), { type: 'ParamError', code: 1100, says, field });
      }
      const unknown = { type: 'ParamError', code: 1100, says: ["unknown parameter 'iterator_cp_file'"] };
      await assertRefused(() => client.query_iterator('c', { iterator_cp_file: 'x' }), unknown);
      await assert.rejects(client.query_iterator('c', { filter: 'group >' }), { code: 1100 });
      await assert.rejects(client.query_iterator('c', { output_fields: ['count(*)'] }), { code: 1100 });
      await assert.rejects(client.query_iterator('nowhere'), { code: 100 });
      await client.release_collection('c');
      await assert.rejects(client.query_iterator('c'), { code: 101 });
    });
  });

  describe(`search_iterator, ${storage.name}`, () => {
    for (const metric of /** @type {const} */ (['COSINE', 'IP', 'L2'])) {
      it(`gives every row once, nearest first, by ${metric}`, async (t) => {
        const client = clientFor(t, storage);
        const rows = await collectionOf(client, 500);
        // many at the same distance, also more than a batch has
        const twins = Array.from({ length: 90 }, (_, i) => ({ id: 50000 + i, vector: rows[i % 3].vector, group: 1 }));
        await client.insert('c', twins);
        const entities = [...rows, ...twins];
        const [query] = embeddings({ n: 1, dim: DIM, seed: 8 });
        const search_params = { metric_type: metric };
        const [page] = await client.search('c', [query], { limit: 590, search_params, output_fields: ['group'] });
        for (const batch_size of [7, 64, 590, 1000]) {
          const iterator = await client.search_iterator('c', [query], { batch_size, search_params, output_fields: ['group'] });
          const found = (await batchesOf(iterator)).flat();
          assert.deepEqual(found, page);
        }
        const expected = exactSearch(entities, query, { metric, limit: 590 });
        assert.equal(page.length, 590);
        page.forEach((hit, i) => assert.ok(Math.abs(hit.distance - expected[i].distance) < 1e-5));
      });
    }

    it('misses none of the rows whose distances differ by less than float32 rounds', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 3);
      const [x, y, z] = [0.3, -1.7, 2.9]; // all of one direction, at lengths that round otherwise
      const rows = Array.from({ length: 300 }, (_, id) => ({ id, vector: [x, y, z].map((v) => v * (1 + ((id * 37) % 300) / 7)) }));
      await client.insert('c', rows);
      for (const metric_type of ['COSINE', 'IP', 'L2']) {
        await client.drop_index('c', 'vector').catch((error) => assert.equal(error.code, 700));
        for (const batch_size of [1, 7, 50]) {
          const iterator = await client.search_iterator('c', [1.3, 0.2, 0.7], { batch_size, search_params: { metric_type } });
          const found = (await batchesOf(iterator)).flat();
          assert.deepEqual(idsOf(found).sort((a, b) => a - b), idsOf(rows), `${metric_type}, ${batch_size} a batch`);
        }
      }
    });

    it('is exact where an index answers searches nearly so', async (t) => {
      const client = clientFor(t, storage);
      const rows = await collectionOf(client, 5000, { index_params: [{ field_name: 'vector', index_type: 'HNSW', metric_type: 'L2' }] });
      await client.create_index({ collection_name: 'c', index_params: { index_type: 'HNSW', metric_type: 'L2' } });
      const [query] = embeddings({ n: 1, dim: DIM, seed: 9 });
      const iterator = await client.search_iterator('c', query, { batch_size: 700 });
      const found = (await batchesOf(iterator)).flat();
      const expected = exactSearch(rows, query, { metric: 'L2', limit: 5000 });
      assert.equal(new Set(idsOf(found)).size, 5000);
      found.forEach((hit, i) => assert.ok(Math.abs(hit.distance - expected[i].distance) < 1e-5, `hit ${i}`));
    });

    it('keeps to filter, limit, radius, range_filter and round_decimal', async (t) => {
      const client = clientFor(t, storage);
      const rows = await collectionOf(client, 400);
      const entities = rows.filter(({ group }) => group === 2 || group === 5);
      const [query] = embeddings({ n: 1, dim: DIM, seed: 10 });
      const all = exactSearch(entities, query, { metric: 'L2', limit: 80 });
      const [near, far] = [10, 60].map((i) => (all[i].distance + all[i + 1].distance) / 2);
      const search_params = { metric_type: 'L2', params: { radius: far, range_filter: near } };
      const how = { filter: 'group in {some}', filter_params: { some: [2, 5] }, batch_size: 8, search_params };
      for (const limit of [-1, 0, 20, 50, 1000]) {
        const iterator = await client.search_iterator({ collection_name: 'c', data: [query], ...how, limit, round_decimal: 2 });
        const found = (await batchesOf(iterator)).flat();
        assert.deepEqual(idsOf(found), idsOf(all.slice(11, 61)).slice(0, limit < 0 ? undefined : limit));
        for (const { distance } of found) assert.equal(distance, Number(distance.toFixed(2)));
      }
    });

    it('gives the rows that were there at the call and still are, while others come and go', async (t) => {
      const client = clientFor(t, storage);
      const rows = await collectionOf(client, 500);
      const [query] = embeddings({ n: 1, dim: DIM, seed: 11 });
      const there = new Set(idsOf(rows));
      const untouched = new Set(there);
      const random = randomOf(6);
      const seen = [];
      const iterator = await client.search_iterator('c', query, { batch_size: 30 });
      let last = Infinity;
      let fresh = 60000;
      for await (const batch of iterator) {
        for (const { id, distance } of batch) {
          assert.ok(there.has(id), `${id} is there`);
          assert.ok(distance <= last);
          last = distance;
        }
        seen.push(...batch.ids());
        const gone = [...there].filter(() => random() < 0.03);
        await client.delete('c', gone);
        const changed = [...there].filter((id) => !gone.includes(id) && random() < 0.03);
        [...gone, ...changed].forEach((id) => (there.delete(id), untouched.delete(id)));
        const added = Array.from({ length: 70 }, () => fresh++);
        const near = (id, i) => ({ id, group: 1, vector: query.map((x) => x + (i % 9) * random()) });
        await client.upsert('c', [...changed, ...added].map(near));
      }
      assert.equal(new Set(seen).size, seen.length, 'nothing twice');
      assert.deepEqual([...untouched].filter((id) => !seen.includes(id)), [], 'nothing missed');
    });

    it('has ids() and distances() of a page', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, 10);
      const page = await (await client.search_iterator('c', [1, 0, 0, 0, 0, 0], 4)).next();
      assert.deepEqual(page.ids(), page.map((hit) => hit.id));
      assert.deepEqual(page.distances(), page.map((hit) => hit.distance));
      assert.equal(page.length, 4);
    });

    it('fills batches with what external_filter_func keeps', async (t) => {
      const client = clientFor(t, storage);
      const rows = await collectionOf(client, 300);
      const [query] = embeddings({ n: 1, dim: DIM, seed: 12 });
      const kept = new Set(idsOf(rows.filter(({ group }) => group < 2)));
      const expected = idsOf(exactSearch(rows, query, { metric: 'COSINE', limit: 300 })).filter((id) => kept.has(id));
      const external_filter_func = (hits) => hits.filter(({ id }) => kept.has(id));
      for (const limit of [-1, 25]) {
        const iterator = await client.search_iterator('c', query, { batch_size: 20, limit, external_filter_func });
        const batches = await batchesOf(iterator);
        assert.deepEqual(batches.map(({ length }) => length), limit < 0 ? [20, 20, 20] : [20, 5]);
        assert.deepEqual(idsOf(batches.flat()), limit < 0 ? expected : expected.slice(0, 25));
      }
      const wrong = await client.search_iterator('c', query, { external_filter_func: () => 'none' });
      const says = ['external_filter_func must return a list of hits', 'string'];
      await assertRefused(() => wrong.next(), { type: 'ParamError', code: 1100, says });
    });

    it('tells at once what is wrong', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, 5);
      const query = [1, 0, 0, 0, 0, 0];
      const refused = (data, how, ...says) =>
        assertRefused(() => client.search_iterator('c', data, how), { type: 'ParamError', code: 1100, says });
      await refused([query, query], {}, 'data of an iterator must be one vector', 2);
      await refused(query, { batch_size: 0 }, 'batch_size', 0);
      await refused(query, { limit: -7 }, 'limit', -7);
      await refused(query, { external_filter_func: 3 }, 'external_filter_func must be a function');
      await refused(query, { search_params: { offset: 2 } }, 'offset must not be given to an iterator', 2);
      await refused(query, { group_by_field: 'group' }, 'group_by_field must not be given to an iterator', 'group');
      await assert.rejects(client.search_iterator('nowhere', query), { code: 100 });
      await assert.rejects(client.search_iterator('c', [1, 2]), { code: 1100 });
    });

    it('does not go on in another collection of that name', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, 50);
      const iterator = await client.search_iterator('c', [1, 0, 0, 0, 0, 0], 10);
      await iterator.next();
      await client.rename_collection('c', 'old');
      await collectionOf(client, 50);
      const says = ['an iterator must go on in the collection it began with', 'c'];
      await assertRefused(() => iterator.next(), { type: 'ParamError', code: 1100, says });
    });
  });
}
