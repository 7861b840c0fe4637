// What methods of the client take and give: types only.

/** @typedef {import('./results.js').Id} Id */
/** @typedef {import('./schema.js').CollectionSchema} CollectionSchema */
/** @typedef {import('./schema.js').IndexParams} IndexParams */

/** @typedef {Record<string, any>} Row */

/**
 * Rows as columns: { id: BigInt64Array, vector: Float32Array of n * dim, text: string[] }. One of them, which says how many
 * rows there are, is a BigInt64Array, another array of integers, or a list of something else than numbers.
 *
 * @typedef {Record<string, import('./column_data.js').ColumnData>} Columns
 */

/**
 * A query vector. A Float32Array is fast; a list of numbers is of the field's dim too.
 *
 * @typedef {Float32Array | number[]} Vector
 */

/**
 * @template {object} [Entity=Row]
 * @typedef {object} Hit
 * @property {Id} id          the primary key, which also stands under its field's name
 * @property {number} distance
 * @property {Entity} entity  the output fields
 */

/**
 * The hits of a query. explain is there when it was asked for, and is not enumerable.
 *
 * @template {object} [Entity=Row]
 * @typedef {Hit<Entity>[] & { explain?: import('./results.js').Explanation }} Hits
 */

/**
 * What create_index takes: an IndexParams, a list of plain objects, or one.
 *
 * @typedef {import('./schema.js').IndexOptionsAndParams & { field_name?: string }} IndexDefinition
 */
/** @typedef {IndexParams | IndexDefinition[] | IndexDefinition} IndexDefinitions */

/** @typedef {{ timeout?: number }} Timeout  seconds */

/** @typedef {'Strong' | 'Session' | 'Bounded' | 'Eventually'} ConsistencyLevel  of a server; embedded it is always Strong */

/**
 * A collection by name, in either form of a call.
 *
 * @typedef {[p: { collection_name: string } & Timeout] | [collection_name: string, p?: Timeout]} Collection
 */

/**
 * @typedef {{ collection_name: string, index_name: string } & Timeout} IndexName
 * @typedef {[p: IndexName] | [collection_name: string, index_name: string, p?: Timeout]} Index
 */

/**
 * What a search asks with: vectors, or the keys of entities whose vectors are meant.
 *
 * @typedef {{ data: Vector[] | Float32Array } | { data?: null, ids: Id[] | Id }} Queries
 */

/**
 * Fields to order by, the first first: 'price:desc', 'price:desc,name', ['price:desc:nulls_last', { field: 'name' }]. A field
 * is one of the schema, a path into JSON, 'meta["a"][0]', or a dynamic field. Ascending when nothing is said; nulls last in an
 * ascending order, first in a descending one.
 *
 * @typedef {string | (string | { field: string, order?: string | null })[]} OrderBy
 */

/**
 * @typedef {object} SearchOptions
 * @property {string} [filter]           which entities may be found: 'year > 2020 and lang in ["de", "en"]'
 * @property {Record<string, any>} [filter_params]  values for {names} in the filter
 * @property {number} [limit]            hits per query, 10 when left out
 * @property {string[]} [output_fields]  what a hit's entity holds; ['*'] is everything but nothing is the default
 * @property {object} [search_params]    { metric_type, params: { ef, ... } }
 * @property {string} [anns_field]       the vector field, when there are several
 * @property {number} [offset]           hits, or groups, to pass over
 * @property {number} [round_decimal]
 * @property {string} [group_by_field]   then limit counts groups: of each value of this field the nearest rows
 * @property {number} [group_size]       hits per group, 1 when left out
 * @property {boolean} [strict_group_size]  groups are as full as they can be, with or without it
 * @property {OrderBy | null} [order_by_fields]  of the nearest hits, or groups by their nearest; offset passes over those in this order
 * @property {string[]} [partition_names]  where to look; all partitions that are loaded when left out
 * @property {string} [timezone]         of times in entities: 'Europe/Berlin', '+02:00'; UTC when left out
 * @property {ConsistencyLevel} [consistency_level]
 * @property {boolean} [explain]         each query's list of hits says in `explain` how it was found
 * @property {number} [timeout]
 */

