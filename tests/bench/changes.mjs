// Rows in, out and replaced while an HNSW index is there, and how long the index takes to follow.

import { MilvusClient } from '../../js/index.js';
import { indexed, insertAll, makeIndex, NAME } from './collection.mjs';
import { number, secondsSince, table } from './report.mjs';
import { openSet } from './sets.mjs';
import { BUILD_ROWS, freshFile } from './settings.mjs';

const BATCH = 1000;

/** Runs call for each batch of rows from..to; gives rows a second, and the seconds until the index has followed. */
async function batches(client, from, to, call) {
  const start = performance.now();
  for (let first = from; first < to; first += BATCH) {
    await call(Array.from({ length: Math.min(BATCH, to - first) }, (_, i) => first + i));
  }
  const answered = secondsSince(start);
  await indexed(client);
  return { rate: (to - from) / answered, behind: secondsSince(start) - answered };
}

export async function benchChanges() {
  const set = await openSet(undefined, BUILD_ROWS);
  const old = Math.floor(set.n * 0.75); // the rest is inserted
  const some = Math.floor(set.n * 0.1);
  const rows = (ids, vectorOf) => ids.map((id) => ({ id, vector: vectorOf(id) }));
  const results = [];
  for (const index of ['FLAT', 'HNSW']) {
    const client = new MilvusClient(freshFile('changes.db'));
    await insertAll(client, { ...set, n: old });
    await makeIndex(client, index, set.metric);
    const insert = (ids) => client.insert(NAME, rows(ids, set.row));
    const upsert = (ids) => client.upsert(NAME, rows(ids, (id) => set.row(set.n - 1 - id)));
    const remove = (ids) => client.delete(NAME, ids);
    const single = async () => {
      const count = Math.min(200, some);
      const start = performance.now();
      for (let id = 0; id < count; id++) await client.upsert(NAME, rows([id], set.row));
      return secondsSince(start) / count;
    };
    const inserted = await batches(client, old, set.n, insert);
    const upserted = await batches(client, 0, some, upsert);
    const removed = await batches(client, some, 2 * some, remove);
    const one = await single();
    await client.close();
    for (const [what, { rate, behind }] of Object.entries({ inserted, upserted, removed })) {
      results.push([`${index}, ${what}`, `${number(rate, 0)} rows/s`, `index complete ${number(behind, 2)} s later`]);
    }
    results.push([`${index}, one row upserted a call`, `${number(one * 1e3, 3)} ms`, '']);
  }
  table(`changes to ${old} x ${set.dim}, ${BATCH} rows a call, durable`, results);
}
