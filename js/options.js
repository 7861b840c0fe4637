// What a client can be told when it is made.

import { MEMORY_LEAST, MEMORY_MOST } from '../wasm/instance.js';
import { isNode } from '../wasm/node.js';
import { Code } from './constants.js';
import { EmbeddedEngine, ServerEngine } from './engine.js';
import { ParamError } from './errors.js';
import { canShare } from './tabs.js';
import { WasmTransport } from './transport_wasm.js';
import { WorkerTransport } from './transport_worker.js';

/**
 * @typedef {object} ClientOptions
 * @property {string | URL} [uri]     './milvus_demo.db' or any other path, ':memory:', or a server's
 *   address, 'http://localhost:19530', when left out too
 * @property {string} [token]         of a server, 'root:Milvus'; an embedded database has no users
 * @property {string} [user]          with password, instead of token
 * @property {string} [password]
 * @property {string} [db_name]     the database that calls are about; 'default' when left out
 * @property {number} [timeout]       seconds to wait for another client to close the database, 0 when left out;
 *   of a server, or of the tab that has the database open: for each answer, no limit when left out
 * @property {number | string} [memory_limit]  bytes, or '512MB': what the engine may use at most, 4 GB at the
 *   most. Vectors that do not fit stay on disk
 * @property {'full' | 'relaxed'} [durability]
 *   full: what has been answered survives a power cut. relaxed: the last calls may be lost, nothing is damaged
 * @property {boolean} [read_only]    nothing is written, not even a new database
 * @property {import('./module.js').WasmBinary} [wasm_binary]  instead of the milvus_lite.wasm of the package
 * @property {string | URL} [wasm_url]    where to get it instead
 * @property {boolean} [worker]       run the engine in a worker. Left out: in browsers, unless in memory; not in Node
 * @property {string | URL} [worker_url]  the worker's script instead of the package's js/worker.js
 * @property {boolean} [multi_tab]    in browsers: tabs and clients share a database, true when left out. false: it
 *   is one client's alone, and the second one is told that the database is locked
 * @property {'auto' | 'bigint' | 'string'} [int64]
 *   how INT64 values are returned; auto: a number when that is exact, else a bigint
 * @property {'typed' | 'array'} [vector_format]  how vectors are returned; typed: a Float32Array
 * @property {import('./connect.js').GivenFiles} [files]
 *   files of your own to keep the database in, instead of what uri says
 * @property {Transport} [transport]  for tests: what is called instead of the engine
 */

/** @typedef {import('./building.js').SliceSize} SliceSize */

/**
 * What carries requests to an engine and replies back.
 *
 * @typedef {object} Transport
 * @property {(request: Uint8Array<ArrayBuffer>, timeout?: number) => Promise<Reply>} call  in order; takes the request's
 *   memory. timeout: seconds, if not the client's, to wait for another tab
 * @property {(params: { collection_name: string, index_name: string }, size: SliceSize) => Promise<Reply>} [maintain]
 *   a slice of index maintenance, when all earlier calls are done
 * @property {(step: 'export' | 'import' | 'read' | 'write' | 'replace' | 'end', id?: number, piece?: Uint8Array) => Promise<any>} copy
 *   a step of copying the database out or in; takes the piece's memory
 * @property {() => Promise<import('./connect.js').StorageInfo>} storage  where the database is kept
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Reply
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {unknown} cause  what a file met during the call, if anything
 */

const FORMS = { int64: ['auto', 'bigint', 'string'], vector_format: ['typed', 'array'] };

