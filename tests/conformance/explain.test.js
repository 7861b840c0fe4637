// ef, and how a search says it was done.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { embeddings } from './exact.js';
import { clientFor, memory, nodeFile, placeFor } from './places.js';

const N = 4000;
const DIM = 24;
const entities = embeddings({ n: N, dim: DIM, topics: 12 }).map((vector, id) => ({ id, vector, word: `w${id % 50}` }));
const queries = embeddings({ n: 3, dim: DIM, topics: 12, seed: 2 });

/** A collection of all entities, with an index or without. */
async function fill(client, index_type, n = N) {
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM })
    .add_field('word', 'VARCHAR', { max_length: 9 });
  await client.create_collection({ collection_name: 'c', schema });
  await client.insert('c', entities.slice(0, n));
  if (index_type) await client.create_index('c', { field_name: 'vector', index_type, metric_type: 'COSINE' });
}

const isTime = (ms) => typeof ms === 'number' && ms >= 0 && ms < 60_000;

describe('explain', () => {
  // of so few rows, all codes are compared faster than a graph is walked
  for (const [index_type, plan] of Object.entries({ '': 'exact', FLAT: 'exact', AUTOINDEX: 'codes', IVF_FLAT: 'codes', HNSW: 'codes', HNSW_SQ: 'codes' })) {
    it(`tells how ${index_type || 'no index'} found the hits, which are the same without it`, async (t) => {
      const client = clientFor(t, memory);
      await fill(client, index_type);
      const options = { limit: 5, output_fields: ['word'] };
      const results = await client.search('c', queries, { ...options, explain: true });
      assert.equal(results.length, 3);
      for (const hits of results) {
        assert.equal(hits.length, 5);
        const { ms, ...told } = hits.explain;
        assert.deepEqual(Object.keys(ms), ['plan', 'filter', 'estimate', 'exact', 'fetch', 'total']);
        for (const time of Object.values(ms)) assert.ok(isTime(time), `${time} ms`);
        assert.ok(ms.total >= ms.plan + ms.fetch - 1e-6);
        const { estimated, exact, ...rest } = told;
        assert.deepEqual(rest, {
          index: index_type || null,
          plan,
          storage: 'memory',
          rows: N,
          allowed: N,
          ef: null,
        });
        if (plan === 'exact') assert.deepEqual([estimated, exact], [0, N]);
        else assert.ok(estimated > 100 && exact >= 5 && exact < N, `${estimated} estimated, ${exact} exact`);
      }
      const plain = await client.search('c', queries, { ...options, explain: false });
      assert.deepEqual(results, plain);
      assert.equal(JSON.stringify(results), JSON.stringify(plain), 'it is no member that is shown');
      assert.equal(plain[0].explain, undefined);
    });
  }

  it('counts rows that are there, and shows the time of groups', async (t) => {
    const client = clientFor(t, memory);
    await fill(client, '', 100);
    await client.delete('c', [1, 2, 3]);
    const options = { group_by_field: 'word', group_size: 2, explain: true };
    const [hits] = await client.search('c', [queries[0]], options);
    assert.equal(hits.length, 20);
    assert.equal(hits.explain.rows, 97);
    assert.deepEqual(Object.keys(hits.explain.ms), ['plan', 'filter', 'estimate', 'exact', 'group', 'fetch', 'total']);
    await client.delete('c', entities.slice(0, 100).map(({ id }) => id));
    const [none] = await client.search('c', [queries[0]], { explain: true });
    assert.equal(none.length, 0);
    assert.equal(none.explain.rows, 0);
  });

  it('says where vectors are that find no room in memory', async (t) => {
    const place = placeFor(t, nodeFile);
    const first = place.open();
    const dim = 1024;
    const many = embeddings({ n: 1000, dim });
    await first.create_collection('c', { dimension: dim });
    for (let i = 0; i < 12; i++) {
      await first.insert('c', many.map((vector, k) => ({ id: i * 1000 + k, vector })));
    }
    await first.close();
    const client = place.open({ memory_limit: '48MB' });
    const [hits] = await client.search('c', [many[7]], { limit: 1, explain: true });
    assert.equal(hits[0].id, 7);
    assert.equal(hits.explain.storage, 'disk');
    assert.equal(hits.explain.rows, 12_000);
  });

  it('must be a boolean', async (t) => {
    const client = clientFor(t, memory);
    await fill(client, '', 10);
    await assertRefused(() => client.search('c', queries, { explain: 'yes' }), {
      type: 'ParamError',
      code: 1100,
      says: ['explain', 'a boolean', 'yes'],
    });
  });
});

