// A user's program in TypeScript: `make check` compiles it against the declarations the package ships.
import { AnnSearchRequest, DataType, MilvusClient, MilvusException, RRFRanker, WeightedRanker } from 'milvus-lite-wasm';

export async function quickStart(): Promise<string[]> {
  await using client = new MilvusClient('./milvus_demo.db');
  await client.create_collection({ collection_name: 'documents', dimension: 4, auto_id: true });

  const vector = new Float32Array([0.1, 0.2, 0.3, 0.4]);
  const inserted = await client.insert({
    collection_name: 'documents',
    data: [{ text: 'a typed vector', vector }, { text: 'a plain one', vector: [1, 2, 3, 4] }],
  });
  const count: number = inserted.insert_count;
  const keys: (number | bigint | string)[] = inserted.ids;

  const hits = await client.search({
    collection_name: 'documents',
    data: [vector],
    limit: Math.min(count, keys.length),
    output_fields: ['text'],
  });
  return hits[0].map((hit) => `${hit.entity.text} ${hit.distance.toFixed(4)}`);
}

interface Article {
  id: number;
  title: string;
  vector: Float32Array;
}

export async function typedRows(client: MilvusClient, articles: Article[]): Promise<string[]> {
  await client.insert('articles', articles);
  await client.insert('articles', {
    id: BigInt64Array.of(1n, 2n),
    vector: new Float32Array(8),
    title: ['one', 'two'],
  }, { on_progress: ({ done, total }) => console.log(done, total), signal: AbortSignal.timeout(1000) });
  await client.upsert({ collection_name: 'articles', data: [{ id: 1, title: 'uno' }], partial_update: true });

  const rows = await client.query<Article>({ collection_name: 'articles', filter: 'id > 3', consistency_level: 'Strong' });
  const [one] = await client.get<Pick<Article, 'id' | 'title'>>('articles', [1], ['title']);
  const [hits] = await client.search<Article>({ collection_name: 'articles', data: [new Float32Array(4)], output_fields: ['title'] });
  await client.search({ collection_name: 'articles', ids: [1, 2n], limit: 3 });
  const reqs = [new AnnSearchRequest([new Float32Array(4)], 'vector', {}, 5), { data: [[1, 2, 3, 4]], limit: 5 }];
  const [fused] = await client.hybrid_search<Article>('articles', reqs, new RRFRanker(), { limit: 3 });
  await client.hybrid_search({ collection_name: 'articles', reqs, ranker: new WeightedRanker(0.5, 1, { norm_score: false }) });
  await client.hybrid_search('articles', reqs, { strategy: 'weighted', params: { weights: [0.5, 1] } });
  await client.hybrid_search('articles', reqs, new RRFRanker(), { order_by_fields: [{ field: 'title', order: 'desc' }] });
  const title: string = fused[0].entity.title;
  // @ts-expect-error: there is no such strategy
  await client.hybrid_search('articles', reqs, { strategy: title });
  const all = await client.query_iterator<Article>('articles', 100);
  const first: Article[] = await all.next();
  const nearest = await client.search_iterator<Article>('articles', new Float32Array(4));
  const page = await nearest.next();
  // @ts-expect-error: an article has no author
  console.log(rows[0].author, first.length);
  // @ts-expect-error: the vector was not asked for
  console.log(one.vector);
  return [rows[0].title, one.title, hits[0].entity.title, page[0].entity.title];
}

export function inPage(): MilvusClient {
  return new MilvusClient({
    uri: './milvus_demo.db',
    worker: true,
    multi_tab: false,
    worker_url: '/worker.js',
    wasm_url: new URL('https://example.org/milvus_lite.wasm'),
  });
}

export async function withSchema(client: MilvusClient): Promise<void> {
  const schema = client.create_schema({ auto_id: true, enable_dynamic_field: true });
  schema.add_field({ field_name: 'id', datatype: DataType.INT64, is_primary: true });
  schema.addField({ field_name: 'vector', datatype: DataType.FLOAT_VECTOR, dim: 4 }).addField('text', DataType.VARCHAR, { max_length: 10, nullable: true });

  const index_params = client.prepare_index_params();
  index_params.add_index({ field_name: 'vector', index_type: 'HNSW', metric_type: 'COSINE', params: { M: 16 } });
  try {
    await client.create_collection({ collection_name: 'articles', schema, index_params });
  } catch (error) {
    if (error instanceof MilvusException) console.log(error.code, error.message, error.detail.field);
  }

  await client.create_index({
    collection_name: 'articles',
    index_params,
    on_progress: ({ field_name, done, total }) => console.log(`${field_name}: ${done} of ${total}`),
    signal: AbortSignal.timeout(60_000),
  });
  await client.create_index('articles', index_params, { sync: false });
  const [hits] = await client.search({
    collection_name: 'articles',
    data: [[1, 2, 3, 4]],
    group_by_field: 'id',
    group_size: 2,
    explain: true,
  });
  console.log(hits.explain?.plan === 'graph', hits.explain?.ms.total, hits[0].distance);

  const order_by_fields = ['price:desc', { field: 'meta["a"]', order: 'asc:nulls_first' }, { field: 'id' }];
  await client.query({ collection_name: 'articles', filter: 'id > 0', order_by: 'price:desc,id', limit: 3 });
  await client.query('articles', { ids: [1], order_by_fields });
  await client.search({ collection_name: 'articles', data: [[1, 2, 3, 4]], order_by_fields });
  const [group] = await client.query<{ title: string; 'count(*)': number }>({
    collection_name: 'articles',
    group_by_fields: ['title'],
    output_fields: ['title', 'count(*)'],
    order_by_fields: 'count(*):desc',
  });
  console.log(group.title, group['count(*)']);
  // @ts-expect-error: an iterator gives entities
  await client.query_iterator({ collection_name: 'articles', group_by_fields: ['title'] });
  // @ts-expect-error: a field has a name
  await client.query({ collection_name: 'articles', limit: 3, order_by: [{ order: 'asc' }] });
  // @ts-expect-error: an iterator goes by the keys
  await client.query_iterator({ collection_name: 'articles', order_by: 'price' });

  for await (const batch of await client.query_iterator({ collection_name: 'articles', batch_size: 100 })) {
    console.log(batch.length, batch[0].id);
  }
  const nearest = await client.search_iterator('articles', [1, 2, 3, 4], {
    limit: -1,
    external_filter_func: (page) => page.filter((hit) => hit.distance > 0.5),
  });
  const page = await nearest.next();
  console.log(page.ids().length === page.distances().length, page[0].entity);
  nearest.close();

  await client.createPartition('articles', 'archive');
  const partitions: string[] = await client.listPartitions({ collection_name: 'articles' });
  const { aliases } = await client.listAliases();
  const another = MilvusClient.createSchema({ auto_id: true });
  await client.create_user('user', partitions[0] + aliases[0] + another.fields.length);
  // @ts-expect-error: a collection has a name here, too
  await client.dropCollection({});

  // @ts-expect-error: a collection has a name
  await client.drop_collection({});
  // @ts-expect-error: the parameter is called limit
  await client.search({ collection_name: 'articles', data: [[1, 2, 3, 4]], top_k: 3 });
  // @ts-expect-error: neither vectors nor ids
  await client.search({ collection_name: 'articles', limit: 3 });
  await client.close();
}
