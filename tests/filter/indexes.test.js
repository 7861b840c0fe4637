// Indexes on scalar fields: which fields take which, and filters that find by them what they find without.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { IndexType, MilvusClient } from '../../js/index.js';
import { inOrder } from '../conformance/ordered.js';

const N = 36_000; // enough for sorted columns
const collection_name = 'c';
const nullable = true;
const FIELDS = [
  { name: 'id', type: 'INT64', is_primary: true },
  { name: 'v', type: 'FLOAT_VECTOR', params: { dim: 2 } },
  { name: 'tenant', type: 'VARCHAR', is_partition_key: true, params: { max_length: 20 } }, // has an order by itself
  { name: 'b', type: 'BOOL', nullable },
  { name: 'n', type: 'INT32', nullable },
  { name: 'f', type: 'FLOAT', nullable },
  { name: 'd', type: 'DOUBLE', nullable },
  { name: 's', type: 'VARCHAR', nullable, params: { max_length: 40 } },
  { name: 'js', type: 'JSON', nullable },
  { name: 'tags', type: 'ARRAY', element_type: 'VARCHAR', nullable, params: { max_capacity: 4, max_length: 10 } },
  { name: 'reals', type: 'ARRAY', element_type: 'DOUBLE', nullable, params: { max_capacity: 4 } },
];

/** Values come out of order, each some times. */
const mixed = (i) => (i * 7919) % N;
const rowOf = (i) => {
  const k = mixed(i);
  return {
    id: i,
    v: [1, i],
    tenant: `tenant-${k % 700}`,
    b: k % 3 === 0,
    n: k % 11 === 0 ? null : k >> 2,
    f: k % 13 === 0 ? null : k / 8,
    d: k * 0.001 - 10,
    s: k % 17 === 0 ? null : `user-${String(k >> 1).padStart(8, '0')}`,
    js: k % 5 === 0 ? null : { a: k % 2 ? k : k + 0.5, t: `x${k}`, list: k % 3 ? [k % 400, `x${k % 300}`, k % 2 === 0] : k % 400 },
    tags: k % 19 === 0 ? null : [`t${k % 500}`, `u${k % 7}`, 'all'].slice(0, k % 4),
    reals: k % 23 === 0 ? null : [(k % 900) / 4, k],
    ...(k % 7 ? { color: k % 2 ? `c${k}` : k } : {}),
  };
};

/** Each filter, and what it means. */
const FILTERS = [
  ['n == 17', (r) => r.n === 17],
  ['n < 10', (r) => r.n !== null && r.n < 10],
  ['5 <= n <= 9', (r) => r.n !== null && r.n >= 5 && r.n <= 9],
  ['n >= 8998', (r) => r.n >= 8998],
  ['n > 100000'],
  ['n > 100.5 and n < 102', (r) => r.n === 101],
  ['n in [3, 4, 4, 100000, 7.0]', (r) => [3, 4, 7].includes(r.n)],
  ['n == 3 or s == "user-00000077"', (r) => r.n === 3 || r.s === 'user-00000077'],
  ['n == 3 and (b or f < 1.5)', (r) => r.n === 3 && (r.b || (r.f !== null && r.f < 1.5))],
  ['n == 3 and not b', (r) => r.n === 3 && !r.b],
  ['n < 100 and s like "user-000000%1"', (r) => r.n !== null && r.n < 100 && r.s !== null && /^user-000000.*1$/.test(r.s)],
  ['s like "user-0000001%"', (r) => r.s?.startsWith('user-0000001')],
  ['s like "user\\\\-00000012"', (r) => r.s === 'user-00000012'],
  ['s > "user-00017995"', (r) => r.s !== null && r.s > 'user-00017995'],
  ['s in ["user-00000001", "", "user-00000002"]', (r) => r.s === 'user-00000001' || r.s === 'user-00000002'],
  ['f == 0.125', (r) => r.f === 0.125],
  ['f <= 0.25 and f >= 0.125', (r) => r.f === 0.125 || r.f === 0.25],
  ['d < -9.99', (r) => r.d < -9.99],
  ['js["a"] == 21', (r) => r.js?.a === 21],
  ['js["a"] >= 35990', (r) => r.js?.a >= 35990],
  ['js["a"] in [22.5, 23]', (r) => r.js?.a === 22.5 || r.js?.a === 23],
  ['js["t"] like "x100%"', (r) => r.js?.t.startsWith('x100')],
  ['color == "c101"', (r) => r.color === 'c101'],
  ['color <= 10', (r) => r.color <= 10],
  ['$meta["color"] in ["c11", 12, true]', (r) => r.color === 'c11' || r.color === 12],
  ['tenant == "tenant-17"', (r) => r.tenant === 'tenant-17'],
  ['tenant in ["tenant-3", "tenant-30", "tenant-"] and b', (r) => (r.tenant === 'tenant-3' || r.tenant === 'tenant-30') && r.b],
  ['tenant == "tenant-699" or n == 3', (r) => r.tenant === 'tenant-699' || r.n === 3],
  ['array_contains(tags, "t17")', (r) => r.tags?.includes('t17')],
  ['array_contains_any(tags, ["t17", "t18", "none"])', (r) => r.tags?.some((tag) => tag === 't17' || tag === 't18')],
  ['array_contains_all(tags, ["t17", "u3"])', (r) => r.tags?.includes('t17') && r.tags.includes('u3')],
  ['array_contains(tags, "u3") and not array_contains(tags, "all")', (r) => r.tags?.includes('u3') && !r.tags.includes('all')],
  ['array_contains(tags, "all")', (r) => r.tags?.includes('all')],
  ['tags == ["t17", "u3"]', (r) => r.tags?.join() === 't17,u3'],
  ['array_contains(reals, 4.25) or array_contains(tags, "t499")', (r) => r.reals?.includes(4.25) || r.tags?.includes('t499')],
  ['json_contains(js["list"], 17)', (r) => Array.isArray(r.js?.list) && r.js.list.includes(17)],
  ['json_contains(js["list"], "x17") and json_contains(js["list"], true)', (r) => Array.isArray(r.js?.list) && r.js.list.includes('x17') && r.js.list.includes(true)],
  ['json_contains_any(js["list"], [17, "x18"]) or js["list"] == 17', (r) => r.js?.list === 17 || (Array.isArray(r.js?.list) && (r.js.list.includes(17) || r.js.list.includes('x18')))],
  ['id in [5, 6, 70000]', (r) => r.id === 5 || r.id === 6],
  ['id >= 35999 or id < 2', (r) => r.id >= 35999 || r.id < 2],
  ['n != 3', (r) => r.n !== null && r.n !== 3],
  ['n is null', (r) => r.n === null],
];

