// Fields of times and geometries: what is stored comes back, and is found.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { randomOf } from './exact.js';
import { clientFor, placeFor } from './places.js';

async function make(client) {
  const schema = client
    .create_schema({ enable_dynamic_field: true })
    .add_field('id', DataType.INT64, { is_primary: true })
    .add_field('vector', DataType.FLOAT_VECTOR, { dim: 2 })
    .add_field('at', DataType.TIMESTAMPTZ, { nullable: true })
    .add_field('since', DataType.TIMESTAMPTZ, { default_value: '2000-01-01T01:00:00+01:00' })
    .add_field('place', DataType.GEOMETRY, { nullable: true });
  await client.create_collection({ collection_name: 'c', schema });
}

const row = (id, fields) => ({ id, vector: [id, 1], ...fields });

/** What was written, and how it comes back. */
const TIMES = {
  '2025-01-31T12:00:00Z': '2025-01-31T12:00:00Z',
  '2025-01-31 12:00:00+08:00': '2025-01-31T04:00:00Z',
  '2025-01-31T12:00:00.250': '2025-01-31T12:00:00.25Z',
  '1969-12-31T23:59:59.999999Z': '1969-12-31T23:59:59.999999Z',
  '0001-01-01': '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.000001-00:00': '9999-12-31T23:59:59.000001Z',
};

