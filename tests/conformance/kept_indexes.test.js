// Indexes are kept in the file: a client that opens it finds them made.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertHits, embeddings } from './exact.js';
import { clientFor, givenFiles, memory, nodeFile, placeFor } from './places.js';
import { MilvusClient } from '../../js/index.js';
import { memoryFiles } from '../../wasm/files_memory.js';

const N = 10000;
const DIM = 32;
const vectors = embeddings({ n: N, dim: DIM, topics: 20 });
const entities = vectors.map((vector, id) => ({ id, vector }));
const queries = embeddings({ n: 10, dim: DIM, topics: 20, seed: 2 });

async function fill(client, metric_type = 'COSINE') {
  await client.create_collection('c', { dimension: DIM, metric_type });
  await client.insert('c', entities);
  await client.search('c', [queries[0]], { limit: 1 });
}

const pending = async (client) => (await client.describe_index('c', 'vector')).pending_index_rows;

async function settled(client) {
  for (let i = 0; i < 2000 && (await pending(client)) > 0; i++) await sleep(1);
  assert.equal(await pending(client), 0);
}

/** Every search finds ten rows with their true distances, nearly all of them the nearest. */
async function assertFinds(client, there = entities, metric = 'COSINE') {
  let n_common = 0;
  for (const query of queries) {
    const [hits] = await client.search('c', [query], { limit: 10 });
    const ids = new Set(hits.map(({ id }) => id));
    assert.equal(ids.size, 10);
    assertHits(hits, there.filter(({ id }) => ids.has(id)), query, { metric });
    const [exact] = await client.search('c', [query], { limit: 1001 }); // so many are found exactly
    n_common += exact.slice(0, 10).filter(({ id }) => ids.has(id)).length;
  }
  assert.ok(n_common >= 9.5 * queries.length, `${n_common} of ${10 * queries.length}`);
}

/** Whether something of an index has ever been written. */
const hasParts = ({ path }) => readFileSync(path).includes('CREATE TABLE g');

