// Schemas, indexes and properties as Milvus' protobuf has them, and as the client has them.

import { DataType } from './constants.js';
import { integerOf, timesOf } from './grpc_values.js';
import { readJson, writeJson } from './json.js';
import { dictOf } from './rest_names.js';

/** @typedef {Record<string, any>} Dict */

/** Values as text. @param {Dict} dict */
export const pairsOf = (dict = {}) =>
  Object.entries(dict).map(([key, value]) => ({ key, value: typeof value === 'string' ? value : String(writeJson(value)) }));

/**
 * Parameters come as text: numbers, truth values and objects are what they say.
 *
 * @param {string} text
 */
function parsed(text) {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'; // Python says True
  if (!/^(-?\d|[[{])/.test(text)) return text;
  try {
    return readJson(text);
  } catch {
    return text;
  }
}

/** @param {Dict} dict  @returns {Dict} */
export const parsedDict = (dict) => Object.fromEntries(Object.entries(dict).map(([key, value]) => [key, parsed(value)]));

/**
 * What create_collection takes.
 *
 * @param {Dict} schema  a CollectionSchema
 * @returns {Dict}
 */
export function schemaOf({ description, enable_dynamic_field, autoID, fields, functions = [] }) {
  return {
    description,
    enable_dynamic_field,
    auto_id: autoID,
    fields: fields.filter((/** @type {Dict} */ { is_dynamic }) => !is_dynamic).map(fieldOf),
    ...(functions.length > 0 && { functions: functions.map(functionOf) }),
  };
}

/** @param {Dict} field  a FieldSchema */
export function fieldOf(field) {
  const { name, description, data_type, element_type, type_params, default_value } = field;
  return {
    name,
    description,
    type: data_type,
    ...(data_type === DataType.ARRAY && { element_type }),
    ...(field.is_primary_key && { is_primary: true }),
    ...(field.autoID && { auto_id: true }),
    ...(field.nullable && { nullable: true }),
    ...(field.is_partition_key && { is_partition_key: true }),
    ...(default_value && { default_value: defaultOf(default_value) }),
    params: parsedDict(dictOf(type_params)),
  };
}

/** @param {Dict} value  a ValueField */
function defaultOf(value) {
  if (value.long_data != null) return integerOf(value.long_data);
  if (value.timestamptz_data != null) return timesOf([value.timestamptz_data])[0];
  const [, given] = Object.entries(value).find(([key, member]) => key !== 'data' && member != null) ?? [];
  return Buffer.isBuffer(given) ? readJson(given.toString('utf8')) : given;
}

/** @param {Dict} f  a FunctionSchema */
function functionOf({ name, description, type, input_field_names, output_field_names, params }) {
  return { name, description, type, input_field_names, output_field_names, params: parsedDict(dictOf(params)) };
}

/**
 * A DescribeCollectionResponse, without its status.
 *
 * @param {Dict} described
 * @param {string} database
 */
export function descriptionOf(described, database) {
  const { collection_name, description, enable_dynamic_field, fields, functions = [], properties } = described;
  const id = String(described.collection_id);
  return {
    collection_name,
    collectionID: id,
    db_name: database || 'default',
    shards_num: described.num_shards,
    num_partitions: String(described.num_partitions),
    consistency_level: described.consistency_level,
    aliases: described.aliases ?? [],
    properties: pairsOf(properties),
    ...timesOfCollection(described),
    schema: {
      name: collection_name,
      description,
      autoID: Boolean(described.auto_id),
      enable_dynamic_field: Boolean(enable_dynamic_field),
      fields: fields.map(fieldSchemaOf),
      functions: functions.map((/** @type {Dict} */ { params, ...f }, /** @type {number} */ i) => ({
        id: i + 1,
        ...f,
        params: pairsOf(params),
      })),
    },
  };
}

/**
 * When a collection was made and altered, as hybrid times and, of the first, milliseconds.
 *
 * @param {Dict} described
 */
export function timesOfCollection({ created_timestamp, update_timestamp }) {
  const created = BigInt(created_timestamp);
  return {
    created_timestamp: String(created),
    created_utc_timestamp: String(created >> 18n),
    update_timestamp: String(BigInt(update_timestamp)),
  };
}

/** @param {Dict} field */
function fieldSchemaOf(field) {
  return {
    fieldID: String(field.field_id),
    name: field.name,
    description: field.description,
    data_type: field.type,
    element_type: field.element_type ?? 0,
    type_params: pairsOf(field.params),
    is_primary_key: Boolean(field.is_primary),
    autoID: Boolean(field.auto_id),
    nullable: Boolean(field.nullable),
    is_partition_key: Boolean(field.is_partition_key),
    is_function_output: Boolean(field.is_function_output),
    state: 0,
    ...(field.default_value !== undefined && field.default_value !== null && { default_value: valueFieldOf(field) }),
  };
}

/** @param {Dict} field */
function valueFieldOf({ type, default_value: value }) {
  switch (type) {
    case DataType.BOOL:
      return { bool_data: value };
    case DataType.INT64:
      return { long_data: String(value) };
    case DataType.FLOAT:
      return { float_data: value };
    case DataType.DOUBLE:
      return { double_data: value };
    case DataType.VARCHAR:
    case DataType.TIMESTAMPTZ:
    case DataType.GEOMETRY:
      return { string_data: value };
    case DataType.JSON:
      return { bytes_data: Buffer.from(String(writeJson(value))) };
    default:
      return { int_data: value };
  }
}

/**
 * What create_index takes. Parameters stand in a JSON text, beside it, or both.
 *
 * @param {Dict} request
 */
export function indexOf({ field_name, index_name, extra_params }) {
  const { index_type, metric_type, params, ...flat } = dictOf(extra_params);
  const inner = params ? /** @type {Dict} */ (parsed(params)) : {};
  return {
    field_name,
    ...(index_name && { index_name }),
    ...(index_type && { index_type }),
    ...(metric_type && { metric_type }),
    params: { ...inner, ...parsedDict(flat) },
  };
}

const INDEX_STATE = /** @type {Record<string, number>} */ ({ InProgress: 2, Finished: 3 });

/** @param {Dict} index  as describe_index says it */
export function indexDescriptionOf(index) {
  const { index_name, field_name, total_rows, indexed_rows, pending_index_rows, state, served_by: _, ...params } = index;
  return {
    index_name,
    field_name,
    params: pairsOf(Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''))),
    total_rows: String(total_rows),
    indexed_rows: String(indexed_rows),
    pending_index_rows: String(pending_index_rows),
    state: INDEX_STATE[state] ?? 0,
  };
}

