// The client's methods about databases: name spaces for collections and aliases, in one file.

import { PartitionCalls } from './client_partitions.js';
import { named } from './parameters.js';

/** @typedef {import('./requests.js').Properties} Properties */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').Timeout} Timeout */

/**
 * A database by name, in either form of a call.
 *
 * @typedef {[p: { db_name: string } & Timeout] | [db_name: string, p?: Timeout]} Database
 */

export class DatabaseCalls extends PartitionCalls {
  /**
   * @param {[p: { db_name: string, properties?: Properties } & Timeout] |
   *   [db_name: string, properties?: Properties, p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 65535 it is there; 801 there are 64; 802 not a name
   * @see pymilvus MilvusClient.create_database
   */
  create_database(...args) {
    return this._call('create_database', args);
  }

  /**
   * Drops a database that is empty.
   *
   * @param {Database} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 800 no such database; 1100 it has collections, or is `default`
   * @see pymilvus MilvusClient.drop_database
   */
  drop_database(...args) {
    return this._call('drop_database', args);
  }

  /**
   * @param {Timeout} [p]
   * @returns {Promise<string[]>}  by age: `default` first
   * @see pymilvus MilvusClient.list_databases
   */
  list_databases(p) {
    return this._call('list_databases', [p]);
  }

  /**
   * @param {Database} args
   * @returns {Promise<Row>}  name, and its properties
   * @throws {MilvusException} 800 no such database
   * @see pymilvus MilvusClient.describe_database
   */
  describe_database(...args) {
    return this._call('describe_database', args);
  }

  /**
   * Sets properties, which are kept and described; others stay.
   *
   * @param {[p: { db_name: string, properties: Properties } & Timeout] |
   *   [db_name: string, properties: Properties, p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 800 no such database; 1100 a property cannot have that value
   * @see pymilvus MilvusClient.alter_database_properties
   */
  alter_database_properties(...args) {
    return this._call('alter_database_properties', args);
  }

  /**
   * @param {[p: { db_name: string, property_keys: string[] } & Timeout] |
   *   [db_name: string, property_keys: string[], p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 800 no such database
   * @see pymilvus MilvusClient.drop_database_properties
   */
  drop_database_properties(...args) {
    return this._call('drop_database_properties', args);
  }

  /**
   * Calls of this client, from this one on, are about the collections of this database; a call may name another one
   * (db_name). When there is none of that name, the client goes back to the one before.
   *
   * @param {Database} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 800 no such database
   * @see pymilvus MilvusClient.use_database
   */
  async use_database(...args) {
    const params = named('use_database', args);
    const before = this._database;
    this._database = params.db_name;
    try {
      await this._send('describe_database', params);
    } catch (error) {
      if (this._database === params.db_name) this._database = before;
      throw error;
    }
  }

  /**
   * The old name of use_database.
   *
   * @param {Database} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.using_database
   */
  using_database(...args) {
    return this.use_database(...args);
  }
}
