// What is refused: by which error, that nothing has changed then, and that the client goes on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadState, RRFRanker } from '../../js/index.js';
import { assertRefused } from './errors.js';
import { clientFor } from './places.js';

const match = (...says) => ({ type: 'DataNotMatchException', code: 1100, says });
const invalid = (...says) => ({ type: 'ParamError', code: 1100, says });
const missing = (...says) => ({ type: 'ParamError', code: 1101, says });
const large = (...says) => ({ type: 'ParamError', code: 1102, says });
const schemaError = (...says) => ({ type: 'SchemaNotReadyException', code: 105, says });
const keyError = (...says) => ({ type: 'PrimaryKeyException', code: 105, says });
const notFound = { type: 'CollectionNotExistException', code: 100, says: ['find collection', 'nope'] };
const unsupported = (...says) => ({ type: 'MilvusException', code: 701, says });

/** The collection `c`, strict and without dynamic fields, and `open`, which takes anything. */
async function prepare(client) {
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('vector', 'FLOAT_VECTOR', { dim: 3 })
    .add_field('text', 'VARCHAR', { max_length: 8 })
    .add_field('flag', 'BOOL', { nullable: true })
    .add_field('small', 'INT8', { nullable: true })
    .add_field('single', 'FLOAT', { nullable: true })
    .add_field('real', 'DOUBLE', { nullable: true })
    .add_field('tags', 'ARRAY', { element_type: 'INT16', max_capacity: 2, nullable: true })
    .add_field('json', 'JSON', { nullable: true });
  const index_params = { index_type: 'HNSW', metric_type: 'L2', params: { M: 8 } };
  await client.create_collection({ collection_name: 'c', schema, index_params });
  await client.create_collection({ collection_name: 'open', dimension: 3 });
  await client.create_collection({ collection_name: 'auto', dimension: 3, auto_id: true });
  await client.insert('c', [row({ id: 1 }), row({ id: 2 })]);
  await client.insert('open', [{ id: 1, vector: [1, 2, 3], more: 'x' }]);
  await client.insert('auto', [{ vector: [1, 2, 3] }]);
}

const near = { data: [[1, 2, 3]], anns_field: 'vector', limit: 1 };

const row = (fields) => ({ id: 50, vector: [1, 2, 3], text: 'ok', ...fields });

/** Two good rows, and a bad one between them. */
const among = (fields) => [row({ id: 51 }), row(fields), row({ id: 52 })];

async function snapshot(client) {
  const names = await client.list_collections();
  const all = names.map(async (name) => ({
    description: await client.describe_collection(name),
    stats: await client.get_collection_stats(name),
    state: await client.get_load_state(name),
    indexes: await client.list_indexes(name),
    rows: await client.get(name, [1, 2, 3, 50, 51, 52]),
    hits: await client.search({ collection_name: name, data: [[1, 2, 3]], output_fields: ['*'] }),
  }));
  return Promise.all(all);
}

const insert = (rows, name = 'c') => (c) => c.insert(name, rows);
const search = (p) => (c) => c.search({ collection_name: 'c', data: [[1, 2, 3]], ...p });
const quick = (p) => (c) => c.create_collection({ collection_name: 'new', dimension: 3, ...p });
const index = (index_params) => async (c) => {
  await c.drop_index('open', 'vector'); // else a second index is what is refused
  try {
    await c.create_index({ collection_name: 'open', index_params });
  } finally {
    await c.create_index('open', { index_type: 'AUTOINDEX' });
  }
};

/** A schema of these fields, after a key and a vector unless `bare`. */
const fields = (list, { bare = false, ...more } = {}) => (c) => {
  const base = [
    { name: 'id', type: 'INT64', is_primary: true },
    { name: 'vector', type: 'FLOAT_VECTOR', dim: 3 },
  ];
  return c.create_collection({ collection_name: 'new', schema: { fields: bare ? list : [...base, ...list], ...more } });
};

