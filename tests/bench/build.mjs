// Building the graph, with the same parameters, and searching what was built.

import { available, startEngine } from './engines.mjs';
import { note, number, table, times, timesOf } from './report.mjs';
import { openSet } from './sets.mjs';
import { BUILD_ROWS, EF_CONSTRUCTION, M, ROUNDS } from './settings.mjs';
import { printSweeps, sweep } from './recall.mjs';

const SLOW = 'hnswlib-wasm'; // is built once

export async function benchBuild() {
  const set = await openSet(undefined, BUILD_ROWS);
  const { there, missing } = available(['HNSW', 'hnswlib', SLOW]);
  for (const peer of missing) note(`${peer} is not there: left out`);
  const seconds = Object.fromEntries(there.map((name) => [name, []]));
  const engines = new Map();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of there) {
        if (name === SLOW && round > 0) continue;
        await engines.get(name)?.close();
        engines.set(name, startEngine(name, set, { keep: false }));
        seconds[name].push(await engines.get(name).build());
      }
    }
    printTimes(seconds, set);
    const sweeps = await sweep([...engines.values()], set);
    printSweeps(sweeps, `search of the same ${set.n}, time a query at recall@10, how many times as fast as`, ['hnswlib', SLOW]);
  } finally {
    for (const engine of engines.values()) await engine.close();
  }
}

function printTimes(seconds, { n, dim }) {
  const results = Object.entries(seconds).filter(([, list]) => list.length > 0).map(([name, list]) => [name, timesOf(list)]);
  const compared = results.filter(([name]) => name !== 'HNSW');
  const rows = results.map(([name, { min, median, all }]) => [
    name,
    `${number(min, 2)} s`,
    `median ${number(median, 2)}`,
    `${number(n / min, 0)} rows/s`,
    ...compared.map(([name, reference]) => `${times(reference.min / min)} ${name}`),
    all.length < ROUNDS ? 'once' : '',
  ]);
  table(`build of ${n} x ${dim}, M ${M}, efConstruction ${EF_CONSTRUCTION} (create_index on rows that are there; floor 1.4, aim 2)`, rows);
}
