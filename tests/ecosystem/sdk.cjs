// The official Node SDK against serve(), by gRPC and by its HttpClient. Prints 'done' at the end.
//
//     node sdk.cjs <folder with the packages> <address> [token]
const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const [folder, address, token] = process.argv.slice(2);
const { MilvusClient, HttpClient, DataType, RRFRanker } = createRequire(join(folder, 'package.json'))('@zilliz/milvus2-sdk-node');

const ok = (reply) => {
  assert.equal((reply.status ?? reply).error_code, 'Success', JSON.stringify(reply));
  return reply;
};

async function overGrpc() {
  const client = new MilvusClient({ address, token, logLevel: 'error' });
  await client.connectPromise;
  assert.match(ok(await client.getVersion()).version, /^milvus_lite_wasm/);
  assert.equal(ok(await client.checkHealth()).isHealthy, true);

  ok(await client.createCollection({ collection_name: 'quick', dimension: 4, auto_id: false }));
  const data = Array.from({ length: 50 }, (_, i) => ({ id: i, vector: [i, 1, 1, 1], color: i % 2 ? 'red' : 'blue' }));
  const inserted = ok(await client.insert({ collection_name: 'quick', data }));
  assert.equal(inserted.insert_cnt, '50');
  assert.deepEqual(inserted.IDs.int_id.data.slice(0, 2), ['0', '1']);
  ok(await client.flushSync({ collection_names: ['quick'] }));
  const { data: stats } = ok(await client.getCollectionStatistics({ collection_name: 'quick' }));
  assert.equal(stats.row_count, '50');

  const one = ok(await client.search({ collection_name: 'quick', data: [3, 1, 1, 1], limit: 2, output_fields: ['id', 'color'] }));
  assert.equal(one.results.length, 2);
  assert.equal(one.results[0].id, '3');
  assert.equal(one.results[0].color, 'red');
  const two = ok(await client.search({ collection_name: 'quick', data: [[3, 1, 1, 1], [9, 1, 1, 1]], limit: 1, output_fields: ['id'], filter: 'color == "red"' }));
  assert.deepEqual(two.results.map(([hit]) => hit.id), ['3', '9']);
  const found = ok(await client.query({ collection_name: 'quick', filter: 'id in {ids}', exprValues: { ids: [1, 2] }, output_fields: ['id', 'color'] }));
  assert.deepEqual(found.data.map(({ id, $meta }) => [id, $meta.color]), [['1', 'red'], ['2', 'blue']]);
  assert.deepEqual(ok(await client.get({ collection_name: 'quick', ids: [7], output_fields: ['vector'] })).data[0].vector, [7, 1, 1, 1]);
  assert.equal(ok(await client.count({ collection_name: 'quick' })).data, 50);

  const order_by_fields = ['color:desc', { field: 'id', order: 'desc' }];
  const ordered = ok(await client.query({ collection_name: 'quick', filter: 'id < 4', order_by_fields, output_fields: ['id'] }));
  assert.deepEqual(ordered.data.map(({ id }) => id), ['3', '1', '2', '0']);
  const four = { collection_name: 'quick', data: [3, 1, 1, 1], limit: 4, output_fields: ['id'] };
  const inOrder = ok(await client.search(four)).results.map(({ id }) => id).sort((a, b) => (b % 2) - (a % 2) || b - a);
  assert.deepEqual(ok(await client.search({ ...four, order_by_fields })).results.map(({ id }) => id), inOrder);

  const groups = { collection_name: 'quick', group_by_fields: ['color'], output_fields: ['color', 'count(*)', 'avg(id)'] };
  const colors = ok(await client.query({ ...groups, filter: 'id < 4', order_by_fields: ['color:desc'] })).data;
  assert.deepEqual(colors, [{ color: 'red', 'count(*)': '2', 'avg(id)': 2 }, { color: 'blue', 'count(*)': '2', 'avg(id)': 1 }]);

  const seen = [];
  for await (const batch of await client.queryIterator({ collection_name: 'quick', batchSize: 7, filter: 'id >= 0', output_fields: ['id'] })) {
    seen.push(...batch.map(({ id }) => Number(id)));
  }
  assert.deepEqual(seen.sort((a, b) => a - b), data.map(({ id }) => id));
  const near = [];
  for await (const batch of await client.searchIterator({ collection_name: 'quick', data: [3, 1, 1, 1], batchSize: 8, limit: 30, output_fields: ['id'] })) {
    near.push(...batch.map(({ id }) => id));
  }
  assert.equal(new Set(near).size, 30);

  assert.equal(ok(await client.upsert({ collection_name: 'quick', data: [{ id: 1, vector: [0, 0, 0, 1], color: 'green' }] })).upsert_cnt, '1');
  assert.equal(ok(await client.delete({ collection_name: 'quick', ids: [1, 2, 99] })).delete_cnt, '2');
  assert.equal(ok(await client.deleteEntities({ collection_name: 'quick', expr: 'id > 40' })).delete_cnt, '9');

  ok(await client.createCollection({
    collection_name: 'typed',
    fields: [
      { name: 'pk', data_type: DataType.VarChar, is_primary_key: true, max_length: 20 },
      { name: 'v', data_type: DataType.FloatVector, dim: 2 },
      { name: 'j', data_type: DataType.JSON },
      { name: 'long', data_type: DataType.Int64, nullable: true },
    ],
  }));
  ok(await client.createIndex({ collection_name: 'typed', field_name: 'v', index_type: 'HNSW', metric_type: 'L2', params: { M: 8, efConstruction: 64 } }));
  ok(await client.loadCollectionSync({ collection_name: 'typed' }));
  const rows = [{ pk: 'a', v: [1, 2], j: { x: [1] }, long: '9007199254740993' }, { pk: 'b', v: [3, 4], j: {}, long: null }];
  assert.deepEqual(ok(await client.insert({ collection_name: 'typed', data: rows })).IDs.str_id.data, ['a', 'b']);
  const all = ok(await client.query({ collection_name: 'typed', filter: 'pk != ""', output_fields: ['*'] })).data;
  assert.deepEqual(all.map(({ pk, j, long, v }) => ({ pk, v, j, long })), rows);
  const [index] = ok(await client.describeIndex({ collection_name: 'typed' })).index_descriptions;
  assert.equal(index.state, 'Finished');
  ok(await client.alterIndexProperties({ collection_name: 'typed', index_name: 'v', params: { 'mmap.enabled': true } }));
  const [onDisk] = ok(await client.describeIndex({ collection_name: 'typed' })).index_descriptions;
  assert.equal(onDisk.params.find(({ key }) => key === 'mmap.enabled').value, 'true');
  ok(await client.dropIndexProperties({ collection_name: 'typed', index_name: 'v', properties: ['mmap.enabled'] }));
  const { schema } = ok(await client.describeCollection({ collection_name: 'typed' }));
  assert.deepEqual(schema.fields.map(({ name, data_type }) => [name, data_type]), [['pk', 'VarChar'], ['v', 'FloatVector'], ['j', 'JSON'], ['long', 'Int64']]);

  ok(await client.createCollection({
    collection_name: 'mixed',
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'dense', data_type: DataType.FloatVector, dim: 2 },
      { name: 'words', data_type: DataType.SparseFloatVector },
      { name: 'half', data_type: DataType.Float16Vector, dim: 2 },
      { name: 'bits', data_type: DataType.BinaryVector, dim: 8 },
    ],
    index_params: [
      { field_name: 'dense', index_type: 'FLAT', metric_type: 'L2' },
      { field_name: 'words', index_type: 'SPARSE_INVERTED_INDEX', metric_type: 'IP' },
      { field_name: 'half', index_type: 'FLAT', metric_type: 'L2' },
      { field_name: 'bits', index_type: 'BIN_FLAT', metric_type: 'HAMMING' },
    ],
  }));
  const mixed = Array.from({ length: 6 }, (_, i) => ({ id: i, dense: [i, 0], words: { [i]: 1, 50: i / 4 }, half: [i / 2, 1], bits: [i] }));
  assert.equal(ok(await client.insert({ collection_name: 'mixed', data: mixed })).insert_cnt, '6');
  const [row] = ok(await client.query({ collection_name: 'mixed', filter: 'id == 3', output_fields: ['*'] })).data;
  assert.deepEqual({ dense: row.dense, half: row.half, words: row.words }, { dense: [3, 0], half: [1.5, 1], words: { 3: 1, 50: 0.75 } });
  assert.deepEqual([...row.bits], [3]);
  const halves = ok(await client.search({ collection_name: 'mixed', anns_field: 'half', data: [2, 1], limit: 1, output_fields: ['id'] }));
  assert.deepEqual(halves.results.map(({ id, score }) => [id, score]), [['4', 0]]);
  const byBits = ok(await client.search({ collection_name: 'mixed', anns_field: 'bits', data: [5], limit: 1, output_fields: ['id'] }));
  assert.deepEqual(byBits.results.map(({ id, score }) => [id, score]), [['5', 0]]);
  const fused = ok(await client.hybridSearch({
    collection_name: 'mixed',
    data: [{ anns_field: 'dense', data: [2, 0], limit: 2 }, { anns_field: 'words', data: { 2: 3 }, limit: 2 }],
    rerank: RRFRanker(60),
    limit: 2,
    output_fields: ['id'],
  }));
  assert.equal(fused.results[0].id, '2');
  assert.ok(Math.abs(fused.results[0].score - 2 / 61) < 1e-6);
  ok(await client.dropCollection({ collection_name: 'mixed' }));

  ok(await client.createCollection({
    collection_name: 'visits',
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'v', data_type: DataType.FloatVector, dim: 2 },
      { name: 'at', data_type: DataType.Timestamptz, nullable: true },
      { name: 'since', data_type: DataType.Timestamptz, default_value: '2000-01-01T01:00:00+01:00' },
      { name: 'place', data_type: DataType.Geometry, nullable: true },
    ],
    index_params: [{ field_name: 'v', index_type: 'FLAT', metric_type: 'L2' }],
  }));
  const visits = [
    { id: '1', v: [1, 0], at: '2025-01-31T10:00:00.25Z', since: '1969-12-31T23:59:59.999999Z', place: 'POINT (1 2)' },
    { id: '2', v: [2, 0], at: null, place: null },
  ];
  ok(await client.insert({ collection_name: 'visits', data: visits }));
  const kept = visits.map((visit) => ({ since: '2000-01-01T00:00:00Z', ...visit }));
  const output_fields = ['id', 'v', 'at', 'since', 'place'];
  assert.deepEqual(ok(await client.query({ collection_name: 'visits', filter: 'id > 0', output_fields })).data, kept);
  const nearest = ok(await client.search({ collection_name: 'visits', data: [2, 0], limit: 2, output_fields }));
  assert.deepEqual(nearest.results.map(({ score: _, ...visit }) => visit), kept.toReversed());
  ok(await client.addCollectionField({ collection_name: 'visits', field: { name: 'note', data_type: DataType.VarChar, max_length: 4, nullable: true } }));
  ok(await client.alterCollectionFieldProperties({ collection_name: 'visits', field_name: 'note', properties: { max_length: 9 } }));
  const altered = ok(await client.describeCollection({ collection_name: 'visits', cache: false }));
  assert.equal(altered.schema.fields.find(({ name }) => name === 'note').max_length, '9');
  ok(await client.truncateCollection({ collection_name: 'visits' }));
  assert.equal(ok(await client.count({ collection_name: 'visits' })).data, 0);
  ok(await client.dropCollection({ collection_name: 'visits' }));

  ok(await client.createPartition({ collection_name: 'typed', partition_name: 'new' }));
  assert.equal(ok(await client.hasPartition({ collection_name: 'typed', partition_name: 'new' })).value, true);
  assert.deepEqual(ok(await client.showPartitions({ collection_name: 'typed' })).partition_names.sort(), ['_default', 'new']);
  ok(await client.dropPartition({ collection_name: 'typed', partition_name: 'new' }));

  ok(await client.createAlias({ collection_name: 'typed', alias: 'other' }));
  assert.equal(ok(await client.describeAlias({ collection_name: 'typed', alias: 'other' })).collection, 'typed');
  assert.deepEqual(ok(await client.listAliases({ collection_name: 'typed' })).aliases, ['other']);
  ok(await client.dropAlias({ alias: 'other' }));
  ok(await client.createDatabase({ db_name: 'second' }));
  assert.ok(ok(await client.listDatabases()).db_names.includes('second'));
  ok(await client.dropDatabase({ db_name: 'second' }));

  assert.equal((await client.hasCollection({ collection_name: 'nope' })).value, false);
  assert.equal((await client.query({ collection_name: 'quick', filter: 'id ==' })).status.code, 1100);
  assert.equal((await client.describeCollection({ collection_name: 'nope' })).status.error_code, 'CollectionNotExists');
  assert.deepEqual((await client.listCollections()).data.map(({ name }) => name), ['quick', 'typed']);
  for (const collection_name of ['quick', 'typed']) ok(await client.dropCollection({ collection_name }));
  await client.closeConnection();
}

