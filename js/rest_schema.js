// Schemas, indexes and descriptions as Milvus' REST writes them. What is not as it should be passes
// as it is: the engine judges it.

import { DataType } from './constants.js';
import {
  dictOf,
  functionName,
  functionNumber,
  ifObject,
  ifObjects,
  levelNumber,
  pairsOf,
  stateName,
  toOurs,
  toTheirs,
  typeName,
  typeNumber,
} from './rest_names.js';
import { isPlainObject } from './rows.js';

/** @typedef {Record<string, any>} Dict */

const FIELD = {
  field_name: 'fieldName',
  datatype: 'dataType',
  element_type: 'elementDataType',
  is_primary: 'isPrimary',
  params: 'elementTypeParams',
};
const OF_FIELD = new Set(
  'field_name datatype element_type is_primary auto_id is_partition_key is_clustering_key nullable default_value description params'.split(' '),
);

/** @param {Dict} given  in any of the ways that create_collection takes */
export function fieldToRest({ name, type, data_type, dtype, ...field }) {
  const all = /** @type {Dict} */ (
    defined({ field_name: name, datatype: type ?? data_type ?? dtype, ...field })
  );
  const flat = Object.entries(all).filter(([key]) => !OF_FIELD.has(key));
  const own = Object.fromEntries(Object.entries(all).filter(([key]) => OF_FIELD.has(key)));
  if (own.datatype !== undefined) own.datatype = typeName(own.datatype);
  if (own.element_type !== undefined) own.element_type = typeName(own.element_type);
  if (isPlainObject(own.params ?? {})) own.params = { ...own.params, ...Object.fromEntries(flat) };
  return toTheirs(own, FIELD);
}

/** @param {Dict} given */
export function fieldFromRest(given) {
  const { datatype, element_type, ...field } = toOurs(given, FIELD);
  return defined({ ...field, datatype: typeNumber(datatype), element_type: typeNumber(element_type) });
}

const FUNCTION_TYPE = { type: 'type' };

/** @param {Dict} given */
export const functionToRest = ({ function_type, type, ...more }) =>
  defined({ ...toTheirs(more), type: functionName(type ?? function_type) });

/** @param {Dict} given */
const functionFromRest = (given) => {
  const { type, ...more } = toOurs(given, FUNCTION_TYPE);
  return defined({ ...more, type: functionNumber(type) });
};

/** @param {Dict} schema */
function schemaToRest({ fields, functions, ...more }) {
  const auto_id = more.auto_id || (Array.isArray(fields) && fields.some((field) => field?.is_primary && field?.auto_id));
  return defined({
    ...toTheirs({ ...more, ...(auto_id && { auto_id }) }),
    fields: ifObjects(fields, fieldToRest),
    functions: ifObjects(functions, functionToRest),
  });
}

/** @param {Dict} given */
function schemaFromRest(given) {
  const { fields, functions, ...more } = toOurs(given);
  return defined({
    ...more,
    fields: ifObjects(fields, fieldFromRest),
    functions: ifObjects(functions, functionFromRest),
  });
}

const INDEX = { params: 'params' };

/** @param {Dict} given */
function indexToRest({ field_name, index_name, index_type, metric_type, params, ...flat }) {
  const all = isPlainObject(params ?? {}) ? { ...params, ...flat } : params;
  return defined(toTheirs({ field_name, index_name, index_type, metric_type, params: all }, INDEX));
}

/** @param {Dict} given */
function indexFromRest(given) {
  const { params, ...index } = toOurs(given, INDEX);
  const { index_type, ...rest } = isPlainObject(params) ? params : { index_type: undefined };
  const all = isPlainObject(params) ? rest : params;
  return defined({ ...index, index_type: index.index_type ?? index_type, params: all });
}

/** @param {any} params  IndexParams, a list, or one */
export const indexesToRest = (params) => ifObjects(plain(params), indexToRest);

