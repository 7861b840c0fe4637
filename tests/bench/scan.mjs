// Searches without a graph, beside a plain loop.

import { idsOf, NAME, openIndexed } from './collection.mjs';
import { loopSearch, recallOf } from './exact.mjs';
import { alternate, milliseconds, number, secondsSince, table } from './report.mjs';
import { openSet } from './sets.mjs';
import { K, ROWS } from './settings.mjs';

const N_QUERIES = 50;
const SMALL = 10_000;

/** One query a call, and all in one call. */
const searchJobs = (name, client, queries) => ({
  [`${name}, one query a call`]: async () => {
    const start = performance.now();
    for (const query of queries) await client.search(NAME, [query], { limit: K });
    return secondsSince(start) / queries.length;
  },
  [`${name}, ${queries.length} queries a call`]: async () => {
    const start = performance.now();
    await client.search(NAME, queries, { limit: K });
    return secondsSince(start) / queries.length;
  },
});

async function benchRows(n) {
  const set = await openSet(undefined, n);
  const queries = Array.from({ length: N_QUERIES }, (_, q) => set.query(q));
  const flat = await openIndexed(set, 'FLAT');
  const auto = await openIndexed(set, 'AUTOINDEX');
  const exact = queries.flatMap((query) => loopSearch(set.base, query, { metric: set.metric, k: K }));
  const found = async (client) => (await client.search(NAME, queries, { limit: K })).flatMap(idsOf);
  const wrong = (await found(flat)).filter((id, i) => id !== exact[i]).length;
  const recall = recallOf(await found(auto), exact, K).all;
  const result = await alternate(
    {
      ...searchJobs('FLAT', flat, queries),
      ...searchJobs('AUTOINDEX', auto, queries),
      'JavaScript loop': () => {
        const start = performance.now();
        for (const query of queries) loopSearch(set.base, query, { metric: set.metric, k: K });
        return secondsSince(start) / queries.length;
      },
    },
    5,
  );
  await flat.close();
  await auto.close();
  const loop = result['JavaScript loop'].min;
  const quality = `FLAT: ${wrong} hits differ, AUTOINDEX: recall ${number(recall, 4)}`;
  table(
    `search of ${set.name}, ${set.n} x ${set.dim}, k ${K} (floor 5 x the loop; ${quality})`,
    Object.entries(result).map(([name, { min, median }]) => [
      name, milliseconds(min), `median ${milliseconds(median)}`, `${number(loop / min)} x the loop`]),
  );
}

export async function benchScan() {
  if (ROWS > SMALL) await benchRows(SMALL);
  await benchRows(ROWS);
}
