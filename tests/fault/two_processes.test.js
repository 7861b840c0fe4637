// One database, two processes: one of them has it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { assertRefused } from '../conformance/errors.js';
import { nodeFile, placeFor } from '../conformance/places.js';

const CLIENT = new URL('../../js/index.js', import.meta.url).href;

/** Opens the database, writes a row, says so, and closes it when told to. */
const HOLDER = `
  import { MilvusClient } from ${JSON.stringify(CLIENT)};
  const client = new MilvusClient(process.argv[1]);
  await client.create_collection('c', 2);
  await client.insert('c', [{ id: 1, vector: [1, 2], text: 'of the holder' }]);
  console.log('holds');
  process.stdin.once('data', () => client.close().then(() => process.exit()));
`;

/** A process that has the database open. */
async function holder(t, path) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  assert.equal(String(line), 'holds\n');
  return child;
}

const locked = { type: 'ConnectionConfigException', code: 1, says: ['database is locked', 'milvus_demo.db'] };

describe('a second process', () => {
  it('is told at once that the database is locked, and gets in when the first has closed it', async (t) => {
    const { path, open } = placeFor(t, nodeFile);
    const child = await holder(t, path);
    const client = open();
    const start = performance.now();
    await assertRefused(() => client.list_collections(), locked);
    assert.ok(performance.now() - start < 2000, 'at once');
    await assertRefused(() => open({ read_only: true }).list_collections(), locked);
    child.stdin.write('close\n');
    await once(child, 'exit');
    const [row] = await client.get('c', [1]);
    assert.equal(row.text, 'of the holder');
  });

  it('gets in at once when the first was killed, and finds what was acknowledged', async (t) => {
    const { path, open } = placeFor(t, nodeFile);
    const child = await holder(t, path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const client = open();
    assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 });
    await client.insert('c', { id: 2, vector: [3, 4] });
    assert.deepEqual(await client.get_collection_stats('c'), { row_count: 2 });
  });

  it('waits as long as its timeout says', async (t) => {
    const { path, open } = placeFor(t, nodeFile);
    const child = await holder(t, path);
    const impatient = open({ timeout: 0.3 });
    const start = performance.now();
    await assertRefused(() => impatient.list_collections(), locked);
    const waited = performance.now() - start;
    assert.ok(waited >= 290 && waited < 3000, `${waited} ms`);

    const patient = open({ timeout: 60 });
    const answer = patient.list_collections();
    child.stdin.write('close\n');
    assert.deepEqual(await answer, ['c']);
  });

  it('that opens at the same moment as another: one of them gets in, the other is told', async (t) => {
    const { path, open } = placeFor(t, nodeFile);
    const first = await holder(t, path);
    first.stdin.write('close\n');
    await once(first, 'exit');
    const clients = Array.from({ length: 5 }, () => open());
    const results = await Promise.allSettled(clients.map((client) => client.list_collections()));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) {
      if (result.status === 'rejected') assert.match(result.reason.message, /database is locked/);
    }
  });
});
