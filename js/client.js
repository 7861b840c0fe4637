// The client: one line per operation, under its contract.

import { checkWaiting, untilBuilt } from './building.js';
import { decode, encode } from './codec.js';
import { clientOptions } from './options.js';
import { named } from './parameters.js';
import { CollectionSchema, IndexParams } from './schema.js';
import { exportDatabase, importDatabase } from './transfer.js';

/** @typedef {import('./results.js').Id} Id */
/** @typedef {Record<string, any>} Row */

/**
 * A query vector. A Float32Array is fast; a list of numbers is of the field's dim too.
 *
 * @typedef {Float32Array | number[]} Vector
 */

/**
 * @typedef {object} Hit
 * @property {Id} id          the primary key, which also stands under its field's name
 * @property {number} distance
 * @property {Row} entity     the output fields
 */

/** @typedef {import('./results.js').Explanation} Explanation */

/**
 * The hits of a query. explain is there when it was asked for, and is not enumerable.
 *
 * @typedef {Hit[] & { explain?: Explanation }} Hits
 */

/**
 * What create_index takes: an IndexParams, a list of plain objects, or one.
 *
 * @typedef {import('./schema.js').IndexOptionsAndParams & { field_name?: string }} IndexDefinition
 */
/** @typedef {IndexParams | IndexDefinition[] | IndexDefinition} IndexDefinitions */

/** @typedef {{ timeout?: number }} Timeout  seconds */
/** @typedef {import('./building.js').Waiting} Waiting */

/**
 * A collection by name, in either form of a call.
 *
 * @typedef {[p: { collection_name: string } & Timeout] | [collection_name: string, p?: Timeout]} Collection
 */

/**
 * @typedef {{ collection_name: string, index_name: string } & Timeout} IndexName
 * @typedef {[p: IndexName] | [collection_name: string, index_name: string, p?: Timeout]} Index
 */

/** @typedef {import('./requests.js').SearchOptions} SearchOptions */
/** @typedef {import('./requests.js').QueryOptions} QueryOptions */
/** @typedef {import('./requests.js').QuickCollection} QuickCollection */
/** @typedef {import('./requests.js').SchemaCollection} SchemaCollection */
/** @typedef {import('./requests.js').Properties} Properties */

/**
 * An embedded vector database with the methods of pymilvus' MilvusClient. Every method that asks the
 * engine returns a promise. Parameters are one object of pymilvus' names; the first of them may
 * stand before it by position, as in insert('documents', rows).
 *
 * An open database is one client's alone, until close() or the end of the process.
 */
export class MilvusClient {
  #transport;
  #forms;

  /**
   * Nothing is opened before the first call, which is also the one that reports what is wrong with
   * the address.
   *
   * @param {string | URL | import('./options.js').ClientOptions} [options]  or the uri alone
   * @throws {ParamError} an option is none of its possible values
   */
  constructor(options) {
    const { forms, transport } = clientOptions(options);
    this.#forms = forms;
    this.#transport = transport;
  }

  /**
   * A schema to add fields to.
   *
   * @param {ConstructorParameters<typeof CollectionSchema>[0]} [p]
   */
  static create_schema(p) {
    return new CollectionSchema(p);
  }

  /** @param {ConstructorParameters<typeof CollectionSchema>[0]} [p] */
  create_schema(p) {
    return MilvusClient.create_schema(p);
  }

  /**
   * Index parameters to add indexes to; with the first one when a field is named.
   *
   * @param {string | IndexDefinition} [field]
   * @param {IndexDefinition} [p]
   */
  static prepare_index_params(field, p) {
    const first = named('prepare_index_params', [field, p]);
    const params = new IndexParams();
    return first.field_name ? params.add_index(/** @type {any} */ (first)) : params;
  }

  /**
   * @param {string | IndexDefinition} [field]
   * @param {IndexDefinition} [p]
   */
  prepare_index_params(field, p) {
    return MilvusClient.prepare_index_params(field, p);
  }