/** @type {Record<string, [(client: any) => Promise<any>, Parameters<typeof assertRefused>[1]][]>} */
const TABLE = {
  'a vector that is no vector of the field': [
    [insert(among({ vector: [1, 2] })), { ...match('vector', 'dim 3', 'got 2'), field: 'vector', row: 1 }],
    [insert(among({ vector: new Float32Array(4) })), { ...match('vector', 'dim 3', 'got 4'), field: 'vector', row: 1 }],
    [insert([row({ vector: Float32Array.of(1, 2) })]), { ...match('vector', 'dim 3', 'got 2'), field: 'vector', row: 0 }],
    [insert(among({ vector: [] })), { ...match('vector', 'dim 3', 'got 0'), field: 'vector', row: 1 }],
    [insert(among({ vector: [1, NaN, 2] })), { ...match('vector', '3 numbers', 'NaN'), field: 'vector', row: 1 }],
    [insert([row({ vector: Float32Array.of(1, Infinity, 2) })]), { ...match('vector', 'infinity'), field: 'vector', row: 0 }],
    [insert(among({ vector: [1, 1e39, 2] })), { ...match('vector', 'infinity'), field: 'vector', row: 1 }],
    [insert(among({ vector: 'text' })), { ...match('vector', 'a string'), field: 'vector', row: 1 }],
    [insert(among({ vector: [1, '2', 3] })), { ...match('vector', 'a string'), field: 'vector', row: 1 }],
    [insert(among({ vector: 5 })), { ...match('vector', 'a number'), field: 'vector', row: 1 }],
    [insert(among({ vector: { 0: 1 } })), { ...match('vector', 'an object'), field: 'vector', row: 1 }],
    [insert(among({ vector: null })), { ...match('vector', 'not nullable', 'null'), field: 'vector', row: 1 }],
    [insert(among({ vector: undefined })), { ...match('missed', 'vector'), field: 'vector', row: 1 }],
  ],
  'a value of the wrong type or out of range': [
    [insert(among({ id: 'one' })), { ...match('id', 'INT64', "'one'"), field: 'id', row: 1 }],
    [insert(among({ id: 1.5 })), { ...match('id', 'INT64', '1.5'), field: 'id', row: 1 }],
    [insert(among({ id: 2 ** 60 })), { ...match('id', 'INT64'), field: 'id', row: 1 }],
    [insert(among({ id: 2n ** 63n })), { ...match('id', 'INT64', '9223372036854775808'), field: 'id', row: 1 }],
    [insert(among({ id: null })), { ...match('id', 'null'), field: 'id', row: 1 }],
    [insert(among({ id: true })), { ...match('id', 'INT64', 'true'), field: 'id', row: 1 }],
    [insert(among({ text: 5 })), { ...match('text', 'a string', '5'), field: 'text', row: 1 }],
    [insert(among({ text: null })), { ...match('text', 'not nullable', 'null'), field: 'text', row: 1 }],
    [insert(among({ text: 'ninebytes' })), { ...match('text', 'max_length=8', '9 bytes'), field: 'text', row: 1 }],
    [insert(among({ text: 'größer!!' })), { ...match('text', 'max_length=8', '10 bytes'), field: 'text', row: 1 }],
    [insert(among({ flag: 1 })), { ...match('flag', 'a boolean', '1'), field: 'flag', row: 1 }],
    [insert(among({ flag: 'true' })), { ...match('flag', 'a boolean', "'true'"), field: 'flag', row: 1 }],
    [insert(among({ small: 128 })), { ...match('small', 'INT8', '127', '128'), field: 'small', row: 1 }],
    [insert(among({ small: -129 })), { ...match('small', 'INT8', '-128', '-129'), field: 'small', row: 1 }],
    [insert(among({ single: NaN })), { ...match('single', 'finite FLOAT'), field: 'single', row: 1 }],
    [insert(among({ single: 1e39 })), { ...match('single', 'FLOAT', '1e+39'), field: 'single', row: 1 }],
    [insert(among({ real: -Infinity })), { ...match('real', 'finite DOUBLE'), field: 'real', row: 1 }],
    [insert(among({ real: '1' })), { ...match('real', 'DOUBLE', "'1'"), field: 'real', row: 1 }],
    [insert(among({ tags: [1, 2, 3] })), { ...match('tags', 'max_capacity=2', '3'), field: 'tags', row: 1 }],
    [insert(among({ tags: [40000] })), { ...match('tags', 'INT16', '40000'), field: 'tags', row: 1 }],
    [insert(among({ tags: 'a' })), { ...match('tags', 'an array', "'a'"), field: 'tags', row: 1 }],
    [insert(among({ tags: [null] })), { ...match('tags', 'INT16', 'null'), field: 'tags', row: 1 }],
    [insert(among({ json: NaN })), { ...match('json'), field: 'json', row: 1 }],
    [insert(among({ json: new Map() })), { ...match('json', 'Map'), field: 'json', row: 1 }],
    [insert(among({ json: () => {} })), { ...match('json', 'function'), field: 'json', row: 1 }],
  ],
  'a field that is missing, or that nobody knows': [
    [insert([{ id: 9, vector: [1, 2, 3] }]), { ...match('missed', 'text'), field: 'text', row: 0 }],
    [insert([{ vector: [1, 2, 3], text: '' }]), { ...match('missed', 'id'), field: 'id', row: 0 }],
    [insert(among({ typo: 1 })), { ...match('unexpected', 'typo', 'dynamic'), field: 'typo', row: 1 }],
    [insert([{ id: 9, vector: [1, 2, 3], $x: 1 }], 'open'), { ...match('$x'), field: '$x', row: 0 }],
    [insert([{ id: 9, vector: [1, 2, 3], '': 1 }], 'open'), { ...match('empty'), row: 0 }],
    [insert([{ id: 9, vector: [1, 2, 3] }], 'auto'), { ...match('id', 'must not be given', 'auto_id'), field: 'id', row: 0 }],
    [(c) => c.upsert('auto', [{ vector: [1, 2, 3] }]), { ...match('missed', 'id'), field: 'id', row: 0 }],
  ],
  'rows that are no rows': [
    [insert('text'), invalid('data', 'string')],
    [insert([row({}), 5]), invalid('data', 'number', 'row 1')],
    [insert([[1, 2]]), invalid('data', 'Array', 'row 0')],
    [insert(null), invalid('data', 'null')],
    [insert(undefined), invalid('data', 'undefined')],
    [insert([new Map()]), invalid('data', 'Map')],
  ],
  'a collection that is not there': [
    [(c) => c.insert('nope', [row({})]), notFound],
    [(c) => c.upsert('nope', [row({})]), notFound],
    [(c) => c.delete('nope', [1]), notFound],
    [(c) => c.get('nope', [1]), notFound],
    [(c) => c.search('nope', [[1, 2, 3]]), notFound],
    [(c) => c.describe_collection('nope'), notFound],
    [(c) => c.get_collection_stats('nope'), notFound],
    [(c) => c.rename_collection('nope', 'x'), notFound],
    [(c) => c.create_index('nope', {}), notFound],
    [(c) => c.list_indexes('nope'), notFound],
    [(c) => c.describe_index('nope', 'x'), notFound],
    [(c) => c.drop_index('nope', 'x'), notFound],
    [(c) => c.load_collection('nope'), notFound],
    [(c) => c.release_collection('nope'), notFound],
    [(c) => c.flush('nope'), notFound],
    [(c) => c.query('nope', 'id > 0'), notFound],
    [(c) => c.hybrid_search('nope', [near], new RRFRanker()), notFound],
    [(c) => c.query_iterator('nope'), notFound],
    [(c) => c.search_iterator('nope', [[1, 2, 3]]), notFound],
    [(c) => c.truncate_collection('nope'), notFound],
    [(c) => c.alter_collection_properties('nope', { 'mmap.enabled': true }), notFound],
    [(c) => c.drop_collection_properties('nope', ['mmap.enabled']), notFound],
    [(c) => c.add_collection_field('nope', 'x', 'INT64', { nullable: true }), notFound],
    [(c) => c.alter_collection_field('nope', 'x', { max_length: 3 }), notFound],
    [(c) => c.alter_index_properties('nope', 'x', { 'mmap.enabled': true }), notFound],
    [(c) => c.drop_index_properties('nope', 'x', ['mmap.enabled']), notFound],
    [(c) => c.refresh_load('nope'), notFound],
    [(c) => c.compact('nope'), notFound],
    [(c) => c.create_partition('nope', 'p'), notFound],
    [(c) => c.drop_partition('nope', 'p'), notFound],
    [(c) => c.has_partition('nope', 'p'), notFound],
    [(c) => c.list_partitions('nope'), notFound],
    [(c) => c.get_partition_stats('nope', 'p'), notFound],
    [(c) => c.load_partitions('nope', ['p']), notFound],
    [(c) => c.release_partitions('nope', ['p']), notFound],
    [(c) => c.create_alias('nope', 'x'), notFound],
    [(c) => c.alter_alias('nope', 'x'), notFound],
    [(c) => c.list_aliases('nope'), notFound],
  ],
  'a search that makes no sense': [
    [search({ limit: 0 }), invalid('limit', '1..16384', '0')],
    [search({ limit: -1 }), invalid('limit', '1..16384', '-1')],
    [search({ limit: 16385 }), invalid('limit', '1..16384', '16385')],
    [search({ limit: 2.5 }), invalid('limit', 'integer', '2.5')],
    [search({ limit: '5' }), invalid('limit', 'integer', '5')],
    [search({ offset: -1 }), invalid('offset', '-1')],
    [search({ limit: 10, offset: 16384 }), invalid('offset + limit', '16384')],
    [search({ limit: 10, offset: Number.MAX_SAFE_INTEGER }), invalid('offset + limit', '16384')],
    [search({ round_decimal: 7 }), invalid('round_decimal', '-1..6', '7')],
    [search({ data: [[1, 2]] }), { ...match('vector', 'dim 3', 'got 2'), field: 'vector', row: 0 }],
    [search({ data: [[1, 2, 3], [1, 2, NaN]] }), { ...match('vector', 'NaN'), row: 1 }],
    [search({ data: [1, 2, 3] }), invalid('search_data', 'illegal')],
    [search({ data: [] }), invalid('data', '1..16384', '0')],
    [search({ data: undefined }), missing('data')],
    [search({ data: ['text'] }), match('vector', 'a string')],
    [search({ data: [null] }), invalid('data', 'null')],
    [search({ anns_field: 'nope' }), { type: 'MilvusException', code: 1700, says: ['anns_field', 'nope', 'not found'] }],
    [search({ anns_field: 'text' }), invalid('anns_field', 'text', 'VARCHAR')],
    [search({ output_fields: ['nope'] }), { type: 'MilvusException', code: 1700, says: ['output_fields', 'nope'] }],
    [search({ output_fields: 5 }), invalid('output_fields', 'strings', '5')],
    [search({ search_params: { metric_type: 'HAMMING' } }), invalid('metric_type', 'COSINE, IP or L2', 'HAMMING')],
    [search({ search_params: { metric_type: 'COSINE' } }), invalid('metric', 'L2', 'COSINE')],
    [search({ search_params: { params: { radius: 1, range_filter: 2 } } }), invalid('radius', 'range_filter', '1', '2')],
    [search({ search_params: { radius: 'wide' } }), invalid('radius', 'number', 'wide')],
    [search({ search_params: { params: { eff: 5 } } }), invalid('eff')],
    [search({ partition_names: ['p'] }), { type: 'MilvusException', code: 200, says: ['partition', 'p'] }],
    [search({ typo: 1 }), invalid('typo')],
  ],
  'names that are no names': [
    [quick({ collection_name: '' }), invalid('collection_name', "''")],
    [quick({ collection_name: '1st' }), invalid('collection_name', '1st')],
    [quick({ collection_name: 'with space' }), invalid('collection_name', 'with space')],
    [quick({ collection_name: 'a/b' }), invalid('collection_name', 'a/b')],
    [quick({ collection_name: 'größe' }), invalid('collection_name', 'größe')],
    [quick({ collection_name: 'x'.repeat(256) }), invalid('collection_name', '255')],
    [quick({ collection_name: 5 }), invalid('collection_name', 'string', '5')],
    [quick({ collection_name: undefined }), missing('collection_name')],
    [(c) => c.rename_collection('c', 'no-name'), invalid('collection_name', 'no-name')],
    [(c) => c.rename_collection('c', 'open'), { type: 'MilvusException', code: 65535, says: ['open', 'exists'] }],
    [fields([{ name: 'a b', type: 'INT64' }]), { type: 'ParamError', code: 1701, says: ['field name', 'a b'], field: 'a b' }],
    [fields([{ name: '$meta', type: 'JSON' }]), { type: 'ParamError', code: 1701, says: ['field name', '$meta'] }],
    [fields([{ name: 'x'.repeat(256), type: 'INT64' }]), { type: 'ParamError', code: 1701, says: ['field name', '255'] }],
    [index({ index_name: 'no name' }), invalid('index_name', 'no name')],
  ],
  'a schema against the rules': [
    [quick({ dimension: undefined }), missing('dimension')],
    [quick({ dimension: 0 }), invalid('dimension', '1..32768', '0')],
    [quick({ dimension: 32769 }), invalid('dimension', '1..32768', '32769')],
    [quick({ dimension: 3.5 }), invalid('dimension', 'integer', '3.5')],
    [quick({ id_type: 'float' }), keyError('id_type', 'float')],
    [quick({ metric_type: 'FOO' }), invalid('metric_type', 'COSINE, IP or L2', 'FOO')],
    [fields([], { bare: true }), schemaError('at least one field')],
    [fields([{ name: 'id', type: 'INT64', is_primary: true }], { bare: true }), schemaError('vector field')],
    [fields([{ name: 'v', type: 'FLOAT_VECTOR', dim: 2 }], { bare: true }), keyError('primary key')],
    [fields([{ name: 'k', type: 'INT64', is_primary: true }]), keyError('only one', 'id', 'k')],
    [fields([{ name: 'n', type: 'INT64', auto_id: true }]), keyError('auto_id', 'primary key', 'n')],
    [fields([{ name: 'vector', type: 'INT64' }]), schemaError('duplicate', 'vector')],
    [fields([{ name: 's', type: 'VARCHAR' }]), { ...missing('max_length', 's'), field: 's' }],
    [fields([{ name: 's', type: 'VARCHAR', max_length: 65536 }]), { ...large('max_length', 's', '65535', '65536'), field: 's' }],
    [fields([{ name: 's', type: 'VARCHAR', max_length: 0 }]), { ...invalid('max_length', 's', '0'), field: 's' }],
    [fields([{ name: 'v', type: 'FLOAT_VECTOR' }]), { ...missing('dim', 'v'), field: 'v' }],
    [fields([{ name: 'v', type: 'FLOAT_VECTOR', dim: 32769 }]), { ...large('dim', 'v', '32768', '32769'), field: 'v' }],
    [fields([{ name: 'a', type: 'ARRAY', element_type: 'INT8' }]), { ...missing('max_capacity', 'a'), field: 'a' }],
    [fields([{ name: 'a', type: 'ARRAY', element_type: 'JSON', max_capacity: 3 }]), { ...schemaError('element_type', 'a', 'JSON'), field: 'a' }],
    [fields([{ name: 'a', type: 'ARRAY', element_type: 'INT8', max_capacity: 4097 }]), large('max_capacity', '4096', '4097')],
    [fields([{ name: 'x', type: 'NUMBER' }]), { ...schemaError('datatype', 'x', 'NUMBER'), field: 'x' }],
    [fields([{ name: 'x' }]), { ...missing('datatype', 'x'), field: 'x' }],
    [fields([{ name: 'x', type: 'TIMESTAMPTZ', default_value: 'soon' }]), { ...match('x', 'ISO 8601', 'soon'), field: 'x' }],
    [fields([{ name: 'x', type: 'GEOMETRY', default_value: 'POINT (1 2)' }]), { ...schemaError('default_value', 'x', 'GEOMETRY'), field: 'x' }],
    [fields([{ name: 'x', type: 'BINARY_VECTOR', dim: 12 }]), { ...invalid('dim', 'x', 'multiple of 8', '12'), field: 'x' }],
    [fields([{ name: 'x', type: 'BINARY_VECTOR', dim: 262152 }]), { ...large('dim', 'x', '262144', '262152'), field: 'x' }],
    [fields([{ name: 'x', type: 'INT8', default_value: 300 }]), { ...match('x', 'INT8', '300'), field: 'x' }],
    [fields([{ name: 'x', type: 'JSON', default_value: {} }]), { ...schemaError('default_value', 'x', 'JSON'), field: 'x' }],
    [fields([{ name: 'k', type: 'DOUBLE', is_primary: true }, { name: 'v', type: 'FLOAT_VECTOR', dim: 2 }], { bare: true }), keyError('k', 'INT64 or VARCHAR', 'DOUBLE')],
    [fields([{ name: 'k', type: 'INT64', is_primary: true, nullable: true }, { name: 'v', type: 'FLOAT_VECTOR', dim: 2 }], { bare: true }), keyError('k', 'nullable')],
    [fields(Array.from({ length: 63 }, (_, i) => ({ name: `f${i}`, type: 'INT8' }))), large('64 fields', '65')],
    [fields(Array.from({ length: 10 }, (_, i) => ({ name: `v${i}`, type: 'FLOAT_VECTOR', dim: 2 }))), large('10 vector fields', '11')],
    [(c) => c.create_collection({ collection_name: 'new', schema: 5 }), invalid('schema', 'object', '5')],
    [quick({ typo: 1 }), invalid('typo')],
  ],
  'an index that cannot be': [
    [index({ index_type: 'FOO' }), unsupported('index_type', 'vector', 'HNSW', 'FOO')],
    [index({ metric_type: 'FOO' }), invalid('metric_type', 'vector', 'COSINE, IP or L2', 'FOO')],
    [index({ index_type: 'HNSW', params: { M: 1 } }), invalid('M', '2', '2048', '1')],
    [index({ index_type: 'HNSW', params: { M: 2049 } }), invalid('M', '2', '2048', '2049')],
    [index({ index_type: 'HNSW', M: 'many' }), invalid('M', 'integer', 'many')],
    [index({ index_type: 'HNSW', params: { efConstruction: 0 } }), invalid('efConstruction', '1', '0')],
    [index({ index_type: 'FLAT', params: { M: 4 } }), invalid('FLAT', 'M')],
    [(c) => c.create_index('c', { field_name: 'text', index_type: 'HNSW' }), unsupported('HNSW', 'text', 'VARCHAR')],
    [index({ field_name: 'nope' }), { type: 'MilvusException', code: 1700, says: ['nope'] }],
    [index([]), invalid('index_params', 'at least one')],
    [index(5), invalid('index_params', 'object')],
    [index(undefined), missing('index_params')],
    [(c) => c.create_index('c', { index_type: 'FLAT' }), { type: 'MilvusException', code: 702, says: ['vector', 'HNSW', 'already exists', 'drop_index'] }],
    [(c) => c.drop_index('c', 'nope'), { type: 'IndexNotExistException', code: 700, says: ['index not found', 'nope'] }],
  ],
  'filters that are none': [
    [search({ filter: 'id >' }), invalid('filter', 'the end of the filter', 'column 5')],
    [search({ filter: 5 }), invalid('filter', 'string', '5')],
    [search({ filter: 'vector == 1' }), invalid('filter', 'vector', 'FLOAT_VECTOR')],
    [search({ filter: 'id > {low}', filter_params: {} }), invalid('filter_params', 'low')],
    [search({ filter: 'id > {low}', filter_params: { low: null } }), invalid('low', 'filter_params', 'null')],
    [search({ filter: 'id > 1', filter_params: [1] }), invalid('filter_params', 'object')],
    [(c) => c.query({ collection_name: 'c', filter: 'id = 1' }), invalid('filter', "did you mean '=='?")],
    [(c) => c.query({ collection_name: 'c', filter: 'id == "1"' }), invalid('filter', 'incompatible types', "field 'id'")],
    [(c) => c.query({ collection_name: 'c', filter: '('.repeat(5000) }), invalid('filter', 'nested at most 1024 deep')],
    [(c) => c.query({ collection_name: 'c', filter: 'id' }), invalid('filter', 'must be a condition, got int')],
    [(c) => c.query({ collection_name: 'c', filter: 'like(id, "a")' }), invalid('filter')],
    [(c) => c.delete({ collection_name: 'c', filter: 'id in [1, "a"]' }), invalid('filter', 'values of type int, got a string')],
    [(c) => c.delete({ collection_name: 'c', filter: 'text_match(text, "a")' }), invalid('filter', 'text_match is not supported')],
  ],
  'keys that are no keys': [
    [(c) => c.get('c', ['one']), match('id', 'INT64', "'one'")],
    [(c) => c.get('c', [1.5]), match('id', 'INT64', '1.5')],
    [(c) => c.get('c', [null]), match('id', 'null')],
    [(c) => c.get('c', undefined), missing('ids')],
    [(c) => c.delete('c', ['one']), match('id', 'INT64', "'one'")],
    [(c) => c.delete('c', [1, 2.5]), { ...match('id', 'INT64', '2.5'), field: 'id', row: 1 }],
    [(c) => c.delete('c', undefined), missing('ids')],
    [(c) => c.delete({ collection_name: 'c', ids: [1], filter: 'id > 0' }), invalid('Ambiguous')],
    [(c) => c.delete({ collection_name: 'c', filter: 'id => 0' }), invalid('filter', 'id => 0')],
    [(c) => c.insert({ collection_name: 'c', data: [row({})], partition_name: 'p' }), { type: 'MilvusException', code: 200, says: ['partition', 'p'] }],
  ],
};

