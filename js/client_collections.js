// The client's methods about collections.

import { ClientCalls } from './client_calls.js';
import { named } from './parameters.js';
import { CollectionSchema } from './schema.js';

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
   * @throws {MilvusException} 1100, 1101, 1102 a parameter is wrong, missing or too large; 105, 1701 a field is against a rule; 65535 it
   *   exists and is another; 1601 an alias is called so
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
   * @returns {Promise<Row>}  collection_name, fields, auto_id, enable_dynamic_field, ... created_timestamp and
   *   update_timestamp are Milvus' hybrid times: new Date(created_timestamp / 2 ** 18)
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
   * @throws {MilvusException} 100 no such collection
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
   * @throws {MilvusException} 1100 it is an alias, or has one
   * @see pymilvus MilvusClient.drop_collection
   */
  drop_collection(...args) {
    return this._call('drop_collection', args);
  }

  /**
   * @overload
   * @param {{ old_name: string, new_name: string, timeout?: number }} p
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 800 no such database; 65535 the new name is taken; 1601 by an alias; 1100 it is no name
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
   * @returns {Promise<{ state: number }>}  of LoadState; NotExist when there is no such collection
   * @throws {MilvusException} 200 no such partition
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
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.flush
   */
  flush(...args) {
    return this._call('flush', args);
  }

  /**
   * Deletes all rows at once; schema, indexes, partitions and aliases stay.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.truncate_collection
   */
  truncate_collection(...args) {
    return this._call('truncate_collection', args);
  }

  /**
   * Adds a scalar field, nullable or with a default value: rows that are there have that from now on, and none of
   * them is written.
   *
   * @overload
   * @param {{ collection_name: string, field_name: string, data_type: number | string, desc?: string } &
   *   Record<string, any>} p  beside these: nullable, default_value, max_length, ...
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 a field that cannot be added; 105 its name is taken
   * @see pymilvus MilvusClient.add_collection_field
   *
   * @overload
   * @param {string} collection_name
   * @param {string} field_name
   * @param {number | string} data_type
   * @param {Record<string, any>} p
   * @returns {Promise<void>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async add_collection_field(...args) {
    const params = named('add_collection_field', args);
    const { collection_name, db_name, timeout, field_name, data_type, desc, ...options } = params;
    const definition = { field_name, datatype: data_type, description: desc, ...options };
    const [field] = new CollectionSchema().add_field(definition).fields;
    return this._send('add_collection_field', { collection_name, db_name, timeout, field });
  }

  /**
   * Drops a field with its values and its indexes: no key, no partition key, and not the last vector.
   *
   * @param {[p: { collection_name: string, field_name?: string, field_id?: number } & Timeout] |
   *   [collection_name: string, field_name?: string, field_id?: number | Timeout, p?: Timeout]} args  one of name and id
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 no such field, or one that cannot be dropped
   * @see pymilvus MilvusClient.drop_collection_field
   */
  drop_collection_field(...args) {
    return this._call('drop_collection_field', args);
  }

  /**
   * Sets max_length, max_capacity or mmap.enabled of a field. Rows that are there stay as they are.
   *
   * @param {[p: { collection_name: string, field_name: string, field_params: Record<string, any> } & Timeout] |
   *   [collection_name: string, field_name: string, field_params: Record<string, any>, p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1700 no such field; 1100 a parameter that cannot be set
   * @see pymilvus MilvusClient.alter_collection_field
   */
  alter_collection_field(...args) {
    return this._call('alter_collection_field', args);
  }

  /**
   * Here for programs that call it: rows are found as soon as their insert resolves.
   *
   * @param {Collection} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 101 not loaded
   * @see pymilvus MilvusClient.refresh_load
   */
  refresh_load(...args) {
    return this._call('refresh_load', args);
  }
}
