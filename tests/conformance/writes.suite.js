// Writing: partial updates, keys given beside auto_id.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { randomOf } from './exact.js';
import { clientFor } from './places.js';

/** A field of every type, each with values. */
const FIELDS = [
  ['b', 'BOOL', {}, [true, false]],
  ['i8', 'INT8', {}, [-128, 0, 127]],
  ['i64', 'INT64', {}, [0, -1, 2n ** 60n + 1n]],
  ['f', 'FLOAT', {}, [0.5, -1.25, Math.fround(0.1)]],
  ['d', 'DOUBLE', {}, [0.1, 1e300, 5]],
  ['s', 'VARCHAR', { max_length: 40 }, ['', 'größer', "it's"]],
  ['j', 'JSON', {}, [{ a: [1, { b: null }] }, [], 'text', 3, 2n ** 60n]],
  ['ai', 'ARRAY', { element_type: 'INT32', max_capacity: 5 }, [[], [1, 2, 3]]],
  ['as', 'ARRAY', { element_type: 'VARCHAR', max_capacity: 5, max_length: 9 }, [['a', 'ö'], []]],
];

/** A collection `c` of a key, two vectors, a field of every type and a nullable twin `<name>_n` of each. */
async function create(client, { key = 'INT64' } = {}) {
  const schema = client.create_schema({ enable_dynamic_field: true });
  schema.add_field('id', key, { is_primary: true, ...(key === 'VARCHAR' && { max_length: 20 }) });
  schema.add_field('vector', 'FLOAT_VECTOR', { dim: 2 }).add_field('second', 'FLOAT_VECTOR', { dim: 3, nullable: true });
  for (const [name, type, options] of FIELDS) {
    schema.add_field(name, type, options).add_field(`${name}_n`, type, { ...options, nullable: true });
  }
  await client.create_collection({ collection_name: 'c', schema });
}

/** A complete row at random. */
function rowOf(id, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const row = { id, vector: Float32Array.from([random(), random()]) };
  row.second = random() < 0.3 ? null : Float32Array.from([random(), random(), 1]);
  for (const [name, , , values] of FIELDS) {
    row[name] = pick(values);
    row[`${name}_n`] = random() < 0.3 ? null : pick(values);
  }
  if (random() < 0.5) row.color = pick(['red', 'blue', null]);
  if (random() < 0.3) row.size = { of: pick([1, 2.5]) };
  return row;
}