/**
 * @typedef {object} HybridOptions
 * @property {number} [limit]            hits per query, 10 when left out
 * @property {string[]} [output_fields]
 * @property {string[]} [partition_names]
 * @property {number} [offset]
 * @property {number} [round_decimal]
 * @property {string} [group_by_field]   then limit, and those of the requests, count groups
 * @property {number} [group_size]
 * @property {boolean} [strict_group_size]
 * @property {OrderBy | null} [order_by_fields]  as for search
 * @property {string} [timezone]
 * @property {ConsistencyLevel} [consistency_level]
 * @property {number} [timeout]
 */

/**
 * @typedef {object} QueryOptions
 * @property {string} [filter]           which entities: 'year > 2020 and lang in ["de", "en"]'
 * @property {Record<string, any>} [filter_params]  values for {names} in the filter
 * @property {Id[] | Id} [ids]           instead of a filter
 * @property {string[]} [output_fields]  everything when left out; ['count(*)']: how many there are; of groups, some of
 *   group_by_fields, count(*), and count, sum, avg, min and max of fields: ['category', 'avg(price)']
 * @property {string | string[]} [group_by_fields]  of entities that are equal in these there is one row; integers, texts,
 *   booleans, times, and paths into JSON
 * @property {number} [limit]            must be given when there is neither filter nor ids, but for groups and functions
 * @property {number} [offset]           entities, or groups, to pass over
 * @property {OrderBy | null} [order_by]        instead of by their keys, which are then for those that are equal
 * @property {OrderBy | null} [order_by_fields]  the same
 * @property {string[]} [partition_names]
 * @property {string} [timezone]         of times: 'Europe/Berlin', '+02:00'; UTC when left out
 * @property {ConsistencyLevel} [consistency_level]
 * @property {number} [timeout]
 */

/**
 * @typedef {object} Batches
 * @property {number} [batch_size]  1..16384, 1000 when left out
 * @property {number} [limit]       of all batches together; -1, or left out: none
 */

/** @typedef {Omit<QueryOptions, 'ids' | 'limit' | 'order_by' | 'order_by_fields' | 'group_by_fields'> & Batches} QueryIteratorOptions */

/**
 * @typedef {Omit<SearchOptions, 'limit' | 'offset' | 'group_by_field' | 'group_size' | 'strict_group_size' | 'order_by_fields'> & Batches & {
 *   external_filter_func?: (hits: Hit[]) => Hit[] | Promise<Hit[]>
 * }} SearchIteratorOptions
 *   external_filter_func: gets hits as they come, and returns those to keep; batches are full all the same
 */

/** @typedef {Record<string, string | number | boolean>} Properties  kept as text */

/**
 * @typedef {object} QuickCollection  a collection of a key and a vector, everything else dynamic
 * @property {number} [dimension]
 * @property {string} [primary_field_name]  'id' when left out
 * @property {'int' | 'string' | number} [id_type]
 * @property {number} [max_length]          of a string key
 * @property {string} [vector_field_name]   'vector' when left out
 * @property {string} [metric_type]         COSINE when left out
 * @property {boolean} [auto_id]
 * @property {boolean} [enable_dynamic_field]  true when left out
 * @property {Properties} [properties]         { 'mmap.enabled': true }: vectors stay on disk
 */

/**
 * @typedef {object} SchemaCollection
 * @property {CollectionSchema | object} [schema]
 * @property {number} [num_partitions]  of a partition key; 16 when left out
 * @property {IndexDefinitions} [index_params]  made with the collection, which is then loaded
 * @property {string} [description]
 * @property {Properties} [properties]
 * @property {ConsistencyLevel} [consistency_level]
 * @property {number} [timeout]
 */

export {};
