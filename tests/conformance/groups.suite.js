// Searching by groups, against the slow twin: all rows sorted, and then sorted into groups.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { embeddings, exactDistance, randomOf, TOLERANCE } from './exact.js';
import { clientFor } from './places.js';

const N = 1200;
const DIM = 12;

const FIELDS = /** @type {const} */ (['document', 'tiny', 'short', 'int', 'key', 'flag', 'word']);

/** Rows whose groups are of all sizes: one of half the rows, many of one; null is a group as well. */
function rowsOf(n, seed = 1) {
  const random = randomOf(seed);
  const vectors = embeddings({ n, dim: DIM, topics: 5, seed });
  const below = (k) => Math.floor(random() * k);
  return vectors.map((vector, i) => ({
    id: i,
    vector,
    document: random() < 0.5 ? 7 : below(n / 3) - 5,
    tiny: below(5) - 2,
    short: random() < 0.3 ? null : below(300),
    int: below(2000) * 100_000,
    key: BigInt(below(4)) + 9007199254740993n,
    flag: random() < 0.02,
    word: random() < 0.1 ? null : ['', 'größer', '向量', '🔎', 'a', 'A'][below(6)],
    list: [1],
    data: { a: 1 },
    real: 0.5,
  }));
}

async function collectionOf(client, rows, index) {
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM })
    .add_field('document', 'INT64')
    .add_field('tiny', 'INT8')
    .add_field('short', 'INT16', { nullable: true })
    .add_field('int', 'INT32')
    .add_field('key', 'INT64')
    .add_field('flag', 'BOOL')
    .add_field('word', 'VARCHAR', { max_length: 20, nullable: true })
    .add_field('list', 'ARRAY', { element_type: 'INT64', max_capacity: 4 })
    .add_field('data', 'JSON')
    .add_field('real', 'DOUBLE');
  const index_params = index && [{ field_name: 'vector', ...index }];
  await client.create_collection({ collection_name: 'c', schema, index_params });
  await client.insert('c', rows);
  if (index) await client.create_index('c', index_params);
}

/** All groups of the rows in the range, the one with the nearest row first; each has all its rows. */
function groupsOf(rows, query, field, { metric, radius, range_filter }) {
  const sign = metric === 'L2' ? 1 : -1;
  const groups = new Map();
  const near = rows.map((row) => ({ row, distance: exactDistance(metric, query, row.vector) }));
  const far = radius === undefined ? Infinity : sign * radius;
  const from = range_filter === undefined ? -Infinity : sign * range_filter;
  near
    .filter(({ distance }) => sign * distance >= from && sign * distance < far)
    .sort((a, b) => sign * (a.distance - b.distance))
    .forEach((hit) => groups.set(hit.row[field], [...(groups.get(hit.row[field]) ?? []), hit]));
  return [...groups.values()];
}

/** Searches and compares hit by hit; rows that are equally far may change places. */
async function check(client, rows, query, field, how) {
  const { metric = 'COSINE', limit = 10, offset = 0, group_size = 1, radius, range_filter } = how;
  const [hits] = await client.search('c', [query], {
    limit,
    offset,
    group_by_field: field,
    group_size,
    output_fields: [field],
    search_params: { metric_type: metric, params: { radius, range_filter } },
  });
  const expected = groupsOf(rows, query, field, { metric, radius, range_filter })
    .slice(offset, offset + limit)
    .flatMap((group) => group.slice(0, group_size));
  assert.equal(hits.length, expected.length, `hits by ${field} ${JSON.stringify(how)}`);
  assert.equal(new Set(hits.map(({ id }) => id)).size, hits.length, 'every row stands once');
  const plain = (value) => (typeof value === 'bigint' ? String(value) : value);
  hits.forEach((hit, i) => {
    assert.ok(Math.abs(hit.distance - expected[i].distance) <= TOLERANCE, `distance of hit ${i}`);
    assert.equal(plain(hit.entity[field]), plain(expected[i].row[field]), `group of hit ${i}`);
  });
  return hits;
}

