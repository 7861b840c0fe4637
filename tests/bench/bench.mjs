// Speed and sizes, each beside a peer in the same run: `make bench`.
//
// BENCH=name,name        tables, of those below; all when left out
// BENCH_SET=folder       real vectors (see sets.mjs); synthetic ones when left out
// BENCH_SETS=name,name   sets of the recall table: names of generate.mjs, `given`, or all
// BENCH_ROWS, BENCH_BUILD_ROWS, BENCH_ROUNDS   sizes
//
// Sets and the peers' graphs are kept in build/bench/sets; without that folder they are made again.
// Rounds of all engines take turns, so that a slow phase of the machine hits all of them; ratios are of the minima.

import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { benchBuild } from './build.mjs';
import { benchChanges } from './changes.mjs';
import { benchFiltered } from './filtered.mjs';
import { benchQuery } from './query.mjs';
import { benchCrossing, benchRecall } from './recall.mjs';
import { benchDownload, benchReopen } from './reopen.mjs';
import { isWanted, number, refuseUnknown, secondsSince } from './report.mjs';
import { benchInsert, benchSingleRows } from './rows.mjs';
import { benchScan } from './scan.mjs';
import { ROUNDS } from './settings.mjs';

const TABLES = {
  insert: benchInsert,
  single: benchSingleRows,
  scan: benchScan,
  crossing: benchCrossing,
  recall: benchRecall,
  build: benchBuild,
  filtered: benchFiltered,
  query: benchQuery,
  changes: benchChanges,
  reopen: benchReopen,
  download: benchDownload,
};

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown'; // a copy without its history
  }
}

refuseUnknown(Object.keys(TABLES));
const start = performance.now();
const cpu = os.cpus()[0]?.model ?? 'unknown';
console.log(`Node ${process.version}, ${cpu}, ${os.platform()}, commit ${commit()}; ${ROUNDS} rounds in turn`);
for (const [name, bench] of Object.entries(TABLES)) if (isWanted(name)) await bench();
console.log(`\n${number(secondsSince(start) / 60)} minutes`);
