// Who may open a database: one client in one process, found out by locks that the system itself
// gives back when a process dies, by kill -9 too.
//
// The locks are on a sidecar, <database>-lock, which is never deleted: deleting would race with
// another process that has just opened it. Node has no lock of its own, so this is a ladder:
//
//   Windows, macOS, BSD   a flag of open() that gives the file to one opener
//   elsewhere             node:sqlite as a mutex (from Node 22.13 on) AND flock(1), as far as each
//                         is there; where neither is, a socket named after the sidecar (Linux)
//
// Taking both matters: a process with Node 20 has flock only, one in a bare container node:sqlite
// only, and two processes exclude each other when they share one.
//
// node:sqlite comes first, and what is opened after it stays open: its POSIX locks are lost as soon
// as the process closes any descriptor of the file.

import { fileError } from './files.js';
import { builtin } from './node.js';

/**
 * @typedef {object} Lock
 * @property {() => Promise<void> | void} release
 * @property {boolean} [isEmpty]  it keeps nobody out, and is there to be released in its turn
 */

/** What a rung answers when another holds it; null is for a rung that is not there. */
const BUSY = Symbol('busy');

/** @typedef {(sidecar: string) => Promise<Lock | typeof BUSY | null>} Rung */

/** Flags for open() that lock; on Windows libuv's UV_FS_O_EXLOCK, else O_EXLOCK | O_NONBLOCK. */
const LOCKING_OPEN = /** @type {Record<string, number>} */ ({
  win32: 0x10000000,
  darwin: 0x24,
  freebsd: 0x24,
  netbsd: 0x24,
  openbsd: 0x24,
});

/** @type {Record<string, Rung>} */
const RUNGS = { open: lockByOpen, sqlite: lockBySqlite, flock: lockByFlock, socket: lockBySocket };

/**
 * Takes the lock of a database, waiting for it if need be.
 *
 * @param {string} database  absolute, without links, see locateDatabase()
 * @param {object} [options]
 * @param {number} [options.timeout]  seconds to wait for another holder
 * @param {string[]} [options.rungs]  for tests: only these, of 'sqlite', 'flock' and 'socket'
 * @returns {Promise<Lock | null>}    null: no sidecar can be made in this folder, only read then
 * @throws {Error} 'database is locked: ...'
 */