/** @param {import('./places.js').Storage} storage */
export function timesSuite(storage) {
  describe(`times and geometries, ${storage.name}`, () => {
    it('come back as they are, in UTC', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      const written = Object.keys(TIMES);
      await client.insert('c', written.map((at, id) => row(id, { at, since: at, place: `POINT (${id} 1)` })));
      const rows = await client.query('c', 'id >= 0', ['at', 'since', 'place']);
      assert.deepEqual(rows, written.map((at, id) => ({ id, at: TIMES[at], since: TIMES[at], place: `POINT (${id} 1)` })));
      const [hits] = await client.search('c', [[1, 1]], { limit: 1, output_fields: ['at'], filter: 'id == 3' });
      assert.deepEqual(hits[0].entity, { at: '1969-12-31T23:59:59.999999Z' });
    });

    it('come back in the time zone that is asked for', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.insert('c', [row(1, { at: '2025-01-31T23:30:00.5Z' }), row(2, { at: '2025-07-31T23:30:00Z' }), row(3)]);
      const ask = async (timezone) => {
        const rows = await client.query({ collection_name: 'c', filter: 'id < 4', output_fields: ['at'], timezone });
        const [hits] = await client.search('c', [[1, 1]], { filter: 'id == 1', output_fields: ['at'], timezone });
        assert.equal(hits[0].entity.at, rows[0].at);
        assert.deepEqual(await client.get({ collection_name: 'c', ids: [2], output_fields: ['at'], timezone }), [rows[1]]);
        return rows.map(({ at }) => at);
      };
      assert.deepEqual(await ask('Europe/Berlin'), ['2025-02-01T00:30:00.5+01:00', '2025-08-01T01:30:00+02:00', null]);
      assert.deepEqual(await ask('America/St_Johns'), ['2025-01-31T20:00:00.5-03:30', '2025-07-31T21:00:00-02:30', null]);
      assert.deepEqual(await ask('UTC'), ['2025-01-31T23:30:00.5Z', '2025-07-31T23:30:00Z', null]);
      assert.deepEqual(await ask('-03:30'), ['2025-01-31T20:00:00.5-03:30', '2025-07-31T20:00:00-03:30', null]);
      const invalid = { type: 'ParamError', code: 1100, says: ['timezone', 'Nowhere'] };
      await assertRefused(() => client.query({ collection_name: 'c', filter: 'id < 4', timezone: 'Nowhere' }), invalid);
    });

    it('may be null, or what is written for all', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      const at = new Date(Date.UTC(2025, 0, 31, 12, 0, 0, 7));
      await client.insert('c', [row(1), row(2, { at, place: null }), row(3, { since: null })]);
      const since = '2000-01-01T00:00:00Z';
      assert.deepEqual(await client.get('c', [1, 2, 3], ['at', 'since', 'place']), [
        { id: 1, at: null, since, place: null },
        { id: 2, at: '2025-01-31T12:00:00.007Z', since, place: null },
        { id: 3, at: null, since, place: null },
      ]);
    });

    it('stay when other fields are updated, and change when they are', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.insert('c', [row(1, { at: '2025-01-31T12:00:00.5Z', place: 'POINT (1 2)' })]);
      await client.upsert({ collection_name: 'c', data: [{ id: 1, note: 'x' }], partial_update: true });
      const output_fields = ['at', 'place', 'note'];
      assert.deepEqual(await client.get('c', [1], output_fields), [{ id: 1, at: '2025-01-31T12:00:00.5Z', place: 'POINT (1 2)', note: 'x' }]);
      await client.upsert({ collection_name: 'c', data: [{ id: 1, at: '2026-01-01' }], partial_update: true });
      assert.deepEqual(await client.get('c', [1], output_fields), [{ id: 1, at: '2026-01-01T00:00:00Z', place: 'POINT (1 2)', note: 'x' }]);
    });

    it('are compared by when they are, with and without an index', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      const random = randomOf(3);
      const start = Date.UTC(2024, 0, 1);
      const day = 86_400_000;
      const whens = Array.from({ length: 400 }, () => (random() < 0.1 ? null : start + Math.floor(random() * 700) * (day / 2)));
      await client.insert('c', whens.map((when, id) => row(id, { at: when === null ? null : new Date(when).toISOString() })));
      const check = async () => {
        for (let k = 0; k < 20; k++) {
          const bound = start + Math.floor(random() * 700) * (day / 2);
          const iso = new Date(bound).toISOString();
          /** @type {[string, (when: number) => boolean][]} */
          const filters = [
            [`at > ISO '${iso}'`, (when) => when > bound],
            [`at <= '${iso}'`, (when) => when <= bound],
            [`not (at == ISO '${iso}')`, (when) => when !== bound],
            [`at + INTERVAL 'P10D' >= ISO '${iso}'`, (when) => when + 10 * day >= bound],
            [`ISO '${iso}' - INTERVAL 'P3DT12H' < at < ISO '${iso}'`, (when) => bound - 3.5 * day < when && when < bound],
          ];
          for (const [filter, isTrue] of filters) {
            const found = await client.query('c', filter, ['id']);
            const expected = whens.flatMap((when, id) => (when !== null && isTrue(when) ? [id] : []));
            assert.deepEqual(found.map(({ id }) => id), expected, filter);
          }
          const filter = 'at >= {from}';
          const found = await client.query({ collection_name: 'c', filter, filter_params: { from: iso }, output_fields: ['id'] });
          assert.equal(found.length, whens.filter((when) => when !== null && when >= bound).length);
        }
        const nulls = whens.filter((when) => when === null).length;
        assert.deepEqual(await client.query('c', 'at is null', ['count(*)']), [{ 'count(*)': nulls }]);
      };
      await check();
      await client.create_index('c', { field_name: 'at', index_type: 'STL_SORT' });
      await check();
    });

    it('are moved by months, to the last day of those that are too short', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.insert('c', [row(1, { at: '2024-01-31T10:00:00Z' }), row(2, { at: '2024-03-31T10:00:00Z' }), row(3)]);
      const ids = async (filter) => (await client.query('c', filter, ['id'])).map(({ id }) => id);
      assert.deepEqual(await ids("at + INTERVAL 'P1M' == ISO '2024-02-29T10:00:00Z'"), [1]);
      assert.deepEqual(await ids("at - INTERVAL 'P1M' == ISO '2024-02-29T10:00:00Z'"), [2]);
      assert.deepEqual(await ids("at + INTERVAL 'P1Y1M1DT1H' == ISO '2025-03-01T11:00:00Z'"), [1]);
      assert.deepEqual(await ids("at < ISO '2024-03-31T10:00:00.5Z' - INTERVAL 'P1M'"), [1]);
      assert.deepEqual(await ids("at + INTERVAL 'P8000Y' > ISO '2024-01-01'"), [], 'there is no such year');
      assert.deepEqual(await ids("INTERVAL 'P1M' == INTERVAL 'P30D' and id < 3"), [1, 2]);
    });

    it('are there again after closing', async (t) => {
      if (!storage.lasts) return t.skip('nothing lasts here');
      const place = placeFor(t, storage);
      const client = place.open();
      await make(client);
      await client.insert('c', [row(1, { at: '2025-01-31T12:00:00Z', place: 'LINESTRING (0 0, 1 1)' })]);
      await client.close();
      const again = place.open();
      const expected = [{ id: 1, at: '2025-01-31T12:00:00Z', place: 'LINESTRING (0 0, 1 1)' }];
      assert.deepEqual(await again.query('c', "at == ISO '2025-01-31T13:00:00+01:00' and place is not null", ['at', 'place']), expected);
      const { fields } = await again.describe_collection('c');
      assert.deepEqual(fields.slice(2).map(({ type }) => type), [DataType.TIMESTAMPTZ, DataType.TIMESTAMPTZ, DataType.GEOMETRY]);
      assert.equal(fields[3].default_value, '2000-01-01T01:00:00+01:00');
    });

    it('are added later', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      await client.insert('c', [row(1)]);
      await client.add_collection_field('c', 'seen', DataType.TIMESTAMPTZ, { nullable: true, default_value: '2020-02-29T00:00:00Z' });
      await client.add_collection_field('c', 'area', DataType.GEOMETRY, { nullable: true });
      await client.insert('c', [row(2, { seen: null, area: 'POLYGON ((0 0, 1 0, 1 1, 0 0))' })]);
      assert.deepEqual(await client.query('c', "seen == ISO '2020-02-29'", ['seen', 'area']), [
        { id: 1, seen: '2020-02-29T00:00:00Z', area: null },
        { id: 2, seen: '2020-02-29T00:00:00Z', area: 'POLYGON ((0 0, 1 0, 1 1, 0 0))' },
      ]);
    });

    it('are refused when they are none, and nothing is inserted', async (t) => {
      const client = clientFor(t, storage);
      await make(client);
      const wrong = { type: 'DataNotMatchException', code: 1100, row: 1 };
      for (const at of ['yesterday', '2025-02-29', '2025-01-31T25:00:00Z', 1738324800000, true]) {
        const expected = { ...wrong, says: ['at', 'ISO 8601', at], field: 'at' };
        await assertRefused(() => client.insert('c', [row(1), row(2, { at })]), expected);
      }
      for (const place of ['here', 'POINT (1)', 'POLYGON ((0 0, 1 0, 1 1, 0 2))', 'POINT (1 2) (3 4)']) {
        const expected = { ...wrong, says: ['place', 'WKT', place.slice(0, 20)], field: 'place' };
        await assertRefused(() => client.insert('c', [row(1), row(2, { place })]), expected);
      }
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 });
      const refused = (filter, says) =>
        assertRefused(() => client.query('c', filter), { type: 'ParamError', code: 1100, says });
      await refused('at > 5', ['incompatible types', 'a time', 'int']);
      await refused("place == 'POINT (1 2)'", ['incompatible types', 'a geometry']);
      await refused("st_contains(place, 'POINT (1 2)')", ['st_contains is not supported']);
      await refused("at + INTERVAL 'P1M1Y' > ISO '2025-01-01'", ['expected an interval', 'P1Y2M']);
    });
  });
}
