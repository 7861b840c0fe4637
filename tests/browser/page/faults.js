// Things that go wrong under a database in a browser.
import assert from 'node:assert/strict';
import { MilvusClient } from '/js/index.js';
import { WasmTransport } from '/js/transport_wasm.js';
import { existsInIdb, idbFiles } from '/wasm/files_idb.js';
import { assertState, expectedStates, runSteps, snapshot, STEPS } from '/tests/fault/script.js';

const wasmUrl = '/build/milvus_lite.wasm';
const unique = () => `faults/${crypto.randomUUID()}.db`;

/** A client of IndexedDB in this thread, where a test can get at it. */
const idbClient = (path, options = {}) =>
  new MilvusClient({
    transport: new WasmTransport({ storage: { uri: `idb:${path}` }, open: { durability: 'full', ...options }, wasmUrl: new URL(wasmUrl, location.href).href }),
  });

/** Runs a job of fault_worker.js. */
export function inWorker(name, ...args) {
  const worker = new Worker('/tests/browser/page/fault_worker.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { value, error } }) => (error === undefined ? resolve(value) : reject(new Error(error)));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ name, args });
  }).finally(() => worker.terminate());
}

/** Puts a fault into the k-th transaction that writes, and into none after it. */
function withFault(k, fault) {
  const { put } = IDBObjectStore.prototype;
  const { transaction } = IDBDatabase.prototype;
  let n = 0;
  let doomed;
  IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
    const made = transaction.call(this, stores, mode, ...rest);
    if (mode === 'readwrite' && stores.includes('blocks') && ++n === k) doomed = made;
    return made;
  };
  IDBObjectStore.prototype.put = function (...args) {
    if (this.transaction !== doomed) return put.apply(this, args);
    doomed = undefined;
    return fault(this.transaction, () => put.apply(this, args));
  };
  const end = () => {
    IDBDatabase.prototype.transaction = transaction;
    IDBObjectStore.prototype.put = put;
  };
  return { end, count: () => n };
}

const FAULTS = {
  quota: () => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  },
  abort: (transaction, put) => {
    const request = put();
    transaction.abort();
    return request;
  },
};

/** Every transaction of the script fails once: what was answered is there, the same call again goes on. */
export async function idbFails({ kind, every }) {
  const states = await expectedStates();
  const path = unique();
  const counting = withFault(0);
  const whole = idbClient(path);
  await runSteps(whole);
  await whole.close();
  counting.end();
  const transactions = counting.count();
  let noticed = 0;
  for (let k = 1; k <= transactions; k += every) {
    const where = `${kind} in transaction ${k}`;
    const path = unique();
    const client = idbClient(path);
    const { end } = withFault(k, FAULTS[kind]);
    const { done, error } = await runSteps(client);
    if (error) {
      noticed++;
      assert.equal(error.code, kind === 'quota' ? 7 : 1001, `${where}: ${error.message}`);
      assertState(await snapshot(client), states, done, where, { orNext: false });
      assert.equal((await runSteps(client, done)).done, STEPS.length, where);
    }
    assertState(await snapshot(client), states, STEPS.length, where);
    await client.close().catch((refusal) => assert.ok([7, 1001].includes(refusal.code), where));
    end();
    const again = idbClient(path);
    assertState(await snapshot(again), states, STEPS.length, `${where}, reopened`);
    await again.close();
  }
  return { transactions, noticed };
}

/** All that a database takes in IndexedDB. */
async function stored(path) {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(`milvus-lite:${path}`);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const all = (store, what) =>
    new Promise((resolve) => {
      database.transaction(store).objectStore(store)[what]().onsuccess = ({ target }) => resolve(target.result);
    });
  const found = { files: await all('files', 'getAllKeys'), sizes: await all('files', 'getAll'), blocks: await all('blocks', 'getAllKeys') };
  database.close();
  return found;
}

const rows = (from, n, dim = 64) =>
  Array.from({ length: n }, (_, i) => ({ id: from + i, vector: Array.from({ length: dim }, (_, d) => Math.sin((from + i) * (d + 1))) }));

