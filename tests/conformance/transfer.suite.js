// The database as one file, out and in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefused } from './errors.js';
import { embeddings, textOf } from './exact.js';
import { placeFor } from './places.js';

const DIM = 128;
const N = 11_000; // some megabytes, so that a copy is several pieces
const vectors = embeddings({ n: N, dim: DIM });
const rows = (from, n) =>
  vectors.slice(from, from + n).map((vector, i) => ({ id: from + i, vector, text: textOf(from + i) }));

/** A client of a new database with the first n rows. */
async function filled(t, storage, n = 50) {
  const client = placeFor(t, storage).open();
  await client.create_collection({ collection_name: 'c', dimension: DIM });
  await client.insert('c', rows(0, n));
  return client;
}

async function assertRows(client, from, n) {
  assert.deepEqual(await client.get_collection_stats('c'), { row_count: n });
  for (const row of [from, from + n - 1]) {
    const [hits] = await client.search('c', [vectors[row]], { limit: 1, output_fields: ['text'] });
    assert.equal(hits[0].id, row);
    assert.equal(hits[0].entity.text, textOf(row));
  }
}

const readAll = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

const refused = (...says) => ({ type: 'ConnectionConfigException', code: 1, says: ['import failed', ...says] });

/** @param {import('./places.js').Storage} storage */
export function transferSuite(storage) {
  describe(`a copy of the database, ${storage.name}`, () => {
    it('is one plain SQLite file, in every format the same', async (t) => {
      const client = await filled(t, storage);
      const bytes = await client.export_db();
      assert.ok(bytes instanceof Uint8Array);
      assert.equal(new TextDecoder().decode(bytes.subarray(0, 15)), 'SQLite format 3');
      assert.deepEqual([...bytes.subarray(18, 20)], [1, 1], 'no log is needed to read it');
      const blob = await client.export_db({ format: 'blob' });
      assert.ok(blob instanceof Blob);
      assert.equal(blob.type, 'application/vnd.sqlite3');
      assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), bytes);
      assert.deepEqual(await readAll(await client.export_db({ format: 'stream' })), bytes);
      await assertRefused(() => client.export_db({ format: 'zip' }), { type: 'ParamError', code: 1100, says: ['format', 'zip'] });
    });

    it('has what was written before, and not what comes after', async (t) => {
      const client = await filled(t, storage);
      const exporting = client.export_db();
      const inserting = client.insert('c', rows(50, 50));
      const copy = await exporting;
      await inserting;
      await assertRows(client, 0, 100);
      const other = placeFor(t, storage).open();
      await other.import_db(copy);
      await assertRows(other, 0, 50);
    });

    it('takes the place of another database, from bytes, a blob or a stream', async (t) => {
      const source = await filled(t, storage, N);
      const bytes = await source.export_db();
      await source.close();
      const sources = [bytes, bytes.buffer, new Blob([bytes]), new Blob([bytes]).stream()];
      const client = placeFor(t, storage).open();
      for (const data of sources) {
        await client.drop_collection('c');
        await client.create_collection({ collection_name: 'd', dimension: 3 });
        const before = bytes.slice();
        await client.import_db(data);
        assert.deepEqual(await client.list_collections(), ['c']);
        await assertRows(client, 0, N);
        assert.deepEqual(bytes, before, "the caller's bytes are still there");
      }
      await client.insert('c', rows(0, 1));
      await assertRows(client, 0, N);
    });

    it('tells how far it is', async (t) => {
      const client = await filled(t, storage, N);
      const seen = [];
      const bytes = await client.export_db({ on_progress: (progress) => seen.push(progress) });
      assert.ok(seen.length > 1, `${seen.length} pieces`);
      assert.deepEqual(seen.at(-1), { done: bytes.length, total: bytes.length });
      seen.length = 0;
      await client.import_db(bytes, { on_progress: (progress) => seen.push(progress) });
      assert.ok(seen.length > 1, `${seen.length} pieces`);
      assert.deepEqual(seen.at(-1), { done: bytes.length, total: bytes.length });
    });

    it('is given up by a signal, an error or a cancelled stream, and calls go on', async (t) => {
      const client = await filled(t, storage, N);
      const bytes = await client.export_db();
      const stop = { name: 'Error', message: 'enough' };
      const giveUp = () => {
        const controller = new AbortController();
        return { signal: controller.signal, on_progress: () => controller.abort(new Error('enough')) };
      };
      const fail = { on_progress: () => { throw new Error('enough'); } };
      for (const options of [giveUp, () => fail]) {
        await assert.rejects(client.export_db(options()), stop);
        await assertRows(client, 0, N);
        await assert.rejects(client.import_db(bytes, options()), stop);
        await assertRows(client, 0, N);
      }
      const stream = await client.export_db({ format: 'stream' });
      const reader = stream.getReader();
      assert.ok((await reader.read()).value.length > 0);
      await reader.cancel();
      await assertRows(client, 0, N);
      const broken = new ReadableStream({
        pull(controller) {
          controller.error(new Error('enough'));
        },
      });
      await assert.rejects(client.import_db(broken), stop);
      await assertRows(client, 0, N);
    });

    it('is looked at before anything is replaced', async (t) => {
      const client = await filled(t, storage);
      const bytes = await client.export_db();
      const changed = (change) => {
        const copy = bytes.slice();
        change(copy, new DataView(copy.buffer));
        return copy;
      };
      const attempts = [
        [new Uint8Array(0), refused('is empty')],
        [new TextEncoder().encode('a text, and no database '.repeat(5000)), refused('not a database')],
        [changed((copy) => (copy[3] ^= 1)), refused('not a database')],
        [changed((_, view) => view.setInt32(68, 77)), refused('not one of Milvus Lite')],
        [changed((_, view) => view.setInt32(60, 99)), { ...refused(), says: ['format 99', 'upgrade'] }],
        [bytes.subarray(0, 20_000), { type: 'MilvusException', code: 1001, says: ['damaged'] }],
      ];
      for (const [data, expected] of attempts) {
        await assertRefused(() => client.import_db(data), expected);
        await assertRows(client, 0, 50);
      }
      for (const data of ['x', 5, null, undefined, [1, 2]]) {
        await assertRefused(() => client.import_db(data), { type: 'ParamError', code: 1100, says: ['bytes, a Blob'] });
      }
      await assertRows(client, 0, 50);
    });

    it('makes a database where there was none', async (t) => {
      const source = await filled(t, storage);
      const bytes = await source.export_db();
      const client = placeFor(t, storage).open();
      await client.import_db(bytes);
      await assertRows(client, 0, 50);
    });

    if (storage.lasts) {
      it('stays when the client has closed, and no read-only client takes one', async (t) => {
        const source = await filled(t, storage);
        const bytes = await source.export_db();
        await source.close();
        const place = placeFor(t, storage);
        const client = place.open();
        await client.import_db(bytes);
        await client.close();
        const reader = place.open({ read_only: true });
        await assertRows(reader, 0, 50);
        assert.deepEqual(await reader.export_db(), bytes);
        await assertRefused(() => reader.import_db(bytes), { type: 'MilvusException', code: 9, says: ['read-only'] });
        await reader.close();
      });
    }

    it('tells where it is kept', async (t) => {
      const client = await filled(t, storage);
      const { kind, reason, persistent, persisted, usage, quota, memory } = await client.storage();
      assert.equal(kind, storage.kind);
      assert.equal(reason, null);
      assert.equal(persistent, storage.lasts);
      assert.equal(typeof persisted, 'boolean');
      assert.ok(usage > 0, `${usage} bytes`);
      assert.ok(quota === null || quota > usage);
      assert.ok(memory > 1e6, `${memory} bytes of memory`);
    });
  });
}
