// What filters are used by: search, query, count and delete, while rows come and go.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { MilvusClient } from '../../js/index.js';

const N = 5000; // several blocks of rows, the last of them not full
const DIM = 8;
const collection_name = 'c';

/** Keys go down while rows come, so that neither order hides the other. */
const idOf = (i) => 2 * (N - i);
const vectorOf = (i) => Array.from({ length: DIM }, (_, k) => Math.sin(i * (k + 1) * 1.7));
const rowOf = (i) => ({ id: idOf(i), v: vectorOf(i), n: i, kind: ['a', 'b', 'c'][i % 3], ...(i % 2 ? { odd: i } : {}) });

describe('filters', () => {
  let client;
  const make = async (options = {}) => {
    const fields = [
      { name: 'id', type: options.text ? 'VARCHAR' : 'INT64', is_primary: true, params: { max_length: 20 } },
      { name: 'v', type: 'FLOAT_VECTOR', params: { dim: DIM } },
      { name: 'n', type: 'INT32' },
      { name: 'kind', type: 'VARCHAR', params: { max_length: 10 } },
    ];
    await client.create_collection({ collection_name, schema: { fields, enable_dynamic_field: true } });
    const rows = Array.from({ length: N }, (_, i) => (options.text ? { ...rowOf(i), id: `k${idOf(i)}` } : rowOf(i)));
    await client.insert(collection_name, rows);
  };
  const query = (p) => client.query({ collection_name, output_fields: ['n'], ...p });
  const count = async (filter) => (await query({ filter, output_fields: ['count(*)'] }))[0]['count(*)'];
  const numbers = async (p) => (await query(p)).map(({ n }) => n);

  beforeEach(() => (client = new MilvusClient(':memory:')));
  afterEach(() => client.close());

  it('give searches what an exact search of their rows finds, whatever the index', async () => {
    await make();
    const score = (i, q) => vectorOf(i).reduce((sum, x, k) => sum + x * q[k], 0);
    for (const index_type of ['', 'FLAT', 'AUTOINDEX', 'HNSW']) {
      if (index_type) await client.create_index(collection_name, { index_type, metric_type: 'IP' });
      for (const [filter, allowed] of [
        ['n < 2500', (i) => i < 2500],
        ['kind == "a" and odd > 100', (i) => i % 3 === 0 && i % 2 === 1 && i > 100],
        ['n in [5, 4000]', (i) => i === 5 || i === 4000],
        ['n < 0', () => false],
      ]) {
        const data = [vectorOf(17), vectorOf(99.5)].map((v) => Float32Array.from(v));
        const found = await client.search({ collection_name, data, limit: 10, filter, output_fields: ['n'], search_params: { metric_type: 'IP' }, explain: true });
        const all = Array.from({ length: N }, (_, i) => i).filter(allowed);
        found.forEach((hits, q) => {
          const expected = all.map((i) => ({ i, s: score(i, data[q]) })).sort((a, b) => b.s - a.s).slice(0, 10);
          assert.equal(hits.length, expected.length);
          hits.forEach((hit, k) => assert.ok(allowed(hit.entity.n) && Math.abs(hit.distance - expected[k].s) < 1e-4, `${index_type} ${filter}`));
          assert.equal(hits.explain.allowed, all.length);
          assert.ok(hits.explain.ms.filter >= 0);
        });
      }
      if (index_type) await client.drop_index(collection_name, 'v');
    }
  });

  it('leave enough rows for every page, range and group', async () => {
    await make();
    const data = [Float32Array.from(vectorOf(3))];
    const page = async (offset) => (await client.search({ collection_name, data, limit: 7, offset, filter: 'n < 20' }))[0].map(({ id }) => id);
    const all = [...(await page(0)), ...(await page(7)), ...(await page(14)), ...(await page(21))];
    assert.deepEqual([all.length, new Set(all).size], [20, 20]);
    const groups = await client.search({ collection_name, data, limit: 5, filter: 'n < 20 and kind != "b"', group_by_field: 'kind', group_size: 100, output_fields: ['n', 'kind'] });
    assert.deepEqual(groups[0].map(({ entity }) => entity.n).sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i).filter((i) => i % 3 !== 1));
    const near = (await client.search({ collection_name, data, limit: 10, filter: 'n >= 10', search_params: { metric_type: 'L2', radius: 1e9, range_filter: 0.5 } }))[0];
    assert.equal(near.length, 10);
  });

  for (const text of [false, true]) {
    it(`answer queries in the order of ${text ? 'VARCHAR' : 'INT64'} keys, a page at a time`, async () => {
      await make({ text });
      const keys = (rows) => rows.map(({ id }) => id);
      const sorted = Array.from({ length: N }, (_, i) => (text ? `k${idOf(i)}` : idOf(i))).filter((_, i) => i % 3 === 0).sort(text ? undefined : (a, b) => a - b);
      assert.deepEqual(keys(await query({ filter: 'kind == "a"' })), sorted);
      assert.deepEqual(keys(await query({ filter: 'kind == "a"', limit: 10, offset: 5 })), sorted.slice(5, 15));
      assert.deepEqual(keys(await query({ filter: 'kind == "a"', limit: 10, offset: sorted.length - 3 })), sorted.slice(-3));
      assert.deepEqual(keys(await query({ filter: 'kind == "a"', offset: sorted.length + 3 })), []);
      assert.equal((await query({ limit: 3 })).length, 3);
      const ids = [sorted[9], sorted[2], sorted[9], text ? 'none' : 1];
      assert.deepEqual(keys(await query({ ids })), [sorted[2], sorted[9]]);
    });
  }

  it('shows the fields that were asked for, and all when none were', async () => {
    await make();
    const [row] = await client.query({ collection_name, filter: 'n == 7' });
    assert.deepEqual({ ...row, v: [...row.v] }, { ...rowOf(7), v: [...Float32Array.from(vectorOf(7))] });
    assert.deepEqual(await query({ filter: 'n == 7', output_fields: ['odd'] }), [{ id: idOf(7), odd: 7 }]);
    assert.deepEqual(await client.query(collection_name, 'n == 7', ['kind']), [{ id: idOf(7), kind: 'b' }]);
  });

  it('counts', async () => {
    await make();
    assert.deepEqual(await query({ output_fields: ['count(*)'] }), [{ 'count(*)': N }]);
    assert.equal(await count('kind == "a"'), Math.ceil(N / 3));
    assert.equal(await count('odd is null'), N / 2);
    assert.equal(await count('n < 0'), 0);
  });

  it('refuses queries that make no sense', async () => {
    await make();
    const refused = async (p, says) => assert.match((await query(p).then(assert.fail, (e) => e)).message, says);
    await refused({}, /empty expression should be used with limit/);
    await refused({ filter: '' }, /empty expression should be used with limit/);
    await refused({ filter: 'n > 0', ids: [1] }, /either ids or filter/);
    await refused({ limit: 0 }, /limit must be 1..16384, got 0/);
    await refused({ limit: 16385 }, /limit must be 1..16384/);
    await refused({ limit: 16384, offset: 1 }, /offset \+ limit at most 16384/);
    await refused({ limit: 1, offset: -1 }, /offset must be at least 0/);
    await refused({ filter: 'n > 0', output_fields: ['count(*)'], limit: 1 }, /pagination is not allowed/);
    await refused({ filter: 'n > 0', output_fields: ['count(*)', 'n'] }, /output_fields must name group_by_fields and count, sum/);
    await refused({ filter: 'n > 0', partition_names: ['p'] }, /partition not found/);
    await assert.rejects(client.delete({ collection_name }), /ids.*filter/);
    await assert.rejects(client.delete({ collection_name, filter: 'n >' }), /the end of the filter/);
    await assert.rejects(client.delete({ collection_name, filter: 'n > 1', ids: [1] }), /Ambiguous/);
    await client.release_collection(collection_name);
    await refused({ filter: 'n > 0' }, /not loaded/);
  });

  it('follow rows that come, go and are replaced', async () => {
    await make();
    const expected = new Map(Array.from({ length: N }, (_, i) => [idOf(i), rowOf(i)]));
    const check = async () => {
      const wanted = [...expected.values()].filter(({ n, kind }) => n % 5 === 0 && kind !== 'b').sort((a, b) => a.id - b.id);
      assert.deepEqual(await numbers({ filter: 'n % 5 == 0 and kind != "b"' }), wanted.map(({ n }) => n));
      assert.equal(await count('odd > 50'), [...expected.values()].filter(({ odd }) => odd > 50).length);
      assert.equal(await count(''), expected.size);
    };
    const put = async (...rows) => {
      await client.upsert(collection_name, rows);
      for (const row of rows) expected.set(row.id, row);
    };
    await check();
    await put({ ...rowOf(10), n: 11 }, { ...rowOf(12), n: 15 }, { ...rowOf(0), id: 1 });
    await check();
    await client.delete({ collection_name, ids: [idOf(20), idOf(30)] });
    for (const i of [20, 30]) expected.delete(idOf(i));
    await check();
    assert.deepEqual(await client.delete({ collection_name, filter: 'n % 10 == 0 and kind == "a"' }), { delete_count: [...expected.values()].filter(({ n, kind }) => n % 10 === 0 && kind === 'a').length, cost: 0 });
    for (const [id, { n, kind }] of expected) if (n % 10 === 0 && kind === 'a') expected.delete(id);
    await check();
    for (let i = 0; i < 50; i++) {
      await put({ ...rowOf(i), id: 100_001 + i, n: 5 * i });
      if (i % 10 === 0) await check();
    }
    await client.release_collection(collection_name);
    assert.deepEqual(await client.delete({ collection_name, filter: 'n == 45' }), { delete_count: [...expected.values()].filter(({ n }) => n === 45).length, cost: 0 });
    for (const [id, { n }] of expected) if (n === 45) expected.delete(id);
    await client.load_collection(collection_name);
    await check();
    assert.deepEqual(await client.delete({ collection_name, filter: 'n < 0' }), { delete_count: 0, cost: 0 });
  });

  it('work on a file that is opened again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'filters-'));
    try {
      await client.close();
      client = new MilvusClient(join(folder, 'x.db'));
      await make();
      await client.delete({ collection_name, filter: 'n >= 100' });
      await client.close();
      client = new MilvusClient(join(folder, 'x.db'));
      assert.deepEqual(await numbers({ filter: 'odd < 6 or n == 100' }), [5, 3, 1]);
      assert.equal(await count(''), 100);
    } finally {
      await client.close();
      rmSync(folder, { recursive: true });
      client = new MilvusClient(':memory:');
    }
  });

  it('find rows without a vector by query, not by search', async () => {
    const fields = [
      { name: 'id', type: 'INT64', is_primary: true },
      { name: 'v', type: 'FLOAT_VECTOR', nullable: true, params: { dim: 2 } },
    ];
    await client.create_collection({ collection_name, schema: { fields } });
    await client.insert(collection_name, [{ id: 1, v: [1, 2] }, { id: 2, v: null }, { id: 3, v: [2, 1] }]);
    assert.equal(await count('id > 1'), 2);
    const [hits] = await client.search({ collection_name, data: [[1, 1]], filter: 'id > 1', explain: true });
    assert.deepEqual([hits.map(({ id }) => id), hits.explain.allowed, hits.explain.rows], [[3], 1, 2]);
  });
});