export async function lockDatabase(database, { timeout = 0, rungs } = {}) {
  const sidecar = `${database}-lock`;
  const patience = timeout * 1000;
  const start = performance.now();
  for (let wait = 5; ; wait = Math.min(2 * wait, 100)) {
    const lock = await climb(sidecar, rungs);
    if (lock !== BUSY) return lock;
    const left = patience - (performance.now() - start);
    if (left <= 0) {
      const who = 'another client or process has it open';
      throw fileError('EBUSY', `database is locked: ${who}, ${database}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait, left)));
  }
}

/**
 * @param {string} sidecar
 * @param {string[]} [only]
 * @returns {Promise<Lock | typeof BUSY | null>}
 */
async function climb(sidecar, only) {
  const ladder = only ?? (process.platform in LOCKING_OPEN ? ['open'] : ['sqlite', 'flock']);
  /** @type {Lock[]} */
  const held = [];
  const release = async () => {
    for (const lock of held.splice(0)) await lock.release();
  };
  try {
    for (const name of ladder) {
      const lock = await RUNGS[name](sidecar);
      if (lock === BUSY) {
        await release();
        return BUSY;
      }
      if (lock !== null) held.push(lock);
    }
  } catch (error) {
    await release();
    throw error;
  }
  if (held.some(({ isEmpty }) => !isEmpty)) return { release };
  await release();
  return only || ladder[0] === 'open' ? null : lockBySocket(sidecar);
}

/**
 * Opens the sidecar, for reading if it may not be written.
 *
 * @param {string} sidecar
 * @param {number} flags
 * @returns {Promise<number>}  -1 when there is none and none can be made
 */
async function openSidecar(sidecar, flags) {
  const { openSync, constants } = await builtin('node:fs');
  try {
    return openSync(sidecar, constants.O_RDWR | constants.O_CREAT | flags);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error;
  }
  try {
    return openSync(sidecar, constants.O_RDONLY | flags);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return -1;
    throw error;
  }
}

/** @type {Rung} */
async function lockByOpen(sidecar) {
  const { closeSync } = await builtin('node:fs');
  try {
    const fd = await openSidecar(sidecar, LOCKING_OPEN[process.platform]);
    return fd < 0 ? null : { release: () => closeSync(fd) };
  } catch (error) {
    if (['EBUSY', 'EAGAIN', 'EWOULDBLOCK'].includes(codeOf(error))) return BUSY;
    throw error;
  }
}

/** @type {Rung} */
async function lockBySqlite(sidecar) {
  const sqlite = loadSqlite();
  if (sqlite === undefined) return null;
  let database;
  try {
    database = new sqlite.DatabaseSync(sidecar);
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // no journal beside the sidecar
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    const SQLITE_BUSY = 5; // any other failure is of a sidecar or a file system it cannot lock
    const { errcode } = /** @type {{ errcode?: number }} */ (error);
    if (errcode === undefined && codeOf(error) !== 'ERR_ACCESS_DENIED') throw error;
    return errcode !== undefined && (errcode & 0xff) === SQLITE_BUSY ? BUSY : null;
  }
}

/**
 * @typedef {{ exec: (sql: string) => void, close: () => void }} Database
 * @typedef {{ DatabaseSync: new (path: string) => Database }} Sqlite  what is used of node:sqlite
 */

function loadSqlite() {
  const getBuiltin = process.getBuiltinModule;
  if (getBuiltin === undefined) return undefined;
  // Node 22 warns that the module is experimental; what is used of it here is not.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return /** @type {Sqlite | undefined} */ (getBuiltin('node:sqlite'));
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * flock(1) locks what descriptor 3 stands for, which is our open file: the lock stays with us when
 * the child ends.
 *
 * @type {Rung}
 */
async function lockByFlock(sidecar) {
  const { closeSync } = await builtin('node:fs');
  const { spawnSync } = await builtin('node:child_process');
  const fd = await openSidecar(sidecar, 0);
  if (fd < 0) return null;
  const release = () => closeSync(fd);
  try {
    const { error, status, signal } = spawnSync('flock', ['-n', '-x', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
      env: { PATH: `/usr/bin:/bin:${process.env.PATH ?? ''}` }, // the same for all processes here
    });
    if (error) throw error;
    if (signal) throw fileError('EINTR', `flock was ended by ${signal}`);
    if (status === 0) return { release };
    const CONFLICT = 1; // any other status is of a file system that has no such locks
    if (status !== CONFLICT) return { release, isEmpty: true };
    release();
    return BUSY;
  } catch (error) {
    // there is no flock(1), or node --permission lets us start nothing
    if (['ENOENT', 'ERR_ACCESS_DENIED'].includes(codeOf(error))) return { release, isEmpty: true };
    release();
    throw error;
  }
}

/**
 * A name in Linux' abstract namespace belongs to one socket. Two containers have two namespaces, so
 * this is for machines that offer nothing better.
 *
 * @type {Rung}
 */
async function lockBySocket(sidecar) {
  const fs = await builtin('node:fs');
  const net = await builtin('node:net');
  const fd = await openSidecar(sidecar, 0);
  if (fd < 0) return null;
  const { dev, ino } = fs.fstatSync(fd, { bigint: true });
  fs.closeSync(fd);
  if (!['linux', 'android'].includes(process.platform)) {
    throw fileError('ENOTSUP', 'nothing here can lock a file: Node 22.13 or newer could');
  }
  const server = net.createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(BUSY);
      else reject(error);
    });
    server.listen(`\0milvus-lite-wasm:${dev}:${ino}`, () => {
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/** @param {unknown} error */
function codeOf(error) {
  return String(/** @type {NodeJS.ErrnoException} */ (error).code);
}