  /**
   * Makes a collection: of a dimension (then it has a key `id` and a vector `vector`, takes any other
   * keys, and is loaded), or of a schema.
   *
   * @overload
   * @param {{ collection_name: string } & QuickCollection & SchemaCollection} p
   * @returns {Promise<void>}
   * @throws {MilvusException} 1100 a parameter or field is against a rule; 1 it exists and is another
   * @see pymilvus MilvusClient.create_collection
   *
   * @overload
   * @param {string} collection_name
   * @param {QuickCollection & SchemaCollection} p
   * @returns {Promise<void>}
   *
   * @overload
   * @param {string} collection_name
   * @param {number} dimension
   * @param {QuickCollection & SchemaCollection} [p]
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  create_collection(...args) {
    return this.#call('create_collection', args);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<boolean>}
   * @see pymilvus MilvusClient.has_collection
   */
  has_collection(...args) {
    return this.#call('has_collection', args);
  }

  /**
   * @param {Timeout} [p]
   * @returns {Promise<string[]>}  sorted
   * @see pymilvus MilvusClient.list_collections
   */
  list_collections(p) {
    return this.#call('list_collections', [p]);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<Row>}  collection_name, fields, auto_id, enable_dynamic_field, ...
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.describe_collection
   */
  describe_collection(...args) {
    return this.#call('describe_collection', args);
  }

  /**
   * Sets properties; others stay. `'mmap.enabled': true` leaves vectors on disk.
   *
   * @overload
   * @param {{ collection_name: string, properties: Properties } & Timeout} p
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 a property cannot have that value
   * @see pymilvus MilvusClient.alter_collection_properties
   *
   * @overload
   * @param {string} collection_name
   * @param {Properties} properties
   * @param {Timeout} [p]
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  alter_collection_properties(...args) {
    return this.#call('alter_collection_properties', args);
  }

  /**
   * @overload
   * @param {{ collection_name: string, property_keys: string[] } & Timeout} p
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.drop_collection_properties
   *
   * @overload
   * @param {string} collection_name
   * @param {string[]} property_keys
   * @param {Timeout} [p]
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  drop_collection_properties(...args) {
    return this.#call('drop_collection_properties', args);
  }

  /**
   * Drops a collection with everything in it. One that is not there is no error.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.drop_collection
   */
  drop_collection(...args) {
    return this.#call('drop_collection', args);
  }

  /**
   * @overload
   * @param {{ old_name: string, new_name: string, timeout?: number }} p
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1 the new name is taken
   * @see pymilvus MilvusClient.rename_collection
   *
   * @overload
   * @param {string} old_name
   * @param {string} new_name
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  rename_collection(...args) {
    return this.#call('rename_collection', args);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<{ row_count: number }>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.get_collection_stats
   */
  get_collection_stats(...args) {
    return this.#call('get_collection_stats', args);
  }

  /**
   * Inserts entities. Rows are checked by the engine; on an error nothing is inserted. A row whose
   * key is there already replaces it.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Row[] | Row} p.data     n rows; a vector is a Float32Array (fast) or number[] of the field's dim
   * @param {string} [p.partition_name]  default partition when left out
   * @param {number} [p.timeout]
   * @returns {Promise<{ insert_count: number, ids: Id[], cost: number }>}  ids[i] belongs to data[i]
   * @throws {MilvusException} 100 no such collection; 1100 a row does not fit the schema (detail: field, row)
   * @see pymilvus MilvusClient.insert
   *
   * @overload
   * @param {string} collection_name
   * @param {Row[] | Row} data
   * @param {{ partition_name?: string, timeout?: number }} [p]
   * @returns {Promise<{ insert_count: number, ids: Id[], cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  insert(...args) {
    return this.#call('insert', args);
  }

  /**
   * Inserts entities, replacing those whose key is there already.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Row[] | Row} p.data     as for insert; with the key, also where auto_id makes keys
   * @param {string} [p.partition_name]
   * @param {number} [p.timeout]
   * @returns {Promise<{ upsert_count: number, ids: Id[], cost: number }>}
   * @throws {MilvusException} 100 no such collection; 1100 a row does not fit the schema (detail: field, row)
   * @see pymilvus MilvusClient.upsert
   *
   * @overload
   * @param {string} collection_name
   * @param {Row[] | Row} data
   * @param {{ partition_name?: string, timeout?: number }} [p]
   * @returns {Promise<{ upsert_count: number, ids: Id[], cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  upsert(...args) {
    return this.#call('upsert', args);
  }

  /**
   * The entities with these keys, as far as they are there.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Id[] | Id} p.ids
   * @param {string[]} [p.output_fields]  everything when left out
   * @param {number} [p.timeout]
   * @returns {Promise<Row[]>}
   * @throws {MilvusException} 100 no such collection; 101 not loaded
   * @see pymilvus MilvusClient.get
   *
   * @overload
   * @param {string} collection_name
   * @param {Id[] | Id} ids
   * @param {string[] | { output_fields?: string[], timeout?: number }} [p]
   * @returns {Promise<Row[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  get(...args) {
    return this.#call('get', args);
  }

  /**
   * Deletes the entities with these keys, or those that a filter is true of.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Id[] | Id} [p.ids]
   * @param {string} [p.filter]      instead of ids
   * @param {Record<string, any>} [p.filter_params]  values for {names} in the filter
   * @param {number} [p.timeout]
   * @returns {Promise<{ delete_count: number, cost: number }>}  delete_count: those that were there
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.delete
   *
   * @overload
   * @param {string} collection_name
   * @param {Id[] | Id} ids
   * @param {{ timeout?: number }} [p]
   * @returns {Promise<{ delete_count: number, cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  delete(...args) {
    return this.#call('delete', args);
  }

  /**
   * The entities that a filter is true of, or with these keys, in the order of their keys.
   *
   * @overload
   * @param {{ collection_name: string } & QueryOptions} p
   * @returns {Promise<Row[]>}  with the key; [{ 'count(*)': n }] when that was asked for
   * @throws {MilvusException} 100 no such collection; 101 not loaded; 1100 the filter is wrong (detail.at: where, in bytes)
   * @see pymilvus MilvusClient.query
   *
   * @overload
   * @param {string} collection_name
   * @param {string | QueryOptions} [filter]
   * @param {string[] | QueryOptions} [output_fields]
   * @param {QueryOptions} [p]
   * @returns {Promise<Row[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  query(...args) {
    return this.#call('query', args);
  }

  /**
   * The entities nearest to each query vector, nearest first.
   *
   * @overload
   * @param {{ collection_name: string, data: Vector[] | Float32Array } & SearchOptions} p
   * @returns {Promise<Hits[]>}  one list for each query
   * @throws {MilvusException} 100 no such collection; 101 not loaded; 1100 a vector of another dim, ...
   * @see pymilvus MilvusClient.search
   *
   * @overload
   * @param {string} collection_name
   * @param {Vector[] | Float32Array} data
   * @param {SearchOptions} [p]
   * @returns {Promise<Hits[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  search(...args) {
    return this.#call('search', args);
  }

  /**
   * Makes indexes, and resolves when they are complete: when they serve all rows. Other calls go on
   * meanwhile. One that is there already with the same parameters is no error. Of a collection that
   * is released, the index is made when it is loaded.
   *
   * When the wait ends early, by the signal or by an error, the index is there all the same, and is
   * completed in idle time; until then searches scan the rows that it does not know.
   *
   * @overload
   * @param {{ collection_name: string, index_params: IndexDefinitions } & Waiting & Timeout} p
   *   no field_name in index_params: the only vector field; no index_type: AUTOINDEX
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 702 the field has another index; 1100 a parameter; 3 no memory
   * @see pymilvus MilvusClient.create_index
   *
   * @overload
   * @param {string} collection_name
   * @param {IndexDefinitions} index_params
   * @param {Waiting & Timeout} [p]
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async create_index(...args) {
    const { sync, on_progress, signal, ...params } = named('create_index', args);
    const waiting = { sync, on_progress, signal };
    checkWaiting(waiting);
    signal?.throwIfAborted();
    const names = await this.#send('create_index', params);
    if (sync === false) return;
    await untilBuilt(this.#transport, params.collection_name, names, waiting);
  }

  /**
   * @param {[p: { collection_name: string, field_name?: string } & Timeout] |
   *   [collection_name: string, field_name?: string, p?: Timeout]} args
   * @returns {Promise<string[]>}  names, of all fields' indexes or of one field's
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.list_indexes
   */
  list_indexes(...args) {
    return this.#call('list_indexes', args);
  }

  /**
   * @param {Index} args
   * @returns {Promise<Row | undefined>}  undefined: no such index
   * @throws {MilvusException} 100 no such collection; 1100 no name, and several indexes
   * @see pymilvus MilvusClient.describe_index
   */
  describe_index(...args) {
    return this.#call('describe_index', args);
  }

  /**
   * @param {Index} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 700 no such index
   * @see pymilvus MilvusClient.drop_index
   */
  drop_index(...args) {
    return this.#call('drop_index', args);
  }

  /**
   * Makes a collection ready for search and get.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.load_collection
   */
  load_collection(...args) {
    return this.#call('load_collection', args);
  }

  /**
   * Frees the memory of a collection, which cannot be searched then.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.release_collection
   */
  release_collection(...args) {
    return this.#call('release_collection', args);
  }

  /**
   * @param {[p: { collection_name: string, partition_name?: string } & Timeout] |
   *   [collection_name: string, partition_name?: string, p?: Timeout]} args
   * @returns {Promise<{ state: number }>}  of LoadState
   * @see pymilvus MilvusClient.get_load_state
   */
  get_load_state(...args) {
    return this.#call('get_load_state', args);
  }

  /**
   * Here for programs that call it: what has been answered is written already.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.flush
   */
  flush(...args) {
    return this.#call('flush', args);
  }

  /**
   * @param {{ detail?: boolean } & Timeout} [p]
   * @returns {Promise<any>}  a string; with detail an object
   * @see pymilvus MilvusClient.get_server_version
   */
  get_server_version(p) {
    return this.#call('get_server_version', [p]);
  }

  /**
   * Where the database is kept. In browsers usage and quota are of everything this origin keeps.
   *
   * @returns {Promise<import('./connect.js').StorageInfo>}
   */
  async storage() {
    return this.#transport.storage();
  }

  /**
   * A copy of the database as it is now: one SQLite file. Other calls wait until it is made or read.
   *
   * @template {'bytes' | 'blob' | 'stream'} [Format='bytes']
   * @param {import('./transfer.js').Copying & { format?: Format }} [p]
   * @returns {Promise<import('./transfer.js').Exported[Format]>}  bytes: a Uint8Array
   */
  async export_db(p) {
    return exportDatabase(this.#transport, p);
  }

  /**
   * Replaces the whole database by a copy, which is looked at first. A failure changes nothing.
   *
   * @param {import('./transfer.js').ImportSource} data  bytes, a Blob or a stream
   * @param {import('./transfer.js').Copying} [p]
   * @returns {Promise<void>}
   * @throws {MilvusException} 1 it is not a database of this kind, or a newer one; 7 no room; 9 read-only
   */
  async import_db(data, p) {
    return importDatabase(this.#transport, data, p);
  }

  /**
   * Waits for the calls before it, writes everything into one plain file, and lets others open it.
   * A second close is no error; any other call after it is.
   *
   * @returns {Promise<void>}
   */
  close() {
    return this.#transport.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose]() {
    return this.close();
  }

  /**
   * @param {Exclude<import('./codec.js').Operation, 'open' | 'close' | 'maintain' | 'checkpoint'>} operation
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async #call(operation, args) {
    return this.#send(operation, named(operation, args));
  }

  /**
   * @param {import('./codec.js').Operation} operation
   * @param {Record<string, any>} params
   * @returns {Promise<any>}
   */
  async #send(operation, params) {
    const request = encode(operation, params);
    const { bytes, cause } = await this.#transport.call(request);
    return decode(bytes, this.#forms, cause);
  }
}