/** @param {import('./places.js').Storage} storage */
export function writesSuite(storage) {
  describe(`partial updates, ${storage.name}`, () => {
    for (const key of /** @type {const} */ (['INT64', 'VARCHAR'])) {
      it(`merge what is given into rows of any fields, ${key} keys`, async (t) => {
        const client = clientFor(t, storage);
        await create(client, { key });
        const random = randomOf(key.length);
        const idOf = (i) => (key === 'INT64' ? i : `k${i}`);
        const model = new Map();
        const write = async (method, rows, options) => {
          const result = await client[method]('c', rows, options);
          assert.deepEqual(result.ids, rows.map(({ id }) => id));
        };
        const complete = Array.from({ length: 60 }, (_, i) => rowOf(idOf(i), random));
        await write('insert', complete);
        complete.forEach((row) => model.set(row.id, row));
        for (let round = 0; round < 25; round++) {
          if (round % 8 === 5) await client[round % 16 === 5 ? 'release_collection' : 'load_collection']('c');
          const share = [0.1, 0.5, 0.9][round % 3];
          const same = new Set(Object.keys(complete[0]).filter(() => random() < share));
          const rows = [];
          for (let i = 0; i < 66; i++) {
            if (random() < 0.6) continue;
            const row = rowOf(idOf(i), random);
            const isNew = !model.has(row.id);
            const keeps = (name) => name === 'id' || isNew || (round % 2 ? same.has(name) : random() < share);
            rows.push(Object.fromEntries(Object.entries(row).filter(([name]) => keeps(name))));
          }
          await write('upsert', rows, { partial_update: true });
          for (const row of rows) model.set(row.id, { ...model.get(row.id), ...row });
        }
        await client.load_collection('c');
        const found = await client.get('c', [...model.keys()]);
        for (const row of found) {
          const { id, ...rest } = model.get(row.id);
          for (const [name] of FIELDS) rest[`${name}_n`] ??= null;
          rest.second ??= null;
          assert.deepEqual(row, { id, ...rest });
        }
        assert.equal(found.length, model.size);
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: model.size });
        const [hits] = await client.search('c', [[1, 1]], { anns_field: 'vector', limit: 100 });
        assert.equal(hits.length, model.size);
      });
    }

    it('set to null what is given as null, and to the default where there is one', async (t) => {
      const client = clientFor(t, storage);
      const schema = client.create_schema().add_field('id', 'INT64', { is_primary: true });
      schema.add_field('vector', 'FLOAT_VECTOR', { dim: 2 }).add_field('n', 'INT32', { nullable: true });
      schema.add_field('d', 'INT32', { default_value: 7 });
      await client.create_collection({ collection_name: 'c', schema });
      await client.insert('c', [{ id: 1, vector: [1, 2], n: 5, d: 6 }]);
      await client.upsert('c', [{ id: 1, n: null, d: null }], { partial_update: true });
      assert.deepEqual(await client.get('c', [1], ['n', 'd']), [{ id: 1, n: null, d: 7 }]);
      const vector = { id: 1, vector: null };
      await assertRefused(() => client.upsert('c', [vector], { partial_update: true }), {
        type: 'DataNotMatchException', code: 1100, says: ['vector', 'null'], field: 'vector', row: 0,
      });
    });

    it('insert a row of a new key, which must be complete', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 2);
      await client.upsert('c', [{ id: 1, vector: [1, 2], x: 1 }], { partial_update: true });
      const says = ['Insert missed an field `vector`'];
      const refusal = { type: 'DataNotMatchException', code: 1100, says, field: 'vector', row: 1 };
      await assertRefused(() => client.upsert('c', [{ id: 1, x: 2 }, { id: 2, x: 3 }], { partial_update: true }), refusal);
      assert.deepEqual(await client.query('c', 'x > 0', { output_fields: ['x'] }), [{ id: 1, x: 1 }]);
    });

    it('tell what is wrong with a batch, and change nothing', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 2);
      await client.insert('c', [{ id: 1, vector: [1, 2], x: 1 }]);
      const refused = (rows, type, code, ...says) =>
        assertRefused(() => client.upsert('c', rows, { partial_update: true }), { type, code, says });
      await refused([{ x: 2 }], 'DataNotMatchException', 1100, 'id');
      await refused([{ id: 1, x: 2 }, { id: 2, vector: [3, 4] }, { id: 1, x: 3 }], 'ParamError', 1100, "'id'", 'duplicate', 'rows 0 and 2');
      await refused([{ id: 1, vector: [1, 2, 3] }], 'DataNotMatchException', 1100, 'vector', 'dim 2', 3);
      await refused([{ id: 'one', x: 2 }], 'DataNotMatchException', 1100, 'id', 'one');
      const insert = { type: 'ParamError', code: 1100, says: ["unknown parameter 'partial_update'"] };
      await assertRefused(() => client.insert('c', [{ id: 1 }], { partial_update: true }), insert);
      await assert.rejects(client.upsert('c', [{ id: 1 }], { field_ops: {} }), { message: /unknown parameter 'field_ops'/ });
      assert.deepEqual(await client.get('c', [1], ['x']), [{ id: 1, x: 1 }]);
    });
  });

  describe(`keys beside auto_id, ${storage.name}`, () => {
    it('are refused, unless allow_insert_auto_id says otherwise', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', 2, { auto_id: true });
      const row = { id: 77, vector: [1, 2] };
      const says = ["field 'id' must not be given", 'auto_id'];
      await assertRefused(() => client.insert('c', [row]), { type: 'DataNotMatchException', code: 1100, says, row: 0 });
      await client.alter_collection_properties('c', { allow_insert_auto_id: 'true' });
      assert.deepEqual((await client.insert('c', [row])).ids, [77]);
      const [next] = (await client.insert('c', [{ vector: [3, 4] }])).ids;
      assert.ok(next > 77, `${next}`);
      const mixed = [{ id: 5, vector: [1, 2] }, { vector: [1, 2] }];
      await assertRefused(() => client.insert('c', mixed), { type: 'DataNotMatchException', code: 1100, says: ['`id`'], row: 1 });
      await client.drop_collection_properties('c', ['allow_insert_auto_id']);
      await assert.rejects(client.insert('c', [row]), { code: 1100 });
      await assert.rejects(client.alter_collection_properties('c', { allow_insert_auto_id: 'often' }), {
        message: /'allow_insert_auto_id' must be true or false, got "often"/,
      });
    });
  });
}
