// Queries of groups, against the slow twin: all rows, one by one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { randomOf } from './exact.js';
import { groupsOf, toldOf } from './aggregated.js';
import { inOrder } from './ordered.js';
import { clientFor } from './places.js';
import { collectionOf, PATHS, randomModel } from './random_rows.js';

const FUNCTIONS = {
  BOOL: ['count'],
  VARCHAR: ['count', 'min', 'max'],
  TIMESTAMPTZ: ['count', 'min', 'max'],
  FLOAT: ['count', 'sum', 'avg', 'min', 'max'],
  path: ['count', 'sum', 'avg', 'min', 'max'],
};
const INTEGERS = ['INT8', 'INT16', 'INT32', 'INT64'];
const MOST = 2n ** 63n - 1n;

/** What a name leads to, as the twin has it: times as milliseconds. */
const valueOf = (name) => PATHS[name] ?? ((row) => (name === 'at' && row.at != null ? Date.parse(row.at) : row[name]));

/** Some keys, and functions of some fields, as a request names them. */
function randomRequest({ fields, keyType, below }) {
  const types = new Map([...fields.map(({ name, type }) => [name, type]), ...Object.keys(PATHS).map((name) => [name, 'path']), ['id', keyType]]);
  const names = [...types.keys()];
  const some = (list, n) => Array.from({ length: n }, () => list[below(list.length)]);
  const keys = some(names.filter((name) => !['FLOAT', 'DOUBLE'].includes(types.get(name)) && name !== 'id'), below(4));
  const functions = some(names, 1 + below(4)).map((name) => {
    const type = types.get(name);
    const [fold] = some(FUNCTIONS[INTEGERS.includes(type) || type === 'DOUBLE' ? 'FLOAT' : type], 1);
    return { name: [`${fold}(${name})`, `${fold.toUpperCase()}( ${name} )`][below(2)], fold, of: name, areIntegers: INTEGERS.includes(type) };
  });
  const shown = [...new Set(keys.filter(() => below(4) > 0))];
  return { keys, shown, functions: below(2) ? functions : [...functions, { name: 'count(*)' }] };
}

/** Groups as the twin sees them: values by name, and how far off each may be. */
function expect(rows, { keys, functions }) {
  return groupsOf(rows, keys.map(valueOf)).map((group) => {
    const told = { tolerances: {} };
    for (const name of keys) told[name] = valueOf(name)(group[0]) ?? null;
    for (const { name, fold, of, areIntegers } of functions) {
      const { value, tolerance } = of ? toldOf(group.map(valueOf(of)), areIntegers)[fold] : { value: group.length, tolerance: 0 };
      told[name] = value;
      told.tolerances[name] = tolerance;
    }
    return told;
  });
}

const isBeyond = (value) => typeof value === 'bigint' && (value > MOST || value < -MOST - 1n);

function assertValue(got, expected, tolerance, said) {
  if (typeof expected === 'number' || typeof expected === 'bigint') {
    const value = typeof got === 'string' ? Date.parse(got) : got;
    const isClose = tolerance === 0 || typeof expected === 'bigint' ? value == expected : Math.abs(value - expected) <= tolerance;
    assert.ok(isClose, `${said}: ${got}, expected ${expected}`);
  } else {
    assert.deepEqual(got, expected, said);
  }
}

