// The client: the methods of client_*.js, one line per operation under its contract, and what is ours alone.

import { camelCased } from './camel.js';
import { IteratorCalls } from './client_iterators.js';
import { withServerMethods } from './client_server.js';
import { named } from './parameters.js';
import { CollectionSchema } from './schema.js';

/** @typedef {import('./requests.js').Collection} Collection */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./requests.js').Hit<Entity>} Hit */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./requests.js').Hits<Entity>} Hits */
/** @typedef {import('./requests.js').IndexDefinition} IndexDefinition */
/** @typedef {import('./requests.js').IndexDefinitions} IndexDefinitions */
/** @typedef {import('./requests.js').QueryOptions} QueryOptions */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').SearchOptions} SearchOptions */
/** @typedef {import('./requests.js').Timeout} Timeout */
/** @typedef {import('./requests.js').Vector} Vector */
/** @typedef {import('./results.js').Id} Id */
/** @typedef {import('./results.js').Explanation} Explanation */
/** @typedef {import('./building.js').Waiting} Waiting */

class AllCalls extends IteratorCalls {
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
    return AllCalls.create_schema(p);
  }

  /**
   * A field as schemas have them, for where one is taken by itself.
   *
   * @param {string} name
   * @param {number | string} data_type
   * @param {string} [desc]
   * @param {Record<string, any>} [p]  is_primary, max_length, dim, ...
   */
  static create_field_schema(name, data_type, desc, p) {
    const definition = { field_name: name, datatype: data_type, description: desc, ...p };
    return new CollectionSchema().add_field(/** @type {any} */ (definition)).fields[0];
  }

  /**
   * @param {string} name
   * @param {number | string} data_type
   * @param {string} [desc]
   * @param {Record<string, any>} [p]
   */
  create_field_schema(name, data_type, desc, p) {
    return AllCalls.create_field_schema(name, data_type, desc, p);
  }

  /**
   * @param {[p?: { detail?: boolean } & Timeout] | [timeout?: number, detail?: boolean]} args
   * @returns {Promise<any>}  a string; with detail an object
   * @see pymilvus MilvusClient.get_server_version
   */
  get_server_version(...args) {
    return this._call('get_server_version', args);
  }

  /**
   * @returns {string}  'milvus'
   * @see pymilvus MilvusClient.get_server_type
   */
  get_server_type() {
    return 'milvus';
  }

  /**
   * Where the database is kept. In browsers usage and quota are of everything this origin keeps.
   *
   * @returns {Promise<import('./connect.js').StorageInfo>}
   */
  async storage() {
    return this._engine.storage();
  }

  /**
   * A copy of the database as it is now: one SQLite file. Other calls wait until it is made or read.
   *
   * @template {'bytes' | 'blob' | 'stream'} [Format='bytes']
   * @param {import('./transfer.js').Copying & { format?: Format }} [p]
   * @returns {Promise<import('./transfer.js').Exported[Format]>}  bytes: a Uint8Array
   */
  async export_db(p) {
    return this._engine.exportDb(p);
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
    return this._engine.importDb(data, p);
  }

  /**
   * Reads the whole file and tells what of it is not as it was written: pages, keys, vectors, indexes,
   * and counts that do not agree. An index that is damaged is made anew; a copy heals the rest.
   *
   * @param {Timeout} [p]
   * @returns {Promise<{ collections: number, damage: string[] }>}  a sentence for each thing that is wrong
   * @throws {MilvusException} 1001 so much is damaged that it cannot be opened
   */
  verify(p) {
    return this._call('verify', [p]);
  }

  /**
   * Here for programs that call it: flushes all collections of all databases.
   *
   * @param {[p?: Timeout] | [timeout?: number]} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.flush_all
   */
  async flush_all(...args) {
    const params = named('flush_all', args);
    for (const db_name of await this.list_databases(params)) {
      for (const collection_name of await this._send('list_collections', { ...params, db_name })) {
        await this._send('flush', { ...params, db_name, collection_name });
      }
    }
  }

  /**
   * @param {[p?: Timeout] | [timeout?: number]} args
   * @returns {Promise<boolean>}  true: flush_all resolves when everything is written
   * @see pymilvus MilvusClient.get_flush_all_state
   */
  async get_flush_all_state(...args) {
    await this.list_databases(named('get_flush_all_state', args));
    return true;
  }

  /**
   * Gives the space that deleted rows have left back to the disk, of all collections. It is done when
   * this resolves.
   *
   * @param {[p?: { collection_name?: string } & Timeout] | [collection_name: string, p?: Timeout]} args
   * @returns {Promise<number>}  a job for get_compaction_state
   * @throws {MilvusException} 100 no such collection; 9 read-only
   * @see pymilvus MilvusClient.compact
   */
  compact(...args) {
    return this._call('compact', args);
  }

  /**
   * @param {[p: { job_id: number } & Timeout] | [job_id: number, p?: Timeout]} args
   * @returns {Promise<string>}  'Completed'
   * @see pymilvus MilvusClient.get_compaction_state
   */
  get_compaction_state(...args) {
    return this._call('get_compaction_state', args);
  }

  /**
   * Waits for the calls before it, writes everything into one plain file, and lets others open it.
   * A second close is no error; any other call after it is.
   *
   * @returns {Promise<void>}
   */
  close() {
    return this._engine.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose]() {
    return this.close();
  }
}

/**
 * An embedded vector database with the methods of pymilvus' MilvusClient. Every method that asks the
 * engine returns a promise. Parameters are one object of pymilvus' names; the first of them may
 * stand before it by position, as in insert('documents', rows). Every method has a second name in camel case.
 *
 * An open database is one client's alone, until close() or the end of the process.
 */
export class MilvusClient extends camelCased(withServerMethods(AllCalls)) {}