/** @param {any} params */
export const indexesFromRest = (params) => ifObjects(params, indexFromRest);

/** Of the quick form, those that REST has in params; everything else there is a property. */
const IN_PARAMS = {
  enable_dynamic_field: 'enableDynamicField',
  max_length: 'max_length',
  consistency_level: 'consistencyLevel',
  num_shards: 'shardsNum',
  shards_num: 'shardsNum',
  num_partitions: 'partitionsNum',
};
const TTL = 'collection.ttl.seconds';
const ID_TYPES = new Map(/** @type {[any, string][]} */ (Object.entries({ int: 'Int64', INT64: 'Int64', string: 'VarChar', str: 'VarChar', VARCHAR: 'VarChar' })));
ID_TYPES.set(DataType.INT64, 'Int64').set(DataType.VARCHAR, 'VarChar');
const ID_NAMES = /** @type {Dict} */ ({ Int64: 'int', VarChar: 'string' });

/** @param {Dict} given  of create_collection */
export function createToRest({ schema, index_params, properties, id_type, ...more }) {
  /** @type {Dict} */
  const params = { ...(isPlainObject(properties) && properties) };
  for (const [ours, theirs] of Object.entries(IN_PARAMS)) {
    if (/** @type {Dict} */ (more)[ours] !== undefined) params[theirs] = /** @type {Dict} */ (more)[ours];
    delete (/** @type {Dict} */ (more)[ours]);
  }
  if (params[TTL] !== undefined) params.ttlSeconds = params[TTL];
  delete params[TTL];
  return defined({
    ...toTheirs(more),
    idType: ID_TYPES.get(id_type) ?? id_type,
    schema: ifObject(plain(schema), schemaToRest),
    indexParams: index_params == null ? index_params : indexesToRest(index_params),
    properties: isPlainObject(properties) ? undefined : properties,
    params: Object.keys(params).length > 0 ? params : undefined,
  });
}

/** @param {Dict} body */
export function createFromRest(body) {
  const { schema, index_params, id_type, params, properties, ...more } = toOurs(body);
  const out = /** @type {Dict} */ ({ ...more });
  const names = Object.fromEntries(Object.entries(IN_PARAMS).map(([ours, theirs]) => [theirs, ours]));
  const kept = /** @type {Dict} */ ({ ...(isPlainObject(properties) && properties) });
  for (const [name, value] of Object.entries(isPlainObject(params) ? params : {})) {
    if (names[name]) out[names[name]] = value;
    else if (name === 'ttlSeconds') kept[TTL] = value;
    else kept[name] = value;
  }
  if (schema != null) {
    // said by clients in either form, and meaningless here
    for (const name of ['metric_type', 'primary_field_name', 'vector_field_name']) delete out[name];
  }
  return defined({
    ...out,
    id_type: ID_NAMES[id_type] ?? id_type,
    schema: ifObject(schema, schemaFromRest),
    index_params: indexesFromRest(index_params),
    properties: properties === undefined || isPlainObject(properties) ? (Object.keys(kept).length ? kept : undefined) : properties,
  });
}

/** @param {Dict} d  of describe_collection */
export function descriptionToRest(d) {
  return {
    collectionName: d.collection_name,
    collectionID: d.collection_id,
    description: d.description,
    autoId: d.auto_id,
    fields: d.fields.map(describedToRest),
    functions: d.functions.map(functionToRest),
    aliases: d.aliases,
    indexes: d.indexes ?? [],
    load: stateName(d.load),
    shardsNum: d.num_shards,
    partitionsNum: d.num_partitions,
    consistencyLevel: d.consistency_level_name,
    enableDynamicField: d.enable_dynamic_field,
    properties: pairsOf(d.properties),
    createdTimestamp: String(BigInt(d.created_timestamp)),
    updateTimestamp: String(BigInt(d.update_timestamp)),
  };
}

