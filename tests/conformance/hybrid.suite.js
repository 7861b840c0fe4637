// Hybrid searches, against the slow twin: each request sorted exactly, and the formulas of the rankers on top.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnnSearchRequest, Function, FunctionType, RRFRanker, WeightedRanker } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { embeddings, exactSearch, randomOf, TOLERANCE } from './exact.js';
import { clientFor } from './places.js';

const N = 400;
const DIMS = { title: 8, body: 5 };

function rowsOf(n, seed = 1) {
  const random = randomOf(seed);
  const vectors = Object.entries(DIMS).map(([name, dim], i) => [name, embeddings({ n, dim, seed: seed + i })]);
  return Array.from({ length: n }, (_, i) => ({
    id: i * 3,
    ...Object.fromEntries(vectors.map(([name, list]) => [name, list[i]])),
    year: 1990 + Math.floor(random() * 30),
    lang: random() < 0.1 ? null : ['de', 'en', 'fr'][Math.floor(random() * 3)],
  }));
}

async function collectionOf(client, rows) {
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('title', 'FLOAT_VECTOR', { dim: DIMS.title })
    .add_field('body', 'FLOAT_VECTOR', { dim: DIMS.body })
    .add_field('year', 'INT32')
    .add_field('lang', 'VARCHAR', { max_length: 10, nullable: true });
  await client.create_collection({ collection_name: 'c', schema });
  await client.insert('c', rows);
}

const queriesFor = (field, n = 1, seed = 77) => embeddings({ n, dim: DIMS[field], seed });

/** @type {Record<string, (score: number) => number>} */
const NORMALIZED = {
  COSINE: (x) => (1 + x) / 2,
  IP: (x) => 0.5 + Math.atan(x) / Math.PI,
  L2: (x) => 1 - (2 * Math.atan(x)) / Math.PI,
};

/** Fused scores by id: requests as { field, query, metric, limit, keep }. */
function fused(rows, requests, score) {
  const sums = new Map();
  requests.forEach(({ field, query, metric, limit, keep = () => true }, i) => {
    const entities = rows.filter(keep).map((row) => ({ id: row.id, vector: row[field] }));
    exactSearch(entities, query, { metric, limit }).forEach(({ id, distance }, at) => {
      sums.set(id, (sums.get(id) ?? 0) + score({ distance, rank: at + 1, metric, i }));
    });
  });
  return sums;
}

/** The hits are what is first among the sums; rows with equal scores may change places. */
function assertFused(hits, sums, { limit = 10, offset = 0, smallerFirst = false } = {}) {
  const sign = smallerFirst ? 1 : -1;
  const expected = [...sums.values()].sort((a, b) => sign * (a - b)).slice(offset, offset + limit);
  assert.equal(hits.length, expected.length);
  assert.equal(new Set(hits.map(({ id }) => id)).size, hits.length);
  hits.forEach(({ id, distance }, i) => {
    assert.ok(Math.abs(distance - sums.get(id)) <= TOLERANCE, `hit ${i}, row ${id}: ${distance}, is ${sums.get(id)}`);
    assert.ok(Math.abs(distance - expected[i]) <= TOLERANCE, `hit ${i}: ${distance}, but ${expected[i]} is next`);
  });
}

const RANKERS = [
  { ranker: new RRFRanker(), score: ({ rank }) => 1 / (60 + rank) },
  { ranker: { strategy: 'rrf', params: { k: 3.5 } }, score: ({ rank }) => 1 / (3.5 + rank) },
  {
    ranker: new WeightedRanker(0.7, 0.3),
    score: ({ distance, metric, i }) => [0.7, 0.3][i] * NORMALIZED[metric](distance),
  },
  {
    ranker: { strategy: 'weighted', params: { weights: [1, 0.25], norm_score: true } },
    score: ({ distance, metric, i }) => [1, 0.25][i] * NORMALIZED[metric](distance),
  },
];

