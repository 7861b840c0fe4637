// The client's methods that write, read and search rows.

import { IndexCalls } from './client_indexes.js';
import { named } from './parameters.js';
import { inPieces } from './pieces.js';

/** @typedef {import('./results.js').Id} Id */
/** @template {object} [Entity=Row] @typedef {import('./requests.js').Hits<Entity>} Hits */
/** @typedef {import('./requests.js').QueryOptions} QueryOptions */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').Columns} Columns */
/** @typedef {Row[] | Row | Columns} Data */
/** @typedef {import('./pieces.js').Watching} Watching */
/** @typedef {Watching['on_progress']} OnProgress */
/** @typedef {import('./requests.js').SearchOptions} SearchOptions */
/** @typedef {import('./hybrid.js').Ranker} Ranker */
/** @typedef {import('./hybrid.js').SearchRequest} SearchRequest */
/** @typedef {import('./requests.js').HybridOptions} HybridOptions */
/** @typedef {import('./requests.js').Queries} Queries */
/** @typedef {import('./requests.js').Vector} Vector */

export class DataCalls extends IndexCalls {
  /**
   * Inserts entities. Rows are checked by the engine; on an error nothing is inserted. A row whose
   * key is there already replaces it.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Data} p.data     n rows; a vector is a Float32Array (fast) or number[] of the field's dim. Or columns, see Columns
   * @param {string} [p.partition_name]  default partition when left out
   * @param {number} [p.timeout]
   * @param {OnProgress} [p.on_progress]  the rows are written in several requests, each whole or not at all; called after each
   * @param {AbortSignal} [p.signal]      in several requests, too: abort, and no further one is begun
   * @returns {Promise<{ insert_count: number, ids: Id[], cost: number }>}  ids[i] belongs to data[i]
   * @throws {MilvusException} 100 no such collection; 1100 a row does not fit the schema (detail: field, row)
   * @see pymilvus MilvusClient.insert
   *
   * @overload
   * @param {string} collection_name
   * @param {Data} data
   * @param {{ partition_name?: string, timeout?: number } & Watching} [p]
   * @returns {Promise<{ insert_count: number, ids: Id[], cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async insert(...args) {
    return this._write('insert', args);
  }

  /**
   * Inserts entities, replacing those whose key is there already, or with partial_update changing of them
   * only what the rows have; then a key stands once in a batch, and entities that are new are complete.
   *
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Data} p.data     as for insert; with the key, also where auto_id makes keys
   * @param {string} [p.partition_name]
   * @param {boolean} [p.partial_update]  keys that a row leaves out stay as they are, also dynamic ones
   * @param {number} [p.timeout]
   * @param {OnProgress} [p.on_progress]  as for insert
   * @param {AbortSignal} [p.signal]
   * @returns {Promise<{ upsert_count: number, ids: Id[], cost: number }>}
   * @throws {MilvusException} 100 no such collection; 1100 a row does not fit the schema (detail: field, row)
   * @see pymilvus MilvusClient.upsert
   *
   * @overload
   * @param {string} collection_name
   * @param {Data} data
   * @param {{ partition_name?: string, partial_update?: boolean, timeout?: number } & Watching} [p]
   * @returns {Promise<{ upsert_count: number, ids: Id[], cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async upsert(...args) {
    return this._write('upsert', args);
  }

  /**
   * @protected
   * @param {'insert' | 'upsert'} operation
   * @param {any[]} args
   */
  async _write(operation, args) {
    const { data, on_progress, signal, ...params } = named(operation, args);
    /** @param {unknown} piece */
    const write = (piece) => this._send(operation, { ...params, data: piece });
    return inPieces(write, data, { on_progress, signal });
  }

  /**
   * The entities with these keys, as far as they are there.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {object} p
   * @param {string} p.collection_name
   * @param {Id[] | Id} p.ids
   * @param {string[]} [p.output_fields]  everything when left out
   * @param {string[]} [p.partition_names]  all that are loaded when left out
   * @param {string} [p.timezone]  of times: 'Europe/Berlin', '+02:00'; UTC when left out
   * @param {import('./requests.js').ConsistencyLevel} [p.consistency_level]
   * @param {number} [p.timeout]
   * @returns {Promise<Entity[]>}
   * @throws {MilvusException} 100 no such collection; 101 not loaded
   * @see pymilvus MilvusClient.get
   *
   * @overload
   * @param {string} collection_name
   * @param {Id[] | Id} ids
   * @param {string[] | { output_fields?: string[], partition_names?: string[], timezone?: string, timeout?: number }} [p]
   * @returns {Promise<Entity[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  get(...args) {
    return this._call('get', args);
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
   * @param {string} [p.partition_name]  only those in it
   * @param {number} [p.timeout]
   * @returns {Promise<{ delete_count: number, cost: number }>}  delete_count: those that were there
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.delete
   *
   * @overload
   * @param {string} collection_name
   * @param {Id[] | Id} ids
   * @param {{ partition_name?: string, timeout?: number }} [p]
   * @returns {Promise<{ delete_count: number, cost: number }>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  delete(...args) {
    return this._call('delete', args);
  }

  /**
   * The entities that a filter is true of, or with these keys, in the order of their keys or of other fields; or what
   * functions tell of them, or of groups of them.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {{ collection_name: string } & QueryOptions} p
   * @returns {Promise<Entity[]>}  with the key; [{ 'count(*)': n }] when that was asked for; with group_by_fields a row
   *   for each group, in the order of those fields, nulls last
   * @throws {MilvusException} 100 no such collection; 101 not loaded; 1100 the filter is wrong (detail.at: where, in bytes)
   * @see pymilvus MilvusClient.query
   *
   * @overload
   * @param {string} collection_name
   * @param {string | QueryOptions} [filter]
   * @param {string[] | QueryOptions} [output_fields]
   * @param {QueryOptions} [p]
   * @returns {Promise<Entity[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  query(...args) {
    return this._call('query', args);
  }

  /**
   * The entities nearest to each query vector, nearest first, or in the order of scalar fields.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {{ collection_name: string } & Queries & SearchOptions} p
   * @returns {Promise<Hits<Entity>[]>}  one list for each query
   * @throws {MilvusException} 100 no such collection; 101 not loaded; 1100 a vector of another dim, an id that is none, ...
   * @see pymilvus MilvusClient.search
   *
   * @overload
   * @param {string} collection_name
   * @param {Vector[] | Float32Array} data
   * @param {SearchOptions} [p]
   * @returns {Promise<Hits<Entity>[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  search(...args) {
    return this._call('search', args);
  }

  /**
   * Several searches, fused into one: the entities that any of them finds, those with the best fused score first.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {{ collection_name: string, reqs: SearchRequest[], ranker: Ranker } & HybridOptions} p
   * @returns {Promise<Hits<Entity>[]>}  one list for each query; distance is the fused score, larger first
   * @throws {MilvusException} 100 no such collection; 101 not loaded; 1100 a request is wrong ("reqs[1]: ..."), ...
   * @see pymilvus MilvusClient.hybrid_search
   *
   * @overload
   * @param {string} collection_name
   * @param {SearchRequest[]} reqs
   * @param {Ranker} ranker
   * @param {number | HybridOptions} [limit]
   * @param {HybridOptions} [p]
   * @returns {Promise<Hits<Entity>[]>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  hybrid_search(...args) {
    return this._call('hybrid_search', args);
  }
}
