// Milvus' RPCs, each as operations of the client: one table, and no engine logic.

import { Code, LoadState } from './constants.js';
import { MilvusException, ParamError } from './errors.js';
import {
  descriptionOf,
  fieldOf,
  indexDescriptionOf,
  indexOf,
  pairsOf,
  parsedDict,
  schemaOf,
  searchOptionsOf,
  timesOfCollection,
} from './grpc_schema.js';
import { fieldsOfGroups, fieldsOfRows, idsOf, queriesOf, rowsOfFields, templateValues } from './grpc_values.js';
import { tellsOfGroups } from './groups.js';
import { dictOf } from './rest_names.js';

/** @typedef {Record<string, any>} Dict */

/**
 * What an RPC is answered with.
 *
 * @typedef {object} Call
 * @property {(operation: string, params?: Dict) => Promise<any>} ask  the client, in the request's database
 * @property {Dict} request
 * @property {string} database
 * @property {(type: string, bytes: Uint8Array) => Dict} read  a message inside of a message
 * @property {import('./grpc_iterators.js').SearchIterators} iterators
 */

/** @typedef {{ reads?: true, answer: (call: Call) => Promise<Dict | void> }} Rpc  reads: it changes nothing */

/** Milvus' hybrid time: milliseconds, and 18 bits. */
const timestamp = () => String(BigInt(Date.now()) << 18n);

/** @param {Call} call */
const named = ({ request }) => ({ collection_name: request.collection_name });

/** @param {string} name */
const ofCollection = (name) => async (/** @type {Call} */ call) => void (await call.ask(name, named(call)));

/** @param {string} name */
const ofPartition = (name) => async (/** @type {Call} */ call) => {
  const { partition_name } = call.request;
  return { value: await call.ask(name, { ...named(call), partition_name }) };
};

/** @param {string} name */
const ofPartitions = (name) => async (/** @type {Call} */ call) => {
  const { partition_names } = call.request;
  await call.ask(name, { ...named(call), partition_names });
};

/** @param {string} name */
const ofAlias = (name) => async (/** @type {Call} */ { ask, request: { collection_name, alias } }) => {
  await ask(name, { ...(collection_name && { collection_name }), alias });
};

/** @param {Call} call */
const describe = (call, name = call.request.collection_name) =>
  call.ask('describe_collection', { collection_name: name });

/** Of field_ops. */
const REPLACE = 0;

/**
 * @param {'insert' | 'upsert'} operation
 * @returns {Rpc['answer']}
 */
const write = (operation) => async (call) => {
  const { request } = call;
  if (request.field_ops?.some((/** @type {Dict} */ { op }) => op !== REPLACE)) throw unsupported('field_ops');
  const data = rowsOfFields(request.fields_data, request.num_rows);
  const { ids, ...counts } = await call.ask(operation, {
    ...named(call),
    data,
    ...(request.partition_name && { partition_name: request.partition_name }),
    ...(request.partial_update && { partial_update: true }),
  });
  const count = String(counts[`${operation}_count`]);
  return {
    IDs: idsOf(ids),
    succ_index: Array.from({ length: ids.length }, (_, i) => i),
    acknowledged: true,
    insert_cnt: operation === 'insert' ? count : '0',
    upsert_cnt: operation === 'upsert' ? count : '0',
    timestamp: timestamp(),
  };
};

/** Parts of requests, and options, without which an answer would be another one. */
const UNKNOWN_PARTS = ['highlighter', 'search_aggregation', 'function_chains'];
const UNKNOWN_OPTIONS = ['group_by_fields', 'time_fields', 'json_path', 'analyzer_name'];

/**
 * Refuses what would be passed over.
 *
 * @param {Dict} request
 * @param {Dict} options
 */
