// Faults of files in OPFS, which only a worker has.
import assert from 'node:assert/strict';
import { opfsFiles } from '/wasm/files_opfs.js';
import { BESIDE } from '/wasm/replace.js';
import { faultFiles } from '/tests/wasm/fault_files.js';
import { assertState, expectedStates, PATH, runSteps, snapshot, STEPS } from '/tests/fault/script.js';
import { MilvusClient } from '/js/index.js';

const open = async (folder, options) => {
  const path = `faults/${folder}/${PATH}`;
  const below = await opfsFiles(path, { beside: BESIDE });
  const disk = faultFiles({ files: below.files, ...options });
  const client = new MilvusClient({ files: { files: disk.files, path }, wasm_url: '/build/milvus_lite.wasm' });
  return { client, disk, path, release: below.release };
};

const jobs = {
  /** Every k-th change of a file fails, or stops everything: what was answered is there. */
  async opfsFails({ every }) {
    const states = await expectedStates();
    const whole = await open(crypto.randomUUID());
    await runSteps(whole.client);
    await whole.client.close();
    await whole.release();
    const changes = whole.disk.log.length;
    let noticed = 0;
    for (let k = 1; k <= changes; k += every) {
      for (const how of [{ fail_at: k, code: 'ENOSPC' }, { fail_at: k, code: 'EIO' }, { crash_at: k }]) {
        const where = JSON.stringify({ ...how, torn: k % 2 === 0 });
        const folder = crypto.randomUUID();
        const { client, release } = await open(folder, { ...how, torn: k % 2 === 0 });
        const { done, error } = await runSteps(client);
        if (error && how.fail_at) {
          noticed++;
          assertState(await snapshot(client), states, done, where, { orNext: false });
          assert.equal((await runSteps(client, done)).done, STEPS.length, where);
        }
        await client.close().catch(() => {});
        await release();
        const again = await open(folder);
        assertState(await snapshot(again.client), states, how.crash_at ? done : STEPS.length, `${where}, reopened`);
        await again.client.close();
        await again.release();
        const beside = await namesIn(folder);
        assert.deepEqual(beside, [PATH], `${where}: one file`);
      }
    }
    return { changes, noticed };
  },

  /** Browsers say in three ways that there is no room. */
  async opfsFull() {
    const { prototype } = FileSystemSyncAccessHandle;
    const { write } = prototype;
    const ways = {
      'an error': () => {
        throw new DOMException('no room', 'QuotaExceededError');
      },
      'a short count': function (from, at) {
        return write.call(this, from.subarray(0, from.length >> 1), at);
      },
      'a count of nonsense': () => 4294967288,
    };
    for (const [name, full] of Object.entries(ways)) {
      const { client, release } = await open(crypto.randomUUID());
      await client.create_collection('c', { dimension: 3 });
      prototype.write = full;
      try {
        await assert.rejects(client.insert('c', [{ id: 1, vector: [1, 2, 3] }]), { code: 7 }, name);
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: 0 }, name);
      } finally {
        prototype.write = write;
      }
      await client.insert('c', [{ id: 1, vector: [1, 2, 3] }]);
      assert.deepEqual(await client.get_collection_stats('c'), { row_count: 1 }, name);
      await client.close();
      await release();
    }
  },

  /** When one handle cannot be had, none is kept. */
  async opfsHalfOpened() {
    const path = `faults/${crypto.randomUUID()}/x.db`;
    const first = await opfsFiles(path, { beside: BESIDE });
    first.files.close(first.files.open(`${path}-wal`, 1));
    const folder = await navigator.storage.getDirectory().then((root) => path.split('/').slice(0, -1).reduce(async (at, name) => (await at).getDirectoryHandle(name), root));
    await first.release();
    const held = await (await folder.getFileHandle('x.db-wal', { create: true })).createSyncAccessHandle();
    await assert.rejects(opfsFiles(path, { beside: BESIDE }), { code: 'EBUSY', message: /database is locked/ });
    held.close();
    const second = await opfsFiles(path, { beside: BESIDE });
    await second.release();
  },
};

async function namesIn(folder) {
  const root = await navigator.storage.getDirectory();
  const names = [];
  for await (const name of (await (await root.getDirectoryHandle('faults')).getDirectoryHandle(folder)).keys()) names.push(name);
  return names;
}

onmessage = async ({ data: { name, args } }) => {
  try {
    postMessage({ value: await jobs[name](...args) });
  } catch (error) {
    postMessage({ error: `${error?.message}\n${error?.stack}` });
  }
};