/** Orders, and what they go by. */
const ORDERS = [
  ['n', { of: (r) => r.n }],
  ['n:desc', { of: (r) => r.n, desc: true }],
  ['n:desc:nulls_last,s', { of: (r) => r.n, desc: true, nulls: 'last' }, { of: (r) => r.s }],
  ['b:desc,d', { of: (r) => r.b, desc: true }, { of: (r) => r.d }],
  ['s', { of: (r) => r.s }],
  ['s:desc:nulls_last', { of: (r) => r.s, desc: true, nulls: 'last' }],
  ['f:asc:nulls_first', { of: (r) => r.f, nulls: 'first' }],
  ['js["a"]:desc:nulls_last,id:desc', { of: (r) => r.js?.a, desc: true, nulls: 'last' }, { of: (r) => r.id, desc: true }],
  ['js["t"]', { of: (r) => r.js?.t }],
  ['color:desc', { of: (r) => r.color, desc: true }],
  ['color', { of: (r) => r.color }],
  ['tenant,n:desc', { of: (r) => r.tenant }, { of: (r) => r.n, desc: true }],
  ['id:desc', { of: (r) => r.id, desc: true }],
];

const INDEXES = [
  { field_name: 'n', index_type: 'STL_SORT' },
  { field_name: 's', index_type: 'TRIE' },
  { field_name: 'f', index_type: 'INVERTED', index_name: 'by_f' },
  { field_name: 'd', index_type: 'AUTOINDEX' },
  { field_name: 'b', index_type: 'BITMAP' },
  { field_name: 'tags', index_type: 'BITMAP' },
  { field_name: 'reals', index_type: 'INVERTED' },
  { field_name: 'js', index_type: 'INVERTED', index_name: 'js_list', params: { json_path: 'js["list"]', json_cast_type: 'array_double' } },
  { field_name: 'js', index_type: 'INVERTED', index_name: 'js_a', params: { json_path: 'js["a"]', json_cast_type: 'double' } },
  { field_name: 'js', index_type: 'AUTOINDEX', index_name: 'js_t', params: { json_path: "js['t']", json_cast_type: 'VARCHAR' } },
  { field_name: 'color', index_type: 'INVERTED', params: { json_path: 'color', json_cast_type: 'varchar' } },
];