/** @param {Dict} f */
const describedToRest = (f) =>
  defined({
    name: f.name,
    id: f.field_id,
    type: typeName(f.type),
    primaryKey: Boolean(f.is_primary),
    partitionKey: Boolean(f.is_partition_key),
    clusteringKey: Boolean(f.is_clustering_key),
    autoId: Boolean(f.auto_id),
    nullable: Boolean(f.nullable),
    description: f.description,
    defaultValue: f.default_value,
    elementType: typeName(f.element_type),
    isFunctionOutput: f.is_function_output,
    params: pairsOf(f.params).map(({ key, value }) => ({ key, value: typeof value === 'object' ? JSON.stringify(value) : String(value) })),
  });

/** @param {Dict} d */
export function descriptionFromRest(d) {
  return defined({
    collection_name: d.collectionName,
    auto_id: Boolean(d.autoId),
    num_shards: d.shardsNum,
    description: d.description ?? '',
    fields: d.fields.map(describedFromRest),
    functions: (d.functions ?? []).map(functionFromRest),
    aliases: d.aliases ?? [],
    collection_id: d.collectionID,
    created_timestamp: numberOf(d.createdTimestamp), // which serve says, and not Milvus
    update_timestamp: numberOf(d.updateTimestamp),
    consistency_level: levelNumber(d.consistencyLevel),
    consistency_level_name: d.consistencyLevel,
    properties: dictOf(d.properties),
    num_partitions: d.partitionsNum,
    enable_dynamic_field: Boolean(d.enableDynamicField),
  });
}

/** @param {string | undefined} text */
const numberOf = (text) => (text === undefined ? undefined : Number(text));

/** @param {Dict} f */
const describedFromRest = (f) =>
  defined({
    field_id: f.id,
    name: f.name,
    description: f.description ?? '',
    type: typeNumber(f.type),
    params: Object.fromEntries(Object.entries(dictOf(f.params)).map(([key, value]) => [key, paramOf(value)])),
    is_primary: f.primaryKey || undefined,
    auto_id: f.autoId || undefined,
    nullable: f.nullable || undefined,
    is_partition_key: f.partitionKey || undefined,
    is_clustering_key: f.clusteringKey || undefined,
    is_function_output: f.isFunctionOutput || undefined,
    default_value: defaultOf(f.defaultValue),
    element_type: typeNumber(f.elementType || undefined),
  });

/** A type's parameter out of text. @param {any} value */
function paramOf(value) {
  if (typeof value !== 'string' || !/^(\d{1,15}|true|false|\{.*\})$/s.test(value)) return value;
  return JSON.parse(value);
}

/** A server says { Data: { LongData: 5 } }. @param {any} value */
function defaultOf(value) {
  return isPlainObject(value) && isPlainObject(value.Data) ? Object.values(value.Data)[0] : value;
}

/**
 * @param {Dict} d  of describe_index
 * @returns {Dict}
 */
export function indexDescriptionToRest({ index_name, field_name, index_type, metric_type, total_rows, indexed_rows, pending_index_rows, state, served_by, ...params }) {
  return defined({
    indexName: index_name,
    fieldName: field_name,
    indexType: index_type,
    metricType: metric_type,
    totalRows: total_rows,
    pendingRows: pending_index_rows,
    indexedRows: indexed_rows,
    indexState: state,
    failReason: '',
    params,
    servedBy: served_by,
  });
}

/** @param {Dict} d */
export function indexDescriptionFromRest(d) {
  return defined({
    ...d.params,
    index_type: d.indexType,
    metric_type: d.metricType,
    field_name: d.fieldName,
    index_name: d.indexName,
    total_rows: d.totalRows,
    indexed_rows: d.indexedRows,
    pending_index_rows: d.pendingRows,
    state: d.indexState,
    served_by: d.servedBy,
  });
}

/** Builders as what they have built. @param {any} value */
export const plain = (value) => (typeof value?.toJSON === 'function' ? value.toJSON() : value);

/** @param {Dict} object */
export const defined = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
