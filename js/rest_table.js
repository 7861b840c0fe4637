// Milvus' REST, version 2, in one table: for each operation its path, and how requests and replies are
// written and read. The client reads the table one way, the server of this package the other.

import { idsOf, queriesOf } from './codec.js';
import { rowsOfColumns, splitColumns } from './column_data.js';
import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { tellsOfGroups } from './groups.js';
import { dictOf, ifObject, pairsOf, stateName, stateNumber, toOurs, toTheirs } from './rest_names.js';
import {
  createFromRest,
  createToRest,
  defined,
  descriptionFromRest,
  descriptionToRest,
  fieldFromRest,
  fieldToRest,
  functionToRest,
  indexDescriptionFromRest,
  indexDescriptionToRest,
  indexesFromRest,
  indexesToRest,
  plain,
} from './rest_schema.js';
import { checkFinite, isBytes, readRow, readValue, setMember, unwireValue, wireValue, writeRow, writeValue } from './rest_values.js';
import { isPlainObject, listOfRows } from './rows.js';
import { writeJson } from './json.js';

/** @typedef {Record<string, any>} Dict */
/** @typedef {import('./rest_values.js').RowTypes} RowTypes */

/**
 * @typedef {object} Writing  of a reply
 * @property {RowTypes} types   where the endpoint is typed
 * @property {boolean} longs    the one who asked reads 64-bit integers as numbers
 */
/**
 * @typedef {object} Reading
 * @property {RowTypes} types
 * @property {import('./results.js').Forms} forms
 * @property {Dict} params      of the request
 */

/**
 * @typedef {object} Endpoint
 * @property {string} path      below /v2/vectordb/
 * @property {boolean} [reads]  it changes nothing: it can be asked twice, and of what is read-only
 * @property {boolean} [typed]  values of the reply, or of the rows sent, depend on the collection's fields
 * @property {(params: Dict, types?: RowTypes) => Dict} toRest  types: where bytes are sent, see sendsBytes
 * @property {(body: Dict, types?: RowTypes) => Dict} fromRest
 * @property {(result: any, how: Writing) => Dict} write  what stands beside code in a reply
 * @property {(reply: Dict, how: Reading) => any} read
 */

const nothing = { write: () => ({ data: {} }), read: () => undefined };
const same = { write: (/** @type {any} */ data) => ({ data }), read: (/** @type {Dict} */ { data }) => data };
const has = {
  write: (/** @type {boolean} */ is) => ({ data: { has: is } }),
  read: (/** @type {Dict} */ { data }) => Boolean(data.has),
};
const rowCount = {
  write: (/** @type {Dict} */ { row_count }) => ({ data: { rowCount: row_count } }),
  read: (/** @type {Dict} */ { data }) => ({ row_count: Number(data.rowCount) }),
};

/**
 * Of insert and upsert.
 *
 * @param {string} word
 * @returns {Pick<Endpoint, 'write' | 'read'>}
 */
const receipt = (word) => ({
  write: (/** @type {Dict} */ result, /** @type {Writing} */ { types, longs }) => {
    const ids = result.ids.map((/** @type {any} */ id) => writeValue(id, types.types.get(types.pk), longs));
    return { cost: result.cost, data: { [`${word}Count`]: result[`${word}_count`], [`${word}Ids`]: ids } };
  },
  read: ({ data, cost = 0 }, { types, forms }) => ({
    [`${word}_count`]: data[`${word}Count`],
    ids: (data[`${word}Ids`] ?? []).map((/** @type {any} */ id) => readValue(id, types.types.get(types.pk), forms)),
    cost,
  }),
});

/**
 * Where an iterator goes on, which this package's server says.
 *
 * @param {any[]} list
 * @param {object} [cursor]
 */
export const withCursor = (list, cursor) =>
  cursor ? Object.defineProperty(list, 'cursor', { value: cursor, configurable: true }) : list;

const rows = {
  write: (/** @type {Dict[] & { cursor?: object }} */ result, /** @type {Writing} */ { types, longs }) =>
    defined({ cost: 0, data: result.map((row) => writeRow(row, types, longs)), cursor: result.cursor }),
  read: (/** @type {Dict} */ { data, cursor }, /** @type {Reading} */ { types, forms }) =>
    withCursor(data.map((/** @type {Dict} */ row) => readRow(row, types, forms)), cursor),
};