function checkRequest(request, options) {
  const isThere = (/** @type {any} */ value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  const unknown = UNKNOWN_PARTS.find((name) => isThere(request[name])) ?? UNKNOWN_OPTIONS.find((name) => isThere(options[name]));
  if (unknown) throw unsupported(unknown);
  const { rank_group_scorer: scorer = 'max' } = options;
  if (scorer !== 'max') throw unsupported(`rank_group_scorer '${scorer}'`);
}

/**
 * @param {Call['read']} read
 * @param {Uint8Array} group
 */
function queriesOfGroup(read, group) {
  const { placeholders } = read('common.PlaceholderGroup', group);
  if (placeholders.length !== 1) throw new ParamError(Code.ParameterInvalid, 'a search needs one placeholder');
  return queriesOf(placeholders[0]);
}

/** @param {Call} call */
async function search(call) {
  const { request, read } = call;
  checkRequest(request, dictOf(request.search_params));
  if (request.function_score) throw unsupported('a ranker of a search');
  const ids = request.ids?.int_id?.data ?? request.ids?.str_id?.data;
  const { iterator, ...options } = searchOptionsOf(request.search_params);
  const found = call.ask('search', {
    ...named(call),
    ...(ids ? { ids } : { data: queriesOfGroup(read, request.placeholder_group) }),
    filter: request.dsl,
    filter_params: templateValues(request.expr_template_values),
    output_fields: request.output_fields,
    ...(request.partition_names.length > 0 && { partition_names: request.partition_names }),
    ...options,
    ...(iterator && { iterator: call.iterators.cursor(iterator.token, iterator.bound) }),
  });
  const answer = await searchResults(call, found, request.output_fields, options.group_by_field);
  if (!iterator) return answer;
  const lists = await found;
  const search_iterator_v2_results = call.iterators.keep(iterator.token, iterator.bound, lists.cursor);
  return { ...answer, results: { ...answer.results, search_iterator_v2_results } };
}

/** @param {Call} call */
async function hybridSearch(call) {
  const { request, read } = call;
  const reqs = request.requests.map((/** @type {Dict} */ r) => {
    const { anns_field, limit, search_params } = searchOptionsOf(r.search_params);
    const expr_params = templateValues(r.expr_template_values);
    return { data: queriesOfGroup(read, r.placeholder_group), anns_field, param: search_params, limit, expr: r.dsl, expr_params };
  });
  const given = dictOf(request.rank_params);
  checkRequest(request, given);
  const { strategy, params, limit, offset, round_decimal, group_by_field, group_size, strict_group_size } = parsedDict(given);
  const [ranking] = request.function_score?.functions ?? [];
  const found = call.ask('hybrid_search', {
    ...named(call),
    reqs,
    ranker: ranking ? { params: parsedDict(dictOf(ranking.params)) } : { strategy, params },
    limit,
    output_fields: request.output_fields,
    offset,
    round_decimal,
    group_by_field,
    group_size,
    strict_group_size,
    order_by_fields: given.order_by_fields,
    ...(request.partition_names.length > 0 && { partition_names: request.partition_names }),
  });
  return searchResults(call, found, request.output_fields, group_by_field);
}

/**
 * The collection is asked for when fields are wanted, together with the search: both are answered in their order.
 *
 * @param {Call} call
 * @param {Promise<Dict[][]>} found  hits of each query
 * @param {string[]} wanted
 * @param {string} [grouped]
 */
async function searchResults(call, found, wanted, grouped) {
  const hasFields = wanted.length > 0 || grouped;
  const [lists, described] = await Promise.all([found, hasFields ? describe(call) : undefined]);
  const hits = lists.flat();
  const collection = described ?? (hits.length === 0 ? await describe(call) : undefined);
  const primary = collection ? primaryOf(collection) : Object.keys(hits[0])[0]; // a hit begins with its key
  const ids = hits.map((hit) => hit[primary]);
  const rows = collection ? hits.map(({ entity }, i) => ({ [primary]: ids[i], ...entity })) : [];
  const topks = lists.map((list) => String(list.length));
  const { fields_data, output_fields } = collection ? fieldsOfRows(collection, rows, wanted) : { fields_data: [], output_fields: [] };
  const [group] = grouped ? fieldsOfRows(collection, rows, [grouped]).fields_data : [];
  return {
    results: {
      num_queries: String(lists.length),
      top_k: String(Math.max(0, ...lists.map(({ length }) => length))),
      topks,
      scores: hits.map(({ distance }) => distance),
      ids: idsOf(ids),
      fields_data,
      output_fields,
      primary_field_name: primary,
      all_search_count: String(hits.length),
      ...(group && { group_by_field_value: group }),
    },
    collection_name: call.request.collection_name,
    session_ts: timestamp(),
  };
}

/** @param {Dict} collection  @returns {string} */
const primaryOf = ({ fields }) => fields.find((/** @type {Dict} */ { is_primary }) => is_primary).name;

/** Names behind commas; commas in quotes are part of a key. */
const NAMES_IN_TEXT = /(?:"(?:\\.|[^"])*"|'(?:\\.|[^'])*'|[^,])+/g;

