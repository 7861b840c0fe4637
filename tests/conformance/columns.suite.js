// Rows that come as columns, and writes in pieces.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { embeddings } from './exact.js';
import { clientFor } from './places.js';

const N = 37;
const DIM = 3;

async function create(client, { auto_id = false } = {}) {
  const schema = client.create_schema({ enable_dynamic_field: true, auto_id });
  schema.add_field('id', 'INT64', { is_primary: true }).add_field('vector', 'FLOAT_VECTOR', { dim: DIM });
  schema.add_field('text', 'VARCHAR', { max_length: 20, nullable: true }).add_field('i', 'INT32', { nullable: true });
  schema.add_field('d', 'DOUBLE', { nullable: true }).add_field('f', 'FLOAT', { nullable: true });
  schema.add_field('b', 'BOOL', { nullable: true }).add_field('j', 'JSON', { nullable: true });
  schema.add_field('a', 'ARRAY', { nullable: true, element_type: 'INT64', max_capacity: 4 });
  await client.create_collection({ collection_name: 'c', schema });
}

const vectors = embeddings({ n: N, dim: DIM });
const flat = Float32Array.from(vectors.flatMap((v) => [...v]));
const each = (value) => Array.from({ length: N }, (_, i) => value(i));
const rowsWith = (more = () => ({})) => each((i) => ({ id: i, vector: vectors[i], ...more(i) }));

