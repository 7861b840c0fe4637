// A client's calls as requests to a Milvus server, or to serve() of this package: REST, version 2.

import { LOCAL } from './codec.js';
import { Code } from './constants.js';
import { exceptionType, MilvusException, MilvusUnavailableException, ParamError } from './errors.js';
import { tellsOfGroups } from './groups.js';
import { readJson, writeJson } from './json.js';
import { DEADLINE_EXCEEDED, notConnected } from './port.js';
import { isPlainObject, jsonOf } from './rows.js';
import { toTheirs } from './rest_names.js';
import { ENDPOINTS, ERROR_HEADER, sendsBytes, withCursor } from './rest_table.js';
import { rowTypes } from './rest_values.js';

/** @typedef {Record<string, any>} Dict */

/**
 * @typedef {object} RestOptions
 * @property {string} uri       may hold user:password@, and a database as its path
 * @property {string} [token]   'root:Milvus', or a key
 * @property {string} [user]
 * @property {string} [password]
 * @property {number} [timeout]  seconds for an answer; 0: no limit
 * @property {import('./results.js').Forms} forms
 */

// Codes of a server that the embedded engine does not have.
const SERVICE_UNAVAILABLE = 2;
const CANNOT_BE_READ = 65535;
const NOT_AUTHENTICATED = 1800;

/** What a server says itself of HTTP, when it says it without a code. */
const CODES = /** @type {Record<number, number>} */ ({
  401: NOT_AUTHENTICATED,
  403: NOT_AUTHENTICATED,
  404: Code.ServiceUnimplemented,
  408: DEADLINE_EXCEEDED,
  413: Code.ParameterTooLarge,
});

/** Changes after which what is known of a collection's fields may be wrong. */
const CHANGES_FIELDS = /^(create|drop|rename|alter|truncate)_(collection|alias|database)|_(collection|function)_field$/;

export class RestEngine {
  #url;
  #headers;
  #db;
  #timeout;
  #forms;
  /** @type {Map<string, Promise<import('./rest_values.js').RowTypes>>} */
  #types = new Map();
  #ending = new AbortController();

