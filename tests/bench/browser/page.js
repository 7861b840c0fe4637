// The page's side: starts what is measured.

import { DIM, fill as fillHere, K, makeRows, median, reopen as reopenHere, timed } from './job.js';
import { clientOf, engine as ours } from './ours.js';

/** Runs a job of a peer in a new worker. */
function inWorker(job, peer, ...args) {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { value, error } }) => (error ? reject(new Error(error)) : resolve(value));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ job, peer, args });
  }).finally(() => worker.terminate());
}

export const fill = (name, ...args) => (name === 'ours' ? fillHere(ours, ...args) : inWorker('fill', name, ...args));

/** Milliseconds from nothing (no worker, no module) to the first answer. */
export async function reopen(name, place) {
  const time = await timed(() => (name === 'ours' ? reopenHere(ours, place) : inWorker('reopen', name, place)));
  if (name === 'ours') await ours.close();
  return time;
}

/** Watches the page's thread as those notice it who wait for it; the function it gives tells the longest wait so far. */
function watchThread() {
  const { port1, port2 } = new MessageChannel();
  let [last, longest, isOn] = [performance.now(), 0, true];
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (isOn) port2.postMessage(0);
  };
  port2.postMessage(0);
  return () => {
    isOn = false;
    return longest;
  };
}

/**
 * For how many milliseconds on end the page's thread was not free, at most, while rows came and their index was built; the
 * least of some rounds, because the machine has other work too.
 *
 * @param {number} n
 * @param {number} batch  rows a call
 * @param {number} rounds
 */
export async function busy(n, batch, rounds) {
  const rows = makeRows(n);
  const longest = { inserting: Infinity, indexing: Infinity };
  for (let round = 0; round < rounds; round++) {
    const client = clientOf(`opfs:busy-${round}.db`);
    await client.create_collection({ collection_name: 'bench', dimension: DIM });
    const stopInserting = watchThread();
    for (let i = 0; i < n; i += batch) await client.insert('bench', rows.slice(i, i + batch));
    longest.inserting = Math.min(longest.inserting, stopInserting());
    const stopIndexing = watchThread();
    await indexed(client);
    longest.indexing = Math.min(longest.indexing, stopIndexing());
    await client.close();
  }
  return longest;
}

async function indexed(client) {
  while ((await client.describe_index('bench', 'vector')).pending_index_rows > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Milliseconds of a search from the page, and of the same one by an engine in the page itself. */
export async function overhead(place, n) {
  const rows = makeRows(n);
  const result = {};
  for (const [name, uri] of Object.entries({ worker: place, page: ':memory:' })) {
    const client = clientOf(uri);
    await client.create_collection({ collection_name: 'bench', dimension: DIM });
    for (let i = 0; i < n; i += 1000) await client.insert('bench', rows.slice(i, i + 1000));
    await indexed(client);
    const times = [];
    for (let i = 0; i < 200; i++) times.push(await timed(() => client.search('bench', [rows[i].vector], { limit: K })));
    result[name] = median(times);
    await client.close();
  }
  return result;
}
