// The two ways to call a method: one object of named parameters, or pymilvus' positions.

import { Code } from './constants.js';
import { ParamError } from './errors.js';
import { isPlainObject } from './rows.js';

/** The order of parameters of methods that only a server has, see client_server.js. */
export const SERVER_METHODS = Object.freeze({
  // Users, roles and privileges.
  create_user: 'user_name password timeout description',
  drop_user: 'user_name timeout',
  update_password: 'user_name old_password new_password reset_connection timeout description',
  update_user: 'user_name description timeout',
  list_users: 'timeout',
  describe_user: 'user_name timeout',
  create_role: 'role_name timeout description',
  alter_role: 'role_name description timeout',
  drop_role: 'role_name force_drop timeout',
  describe_role: 'role_name timeout',
  list_roles: 'timeout',
  grant_role: 'user_name role_name timeout',
  revoke_role: 'user_name role_name timeout',
  grant_privilege: 'role_name object_type privilege object_name db_name timeout',
  revoke_privilege: 'role_name object_type privilege object_name db_name timeout',
  grant_privilege_v2: 'role_name privilege collection_name db_name timeout',
  revoke_privilege_v2: 'role_name privilege collection_name db_name timeout',
  create_privilege_group: 'group_name timeout',
  drop_privilege_group: 'group_name timeout',
  list_privilege_groups: 'timeout',
  add_privileges_to_group: 'group_name privileges timeout',
  remove_privileges_from_group: 'group_name privileges timeout',
  // Nodes, replicas and clusters.
  create_resource_group: 'name timeout',
  update_resource_groups: 'configs timeout',
  drop_resource_group: 'name timeout',
  describe_resource_group: 'name timeout',
  list_resource_groups: 'timeout',
  transfer_replica: 'source_group target_group collection_name num_replicas timeout',
  describe_replica: 'collection_name timeout',
  session: 'cluster_id',
  get_replicate_info: 'source_cluster_id target_pchannel timeout',
  get_replicate_configuration: 'timeout',
  update_replicate_configuration: 'clusters cross_cluster_topology force_promote timeout',
  dump_messages: 'pchannel start_message_id start_timetick end_timetick timeout',
  // Segments, snapshots and files of a server.
  list_segments: 'collection_name states timeout',
  list_loaded_segments: 'collection_name timeout',
  list_persistent_segments: 'collection_name timeout states',
  get_compaction_plans: 'job_id timeout',
  list_compaction_tasks: 'collection_name timeout',
  optimize: 'collection_name target_size wait timeout',
  create_snapshot: 'snapshot_name collection_name db_name description compaction_protection_seconds timeout',
  drop_snapshot: 'snapshot_name collection_name db_name timeout',
  list_snapshots: 'collection_name db_name timeout',
  describe_snapshot: 'snapshot_name collection_name db_name timeout',
  restore_snapshot:
    'snapshot_name source_collection_name target_collection_name source_db_name target_db_name timeout',
  get_restore_snapshot_state: 'job_id timeout',
  list_restore_snapshot_jobs: 'collection_name db_name timeout',
  pin_snapshot_data: 'snapshot_name collection_name db_name ttl_seconds timeout',
  unpin_snapshot_data: 'pin_id timeout',
  add_file_resource: 'name path timeout',
  remove_file_resource: 'name timeout',
  list_file_resources: 'timeout',
  refresh_external_collection: 'collection_name external_source external_spec timeout',
  get_refresh_external_collection_progress: 'job_id timeout',
  list_refresh_external_collection_jobs: 'collection_name timeout',
  // Functions, structs, and what else a server does with fields.
  run_analyzer:
    'texts analyzer_params with_hash with_detail collection_name field_name analyzer_names timeout',
  add_collection_function: 'collection_name function timeout',
  alter_collection_function: 'collection_name function_name function timeout',
  drop_collection_function: 'collection_name function_name timeout',
  add_function_field: 'collection_name field_schema func index_params timeout',
  drop_function_field: 'collection_name function_name timeout',
  add_collection_struct_field: 'collection_name field_name struct_schema max_capacity desc timeout',
  create_struct_field_schema: '',
});

/** The order of each method's parameters in pymilvus. */
export const POSITIONS = Object.freeze({
  ...SERVER_METHODS,
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
  hybrid_search: 'collection_name reqs ranker limit output_fields timeout partition_names',
  AnnSearchRequest: 'data anns_field param limit expr expr_params',
  create_index: 'collection_name index_params timeout',
  list_indexes: 'collection_name field_name',
  describe_index: 'collection_name index_name timeout',
  drop_index: 'collection_name index_name timeout',
  alter_index_properties: 'collection_name index_name properties timeout',
  drop_index_properties: 'collection_name index_name property_keys timeout',
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
  drop_collection_field: 'collection_name field_name field_id timeout',
  refresh_load: 'collection_name timeout',
  create_alias: 'collection_name alias timeout',
  alter_alias: 'collection_name alias timeout',
  drop_alias: 'alias timeout',
  describe_alias: 'alias timeout',
  list_aliases: 'collection_name timeout',
  create_database: 'db_name properties timeout',
  drop_database: 'db_name timeout',
  list_databases: 'timeout',
  describe_database: 'db_name timeout',
  alter_database_properties: 'db_name properties timeout',
  drop_database_properties: 'db_name property_keys timeout',
  use_database: 'db_name timeout',
  flush: 'collection_name timeout',
  flush_all: 'timeout',
  get_flush_all_state: 'timeout',
  get_server_version: 'timeout detail',
  verify: '',
  compact: 'collection_name is_clustering is_l0 target_size target_size_unit timeout',
  get_compaction_state: 'job_id timeout',
});

/** Parameters that may be a plain object themselves. */
const TAKES_OBJECT = new Set([
  'data',
  'field_params',
  'func',
  'function',
  'index_params',
  'param',
  'params',
  'properties',
  'configs',
  'analyzer_params',
  'ranker',
  'expr_params',
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
