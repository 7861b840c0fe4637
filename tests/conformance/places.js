// Where the suites keep their databases. A suite is a function of one of these:
//
//   place()   a new, empty place; open(options) makes a client of the database there
//   kind      as storage() names it
//   lasts     what a closed client wrote is there for the next one
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MilvusClient } from '../../js/index.js';
import { memoryFiles } from '../../wasm/files_memory.js';

/**
 * @typedef {object} Place
 * @property {(options?: object) => MilvusClient} open
 * @property {string} [path]       of the database file, where it is one
 * @property {() => void} remove
 */

/** @typedef {{ name: string, kind: string, lasts: boolean, place: () => Place }} Storage */

/** @type {Storage} */
export const memory = {
  name: 'in memory',
  kind: 'memory',
  lasts: false,
  place: () => ({
    open: (options) => new MilvusClient({ uri: ':memory:', ...options }),
    remove() {},
  }),
};

/** @type {Storage} */
export const givenFiles = {
  name: 'in files of the caller',
  kind: 'given',
  lasts: true,
  place() {
    const files = memoryFiles();
    return {
      open: (options) => new MilvusClient({ files: { files, path: 'given.db' }, ...options }),
      remove() {},
    };
  },
};

/** @type {Storage} */
export const nodeFile = {
  name: 'in a file of Node',
  kind: 'node',
  lasts: true,
  place() {
    const folder = mkdtempSync(join(tmpdir(), 'milvus-'));
    const path = join(folder, 'milvus_demo.db');
    return {
      path,
      open: (options) => new MilvusClient({ uri: path, ...options }),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

/** @type {Storage} */
export const nodeWorker = {
  name: 'in a file of Node, in a worker',
  kind: 'node',
  lasts: true,
  place() {
    const { open, ...place } = nodeFile.place();
    return { ...place, open: (options) => open({ worker: true, ...options }) };
  },
};

export const storages = [memory, nodeFile, nodeWorker];

/**
 * A place that is removed after the test, with all clients that were opened there closed.
 *
 * @param {import('node:test').TestContext} t
 * @param {Storage} storage
 * @returns {Place}
 */
export function placeFor(t, storage) {
  const { open, path, remove } = storage.place();
  /** @type {MilvusClient[]} */
  const clients = [];
  t.after(async () => {
    for (const client of clients) await client.close().catch(() => {});
    remove();
  });
  return {
    path,
    remove,
    open(options) {
      const client = open(options);
      clients.push(client);
      return client;
    },
  };
}

/**
 * A client of a new database, closed and removed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {Storage} storage
 * @param {object} [options]
 */
export const clientFor = (t, storage, options) => placeFor(t, storage).open(options);
