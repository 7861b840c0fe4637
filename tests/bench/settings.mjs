// What a run can be told, and where it keeps things.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Sets, their exact answers and the peers' graphs, kept from run to run. */
export const CACHE = path.join(ROOT, 'build/bench/sets');
export const PEERS = path.join(ROOT, 'build/bench/peers/node_modules');
export const HNSWLIB = path.join(ROOT, 'build/bench/hnswlib');

/** @param {string} name */
function numberGiven(name) {
  const text = process.env[name];
  if (!text) return undefined;
  if (Number(text) > 0) return Number(text);
  console.error(`${name} must be a number above 0, got '${text}'`);
  return process.exit(2);
}

/** Rows of the large tables. A given set is taken whole unless this is given too. */
export const ROWS_GIVEN = numberGiven('BENCH_ROWS');
export const ROWS = ROWS_GIVEN ?? 100_000;
/** Rows of the tables that build a graph more than once. */
export const BUILD_ROWS = numberGiven('BENCH_BUILD_ROWS') ?? Math.min(ROWS, 20_000);
export const ROUNDS = numberGiven('BENCH_ROUNDS') ?? 3;
/** Rows a call. */
export const BATCH = 10_000;
export const K = 10;
/** The graph's parameters, for everybody. */
export const M = 16;
export const EF_CONSTRUCTION = 200;

let temporary;

/** A path for a database that is gone after the run. */
export function freshFile(name) {
  if (!temporary) {
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'milvus-lite-bench-'));
    process.on('exit', () => fs.rmSync(temporary, { recursive: true, force: true }));
  }
  const file = path.join(temporary, name);
  for (const end of ['', '-wal', '-shm', '-journal', '-lock']) fs.rmSync(file + end, { force: true });
  return file;
}