/** Searches: hits lie flat, those of all queries one after another. */
const hits = {
  write: (/** @type {any[]} */ result, /** @type {Writing} */ { types, longs }) => {
    const { pk } = types;
    const key = types.types.get(pk);
    const data = result.flat().map((hit) => {
      const row = writeRow(hit.entity, types, longs);
      setMember(row, pk, writeValue(hit[pk], key, longs));
      return Object.assign(row, { distance: hit.distance });
    });
    const explain = result[0]?.explain && result.map((list) => list.explain);
    const { cursor } = /** @type {any} */ (result);
    return defined({ cost: 0, topks: result.map((list) => list.length), data, explain, cursor });
  },
  read: (/** @type {Dict} */ { data, topks, explain, cursor }, /** @type {Reading} */ { types, forms, params }) => {
    const { pk } = types;
    const fields = params.output_fields ?? [];
    const keepsKey = fields.includes(pk) || fields.includes('*');
    const isRounded = (params.round_decimal ?? params.search_params?.round_decimal ?? -1) >= 0;
    const counts = topks ?? [data.length];
    let next = 0;
    const results = counts.map((/** @type {number} */ n, /** @type {number} */ query) => {
      const list = data.slice(next, (next += n)).map((/** @type {Dict} */ { distance, ...row }) => {
        if (!(pk in row) && 'id' in row) {
          row[pk] = row.id; // older servers
          delete row.id;
        }
        const entity = readRow(row, types, forms);
        const id = entity[pk];
        if (!keepsKey) delete entity[pk];
        const hit = { [pk]: id, distance: isRounded ? Number(distance) : Math.fround(Number(distance)), entity };
        return pk === 'id' ? hit : Object.defineProperty(hit, 'id', { value: id });
      });
      return explain ? Object.defineProperty(list, 'explain', { value: explain[query] }) : list;
    });
    return withCursor(results, cursor);
  },
};

/**
 * Whether a request has values whose form depends on the types of fields.
 *
 * @param {Dict} params
 * @returns {boolean}
 */
export function sendsBytes({ data, reqs }) {
  if (Array.isArray(reqs)) return reqs.some((request) => sendsBytes(request?.toJSON?.() ?? request ?? {}));
  const list = Array.isArray(data) ? data : [data];
  const hasBytes = (/** @type {any} */ item) => isPlainObject(item) && Object.values(item).some(isBytes);
  if (list.some((item) => isBytes(item) || hasBytes(item))) return true;
  // columns, some of them lists of vectors
  return isPlainObject(data) && Object.values(data).some((column) => Array.isArray(column) && column.some(isBytes));
}

/**
 * @param {Dict} params
 * @param {RowTypes} [types]
 */
function rowsToRest({ data, ...params }, types) {
  const count = rowsOfColumns(data);
  const given = count === undefined ? listOfRows(data) : splitColumns(/** @type {Dict} */ (data), count);
  const list = given.map((row, i) => {
    const entries = Object.entries(row).filter(([, value]) => value !== undefined);
    return Object.fromEntries(
      entries.map(([name, value]) => {
        checkFinite(value, `field '${name}'`, { field: name, row: i });
        return [name, wireValue(value, types?.types.get(name))];
      }),
    );
  });
  return { ...toTheirs(params), data: list };
}

/**
 * @param {any} data
 * @param {string} [field]
 * @param {RowTypes} [types]
 */
function queriesToRest(data, field, types) {
  return queriesOf(data)?.map((vector, row) => {
    checkFinite(vector, `query vector ${row}`, { field: 'data', row });
    return wireValue(vector, types?.types.get(field ?? vectorField(types)));
  });
}

/**
 * @param {Dict} body
 * @param {RowTypes} [types]
 */
function rowsFromRest(body, types) {
  const { data, ...params } = toOurs(body);
  const read = (/** @type {any} */ row) => {
    if (!isPlainObject(row)) return row;
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, unwireValue(value, types?.types.get(name))]),
    );
  };
  return defined({ ...params, data: Array.isArray(data) ? data.map(read) : read(data) });
}

/** @param {Dict} params */
const idsToRest = ({ ids, ...params }) => defined({ ...toTheirs(params), id: idsOf(ids) });