/** @param {import('./places.js').Storage} storage */
export function groupsSuite(storage) {
  describe(`search by groups, ${storage.name}`, () => {
    for (const index_type of [undefined, 'FLAT', 'HNSW', 'IVF_FLAT']) {
      it(`finds the nearest row of each group, with the index ${index_type}`, async (t) => {
        const client = clientFor(t, storage);
        const rows = rowsOf(N);
        await collectionOf(client, rows, index_type && { index_type, metric_type: 'COSINE' });
        const [query] = embeddings({ n: 1, dim: DIM, topics: 5, seed: 9 });
        for (const field of FIELDS) {
          for (const limit of [1, 4, 30]) await check(client, rows, query, field, { limit });
        }
      });
    }

    it('fills groups, passes groups over, and keeps to a range', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(N, 2);
      await collectionOf(client, rows);
      const random = randomOf(3);
      const queries = embeddings({ n: 12, dim: DIM, topics: 5, seed: 10 });
      for (const [i, query] of queries.entries()) {
        const metric = /** @type {const} */ (['COSINE', 'IP', 'L2'])[i % 3];
        const sorted = rows.map(({ vector }) => exactDistance(metric, query, vector)).sort((a, b) => a - b);
        if (metric !== 'L2') sorted.reverse();
        for (const field of FIELDS) {
          // bounds between two rows, so that rounding cannot move one over them
          const between = (k) => (sorted[k] + sorted[k + 1]) / 2;
          const how = {
            metric,
            limit: 1 + Math.floor(random() * 20),
            offset: Math.floor(random() * 2) * Math.floor(random() * 30),
            group_size: 1 + Math.floor(random() * 5),
            radius: random() < 0.5 ? between(400 + Math.floor(random() * 700)) : undefined,
            range_filter: random() < 0.5 ? between(Math.floor(random() * 200)) : undefined,
          };
          await check(client, rows, query, field, how);
        }
      }
    });

    it('gives pages that follow each other', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(600, 4);
      await collectionOf(client, rows);
      const { vector } = rows[5];
      const whole = await check(client, rows, vector, 'short', { limit: 400, group_size: 3 });
      const pages = [];
      for (let offset = 0; offset < 400; offset += 37) {
        pages.push(...(await check(client, rows, vector, 'short', { limit: 37, offset, group_size: 3 })));
      }
      assert.deepEqual(pages, whole);
    });

    it('answers many queries, each for itself', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(500, 5);
      await collectionOf(client, rows);
      const queries = embeddings({ n: 30, dim: DIM, topics: 5, seed: 11 });
      const options = { limit: 6, group_by_field: 'document', group_size: 2 };
      const results = await client.search('c', queries, options);
      for (const [i, query] of queries.entries()) {
        assert.deepEqual(results[i], (await client.search('c', [query], options))[0]);
        const expected = groupsOf(rows, query, 'document', { metric: 'COSINE' }).slice(0, 6);
        assert.equal(results[i].length, expected.flatMap((group) => group.slice(0, 2)).length);
      }
    });

    it('sees rows that come and go', async (t) => {
      const client = clientFor(t, storage);
      let rows = rowsOf(700, 6);
      const { vector } = rows[9];
      await collectionOf(client, rows);
      const compare = async () => {
        for (const field of FIELDS) {
          await check(client, rows, vector, field, { limit: 50, group_size: 4 });
        }
      };
      await compare();
      const ids = rows.slice(0, 200).map(({ id }) => id);
      await client.delete('c', ids);
      rows = rows.slice(200);
      await compare();
      const more = rowsOf(300, 7).map((row) => ({ ...row, id: row.id + 500 })); // some keys are there
      await client.upsert('c', more);
      rows = [...rows.filter(({ id }) => id < 500 || id >= 800), ...more];
      await compare();
      await client.release_collection('c');
      await client.load_collection('c');
      await compare();
    });

    it('takes its parameters beside or inside search_params, strictly or not', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(300, 8);
      await collectionOf(client, rows);
      const { vector } = rows[3];
      const group = { group_by_field: 'tiny', group_size: 3 };
      const [hits] = await client.search('c', [vector], { limit: 4, ...group });
      assert.equal(hits.length, 12);
      for (const strict_group_size of [true, false]) {
        const all = { ...group, strict_group_size };
        const forms = [all, { search_params: all }, { search_params: { params: all } }];
        for (const form of forms) {
          assert.deepEqual(await client.search('c', [vector], { limit: 4, ...form }), [hits]);
        }
      }
      assert.equal((await client.search('c', [vector], { limit: 4, group_by_field: 'tiny' }))[0].length, 4);
    });

    it('has nothing to group in an empty collection', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, []);
      const [query] = embeddings({ n: 1, dim: DIM });
      assert.deepEqual(await client.search('c', [query], { group_by_field: 'word', group_size: 2 }), [[]]);
    });

    it('refuses what is no field to group by, and sizes that are none', async (t) => {
      const client = clientFor(t, storage);
      const rows = rowsOf(20);
      await collectionOf(client, rows);
      const search = (options) => () => client.search('c', [rows[0].vector], options);
      const invalid = { type: 'ParamError', code: 1100 };
      for (const [field, type] of Object.entries({ vector: 'FLOAT_VECTOR', list: 'ARRAY', data: 'JSON', real: 'DOUBLE' })) {
        const says = ['group_by_field', 'BOOL', 'VARCHAR', field, type];
        await assertRefused(search({ group_by_field: field }), { ...invalid, says, field });
      }
      for (const field of ['none', '$meta']) {
        const says = ['group_by_field', field, 'not found in schema'];
        await assertRefused(search({ group_by_field: field }), { type: 'MilvusException', code: 1700, says, field });
      }
      await assertRefused(search({ group_by_field: 3 }), { ...invalid, says: ['group_by_field', 'a string', '3'] });
      for (const group_size of [0, -1, 1639, 2.5, '2']) {
        const says = ['group_size', group_size];
        await assertRefused(search({ group_by_field: 'tiny', group_size }), { ...invalid, says });
      }
      await assertRefused(search({ group_size: 2 }), { ...invalid, says: ['group_size', 'group_by_field', 2] });
      const says = ['strict_group_size', 'boolean'];
      await assertRefused(search({ group_by_field: 'tiny', strict_group_size: 1 }), { ...invalid, says });
    });
  });
}
