// A Files object on IndexedDB: the files are in memory, and settle() keeps what has changed since
// the last time, in one transaction. So what a call wrote is kept whole or not at all.
//
// Where a transaction fails, memory is ahead of what is kept: refresh() reads that anew, and until
// then nothing is kept any more.

import { Access, fileError, OpenFlag } from './files.js';
import { memoryFiles } from './files_memory.js';

const VERSION = 1;
const BLOCK_BYTES = 64 * 1024;
const BLOCKS_AT_ONCE = 128;

/** A browser gives a lock back some time after its worker was ended. */
const LEAST_PATIENCE = 2000;

/** Stores: the bytes of a file by its path; blocks by [path, number]; and who may write. */
const FILES = 'files';
const BLOCKS = 'blocks';
const OWNER = 'owner';

/**
 * What is not kept yet of a file.
 *
 * @typedef {object} Changes
 * @property {Set<number>} blocks
 * @property {number} kept  bytes; -1 for no file
 */

/** @param {string} path  of a database */
const databaseName = (path) => `milvus-lite:${path}`;

/**
 * @param {string} path  of the database
 * @param {object} [options]
 * @param {boolean} [options.readOnly]  makes nothing, and writes nothing
 * @param {boolean} [options.relaxed]   does not wait for the disk
 * @param {number} [options.timeout]    seconds to wait while another has it open
 */
export async function idbFiles(path, { readOnly = false, relaxed = false, timeout = 0 } = {}) {
  const name = databaseName(path);
  const me = crypto.randomUUID();
  /** @type {Map<string, Changes>} */
  let changes = new Map();
  let memory = memoryFiles();
  /** @type {Map<number, string>} */
  const paths = new Map();
  /** @type {IDBDatabase | undefined} */
  let database;
  let isStale = true; // memory is not what is kept

  /** @param {string} file */
  const changesOf = (file) => {
    let found = changes.get(file);
    if (!found) changes.set(file, (found = { blocks: new Set(), kept: -1 }));
    return found;
  };

  /**
   * @param {number} handle
   * @param {number} from
   * @param {number} to
   */
  const touch = (handle, from, to) => {
    isStale = true;
    const { blocks } = changesOf(/** @type {string} */ (paths.get(handle)));
    for (let n = Math.floor(from / BLOCK_BYTES); n * BLOCK_BYTES < to; n++) blocks.add(n);
  };

  /** @type {import('./files.js').Files} */
  const files = {
    open(file, flags) {
      if (memory.exists(file) === Access.NONE && flags & OpenFlag.CREATE) {
        changesOf(file);
        isStale = true;
      }
      const handle = memory.open(file, flags);
      paths.set(handle, file);
      return handle;
    },
    close(handle) {
      memory.close(handle);
    },
    read: (handle, to, offset) => memory.read(handle, to, offset),
    write(handle, from, offset) {
      const end = memory.size(handle);
      const n = memory.write(handle, from, offset);
      touch(handle, Math.min(end, offset), offset + n);
      return n;
    },
    truncate(handle, bytes) {
      const end = memory.size(handle);
      memory.truncate(handle, bytes);
      // a block that is cut off is kept anew: it may grow again, and is zeros then
      touch(handle, Math.min(end, bytes), Math.max(bytes, Math.min(end, bytes) + 1));
    },
    sync() {}, // settle() does
    size: (handle) => memory.size(handle),
    unlink(file) {
      if (memory.exists(file) === Access.NONE) return;
      memory.unlink(file);
      changesOf(file).blocks.clear();
      isStale = true;
    },
    exists: (file) => memory.exists(file),
  };

  /** @param {IDBDatabase} db */
  const commit = async (db) => {
    const durability = relaxed ? 'relaxed' : 'strict';
    const transaction = db.transaction([FILES, BLOCKS, OWNER], 'readwrite', { durability });
    const done = completed(transaction);
    const owner = transaction.objectStore(OWNER).get(0);
    /** @type {unknown} */
    let failure;
    owner.onsuccess = () => {
      try {
        if (owner.result !== me) {
          const why = owner.result ? 'another client has taken it over' : 'it was deleted';
          throw fileError('EIO', `the database is not this client's any more: ${why}, ${path}`);
        }
        putChanges(transaction, memory, changes);
      } catch (error) {
        failure = error;
        if (transaction.error === null) giveUp(transaction);
      }
    };
    await done.catch((error) => {
      throw transaction.error ?? failure ?? error;
    });
  };

  const settle = async () => {
    if (!isStale || readOnly) return;
    if (!database) throw fileError('EIO', `${path} was lost, and is not open again yet`);
    try {
      await commit(database).catch(async (error) => {
        if (!['InvalidStateError', 'UnknownError'].includes(error.name)) throw error;
        database?.close(); // some browsers lose it in the background: once more
        database = await openDatabase(name, false);
        if (!database) throw fileError('EIO', `${path} was deleted while it was open`, error);
        await commit(database);
      });
    } catch (error) {
      database?.close();
      database = undefined;
      throw error;
    }
    for (const [file, change] of changes) {
      if (memory.exists(file) === Access.NONE) changes.delete(file);
      else Object.assign(change, { blocks: new Set(), kept: sizeOf(memory, file) });
    }
    isStale = false;
  };

  const refresh = async () => {
    if (!isStale) return;
    database?.close();
    paths.clear();
    changes = new Map();
    memory = memoryFiles();
    database = await openDatabase(name, !readOnly);
    if (database) {
      if (!readOnly) await own(database, me);
      await load(database, memory, changes);
    }
    isStale = false;
  };

  const unlock = await lock(name, path, timeout);
  const release = async () => {
    database?.close();
    database = undefined;
    unlock();
  };
  try {
    await refresh();
  } catch (error) {
    await release();
    throw error;
  }
  return { files, settle, refresh, release };
}