/** Keys that stand flat belong into params. @param {any} given */
function searchParamsToRest(given) {
  if (!isPlainObject(given) || !isPlainObject(given.params ?? {})) return given;
  const { metric_type, params, ...flat } = /** @type {Dict} */ (given);
  for (const [name, value] of Object.entries(flat)) {
    if (params?.[name] === undefined || params[name] === value) continue;
    const message = `ambiguous parameter: ${name}, in search_param: ${writeJson(params[name])}, in search_param.params: ${writeJson(value)}`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name } });
  }
  return defined({ metricType: metric_type, params: { ...flat, ...params } });
}

/** @param {any} given */
function searchParamsFromRest(given) {
  if (!isPlainObject(given)) return given;
  const { metricType, metric_type = metricType, ...more } = /** @type {Dict} */ (given);
  for (const name of ['hints', 'ignore_growing', 'ignoreGrowing']) delete more[name];
  return defined({ metric_type, ...more });
}

/** REST has orders as texts alone: { field, order } become some, what is none is left to be judged. @param {any} item */
const orderItem = (item) => {
  if (!isPlainObject(item)) return item;
  const { field, order, ...more } = /** @type {Dict} */ (item);
  const isText = typeof field === 'string' && typeof (order ?? '') === 'string' && Object.keys(more).length === 0;
  return isText ? `${field}:${order ?? 'asc'}` : item;
};

/** @param {any} given  @returns {any} */
const orderList = (given) => (Array.isArray(given) ? given.map(orderItem) : typeof given === 'string' ? [given] : given);

/** As one text, which any server takes among a search's parameters. @param {any} given */
function orderText(given) {
  const list = orderList(given);
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list.join(',') : list;
}

/** REST gives 100 when nobody says how many; an unlimited query is as large as one can be. */
const LIMIT = 100;
const MOST = 16384;

/** @param {Dict} params */
function queryToRest(params) {
  const { order_by, order_by_fields, ...given } = params;
  const { limit, filter, ids, offset } = given;
  const open = limit == null && !tellsOfGroups(given);
  const most = filter ? MOST - (Number.isInteger(offset) ? offset : 0) : null;
  const order = {
    order_by_fields: orderList(order_by_fields ?? order_by ?? undefined),
    ...(order_by_fields != null && order_by != null && { order_by }), // that both are given is refused
  };
  return { ...idsToRest({ ...given, ids, ...order }), ...(open && { limit: most }) };
}

/** @param {Dict} body */
function queryFromRest(body) {
  const params = toOurs(body);
  if (params.limit === undefined && !tellsOfGroups(params)) params.limit = LIMIT;
  return defined({ ...params, limit: params.limit ?? undefined });
}

/**
 * @param {Dict} params
 * @param {RowTypes} [types]
 */
function searchToRest({ data, ids, search_params, order_by_fields, limit = 10, ...params }, types) {
  const queries = data == null && ids != null ? undefined : queriesToRest(data, params.anns_field, types);
  const given = searchParamsToRest(search_params);
  const order = order_by_fields != null && { order_by_fields: orderText(order_by_fields) };
  const searchParams = order ? ifObject(given ?? {}, (one) => ({ ...one, ...order })) : given;
  return defined({ ...toTheirs(params), data: queries, ids: idsOf(ids), limit, searchParams });
}

/**
 * @param {Dict} body
 * @param {RowTypes} [types]
 */
function searchFromRest(body, types) {
  const { data, search_params, limit = LIMIT, ...params } = toOurs(body);
  const type = types?.types.get(params.anns_field ?? vectorField(types));
  return defined({
    ...params,
    limit,
    data: Array.isArray(data) ? data.map((vector) => unwireValue(vector, type)) : data,
    search_params: searchParamsFromRest(search_params),
  });
}

/** @param {RowTypes} [types] */
const vectorField = (types) => [...(types?.types ?? [])].find(([, type]) => type >= 100 && type < 200)?.[0] ?? '';

/**
 * @param {Dict} request  of a hybrid search
 * @param {RowTypes} [types]
 */
function partToRest({ data, anns_field, param, params, limit, expr, filter, expr_params, filter_params }, types) {
  const { metricType, params: rest } = searchParamsToRest(param ?? params) ?? {};
  return defined({
    data: queriesToRest(data, anns_field, types),
    annsField: anns_field,
    filter: expr ?? filter,
    exprParams: expr_params ?? filter_params,
    limit,
    metricType,
    params: rest,
  });
}

/**
 * @param {Dict} given
 * @param {RowTypes} [types]
 */