describe('ef', () => {
  it('is how many candidates a graph keeps, flat or in params', async (t) => {
    const client = clientFor(t, memory);
    const dim = 384;
    const n = 5000;
    const many = embeddings({ n, dim, topics: 12 });
    const params = { M: 8, efConstruction: 40 };
    await client.create_collection('wide', { dimension: dim });
    await client.drop_index('wide', 'vector');
    await client.insert('wide', many.map((vector, id) => ({ id, vector })));
    await client.create_index('wide', { index_type: 'HNSW', metric_type: 'COSINE', params });
    const explained = async (search_params) => {
      const [hits] = await client.search('wide', [many[9]], { limit: 3, search_params, explain: true });
      assert.equal(hits.length, 3);
      assert.equal(hits[0].id, 9);
      return hits.explain;
    };
    const few = await explained({ ef: 5 });
    assert.deepEqual([few.ef, few.plan], [5, 'graph']);
    assert.ok(few.estimated > 5 && few.estimated < n / 2, `${few.estimated} estimated`);
    const more = await explained({ params: { ef: 2000 } });
    assert.equal(more.ef, 2000);
    assert.ok(more.estimated > few.estimated);
    assert.equal((await explained({ ef: 64, params: { ef: 64 } })).ef, 64);
    assert.equal((await explained({ ef: 32768 })).ef, 32768);
    assert.equal((await explained({})).ef, null);
  });

  it('must be enough for the hits', async (t) => {
    const client = clientFor(t, memory);
    for (const index_type of ['HNSW', 'HNSW_SQ']) {
      await fill(client, index_type, 50);
      const search = (search_params, options) => () => client.search('c', queries, { search_params, ...options });
      const invalid = { type: 'ParamError', code: 1100 };
      for (const ef of [0, -1, 32769]) {
        const says = ['ef must be 1..32768', ef, 'should be in range'];
        await assertRefused(search({ ef }), { ...invalid, says });
        await assertRefused(search({ params: { ef } }), { ...invalid, says });
      }
      await assertRefused(search({ ef: 9 }), { ...invalid, says: ['ef', 'ef(9) should be larger than k(10)'] });
      const page = { limit: 10, offset: 5 };
      await assertRefused(search({ ef: 14 }, page), { ...invalid, says: ['ef(14) should be larger than k(15)'] });
      assert.equal((await search({ ef: 15 }, page)()).length, 3);
      await client.drop_collection('c');
    }
  });

  it('must be an integer, and the same wherever it stands', async (t) => {
    const client = clientFor(t, memory);
    await fill(client, '', 50);
    const search = (search_params) => () => client.search('c', queries, { search_params });
    const invalid = { type: 'ParamError', code: 1100 };
    await assertRefused(search({ ef: 'many' }), { ...invalid, says: ['ef', 'an integer', 'many'] });
    await assertRefused(search({ params: { ef: 10.5 } }), { ...invalid, says: ['ef', 'an integer', 10.5] });
    const says = ['ambiguous parameter', 'ef', 20, 30];
    await assertRefused(search({ ef: 20, params: { ef: 30 } }), { ...invalid, says });
    await assertRefused(search({ params: [1] }), { ...invalid, says: ['params', 'an object', 'an array'] });
  });

  it('means nothing to an index that is no graph', async (t) => {
    const client = clientFor(t, memory);
    for (const index_type of ['', 'FLAT', 'AUTOINDEX', 'IVF_SQ8']) {
      await fill(client, index_type, 100);
      for (const ef of [1, 0, 99999]) {
        const [hits] = await client.search('c', queries, { search_params: { ef, nprobe: 4, level: 2 } });
        assert.equal(hits.length, 10);
      }
      await client.drop_collection('c');
    }
  });
});