async function overHttp() {
  const client = new HttpClient({ endpoint: address, token });
  const good = (reply) => {
    assert.equal(reply.code, 0, JSON.stringify(reply));
    return reply.data;
  };
  const collectionName = 'web';
  good(await client.createCollection({ collectionName, dimension: 2 }));
  assert.equal(good(await client.hasCollection({ collectionName })).has, true);
  assert.deepEqual(good(await client.listCollections({})), ['web']);
  assert.equal(good(await client.describeCollection({ collectionName })).fields[1].name, 'vector');
  const data = [{ id: 1, vector: [1, 0], text: 'one' }, { id: 2, vector: [0, 1], text: 'two' }];
  assert.equal(good(await client.insert({ collectionName, data })).insertCount, 2);
  assert.deepEqual(good(await client.upsert({ collectionName, data: [{ id: 3, vector: [1, 1], text: 'three' }] })).upsertIds, ['3']);
  const hits = good(await client.search({ collectionName, data: [[1, 0]], limit: 1, outputFields: ['text'] }));
  assert.equal(hits[0].text, 'one');
  const search = [{ data: [[1, 0]], annsField: 'vector', limit: 2 }, { data: [[1, 0.1]], annsField: 'vector', limit: 2 }];
  const fused = good(await client.hybridSearch({ collectionName, search, rerank: { strategy: 'rrf', params: { k: 60 } }, limit: 1, outputFields: ['text'] }));
  assert.equal(fused[0].text, 'one');
  assert.ok(Math.abs(fused[0].distance - 2 / 61) < 1e-6);
  assert.equal(good(await client.query({ collectionName, filter: 'id == 2', outputFields: ['text'] }))[0].text, 'two');
  assert.equal(good(await client.get({ collectionName, id: [3], outputFields: ['text'] }))[0].text, 'three');
  good(await client.delete({ collectionName, filter: 'id == 2' }));
  assert.equal(good(await client.getCollectionStatistics({ collectionName })).rowCount, 2);

  good(await client.createPartition({ collectionName, partitionName: 'p' }));
  assert.equal(good(await client.hasPartition({ collectionName, partitionName: 'p' })).has, true);
  assert.deepEqual(good(await client.listPartitions({ collectionName })), ['_default', 'p']);
  good(await client.releasePartitions({ collectionName, partitionNames: ['p'] }));
  good(await client.loadPartitions({ collectionName, partitionNames: ['p'] }));
  assert.equal(good(await client.getPartitionStatistics({ collectionName, partitionName: 'p' })).rowCount, 0);
  good(await client.releasePartitions({ collectionName, partitionNames: ['p'] }));
  good(await client.dropPartition({ collectionName, partitionName: 'p' }));
  good(await client.createAlias({ collectionName, aliasName: 'a' }));
  assert.deepEqual(good(await client.listAliases({ collectionName })), ['a']);
  assert.equal(good(await client.describeAlias({ aliasName: 'a' })).collectionName, collectionName);
  good(await client.dropAlias({ aliasName: 'a' }));
  good(await client.releaseCollection({ collectionName }));
  assert.equal(good(await client.getCollectionLoadState({ collectionName })).loadState, 'LoadStateNotLoad');
  assert.equal((await client.search({ collectionName, data: [[1, 0]], limit: 1 })).code, 101);
  good(await client.loadCollection({ collectionName }));
  assert.deepEqual(good(await client.listIndexes({ collectionName })), ['vector']);
  assert.equal(good(await client.describeIndex({ collectionName, indexName: 'vector' }))[0].indexState, 'Finished');
  good(await client.createDatabase({ dbName: 'third' }));
  assert.ok(good(await client.listDatabases({})).includes('third'));
  good(await client.dropDatabase({ dbName: 'third' }));
  good(await client.renameCollection({ collectionName, newCollectionName: 'web2' }));
  good(await client.dropCollection({ collectionName: 'web2' }));
  assert.equal((await client.describeCollection({ collectionName })).code, 100);
}

overGrpc().then(overHttp).then(() => {
  console.log('done');
  process.exit(0);
}, (error) => {
  console.error(error);
  process.exit(1);
});
