// The client's methods about collections.

import { ClientCalls } from './client_calls.js';

/** @typedef {import('./requests.js').Collection} Collection */
/** @typedef {import('./requests.js').Properties} Properties */
/** @typedef {import('./requests.js').QuickCollection} QuickCollection */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').SchemaCollection} SchemaCollection */
/** @typedef {import('./requests.js').Timeout} Timeout */

export class CollectionCalls extends ClientCalls {
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
    return this._call('create_collection', args);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<boolean>}
   * @see pymilvus MilvusClient.has_collection
   */
  has_collection(...args) {
    return this._call('has_collection', args);
  }

  /**
   * @param {Timeout} [p]
   * @returns {Promise<string[]>}  sorted
   * @see pymilvus MilvusClient.list_collections
   */
  list_collections(p) {
    return this._call('list_collections', [p]);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<Row>}  collection_name, fields, auto_id, enable_dynamic_field, ...
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.describe_collection
   */
  describe_collection(...args) {
    return this._call('describe_collection', args);
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
    return this._call('alter_collection_properties', args);
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
    return this._call('drop_collection_properties', args);
  }

  /**
   * Drops a collection with everything in it. One that is not there is no error.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.drop_collection
   */
  drop_collection(...args) {
    return this._call('drop_collection', args);
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
    return this._call('rename_collection', args);
  }

  /**
   * @param {Collection} args
   * @returns {Promise<{ row_count: number }>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.get_collection_stats
   */
  get_collection_stats(...args) {
    return this._call('get_collection_stats', args);
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
    return this._call('load_collection', args);
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
    return this._call('release_collection', args);
  }

  /**
   * @param {[p: { collection_name: string, partition_name?: string } & Timeout] |
   *   [collection_name: string, partition_name?: string, p?: Timeout]} args
   * @returns {Promise<{ state: number }>}  of LoadState
   * @see pymilvus MilvusClient.get_load_state
   */
  get_load_state(...args) {
    return this._call('get_load_state', args);
  }

  /**
   * Here for programs that call it: what has been answered is written already.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @see pymilvus MilvusClient.flush
   */
  flush(...args) {
    return this._call('flush', args);
  }
}
