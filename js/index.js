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
export { CollectionSchema, IndexParams, MilvusFunction as Function } from './schema.js';

/** @typedef {import('./options.js').ClientOptions} ClientOptions */
/** @typedef {import('./connect.js').StorageInfo} StorageInfo */
/** @typedef {import('./client.js').Hit} Hit */
/** @template Item @typedef {import('./iterators.js').BatchIterator<Item>} BatchIterator */
/** @typedef {import('./iterators.js').SearchIterator} SearchIterator */
/** @typedef {import('./iterators.js').SearchPage} SearchPage */
/** @typedef {import('./client.js').Hits} Hits */
/** @typedef {import('./results.js').Explanation} Explanation */
/** @typedef {import('./building.js').IndexProgress} IndexProgress */
/** @typedef {import('./client.js').Row} Row */
/** @typedef {import('./results.js').Id} Id */