/** What clients say of their iterators; where a page begins, the token says alone. */
const OF_ITERATORS = [
  'iterator',
  'search_iter_v2',
  'search_iter_id',
  'search_iter_batch_size',
  'search_iter_last_bound',
  'guarantee_timestamp',
  'collection_id',
];

/**
 * What search takes, of a request's pairs.
 *
 * @param {{ key: string, value: string }[]} pairs
 */
export function searchOptionsOf(pairs) {
  const given = dictOf(pairs);
  const params = given.params ? /** @type {Dict} */ (parsed(given.params)) : {};
  const number = (/** @type {string} */ name) =>
    given[name] === undefined || given[name] === '' ? undefined : Number(given[name]);
  const { metric_type: inner, ...rest } = params;
  for (const name of OF_ITERATORS) delete rest[name];
  const iterates = /^true$/i.test(String(given.search_iter_v2 ?? params.search_iter_v2 ?? ''));
  const token = String(given.search_iter_id ?? params.search_iter_id ?? '');
  const bound = Number(given.search_iter_last_bound ?? params.search_iter_last_bound ?? 0);
  return {
    anns_field: given.anns_field || undefined,
    limit: number('topk') ?? number('limit'),
    offset: number('offset'),
    round_decimal: number('round_decimal'),
    timezone: given.timezone || undefined,
    group_by_field: given.group_by_field || undefined,
    group_size: number('group_size'),
    strict_group_size: given.strict_group_size === undefined ? undefined : /^true$/i.test(given.strict_group_size),
    order_by_fields: given.order_by_fields || undefined,
    search_params: { metric_type: given.metric_type || inner || undefined, params: rest },
    iterator: iterates ? { token, bound } : undefined,
  };
}
