// Searching: always against the slow twin.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertHits, embeddings, exactSearch, randomOf } from './exact.js';
import { clientFor } from './places.js';

const METRICS = /** @type {const} */ (['COSINE', 'IP', 'L2']);

/** A collection of a key and a vector without an index, and what is in it. */
async function collectionOf(client, vectors, more = {}) {
  const entities = vectors.map((vector, id) => ({ id, vector }));
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: vectors[0].length });
  await client.create_collection({ collection_name: 'c', schema, ...more });
  await client.insert('c', entities);
  return entities;
}

/** Searches with one query and compares. */
async function check(client, entities, query, how) {
  const { metric, limit, offset, radius, range_filter } = how;
  const search_params = { metric_type: metric, params: { radius, range_filter } };
  const [hits] = await client.search('c', [query], { limit, offset, search_params });
  assertHits(hits, entities, query, how);
  return hits;
}

/** @param {import('./places.js').Storage} storage */
export function searchSuite(storage) {
  describe(`search, ${storage.name}`, () => {
    for (const dim of [1, 2, 3, 7, 128, 384, 1536]) {
      it(`finds the nearest of ${dim} dimensions by every metric`, async (t) => {
        const client = clientFor(t, storage);
        const vectors = embeddings({ n: dim > 400 ? 200 : 500, dim, seed: dim });
        // embeddings have length 1; others do not
        vectors.forEach((v, i) => i % 3 === 0 && v.forEach((x, k) => (v[k] = x * (1 + (i % 7)))));
        const entities = await collectionOf(client, vectors);
        const queries = embeddings({ n: 3, dim, seed: 1000 + dim });
        for (const metric of METRICS) {
          for (const query of queries) await check(client, entities, query, { metric, limit: 20 });
        }
      });
    }

    it('answers many queries at once, each for itself', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 300, dim: 16 }));
      const queries = embeddings({ n: 50, dim: 16, seed: 2 });
      const results = await client.search('c', queries, { limit: 7 });
      assert.equal(results.length, 50);
      results.forEach((hits, i) => assertHits(hits, entities, queries[i], { metric: 'COSINE', limit: 7 }));
    });

    it('takes the vectors of entities for queries, by their keys', async (t) => {
      const client = clientFor(t, storage);
      const vectors = embeddings({ n: 60, dim: 8 });
      const entities = await collectionOf(client, vectors);
      const ids = [7, 3, 7, 59];
      const results = await client.search({ collection_name: 'c', ids, limit: 5 });
      assert.equal(results.length, ids.length);
      results.forEach((hits, i) => {
        assert.equal(hits[0].id, ids[i], 'itself first');
        assertHits(hits, entities, vectors[ids[i]], { metric: 'COSINE', limit: 5 });
      });
      const [alone] = await client.search({ collection_name: 'c', ids: 3, limit: 5, filter: 'id != 3' });
      assert.deepEqual(alone.map(({ id }) => id), results[1].map(({ id }) => id).filter((id) => id !== 3).concat(alone[4].id));
    });

    it('refuses keys that name no vector, and keys beside vectors', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, embeddings({ n: 3, dim: 2 }));
      const refused = (p, code, message) => assert.rejects(client.search({ collection_name: 'c', ...p }), { code, message });
      await refused({ ids: [1, 5] }, 1100, "ids must name entities with a vector in field 'vector', got 5: there is none");
      await refused({ ids: [] }, 1100, 'ids must name 1..16384 query vectors, got 0');
      await refused({ ids: ['x'] }, 1100, /id/);
      await refused({ ids: [1], data: [[1, 2]] }, 1100, 'data and ids exclude each other: got both');
      await refused({}, 1101, 'missing required argument: [data] or [ids]');
    });

    it('takes a query as Float32Array, Float64Array or numbers, alone or in a list', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 40, dim: 5 }));
      const [query] = embeddings({ n: 1, dim: 5, seed: 3 });
      const forms = [[query], [Array.from(query)], [Float64Array.from(query)], query];
      const [first, ...others] = await Promise.all(forms.map((data) => client.search('c', data)));
      assertHits(first[0], entities, query, { metric: 'COSINE' });
      for (const other of others) assert.deepEqual(other, first);
    });

    it('gives 10 hits when no limit is given', async (t) => {
      const client = clientFor(t, storage);
      await collectionOf(client, embeddings({ n: 40, dim: 4 }));
      const [hits] = await client.search('c', [[1, 2, 3, 4]]);
      assert.equal(hits.length, 10);
    });

    it('gives every row when the limit is larger than the collection', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 37, dim: 4 }));
      for (const limit of [36, 37, 38, 16384]) {
        await check(client, entities, [1, 2, 3, 4], { metric: 'L2', limit });
      }
    });

    it('returns nothing for an empty collection', async (t) => {
      const client = clientFor(t, storage);
      await client.create_collection({ collection_name: 'c', dimension: 4 });
      assert.deepEqual(await client.search('c', [[1, 2, 3, 4], [4, 3, 2, 1]]), [[], []]);
    });

    it('pages through the hits with offset and limit', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 100, dim: 8 }));
      const [query] = embeddings({ n: 1, dim: 8, seed: 4 });
      const pages = [];
      for (let offset = 0; offset < 120; offset += 30) {
        const how = { metric: /** @type {const} */ ('IP'), limit: 30, offset };
        pages.push(...(await check(client, entities, query, how)));
      }
      const ids = exactSearch(entities, query, { metric: 'IP', limit: 100 }).map(({ id }) => id);
      assert.deepEqual(pages.map((hit) => hit.id), ids);
      const [inParams] = await client.search('c', [query], {
        limit: 5,
        search_params: { metric_type: 'IP', offset: 20 },
      });
      assert.deepEqual(inParams.map((hit) => hit.id), ids.slice(20, 25));
    });

    it('rounds distances to round_decimal places, and the order stays', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 100, dim: 8 }));
      const [query] = embeddings({ n: 1, dim: 8, seed: 5 });
      const exact = exactSearch(entities, query, { metric: 'COSINE', limit: 30 });
      for (const round_decimal of [0, 1, 3, 6]) {
        const [hits] = await client.search('c', [query], { limit: 30, round_decimal });
        assert.deepEqual(hits.map((hit) => hit.id), exact.map(({ id }) => id));
        hits.forEach((hit, i) => {
          const rounded = Number(exact[i].distance.toFixed(round_decimal));
          const last = 10 ** -round_decimal;
          assert.ok(Math.abs(hit.distance - rounded) < last / 2 || Math.abs(hit.distance - rounded) === last);
          assert.equal(hit.distance, Number(hit.distance.toFixed(round_decimal)));
        });
      }
    });

    for (const metric of METRICS) {
      it(`keeps to radius and range_filter by ${metric}`, async (t) => {
        const client = clientFor(t, storage);
        const entities = await collectionOf(client, embeddings({ n: 300, dim: 6, topics: 3 }));
        const [query] = embeddings({ n: 1, dim: 6, topics: 3, seed: 6 });
        const sorted = exactSearch(entities, query, { metric, limit: 300 }).map((hit) => hit.distance);
        const [near, far] = [(sorted[60] + sorted[61]) / 2, (sorted[200] + sorted[201]) / 2];
        for (const limit of [1, 50, 139, 300]) {
          await check(client, entities, query, { metric, limit, radius: far });
          await check(client, entities, query, { metric, limit, range_filter: near });
          await check(client, entities, query, { metric, limit, radius: far, range_filter: near });
          const how = { metric, limit, offset: 20, radius: far, range_filter: near };
          await check(client, entities, query, how);
        }
        // flat parameters are the same
        const search_params = { metric_type: metric, radius: far, range_filter: near };
        const [hits] = await client.search('c', [query], { limit: 300, search_params });
        assertHits(hits, entities, query, { metric, limit: 300, radius: far, range_filter: near });
      });
    }

    it('has the bounds of a range in or out as documented', async (t) => {
      const client = clientFor(t, storage);
      const vectors = [0, 1, 2, 3, 4].map((x) => [x, 0]);
      await collectionOf(client, vectors);
      const ids = async (query, search_params) => {
        const [hits] = await client.search('c', [query], { limit: 10, search_params });
        return hits.map((hit) => hit.id);
      };
      // distances 0 1 4 9 16: range_filter <= d < radius
      assert.deepEqual(await ids([0, 0], { metric_type: 'L2', radius: 9, range_filter: 1 }), [1, 2]);
      // products 0 1 2 3 4: radius < d <= range_filter
      assert.deepEqual(await ids([1, 0], { metric_type: 'IP', radius: 1, range_filter: 3 }), [3, 2]);
      assert.deepEqual(await ids([1, 0], { metric_type: 'IP', radius: 4 }), []);
    });

    it('fills the page when many rows lie just outside the range', async (t) => {
      const client = clientFor(t, storage);
      // 20 rows a hair nearer than range_filter, then 20 within
      const vectors = Array.from({ length: 40 }, (_, i) => [i < 20 ? 1 - 1e-7 * (i + 1) : 1.5, 0]);
      const entities = await collectionOf(client, vectors);
      const how = { metric: /** @type {const} */ ('L2'), limit: 10, range_filter: 1 };
      await check(client, entities, [0, 0], how);
    });

    it('orders rows of equal distance as they were written', async (t) => {
      const client = clientFor(t, storage);
      const vectors = Array.from({ length: 60 }, (_, i) => [i % 3, 1]);
      const entities = await collectionOf(client, vectors);
      for (const metric of METRICS) {
        for (const limit of [1, 5, 25, 60]) {
          const hits = await check(client, entities, [1, 1], { metric, limit });
          const expected = exactSearch(entities, [1, 1], { metric, limit });
          assert.deepEqual(hits.map((hit) => hit.id), expected.map(({ id }) => id), `${metric} ${limit}`);
        }
      }
    });

    it('gives a zero vector the similarity 0, on either side', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, [[0, 0], [1, 0], [-1, 0], [0, 2]]);
      for (const metric of METRICS) {
        for (const query of [[0, 0], [1, 1], [-0, 3]]) {
          await check(client, entities, query, { metric, limit: 4 });
        }
      }
    });

    it('has similarities from -1 to 1 and never beyond', async (t) => {
      const client = clientFor(t, storage);
      const vectors = embeddings({ n: 200, dim: 384 });
      await collectionOf(client, vectors);
      for (const vector of vectors.slice(0, 50)) {
        const [[self]] = await client.search('c', [vector], { limit: 1 });
        assert.ok(self.distance <= 1 && self.distance > 1 - 1e-6, `${self.distance}`);
        const [[opposite]] = await client.search('c', [vector.map((x) => -x)], { limit: 1, offset: 199 });
        assert.ok(opposite.distance >= -1 && opposite.distance < -1 + 1e-6, `${opposite.distance}`);
      }
    });

    it('is exact for very small and very large components', async (t) => {
      for (const scale of [1e-18, 1e18]) {
        const client = clientFor(t, storage);
        const vectors = embeddings({ n: 50, dim: 12 }).map((v) => v.map((x) => x * scale));
        const entities = await collectionOf(client, vectors);
        const [query] = embeddings({ n: 1, dim: 12, seed: 8 });
        for (const metric of METRICS) await check(client, entities, query, { metric, limit: 10 });
      }
    });

    it('sees deletes, upserts and rows that stood twice in a batch at once', async (t) => {
      const client = clientFor(t, storage);
      const vectors = embeddings({ n: 600, dim: 24 });
      await collectionOf(client, vectors.slice(0, 300));
      /** @type {Map<number, Float32Array>} in the order of writing */
      const rows = new Map(vectors.slice(0, 300).map((vector, id) => [id, vector]));
      const put = (id, vector) => (rows.delete(id), rows.set(id, vector));
      const random = randomOf(9);
      const compare = async () => {
        const entities = [...rows].map(([id, vector]) => ({ id, vector }));
        for (const metric of METRICS) {
          await check(client, entities, vectors[Math.floor(random() * 600)], { metric, limit: 25 });
        }
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: rows.size });
      };

      const gone = Array.from({ length: 120 }, () => Math.floor(random() * 300));
      const there = new Set(gone).size;
      assert.equal((await client.delete('c', gone)).delete_count, there);
      gone.forEach((id) => rows.delete(id));
      await compare();

      const changed = Array.from({ length: 80 }, (_, i) => ({ id: i * 3, vector: vectors[300 + i] }));
      assert.equal((await client.upsert('c', changed)).upsert_count, 80);
      changed.forEach(({ id, vector }) => put(id, vector));
      await compare();

      const twice = Array.from({ length: 90 }, (_, i) => ({ id: 500 + (i % 40), vector: vectors[400 + i] }));
      const answer = await client.insert('c', twice);
      assert.equal(answer.insert_count, 90);
      assert.deepEqual(answer.ids, twice.map(({ id }) => id));
      twice.forEach(({ id, vector }) => put(id, vector));
      await compare();
    });

    it('takes the metric of the index, and refuses another', async (t) => {
      const client = clientFor(t, storage);
      const entities = await collectionOf(client, embeddings({ n: 50, dim: 4 }), {
        index_params: [{ field_name: 'vector', index_type: 'FLAT', metric_type: 'L2' }],
      });
      const [hits] = await client.search('c', [[1, 0, 0, 1]]);
      assertHits(hits, entities, [1, 0, 0, 1], { metric: 'L2' });
      await assert.rejects(client.search('c', [[1, 0, 0, 1]], { search_params: { metric_type: 'IP' } }), {
        name: 'ParamError',
        message: /metric.*expected=L2.*actual=IP/,
      });
    });

    it('searches the vector field it is told to', async (t) => {
      const client = clientFor(t, storage);
      const schema = client
        .create_schema()
        .add_field('pk', 'VARCHAR', { is_primary: true, max_length: 20 })
        .add_field('title', 'FLOAT_VECTOR', { dim: 3 })
        .add_field('body', 'FLOAT_VECTOR', { dim: 5 });
      const index_params = client.prepare_index_params('body', { metric_type: 'IP' });
      await client.create_collection({ collection_name: 'c', schema, index_params });
      const titles = embeddings({ n: 60, dim: 3 });
      const bodies = embeddings({ n: 60, dim: 5, seed: 2 });
      const rows = titles.map((title, i) => ({ pk: `k${i}`, title, body: bodies[i] }));
      await client.insert('c', rows);
      const compare = async (anns_field, metric) => {
        const entities = rows.map((row) => ({ id: row.pk, vector: row[anns_field] }));
        const query = embeddings({ n: 1, dim: entities[0].vector.length, seed: 3 })[0];
        const [hits] = await client.search('c', [query], { anns_field });
        assertHits(hits, entities, query, { metric });
      };
      await compare('title', 'COSINE');
      await compare('body', 'IP');
      await assert.rejects(client.search('c', [[1, 2, 3]]), { code: 1101, message: /anns_field/ });
    });
  });
}