/** @param {Call} call */
async function query(call) {
  const { request } = call;
  const { group_by_fields: keys, ...options } = dictOf(request.query_params);
  checkRequest(request, options);
  const { limit, offset, timezone, order_by_fields, iterator } = options;
  const wanted = request.output_fields;
  const group_by_fields = keys?.match(NAMES_IN_TEXT);
  const isOfGroups = tellsOfGroups({ output_fields: wanted, group_by_fields });
  if ((order_by_fields || isOfGroups) && /^true$/i.test(iterator)) {
    throw new ParamError(Code.ParameterInvalid, 'order_by_fields, group_by_fields and functions in output_fields must not be given to an iterator');
  }
  const isAll = !request.expr && !isOfGroups && !(Number(limit) > 0);
  if (isAll) throw new ParamError(Code.ParameterInvalid, 'empty expression should be used with limit');
  const found = call.ask('query', {
    ...named(call),
    filter: request.expr,
    filter_params: templateValues(request.expr_template_values),
    output_fields: wanted,
    ...(request.partition_names.length > 0 && { partition_names: request.partition_names }),
    ...(Number(limit) > 0 && { limit: Number(limit) }),
    ...(Number(offset) > 0 && { offset: Number(offset) }),
    ...(timezone && { timezone }),
    order_by_fields,
    ...(group_by_fields && { group_by_fields }),
  });
  const [rows, collection] = await Promise.all([found, describe(call)]);
  const rest = { collection_name: request.collection_name, session_ts: timestamp() };
  if (isOfGroups) return { ...rest, output_fields: wanted, fields_data: fieldsOfGroups(collection, rows, wanted) };
  const name = primaryOf(collection);
  const columns = fieldsOfRows(collection, rows, wanted.includes('*') ? wanted : [name, ...wanted]);
  return { ...rest, ...columns, primary_field_name: name };
}

/** @param {Call} call  @returns {Promise<Dict[]>} */
async function indexesOf(call) {
  const { index_name, field_name } = call.request;
  const found = [];
  for (const name of await call.ask('list_indexes', named(call))) {
    const index = await call.ask('describe_index', { ...named(call), index_name: name });
    if (index_name && name !== index_name) continue;
    if (field_name && index.field_name !== field_name) continue;
    found.push(index);
  }
  return found;
}

/** @param {Call} call */
async function existingIndexes(call) {
  const found = await indexesOf(call);
  if (found.length > 0) return found;
  const { collection_name, index_name } = call.request;
  throw new MilvusException(Code.IndexNotFound, `index not found[collection=${collection_name}][index=${index_name}]`);
}

/** @param {Call} call */
async function describeIndexes(call) {
  return { index_descriptions: (await existingIndexes(call)).map(indexDescriptionOf) };
}

/** @param {Call} call */
async function loadState(call) {
  const [partition_name] = call.request.partition_names ?? [];
  const { state } = await call.ask('get_load_state', { ...named(call), ...(partition_name && { partition_name }) });
  return state;
}

/** @param {Call} call  @param {Dict} schema  the field's */
async function addField(call, schema) {
  const { name, type, ...field } = fieldOf(schema);
  await call.ask('add_collection_field', { ...named(call), field_name: name, data_type: type, ...field.params, ...field });
}