/**
 * Whether a database stands there already.
 *
 * @param {string} path
 */
export async function existsInIdb(path) {
  if (!globalThis.indexedDB) return false;
  const all = await indexedDB.databases?.();
  if (all && !all.some(({ name }) => name === databaseName(path))) return false;
  const database = await openDatabase(databaseName(path), false);
  database?.close();
  return database !== undefined;
}

/**
 * Writes a value and reads it back.
 *
 * @returns {Promise<string | undefined>}  why it does not work here
 */
export async function probeIdb() {
  if (!globalThis.indexedDB) return 'this browser has no IndexedDB';
  const name = `milvus-lite-probe:${crypto.randomUUID()}`;
  try {
    const database = await openDatabase(name, true);
    try {
      if (!database) return 'it cannot be made';
      await own(database, 'probe');
      const transaction = database.transaction(OWNER);
      if ((await resultOf(transaction.objectStore(OWNER).get(0))) !== 'probe') {
        return 'what is written cannot be read back';
      }
    } finally {
      database?.close();
      indexedDB.deleteDatabase(name);
    }
  } catch (error) {
    const { name: kind, message } = /** @type {Error} */ (error);
    return `${kind}: ${message}`;
  }
  return undefined;
}

/**
 * @param {string} name
 * @param {boolean} create
 * @returns {Promise<IDBDatabase | undefined>}  undefined: there is none
 */
function openDatabase(name, create) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    let isMissing = false;
    request.onupgradeneeded = () => {
      if (!create) {
        isMissing = true;
        request.transaction?.abort();
        return;
      }
      for (const store of [FILES, BLOCKS, OWNER]) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      if (isMissing) resolve(undefined);
      else reject(request.error);
    };
  });
}

/**
 * @param {IDBDatabase} database
 * @param {string} who
 */
function own(database, who) {
  const transaction = database.transaction(OWNER, 'readwrite');
  transaction.objectStore(OWNER).put(who, 0);
  return completed(transaction);
}

