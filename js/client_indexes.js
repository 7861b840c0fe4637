// The client's methods about indexes.

import { checkWaiting } from './building.js';
import { AliasCalls } from './client_aliases.js';
import { named } from './parameters.js';
import { IndexParams } from './schema.js';

/** @typedef {import('./building.js').Waiting} Waiting */
/** @typedef {import('./requests.js').Index} Index */
/** @typedef {import('./requests.js').IndexDefinition} IndexDefinition */
/** @typedef {import('./requests.js').IndexDefinitions} IndexDefinitions */
/** @typedef {import('./requests.js').Properties} Properties */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').Timeout} Timeout */

export class IndexCalls extends AliasCalls {
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
    return IndexCalls.prepare_index_params(field, p);
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
    const { collection_name, db_name = this._database || undefined } = params;
    const collection = { collection_name, db_name };
    const names = await this._send('create_index', params);
    if (sync === false) return;
    await this._engine.untilBuilt(collection, names, waiting);
  }

  /**
   * @param {[p: { collection_name: string, field_name?: string } & Timeout] |
   *   [collection_name: string, field_name?: string, p?: Timeout]} args
   * @returns {Promise<string[]>}  names, of all fields' indexes or of one field's
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.list_indexes
   */
  list_indexes(...args) {
    return this._call('list_indexes', args);
  }

  /**
   * @param {Index} args
   * @returns {Promise<Row | undefined>}  undefined: no such index
   * @throws {MilvusException} 100 no such collection; 1100 no name, and several indexes
   * @see pymilvus MilvusClient.describe_index
   */
  describe_index(...args) {
    return this._call('describe_index', args);
  }

  /**
   * @param {Index} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 700 no such index
   * @see pymilvus MilvusClient.drop_index
   */
  drop_index(...args) {
    return this._call('drop_index', args);
  }

  /**
   * Sets a property of an index. There is one, `'mmap.enabled'`: vectors stay on disk. It is the field's: vectors are
   * kept once, whatever finds them.
   *
   * @param {[p: { collection_name: string, index_name: string, properties: Properties } & Timeout] |
   *   [collection_name: string, index_name: string, properties: Properties, p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 700 no such index; 1100 another property, or not true or false
   * @see pymilvus MilvusClient.alter_index_properties
   */
  alter_index_properties(...args) {
    return this._call('alter_index_properties', args);
  }

  /**
   * @param {[p: { collection_name: string, index_name: string, property_keys: string[] } & Timeout] |
   *   [collection_name: string, index_name: string, property_keys: string[], p?: Timeout]} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 700 no such index; 1100 not a property
   * @see pymilvus MilvusClient.drop_index_properties
   */
  drop_index_properties(...args) {
    return this._call('drop_index_properties', args);
  }
}
