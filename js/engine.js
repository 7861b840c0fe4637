// What answers a client's calls: the engine of this package, behind a transport, or a Milvus server.

import { untilBuilt } from './building.js';
import { decode, encode } from './codec.js';
import { Code, OPERATIONS } from './constants.js';
import { MilvusException } from './errors.js';
import { notConnected } from './port.js';
import { checkTimezone } from './times.js';
import { exportDatabase, importDatabase } from './transfer.js';

/** @typedef {import('./results.js').Forms} Forms */
/** @typedef {import('./options.js').Transport} Transport */
/** @typedef {import('./codec.js').Operation} Operation */

/**
 * @typedef {object} Engine
 * @property {(operation: string, params: Record<string, any>) => Promise<any>} request
 *   params as the user named them; the result is what the client's method of that name returns
 * @property {(collection: { collection_name: string, db_name?: string }, index_names: string[], waiting: import('./building.js').Waiting) => Promise<void>} untilBuilt
 * @property {(forms: Forms) => Engine} inForms  the same engine, whose values come in these forms
 * @property {() => Promise<import('./connect.js').StorageInfo>} storage
 * @property {(p?: any) => Promise<any>} exportDb
 * @property {(data: any, p?: any) => Promise<void>} importDb
 * @property {() => Promise<void>} close
 */

/** @implements {Engine} */
export class EmbeddedEngine {
  #forms;

  /**
   * @param {Transport} transport
   * @param {Forms} forms
   */
  constructor(transport, forms) {
    /** @readonly */
    this.transport = transport;
    this.#forms = forms;
  }

  /** @type {Engine['request']} */
  async request(operation, params) {
    if (!Object.hasOwn(OPERATIONS, operation)) {
      const message = `${operation} is not supported by the embedded engine: it needs a Milvus server`;
      throw new MilvusException(Code.ServiceUnimplemented, message);
    }
    const { timezone, ...named } = params;
    checkTimezone(timezone);
    const request = encode(/** @type {Operation} */ (operation), named);
    const { bytes, cause } = await this.transport.call(request, named.timeout);
    return decode(bytes, timezone == null ? this.#forms : { ...this.#forms, timezone }, cause);
  }

  /** @type {Engine['untilBuilt']} */
  untilBuilt(collection, index_names, waiting) {
    return untilBuilt(this.transport, collection, index_names, waiting);
  }

  /** @type {Engine['inForms']} */
  inForms(forms) {
    return new EmbeddedEngine(this.transport, forms);
  }

  storage() {
    return this.transport.storage();
  }

  /** @type {Engine['exportDb']} */
  exportDb(p) {
    return exportDatabase(this.transport, p);
  }

  /** @type {Engine['importDb']} */
  importDb(data, p) {
    return importDatabase(this.transport, data, p);
  }

  close() {
    return this.transport.close();
  }
}

/**
 * A server. Its code is loaded when it is first needed, so that embedded databases do without.
 *
 * @implements {Engine}
 */
export class ServerEngine {
  #options;
  /** @type {Promise<import('./rest.js').RestEngine> | undefined} */
  #rest;
  #isClosed = false;

  /** @param {import('./rest.js').RestOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** @type {Engine['request']} */
  async request(operation, params) {
    return (await this.#open()).request(operation, params);
  }

  /** @type {Engine['untilBuilt']} */
  async untilBuilt(...args) {
    return (await this.#open()).untilBuilt(...args);
  }

  /** @type {Engine['inForms']} */
  inForms(forms) {
    return new ServerEngine({ ...this.#options, forms });
  }

  async storage() {
    return elsewhere('storage');
  }

  async exportDb() {
    return elsewhere('export_db');
  }

  async importDb() {
    return elsewhere('import_db');
  }

  async close() {
    this.#isClosed = true;
    await (await this.#rest)?.close();
  }

  #open() {
    if (this.#isClosed) throw notConnected();
    this.#rest ??= import('./rest.js').then(({ RestEngine }) => new RestEngine(this.#options));
    return this.#rest;
  }
}

/**
 * @param {string} method
 * @returns {never}
 */
function elsewhere(method) {
  const message = `${method} is not supported by a server, which keeps its data itself`;
  throw new MilvusException(Code.ServiceUnimplemented, message);
}
