// The client's methods about partitions.

import { CollectionCalls } from './client_collections.js';

/** @typedef {import('./requests.js').Timeout} Timeout */

/**
 * A partition by name, in either form of a call.
 *
 * @typedef {[p: { collection_name: string, partition_name: string } & Timeout] |
 *   [collection_name: string, partition_name: string, p?: Timeout]} Partition
 */

/**
 * @typedef {[p: { collection_name: string, partition_names: string[] | string } & Timeout] |
 *   [collection_name: string, partition_names: string[] | string, p?: Timeout]} Partitions
 */

export class PartitionCalls extends CollectionCalls {
  /**
   * Makes a partition, which is loaded if all others are. One that is there already is no error.
   *
   * @param {Partition} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 not a name, or there is a partition key; 1102 there are 1,024
   * @see pymilvus MilvusClient.create_partition
   */
  create_partition(...args) {
    return this._call('create_partition', args);
  }

  /**
   * Drops a partition with its rows. One that is not there is no error.
   *
   * @param {Partition} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 1100 it is `_default`, or there is a partition key
   * @see pymilvus MilvusClient.drop_partition
   */
  drop_partition(...args) {
    return this._call('drop_partition', args);
  }

  /**
   * @param {Partition} args
   * @returns {Promise<boolean>}
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.has_partition
   */
  has_partition(...args) {
    return this._call('has_partition', args);
  }

  /**
   * @param {import('./requests.js').Collection} args
   * @returns {Promise<string[]>}  by age; those of a partition key are `_default_0`, `_default_1`, ...
   * @throws {MilvusException} 100 no such collection
   * @see pymilvus MilvusClient.list_partitions
   */
  list_partitions(...args) {
    return this._call('list_partitions', args);
  }

  /**
   * @param {Partition} args
   * @returns {Promise<{ row_count: number }>}
   * @throws {MilvusException} 100 no such collection; 200 no such partition
   * @see pymilvus MilvusClient.get_partition_stats
   */
  get_partition_stats(...args) {
    return this._call('get_partition_stats', args);
  }

  /**
   * Makes partitions ready for search, query and get. Of a collection that is released, only these are.
   *
   * @param {Partitions} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 200 no such partition; 1100 there is a partition key
   * @see pymilvus MilvusClient.load_partitions
   */
  load_partitions(...args) {
    return this._call('load_partitions', args);
  }

  /**
   * Takes partitions out of what searches and queries find. With the last one the collection is released.
   *
   * @param {Partitions} args
   * @returns {Promise<void>}
   * @throws {MilvusException} 100 no such collection; 200 no such partition; 1100 there is a partition key
   * @see pymilvus MilvusClient.release_partitions
   */
  release_partitions(...args) {
    return this._call('release_partitions', args);
  }
}
