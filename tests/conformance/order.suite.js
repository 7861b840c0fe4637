// Queries and searches in the order of scalar fields, against the slow twin: all rows, sorted.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnnSearchRequest, RRFRanker } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { embeddings, randomOf } from './exact.js';
import { comparisonOf, inOrder } from './ordered.js';
import { clientFor } from './places.js';
import { collectionOf, DIM, PATHS, randomModel, WORDS } from './random_rows.js';

/** One to three fields in random directions: as a request names them, and for the twin. */
function randomOrder({ fields, below }) {
  const names = [...fields.map(({ name }) => name), ...Object.keys(PATHS), 'id'];
  const terms = Array.from({ length: 1 + below(3) }, () => names[below(names.length)]).map((field) => {
    const desc = below(2) === 1;
    const nulls = [undefined, 'first', 'last'][below(3)];
    const order = `${[desc ? 'desc' : 'asc', desc ? 'DESCENDING' : 'ascending'][below(2)]}${nulls ? `:nulls_${nulls}` : ''}`;
    const of = PATHS[field] ?? ((row) => (field === 'at' && row.at != null ? Date.parse(row.at) : row[field]));
    return { field, desc, nulls, of, order, text: desc || nulls || below(2) ? `${field}:${order}` : field };
  });
  const asText = terms.map(({ text }) => text).join(', ');
  const asList = terms.map(({ field, order, text }) => (below(2) ? text : { field, order }));
  return { given: below(2) ? asText : asList, terms };
}

const idsOf = (rows) => rows.map(({ id }) => id);

/** Queries of the rows by filter, by keys or of all, whole and page by page, and searches. */
async function check(client, model, rows, { partition_names, among = () => true } = {}) {
  const { below } = model;
  const there = rows.filter(among);
  for (let round = 0; round < 12; round++) {
    const { given, terms } = randomOrder(model);
    const said = JSON.stringify(given);
    const name = below(2) ? 'order_by' : 'order_by_fields';
    const query = async (p) => idsOf(await client.query({ collection_name: 'c', [name]: given, partition_names, output_fields: ['list'], ...p }));
    const expected = idsOf(inOrder(there, terms));
    assert.deepEqual(await query({ filter: 'list[0] >= 0' }), expected, said);
    const few = inOrder(there.filter(({ list }) => list[0] === 1), terms);
    assert.deepEqual(await query({ filter: 'list[0] == 1', limit: 7 }), idsOf(few.slice(0, 7)), said);
    const some = rows.filter((_, i) => i % 5 === 3);
    assert.deepEqual(await query({ ids: idsOf(some), limit: 30 }), idsOf(inOrder(some.filter(among), terms).slice(0, 30)), said);
    const pages = [];
    const limit = 1 + below(60);
    for (let offset = 0; offset < there.length; offset += limit) pages.push(...(await query({ limit, offset })));
    assert.deepEqual(pages, expected, said);
    await checkSearch(client, there, { given, terms, partition_names, limit: 1 + below(30), offset: below(20) });
  }
}

async function checkSearch(client, there, { given, terms, limit, offset, partition_names }) {
  const rowOf = new Map(there.map((row) => [row.id, row]));
  const data = embeddings({ n: 2, dim: DIM, seed: limit });
  const search = (p) => client.search({ collection_name: 'c', data, partition_names, output_fields: ['list'], ...p });
  const nearest = await search({ limit: limit + offset });
  const ordered = await search({ limit, offset, order_by_fields: given });
  const compare = comparisonOf(terms);
  const expected = nearest.map((hits) => [...hits].sort((a, b) => compare(rowOf.get(a.id), rowOf.get(b.id))).slice(offset, offset + limit));
  assert.deepEqual(ordered, expected, JSON.stringify(given));
}