/** @param {import('./places.js').Storage} storage */
export function hybridSuite(storage) {
  describe(`hybrid search, ${storage.name}`, () => {
    it('fuses by rank and by weight, whatever the metrics', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const [title] = queriesFor('title');
      const [body] = queriesFor('body');
      for (const [a, b] of [['COSINE', 'COSINE'], ['L2', 'IP'], ['L2', 'L2'], ['IP', 'COSINE']]) {
        const requests = [
          { field: 'title', query: title, metric: a, limit: 50 },
          { field: 'body', query: body, metric: b, limit: 20 },
        ];
        const reqs = [
          new AnnSearchRequest([title], 'title', { metric_type: a }, 50),
          { data: [body], anns_field: 'body', param: { metric_type: b, params: {} }, limit: 20 },
        ];
        for (const { ranker, score } of RANKERS) {
          for (const page of [{}, { limit: 100 }, { limit: 7, offset: 12 }]) {
            const [hits] = await client.hybrid_search({ collection_name: 'c', reqs, ranker, ...page });
            assertFused(hits, fused(rows, requests, score), page);
          }
        }
      }
    });

    it('gives output fields of each hit, and rounded scores', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const reqs = Object.keys(DIMS).map((field) => ({ data: queriesFor(field), anns_field: field, limit: 9 }));
      const options = { limit: 4, output_fields: ['year', 'title'] };
      const [hits] = await client.hybrid_search('c', reqs, new RRFRanker(60), options);
      assert.equal(hits.length, 4);
      for (const { id, entity } of hits) {
        const { year, title } = rows.find((row) => row.id === id);
        assert.deepEqual(entity, { year, title });
      }
      const [rounded] = await client.hybrid_search('c', reqs, new RRFRanker(60), { limit: 4, round_decimal: 3 });
      assert.deepEqual(rounded, hits.map(({ id, distance }) => ({ id, distance: Math.round(distance * 1000) / 1000, entity: {} })));
    });

    it('sums distances as they are when nobody wants them to be scores', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const [title] = queriesFor('title');
      const [body] = queriesFor('body');
      const ranker = new WeightedRanker([0.5, 1], { norm_score: false });
      for (const [a, b] of [['L2', 'L2'], ['COSINE', 'IP'], ['L2', 'COSINE']]) {
        const requests = [
          { field: 'title', query: title, metric: a, limit: N },
          { field: 'body', query: body, metric: b, limit: N },
        ];
        const reqs = requests.map(({ field, query, metric, limit }) => ({
          data: [query],
          anns_field: field,
          param: { metric_type: metric },
          limit,
        }));
        const isMixed = (a === 'L2') !== (b === 'L2');
        const score = ({ distance, metric, i }) =>
          [0.5, 1][i] * (isMixed && metric === 'L2' ? NORMALIZED.L2(distance) : distance);
        const [hits] = await client.hybrid_search('c', reqs, ranker, 30);
        assertFused(hits, fused(rows, requests, score), { limit: 30, smallerFirst: a === 'L2' && b === 'L2' });
      }
    });

    it('filters each request by itself, with values from templates', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const [title] = queriesFor('title');
      const [body] = queriesFor('body');
      const reqs = [
        new AnnSearchRequest({ data: [title], anns_field: 'title', limit: 15, expr: 'year > {low}', expr_params: { low: 2005 } }),
        { data: [body], anns_field: 'body', limit: 15, filter: 'lang in {langs}', filter_params: { langs: ['de'] } },
      ];
      const requests = [
        { field: 'title', query: title, metric: 'COSINE', limit: 15, keep: ({ year }) => year > 2005 },
        { field: 'body', query: body, metric: 'COSINE', limit: 15, keep: ({ lang }) => lang === 'de' },
      ];
      const [hits] = await client.hybrid_search('c', reqs, new RRFRanker(), 30);
      assertFused(hits, fused(rows, requests, ({ rank }) => 1 / (60 + rank)), { limit: 30 });
    });

    it('answers many queries, each for itself', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const titles = queriesFor('title', 6);
      const bodies = queriesFor('body', 6);
      const ask = (a, b) =>
        client.hybrid_search('c', [
          { data: a, anns_field: 'title', limit: 20 },
          { data: b, anns_field: 'body', limit: 20 },
        ], new WeightedRanker(0.5, 0.5), { limit: 8 });
      const results = await ask(titles, bodies);
      assert.equal(results.length, 6);
      for (let i = 0; i < 6; i++) assert.deepEqual(results[i], (await ask([titles[i]], [bodies[i]]))[0]);
    });

    it('looks in partitions, and in one field by several requests', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(60);
      await collectionOf(client, rows.slice(0, 40));
      await client.create_partition('c', 'more');
      await client.insert({ collection_name: 'c', data: rows.slice(40), partition_name: 'more' });
      const [a, b] = queriesFor('title', 2);
      const requests = [a, b].map((query) => ({ field: 'title', query, metric: 'COSINE', limit: 5 }));
      const reqs = requests.map(({ query }) => ({ data: [query], anns_field: 'title', limit: 5 }));
      const [hits] = await client.hybrid_search('c', reqs, new RRFRanker(), { partition_names: ['more'] });
      assertFused(hits, fused(rows.slice(40), requests, ({ rank }) => 1 / (60 + rank)));
      // one request is a search with other scores
      const [[...alone], [...plain]] = await Promise.all([
        client.hybrid_search('c', [{ data: [a], anns_field: 'title' }], new WeightedRanker(1), { limit: 9 }),
        client.search('c', [a], { anns_field: 'title', limit: 9 }),
      ]).then((both) => both.map(([list]) => list));
      assert.deepEqual(alone.map(({ id }) => id), plain.map(({ id }) => id));
    });

    it('groups what was fused', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N);
      await collectionOf(client, rows);
      const reqs = Object.keys(DIMS).map((field) => ({ data: queriesFor(field), anns_field: field, limit: N }));
      const [hits] = await client.hybrid_search({
        collection_name: 'c',
        reqs,
        ranker: new RRFRanker(),
        limit: 4,
        group_by_field: 'lang',
        group_size: 3,
        output_fields: ['lang'],
      });
      assert.equal(hits.length, 12);
      const langs = [0, 3, 6, 9].map((at) => new Set(hits.slice(at, at + 3).map(({ entity }) => entity.lang)));
      assert.deepEqual(langs.map(({ size }) => size), [1, 1, 1, 1]);
      assert.equal(new Set(langs.flatMap((lang) => [...lang])).size, 4);
      const best = [0, 3, 6, 9].map((at) => hits[at].distance);
      assert.deepEqual(best, best.toSorted((a, b) => b - a));
    });

    it('takes a Function in the place of a ranker', async (t) => {
      const client = clientFor(t, storage);
      if (storage.kind === 'server') return t.skip('a server takes it by another name');
      const rows = rowsOf(50);
      await collectionOf(client, rows);
      const reqs = Object.keys(DIMS).map((field) => ({ data: queriesFor(field), anns_field: field }));
      const ranker = new Function({
        name: 'weight',
        function_type: FunctionType.RERANK,
        input_field_names: [],
        params: { reranker: 'weighted', weights: [0.1, 0.9], norm_score: true },
      });
      assert.deepEqual(
        await client.hybrid_search('c', reqs, ranker),
        await client.hybrid_search('c', reqs, new WeightedRanker(0.1, 0.9)),
      );
    });

    it('finds nothing in an empty collection', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, []);
      const reqs = Object.keys(DIMS).map((field) => ({ data: queriesFor(field, 2), anns_field: field, limit: 5 }));
      assert.deepEqual(await client.hybrid_search('c', reqs, new RRFRanker()), [[], []]);
    });

    it('refuses what cannot be fused, by name', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(20);
      await collectionOf(client, rows);
      const [title] = queriesFor('title');
      const one = { data: [title], anns_field: 'title', limit: 5 };
      const search = (reqs, ranker, options) => () => client.hybrid_search('c', reqs, ranker, options);
      const invalid = { type: 'ParamError', code: 1100 };
      const rrf = new RRFRanker();
      await assertRefused(search([one, { ...one, data: [title, title] }], rrf), { ...invalid, says: ['nq should be the same', 1, 2] });
      await assertRefused(search([], rrf), { ...invalid, says: ['reqs', '1..1024'] });
      await assertRefused(search(Array(1025).fill(one), rrf), { ...invalid, says: ['reqs', 1024, 1025] });
      await assertRefused(search([one, { ...one, limit: 16385 }], rrf), { ...invalid, says: ['reqs[1]', 'limit', 16385] });
      await assertRefused(search([one], rrf, { limit: 16385 }), { ...invalid, says: ['limit', 16385] });
      await assertRefused(search([{ ...one, data: [[1, 2]] }], rrf), { type: 'DataNotMatchException', code: 1100, says: ['reqs[0]', 8, 2] });
      await assertRefused(search([{ ...one, expr: 'year >' }], rrf), { ...invalid, says: ['reqs[0]: filter'] });
      await assertRefused(search([{ ...one, anns_field: 'none' }], rrf), { type: 'MilvusException', code: 1700, says: ['none'], field: 'none' });
      await assertRefused(search([one], { strategy: 'best' }), { ...invalid, says: ['unsupported rank type', 'best'] });
      for (const k of [0, -1, 16384]) {
        await assertRefused(search([one], new RRFRanker(k)), { ...invalid, says: ['(0, 16384)', k] });
      }
      await assertRefused(search([one], new WeightedRanker(0.5, 0.5)), { ...invalid, says: ['weights', 'expected=1', 'actual=2'] });
      for (const weight of [-0.1, 1.1]) {
        await assertRefused(search([one], new WeightedRanker(weight)), { ...invalid, says: ['[0, 1]', weight] });
      }
      await client.release_collection('c');
      await assertRefused(search([one], rrf), { type: 'MilvusException', code: 101, says: ['c'] });
    });
  });
}