function partFromRest(given, types) {
  const { data, anns_field, filter, filter_params, limit = LIMIT, metric_type, params, offset } = toOurs(given);
  const type = types?.types.get(anns_field);
  return defined({
    data: Array.isArray(data) ? data.map((vector) => unwireValue(vector, type)) : data,
    anns_field,
    param: defined({ metric_type, params, offset }),
    limit,
    expr: filter,
    expr_params: filter_params,
  });
}

/** A function says in its params what REST calls a strategy. @param {any} ranker */
function rankerToRest(ranker) {
  const { reranker, ...params } = ranker?.params ?? {};
  return reranker === undefined || ranker.strategy !== undefined ? ranker : { strategy: reranker, params };
}

/** The newer way to say it: a list of one function. @param {any} score */
const rankerFromRest = (score) => (score?.functions?.length === 1 ? { params: score.functions[0]?.params } : score);

/**
 * @param {Dict} params
 * @param {RowTypes} [types]
 */
function hybridToRest({ reqs, ranker, limit = 10, ...params }, types) {
  const rerank = rankerToRest(plain(ranker));
  const search = Array.isArray(reqs) ? reqs.map((one) => partToRest(one?.toJSON?.() ?? one, types)) : reqs;
  return defined({ ...toTheirs(params), search, rerank, limit });
}

/**
 * @param {Dict} body
 * @param {RowTypes} [types]
 */
function hybridFromRest(body, types) {
  const { search, function_score, rerank = rankerFromRest(function_score), limit = LIMIT, ...params } = toOurs(body);
  const reqs = Array.isArray(search) ? search.map((one) => partFromRest(one, types)) : search;
  return defined({ ...params, reqs, ranker: rerank, limit });
}

/** @param {Dict} params */
const withFunctionToRest = ({ function: given, ...params }) =>
  defined({ ...toTheirs(params), function: isPlainObject(plain(given)) ? functionToRest(plain(given)) : given });

/**
 * The tokens of a text, or of each text: strings, or objects when more of them is asked for.
 *
 * @param {{ tokens: Dict[] }[]} results
 * @param {Dict} params
 */
function tokensFromRest(results, { texts, with_hash, with_detail }) {
  const tokenOf = with_hash || with_detail ? toOurs : (/** @type {Dict} */ { token }) => token;
  const lists = results.map(({ tokens }) => tokens.map((token) => tokenOf(token)));
  return Array.isArray(texts) ? lists : lists[0];
}

const ALIAS = { alias: 'aliasName' };
const RENAME = { old_name: 'collectionName', new_name: 'newCollectionName', target_db: 'newDbName' };
const GROUP = { group_name: 'privilegeGroupName' };
const USER = { old_password: 'password', new_password: 'newPassword' };

/**
 * @param {string} path
 * @param {Partial<Endpoint> & { names?: Record<string, string>, reply?: Pick<Endpoint, 'write' | 'read'> }} [more]
 * @returns {Endpoint}
 */
function endpoint(path, { names, reply = nothing, ...more } = {}) {
  return {
    path,
    toRest: (params) => toTheirs(params, names),
    fromRest: (body) => toOurs(body, names),
    ...reply,
    ...more,
  };
}