/** Rows of which little is to be said: a word, a price, and a vector that is their number's. */
async function shop(t, storage, options) {
  const client = clientFor(t, storage, options);
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: 2 })
    .add_field('price', 'DOUBLE', { nullable: true })
    .add_field('kind', 'VARCHAR', { max_length: 9 })
    .add_field('data', 'JSON', { nullable: true })
    .add_field('tags', 'ARRAY', { element_type: 'INT64', max_capacity: 2, nullable: true })
    .add_field('place', 'GEOMETRY', { nullable: true })
    .add_field('words', 'SPARSE_FLOAT_VECTOR', { nullable: true });
  await client.create_collection({ collection_name: 'shop', schema });
  const rows = [
    { id: 1, vector: [1, 0], price: 3, kind: 'b', color: 'red' },
    { id: 2, vector: [2, 0], price: null, kind: 'a', color: 'green' },
    { id: 3, vector: [3, 0], price: 1.5, kind: 'b' },
    { id: 4, vector: [4, 0], price: 3, kind: 'a', color: 'blue' },
    { id: 5, vector: [5, 0], price: -2, kind: 'c', color: 7 },
  ];
  await client.insert('shop', rows);
  const ids = async (p) => idsOf(await client.query({ collection_name: 'shop', filter: 'id > 0', output_fields: ['id'], ...p }));
  const near = { collection_name: 'shop', anns_field: 'vector', data: [[1, 0]], search_params: { metric_type: 'L2' } };
  const hits = async (p) => idsOf((await client.search({ ...near, ...p }))[0]);
  return { client, ids, hits, near };
}

