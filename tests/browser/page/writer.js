// Writes a history of batches in the page, and remembers what was answered where a killed page does not lose it.
import { MilvusClient } from '/js/index.js';

const DIM = 16;
const workers = [];
globalThis.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    workers.push(this);
  }
};
const wasm_url = '/build/milvus_lite.wasm';

const batch = (i) => Array.from({ length: 50 }, (_, k) => ({ id: i * 50 + k, vector: Float32Array.from({ length: DIM }, (_, d) => Math.sin(i + k * (d + 1))), text: `batch ${i}` }));

/** Inserts one batch after another, tells the server of each, and ends when a batch fails. */
export async function write(uri, first, name) {
  const client = new MilvusClient({ uri, wasm_url });
  await client.create_collection({ collection_name: 'c', dimension: DIM });
  (async () => {
    for (let i = first; ; i++) {
      await client.insert('c', batch(i));
      await fetch(`/answered?${name}=${i}`);
    }
  })().catch(() => client.close());
}

/** Ends all workers in the middle of what they do. */
export function terminate() {
  for (const worker of workers.splice(0)) worker.terminate();
}

/** How many whole batches there are; throws where there is a part of one. */
export async function read(uri) {
  const reader = new MilvusClient({ uri, wasm_url });
  const { row_count } = await reader.get_collection_stats('c');
  if (row_count % 50 !== 0) throw new Error(`${row_count} rows are no whole batches`);
  const last = row_count / 50 - 1;
  const rows = await reader.get('c', Array.from({ length: row_count }, (_, id) => id));
  if (rows.length !== row_count) throw new Error(`${rows.length} of ${row_count} rows are there`);
  for (const { id, text } of rows) if (text !== `batch ${Math.floor(id / 50)}`) throw new Error(`row ${id} has ${text}`);
  const [hits] = await reader.search('c', [batch(last)[7].vector], { limit: 1 });
  if (hits.length !== 1) throw new Error('a search finds nothing');
  await reader.close();
  return last + 1;
}