/** @param {import('./places.js').Storage} storage */
export function columnsSuite(storage) {
  describe(`columns, ${storage.name}`, () => {
    for (const method of /** @type {const} */ (['insert', 'upsert'])) {
      it(`are ${method}ed as the same rows would be`, async (t) => {
        const values = (i) => ({
          text: i % 5 ? `text ${i} ö` : null,
          i: i - 9,
          d: i / 3,
          f: Math.fround(i / 7),
          b: i % 2 === 0,
          j: i % 4 ? { of: [i] } : null,
          a: [i, i + 1],
          color: `c${i % 3}`,
        });
        const byRows = clientFor(t, storage);
        await create(byRows);
        const expected = await byRows[method]('c', rowsWith(values));
        const rows = await byRows.query('c', '', { limit: 100, output_fields: ['*'] });
        const column = (name) => each((i) => values(i)[name]);
        const lists = Object.fromEntries(Object.keys(values(0)).map((name) => [name, column(name)]));
        const ids = BigInt64Array.from(each(BigInt));
        for (const data of [
          { id: ids, vector: flat, ...lists },
          { id: each(Number), vector: vectors, ...lists },
          { id: Int32Array.from(ids, Number), vector: Array.from(flat), ...lists },
          { ...lists, vector: Float64Array.from(flat), id: ids, i: Int16Array.from(lists.i), d: Float64Array.from(lists.d), f: Float32Array.from(lists.f) },
          { ...lists, vector: flat, id: ids, i: Int8Array.from(lists.i), nothing: undefined },
        ]) {
          const client = clientFor(t, storage);
          await create(client);
          assert.deepEqual(await client[method]('c', data), expected);
          assert.deepEqual(await client.query('c', '', { limit: 100, output_fields: ['*'] }), rows);
        }
      });
    }

    it('keep INT64 and unsigned integers exactly', async (t) => {
      const client = clientFor(t, storage);
      const ids = BigInt64Array.of(-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n);
      await create(client);
      const u = Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1);
      assert.deepEqual((await client.insert('c', { id: ids, vector: new Float32Array(12), u })).ids, [-(2n ** 63n), -1, 0, 2n ** 63n - 1n]);
      const rows = await client.query('c', '', { limit: 9, output_fields: ['u'] });
      assert.deepEqual(rows.map((row) => row.u), [...u]);
    });

    it('leave keys to auto_id', async (t) => {
      const client = clientFor(t, storage);
      await create(client, { auto_id: true });
      assert.equal((await client.insert('c', { vector: flat, text: each(String) })).insert_count, N);
    });

    it('may have no rows', async (t) => {
      const client = clientFor(t, storage);
      await create(client);
      const { insert_count, ids } = await client.insert('c', { id: new BigInt64Array(0), vector: new Float32Array(0) });
      assert.deepEqual({ insert_count, ids }, { insert_count: 0, ids: [] });
    });

    it('are told from a single row', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection('c', DIM, { auto_id: true });
      assert.equal((await client.insert('c', { vector: vectors[0] })).insert_count, 1);
      assert.equal((await client.insert('c', { vector: [1, 2, 3], numbers: [1, 2, 3] })).insert_count, 1);
      assert.equal((await client.insert('c', { vector: vectors[0], tags: ['a', 'b'], title: 'x' })).insert_count, 1);
      assert.equal((await client.insert('c', [{ vector: vectors[0], tags: ['a', 'b'] }])).insert_count, 1);
    });

    it('name field and row of what is wrong, and nothing is written', async (t) => {
      const client = clientFor(t, storage);
      await create(client);
      const id = BigInt64Array.from(each(BigInt));
      const refused = (data, field, row, ...says) =>
        assertRefused(() => client.insert('c', data), { type: 'DataNotMatchException', code: 1100, says, field, row });
      await refused({ id, vector: flat, text: each(String).slice(1) }, 'text', undefined, 'text', 37, 36);
      await refused({ id, vector: flat.subarray(1) }, 'vector', undefined, 'vector', 37, 110);
      await refused({ id, vector: flat.subarray(N) }, 'vector', 0, 'vector', 'dim 3', 2);
      await refused({ id, vector: flat, text: each((i) => (i === 8 ? 'x'.repeat(21) : 'y')) }, 'text', 8, 'max_length=20');
      await refused({ id, vector: flat, i: Float64Array.from(each((i) => (i === 4 ? 0.5 : 1))) }, 'i', 4, 'INT32', 0.5);
      await refused({ id, vector: flat.map((x, i) => (i === 7 ? NaN : x)) }, 'vector', 2, 'NaN');
      await refused({ vector: flat, text: each(String) }, 'id', 0, 'id');
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 });
    });
  });

  describe(`writes in pieces, ${storage.name}`, () => {
    // the size of pieces is guessed by the first row: this makes it some 1,000 rows
    const many = 2500;
    const pad = (id) => (id === 0 ? 'x'.repeat(7900) : '');
    const rows = Array.from({ length: many }, (_, id) => ({ id, vector: [id, 1, 2], text: `t${id}`, pad: pad(id) }));
    const columns = {
      id: BigInt64Array.from(rows, ({ id }) => BigInt(id)),
      vector: Float32Array.from({ length: many * 3 }, (_, i) => (i % 3 ? i % 3 : i / 3)),
      text: rows.map(({ text }) => text),
      pad: rows.map((row) => row.pad),
    };
    for (const [name, data] of Object.entries({ rows, columns })) {
      it(`tell of their progress, ${name}`, async (t) => {
        const client = clientFor(t, storage);
        await create(client);
        const told = [];
        const { insert_count, ids } = await client.insert('c', data, { on_progress: (progress) => told.push(progress) });
        assert.equal(insert_count, many);
        assert.deepEqual(ids, rows.map(({ id }) => id));
        const piece = told[0].done;
        assert.ok(piece > 900 && piece < 1100, `${piece}`);
        assert.deepEqual(told, [piece, 2 * piece, many].map((done) => ({ done, total: many })));
        assert.deepEqual((await client.get('c', [2499]))[0].text, 't2499');
      });
    }

    it('stop when they are aborted, and what is written stays', async (t) => {
      const client = clientFor(t, storage);
      await create(client);
      const controller = new AbortController();
      const error = await client
        .upsert({ collection_name: 'c', data: columns, signal: controller.signal, on_progress: () => controller.abort() })
        .then(() => assert.fail('no error'), (refusal) => refusal);
      assert.equal(error.name, 'AbortError');
      const { done } = error.detail;
      assert.ok(done > 900 && done < 1100);
      assert.equal(error.message, `aborted: ${done} of 2500 rows are written, and stay`);
      assert.equal(error.cause, controller.signal.reason);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: done });
      await assert.rejects(client.insert('c', rows, { signal: controller.signal }), { message: /0 of 2500/ });
    });

    it('say how many rows were written before a wrong one, and which it is', async (t) => {
      const client = clientFor(t, storage);
      await create(client);
      const broken = rows.map((row) => (row.id === 1500 ? { ...row, vector: [1] } : row));
      const refusal = { type: 'DataNotMatchException', code: 1100, says: ['vector', 'dim 3', 'before are written'], field: 'vector', row: 1500 };
      const error = await assertRefused(() => client.insert('c', broken, { on_progress() {} }), refusal);
      const { done } = error.detail;
      assert.ok(done > 900 && done < 1100);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: done });
      await assertRefused(() => client.insert('c', broken), { ...refusal, says: ['vector', 'dim 3'] });
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: done });
    });

    it('refuse what is no signal and no function', async (t) => {
      const client = clientFor(t, storage);
      for (const how of [{ on_progress: 1 }, { signal: {} }]) {
        const [field] = Object.keys(how);
        await assertRefused(() => client.insert('c', rows, how), { type: 'ParamError', code: 1100, says: [field], field });
      }
    });
  });
}