describe('a kept index', () => {
  for (const storage of [nodeFile, givenFiles]) {
    it(`is there after reopening, ${storage.name}`, async (t) => {
      const place = placeFor(t, storage);
      for (const metric of ['COSINE', 'IP', 'L2']) {
        const first = place.open();
        await fill(first, metric);
        await settled(first);
        await first.close();
        const second = place.open();
        await second.search('c', [queries[0]], { limit: 1 });
        assert.equal(await pending(second), 0, 'right after the first search');
        await assertFinds(second, entities, metric);
        await second.drop_collection('c');
        await second.close();
      }
    });
  }

  it('knows the rows of before, and follows the later ones', async (t) => {
    const place = placeFor(t, nodeFile);
    const first = place.open();
    await fill(first);
    await settled(first);
    await first.delete('c', { ids: Array.from({ length: 500 }, (_, i) => 3 * i) });
    await first.close();
    const second = place.open();
    const there = entities.filter(({ id }) => id >= 1500 || id % 3);
    const more = embeddings({ n: 300, dim: DIM, topics: 20, seed: 3 }).map((vector, i) => ({ id: N + i, vector }));
    await second.insert('c', more);
    there.push(...more);
    await second.search('c', [queries[0]], { limit: 1 });
    assert.ok((await pending(second)) <= 300);
    await assertFinds(second, there);
    await settled(second);
    await second.close();
    const third = place.open();
    await third.search('c', [queries[0]], { limit: 1 });
    assert.equal(await pending(third), 0);
    await assertFinds(third, there);
  });

  it('is saved as far as it is when the client is closed, or the collection released', async (t) => {
    const place = placeFor(t, nodeFile);
    const first = place.open();
    await fill(first);
    while ((await pending(first)) === N) await sleep(1);
    const left = await pending(first);
    await first.close();
    const second = place.open();
    await second.search('c', [queries[0]], { limit: 1 });
    assert.ok((await pending(second)) <= left);
    await assertFinds(second);
    await settled(second);
    await second.release_collection('c');
    await second.load_collection('c');
    await second.search('c', [queries[0]], { limit: 1 });
    assert.equal(await pending(second), 0);
  });

  it('is there after a kill that leaves nothing time', async (t) => {
    const place = placeFor(t, nodeFile);
    const program = `
      import { MilvusClient } from './js/index.js';
      import { embeddings } from './tests/conformance/exact.js';
      const client = new MilvusClient(process.argv[1]);
      const vectors = embeddings({ n: ${N}, dim: ${DIM}, topics: 20 });
      await client.create_collection('c', { dimension: ${DIM} });
      await client.insert('c', vectors.map((vector, id) => ({ id, vector })));
      await client.search('c', [vectors[0]]);
      for (;;) {
        const { pending_index_rows } = await client.describe_index('c', 'vector');
        if (pending_index_rows === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await new Promise((resolve) => setTimeout(resolve, 200)); // idle: it is saved
      console.log('idle');
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program, place.path]);
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    const client = place.open();
    await client.search('c', [queries[0]], { limit: 1 });
    assert.equal(await pending(client), 0);
    await assertFinds(client);
  });

  it('leaves the file with its index and with its collection', async (t) => {
    const place = placeFor(t, nodeFile);
    const first = place.open();
    await fill(first);
    await settled(first);
    await first.close();
    assert.ok(hasParts(place));
    const second = place.open();
    await second.release_collection('c');
    await second.drop_index('c', 'vector');
    await second.create_index('c', second.prepare_index_params('vector', { metric_type: 'L2' }));
    await second.load_collection('c');
    await second.search('c', [queries[0]], { limit: 1 });
    assert.ok((await pending(second)) > 0, 'a new one is made anew');
    await settled(second);
    await assertFinds(second, entities, 'L2');
    await second.close();
    const third = place.open();
    await third.search('c', [queries[0]], { limit: 1 });
    assert.equal(await pending(third), 0);
    await assertFinds(third, entities, 'L2');
    await third.drop_collection('c');
    await fill(third); // of the same name and place
    await settled(third);
    await assertFinds(third);
  });

  it('is of no use to few rows, and not written', async (t) => {
    const place = placeFor(t, nodeFile);
    const client = place.open();
    await client.create_collection('c', { dimension: DIM });
    await client.insert('c', entities.slice(0, 1000));
    await client.search('c', [queries[0]], { limit: 1 });
    await sleep(20);
    await client.close();
    assert.ok(!(hasParts(place)));
  });

  it('takes little of the file', async (t) => {
    const place = placeFor(t, nodeFile);
    const client = place.open();
    for (let i = 0; i < 5; i++) {
      if (i === 0) await fill(client);
      else await client.insert('c', entities.map(({ id, vector }) => ({ id: id + i * N, vector })));
      await settled(client);
      await sleep(20); // it is saved
    }
    await client.close();
    const raw = 5 * N * DIM * 4;
    const { size } = statSync(place.path);
    assert.ok(size <= 1.5 * raw, `${(size / raw).toFixed(2)} times the vectors`);
  });

  it('is not written in a database that is only read, nor in memory', async (t) => {
    const place = placeFor(t, nodeFile);
    const first = place.open();
    await first.create_collection('c', { dimension: DIM });
    await first.insert('c', entities); // nobody searches: no index yet
    await first.close();
    const before = statSync(place.path);
    const reader = place.open({ read_only: true });
    await reader.search('c', [queries[0]], { limit: 1 });
    await settled(reader);
    await sleep(20);
    await assertFinds(reader);
    await reader.close();
    assert.deepEqual(statSync(place.path).mtimeMs, before.mtimeMs);
    const client = clientFor(t, memory);
    await fill(client);
    await settled(client);
    await sleep(20);
    await assertFinds(client);
  });

  it('that cannot be saved disturbs nobody', async (t) => {
    const files = memoryFiles();
    let full = false;
    const write = files.write.bind(files);
    files.write = (...args) => {
      if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return write(...args);
    };
    const client = new MilvusClient({ files: { files, path: 'full.db' } });
    t.after(() => client.close().catch(() => {}));
    await fill(client);
    full = true;
    await settled(client);
    await sleep(20);
    await assertFinds(client);
    await assert.rejects(client.insert('c', { id: N, vector: vectors[0] }), { code: 7 });
    full = false;
    await client.insert('c', { id: N, vector: queries[0] }); // and now it is tried again
    await assertFinds(client, [...entities, { id: N, vector: queries[0] }]);
    await sleep(20);
    await client.close();
    const again = new MilvusClient({ files: { files, path: 'full.db' } });
    t.after(() => again.close());
    await again.search('c', [queries[0]], { limit: 1 });
    assert.ok((await pending(again)) < 32);
  });
});
