// A client of a database that tabs share, and what a test has it do.
import { MilvusClient } from '/js/index.js';

const DIM = 4;
const rows = (n) => Array.from({ length: n }, (_, i) => ({ vector: [i, 1, 2, 3] }));
const query = [7, 1, 2, 3];

let db;
export function connect(options) {
  db = new MilvusClient({ wasm_url: '/build/milvus_lite.wasm', ...options });
}
export const isConnected = () => db !== undefined;
export const close = () => db.close();

export const create = () => db.create_collection('c', { dimension: DIM, auto_id: true, metric_type: 'L2' });
export const insert = (n, options) => db.insert('c', rows(n), options).then(({ ids }) => ids);
export const count = () => db.get_collection_stats('c').then(({ row_count }) => row_count);
export const nearest = () => db.search('c', [query], { limit: 2 }).then(([hits]) => hits.map(({ id, distance }) => [id, distance]));
export const getCount = (ids) => db.get({ collection_name: 'c', ids, output_fields: ['id'] }).then(({ length }) => length);

/** What an operation is refused with, and after how many milliseconds. */
export async function refusalOf(operation, ...args) {
  const start = performance.now();
  try {
    await db[operation](...args);
  } catch ({ name, code, message, detail }) {
    return { name, code, message, detail, ms: performance.now() - start };
  }
  throw new Error('it was not refused');
}
export const refusalOfInsert = (n, options) => refusalOf('insert', 'c', rows(n), options);

let answered, failed, isOn, done;
/** Begins to insert and search, on and on; keys that were answered are kept here. */
export function begin() {
  [answered, failed, isOn] = [[], [], true];
  const fails = ({ message }) => failed.push(message);
  done = (async () => {
    while (isOn) {
      const calls = [db.insert('c', rows(3)), db.insert('c', rows(2))];
      for (const call of calls) await call.then(({ ids }) => answered.push(...ids), fails);
      await db.search('c', [query], { limit: 3 }).then(([hits]) => hits.length === 3 || failed.push(`${hits.length} hits`), fails);
    }
  })();
}
export const answeredSoFar = () => answered.length;
export async function end() {
  isOn = false;
  await done;
  return { answered, failed };
}

/** An index of all rows, and what is told of it last. */
export async function indexed() {
  let last;
  await db.drop_index('c', 'vector');
  await db.create_index('c', { index_type: 'HNSW', metric_type: 'L2' }, { on_progress: (progress) => (last = progress) });
  return last;
}

/** Keeps the page's thread, as a program in an endless loop does. */
export function keepThread(ms) {
  const until = Date.now() + ms;
  while (Date.now() < until);
  return Date.now();
}
/** Keeps the thread of a worker of standing_worker.js. */
export function keepWorkers(ms) {
  const channel = new BroadcastChannel('stand still');
  channel.postMessage(ms);
  channel.close();
}