describe('indexes on scalar fields', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scalar-indexes-'));
  const path = join(folder, 'x.db');
  const rows = new Map(Array.from({ length: N }, (_, i) => [i, rowOf(i)]));
  let client;
  let round = 0;

  before(async () => {
    client = new MilvusClient(path);
    await client.create_collection({ collection_name, schema: { fields: FIELDS, enable_dynamic_field: true } });
    await client.insert(collection_name, [...rows.values()]);
  });
  after(async () => {
    await client.close();
    rmSync(folder, { recursive: true });
  });

  /** Answers are kept by their text: each round has its own. */
  async function check() {
    round++;
    for (const [filter, holds = () => false] of FILTERS) {
      const found = await client.query({ collection_name, filter: `${filter}${' '.repeat(round)}`, output_fields: ['id'] });
      const expected = [...rows.values()].filter(holds).map(({ id }) => id);
      assert.deepEqual(found.map(({ id }) => id), expected.sort((a, b) => a - b), filter);
    }
  }

  /** The first rows of all or most, and of few, and those behind them. */
  async function checkOrders() {
    const few = ['n in [3, 4, 5] or id < 9', (r) => [3, 4, 5].includes(r.n) || r.id < 9];
    const many = [['', () => true], ['not b', (r) => !r.b]];
    for (const [i, [order_by, ...terms]] of ORDERS.entries()) {
      for (const [filter, holds] of [many[i % 2], few]) {
        const expected = inOrder([...rows.values()].filter(holds), terms).map(({ id }) => id);
        for (const [offset, limit] of [[0, 10], [10, 90], [9000, 50]]) {
          const found = await client.query({ collection_name, filter, order_by, offset, limit, output_fields: ['id'] });
          assert.deepEqual(found.map(({ id }) => id), expected.slice(offset, offset + limit), `${order_by} of ${filter}`);
        }
      }
    }
  }

  it('are not needed for an answer', check);

  it('are made, told and listed', async () => {
    await client.create_index(collection_name, INDEXES);
    await client.create_index(collection_name, INDEXES); // again
    assert.deepEqual(await client.list_indexes(collection_name), ['b', 'by_f', 'color', 'd', 'js_a', 'js_list', 'js_t', 'n', 'reals', 's', 'tags']);
    assert.deepEqual(await client.list_indexes({ collection_name, field_name: 'js' }), ['js_a', 'js_list', 'js_t']);
    const rows = { total_rows: N, indexed_rows: N, pending_index_rows: 0, state: 'Finished' };
    const told = async (index_name) => client.describe_index({ collection_name, index_name });
    assert.deepEqual(await told('n'), { index_type: 'STL_SORT', field_name: 'n', index_name: 'n', ...rows });
    assert.deepEqual(await told('by_f'), { index_type: 'INVERTED', field_name: 'f', index_name: 'by_f', ...rows, served_by: 'sorted' });
    assert.deepEqual(await told('js_a'), { json_path: 'js["a"]', json_cast_type: 'double', index_type: 'INVERTED', field_name: 'js', index_name: 'js_a', ...rows, served_by: 'sorted' });
    assert.equal((await told('tags')).served_by, 'inverted');
    assert.equal((await told('js_list')).served_by, undefined);
    assert.equal((await told('reals')).served_by, undefined);
    for (const type of ['INVERTED', 'BITMAP', 'STL_SORT', 'TRIE']) assert.equal(IndexType[type], type);
  });

  it('find the same', check);

  it('order the same', checkOrders);

  it('follow rows that come, go and are replaced', async () => {
    const put = Array.from({ length: 3000 }, (_, i) => ({ ...rowOf(i * 11), id: i * 5 }));
    await client.upsert(collection_name, put);
    for (const row of put) rows.set(row.id, row);
    const gone = Array.from({ length: 500 }, (_, i) => i * 3 + 1);
    await client.delete({ collection_name, ids: gone });
    for (const id of gone) rows.delete(id);
    await check();
    const more = Array.from({ length: 6000 }, (_, i) => ({ ...rowOf(i), id: N + i })); // more than may be unsorted
    await client.insert(collection_name, more);
    for (const row of more) rows.set(row.id, row);
    await check();
    await checkOrders();
  });

  it('are kept over reopening', async () => {
    await client.close();
    client = new MilvusClient(path);
    assert.equal((await client.list_indexes(collection_name)).length, INDEXES.length);
    const { field_name, json_path } = await client.describe_index(collection_name, 'color');
    assert.deepEqual([field_name, json_path], ['$meta', '$meta["color"]']);
    await check();
  });

  it('guide searches and deletes', async () => {
    const [hits] = await client.search({ collection_name, data: [[1, 0]], limit: 50, filter: 'n in [20, 21]', search_params: { metric_type: 'L2' } });
    assert.deepEqual(hits.map(({ id }) => id).sort((a, b) => a - b), [...rows.values()].filter(({ n }) => n === 20 || n === 21).map(({ id }) => id).sort((a, b) => a - b));
    const expected = [...rows.values()].filter(({ n }) => n === 20);
    assert.equal((await client.delete({ collection_name, filter: 'n == 20' })).delete_count, expected.length);
    for (const { id } of expected) rows.delete(id);
    assert.deepEqual(await client.query({ collection_name, filter: 'n == 20 and id >= 0' }), []);
  });

  it('are dropped one by one', async () => {
    await client.drop_index(collection_name, 'js_a');
    await client.drop_index(collection_name, 'n');
    await client.drop_index(collection_name, 'color');
    assert.deepEqual(await client.list_indexes({ collection_name, field_name: 'js' }), ['js_list', 'js_t']);
    assert.equal(await client.describe_index(collection_name, 'n'), undefined);
    await check();
  });

  it('mean dynamic fields still when a field gets their name', async () => {
    await client.create_index(collection_name, { field_name: 'later', index_type: 'INVERTED', params: { json_cast_type: 'double' } });
    await client.add_collection_field(collection_name, 'later', 'INT64', { nullable: true });
    await client.create_index(collection_name, { field_name: 'later', index_name: 'the_field', index_type: 'STL_SORT' });
    await client.insert(collection_name, [{ ...rowOf(1), id: 1e6, later: 5 }]);
    rows.set(1e6, { ...rowOf(1), id: 1e6 });
    const found = () => client.query({ collection_name, filter: 'later == 5', output_fields: ['id'] });
    assert.deepEqual(await found(), [{ id: 1e6 }]);
    await client.close();
    client = new MilvusClient(path);
    assert.equal((await client.describe_index(collection_name, 'later')).field_name, '$meta');
    assert.equal((await client.describe_index(collection_name, 'the_field')).field_name, 'later');
    assert.deepEqual(await found(), [{ id: 1e6 }]);
  });

  it('are refused where they do not fit', async () => {
    const refused = async (index, code, ...says) => {
      const error = await client.create_index(collection_name, index).then(assert.fail, (e) => e);
      assert.equal(error.code, code, error.message);
      for (const text of says) assert.ok(error.message.includes(text), error.message);
    };
    const json = { field_name: 'js', index_type: 'INVERTED' };
    await refused({ field_name: 'b', index_type: 'STL_SORT' }, 701, 'STL_SORT takes integers, FLOAT, DOUBLE, TIMESTAMPTZ or VARCHAR', "'b' of type BOOL");
    await refused({ field_name: 'd', index_type: 'BITMAP' }, 701, 'BITMAP', "'d' of type DOUBLE");
    await refused({ field_name: 'reals', index_type: 'BITMAP' }, 701, 'BITMAP', "'reals' of type ARRAY");
    await refused({ field_name: 'id', index_type: 'BITMAP' }, 701, 'the primary key');
    await refused({ field_name: 'n', index_type: 'TRIE' }, 701, 'TRIE takes VARCHAR');
    await refused({ field_name: 'tags', index_type: 'STL_SORT' }, 701, "'tags' of type ARRAY");
    await refused({ ...json, index_type: 'BITMAP', params: { json_cast_type: 'bool' } }, 701, "'js' of type JSON");
    await refused({ field_name: 'n', index_type: 'HNSW' }, 701, 'HNSW needs a vector field');
    await refused({ field_name: 'n', index_type: 'HASH' }, 701, 'one of AUTOINDEX, INVERTED, BITMAP, STL_SORT, TRIE', 'HASH');
    await refused({ field_name: 'v', index_type: 'INVERTED' }, 701, 'INVERTED');
    await refused({ field_name: 'n', index_type: 'INVERTED', params: { M: 4 } }, 1100, "no parameter 'M'");
    await refused({ field_name: 'n', index_type: 'INVERTED', params: { json_path: 'n' } }, 1100, "'json_path' but for JSON");
    await refused({ ...json, params: { json_path: 'js["k"]' } }, 1101, 'json_cast_type must be given');
    await refused({ ...json, params: { json_path: 'js["k"]', json_cast_type: 'date' } }, 1100, 'json_cast_type must be one of', 'date');
    await refused({ ...json, params: { json_path: 'n', json_cast_type: 'double' } }, 1100, 'json_path must be a path into field', "got 'n'");
    await refused({ ...json, params: { json_path: 'js[', json_cast_type: 'double' } }, 1100, 'json_path must be a path');
    await refused({ ...json, params: { json_path: 7, json_cast_type: 'double' } }, 1100, 'json_path must be a string');
    await refused({ ...json, index_name: 'b', params: { json_path: 'js["k"]', json_cast_type: 'double' } }, 702, "'b'", 'another index_name');
    await refused({ ...json, index_name: 'two', params: { json_path: 'js["t"]', json_cast_type: 'varchar' } }, 702, 'js_t', 'drop_index');
    await refused({ field_name: 'nothing', index_type: 'INVERTED' }, 1700, 'nothing');
  });
});
