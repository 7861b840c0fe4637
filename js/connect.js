// From an address to a storage: which files, where, and that they are ours alone.

import { lockDatabase } from '../wasm/lock_node.js';
import { locateDatabase, nodeFiles } from '../wasm/files_node.js';
import { Access } from '../wasm/files.js';
import { memoryFiles } from '../wasm/files_memory.js';
import { isNode } from '../wasm/node.js';
import { Code } from './constants.js';
import { ConnectionConfigException } from './errors.js';

/**
 * Where a database is kept, for as long as a client has it open.
 *
 * @typedef {object} Storage
 * @property {import('../wasm/files.js').Files} files
 * @property {string} path       of the database in files; its journals stand beside it
 * @property {'node' | 'memory' | 'given'} kind
 * @property {boolean} readOnly  it cannot be written here, whatever the client asks for
 * @property {() => Promise<void>} settle   waits until what a call wrote is kept
 * @property {() => Promise<void>} release  lets others open it
 */

/** @typedef {{ files: import('../wasm/files.js').Files, path: string }} GivenFiles */

const nothing = async () => {};

/**
 * @param {object} options
 * @param {string | URL} options.uri
 * @param {string} [options.folder]     what a relative path is relative to
 * @param {number} [options.timeout]    seconds to wait while another has the database open
 * @param {GivenFiles} [options.files]  instead of what uri says
 * @returns {Promise<Storage>}
 * @throws {ConnectionConfigException}
 */
export async function openStorage({ uri, folder = '.', timeout = 0, files: given }) {
  const unshared = { readOnly: false, settle: nothing, release: nothing };
  if (given) return { ...given, ...unshared, kind: 'given' };
  const address = parseAddress(uri);
  if (address === ':memory:') {
    return { files: memoryFiles(), path: '/memory.db', ...unshared, kind: 'memory' };
  }
  try {
    const path = await locateDatabase(address, folder);
    const files = await nodeFiles();
    const lock = await lockDatabase(path, { timeout });
    const release = async () => lock?.release();
    if (!lock && files.exists(path) === Access.NONE) {
      throw new Error(`${path} does not exist, and its folder cannot be written`);
    }
    return {
      files,
      path,
      kind: 'node',
      readOnly: !lock,
      settle: nothing,
      release,
    };
  } catch (cause) {
    throw refusal(`Open local milvus failed, ${/** @type {Error} */ (cause).message}`, cause);
  }
}

/**
 * @param {string | URL} uri
 * @returns {string | URL}  ':memory:', a path or a file: URL
 * @throws {ConnectionConfigException} for what cannot be opened here
 */
export function parseAddress(uri) {
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
    const instead = "give a path such as './milvus_demo.db', or ':memory:'";
    throw refusal(
      `uri: ${shown} is a Milvus server, which this version cannot talk to; ${instead}`,
    );
  }
  if (scheme === 'opfs' || scheme === 'idb') {
    const why = isNode
      ? "is a browser's storage, which Node does not have"
      : 'is not supported yet';
    throw refusal(`uri: ${shown} ${why}`);
  }
  if (scheme !== 'file' && /^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw refusal(`uri: ${shown} is illegal, nothing here opens ${scheme}:`);
  }
  if (!isNode) throw refusal(`uri: ${shown} is a file, which needs Node; here is only ':memory:'`);
  return /^file:\/\//i.test(text) ? new URL(text) : text;
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function refusal(message, cause) {
  return new ConnectionConfigException(Code.ConnectionConfig, message, { cause });
}
