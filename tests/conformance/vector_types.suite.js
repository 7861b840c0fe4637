// Vectors of every type: what comes back is what went in, and distances are those of double precision.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embeddings, exactDistance, randomOf } from './exact.js';
import { clientFor, placeFor } from './places.js';

const N = 5000;
const DIM = 128;
const FLOATS = ['COSINE', 'IP', 'L2'];

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/** Bits of the float16 that is nearest, by looking at all of them. */
const FLOAT16 = Array.from({ length: 0x7c00 }, (_, bits) =>
  bits < 1024 ? bits * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** ((bits >> 10) - 25),
);
function toFloat16(x) {
  let low = 0;
  let high = FLOAT16.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (FLOAT16[middle] <= Math.abs(x)) low = middle;
    else high = middle;
  }
  const [a, b] = [Math.abs(x) - FLOAT16[low], FLOAT16[high] - Math.abs(x)];
  const bits = a < b || (a === b && low % 2 === 0) ? low : high;
  return x < 0 ? 0x8000 | bits : bits;
}
const fromFloat16 = (bits) => (bits & 0x8000 ? -1 : 1) * FLOAT16[bits & 0x7fff];
function toBfloat16(x) {
  floats[0] = x;
  return (words[0] + 0x7fff + ((words[0] >>> 16) & 1)) >>> 16;
}
function fromBfloat16(bits) {
  words[0] = bits << 16;
  return floats[0];
}

/**
 * A type: how a vector of numbers is kept, and what a kept one stands for. Metrics, and types of index that
 * answer approximately.
 */
const DENSE = {
  FLOAT_VECTOR: { keep: (v) => Float32Array.from(v), value: (x) => x, bytes: 4 },
  FLOAT16_VECTOR: { keep: (v) => Uint16Array.from(v, toFloat16), value: fromFloat16, bytes: 2 },
  BFLOAT16_VECTOR: { keep: (v) => Uint16Array.from(v, toBfloat16), value: fromBfloat16, bytes: 2 },
  INT8_VECTOR: { keep: (v) => Int8Array.from(v, (x) => Math.round(127 * x)), value: (x) => x, bytes: 1 },
};
const numbersOf = (type, kept) => Array.from(kept, DENSE[type].value);

const near = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));

/** A collection `c` of a key, a text and vectors. */
async function create(client, fields, { index_params, properties } = {}) {
  const schema = client.create_schema().add_field('id', 'INT64', { is_primary: true });
  for (const [name, type, options] of fields) schema.add_field(name, type, options);
  schema.add_field('g', 'INT64');
  await client.create_collection('c', { schema, index_params, properties });
}

const onesOf = (byte) => byte.toString(2).replaceAll('0', '').length;

function bitDistance(metric, a, b) {
  let differing = 0;
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    differing += onesOf(a[i] ^ b[i]);
    both += onesOf(a[i] & b[i]);
    either += onesOf(a[i] | b[i]);
  }
  return metric === 'HAMMING' ? differing : both ? 1 - both / either : 1;
}

function sparseProduct(a, b) {
  let sum = 0;
  for (const index of Object.keys(a)) sum += Math.fround(a[index]) * (b[index] ?? 0);
  return sum;
}

/** The true distances of all rows, nearest first. */
function ranking(metric, rows, query, distance = exactDistance) {
  const sign = ['COSINE', 'IP'].includes(metric) ? -1 : 1;
  return rows
    .map(({ id, numbers }) => ({ id, distance: distance(metric, query, numbers) }))
    .sort((a, b) => sign * (a.distance - b.distance) || a.id - b.id);
}

/** Every hit has its true distance, and none is farther than the exact answer's in its place. */
function assertExact(hits, expected, limit) {
  assert.equal(hits.length, Math.min(limit, expected.length));
  const truth = new Map(expected.map(({ id, distance }) => [id, distance]));
  hits.forEach(({ id, distance }, i) => {
    assert.ok(near(distance, truth.get(id)), `row ${id}: ${distance}, is ${truth.get(id)}`);
    assert.ok(near(distance, expected[i].distance), `hit ${i}: ${distance}, not ${expected[i].distance}`);
  });
}