/** A database that has become smaller takes no more blocks than it has, and reads as it was written. */
export async function idbShrinks() {
  const small = idbClient(unique());
  await small.create_collection('c', { dimension: 64 });
  await small.insert('c', rows(0, 10));
  const copy = await small.export_db();
  await small.close();
  const path = unique();
  const client = idbClient(path);
  await client.create_collection('c', { dimension: 64 });
  await client.insert('c', rows(0, 8000));
  assert.ok((await stored(path)).blocks.length > 20);
  await client.import_db(copy);
  await client.close();
  const { files, sizes, blocks } = await stored(path);
  assert.deepEqual(files, [path]);
  assert.equal(blocks.length, Math.ceil(sizes[0] / 65536));
  const again = idbClient(path);
  assert.deepEqual(await again.get_collection_stats('c'), { row_count: 10 });
  await again.close();
}

/** A file that is cut off and grows again is zeros where it was. */
export async function idbZeros() {
  const path = unique();
  const open = () => idbFiles(path);
  let { files, settle, release } = await open();
  let handle = files.open(path, 1);
  files.write(handle, new Uint8Array(200_000).fill(7), 0);
  await settle();
  files.truncate(handle, 70_000);
  files.write(handle, Uint8Array.of(9), 300_000);
  await settle();
  files.truncate(handle, 500_000);
  await settle();
  await release();
  ({ files, settle, release } = await open());
  handle = files.open(path, 2);
  assert.equal(files.size(handle), 500_000);
  const all = new Uint8Array(500_000);
  files.read(handle, all, 0);
  for (const [i, byte] of all.entries()) if (byte !== (i < 70_000 ? 7 : i === 300_000 ? 9 : 0)) assert.fail(`byte ${i} is ${byte}`);
  await release();
}

/** Where there are no locks, who comes last owns the database, and the other one learns of it when it writes. */
export async function idbTakenOver() {
  const locks = Object.getOwnPropertyDescriptor(Navigator.prototype, 'locks');
  Object.defineProperty(Navigator.prototype, 'locks', { configurable: true, get: () => undefined });
  try {
    const path = unique();
    const one = idbClient(path);
    await one.create_collection('c', { dimension: 64 });
    const two = idbClient(path);
    await two.insert('c', rows(0, 5));
    await assert.rejects(one.insert('c', rows(5, 5)), { code: 1001, message: /another client has taken it over/ });
    assert.deepEqual(await two.get_collection_stats('c'), { row_count: 5 });
    await two.close();
    assert.deepEqual(await one.get_collection_stats('c'), { row_count: 5 }); // opened anew
    await one.close();
  } finally {
    Object.defineProperty(Navigator.prototype, 'locks', locks);
  }
}

/** A connection that the browser has lost is made again, once, for the same changes. */
export async function idbLost() {
  const path = unique();
  const client = idbClient(path);
  await client.create_collection('c', { dimension: 64 });
  const { transaction } = IDBDatabase.prototype;
  let losses = 0;
  IDBDatabase.prototype.transaction = function (...args) {
    if (losses++ > 0) return transaction.apply(this, args);
    throw new DOMException('The database connection is closing.', 'InvalidStateError');
  };
  try {
    await client.insert('c', rows(0, 5));
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
  await client.close();
  const again = idbClient(path);
  assert.deepEqual(await again.get_collection_stats('c'), { row_count: 5 });
  await again.close();
}

/** Looking whether a database is there makes none, and neither does a reader. */
export async function nothingIsMade() {
  const path = unique();
  assert.equal(await existsInIdb(path), false);
  for (const scheme of ['idb', 'opfs']) {
    const client = new MilvusClient({ uri: `${scheme}:${path}`, read_only: true, wasm_url: wasmUrl });
    await assert.rejects(client.list_collections(), { name: 'ConnectionConfigException', message: /cannot be opened/ });
    await client.close();
  }
  assert.equal((await indexedDB.databases()).some(({ name }) => name.includes(path)), false);
  const names = [];
  const folder = await navigator.storage.getDirectory().then((root) => root.getDirectoryHandle('faults')).catch(() => undefined);
  for await (const name of folder?.keys() ?? []) names.push(name);
  assert.deepEqual(names.filter((name) => path.endsWith(name)), []);
}