async function check(client, model, rows, query = {}) {
  const { below } = model;
  for (let round = 0; round < 25; round++) {
    const request = randomRequest(model);
    const { keys, shown, functions } = request;
    const groups = expect(rows, request);
    const outputs = [...shown, ...functions.map(({ name }) => name)];
    const sums = functions.filter(({ name }) => groups.some((group) => isBeyond(group[name]))).map(({ name }) => name);
    const exact = outputs.filter((name) => !groups.some(({ tolerances }) => tolerances[name]));
    const order = exact.filter(() => below(3) === 0).map((name) => ({ field: name, desc: below(2) === 1 }));
    const ask = (p) =>
      client.query({
        ...{ collection_name: 'c', output_fields: outputs, ...query, ...p },
        ...(keys.length > 0 && { group_by_fields: keys }),
        ...(order.length > 0 && { order_by_fields: order.map(({ field, desc }) => `${field}:${desc ? 'desc:nulls_last' : 'asc'}`) }),
      });
    const said = JSON.stringify({ keys, outputs, order });
    if (sums.length > 0) {
      await assertRefused(() => ask({}), { type: 'ParamError', code: 1100, says: [sums.find((name) => outputs.includes(name)).split('(')[0], 'INT64'] });
      continue;
    }
    const terms = [...order.map(({ field, desc }) => ({ of: (group) => group[field], desc, nulls: 'last' })), ...keys.map((name) => ({ of: (group) => group[name] }))];
    const expected = inOrder(groups, terms);
    const got = await ask({});
    assert.equal(got.length, expected.length, said);
    got.forEach((group, i) => {
      assert.deepEqual(Object.keys(group), [...new Set(outputs)], said);
      for (const name of outputs) assertValue(group[name], expected[i][name], expected[i].tolerances[name] ?? 0, `${said} ${name}`);
    });
    if (functions.length === 1 && keys.length === 0) continue; // count(*) has no pages
    const limit = 1 + below(9);
    const pages = [];
    for (let offset = 0; offset < got.length; offset += limit) pages.push(...(await ask({ limit, offset })));
    assert.deepEqual(pages, got, said);
  }
}

/** Rows of which little is to be said. */
async function shop(t, storage) {
  const client = clientFor(t, storage);
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: 2 })
    .add_field('price', 'DOUBLE', { nullable: true })
    .add_field('kind', 'VARCHAR', { max_length: 9, nullable: true })
    .add_field('data', 'JSON', { nullable: true })
    .add_field('tags', 'ARRAY', { element_type: 'INT64', max_capacity: 2 })
    .add_field('hue', 'FLOAT');
  await client.create_collection({ collection_name: 'shop', schema });
  const row = (id, more) => ({ id, vector: [id, 0], price: null, kind: null, tags: [], hue: 0, ...more });
  await client.insert('shop', [
    row(1, { price: 3, kind: 'b', color: 'red' }),
    row(2, { kind: 'a', color: 'green' }),
    row(3, { price: 1.5, kind: 'b', color: 'red' }),
    row(4, { price: 4, kind: 'a', color: 'blue' }),
    row(5, { price: -2 }),
  ]);
  return { client, query: (p) => client.query({ collection_name: 'shop', ...p }) };
}