  /** @param {RestOptions} options */
  constructor({ uri, token, user, password, timeout = 0, forms }) {
    const { origin, pathname, username, password: secret } = parseUrl(uri);
    const credentials = token || pairOf(user, password) || pairOf(decodeURIComponent(username), decodeURIComponent(secret));
    this.#url = `${origin}/v2/vectordb/`;
    this.#db = decodeURIComponent(pathname.slice(1));
    this.#timeout = timeout;
    this.#forms = forms;
    this.#headers = {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Accept-Type-Allow-Int64': 'true', // integers are read exactly here
      ...(credentials && { Authorization: `Bearer ${credentials}` }),
    };
  }

  /**
   * @param {string} operation
   * @param {Dict} given
   * @returns {Promise<any>}
   */
  async request(operation, given) {
    this.#checkOpen();
    if (operation === 'get_load_state') return this.#loadState(given);
    if (operation === 'list_indexes' && given.field_name) return this.#indexesOf(given);
    if (operation === 'describe_index') return this.#describeIndex(given);
    if (given.iterator) return this.#page(operation, given);
    if (CHANGES_FIELDS.test(operation)) this.#types.clear();
    const result = await this.#ask(operation, given);
    return operation === 'create_index' ? this.#indexNames(given) : result;
  }

  /**
   * Asks how far the indexes are until they know all rows, less and less often.
   *
   * @param {{ collection_name: string, db_name?: string }} collection
   * @param {string[]} index_names
   * @param {import('./building.js').Waiting} waiting
   */
  async untilBuilt(collection, index_names, { on_progress, signal }) {
    for (const index_name of index_names) {
      for (let ms = 5; ; ms = Math.min(ms * 1.5, 500)) {
        signal?.throwIfAborted();
        const { data } = await this.#post('indexes/describe', toTheirs({ ...collection, index_name }), { signal, again: true });
        const [{ fieldName: field_name, indexedRows: done, totalRows: total, indexState, failReason }] = data;
        on_progress?.({ collection_name: collection.collection_name, field_name, done, total });
        if (indexState === 'Finished') break;
        if (indexState === 'Failed') {
          throw new MilvusException(Code.Unexpected, `create index failed, index name: ${index_name}: ${failReason}`);
        }
        await pause(ms, signal);
      }
    }
  }

  async close() {
    this.#ending.abort(notConnected());
  }

  /**
   * @param {string} operation
   * @param {Dict} given
   * @returns {Promise<any>}
   */
  async #ask(operation, given) {
    const endpoint = ENDPOINTS[operation];
    if (!endpoint) {
      throw new MilvusException(Code.ServiceUnimplemented, `${operation} is not part of Milvus' REST`);
    }
    const { timeout, signal, ...rest } = given;
    const params = Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => value !== undefined && !LOCAL.has(name)),
    );
    const sent = endpoint.typed && sendsBytes(params) ? await this.#typesOf(params) : undefined;
    const body = endpoint.toRest(params, sent);
    const reply = await this.#post(endpoint.path, body, { timeout, signal, again: endpoint.reads });
    const how = { forms: this.#forms, params };
    if (!endpoint.typed) return endpoint.read(reply, /** @type {any} */ (how));
    const types = await this.#typesOf(params);
    return endpoint.read(reply, { ...how, types });
  }

  /**
   * What is known of a collection's fields.
   *
   * @param {Dict} params  that name it
   * @returns {Promise<import('./rest_values.js').RowTypes>}
   */
  #typesOf({ collection_name, db_name }) {
    const name = JSON.stringify([db_name, collection_name]);
    const known = this.#types.get(name);
    if (known) return known;
    const asked = this.#ask('describe_collection', { collection_name, db_name }).then(rowTypes);
    this.#types.set(name, asked);
    asked.catch(() => this.#types.delete(name));
    return asked;
  }

  /**
   * A page of an iterator. A server that gives no cursor is asked for what comes after the last key, and
   * in searches, which have no such order, for what comes after so many hits.
   *
   * @param {string} operation
   * @param {Dict} given
   */
  async #page(operation, { iterator, ...given }) {
    const { after, passed = given.offset ?? 0, ...cursor } = iterator;
    // a server would begin each page anew
    if ((given.order_by_fields ?? given.order_by) != null) {
      throw new ParamError(Code.ParameterInvalid, 'order_by_fields must not be given to an iterator');
    }
    if (operation === 'query' && tellsOfGroups(given)) {
      const fields = JSON.stringify(given.output_fields);
      throw new ParamError(Code.ParameterInvalid, `group_by_fields, and functions in output_fields, must not be given to an iterator, got ${fields}`);
    }
    /** @type {Dict} */
    const ask = { ...given, ...(passed > 0 && { offset: passed }) };
    if (after !== undefined) {
      const { pk } = await this.#typesOf(given);
      const next = `${pk} > ${typeof after === 'string' ? JSON.stringify(after) : after}`;
      ask.filter = given.filter ? `(${given.filter}) and ${next}` : next;
    } else if (iterator.passed === undefined) {
      ask.iterator = cursor;
    }
    const page = await this.#ask(operation, ask);
    if (page.cursor || page.length === 0) return withCursor(page, page.cursor ?? {});
    if (operation === 'search') return withCursor(page, { passed: passed + page[0].length });
    const { pk } = await this.#typesOf(given);
    return withCursor(page, { after: page.at(-1)[pk] });
  }

  /** @param {Dict} given */
  async #loadState(given) {
    try {
      return await this.#ask('get_load_state', given);
    } catch (error) {
      if (/** @type {any} */ (error).code !== Code.CollectionNotFound) throw error;
      return { state: 0 };
    }
  }

  /** @param {Dict} given */
  async #describeIndex(given) {
    try {
      return await this.#ask('describe_index', given);
    } catch (error) {
      if (/** @type {any} */ (error).code !== Code.IndexNotFound) throw error;
      return undefined;
    }
  }

  /** REST lists the indexes of all fields only. @param {Dict} given */
  async #indexesOf({ field_name, ...given }) {
    const names = await this.#ask('list_indexes', given);
    const described = await Promise.all(names.map((/** @type {string} */ index_name) => this.#describeIndex({ ...given, index_name })));
    return names.filter((/** @type {string} */ _, /** @type {number} */ i) => described[i]?.field_name === field_name);
  }

  /** The indexes that a create_index made. @param {Dict} given */
  async #indexNames({ collection_name, db_name, index_params }) {
    const list = [index_params?.toJSON?.() ?? index_params].flat();
    if (list.every(({ index_name, field_name }) => index_name || field_name)) {
      return list.map(({ index_name, field_name }) => index_name || field_name);
    }
    return this.#ask('list_indexes', { collection_name, db_name });
  }

  /**
   * @param {string} path
   * @param {Dict} body
   * @param {{ timeout?: number, signal?: AbortSignal, again?: boolean }} [how]  again: it may be asked twice
   * @returns {Promise<Dict>}
   */
  async #post(path, body, { timeout = this.#timeout, signal, again } = {}) {
    signal?.throwIfAborted();
    const text = bodyText({ ...(this.#db && { dbName: this.#db }), ...body });
    const limit = timeout ? AbortSignal.timeout(timeout * 1000) : undefined;
    const signals = [this.#ending.signal, signal, limit].filter((one) => one !== undefined);
    const headers = /** @type {Record<string, string>} */ (
      timeout ? { ...this.#headers, 'Request-Timeout': String(Math.ceil(timeout)) } : this.#headers
    );
    const ask = async () => {
      const response = await fetch(this.#url + path, { method: 'POST', headers, body: text, signal: AbortSignal.any(signals) });
      return { response, answer: await response.text() };
    };
    try {
      const { response, answer } = await ask().catch((error) => {
        if (!again || signals.some(({ aborted }) => aborted) || isRefused(error)) throw error;
        return ask();
      });
      return this.#read(response, answer);
    } catch (cause) {
      this.#checkOpen();
      signal?.throwIfAborted();
      if (cause instanceof MilvusException) throw cause;
      if (limit?.aborted) {
        const message = `no answer from ${this.#url} within ${timeout} seconds`;
        throw new MilvusException(DEADLINE_EXCEEDED, message, { cause });
      }
      const why = /** @type {any} */ (cause).cause?.message || /** @type {Error} */ (cause).message;
      const message = `Fail connecting to server on ${new URL(this.#url).host}, ${why}`;
      throw new MilvusUnavailableException(SERVICE_UNAVAILABLE, message, { cause });
    }
  }

  /**
   * @param {Response} response
   * @param {string} text
   * @returns {Dict}
   */
  #read(response, text) {
    const { status, headers } = response;
    /** @type {Dict | undefined} */
    let reply;
    try {
      reply = readJson(text);
    } catch {
      // what it is instead is said below
    }
    if (typeof reply?.code !== 'number') {
      const start = text.trim().slice(0, 100);
      if (response.ok) {
        const message = `${this.#url} is no Milvus server: it answers '${start}', which is not its JSON`;
        throw new MilvusException(CANNOT_BE_READ, message);
      }
      const message = `HTTP ${status} from ${response.url || this.#url}: ${start || response.statusText}`;
      const type = status >= 500 ? MilvusUnavailableException : MilvusException;
      throw new type(CODES[status] ?? (status >= 500 ? SERVICE_UNAVAILABLE : CANNOT_BE_READ), message);
    }
    const isOld = reply.code === 200 && reply.data !== undefined; // once the code of success
    if (response.ok && (reply.code === 0 || isOld)) return reply;
    throw errorOf(reply, headers.get(ERROR_HEADER));
  }

  #checkOpen() {
    if (this.#ending.signal.aborted) throw notConnected();
  }
}

/**
 * @param {Dict} reply
 * @param {string | null} more  of serve()
 */
function errorOf({ code, message = '' }, more) {
  const said = more ? JSON.parse(decodeURIComponent(more)) : {};
  const type = exceptionType(said.type);
  return new type(said.code ?? code, said.message ?? message, { detail: said.detail });
}

/** @param {Dict} body */
function bodyText(body) {
  const parts = Object.entries(body).map(([name, value]) => {
    try {
      // of rows the engine makes null what lies deep in JSON; the rest has been looked at
      const text = writeJson(value, { finite: name !== 'data', reals: true });
      return text && `${JSON.stringify(name)}:${text}`;
    } catch (cause) {
      if (name === 'data' && isPlainObject(value?.[0])) checkRows(value);
      const message = `parameter '${name}': ${/** @type {Error} */ (cause).message}`;
      throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name }, cause });
    }
  });
  return `{${parts.filter(Boolean).join(',')}}`;
}

/**
 * Says which value has no place in JSON.
 *
 * @param {Dict[]} rows
 */
function checkRows(rows) {
  rows.forEach((row, i) => {
    for (const [field, value] of Object.entries(row)) jsonOf(field, i, value);
  });
}

/** @param {string} uri */
function parseUrl(uri) {
  if (URL.canParse(uri)) return new URL(uri);
  throw new (exceptionType('ConnectionConfigException'))(Code.ConnectionConfig, `uri: ${uri} is illegal, it must be like 'http://localhost:19530'`);
}

/**
 * @param {string} [user]
 * @param {string} [password]
 */
const pairOf = (user, password) => (user ? `${user}:${password ?? ''}` : undefined);

/** Nobody listens: asking again is of no use. @param {any} error */
const isRefused = (error) => /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(String(error?.cause?.code));

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve(undefined)), { once: true });
  });
}
