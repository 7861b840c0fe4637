// From an address to a storage: which files, where, and that they are ours alone.

import { lockDatabase } from '../wasm/lock_node.js';
import { locateDatabase, nodeFiles } from '../wasm/files_node.js';
import { Access, OpenFlag } from '../wasm/files.js';
import { memoryFiles } from '../wasm/files_memory.js';
import { isNode } from '../wasm/node.js';
import { finishImport } from '../wasm/replace.js';
import { locateInBrowser, openBrowserStorage } from './connect_browser.js';
import { Code } from './constants.js';
import { ConnectionConfigException } from './errors.js';

/**
 * Where a database is kept, for as long as a client has it open.
 *
 * @typedef {object} Storage
 * @property {import('../wasm/files.js').Files} files
 * @property {string} path       of the database in files; its journals stand beside it
 * @property {'node' | 'opfs' | 'idb' | 'memory' | 'given'} kind
 * @property {boolean} readOnly  it cannot be written here, whatever the client asks for
 * @property {boolean} [isAtomic]  what is written until settle() is kept whole or not at all
 * @property {string} [reason]     why it is this kind and not a better one
 * @property {() => Promise<void>} [settle]  waits until what a call wrote is kept, where that takes time; a failure loses it
 * @property {() => Promise<void>} [refresh]  before the engine starts: files are again what is kept
 * @property {() => Promise<void>} release  lets others open it
 * @property {() => Promise<Figures>} [figures]
 */

/**
 * @typedef {object} Figures
 * @property {boolean} persistent     it outlives the client
 * @property {boolean} persisted      and nobody but the user removes it to make room
 * @property {number | null} usage    bytes, in browsers of everything the origin keeps
 * @property {number | null} quota    bytes it may be, as far as that is known
 */

/**
 * @typedef {object} Described
 * @property {Storage['kind']} kind
 * @property {string | null} reason   in a browser, why it is not opfs
 */
/** @typedef {Described & Figures & { memory: number }} StorageInfo  memory: bytes of the engine's; 0 before it is needed */

/** @typedef {{ files: import('../wasm/files.js').Files, path: string }} GivenFiles */

/**
 * @param {object} options
 * @param {string | URL} options.uri
 * @param {string} [options.folder]     what a relative path is relative to
 * @param {number} [options.timeout]    seconds to wait while another has the database open
 * @param {boolean} [options.readOnly]  nothing is made, and nothing written
 * @param {boolean} [options.relaxed]   what was written need not be on the disk
 * @param {GivenFiles} [options.files]  instead of what uri says
 * @returns {Promise<Storage>}
 * @throws {ConnectionConfigException}
 */
export async function openStorage({ uri, files: given, ...options }) {
  const unshared = { readOnly: false, release: async () => {} };
  const address = given ? '' : parseAddress(uri);
  if (address === ':memory:') {
    return { files: memoryFiles(), path: '/memory.db', ...unshared, kind: 'memory' };
  }
  /** @type {Storage | undefined} */
  let storage;
  try {
    if (given) storage = { ...given, ...unshared, kind: 'given' };
    else if (isNode) storage = await openNodeStorage(address, options);
    else storage = await openBrowserStorage(String(address), options);
    const { files, path, settle } = storage;
    await finishImport(files, path, { readOnly: storage.readOnly || options.readOnly, settle });
    return storage;
  } catch (cause) {
    await storage?.release();
    throw refusal(`Open local milvus failed, ${/** @type {Error} */ (cause).message}`, cause);
  }
}

/**
 * @param {string | URL} address
 * @param {{ folder?: string, timeout?: number }} options
 * @returns {Promise<Storage>}
 */
async function openNodeStorage(address, { folder = '.', timeout = 0 }) {
  const path = await locateDatabase(address, folder);
  const files = await nodeFiles();
  const lock = await lockDatabase(path, { timeout });
  const release = async () => lock?.release();
  if (!lock && files.exists(path) === Access.NONE) {
    throw new Error(`${path} does not exist, and its folder cannot be written`);
  }
  return { files, path, kind: 'node', readOnly: !lock, release };
}

/**
 * @param {Storage} storage
 * @returns {Promise<Described & Figures>}
 */
export async function describeStorage({ kind, files, path, reason: why, figures }) {
  const reason = why ?? null;
  if (figures) return { kind, reason, ...(await figures()) };
  const persistent = kind === 'node' || kind === 'given';
  const usage = [path, `${path}-wal`].reduce((sum, file) => sum + sizeOf(files, file), 0);
  return { kind, reason, persistent, persisted: persistent, usage, quota: null };
}

/**
 * @param {import('../wasm/files.js').Files} files
 * @param {string} path
 */
function sizeOf(files, path) {
  if (files.exists(path) === Access.NONE) return 0;
  const handle = files.open(path, OpenFlag.READ_ONLY);
  const bytes = files.size(handle);
  files.close(handle);
  return bytes;
}

/**
 * @param {string | URL} uri
 * @param {boolean} [inNode]
 * @returns {string | URL}  ':memory:', a path or a file: URL; in browsers also 'opfs:' or 'idb:' and a path
 * @throws {ConnectionConfigException} for what cannot be opened here
 */
export function parseAddress(uri, inNode = isNode) {
  if (!(uri instanceof URL) && (typeof uri !== 'string' || uri === '')) {
    throw refusal(
      `uri: '${uri}' is illegal, it must be a path such as './milvus_demo.db' or ':memory:'`,
    );
  }
  const text = String(uri);
  if (text === ':memory:') return text;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1].toLowerCase(); // one letter is a drive
  const shown = text.replace(/\/\/[^/@]*@/, '//'); // without user and password
  if (['http', 'https', 'tcp', 'unix'].includes(scheme ?? '') || /^[\w.-]+:\d+$/.test(text)) {
    const instead = "give its 'http://host:19530', or a path such as './milvus_demo.db'";
    throw refusal(`uri: ${shown} is a Milvus server, which is spoken to over HTTP; ${instead}`);
  }
  const isBrowsers = scheme === 'opfs' || scheme === 'idb';
  if (isBrowsers && inNode) {
    throw refusal(`uri: ${shown} is a browser's storage, which Node does not have`);
  }
  if (scheme !== 'file' && /^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw refusal(`uri: ${shown} is illegal, nothing here opens ${scheme}:`);
  }
  if (!inNode) {
    if (scheme === 'file') throw refusal(`uri: ${shown} is a file, which needs Node`);
    try {
      locateInBrowser(text);
    } catch (error) {
      throw refusal(/** @type {Error} */ (error).message, error);
    }
    return text;
  }
  return /^file:\/\//i.test(text) ? new URL(text) : text;
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function refusal(message, cause) {
  return new ConnectionConfigException(Code.ConnectionConfig, message, { cause });
}
