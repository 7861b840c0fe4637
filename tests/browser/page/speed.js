// How fast each storage is, from the page.
import { MilvusClient } from '/js/index.js';

const DIM = 384;
const wasm_url = '/build/milvus_lite.wasm';
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

/** Milliseconds of what programs do. */
export async function measure(uri, n = 10_000) {
  const vectors = Array.from({ length: n }, () => new Float32Array(DIM).map(() => Math.random() - 0.5));
  const rows = vectors.map((vector, id) => ({ id, vector, text: `row ${id} `.repeat(10) }));
  const timed = async (work) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const client = () => new MilvusClient({ uri, wasm_url });
  let db = client();
  const result = {};
  result.create = await timed(() => db.create_collection({ collection_name: 'c', dimension: DIM }));
  result.insert = await timed(() => db.insert('c', rows));
  const ones = [];
  for (let i = 0; i < 50; i++) ones.push(await timed(() => db.insert('c', [{ ...rows[i], id: n + i }])));
  result.insertOne = median(ones);
  const searches = [];
  for (let i = 0; i < 100; i++) searches.push(await timed(() => db.search('c', [vectors[i]], { limit: 10 })));
  result.search = median(searches);
  result.exported = await timed(() => db.export_db());
  result.close = await timed(() => db.close());
  db = client();
  result.reopen = await timed(() => db.list_collections());
  result.firstSearch = await timed(() => db.search('c', [vectors[0]], { limit: 10 }));
  await db.close();
  const opens = [];
  for (let i = 0; i < 5 && uri !== ':memory:'; i++) {
    db = client();
    opens.push(await timed(() => db.list_collections()));
    await db.close();
  }
  result.opens = opens;
  return result;
}
