// Searches under a filter: any share of the rows, chosen at random or as those nearest to one point, which most queries
// are far from.

import { MilvusClient } from '../../js/index.js';
import { idsOf, insertAll, makeIndex, NAME } from './collection.mjs';
import { loopSearch, recallOf, SCORES } from './exact.mjs';
import { randomOf } from './generate.mjs';
import { milliseconds, note, number, secondsSince, table, timesOf } from './report.mjs';
import { openSet } from './sets.mjs';
import { K, ROUNDS } from './settings.mjs';

const SHARES = [0.5, 0.2, 0.1, 0.05, 0.01, 0.001];
const STEPS = 10_000; // a field's values are 0 .. STEPS - 1, each for as many rows
const N_QUERIES = 50;
const EF = 100;

/** Each row's place in an order of all, on a scale of STEPS. */
function places(order) {
  const place = new Int32Array(order.length);
  order.forEach((row, i) => (place[row] = Math.floor((i * STEPS) / order.length)));
  return place;
}

function shuffled(n) {
  const random = randomOf(5);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** All rows, those nearest to one of them first. */
function byDistance(set) {
  const pivot = set.row(set.n >> 1);
  const scoreOf = SCORES[set.metric];
  const scores = Float64Array.from({ length: set.n }, (_, row) => scoreOf(set.base, row * set.dim, pivot));
  return Array.from({ length: set.n }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
}

/** Whether the engine takes filters: a line says if not. */
async function takesFilters() {
  const client = new MilvusClient(':memory:');
  const vector = new Float32Array(4).fill(1);
  try {
    const vectors = { n: 1, dim: 4, metric: 'IP', row: () => vector };
    await insertAll(client, vectors, { fields: ['bucket'], extra: () => ({ bucket: 1 }) });
    await makeIndex(client, 'FLAT', 'IP');
    await client.search({ collection_name: NAME, data: [vector], limit: 1, filter: 'bucket < 5' });
    return true;
  } catch (error) {
    note(`filtered search: left out, ${error.message}`);
    return false;
  } finally {
    await client.close();
  }
}

export async function benchFiltered() {
  if (!(await takesFilters())) return;
  const set = await openSet();
  const queries = Array.from({ length: N_QUERIES }, (_, q) => set.query(q));
  const fields = { random: places(shuffled(set.n)), near: places(byDistance(set)) };
  const extra = (i) => ({ random: fields.random[i], near: fields.near[i] });
  for (const index of ['AUTOINDEX', 'HNSW']) {
    const client = new MilvusClient(':memory:');
    await insertAll(client, set, { fields: Object.keys(fields), extra });
    await makeIndex(client, index, set.metric);
    const rows = [];
    for (const [field, place] of Object.entries(fields)) {
      for (const share of SHARES) rows.push(await measure(client, set, queries, { field, place, share }));
    }
    await client.close();
    const what = `filtered search of ${set.n} x ${set.dim}, ${index}, ef ${EF}`;
    table(`${what}: rows at random, and those near one row (floor 1 ms, aim 0.5, at recall .95)`, rows);
  }
}

async function measure(client, set, queries, { field, place, share }) {
  const below = share * STEPS;
  const search = (query) =>
    client.search({ collection_name: NAME, data: [query], limit: K, filter: `${field} < ${below}`, search_params: { ef: EF } });
  const exact = queries.map((query) =>
    loopSearch(set.base, query, { metric: set.metric, k: K, allow: (row) => place[row] < below }));
  const found = [];
  for (const query of queries) found.push(idsOf((await search(query))[0]));
  const padded = (lists) => lists.flatMap((list) => Array.from({ length: K }, (_, i) => list[i] ?? -1));
  const passes = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (const query of queries) await search(query);
    passes.push(secondsSince(start) / queries.length);
  }
  const { min, median } = timesOf(passes);
  const recall = recallOf(padded(found), padded(exact), K).all;
  return [`${field} ${share * 100} %`, milliseconds(min), `median ${milliseconds(median)}`, `recall ${number(recall, 4)}`];
}