/** @param {import('./places.js').Storage} storage */
export function aggregatesSuite(storage) {
  describe(`queries of groups, ${storage.name}`, () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`tell what looking at all rows does, also after writes: schema ${seed}`, async (t) => {
        const client = clientFor(t, storage);
        const model = randomModel(randomOf(seed));
        await collectionOf(client, model);
        const byId = new Map(model.rowsOf(230).map((row) => [row.id, row]));
        await client.insert('c', [...byId.values()]);
        await check(client, model, [...byId.values()]);
        const gone = [...byId.keys()].filter((_, i) => i % 4 === 1);
        await client.delete('c', gone);
        for (const id of gone) byId.delete(id);
        for (const row of model.rowsOf(60, 200)) byId.set(row.id, row); // half of the keys are there
        await client.upsert('c', [...byId.values()].slice(-60));
        const rows = [...byId.values()];
        await check(client, model, rows);
        await check(client, model, rows.filter(({ list }) => list[0] === 1), { filter: 'list[0] == 1' });
        const some = rows.filter((_, i) => i % 5 === 3);
        await check(client, model, some, { ids: some.map(({ id }) => id) });
      });
    }

    it('answer as a program would write it', async (t) => {
      const { query } = await shop(t, storage);
      assert.deepEqual(await query({ group_by_fields: ['kind'], output_fields: ['kind', 'count(*)', 'count(price)', 'sum(id)', 'avg(price)', 'max(price)'] }), [
        { kind: 'a', 'count(*)': 2, 'count(price)': 1, 'sum(id)': 6, 'avg(price)': 4, 'max(price)': 4 },
        { kind: 'b', 'count(*)': 2, 'count(price)': 2, 'sum(id)': 4, 'avg(price)': 2.25, 'max(price)': 3 },
        { kind: null, 'count(*)': 1, 'count(price)': 1, 'sum(id)': 5, 'avg(price)': -2, 'max(price)': -2 },
      ]);
      assert.deepEqual(await query({ filter: 'price > 0', group_by_fields: 'color', output_fields: ['color', 'count(*)'], order_by: 'count(*):desc', limit: 1 }), [
        { color: 'red', 'count(*)': 2 },
      ]);
      assert.deepEqual(await query({ output_fields: ['count(*)', 'SUM(price)', 'min(kind)'] }), [{ 'count(*)': 5, 'SUM(price)': 6.5, 'min(kind)': 'a' }]);
      assert.deepEqual(await query({ filter: 'id > 9', output_fields: ['count(kind)', 'sum(price)', 'avg(id)'] }), [{ 'count(kind)': 0, 'sum(price)': null, 'avg(id)': null }]);
      assert.deepEqual(await query({ filter: 'id > 9', group_by_fields: ['kind'], output_fields: ['count(kind)'] }), []);
      assert.deepEqual(await query({ group_by_fields: ['kind'], output_fields: ['kind'], offset: 1, limit: 9 }), [{ kind: 'b' }, { kind: null }]);
      assert.deepEqual(await query({ group_by_fields: ['kind'], output_fields: ['count(*)'] }), [{ 'count(*)': 2 }, { 'count(*)': 2 }, { 'count(*)': 1 }]);
      assert.deepEqual(await query({ group_by_fields: [], output_fields: ['count(*)'] }), [{ 'count(*)': 5 }]);
    });

    it('keep to partitions', async (t) => {
      const { client, query } = await shop(t, storage);
      await client.create_partition('shop', 'p');
      await client.insert('shop', [{ id: 6, vector: [6, 0], kind: 'a', tags: [], hue: 0 }], { partition_name: 'p' });
      const count = (partition_names) => query({ group_by_fields: ['kind'], output_fields: ['kind', 'count(*)'], partition_names });
      assert.deepEqual(await count(['p']), [{ kind: 'a', 'count(*)': 1 }]);
      assert.deepEqual((await count(['_default', 'p']))[0], { kind: 'a', 'count(*)': 3 });
    });

    it('are refused by name where a field has no groups, or no such function', async (t) => {
      const { client, query } = await shop(t, storage);
      const refused = (p, ...says) => assertRefused(() => query({ filter: 'id > 0', ...p }), { type: 'ParamError', code: 1100, says });
      await refused({ group_by_fields: ['price'], output_fields: ['price'] }, 'group by field price has unsupported data type DOUBLE');
      await refused({ group_by_fields: ['vector'], output_fields: ['vector'] }, 'group by field vector has unsupported data type FLOAT_VECTOR');
      await refused({ group_by_fields: ['data'], output_fields: ['data'] }, 'group by field data has unsupported data type JSON');
      await refused({ group_by_fields: ['kind'] }, 'output_fields', 'group_by_fields');
      await refused({ group_by_fields: ['kind'], output_fields: ['*'] }, 'output_fields', "'*'");
      await refused({ group_by_fields: ['kind'], output_fields: ['kind', 'id', 'count(*)'] }, 'output_fields', "'id'");
      await refused({ output_fields: ['id', 'count(*)'] }, 'output_fields', "'id'");
      await refused({ output_fields: ['sum(kind)'] }, 'sum(kind)', "'kind'", 'VARCHAR');
      await refused({ output_fields: ['max(vector)'] }, 'max(vector)', 'FLOAT_VECTOR');
      await refused({ output_fields: ['sum(*)'] }, 'sum(*)', 'count(*)');
      await refused({ group_by_fields: ['kind'], output_fields: ['kind'], order_by: 'id' }, 'order_by_fields', "'id'");
      await refused({ group_by_fields: ['kind'], output_fields: ['kind'], limit: 0 }, 'limit', '0');
      await refused({ group_by_fields: 7, output_fields: ['kind'] }, 'group_by_fields');
      const pages = (p) => client.query_iterator({ collection_name: 'shop', filter: 'id > 0', ...p });
      const drained = async (p) => {
        for await (const page of await pages(p)) assert.fail(`a page of ${page.length}`);
      };
      const invalid = { type: 'ParamError', code: 1100 };
      await assertRefused(() => drained({ group_by_fields: ['kind'], output_fields: ['kind'] }), { ...invalid, says: ['group_by_fields', 'iterator'] });
      await assertRefused(() => drained({ output_fields: ['sum(id)'] }), { ...invalid, says: ['output_fields', 'iterator', 'sum(id)'] });
    });
  });
}
