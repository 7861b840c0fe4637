// The client's methods that go through all rows of a query or a search.

import { DataCalls } from './client_data.js';
import { BatchIterator, SearchIterator } from './iterators.js';
import { named } from './parameters.js';

/** @typedef {import('./requests.js').QueryIteratorOptions} QueryIteratorOptions */
/** @typedef {import('./requests.js').SearchIteratorOptions} SearchIteratorOptions */
/** @typedef {import('./requests.js').Row} Row */
/** @typedef {import('./requests.js').Vector} Vector */

export class IteratorCalls extends DataCalls {
  /**
   * All entities that a filter is true of, in the order of their keys, each once, also while others are
   * written: one that is inserted meanwhile is given when its key comes behind those given already.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {{ collection_name: string } & QueryIteratorOptions} p
   * @returns {Promise<BatchIterator<Entity>>}
   * @throws {MilvusException} as query
   * @see pymilvus MilvusClient.query_iterator
   *
   * @overload
   * @param {string} collection_name
   * @param {number | QueryIteratorOptions} [batch_size]
   * @param {QueryIteratorOptions} [p]
   * @returns {Promise<BatchIterator<Entity>>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async query_iterator(...args) {
    const { batch_size, limit, offset, ...query } = named('query_iterator', args);
    /** @type {import('./iterators.js').Ask<Row>} */
    const ask = (page) => this._send('query', { ...query, ...page });
    const iterator = new BatchIterator(ask, { batch_size, limit, offset });
    await ask({ limit: 1, offset, iterator: {} }); // what is wrong is told here
    return iterator;
  }

  /**
   * All entities in the order of their distance from one vector, each once, exactly, whatever the index.
   * Those are found that were there at this call and are there still; an upsert makes a new one.
   *
   * @template {object} [Entity=Row]
   * @overload
   * @param {{ collection_name: string, data: Vector | Vector[] } & SearchIteratorOptions} p
   * @returns {Promise<SearchIterator<Entity>>}
   * @throws {MilvusException} as search; 1100 several vectors, an offset, groups
   * @see pymilvus MilvusClient.search_iterator
   *
   * @overload
   * @param {string} collection_name
   * @param {Vector | Vector[]} data
   * @param {number | SearchIteratorOptions} [batch_size]
   * @param {SearchIteratorOptions} [p]
   * @returns {Promise<SearchIterator<Entity>>}
   *
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async search_iterator(...args) {
    const { batch_size, limit, external_filter_func, ...given } = named('search_iterator', args);
    const isNumbers = Array.isArray(given.data) && typeof given.data[0] === 'number';
    const search = isNumbers ? { ...given, data: [given.data] } : given;
    /** @type {import('./iterators.js').Ask<import('./requests.js').Hit>} */
    const ask = async (page) => {
      const results = await this._send('search', { ...search, ...page });
      return Object.defineProperty(results[0], 'cursor', { value: results.cursor });
    };
    // checked before the engine is asked, which says what else is wrong, and which rows there are
    const settings = { batch_size, limit, external_filter_func };
    new SearchIterator(ask, settings);
    const { cursor } = await ask({ limit: 1, iterator: {} });
    const begin = { collection: cursor.collection, end: cursor.end };
    return new SearchIterator(ask, { ...settings, begin });
  }
}
