// Every kind of value, in and out again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType } from '../../js/index.js';
import { embeddings, textOf } from './exact.js';
import { clientFor } from './places.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

const HARD_TEXTS = [
  '',
  ' ',
  'plain',
  'größer, señor, naïve',
  '向量数据库',
  '🔎🧠👩‍👩‍👧',
  'a\0b\0',
  '\0',
  "it's \"quoted\" \\ and % _ ; -- '",
  'line\nbreak\ttab\r\u2028',
  '\ufeffwith a mark',
  'e\u0301 is not \u00e9',
];

/** A collection `c` of a key, a vector and more fields. */
function create(client, fields, { key = 'INT64', ...more } = {}) {
  const isPrimary = { is_primary: true, ...(key === 'VARCHAR' && { max_length: 200 }) };
  const schema = client.create_schema(more).add_field('id', key, isPrimary);
  schema.add_field('vector', 'FLOAT_VECTOR', { dim: 2 });
  for (const [name, type, options] of fields) schema.add_field(name, type, options);
  return client.create_collection({ collection_name: 'c', schema });
}

/** What comes back of values of one field, in order. */
async function roundTrip(client, values, output_fields = ['x']) {
  await client.insert('c', values.map((x, id) => ({ id, vector: [id, 1], x })));
  const ids = values.map((_, id) => id);
  const rows = await client.get({ collection_name: 'c', ids, output_fields });
  return rows.map((row) => row.x);
}

