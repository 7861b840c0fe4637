// The page's side: starts what is measured.

import { DIM, fill as fillEngine, K, makeRows, median, reopen as reopenEngine, timed } from './job.js';
import { clientOf, engine as ours } from './ours.js';

/**
 * An engine in a worker: a message there and one back for each call, one call at a time.
 *
 * @param {string} peer
 * @returns {import('./job.js').Engine}
 */
function inWorker(peer) {
  const worker = new Worker(new URL(`worker.js?peer=${peer}`, import.meta.url), { type: 'module' });
  const ask = (method, ...args) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { value, error } }) => (error ? reject(new Error(error)) : resolve(value));
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ method, args });
    });
  return {
    open: (place) => ask('open', place),
    insert: (rows) => ask('insert', rows),
    nearest: (vector) => ask('nearest', vector),
    close: () => ask('close').finally(() => worker.terminate()),
  };
}

const engineOf = (name) => (name === 'ours' ? ours : inWorker(name));

export const fill = (name, place, n) => fillEngine(engineOf(name), place, n);

/** Milliseconds from nothing (no worker, no module) to the first answer. */
export async function reopen(name, place) {
  let engine;
  const time = await timed(() => reopenEngine((engine = engineOf(name)), place));
  await engine.close();
  return time;
}

/** @type {ReturnType<typeof makeRows>} */
let rows;
export const prepare = (n) => void (rows = makeRows(n));

/**
 * Inserts the rows that were prepared, and waits for their graph.
 *
 * @param {number} batch  rows a call
 */
export async function insertAndIndex(batch) {
  const client = clientOf(`opfs:busy-${batch}.db`);
  const schema = client
    .create_schema()
    .add_field('id', 'INT64', { is_primary: true })
    .add_field('text', 'VARCHAR', { max_length: 200 })
    .add_field('vector', 'FLOAT_VECTOR', { dim: DIM });
  const index_params = client.prepare_index_params().add_index('vector', { index_type: 'HNSW', metric_type: 'COSINE' });
  await client.create_collection({ collection_name: 'bench', schema, index_params });
  for (let i = 0; i < rows.length; i += batch) await client.insert('bench', rows.slice(i, i + batch));
  await indexed(client);
  await client.close();
}

async function indexed(client) {
  while ((await client.describe_index('bench', 'vector')).pending_index_rows > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Milliseconds of a search from the page, by the engine's own account, and of the way to it and back.
 *
 * @param {string} uri
 * @param {number} n
 */
export async function overhead(uri, n) {
  const rows = makeRows(n);
  const client = clientOf(uri);
  await client.create_collection({ collection_name: 'bench', dimension: DIM });
  for (let i = 0; i < n; i += 1000) await client.insert('bench', rows.slice(i, i + 1000));
  await indexed(client);
  const times = { page: [], engine: [], over: [] };
  for (const { vector } of rows.slice(0, 200)) {
    const start = performance.now();
    const [{ explain }] = await client.search('bench', [vector], { limit: K, explain: true });
    const page = performance.now() - start;
    times.page.push(page);
    times.engine.push(explain.ms.total);
    times.over.push(page - explain.ms.total);
  }
  await client.close();
  return { page: median(times.page), engine: median(times.engine), over: median(times.over) };
}
