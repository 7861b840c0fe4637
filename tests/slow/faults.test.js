// The fault suites of the fast tests, in every way; and batches so large that the log is folded into the file on the
// way, and that what is written does not fit SQLite's memory before it is committed.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { MilvusException } from '../../js/index.js';
import { embeddings } from '../conformance/exact.js';
import { filesSuite } from '../fault/files.suite.js';
import { clientOf } from '../fault/script.js';
import { faultFiles } from '../wasm/fault_files.js';

filesSuite({ name: 'each failure in every way', full: true });

const DIM = 384;
const BATCHES = [3000, 9000, 3000, 3000, 3000, 3000, 3000]; // 41 MB of vectors; 32 MB is when the log is folded in
const SAMPLES = 40;
const vectors = embeddings({ n: 500, dim: DIM });
const rows = (from, n) => Array.from({ length: n }, (_, i) => ({ id: from + i, vector: vectors[(from + i) % 500] }));
const countAfter = (batches) => BATCHES.slice(0, batches).reduce((sum, n) => sum + n, 0);

/** Inserts the batches from one on, until one fails. Returns how many there are then. */
async function insertFrom(client, first) {
  for (let i = first; i < BATCHES.length; i++) {
    try {
      if (i === 0) await client.create_collection('c', DIM);
      await client.insert('c', rows(countAfter(i), BATCHES[i]));
    } catch (error) {
      assert.ok(error instanceof MilvusException, error?.stack);
      assert.ok([1, 7, 1001].includes(error.code), error.message);
      return i;
    }
  }
  return BATCHES.length;
}

/** That the rows of so many batches are there, or of one more. */
async function assertBatches(client, done, where, { orNext = true } = {}) {
  if (!(await client.has_collection('c'))) return assert.equal(done, 0, where);
  const { row_count: n } = await client.get_collection_stats('c');
  const allowed = [countAfter(done), ...(orNext ? [countAfter(done + 1)] : [])];
  assert.ok(allowed.includes(n), `${where}: ${n} rows, not ${allowed.join(' or ')}`);
  if (n === 0) return;
  const [hits] = await client.search('c', [vectors[(n - 1) % 500]], { limit: 16384 });
  assert.equal(hits.length, Math.min(n, 16384), where); // which read and verified every chunk
  const ids = [0, n >> 1, n - 1, n];
  const found = await client.get('c', ids);
  assert.deepEqual(found, ids.slice(0, 3).map((id) => rows(id, 1)[0]), where);
}

async function assertReopened(files, done, where, options) {
  const client = clientOf(files);
  await assertBatches(client, done, where, options);
  await client.close();
}

describe('large batches', () => {
  let changes = 0;
  before(async () => {
    const disk = faultFiles();
    const client = clientOf(disk.files);
    assert.equal(await insertFrom(client, 0), BATCHES.length);
    await client.close();
    changes = disk.log.length;
  });

  const samples = () => Array.from({ length: SAMPLES }, (_, i) => Math.round(((i + 0.5) / SAMPLES) * changes));

  it(`go on after one of ${SAMPLES} changes failed`, async () => {
    for (const k of samples()) {
      const disk = faultFiles({ fail_at: k, code: k % 2 ? 'ENOSPC' : 'EIO' });
      const where = `k = ${k} of ${changes}, ${disk.log[k - 1]}`;
      const client = clientOf(disk.files);
      const done = await insertFrom(client, 0);
      await assertBatches(client, done, where, { orNext: false });
      await assertReopened(disk.survivors(), done, `${where}, then killed`);
      assert.equal(await insertFrom(client, done), BATCHES.length, where);
      await client.close().catch((error) => assert.ok(error instanceof MilvusException));
      await assertReopened(disk.survivors({ keep: 'none' }), BATCHES.length, where, { orNext: false });
    }
  });

  it(`are whole or not there when the machine went off at one of ${SAMPLES} changes`, async () => {
    for (const k of samples()) {
      const disk = faultFiles({ crash_at: k });
      const client = clientOf(disk.files);
      const done = await insertFrom(client, 0);
      await client.close().catch(() => {});
      for (const keep of /** @type {const} */ (['none', 'some', 'all'])) {
        await assertReopened(disk.survivors({ keep, seed: k }), done, `k = ${k} of ${changes}, ${keep} survives`);
      }
    }
  });
});