/** @param {import('./places.js').Storage} storage */
export function orderSuite(storage) {
  describe(`order by fields, ${storage.name}`, () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`gives rows and hits as sorting all of them does, also after writes: schema ${seed}`, async (t) => {
        const client = clientFor(t, storage);
        const model = randomModel(randomOf(seed));
        await collectionOf(client, model);
        const byId = new Map();
        const put = (rows) => rows.forEach((row) => byId.set(row.id, row));
        put(model.rowsOf(230));
        await client.insert('c', [...byId.values()]);
        await check(client, model, [...byId.values()]);
        const gone = [...byId.keys()].filter((_, i) => i % 4 === 1);
        await client.delete('c', gone);
        for (const id of gone) byId.delete(id);
        const replaced = model.rowsOf(60, 200); // half of the keys are there
        await client.upsert('c', replaced);
        put(replaced);
        await check(client, model, [...byId.values()]);
      });
    }

    it('keeps to partitions', async (t) => {
      const client = clientFor(t, storage);
      const model = randomModel(randomOf(7));
      await collectionOf(client, model);
      const rows = model.rowsOf(150);
      const partOf = new Map(rows.map(({ id }, i) => [id, ['_default', 'p', 'q'][i % 3]]));
      await client.create_partition('c', 'p');
      await client.create_partition('c', 'q');
      for (const partition_name of ['_default', 'p', 'q']) {
        await client.insert('c', rows.filter(({ id }) => partOf.get(id) === partition_name), { partition_name });
      }
      for (const partition_names of [['p'], ['_default', 'q']]) {
        await check(client, model, rows, { partition_names, among: ({ id }) => partition_names.includes(partOf.get(id)) });
      }
    });

    it('takes texts, lists and objects; nulls are last in an ascending order, first in a descending one', async (t) => {
      const { ids, hits } = await shop(t, storage);
      const expected = [
        ['price', [5, 3, 1, 4, 2]],
        ['price:desc', [2, 1, 4, 3, 5]],
        ['price:asc:nulls_first', [2, 5, 3, 1, 4]],
        ['price:desc:nulls_last', [1, 4, 3, 5, 2]],
        ['kind , price:desc', [2, 4, 1, 3, 5]],
        [['kind:desc', 'id:desc'], [5, 3, 1, 4, 2]],
        [[{ field: 'kind' }, { field: 'price', order: 'desc:nulls_last' }], [4, 2, 1, 3, 5]],
        [[{ field: 'color', order: 'DESC' }], [3, 5, 1, 2, 4]],
        [['price', ''], [5, 3, 1, 4, 2]],
        [[], [1, 2, 3, 4, 5]],
        ['', [1, 2, 3, 4, 5]],
        [null, [1, 2, 3, 4, 5]],
      ];
      for (const [order, sorted] of expected) {
        assert.deepEqual(await ids({ order_by: order }), sorted, JSON.stringify(order));
        assert.deepEqual(await ids({ order_by_fields: order }), sorted);
        assert.deepEqual(await hits({ order_by_fields: order, limit: 5 }), sorted);
        assert.deepEqual(await hits({ order_by_fields: order, limit: 5, filter: 'id > 0', offset: 2 }), sorted.slice(2));
      }
      assert.deepEqual(await ids({ order_by: 'price', order_by_fields: null }), [5, 3, 1, 4, 2]);
      assert.deepEqual(await hits({ search_params: { metric_type: 'L2', order_by_fields: 'price' } }), [5, 3, 1, 4, 2]);
    });

    it('needs no limit where a query needs none, and shows only the fields that are asked for', async (t) => {
      const { client, near } = await shop(t, storage);
      const output_fields = ['kind'];
      const rows = await client.query({ collection_name: 'shop', filter: 'kind != "b"', output_fields, order_by: 'price:desc:nulls_last' });
      assert.deepEqual(rows, [{ id: 4, kind: 'a' }, { id: 5, kind: 'c' }, { id: 2, kind: 'a' }]);
      const [hits] = await client.search({ ...near, limit: 2, output_fields, order_by_fields: 'price' });
      assert.deepEqual(hits, [{ id: 1, distance: 0, entity: { kind: 'b' } }, { id: 2, distance: 1, entity: { kind: 'a' } }]);
      assert.deepEqual(await client.query({ collection_name: 'shop', ids: [9], order_by: 'price' }), []);
      assert.deepEqual(await client.query({ collection_name: 'shop', limit: 3, offset: 9, order_by: 'price' }), []);
      assert.deepEqual((await client.search({ ...near, filter: 'id > 9', order_by_fields: 'price' }))[0].length, 0);
    });

    it('puts groups in the order of their nearest hits, and pages by groups', async (t) => {
      const { hits } = await shop(t, storage);
      const groups = { group_by_field: 'kind', group_size: 2, limit: 3 }; // 1 3, 2 4, 5
      assert.deepEqual(await hits(groups), [1, 3, 2, 4, 5]);
      assert.deepEqual(await hits({ ...groups, order_by_fields: 'price' }), [5, 1, 3, 2, 4]);
      assert.deepEqual(await hits({ ...groups, order_by_fields: 'price:desc' }), [2, 4, 1, 3, 5]);
      assert.deepEqual(await hits({ ...groups, order_by_fields: 'price', limit: 1, offset: 1 }), [2, 4]); // of the nearest two
      assert.deepEqual(await hits({ ...groups, order_by_fields: 'price', limit: 2, offset: 1 }), [1, 3, 2, 4]);
      assert.deepEqual(await hits({ ...groups, order_by_fields: 'price', group_size: 1 }), [5, 1, 2]);
    });

    it('orders what hybrid_search has fused', async (t) => {
      const { client, near } = await shop(t, storage);
      const { collection_name, data, anns_field, search_params: param } = near;
      const reqs = [1, 4].map((x) => new AnnSearchRequest({ data: data.map(([, y]) => [x, y]), anns_field, param, limit: 3 }));
      const found = async (p) => idsOf((await client.hybrid_search({ collection_name, reqs, ranker: new RRFRanker(60), limit: 5, ...p }))[0]);
      const best = await found({});
      assert.deepEqual([...best].sort(), [1, 2, 3, 4, 5]);
      assert.deepEqual(await found({ order_by_fields: ['price:desc', 'id'] }), [2, 1, 4, 3, 5]);
      const second = best.slice(0, 3).sort((a, b) => b - a).slice(1);
      assert.deepEqual(await found({ order_by_fields: [{ field: 'id', order: 'desc' }], limit: 2, offset: 1 }), second);
      const ordered = [{ data, anns_field, param: { ...param, order_by_fields: 'id' }, limit: 3 }];
      const says = ['reqs[0]', 'order_by_fields', 'beside reqs'];
      await assertRefused(() => client.hybrid_search({ collection_name, reqs: ordered, ranker: new RRFRanker() }), { type: 'ParamError', code: 1100, says });
    });

    it('refuses fields that are none or have no order, and orders that are none', async (t) => {
      const { client, ids, hits } = await shop(t, storage);
      const invalid = { type: 'ParamError', code: 1100 };
      const refused = async (order, says, more = {}) => {
        for (const ask of [ids, hits]) await assertRefused(() => ask({ order_by_fields: order }), { ...invalid, says, ...more });
      };
      const types = { vector: 'FLOAT_VECTOR', data: 'JSON', tags: 'ARRAY', place: 'GEOMETRY', words: 'SPARSE_FLOAT_VECTOR' };
      for (const [field, type] of Object.entries(types)) {
        await refused(['id', field], ['order_by_fields', 'have an order', field, type], { field });
        await refused([{ field, order: 'desc' }], ['order_by_fields', field, type], { field });
      }
      await refused('price:upwards', ['order_by_fields', 'price', 'asc or desc', 'upwards'], { field: 'price' });
      await refused('price:asc:nulls', ['order_by_fields', 'nulls_first or nulls_last', 'price', 'nulls']);
      await refused(['price', ':desc'], ['order_by_fields', 'name a field', "''"]);
      await refused('price[0]', ['order_by_fields', 'price', 'no JSON field', 'DOUBLE']);
      await refused('price desc', ['order_by_fields', 'expected an operator', 'desc']);
      await refused('price + 1', ['order_by_fields', 'expected a field']);
      await refused('data["a"', ['order_by_fields']);
      await refused('$meta', ['order_by_fields', '$meta needs a key']);
      await assertRefused(() => ids({ order_by: 'id', order_by_fields: 'price' }), { ...invalid, says: ['order_by', 'order_by_fields', 'both'] });
      await assertRefused(() => ids({ order_by: 'id', filter: undefined }), { ...invalid, says: ['filter or limit'] });
      await client.create_collection({ collection_name: 'strict', dimension: 2, enable_dynamic_field: false });
      const strict = () => client.query({ collection_name: 'strict', limit: 1, order_by: 'ids' });
      await assertRefused(strict, { ...invalid, says: ['order_by_fields', "unknown field 'ids'", "did you mean 'id'?"], field: 'ids' });
    });

    it('refuses an order of a count and of an iterator, and get has its own', async (t) => {
      const { client, near } = await shop(t, storage);
      const collection_name = 'shop';
      const invalid = { type: 'ParamError', code: 1100 };
      const counted = () => client.query({ collection_name, filter: 'id > 0', output_fields: ['count(*)'], order_by: 'price' });
      await assertRefused(counted, { ...invalid, says: ['order_by_fields', 'count(*)'] });
      const all = () => client.query_iterator({ collection_name, filter: 'id > 0', ...{ order_by: 'price' } });
      await assertRefused(all, { ...invalid, says: ['order_by_fields', 'an iterator'] });
      const nearest = () => client.search_iterator({ ...near, ...{ order_by_fields: ['price'] } });
      await assertRefused(nearest, { ...invalid, says: ['order_by_fields', 'an iterator'] });
      assert.deepEqual(idsOf(await client.get(collection_name, [4, 1, 5])), [4, 1, 5]);
    });
  });
}