/** @param {import('./places.js').Storage} storage */
export function dataModelSuite(storage) {
  describe(`data model, ${storage.name}`, () => {
    it('keeps BOOL', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'BOOL']]);
      assert.deepEqual(await roundTrip(client, [true, false, true]), [true, false, true]);
    });

    for (const bits of [8, 16, 32]) {
      it(`keeps INT${bits} to its ends`, async (t) => {
        const client = clientFor(t, storage);
        await create(client, [['x', `INT${bits}`]]);
        const end = 2 ** (bits - 1);
        const values = [0, 1, -1, end - 1, -end];
        assert.deepEqual(await roundTrip(client, values), values);
      });
    }

    it('keeps INT64 exactly beyond 2^53, as a number where that is exact', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'INT64']]);
      const most = Number.MAX_SAFE_INTEGER;
      const given = [0, -1, most, -most, 2n ** 53n, 2n ** 53n + 1n, INT64_MAX, INT64_MIN, 7n, '12', '-9223372036854775808'];
      const expected = [0, -1, most, -most, 2n ** 53n, 2n ** 53n + 1n, INT64_MAX, INT64_MIN, 7, 12, INT64_MIN];
      assert.deepEqual(await roundTrip(client, given), expected);
    });

    it('gives INT64 as bigint or string when asked to', async (t) => {
      for (const [int64, expected] of [['bigint', [5n, INT64_MAX]], ['string', ['5', String(INT64_MAX)]]]) {
        const client = clientFor(t, storage, { int64 });
        await create(client, [['x', 'INT64']]);
        assert.deepEqual(await roundTrip(client, [5, INT64_MAX]), expected);
      }
    });

    it('keeps FLOAT as float32 and DOUBLE as float64', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'FLOAT'], ['d', 'DOUBLE', { nullable: true }]]);
      const values = [0.1, -2.5, 0, 3.4028234663852886e38, 1e-45, 16777217];
      assert.deepEqual(await roundTrip(client, values), values.map(Math.fround));
      const doubles = [0.1, Math.PI, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53 + 2, 1];
      await client.insert('c', doubles.map((d, i) => ({ id: 100 + i, vector: [1, i], x: 1, d })));
      const rows = await client.get({ collection_name: 'c', ids: doubles.map((_, i) => 100 + i) });
      assert.deepEqual(rows.map(({ d }) => d), doubles);
    });

    it('keeps -0 in vectors; in numbers it comes back equal', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'DOUBLE']]);
      const rows = [{ id: 0, vector: [-0, 0], x: -0 }, { id: 1, vector: new Float32Array([-0, 1]), x: -0.5 }];
      await client.insert('c', rows);
      const [a, b] = await client.get('c', [0, 1]);
      assert.deepEqual([...a.vector], [-0, 0]);
      assert.deepEqual([...b.vector], [-0, 1]);
      assert.ok(a.x === 0 && b.x === -0.5);
    });

    it('keeps any text, also as a key', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'VARCHAR', { max_length: 100 }]], { key: 'VARCHAR' });
      await client.insert('c', HARD_TEXTS.map((x, i) => ({ id: x, vector: [i, 1], x })));
      const rows = await client.get('c', HARD_TEXTS);
      assert.deepEqual(rows.map(({ id }) => id), HARD_TEXTS);
      assert.deepEqual(rows.map(({ x }) => x), HARD_TEXTS);
      assert.deepEqual(await client.delete('c', HARD_TEXTS), { delete_count: HARD_TEXTS.length, cost: 0 });
    });

    it('counts max_length in bytes of UTF-8, to the last one', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'VARCHAR', { max_length: 6 }]]);
      assert.deepEqual(await roundTrip(client, ['123456', 'äöü', '向量', '🔎']), ['123456', 'äöü', '向量', '🔎']);
      await assert.rejects(roundTrip(client, ['äöüa']), { name: 'DataNotMatchException', message: /max_length=6.*7 bytes/ });
    });

    it('keeps a text of 65,535 bytes', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'VARCHAR', { max_length: 65535 }]]);
      const long = '向'.repeat(21845);
      assert.deepEqual(await roundTrip(client, [long, 'short']), [long, 'short']);
    });

    it('keeps any JSON', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'JSON']]);
      const values = [
        {},
        [],
        { a: { b: [1, 2.5, null, true, 'ä\0"'], '': {} }, 'key with "quotes"': -1e-7 },
        'a string',
        42,
        true,
        [[], [[]], {}],
        { n: INT64_MAX, m: 2n ** 70n },
        Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i])),
      ];
      assert.deepEqual(await roundTrip(client, values), values);
    });

    it('keeps a member of JSON that is named __proto__', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'JSON']]);
      const [back] = await roundTrip(client, [JSON.parse('{"__proto__":{"a":1}}')]);
      assert.equal(JSON.stringify(back), '{"__proto__":{"a":1}}');
      assert.equal(back.a, undefined);
    });

    const ARRAYS = {
      BOOL: [[true, false], [], [false]],
      INT8: [[-128, 127], [], [0]],
      INT16: [[-32768, 32767], [], [0]],
      INT32: [[-(2 ** 31), 2 ** 31 - 1], [], [0]],
      INT64: [[INT64_MIN, 2n ** 53n + 1n, 5], [], [INT64_MAX]],
      FLOAT: [[0.5, -3, 1e10].map(Math.fround), [], [Math.fround(0.1)]],
      DOUBLE: [[0.1, -1e300, 7], [], [Math.PI]],
      VARCHAR: [['', 'ä\0🔎', '"'], [], ['x']],
    };
    for (const [element_type, values] of Object.entries(ARRAYS)) {
      it(`keeps ARRAY of ${element_type}`, async (t) => {
        const client = clientFor(t, storage);
        const options = { element_type, max_capacity: 4, ...(element_type === 'VARCHAR' && { max_length: 10 }) };
        await create(client, [['x', 'ARRAY', options]]);
        assert.deepEqual(await roundTrip(client, values), values);
      });
    }

    it('takes typed arrays as ARRAY values', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'ARRAY', { element_type: 'INT32', max_capacity: 4 }]]);
      const given = [Int32Array.of(1, -2), [3], new Int32Array(0)];
      assert.deepEqual(await roundTrip(client, given), [[1, -2], [3], []]);
    });

    it('keeps null in nullable fields of every type', async (t) => {
      const client = clientFor(t, storage);
      const types = ['BOOL', 'INT8', 'INT16', 'INT32', 'INT64', 'FLOAT', 'DOUBLE', 'VARCHAR', 'JSON', 'ARRAY'];
      const values = [true, 1, 2, 3, 4, 0.5, 0.25, 'a', { a: 1 }, [1]];
      const options = { nullable: true, max_length: 9, max_capacity: 3, element_type: 'INT8' };
      const { max_length, max_capacity, element_type, nullable } = options;
      const more = { VARCHAR: { max_length }, ARRAY: { max_capacity, element_type } };
      await create(client, types.map((type) => [type, type, { nullable, ...more[type] }]));
      const named = (list) => Object.fromEntries(types.map((type, i) => [type, list[i]]));
      const rows = [
        { id: 0, vector: [1, 1], ...named(values) },
        { id: 1, vector: [1, 1], ...named(types.map(() => null)) },
        { id: 2, vector: [1, 1] },
        { id: 3, vector: [1, 1], ...named(values) },
      ];
      await client.insert('c', rows);
      const back = await client.get({ collection_name: 'c', ids: [0, 1, 2, 3], output_fields: types });
      const nothing = named(types.map(() => null));
      assert.deepEqual(back, [
        { id: 0, ...named(values) },
        { id: 1, ...nothing },
        { id: 2, ...nothing },
        { id: 3, ...named(values) },
      ]);
    });

    it('fills in default_value where a row has none', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [
        ['n', 'INT64', { default_value: 2n ** 60n + 1n }],
        ['f', 'FLOAT', { default_value: 0.5 }],
        ['s', 'VARCHAR', { max_length: 20, default_value: "it's ä" }],
        ['b', 'BOOL', { default_value: true, nullable: true }],
      ]);
      await client.insert('c', [
        { id: 0, vector: [1, 1] },
        { id: 1, vector: [1, 1], n: null, f: null, s: null, b: null },
        { id: 2, vector: [1, 1], n: 1, f: 2, s: '', b: false },
      ]);
      const rows = await client.get({ collection_name: 'c', ids: [0, 1, 2], output_fields: ['n', 'f', 's', 'b'] });
      const defaults = { n: 2n ** 60n + 1n, f: 0.5, s: "it's ä", b: true };
      assert.deepEqual(rows, [
        { id: 0, ...defaults },
        { id: 1, ...defaults },
        { id: 2, n: 1, f: 2, s: '', b: false },
      ]);
    });

    it('keeps dynamic fields of any kind, each row its own', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2 });
      const rows = [
        { id: 0, vector: [1, 1], text: textOf(1), n: 2n ** 60n, nested: { a: [1, { b: null }] } },
        { id: 1, vector: [1, 1], text: 5, flag: true, list: [1.5, 'x'] },
        { id: 2, vector: [1, 1], nothing: null, ä: 'ä', 'with space': [], constructor: 1 },
        { id: 3, vector: [1, 1] },
      ];
      await client.insert('c', rows);
      const back = await client.get('c', [0, 1, 2, 3]);
      assert.deepEqual(back.map(({ vector, ...row }) => row), rows.map(({ vector, ...row }) => row));
      // by name; a key that a row does not have is not there
      const some = await client.get({ collection_name: 'c', ids: [0, 1, 3], output_fields: ['text', 'flag'] });
      assert.deepEqual(some, [{ id: 0, text: textOf(1) }, { id: 1, text: 5, flag: true }, { id: 3 }]);
      const all = await client.get({ collection_name: 'c', ids: [1], output_fields: ['$meta'] });
      assert.deepEqual(all, [{ id: 1, text: 5, flag: true, list: [1.5, 'x'] }]);
    });

    it('keeps several vector fields, null where they are nullable', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [
        ['wide', 'FLOAT_VECTOR', { dim: 384 }],
        ['maybe', 'FLOAT_VECTOR', { dim: 3, nullable: true }],
      ]);
      const wide = embeddings({ n: 6, dim: 384 });
      const rows = wide.map((vector, id) => ({ id, vector: [id, 1], wide: vector, maybe: id % 2 ? [id, 2, 3] : null }));
      await client.insert('c', rows);
      const back = await client.get('c', rows.map(({ id }) => id));
      back.forEach((row, i) => {
        assert.deepEqual(row.wide, wide[i]);
        assert.deepEqual(row.maybe, i % 2 ? Float32Array.of(i, 2, 3) : null);
      });
      // a null vector is not searched
      const [hits] = await client.search('c', [[1, 2, 3]], { anns_field: 'maybe' });
      assert.deepEqual(hits.map(({ id }) => id).sort(), [1, 3, 5]);
    });

    it('takes vectors as Float32Array, as other typed arrays and as numbers, also mixed', async (t) => {
      const client = clientFor(t, storage);
      await create(client, []);
      const forms = [Float32Array.of(0.1, 2), [0.1, 2], Float64Array.of(0.1, 2), Int8Array.of(1, 2), Uint8Array.of(1, 2)];
      const expected = forms.map((form) => Float32Array.from(form));
      await client.insert('c', forms.map((vector, id) => ({ id, vector })));
      for (const [i, vector] of forms.entries()) await client.insert('c', { id: 100 + i, vector });
      const rows = await client.get('c', [0, 1, 2, 3, 4, 100, 101, 102, 103, 104]);
      assert.deepEqual(rows.map(({ vector }) => vector), [...expected, ...expected]);
    });

    it('gives vectors as arrays when asked to', async (t) => {
      const client = clientFor(t, storage, { vector_format: 'array' });
      await create(client, []);
      await client.insert('c', [{ id: 1, vector: [0.1, 2] }]);
      assert.deepEqual((await client.get('c', [1]))[0].vector, [Math.fround(0.1), 2]);
    });

    it('makes INT64 keys by auto_id, and never one twice', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2, auto_id: true });
      const seen = [];
      for (const n of [1, 3, 100]) {
        const { ids, insert_count } = await client.insert('c', Array.from({ length: n }, () => ({ vector: [1, 2] })));
        assert.equal(insert_count, n);
        assert.equal(ids.length, n);
        seen.push(...ids);
      }
      const { ids } = await client.upsert('c', [{ id: 1000, vector: [3, 4] }]);
      await client.delete('c', seen.slice(0, 50));
      seen.push(...ids, ...(await client.insert('c', [{ vector: [1, 2] }])).ids);
      assert.equal(new Set(seen).size, 106);
      assert.ok(seen.every((id, i) => i === 0 || id > seen[i - 1]));
    });

    it('makes VARCHAR keys by auto_id, and never one that is there', async (t) => {
      const client = clientFor(t, storage);
      const schema = client.create_schema({ auto_id: true });
      schema.add_field('id', DataType.VARCHAR, { is_primary: true, max_length: 30 });
      schema.add_field('vector', DataType.FLOAT_VECTOR, { dim: 2 });
      await client.create_collection({ collection_name: 'c', schema });
      const first = await client.insert('c', [{ vector: [1, 2] }, { vector: [3, 4] }]);
      assert.ok(first.ids.every((id) => typeof id === 'string'));
      const own = ['1', '2', '3', '4', '5', '6', '7', '8'].filter((id) => !first.ids.includes(id));
      await client.upsert('c', own.map((id) => ({ id, vector: [0, 1] })));
      const more = await client.insert('c', Array.from({ length: 10 }, () => ({ vector: [5, 6] })));
      const all = new Set([...first.ids, ...own, ...more.ids]);
      assert.equal(all.size, 2 + own.length + 10);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: all.size });
    });

    it('says when auto_id has no keys left, instead of starting again', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 2, auto_id: true });
      await client.upsert('c', [{ id: INT64_MAX - 2n, vector: [1, 1] }]);
      await assert.rejects(client.insert('c', [{ vector: [1, 1] }, { vector: [1, 1] }]), {
        name: 'ParamError',
        message: /'id'.*auto_id.*9223372036854775805/,
      });
      assert.deepEqual((await client.insert('c', { vector: [1, 2] })).ids, [INT64_MAX - 1n]);
      await assert.rejects(client.insert('c', { vector: [1, 3] }), { code: 1102 });
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 2 });
    });

    it('replaces the row of an existing key, and of equal keys in a batch keeps the last', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['x', 'INT64', { nullable: true }]], { enable_dynamic_field: true });
      await client.insert('c', [{ id: 1, vector: [1, 1], x: 1, extra: 'old' }, { id: 2, vector: [2, 2], x: 2 }]);
      const answer = await client.insert('c', [
        { id: 1, vector: [3, 3], x: 3 },
        { id: 7, vector: [4, 4], x: 4 },
        { id: 7, vector: [5, 5], x: 5 },
        { id: 1, vector: [6, 6] },
      ]);
      assert.deepEqual(answer, { insert_count: 4, ids: [1, 7, 7, 1], cost: 0 });
      const rows = await client.get('c', [1, 2, 7]);
      assert.deepEqual(rows.map(({ vector, ...row }) => row), [{ id: 1, x: null }, { id: 2, x: 2 }, { id: 7, x: 5 }]);
      assert.deepEqual(rows.map(({ vector }) => vector[0]), [6, 2, 5]);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 3 });
    });

    it('tells keys apart that only look alike', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [], { key: 'VARCHAR' });
      const keys = ['a', 'A', 'a ', ' a', 'á', 'a\u0301', '1', '01', '1.0', 'a\0', 'a\0b', ''];
      await client.insert('c', keys.map((id, i) => ({ id, vector: [i, 1] })));
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: keys.length });
      const rows = await client.get('c', keys);
      assert.deepEqual(rows.map(({ vector }) => vector[0]), keys.map((_, i) => i));
    });

    it('tells field names apart that differ only in case', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['name', 'INT64'], ['Name', 'INT64'], ['ID', 'INT64'], ['select', 'INT64']]);
      await client.insert('c', { id: 1, vector: [1, 1], name: 2, Name: 3, ID: 4, select: 5 });
      const [{ vector, ...row }] = await client.get('c', 1);
      assert.deepEqual(row, { id: 1, name: 2, Name: 3, ID: 4, select: 5 });
    });
  });
}