/**
 * @param {IDBDatabase} database
 * @param {import('./files.js').Files} memory
 * @param {Map<string, Changes>} changes
 */
async function load(database, memory, changes) {
  const transaction = database.transaction([FILES, BLOCKS]);
  const [paths, sizes] = await Promise.all([
    resultOf(transaction.objectStore(FILES).getAllKeys()),
    resultOf(transaction.objectStore(FILES).getAll()),
  ]);
  for (const [i, path] of /** @type {string[]} */ (paths).entries()) {
    const handle = memory.open(path, OpenFlag.CREATE);
    const n = Math.ceil(sizes[i] / BLOCK_BYTES);
    for (let from = 0; from < n; from += BLOCKS_AT_ONCE) {
      const to = Math.min(n, from + BLOCKS_AT_ONCE);
      const range = IDBKeyRange.bound([path, from], [path, to - 1]);
      const blocks = await resultOf(transaction.objectStore(BLOCKS).getAll(range));
      if (blocks.length !== to - from) {
        throw fileError('EIO', `'${path}' is damaged: a part of it is missing in IndexedDB`);
      }
      blocks.forEach((block, k) => memory.write(handle, block, (from + k) * BLOCK_BYTES));
    }
    memory.truncate(handle, sizes[i]);
    memory.close(handle);
    changes.set(path, { blocks: new Set(), kept: sizes[i] });
  }
}

/**
 * @param {IDBTransaction} transaction
 * @param {import('./files.js').Files} memory
 * @param {Map<string, Changes>} changes
 */
function putChanges(transaction, memory, changes) {
  const [files, blocks] = [FILES, BLOCKS].map((name) => transaction.objectStore(name));
  for (const [path, { blocks: dirty, kept }] of changes) {
    const bytes = sizeOf(memory, path);
    if (bytes === kept && dirty.size === 0) continue;
    const n = Math.ceil(bytes / BLOCK_BYTES);
    if (bytes < kept) blocks.delete(IDBKeyRange.bound([path, Math.max(n, 0)], [path, Infinity]));
    if (bytes < 0) {
      files.delete(path);
      continue;
    }
    if (bytes !== kept) files.put(bytes, path);
    const handle = memory.open(path, OpenFlag.READ_ONLY);
    for (const i of dirty) {
      if (i >= n) continue;
      const block = new Uint8Array(Math.min(BLOCK_BYTES, bytes - i * BLOCK_BYTES));
      memory.read(handle, block, i * BLOCK_BYTES);
      blocks.put(block, [path, i]);
    }
    memory.close(handle);
  }
}

/**
 * @param {import('./files.js').Files} memory
 * @param {string} path
 * @returns {number}  -1: there is none
 */
function sizeOf(memory, path) {
  if (memory.exists(path) === Access.NONE) return -1;
  const handle = memory.open(path, OpenFlag.READ_ONLY);
  const bytes = memory.size(handle);
  memory.close(handle);
  return bytes;
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction */
function giveUp(transaction) {
  try {
    transaction.abort();
  } catch {
    // the browser has given it up already
  }
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () =>
      reject(transaction.error ?? fileError('EIO', 'the transaction was given up'));
  });
}

/**
 * Keeps other clients out. Where there are no locks, who comes last owns the database, and the one
 * before is told so when it writes.
 *
 * @param {string} name
 * @param {string} path
 * @param {number} timeout  seconds
 * @returns {Promise<() => void>}
 */
function lock(name, path, timeout) {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return Promise.resolve(() => {});
  const signal = AbortSignal.timeout(Math.max(LEAST_PATIENCE, timeout * 1000));
  return new Promise((resolve, reject) => {
    const held = () => new Promise((free) => resolve(() => free(undefined)));
    locks.request(`${name} in IndexedDB`, { signal }, held).catch((cause) => {
      if (!signal.aborted) return reject(cause);
      const why = 'another tab or client has it open';
      reject(fileError('EBUSY', `database is locked: ${why}, ${path}`, cause));
    });
  });
}
