// The words of Milvus' REST for ours: both directions, nothing else.

import { DataType, FunctionType, LoadState } from './constants.js';
import { isPlainObject } from './rows.js';

/** @typedef {Record<string, any>} Dict */

/** Names that are not the camel case of ours. */
const RENAMED = /** @type {Dict} */ ({
  auto_id: 'autoID',
  filter_params: 'exprParams',
  group_by_field: 'groupingField',
  ids: 'id',
  job_id: 'jobID',
});

/** The names that a server knows in any case, as Go reads JSON. */
const KNOWN = new Map(
  `collection_name db_name dimension metric_type id_type auto_id primary_field_name vector_field_name schema index_params
   params description properties data partition_name partition_names filter filter_params output_fields limit offset ids
   anns_field search_params group_by_field group_size strict_group_size round_decimal consistency_level explain order_by_fields
   group_by_fields
   partial_update index_name field_name index_type property_keys job_id alias_name new_collection_name new_db_name
   enable_dynamic_field fields functions max_length data_type is_primary is_partition_key is_clustering_key
   element_data_type element_type_params nullable default_value name type input_field_names output_field_names
   user_name password new_password role_name object_type object_name privilege rerank search detail primary_field
   shards_num partitions_num ttl_seconds field_params texts analyzer_params expr`
    .split(/\s+/)
    .map((ours) => [theirName(ours).toLowerCase(), ours]),
);

/** @param {string} ours */
export function theirName(ours) {
  return RENAMED[ours] ?? ours.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} theirs */
export function ourName(theirs) {
  const plain = theirs.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return KNOWN.get(theirs.toLowerCase()) ?? plain;
}

/**
 * @param {Dict} object
 * @param {Record<string, string>} [names]  where they are not the usual ones
 * @returns {Dict}
 */
export function toTheirs(object, names = {}) {
  return renamed(object, (name) => names[name] ?? theirName(name));
}

/**
 * @param {Dict} object
 * @param {Record<string, string>} [names]  as for toTheirs
 * @returns {Dict}
 */
export function toOurs(object, names = {}) {
  const back = Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [theirs.toLowerCase(), ours]));
  return renamed(object, (name) => back[name.toLowerCase()] ?? ourName(name));
}

/**
 * @param {Dict} object
 * @param {(name: string) => string} rename
 */
function renamed(object, rename) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [rename(name), value]));
}

/** Maps members that are plain objects, and leaves to the engine what is not as it should be.
 *
 * @param {any} value
 * @param {(object: Dict) => any} map
 */
export const ifObject = (value, map) => (isPlainObject(value) ? map(value) : value);

/**
 * @param {any} value
 * @param {(object: Dict) => any} map
 */
export const ifObjects = (value, map) =>
  Array.isArray(value) ? value.map((item) => ifObject(item, map)) : ifObject(value, (one) => [map(one)]);

const TYPE_NAMES = Object.fromEntries(
  Object.keys(DataType).map((name) => {
    const words = name === 'JSON' ? 'JSON' : name.replace(/[A-Z0-9]+/g, (word) => word[0] + word.slice(1).toLowerCase());
    const special = /** @type {Dict} */ ({ VARCHAR: 'VarChar', BFLOAT16_VECTOR: 'BFloat16Vector' });
    return [name, special[name] ?? words.replaceAll('_', '')];
  }),
);
const TYPES_BY_NAME = new Map(
  Object.entries(DataType).flatMap(([name, number]) => [
    [name.toLowerCase(), number],
    [TYPE_NAMES[name].toLowerCase(), number],
  ]),
);
const NAMES_BY_TYPE = new Map(Object.entries(DataType).map(([name, number]) => [number, TYPE_NAMES[name]]));

/** @param {any} type  a number, or a name of either kind; what is none stays as it is */
export function typeNumber(type) {
  return typeof type === 'string' ? (TYPES_BY_NAME.get(type.toLowerCase()) ?? type) : type;
}

/** @param {any} type */
export function typeName(type) {
  return NAMES_BY_TYPE.get(typeNumber(type)) ?? type;
}

const FUNCTIONS = new Map(Object.entries(FunctionType).map(([name, number]) => [number, name]));

/** @param {any} type */
export const functionName = (type) => FUNCTIONS.get(type) ?? type;

/** @param {any} name */
export const functionNumber = (name) =>
  (typeof name === 'string' && /** @type {Dict} */ (FunctionType)[name.toUpperCase()]) ?? name;

const LEVELS = ['Strong', 'Session', 'Bounded', 'Eventually', 'Customized'];

/** @param {any} name */
export const levelNumber = (name) => Math.max(LEVELS.indexOf(name), 0);

/** @param {number} state */
export const stateName = (state) =>
  `LoadState${Object.entries(LoadState).find(([, number]) => number === state)?.[0] ?? 'NotExist'}`;

/** @param {string} name */
export const stateNumber = (name) =>
  /** @type {Dict} */ (LoadState)[String(name).replace(/^LoadState/, '')] ?? LoadState.NotExist;

/** @param {Dict} [object] */
export const pairsOf = (object) => Object.entries(object ?? {}).map(([key, value]) => ({ key, value }));

/** @param {any} pairs  a list of { key, value } */
export const dictOf = (pairs) =>
  Object.fromEntries((pairs ?? []).map((/** @type {Dict} */ { key, value }) => [key, value]));