/** JSON has no NaN and no infinity: before a server, the client refuses them, and knows no type of a field. */
function sayable({ kind }, { says, ...expected }) {
  const words = /NaN|infinity|finite/i;
  return { ...expected, says: kind === 'server' && says.some((part) => words.test(part)) ? [] : says };
}

/** @param {import('./places.js').Storage} storage */
export function badInputSuite(storage) {
  describe(`bad input, ${storage.name}`, () => {
    for (const [what, cases] of Object.entries(TABLE)) {
      it(`refuses ${what}, changes nothing and goes on`, async (t) => {
        const client = clientFor(t, storage);
        await prepare(client);
        const before = await snapshot(client);
        for (const [call, expected] of cases) {
          const { message } = await assertRefused(async () => call(client), sayable(storage, expected));
          assert.deepEqual(await snapshot(client), before, `something changed after: ${message}`);
        }
        await client.insert('c', row({ id: 3 }));
        assert.deepEqual(await client.get_collection_stats('c'), { row_count: 3 });
      });
    }

    it('reads nothing of a collection that is released', async (t) => {
      const client = clientFor(t, storage);
      await prepare(client);
      await client.release_collection('c');
      const released = { type: 'MilvusException', code: 101, says: ['not loaded', 'c'] };
      for (const call of [
        (c) => c.search('c', [[1, 2, 3]]),
        (c) => c.hybrid_search('c', [near], new RRFRanker()),
        (c) => c.query('c', 'id > 0'),
        (c) => c.get('c', [1]),
        (c) => c.query_iterator('c'),
        (c) => c.search_iterator('c', [[1, 2, 3]]),
        (c) => c.refresh_load('c'),
      ]) {
        await assertRefused(async () => call(client), released);
      }
      assert.deepEqual(await client.get_load_state('c'), { state: LoadState.NotLoad });
      await client.load_collection('c');
      assert.equal((await client.query('c', 'id > 0')).length, 2);
    });

    it('refuses every call after close, the second close aside', async (t) => {
      const client = clientFor(t, storage);
      await prepare(client);
      await client.close();
      await client.close();
      for (const call of [
        () => client.list_collections(),
        () => client.insert('c', row({})),
        () => client.search('c', [[1, 2, 3]]),
        () => client.create_collection('new', 3),
      ]) {
        await assertRefused(call, { type: 'ConnectionNotExistException', code: 1, says: ['connection'] });
      }
    });

    it('refuses options that are none', async () => {
      for (const [options, says] of [
        [{ memory_limit: '1MB' }, ['memory_limit', '4194304', '1MB']],
        [{ memory_limit: 'much' }, ['memory_limit', 'much']],
        [{ memory_limit: '5GB' }, ['memory_limit', '5GB']],
        [{ timeout: -1 }, ['timeout', '-1']],
        [{ int64: 'number' }, ['int64', 'bigint', 'number']],
        [{ vector_format: 'list' }, ['vector_format', 'typed', 'list']],
        [{ typo: 1 }, ['typo']],
      ]) {
        await assertRefused(async () => storage.place().open(options), invalid(...says));
      }
      const client = storage.place().open({ durability: 'some' });
      await assertRefused(() => client.list_collections(), invalid('durability', 'full', 'relaxed', 'some'));
      await client.close();
    });

    it('takes texts of an error whole, however long what is wrong is', async (t) => {
      const client = clientFor(t, storage);
      await prepare(client);
      const long = '向'.repeat(5000);
      for (const call of [
        () => client.create_collection(long, 3),
        () => client.insert('c', [{ ...row({}), [long]: 1 }]),
        () => client.insert('c', [row({ small: long })]),
        () => client.search('c', [[1, 2, 3]], { output_fields: [long] }),
        () => client.describe_collection(long),
        () => client.search('c', [[1, 2, 3]], { [long]: 1 }),
      ]) {
        await assert.rejects(call, ({ name, message }) => {
          assert.match(name, /^(ParamError|DataNotMatchException|MilvusException|CollectionNotExistException)$/);
          return message.length > 10 && message.length < 6000 && !message.includes('\ufffd');
        });
      }
    });
  });
}
