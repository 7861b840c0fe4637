// Each endpoint of Milvus' REST, by what it is asked and what it answers, byte for byte but for numbers of rows' ids.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataType, MilvusClient } from '../../js/index.js';
import { serve } from '../../js/server.js';

const LONG = 2n ** 60n;

const TWICE = ['vector', 'vector'].map((annsField) => ({ data: [[1, 0]], annsField, limit: 2 }));

/** [path, body, the reply without its code] in one history. */
const HISTORY = [
  ['collections/create', { collectionName: 'quick', dimension: 2 }, { data: {} }],
  ['collections/list', {}, { data: ['quick'] }],
  ['collections/list', { dbName: 'default' }, { data: ['quick'] }],
  ['collections/has', { collectionName: 'quick' }, { data: { has: true } }],
  ['collections/has', { collectionName: 'none' }, { data: { has: false } }],
  ['collections/get_load_state', { collectionName: 'quick' }, { data: { loadState: 'LoadStateLoaded', loadProgress: 100 } }],
  [
    'entities/insert',
    { collectionName: 'quick', data: [{ id: 1, vector: [1, 0], n: 7 }, { id: '9007199254740993', vector: [0, 1], t: 'x' }] },
    { cost: 0, data: { insertCount: 2, insertIds: ['1', '9007199254740993'] } },
  ],
  ['entities/upsert', { collectionName: 'quick', data: { id: 1, vector: [1, 0], n: 8 } }, { cost: 0, data: { upsertCount: 1, upsertIds: ['1'] } }],
  ['entities/get', { collectionName: 'quick', id: [1], outputFields: ['n'] }, { cost: 0, data: [{ id: '1', n: 8 }] }],
  ['entities/get', { collectionName: 'quick', id: '9007199254740993', outputFields: ['*'] }, { cost: 0, data: [{ id: '9007199254740993', vector: [0, 1], t: 'x' }] }],
  ['entities/query', { collectionName: 'quick', filter: 'n > {least}', exprParams: { least: 7 }, outputFields: ['id'] }, { cost: 0, data: [{ id: '1' }] }],
  ['entities/query', { collectionName: 'quick', filter: '', outputFields: ['count(*)'] }, { cost: 0, data: [{ 'count(*)': 2 }] }],
  ['entities/query', { collectionName: 'quick', filter: '', limit: 2, orderByFields: ['n:desc:nulls_last', 'id:asc'], outputFields: ['id'] }, { cost: 0, data: [{ id: '1' }, { id: '9007199254740993' }] }],
  ['entities/query', { collectionName: 'quick', filter: '', limit: 1, orderByFields: ['t'], outputFields: ['id'] }, { cost: 0, data: [{ id: '9007199254740993' }] }],
  ['entities/search', { collectionName: 'quick', data: [[1, 0]], orderByFields: ['id:desc'] }, { cost: 0, topks: [2], data: [{ id: '9007199254740993', distance: 0 }, { id: '1', distance: 1 }] }],
  ['entities/search', { collectionName: 'quick', data: [[1, 0]], searchParams: { order_by_fields: 't' } }, { cost: 0, topks: [2], data: [{ id: '9007199254740993', distance: 0 }, { id: '1', distance: 1 }] }],
  ['entities/search', { collectionName: 'quick', data: [[1, 0], [0, 1]], limit: 1 }, { cost: 0, topks: [1, 1], data: [{ id: '1', distance: 1 }, { id: '9007199254740993', distance: 1 }] }],
  [
    'entities/search',
    { collectionName: 'quick', data: [[2, 0]], annsField: 'vector', outputFields: ['n'], searchParams: { metricType: 'COSINE', params: { radius: 0.5 } } },
    { cost: 0, topks: [1], data: [{ id: '1', distance: 1, n: 8 }] },
  ],
  ['entities/search', { collectionName: 'quick', ids: ['9007199254740993'], limit: 1 }, { cost: 0, topks: [1], data: [{ id: '9007199254740993', distance: 1 }] }],
  ['entities/hybrid_search', { collectionName: 'quick', search: TWICE, rerank: { strategy: 'rrf', params: { k: 60 } }, limit: 1 }, { cost: 0, topks: [1], data: [{ id: '1', distance: Math.fround(2 / 61) }] }],
  [
    'entities/hybrid_search',
    {
      collectionName: 'quick',
      search: TWICE,
      functionScore: { functions: [{ name: 'r', type: 'Rerank', inputFieldNames: [], params: { reranker: 'weighted', weights: [0.5, 0.25], norm_score: false } }] },
      limit: 2,
      outputFields: ['n'],
    },
    { cost: 0, topks: [2], data: [{ id: '1', distance: 0.75, n: 8 }, { id: '9007199254740993', distance: 0 }] },
  ],
  ['entities/hybrid_search', { collectionName: 'quick', search: TWICE, rerank: { strategy: 'rrf' }, orderByFields: ['id:desc'] }, { cost: 0, topks: [2], data: [{ id: '9007199254740993', distance: Math.fround(2 / 62) }, { id: '1', distance: Math.fround(2 / 61) }] }],
  ['entities/delete', { collectionName: 'quick', filter: 'id in [1]' }, { cost: 0, data: { deleteCount: 1 } }],
  ['entities/delete', { collectionName: 'quick', id: [1] }, { cost: 0, data: { deleteCount: 0 } }],
  ['collections/get_stats', { collectionName: 'quick' }, { data: { rowCount: 1 } }],
  ['collections/flush', { collectionName: 'quick' }, { data: {} }],
  ['collections/rename', { collectionName: 'quick', newCollectionName: 'renamed' }, { data: {} }],
  ['indexes/list', { collectionName: 'renamed' }, { data: ['vector'] }],
  ['indexes/drop', { collectionName: 'renamed', indexName: 'vector' }, { data: {} }],
  ['indexes/list', { collectionName: 'renamed' }, { data: [] }],
  ['indexes/create', { collectionName: 'renamed', indexParams: [{ fieldName: 'vector', indexName: 'ix', metricType: 'L2', indexType: 'HNSW', params: { M: 8, efConstruction: 64 } }] }, { data: {} }],
  ['collections/release', { collectionName: 'renamed' }, { data: {} }],
  ['collections/get_load_state', { collectionName: 'renamed' }, { data: { loadState: 'LoadStateNotLoad', loadProgress: 0 } }],
  ['collections/load', { collectionName: 'renamed' }, { data: {} }],
  ['aliases/create', { collectionName: 'renamed', aliasName: 'other' }, { data: {} }],
  ['aliases/list', { collectionName: 'renamed' }, { data: ['other'] }],
  ['aliases/describe', { aliasName: 'other' }, { data: { dbName: 'default', collectionName: 'renamed', aliasName: 'other' } }],
  ['aliases/drop', { aliasName: 'other' }, { data: {} }],
  ['partitions/create', { collectionName: 'renamed', partitionName: 'p' }, { data: {} }],
  ['partitions/list', { collectionName: 'renamed' }, { data: ['_default', 'p'] }],
  ['partitions/has', { collectionName: 'renamed', partitionName: 'p' }, { data: { has: true } }],
  ['partitions/get_stats', { collectionName: 'renamed', partitionName: 'p' }, { data: { rowCount: 0 } }],
  ['partitions/release', { collectionName: 'renamed', partitionNames: ['p'] }, { data: {} }],
  ['partitions/load', { collectionName: 'renamed', partitionNames: ['p'] }, { data: {} }],
  ['collections/alter_properties', { collectionName: 'renamed', properties: { 'mmap.enabled': true } }, { data: {} }],
  ['collections/drop_properties', { collectionName: 'renamed', propertyKeys: ['mmap.enabled'] }, { data: {} }],
  ['indexes/alter_properties', { collectionName: 'renamed', indexName: 'ix', properties: { 'mmap.enabled': true } }, { data: {} }],
  ['indexes/drop_properties', { collectionName: 'renamed', indexName: 'ix', propertyKeys: ['mmap.enabled'] }, { data: {} }],
  ['collections/fields/add', { collectionName: 'renamed', schema: { fieldName: 'n', dataType: 'Int64', nullable: true } }, { data: {} }],
  ['collections/fields/add', { collectionName: 'renamed', schema: { fieldName: 's', dataType: 'Int8', defaultValue: 3 } }, { data: {} }],
  ['collections/fields/drop', { collectionName: 'renamed', fieldName: 'n' }, { data: {} }],
  ['collections/fields/drop', { collectionName: 'renamed', fieldId: 103 }, { data: {} }],
  ['databases/create', { dbName: 'd' }, { data: {} }],
  ['databases/list', {}, { data: ['default', 'd'] }],
  ['collections/list', { dbName: 'd' }, { data: [] }],
  ['databases/drop', { dbName: 'd' }, { data: {} }],
  ['collections/drop', { collectionName: 'renamed' }, { data: {} }],
  [
    'collections/create',
    {
      collectionName: 'schema',
      schema: {
        autoId: false,
        enableDynamicField: false,
        fields: [
          { fieldName: 'k', dataType: 'VarChar', isPrimary: true, elementTypeParams: { max_length: '64' } },
          { fieldName: 'v', dataType: 'FloatVector', elementTypeParams: { dim: '2' } },
          { fieldName: 'j', dataType: 'JSON', nullable: true },
          { fieldName: 'a', dataType: 'Array', elementDataType: 'Int32', elementTypeParams: { max_capacity: 8 } },
          { fieldName: 'b', dataType: 'Bool', defaultValue: true },
        ],
      },
      metricType: 'COSINE',
      primaryFieldName: 'id',
      vectorFieldName: 'vector',
      indexParams: [{ fieldName: 'v', indexName: 'v', metricType: 'COSINE', indexType: 'HNSW', params: { M: 16 } }],
      params: { consistencyLevel: 'Strong' },
    },
    { data: {} },
  ],
  ['entities/insert', { collectionName: 'schema', data: [{ k: 'x', v: [1, 2], j: { z: 1 }, a: [1] }] }, { cost: 0, data: { insertCount: 1, insertIds: ['x'] } }],
  ['entities/query', { collectionName: 'schema', filter: 'b' , outputFields: ['j', 'a', 'b'] }, { cost: 0, data: [{ k: 'x', j: '{"z":1}', a: [1], b: true }] }],
];

