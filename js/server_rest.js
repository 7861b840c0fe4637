// Milvus' REST, version 2, answered by a client: each path is an operation of js/rest_table.js. No
// engine logic is here, and nothing of HTTP but codes of status.

import { Code, LoadState } from './constants.js';
import { MilvusException } from './errors.js';
import { readJson, writeJson } from './json.js';
import { ENDPOINTS, ERROR_HEADER, SAME_PATHS } from './rest_table.js';
import { rowTypes } from './rest_values.js';
import { isPlainObject } from './rows.js';

/** @typedef {Record<string, any>} Dict */

/** Codes of Milvus' REST that the engine does not have. */
export const RestCode = Object.freeze({
  RateLimit: 8,
  DeadlineExceeded: 10001,
  NotAuthenticated: 1800,
  NotJson: 1801,
  MissingParameters: 1802,
  InsertData: 1804,
});

/** @typedef {{ status: number, headers?: Record<string, string>, text: string }} Answer */

/**
 * @typedef {object} Service
 * @property {import('./client.js').MilvusClient} client
 * @property {boolean} readOnly
 */

const ROOT = '/v2/vectordb/';
const OPERATIONS = new Map(Object.entries(ENDPOINTS).map(([name, { path }]) => [path, name]));

/**
 * The operation that a path asks for.
 *
 * @param {string} url
 */
export function operationOf(url) {
  const [path] = url.split('?', 1);
  if (!path.startsWith(ROOT)) return undefined;
  const name = path.slice(ROOT.length).replace(/\/$/, '');
  return OPERATIONS.get(/** @type {Dict} */ (SAME_PATHS)[name] ?? name);
}

/**
 * Answers a request.
 *
 * @param {Service} service
 * @param {string} operation
 * @param {Uint8Array} bytes  of the body
 * @param {{ longs: boolean, database?: string }} how  longs: 64-bit integers as numbers, not as strings
 * @returns {Promise<Answer>}
 */
export async function answer(service, operation, bytes, { longs, database }) {
  try {
    const body = parse(bytes);
    const reply = await perform(service, operation, body, longs, database);
    return { status: 200, text: /** @type {string} */ (writeJson({ code: 0, ...reply }, { reals: true })) };
  } catch (error) {
    return answerTo(error, operation);
  }
}

/** @param {Uint8Array} bytes */
function parse(bytes) {
  /** @type {unknown} */
  let body;
  try {
    body = readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw notJson(/** @type {Error} */ (error).message);
  }
  if (isPlainObject(body)) return body;
  throw notJson('the body is no object');
}

/** @param {string} why */
function notJson(why) {
  const message = `can only accept json format request, error: ${why}`;
  return new MilvusException(RestCode.NotJson, message);
}

/**
 * @param {Service} service
 * @param {string} operation
 * @param {Dict} body
 * @param {boolean} longs
 * @param {string} [database]  of the header, unless the body names one
 */
async function perform({ client, readOnly }, operation, body, longs, database) {
  const { reads, typed, fromRest, write } = ENDPOINTS[operation];
  if (readOnly && !reads) {
    throw new MilvusException(Code.ServiceQuotaExceeded, 'the database is read-only: writing is refused');
  }
  const inDatabase = database ? { dbName: database, ...body } : body;
  const first = fromRest(inDatabase);
  const types = typed ? rowTypes(await client.describe_collection(only(first, ['collection_name', 'db_name']))) : undefined;
  const params = typed ? fromRest(inDatabase, types) : first;
  const result = await ask(client, operation, params);
  return write(result, { longs, types: /** @type {any} */ (types) });
}

/**
 * @param {import('./client.js').MilvusClient} client
 * @param {string} operation
 * @param {Dict} params
 * @returns {Promise<any>}
 */
async function ask(client, operation, params) {
  switch (operation) {
    case 'create_index':
      // answered when the index has begun, as Milvus does; who waits asks describe_index how far it is
      return new Promise((resolve, reject) => {
        client.create_index(/** @type {any} */ ({ ...params, on_progress: resolve })).then(resolve, reject);
      });
    case 'describe_collection': {
      const description = await client.describe_collection(/** @type {any} */ (params));
      const { state } = await client.get_load_state(/** @type {any} */ (params));
      const names = await client.list_indexes(/** @type {any} */ (params));
      const described = await Promise.all(
        names.map((index_name) => client.describe_index(/** @type {any} */ ({ ...params, index_name }))),
      );
      const indexes = described.map((index) => ({
        fieldName: index?.field_name,
        indexName: index?.index_name,
        metricType: index?.metric_type,
      }));
      return { ...description, load: state, indexes };
    }
    case 'describe_index': {
      const index = await client.describe_index(/** @type {any} */ (params));
      if (!index) {
        throw new MilvusException(Code.IndexNotFound, `index not found[indexName=${params.index_name}]`);
      }
      // of a collection that is released nothing is being built, so nobody should wait for it
      const { state } = await client.get_load_state(/** @type {any} */ (only(params, ['collection_name', 'db_name'])));
      return state === LoadState.Loaded ? index : { ...index, state: 'Finished' };
    }
    case 'get_load_state': {
      const state = await client.get_load_state(/** @type {any} */ (params));
      if (state.state !== LoadState.NotExist) return state;
      const message = `can't find collection[collection=${params.collection_name}]`;
      throw new MilvusException(Code.CollectionNotFound, message);
    }
    default:
      return /** @type {any} */ (client)[operation](params);
  }
}

/**
 * @param {Dict} params
 * @param {string[]} names
 * @returns {any}
 */
const only = (params, names) =>
  Object.fromEntries(names.filter((name) => params[name] !== undefined).map((name) => [name, params[name]]));

/**
 * @param {any} error  whatever was thrown
 * @param {string} [operation]
 * @returns {Answer}
 */
export function answerTo(error, operation) {
  const isOurs = error instanceof MilvusException;
  const { name: type, code, detail } = isOurs ? error : { name: 'MilvusException', code: Code.Unexpected, detail: {} };
  const message = String(error?.message ?? error).replace(LONE_SURROGATE, '\ufffd');
  const reply = { code, message };
  if (code === Code.ParameterMissing) {
    Object.assign(reply, { code: RestCode.MissingParameters, message: `missing required parameters, error: ${message}` });
  } else if (type === 'DataNotMatchException' && (operation === 'insert' || operation === 'upsert')) {
    Object.assign(reply, { code: RestCode.InsertData, message: `fail to deal the insert data, error: ${message}` });
  }
  const said = headerText({ type, code, message, detail });
  return {
    status: code === RestCode.NotAuthenticated ? 401 : 200,
    headers: { [ERROR_HEADER]: said },
    text: JSON.stringify(reply),
  };
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const MOST_HEADER_BYTES = 6000;

/** @param {{ type: string, code: number, message?: string, detail?: object }} error */
function headerText({ message, ...error }) {
  const whole = encodeURIComponent(/** @type {string} */ (writeJson({ message, ...error })));
  return whole.length <= MOST_HEADER_BYTES ? whole : encodeURIComponent(JSON.stringify({ type: error.type, code: error.code }));
}
