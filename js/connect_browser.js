// Where a browser keeps a database: in its file system where that really works, else in IndexedDB.

import { existsInIdb, idbFiles, probeIdb } from '../wasm/files_idb.js';
import { existsInOpfs, opfsFiles, probeOpfs } from '../wasm/files_opfs.js';
import { fileError } from '../wasm/files.js';
import { BESIDE } from '../wasm/replace.js';

/** @typedef {import('./connect.js').Storage} Storage */

/**
 * @typedef {object} BrowserOptions
 * @property {number} [timeout]    seconds
 * @property {boolean} [readOnly]
 * @property {boolean} [relaxed]   commits are not waited for
 */

/**
 * A database stays where it is: one that was begun in IndexedDB is opened there, also when the file
 * system has come to work. A failure to open one that exists is an error, not a reason to begin another.
 *
 * @param {string} uri  'x.db', 'opfs:x.db' or 'idb:x.db'
 * @param {BrowserOptions} options
 * @returns {Promise<Storage>}
 */
export async function openBrowserStorage(uri, options) {
  const { kind, path } = locateInBrowser(uri);
  if (kind === 'opfs') {
    const why = await reasonAgainstOpfs(path);
    if (why) throw fileError('ENOTSUP', `opfs: is not available here (${why}), ${path}`);
    return openOpfs(path, options);
  }
  if (kind === 'idb') return openIdb(path, options);

  const why = await reasonAgainstOpfs(path);
  if (why === undefined && ((await existsInOpfs(path)) || !(await existsInIdb(path).catch(() => false)))) {
    return openOpfs(path, options);
  }
  return openIdb(path, options, why ?? 'this database was begun in IndexedDB');
}

/**
 * The kind of storage that an address asks for, if it does, and the name that its database has there.
 *
 * @param {string} uri
 * @returns {{ kind?: 'opfs' | 'idb', path: string }}
 */
export function locateInBrowser(uri) {
  const [, scheme, rest] = /** @type {RegExpExecArray} */ (/^(?:(opfs|idb):)?(.*)$/s.exec(uri));
  const steps = rest.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.length === 0 || rest.endsWith('/') || steps.includes('..')) {
    throw fileError('EINVAL', `uri: '${uri}' is illegal, it must name a file, such as 'notes.db'`);
  }
  return { kind: /** @type {'opfs' | 'idb' | undefined} */ (scheme), path: steps.join('/') };
}

/**
 * A database that is there is proof enough; else one is tried.
 *
 * @param {string} path
 */
async function reasonAgainstOpfs(path) {
  try {
    if (await existsInOpfs(path)) return undefined;
  } catch {
    // the probe says why
  }
  return probeOpfs();
}

/**
 * @param {string} path
 * @param {BrowserOptions} options
 * @returns {Promise<Storage>}
 */
async function openOpfs(path, { timeout, readOnly }) {
  const storage = await opfsFiles(path, { beside: BESIDE, readOnly, timeout });
  return { ...storage, path, kind: 'opfs', readOnly: false, figures };
}

/**
 * @param {string} path
 * @param {BrowserOptions} options
 * @param {string} [reason]  that it is this one
 * @returns {Promise<Storage>}
 */
async function openIdb(path, options, reason) {
  try {
    const storage = await idbFiles(path, options);
    return { ...storage, path, kind: 'idb', readOnly: false, isAtomic: true, reason, figures };
  } catch (error) {
    const why = await probeIdb();
    if (why === undefined) throw error;
    const first = reason ? `neither opfs: (${reason}) nor ` : '';
    const message = `${first}idb: ${first ? 'is' : 'is not'} available here (${why}), ${path}`;
    throw fileError('ENOTSUP', `${message}; ':memory:' would be`, error);
  }
}

/** What the browser says of the origin's storage. */
async function figures() {
  const { storage } = navigator;
  const unknown = () => undefined;
  const { usage = null, quota = null } = (await storage?.estimate?.().catch(unknown)) ?? {};
  const persisted = (await storage?.persisted?.().catch(unknown)) ?? false;
  return { persistent: true, persisted, usage, quota };
}
