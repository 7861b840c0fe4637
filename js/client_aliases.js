// The client's methods about aliases: other names of collections.

import { DatabaseCalls } from './client_databases.js';

/** @typedef {import('./requests.js').Timeout} Timeout */

/**
 * @typedef {[p: { collection_name: string, alias: string } & Timeout] |
 *   [collection_name: string, alias: string, p?: Timeout]} NewAlias
 * @typedef {[p: { alias: string } & Timeout] | [alias: string, p?: Timeout]} Alias
 */

export class AliasCalls extends DatabaseCalls {
  /**
   * Gives a collection another name, which stands for it in every call but drop_collection and
   * rename_collection. An alias that it has already is no error.
   *
   * @param {NewAlias} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 not a name; 1601 a collection is called so; 1602 another
   *   collection has it
   * @see pymilvus MilvusClient.create_alias
   */
  create_alias(...args) {
    return this._call('create_alias', args);
  }

  /**
   * Gives an alias to another collection: from one call to the next, all that use it see the other one.
   *
   * @param {NewAlias} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1600 no such alias; 1601 a collection is called so
   * @see pymilvus MilvusClient.alter_alias
   */
  alter_alias(...args) {
    return this._call('alter_alias', args);
  }

  /**
   * One that is not there is no error.
   *
   * @param {Alias} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.drop_alias
   */
  drop_alias(...args) {
    return this._call('drop_alias', args);
  }

  /**
   * @param {Alias} args
   * @returns {Promise<{ alias: string, collection_name: string, db_name: string }>}
   * @throws {MilvusException} 1600 no such alias
   * @see pymilvus MilvusClient.describe_alias
   */
  describe_alias(...args) {
    return this._call('describe_alias', args);
  }

  /**
   * @param {[p?: { collection_name?: string } & Timeout] | [collection_name?: string, p?: Timeout]} args
   *   no collection: the aliases of all
   * @returns {Promise<{ aliases: string[], collection_name: string, db_name: string }>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.list_aliases
   */
  list_aliases(...args) {
    return this._call('list_aliases', args);
  }
}
