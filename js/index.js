// What the package exports.

export { MilvusClient } from './client.js';
export { DataType, FunctionType, IndexType, LoadState, MetricType } from './constants.js';
export {
  AmbiguousIndexName,
  AutoIDException,
  CollectionNotExistException,
  ConnectError,
  ConnectionConfigException,
  ConnectionNotExistException,
  DataNotMatchException,
  DataTypeNotMatchException,
  DataTypeNotSupportException,
  DescribeCollectionException,
  FieldsTypeException,
  FunctionsTypeException,
  IndexNotExistException,
  MilvusException,
  MilvusUnavailableException,
  ParamError,
  PartitionKeyException,
  PrimaryKeyException,
  SchemaNotReadyException,
  ServerVersionIncompatibleException,
} from './errors.js';
export { AnnSearchRequest, RRFRanker, WeightedRanker } from './hybrid.js';
export { CollectionSchema, IndexParams, MilvusFunction as Function } from './schema.js';

/** @typedef {import('./options.js').ClientOptions} ClientOptions */
/** @typedef {import('./connect.js').StorageInfo} StorageInfo */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./client.js').Hit<Entity>} Hit */
/** @template Item @typedef {import('./iterators.js').BatchIterator<Item>} BatchIterator */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./iterators.js').SearchIterator<Entity>} SearchIterator */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./iterators.js').SearchPage<Entity>} SearchPage */
/** @template {object} [Entity=import('./requests.js').Row] @typedef {import('./client.js').Hits<Entity>} Hits */
/** @typedef {import('./results.js').Explanation} Explanation */
/** @typedef {import('./building.js').IndexProgress} IndexProgress */
/** @typedef {import('./client.js').Row} Row */
/** @typedef {import('./results.js').Id} Id */