/** @type {Readonly<Record<string, Endpoint>>} */
export const ENDPOINTS = Object.freeze({
  create_collection: endpoint('collections/create', { toRest: createToRest, fromRest: createFromRest }),
  list_collections: endpoint('collections/list', { reads: true, reply: same }),
  has_collection: endpoint('collections/has', { reads: true, reply: has }),
  describe_collection: endpoint('collections/describe', {
    reads: true,
    write: (result) => ({ data: descriptionToRest(result) }),
    read: ({ data }) => descriptionFromRest(data),
  }),
  drop_collection: endpoint('collections/drop'),
  rename_collection: endpoint('collections/rename', { names: RENAME }),
  truncate_collection: endpoint('collections/truncate'),
  get_collection_stats: endpoint('collections/get_stats', { reads: true, reply: rowCount }),
  load_collection: endpoint('collections/load', { reads: true }),
  release_collection: endpoint('collections/release', { reads: true }),
  refresh_load: endpoint('collections/refresh_load', { reads: true }),
  get_load_state: endpoint('collections/get_load_state', {
    reads: true,
    toRest: ({ partition_name, ...params }) =>
      toTheirs({ ...params, ...(partition_name && { partition_names: [partition_name] }) }),
    fromRest: (body) => {
      const { partition_names, ...params } = toOurs(body);
      return defined({ ...params, partition_name: partition_names?.[0] });
    },
    write: ({ state }) => ({ data: { loadState: stateName(state), loadProgress: state === 3 ? 100 : 0 } }),
    read: ({ data }) => ({ state: stateNumber(data.loadState) }),
  }),
  flush: endpoint('collections/flush', { reads: true }),
  compact: endpoint('collections/compact', {
    write: (id) => ({ data: { compactionID: id } }),
    read: ({ data }) => data.compactionID,
  }),
  get_compaction_state: endpoint('collections/get_compaction_state', {
    reads: true,
    write: (state) => ({ data: { state } }),
    read: ({ data }) => data.state,
  }),
  alter_collection_properties: endpoint('collections/alter_properties'),
  drop_collection_properties: endpoint('collections/drop_properties'),
  add_collection_field: endpoint('collections/fields/add', {
    toRest: ({ field, ...params }) => defined({ ...toTheirs(params), schema: fieldToRest(field) }),
    fromRest: (body) => {
      const { schema, ...params } = toOurs(body);
      const { datatype: data_type, params: ofType, ...field } = fieldFromRest(schema ?? {});
      return defined({ ...params, ...field, data_type, ...ofType });
    },
  }),
  alter_collection_field: endpoint('collections/fields/alter_properties'),
  drop_collection_field: endpoint('collections/fields/drop'),
  add_collection_function: endpoint('collections/add_function', { toRest: withFunctionToRest }),
  alter_collection_function: endpoint('collections/alter_function', { toRest: withFunctionToRest }),
  drop_collection_function: endpoint('collections/drop_function'),
  drop_function_field: endpoint('collections/drop_function_field'),

  insert: endpoint('entities/insert', { typed: true, toRest: rowsToRest, fromRest: rowsFromRest, reply: receipt('insert') }),
  upsert: endpoint('entities/upsert', { typed: true, toRest: rowsToRest, fromRest: rowsFromRest, reply: receipt('upsert') }),
  delete: endpoint('entities/delete', {
    toRest: idsToRest,
    write: ({ delete_count, cost }) => ({ cost, data: { deleteCount: delete_count } }),
    read: ({ data, cost = 0 }) => ({ delete_count: data?.deleteCount ?? 0, cost }),
  }),
  get: endpoint('entities/get', { reads: true, typed: true, toRest: idsToRest, reply: rows }),
  query: endpoint('entities/query', { reads: true, typed: true, toRest: queryToRest, fromRest: queryFromRest, reply: rows }),
  search: endpoint('entities/search', { reads: true, typed: true, toRest: searchToRest, fromRest: searchFromRest, reply: hits }),
  hybrid_search: endpoint('entities/hybrid_search', { reads: true, typed: true, toRest: hybridToRest, fromRest: hybridFromRest, reply: hits }),

  create_index: endpoint('indexes/create', {
    toRest: ({ index_params, ...params }) =>
      defined({ ...toTheirs(params), indexParams: index_params == null ? index_params : indexesToRest(index_params) }),
    fromRest: (body) => {
      const { index_params, ...params } = toOurs(body);
      return defined({ ...params, index_params: indexesFromRest(index_params) });
    },
  }),
  list_indexes: endpoint('indexes/list', { reads: true, reply: same }),
  describe_index: endpoint('indexes/describe', {
    reads: true,
    write: (result) => ({ data: [indexDescriptionToRest(result)] }),
    read: ({ data }) => data[0] && indexDescriptionFromRest(data[0]),
  }),
  drop_index: endpoint('indexes/drop'),
  alter_index_properties: endpoint('indexes/alter_properties'),
  drop_index_properties: endpoint('indexes/drop_properties'),

  create_partition: endpoint('partitions/create'),
  drop_partition: endpoint('partitions/drop'),
  has_partition: endpoint('partitions/has', { reads: true, reply: has }),
  list_partitions: endpoint('partitions/list', { reads: true, reply: same }),
  get_partition_stats: endpoint('partitions/get_stats', { reads: true, reply: rowCount }),
  load_partitions: endpoint('partitions/load', { reads: true }),
  release_partitions: endpoint('partitions/release', { reads: true }),

  create_alias: endpoint('aliases/create', { names: ALIAS }),
  alter_alias: endpoint('aliases/alter', { names: ALIAS }),
  drop_alias: endpoint('aliases/drop', { names: ALIAS }),
  describe_alias: endpoint('aliases/describe', {
    reads: true,
    names: ALIAS,
    write: ({ alias, collection_name, db_name = 'default' }) => ({
      data: { dbName: db_name, collectionName: collection_name, aliasName: alias },
    }),
    read: ({ data }) => ({ alias: data.aliasName, collection_name: data.collectionName, db_name: data.dbName }),
  }),
  list_aliases: endpoint('aliases/list', {
    reads: true,
    write: ({ aliases }) => ({ data: aliases }),
    read: ({ data }, { params }) => ({ aliases: data, collection_name: params.collection_name ?? '', db_name: params.db_name ?? 'default' }),
  }),

  create_database: endpoint('databases/create'),
  drop_database: endpoint('databases/drop'),
  list_databases: endpoint('databases/list', { reads: true, reply: same }),
  describe_database: endpoint('databases/describe', {
    reads: true,
    write: ({ name, ...properties }) => ({ data: { dbName: name, dbID: 0, properties: pairsOf(properties) } }),
    read: ({ data }) => ({ name: data.dbName, ...dictOf(data.properties) }),
  }),
  alter_database_properties: endpoint('databases/alter'),
  drop_database_properties: endpoint('databases/drop_properties'),

  get_server_version: endpoint('common/version', { reads: true, reply: same }),
  run_analyzer: endpoint('common/run_analyzer', {
    reads: true,
    toRest: ({ texts, analyzer_params, analyzer_names, ...params }) =>
      defined({
        ...toTheirs(params),
        text: [texts].flat(),
        analyzerParams: isPlainObject(analyzer_params) ? writeJson(analyzer_params) : analyzer_params,
        analyzerNames: analyzer_names && [analyzer_names].flat(),
      }),
    write: (result) => ({ data: result }),
    read: ({ data }, { params }) => tokensFromRest(data.results, params),
  }),

  list_users: endpoint('users/list', { reads: true, reply: same }),
  create_user: endpoint('users/create'),
  update_password: endpoint('users/update_password', {
    names: USER,
    toRest: ({ reset_connection: _, ...params }) => toTheirs(params, USER), // which is of pymilvus' connection
  }),
  drop_user: endpoint('users/drop'),
  describe_user: endpoint('users/describe', {
    reads: true,
    reply: same,
    read: ({ data }, { params }) => ({ user_name: params.user_name, roles: data }),
  }),
  grant_role: endpoint('users/grant_role'),
  revoke_role: endpoint('users/revoke_role'),
  list_roles: endpoint('roles/list', { reads: true, reply: same }),
  create_role: endpoint('roles/create'),
  alter_role: endpoint('roles/alter'),
  drop_role: endpoint('roles/drop'),
  describe_role: endpoint('roles/describe', {
    reads: true,
    reply: same,
    read: ({ data }, { params: { role_name } }) => ({
      role: role_name,
      privileges: (data ?? []).map((/** @type {Dict} */ { grantor, ...one }) => ({ ...toOurs(one), role_name, grantor_name: grantor })),
    }),
  }),
  grant_privilege: endpoint('roles/grant_privilege'),
  revoke_privilege: endpoint('roles/revoke_privilege'),
  grant_privilege_v2: endpoint('roles/grant_privilege_v2'),
  revoke_privilege_v2: endpoint('roles/revoke_privilege_v2'),
  create_privilege_group: endpoint('privilege_groups/create', { names: GROUP }),
  drop_privilege_group: endpoint('privilege_groups/drop', { names: GROUP }),
  list_privilege_groups: endpoint('privilege_groups/list', {
    reads: true,
    reply: same,
    read: ({ data }) =>
      data.privilegeGroups.map((/** @type {Dict} */ { privilegeGroupName, privileges }) => ({
        privilege_group: privilegeGroupName,
        privileges: privileges ? privileges.split(',') : [],
      })),
  }),
  add_privileges_to_group: endpoint('privilege_groups/add_privileges_to_group', { names: GROUP }),
  remove_privileges_from_group: endpoint('privilege_groups/remove_privileges_from_group', { names: GROUP }),
});

/** Paths that mean the same as another. */
export const SAME_PATHS = Object.freeze({ 'databases/alter_properties': 'databases/alter' });

/** The header in which the server of this package says more of an error than a code and a message. */
export const ERROR_HEADER = 'milvus-error';