/** @param {import('./places.js').Storage} storage */
export function vectorTypesSuite(storage) {
  describe(`vector types, ${storage.name}`, () => {
    it('each type: the vectors of entities are queries as they are, null ones are refused', async (t) => {
      const client = clientFor(t, storage);
      const vectors = {
        FLOAT16_VECTOR: [[1, 2.5, 0, 4], [0, 0.25, 1, 1]],
        BFLOAT16_VECTOR: [[1, 2.5, 0, 4], [0, 0.25, 1, 1]],
        INT8_VECTOR: [[1, -128, 0, 4], [0, 127, 1, 1]],
        BINARY_VECTOR: [[0b10110000], [0b01110001]],
        SPARSE_FLOAT_VECTOR: [{ 3: 0.5, 90000: 2 }, { 3: 1, 7: -2 }],
      };
      for (const [type, [first, second]] of Object.entries(vectors)) {
        const dim = type === 'BINARY_VECTOR' ? 8 : 4;
        await create(client, [['v', type, { nullable: true, ...(type !== 'SPARSE_FLOAT_VECTOR' && { dim }) }]]);
        await client.insert('c', [first, second, null].map((v, i) => ({ id: i + 1, v, g: 0 })));
        const byKey = await client.search({ collection_name: 'c', ids: [2, 1] });
        const [{ v: stored }] = await client.get('c', [1], { output_fields: ['v'] });
        assert.deepEqual(byKey[1], (await client.search('c', [stored]))[0], type);
        assert.equal(byKey[0][0].id, 2, type);
        await assert.rejects(client.search({ collection_name: 'c', ids: [1, 3] }), { code: 1100, message: /got 3: its vector is null/ });
        await client.drop_collection('c');
      }
    });

    for (const [type, { keep, value, bytes }] of Object.entries(DENSE)) {
      if (type === 'FLOAT_VECTOR' && storage.lasts) continue; // the search suite has them
      const vectors = embeddings({ n: N, dim: DIM, topics: 20 }).map(keep);
      const queries = embeddings({ n: 6, dim: DIM, topics: 20, seed: 9 }).map(keep);
      const rows = vectors.map((v, id) => ({ id, v, g: id % 7 }));
      const known = vectors.map((v, id) => ({ id, numbers: numbersOf(type, v) }));

      for (const metric of storage.lasts ? ['L2'] : FLOATS) {
        it(`${type} by ${metric}: exact distances, deletes, filters, groups, reopening`, async (t) => {
          const { open } = placeFor(t, storage);
          let client = open();
          const index_params = [{ field_name: 'v', index_type: 'FLAT', metric_type: metric }];
          await create(client, [['v', type, { dim: DIM }]], { index_params });
          await client.insert('c', rows.slice(0, 1000));
          await client.search('c', [queries[0]]); // loaded: the rest comes into memory
          await client.insert('c', rows.slice(1000));
          await client.upsert('c', [rows[5]]);
          await client.delete('c', { filter: 'id % 10 == 3' });
          const left = known.filter(({ id }) => id % 10 !== 3);
          const check = async () => {
            const results = await client.search('c', queries, { limit: 20, output_fields: ['v'] });
            results.forEach((hits, i) => {
              assertExact(hits, ranking(metric, left, numbersOf(type, queries[i])), 20);
              for (const { id, entity } of hits) assert.deepEqual(entity.v, vectors[id]);
            });
            const filtered = await client.search('c', queries, { limit: 5, filter: 'g == 2' });
            filtered.forEach((hits, i) => {
              const of = left.filter(({ id }) => id % 7 === 2);
              assertExact(hits, ranking(metric, of, numbersOf(type, queries[i])), 5);
            });
            const [grouped] = await client.search('c', [queries[0]], { limit: 7, group_by_field: 'g', output_fields: ['g'] });
            const all = ranking(metric, left, numbersOf(type, queries[0]));
            const best = [0, 1, 2, 3, 4, 5, 6].map((g) => all.findIndex(({ id }) => id % 7 === g)).sort((a, b) => a - b);
            grouped.forEach(({ distance }, i) => assert.ok(near(distance, all[best[i]].distance)));
            assert.equal(new Set(grouped.map(({ entity }) => entity.g)).size, 7);
          };
          await check();
          if (!storage.lasts) return;
          await client.close();
          client = open({ memory_limit: '12MB' });
          await check();
          await client.alter_collection_properties('c', { 'mmap.enabled': true });
          await check();
        });
      }

      for (const index_type of storage.lasts ? ['AUTOINDEX'] : ['AUTOINDEX', 'HNSW', 'IVF_FLAT']) {
        it(`${type} by ${index_type}: found by codes, distances exact`, async (t) => {
          const client = clientFor(t, storage);
          await create(client, [['v', type, { dim: DIM }]]);
          await client.insert('c', rows);
          await client.create_index('c', { index_type, metric_type: 'COSINE' });
          const results = await client.search('c', queries, { limit: 10, explain: true });
          let found = 0;
          results.forEach((hits, i) => {
            const expected = ranking('COSINE', known, numbersOf(type, queries[i]));
            const truth = new Map(expected.map(({ id, distance }) => [id, distance]));
            for (const { id, distance } of hits) assert.ok(near(distance, truth.get(id)));
            assert.equal(hits.length, 10);
            assert.ok(hits.explain.estimated > 0 && hits.explain.index === index_type);
            const best = new Set(expected.slice(0, 10).map(({ id }) => id));
            found += hits.filter(({ id }) => best.has(id)).length;
          });
          assert.ok(found >= 57, `${found} of 60`);
        });
      }

      it(`${type} is taken as numbers and given as asked`, async (t) => {
        const { open } = placeFor(t, storage);
        const client = open({ vector_format: 'array' });
        await create(client, [['v', type, { dim: 4, nullable: true }]]);
        const numbers = type === 'INT8_VECTOR' ? [1, -128, 127, 0] : [0.5, -1.25, 3, 0];
        const data = [{ id: 1, v: numbers, g: 0 }, { id: 2, v: null, g: 0 }, { id: 3, g: 0 }];
        await client.insert('c', data);
        await client.insert('c', [{ id: 4, v: keep(numbersOf(type, keep([0.5, 0.25, -1, 1]))), g: 1 }]);
        await client.insert('c', [{ id: 5, v: Float64Array.from(numbers), g: 1 }]);
        const got = await client.get('c', [1, 2, 3, 5]);
        assert.deepEqual(got.map(({ v }) => v), [numbers, null, null, numbers]);
        const [hits] = await client.search('c', [numbers], { search_params: { metric_type: 'L2' } });
        assert.deepEqual(hits.map(({ id }) => id), [1, 5, 4]); // a null vector is not searchable
        assert.equal(hits[0].distance, 0);
      });

      it(`${type} refuses what is none of its vectors`, async (t) => {
        const client = clientFor(t, storage);
        await create(client, [['v', type, { dim: 2 }]]);
        const refuse = async (v, says) =>
          assert.rejects(client.insert('c', [{ id: 1, v: [1, 1], g: 0 }, { id: 2, v, g: 0 }]), (e) => {
            assert.equal(e.code, 1100, e.message);
            assert.match(e.message, says);
            assert.deepEqual(e.detail, { field: 'v', row: 1 });
            return true;
          });
        await refuse([1], /'v' expected dim 2, got 1/);
        await refuse([1, NaN], /'v'.*NaN or infinity/);
        await refuse([1, Infinity], /'v'.*NaN or infinity/);
        await refuse('text', /'v'.*a string/);
        await refuse({ 1: 2 }, /'v'.*an object/);
        await refuse(null, /'v' is not nullable/);
        if (type === 'FLOAT16_VECTOR') await refuse([1, 65520], /'v'.*65504, got 65520/);
        if (type === 'INT8_VECTOR') {
          await refuse([1, 128], /'v'.*integers from -128 to 127, got 128/);
          await refuse([1, 0.5], /'v'.*integers from -128 to 127, got 0.5/);
        }
        if (bytes === 2) {
          const infinity = type === 'FLOAT16_VECTOR' ? 0x7c00 : 0x7f80;
          const data = [{ id: 1, v: Uint16Array.of(0, infinity), g: 0 }];
          await assert.rejects(client.insert('c', data), /NaN or infinity/);
          data.push({ id: 2, v: [1, 2], g: 0 }); // bits beside numbers
          await assert.rejects(client.insert('c', data), /'v'.*several kinds/);
        }
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 });
      });

      if (storage.kind === 'node' && storage.lasts) {
        it(`${type} takes ${bytes} bytes a dimension in the file`, async (t) => {
          const { open } = placeFor(t, storage);
          const client = open();
          await create(client, [['v', type, { dim: 512 }]]);
          const before = (await client.export_db()).length;
          const big = embeddings({ n: 1024, dim: 512, seed: 4 });
          await client.insert('c', big.map((v, id) => ({ id, v: keep(v), g: 0 })));
          const grown = (await client.export_db()).length - before;
          assert.ok(Math.abs(grown / (1024 * 512 * bytes) - 1) < 0.2, `${grown} bytes`);
        });
      }
    }

    for (const metric of ['HAMMING', 'JACCARD']) {
      for (const index_type of storage.lasts ? ['BIN_FLAT'] : ['BIN_FLAT', 'BIN_IVF_FLAT', 'AUTOINDEX', null]) {
        it(`BINARY_VECTOR by ${metric}, ${index_type ?? 'no index'}: exact, whatever was written and deleted`, async (t) => {
          const { open } = placeFor(t, storage);
          let client = open();
          const index_params = index_type && [{ field_name: 'v', index_type, metric_type: metric }];
          await create(client, [['v', 'BINARY_VECTOR', { dim: 200, nullable: true }]], { index_params });
          const random = randomOf(17);
          const bytes = () => Uint8Array.from({ length: 25 }, () => 256 * random() * random());
          const rows = Array.from({ length: 1200 }, (_, id) => ({ id, v: id % 11 === 4 ? null : bytes(), g: id % 5 }));
          await client.insert('c', rows.slice(0, 500));
          const queries = [bytes(), rows[0].v, new Uint8Array(25), Array.from(rows[1].v)];
          await client.search('c', queries, { search_params: { metric_type: metric } });
          await client.insert('c', rows.slice(500));
          await client.delete('c', { filter: 'id % 9 == 2' });
          const left = rows.filter(({ id, v }) => id % 9 !== 2 && v).map(({ id, v }) => ({ id, numbers: v }));
          const check = async () => {
            const results = await client.search('c', queries, { limit: 30, output_fields: ['v'], search_params: { metric_type: metric } });
            results.forEach((hits, i) => {
              assertExact(hits, ranking(metric, left, queries[i], bitDistance), 30);
              for (const { id, entity } of hits) assert.deepEqual(entity.v, rows[id].v);
            });
            const [filtered] = await client.search('c', [queries[0]], { filter: 'g == 3', search_params: { metric_type: metric } });
            assertExact(filtered, ranking(metric, left.filter(({ id }) => id % 5 === 3), queries[0], bitDistance), 10);
            const [grouped] = await client.search('c', [queries[0]], { group_by_field: 'g', search_params: { metric_type: metric } });
            assert.equal(grouped.length, 5);
            const radius = metric === 'HAMMING' ? 70 : 0.7;
            const [near] = await client.search('c', [queries[0]], { limit: 3000, search_params: { metric_type: metric, radius } });
            const expected = ranking(metric, left, queries[0], bitDistance).filter(({ distance }) => distance < radius);
            assertExact(near, expected, 3000);
          };
          await check();
          if (index_type) {
            const index = await client.describe_index('c', 'v');
            assert.equal(index.index_type, index_type);
            assert.equal(index.metric_type, metric);
            assert.equal(index.served_by, index_type === 'BIN_FLAT' ? undefined : 'exact');
          }
          if (!storage.lasts) return;
          await client.close();
          client = open({ memory_limit: '12MB' });
          await check();
          await client.alter_collection_properties('c', { 'mmap.enabled': true });
          await check();
        });
      }
    }

    it('BINARY_VECTOR: by HAMMING when nobody says; what is no vector, metric or index of it', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['v', 'BINARY_VECTOR', { dim: 16 }]]);
      await client.insert('c', [{ id: 1, v: [255, 0], g: 0 }, { id: 2, v: Uint8Array.of(3, 0), g: 0 }]);
      const [hits] = await client.search('c', [Uint8Array.of(0, 1)]);
      assert.deepEqual(hits.map(({ id, distance }) => [id, distance]), [[2, 3], [1, 9]]);
      const row = (v) => client.insert('c', { id: 3, v, g: 0 });
      await assert.rejects(row([1]), /'v' expected dim 16, got 8/);
      await assert.rejects(row([1, 256]), /'v'.*0 to 255, got 256/);
      await assert.rejects(row([1, -1]), /'v'.*0 to 255, got -1/);
      await assert.rejects(row([1, 0.5]), /'v'.*0 to 255, got 0.5/);
      await assert.rejects(client.search('c', [[1, 2]], { search_params: { metric_type: 'L2' } }), {
        code: 1100,
        message: /metric_type must be HAMMING or JACCARD, got 'L2'/,
      });
      const make = (index) => client.create_index('c', { field_name: 'v', ...index });
      await assert.rejects(make({ index_type: 'HNSW' }), /'v' must be one of AUTOINDEX, BIN_FLAT, BIN_IVF_FLAT, got 'HNSW'/);
      await assert.rejects(make({ metric_type: 'IP' }), /'v' must be HAMMING or JACCARD, got 'IP'/);
      await make({ index_type: 'BIN_IVF_FLAT', params: { nlist: 64 } });
      assert.equal((await client.describe_index('c', 'v')).metric_type, 'HAMMING');
    });

    it('metrics and indexes of bits are none of numbers', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['v', 'INT8_VECTOR', { dim: 4 }]]);
      const search_params = { metric_type: 'HAMMING' };
      await assert.rejects(client.search('c', [[1, 2, 3, 4]], { search_params }), /COSINE, IP or L2, got 'HAMMING'/);
      await assert.rejects(client.create_index('c', { index_type: 'BIN_FLAT' }), { code: 701, message: /got 'BIN_FLAT'/ });
    });

    for (const index_type of storage.lasts ? ['SPARSE_INVERTED_INDEX'] : ['SPARSE_INVERTED_INDEX', 'SPARSE_WAND', 'AUTOINDEX', null]) {
      it(`SPARSE_FLOAT_VECTOR, ${index_type ?? 'no index'}: exact products, whatever was written and deleted`, async (t) => {
        const { open } = placeFor(t, storage);
        let client = open();
        const params = index_type?.startsWith('SPARSE') ? { drop_ratio_build: 0.2 } : {};
        const index_params = index_type && [{ field_name: 'v', index_type, metric_type: 'IP', params }];
        await create(client, [['v', 'SPARSE_FLOAT_VECTOR', { nullable: true }]], { index_params });
        const random = randomOf(23);
        const sparse = (n) =>
          Object.fromEntries(Array.from({ length: n }, () => [Math.floor(random() ** 3 * 500), Math.fround(random() - 0.3)]));
        const rows = Array.from({ length: 1500 }, (_, id) => ({ id, v: id % 13 === 5 ? null : sparse(id % 12), g: id % 5 }));
        await client.insert('c', rows.slice(0, 700));
        const queries = [sparse(20), rows[11].v, {}, sparse(1), { 4294967294: 1 }];
        await client.search('c', queries); // from now on read on
        await client.insert('c', rows.slice(700));
        await client.upsert('c', [rows[8]]);
        await client.delete('c', { filter: 'id % 9 == 2' });
        const left = rows.filter(({ id, v }) => id % 9 !== 2 && v);
        const truth = (query, of = left) =>
          of
            .map(({ id, v }) => ({ id, distance: sparseProduct(query, v) }))
            .filter(({ distance }) => distance !== 0)
            .sort((a, b) => b.distance - a.distance);
        const check = async () => {
          const results = await client.search('c', queries, { limit: 2000, output_fields: ['v'] });
          results.forEach((hits, i) => {
            assertExact(hits, truth(queries[i]), 2000);
            for (const { id, entity } of hits) assert.deepEqual(entity.v, rows[id].v);
          });
          assert.deepEqual(results[2], []);
          const [filtered] = await client.search('c', [queries[0]], { filter: 'g == 3', search_params: { drop_ratio_search: 0.2 } });
          assertExact(filtered, truth(queries[0], left.filter(({ g }) => g === 3)), 10);
          const [grouped] = await client.search('c', [queries[0]], { group_by_field: 'g', group_size: 2, output_fields: ['g'] });
          assert.equal(grouped.length, 10);
          assert.ok(near(grouped[0].distance, truth(queries[0])[0].distance));
          const [far] = await client.search('c', [queries[0]], { limit: 2000, search_params: { radius: 0.1, range_filter: 0.4 } });
          const within = truth(queries[0]).filter(({ distance }) => distance > 0.1 && distance <= 0.4);
          assertExact(far, within, 2000);
          assert.deepEqual(await client.get('c', [5, 0, 8], { output_fields: ['v'] }), [
            { id: 5, v: null },
            { id: 0, v: {} },
            { id: 8, v: rows[8].v },
          ].map(({ id, v }) => ({ v, id })));
        };
        await check();
        if (index_type) {
          const index = await client.describe_index('c', 'v');
          assert.deepEqual([index.index_type, index.metric_type], [index_type, 'IP']);
          assert.equal(index.served_by, index_type === 'SPARSE_INVERTED_INDEX' ? undefined : 'postings');
        }
        if (!storage.lasts) return;
        await client.close();
        client = open({ memory_limit: '12MB' });
        await check();
        await client.alter_collection_properties('c', { 'mmap.enabled': true });
        await check();
        await client.release_collection('c');
        await client.load_collection('c');
        await check();
      });
    }

    it('SPARSE_FLOAT_VECTOR is taken in several forms', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['v', 'SPARSE_FLOAT_VECTOR']]);
      const forms = [
        { 3: 0.5, 100: -2 },
        [[100, -2], [3, 0.5]],
        { indices: [100, 3], values: [-2, 0.5] },
        { indices: Uint32Array.of(3, 100), values: Float32Array.of(0.5, -2) },
      ];
      await client.insert('c', forms.map((v, id) => ({ id, v, g: 0 })));
      await client.insert('c', [{ id: 9, v: [], g: 0 }]);
      const rows = await client.get('c', [0, 1, 2, 3, 9], { output_fields: ['v'] });
      assert.deepEqual(rows.map(({ v }) => v), [...forms.map(() => forms[0]), {}]);
      const results = await client.search('c', forms);
      for (const hits of results) assert.deepEqual(hits.map(({ distance }) => distance), [4.25, 4.25, 4.25, 4.25]);
    });

    it('SPARSE_FLOAT_VECTOR refuses what is none, other metrics, other indexes', async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['v', 'SPARSE_FLOAT_VECTOR']]);
      const refuse = async (v, says) =>
        assert.rejects(client.insert('c', [{ id: 1, v: { 1: 1 }, g: 0 }, { id: 2, v, g: 0 }]), (e) => {
          assert.equal(e.code, 1100, e.message);
          assert.match(e.message, says);
          assert.deepEqual(e.detail, { field: 'v', row: 1 });
          return true;
        });
      await refuse({ '-1': 1 }, /'v' must have integers from 0 to 4294967294 as indices, got -1/);
      await refuse({ 4294967295: 1 }, /indices, got 4294967295/);
      await refuse({ a: 1 }, /indices, got a/);
      await refuse([[1.5, 1]], /indices, got 1.5/);
      await refuse({ 1: 'x' }, /'v' must have finite numbers as values, got "x"/);
      await refuse({ 1: NaN }, /finite numbers as values, got null/);
      await refuse({ 1: 1e39 }, /finite numbers as values, got 1e\+39/);
      await refuse([[1, 2], [1, 3]], /'v' must have each index once, got 1 twice/);
      await refuse([[1, 2, 3]], /must be \{ index: value \}/);
      await refuse([1, 2], /must be \{ index: value \}/);
      await refuse('text', /got a string/);
      await refuse({ indices: [1], values: [] }, /as many indices as values/);
      await refuse(null, /'v' is not nullable/);
      const make = (index) => client.create_index('c', { field_name: 'v', ...index });
      await assert.rejects(make({ metric_type: 'COSINE' }), /'v' must be IP, got 'COSINE'/);
      await assert.rejects(make({ index_type: 'HNSW' }), /must be one of AUTOINDEX, SPARSE_INVERTED_INDEX, SPARSE_WAND, got 'HNSW'/);
      await assert.rejects(make({ index_type: 'SPARSE_WAND', params: { drop_ratio_build: 2 } }), /drop_ratio_build must be a number from 0 to 1, got 2/);
      const fields = [{ name: 'id', type: 'INT64', is_primary: true }, { name: 'v', type: 'SPARSE_FLOAT_VECTOR', dim: 4 }];
      await assert.rejects(client.create_collection('d', { schema: { fields } }), /dim of field 'v' must not be given/);
    });

    it('Float16Array is taken where there is one', { skip: !globalThis.Float16Array }, async (t) => {
      const client = clientFor(t, storage);
      await create(client, [['v', 'FLOAT16_VECTOR', { dim: 3 }]]);
      await client.insert('c', [{ id: 1, v: globalThis.Float16Array.of(0.1, -2, 65504), g: 0 }]);
      const [{ v }] = await client.get('c', [1]);
      assert.deepEqual(v, Uint16Array.of(0x2e66, 0xc000, 0x7bff));
    });

    it('several vector fields of several types stand side by side', async (t) => {
      const { open } = placeFor(t, storage);
      let client = open();
      const types = Object.keys(DENSE);
      await create(client, types.map((type, i) => [`v${i}`, type, { dim: 8 }]));
      const random = randomOf(5);
      const rows = Array.from({ length: 200 }, (_, id) => {
        const row = { id, g: id };
        types.forEach((type, i) => (row[`v${i}`] = DENSE[type].keep(Array.from({ length: 8 }, () => 2 * random() - 1))));
        return row;
      });
      await client.insert('c', rows);
      const check = async () => {
        for (const [i, type] of types.entries()) {
          const name = `v${i}`;
          const known = rows.map((row) => ({ id: row.id, numbers: numbersOf(type, row[name]) }));
          const [hits] = await client.search('c', [rows[7][name]], { anns_field: name, limit: 9, output_fields: ['*'] });
          assertExact(hits, ranking('COSINE', known, known[7].numbers), 9);
          for (const hit of hits) assert.deepEqual(hit.entity, rows[hit.id]);
        }
      };
      await check();
      await assert.rejects(client.search('c', [rows[7].v0]), /anns_field must be given/);
      if (!storage.lasts) return;
      await client.close();
      client = open();
      await check();
    });
  });
}
