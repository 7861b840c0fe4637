// Generated from the engine's own description by: node wasm/generate_constants.mjs

export const DataType = Object.freeze({
  BOOL: 1,
  INT8: 2,
  INT16: 3,
  INT32: 4,
  INT64: 5,
  FLOAT: 10,
  DOUBLE: 11,
  VARCHAR: 21,
  ARRAY: 22,
  JSON: 23,
  GEOMETRY: 24,
  TIMESTAMPTZ: 26,
  BINARY_VECTOR: 100,
  FLOAT_VECTOR: 101,
  FLOAT16_VECTOR: 102,
  BFLOAT16_VECTOR: 103,
  SPARSE_FLOAT_VECTOR: 104,
  INT8_VECTOR: 105,
});

export const MetricType = Object.freeze({
  COSINE: 'COSINE',
  IP: 'IP',
  L2: 'L2',
});

export const IndexType = Object.freeze({
  AUTOINDEX: 'AUTOINDEX',
  FLAT: 'FLAT',
  HNSW: 'HNSW',
  HNSW_SQ: 'HNSW_SQ',
  IVF_FLAT: 'IVF_FLAT',
  IVF_SQ8: 'IVF_SQ8',
});

export const FunctionType = Object.freeze({
  UNKNOWN: 0,
  BM25: 1,
  TEXTEMBEDDING: 2,
  RERANK: 3,
});

export const LoadState = Object.freeze({
  NotExist: 0,
  NotLoad: 1,
  Loading: 2,
  Loaded: 3,
});

export const Code = Object.freeze({
  Success: 0,
  ConnectionConfig: 1,
  ServiceMemoryLimitExceeded: 3,
  ServiceInternal: 5,
  ServiceDiskLimitExceeded: 7,
  ServiceQuotaExceeded: 9,
  ServiceUnimplemented: 10,
  CollectionNotFound: 100,
  CollectionNotLoaded: 101,
  CollectionIllegalSchema: 105,
  CollectionIllegalPrimaryKey: 105,
  PartitionNotFound: 200,
  IndexNotFound: 700,
  IndexNotSupported: 701,
  IndexDuplicate: 702,
  IndexAmbiguous: 1100,
  DatabaseNotFound: 800,
  IoFailed: 1001,
  DataDamaged: 1001,
  ParameterInvalid: 1100,
  ParameterMissing: 1101,
  ParameterTooLarge: 1102,
  DataNotMatch: 1100,
  FieldNotFound: 1700,
  FieldNameInvalid: 1701,
  Unexpected: 65535,
});

/** The operations: number in a message, and the parameter that travels as columns. */
export const OPERATIONS = Object.freeze({
  open: { id: 1, bulk: '' },
  close: { id: 2, bulk: '' },
  create_collection: { id: 3, bulk: '' },
  has_collection: { id: 4, bulk: '' },
  list_collections: { id: 5, bulk: '' },
  describe_collection: { id: 6, bulk: '' },
  drop_collection: { id: 7, bulk: '' },
  rename_collection: { id: 8, bulk: '' },
  get_collection_stats: { id: 9, bulk: '' },
  insert: { id: 10, bulk: 'rows' },
  upsert: { id: 11, bulk: 'rows' },
  get: { id: 12, bulk: 'ids' },
  delete: { id: 13, bulk: 'ids' },
  search: { id: 14, bulk: 'vectors' },
  create_index: { id: 15, bulk: '' },
  list_indexes: { id: 16, bulk: '' },
  describe_index: { id: 17, bulk: '' },
  drop_index: { id: 18, bulk: '' },
  load_collection: { id: 19, bulk: '' },
  release_collection: { id: 20, bulk: '' },
  get_load_state: { id: 21, bulk: '' },
  flush: { id: 22, bulk: '' },
  get_server_version: { id: 23, bulk: '' },
  maintain: { id: 24, bulk: '' },
  alter_collection_properties: { id: 25, bulk: '' },
  drop_collection_properties: { id: 26, bulk: '' },
  checkpoint: { id: 27, bulk: '' },
  query: { id: 28, bulk: 'ids' },
  verify: { id: 29, bulk: '' },
  compact: { id: 30, bulk: '' },
  get_compaction_state: { id: 31, bulk: '' },
});