const UNITS = /** @type {Record<string, number>} */ ({ '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 });

/**
 * @param {string | URL | ClientOptions} [given]
 * @returns {{ engine: import('./engine.js').Engine, database: string }}
 * @throws {ParamError}
 */
export function clientOptions(given = {}) {
  const {
    uri = 'http://localhost:19530',
    timeout = 0,
    memory_limit,
    durability = 'full',
    read_only = false,
    db_name = '',
    wasm_binary,
    wasm_url,
    worker,
    worker_url,
    multi_tab = true,
    int64 = 'auto',
    vector_format = 'typed',
    files,
    transport,
    token,
    user,
    password,
    ...rest
  } = typeof given === 'string' || given instanceof URL ? { uri: given } : given;
  const unknown = Object.keys(rest).join("', '");
  if (unknown) throw new ParamError(Code.ParameterInvalid, `unknown option '${unknown}'`);
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw refused('timeout', 'must be a number of seconds', timeout);
  }
  oneOf('int64', int64, FORMS.int64);
  oneOf('vector_format', vector_format, FORMS.vector_format);
  if (typeof db_name !== 'string') throw refused('db_name', 'must be a string', db_name);
  const forms = { int64, vector_format };
  const folder = globalThis.process?.cwd?.(); // now: it may be another when the database is opened
  const memoryBytes = bytesOf(memory_limit);
  const wasmUrl = addressOf('wasm_url', wasm_url);
  const workerUrl = addressOf('worker_url', worker_url);
  if (!transport && !files && /^https?:/i.test(String(uri))) {
    const server = new ServerEngine({ uri: String(uri), token, user, password, timeout, forms });
    return { engine: server, database: db_name };
  }
  const wasm = {
    storage: { uri, folder, timeout, files },
    open: { durability, read_only, memory_limit: memoryBytes },
    memoryBytes,
    wasmBinary: wasm_binary,
    wasmUrl,
  };
  const engine = { wasm, worker, url: workerUrl, multi_tab };
  return { engine: new EmbeddedEngine(transport ?? transportFor(engine), forms), database: db_name };
}

/**
 * @param {object} engine
 * @param {import('./transport_wasm.js').WasmOptions} engine.wasm
 * @param {boolean} [engine.worker]
 * @param {string} [engine.url]
 * @param {boolean} engine.multi_tab
 * @returns {Transport}
 */
function transportFor({ wasm, worker, url, multi_tab }) {
  const { storage, open } = wasm;
  const uri = String(storage.uri);
  const isStored = !storage.files && uri !== ':memory:' && !/^(https?|tcp|unix):/i.test(uri);
  const inBrowser = !isNode && isStored;
  if (worker && storage.files) {
    throw refused('worker', 'can only be false: files of your own cannot be given to one', worker);
  }
  if (inBrowser && worker === false && typeof Worker === 'function') {
    throw refused('worker', "can only be false for ':memory:', or in Node", worker);
  }
  if (!(worker ?? inBrowser) || (!isNode && typeof Worker !== 'function')) {
    return new WasmTransport(wasm);
  }
  const mode = `${open.durability}${open.read_only ? ', read only' : ''}`;
  const [, kind = 'any', rest = ''] = /^(?:(opfs|idb):)?(.*)$/s.exec(uri) ?? [];
  const steps = rest.split('/').filter((step) => step !== '' && step !== '.');
  const name = `milvus-lite:${steps.join('/')}`;
  const tabs = { name, mode: `${mode}, ${kind}`, alone: !multi_tab, timeout: storage.timeout };
  const sendable = { ...wasm, storage: { ...storage, uri } };
  return new WorkerTransport({ wasm: sendable, tabs: inBrowser && canShare() ? tabs : undefined, url });
}

/**
 * @param {string} name
 * @param {string | URL} [given]  a relative one is relative to the page
 */
function addressOf(name, given) {
  if (given === undefined) return undefined;
  const base = isNode ? undefined : (globalThis.document?.baseURI ?? globalThis.location?.href);
  if (URL.canParse(given, base)) return new URL(given, base).href;
  throw refused(name, 'must be a URL', String(given));
}

/** @param {number | string} [limit] */
function bytesOf(limit) {
  if (limit === undefined) return undefined;
  const [, number = NaN, unit = ''] = /^\s*([\d.]+)\s*([KMG]?)i?B?\s*$/i.exec(String(limit)) ?? [];
  const bytes = Math.floor(Number(number) * UNITS[unit.toUpperCase()]);
  if (bytes >= MEMORY_LEAST && bytes <= MEMORY_MOST) return bytes;
  const rule = `must be ${MEMORY_LEAST} to ${MEMORY_MOST} bytes, such as 536870912 or '512MB'`;
  throw refused('memory_limit', rule, limit);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string[]} allowed
 */
function oneOf(name, value, allowed) {
  if (!allowed.includes(value)) throw refused(name, `must be one of ${allowed.join(', ')}`, value);
}

/**
 * @param {string} name
 * @param {string} rule
 * @param {unknown} value
 */
function refused(name, rule, value) {
  const message = `${name} ${rule}, got ${typeof value === 'string' ? `'${value}'` : value}`;
  return new ParamError(Code.ParameterInvalid, message, { detail: { field: name } });
}