/** Adds or drops a field. @param {Call} call */
async function alterSchema(call) {
  const { add_request: added, drop_request: dropped } = call.request.action ?? {};
  const fields = added?.field_infos ?? [];
  if (added?.func_schema?.length > 0 || dropped?.function_name) throw unsupported('a function of a collection');
  if (fields.some((/** @type {Dict} */ { index_name, extra_params }) => index_name || extra_params?.length > 0)) {
    throw unsupported('an index of an added field');
  }
  if (dropped) {
    const { field_name, field_id } = dropped;
    const field = field_name ? { field_name } : { field_id: Number(field_id ?? 0) };
    return void (await call.ask('drop_collection_field', { ...named(call), ...field }));
  }
  if (fields.length !== 1) throw new ParamError(Code.ParameterInvalid, `field_infos must be one field, got ${fields.length}`);
  return addField(call, fields[0].field_schema);
}

/** @param {string} what */
const unsupported = (what) =>
  new MilvusException(Code.ServiceUnimplemented, `${what} is not supported by the embedded engine`);

/** @param {{ key: string, value: string }[]} properties  @param {string[]} [keys] */
const change = (properties, keys = []) => ({
  ...(properties.length > 0 && { properties: dictOf(properties) }),
  ...(keys.length > 0 && { property_keys: keys }),
});

/** Of a compaction, which is done when its call is answered. */
const COMPLETED = 2;

