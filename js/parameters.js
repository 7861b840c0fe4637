// The two ways to call a method: one object of named parameters, or pymilvus' positions.

import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { isPlainObject } from './rows.js';

/** The order of each method's parameters in pymilvus. */
const POSITIONS = Object.freeze({
  create_schema: '',
  prepare_index_params: 'field_name',
  add_field: 'field_name datatype',
  add_index: 'field_name index_type index_name',
  Function: 'name function_type input_field_names output_field_names description params',
  create_collection:
    'collection_name dimension primary_field_name id_type vector_field_name metric_type auto_id timeout schema index_params',
  has_collection: 'collection_name timeout',
  list_collections: '',
  describe_collection: 'collection_name timeout',
  drop_collection: 'collection_name timeout',
  alter_collection_properties: 'collection_name properties timeout',
  drop_collection_properties: 'collection_name property_keys timeout',
  rename_collection: 'old_name new_name target_db timeout',
  get_collection_stats: 'collection_name timeout',
  insert: 'collection_name data timeout partition_name',
  upsert: 'collection_name data timeout partition_name',
  get: 'collection_name ids output_fields timeout partition_names',
  delete: 'collection_name ids timeout filter partition_name',
  query: 'collection_name filter output_fields timeout ids partition_names',
  query_iterator: 'collection_name batch_size limit filter output_fields partition_names timeout',
  search_iterator:
    'collection_name data batch_size filter limit output_fields search_params timeout partition_names anns_field round_decimal',
  search:
    'collection_name data filter limit output_fields search_params timeout partition_names anns_field',
  create_index: 'collection_name index_params timeout',
  list_indexes: 'collection_name field_name',
  describe_index: 'collection_name index_name timeout',
  drop_index: 'collection_name index_name timeout',
  load_collection: 'collection_name timeout',
  release_collection: 'collection_name timeout',
  create_partition: 'collection_name partition_name timeout',
  drop_partition: 'collection_name partition_name timeout',
  has_partition: 'collection_name partition_name timeout',
  list_partitions: 'collection_name timeout',
  get_partition_stats: 'collection_name partition_name timeout',
  load_partitions: 'collection_name partition_names timeout',
  release_partitions: 'collection_name partition_names timeout',
  get_load_state: 'collection_name partition_name timeout',
  truncate_collection: 'collection_name timeout',
  add_collection_field: 'collection_name field_name data_type desc timeout',
  alter_collection_field: 'collection_name field_name field_params timeout',
  refresh_load: 'collection_name timeout',
  create_alias: 'collection_name alias timeout',
  alter_alias: 'collection_name alias timeout',
  drop_alias: 'alias timeout',
  describe_alias: 'alias timeout',
  list_aliases: 'collection_name timeout',
  create_database: 'db_name timeout',
  drop_database: 'db_name timeout',
  list_databases: 'timeout',
  describe_database: 'db_name timeout',
  alter_database_properties: 'db_name properties timeout',
  drop_database_properties: 'db_name property_keys timeout',
  use_database: 'db_name timeout',
  flush: 'collection_name timeout',
  get_server_version: 'timeout',
  verify: '',
  compact: 'collection_name is_clustering timeout',
  get_compaction_state: 'job_id timeout',
});

/** Parameters that may be a plain object themselves. */
const TAKES_OBJECT = new Set([
  'data',
  'field_params',
  'index_params',
  'params',
  'properties',
  'schema',
  'search_params',
]);

/**
 * The named parameters of a call, whichever way it is written:
 *
 *     insert({ collection_name: 'documents', data: rows, partition_name: 'new' })
 *     insert('documents', rows, { partition_name: 'new' })
 *
 * A plain object in last place holds named parameters, unless its place takes an object: there it
 * does only if that parameter is named in it, and nothing stands beside it but other parameters.
 *
 * @param {keyof typeof POSITIONS} method
 * @param {readonly unknown[]} args
 * @returns {Record<string, any>}
 * @throws {ParamError} more positions than the method has, or a parameter given twice
 */
export function named(method, args) {
  const names = POSITIONS[method].split(' ').filter(Boolean);
  let last = args.length - 1;
  while (last >= 0 && args[last] === undefined) last--;
  const hasOptions = last >= 0 && isOptions(args[last], names, last);
  const positional = args.slice(0, hasOptions ? last : last + 1);
  if (positional.length > names.length) {
    const got = `${positional.length} positional arguments`;
    throw new ParamError(
      Code.ParameterInvalid,
      `${method} takes at most ${names.length}, got ${got}`,
    );
  }
  /** @type {Record<string, any>} */
  const params = hasOptions ? { .../** @type {object} */ (args[last]) } : {};
  positional.forEach((value, i) => {
    const name = names[i];
    if (value === undefined) return;
    if (params[name] !== undefined) {
      const message = `${method} got '${name}' twice: by position and by name`;
      throw new ParamError(Code.ParameterInvalid, message, { detail: { field: name } });
    }
    params[name] = value;
  });
  return params;
}

/**
 * @param {unknown} value
 * @param {string[]} names
 * @param {number} at
 */
function isOptions(value, names, at) {
  if (!isPlainObject(value)) return false;
  const name = names[at];
  if (name === undefined || !TAKES_OBJECT.has(name)) return true;
  return name in value && Object.keys(value).every((key) => names.includes(key));
}