describe('the endpoints of REST', () => {
  it('answer as a Milvus server', async (t) => {
    const { url, close } = await serve({ uri: ':memory:', port: 0, worker: false });
    t.after(close);
    const ask = async (path, body) => {
      const response = await fetch(`${url}/v2/vectordb/${path}`, { method: 'POST', body: JSON.stringify(body) });
      return response.json();
    };
    for (const [path, body, expected] of HISTORY) {
      assert.deepEqual(await ask(path, body), { code: 0, ...expected }, `${path} ${JSON.stringify(body)}`);
    }
    const { data } = await ask('collections/describe', { collectionName: 'schema' });
    const { collectionID, createdTimestamp, updateTimestamp, fields, ...rest } = data;
    assert.equal(typeof collectionID, 'number');
    assert.match(createdTimestamp, /^\d{18}$/);
    assert.equal(updateTimestamp, createdTimestamp);
    assert.deepEqual(rest, {
      collectionName: 'schema',
      description: '',
      autoId: false,
      functions: [],
      aliases: [],
      indexes: [{ fieldName: 'v', indexName: 'v', metricType: 'COSINE' }],
      load: 'LoadStateLoaded',
      shardsNum: 1,
      partitionsNum: 1,
      consistencyLevel: 'Strong',
      enableDynamicField: false,
      properties: [],
    });
    assert.deepEqual(fields[1], {
      name: 'v',
      id: 101,
      type: 'FloatVector',
      primaryKey: false,
      partitionKey: false,
      clusteringKey: false,
      autoId: false,
      nullable: false,
      description: '',
      params: [{ key: 'dim', value: '2' }],
    });
    assert.equal(fields[3].elementType, 'Int32');
    assert.equal(fields[4].defaultValue, true);
    const { data: [index] } = await ask('indexes/describe', { collectionName: 'schema', indexName: 'v' });
    assert.deepEqual([index.indexName, index.fieldName, index.indexType, index.totalRows], ['v', 'v', 'HNSW', 1]);
    assert.equal((await ask('indexes/describe', { collectionName: 'schema', indexName: 'none' })).code, 700);
  });

  it('give 64-bit integers as numbers to who reads them', async (t) => {
    const { url, client, close } = await serve({ uri: ':memory:', port: 0, worker: false });
    t.after(close);
    await client.create_collection('c', { dimension: 1 });
    const ask = async (path, body) => {
      const headers = { 'Accept-Type-Allow-Int64': 'true' };
      const response = await fetch(`${url}/v2/vectordb/${path}`, { method: 'POST', body, headers });
      return response.text();
    };
    const inserted = await ask('entities/insert', '{"collectionName":"c","data":[{"id":9007199254740993,"vector":[1]}]}');
    assert.equal(inserted, '{"code":0,"cost":0,"data":{"insertCount":1,"insertIds":[9007199254740993]}}');
    const got = await ask('entities/get', '{"collectionName":"c","id":[9007199254740993],"outputFields":["id"]}');
    assert.equal(got, '{"code":0,"cost":0,"data":[{"id":9007199254740993}]}');
  });

  it('have the same values, whatever forms the program likes that serves', async (t) => {
    const client = new MilvusClient({ uri: ':memory:', vector_format: 'array', int64: 'string' });
    const { url, close } = await serve({ client, port: 0 });
    t.after(async () => (await close(), client.close()));
    const schema = MilvusClient.create_schema();
    schema.add_field('id', DataType.INT64, { is_primary: true });
    schema.add_field('h', DataType.FLOAT16_VECTOR, { dim: 2 });
    schema.add_field('b', DataType.BINARY_VECTOR, { dim: 16 });
    schema.add_field('i', DataType.INT8_VECTOR, { dim: 2 });
    schema.add_field('s', DataType.SPARSE_FLOAT_VECTOR);
    schema.add_field('j', DataType.JSON);
    await client.create_collection({ collection_name: 'c', schema });
    await client.insert('c', { id: 1, h: [1.5, -2], b: [7, 255], i: [-3, 4], s: { 5: 0.5 }, j: { n: LONG } });
    assert.deepEqual((await client.get('c', 1, ['h', 'j']))[0], { id: '1', h: [1.5, -2], j: { n: `${LONG}` } });
    const body = JSON.stringify({ collectionName: 'c', id: 1, outputFields: ['*'] });
    const reply = await (await fetch(`${url}/v2/vectordb/entities/get`, { method: 'POST', body })).json();
    const base64 = (typed) => Buffer.from(typed.buffer).toString('base64');
    const row = { id: '1', h: base64(Uint16Array.of(0x3e00, 0xc000)), b: base64(Uint8Array.of(7, 255)), i: [-3, 4], s: { 5: 0.5 }, j: `{"n":${LONG}}` };
    assert.deepEqual(reply.data, [row]);
    const other = new MilvusClient(url);
    t.after(() => other.close());
    const [got] = await other.get('c', 1);
    assert.deepEqual(got, { id: 1, h: Uint16Array.of(0x3e00, 0xc000), b: Uint8Array.of(7, 255), i: Int8Array.of(-3, 4), s: { 5: 0.5 }, j: { n: LONG } });
  });
});