/** @type {Record<string, Rpc>} */
export const RPCS = {
  Connect: {
    reads: true,
    answer: async ({ ask }) => ({
      identifier: '1',
      server_info: {
        build_tags: await ask('get_server_version'),
        build_time: '',
        git_commit: '',
        go_version: '',
        deploy_mode: 'embedded',
      },
    }),
  },
  GetVersion: { reads: true, answer: async ({ ask }) => ({ version: await ask('get_server_version') }) },
  CheckHealth: { reads: true, answer: async ({ ask }) => (await ask('get_server_version'), { isHealthy: true }) },
  AllocTimestamp: { reads: true, answer: async () => ({ timestamp: timestamp() }) },

  CreateCollection: {
    async answer(call) {
      const { request } = call;
      const schema = call.read('schema.CollectionSchema', request.schema);
      if (schema.struct_array_fields?.length > 0) throw unsupported('a field of structs');
      if (schema.enable_namespace) throw unsupported('namespace');
      await call.ask('create_collection', {
        ...named(call),
        schema: schemaOf(schema),
        ...change(request.properties),
        ...(Number(request.num_partitions) > 0 && { num_partitions: Number(request.num_partitions) }),
      });
    },
  },
  DropCollection: { answer: ofCollection('drop_collection') },
  TruncateCollection: { answer: ofCollection('truncate_collection') },
  HasCollection: { reads: true, answer: async (call) => ({ value: await call.ask('has_collection', named(call)) }) },
  DescribeCollection: { reads: true, answer: async (call) => descriptionOf(await describe(call), call.database) },
  BatchDescribeCollection: {
    reads: true,
    async answer(call) {
      const names = call.request.collection_name;
      if (names.length === 0) throw new ParamError(Code.ParameterInvalid, 'collection names cannot be empty');
      const responses = [];
      for (const name of names) {
        responses.push({ status: { code: 0 }, ...descriptionOf(await describe(call, name), call.database) });
      }
      return { responses };
    },
  },
  ShowCollections: {
    reads: true,
    async answer({ ask }) {
      const names = await ask('list_collections');
      const loaded = [];
      const ids = [];
      const times = [];
      for (const collection_name of names) {
        const { state } = await ask('get_load_state', { collection_name });
        const described = await ask('describe_collection', { collection_name });
        loaded.push(state === LoadState.Loaded ? '100' : '0');
        ids.push(String(described.collection_id));
        times.push(timesOfCollection(described));
      }
      return {
        collection_names: names,
        collection_ids: ids,
        created_timestamps: times.map(({ created_timestamp }) => created_timestamp),
        created_utc_timestamps: times.map(({ created_utc_timestamp }) => created_utc_timestamp),
        inMemory_percentages: loaded,
        query_service_available: names.map(() => true),
        shards_num: names.map(() => 1),
      };
    },
  },
  RenameCollection: {
    async answer({ ask, request: { oldName, newName, newDBName } }) {
      await ask('rename_collection', { old_name: oldName, new_name: newName, ...(newDBName && { target_db: newDBName }) });
    },
  },
  AlterCollection: {
    async answer(call) {
      const { properties, property_keys } = change(call.request.properties, call.request.delete_keys);
      if (properties) await call.ask('alter_collection_properties', { ...named(call), properties });
      if (property_keys) await call.ask('drop_collection_properties', { ...named(call), property_keys });
    },
  },
  AddCollectionField: {
    answer: (call) => addField(call, call.read('schema.FieldSchema', call.request.schema)),
  },
  AlterCollectionSchema: { answer: alterSchema },
  AlterCollectionField: {
    async answer(call) {
      const { field_name, properties } = call.request;
      await call.ask('alter_collection_field', { ...named(call), field_name, field_params: parsedDict(dictOf(properties)) });
    },
  },
  GetCollectionStatistics: {
    reads: true,
    answer: async (call) => ({ stats: pairsOf(await call.ask('get_collection_stats', named(call))) }),
  },

  Insert: { answer: write('insert') },
  Upsert: { answer: write('upsert') },
  Delete: {
    async answer(call) {
      const { expr, partition_name, expr_template_values } = call.request;
      const { delete_count } = await call.ask('delete', {
        ...named(call),
        filter: expr,
        filter_params: templateValues(expr_template_values),
        ...(partition_name && { partition_name }),
      });
      return { delete_cnt: String(delete_count), acknowledged: true, timestamp: timestamp() };
    },
  },
  Search: { reads: true, answer: search },
  HybridSearch: { reads: true, answer: hybridSearch },
  Query: { reads: true, answer: query },
  Flush: {
    reads: true,
    async answer({ ask, request: { collection_names } }) {
      const segments = /** @type {Dict} */ ({});
      const times = /** @type {Dict} */ ({});
      const seals = /** @type {Dict} */ ({});
      for (const collection_name of collection_names) {
        await ask('flush', { collection_name });
        segments[collection_name] = { data: [] };
        times[collection_name] = timestamp();
        seals[collection_name] = String(Math.floor(Date.now() / 1000));
      }
      return { coll_segIDs: segments, flush_coll_segIDs: segments, coll_seal_times: seals, coll_flush_ts: times };
    },
  },
  GetFlushState: { reads: true, answer: async () => ({ flushed: true }) },
  FlushAll: { reads: true, answer: async () => ({ flush_all_ts: timestamp() }) },
  GetFlushAllState: { reads: true, answer: async () => ({ flushed: true }) },
  ManualCompaction: {
    async answer({ ask, request: { collection_name } }) {
      const job = await ask('compact', { ...(collection_name && { collection_name }) });
      return { compactionID: String(job), compactionPlanCount: 0 };
    },
  },
  GetCompactionState: { reads: true, answer: async () => ({ state: COMPLETED }) },

  CreateIndex: {
    async answer(call) {
      // the client waits for it by asking DescribeIndex
      await call.ask('create_index', { ...named(call), index_params: [indexOf(call.request)], sync: false });
    },
  },
  DescribeIndex: { reads: true, answer: describeIndexes },
  GetIndexStatistics: { reads: true, answer: describeIndexes },
  GetIndexState: {
    reads: true,
    answer: async (call) => ({ state: indexDescriptionOf((await existingIndexes(call))[0]).state }),
  },
  GetIndexBuildProgress: {
    reads: true,
    async answer(call) {
      const { indexed_rows, total_rows } = indexDescriptionOf((await existingIndexes(call))[0]);
      return { indexed_rows, total_rows };
    },
  },
  DropIndex: {
    async answer(call) {
      for (const { index_name } of await indexesOf(call)) await call.ask('drop_index', { ...named(call), index_name });
    },
  },

  AlterIndex: {
    async answer(call) {
      const { index_name, extra_params, delete_keys } = call.request;
      const { properties, property_keys } = change(extra_params, delete_keys);
      if (properties) await call.ask('alter_index_properties', { ...named(call), index_name, properties });
      if (property_keys) await call.ask('drop_index_properties', { ...named(call), index_name, property_keys });
    },
  },

  LoadCollection: { answer: ofCollection('load_collection') },
  ReleaseCollection: { answer: ofCollection('release_collection') },
  LoadPartitions: { answer: ofPartitions('load_partitions') },
  ReleasePartitions: { answer: ofPartitions('release_partitions') },
  GetLoadState: { reads: true, answer: async (call) => ({ state: await loadState(call) }) },
  GetLoadingProgress: {
    reads: true,
    async answer(call) {
      const state = await loadState(call);
      if (state === LoadState.NotExist) await describe(call); // says that there is none
      if (state !== LoadState.Loaded) {
        const message = `collection not loaded[collection=${call.request.collection_name}]`;
        throw new MilvusException(Code.CollectionNotLoaded, message);
      }
      return { progress: '100', refresh_progress: '100' };
    },
  },

  CreatePartition: { answer: ofPartition('create_partition') },
  DropPartition: { answer: ofPartition('drop_partition') },
  HasPartition: { reads: true, answer: ofPartition('has_partition') },
  ShowPartitions: {
    reads: true,
    async answer(call) {
      const all = await call.ask('list_partitions', named(call));
      const only = call.request.partition_names;
      const partition_names = only.length > 0 ? all.filter((/** @type {string} */ name) => only.includes(name)) : all;
      const none = partition_names.map(() => '0');
      return {
        partition_names,
        partitionIDs: partition_names.map((/** @type {string} */ name) => String(all.indexOf(name) + 1)),
        created_timestamps: none,
        created_utc_timestamps: none,
        inMemory_percentages: partition_names.map(() => '100'),
      };
    },
  },
  GetPartitionStatistics: {
    reads: true,
    async answer(call) {
      const { partition_name } = call.request;
      return { stats: pairsOf(await call.ask('get_partition_stats', { ...named(call), partition_name })) };
    },
  },

  CreateAlias: { answer: ofAlias('create_alias') },
  AlterAlias: { answer: ofAlias('alter_alias') },
  DropAlias: { answer: ofAlias('drop_alias') },
  DescribeAlias: {
    reads: true,
    async answer({ ask, request: { alias } }) {
      const { collection_name, db_name } = await ask('describe_alias', { alias });
      return { alias, collection: collection_name, db_name };
    },
  },
  ListAliases: {
    reads: true,
    async answer(call) {
      const { collection_name } = call.request;
      return call.ask('list_aliases', collection_name ? { collection_name } : {});
    },
  },

  CreateDatabase: {
    async answer({ ask, request: { db_name, properties } }) {
      await ask('create_database', { db_name, ...change(properties) });
    },
  },
  DropDatabase: { answer: async ({ ask, request: { db_name } }) => void (await ask('drop_database', { db_name })) },
  ListDatabases: {
    reads: true,
    async answer({ ask }) {
      const db_names = await ask('list_databases');
      return {
        db_names,
        db_ids: db_names.map((/** @type {string} */ _, /** @type {number} */ i) => String(i + 1)),
        created_timestamp: db_names.map(() => '0'),
      };
    },
  },
  DescribeDatabase: {
    reads: true,
    async answer({ ask, request: { db_name } }) {
      const { name: _, ...properties } = await ask('describe_database', { db_name });
      return { db_name, dbID: '1', created_timestamp: '0', properties: pairsOf(properties) };
    },
  },
  AlterDatabase: {
    async answer({ ask, request }) {
      const { db_name } = request;
      const { properties, property_keys } = change(request.properties, request.delete_keys);
      if (properties) await ask('alter_database_properties', { db_name, properties });
      if (property_keys) await ask('drop_database_properties', { db_name, property_keys });
    },
  },
};
